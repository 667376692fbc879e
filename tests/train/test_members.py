"""Members: popularity at a moment, lifts of people alike, and every part a history adds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from apercu.core.rows import Rows
from apercu.train._interactions import Interactions
from apercu.train._members import FAMILIES, HISTORY, Trend, fitted


@pytest.fixture(scope="module")
def taken():
    drawn = np.random.default_rng(0)
    rows = Rows.of({"a": drawn.integers(0, 25, 400), "b": drawn.integers(0, 12, 400), "t": drawn.permutation(400)})
    return Interactions.of(rows, "a", "b", rating=None, time="t")


def test_popularity_knows_nothing_of_what_is_later():
    rows = Rows.of({"a": list("xyxyxy"), "b": ["p", "p", "p", "q", "q", "q"], "t": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    taken = Interactions.of(rows, "a", "b", rating=None, time="t")
    seen = np.exp(Trend.of(taken, np.inf).rows(np.array([3.0, 6.0, np.nan]))) - 0.5
    assert np.allclose(seen, [[3, 0], [3, 3], [3, 3]])
    assert np.exp(Trend.of(taken, 0.1).rows(np.array([6.0])))[0].argmax() == 1


def test_decay_is_by_half():
    rows = Rows.of({"a": ["x", "y", "x"], "b": ["p", "q", "q"], "t": [0.0, 50.0, 100.0]})
    found = np.exp(Trend.of(Interactions.of(rows, "a", "b", rating=None, time="t"), 0.5).rows(np.array([100.0]))) - 0.5
    assert np.allclose(found, [[0.25, 1.5]])


@pytest.mark.parametrize("family", HISTORY)
@pytest.mark.parametrize("half", [np.inf, 5.0])
def test_parts_sum_to_scores(taken, family, half):
    content = csr_matrix(np.random.default_rng(1).random((12, 3)))
    member = fitted(family, FAMILIES[family][0], taken, content, None)(half)
    one = taken.histories().of(np.array([3]))
    scores = member.scores(one)
    for item in (0, 5, 11):
        assert member.spoken(one, item).sum() == pytest.approx(scores[0, item], abs=1e-9)


def test_people_alike_take_alike():
    rows = Rows.of({"a": [p for p in range(40) for _ in range(5)], "b": [(p % 2) * 5 + k for p in range(40) for k in range(5)]})
    taken = Interactions.of(rows, "a", "b", rating=None, time=None)
    profiles = csr_matrix(np.eye(2)[[int(p) % 2 for p in taken.people]])
    member = fitted("alike", {}, taken, None, profiles)(np.inf)
    scores = member.scores(taken.histories().of(np.array([0, 1])).emptied(), csr_matrix(np.eye(2)))
    assert (scores[0, :5] > scores[0, 5:]).all() and (scores[1, 5:] > scores[1, :5]).all()
    assert not member.scores(taken.histories()).any()
