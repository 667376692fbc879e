"""What `equality` tests: for each of its kinds, the two things set beside each other on the rows at hand, the test, and the query.

Kinds: groups (a measure by a column), mix (when the rows of each level came), drift (a measure along a clock), rows (how many rows there were when),
pair (two numbers), apart (two columns of levels: see _apart), volume (a measure, and how many rows its week has). Null hypotheses and margins
are told in `equality`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.expression import Column, literal
from ..core.finding import Claim
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..stats.equivalence import Equal, alike, steady, unrelated
from ._apart import apart_query, judged_apart
from ._compare import seen
from ._groups import by_entity, coded_levels, whole_in_time

__all__ = ["MARGINS", "Sides", "days", "ends", "judged", "query_of", "sides"]

DAY: Final = 86_400e6  # microseconds
WEEK: Final = 7
MONDAY: Final = 3  # day 0, 1970-01-01, is a Thursday
TAILED: Final = 6.0  # excess kurtosis from which extremes are drawn in
DRAWN: Final = 0.05  # share of each end that is drawn in
TIMES: Final = 2.0  # how many times as many rows the later half may hold: neither doubled nor halved
MARGINS: Final = {
    "groups": 0.059, "mix": 0.059,  # share of variation: Cohen's medium f of .25 (1988)
    "drift": 0.25, "pair": 0.25, "volume": 0.25,  # correlation: six per cent of variation
    "apart": 0.3,  # Cohen's w: a medium association
    "rows": (TIMES - 1) / (TIMES + 1) / 3,  # mean place: that of a straight line whose later half holds TIMES as many as its earlier half
    "drift within": 0.4, "rows within": (2.5 - 1) / (2.5 + 1) / 3,  # in one level there are fewer rows, and only larger moves can be ruled out
}  # fmt: skip


class Sides(NamedTuple):
    """Rows that count, and what is set beside each other there: x (m,) a number, y (m,) groups or a number; clusters (m,) of dependent rows."""

    x: np.ndarray
    y: np.ndarray
    clusters: np.ndarray | None


def days(rows: Rows, clock: str) -> np.ndarray:
    """(n,) a clock in days since 1970, missing as NaN."""
    t = rows[clock].astype("datetime64[us]")
    return np.where(np.isnat(t), np.nan, t.astype(np.int64) / DAY)


def ends(x: np.ndarray, *, rate: bool) -> tuple[float, ...]:
    """(low, high) between which a number is drawn in; () unless its tails are heavy."""
    present = x[~np.isnan(x)]
    if rate or len(present) < 2 or present.std() == 0.0:
        return ()
    z = (present - present.mean()) / present.std()
    if abs(float((z**4).mean()) - 3) <= TAILED and abs(float((z**3).mean())) <= 2.0:
        return ()
    low, high = np.quantile(present, [DRAWN, 1 - DRAWN])
    return (float(low), float(high)) if low < high else ()


def sides(claim: Claim, at: Search | Verify) -> Sides:
    """What is set beside each other, of the rows that have both."""
    rows, kind = at.rows, claim.told("kind")
    inside = claim.where.holds(rows)
    if claim.measure.counts:
        x = days(rows, claim.told("clock"))
        x = np.clip((x - claim.told("start")) / claim.told("span"), 0.0, 1.0)
    else:
        x = _clipped(claim.measure.values(rows), claim.told("ends"))
    if kind in ("groups", "mix"):
        y = coded_levels(rows, claim.told("column"), claim.told("levels"))
        known = inside & (y >= 0) & ~np.isnan(x)
    elif kind == "pair":
        y = _clipped(claim.by[0].values(rows), claim.told("other ends"))
        known = inside & ~np.isnan(x) & ~np.isnan(y)
    elif kind == "rows":
        y, known = x, inside & ~np.isnan(x)
    else:
        y = days(rows, claim.told("clock"))
        known = inside & ~np.isnan(x) & ~np.isnan(y)
    if kind == "volume":
        weeks = _weeks(y)
        _, place, counts = np.unique(weeks[~np.isnan(weeks)], return_inverse=True, return_counts=True)
        volume = np.full(rows.n, np.nan)
        volume[~np.isnan(weeks)] = counts[place]
        return Sides(x[known], volume[known], weeks[known].astype(np.int64))
    free = at.blocks is None or (kind == "rows" and not by_entity(at))
    return Sides(x[known], y[known], None if free or at.blocks is None else at.blocks[known])


def _clipped(x: np.ndarray, bounds: tuple[float, ...]) -> np.ndarray:
    return np.clip(x, bounds[0], bounds[1]) if bounds else x


def _weeks(day: np.ndarray) -> np.ndarray:
    return np.floor((np.floor(day) + MONDAY) / WEEK)


def judged(claim: Claim, at: Search | Verify, level: float = 0.95) -> tuple[Equal, int]:
    """(the effect with its bounds and p, rows that count)."""
    kind = claim.told("kind")
    if kind == "apart":
        return judged_apart(claim, at, level)
    pair = sides(claim, at)
    n, margin = len(pair.x), float(claim.told("margin"))
    half = isinstance(at, Verify) and at.half == "verify"
    if (kind == "rows" and not whole_in_time(at)) or (kind == "volume" and half):  # half of the rows cannot tell how many there were
        return Equal(0.0, -1.0, 1.0, 1.0), n
    if kind in ("groups", "mix"):
        return alike(pair.x, pair.y, margin, level, pair.clusters), n
    if kind == "rows":
        return steady(pair.x, margin, level, pair.clusters), n
    return unrelated(pair.x, pair.y, margin, level, pair.clusters), n


def query_of(claim: Claim, half: str) -> str:
    """One row (effect, value, base, n) from `data`."""
    kind = claim.told("kind")
    if kind == "apart":
        return apart_query(claim, half)
    where = f"{seen(half)} AND coalesce({claim.where.to_sql()}, FALSE)"
    if kind == "rows":
        return (
            "SELECT avg(x) - 0.5 AS effect, avg(x) AS value, 0.5::DOUBLE AS base, count(x) AS n\n"
            f"FROM (SELECT {_place(claim)} AS x FROM data WHERE {where}) WHERE x IS NOT NULL"
        )
    x = _place(claim) if claim.measure.counts else _drawn(claim.measure.to_sql(), claim.told("ends"))
    if kind in ("groups", "mix"):
        column, levels = Column(claim.told("column")).to_sql(), ", ".join(map(literal, claim.told("levels")))
        return (
            "SELECT e AS effect, e AS value, 0.0::DOUBLE AS base, n FROM (\n"
            "  SELECT sum(pow(own - whole, 2)) / sum(pow(x - whole, 2)) AS e, count(*) AS n FROM (\n"
            "    SELECT x, avg(x) OVER (PARTITION BY g) AS own, avg(x) OVER () AS whole FROM (\n"
            f"      SELECT {x} AS x, {column} AS g FROM data WHERE {where} AND {column} IN ({levels})) WHERE x IS NOT NULL))"
        )
    y = _drawn(claim.by[0].to_sql(), claim.told("other ends")) if kind == "pair" else _day(claim.told("clock"))
    inner = f"SELECT {x} AS x, {y} AS y FROM data WHERE {where}"
    if kind == "volume":
        week = f"date_trunc('week', {Column(claim.told('clock')).to_sql()})"
        known = f"{Column(claim.told('clock')).to_sql()} IS NOT NULL"
        inner = f"SELECT {x} AS x, count(*) OVER (PARTITION BY {week})::DOUBLE AS y FROM data WHERE {where} AND {known}"
    return (
        "SELECT r AS effect, r AS value, 0.0::DOUBLE AS base, n FROM (\n"
        f"  SELECT corr(x, y) AS r, count(*) AS n FROM ({inner}) WHERE x IS NOT NULL AND y IS NOT NULL)"
    )


def _day(clock: str) -> str:
    return f"epoch_us({Column(clock).to_sql()})::DOUBLE / {DAY!r}"


def _place(claim: Claim) -> str:
    place = f"({_day(claim.told('clock'))} - {literal(claim.told('start'))}::DOUBLE) / {literal(claim.told('span'))}::DOUBLE"
    return f"CASE WHEN {Column(claim.told('clock')).to_sql()} IS NOT NULL THEN least(greatest({place}, 0.0), 1.0) END"


def _drawn(of: str, bounds: tuple[float, ...]) -> str:
    if not bounds:
        return f"({of})::DOUBLE"
    low, high = (literal(float(bound)) for bound in bounds)
    return f"CASE WHEN {of} IS NOT NULL THEN least(greatest(({of})::DOUBLE, {low}::DOUBLE), {high}::DOUBLE) END"
