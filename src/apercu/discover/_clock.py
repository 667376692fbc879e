"""A measure along a clock: the stretch of time that a table covers, cut into calendar periods, in arrays and in SQL alike.

    clock = clock_of(search, measure)        # Clock('opened_at', 'week', '2023-01-02T...', '2024-01-28T...')
    clock.position(rows)                     # 0 at its first searched moment, 1 at its last
    clock.period(rows)                       # the number of its week, counted from the first

Periods are hours to years, whichever gives nearest to IDEAL of them with enough rows in each. A clock is made on the searched rows and
kept in the claim as plain values (`clock.detail()`, `told(claim)`), so that whoever judges the claim cuts time at the same places.

Numbers of rows per period leave out a first or last period that the table does not cover whole. Where the halves are stretches of this
very clock (`gaps` is False), a period without rows may lie in the other half: rows are counted by shorter periods then, and only in those
that have rows before and after them. What it does *not* do: know of time zones or holidays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ..core.condition import Condition
from ..core.expression import Column, quoted
from ..core.finding import Claim
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..words.numbers import plain
from ..words.spacing import glue
from ._compare import seen

__all__ = [
    "Clock",
    "Counted",
    "along",
    "amounts",
    "clock_of",
    "counted",
    "entities",
    "in_stretches",
    "iso",
    "lower",
    "means_sql",
    "moment",
    "per",
    "points",
    "told",
    "visible",
]

IDEAL: Final = (40, 80)  # periods of a measure and of numbers of rows: fewer hide when something happens, more hold too few rows
FEWEST: Final = 8  # periods, below which there is nothing to follow
INNER: Final = 4  # periods of a stretch, where the halves are stretches of the clock
ROWS: Final = 3.0  # rows of a period on average
MISSING: Final = 0.5  # share of rows without a moment, above which a column is no clock
EDGE: Final = 0.1  # share of a period that the table may miss at its ends and still cover it whole
MICROSECOND: Final = {"hour": 3.6e9, "day": 8.64e10, "week": 6.048e11, "month": 2.629746e12, "quarter": 7.889238e12, "year": 3.1556952e13}
NUMPY: Final = {"hour": ("h", 1), "day": ("D", 1), "month": ("M", 1), "quarter": ("M", 3), "year": ("Y", 1)}
PER: Final = {
    "en": {"hour": "an hour", "day": "a day", "week": "a week", "month": "a month", "quarter": "a quarter", "year": "a year"},
    "zh": {"hour": "每小时", "day": "每天", "week": "每周", "month": "每月", "quarter": "每季度", "year": "每年"},
}
NOWHERE: Final = -(2**40)  # the period of a row without a moment
SHOWN: Final = 30  # points of a line in a chart


@dataclass(frozen=True)
class Clock:
    """A column of moments from `start` to `end` (ISO), cut into calendar periods of one unit. gaps: whether a period without rows counts as 0."""

    name: str
    unit: str
    start: str
    end: str
    gaps: bool = True

    @property
    def span(self) -> int:
        """Microseconds from the first moment to the last."""
        return int((np.datetime64(self.end, "us") - np.datetime64(self.start, "us")).astype(np.int64))

    @property
    def count(self) -> int:
        """How many periods it has, parts of periods at both ends included."""
        return int(_numbered(np.array([self.end], dtype="datetime64[us]"), self.unit)[0] - self._first) + 1

    @property
    def whole(self) -> tuple[int, int]:
        """(first, last) number of the periods that it covers whole, or nearly so."""
        ends = self.starts(0), self.starts(self.count)
        length = MICROSECOND[self.unit] * EDGE
        late = (np.datetime64(self.start, "us") - ends[0]).astype(np.int64) > length
        early = (ends[1] - np.datetime64(self.end, "us")).astype(np.int64) > length
        return (1 if late else 0), self.count - (2 if early else 1)

    @property
    def by(self) -> tuple[Column]:
        """The clock as what a measure moves along."""
        return (Column(self.name),)

    @property
    def _first(self) -> int:
        return int(_numbered(np.array([self.start], dtype="datetime64[us]"), self.unit)[0])

    def detail(self) -> tuple[tuple[str, Any], ...]:
        """The clock as a claim keeps it."""
        return (("clock", self.name), ("unit", self.unit), ("start", self.start), ("end", self.end), ("gaps", self.gaps))

    def position(self, rows: Rows) -> np.ndarray:
        """(n,) float64: 0 at the first moment, 1 at the last; NaN where there is none."""
        when = rows[self.name]
        gone = np.isnat(when)
        since = (np.where(gone, np.datetime64(self.start, "us"), when) - np.datetime64(self.start, "us")).astype(np.int64)
        return np.where(gone, np.nan, since / max(self.span, 1))

    def period(self, rows: Rows) -> np.ndarray:
        """(n,) int64: the number of each row's period, 0 for the first; NOWHERE where there is no moment. It may lie outside of 0..count - 1."""
        when = rows[self.name]
        gone = np.isnat(when)
        return np.where(gone, NOWHERE, _numbered(np.where(gone, np.datetime64(self.start, "us"), when), self.unit) - self._first)

    def label(self, number: int) -> str:
        """A period by its first day, month or year."""
        return str(self.starts(number))[: {"hour": 13, "day": 10, "week": 10, "month": 7, "quarter": 7, "year": 4}[self.unit]]

    def moments(self) -> tuple[str, str]:
        """The first and last moment as they are told: days, or hours where the unit is the hour."""
        cut = 16 if self.unit == "hour" else 10
        return self.start[:cut].replace("T", " "), self.end[:cut].replace("T", " ")

    def sql(self) -> str:
        """The position in SQL, of one row."""
        return f"(epoch_us({quoted(self.name)}) - {_microseconds(self.start)})::DOUBLE / {max(self.span, 1)}e0"

    def slot(self) -> str:
        """The number of a row's period in SQL."""
        return f"date_diff('{self.unit}', TIMESTAMP '{self.starts(0)}', date_trunc('{self.unit}', {quoted(self.name)}))"

    def starts(self, number: int) -> np.datetime64:
        """The first moment of a period."""
        n = self._first + number
        if self.unit == "week":
            return np.datetime64(7 * n - 3, "D").astype("datetime64[us]")
        base, each = NUMPY[self.unit]
        return np.array([n * each]).astype(f"datetime64[{base}]").astype("datetime64[us]")[0]


