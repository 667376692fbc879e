"""How far one or two columns decide another: the search for functional dependencies, exact or nearly so.

A column decides another where rows that share its value share the other's too. The share of rows that hold their group's most frequent value
is what a sentence tells; but of groups of two rows at least half hold it always, so it is pairs of rows within a group that tell whether there
is anything to tell: the chance that two rows of a group agree is, of unrelated columns, that of any two rows.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from ..core.rows import Rows
from ..core.schema import Schema
from ..core.split import Search

__all__ = ["Decided", "agreement", "codes_of", "decided", "equals", "groups_of"]

ROLES: Final = ("feature", "treatment", "time", "group", "id")
KINDS: Final = ("number", "flag", "category", "money", "place", "entity", "time")
ROWS: Final = 20_000  # searched rows that dependencies are looked for in
SURE: Final = 0.98  # least share of rows that hold what their group holds
CLOSE: Final = 0.9  # least gain over the most frequent value of all, as a share of what could be gained
PAIRS: Final = 0.95  # least share of pairs of a group's rows that agree
USUAL: Final = 0.95  # share of its most frequent value from which a column is nearly constant
SHARED: Final = 0.5  # distinct values per row from which a column names rows rather than groups them
LEVELS: Final = 60  # levels of each of two columns that decide a third together
TOGETHER: Final = 15  # columns that are tried in twos
GLANCE: Final = 2_000  # rows of a first look at two columns together
ROOM: Final = 0.03  # share by which so few rows, and missing values, may fall short
COLUMNS: Final = 60  # columns that are tried


class Decided(NamedTuple):
    """Columns `by` that decide `of`: the share of rows that hold their group's value, that of the most frequent value of all, and broken rows."""

    by: tuple[str, ...]
    of: str
    share: float
    base: float
    broken: int
    mutual: bool


def codes_of(rows: Rows, name: str) -> np.ndarray:
    """(n,) int64 codes of a column's values, -1 where it is missing."""
    if rows.storage(name) == "text":
        return rows.coded(name).codes.astype(np.int64)
    x = rows[name]
    gone = np.isnat(x) if x.dtype.kind == "M" else np.isnan(x)
    out = np.full(len(x), -1, dtype=np.int64)
    out[~gone] = np.unique(x[~gone], return_inverse=True)[1]
    return out


def groups_of(columns: list[np.ndarray]) -> np.ndarray:
    """(n,) int64 codes of several columns' values together, -1 where one is missing."""
    joined = columns[0].copy()
    for column in columns[1:]:
        width = int(column.max(initial=0)) + 1
        gone = (joined < 0) | (column < 0)
        joined = np.where(gone, -1, joined * width + column)
        known = joined >= 0
        joined[known] = np.unique(joined[known], return_inverse=True)[1]
    return joined


def agreement(by: np.ndarray, of: np.ndarray) -> tuple[float, float, float, float, int]:
    """Of the rows (n,) whose group has two of them or more: (share that hold their group's most frequent value, that hold the most frequent value of
    all, share of pairs of a group's rows that agree, of any two rows, how many rows there are).
    """
    known = (by >= 0) & (of >= 0)
    a, b = by[known], of[known]
    sizes = np.bincount(a)
    shared = sizes[a] > 1 if len(a) else np.zeros(0, dtype=bool)
    a, b = a[shared], b[shared]
    n = len(a)
    if n < 2:
        return 0.0, 0.0, 0.0, 0.0, n
    width = int(b.max()) + 1
    joint = a * width + b
    if (int(a.max()) + 1) * width <= 8 * n:
        counts = np.bincount(joint)
        cells = np.flatnonzero(counts)
        counts = counts[cells]
    else:
        cells, counts = np.unique(joint, return_counts=True)
    group = cells // width
    most = np.zeros(int(a.max()) + 1, dtype=np.int64)
    np.maximum.at(most, group, counts)
    sizes, levels = np.bincount(a), np.bincount(b)
    within = float((sizes * (sizes - 1.0)).sum())
    agreed = float((counts * (counts - 1.0)).sum()) / within
    chance = float((levels * (levels - 1.0)).sum()) / (n * (n - 1.0))
    return float(most.sum()) / n, float(levels.max()) / n, agreed, chance, n


def equals(rows: Rows, one: str, other: str) -> np.ndarray:
    """(n,) float64: 1 where two columns of one storage hold the same, 0 where not, NaN where either is missing."""
    if rows.storage(one) == "text":
        a, b = rows.coded(one), rows.coded(other)
        place = {level: i for i, level in enumerate(a.levels)}
        other_codes = np.array([*(place.get(level, -2) for level in b.levels), -1])[b.codes]
        gone = (a.codes < 0) | (b.codes < 0)
        return np.where(gone, np.nan, (a.codes == other_codes).astype(np.float64))
    x, y = rows[one], rows[other]
    gone = (np.isnat(x) | np.isnat(y)) if x.dtype.kind == "M" else np.isnan(x) | np.isnan(y)
    return np.where(gone, np.nan, (x == y).astype(np.float64))


