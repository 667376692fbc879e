"""Lists of addressees hold the rows that the action counted, the likeliest first; the SQL beside them selects the same rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from apercu.advise import run
from apercu.advise.addressees import listed, scored
from apercu.advise.offers import PREDICTED
from apercu.core.rows import Rows

from .test_offers import PRICED, B, finding, model_of, world


def selected(split, sql: str) -> set[int]:
    """The rows that DuckDB selects, by number."""
    query = sql.replace("FROM data", f'FROM "{split.data.table}"').replace("SELECT *", 'SELECT "_row"')
    return {int(row) for (row,) in split.data.engine.ask(split.data.table, query)}


def test_a_segment_is_listed_by_its_own_condition():
    split = world()
    action = run([finding(split, B)], split, None)[0]
    who = listed(action, split.rows, scored(model_of(split), split), ("plan",))
    assert who.header == ("row", "plan", PREDICTED) or who.header == ("row", "plan")
    assert len(who.rows) == action.people and {row[1] for row in who.rows} == {"b"} and who.stopped == 0
    assert who.sql == "SELECT * FROM data WHERE \"plan\" = 'b'"


def test_the_models_addressees_are_those_it_counted_the_likeliest_first():
    split = world(replace(PRICED, cost=9.0))
    p = 0.8 * np.random.default_rng(0).random(5_000) + 0.2 * np.nan_to_num(split.goal.coded(split.rows))
    model = replace(model_of(split), out_of_fold=np.column_stack([1 - p, p]))
    action = run([], split, model)[0]
    who = listed(action, split.rows, scored(model, split))
    assert len(who.rows) == action.people > 100
    likely = [row[-1] for row in who.rows]
    assert likely == sorted(likely, reverse=True) and min(likely) > 9 / 90
    assert f'"_row" IN ({who.rows[0][0]}' in who.sql and len(who.to_json()) == len(who.rows) and who.to_json()[0]["row"] == who.rows[0][0]


def test_vetoed_rows_are_left_out_and_counted():
    split = world()
    action = run([finding(split, B)], split, None)[0]
    who = listed(action, split.rows, {}, (), lambda rows: rows["x"] > 0)
    assert len(who.rows) + who.stopped == action.people and who.stopped > 100 and "IN (" in who.sql


def test_identifiers_of_text_are_quoted_and_gaps_are_none():
    when = np.array(["2024-01-01", "NaT", "2024-01-02"], dtype="datetime64[us]")
    rows = Rows.of({"plan": ["b", "b", "a"], "name": ["o'neil", None, "x"], "when": when})
    split = world()
    action = replace(run([finding(split, B)], split, None)[0])
    who = listed(action, rows, {}, ("name", "when"), lambda r: np.array([True, True, True]))
    assert who.rows == ((1, "o'neil", "2024-01-01T00:00:00.000000"), (2, None, None))
    assert who.csv().splitlines() == ["row,name,when", "1,o'neil,2024-01-01T00:00:00.000000", "2,,"]
    stopped = listed(action, rows, {}, ("name",), lambda r: np.array([True, False, True]))
    assert stopped.sql == "SELECT * FROM data WHERE \"name\" IN ('o''neil')"
    assert listed(action, rows, {}, ("name",), lambda r: np.zeros(3, dtype=bool)).sql.endswith("WHERE FALSE")
    assert listed(action, rows.take(np.zeros(3, dtype=bool)), {}).rows == ()


def test_scores_of_numbers_and_of_no_model_are_none():
    split = world()
    assert scored(None, split) == {}
    assert set(scored(model_of(split), split)) == {PREDICTED}
