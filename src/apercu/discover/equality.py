"""Equality: where there is no effect worth naming, proved as such rather than merely not found.

    The mean of days from opened_at to closed_at is about the same for every assigned_to: its 5 groups account for 0.5% of the variation ...

Seven kinds: a measure is alike in all groups of a column; the rows of all its levels are spread over time alike; two columns have nothing to do
with each other (_apart); a measure does not move along a clock; the number of rows neither doubles nor halves; two numbers are unrelated; a measure
does not depend on how many rows its week has. Null hypothesis of each: the effect is at least its margin (_equal.MARGINS, the same for every
table), so a small p says "less than that" (tests for equivalence: stats/equivalence). Extremes of heavy-tailed numbers are drawn in, which the
sentence says. What breaks it: curved or local effects that neither means nor a straight line show; too few rows can only silence it. Counts over
time want every stretch of time on the half that judges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any, ClassVar, Final

import numpy as np
from scipy.special import ndtri

from ..core.condition import EVERYONE, Condition
from ..core.expression import Column, Expression
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count, percent, signed
from ..words.spacing import glue
from ._apart import apart_chart, apart_said, pairs
from ._chart import axis_of, bar_chart, line_chart
from ._compare import method_of
from ._equal import MARGINS, days, ends, judged, query_of, sides
from ._groups import Grouped, grouped, level_is, whole_in_time

__all__ = ["Equality"]

ROWS: Final = 100_000  # searched rows that are looked at: an equality that they cannot show is none
MEASURES: Final = 6  # measures that are looked at
COLUMNS: Final = 8
LEVELS: Final = 30
SEGMENTS: Final = 20  # levels within which time is looked at, the largest
SEGMENT: Final = 100  # least rows of such a level: fewer could not prove anything
SMALL: Final = 2_000  # rows below which all of them judge, so that weeks are whole
RARE: Final = 0.05  # least rate, and least share of its contrary, whose groups are compared
CLEAR: Final = 0.5  # largest part of the margin that an equality may show
KEEP: Final = 3.0  # least z
MOST: Final = 12  # claims; all that are clear where each pays for the whole search anyway
PAIRS: Final = 8  # claims that two columns have nothing to do with each other, the clearest: true of most pairs, and soon tiring
LISTED: Final = 6  # groups that are named one by one
AGAIN: Final = {"measure": 0.75, "column": 0.8, "kind": 0.85, "where": 0.7}  # what is left of a claim for each told of the same
WORTH: Final = {"groups": 1.0, "mix": 1.0, "drift": 0.95, "rows": 0.95, "pair": 0.7, "apart": 0.85, "volume": 0.8}
DURING, RATE = 1.15, 0.6  # how much more a stretch of days is worth than another number, and how much less a rate
REACH: Final = 0.33  # reach of an equality that is proved with room to spare
METHODS: Final = {
    "groups": "F-test for equivalence",
    "mix": "F-test for equivalence",
    "rows": "two one-sided tests",
    "apart": "chi-square test for equivalence",
}
PERIODS: Final = 12  # points of a line
SHOWN: Final = 20  # bars


class Equality:
    """What does not depend on what."""

    name: ClassVar[str] = "equality"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "no effect worth naming", "zh": "没有值得一提的差别"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """Equalities that are clear on the searched rows, spread over measures, columns and kinds."""
        search = _thinned(search)
        family = list(_family(search, self.name))
        found: list[tuple[float, Claim]] = []
        for claim in family:
            seen, n = judged(claim, search)
            z = float(-ndtri(max(seen.p, 1e-300)))
            if n and z >= KEEP and _of_margin(claim, seen.size) <= CLEAR:
                found.append((z, claim))
        alone = sorted((pair for pair in found if pair[1].told("kind") == "apart"), key=lambda pair: (-pair[0], str(pair[1].by)))
        found = [pair for pair in found if pair not in alone[PAIRS:]]
        for z, claim in _spread(found, len(found) if search.rows.n < SMALL else MOST):
            yield Claim(self.name, claim.where, claim.measure, "flat", z, by=claim.by, looks=len(family), detail=claim.detail)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: eta squared, a correlation, Cohen's w, or how far the mean place in time is off the middle (value: the mean place)."""
        held, n = judged(claim, verify, level)
        usual, _ = judged(claim, verify) if level != 0.95 else (held, n)
        kind = claim.told("kind")
        base = 0.5 if kind == "rows" else 0.0
        most = max(abs(usual.low), abs(usual.high))
        far = max(0.0, min(1.0, REACH * _worth(claim) * (1.0 - _of_margin(claim, most) / 2)))
        method = method_of(METHODS.get(kind, "two one-sided tests of Fisher's z"), verify, claim.looks)
        low, high = min(held.low, held.size), max(held.high, held.size)
        return Evidence(
            held.size, low, high, held.p, n, method, verify.half, base + held.size, base, level, far, {"margin": float(claim.told("margin"))}
        )

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n from the study's own rows."""
        return query_of(claim, half)

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """What is alike, how far it may be off at most, and on how many rows."""
        kind = claim.told("kind")
        if kind == "apart":
            return apart_said(claim, evidence, lang)
        return _say_groups(claim, evidence, lang) if kind in ("groups", "mix") else _say_along(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars of the groups, a heat map of two columns, or a line through twelve parts of the clock (or of the other number)."""
        kind = claim.told("kind")
        if kind == "apart":
            return apart_chart(claim, verify)
        pair = sides(claim, verify)
        if kind in ("groups", "mix"):
            levels = claim.told("levels")
            counts, sums = np.bincount(pair.y, minlength=len(levels)), np.bincount(pair.y, pair.x, len(levels))
            order = [i for i in np.argsort(-counts, kind="stable")[:SHOWN] if counts[i]]
            bars = [{"group": str(levels[i]), "value": float(sums[i] / counts[i]), "n": int(counts[i]), "role": "wider"} for i in order]
            chart = bar_chart(bars, claim)
            if kind == "mix":
                chart["encoding"]["x"] |= {"title": claim.told("clock"), "axis": {"format": ".0%"}, "scale": {"domain": [0, 1]}}
            return chart
        return _line(claim, pair.x, pair.y)

    @staticmethod
    def example() -> Example:
        """Days to mend that are the same at every desk, beside a size that depends on it."""
        rng = np.random.default_rng(3)
        n = 4_000
        desk = rng.choice(["east", "north", "south", "west"], n).astype(object)
        return Example(
            {"desk": desk, "delay": rng.normal(5, 1, n), "size": rng.normal(0, 1, n) + 2.0 * (desk == "east")}, "", EVERYONE, ("delay", "desk")
        )


def _family(search: Search, name: str) -> Iterator[Claim]:
    """Every equality that is looked at, fixed before any is: without its strength."""
    measures = [m for m in search.measures if not m.counts and _varies(m, search)][:MEASURES]
    counts = next((m for m in search.measures if m.counts), None)
    columns = grouped(search, 2, LEVELS)[:COLUMNS]
    drawn = {m: ends(search.values(m), rate=m.rate) for m in measures}

    def made(kind: str, measure: Measure, by: tuple[Expression, ...], where: Condition = EVERYONE, **detail: Any) -> Claim:
        told = {"kind": kind, "margin": MARGINS[f"{kind} within" if where.terms else kind], **detail}
        if not measure.counts:
            told["ends"] = drawn[measure]
        return Claim(name, where, measure, "flat", 0.0, by=by, detail=tuple(told.items()))

    for measure in measures:
        free = {c.name for c in search.features(measure)}
        for g in columns:
            if g.name in free:
                yield made("groups", measure, (Column(g.name),), column=g.name, levels=g.levels)
        for clock in search.clocks(measure)[:1]:
            yield made("drift", measure, (Column(clock),), clock=clock)
            if search.rows.n < SMALL:
                yield made("volume", measure, (Column(clock),), clock=clock)
    for one, two in combinations(sorted((m for m in measures if not m.rate), key=lambda m: m.name), 2):
        if two.of is not None and not set(one.columns()) & set(two.columns()):
            yield made("pair", one, (two.of,), EVERYONE, **{"other ends": drawn[two]})
    if counts is not None:
        for one, other, told in pairs(columns, LISTED):
            yield made("apart", counts, (Column(one.name), Column(other.name)), **told)
        yield from _over_time(search, made, counts, measures, columns)


def _over_time(search: Search, made: Callable[..., Claim], counts: Measure, measures: list[Measure], columns: list[Grouped]) -> Iterator[Claim]:
    """When rows came, of every level and within the large ones."""
    clocks = search.clocks()
    if not clocks or (stretch := _stretch(search, clocks[0])) is None:
        return
    segments = sorted(((g, i) for g in columns for i in range(len(g.levels)) if g.counts[i] >= SEGMENT), key=lambda pair: -pair[0].counts[pair[1]])
    for g in columns:
        yield made("mix", counts, (Column(clocks[0]), Column(g.name)), column=g.name, levels=g.levels, **stretch)
    places: list[Condition] = [EVERYONE, *(level_is(g.name, g.levels[i]) for g, i in segments[:SEGMENTS])]
    for where in places:
        if whole_in_time(search):
            yield made("rows", counts, (Column(clocks[0]),), where, **stretch)
        lead = next((m for m in measures if m.unit == "days"), measures[0] if measures else None)
        if where.terms and lead is not None and (own := search.clocks(lead)) and not set(lead.columns()) & set(where.columns()):
            yield made("drift", lead, (Column(own[0]),), where, clock=own[0])


def _thinned(search: Search) -> Search:
    """At most ROWS of the searched rows, which lie in no order that means anything."""
    if search.rows.n <= ROWS:
        return search
    blocks = None if search.blocks is None else search.blocks[:ROWS]
    return replace(search, rows=search.rows.take(np.arange(ROWS)), blocks=blocks, order=None, cache={})


def _varies(measure: Measure, search: Search) -> bool:
    x = search.values(measure)
    x = x[~np.isnan(x)]
    if not len(x) or not np.isfinite(x).all():
        return False
    return RARE <= float(x.mean()) <= 1 - RARE if measure.rate else float(np.ptp(x)) > 0


def _stretch(search: Search, clock: str) -> dict[str, Any] | None:
    """From when to when a clock goes, in days."""
    t = days(search.rows, clock)
    t = t[~np.isnan(t)]
    if len(t) < 2 or float(np.ptp(t)) <= 0:
        return None
    return {"clock": clock, "start": float(t.min()), "span": float(np.ptp(t))}


def _of_margin(claim: Claim, size: float) -> float:
    """An effect as a part of its margin; w by its square, which is what adds up over rows, as eta squared is."""
    part = abs(size) / claim.told("margin")
    return part**2 if claim.told("kind") == "apart" else part


def _worth(claim: Claim) -> float:
    """How much an equality of its kind, of such a measure, is worth telling."""
    measure = claim.measure
    factor = DURING if measure.unit == "days" else RATE if measure.rate else 1.0
    return WORTH[claim.told("kind")] * factor * (AGAIN["where"] if claim.where.terms else 1.0)


def _spread(found: list[tuple[float, Claim]], most: int) -> Iterator[tuple[float, Claim]]:
    """The most worth telling: each choice lowers what speaks of the same measure, the same columns, in the same way."""

    def worth(z: float, claim: Claim) -> float:
        left = _worth(claim) * math.sqrt(min(z, 8.0))
        for other in told:
            left *= AGAIN["measure"] if claim.measure.columns() == other.measure.columns() else 1.0
            left *= AGAIN["column"] if set(claim.by) & set(other.by) else 1.0
            left *= AGAIN["kind"] if claim.told("kind") == other.told("kind") else 1.0
        return left

    told: list[Claim] = []
    while found and len(told) < most:
        best = max(found, key=lambda pair: (worth(*pair), pair[1].where.say(), pair[1].measure.name, str(pair[1].by)))
        found.remove(best)
        told.append(best[1])
        yield best


def _say_groups(claim: Claim, e: Evidence, lang: str) -> str:
    w, column, k = phrases(lang), claim.told("column"), len(claim.told("levels"))
    here, most, margin = percent(e.value), percent(e.high), percent(e.extra["margin"])
    sure, rows = "95%", w.proof(count(e.n), e.half)
    levels = [w.quote(level) for level in claim.told("levels")]
    named = "" if k > LISTED else f"（{'、'.join(levels)}）" if lang == "zh" else f" ({w.both(levels)})"
    mix = claim.told("kind") == "mix"
    if lang == "zh":
        body = glue("各", column, "的", claim.measure.say(lang), "随", claim.told("clock"), "的分布大致相同") if mix else ""
        body = (body or glue(claim.measure.told(lang), "在各", column, "之间大致相同")) + named
        what = "时间先后的差异" if mix else f"其差异{_note(claim, lang)}"
        return f"{body}：{k} 组只解释{what}的 {here}（{sure} 置信下至多 {most}；{rows}），不到值得一提的 {margin}。"
    if mix:
        body = f"The {claim.measure.say(lang)} of every {column}{named} are spread over {claim.told('clock')} alike"
        what = "when rows came"
    else:
        body, what = f"{claim.measure.told(lang)} is about the same for every {column}{named}", f"its variation{_note(claim, lang)}"
    return (
        f"{body}: its {k} groups account for {here} of {what} (at most {most} with {sure} confidence; {rows}), less than the {margin} worth naming."
    )


def _say_along(claim: Claim, e: Evidence, lang: str) -> str:
    w, kind = phrases(lang), claim.told("kind")
    there, clock, rows = claim.where.terms, claim.told("clock", ""), w.proof(count(e.n), e.half)
    told = claim.measure.told(lang)
    span, note = w.interval(round(e.low, 3), round(e.high, 3), ""), _note(claim, lang)
    if kind == "rows":
        times = [f"{_times(x):.2f}" for x in (e.effect, e.low, e.high)]
        if lang == "zh":
            head = f"{w.when(claim.where.say(lang))}，" if there else ""
            return (
                f"{glue(head + told, '随', clock, '既没有明显增加也没有明显减少')}：按其趋势，后半段是前半段的 {times[0]} 倍"
                f"（95% 区间 {times[1]} 至 {times[2]}；{rows}）。"
            )
        head = f"{w.when(claim.where.say(lang))}, {told[0].lower()}{told[1:]}" if there else told
        trend = f"by its trend the later half holds {times[0]} times as many as the earlier"
        return f"{head} neither rises nor falls much over {clock}: {trend} (95% interval {times[1]} to {times[2]}; {rows})."
    other = claim.by[0].say(lang)
    if lang == "zh":
        ways = {
            "drift": glue(told, "不随", other, "明显升降"),
            "pair": glue(claim.measure.say(lang), "与", other, "没有明显关系"),
            "volume": glue(told, "与同一周（", other, "）内的行数没有明显关系"),
        }
        head = f"{w.when(claim.where.say(lang))}，" if there else ""
        return f"{head}{ways[kind]}：相关系数{note}为 {signed(round(e.value, 3))}（{span}；{rows}）。"
    ways = {
        "drift": f"{told} neither rises nor falls much along {other}",
        "pair": f"{claim.measure.say(lang)} and {other} are hardly related",
        "volume": f"{told} hardly depends on how many rows the same week of {other} has",
    }
    body = ways[kind]
    head = f"{w.when(claim.where.say(lang))}, {body[0].lower()}{body[1:]}" if there else body
    return f"{head}: a correlation{note} of {signed(round(e.value, 3))} ({span}; {rows})."


def _times(shift: float) -> float:
    """How many times as many rows the later half of a straight line holds, whose mean place is off the middle by `shift`; at most 99."""
    slope = min(max(3 * shift, -0.98), 0.98)
    return (1 + slope) / (1 - slope)


def _note(claim: Claim, lang: str) -> str:
    """Whether extremes were drawn in."""
    if not claim.told("ends", ()) and not claim.told("other ends", ()):
        return ""
    return "（极端值已收拢）" if lang == "zh" else " (extremes drawn in)"


def _line(claim: Claim, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """A line through the means (of rows: the counts) of PERIODS parts of what the measure moves along."""
    kind, points = claim.told("kind"), []
    if len(y) > 1 and float(np.ptp(y)) > 0:
        low, high = float(y.min()), float(y.max())
        part = np.clip(((y - low) / (high - low) * PERIODS).astype(np.int64), 0, PERIODS - 1)
        for i in range(PERIODS):
            own = part == i
            if kind == "rows" or own.any():
                middle = low + (i + 0.5) / PERIODS * (high - low)
                value = float(own.sum()) if kind == "rows" else float(x[own].mean())
                points.append({"x": _tick(claim, middle), "value": value, "group": str(claim.by[0].say("en")), "role": "wider"})
    timed = kind in ("rows", "drift")
    chart = line_chart(points, claim, claim.by[0].say("en") if kind != "volume" else f"n / {claim.told('clock')} [week]", temporal=timed)
    chart["encoding"]["y"] |= {"scale": {"zero": kind == "rows"}, "axis": axis_of(claim)}
    return chart


def _tick(claim: Claim, middle: float) -> str | float:
    kind = claim.told("kind")
    if kind == "rows":
        middle = claim.told("start") + middle * claim.told("span")
    return str(np.datetime64(int(middle * 86_400), "s")) if kind in ("rows", "drift") else middle