def decided(search: Search) -> tuple[list[Decided], int]:
    """(the dependencies that others do not imply, surest first, how many were looked at)."""
    rows = search.rows.take(np.arange(min(search.rows.n, ROWS)))
    columns = _columns(rows, search.schema)
    codes = {name: codes_of(rows, name) for name in columns}
    able = [name for name in columns if _groups(codes[name])]
    worth = [name for name in columns if _varies(codes[name])]
    looks = sum(a != b for a in able for b in worth)
    single = {(a, b): made for a in able for b in worth if a != b and (made := _decides((a,), b, [codes[a]], codes[b]))}
    kept = [d._replace(mutual=(b, a) in single) for (a, b), d in single.items()]
    kept = _direct(kept)
    double, tried = _in_twos(codes, able, worth, {d.of for d in kept})
    return sorted([*kept, *double], key=lambda d: (len(d.by), -d.share, d.by, d.of)), looks + tried


def _columns(rows: Rows, schema: Schema) -> list[str]:
    named = [c.name for c in schema if c.role in ROLES and c.kind in KINDS and not c.derived and c.name in rows]
    return sorted(named)[:COLUMNS]


def _groups(codes: np.ndarray) -> bool:
    """Whether a column's values stand in two rows or more on average."""
    present = int((codes >= 0).sum())
    return present >= 20 and 2 <= len(np.unique(codes[codes >= 0])) <= SHARED * present


def _varies(codes: np.ndarray) -> bool:
    known = codes[codes >= 0]
    return len(known) >= 20 and float(np.bincount(known).max()) / len(known) <= USUAL and len(np.unique(known)) <= SHARED * len(known)


def _decides(by: tuple[str, ...], of: str, left: list[np.ndarray], right: np.ndarray) -> Decided | None:
    share, base, agreed, chance, n = agreement(groups_of(left), right)
    sure = n >= 20 and share >= SURE and share - base >= CLOSE * (1 - base) and agreed >= max(PAIRS, chance + CLOSE * (1 - chance) - 0.1)
    return Decided(by, of, share, base, round((1 - share) * n), False) if sure and base <= USUAL else None


def _direct(found: list[Decided]) -> list[Decided]:
    """Without what follows from others: of columns that decide each other one stands for all, and what goes by way of a third is left out."""
    pairs = {(d.by[0], d.of): d for d in found}
    first: dict[str, str] = {}
    for a, b in sorted(pairs):
        if (b, a) in pairs:
            root = min(first.get(a, a), first.get(b, b), a, b)
            first[a] = first[b] = root
    kept = []
    for (a, b), d in sorted(pairs.items()):
        if d.mutual:
            if first[a] == a and first[b] == a:
                kept.append(d)
            continue
        stands = first.get(a, a) == a and first.get(b, b) == b
        between = any(
            (a, c) in pairs and (c, b) in pairs and (c, a) not in pairs and (b, c) not in pairs for c in {k for pair in pairs for k in pair} - {a, b}
        )
        if stands and not between:
            kept.append(d)
    return kept


def _in_twos(codes: dict[str, np.ndarray], able: list[str], worth: list[str], done: set[str]) -> tuple[list[Decided], int]:
    """Columns that two others decide together, and neither nearly by itself; a look at a few rows tells which pairs are worth counting."""
    few = [name for name in able if int(codes[name].max()) < LEVELS][:TOGETHER]
    wanted = [name for name in worth if name in few and name not in done]
    glance = {name: codes[name][:GLANCE] + 1 for name in few}  # missing is a level of its own here
    width = {name: int(glance[name].max()) + 1 for name in few}
    looks = 0
    found: list[Decided] = []
    for a, b in combinations(few, 2):
        if width[a] * width[b] > len(glance[a]) / 4:  # too few rows a group to tell a rule from chance
            continue
        joint = glance[a] * width[b] + glance[b]
        for c in wanted:
            if c in (a, b):
                continue
            looks += 1
            table = np.bincount(joint * width[c] + glance[c], minlength=width[a] * width[b] * width[c]).reshape(-1, width[c])
            if table.max(axis=1).sum() < (SURE - ROOM) * len(joint):
                continue
            alone = max(agreement(codes[name], codes[c])[0] for name in (a, b))
            made = _decides((a, b), c, [codes[a], codes[b]], codes[c]) if alone < CLOSE else None
            if made is not None:
                found.append(made)
    best: dict[str, Decided] = {}
    for d in sorted(found, key=lambda d: (-d.share, d.by)):
        best.setdefault(d.of, d)
    return list(best.values()), looks
