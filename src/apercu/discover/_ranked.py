"""Numbers side by side: which columns can be ordered, how far two of them rise together, and the SQL that counts the same.

Ranks are taken among the rows that have both numbers; ties share the mean of theirs. Shared by the kinds that speak of pairs of numbers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.expression import Days, Expression
from ..core.measure import Measure
from ..core.schema import Column
from ..core.split import Search
from ..stats.association import ranks
from ._compare import seen

__all__ = ["Numbers", "correlations", "moments", "numbers", "rank_query", "rank_table"]

KINDS: Final = ("number", "money")
VALUES: Final = 5  # distinct values of a number that is worth ranking
PRESENT: Final = 0.2  # least share of rows that have it
MOST: Final = 30  # numbers that are paired
ROWS: Final = 25_000  # searched rows that pairs are looked at on: a difference of .15 between correlations needs no more


class Numbers(NamedTuple):
    """p numbers of m searched rows, by name: measures, and (m, p) values x with NaN, scores z of ranks, 0 where missing, and w, 1 where present.

    target: the place of the goal's number among them, -1 without one. sources: what each is made of.
    """

    measures: tuple[Measure, ...]
    x: np.ndarray
    z: np.ndarray
    w: np.ndarray
    target: int
    sources: tuple[frozenset[str], ...]

    def apart(self, a: int, b: int) -> bool:
        """Whether neither of two numbers is made of what the other is made of."""
        return not self.sources[a] & self.sources[b]

    def expression(self, place: int) -> Expression:
        """How conditions and SQL speak of a number."""
        of = self.measures[place].of
        assert of is not None
        return of


def numbers(search: Search) -> Numbers:
    """The numbers that may be paired: columns, days between moments, and the target where it is a number. Made once per search."""
    if "numbers" in search.cache:
        return search.cache["numbers"]
    goal = search.goal
    named = {c.name: Measure(c.name, search.expression(c.name), unit=_unit(search, c.name)) for c in search.schema.features() if _usable(search, c)}
    target = goal.target if goal is not None and goal.task == "numeric" and goal.target in search.rows else ""
    if target:
        named[target] = search.measures[0] if search.measures else Measure(target, search.expression(target))
    chosen: list[tuple[str, Measure, np.ndarray]] = []
    for name, measure in sorted(named.items(), key=lambda pair: (pair[0] != target, pair[0])):
        x = search.values(measure)[:ROWS]
        present = x[~np.isnan(x)]
        if len(chosen) < MOST and len(present) > PRESENT * len(x) and len(np.unique(present)) >= VALUES:
            chosen.append((name, measure, x))
    search.cache["numbers"] = _made(search, chosen, target)
    return search.cache["numbers"]


def _made(search: Search, chosen: list[tuple[str, Measure, np.ndarray]], target: str) -> Numbers:
    x = np.column_stack([v for _, _, v in chosen]) if chosen else np.empty((min(search.rows.n, ROWS), 0))
    z = np.zeros_like(x)
    for j in range(x.shape[1]):
        known = ~np.isnan(x[:, j])
        r = ranks(x[known, j])
        z[known, j] = (r - r.mean()) / r.std()
    names = [name for name, _, _ in chosen]
    place = names.index(target) if target in names else -1
    sources = tuple(frozenset(search.sources(name)) for name in names)
    return Numbers(tuple(m for _, m, _ in chosen), x, z, (~np.isnan(x)).astype(np.float64), place, sources)


def rank_table(found: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """((p, p) correlations of ranks, (p, p) rows that have both)."""
    return correlations(moments(found.z, found.w))


def moments(z: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(4, p, p) of the columns of z (m, p), 0 where w (m, p) is: rows that have both, sums, squares and products of a over the rows that have b."""
    if w.all():  # no value is missing: all but the products are the same for every partner
        whole = np.ones((z.shape[1], z.shape[1]))
        return np.stack([whole * len(z), z.sum(axis=0)[:, None] * whole, (z * z).sum(axis=0)[:, None] * whole, z.T @ z])
    return np.stack([w.T @ w, z.T @ w, (z * z).T @ w, z.T @ z])


def correlations(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((p, p) correlations, (p, p) rows that have both) of `moments`, which may be added and taken off each other."""
    n, first, second, products = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = products - first * first.T / n
        spread = (second - first**2 / n) * (second.T - first.T**2 / n)
        r = np.where((spread > 1e-9) & (n > 2), cross / np.sqrt(np.maximum(spread, 1e-300)), 0.0)
    return np.clip(np.nan_to_num(r), -1.0, 1.0), n


def rank_query(x: str, y: str, half: str, hit: str = "TRUE") -> str:
    """One row (effect, value, base, n, rest) in SQL: the rank correlation of two numbers where `hit`, less that elsewhere (0 if nowhere)."""
    ranked = ", ".join(f"rank() OVER (PARTITION BY hit ORDER BY {c}) + (count(*) OVER (PARTITION BY hit, {c}) - 1) / 2.0 AS r{c}" for c in ("x", "y"))
    return (
        "SELECT value - base AS effect, value, base, n, rest FROM (\n"
        f"  SELECT {_corr('hit')} AS value, {_corr('NOT hit')} AS base,\n"
        "         count(*) FILTER (WHERE hit) AS n, count(*) FILTER (WHERE NOT hit) AS rest\n"
        f"  FROM (SELECT hit, {ranked}\n"
        f"        FROM (SELECT {x} AS x, {y} AS y, coalesce({hit}, FALSE) AS hit FROM data WHERE {seen(half)})\n"
        "        WHERE x IS NOT NULL AND y IS NOT NULL))"
    )


def _corr(rows: str) -> str:
    """The correlation of ranks in SQL; 0 where there are no rows, or no differences between them."""
    return f"coalesce(nullif(corr(rx, ry) FILTER (WHERE {rows}), 'NaN'::DOUBLE), 0)"


def _usable(search: Search, column: Column) -> bool:
    name, kind = column.name, column.kind
    made = search.derived.get(name)
    return name in search.rows and search.rows.storage(name) == "number" and kind in KINDS and (made is None or isinstance(made, Days))


def _unit(search: Search, name: str) -> str:
    return "days" if isinstance(search.derived.get(name), Days) else search.schema.column(name).unit
