"""The search for repeats: which combination of columns do rows share with other rows that hardly ever would by chance.

A combination is somebody or something that stands in several rows (a person, a machine), a number of many values (an amount), and what else
those rows agree in besides.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.rows import Rows
from ..core.split import Search
from ..stats.repeats import expected_share, pair_moments, shared
from ._determined import agreement, codes_of, groups_of

__all__ = ["Repeat", "again", "labels", "repeats"]

ROLES: Final = ("feature", "treatment", "group", "id")
NAMES: Final = ("category", "entity", "place")
NUMBERS: Final = ("number", "money")
LEAST: Final = 10  # things that a column must name
VALUES: Final = 20  # least distinct values of a number of many values ...
SHARE: Final = 0.1  # ... and least share of rows that they make, or
PLENTY: Final = 1_000  # so many
FEW: Final = 30  # levels of a category that may come along
AGREE: Final = 0.95  # share of the repeating pairs of rows that must agree in a category that comes along
OWN: Final = 0.98  # share of rows from which a category is decided by the thing itself, and adds nothing
SMALL: Final = 20  # rows, below which nothing is looked for
ROWS: Final = 10  # least repeated rows
EXCESS: Final = 0.01  # least share of rows that repeat beyond chance
TIMES: Final = 2.0  # how many times as many as chance would make repeat
ALONG: Final = 4  # categories that come along
GLANCE: Final = 20_000  # rows that tell how many values a column has
COLUMNS: Final = 12  # columns of names, and numbers, that are combined


class Repeat(NamedTuple):
    """A combination: the columns that form groups, the number, z of its repeating pairs, the most frequent case, levels where they are dense."""

    group: tuple[str, ...]
    number: str
    z: float
    top: Condition
    dense: tuple[tuple[Term, float], ...]


def labels(rows: Rows, group: tuple[str, ...], number: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(places (m,) of the rows that have all columns, their groups, their values), both numbered from 0."""
    by, of = groups_of([codes_of(rows, name) for name in group]), codes_of(rows, number)
    known = np.flatnonzero((by >= 0) & (of >= 0))
    return known, by[known], of[known]


def again(group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """(m,) float64: 1 where another row shares group and value."""
    width = int(value.max(initial=0)) + 1
    _, place, counts = np.unique(group.astype(np.int64) * width + value, return_inverse=True, return_counts=True)
    return (counts > 1)[place].astype(np.float64)


def repeats(search: Search, most: int) -> tuple[list[Repeat], int]:
    """(the combinations that repeat, strongest first, at most one for each number; how many combinations and levels were looked at)."""
    rows = search.rows
    distinct = _distinct(search)
    n = rows.n
    things = [name for name, (kind, k, present) in distinct.items() if kind in NAMES and LEAST <= k <= present / 2][:COLUMNS]
    numbers = [name for name, (kind, k, present) in distinct.items() if kind in NUMBERS and k >= max(VALUES, min(SHARE * present, PLENTY))][:COLUMNS]
    along = [name for name, (kind, k, _) in distinct.items() if kind in (*NAMES, "flag") and 2 <= k <= FEW]
    looks = len(things) * len(numbers) * (1 + len(along)) + sum(distinct[name][1] for name in {*things, *along})
    found: list[Repeat] = []
    for number in numbers if n >= SMALL else ():
        made = [repeat for thing in things if (repeat := _repeat(search, thing, number, along)) is not None]
        if made:
            found.append(max(made, key=lambda r: (r.z, r.group)))
    return sorted(found, key=lambda r: (-r.z, r.number))[:most], looks


def _distinct(search: Search) -> dict[str, tuple[str, int, int]]:
    """{column: (kind, distinct values, rows that have it)} among the first rows, by name."""
    few, out = search.rows.take(np.arange(min(search.rows.n, GLANCE))), {}
    for column in sorted(search.schema, key=lambda c: c.name):
        if column.role in ROLES and column.kind in (*NAMES, *NUMBERS, "flag") and not column.derived and column.name in search.rows:
            codes = codes_of(few, column.name)
            known = codes[codes >= 0]
            out[column.name] = (column.kind, int((np.bincount(known) > 0).sum()) if len(known) else 0, len(known))
    return out


def _repeat(search: Search, thing: str, number: str, along: list[str]) -> Repeat | None:
    """A thing and a number, with what the repeated rows agree in besides; None where too little repeats."""
    rows = search.rows
    known, by, of = labels(rows, (thing,), number)
    if len(known) < SMALL:
        return None
    flags = again(by, of)
    share, base = float(flags.mean()), expected_share(by, of)
    mean, variance = pair_moments(by, of)
    if flags.sum() < ROWS or share - base < EXCESS or share < TIMES * base or variance == 0.0:
        return None
    z = (shared(by, of) - mean) / variance**0.5
    group, codes = [thing], by
    for name in along:
        other = codes_of(rows, name)[known]
        if name == thing or len(group) > ALONG or agreement(by, other)[0] >= OWN or (other < 0).any():
            continue
        joined = groups_of([codes, other])
        if shared(joined, of) >= AGREE * shared(codes, of):
            group.append(name)
            codes = joined
    kept = again(codes, of)
    columns = (*group, number)
    return Repeat(tuple(group), number, float(z), _top(rows, known, codes, of, columns), _dense(rows, known, kept, tuple(group)))


def _top(rows: Rows, known: np.ndarray, by: np.ndarray, of: np.ndarray, columns: tuple[str, ...]) -> Condition:
    """The case that most rows share."""
    width = int(of.max(initial=0)) + 1
    _, first, counts = np.unique(by.astype(np.int64) * width + of, return_index=True, return_counts=True)
    most = np.flatnonzero(counts == counts.max())
    cases = [Condition(tuple(_term(rows, name, int(known[first[i]])) for name in columns)) for i in most[:50]]
    return min(cases, key=lambda case: case.to_sql())


def _dense(rows: Rows, known: np.ndarray, flags: np.ndarray, names: tuple[str, ...]) -> tuple[tuple[Term, float], ...]:
    """For each column the level in which most rows repeat beyond the others, with the z of the difference of shares."""
    made = []
    for name in names:
        codes = codes_of(rows, name)[known]
        n, hits = np.bincount(codes).astype(np.float64), np.bincount(codes, flags)
        rest, other = len(flags) - n, flags.sum() - hits
        p = float(flags.mean())
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where((n >= ROWS) & (rest >= ROWS), (hits / n - other / rest) / np.sqrt(p * (1 - p) * (1 / n + 1 / rest) + 1e-12), 0.0)
        place = int(np.argmax(z))
        row = int(known[np.flatnonzero(codes == place)[0]])
        made.append((_term(rows, name, row), float(z[place])))
    return tuple(made)


def _term(rows: Rows, name: str, row: int) -> Term:
    value = rows[name][row] if rows.storage(name) != "text" else rows.coded(name).levels[rows.coded(name).codes[row]]
    return Term(name, "is", value if isinstance(value, str) else float(value))
