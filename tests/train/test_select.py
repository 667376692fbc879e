"""Selection of columns: planted ones are kept, noise is dropped, nothing leaks out of a fold, and a model scores no worse."""

from __future__ import annotations

import time

import numpy as np
import pytest

from apercu import train
from apercu.core.goal import Goal
from apercu.core.progress import listening
from apercu.core.rows import Rows
from apercu.train import _select
from apercu.train._select import stable, told

from . import families


def planted(n=600, noise=200, signals=5, task="numeric", seed=1, strength=0.5):
    """Rows in which the first columns matter alike and the others do not."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, signals + noise))
    z = strength * x[:, :signals].sum(axis=1) + rng.normal(size=n)
    y = {
        "numeric": z,
        "binary": np.where(z > 0, "yes", "no").astype(object),
        "multiclass": np.array(["a", "b", "c"], dtype=object)[np.digitize(z, [-0.6, 0.6])],
    }[task]
    return {f"c{i}": x[:, i] for i in range(signals + noise)} | {"y": y}


def names_of(columns):
    return tuple(name for name in columns if name != "y")


@pytest.mark.parametrize(("task", "noise"), [("numeric", 195), ("binary", 95), ("multiclass", 45)])
def test_planted_columns_are_kept_and_noise_is_dropped(task, noise):
    columns = planted(noise=noise, task=task, n=900)
    kept = stable(Rows.of(columns), families.GOALS[task], names_of(columns))
    assert set(kept) >= {f"c{i}" for i in range(5)} and len(kept) <= 7


def test_more_features_than_a_booster_is_shown():
    columns = planted(n=400, noise=350, strength=0.7)
    assert 2 * len(names_of(columns)) > _select.WIDE
    kept = stable(Rows.of(columns), Goal("y", "numeric"), names_of(columns))
    assert len(set(kept) & {f"c{i}" for i in range(5)}) >= 4 and len(kept) <= 7


def test_of_noise_alone_seldom_a_column_is_singled_out():
    """Where none is proved all stay; a lucky column passes now and then, which the file says."""
    singled = 0
    for seed in range(8):
        columns = planted(n=300, noise=20, signals=0, seed=seed)
        singled += len(stable(Rows.of(columns), Goal("y", "numeric"), names_of(columns))) < 20
    assert singled <= 2


def test_levels_and_missing_values_are_looked_at_and_prose_stays():
    rng = np.random.default_rng(3)
    n = 500
    plan = rng.choice(np.array(["p", "q", "r", None], dtype=object), n)
    gone = np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n))
    columns = {f"c{i}": rng.normal(size=n) for i in range(20)} | {"plan": plan, "gone": gone, "when": families.made("numeric", n)["when"]}
    columns["note"] = np.array([f"a few long words about nothing {i}" for i in range(n)], dtype=object)
    columns["y"] = 2.0 * (plan == "q") + 2.0 * np.isnan(gone) + rng.normal(size=n) * 0.5
    assert stable(Rows.of(columns), Goal("y", "numeric"), names_of(columns)) == ("plan", "gone", "note")


def test_weights_count():
    columns = planted(n=1_200, noise=60)
    odd = np.arange(1_200) % 2 == 1
    columns["c0"] = np.where(odd, np.random.default_rng(9).normal(size=1_200), columns["c0"])
    rows = Rows.of({**columns, "w": np.where(odd, 1.0, 1e-6)})
    kept = stable(rows, Goal("y", "numeric", weight="w"), names_of(columns))
    assert "c0" not in kept and "c1" in kept


@pytest.mark.parametrize("task", ["numeric", "binary", "multiclass"])
def test_few_rows_and_one_outcome_keep_all(task):
    columns = planted(n=200, noise=10, task=task)
    rows, goal, names = Rows.of(columns), families.GOALS[task], names_of(columns)
    assert stable(rows.take(np.arange(20)), goal, names) == names
    truth = goal.coded(rows)
    assert stable(rows.take(np.flatnonzero(truth == truth[0])), goal, names) == names
    assert stable(rows, goal, names[:1]) == names[:1]
    constant = rows.plus({name: np.ones(200) for name in names})
    assert stable(constant, goal, names) == names


def test_the_same_rows_keep_the_same():
    columns = planted(n=300, noise=30)
    rows, names = Rows.of(columns), names_of(columns)
    assert stable(rows, Goal("y", "numeric"), names) == stable(rows, Goal("y", "numeric"), names)


def test_a_model_scores_no_worse_and_says_how_many_columns_it_has(make_split):
    columns = planted(n=300, noise=35, strength=0.8)
    split, said = make_split(columns, "y"), []
    with listening(lambda *_: None, lambda step, text: said.append((step, text))):
        (with_,) = train.run(split, train.Options(learners=("boosting",), members=1, select=True))
    (without,) = train.run(split, train.Options(learners=("boosting",), members=1))
    assert with_.loss.mean() < without.loss.mean()
    assert said[0][0] == "train" and said[0][1].endswith("of 40 columns kept by selection")
    assert all(3 <= len(model.columns) <= 9 for model in with_.folds) and len(with_.columns) == 40
    parts, base = with_.contributions(split.rows.take(np.arange(5)))
    assert base[0] + parts.sum(axis=(1, 2)) == pytest.approx(with_.predict(split.rows.take(np.arange(5))))


def test_noise_is_not_learned_though_columns_are_selected(make_split):
    """Selection on all rows would make noise predict; inside the folds it cannot."""
    rng = np.random.default_rng(1)
    columns = {f"x{i}": rng.normal(size=240) for i in range(40)}
    split = make_split({**columns, "y": rng.normal(size=240)}, "y")
    (model,) = train.run(split, train.Options(learners=("linear",), select=True))
    assert model.loss.mean() > 0.95 * np.var(split.rows["y"])


def test_words():
    assert told([5, 5], 9) == "5 of 9 columns kept by selection"


@pytest.mark.slow
def test_five_thousand_columns():
    columns = planted(n=1_000, noise=4_995)
    begun = time.process_time()
    kept = stable(Rows.of(columns), Goal("y", "numeric"), names_of(columns))
    assert time.process_time() - begun < 60 and len(set(kept) & {f"c{i}" for i in range(5)}) == 5 and len(kept) < 10
