"""Codes: the columns that a search looks at, each as one byte a row, and the items (level, cut, window) that conditions are made of.

A category keeps its most frequent levels, the others share one code; a number is cut at quantiles that occur, each cut written with the
fewest digits that part the rows in the same way; missing has a code of its own. An item is a range of one column's codes and the Term
that says it.

>>> codes = Codes.of(Rows.of({"plan": ["a", "b", "a", "b"], "age": [1, 2, 2, 1]}), ("plan", "age"), bins=2, least=1)
>>> [term.say() for term in codes.terms]
['plan is “a”', 'plan is “b”', 'age is 1', 'age is 2']
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from .condition import Condition, Term
from .expression import Column, Expression, Part
from .rows import Coded, Rows

__all__ = ["BINS", "Codes", "shortest"]

LEVELS: Final = 30  # levels of a category that are searched one by one
BINS: Final = 10  # bins of a number in a table large enough to look at its outermost twentieths as well
TAIL: Final = 0.05
SINGLE: Final = 7  # bins up to which each is a group of its own
VALUES: Final = 12  # a number with at most so many distinct values is searched value by value


@dataclass(frozen=True)
class Codes:
    """d columns of n rows: `codes` (d, n) uint8; column j has levels[j] codes and the items starts[j]:starts[j + 1]."""

    names: tuple[str, ...]
    codes: np.ndarray
    levels: np.ndarray
    starts: np.ndarray
    low: np.ndarray
    high: np.ndarray
    terms: tuple[Term, ...]
    ordered: tuple[bool, ...]
    groups: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(rows: Rows, names: tuple[str, ...], *, bins: int = BINS, least: int = 20, derived: Mapping[str, Expression] | None = None) -> Codes:
        """Codes of the named columns (numbers and text). Columns with fewer than two codes of `least` rows are left out.

        A `derived` column is spoken of by its Expression, so that a condition names source columns only.
        """
        kept = []
        for name in names:
            of = (derived or {}).get(name) or Column(name)
            column = _text(of, rows.coded(name), least) if rows.storage(name) == "text" else _number(of, rows[name], bins, least)
            if column is not None:
                kept.append((name, column))
        items = [len(column.items) for _, column in kept]
        flat = [item for _, column in kept for item in column.items]
        starts = [sum(items[:j]) for j in range(len(items))]
        return Codes(
            tuple(name for name, _ in kept),
            np.stack([column.codes for _, column in kept]) if kept else np.empty((0, rows.n), np.uint8),
            np.array([column.levels for _, column in kept], dtype=np.int64),
            np.concatenate([[0], np.cumsum(items)]).astype(np.int64),
            np.array([low for low, _, _ in flat], dtype=np.int64),
            np.array([high for _, high, _ in flat], dtype=np.int64),
            tuple(term for _, _, term in flat),
            tuple(column.ordered for _, column in kept),
            tuple(tuple(start + item for item in column.groups) for start, (_, column) in zip(starts, kept, strict=True)),
        )

    def column_of(self, item: int) -> int:
        """The column that an item belongs to."""
        return int(np.searchsorted(self.starts, item, side="right")) - 1

    def holds(self, item: int) -> np.ndarray:
        """(n,) bool: the rows of an item."""
        codes = self.codes[self.column_of(item)]
        return (codes >= self.low[item]) & (codes <= self.high[item])

    def condition(self, items: tuple[int, ...]) -> Condition:
        """The condition that several items make together."""
        return Condition(tuple(self.terms[item] for item in items))

    def only(self, columns: list[int]) -> Codes:
        """The same rows with some of the columns, in the given order."""
        spans = [range(int(self.starts[j]), int(self.starts[j + 1])) for j in columns]
        flat = np.array([i for span in spans for i in span], dtype=np.int64)
        place = {int(old): new for new, old in enumerate(flat)}
        groups = tuple(tuple(place[i] for i in self.groups[j]) for j in columns)
        return Codes(
            tuple(self.names[j] for j in columns),
            np.ascontiguousarray(self.codes[columns]),
            self.levels[columns],
            np.concatenate([[0], np.cumsum([len(span) for span in spans])]).astype(np.int64),
            self.low[flat],
            self.high[flat],
            tuple(self.terms[i] for i in flat),
            tuple(self.ordered[j] for j in columns),
            groups,
        )


@dataclass(frozen=True)
class _Encoding:
    codes: np.ndarray
    levels: int
    items: list[tuple[int, int, Term]]
    ordered: bool
    groups: tuple[int, ...]  # items that part the rows into groups, in order


def _text(of: Expression, column: Coded, least: int) -> _Encoding | None:
    counts = column.counts()
    frequent = [int(i) for i in np.argsort(-counts, kind="stable")[:LEVELS] if counts[i] >= least]
    frequent.sort()
    place = np.full(len(column.levels) + 1, len(frequent), dtype=np.uint8)  # all others share the code after the frequent ones
    place[frequent] = np.arange(len(frequent))
    place[-1] = len(frequent) + 1  # missing
    codes = place[column.codes]
    items = [(code, code, Term(of, "is", column.levels[level])) for code, level in enumerate(frequent)]
    return _with_missing(of, codes, len(frequent) + 2, items, least, ordered=False, groups=tuple(range(len(frequent))))


def _number(of: Expression, x: np.ndarray, bins: int, least: int) -> _Encoding | None:
    present = np.sort(x[~np.isnan(x)])
    if len(present) < 2 * least or present[0] == present[-1]:
        return None
    tops = _tops(present, bins, least)
    codes = np.zeros(len(x), dtype=np.uint8)
    for top in tops:  # a dozen comparisons of neighbouring numbers take a tenth of the time of a search for each row
        codes += x > top
    if len(present) < len(x):
        codes[np.isnan(x)] = len(tops) + 1
    last = len(tops)
    following = present[np.searchsorted(present, tops, side="right")]  # the smallest value of each bin but the first
    cuts = [shortest(float(top), float(after)) for top, after in zip(tops, following, strict=True)]
    bottoms, heights = [float(present[0]), *following.tolist()], [*tops.tolist(), float(present[-1])]

    def item(low: int, high: int) -> tuple[int, int, Term]:
        if bottoms[low] == heights[high]:
            return low, high, Term(of, "is", bottoms[low])
        if low == 0:
            return low, high, Term(of, "<=", cuts[high])
        if high == last:
            return low, high, Term(of, ">", cuts[low - 1])
        return low, high, Term(of, "between", (-shortest(-bottoms[low], -heights[low - 1]), cuts[high]))

    windows = _windows(last)
    items = [item(0, k) for k in range(last)] + [item(k + 1, last) for k in range(last)] + [item(low, high) for low, high in windows]
    edges = (windows[0][0] - 1, windows[-1][1]) if windows else (0, 0)  # the last bin of the lowest group, the last before the highest
    groups = (edges[0], *range(2 * last, 2 * last + len(windows)), last + edges[1])
    return _with_missing(of, codes, last + 2, items, least, ordered=True, groups=groups)


def _tops(present: np.ndarray, bins: int, least: int) -> np.ndarray:
    first = np.flatnonzero(np.concatenate([[True], present[1:] != present[:-1]]))  # the place of each distinct value
    if len(first) <= VALUES:
        return present[first[:-1]][_filled(np.diff(np.append(first, len(present))), least)]
    probabilities = np.arange(1, bins) / bins
    if bins == BINS:
        probabilities = np.concatenate([[TAIL], probabilities, [1 - TAIL]])
    below = len(present) * probabilities - 1  # rows up to each quantile that occurs, less one (the inverted distribution function)
    quantiles = present[np.maximum(np.ceil(below), 0).astype(np.int64)]
    return np.unique(quantiles[quantiles < present[-1]])


def _filled(counts: np.ndarray, least: int) -> np.ndarray:
    """(values - 1,) bool: where to cut between neighbouring values, so that both sides of each cut hold `least` rows."""
    below = np.cumsum(counts)[:-1]
    return (below >= least) & (below <= counts.sum() - least)


def _windows(last: int) -> list[tuple[int, int]]:
    """Ranges of bins between the lowest and the highest group: single bins where there are few, else pairs of neighbours."""
    return [(k, k) for k in range(1, last)] if last < SINGLE else [(k, k + 1) for k in range(2, last - 2, 2)]


def _with_missing(
    of: Expression, codes: np.ndarray, levels: int, items: list[tuple[int, int, Term]], least: int, *, ordered: bool, groups: tuple[int, ...]
) -> _Encoding | None:
    if int(np.count_nonzero(codes == levels - 1)) >= least:
        items.append((levels - 1, levels - 1, Term(of.of if isinstance(of, Part) else of, "missing")))  # a part is missing where its moment is
        groups = (*groups, len(items) - 1) if not ordered else groups
    return _Encoding(codes, levels, items, ordered, groups) if len(items) > 1 else None


def shortest(low: float, high: float) -> float:
    """The number with the fewest decimals in low <= x < high, nearest to low.

    >>> shortest(29.8531, 30.2), shortest(5.0, 6.0), shortest(0.12345, 0.12349)
    (30.0, 5.0, 0.12345)
    """
    if not low < high:
        return low
    for decimals in range(-3, 16):
        scale = 10.0**decimals
        candidate = math.ceil(low * scale) / scale
        if low <= candidate < high:
            return float(candidate)
    return low
