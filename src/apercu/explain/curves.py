"""How predictions follow one column: accumulated local effects of numbers, partial dependence of levels, with bands.

Along a number (or a clock) rows are parted into bins of equal size; each row is predicted at both ends of its own bin, all else as it is, and the
mean differences are summed up along the bins (Apley & Zhu 2020). Unlike a partial dependence this never asks about rows that cannot be, such as a
long tenure with small total charges. Levels have no neighbours, so for them the mean prediction is told if every row had the level. Curves are
centred on the mean over rows; bands are bootstraps over rows (blocks). What they do *not* say: what would happen if the column were changed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.explanation import Dependence
from ..core.rows import MEDIA, Coded
from ..stats.bootstrap import interval, resampled
from ._sample import Sample, Variant, wanted

__all__ = ["curves"]

BINS: Final = 10
LEVELS: Final = 6  # of a column, the most frequent
ASKED: Final = 120  # rows that are asked about each level
RESAMPLES: Final = 200
DAY: Final = "datetime64[D]"


class _Asked(NamedTuple):
    """A column's question. bins (n,): the bin of each row (-1: missing, not asked) of a number; levels: codes of a column of levels."""

    name: str
    variants: tuple[Variant, ...]
    at: tuple[str | float, ...]
    bins: np.ndarray | None
    counts: np.ndarray


def curves(sample: Sample, names: tuple[str, ...]) -> tuple[Dependence, ...]:
    """A Dependence of each named column that has one: not of prose, of a column without two values, or of what is no column of the table."""
    questions = [q for name in names if (q := _question(sample, name)) is not None]
    if not questions:
        return ()
    answers = iter(sample.asked([variant for q in questions for variant in q.variants]))
    return tuple(_accumulated(sample, q, [next(answers), next(answers)]) if q.bins is not None else _partial(sample, q, answers) for q in questions)


def _question(sample: Sample, name: str) -> _Asked | None:
    if (
        name not in sample.rows
        or sample.rows.storage(name) in MEDIA
        or (name in sample.split.data.schema and sample.split.data.schema.column(name).kind == "text")
    ):
        return None
    return _of_levels(sample, name) if sample.rows.storage(name) == "text" else _of_numbers(sample, name)


def _of_numbers(sample: Sample, name: str) -> _Asked | None:
    column = sample.rows[name]
    time = column.dtype.kind == "M"
    gone = np.isnat(column) if time else ~np.isfinite(column)
    x = column.astype(np.int64).astype(np.float64) if time else column
    present = x[~gone]
    if len(present) < 2:
        return None
    distinct = np.unique(present)
    edges = distinct if len(distinct) <= BINS else np.unique(np.quantile(present, np.arange(BINS + 1) / BINS, method="inverted_cdf"))
    if len(edges) < 2:
        return None
    bins = np.where(gone, -1, np.clip(np.searchsorted(edges, np.where(gone, edges[0], x), side="left") - 1, 0, len(edges) - 2))
    index = np.flatnonzero(~gone)

    def stored(values: np.ndarray) -> np.ndarray:
        return values.astype(np.int64).astype("datetime64[us]") if time else values

    ends = tuple(Variant(index, {name: stored(edges[bins[index] + side])}) for side in (0, 1))
    at = tuple(str(stored(edges[i : i + 1])[0].astype(DAY)) if time else float(edge) for i, edge in enumerate(edges))
    return _Asked(name, ends, at, bins, np.bincount(bins[index], minlength=len(edges) - 1))


def _of_levels(sample: Sample, name: str) -> _Asked | None:
    column = sample.rows.coded(name)
    counts = column.counts()
    often = [int(i) for i in np.argsort(-counts, kind="stable")[:LEVELS] if counts[i] > 0]
    if len(often) < 2:
        return None
    index = np.arange(min(sample.n, ASKED))
    made = tuple(Variant(index, {name: Coded(np.full(len(index), code, np.int32), column.levels)}) for code in often)
    return _Asked(name, made, tuple(column.levels[code] for code in often), None, counts[often])


def _accumulated(sample: Sample, question: _Asked, ends: list[np.ndarray]) -> Dependence:
    bins, at = question.bins, question.at
    assert bins is not None
    index = question.variants[0].places
    step = wanted(sample.goal, ends[1]) - wanted(sample.goal, ends[0])
    member = np.zeros((sample.n, len(at) - 1))
    member[index, bins[index]] = sample.weights[index]
    moved = member.copy()
    moved[index, bins[index]] *= step

    def curve(weights: np.ndarray) -> np.ndarray:
        inside = weights @ member
        rise = np.divide(weights @ moved, inside, out=np.zeros_like(inside), where=inside > 0)
        summed = np.concatenate([np.zeros((*rise.shape[:-1], 1)), np.cumsum(rise, axis=-1)], axis=-1)
        middle = (summed[..., 1:] + summed[..., :-1]) / 2
        return summed - (inside * middle).sum(axis=-1, keepdims=True) / np.maximum(inside.sum(axis=-1, keepdims=True), 1e-12)

    value = curve(np.ones(sample.n))
    low, high = interval(resampled(curve, sample.n, blocks=sample.blocks, resamples=RESAMPLES))
    middle = (value[1:] + value[:-1]) / 2
    return _told(question, "accumulated", (value, low, high), (middle, question.counts), len(index))


def _partial(sample: Sample, question: _Asked, answers: object) -> Dependence:
    told = np.column_stack([wanted(sample.goal, next(answers)) for _ in question.variants])  # type: ignore[call-overload]
    share = question.counts / question.counts.sum()
    own = sample.weights[: len(told)]
    blocks = None if sample.blocks is None else sample.blocks[: len(told)]

    def curve(weights: np.ndarray) -> np.ndarray:
        counted = weights * own
        mean = (counted @ told) / counted.sum(axis=-1, keepdims=True)
        return mean - (mean * share).sum(axis=-1, keepdims=True)

    value = curve(np.ones(len(told)))
    low, high = interval(resampled(curve, len(told), blocks=blocks, resamples=RESAMPLES))
    return _told(question, "partial", (value, low, high), (value, question.counts), len(told))


def _told(question: _Asked, kind: str, band: tuple[np.ndarray, ...], over: tuple[np.ndarray, np.ndarray], n: int) -> Dependence:
    """over: values and how many rows have each, for the spread of the curve."""
    value, low, high = (tuple(map(float, line)) for line in band)
    low, high = tuple(map(min, low, value)), tuple(map(max, high, value))
    heights, counts = over
    centre = np.average(heights, weights=counts)
    size = float(np.sqrt(np.average((heights - centre) ** 2, weights=counts)))
    return Dependence(question.name, kind, question.at, value, low, high, size, n)
