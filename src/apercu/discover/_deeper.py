"""Boxes that are too deep, or in tables too wide, to be looked at one by one: the best boxes are grown by one condition after the other.

Level by level, the WIDTH strongest boxes (few of the same columns, so that one strong pair does not crowd out the others) are each crossed
with every item of every other column and scored by z*, as in `stats/kernels`: the z nearest to zero over ALL parents. A box whose optimistic
estimate (`stats/beam`) says that no part of it could stand out is not grown. Four and five conditions are searched so in every table,
three where the table is too wide for all triples, from its best pairs and best single items.

What it does not do: find conditions that show nothing until all of them are met (an exclusive or of three columns): each step must already
differ from what it came from by FLOOR.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..stats.beam import binned, contrast, held, optimistic

if TYPE_CHECKING:
    from ._search import Scaled

__all__ = ["FLOOR", "Box", "deeper", "strongest"]

WIDTH: Final = 200  # boxes of one level that are grown
ALIKE: Final = 6  # of the same columns
FLOOR: Final = 2.5  # least |z*| of a box that is grown: a step that adds nothing leads nowhere

Box = tuple[tuple[int, ...], float]  # items and z*


class _Sums(NamedTuple):
    """Of the rows of some items: how many, their total, both for each item crossed with them, and the optimistic estimate of any part."""

    n: float
    total: float
    counts: np.ndarray
    totals: np.ndarray
    ceiling: float


def deeper(codes: Codes, ready: Scaled, scores: np.ndarray, boxes: Sequence[Box], depths: range, usable: np.ndarray, least: int) -> list[Box]:
    """The strongest boxes of each of `depths` conditions, grown from those of one condition less; none that is among `boxes`, the known ones.

    scores (items,): z of every single item; usable (d,) bool: the columns that conditions may speak of; least: rows of a box and of what
    each parent has besides.
    """
    if ready.sd == 0.0 or not depths:
        return []
    grower = _Grower(codes, ready, usable, least)
    found: dict[tuple[int, ...], float] = {tuple(sorted(items)): z for items, z in boxes}
    singles = [((int(i),), float(scores[i])) for i in np.flatnonzero(np.abs(scores) >= FLOOR)]
    known = [*singles, *found.items()]
    for depth in depths:
        start = strongest((box for box in known if len(box[0]) == depth - 1), codes)
        new = {items: z for items, z in grower.grown(start).items() if items not in found}
        found |= new
        known += new.items()
    told = {tuple(sorted(items)) for items, _ in boxes}
    return [(items, z) for items, z in found.items() if items not in told]


def strongest(boxes: Iterable[Box], codes: Codes) -> list[Box]:
    """The WIDTH strongest boxes of those that may be grown, at most ALIKE of the same columns."""
    kept: list[Box] = []
    seen: dict[tuple[int, ...], int] = {}
    for items, z in sorted(boxes, key=lambda box: (-abs(box[1]), box[0])):
        columns = tuple(codes.column_of(i) for i in items)
        seen[columns] = seen.get(columns, 0) + 1
        if abs(z) >= FLOOR and seen[columns] <= ALIKE:
            kept.append((items, z))
        if len(kept) == WIDTH:
            break
    return kept


class _Grower:
    """Crosses boxes with items, and remembers what it summed: boxes of one level share most of their parents."""

    def __init__(self, codes: Codes, ready: Scaled, usable: np.ndarray, least: int) -> None:
        self.codes, self.coded = codes, ready.of(codes.codes)
        self.x, self.scale, self.least = ready.x, ready.scale, least
        self.items = (codes.levels, codes.starts, codes.low, codes.high)
        self.allowed = np.repeat(usable, np.diff(codes.starts))
        self.column = np.repeat(np.arange(len(codes.names)), np.diff(codes.starts))
        self.bins = binned(ready.x)
        self.sums: dict[tuple[int, ...], _Sums] = {}

    def grown(self, boxes: Sequence[Box]) -> dict[tuple[int, ...], float]:
        """{items: z*} of the boxes with one item more whose |z*| reaches FLOOR."""
        depth = len(boxes[0][0]) if boxes else 0
        self.sums = {items: sums for items, sums in self.sums.items() if len(items) == depth}  # last level's boxes are this one's parents
        found: dict[tuple[int, ...], float] = {}
        for items, _ in boxes:
            found |= self._crossed(tuple(sorted(items)))
        return found

    def _crossed(self, items: tuple[int, ...]) -> dict[tuple[int, ...], float]:
        box = self._summed(items)
        if box.n < 2 * self.least or box.ceiling < FLOOR:
            return {}
        others = self.allowed & ~np.isin(self.column, self.column[list(items)])
        z = np.where(others, contrast(box.counts, box.totals, box.n, box.total, self.scale, self.least), 0.0)
        place = np.flatnonzero(np.abs(z) >= FLOOR)
        z = z[place]
        for skipped in range(len(items)):
            if not len(place):
                break
            wider = self._summed(items[:skipped] + items[skipped + 1 :])
            step = contrast(box.counts[place], box.totals[place], wider.counts[place], wider.totals[place], self.scale, self.least)
            z = np.where(z * step <= 0.0, 0.0, np.where(np.abs(step) < np.abs(z), step, z))
            place, z = place[np.abs(z) >= FLOOR], z[np.abs(z) >= FLOOR]
        return {tuple(sorted((*items, int(i)))): float(value) for i, value in zip(place, z, strict=True)}

    def _summed(self, items: tuple[int, ...]) -> _Sums:
        if items not in self.sums:
            inside = np.ones(len(self.x), dtype=bool)
            for i in items:
                column = self.coded[self.column[i]]
                inside &= (column >= self.codes.low[i]) & (column <= self.codes.high[i])
            rows = np.flatnonzero(inside)
            ceiling = optimistic(self.bins, self.x, rows, self.scale[0], self.least)
            self.sums[items] = _Sums(float(len(rows)), float(self.x[rows].sum()), *held(self.coded, self.x, rows, self.items), ceiling)
        return self.sums[items]
