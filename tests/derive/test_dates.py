"""Parts that vary and durations whose order holds; nothing from the target; the same columns again on new rows."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import derive
from apercu.core.dataset import Dataset, replayed
from apercu.core.goal import Goal
from apercu.core.schema import Column, Schema
from apercu.engine.duckdb import DuckDB


@pytest.fixture
def orders():
    rng = np.random.default_rng(1)
    n = 300
    start = np.datetime64("2023-01-01") + rng.integers(0, 700, n).astype("timedelta64[D]")
    columns = {
        "opened": start.astype("datetime64[us]"),
        "closed": (start + rng.integers(0, 30, n).astype("timedelta64[D]")).astype("datetime64[us]"),
        "born": (np.datetime64("2023-06-01") + rng.integers(0, 300, n).astype("timedelta64[D]")).astype("datetime64[us]"),
        "price": rng.normal(size=n),
    }
    engine = DuckDB()
    table = engine.adopt(columns)
    schema = Schema(tuple(Column(c, "time" if c != "price" else "number", storage="time" if c != "price" else "number") for c in columns))
    return Dataset(schema.changed("price", role="target"), engine, table, "orders", n)


def test_parts_and_durations(orders):
    data, notes = derive.run(orders, Goal("price", "numeric"))
    made = {c.name: c for c in data.schema if c.derived}
    assert {"opened_month", "opened_weekday", "opened_year", "days_opened_to_closed"} <= set(made)
    assert "opened_hour" not in made, "dates without a time of day have no hour"
    assert not any("born" in name and name.startswith("days") for name in made), "unrelated moments have no order"
    assert all(c.kind == "number" and c.storage == "number" and c.role == "feature" for c in made.values())
    days = data.rows(("days_opened_to_closed",))["days_opened_to_closed"]
    assert days.min() >= 0 and days.max() <= 29
    note = next(n for n in notes if n.column == "days_opened_to_closed")
    assert "days from opened to closed" in note.say("en") and "天数" in note.say("zh") and note.expression == made[note.column].derived


def test_replayed_on_new_rows(orders):
    data, _ = derive.run(orders, Goal("price", "numeric"))
    again = replayed(data.steps, orders.rows())
    for column in data.schema:
        assert np.array_equal(again[column.name], data.rows((column.name,))[column.name], equal_nan=column.kind == "number")


def test_the_target_and_what_is_left_out_make_nothing(orders):
    ignored = orders.with_schema(orders.schema.changed("opened", role="ignored").changed("closed", role="leak"))
    data, _ = derive.run(ignored, None)
    assert not any("opened" in c.name or "closed" in c.name for c in data.schema if c.derived)
    targeted, _ = derive.run(orders.with_schema(orders.schema.changed("born", role="feature")), Goal("opened", "numeric"))
    assert not any("opened" in c.derived for c in targeted.schema if c.derived)


def test_a_table_without_moments_stays(orders):
    only = orders.with_schema(Schema((Column("price", "number", "target", "number"),)))
    data, notes = derive.run(only, Goal("price", "numeric"))
    assert data is only and notes == []


def test_can_be_switched_off(orders):
    data, _ = derive.run(orders, None, derive.Options(dates=False))
    assert not [c for c in data.schema if c.derived]


def test_a_name_already_there_is_kept(orders):
    engine = orders.engine
    table = engine.attach(orders.table, {"opened_month": np.arange(300.0)})
    data = Dataset(orders.schema.plus((Column("opened_month", "number", storage="number"),)), engine, table, "orders", 300)
    made, _ = derive.run(data, None)
    assert not made.schema.column("opened_month").derived
