"""Pictures, texts and sequences on the page: where single predictions come from, and what the groups of alike cells look like.

`galleries(record)`, `highlighted(record)` and `sights(record)` (the first filters of a net, and what its layers make of a picture) are plain values
for the template: addresses that hold the picture itself, points, shares. Pictures are made small, so that the page stays one file that opens offline.
What it does not do: compute what a part of a cell is worth (see explain/highlights).
"""

from __future__ import annotations

import base64
from typing import Any, Final

import numpy as np

from ..core.errors import WordsError
from ..core.facts import Alike
from ..core.pictures import decoded, png
from ..words.numbers import percent, plain

__all__ = ["galleries", "highlighted", "sights"]

EACH: Final = 8  # cells of a group that are shown
SIDE: Final = 96  # pixels of a picture's longer side
FAINT: Final = 0.05  # share of the strongest part below which a part is not coloured
WIDTH, HEIGHT = 120, 40  # of the drawing of a sequence
DRAWN: Final = 200  # points of it
LOOKED: Final = 20_000  # rows that examples of a group are sought in
FILTERS: Final = 32  # of a net's first layer that are shown
MAPS: Final = 12  # of a layer that are shown, those that vary most over the picture


def galleries(record: Any) -> list[dict[str, Any]]:
    """For each column with groups: its name, and per group its name, how many rows, and some of its cells."""
    made = []
    known = {c.name for c in record.data.schema}
    for group in (e for step in record.data.steps for e in step.columns.values() if isinstance(e, Alike)):
        if group.kept not in known:
            continue
        rows = record.data.rows((group.of.name, group.kept), LOOKED)
        column = rows.coded(group.kept)
        cells, counts = rows.packed(group.of.name), column.counts()
        groups = []
        for code, level in enumerate(column.levels):
            shown = [_cell(cells[i], group.form) for i in np.flatnonzero(column.codes == code)[:EACH]]
            if counts[code]:
                groups.append({"name": level, "share": percent(counts[code] / max(1, counts.sum())), "cells": [cell for cell in shown if cell]})
        made.append({"column": group.of.name, "form": group.form, "groups": groups})
    return made


def highlighted(record: Any) -> list[dict[str, Any]]:
    """Each highlight of the explanation with what it stands on: the picture and its fields, the words, the line and its stretches."""
    if record.explanation is None or not record.explanation.highlights:
        return []
    names = tuple(dict.fromkeys(h.column for h in record.explanation.highlights))
    rows = record.split.rows if record.split is not None else record.data.rows(("_row", *names))
    number = record.goal.task == "numeric"
    made = []
    for h in record.explanation.highlights:
        place = np.flatnonzero(rows["_row"] == h.row)
        if not len(place):
            continue
        truth = record.goal.coded(rows.take(place[:1]))[0]
        head = {
            "row": f"{h.row:,}",
            "form": h.form,
            "said": plain(h.prediction) if number else f"{h.level} ({percent(h.prediction)})",
            "truth": plain(float(truth)) if number else record.goal.classes[int(truth)],
        }
        strongest = max((abs(v) for v in h.values), default=0.0) or 1.0
        made.append({**head, "right": number or head["truth"] == h.level, **_drawn(h, rows[h.column][place[0]], strongest)})
    return made


def sights(record: Any) -> list[dict[str, Any]]:
    """For each column of pictures that a net reads: its first filters, the picture of a row, and what the first and the last layer make of it."""
    net = _net(record.model)
    if net is None or record.split is None:
        return []
    rows, made = record.split.rows, []
    told = () if record.explanation is None else record.explanation.highlights
    for name in net.pictures:
        shown = [int(place) for h in told if h.column == name for place in np.flatnonzero(rows["_row"] == h.row)]
        place, cells = next(iter(shown), 0), rows.packed(name)
        if _address(cells[place] or b"") == "":
            place = next((i for i in range(min(rows.n, EACH)) if _address(cells[i] or b"")), -1)
        filters = [_tile(one) for one in net.filters(name)[:FILTERS]]
        head = {"column": name, "filters": filters, "picture": "", "row": "", "layers": []}
        if place >= 0:
            layers = _layers(net, cells[place], name)
            head |= {"picture": _address(cells[place]), "row": f"{int(rows['_row'][place]):,}", "layers": layers}
        made.append(head)
    return made


