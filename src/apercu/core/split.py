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

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from .dataset import Dataset
from .errors import EmptyTable
from .expression import Expression
from .goal import Goal
from .rows import Rows
from .schema import Schema

__all__ = ["Search", "Split", "Verify"]

SMALL: Final = 2_000  # rows; below, two halves are too weak (notes of the simulations: docs/design.md)
BLOCKS: Final = 60  # blocks of time, half of them searched
FOLDS: Final = 5
SMALL_FOLDS: Final = 8
SMALL_FOLD_ROWS: Final = 3_000
SEARCHED: Final = 500_000  # rows a search needs at most: it needs power, not all rows
LEAST: Final = 20  # rows
COPIES: Final = 0.05  # share of rows that repeat another, above which repeating is the table's nature and not an error


@dataclass(frozen=True)
class Search:
    """The rows that a pattern may search. `blocks` (n,) int numbers the entity or block of time of each row, or is None.

    `derived` holds the Expressions of columns that apercu made, for conditions to speak of their sources.
    """

    rows: Rows
    goal: Goal
    schema: Schema
    blocks: np.ndarray | None = None
    depth: int = 3
    derived: Mapping[str, Expression] = field(default_factory=dict)
    cache: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    def deepest(self, depth: int) -> Search:
        """The same rows, searched to another depth."""
        return replace(self, depth=depth)

    def permuted(self, generator: np.random.Generator) -> Search:
        """The same rows with the target shuffled over them (whole blocks where rows come in blocks): what noise would look like."""
        order = _shuffled(self.rows.n, self.blocks, generator)
        target = self.rows.only((self.goal.target,)).take(order)
        kept = {name: value for name, value in self.cache.items() if not name.startswith("target")}
        return Search(self.rows.plus(target._columns), self.goal, self.schema, self.blocks, self.depth, self.derived, kept)


@dataclass(frozen=True)
class Verify:
    """The rows that no search has seen. Rows of one block (entity, stretch of time) are not independent; `blocks` numbers them."""

    rows: Rows
    goal: Goal
    schema: Schema
    blocks: np.ndarray | None = None
    half: str = "verify"


@dataclass(frozen=True)
class Split:
    """Both halves and the folds. `half` (n,) is 1 for search and 2 for verify (3: both, where permutations judge); `folds` (n,) int."""

    data: Dataset
    goal: Goal
    rows: Rows
    how: str
    half: np.ndarray
    folds: np.ndarray
    blocks: np.ndarray | None
    seed: int

    @property
    def search(self) -> Search:
        """The half to search, at most SEARCHED of its rows."""
        made = {name: expression for step in self.data.steps for name, expression in step.columns.items()}
        derived = {c.name: made[c.name] for c in self.data.schema if c.derived and c.name in made}
        return Search(*self._part(1, SEARCHED), derived=derived)

    @property
    def verify(self) -> Verify:
        """The half that judges. In a table judged by permutations these are all rows, and their `half` says so."""
        return Verify(*self._part(2, None), half="all" if self.how == "permutation" else "verify")

    def _part(self, bit: int, limit: int | None) -> tuple[Rows, Goal, Schema, np.ndarray | None]:
        index = np.flatnonzero((self.half & bit > 0) & ~np.isnan(self.goal.coded(self.rows)))[:limit]
        blocks = None if self.blocks is None else self.blocks[index]
        return self.rows.take(index), self.goal, self.data.schema, blocks

    @staticmethod
    def make(data: Dataset, goal: Goal, seed: int = 0, small: int = SMALL) -> Split:
        """Builds the wall. Raises EmptyTable below LEAST rows with a target."""
        names = sorted(c.name for c in data.schema if not c.derived)
        keyed = Dataset(data.schema, data.engine, data.engine.keyed(data.table, names), data.source, data.n, data.steps, data.graph)
        rows = data.engine.rows(keyed.table, (*data.schema.names, "_row", "_key"))
        known = int(np.count_nonzero(~np.isnan(goal.coded(rows))))
        if known < LEAST:
            raise EmptyTable(f"at least {LEAST} rows with a value in {goal.target!r} are needed to learn anything; {data.source} has {known}.")
        own = _mixed(_told_apart(rows["_key"]), seed)
        blocks = _blocks(rows, goal)
        unit = own if blocks is None else _mixed(blocks.astype(np.uint64), seed)
        how = "hash" if blocks is None else ("entity" if goal.group else "time")
        if known < small:
            how, half = "permutation", np.full(rows.n, 3, dtype=np.int8)
        else:
            side = unit if blocks is None else np.unique(_mixed(unit, seed), return_inverse=True)[1]  # as many blocks here as there
            half = np.where(side % 2 == 0, 1, 2).astype(np.int8)
        folds = _folds(unit, goal.coded(rows), SMALL_FOLDS if known < SMALL_FOLD_ROWS else FOLDS, stratify=goal.task != "numeric" and blocks is None)
        return Split(keyed, goal, rows, how, half, folds, blocks, seed)


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


def _blocks(rows: Rows, goal: Goal) -> np.ndarray | None:
    """(n,) int: which rows belong together, or None where each stands for itself."""
    if goal.group:
        column = rows.coded(goal.group).codes if rows.storage(goal.group) == "text" else rows[goal.group]
        entities, place = np.unique(column, return_inverse=True)
        return place if len(entities) > 1 else None
    if goal.time:
        when = rows[goal.time]
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
