"""Where in a picture, a text or a sequence a prediction comes from: what changes when a part of it is covered (occlusion; Zeiler & Fergus 2014).

    found = highlighted(model, rows, 0, "photo")
    found.values[0]           # how much the log-odds of the predicted class fall when the first field of the grid is covered

A picture is covered field by field with its own mean colour, fields overlapping by half; a text loses one word after the other (of Chinese a word
by jieba, where that is installed, else a run of signs); a stretch of a sequence becomes the straight line between its ends. The model itself is
asked, whatever it is: no gradients, no access to its inside, and what is told is what it would say, in log-odds of the class that it predicts or in
the target's unit. Parts that only matter together (two copies of a word) are each told too small. What it does not do: other columns, which stay as
they are.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ..core.explanation import Highlight
from ..core.kinds import WIDE
from ..core.model import CrossFitted
from ..core.pictures import decoded, netpbm
from ..core.rows import Packed, Rows, encoded
from ..core.segments import spans as spans_of

if TYPE_CHECKING:
    from ._sample import Sample

__all__ = ["highlighted", "highlights"]

GRID: Final = 8  # fields of a picture's side
STRETCHES: Final = 16  # of a sequence
WORDS: Final = 80  # of a text that are covered one by one; a longer one in runs of words
WORD: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’-]\w+)*")
RUN: Final = 2  # Chinese signs that are covered together
LEAST: Final = 1e-6
EXAMPLES: Final = 6  # rows that a study shows


def highlighted(model: CrossFitted, rows: Rows, index: int, name: str) -> Highlight | None:
    """The parts of one cell of rows; None where there is nothing to cover. Raises UnknownName, and IndexError for a row that is not there."""
    if not -rows.n <= index < rows.n:
        raise IndexError(f"expected a row from 0 to {rows.n - 1}, got {index}")
    one = rows.take(np.array([index % rows.n]))
    stored = one.storage(name)
    cell = one[name][0]
    if cell is None or stored not in ("bytes", "list", "text"):
        return None
    covered = {"bytes": _picture, "list": _sequence, "text": _text}[stored](cell)
    if covered is None:
        return None
    form, words, variants, share = covered
    many = one.take(np.zeros(len(variants) + 1, dtype=np.int64))
    array = np.empty(len(variants) + 1, dtype=object)
    array[:] = [cell, *variants]
    told = model.predict(many.plus({name: encoded(array) if stored == "text" else Packed(array, stored)}))
    level = "" if told.ndim == 1 else model.goal.classes[int(told[0].argmax())]
    value = told if told.ndim == 1 else _odds(told[:, int(told[0].argmax())])
    parts = (value[0] - value[1:]) @ share
    number = int(one["_row"][0]) if "_row" in one else index % rows.n + 1
    said = float(told[0]) if told.ndim == 1 else float(told[0].max())
    return Highlight(name, form, number, level, said, words, tuple(map(float, parts)))


def highlights(sample: Sample, schema_kinds: dict[str, str]) -> tuple[Highlight, ...]:
    """Some rows of the first column of pictures, prose or sequences that the model reads: the surest right and the surest wrong ones."""
    forms = ("image", "series", "text")
    names = [name for form in forms for name in sample.model.columns if schema_kinds.get(name) == form and name in sample.rows]
    if not names or not sample.n:
        return ()
    found: list[Highlight] = []
    for place in _examples(sample):
        fold = int(sample.folds[place])
        whole = len(sample.model.folds) <= int(sample.split.folds.max(initial=0))
        own = sample.model if whole else replace(sample.model, folds=(sample.model.folds[fold],))
        made = highlighted(own, sample.rows, place, names[0])
        if made is not None:
            found.append(made)
    return tuple(found)


def _examples(sample: Sample) -> list[int]:
    """Places: of classes the surest right row of each (up to half), then the surest wrong ones; of numbers the highest and the lowest."""
    out, half = sample.model.out_of_fold[sample.where], EXAMPLES // 2
    if out.ndim == 1:
        order = np.argsort(out, kind="stable")
        return list(dict.fromkeys([*order[:half].tolist(), *order[::-1][:half].tolist()]))
    said, sure = out.argmax(axis=1), out.max(axis=1)
    right = said == sample.truth
    best = [int(own[sure[own].argmax()]) for k in range(out.shape[1]) if len(own := np.flatnonzero(right & (said == k)))]
    best.sort(key=lambda place: -sure[place])
    wrong = np.flatnonzero(~right)
    return [*best[:half], *wrong[np.argsort(-sure[wrong], kind="stable")][: EXAMPLES - len(best[:half])].tolist()]


def _odds(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, LEAST, 1.0 - LEAST)
    return np.log(p / (1.0 - p))


Covered = tuple[
    str, tuple[str, ...], list[object], np.ndarray
]  # form, words, variants (m,), share (m, parts): how much of a part each variant covers


def _picture(file: bytes) -> Covered | None:
    pixels = decoded(file)
    if pixels is None:
        return None
    height, width, _ = pixels.shape
    rows, columns = (np.unique(np.linspace(0, size, min(GRID, size) + 1).astype(int)) for size in (height, width))
    shape = (len(rows) - 1, len(columns) - 1)
    mean = pixels.reshape(-1, pixels.shape[2]).mean(axis=0).astype(np.uint8)
    variants: list[object] = []
    share = []
    for i in range(max(1, shape[0] - 1)):
        for j in range(max(1, shape[1] - 1)):
            down, right = min(i + 2, shape[0]), min(j + 2, shape[1])
            copy = pixels.copy()
            copy[rows[i] : rows[down], columns[j] : columns[right]] = mean
            variants.append(netpbm(copy))
            own = np.zeros(shape)
            own[i:down, j:right] = 1.0
            share.append(own.ravel())
    covered = np.array(share)
    return "picture", (f"{shape[0]}x{shape[1]}",), variants, covered / covered.sum(axis=0)


def _text(text: str) -> Covered | None:
    spans = [found.span() for found in WORD.finditer(text)]
    if WIDE.search(text):
        spans = _parted(spans, text)
    if len(spans) > WORDS:
        step = -(-len(spans) // WORDS)
        spans = [(spans[a][0], spans[min(a + step, len(spans)) - 1][1]) for a in range(0, len(spans), step)]
    if len(spans) < 2:
        return None
    variants: list[object] = [" ".join((text[:a] + " " + text[b:]).split()) if not WIDE.search(text) else text[:a] + text[b:] for a, b in spans]
    return "text", tuple(text[a:b] for a, b in spans), variants, np.eye(len(spans))


def _parted(single: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Chinese words, or runs of signs where they cannot be told; other words as they are."""
    words = spans_of(text)
    return _runs(single, text, RUN) if words is None else sorted([*(span for span in single if not WIDE.match(text[span[0]])), *words])


def _runs(spans: list[tuple[int, int]], text: str, size: int) -> list[tuple[int, int]]:
    """Chinese signs that stand side by side, `size` of them together."""
    made: list[tuple[int, int]] = []
    for a, b in spans:
        joins = made and made[-1][1] == a and WIDE.match(text[a]) and WIDE.match(text[made[-1][0]]) and a - made[-1][0] < size
        if joins:
            made[-1] = (made[-1][0], b)
        else:
            made.append((a, b))
    return made


def _sequence(values: np.ndarray) -> Covered | None:
    n = len(values)
    edges = np.unique(np.linspace(0, n, min(STRETCHES, n // 2) + 1).astype(int)) if n >= 4 else np.zeros(0, int)
    if len(edges) < 3:
        return None
    variants: list[object] = []
    for a, b in pairwise(edges):
        copy = values.copy()
        ends = copy[max(a - 1, 0)], copy[min(b, n - 1)]
        copy[a:b] = np.linspace(*np.nan_to_num(ends, nan=float(np.nanmean(values)) if not np.isnan(values).all() else 0.0), b - a)
        variants.append(copy)
    words = tuple(f"{a + 1}–{b}" for a, b in pairwise(edges))
    return "sequence", words, variants, np.eye(len(variants))