def _net(model: Any) -> Any:
    """A net of pictures among the models of the first fold; None where there is none."""
    open_ = [] if model is None else list(model.folds[:1])
    while open_:
        one = open_.pop(0)
        if hasattr(one, "feature_maps") and one.pictures:
            return one
        open_ += getattr(one, "models", ())
    return None


def _layers(net: Any, file: bytes, name: str) -> list[list[str]]:
    """The maps of the first and of the last layer; none where torch, which alone tells them, is absent."""
    try:
        maps = net.feature_maps(file, name)
    except WordsError:
        return []
    ends = maps[:1] + maps[1:][-1:]
    return [[_tile(_grey(layer[i])) for i in np.argsort(-layer.std(axis=(1, 2)), kind="stable")[:MAPS]] for layer in ends]


def _grey(values: np.ndarray) -> np.ndarray:
    """(h, w, 1) uint8 of numbers (h, w) from 0 on, the greatest white."""
    return np.round(255.0 * values / max(float(values.max()), 1e-12)).astype(np.uint8)[:, :, None]


def _tile(pixels: np.ndarray) -> str:
    """Pixels (h, w, c) uint8 as an address; of other than one or three channels their mean."""
    flat = pixels if pixels.shape[2] in (1, 3) else pixels.mean(axis=2, keepdims=True).round().astype(np.uint8)
    step = max(1, -(-max(flat.shape[:2]) // SIDE))
    return "data:image/png;base64," + base64.b64encode(png(np.ascontiguousarray(flat[::step, ::step]))).decode("ascii")


def _drawn(h: Any, cell: Any, strongest: float) -> dict[str, Any]:
    shares = [v / strongest for v in h.values]
    marks = [{"share": round(abs(s), 2), "for": s > 0} for s in shares]
    if h.form == "text":
        return {"words": [{"word": word, **mark} for word, mark in zip(h.words, marks, strict=True)]}
    if h.form == "sequence":
        ends = [float(word.split("–")[0]) - 1.0 for word in h.words] + [float(len(cell))]
        scale = WIDTH / max(1, len(cell))
        boxes = [
            {"x": round(a * scale, 1), "w": round((b - a) * scale, 1), **mark}
            for a, b, mark in zip(ends[:-1], ends[1:], marks, strict=True)
            if mark["share"] > FAINT
        ]
        return {"line": _points(cell), "boxes": boxes, "width": WIDTH, "height": HEIGHT}
    down, across = (int(part) for part in h.words[0].split("x"))
    boxes = [{"x": k % across, "y": k // across, **mark} for k, mark in enumerate(marks) if mark["share"] > FAINT]
    return {"picture": _address(cell), "boxes": boxes, "down": down, "across": across}


def _cell(cell: Any, form: str) -> dict[str, Any] | None:
    if cell is None:
        return None
    if form == "picture":
        address = _address(cell)
        return {"picture": address} if address else None
    return {"picture": "", "line": _points(cell), "width": WIDTH, "height": HEIGHT}


def _address(file: bytes) -> str:
    """The picture, made small, as an address that holds it; '' where it cannot be read."""
    pixels = decoded(file)
    if pixels is None:
        return ""
    step = max(1, -(-max(pixels.shape[:2]) // SIDE))
    height, width = (size // step * step for size in pixels.shape[:2])
    small = pixels[:height, :width].reshape(height // step, step, width // step, step, -1).mean(axis=(1, 3)).round().astype(np.uint8)
    return "data:image/png;base64," + base64.b64encode(png(small)).decode("ascii")


def _points(cell: np.ndarray) -> str:
    """The points of an SVG line."""
    places = np.unique(np.linspace(0, len(cell) - 1, min(DRAWN, len(cell))).astype(int))
    values = cell[places]
    known = np.isfinite(values)
    if not known.any():
        return ""
    low, high = float(values[known].min()), float(values[known].max())
    y = HEIGHT - 2 - (HEIGHT - 4) * (values[known] - low) / ((high - low) or 1.0)
    x = (places[known] + 0.5) * WIDTH / len(cell)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
