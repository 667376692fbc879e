"""Links in time: one measure's change from period to period, and another's a few periods later.

Measures become a series of means (or counts) per day, week or month; changes from period to period are compared, so that two trends do not
make a link. Both halves of a table share the weather of each period, so that unseen rows are no unseen periods: the p of a claim is
multiplied by all pairs and lags that were looked at, on the unseen rows too. What it does not do: bridge periods without rows (the first and
the last, which may be cut, are left out), or seasons: two measures that share one follow each other.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.expression import quoted
from ..core.finding import Claim
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.split import Search
from ..stats.association import lagged
from ._compare import seen
from ._worth import as_z

__all__ = ["Following", "changes", "following", "lag_query"]

PERIODS: Final = 24  # least periods of a series
LAGS: Final = 6  # most periods by which one follows the other
FULL: Final = 3.0  # least rows of a period on average
FOLLOWS: Final = 0.5  # least correlation of changes: in a few dozen periods less is said by chance
UNITS: Final = ("month", "week", "day")  # the longest period of which there are enough
MISSING: Final = np.iinfo(np.int64).min  # the period of a row without a moment
NUMBER: Final = {
    "day": "floor(epoch_us({0})::DOUBLE / 86400000000)",
    "week": "floor((epoch_us({0})::DOUBLE / 86400000000 + 3) / 7)",
    "month": "(date_part('year', {0}) * 12 + date_part('month', {0}))",
}  # the number of a moment's period in DuckDB; weeks begin on Mondays


class Following(NamedTuple):
    """A measure whose changes follow those of another by `lag` periods."""

    earlier: Measure
    later: Measure
    clock: str
    unit: str
    lag: int
    span: tuple[int, int]
    r: float
    strength: float


def following(search: Search, least: float, most: int) -> tuple[list[Following], int]:
    """(the links in time, strongest first, at most `most`; how many pairs and lags were looked at)."""
    found: list[Following] = []
    looks = 0
    for clock in search.clocks()[:1]:
        unit, span, period = _period(search.rows[clock])
        measures = [*search.measures, *([] if any(m.counts for m in search.measures) else [Measure("rows")])]
        usable = [m for m in measures if m.counts or not m.known_by((clock,))]
        series = {m: _changes(search.values(m), period, span, counted=m.counts) for m in usable} if unit else {}
        pairs = [(a, b) for a in series for b in series if a != b and not b.counts and (a.counts or not set(a.columns()) & set(b.columns()))]
        looks = len(pairs) * LAGS
        for a, b in pairs:
            best = _best(series[a], series[b], least)
            if best is not None:
                found.append(Following(a, b, clock, unit, best[0], span, *best[1:]))
    return sorted(found, key=lambda f: (-f.strength, f.earlier.name, f.later.name))[:most], looks


def changes(claim: Claim, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """(t,) changes of the earlier and of the later measure, side by side as they follow each other; NaN where a period has none."""
    clock, unit, lag, span, earlier = (claim.told(k) for k in ("clock", "unit", "lag", "span", "earlier"))
    numbers = _numbers(rows[clock], unit)
    a, b = (_changes(m.values(rows), numbers, span, counted=m.counts) for m in (earlier, claim.measure))
    return a[: max(len(a) - lag, 0)], b[lag:]


def lag_query(claim: Claim, half: str) -> str:
    """One row (effect, value, base, n): the correlation of changes per period in SQL."""
    clock, unit, lag, span, earlier = (claim.told(k) for k in ("clock", "unit", "lag", "span", "earlier"))
    when = quoted(clock)
    series = {"a": earlier, "b": claim.measure}
    means = ", ".join(f"{'count(*)::DOUBLE' if m.counts else f'avg({m.to_sql()})'} AS {c}" for c, m in series.items())
    return (
        "SELECT r AS effect, r AS value, 0.0 AS base, n FROM (\n"
        "  WITH series AS (\n"
        f"    SELECT {NUMBER[unit].format(when)}::BIGINT AS t, {means} FROM data\n"
        f"    WHERE {seen(half)} AND {when} IS NOT NULL GROUP BY 1),\n"
        "  changes AS (SELECT s.t, s.a - p.a AS a, s.b - p.b AS b FROM series s JOIN series p ON p.t = s.t - 1\n"
        f"    WHERE p.t >= {span[0]} AND s.t <= {span[1]})\n"
        f"  SELECT corr(e.a, l.b) AS r, count(*) AS n FROM changes e JOIN changes l ON l.t = e.t + {lag} WHERE e.a IS NOT NULL AND l.b IS NOT NULL)"
    )


def _best(a: np.ndarray, b: np.ndarray, least: float) -> tuple[int, float, float] | None:
    """(lag, correlation, z) of the lag that links two series most, if neither the same period nor the reverse order links them as much."""
    if len(a) < PERIODS - 1:
        return None
    ways = {lag: _plain(a[:-lag], b[lag:]) for lag in range(1, LAGS + 1)}
    lag = max(ways, key=lambda k: abs(ways[k]))
    if abs(ways[lag]) < max(FOLLOWS, abs(_plain(a, b)), abs(_plain(b[:-lag], a[lag:]))):
        return None
    link = lagged(a[:-lag], b[lag:])
    z = as_z(link.tail)
    return (lag, link.gap, z) if z >= least else None


def _plain(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation of the pairs that are there; 0 where they are too few."""
    both = ~np.isnan(a) & ~np.isnan(b)
    x, y = a[both], b[both]
    if len(x) < PERIODS // 2:
        return 0.0
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread > 0.0 else 0.0


def _period(moments: np.ndarray) -> tuple[str, tuple[int, int], np.ndarray]:
    """(the longest unit with enough full periods, its first and last whole period, (n,) the period of each row); '' where no unit has."""
    for unit in UNITS:
        numbers = _numbers(moments, unit)
        known = numbers[numbers != MISSING]
        if len(known) and known.max() - known.min() - 1 >= PERIODS:
            low, high = int(known.min()) + 1, int(known.max()) - 1
            counts = np.bincount(known - known.min())[1:-1]
            held = int((counts > 0).sum())
            if held >= PERIODS and counts.sum() >= FULL * held:
                return unit, (low, high), numbers
    return "", (0, 0), np.zeros(0, dtype=np.int64)


def _numbers(moments: np.ndarray, unit: str) -> np.ndarray:
    """(n,) int64 number of each moment's period, as NUMBER has it."""
    gone = np.isnat(moments)
    days = np.where(gone, np.datetime64(0, "us"), moments).astype("datetime64[D]")
    count = days.astype(np.int64)
    made = count if unit == "day" else (count + 3) // 7 if unit == "week" else days.astype("datetime64[M]").astype(np.int64) + 1970 * 12 + 1
    return np.where(gone, MISSING, made)


def _changes(x: np.ndarray, period: np.ndarray, span: tuple[int, int], *, counted: bool) -> np.ndarray:
    """(periods - 1,) change of the mean of x (or, `counted`, of the number of rows) from each period to the next, NaN where either has no rows."""
    low, high = span
    inside = (period >= low) & (period <= high) & ~np.isnan(x)
    n = np.bincount(period[inside] - low, minlength=high - low + 1).astype(np.float64)
    total = np.bincount(period[inside] - low, x[inside], minlength=high - low + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(n > 0, n if counted else total / n, np.nan)
    return np.diff(means)
