"""What a fit may use, how it is read, and the screen of very many columns."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.core.schema import ROLES, Column, Schema
from apercu.train._columns import levels_of, media_of, numbers_of, plain, screened, typed, usable, weights_of

GOAL = Goal("y", "binary", ("no", "yes"), "yes", weight="w")


def test_only_features_and_treatments_are_used():
    schema = Schema((*(Column(role, "number", role=role) for role in ROLES), Column("photo", "image", storage="bytes"), Column("w", "number")))
    assert [c.name for c in usable(schema, GOAL)] == ["feature", "treatment", "photo"]


def test_media_are_kept_from_learners_that_do_not_read_them():
    rows = Rows.of({"photo": [b"P5", None], "x": [1.0, 2.0], "pulse": [[1.0, 2.0], None], "y": ["no", "yes"]})
    assert list(plain(rows)) == ["x", "y"] and media_of(rows, ("list",)) == ("pulse",)
    assert screened(rows, GOAL, ("photo", "x", "pulse"), 1) == ("photo", "x", "pulse")


def test_numbers_of_every_storage():
    rows = Rows.of({"n": [1.0, None], "t": np.array(["1970-01-03", "NaT"], dtype="datetime64[us]"), "s": ["2.5", "many"]})
    assert numbers_of(rows, "n")[0] == 1.0 and numbers_of(rows, "t")[0] == 2.0 and numbers_of(rows, "s")[0] == 2.5
    assert all(np.isnan(numbers_of(rows, name)[1]) for name in rows)


def test_codes_become_levels():
    rows = Rows.of({"zip": [10115, None, 2.5], "age": [1, 2, 3]})
    made = typed(rows, (Column("zip", "category", storage="number"), Column("age", "number", storage="number")))
    assert made.coded("zip").text().tolist() == ["10115", None, "2.5"] and made.storage("age") == "number"
    assert levels_of(rows, "zip").levels == made.coded("zip").levels


def test_weights_have_mean_one_and_never_lie_below_nought():
    rows = Rows.of({"w": [1.0, 3.0, None, -2.0]})
    assert weights_of(rows, GOAL).tolist() == [1.0, 3.0, 0.0, 0.0]
    assert weights_of(rows, Goal("y", "numeric")) is None
    assert weights_of(Rows.of({"w": [0.0, 0.0]}), GOAL) is None


@pytest.mark.parametrize("task", ["binary", "numeric"])
def test_the_screen_keeps_what_tells(task):
    rng = np.random.default_rng(1)
    n = 1_000
    x, bend = rng.normal(size=(2, n))
    kind = rng.choice(np.array(["a", "b", "c"], dtype=object), n)
    y = 2 * x + 2 * bend**2 + 2 * (kind == "b") + rng.normal(size=n)
    columns = {f"noise{i}": rng.normal(size=n) for i in range(40)}
    columns |= {"ids": np.array([f"r{i}" for i in range(n)], dtype=object), "x": x, "bend": bend, "kind": kind}
    goal = Goal("y", "numeric") if task == "numeric" else Goal("y", "binary", ("no", "yes"), "yes")
    rows = Rows.of({**columns, "y": y if task == "numeric" else np.where(y > 2.5, "yes", "no").astype(object)})
    assert screened(rows, goal, tuple(columns), 3) == ("x", "bend", "kind")
    assert screened(rows, goal, tuple(columns), 100) == tuple(columns)
