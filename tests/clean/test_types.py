"""Numbers and moments are read from text only where nearly all of it is one."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from apercu import clean, collect
from apercu.core.expression import Column, Time
from apercu.engine.duckdb import DuckDB

OTHER = [float(i % 17) for i in range(60)]


def column(values, name="v", **options):
    """(storage, values, notes) of one column after clean, repeated to 60 rows."""
    data, _ = collect.run({name: (values * 60)[:60], "other": OTHER}, DuckDB(), collect.Options())
    data, notes = clean.run(data, None, clean.Options(off=("duplicates", "suspicions"), **options))
    got = [row[0] for row in data.engine.ask(data.table, f'SELECT "{name}" FROM data')]
    return data.schema.column(name).storage, got[: len(values)], [n.say() for n in notes]


@pytest.mark.parametrize(
    "values, numbers",
    [
        (["1", "2.5", "-3e2"], [1, 2.5, -300]),
        ([" 1", "2 ", "3"], [1, 2, 3]),
        (["1,234", "2,345,678.5", "12"], [1234, 2345678.5, 12]),
        (["$1,200.50", "$80"], [1200.5, 80]),
        (["€ 5", "€ 7.5"], [5, 7.5]),
        (["1.234,56", "12,5", "3"], [1234.56, 12.5, 3]),
        (["0,5", "12,25", "1,125"], [0.5, 12.25, 1.125]),
        (["45%", "7.5 %"], [45, 7.5]),
        (["12.0 oz", "16.0 OZ."], [12, 16]),
        (["￥12", "￥1,300"], [12, 1300]),
        (["5", "N/A", "7", "-", "unknown"], [5, None, 7, None, None]),
        (["30岁", "41岁", "无"], [30, 41, None]),
    ],
)
def test_what_is_a_number(values, numbers):
    storage, got, _ = column(values)
    assert (storage, got) == ("number", numbers)


@pytest.mark.parametrize(
    "values",
    [
        ["00123", "01234", "99999"],
        ["12345678901234567", "22345678901234567"],
        ["A11", "A12"],
        ["5B", "12", "7"],
        ["1-2", "3-4"],
        ["10k", "2M"],
        ["1_000", "2_000"],
        ["0x10", "0x20"],
        ["3 to 4", "more than 4"],
        ["1.2.3", "4.5.6"],
        ["9:30", "10:45"],
    ],
)
def test_what_stays_text(values):
    assert column(values)[:2] == ("text", values)


def test_names_of_codes_stay_levels():
    assert column(["94110", "10001", "60601"], name="zip_code")[0] == "text"
    assert column(["1", "2", "3", "4"], name="season")[0] == "text"
    assert column(["1", "2", "3", "4"], name="rooms")[0] == "number"
    assert column(["7", "12", "19", "21"], name="education")[0] == "number"


def test_nearly_numbers_are_told_and_left():
    storage, _, notes = column([str(i) for i in range(19)] + ["abc"])
    assert storage == "text" and "95.0% of its values are numbers, but not 'abc'" in notes[0]
    storage, got, notes = column([str(i) for i in range(19)] + ["abc"], kind=("v=number",))
    assert storage == "number" and got[-1] is None and "3 values that are none, such as 'abc', count as missing" in notes[0]


@pytest.mark.parametrize(
    "values, moments",
    [
        (["2024-01-05", "2023-12-31"], [(2024, 1, 5), (2023, 12, 31)]),
        (["2024-01-05T10:20:30", "2024-01-06T00:00:00"], [(2024, 1, 5, 10, 20, 30), (2024, 1, 6)]),
        (["2024-01-05T10:20:30Z", "2024-01-06T00:00:00Z"], [(2024, 1, 5, 10, 20, 30), (2024, 1, 6)]),
        (["2023-01-11 01:17:39.128189967", "2023-01-11 01:17:39.000000000"], [(2023, 1, 11, 1, 17, 39, 128189), (2023, 1, 11, 1, 17, 39)]),
        (["2024年1月5日", "2024年12月25日"], [(2024, 1, 5), (2024, 12, 25)]),
        (["13/5/2011", "1/4/2011"], [(2011, 5, 13), (2011, 4, 1)]),
        (["5/13/2011", "4/1/2011"], [(2011, 5, 13), (2011, 4, 1)]),
        (["1/5/2011 3:45 PM", "12/25/2011 11:05 AM"], [(2011, 1, 5, 15, 45), (2011, 12, 25, 11, 5)]),
        (["24-02-2015 11:35", "01-03-2015 09:00"], [(2015, 2, 24, 11, 35), (2015, 3, 1, 9)]),
        (["5 Jan 2024", "31 Dec 2023"], [(2024, 1, 5), (2023, 12, 31)]),
        (["2024/1/5", "", "2023/12/31"], [(2024, 1, 5), None, (2023, 12, 31)]),
        (["1982 Apr", "1982 May", "1983 Jan"], [(1982, 4, 1), (1982, 5, 1), (1983, 1, 1)]),
        (["Apr 1982", "May 1982"], [(1982, 4, 1), (1982, 5, 1)]),
        (["1982M04", "1982M05", "1982M12"], [(1982, 4, 1), (1982, 5, 1), (1982, 12, 1)]),
        (["1982-04", "1982-05", "", "1983-01"], [(1982, 4, 1), (1982, 5, 1), None, (1983, 1, 1)]),
        (["1982/4", "1982/11"], [(1982, 4, 1), (1982, 11, 1)]),
        (["1982 Q2", "1982 Q4"], [(1982, 4, 1), (1982, 10, 1)]),
        (["1982Q1", "1982Q3", ""], [(1982, 1, 1), (1982, 7, 1), None]),
        (["Q2 1982", "Q3 1982"], [(1982, 4, 1), (1982, 7, 1)]),
        (["04/1982", "11/1982"], [(1982, 4, 1), (1982, 11, 1)]),
        ([f"199701{d:02d}" for d in range(1, 29)], [(1997, 1, d) for d in range(1, 29)]),
    ],
)
def test_what_is_a_moment(values, moments):
    storage, got, _ = column(values)
    assert storage == "time" and got == [None if m is None else datetime(*m) for m in moments]


def test_day_or_month_first_is_said_when_no_value_tells():
    _, got, notes = column(["1/2/2024", "3/4/2024"])
    assert got[0] == datetime(2024, 1, 2) and "--day-first" in notes[0]
    assert column(["1/2/2024", "3/4/2024"], day_first="yes")[1][0] == datetime(2024, 2, 1)


@pytest.mark.parametrize(
    "values",
    [
        ["2010-11", "2011-12"],  # seasons of a league
        ["2019-20", "2010-11", "2001-02"],
        ["1234-05", "1234-06", "8812-11"],
        ["1001M04", "1001M05"],
        ["1982M04", "1982M13", "1982X01"],
        ["1982 Apr", "1982 Avr", "1982 Mai"],
        ["1982 Aprilia", "1999 Mercury"],
        ["1982 Q1", "1982 Q5"],
        ["1001Q1", "1001Q2"],
    ],
)
def test_what_is_no_month(values):
    assert column(values)[:2] == ("text", values)


@pytest.mark.parametrize(
    "values", [["2024-13-05", "2024-14-06"], ["30-02-2024", "31-02-2024"], ["soon", "2024-01-05"], ["12/02/2011 6:55 a.m.", "Dec 2 - 6:55"]]
)
def test_what_is_no_moment(values):
    assert column(values)[:2] == ("text", values)


@pytest.mark.parametrize(
    "format, text",
    [
        ("%Y-%m-%d %H:%M:%S.%n", "2023-01-11 01:17:39.128189967"),
        ("%m/%d/%Y %I:%M %p", "1/5/2011 12:45 AM"),
        *(("%Y Q%q", f"2011 Q{quarter}") for quarter in range(1, 5)),
        ("%m/%d/%Y %I:%M:%S %p", "12/31/2011 12:00:01 pm"),
    ],
)
def test_sql_and_arrays_read_the_same_moment(format, text):
    expression = Time(Column("v"), format)
    engine = DuckDB()
    table = engine.adopt({"v": np.array([text, "no", None], dtype=object)})
    read = [row[0] for row in engine.ask(table, f"SELECT {expression.to_sql()} FROM data")]
    assert read == expression.values({"v": np.array([text, "no", None], dtype=object)}).tolist() and read[0] is not None
