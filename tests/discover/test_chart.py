"""The charts of findings carry their own data and no address."""

from __future__ import annotations

import json

from apercu.core.condition import Condition, Term
from apercu.core.expression import Column
from apercu.core.finding import Claim
from apercu.core.measure import Measure
from apercu.discover._chart import bar_chart, line_chart, sign, title_of

CLAIM = Claim("segment", Condition((Term("k", "is", "a"),)), Measure("y", Column("y"), "yes"), "high", 4.0)
BARS = [{"group": "k is a", "value": 0.4, "n": 10, "role": "segment"}, {"group": "≠", "value": 0.1, "n": 90, "role": "wider"}]


def test_a_chart_is_plain_json_with_its_data_inside():
    chart = json.loads(json.dumps(bar_chart(BARS, CLAIM)))
    assert chart["data"]["values"] == BARS
    assert chart["encoding"]["x"]["title"] == "y = yes" and chart["encoding"]["x"]["axis"]["format"] == ".0%"
    assert "url" not in json.dumps(chart["data"])


def test_a_number_is_not_written_in_per_cent():
    assert bar_chart(BARS, Claim("segment", CLAIM.where, Measure("m", Column("m")), "high", 4.0))["encoding"]["x"] == {
        "field": "value",
        "type": "quantitative",
        "title": "m",
        "axis": {},
    }


def test_conditions_are_written_in_signs():
    where = Condition(
        (Term("a", "<=", 5.0), Term("b", "is", "x y"), Term("c", "between", (1.5, 2000.0)), Term("d", "missing"), Term("e", "in", ("p", "q")))
    )
    assert sign(where) == "a ≤ 5 & b = x y & 1.5 ≤ c ≤ 2000 & d = ∅ & e = p | q"


def test_lines_run_along_a_clock_or_a_number():
    points = [{"x": "2024-01-01", "value": 0.2, "group": "all", "role": "segment"}]
    chart = line_chart(points, CLAIM, "day", temporal=True)
    assert chart["encoding"]["x"]["type"] == "temporal" and chart["encoding"]["x"]["title"] == "day"
    assert line_chart(points, CLAIM, "age", temporal=False)["encoding"]["x"]["type"] == "quantitative"
    json.dumps(chart)


def test_a_count_is_named_by_what_it_counts():
    assert title_of(Claim("trend", CLAIM.where, Measure("rows", counted="number"), "up", 1.0)) == "number"
    assert title_of(Claim("trend", CLAIM.where, Measure("rows"), "up", 1.0)) == "n"
