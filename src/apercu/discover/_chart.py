"""The charts of findings, as Vega-Lite specifications (version 5) with their data inside.

Labels are signs (`tenure ≤ 5`), so that one chart serves all languages.
"""

from __future__ import annotations

from typing import Any, Final

from ..core.condition import Condition, Term
from ..core.expression import Days, Expression, Part
from ..core.finding import Claim
from ..words.numbers import cut

__all__ = ["OTHERS", "bar_chart", "sign"]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
TOLD: Final = "#c8553d"  # the bar that the finding speaks of
OTHER: Final = "#9db4c0"
OTHERS: Final = "others · 其余"


def sign(condition: Condition) -> str:
    """A condition in signs that need no language: `tenure ≤ 5 & plan = monthly`."""
    return " & ".join(_sign(term) for term in condition.terms)


def _sign(term: Term) -> str:
    name = _name(term.expression)
    match term.op, term.value:
        case "between", (low, high):
            return f"{_value(low)} ≤ {name} ≤ {_value(high)}"
        case "in", (*levels,):
            return f"{name} = {' | '.join(map(_value, levels))}"
        case "contains", word:
            return f"{name} ∋ {word}"
        case "missing", _:
            return f"{name} = ∅"
        case op, value:
            return f"{name} {({'is': '=', 'is not': '≠', '<=': '≤', '>=': '≥'}).get(op, op)} {_value(value)}"


def _name(expression: Expression) -> str:
    match expression:
        case Part(of, unit):
            return f"{_name(of)} [{unit}]"
        case Days(start, end):
            return f"{_name(start)} → {_name(end)} [d]"
        case _:
            return expression.say("en")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else cut(value)


def bar_chart(bars: list[dict[str, Any]], claim: Claim, *, share: bool) -> dict[str, Any]:
    """Bars from top to bottom as given: {group, value, n, role}, the told ones with role 'segment'. Shares are written in per cent."""
    title = f"{claim.measure} = {claim.level}" if claim.level else claim.measure
    colour = {"field": "role", "type": "nominal", "legend": None, "scale": {"domain": ["segment", "wider"], "range": [TOLD, OTHER]}}
    return {
        "$schema": SCHEMA,
        "data": {"values": bars},
        "height": {"step": 22},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": {"field": "group", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}},
            "x": {"field": "value", "type": "quantitative", "title": title, "axis": {"format": ".0%"} if share else {}},
            "color": colour,
            "tooltip": [{"field": "group"}, {"field": "value"}, {"field": "n"}],
        },
    }
