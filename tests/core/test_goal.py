"""A goal is guessed from its column, refuses what cannot be one, and measures rows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.errors import UnknownName, UnusableTarget, WordsError
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema

SCHEMA = Schema(
    (Column("y", "flag"), Column("n", "number", storage="number", distinct=900), Column("t", "entity", distinct=900), Column("c", "category"))
)


@pytest.mark.parametrize(
    ("values", "classes", "wanted"),
    [
        ([("No", 900), ("Yes", 100)], ("No", "Yes"), "Yes"),
        ([(0.0, 900), (1.0, 100)], ("0", "1"), "1"),
        ([(1.0, 900), (2.0, 100)], ("1", "2"), "1"),
        ([("否", 5), ("是", 4)], ("否", "是"), "是"),
        ([("a", 5), ("b", 4)], ("a", "b"), "b"),
    ],
)
def test_binary_goals(values, classes, wanted):
    goal = Goal.guess(SCHEMA, "y", values)
    assert (goal.task, goal.classes, goal.wanted, goal.unit) == ("binary", classes, wanted, "share")
    assert goal.levels() == (wanted,)


def test_what_the_user_said_counts():
    goal = Goal.guess(SCHEMA, "y", [("No", 9), ("Yes", 1)], wanted="No", value=300.0, cost=5.0)
    assert (goal.wanted, goal.value, goal.cost, goal.success) == ("No", 300.0, 5.0, 0.3)
    with pytest.raises(UnknownName, match="there is no level of y 'Yse'; did you mean 'Yes'"):
        Goal.guess(SCHEMA, "y", [("No", 9), ("Yes", 1)], wanted="Yse")


def test_several_classes_are_ordered_as_numbers_where_they_are():
    goal = Goal.guess(SCHEMA, "c", [("10", 5), ("2", 4), ("x", 1)])
    assert (goal.task, goal.classes, goal.wanted) == ("multiclass", ("2", "10", "x"), "10")
    assert goal.levels() == goal.classes


def test_weights_have_mean_one_and_never_lie_below_nought():
    goal = Goal("y", "numeric", weight="w")
    assert goal.weights(Rows.of({"w": [1.0, 3.0, None, -2.0]})).tolist() == [1.0, 3.0, 0.0, 0.0]
    assert goal.weights(Rows.of({"w": [1.0, np.inf, 3.0]})).tolist() == [0.75, 0.0, 2.25]
    assert goal.weights(Rows.of({"w": ["1", "heavy", "3", None]})).tolist() == [1.0, 0.0, 3.0, 0.0]
    for none in ({"w": [0.0, -1.0]}, {"w": np.array(["2024-01-01"], dtype="datetime64[us]")}, {"y": [1.0]}):
        assert goal.weights(Rows.of(none)) is None
    assert Goal("y", "numeric").weights(Rows.of({"w": [2.0]})) is None


def test_numeric_goals():
    goal = Goal.guess(SCHEMA, "n", [(1.0, 3), (2.0, 2)])
    assert (goal.task, goal.unit, goal.levels()) == ("numeric", "", ("",))
    assert goal.measured(Rows.of({"n": [1, None]}))[0] == 1.0


@pytest.mark.parametrize(
    ("target", "values", "told"),
    [
        ("y", [("No", 9)], "must have at least two values; it has only 'No'"),
        ("y", [], "it has no value at all"),
        ("t", [("a", 1), ("b", 1)], "has 900 different values (entity)"),
        ("c", [(str(i), 1) for i in range(101)], "at most 100"),
    ],
)
def test_what_cannot_be_a_goal_is_refused(target, values, told):
    with pytest.raises(UnusableTarget) as caught:
        Goal.guess(SCHEMA, target, values)
    assert told in str(caught.value)


def test_unknown_columns_and_tasks_are_refused():
    with pytest.raises(UnknownName, match="there is no column"):
        Goal.guess(SCHEMA, "z", [])
    with pytest.raises(UnknownName, match="task"):
        Goal("y", "clustering")


def test_rows_are_coded_and_measured_with_missing_kept():
    goal = Goal("y", "multiclass", ("a", "b", "c"), "b")
    rows = Rows.of({"y": ["a", "b", None, "other", "c"]})
    assert np.array_equal(goal.coded(rows), [0, 1, np.nan, np.nan, 2], equal_nan=True)
    assert np.array_equal(goal.measured(rows), [0, 1, np.nan, np.nan, 0], equal_nan=True)
    assert np.array_equal(goal.measured(rows, "c"), [0, 0, np.nan, np.nan, 1], equal_nan=True)
    numbers = Goal("y", "binary", ("0", "1.5"), "1.5")
    assert np.array_equal(numbers.coded(Rows.of({"y": [0, 1.5, None, 7]})), [0, 1, np.nan, np.nan], equal_nan=True)


def test_json_reads_back_equal():
    goal = Goal("y", "binary", ("a", "b"), "b", value=3.0, alike=("sex",))
    assert Goal.from_json(json.loads(json.dumps(goal.to_json()))) == goal


def test_directions_are_kept_and_checked():
    goal = Goal("y", "binary", ("no", "yes"), "yes", alike=("sex",), monotone=(("age", 1), ("fee", -1)))
    assert Goal.from_json(json.loads(json.dumps(goal.to_json()))) == goal
    with pytest.raises(WordsError, match="must be 1"):
        Goal("y", "numeric", monotone=(("age", 0),))
