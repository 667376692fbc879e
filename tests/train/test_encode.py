"""Parts of columns: right values, right widths, unseen levels, and the same again out of JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.train._encode import Codes, Design, Levels, Numbers, from_json, is_prose

GOAL = Goal("y", "binary", ("no", "yes"), "yes")


def table(n=200, seed=1):
    rng = np.random.default_rng(seed)
    return Rows.of(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(50, 10, n)),
            "plan": rng.choice(np.array(["a", "b", "c", None], dtype=object), n),
            "name": np.array([f"n{i % 150}" if i > 30 else "often" for i in range(n)], dtype=object),
            "when": (np.datetime64("2024-01-01") + np.arange(n).astype("timedelta64[D]")).astype("datetime64[us]"),
            "note": np.array([f"the {'good' if i % 2 else 'bad'} item number {i} arrived" for i in range(n)], dtype=object),
            "y": np.where(np.arange(n) % 2 == 0, "no", "yes").astype(object),
        }
    )


FEATURES = ("age", "plan", "name", "when", "note")


def test_numbers_bend_and_tell_missing():
    rows = Rows.of({"x": [*range(101), *[None] * 20]})
    part = Numbers.fit(rows, "x", bends=True)
    parts = part.parts(rows)
    assert parts.shape == (121, part.width) and part.knots == (5.0, 20.0, 40.0, 60.0, 80.0, 95.0)
    assert parts[50].tolist() == [50.0, 45.0, 30.0, 10.0, 0.0, 0.0, 0.0, 0.0] and parts[101, 0] == 50.0 and parts[101, -1] == 1.0
    assert part.parts(Rows.of({"x": [1e9, -1e9]}))[:, 0].tolist() == [100.0, 0.0], "beyond the training range it stays"


def test_a_handful_of_missing_rows_gets_no_weight_of_its_own():
    rows = Rows.of({"x": [*range(101), None], "plan": ["a"] * 40 + ["b"] * 30 + ["c"] * 30 + [None] * 2})
    assert not Numbers.fit(rows, "x", bends=True).gone and not Levels.fit(rows, "plan").gone


def test_rare_and_new_levels_are_pooled():
    rows = Rows.of({"plan": ["a"] * 20 + ["b"] * 15 + ["c"] * 12 + ["rare"] * 3 + [None] * 20})
    part = Levels.fit(rows, "plan")
    assert part.levels == ("a", "b", "c") and part.other and part.gone and part.width == 5
    assert part.parts(Rows.of({"plan": ["b", "rare", "never seen", None]})).tolist() == [
        [0, 1, 0, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]


def test_two_levels_are_one_part():
    part = Levels.fit(Rows.of({"flag": ["no"] * 20 + ["yes"] * 12}), "flag")
    assert part.width == 1 and part.parts(Rows.of({"flag": ["yes", "no"]}))[:, 0].tolist() == [1.0, 0.0]


def test_many_levels_keep_thirty_and_their_counts():
    rows = Rows.of({"city": [f"c{i % 50}" for i in range(1_000)]})
    part = Levels.fit(rows, "city")
    assert len(part.levels) == 30 and part.width == 32
    assert part.often(Rows.of({"city": ["c1", "new", None]})) == pytest.approx([np.log(20), 0.0, 0.0])


def test_prose_is_told_from_levels():
    rows = table()
    assert is_prose(rows, "note") and not is_prose(rows, "plan") and not is_prose(rows, "age") and not is_prose(rows, "name")
    assert is_prose(Rows.of({"x": [f"这家酒店的早餐非常好下次还会来第{i}次" for i in range(50)]}), "x")


def test_json_makes_the_same_numbers():
    rows, later = table(), table(60, seed=2)
    design = Design.fit(rows, GOAL, FEATURES)
    again = Design.from_json(json.loads(json.dumps(design.to_json())))
    assert np.array_equal(design.matrix(later), again.matrix(later)) and np.isfinite(design.matrix(later)).all()
    with pytest.raises(ValueError, match="expected a part"):
        from_json({"part": "program"})


def test_parts_sum_to_their_columns():
    rows = table()
    design = Design.fit(rows, GOAL, FEATURES)
    matrix = design.matrix(rows)
    summed = design.summed(matrix[:, :, None])
    assert summed.shape == (200, 5, 1) and np.allclose(summed.sum(axis=1)[:, 0], matrix.sum(axis=1))
    assert np.allclose(summed[:, 1, 0], 1.0), "every row has one level"


def test_codes_of_trees():
    rows = table()
    codes = Codes.fit(rows, FEATURES)
    matrix = codes.matrix(rows)
    assert matrix.shape[1] == len(codes.sources) and "note" not in codes.sources and codes.sources.count("name") == 2
    assert np.isnan(matrix[:, 0]).sum() == np.isnan(rows["age"]).sum()
    assert [codes.sources[i] for i in codes.categories] == ["plan"]


@given(st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_numbers_are_survived(values):
    rows = Rows({"x": np.array([np.nan if v is None else v for v in values])}, len(values))
    part = Numbers.fit(rows, "x", bends=True)
    assert np.isfinite(part.parts(rows)).all() and part.parts(rows).shape == (len(values), part.width)


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=60), st.lists(st.text(max_size=3), max_size=10))
@settings(max_examples=40, deadline=None)
def test_any_levels_are_survived(values, later):
    part = Levels.fit(Rows.of({"x": np.array([*values, "z"], dtype=object)}), "x")
    new = Rows.of({"x": np.array([*later, None, "z"], dtype=object)})
    assert part.parts(new).shape == (len(later) + 2, part.width)
