"""Windows of a clock in which there are many more (or far fewer) rows than at other times: all rows, or those of one level.

Every window of neighbouring periods is looked at by prefix sums, up to LONGEST of the clock; its z takes the scatter of the periods outside
of it, so counts that are always unsteady have no windows. A level must also have another share of all rows there, else the window is one of
all rows. Judging: `stats/series.burst` and, for a level, Fisher's exact test of its shares. What it does not do: find two windows of one series.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.expression import Column
from ..core.rows import Rows
from ..core.split import Verify
from ..stats.series import burst
from ..stats.tests import Contrast
from ._clock import Clock, counted, entities, iso
from ._compare import compared

__all__ = ["Window", "judge_window", "rarer", "windows", "within"]

LONGEST: Final = 1 / 3  # share of the clock: a longer window is its usual state
COARSE: Final = 14  # parts of a small table's clock
KEEP: Final = 4.2  # least z: some hundreds of windows that overlap are about a hundred independent ones
TIMES: Final = 1.5  # least ratio of both rates, whichever is larger
ROWS: Final = 12  # rows in a window, or missing there, that are worth a sentence


class Window(NamedTuple):
    """Periods `first` to `last` of a clock (numbers), the z of what happens there, and whether there is more of it."""

    first: int
    last: int
    z: float
    more: bool


def windows(clock: Clock, rows: Rows, inside: np.ndarray, *, small: bool) -> tuple[Window | None, int]:
    """(the strongest window of the rows `inside` (n,) bool, None where none is strong; how many were looked at).

    small: a table that pays for each window; it is cut into COARSE parts, and windows are one to three of them.
    """
    series = counted(clock, rows, inside)
    y, k = series.n, len(series.n)
    wide = max(1, -(-k // COARSE)) if small else 1
    longest = min(3 * wide, int(k * LONGEST)) if small else int(k * LONGEST)
    if longest < wide or k < 8 or y.sum() < 2 * ROWS:
        return None, 0
    sums, squares = (np.concatenate([[0.0], np.cumsum(part)]) for part in (y, y * y))
    a, b = (part.ravel() for part in np.meshgrid(np.arange(0, k, wide), np.arange(wide, longest + 1, wide), indexing="ij"))
    a, b = a[a + b <= k], (a + b)[a + b <= k]
    w = (b - a).astype(np.float64)
    events = sums[b] - sums[a]
    value, base = events / w, (sums[-1] - events) / (k - w)
    variance = np.maximum((squares[-1] - squares[b] + squares[a]) / (k - w) - base**2, base)
    scatter = np.where(base > 0, variance / np.maximum(base, 1e-12), 1.0)
    z = (value - base) / np.sqrt(scatter * (np.maximum(value, base) / w + base / (k - w)) + 1e-12)
    high, low = np.maximum(value, base), np.minimum(value, base)
    told = (np.abs(events - base * w) >= ROWS) & (high >= TIMES * low)
    z = np.where(told, z, 0.0)
    best = int(np.argmax(np.abs(z)))
    if abs(z[best]) < KEEP:
        return None, len(a)
    return Window(int(series.number[a[best]]), int(series.number[b[best] - 1]), float(abs(z[best])), bool(z[best] > 0)), len(a)


def within(clock: Clock, first: int, last: int) -> Term:
    """The rows of the periods `first` to `last`, as a condition: open to the side where the clock ends with them."""
    low, high = clock.starts(first), clock.starts(last + 1)
    whole = clock.whole
    if last >= whole[1]:
        return Term(Column(clock.name), ">=", iso(low))
    if first <= whole[0]:
        return Term(Column(clock.name), "<", iso(high))
    return Term(Column(clock.name), "between", (iso(low), iso(high - np.timedelta64(1, "s"))))


def rarer(where: Condition) -> Condition:
    """A claim's condition without its window: the level that is counted, or all rows."""
    return Condition(where.terms[:-1])


def judge_window(
    clock: Clock, where: Condition, span: tuple[int, int], verify: Verify, level: float
) -> tuple[Contrast, Contrast | None, int, float, float]:
    """(rows per period in the window against other periods, for a level its share there against its share else, rows there, both rates)."""
    rows = verify.rows
    inside = rarer(where).holds(rows)
    series = counted(clock, rows, inside)
    member = (series.number >= span[0]) & (series.number <= span[1])
    contrast = burst(series.n, member, series.number, level)
    n = int(series.n[member].sum())
    value, base = (float(series.n[part].mean()) if part.any() else 0.0 for part in (member, ~member))
    if len(where.terms) < 2:
        return contrast, None, n, value, base
    period = clock.period(rows)
    there = (period >= span[0]) & (period <= span[1])
    known = ~np.isnat(rows[clock.name])
    judge = Verify(rows, verify.schema, entities(clock, verify), verify.half, verify.goal)
    return contrast, compared(inside.astype(np.float64), there & known, ~there & known, judge, level, rate=True), n, value, base
