"""Split: the wall between the rows that may be searched and the rows that judge, and the folds of the models. Made once per study.

How rows are told apart:
* `hash`         each row by the hash of its own content, so that neither the order of rows nor of columns changes a half. Stray copies of
                 a row stay on one side; where rows repeat by nature (few columns, few levels) each copy is told apart by its number;
* `entity`       all rows of one entity together, where rows repeat an entity (a `group` column);
* `time`         in blocks of a clock (a `time` column), so that neighbours in time, which resemble each other, stay together;
* `permutation`  below SMALL rows: no halves; every row is searched, and only what outlives permutations of the whole search is said.

Search and Verify are two types: a pattern that proposes is handed the one and never the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from .dataset import Dataset
from .errors import EmptyTable
from .expression import Column as Of
from .expression import Days, Expression
from .goal import Goal
from .measure import Measure
from .rows import Rows
from .schema import Column, Schema

__all__ = ["LEAST", "Search", "Split", "Verify"]

SMALL: Final = 2_000  # rows; below, two halves are too weak (notes of the simulations: docs/design.md)
BLOCKS: Final = 60  # blocks of time, half of them searched
FOLDS: Final = 5
SMALL_FOLDS: Final = 8
SMALL_FOLD_ROWS: Final = 3_000
SEARCHED: Final = 500_000  # rows a search needs at most: it needs power, not all rows
LEAST: Final = 20  # rows
ENDS: Final = re.compile(  # moments that end something
    r"(?i)(^|[_\W])(clos|end|updat|modif|resol|finish|expir|deliver|return|process|due)|关闭|结束|更新|到期|完成"
)
COPIES: Final = 0.05  # share of rows that repeat another, above which repeating is the table's nature and not an error


@dataclass(frozen=True)
class Search:
    """The rows that a pattern may search, and the measures that it may speak of.

    blocks (n,) int numbers the entity or block of time of each row, or is None. derived: the Expressions of columns that apercu made, for
    conditions to speak of their sources. goal: the goal, where a target is named. order (n,): whose measure each row has, where measures
    are permuted. repeated: whether the search is repeated under permutations, so that it must be quick.
    """

    rows: Rows
    schema: Schema
    measures: tuple[Measure, ...] = ()
    blocks: np.ndarray | None = None
    goal: Goal | None = None
    depth: int = 3
    derived: Mapping[str, Expression] = field(default_factory=dict)
    order: np.ndarray | None = field(default=None, compare=False, repr=False)
    repeated: bool = False
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def values(self, measure: Measure) -> np.ndarray:
        """(n,) float64: a measure of each row, missing as NaN; shuffled where the search is a permuted one."""
        key = ("values", measure)
        if key not in self.cache:
            self.cache[key] = measure.values(self.rows)
        plain = self.cache[key]
        return plain if self.order is None else plain[self.order]

    def sources(self, name: str) -> tuple[str, ...]:
        """The source columns that a column is made of: itself, unless apercu derived it."""
        return self.derived[name].columns() if name in self.derived else (name,)

    def expression(self, name: str) -> Expression:
        """How conditions speak of a column: by itself, or by what it was derived from."""
        return self.derived.get(name) or Of(name)

    def features(self, measure: Measure | None = None) -> tuple[Column, ...]:
        """The columns that may explain a measure: those that do not give it away by what they are made of."""
        given = self.schema.features()
        return given if measure is None else tuple(c for c in given if not self._gives_away(c.name, measure))

    def _gives_away(self, name: str, measure: Measure) -> bool:
        """Whether a column shares with a measure what it is made of; two stretches of days share where they begin."""
        sources, of = self.sources(name), self.derived.get(name)
        both = isinstance(of, Days) and isinstance(measure.of, Days)
        return measure.known_by(sources) or (both and bool(set(sources) & set(measure.columns())))

    def clocks(self, measure: Measure | None = None) -> tuple[str, ...]:
        """The columns of moments along which a measure may be followed: the clock, where stretches of days begin, last what ends things."""
        starts = [name for e in self.derived.values() if isinstance(e, Days) for name in e.start.columns()]
        named = [c.name for c in self.schema if c.kind == "time" and c.storage == "time" and c.role in ("time", "feature") and c.name in self.rows]
        named.sort(key=lambda name: (self.schema.column(name).role != "time", bool(ENDS.search(name)), -starts.count(name)))
        return tuple(name for name in named if measure is None or not measure.known_by((name,)))

    def deepest(self, depth: int) -> Search:
        """The same rows, searched to another depth."""
        return replace(self, depth=depth)

    def permuted(self, generator: np.random.Generator) -> Search:
        """The same rows with the measures shuffled over them together (whole blocks where rows come in blocks): what noise would look like."""
        return replace(self, order=_shuffled(self.rows.n, self.blocks, generator))


@dataclass(frozen=True)
class Verify:
    """The rows that no search has seen. Rows of one block (entity, stretch of time) are not independent; `blocks` numbers them.

    timed: whether the blocks are stretches of time, so that what drifts together must also differ among rows of one time.
    """

    rows: Rows
    schema: Schema
    blocks: np.ndarray | None = None
    half: str = "verify"
    goal: Goal | None = None
    timed: bool = False


@dataclass(frozen=True)
class Split:
    """Both halves and the folds. `half` (n,) is 1 for search and 2 for verify (3: both, where permutations judge); `folds` (n,) int.

    Without a goal every row takes part, and measures are chosen later.
    """

    data: Dataset
    goal: Goal | None
    rows: Rows
    how: str
    half: np.ndarray
    folds: np.ndarray
    blocks: np.ndarray | None
    seed: int

    @property
    def search(self) -> Search:
        """The half to search, at most SEARCHED of its rows."""
        return self._search(1, SEARCHED)

    @property
    def whole(self) -> Search:
        """Every row, for a search that pays for itself by permutations."""
        return self._search(3, None)

    @property
    def verify(self) -> Verify:
        """The half that judges. In a table judged by permutations these are all rows, and their `half` says so."""
        return self._verify(2, "all" if self.how == "permutation" else "verify")

    @property
    def everyone(self) -> Verify:
        """Every row, for evidence that pays for its whole search by permutations."""
        return self._verify(3, "all")

    def _search(self, bits: int, limit: int | None) -> Search:
        index, blocks = self._part(bits, limit)
        made = {name: expression for step in self.data.steps for name, expression in step.columns.items()}
        derived = {c.name: made[c.name] for c in self.data.schema if c.derived and c.name in made}
        measures = self.goal.measures() if self.goal else ()
        return Search(self.rows.take(index), self.data.schema, measures, blocks, self.goal, derived=derived)

    def _verify(self, bits: int, half: str) -> Verify:
        index, blocks = self._part(bits, None)
        timed = blocks is not None and not _together(self.data.schema, self.goal)[0]
        return Verify(self.rows.take(index), self.data.schema, blocks, half, self.goal, timed)

    def _part(self, bits: int, limit: int | None) -> tuple[np.ndarray, np.ndarray | None]:
        known = True if self.goal is None else ~np.isnan(self.goal.coded(self.rows))
        index = np.flatnonzero((self.half & bits > 0) & known)[:limit]
        return index, None if self.blocks is None else self.blocks[index]

    @staticmethod
    def make(data: Dataset, goal: Goal | None, seed: int = 0, small: int = SMALL, least: int = LEAST) -> Split:
        """Builds the wall. Raises EmptyTable below `least` rows (with a target, where one is named)."""
        names = sorted(c.name for c in data.schema if not c.derived)
        keyed = Dataset(data.schema, data.engine, data.engine.keyed(data.table, names), data.source, data.n, data.steps, data.graph)
        rows = data.engine.rows(keyed.table, (*data.schema.names, "_row", "_key"))
        target = np.zeros(rows.n) if goal is None else goal.coded(rows)
        known = int(np.count_nonzero(~np.isnan(target)))
        if known < least or rows.n < LEAST:
            wanted = f"at least {least} rows with a value in {goal.target!r}" if goal and known < least else f"at least {LEAST} rows"
            raise EmptyTable(f"{wanted} are needed to learn anything; {data.source} has {known}.")
        own = _mixed(_told_apart(rows["_key"]), seed)
        group, time = _together(data.schema, goal)
        blocks = _blocks(rows, group, time)
        unit = own if blocks is None else _mixed(blocks.astype(np.uint64), seed)
        how = "hash" if blocks is None else ("entity" if group else "time")
        if known < small:
            how, half = "permutation", np.full(rows.n, 3, dtype=np.int8)
        else:
            side = unit if blocks is None else np.unique(_mixed(unit, seed), return_inverse=True)[1]  # as many blocks here as there
            half = np.where(side % 2 == 0, 1, 2).astype(np.int8)
        stratify = goal is not None and goal.task != "numeric" and blocks is None
        folds = _folds(unit, target, SMALL_FOLDS if known < SMALL_FOLD_ROWS else FOLDS, stratify=stratify)
        return Split(keyed, goal, rows, how, half, folds, blocks, seed)


def _together(schema: Schema, goal: Goal | None) -> tuple[str | None, str | None]:
    """(the column of entities, the clock) that keep rows together: the goal's, or the schema's where there is no goal."""
    if goal is not None:
        return goal.group, goal.time
    named = {role: columns[0].name for role in ("group", "time") if (columns := schema.with_role(role))}
    return named.get("group"), named.get("time")


def _shuffled(n: int, blocks: np.ndarray | None, generator: np.random.Generator) -> np.ndarray:
    """(n,) the row whose target each row gets: any row, or, where rows come in blocks, one of the block that its whole block is dealt.

    A larger block goes round its donor's rows again, so that blocks stay whole: laid end to end, unequal blocks would be cut where others meet,
    and noise of cut blocks is weaker than noise of whole ones.
    """
    if blocks is None:
        return generator.permutation(n)
    by_block = np.argsort(blocks, kind="stable")
    pieces = np.split(by_block, np.flatnonzero(np.diff(blocks[by_block])) + 1)
    order = np.empty(n, dtype=np.int64)
    for own, dealt in zip(pieces, generator.permutation(len(pieces)), strict=True):
        order[own] = np.resize(pieces[dealt], len(own))
    return order


def _told_apart(key: np.ndarray) -> np.ndarray:
    """(n,) uint64 of the sorted keys; where copies are many, each with its number among its copies, which the order of rows cannot change."""
    copies = np.arange(len(key)) - np.searchsorted(key, key, side="left")
    apart = np.where(np.mean(copies > 0) > COPIES, copies, 0).astype(np.uint64)
    return key.astype(np.uint64) + apart * np.uint64(0xD1B54A32D192ED03)  # odd, so that products wrap without meeting


def _mixed(key: np.ndarray, seed: int) -> np.ndarray:
    """(n,) uint64: uint64 keys and the seed mixed by SplitMix64 (Steele, Lea & Flood 2014), equal on every machine."""
    z = key + np.uint64((0x9E3779B97F4A7C15 * (seed + 1)) % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _blocks(rows: Rows, group: str | None, time: str | None) -> np.ndarray | None:
    """(n,) int: which rows belong together, or None where each stands for itself."""
    if group:
        column = rows.coded(group).codes if rows.storage(group) == "text" else rows[group]
        entities, place = np.unique(column, return_inverse=True)
        return place if len(entities) > 1 else None
    if time:
        when = rows[time]
        moments, place = np.unique(when, return_inverse=True)
        edges = np.linspace(0, len(when), BLOCKS + 1)[1:-1]
        starts = np.cumsum(np.bincount(place)) - np.bincount(place)
        return np.searchsorted(edges, starts, side="right")[place] if len(moments) > 1 else None
    return None


def _folds(unit: np.ndarray, target: np.ndarray, k: int, *, stratify: bool) -> np.ndarray:
    """(n,) int8 in 0..k-1: units spread evenly (within each class), copies of a row and rows of one block in one fold."""
    folds = np.zeros(len(unit), dtype=np.int8)
    strata = np.nan_to_num(target, nan=-1.0) if stratify else np.zeros(len(unit))
    for stratum in np.unique(strata):
        where = np.flatnonzero(strata == stratum)
        _, place = np.unique(unit[where], return_inverse=True)
        folds[where] = place % k
    return folds
