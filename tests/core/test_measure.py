"""A measure is one number per row, in arrays as in SQL, and has a name in both languages."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.expression import Column, Contains, Days, Missing
from apercu.core.measure import Measure
from apercu.core.rows import Rows
from apercu.engine.duckdb import DuckDB

ROWS = Rows.of(
    {
        "amount": [3.0, None, 1.0],
        "state": ["open", "closed", None],
        "flag": [1.0, 0.0, None],
        "start": np.array(["2024-01-01", "2024-01-02", "NaT"], dtype="datetime64[us]"),
        "end": np.array(["2024-01-03", "2024-01-02", "2024-01-05"], dtype="datetime64[us]"),
    }
)
MEASURES = [
    Measure("amount", Column("amount")),
    Measure("state", Column("state"), "open"),
    Measure("flag", Column("flag"), "1"),
    Measure("stay", Days(Column("start"), Column("end")), unit="days"),
    Measure("amount missing", Missing(Column("amount")), unit="share"),
    Measure("state says open", Contains(Column("state"), "open"), unit="share"),
    Measure("rows", counted="amount"),
]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_arrays_and_sql_agree(measure):
    engine = DuckDB()
    table = engine.adopt({name: ROWS[name] for name in ROWS})
    asked = [np.nan if value is None else float(value) for (value,) in engine.ask(table, f"SELECT {measure.to_sql()} FROM data")]
    assert np.array_equal(measure.values(ROWS), asked, equal_nan=True)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_json_brings_it_back(measure):
    assert Measure.from_json(measure.to_json()) == measure


def test_words():
    amount, state, flag, stay, gone, *_, rows = MEASURES
    assert amount.told() == "The mean of amount" and amount.told("zh") == "amount 的均值"
    assert state.averages(0.427) == "state is “open” in 42.7% of rows"
    assert stay.averages(2.5) == "days from start to end averages 2.5 days"
    assert gone.averages(0.1) == "amount is missing in 10.0% of rows" and gone.rate
    assert rows.told() == "The number of rows (one per amount)" and rows.counts and rows.columns() == ("amount",)
    assert (state.scale, stay.scale, flag.scale) == ("share", "days", "share")


def test_what_gives_a_measure_away():
    stay, rows = MEASURES[3], MEASURES[-1]
    assert stay.known_by(("end",)) and not stay.known_by(("start",)), "where a stretch begins does not say how long it lasts"
    assert MEASURES[0].known_by(("amount", "state")) and not rows.known_by(("amount",))


@pytest.mark.parametrize("levels", [("inf", "ok"), ("nan", "ok"), ("01", "1"), ("1_0", "10"), ("a'b;--", "c")])
def test_levels_that_look_like_numbers_are_counted_as_what_they_are(levels):
    engine = DuckDB()
    table = engine.adopt({"y": np.array([*levels, levels[0], None], dtype=object)})
    for level, share in zip(levels, (2 / 3, 1 / 3), strict=True):
        assert engine.ask(table, f"SELECT avg({Measure('y', Column('y'), level).to_sql()}) FROM data")[0][0] == pytest.approx(share)


def test_a_flag_of_numbers_is_counted_however_it_is_stored():
    engine = DuckDB()
    for stored in (np.array([1.0, 0.0, 1.0]), np.array([1, 0, 1])):
        found = engine.ask(engine.adopt({"y": stored}), f"SELECT avg({Measure('y', Column('y'), '1').to_sql()}) FROM data")
        assert found[0][0] == pytest.approx(2 / 3)