@dataclass(frozen=True)
class Counted:
    """Rows per period: `number` (k,) which periods, `n` (k,) float64 rows in each, of those that a condition holds for."""

    number: np.ndarray
    n: np.ndarray


def clock_of(search: Search, measure: Measure) -> Clock | None:
    """The best clock of a measure, cut into periods; None where there is none, or it is too short."""
    for name in search.clocks(measure)[:1]:
        key = ("clock", name, measure.counts)
        if key not in search.cache:
            search.cache[key] = _made(search, name, measure.counts)
        return search.cache[key]
    return None


def along(search: Search, propose: Callable[[Search, Measure, Clock], tuple[list[Claim], int]], most: int) -> Iterator[Claim]:
    """The `most` strongest of what is proposed of each measure along its clock, (claims, looks) each; all carry all looks."""
    found: list[Claim] = []
    looks = 0
    for measure in search.measures:
        if (clock := clock_of(search, measure)) is not None:
            claims, looked = propose(search, measure, clock)
            found, looks = found + claims, looks + looked
    for claim in sorted(found, key=lambda c: (-c.strength, c.where.say(), c.measure.name))[:most]:
        yield replace(claim, looks=looks)


def told(claim: Claim) -> Clock:
    """The clock that a claim keeps."""
    return Clock(*(claim.told(name) for name in ("clock", "unit", "start", "end", "gaps")))


def counted(clock: Clock, rows: Rows, inside: np.ndarray) -> Counted:
    """Rows `inside` (n,) bool per period that the clock covers whole; where `gaps` is off, of those with rows in both neighbouring periods."""
    period = clock.period(rows)
    first, last = clock.whole
    usable = (period >= first) & (period <= last)
    length = max(last - first + 1, 0)
    n = np.bincount(period[usable & inside] - first, minlength=length).astype(np.float64)
    if clock.gaps:
        return Counted(np.arange(first, first + length), n)
    full = np.bincount(period[(period >= 0) & (period < clock.count)], minlength=clock.count) > 0
    amid = full & np.append(full[1:], False) & np.append(False, full[:-1])
    amid[: max(first, 0)], amid[last + 1 :] = False, False
    kept = np.flatnonzero(amid)
    return Counted(kept, n[kept - first])


def visible(clock: Clock, where: Condition, half: str) -> str:
    """SQL for a table (i, m) of the periods that `counted` gives: their numbers and how many rows of a condition they hold."""
    first, last = clock.whole
    hit = "TRUE" if not where.terms else f"coalesce({where.to_sql()}, FALSE)"
    seen_rows = f"SELECT {clock.slot()} AS i, {hit} AS hit FROM data WHERE {seen(half)}"
    if not clock.gaps:
        every = f"SELECT i, count(*) FILTER (WHERE hit)::DOUBLE AS m FROM ({seen_rows}) WHERE i BETWEEN 0 AND {clock.count - 1} GROUP BY i"
        amid = "QUALIFY lag(i) OVER (ORDER BY i) = i - 1 AND lead(i) OVER (ORDER BY i) = i + 1"
        return f"SELECT i, m FROM (SELECT i, m FROM ({every}) {amid}) WHERE i BETWEEN {first} AND {last}"
    return (
        f"SELECT slots.i, count(rows.i)::DOUBLE AS m FROM (SELECT unnest(range({first}, {last + 1})) AS i) AS slots\n"
        f"  LEFT JOIN (SELECT i FROM ({seen_rows}) WHERE hit) AS rows ON rows.i = slots.i GROUP BY slots.i"
    )


