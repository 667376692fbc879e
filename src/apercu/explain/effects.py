"""Global effects: mean absolute contribution of each column with its interval, and its shape over the column's values.

Every row is explained by the model of its own fold, which never saw it. Numbers and moments are shown in at most 10 groups of equal size, levels
by the 8 most frequent; prose by its length in characters (`#`). Group words need no language: `≤ 5`, `5–20`, `> 20`, a level, `…` (all other
levels), `■` (a picture or
sequence), `∅` (missing). Intervals of sizes are bootstraps over rows; those of a group's mean are mean ± 1.96 standard errors.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..core.explanation import Effect, Shape
from ..core.rows import MEDIA, Coded, Rows
from ..stats.bootstrap import interval, resampled
from ..words.numbers import plain

if TYPE_CHECKING:
    from ._sample import Sample

__all__ = ["effects", "grouped"]

GROUPS = 10  # of a number
LEVELS = 8  # of a column of levels
Z = 1.959964
MISSING, OTHERS, LENGTH, WHOLE = "∅", "…", "#", "■"


def effects(sample: Sample, most: int, resamples: int) -> tuple[Effect, ...]:
    """The effects of the columns, the largest first, at most `most`."""
    parts, seen, schema = sample.parts, sample.seen, sample.split.data.schema
    size = np.abs(parts).mean(axis=0)
    told = np.argsort(-size, kind="stable")[:most]
    absolute = np.abs(parts[:, told])
    draws = resampled(lambda w: (w @ absolute) / w.sum(axis=-1, keepdims=True), sample.n, blocks=sample.blocks, resamples=resamples)
    low, high = interval(draws)
    made = []
    for i, place in enumerate(told):
        name = sample.names[place]
        groups, words = grouped(seen, name, prose=name in schema and schema.column(name).kind == "text")
        made.append(Effect(name, float(size[place]), float(low[i]), float(high[i]), _shape(parts[:, place], groups, words)))
    return tuple(made)


def grouped(rows: Rows, name: str, *, prose: bool = False) -> tuple[np.ndarray, list[str]]:
    """((n,) int places, words of each group). Every group named has at least one row."""
    if rows.storage(name) in MEDIA:
        return _used(np.array([int(item is None) for item in rows.packed(name)]), [WHOLE, MISSING])
    if rows.storage(name) == "text" and not prose:
        return _levels(rows.coded(name))
    x = _lengths(rows.coded(name)) if rows.storage(name) == "text" else rows[name]
    time = x.dtype.kind == "M"
    gone = np.isnat(x) if time else np.isnan(x)
    numbers = np.where(gone, np.nan, x.astype(np.int64).astype(np.float64)) if time else x
    cuts, words = _cuts(numbers[~gone], _day if time else plain)
    places = np.where(gone, len(words), np.searchsorted(cuts, numbers, side="left"))
    mark = LENGTH + " " if prose else ""
    return _used(places, [*(mark + word for word in words), MISSING])


def _shape(parts: np.ndarray, groups: np.ndarray, words: list[str]) -> Shape:
    n = np.bincount(groups, minlength=len(words))
    mean = np.bincount(groups, parts, minlength=len(words)) / n
    spread = np.sqrt(np.maximum(np.bincount(groups, (parts - mean[groups]) ** 2, minlength=len(words)), 0.0) / np.maximum(n - 1, 1))
    half = Z * spread / np.sqrt(n)
    return Shape(tuple(words), tuple(mean.tolist()), tuple((mean - half).tolist()), tuple((mean + half).tolist()), tuple(int(v) for v in n))


def _lengths(column: Coded) -> np.ndarray:
    return np.array([*(float(len(level)) for level in column.levels), np.nan])[column.codes]


def _levels(column: Coded) -> tuple[np.ndarray, list[str]]:
    counts = column.counts()
    top = [int(i) for i in np.argsort(-counts, kind="stable")[:LEVELS] if counts[i] > 0]
    place = np.full(len(column.levels) + 1, len(top))
    place[top] = np.arange(len(top))
    place[-1] = len(top) + 1
    return _used(place[column.codes], [*(column.levels[i] for i in top), OTHERS, MISSING])


def _cuts(present: np.ndarray, write: object) -> tuple[np.ndarray, list[str]]:
    """(cuts, words) of at most GROUPS groups of about equal size; few distinct numbers are groups of their own."""
    if not len(present):
        return np.zeros(0), [MISSING]
    distinct = np.unique(present)
    if len(distinct) <= GROUPS:
        return distinct[:-1], [write(v) for v in distinct]  # type: ignore[operator]
    cuts = np.unique(np.quantile(present, np.arange(1, GROUPS) / GROUPS, method="inverted_cdf"))
    cuts = cuts[cuts < distinct[-1]]
    said = [write(c) for c in cuts]  # type: ignore[operator]
    between = [f"{a}–{b}" for a, b in pairwise(said)]
    return cuts, [f"≤ {said[0]}", *between, f"> {said[-1]}"]


def _day(microseconds: float) -> str:
    return str(np.datetime64(int(microseconds), "us").astype("datetime64[D]"))


def _used(places: np.ndarray, words: list[str]) -> tuple[np.ndarray, list[str]]:
    used, again = np.unique(places, return_inverse=True)
    return again, [words[i] for i in used]
