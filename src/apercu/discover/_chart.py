"""The charts of findings, as Vega-Lite specifications (version 5) with their data inside.

Labels are signs (`tenure ≤ 5`), so that one chart serves all languages.
"""

from __future__ import annotations

from typing import Any, Final

from ..core.condition import Condition, Term
from ..core.expression import Column, Days, Expression, Part
from ..core.finding import Claim
from ..words.numbers import cut

__all__ = ["OTHERS", "axis_of", "bar_chart", "line_chart", "sign", "title_of"]

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
        case "matches", _:
            return f"{name} ~ {term.value[2] if isinstance(term.value, tuple) else term.value}"
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


def title_of(claim: Claim) -> str:
    """The measure in signs that need no language."""
    m = claim.measure
    return f"{m.name} = {m.level}" if m.level else (m.counted or "n") if m.of is None else m.name if isinstance(m.of, Column) else _name(m.of)


def axis_of(claim: Claim) -> dict[str, str]:
    """The axis of a measure: shares in per cent."""
    return {"format": ".0%"} if claim.measure.rate else {}


def line_chart(points: list[dict[str, Any]], claim: Claim, x: str, *, temporal: bool) -> dict[str, Any]:
    """Lines through {x, value, group, role}: x an ISO date or a number, named `x` on its axis; the told line has role 'segment'."""
    colour = {"field": "role", "type": "nominal", "legend": None, "scale": {"domain": ["segment", "wider"], "range": [TOLD, OTHER]}}
    return {
        "$schema": SCHEMA,
        "data": {"values": points},
        "height": 180,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "x", "type": "temporal" if temporal else "quantitative", "title": x, "scale": {"zero": False}},
            "y": {"field": "value", "type": "quantitative", "title": title_of(claim), "axis": axis_of(claim), "scale": {"zero": False}},
            "detail": {"field": "group"},
            "color": colour,
            "tooltip": [{"field": "group"}, {"field": "x"}, {"field": "value"}],
        },
    }


def bar_chart(bars: list[dict[str, Any]], claim: Claim) -> dict[str, Any]:
    """Bars from top to bottom as given: {group, value, n, role}, the told ones with role 'segment'. Shares are written in per cent."""
    colour = {"field": "role", "type": "nominal", "legend": None, "scale": {"domain": ["segment", "wider"], "range": [TOLD, OTHER]}}
    return {
        "$schema": SCHEMA,
        "data": {"values": bars},
        "height": {"step": 22},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": {"field": "group", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}},
            "x": {"field": "value", "type": "quantitative", "title": title_of(claim), "axis": axis_of(claim)},
            "color": colour,
            "tooltip": [{"field": "group"}, {"field": "value"}, {"field": "n"}],
        },
    }
