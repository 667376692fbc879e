"""Features of boosted trees: the codes of the columns and, for members that ask for them, features made of two columns.

    Features.fit(rows, goal, names, made=True)    # rooms / households, longitude + latitude, the mean price by (town, kind)

Made features are differences, sums and ratios of two numbers, and means of the target by the levels of one or two columns, shrunk towards the
overall mean (Micci-Barreca 2001). A quick booster says which columns matter; a second one, to which all candidates are shown, says which of them are
kept. For the rows that are fitted on, the means are taken over the others of five parts of these rows, so that no row's own target tells. What
a made feature adds to a prediction is shared equally by its columns. Prose, where it is asked for, is the presence of its most telling terms (_text).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Final
from weakref import WeakValueDictionary

import lightgbm as lgb
import numpy as np

from ..core.goal import Goal
from ..core.rows import Rows
from ._columns import levels_of, numbers_of
from ._encode import Codes, Levels, Numbers, from_json, is_prose, memberships
from ._lightgbm import objective
from ._shared import shared
from ._text import Prose

__all__ = ["Features", "Made", "Means", "Words"]

NUMBERS: Final = 8  # numbers, the most important ones, that are paired
GROUPS: Final = 8  # columns of levels, the most important ones, whose means are tried
CELLS: Final = 20_000  # cells of a table of means
KEPT: Final = 16  # made features that are kept
LOOKED: Final = 10_000  # rows that the quick boosters look at
SHRUNK: Final = 10.0  # rows by which a mean is drawn towards the overall mean
PARTS: Final = 5
SEVERAL: Final = 5  # classes up to which each has means
PLAIN: Final = 12  # distinct values up to which a number is not paired
TERMS: Final = 30  # terms of a column of prose
QUICK: Final[dict[str, Any]] = {
    "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 20, "verbosity": -1, "seed": 1, "num_threads": 1, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A number of two numbers: what = 'difference', 'sum' or 'ratio'; missing where either is, or where it is divided by zero."""

    what: str
    names: tuple[str, str]

    def values(self, rows: Rows) -> np.ndarray:
        """(n, 1)."""
        a, b = (numbers_of(rows, name) for name in self.names)
        if self.what == "ratio":
            return np.divide(a, b, out=np.full(rows.n, np.nan), where=b != 0)[:, None]
        return (a - b if self.what == "difference" else a + b)[:, None]

    @property
    def width(self) -> int:
        """How many features it is."""
        return 1

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"what": self.what, "names": list(self.names)}


@dataclass(frozen=True)
class Means:
    """The target's mean (of a class: its share) by the levels of one or two columns.

    levels: those of each column that training rows have. table (cells, k): a cell per combination, the last place of each column being for missing
    and new levels.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    table: np.ndarray

    @staticmethod
    def fit(rows: Rows, names: tuple[str, ...], signal: np.ndarray) -> tuple[Means, np.ndarray]:
        """(the means, (n, k) what they say of the rows that they were fitted on, each row's part left out)."""
        levels = []
        for name in names:
            column = levels_of(rows, name)
            levels.append(tuple(column.levels[i] for i in np.flatnonzero(column.counts())))
        bare = Means(names, tuple(levels), np.zeros((0, signal.shape[1])))
        cell, size, centre = bare._cells(rows), int(np.prod([len(v) + 1 for v in levels])), signal.mean(axis=0)
        count = np.bincount(cell, minlength=size).astype(np.float64)
        total = np.stack([np.bincount(cell, s - c, minlength=size) for s, c in zip(signal.T, centre, strict=True)], axis=1)
        left = np.empty(signal.shape)
        part = np.random.default_rng(5).integers(0, PARTS, rows.n)
        for p in range(PARTS):
            own = part == p
            others = count - np.bincount(cell[own], minlength=size)
            rest = total - np.stack([np.bincount(cell[own], s[own] - c, minlength=size) for s, c in zip(signal.T, centre, strict=True)], axis=1)
            left[own] = (centre + rest / (others + SHRUNK)[:, None])[cell[own]]
        return Means(names, bare.levels, centre + total / (count + SHRUNK)[:, None]), left

    def values(self, rows: Rows) -> np.ndarray:
        """(n, k)."""
        return self.table[self._cells(rows)]

    @property
    def width(self) -> int:
        """How many features it is."""
        return int(self.table.shape[1])

    def _cells(self, rows: Rows) -> np.ndarray:
        cell = np.zeros(rows.n, dtype=np.int64)
        for name, levels in zip(self.names, self.levels, strict=True):
            column, place = levels_of(rows, name), {level: i for i, level in enumerate(levels)}
            cell = (
                cell * (len(levels) + 1) + np.array([*(place.get(v, len(levels)) for v in column.levels), len(levels)], dtype=np.int64)[column.codes]
            )
        return cell

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"what": "means", "names": list(self.names), "levels": [list(v) for v in self.levels], "table": self.table.tolist()}


