"""What-if: the fewest changes are found, stay within what was seen, end in time, and their absence is said."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from apercu.advise.whatif import SEEN, Wish, asked, changed
from apercu.core.dataset import Dataset, Step
from apercu.core.errors import UnknownName, WordsError
from apercu.core.expression import Column as Of
from apercu.core.expression import Ratio
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB

LEAVES = Wish(0.5, True, "left “yes”", 1)


def table(n: int = 600) -> Rows:
    """Nobody of plan 'basic' has support 'gold'."""
    rng = np.random.default_rng(0)
    plan = rng.choice(["basic", "plus"], n)
    support = np.where(plan == "basic", rng.choice(["no", "yes"], n), rng.choice(["no", "yes", "gold"], n))
    return Rows.of({"plan": plan.astype(object), "support": support.astype(object), "price": rng.uniform(10, 50, n), "note": ["x"] * n})


def said(rows: Rows) -> np.ndarray:
    """Leaving falls with support, the plan, and a lower price."""
    worth = {"no": 0.0, "yes": 0.15, "gold": 0.6}
    p = 0.6 + 0.005 * (rows["price"] - 30) - np.array([worth[s] for s in rows["support"]]) - 0.15 * (rows["plan"] == "plus")
    p = np.clip(p, 0.01, 0.99)
    return np.column_stack([1 - p, p])


def one(**values) -> Rows:
    return Rows.of({name: [value] for name, value in {"plan": "basic", "support": "no", "price": 30.0, "note": "x", **values}.items()})


def test_one_change_is_found_before_two_and_the_nearest_first():
    found = changed(said, table(), one(), replace(LEAVES, reach=0.52), ["plan", "support", "price"])
    assert not found.met and all(len(path.changes) == 1 and path.after <= 0.52 < path.before for path in found.paths)
    assert [path.distance for path in found.paths] == sorted(path.distance for path in found.paths)
    price = next(path for path in found.paths if path.changes[0].column == "price")
    assert 10 <= price.changes[0].after <= 14  # the price must fall by sixteen
    assert any(path.changes[0].after == "plus" for path in found.paths)


def test_levels_that_never_occur_together_are_not_tried():
    found = changed(said, table(), one(), LEAVES, ["support"])
    assert [path.changes[0].after for path in found.paths] == ["yes"]  # gold would do more, and is never sold with basic
    assert SEEN > 1


def test_two_changes_where_one_is_not_enough():
    found = changed(said, table(), one(price=49.0), replace(LEAVES, reach=0.45), ["plan", "support"])
    assert found.paths and {len(path.changes) for path in found.paths} == {2}
    assert {(c.column, c.after) for c in found.paths[0].changes} <= {("plan", "plus"), ("support", "yes"), ("support", "gold")}
    assert " and " in found.say() and "，" in found.say("zh") and "not what follows" in found.say()


def test_none_exists_is_said_with_the_nearest():
    found = changed(said, table(), one(), replace(LEAVES, reach=0.05), ["support"])
    assert not found.paths and found.nearest is not None and "No change within what the table has seen is enough." in found.say()
    assert "没有足够的改变" in found.say("zh") and found.to_json()["paths"] == []
    empty = changed(said, table(), one(), LEAVES, ["note"])
    assert not empty.paths and empty.nearest is None and empty.say().endswith("enough.")


def test_what_is_so_already_needs_no_change():
    found = changed(said, table(), one(support="gold"), LEAVES, ["plan"])
    assert found.met and not found.paths and "already" in found.say() and "无需改变" in found.say("zh")


def test_gaps_in_the_row_are_no_obstacle():
    found = changed(said, table(), one(note=None), LEAVES, ["plan", "price"])
    assert found.paths
    numbers = changed(
        lambda rows: np.nan_to_num(rows["price"]), table(), one().plus({"price": np.array([np.nan])}), Wish(40.0, False, "spend"), ["price"]
    )
    assert numbers.paths[0].changes[0].before is None and "from nothing to" in numbers.say() and "空缺" in numbers.say("zh")


def test_the_search_ends_in_time():
    def slow(rows: Rows) -> np.ndarray:
        time.sleep(0.06)
        return said(rows)

    start = time.monotonic()
    found = changed(slow, table(), one(), replace(LEAVES, reach=0.0), ["plan", "support", "price"], seconds=0.1)
    assert not found.paths and time.monotonic() - start < 0.5
    with pytest.raises(UnknownName):
        changed(said, table(), one(), LEAVES, ["pries"])


class Known:
    """A model of two columns, one of which apercu made."""

    name, columns = "known", ("plan", "twice")

    def predict(self, rows: Rows) -> np.ndarray:
        p = np.clip(rows["twice"] / 100 + 0.1 * (rows["plan"] == "basic"), 0.01, 0.99)
        return np.column_stack([1 - p, p])


def study(goal: Goal) -> tuple[CrossFitted, Split]:
    rows = table()
    rng = np.random.default_rng(1)
    columns = {"plan": rows["plan"], "price": rows["price"], "unit": np.ones(rows.n), "left": rng.choice(["no", "yes"], rows.n).astype(object)}
    engine = DuckDB()
    kinds = {"plan": "category", "price": "number", "unit": "number", "left": "category"}
    schema = Schema(
        tuple(Column(c, k, storage="number" if k == "number" else "text", role="target" if c == "left" else "feature") for c, k in kinds.items())
    )
    data = Dataset(schema, engine, engine.adopt(columns), "w", rows.n)
    data = data.applied(Step({"twice": Ratio(Of("price"), Of("unit"))}), (Column("twice", "number", storage="number", derived="price"),))
    split = Split.make(data, goal)
    return CrossFitted("known", goal, Known.columns, (Known(),), np.full((rows.n, 2), 0.5), np.zeros(1)), split  # type: ignore[arg-type]


def test_columns_made_of_changed_ones_are_made_anew():
    goal = Goal("left", "binary", ("no", "yes"), "yes")
    model, split = study(goal)
    row = split.rows.take(np.array([int(np.argmax(split.rows["price"]))]))
    found = asked(model, split, row, ["price"], to=0.2)
    assert found.paths and found.paths[0].after <= 0.2
    assert asked(model, split, row, ["plan"], to=0.99).paths == ()
    priced = replace(goal, value=100.0, cost=30.0, success=1.0)
    assert asked(model, replace(split, goal=priced), row, ["price"]).paths[0].wish.reach == 0.3


def test_words_that_are_off_are_refused():
    model, split = study(Goal("left", "binary", ("no", "yes"), "yes"))
    row = split.rows.take(np.array([0]))
    for names, error in (([], WordsError), (["left"], WordsError), (["prise"], UnknownName)):
        with pytest.raises(error):
            asked(model, split, row, names)
    with pytest.raises(WordsError, match="as a number"):
        asked(model, replace(split, goal=Goal("price", "numeric")), row, ["plan"])
