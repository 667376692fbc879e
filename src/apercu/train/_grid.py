"""The steps of a clock: hours, days, weeks, months, quarters, years, minutes or whole numbers, found from the moments of a table.

    grid = found(np.array(["2024-01-01", "2024-02-01", "2024-04-01"], "datetime64[us]"), groups)
    grid.unit, grid.places(times)     # ('month', array([648, 649, 651]))

A step is the unit and the number of units in which most neighbouring moments of one series lie apart. Moments that keep to no step (the times
of single sales) are counted by the day, or by the hour or month where days would be too few or too many. What it does *not* do: calendars of
holidays, time zones or fiscal years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["Grid", "found"]

MINUTE: Final = 60_000_000  # microseconds
DAY: Final = 1_440 * MINUTE
LENGTHS: Final = {"minute": MINUTE, "hour": 60 * MINUTE, "day": DAY, "week": 7 * DAY}
MONTHS: Final = {1: "month", 3: "quarter", 12: "year"}
REGULAR: Final = 0.7  # share of the neighbours' distances that must be whole steps
BUSY: Final = 0.9  # share of distances of one step between working days
FEW: Final = 30  # steps below which a finer unit is taken for irregular moments
SEASONS: Final = {"hour": (24, 168), "day": (7, 365), "workday": (5, 260), "week": (52,), "month": (12,), "quarter": (4,), "year": ()}
MOST: Final = 60  # steps that are forecast unasked
AHEAD: Final = {"minute": 1_440, "hour": 48, "day": 28, "workday": 20, "week": 13, "month": 12, "quarter": 8, "year": 5, "number": 12}


@dataclass(frozen=True)
class Grid:
    """Steps of `every` units; `shift` (microseconds, or the number itself) is where the steps of a week, day, hour, minute or number begin."""

    unit: str
    every: int = 1
    shift: float = 0.0

    def places(self, when: np.ndarray) -> np.ndarray:
        """(n,) int64: the number of the step that each moment falls into."""
        if self.unit == "number":
            return np.floor((when.astype(np.float64) - self.shift) / self.every + 0.5).astype(np.int64)
        if self.unit in MONTHS.values():
            return when.astype("datetime64[M]").astype(np.int64) // self.every
        if self.unit == "workday":
            return np.busday_count(np.datetime64("1970-01-01"), when.astype("datetime64[D]")).astype(np.int64)
        return (when.astype("datetime64[us]").astype(np.int64) - int(self.shift)) // (LENGTHS[self.unit] * self.every)

    def moments(self, places: np.ndarray) -> np.ndarray:
        """(n,) the moments, datetime64[us] or float64, at which steps begin."""
        if self.unit == "number":
            return places * float(self.every) + self.shift
        if self.unit in MONTHS.values():
            return (places * self.every).astype("datetime64[M]").astype("datetime64[us]")
        if self.unit == "workday":
            return np.busday_offset(np.datetime64("1970-01-01"), places, roll="forward").astype("datetime64[us]")
        return (places * (LENGTHS[self.unit] * self.every) + int(self.shift)).astype("datetime64[us]")

    def seasons(self, longest: int) -> tuple[int, ...]:
        """Lengths of the seasons that a calendar of these steps may have, and that a series of `longest` steps shows at least twice."""
        if self.unit in ("minute", "hour"):
            per_day = DAY / (LENGTHS[self.unit] * self.every)
            named = (round(per_day), round(7 * per_day)) if per_day >= 2 and per_day == round(per_day) else ()
        elif self.unit in SEASONS and (self.every == 1 or self.unit in MONTHS.values()):
            named = SEASONS[self.unit]
        else:
            named = ()
        return tuple(m for m in named if 2 * m < longest)

    @property
    def ahead(self) -> int:
        """Steps that are forecast where nobody says how many."""
        return int(np.clip(AHEAD[self.unit] // (self.every if self.unit in LENGTHS else 1), 1, MOST))


def found(when: np.ndarray, groups: np.ndarray) -> tuple[Grid, bool]:
    """(the grid of moments (n,) datetime64 or float64 of series `groups` (n,) int, whether the moments kept to it)."""
    order = np.lexsort((when, groups))
    when, groups = when[order], groups[order]
    if when.dtype.kind != "M":
        return _numbers(when, groups)
    stamp = when.astype("datetime64[us]").astype(np.int64)
    apart = np.diff(stamp)[(np.diff(groups) == 0) & (np.diff(stamp) > 0)]
    if not len(apart):
        apart = np.diff(np.unique(stamp))
    if not len(apart):
        return Grid("day"), True
    typical = float(np.median(apart))
    if typical >= 27 * DAY:
        return _months(when, groups)
    step = int(_mode(apart))
    unit = next((u for u in ("week", "day", "hour") if step % LENGTHS[u] == 0), "minute")
    every = step // LENGTHS[unit]
    if step % MINUTE or step < MINUTE or np.mean(apart % step == 0) < REGULAR:
        return _irregular(stamp), False
    days = when.astype("datetime64[D]")
    weekend = ~np.is_busday(days)
    if unit == "day" and every == 1 and len(np.unique(days)) > 10 and not weekend.any():
        return Grid("workday"), True
    return Grid(unit, every, float(stamp[0] % step)), True


def _months(when: np.ndarray, groups: np.ndarray) -> tuple[Grid, bool]:
    month = when.astype("datetime64[M]").astype(np.int64)
    apart = np.diff(month)[(np.diff(groups) == 0) & (np.diff(month) > 0)]
    apart = apart if len(apart) else np.diff(np.unique(month))
    step = int(_mode(apart)) if len(apart) else 1
    every = max(k for k in MONTHS if step % k == 0)
    return Grid(MONTHS[every], every), bool(np.mean(apart % every == 0) >= REGULAR) if len(apart) else True


def _numbers(when: np.ndarray, groups: np.ndarray) -> tuple[Grid, bool]:
    if np.all(when == np.floor(when)):
        apart = np.diff(when)[(np.diff(groups) == 0) & (np.diff(when) > 0)]
        step = int(_mode(apart)) if len(apart) else 1
        return Grid("number", step, float(when.min() % step)), bool(not len(apart) or np.mean(apart % step == 0) >= REGULAR)
    return Grid("number", 1, 0.0), False


def _irregular(stamp: np.ndarray) -> Grid:
    """Days, unless there would be fewer than FEW of them."""
    span = float(np.ptp(stamp))
    return Grid("day" if span >= FEW * DAY else "hour" if span >= FEW * LENGTHS["hour"] else "minute")


def _mode(values: np.ndarray) -> float:
    distinct, n = np.unique(values, return_counts=True)
    return float(distinct[np.argmax(n)])
