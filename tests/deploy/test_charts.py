"""Charts draw what they are given, in one theme, and load nothing."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from apercu.core.score import Curve
from apercu.deploy import charts

from .record import EVIL, record

VALUES = [{"name": "tenure", "size": 0.6, "low": 0.5, "high": 0.7}, {"name": EVIL, "size": 0.2, "low": 0.1, "high": float("nan")}]
ROC = Curve("roc", {"fpr": [0, 0.2, 1], "tpr": [0, 0.7, 1]})
CONFUSION = Curve("confusion", {"actual": ["a", "a", "b", "b"], "predicted": ["a", "b", "a", "b"], "n": [5, 1, 2, 1234]})


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


def test_bars_and_dots_carry_their_words() -> None:
    for spec in (charts.bars(VALUES, "name", "size"), charts.dots(VALUES, "name", "size", zero=True)):
        svg = charts.svg(spec)
        assert "tenure" in texts(svg)
        assert EVIL in texts(svg)
        assert "<img" not in svg
        assert "</script" not in svg


def test_a_line_has_its_band() -> None:
    svg = charts.svg(charts.line([{"x": i, "y": i, "l": i - 1, "h": i + 1} for i in range(5)], "x", "y", low="l", high="h"))
    assert f'fill="{charts.BAND}"' in svg
    assert f'stroke="{charts.ACCENT}"' in svg


def test_curves() -> None:
    assert "100%" in texts(charts.svg(charts.roc(ROC)))
    assert "1,234" in texts(charts.svg(charts.confusion(CONFUSION)))
    calibration = Curve("calibration", {"predicted": [0.1, 0.5], "observed": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5], "n": [9, 9]})
    assert len(charts.calibration(calibration)["layer"]) == 3
    for curve in record().curves:
        assert charts.drawn(charts.of_curve(curve)).startswith("<svg")
    residuals = Curve("residuals", {"predicted": [1.0, 2.0], "residual": [0.1, -0.1]})
    assert charts.drawn(charts.of_curve(residuals))
    assert charts.of_curve(Curve("strange", {"words": ["a", "b"]})) is None
    assert charts.of_curve(Curve("roc", {"fpr": [], "tpr": []})) is None
    several = Curve("roc", {"fpr": [0, 1, 0, 1], "tpr": [0, 1, 0, 1], "level": ["a", "a", "b", "b"]})
    assert {"a", "b"} <= set(texts(charts.svg(charts.of_curve(several))))


def test_gains_stand_over_what_lots_would_bring_and_a_place_can_be_marked() -> None:
    curves = {curve.kind: curve for curve in record().curves}
    lots = charts.of_curve(curves["qini"])
    assert lots is not None
    assert lots["layer"][-1]["encoding"]["y"]["field"] == "by lot"
    assert 'stroke-dasharray="4,4"' in charts.svg(lots)
    marked = charts.of_curve(curves["profit"], 0.25)
    assert marked is not None
    assert marked["layer"][-1]["encoding"]["x"]["datum"] == 0.25
    assert f'stroke="{charts.TOLD}"' in charts.svg(marked)
    assert "20%" in texts(charts.svg(marked))


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    n = 100_000
    values = charts.roc(Curve("roc", {"fpr": [i / n for i in range(n + 1)], "tpr": [i / n for i in range(n + 1)]}))["data"]["values"]
    assert len(values) < 450
    assert (values[0]["fpr"], values[-1]["fpr"]) == (0, 1)


def test_long_labels_stand_above_their_bars() -> None:
    short, long = (
        charts.svg(charts.bars([{"name": name, "size": 1, "low": 0.9, "high": 1.1}], "name", "size"))
        for name in ("tenure", "tenure is at most twelve months")
    )
    assert 'text-anchor="end"' in next(line for line in re.findall("<text[^>]*>[^<]*", short) if "tenure" in line)
    assert 'text-anchor="start"' in next(line for line in re.findall("<text[^>]*>[^<]*", long) if "tenure" in line)


def test_a_chart_of_a_finding_is_drawn_in_the_pages_colours() -> None:
    svg = charts.svg(record().findings[0].chart)
    assert 'fill="#c8553d"' in svg
    assert 'aria-hidden="true"' in svg
    assert float(re.search(r'width="([0-9.]+)"', svg)[1]) < 420


@pytest.mark.parametrize(
    "spec",
    [
        {"data": {"url": "https://example.org/x.csv"}, "mark": "bar"},
        {"data": {"values": []}, "layer": [{"mark": "image", "encoding": {"url": {"value": "https://example.org/x.png"}}}]},
        {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"href": {"value": "javascript:alert(1)"}}},
        {"mark": {"type": 3}},
        {"layer": 3},
        {"data": {"values": [1]}, "encoding": []},
    ],
)
def test_what_loads_from_outside_or_is_no_chart_is_not_drawn(spec: dict) -> None:
    assert charts.drawn(spec) == ""


def test_no_chart_is_no_drawing() -> None:
    assert charts.drawn(None) == ""
    assert charts.drawn({}) == ""
