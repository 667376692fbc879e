"""Cases: prototypes look like their class, and the nearest case of a row of the table is that row."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import explain, train
from apercu.core.rows import Rows
from apercu.explain._sample import Sample
from apercu.explain.cases import prototypes


@pytest.fixture(scope="module")
def table(make_split):
    rng = np.random.default_rng(0)
    x, idle = rng.normal(size=(2, 600))
    plan = rng.choice(np.array(["a", "b", None], dtype=object), 600)
    y = np.where(2 * x + 2.0 * (plan == "b") + rng.normal(size=600) > 1, "yes", "no").astype(object)
    split = make_split({"x": x, "idle": idle, "plan": plan, "y": y}, "y")
    return split, train.run(split, train.Options(learners=("linear",)))[0]


def test_prototypes_are_rows_of_their_class(table):
    split, model = table
    found = prototypes(Sample.of(model, split, 600))
    assert {p.level for p in found} == {"yes", "no"} and len(found) == 4
    for p in found:
        place = int(np.flatnonzero(split.rows["_row"] == p.row)[0])
        assert split.rows["y"][place] == p.level and (p.prediction > 0.5) == (p.level == "yes")
        assert dict(p.values)["x"] == split.rows["x"][place] and next(iter(p.values))[0] in ("x", "plan")
    for level in ("yes", "no"):
        assert sum(p.share for p in found if p.level == level) == pytest.approx(1.0)


def test_the_nearest_case_is_the_row_itself(table):
    split, model = table
    found = explain.nearest(model, split, split.rows, 3, most=4)
    assert len(found) == 4 and [c.distance for c in found] == sorted(c.distance for c in found)
    assert found[0].row in {int(split.rows["_row"][3]), *(c.row for c in found[:3])} and found[0].distance < 0.5
    new = explain.nearest(model, split, Rows.of({"x": [3.0], "idle": [0.0], "plan": ["b"]}), 0)
    assert np.mean([c.prediction for c in new]) > 0.9 and {c.truth for c in new} <= {"yes", "no"}
    with pytest.raises(IndexError, match="from 0 to 599"):
        explain.nearest(model, split, split.rows, 600)


def test_numbers_have_low_middle_and_high(make_split):
    rng = np.random.default_rng(1)
    x = rng.normal(size=300)
    split = make_split({"x": x, "y": 5 * x + rng.normal(size=300)}, "y")
    found = prototypes(Sample.of(train.run(split, train.Options(learners=("linear",)))[0], split, 300))
    means = [np.mean([p.prediction for p in found if p.level == level]) for level in ("low", "middle", "high")]
    assert means == sorted(means) and means[0] < -2 and means[2] > 2
