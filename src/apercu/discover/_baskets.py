"""Baskets of a table: what stands together in a row, or in the rows of one basket, whichever way the table writes it down.

| shape | a basket is | an item is |
|---|---|---|
| `flags` | a row | one of at least FLAGS columns of yes and no |
| `columns` | a row | a value in one of several columns that share their values, filled from the left (one basket per line) |
| `list` | a row | a part of a text such as 'Action|Comedy' |
| `long` | the rows of one value of the column that keeps rows together | a value of another column |

What is found on searched rows is rebuilt on others from its Shape alone. What it does not do: quantities, order within a basket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Term
from ..core.expression import Column, Listed
from ..core.goal import YES
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.schema import Column as SchemaColumn
from ..core.split import Search

__all__ = ["Baskets", "Shape", "found", "rebuilt"]

FLAGS: Final = 8  # columns of yes and no that make baskets
RARE: Final = 0.5  # largest share of yes of most such columns: items that most baskets hold are answers, not goods
ONE: Final = 0.9  # share of rows with exactly one yes, from which flags are one category written out
COLUMNS: Final = 3  # columns of one basket per line
SHARED: Final = 0.8  # share of their values that stand in another of these columns as well
NEARLY: Final = 0.95  # share of the rows that must keep the form
MARKS: Final = ("|", ";", ",")
LISTS: Final = 0.3  # share of texts that hold a mark
SAMPLE: Final = 5_000  # rows by which a text is told to be a list
OFTEN: Final = 5  # rows of an item that repeats
REPEATED: Final = 0.8  # share of all items that must repeat: parts of sentences do not
WORDS: Final = 5  # words of an item
ITEMS: Final = (5, 20_000)  # least and most distinct items
FEWEST: Final = 50  # rows that hold baskets worth looking at
SIZE: Final = 1.3  # least mean items of a basket
BLANKS: Final = " \t\n\f\r"


class Shape(NamedTuple):
    """How a table writes baskets down: one of the shapes above, its item columns, the mark of a list, the column that names a basket, what yes is."""

    kind: str
    columns: tuple[str, ...]
    mark: str = ""
    basket: str = ""
    yes: str | float = ""

    def term(self, item: str) -> Term:
        """The rows of an item."""
        match self.kind:
            case "flags":
                return Term(item, "is", self.yes)
            case "long":
                return Term(self.columns[0], "is", item)
            case _:
                return Term(Listed(self.columns, item, self.mark), "is", 1.0)

    def measure(self, item: str) -> Measure:
        """The share of an item."""
        match self.kind:
            case "flags":
                return Measure(item, Column(item), self.yes if isinstance(self.yes, str) else "1")
            case "long":
                return Measure(self.columns[0], Column(self.columns[0]), item)
            case _:
                return Measure(item, Listed(self.columns, item, self.mark), unit="share")


@dataclass(frozen=True)
class Baskets:
    """n baskets: names of the items; indptr (n + 1,) and indices, what each holds, each item once (as sparse rows, CSR); rows (n,): a row of each."""

    shape: Shape
    names: tuple[str, ...]
    indptr: np.ndarray
    indices: np.ndarray
    rows: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """(n,) items of each basket."""
        return np.diff(self.indptr)

    def first(self, most: int) -> Baskets:
        """The first baskets only."""
        return Baskets(self.shape, self.names, self.indptr[: most + 1], self.indices[: self.indptr[: most + 1][-1]], self.rows[:most])

    def holds(self, item: str) -> np.ndarray:
        """(n,) bool: the baskets with an item."""
        held = np.zeros(len(self.rows), dtype=bool)
        places, owners, begins = self._by_item
        if item in places:
            held[owners[begins[places[item]] : begins[places[item] + 1]]] = True
        return held

    @cached_property
    def _by_item(self) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
        """({item: number}, the baskets of each item one after the other, where each item's begin)."""
        order = np.argsort(self.indices, kind="stable")
        begins = np.concatenate([[0], np.cumsum(np.bincount(self.indices, minlength=len(self.names)))])
        return {name: i for i, name in enumerate(self.names)}, np.repeat(np.arange(len(self.rows)), self.sizes)[order], begins


def found(search: Search) -> list[Baskets]:
    """Every sort of baskets that the searched rows hold."""
    if search.rows.n < FEWEST:
        return []
    shapes = [*_flags(search), *_columns(search), *_lists(search)]
    shapes += _long(search, {name for shape in shapes for name in shape.columns})
    made = [rebuilt(search.rows, shape) for shape in shapes]
    return [b for b in made if len(b.rows) and ITEMS[0] <= len(b.names) <= ITEMS[1] and b.sizes.mean() >= SIZE]


def rebuilt(rows: Rows, shape: Shape) -> Baskets:
    """The baskets of a shape in any rows of the same columns."""
    match shape.kind:
        case "flags":
            basket, item = np.nonzero(np.stack([shape.term(name).holds(rows) for name in shape.columns], axis=1))
            return _packed(shape, shape.columns, basket, item, np.arange(rows.n))
        case "columns":
            parts = [rows.coded(name) for name in shape.columns]
            names = sorted({level for part in parts for level in part.levels})
            place = {name: i for i, name in enumerate(names)}
            numbers = [np.array([*(place[level] for level in part.levels), -1])[part.codes] for part in parts]
            item = np.stack(numbers, axis=1) if rows.n else np.zeros((0, len(parts)), dtype=np.int64)
            return _packed(shape, tuple(names), *_present(item), np.flatnonzero((item >= 0).any(axis=1)))
        case "list":
            coded = rows.coded(shape.columns[0])
            used = set(coded.codes.tolist())
            lists = [_parts(level, shape.mark) if code in used else () for code, level in enumerate(coded.levels)]
            names = sorted({name for own in lists for name in own})
            place = {name: i for i, name in enumerate(names)}
            known = np.flatnonzero(coded.codes >= 0)
            sizes = np.array([len(own) for own in lists], dtype=np.int64)[coded.codes[known]]
            item = [place[name] for code in coded.codes[known].tolist() for name in lists[code]]
            return _packed(shape, tuple(names), np.repeat(known, sizes), np.array(item, dtype=np.int64), known)
        case _:
            coded, named = (
                rows.coded(shape.columns[0]),
                rows[shape.basket] if rows.storage(shape.basket) != "text" else rows.coded(shape.basket).codes,
            )
            known = np.flatnonzero((coded.codes >= 0) & (~np.isnan(named) if named.dtype.kind == "f" else named >= 0))
            _, first, basket = np.unique(named[known], return_index=True, return_inverse=True)
            return _packed(shape, coded.levels, known[first][basket], coded.codes[known], known[first])


def _packed(shape: Shape, names: tuple[str, ...], basket: np.ndarray, item: np.ndarray, rows: np.ndarray) -> Baskets:
    """Baskets of (row of the basket, item) pairs; rows (n,): the row of each basket, those without an item too."""
    order = np.sort(rows)
    pairs = np.unique(np.searchsorted(order, basket) * max(len(names), 1) + item)
    counts = np.bincount(pairs // max(len(names), 1), minlength=len(order))
    return Baskets(shape, names, np.concatenate([[0], np.cumsum(counts)]), pairs % max(len(names), 1), order)


def _present(item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    basket, column = np.nonzero(item >= 0)
    return basket, item[basket, column]


def _parts(text: str, mark: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p for part in text.split(mark) if (p := part.strip(BLANKS)) and p == p.strip()))


def _flags(search: Search) -> Iterator[Shape]:
    """Columns of yes and no with the same two values, most of them rarely yes."""
    alike: dict[tuple[str, ...], list[tuple[str, float]]] = {}
    for column in search.schema.features():
        if column.kind != "flag" or column.derived or column.name not in search.rows:
            continue
        if search.rows.storage(column.name) == "text":
            coded = search.rows.coded(column.name)
            levels = coded.levels
            share = float(coded.counts()[[YES.match(level) is not None for level in levels]].sum()) / max(search.rows.n, 1)
        else:
            x = search.rows[column.name]
            levels = tuple(str(v) for v in np.unique(x[~np.isnan(x)]))
            share = float(np.mean(x == 1)) if levels == ("0.0", "1.0") else 1.0
        if len(levels) == 2 and sum(YES.match(level) is not None for level in levels) == 1:
            alike.setdefault(levels, []).append((column.name, share))
    for levels, named in alike.items():
        items = tuple(sorted(name for name, share in named if share <= RARE))
        if len(items) < FLAGS or len(items) < RARE * len(named):
            continue
        yes = next(level for level in levels if YES.match(level))
        shape = Shape("flags", items, yes=1.0 if levels == ("0.0", "1.0") and search.rows.storage(items[0]) == "number" else yes)
        if float(np.mean(rebuilt(search.rows, shape).sizes == 1)) < ONE:
            yield shape


def _columns(search: Search) -> Iterator[Shape]:
    """Columns of one basket per line: they share their values, hold each once a row, and are filled from the left."""
    columns = [
        c
        for c in search.schema.features()
        if c.storage == "text" and not c.derived and c.kind in ("category", "entity", "flag") and c.name in search.rows
    ]
    often: dict[str, int] = {}
    held = {
        c.name: {level for level, n in zip(search.rows.coded(c.name).levels, search.rows.coded(c.name).counts(), strict=True) if n} for c in columns
    }
    for own in held.values():
        for level in own:
            often[level] = often.get(level, 0) + 1
    sharing = [c.name for c in columns if held[c.name] and np.mean([often[level] > 1 for level in held[c.name]]) >= SHARED]
    if len(sharing) < COLUMNS:
        return
    gone = {name: search.rows.coded(name).codes < 0 for name in sharing}
    order = sorted(sharing, key=lambda name: (int(gone[name].sum()), name))
    missing = np.stack([gone[name] for name in order], axis=1)
    filled = float(np.mean((missing[:, 1:] >= missing[:, :-1]).all(axis=1)))
    baskets = rebuilt(search.rows, Shape("columns", tuple(order)))
    once = float((baskets.sizes == (~missing).sum(axis=1)[baskets.rows]).mean()) if len(baskets.rows) else 0.0
    if filled >= NEARLY and once >= NEARLY and missing[:, -1].mean() >= LISTS:
        yield baskets.shape


def _lists(search: Search) -> Iterator[Shape]:
    """Text columns whose values are parts that repeat, between marks."""
    for column in search.schema.features():
        if column.storage != "text" or column.derived or column.kind not in ("text", "category", "entity") or column.name not in search.rows:
            continue
        few = search.rows.only((column.name,)).take(np.arange(min(search.rows.n, SAMPLE)))
        texts = [text for text in few[column.name] if text is not None]
        for mark in MARKS:
            if not texts or sum(mark in text for text in texts) < LISTS * len(texts):
                continue
            shape = Shape("list", (column.name,), mark)
            baskets = rebuilt(few, shape)
            often = np.bincount(baskets.indices, minlength=len(baskets.names))
            short = all(len(re.split(r"\s+", name)) <= WORDS for name, n in zip(baskets.names, often.tolist(), strict=True) if n >= OFTEN)
            if short and often[often >= OFTEN].sum() >= REPEATED * max(often.sum(), 1):
                yield shape
                break


def _long(search: Search, listed: set[str]) -> Iterator[Shape]:
    """A column that keeps rows together, and columns of which its rows hold several values; not those whose values are lists."""
    groups = [c for c in search.schema.with_role("group") if c.name in search.rows]
    for group in groups if search.blocks is not None else []:
        for column in search.schema.features():
            if (
                _things(column)
                and column.name in search.rows
                and column.name not in listed
                and ITEMS[0] < len(search.rows.coded(column.name).levels) <= ITEMS[1]
            ):
                yield Shape("long", (column.name,), basket=group.name)


def _things(column: SchemaColumn) -> bool:
    return column.storage == "text" and not column.derived and column.kind in ("category", "entity")
