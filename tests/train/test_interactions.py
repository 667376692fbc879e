"""Events and their halves: what is later is never among what is earlier."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.train._interactions import WARM, Interactions, label


def events(people, each, seed=0, span=1_000):
    drawn = np.random.default_rng(seed)
    n = people * each
    return Rows.of({"a": np.repeat(np.arange(people), each), "b": drawn.integers(0, 40, n), "t": drawn.integers(0, span, n)})


def test_the_clock_parts_where_enough_are_on_both_sides():
    taken = Interactions.of(events(WARM + 50, 10), "a", "b", rating=None, time="t")
    earlier, later, how = taken.parted(0.2)
    assert how == "clock" and taken.moment[earlier].max() <= taken.moment[later].min() and abs(later.mean() - 0.2) < 0.02


def test_else_each_persons_last_part():
    taken = Interactions.of(events(30, 10), "a", "b", rating=None, time="t")
    earlier, later, how = taken.parted(0.2)
    assert how == "last" and not (earlier & later).any() and (earlier | later).all()
    for person in range(30):
        own = taken.person == person
        assert taken.moment[own & earlier].max() < taken.moment[own & later].min()


def test_one_moment_moves_together_and_someone_of_one_moment_stays():
    rows = Rows.of({"a": ["x"] * 4 + ["y"] * 2, "b": list("pqrspq"), "t": [1, 1, 2, 2, 5, 5]})
    taken = Interactions.of(rows, "a", "b", rating=None, time="t")
    assert taken.parted(0.2)[1].tolist() == [False, False, True, True, False, False]


def test_without_time_chance_parts_items_not_events():
    rows = Rows.of({"a": ["x"] * 6 + ["y"], "b": ["p", "p", "q", "r", "s", "t", "p"]})
    taken = Interactions.of(rows, "a", "b", rating=None, time=None)
    earlier, later, how = taken.parted(0.2)
    assert how == "chance" and later.any() and not later[6]
    gone = set(taken.item[later & (taken.person == 0)])
    assert not gone & set(taken.item[earlier & (taken.person == 0)])


def test_histories_hold_one_cell_a_pair():
    rows = Rows.of({"a": ["x", "x", "x", "y"], "b": ["p", "q", "p", "q"], "t": [1.0, 2.0, 3.0, 9.0]})
    view = Interactions.of(rows, "a", "b", rating=None, time="t").histories()
    assert view.weights.toarray().tolist() == [[2.0, 1.0], [0.0, 1.0]]
    assert view.ages.toarray().tolist() == [[0.0, 1.0], [0.0, 0.0]]  # x: p last (age 0), q before it
    assert view.now.tolist() == [3.0, 9.0]
    assert view.recent(1.0).toarray().tolist() == [[2.0, 0.5], [0.0, 1.0]]
    assert view.emptied().weights.nnz == 0


@pytest.mark.parametrize(
    ("values", "names"),
    [([1.0, 2.5, None], ["1", "2.5", None]), (["b", None, "a"], ["b", None, "a"]), (["2024-01-02", None], ["2024-01-02", None])],
)
def test_labels(values, names):
    assert label(Rows.of({"a": values}), "a").tolist() == names


def test_text_is_read_as_a_time_or_a_number():
    base = {"a": ["x", "y", "x"], "b": ["p", "q", "q"]}
    dated = Interactions.of(Rows.of({**base, "t": ["2024-01-01", "2024-01-03", "2024-01-02"]}), "a", "b", rating=None, time="t")
    assert (dated.moment - dated.moment[0]).tolist() == [0.0, 2.0, 1.0]
    counted = Interactions.of(Rows.of({**base, "t": ["1", "3", "2.5"]}), "a", "b", rating=None, time="t")
    assert counted.moment.tolist() == [1.0, 3.0, 2.5]
