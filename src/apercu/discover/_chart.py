"""The charts of findings, as Vega-Lite specifications (version 5) with their data inside."""

from __future__ import annotations

from typing import Any, Final

from ..core.finding import Claim

__all__ = ["bar_chart"]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
TOLD: Final = "#c8553d"  # the bar that the finding speaks of
OTHER: Final = "#9db4c0"


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
