"""Columns as numbers, fitted on the training rows of one fold and kept as JSON.

The `Design` of a linear model: a number becomes itself, hinges max(x - knot, 0) at quantiles (a linear spline, so that a bend costs no
tree), and a flag where it is missing; levels become one column each (rare ones pooled); many levels become the 30 most frequent, the rest and
the logarithm of their counts; prose becomes a small TF-IDF. Every part knows its source column, so a model can say what each column did.

The `Codes` of boosted trees: numbers as they are, levels as codes; see the class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ..core.goal import Goal
from ..core.kinds import Profile, guess
from ..core.rows import Coded, Rows
from ._columns import levels_of, numbers_of
from ._text import Prose

__all__ = ["Codes", "Design", "Levels", "Numbers", "from_json", "is_prose", "memberships"]

RARE = 10  # rows below which a level is pooled
MISSED = 20  # rows below which being missing gets no part of its own: a handful of one outcome would speak with great weight
TOP = 30  # levels of a column of many levels that keep their own part
KNOTS = (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)  # quantiles at which a number may bend
NARROW = 80  # columns up to which every number may bend
PROFILED = 1_000  # texts that are looked at to tell prose from levels


@dataclass(frozen=True)
class Numbers:
    """A number: clipped to its range on the training rows, its hinges, and whether it is missing (then the median stands in)."""

    name: str
    low: float
    high: float
    fill: float
    knots: tuple[float, ...]
    gone: bool

    @staticmethod
    def fit(rows: Rows, name: str, *, bends: bool) -> Numbers:
        """Range, median and knots of the present values."""
        x = numbers_of(rows, name)
        present = x[~np.isnan(x)]
        if not len(present):
            return Numbers(name, 0.0, 0.0, 0.0, (), gone=False)
        low, high = float(present.min()), float(present.max())
        cuts = np.unique(np.quantile(present, KNOTS)) if bends else np.zeros(0)
        knots = tuple(float(c) for c in cuts if low < c < high)
        return Numbers(name, low, high, float(np.median(present)), knots, len(x) - len(present) >= MISSED)

    @property
    def width(self) -> int:
        """How many parts the column becomes."""
        return 1 + len(self.knots) + self.gone

    def parts(self, rows: Rows) -> np.ndarray:
        """(n, width): the number, its hinges, and 1 where it is missing."""
        x = numbers_of(rows, self.name)
        gone = np.isnan(x)
        x = np.clip(np.where(gone, self.fill, x), self.low, self.high)
        flags = [gone.astype(np.float64)] if self.gone else []
        return np.column_stack([x, *(np.maximum(x - knot, 0.0) for knot in self.knots), *flags])

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"part": "numbers", **self.__dict__, "knots": list(self.knots)}


@dataclass(frozen=True)
class Levels:
    """Levels: one part for each that is kept, one for all others, one for missing, and the log of how often a level occurs (or none)."""

    name: str
    levels: tuple[str, ...]
    other: bool
    gone: bool
    counts: tuple[tuple[str, float], ...] = ()

    @staticmethod
    def fit(rows: Rows, name: str, top: int = TOP) -> Levels:
        """The levels of at least RARE rows; of a column of more than `top` such levels, the most frequent, and the counts of all."""
        column = levels_of(rows, name)
        count = column.counts()
        order = np.argsort(-count, kind="stable")
        often = [int(i) for i in order if count[i] >= RARE]
        kept = tuple(column.levels[i] for i in often[:top])
        present = int((count > 0).sum())
        if len(kept) == present == 2:
            kept = kept[1:]  # one part says all of two levels
        counts = tuple((column.levels[i], float(np.log(count[i]))) for i in often[:100_000]) if present > top else ()
        return Levels(name, kept, present > max(len(kept), 2) or len(often) < present, int((column.codes < 0).sum()) >= MISSED, counts)

    @property
    def width(self) -> int:
        """How many parts the column becomes."""
        return len(self.levels) + self.other + self.gone + bool(self.counts)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {level: i for i, level in enumerate(self.levels)}

    @cached_property
    def _often(self) -> dict[str, float]:
        return dict(self.counts)

    def codes(self, rows: Rows) -> np.ndarray:
        """(n,) int: the place of the level among those kept; len(levels) for any other; -1 for missing."""
        column, place = levels_of(rows, self.name), self._place
        return np.array([*(place.get(level, len(self.levels)) for level in column.levels), -1])[column.codes]

    def often(self, rows: Rows) -> np.ndarray:
        """(n,) the log of how many training rows had the level; 0 for rare, new or missing."""
        known, column = self._often, levels_of(rows, self.name)
        return np.array([*(known.get(level, 0.0) for level in column.levels), 0.0])[column.codes]

    def parts(self, rows: Rows) -> np.ndarray:
        """(n, width) of 0 and 1, and the log-count."""
        codes, k = self.codes(rows), len(self.levels)
        wanted = [*range(k), *([k] if self.other else []), *([-1] if self.gone else [])]
        flags = (codes[:, None] == np.array(wanted, dtype=np.int64)[None, :]).astype(np.float64)
        return np.column_stack([flags, self.often(rows)]) if self.counts else flags

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        counts = [list(pair) for pair in self.counts]
        return {"part": "levels", "name": self.name, "levels": list(self.levels), "other": self.other, "gone": self.gone, "counts": counts}


Part = Numbers | Levels | Prose


def from_json(tree: dict[str, Any]) -> Part:
    """Reads what a part's `to_json` wrote. Raises ValueError for a part of another kind."""
    fields = {name: value for name, value in tree.items() if name != "part"}
    match tree.get("part"):
        case "numbers":
            return Numbers(**{**fields, "knots": tuple(fields["knots"])})
        case "levels":
            return Levels(**{**fields, "levels": tuple(fields["levels"]), "counts": tuple((a, b) for a, b in fields["counts"])})
        case "prose":
            return Prose.from_json(fields)
    raise ValueError(f"expected a part 'numbers', 'levels' or 'prose', got {tree.get('part')!r}")


