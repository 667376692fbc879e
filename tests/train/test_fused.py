"""Texts and table in one: better than each, summing exactly, without a leak."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.model import members_of
from apercu.core.rows import Rows
from apercu.stats.scores import log_loss, r2
from apercu.train.boosting import Boosting
from apercu.train.fused import Fused, _unseen
from apercu.train.text import Text

from . import families, words

N = 900


def halves(rows):
    return rows.take(np.arange(N - 150)), rows.take(np.arange(N - 150, N))


@pytest.fixture(scope="module", params=["binary", "multiclass", "numeric"])
def fitted(request):
    inner, watch = halves(words.made(request.param, N))
    return request.param, Fused().fit(inner, words.GOALS[request.param], watch)


def test_is_better_than_text_alone_and_table_alone(fitted):
    task, model = fitted
    later, goal = words.made(task, 1_000, seed=2), words.GOALS[task]
    inner, watch = halves(words.made(task, N))
    truth = goal.coded(later)

    def lost(model):
        told = model.predict(later)
        return 1.0 - r2(truth, told) if task == "numeric" else float(log_loss(truth, told))

    table = tuple(name for name in inner if name != "note")
    assert lost(model) < 0.97 * min(lost(Text().fit(inner, goal, watch)), lost(Boosting().fit(inner.only(table), goal, watch.only(table))))


def test_contributions_sum_and_prose_has_its_part(fitted):
    task, model = fitted
    rows = words.made(task, 60, seed=3)
    assert families.sums(model, rows, task) < 1e-5
    parts = np.abs(model.contributions(rows)[0]).mean(axis=(0, 2))
    assert parts[model.columns.index("note")] > parts[model.columns.index("plan")]


def test_comes_back_equal_and_repeats_itself(fitted):
    task, model = fitted
    rows = words.made(task, 60, seed=3)
    again = families.returned(Fused, model)
    assert np.array_equal(again.predict(rows), model.predict(rows))
    inner, watch = halves(words.made(task, N))
    assert np.array_equal(Fused().fit(inner, words.GOALS[task], watch).predict(rows), model.predict(rows))


def test_the_word_of_noise_says_nothing():
    """Texts that have nothing to do with the target are told of without having been seen, copies of them included."""
    rng = np.random.default_rng(1)
    texts = np.array([" ".join(rng.choice(list("abcdefghij"), 6)) + " was here again today" for _ in range(200)] * 2, dtype=object)
    rows = Rows.of({"note": texts, "y": np.where(np.tile(rng.random(200) < 0.5, 2), "yes", "no").astype(object)})
    said = _unseen(Text(), rows, words.GOALS["binary"], ("note",))[:, 0]
    truth = words.GOALS["binary"].coded(rows)
    assert abs(np.corrcoef(said, truth)[0, 1]) < 0.25  # a leak gives more than 0.9


@pytest.mark.parametrize("n", [2, 20, 80])
def test_few_rows_and_one_class(n):
    rows = words.made("binary", n)
    rows = rows.plus({"y": rows.take(np.zeros(n, dtype=int)).coded("y")})
    told = Fused().fit(rows, words.GOALS["binary"], rows.take(np.arange(0))).predict(words.made("binary", 5))
    assert np.isfinite(told).all()


def test_offered_where_there_is_prose_and_a_table():
    rows, goal = words.made("binary"), words.GOALS["binary"]
    assert [m.name for m in members_of(Fused, goal, rows)] == ["fused"]
    assert members_of(Fused, goal, rows.only(("note", "y"))) == () and members_of(Fused, goal, rows.only(("x", "plan", "y"))) == ()
