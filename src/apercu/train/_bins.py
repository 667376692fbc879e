"""Columns as bins: what shapes that can be read are drawn over. A number becomes bins of about equally many rows (a bin per value where values
are few), levels become a bin each; what is missing has bin 0 of its own, and levels that are rare or new share the last bin.

>>> bins = Bins.fit(Rows.of({"plan": ["a"] * 9 + ["b"] * 9 + [None]}), "plan")
>>> bins.codes(Rows.of({"plan": ["b", "new", None]}))
array([2, 3, 0], dtype=uint16)

Edges come from the training rows and are kept as JSON. What it does not do: prose (see `_text`), and columns of more than MOST levels, of which
the most frequent are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..core.condition import Term
from ..core.rows import Rows
from ._columns import levels_of, numbers_of

__all__ = ["Bins"]

MOST: Final = 254  # bins of a column besides those of what is missing and of other levels
RARE: Final = 5  # rows below which a level is one of the others


@dataclass(frozen=True)
class Bins:
    """ordered: edges (each the largest value of its bin but the last's); else levels."""

    name: str
    ordered: bool
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    time: bool = False

    @staticmethod
    def fit(rows: Rows, name: str, most: int = MOST) -> Bins:
        """Edges between values where there are at most `most`, else between quantiles, as round as they can be; levels of at least RARE rows."""
        if rows.storage(name) == "text":
            column = levels_of(rows, name)
            count = column.counts()
            often = [int(i) for i in np.argsort(-count, kind="stable")[:most] if count[i] >= RARE]
            return Bins(name, ordered=False, levels=tuple(sorted(column.levels[i] for i in often)))
        x = numbers_of(rows, name)
        values = np.unique(x[~np.isnan(x)])
        if len(values) > most:
            cuts = np.quantile(x[~np.isnan(x)], np.arange(1, most) / most, method="inverted_cdf")
            place = np.searchsorted(values, np.unique(cuts))
            place = place[place < len(values) - 1]
        else:
            place = np.arange(max(len(values) - 1, 0))
        return Bins(name, ordered=True, edges=tuple(_round(values[place], values[place + 1])), time=rows.storage(name) == "time")

    @property
    def size(self) -> int:
        """How many bins there are, that of what is missing and that of other levels included."""
        return len(self.edges) + 2 if self.ordered else len(self.levels) + 2

    def codes(self, rows: Rows) -> np.ndarray:
        """(n,) uint16: 0 where missing, then the bins in their order."""
        if self.ordered:
            x = numbers_of(rows, self.name)
            found = 1 + np.searchsorted(np.array(self.edges), x, side="left")
            return np.where(np.isnan(x), 0, found).astype(np.uint16)
        column = levels_of(rows, self.name)
        place = {level: 1 + i for i, level in enumerate(self.levels)}
        own = [*(place.get(level, self.size - 1) for level in column.levels), 0]
        return np.array(own, dtype=np.uint16)[column.codes]

    def term(self, low: int, high: int) -> Term | None:
        """The condition of bins low..high - 1, none of them bin 0: a number's lower or upper end, or levels; None for what is neither."""
        if not self.ordered:
            named = self.levels[low - 1 : high - 1]
            if high == self.size or not named:
                return None
            return Term(self.name, "is", named[0]) if len(named) == 1 else Term(self.name, "in", named)
        if (low == 1) == (high == self.size):
            return None
        edge = self.edges[(high if low == 1 else low) - 2]
        return Term(self.name, "<=" if low == 1 else ">", _moment(edge) if self.time else edge)

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {**self.__dict__, "edges": list(self.edges), "levels": list(self.levels)}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Bins:
        """Reads what `to_json` wrote."""
        return Bins(tree["name"], tree["ordered"], tuple(tree["edges"]), tuple(tree["levels"]), tree["time"])


def _round(low: np.ndarray, high: np.ndarray) -> list[float]:
    """The roundest number e with low <= e < high, for each of both (m,)."""
    found = low.copy()
    able = np.maximum(np.abs(low), np.abs(high)) < 1e12
    for digits in range(9, -10, -1):  # from fine to coarse: the last that fits is the roundest
        unit = 10.0**-digits
        near = np.ceil(low / unit) * unit if digits <= 0 else np.ceil(low * 10.0**digits) / 10.0**digits
        fits = able & (near >= low) & (near < high)
        found[fits] = near[fits]
    return [float(e) for e in found]


def _moment(days: float) -> str:
    return str(np.datetime64(round(days * 86_400), "s"))