@dataclass(frozen=True)
class Design:
    """The parts of d columns side by side: D numbers a row."""

    parts: tuple[Part, ...]

    @staticmethod
    def fit(rows: Rows, goal: Goal, names: Sequence[str]) -> Design:
        """One part per column; in wide tables numbers do not bend."""
        signal = memberships(rows, goal)
        return Design(tuple(_fitted(rows, name, signal, bends=len(names) <= NARROW) for name in names))

    def matrix(self, rows: Rows) -> np.ndarray:
        """(n, D) float64."""
        return np.hstack([part.parts(rows) for part in self.parts])

    def summed(self, terms: np.ndarray) -> np.ndarray:
        """(n, d, k): terms (n, D, k) summed over the parts of each column."""
        edges = np.cumsum([0, *(part.width for part in self.parts)])
        return np.stack([terms[:, a:b].sum(axis=1) for a, b in pairwise(edges)], axis=1)

    def to_json(self) -> list[dict[str, Any]]:
        """The parts."""
        return [part.to_json() for part in self.parts]

    @staticmethod
    def from_json(trees: list[dict[str, Any]]) -> Design:
        """Reads what `to_json` wrote."""
        return Design(tuple(from_json(tree) for tree in trees))


@dataclass(frozen=True)
class Codes:
    """d columns as trees want them: a number is one feature, missing as NaN; levels are one feature of codes, and their log-count if many.

    Prose is left out: its length is a derived column, and what it says is read term by term (see Features and Design).
    """

    parts: tuple[Numbers | Levels, ...]

    @staticmethod
    def fit(rows: Rows, names: Sequence[str], top: int = TOP) -> Codes:
        """One part per column that is no prose. top: levels of a column that keep a code of their own."""
        kept = [name for name in names if not is_prose(rows, name)]
        return Codes(tuple(Levels.fit(rows, n, top) if rows.storage(n) == "text" else Numbers.fit(rows, n, bends=False) for n in kept))

    @property
    def sources(self) -> tuple[str, ...]:
        """The column of each feature."""
        return tuple(part.name for part in self.parts for _ in range(2 if isinstance(part, Levels) and part.counts else 1))

    @property
    def categories(self) -> list[int]:
        """Which features are codes of more than two levels."""
        places, at = [], 0
        for part in self.parts:
            if isinstance(part, Levels):
                places += [at] if len(part.levels) + part.other > 2 else []
                at += bool(part.counts)
            at += 1
        return places

    def matrix(self, rows: Rows) -> np.ndarray:
        """(n, features) float64."""
        features: list[np.ndarray] = []
        for part in self.parts:
            if isinstance(part, Numbers):
                features.append(numbers_of(rows, part.name))
                continue
            codes = part.codes(rows).astype(np.float64)
            features.append(np.where(codes < 0, np.nan, codes))
            features += [part.often(rows)] if part.counts else []
        return np.column_stack(features) if features else np.zeros((rows.n, 0))


def is_prose(rows: Rows, name: str) -> bool:
    """Whether a column of text is prose rather than levels, by the first of its rows."""
    if rows.storage(name) != "text":
        return False
    column: Coded = rows.coded(name)
    present = column.codes[column.codes >= 0]
    if not len(present):
        return False
    texts = [column.levels[code] for code in present[:PROFILED]]
    words, size = float(np.mean([len(t.split()) for t in texts])), float(np.mean([len(t) for t in texts]))
    top = tuple((text, 1) for text in texts[:20])
    profile = Profile(name, "text", rows.n, rows.n - len(present), len(np.unique(present)), words=words, characters=size, top=top)
    return guess(profile)[0] == "text"


def _fitted(rows: Rows, name: str, signal: np.ndarray, *, bends: bool) -> Part:
    if rows.storage(name) != "text":
        return Numbers.fit(rows, name, bends=bends)
    return Prose.fit(rows, name, signal) if is_prose(rows, name) else Levels.fit(rows, name)


def memberships(rows: Rows, goal: Goal) -> np.ndarray:
    """(n, k) class memberships; of a number, whether it lies in the lower or the upper half."""
    target = goal.coded(rows)
    if goal.task == "numeric":
        upper = (target > np.median(target)).astype(np.float64)
        return np.column_stack([1.0 - upper, upper])
    return np.eye(len(goal.classes))[target.astype(int)]
