"""The search for categories that go together: every pair of columns crossed, each told by the cell that says it best.

Categories that are tied in a chain are told by the strongest links that hold it together, and no level is told twice.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..core.condition import Term
from ..core.measure import Measure
from ..core.split import Search
from ..stats.association import cramers_v
from ._determined import agreement, codes_of
from ._search import searched
from ._worth import in_blocks, keep, root

__all__ = ["Cell", "cells"]

ASSOCIATED: Final = 0.1  # least Cramer's V
POINTS: Final = 0.05  # least difference of shares
DECIDED: Final = 0.95  # share of rows from which one category decides the other: that is a rule, and told as one
RARER: Final = 0.7  # weight of a cell that is rarer than chance would have it
EXPECTED: Final = 5.0  # least rows that chance alone would put into a cell, and out of it
ROWS: Final = 100_000  # searched rows on which categories are crossed


class Cell(NamedTuple):
    """A level of one category where a level of another is more (or less) frequent than elsewhere."""

    one: Term
    other: Term
    gap: float
    v: float
    strength: float


def cells(search: Search) -> tuple[list[Cell], int]:
    """(for each pair of categories that go together the cell that says it best, strongest first, how many cells were looked at)."""
    codes = searched(search)
    measured = {name for m in search.measures if m.rate for name in m.columns()}
    columns = [
        j for j, ordered in enumerate(codes.ordered) if not ordered and codes.names[j] not in measured and codes.names[j] not in search.derived
    ]
    columns.sort(key=lambda j: codes.names[j])
    part = codes.codes[:, :ROWS]
    looks = 0
    made: list[Cell] = []
    for place, a in enumerate(columns):
        for b in columns[place + 1 :]:
            table = np.bincount(part[a].astype(np.int64) * int(codes.levels[b]) + part[b], minlength=int(codes.levels[a] * codes.levels[b]))
            table = table.reshape(int(codes.levels[a]), int(codes.levels[b]))[:-1, :-1]  # the last code is missing
            cell, looked = _strongest(codes, a, b, table)
            looks += looked
            if cell is not None:
                made.append(cell)
    strong = sorted((c for c in made if c.strength >= keep(looks)), key=lambda c: (-c.strength, c.one.to_sql(), c.other.to_sql()))
    kept: list[Cell] = []
    tree = {codes.names[j]: codes.names[j] for j in columns}
    for cell in strong:
        one, other = (root(tree, term.expression.columns()[0]) for term in (cell.one, cell.other))
        if one == other or any(told.one == cell.one for told in kept):  # many things are so of one level: it is told once
            continue
        tree[other] = one
        share = Measure("", cell.other.expression, str(cell.other.value)).values(search.rows)
        if not _decides(search, cell) and in_blocks(search, share, cell.one.holds(search.rows)) >= keep(looks):
            kept.append(cell)
    return kept, looks


def _strongest(codes: Codes, a: int, b: int, table: np.ndarray) -> tuple[Cell | None, int]:
    """(the cell of two categories with the largest z, how many were looked at); None where they are unrelated, or one decides the other."""
    n = float(table.sum())
    one, other = ({codes.low[i]: i for i in range(codes.starts[j], codes.starts[j + 1]) if codes.terms[i].op == "is"} for j in (a, b))
    if n < 4 * EXPECTED or not one or not other:
        return None, 0
    rows, columns = table.sum(axis=1) / n, table.sum(axis=0) / n
    expected = n * np.outer(rows, columns)
    usual = (expected >= EXPECTED) & (n * np.outer(1 - rows, columns) >= EXPECTED) & (n * np.outer(rows, 1 - columns) >= EXPECTED)
    usual[[c for c in range(len(rows)) if c not in one]] = False
    usual[:, [c for c in range(len(columns)) if c not in other]] = False
    looks = int(usual.sum())
    decided = max(table.max(axis=1).sum(), table.max(axis=0).sum()) / n
    v = cramers_v(table)
    if not looks or v < ASSOCIATED or decided >= DECIDED:
        return None, looks
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(usual, (table - expected) / np.sqrt(expected * np.outer(1 - rows, 1 - columns)), 0.0)
    # what is more frequent says more than what is rarer
    i, k = np.unravel_index(int(np.argmax(np.where(z > 0, z, -RARER * z))), z.shape)
    here, there = codes.terms[one[int(i)]], codes.terms[other[int(k)]]
    forth, back = _gap(table, int(i), int(k)), _gap(table.T, int(k), int(i))
    if max(abs(forth), abs(back)) < POINTS:
        return None, looks
    strength = abs(float(z[i, k]))
    return (Cell(here, there, forth, v, strength) if abs(forth) >= abs(back) else Cell(there, here, back, v, strength)), looks


def _decides(search: Search, cell: Cell) -> bool:
    """Whether one of two categories decides the other, rare levels counted too."""
    a, b = (codes_of(search.rows, term.expression.columns()[0])[:ROWS] for term in (cell.one, cell.other))
    return max(agreement(a, b)[0], agreement(b, a)[0]) >= DECIDED


def _gap(table: np.ndarray, i: int, k: int) -> float:
    """The share of level k where level i is, less that elsewhere."""
    inside, outside = table[i], np.delete(table, i, axis=0).sum(axis=0)
    return float(inside[k] / inside.sum() - outside[k] / outside.sum())