@dataclass(frozen=True)
class Words:
    """Whether a text has each of the terms that tell most of the target; missing where there is no text."""

    prose: Prose

    @property
    def names(self) -> tuple[str, ...]:
        """The column."""
        return (self.prose.name,)

    @property
    def width(self) -> int:
        """How many features it is."""
        return self.prose.width

    def values(self, rows: Rows) -> np.ndarray:
        """(n, terms) of 0, 1 and NaN."""
        return shared("words", (self.prose, rows), lambda: self.prose.held(rows))

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"what": "words", "prose": self.prose.to_json()}


Part = Made | Means | Words

_opened: WeakValueDictionary[str, Codes] = WeakValueDictionary()  # equal codes of several models are one object, so that a row is coded once


@dataclass(frozen=True)
class Features:
    """The codes of the columns and the features made of them, side by side."""

    codes: Codes
    made: tuple[Part, ...] = ()

    @staticmethod
    def fit(rows: Rows, goal: Goal, names: Sequence[str], *, made: bool = False, prose: bool = False, top: int = 0) -> tuple[Features, np.ndarray]:
        """(the features, their matrix for the rows that they were fitted on). top: levels that keep a code of their own; 0: as many as usual."""
        codes: Codes = shared(f"codes {top}", (rows,), lambda: Codes.fit(rows, names, top) if top else Codes.fit(rows, names))
        words: tuple[Part, ...] = shared("prose", (rows,), lambda: _words(rows, goal, names)) if prose else ()
        bare = Features(codes)
        plain = Features(codes, words) if words else bare
        if not made:
            return plain, plain.matrix(rows)
        matrix = bare.matrix(rows)
        parts, told = shared("made", (rows,), lambda: _made(bare, matrix, rows, goal))
        return (Features(codes, (*words, *parts)), np.hstack([plain.matrix(rows), *told])) if parts else (plain, plain.matrix(rows))

    @property
    def categories(self) -> list[int]:
        """Which features are codes of more than two levels."""
        return self.codes.categories if self.codes.parts else []

    @property
    def width(self) -> int:
        """How many features there are; one where no column is fit for trees."""
        return max(1, len(self.codes.sources) + sum(part.width for part in self.made))

    def matrix(self, rows: Rows) -> np.ndarray:
        """(n, features); one of zeros where no column is fit for trees, which then say the same of every row."""
        plain = shared("matrix", (self.codes, rows), lambda: self.codes.matrix(rows))
        if not self.made:
            return plain if plain.shape[1] else np.zeros((rows.n, 1))
        return np.hstack([plain, *(part.values(rows) for part in self.made)])

    def summed(self, told: np.ndarray, columns: Sequence[str]) -> np.ndarray:
        """(n, d, k): what features (n, features, k) say, summed by the columns they are made of."""
        parts = np.zeros((len(told), len(columns), told.shape[2]))
        place = {name: i for i, name in enumerate(columns)}
        for feature, source in enumerate(self.codes.sources):
            parts[:, place[source]] += told[:, feature]
        at = len(self.codes.sources)
        for made in self.made:
            said = told[:, at : at + made.width].sum(axis=1) / len(made.names)
            for name in made.names:
                parts[:, place[name]] += said
            at += made.width
        return parts

    def to_json(self) -> dict[str, Any]:
        """The parts."""
        return {"codes": [part.to_json() for part in self.codes.parts], "made": [part.to_json() for part in self.made]}

    @staticmethod
    def from_json(tree: dict[str, Any]) -> Features:
        """Reads what `to_json` wrote."""
        key = hashlib.sha256(json.dumps(tree["codes"]).encode("utf-8")).hexdigest()
        codes = _opened.get(key)
        if codes is None:
            codes = Codes(tuple(part for one in tree["codes"] if isinstance(part := from_json(one), Numbers | Levels)))
            _opened[key] = codes
        return Features(codes, tuple(_part(one) for one in tree["made"]))


