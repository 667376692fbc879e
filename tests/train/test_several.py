"""Several targets at once: each is told, rows that lack one count for the others, none is a feature of another, and it comes back equal."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu.core.errors import EmptyTable, UnknownName, WordsError
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.train.net import Net
from apercu.train.several import several

from . import families

pytest.importorskip("torch")


def made(n=240, seed=1):
    """A number, a level and a class of three that follow the same two columns; the class is known of every fourth row."""
    rng = np.random.default_rng(seed)
    x, plan = rng.normal(size=n), rng.integers(0, 2, n)
    z = x + plan - 0.5
    grade = np.array(["a", "b", "c"], dtype=object)[np.digitize(z, [-0.6, 0.6])]
    return {
        "x": x,
        "plan": np.array(["p", "q"], dtype=object)[plan],
        "wear": 100 + 10 * z + rng.normal(size=n),
        "fails": np.where(z > 0, "yes", "no").astype(object),
        "grade": np.where(np.arange(n) % 4 == 0, grade, None),
    }


@pytest.fixture(scope="module")
def found():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apercu.train.several.FOLDS", 2)
        patch.setattr("apercu.train.net.PASSES", (20, 20))
        return apercu.several(made(), ("wear", "fails", "grade"))


def test_each_target_is_told(found):
    both = found
    assert [goal.task for goal in both.goals] == ["numeric", "binary", "multiclass"]
    assert both.columns == ("x", "plan")
    later = made(300, seed=2)
    truth = dict(later)
    told = both.predict_all({"x": later["x"], "plan": later["plan"]})
    assert np.corrcoef(told["wear"], truth["wear"])[0, 1] > 0.9
    assert ((told["fails"][:, 1] > 0.5) == (truth["fails"] == "yes")).mean() > 0.85
    some = np.array([grade is not None for grade in truth["grade"]])
    assert (np.array(["a", "b", "c"])[told["grade"].argmax(axis=1)][some] == truth["grade"][some]).mean() > 0.7


def test_each_is_scored_beside_a_net_of_its_own(found):
    both = found
    assert {target: worth.score for target, worth in both.scores.items()} == {"wear": "R2", "fails": "AUC", "grade": "accuracy"}
    assert [worth.n for worth in both.scores.values()] == [240, 240, 60]
    least = {"R2": 0.4, "AUC": 0.8, "accuracy": 0.5}
    assert all(worth.together > least[worth.score] for worth in both.scores.values()), both.scores
    assert both.scores["grade"].together > both.scores["grade"].alone, "what few rows know gains by what many do"
    assert all(np.isfinite(out).all() and len(out) == 240 for out in both.out_of_fold.values())


def test_rows_that_lack_a_target_count_for_the_others():
    columns = made(200)
    columns["grade"] = np.where(np.arange(200) % 2 == 0, columns["grade"], None)
    columns["fails"] = np.where(np.arange(200) % 2 == 1, columns["fails"], None)
    rows, none = Rows.of(columns), Rows.of(columns).take(np.arange(0))
    goals = Goal("fails", "binary", ("no", "yes"), "yes"), Goal("grade", "multiclass", ("a", "b", "c"), "a")
    model = Net(epochs=20, width=16, also=goals[1:]).fit(rows, goals[0], none)
    told = model.predict_all(rows)
    for goal in goals:
        truth = goal.coded(rows)
        known = ~np.isnan(truth)
        assert (told[goal.target].argmax(axis=1)[known] == truth[known]).mean() > 0.8
    assert np.array_equal(model.predict(rows), told["fails"]) and not {"fails", "grade"} & set(model.columns)
    assert families.sums(model, rows.take(np.arange(20)), "binary") < 1e-6
    again = families.returned(Net, model)
    assert all(np.array_equal(again.predict_all(rows)[name], told[name]) for name in told)


def test_a_target_of_large_numbers_does_not_drown_the_others():
    columns = made(200)
    rows = Rows.of({**columns, "wear": 1e6 * columns["wear"]})
    goal, number = Goal("fails", "binary", ("no", "yes"), "yes"), Goal("wear", "numeric")
    model = Net(epochs=20, width=16, also=(number,)).fit(rows, goal, rows.take(np.arange(0)))
    told = model.predict_all(rows)
    assert (told["fails"].argmax(axis=1) == goal.coded(rows)).mean() > 0.85 and np.corrcoef(told["wear"], rows["wear"])[0, 1] > 0.85


def test_words_that_are_off_are_said(make_split):
    with pytest.raises(WordsError, match="at least two targets"):
        apercu.several(made(60), ("wear",))
    with pytest.raises(WordsError, match="at least two targets"):
        apercu.several(made(60), ())
    with pytest.raises(UnknownName, match="gradee"):
        apercu.several(made(60), ("wear", "gradee"))
    split = make_split(made(60), "wear")
    with pytest.raises(WordsError, match=r"apercu\.several"):
        several(split, ("wear", "fails"), net=Net(epochs=1, width=4)).predict_all("new.csv")
    few = {**made(60), "grade": np.array(["a", "b"] * 5 + [None] * 50, dtype=object)}
    with pytest.raises(EmptyTable, match="'grade'"):
        several(make_split(few, "wear"), ("wear", "grade"))
    with pytest.raises(EmptyTable, match="column besides"):
        several(make_split({name: few[name] for name in ("wear", "fails")}, "wear"), ("wear", "fails"))