def means_sql(claim: Claim, clock: Clock, half: str) -> str:
    """One row (effect, value, base, n): the mean of the rows of a claim against those of `against[0]` besides, all of which have a moment."""
    inside = f"coalesce({claim.where.to_sql()}, FALSE)"
    outside = f"coalesce({claim.against[0].to_sql()}, FALSE) AND NOT {inside}"
    return (
        "SELECT value - base AS effect, value, base, n FROM (\n"
        "  SELECT avg(m) FILTER (WHERE hit) AS value, avg(m) FILTER (WHERE other) AS base, count(m) FILTER (WHERE hit) AS n\n"
        f"  FROM (SELECT {claim.measure.to_sql()} AS m,\n               {inside} AS hit,\n               {outside} AS other\n"
        f"        FROM data WHERE {seen(half)} AND {quoted(clock.name)} IS NOT NULL))"
    )


def in_stretches(blocks: np.ndarray | None, when: np.ndarray) -> bool:
    """Whether blocks (n,) int are stretches of the clock: in the order of its moments, each block's rows stand together."""
    if blocks is None or len(blocks) < 2:
        return False
    known = ~np.isnat(when)
    b = blocks[known][np.lexsort((blocks[known], when[known]))]
    return int(np.count_nonzero(b[1:] != b[:-1])) <= 1.5 * len(np.unique(b))


def entities(clock: Clock, verify: Verify) -> np.ndarray | None:
    """(n,) the blocks of the judging rows, unless they are stretches of the clock itself, whose neighbours are judged as such anyway."""
    return None if in_stretches(verify.blocks, verify.rows[clock.name]) else verify.blocks


def points(number: np.ndarray, x: np.ndarray, clock: Clock, group: str, role: str) -> list[dict[str, Any]]:
    """At most SHOWN points of a line: means of x (n,) over neighbouring periods, numbered by `number` (n,)."""
    if not len(x):
        return []
    wide = max(1, -(-clock.count // SHOWN))
    place = number // wide
    out = [(int(p) * wide, x[place == p]) for p in np.unique(place)]
    return [{"x": str(clock.starts(p))[:19], "value": float(v.mean()), "n": len(v), "group": group, "role": role} for p, v in out]


def iso(when: np.datetime64) -> str:
    """A moment as conditions are written: the day alone where it is midnight."""
    text = str(when.astype("datetime64[us]"))
    return text[:10] if text[10:] == "T00:00:00.000000" else text[:19]


def moment(text: str) -> str:
    """An ISO moment as it is told."""
    return text.replace("T", " ")[:16]


def per(clock: Clock, total: float) -> tuple[float, str]:
    """(a change over the whole clock, spread over its years, months, weeks, days or hours; the unit that suits its length)."""
    unit = next((u for u in ("year", "month", "week", "day") if clock.span >= 2 * MICROSECOND[u]), "hour")
    return total * MICROSECOND[unit] / max(clock.span, 1), unit


def lower(text: str) -> str:
    """A subject inside a sentence: its first letter small."""
    return text[:1].lower() + text[1:]


def amounts(value: float, unit: str, lang: str) -> str:
    """So many a week."""
    return glue(PER[lang][unit], plain(value)) if lang == "zh" else f"{plain(value)} {PER[lang][unit]}"


def _made(search: Search, name: str, counts: bool) -> Clock | None:
    when = search.rows[name]
    known = when[~np.isnat(when)]
    if len(known) < FEWEST * ROWS or len(known) < MISSING * len(when):
        return None
    start, end = known.min(), known.max()
    length = float((end - start).astype(np.int64))
    blocks = search.blocks
    gaps = blocks is None or not in_stretches(blocks, when)
    most = length  # of one stretch, where the other half's lie between; of the whole clock else
    if blocks is not None and not gaps and counts:
        most = length / len(np.unique(blocks)) / 2 * FEWEST / INNER
    full = len(known) if gaps else 2 * len(known)
    best: Clock | None = None
    for unit, one in MICROSECOND.items():
        clock = Clock(name, unit, str(start), str(end), gaps)
        if most / one >= FEWEST and length / one <= full / ROWS and (best is None or _far(clock, counts) < _far(best, counts)):
            best = clock
    return best


def _far(clock: Clock, counts: bool) -> float:
    return abs(float(np.log(clock.count / IDEAL[counts])))


def _numbered(when: np.ndarray, unit: str) -> np.ndarray:
    """(n,) int64: which hour, day, week (from Monday), month, quarter or year, counted from 1970."""
    if unit == "week":
        return (when.astype("datetime64[D]").astype(np.int64) + 3) // 7
    base, each = NUMPY[unit]
    return when.astype(f"datetime64[{base}]").astype(np.int64) // each


def _microseconds(text: str) -> int:
    return int(np.datetime64(text, "us").astype(np.int64))