def _words(rows: Rows, goal: Goal, names: Sequence[str]) -> tuple[Part, ...]:
    """The terms of each column of prose; none of targets of many classes, whose terms would be too many."""
    prose = [name for name in names if is_prose(rows, name)]
    if not prose or (goal.task == "multiclass" and len(goal.classes) > SEVERAL):
        return ()
    signal = memberships(rows, goal)
    return tuple(Words(found) for name in prose if (found := Prose.fit(rows, name, signal, TERMS)).width)


def _part(tree: dict[str, Any]) -> Part:
    if tree["what"] == "words":
        return Words(Prose.from_json(tree["prose"]))
    if tree["what"] != "means":
        first, second = tree["names"]
        return Made(str(tree["what"]), (first, second))
    return Means(tuple(tree["names"]), tuple(tuple(v) for v in tree["levels"]), np.array(tree["table"], dtype=np.float64))


def _made(bare: Features, matrix: np.ndarray, rows: Rows, goal: Goal) -> tuple[tuple[Part, ...], list[np.ndarray]]:
    """(the made features worth keeping, their values for these rows)."""
    if not bare.codes.parts:
        return (), []
    target = goal.coded(rows)
    look = np.arange(min(rows.n, LOOKED))
    gain = _gains(matrix[look], target[look], goal, bare.categories)
    gains: dict[str, float] = {}
    for source, said in zip(bare.codes.sources, gain, strict=True):
        gains[source] = gains.get(source, 0.0) + float(said)
    candidates = _candidates(bare, rows, goal, [name for name in sorted(gains, key=lambda name: -gains[name]) if gains[name] > 0])
    if not candidates:
        return (), []
    signal = target[:, None] if goal.task == "numeric" else np.eye(len(goal.classes))[target.astype(int)][:, 1 if len(goal.classes) == 2 else 0 :]
    parts, told = [], []
    for candidate in candidates:
        part, said = (candidate, candidate.values(rows)) if isinstance(candidate, Made) else Means.fit(rows, candidate, signal)
        parts.append(part)
        told.append(said)
    wide = np.hstack([matrix[look], *(t[look] for t in told)])
    gain = _gains(wide, target[look], goal, bare.categories)[matrix.shape[1] :]
    widths = np.cumsum([0, *(t.shape[1] for t in told)])
    worth = np.array([gain[a:b].sum() for a, b in pairwise(widths)])
    kept = [int(i) for i in np.argsort(-worth, kind="stable")[:KEPT] if worth[i] > 0]
    return tuple(parts[i] for i in kept), [told[i] for i in kept]


def _candidates(bare: Features, rows: Rows, goal: Goal, names: list[str]) -> list[Made | tuple[str, ...]]:
    """Pairs of the numbers that matter, and the columns and pairs of columns whose means are tried; names: the most important first."""
    distinct = {part.name: _distinct(rows, part.name) for part in bare.codes.parts}
    numbers = [p.name for p in bare.codes.parts if isinstance(p, Numbers) and rows.storage(p.name) == "number" and distinct[p.name] > PLAIN]
    numbers = [name for name in names if name in numbers][:NUMBERS]
    found: list[Made | tuple[str, ...]] = [Made(what, pair) for pair in combinations(numbers, 2) for what in ("difference", "sum", "ratio")]
    if goal.task == "multiclass" and len(goal.classes) > SEVERAL:
        return found
    grouped = [name for name in names if distinct[name] > 2 and rows.storage(name) == "text"][:GROUPS]
    found += [(name,) for name in grouped if distinct[name] > PLAIN and distinct[name] < CELLS]
    return found + [(a, b) for a, b in combinations(grouped, 2) if (distinct[a] + 1) * (distinct[b] + 1) < CELLS]


def _distinct(rows: Rows, name: str) -> int:
    if rows.storage(name) == "text":
        return int(np.count_nonzero(rows.coded(name).counts()))
    x = numbers_of(rows, name)
    return len(np.unique(x[~np.isnan(x)]))


def _gains(matrix: np.ndarray, target: np.ndarray, goal: Goal, categories: list[int]) -> np.ndarray:
    """(features,) how much each lowers the loss of a quick booster."""
    share = 0.3 if matrix.shape[1] > 30 else 1.0
    data = lgb.Dataset(matrix, target, categorical_feature=categories, params={"verbosity": -1})
    booster = lgb.train({**QUICK, **objective(goal), "feature_fraction": share}, data, 30 if goal.task == "multiclass" else 60)
    return np.asarray(booster.feature_importance("gain"))
