"""Charts as Vega-Lite specifications (version 5) with their data inside, one theme, and their drawing as SVG.

>>> spec = bars([{"name": "tenure", "size": 0.6, "low": 0.5, "high": 0.7}], "name", "size")
>>> spec["layer"][0]["mark"]["type"]
'bar'

Names of columns and levels are the only words in a chart, so one drawing serves every language; what the axes mean is said beside it. The
colours below are also known to the page's style sheet, which swaps them in the dark. What it does *not* do: load data, so a specification
that names an address is not drawn.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import vl_convert

from ..core.score import Curve
from .export import safe

__all__ = ["bars", "calibration", "confusion", "dots", "drawn", "line", "of_curve", "roc", "stretches", "svg"]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
VERSION: Final = "5.21"
INK, MUTED, GRID = "#23303b", "#5b6873", "#e6e3dc"
TOLD, OTHER, ACCENT, BAND = "#c8553d", "#9db4c0", "#17697a", "#c5dcdf"
WIDTH: Final = 400  # pixels: half a screen; on a phone three quarters of it are left, and the words stay readable
POINTS: Final = 200  # of a curve; more cannot be seen
FONT: Final = "Arial, sans-serif"  # for measuring only, and a long list costs twice the time; the page sets its own
CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": 200, "discreteWidth": WIDTH},
    "axis": {
        "labelColor": MUTED, "titleColor": MUTED, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 400, "gridColor": GRID,
        "domainColor": GRID, "tickColor": GRID, "labelLimit": 200, "tickCount": 5, "titlePadding": 8,
    },
    "axisBand": {"domain": False, "ticks": False, "labelColor": INK, "labelPadding": 8, "grid": False},
    "axisX": {"labelFlush": False},
    "axisXBand": {"labelPadding": 4},
    "legend": {"labelColor": MUTED, "titleColor": MUTED, "labelFontSize": 12, "titleFontSize": 12, "orient": "bottom"},
    "bar": {"color": ACCENT},
    "rule": {"color": INK},
    "line": {"color": ACCENT, "strokeWidth": 2.5},
    "point": {"color": ACCENT, "filled": True, "size": 70, "opacity": 1},
    "area": {"color": BAND},
    "text": {"color": INK, "fontSize": 13},
    "range": {"category": [ACCENT, TOLD, OTHER, "#8a6d3b", "#6b5b95", "#4d7c4d"]},
}  # fmt: skip


STEP, THICK = 46, 0.4  # pixels from one bar to the next, and the share of it that the bar fills; the rest holds its label
BESIDE: Final = 22  # letters of a label that still stands beside its bar
ABOVE: Final[dict[str, Any]] = {
    "labelAlign": "left", "labelBaseline": "bottom", "labelOffset": -(STEP * THICK / 2 + 3), "labelPadding": 0, "labelLimit": 380,
    "labelFontSize": 13, "labelColor": INK, "grid": False, "ticks": False, "domain": False,
}  # fmt: skip


def bars(
    values: Sequence[Mapping[str, Any]], name: str, value: str, *, low: str = "low", high: str = "high", title: str | None = None
) -> dict[str, Any]:
    """Horizontal bars in the given order, each with its interval as a line. values: one mapping per bar."""
    y = {"field": name, "type": "nominal", "sort": None, "title": None}
    bar = {"mark": {"type": "bar", "cornerRadiusEnd": 3}, "encoding": {"y": y, "x": _number(value, title)}}
    return _spec(values, layer=[bar, _interval(y, low, high)])


def dots(values: Sequence[Mapping[str, Any]], name: str, value: str, *, zero: bool = False, title: str | None = None) -> dict[str, Any]:
    """A dot per row with its interval (`low`, `high`); with `zero`, a line marks nought."""
    y = {"field": name, "type": "nominal", "sort": None, "title": None}
    dot = {"mark": "point", "encoding": {"y": y, "x": {**_number(value, title), "scale": {"zero": zero, "nice": True}}}}
    nought = [{"mark": {"type": "rule", "color": OTHER, "strokeDash": [3, 3]}, "encoding": {"x": {"datum": 0}}}] if zero else []
    return _spec(values, layer=[*nought, _interval(y, "low", "high"), dot])


def line(
    values: Sequence[Mapping[str, Any]], x: str, y: str, *, low: str | None = None, high: str | None = None, by: str | None = None
) -> dict[str, Any]:
    """A line in the order of x, with a band where `low` and `high` are given, one per level of `by`."""
    across = {"field": x, "type": "quantitative"}
    band = {"mark": "area", "encoding": {"x": across, "y": {"field": low, "type": "quantitative"}, "y2": {"field": high}}}
    colour = {"color": {"field": by, "type": "nominal", "title": None}} if by else {}
    drawing = {"mark": "line", "encoding": {"x": across, "y": {"field": y, "type": "quantitative"}, **colour}}
    return _spec(values, layer=[*([band] if low and high else []), drawing])


def stretches(values: Sequence[Mapping[str, Any]], *, clock: bool) -> dict[str, Any]:
    """A series as the band between `low` and `high` and the line of its `mean` along `at` (moments in ISO, if clock), with what is `odd` in red."""
    across = {"field": "at", "type": "temporal" if clock else "quantitative", "title": None, **({} if clock else {"scale": {"zero": False}})}

    def up(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": None, "scale": {"zero": False}}

    band = {"mark": "area", "encoding": {"x": across, "y": up("low"), "y2": {"field": "high"}}}
    mean = {"mark": {"type": "line", "strokeWidth": 1.2}, "encoding": {"x": across, "y": up("mean")}}
    odd = {"mark": {"type": "point", "color": TOLD, "size": 26}, "encoding": {"x": across, "y": up("odd")}}
    odd["transform"] = [{"filter": "isValid(datum.odd)"}]
    return _spec(values, layer=[band, mean, odd])


def roc(curve: Curve) -> dict[str, Any]:
    """Hits against false alarms, with the diagonal of a coin."""
    x, y = _named(curve, ("fpr", "false_positive_rate", "false positive rate"), ("tpr", "true_positive_rate", "true positive rate"))
    return _square(curve, x, y, {"mark": "line"})


def calibration(curve: Curve) -> dict[str, Any]:
    """What was said against what came, with the diagonal of perfect calibration; intervals where the curve has them."""
    x, y = _named(curve, ("predicted", "mean predicted", "said"), ("observed", "share", "came"))
    return _square(curve, x, y, {"mark": {"type": "line", "point": {"filled": True, "size": 60}}})


def confusion(curve: Curve) -> dict[str, Any]:
    """Counts of the actual against the predicted level."""
    actual, predicted = _named(curve, ("actual", "truth"), ("predicted", "said"))
    n = next((name for name in ("n", "count", "rows") if name in curve.columns), list(curve.columns)[-1])
    levels = list(dict.fromkeys(curve.columns[actual]))
    x = {"field": predicted, "type": "nominal", "sort": levels, "title": None, "axis": {"labelAngle": 0, "orient": "top"}}
    place = {"x": x, "y": {"field": actual, "type": "nominal", "sort": levels, "title": None}}
    shade = {"field": n, "type": "quantitative", "legend": None, "scale": {"range": ["#eef3f3", "#8fbcc2"]}}
    size = min(120, max(34, 340 // max(len(levels), 1)))
    cells = {"mark": {"type": "rect", "cornerRadius": 3, "stroke": "#fff", "strokeWidth": 2}, "encoding": {**place, "color": shade}}
    counts = {"mark": {"type": "text", "color": "#1b262f"}, "encoding": {**place, "text": {"field": n, "type": "quantitative", "format": ","}}}
    return _spec(_values(curve), layer=[cells, counts], width={"step": size}, height={"step": size * 0.6})


def of_curve(curve: Curve, at: float | None = None) -> dict[str, Any] | None:
    """The chart of a curve, by its kind; a kind that is not known is drawn as a line of its first two number columns, or not at all.

    at: a place on the axis across of a line, which is marked.
    """
    if not curve.columns or not all(curve.columns.values()):
        return None
    if curve.kind in ("roc", "calibration", "confusion"):
        return {"roc": roc, "calibration": calibration, "confusion": confusion}[curve.kind](curve)
    if curve.kind == "map":
        colour = {} if set(curve.columns["level"]) == {""} else {"color": {"field": "level", "type": "nominal", "title": None}}
        plain = {"axis": {"labels": False, "ticks": False}}
        axes = {axis: {"field": axis, "type": "quantitative", "title": None, **plain} for axis in ("x", "y")}
        return _spec(_values(curve), mark={"type": "point", "size": 14, "opacity": 0.6}, encoding={**axes, **colour})
    numbers = [name for name, column in curve.columns.items() if all(isinstance(v, int | float) for v in safe(column) if v is not None)]
    if len(numbers) < 2:
        return None
    x, y = _named(curve, ("recall", "predicted", numbers[0]), ("precision", "residual", "actual", numbers[1]))
    if curve.kind == "residuals":
        return _spec(_values(curve), mark={"type": "point", "size": 14, "opacity": 0.5}, encoding={"x": _number(x), "y": _number(y)})
    band = ("low", "high") if curve.kind in ("profit", "qini", "learning") and {"low", "high"} <= set(curve.columns) else (None, None)
    drawing = line(_values(curve), x, y, low=band[0], high=band[1], by=_series(curve))
    if "by lot" in curve.columns:
        lots = {"x": _number(x), "y": _number("by lot")}
        drawing["layer"].append({"mark": {"type": "line", "color": INK, "strokeWidth": 1.5, "strokeDash": [4, 4]}, "encoding": lots})
    if curve.kind in ("profit", "qini"):
        shares = {"scale": {"domain": [0, 1]}, "axis": {"format": ".0%"}}
        for layer in drawing["layer"]:
            layer["encoding"]["x"] = {**layer["encoding"]["x"], **shares}
    if at is not None:
        drawing["layer"].append({"mark": {"type": "rule", "color": TOLD, "strokeWidth": 2}, "encoding": {"x": {"datum": at}}})
    if curve.kind in ("precision-recall", "lift", "profit", "qini", "learning"):  # the page says beside it what the axes are
        for layer, axis in ((layer, axis) for layer in drawing["layer"] for axis in ("x", "y") if axis in layer["encoding"]):
            layer["encoding"][axis] = {**layer["encoding"][axis], "title": None}
    return drawing


def svg(spec: Mapping[str, Any]) -> str:
    """The drawing as SVG text, without words for screen readers (the page names the figure by its sentence).

    Raises ValueError when the specification is not one, or names an address to load from.
    """
    plain = safe(spec)
    if _names_an_address(plain):
        raise ValueError("a chart with an address in it is not drawn")
    fitted = _fitted(plain)
    text = vl_convert.vegalite_to_svg(_stacked(fitted) or fitted, vl_version=VERSION, config=CONFIG, allowed_base_urls=[], show_warnings=False)
    text = re.sub(r' (?:aria-[a-z]+|role|xmlns(?::xlink)?|version|pointer-events|font-family|opacity="1" font-style)="[^"]*"', "", text)
    text = re.sub(r'<path class="(?:back|fore)ground"[^>]*d="(?:M0,0h0v0h0Z)?"[^>]*/>', "", text)
    text = _renumbered(text)
    text = re.sub(r"(\.\d{2})\d{3,}", r"\1", text.replace(' opacity="1"', ""))
    return text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def drawn(spec: Mapping[str, Any] | None) -> str:
    """As `svg`, but '' for a chart that is absent or cannot be drawn: a picture that fails must not cost the page."""
    if not spec:
        return ""
    try:
        return svg(spec)
    except (ValueError, TypeError):
        return ""


def _renumbered(text: str) -> str:
    """Names of clip paths that depend on the drawing alone: those of the drawer count on through the life of the process."""
    names = list(dict.fromkeys(re.findall(r'id="([^"]+)"', text)))
    mark = hashlib.sha256(re.sub(r"clip\d+", "", text).encode("utf-8")).hexdigest()[:8]
    for i, name in enumerate(names):
        text = text.replace(f'id="{name}"', f'id="c{mark}-{i}"').replace(f"url(#{name})", f"url(#c{mark}-{i})")
    return text


def _spec(values: Sequence[Mapping[str, Any]], **parts: Any) -> dict[str, Any]:
    return {"$schema": SCHEMA, "data": {"values": [safe(v) for v in values]}, **parts}


def _number(field: str, title: str | None = None) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title}


def _interval(y: Mapping[str, Any], low: str, high: str) -> dict[str, Any]:
    return {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": {"y": y, "x": {"field": low, "type": "quantitative"}, "x2": {"field": high}}}


def _square(curve: Curve, x: str, y: str, drawing: Mapping[str, Any]) -> dict[str, Any]:
    """A curve in the unit square over its diagonal."""
    unit = {"scale": {"domain": [0, 1]}, "axis": {"format": ".0%"}}
    across, up = {**_number(x), **unit}, {**_number(y), **unit}
    ends = {axis: {"field": "a", "type": "quantitative"} for axis in ("x", "y")}
    dashes = {"mark": {"type": "rule", "color": OTHER, "strokeDash": [4, 4]}, "encoding": {**ends, "x2": {"field": "b"}, "y2": {"field": "b"}}}
    diagonal = {"data": {"values": [{"a": 0, "b": 1}]}, **dashes}
    by = _series(curve)
    colour = {"color": {"field": by, "type": "nominal", "title": None}} if by else {}
    kept = {**drawing, "encoding": {"x": across, "y": up, **colour}}
    rules = []
    if {"low", "high"} <= set(curve.columns):
        rules = [
            {
                "mark": {"type": "rule", "strokeWidth": 1.5},
                "encoding": {"x": across, "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
            }
        ]
    return _spec(_values(curve), layer=[diagonal, *rules, kept], width=260, height=260)


def _values(curve: Curve) -> list[dict[str, Any]]:
    """One mapping per point, at most POINTS of them for each series, the ends kept."""
    columns = safe(curve.columns)
    n = min(len(column) for column in columns.values())
    series = max(1, len(set(map(str, columns[by])))) if (by := _series(curve)) else 1
    step = max(1, n // (POINTS * series))
    kept = sorted({*range(0, n, step), n - 1})
    return [{name: column[i] for name, column in columns.items()} for i in kept]


def _series(curve: Curve) -> str | None:
    return next((name for name in ("model", "level", "class", "series") if name in curve.columns), None)


def _named(curve: Curve, *wanted: Sequence[str]) -> list[str]:
    """For each list of names the first that the curve has, else the column in its place."""
    names = list(curve.columns)
    return [next((w for w in words if w in names), names[min(i, len(names) - 1)]) for i, words in enumerate(wanted)]


def _names_an_address(spec: Any) -> bool:
    if isinstance(spec, dict):
        return any(key in ("url", "href") or _names_an_address(item) for key, item in spec.items() if key != "values")
    return isinstance(spec, list) and any(_names_an_address(item) for item in spec)


def _fitted(spec: dict[str, Any]) -> dict[str, Any]:
    """A single plot without a width of its own gets ours, its labels included."""
    if any(key in spec for key in ("hconcat", "vconcat", "concat", "facet", "repeat")):
        return spec
    fit = {"autosize": {"type": "fit-x", "contains": "padding"}} if "width" not in spec else {}
    return {**spec, "width": spec.get("width", WIDTH), **fit}


def _stacked(spec: Mapping[str, Any]) -> dict[str, Any] | None:
    """A chart of horizontal bars or dots; long labels (over BESIDE letters) stand above their bars, so that they fit on a phone.

    None for any other chart.
    """
    if any(key in spec for key in ("hconcat", "vconcat", "concat", "facet", "repeat")):
        return None
    layers = spec.get("layer", [spec])
    ups = [layer["encoding"]["y"] for layer in layers if "y" in layer.get("encoding", {})]
    if not ups or any(y.get("type") not in ("nominal", "ordinal") for y in ups) or any(_mark(layer) == "rect" for layer in layers):
        return None
    above = _longest(spec, ups[0].get("field", "")) > BESIDE
    thick = THICK if above else 0.66
    axis = ABOVE if above else {"grid": False, "labelFontSize": 13, "labelPadding": 10, "labelLimit": 200}
    scale = {"type": "band", "paddingInner": 1 - thick, "paddingOuter": (1 - thick) / 2}

    def lifted(layer: Mapping[str, Any]) -> dict[str, Any]:
        if "y" not in layer.get("encoding", {}):
            return dict(layer)
        y = {**layer["encoding"]["y"], "scale": scale, "title": None, "axis": axis}
        return {**layer, "encoding": {**layer["encoding"], "y": y}}

    made = {**spec, "layer": [lifted(layer) for layer in layers]} if "layer" in spec else lifted(spec)
    return {**made, "height": {"step": STEP if above else 30}}


def _longest(spec: Mapping[str, Any], field: str) -> int:
    """Letters of the longest label, a Chinese one counting for two."""
    words = [str(row.get(field, "")) for row in spec.get("data", {}).get("values", []) if isinstance(row, Mapping)]
    return max((sum(1 + (letter > "\u2e80") for letter in word) for word in words), default=0)


def _mark(layer: Mapping[str, Any]) -> str:
    mark = layer.get("mark", "")
    return mark.get("type", "") if isinstance(mark, Mapping) else str(mark)
