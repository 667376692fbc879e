"""Season: a part of the calendar (weekdays, months, hours) in which there are more rows, or a measure is higher, cycle after cycle.

    Where weekday of ordered is “Saturday” to “Sunday”, the number of rows averages 61.2 a day, against 40.1 on other days ...

Searched over runs of neighbouring parts. A part is compared with the other parts of its own week, year or day only, so a trend does not make a
season, and it must do so again: at least two whole cycles, and where they are few every one must agree (stats/series.recurring). Null hypothesis:
the part is like the others of its cycle. Both halves live through the same cycles, so that p is multiplied by SHARED. Measures are also
compared row by row. Days without rows count as days. What it does not do: know of holidays, or of runs over the end of a cycle (December to
February).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.condition import EVERYONE, Condition, Term
from ..core.expression import Column, Part, quoted
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..stats.series import recurring
from ..words import phrases
from ..words.numbers import count, percent, plain
from ..words.spacing import glue
from ._chart import bar_chart, sign
from ._clock import PER, Clock, along, counted, entities, lower, means_sql, told, visible
from ._compare import compared, method_of, reach
from ._search import least_rows, scaled

__all__ = ["Season"]

KEEP: Final = (3.3, 3.8)  # least z of numbers of rows and of a measure: about fifty runs that overlap, and more measures than one
TIMES: Final = 1.15  # least ratio of both numbers of rows
GAP: Final = 0.1  # least difference of a measure in standard deviations
SHARED: Final = 20.0  # independent runs of a calendar: the strongest of them, seen by both halves, is judged as that of so many
DATES: Final = 0.2  # share of moments at midnight, above which they are dates, and their hours mean nothing
MOST: Final = 12  # claims
CYCLE_WORDS: Final = {"en": {"week": "weeks", "year": "years", "day": "days"}, "zh": {"week": "周", "year": "年", "day": "天"}}


class _Calendar(NamedTuple):
    """A part of a moment: its values, the longest run that is looked at, the slots in which rows are counted, and the cycle it repeats in."""

    low: int
    high: int
    longest: int
    slot: str
    cycle: str
    cycles: int


CALENDARS: Final[Mapping[str, _Calendar]] = {
    "weekday": _Calendar(1, 7, 3, "day", "week", 8),
    "month": _Calendar(1, 12, 6, "day", "year", 2),
    "hour": _Calendar(0, 23, 8, "hour", "day", 14),
}  # each with the least number of its cycles


class _Slots(NamedTuple):
    """Numbers y (m,) with the part of the calendar and the cycle that each falls into."""

    y: np.ndarray
    part: np.ndarray
    cycle: np.ndarray


class Season:
    """Weekdays, months or hours that stand out again and again."""

    name: ClassVar[str] = "season"
    scope: ClassVar[str] = "measure"
    title: ClassVar[Mapping[str, str]] = {"en": "weekdays, months and hours that stand out", "zh": "季节与周期规律"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The strongest run of each calendar and measure."""
        return along(search, _recurring, MOST)

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) uint8: 1 in the part of the calendar."""
        return claim.where.holds(search.rows).astype(np.uint8)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean (or rows a day) in the part of the calendar minus that of all other times."""
        clock, rows = told(claim), verify.rows
        unit = claim.told("part")
        calendar = CALENDARS[unit]
        x = claim.measure.values(rows)
        slots = _slots(rows, clock, unit, calendar, None if claim.measure.counts else x)
        low, high = claim.told("low"), claim.told("high")
        member = (slots.part >= low) & (slots.part <= high)
        judge, cycles, agree = recurring(slots.y, member, slots.cycle, slots.part, level)
        side = 1.0 if claim.direction == "high" else -1.0
        p = min(1.0, judge.p * (1.0 if verify.half == "all" else SHARED)) if judge.gap * side > 0 and cycles >= calendar.cycles else 1.0
        value, base = (float(slots.y[part].mean()) if part.any() else 0.0 for part in (member, ~member))
        gap = value - base
        low_end, high_end, method = gap - (judge.gap - judge.low), gap + (judge.high - judge.gap), judge.method
        n, rest = int(member.sum()), int((~member).sum())
        far = reach(gap, slots.y, n, rest)
        if claim.measure.counts:
            n = int(slots.y[member].sum())
            far *= 0.5  # half: how often something happens says less than what happens
        elif n and rest:
            known = ~np.isnan(x) & ~np.isnat(rows[clock.name])
            inside = claim.where.holds(rows) & known
            plain_ = compared(x, inside, known & ~inside, replace(verify, blocks=entities(clock, verify)), level, rate=claim.measure.rate)
            p = max(p, plain_.p)
            low_end, high_end, method = min(low_end, plain_.low), max(high_end, plain_.high), plain_.method
        p = p if gap * side > 0 else 1.0
        extra = {"cycles": float(cycles), "agree": agree, "rest": float(rest)}
        low_end, high_end = min(low_end, gap), max(high_end, gap)
        return Evidence(gap, low_end, high_end, p, n, method_of(method, verify, claim.looks), verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n: of rows, or of the days (hours) in which rows are counted."""
        clock = told(claim)
        if not claim.measure.counts:
            return means_sql(claim, clock, half)
        slot = CALENDARS[claim.told("part")].slot
        fine = replace(clock, unit=slot)
        at = f"(TIMESTAMP '{fine.starts(0)}' + to_{slot}s(i::INTEGER))"
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            "  SELECT avg(m) FILTER (WHERE hit) AS value, avg(m) FILTER (WHERE NOT hit) AS base, sum(m) FILTER (WHERE hit) AS n\n"
            f"  FROM (SELECT m, {claim.where.to_sql()} AS hit FROM (\n"
            f"    SELECT m, {at} AS {quoted(clock.name)} FROM ({visible(fine, EVERYONE, half)}))))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """When it is, the measure then and otherwise, and in how many of the cycles it was so."""
        return _sentence(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: every part of the calendar."""
        clock, unit = told(claim), claim.told("part")
        slots = _slots(verify.rows, clock, unit, CALENDARS[unit], None if claim.measure.counts else claim.measure.values(verify.rows))
        bars = []
        for part in np.unique(slots.part):
            inside = slots.part == part
            role = "segment" if claim.told("low") <= part <= claim.told("high") else "wider"
            label = sign(Condition((Term(Part(Column(clock.name), unit), "is", float(part)),)))
            bars.append({"group": label, "value": float(slots.y[inside].mean()), "n": int(inside.sum()), "role": role})
        return bar_chart(bars, claim)

    @staticmethod
    def example() -> Example:
        """Calls that wait longer at weekends, week after week."""
        rng = np.random.default_rng(21)
        n = 6_000
        hour = rng.integers(0, 400 * 24, n)
        called = np.datetime64("2023-01-02", "us") + hour.astype("timedelta64[h]")
        weekend = hour // 24 % 7 >= 5
        wait = 5 + rng.gamma(2, 2, n) + 2.0 * weekend
        columns = {"called": called, "line": rng.choice(["a", "b", "c"], n).astype(object), "wait": wait}
        return Example(columns, "wait", Condition((Term(Part(Column("called"), "weekday"), ">", 5.0),)), ("called",))


def _recurring(search: Search, measure: Measure, clock: Clock) -> tuple[list[Claim], int]:
    tried = [_strongest(search, measure, clock, unit, calendar) for unit, calendar in CALENDARS.items()]
    return [claim for claim, _ in tried if claim], sum(looked for _, looked in tried)


def _slots(rows: Rows, clock: Clock, unit: str, calendar: _Calendar, x: np.ndarray | None) -> _Slots:
    """Each row's measure x (n,), or, where that is None, the number of rows of each day (hour), with its part of the calendar and its cycle."""
    if x is None:
        fine = replace(clock, unit=calendar.slot)
        series = counted(fine, rows, np.ones(rows.n, dtype=bool))
        step = np.timedelta64(1, "D" if calendar.slot == "day" else "h")
        when, y = fine.starts(0) + series.number * step, series.n
    else:
        known = ~np.isnan(x) & ~np.isnat(rows[clock.name])
        when, y = rows[clock.name][known], x[known]
    when = when.astype("datetime64[us]")
    part = Part(Column(clock.name), unit).values({clock.name: when}).astype(np.int64)
    return _Slots(y, part, replace(clock, unit=calendar.cycle).period(Rows({clock.name: when}, len(when))))


def _strongest(search: Search, measure: Measure, clock: Clock, unit: str, calendar: _Calendar) -> tuple[Claim | None, int]:
    """(the strongest run of a calendar's parts, if it is strong; how many runs were looked at)."""
    length = {"day": 8.64e10, "week": 6.048e11, "year": 3.1556952e13}[calendar.cycle]
    if clock.span < (calendar.cycles - 0.1) * length:  # two years less a month are two of every month but one
        return None, 0
    when = search.rows[clock.name]
    midnight = when.astype("datetime64[D]").astype(when.dtype) == when
    if unit == "hour" and float(np.mean(midnight)) > DATES:
        return None, 0
    x = None
    if not measure.counts:
        ready = scaled(search, measure)
        if ready.sd == 0.0:
            return None, 0
        x = np.full(search.rows.n, np.nan)
        x[slice(None) if ready.present is None else ready.present] = ready.x / ready.sd
    slots = _slots(search.rows, clock, unit, calendar, x)
    if len(slots.y) < 2 * least_rows(len(slots.y)) or len(np.unique(slots.part)) < 2:
        return None, 0
    runs = [(a, b) for a in range(calendar.low, calendar.high + 1) for b in range(a, min(a + calendar.longest, calendar.high + 1))]
    z, gap, ratio = _scores(slots, runs, calendar, float(slots.y.std()))
    fits = (ratio >= TIMES) if measure.counts else (np.abs(gap) >= GAP)
    best = int(np.argmax(np.where(fits, np.abs(z), 0.0)))
    if not fits[best] or abs(z[best]) < KEEP[not measure.counts]:
        return None, len(runs)
    a, b = runs[best]
    judge, cycles, _ = recurring(slots.y, (slots.part >= a) & (slots.part <= b), slots.cycle, slots.part)
    if cycles < calendar.cycles or judge.p > 0.01 or judge.gap * gap[best] <= 0:
        return None, len(runs)
    detail = (*clock.detail(), ("part", unit), ("low", a), ("high", b))
    where, way = Condition((_term(clock, unit, calendar, a, b),)), "high" if gap[best] > 0 else "low"
    return Claim(Season.name, where, measure, way, float(abs(z[best])), (EVERYONE,), clock.by, detail=detail), len(runs)


def _scores(slots: _Slots, runs: list[tuple[int, int]], calendar: _Calendar, sd: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(runs,) z, difference and ratio of the means inside and outside of each run; 0 where either side is empty."""
    parts = calendar.high - calendar.low + 1
    place = slots.part - calendar.low
    n, total = (np.concatenate([[0.0], np.cumsum(np.bincount(place, w, parts))]) for w in (np.ones(len(place)), slots.y))
    a, b = (np.array(side) - calendar.low for side in zip(*runs, strict=True))
    inside, outside = n[b + 1] - n[a], n[-1] - n[b + 1] + n[a]
    value, base = (total[b + 1] - total[a]) / np.maximum(inside, 1), (total[-1] - total[b + 1] + total[a]) / np.maximum(outside, 1)
    usable = (inside > 0) & (outside > 0)
    gap = np.where(usable, value - base, 0.0)
    z = gap / np.sqrt(1 / np.maximum(inside, 1) + 1 / np.maximum(outside, 1)) / max(sd, 1e-12)
    high, low = np.maximum(value, base), np.minimum(value, base)
    return z, gap, np.where(usable, high / np.maximum(low, 1e-9), 1.0)


def _term(clock: Clock, unit: str, calendar: _Calendar, a: int, b: int) -> Term:
    of = Part(Column(clock.name), unit)
    if a == b:
        return Term(of, "is", float(a))
    if a == calendar.low:
        return Term(of, "<=", float(b))
    return Term(of, ">", float(a - 1)) if b == calendar.high else Term(of, "between", (float(a), float(b)))


def _sentence(claim: Claim, e: Evidence, lang: str) -> str:
    w, m = phrases(lang), claim.measure
    calendar = CALENDARS[claim.told("part")]
    cycles, agree = count(int(e.extra["cycles"])), percent(e.extra["agree"])
    opening, word = w.when(claim.where.say(lang)), CYCLE_WORDS[lang][calendar.cycle]
    again = f"在 {cycles} {word}中有 {agree} 如此" if lang == "zh" else f"so in {agree} of {cycles} {word}"
    if m.counts:
        ratio = plain(round(e.value / e.base, 2)) if e.base > 0 else ""
        span, proof, unit = w.interval(e.low, e.high, "", e.level), w.proof(count(e.n), e.half), PER[lang][calendar.slot]
        if lang == "zh":
            times = f"，为其 {ratio} 倍" if ratio else ""
            return (
                f"{opening}，{glue(m.told(lang), unit)}平均为 {plain(e.value)}，其余时间为 {plain(e.base)}{times}（差值 {span}；{again}；{proof}）。"
            )
        times = f", {ratio} times as many" if ratio else ""
        there = f"{lower(m.told(lang))} averages {plain(e.value)} {unit}, against {plain(e.base)} at other times{times}"
        return f"{opening}, {there} (difference: {span}; {again}; {proof})."
    value, base, gap = w.amount(e.value, m.scale), w.amount(e.base, m.scale), w.difference(e.effect, m.scale)
    span, proof = w.interval(e.low, e.high, m.scale, e.level), w.proof(count(e.n + int(e.extra["rest"])), e.half)
    if lang == "zh":
        return f"{opening}，{glue(m.told(lang), '为', value)}，其余时间为 {base}，相差 {gap}，{again}（{span}；{proof}）。"
    return f"{opening}, {lower(m.told(lang))} is {value}, against {base} at other times: {gap}, {again} ({span}; {proof})."
