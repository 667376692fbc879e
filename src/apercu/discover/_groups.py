"""Columns as groups of rows: which columns part the rows into few levels, and their levels. Patterns about composition share it.

Of two columns whose levels go together one to one, the one with the shorter name is kept: what is said of one is said of the other. Nothing is
read but the searched rows. What it does not do: cut numbers into ranges.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.rows import Rows
from ..core.schema import Column
from ..core.split import Search, Verify

__all__ = ["Grouped", "coded_levels", "grouped", "level_is", "by_entity", "same_levels", "whole_in_time"]

KINDS: Final = ("category", "flag", "place", "entity")
SAME: Final = 0.95  # share of rows in the usual partner of their level, from which two columns say the same
NUMBERED: Final = 30  # distinct numbers of a category that is written in numbers
PRESENT: Final = 0.5  # least share of rows that have a value

Level = str | float


class Grouped(NamedTuple):
    """A column: its levels that occur, (n,) int codes into them (-1: missing), and how many rows have each."""

    name: str
    levels: tuple[Level, ...]
    codes: np.ndarray
    counts: np.ndarray

    def order(self) -> np.ndarray:
        """The levels, most frequent first."""
        return np.argsort(-self.counts, kind="stable")


def grouped(search: Search, least: int, most: int) -> list[Grouped]:
    """The columns with `least` to `most` levels, shorter names first; of several that say the same, the first."""
    key = ("grouped", least, most)
    if key not in search.cache:
        kept: list[Grouped] = []
        for column in sorted(search.schema.features(), key=lambda c: (len(c.name), c.name)):
            made = _grouped(column, search.rows, most)
            if made is not None and least <= len(made.levels) and not any(same_levels(made, other) and same_levels(other, made) for other in kept):
                kept.append(made)
        search.cache[key] = kept
    return search.cache[key]


def _grouped(column: Column, rows: Rows, most: int) -> Grouped | None:
    if column.kind not in KINDS or column.derived or column.name not in rows or rows.n == 0 or rows.storage(column.name) == "time":
        return None
    if rows.storage(column.name) == "text":
        coded = rows.coded(column.name)
        counts = coded.counts()
        used = np.flatnonzero(counts)
        if not 2 <= len(used) <= most:
            return None
        place = np.full(len(counts) + 1, -1, dtype=np.int64)
        place[used] = np.arange(len(used))
        codes, levels = place[coded.codes], tuple(coded.levels[i] for i in used)
    else:
        x = rows[column.name]
        values, codes = np.unique(x, return_inverse=True)
        values = values[~np.isnan(values)]
        if not 2 <= len(values) <= min(most, NUMBERED):
            return None
        codes, levels = np.where(np.isnan(x), -1, codes), tuple(float(v) for v in values)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    return Grouped(column.name, levels, codes, counts) if counts.sum() >= PRESENT * rows.n else None


def same_levels(a: Grouped, b: Grouped) -> bool:
    """Whether nearly every row's level of `a` tells its level of `b`."""
    known = (a.codes >= 0) & (b.codes >= 0)
    if not known.any():
        return False
    pairs, counts = np.unique(a.codes[known] * len(b.levels) + b.codes[known], return_counts=True)
    usual = np.zeros(len(a.levels))
    np.maximum.at(usual, pairs // len(b.levels), counts)
    return float(usual.sum()) >= SAME * float(known.sum())


def coded_levels(rows: Rows, column: str, levels: tuple[Level, ...]) -> np.ndarray:
    """(n,) int: the place of each row's level among `levels`, -1 for any other or none."""
    codes = np.full(rows.n, -1, dtype=np.int64)
    if rows.storage(column) == "text":
        coded = rows.coded(column)
        place = {level: i for i, level in enumerate(levels)}
        return np.array([*(place.get(level, -1) for level in coded.levels), -1], dtype=np.int64)[coded.codes]
    for i, level in enumerate(levels):
        codes[rows[column] == level] = i
    return codes


def level_is(column: str, *levels: Level) -> Condition:
    """The rows of a level, or of any of several."""
    return Condition((Term(column, "is", levels[0]) if len(levels) == 1 else Term(column, "in", levels),))


def by_entity(search: Search | Verify) -> bool:
    """Whether blocks are entities, so that stretches of time are not what holds rows together."""
    return search.blocks is not None and bool(search.schema.with_role("group"))


def whole_in_time(search: Search | Verify) -> bool:
    """Whether rows of every stretch of time are here: half of the stretches cannot tell how many rows there were when."""
    if search.blocks is None or by_entity(search) or not len(search.blocks):
        return True
    return len(np.unique(search.blocks)) > int(search.blocks.max())
