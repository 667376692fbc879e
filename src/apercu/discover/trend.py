"""Trend: a measure, or the number of rows, that rises or falls along a clock, in all rows or in one group more than elsewhere.

    Where category is “Hardware”, the mean of days to resolution rises along opened_at: from 2.1 (2023-01-02) to 9.8 (2024-01-27) ...

Null hypothesis: no slope of the measure on time; for a group also: no other slope than that of all other rows of the same periods (the larger
p counts, an intersection-union test, Berger 1982). Judged by `stats/series`: least squares with errors that do not trust rows, blocks or
neighbouring periods to be independent, so neither heavy tails nor a measure that remembers itself make a trend. Blocks that are stretches of the
clock itself are judged as such neighbours. Numbers of rows are judged as a series of calendar periods. Of a level the share of all rows is
told and judged, if the number of its rows moves the same way, so that what all levels do is told once, of all rows; such a claim's measure
is the count with the unit `share`.
The line of all rows must also exceed the slow waves of the measure (`stats/wandering`): a walk that never returns is seldom told. A group
whose own line is less sure than its parting from the others is told against them. What it does not do: name a cause, or a curve; it tells a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from ..core.condition import Condition, Term
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..stats.series import Line, interaction, line
from ..stats.tests import Contrast
from ..stats.wandering import granted, steadiness
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import OTHERS, line_chart, sign
from ._clock import PER, Clock, along, amounts, counted, entities, lower, per, points, told, visible
from ._compare import method_of, seen
from ._lines import GATE, Steep, lines_of, series_line

__all__ = ["Trend"]

MOST: Final = 20  # claims
VERBS: Final = {"en": {"up": "rises", "down": "falls"}, "zh": {"up": "上升", "down": "下降"}}


class Trend:
    """A measure that rises or falls with time, overall or in one group."""

    name: ClassVar[str] = "trend"
    scope: ClassVar[str] = "measure"
    everywhere: ClassVar[str] = "besides"
    title: ClassVar[Mapping[str, str]] = {"en": "what rises and falls over time", "zh": "随时间的升降"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The steepest lines of each measure along its clock, of all rows and of the groups that part from them; each pays for its like."""
        yield from along(search, _of_all, MOST)
        yield from along(search, _of_groups, MOST)

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) float64: the clock from its middle; of a group against all others, in its rows as far the one way as in theirs the other."""
        t = told(claim).position(search.rows)
        known = ~np.isnan(t)
        u = np.where(known, t - (float(t[known].mean()) if known.any() else 0.0), 0.0)
        if not claim.where.terms:
            return u
        inside = claim.where.holds(search.rows) & known
        return (inside - float(inside.sum()) / max(float(known.sum()), 1.0)) * u

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the change of the fitted line from the clock's first moment (base) to its last (value).

        Of a group that is only told against all others: the change of its line (value) less that of theirs (base).
        """
        clock = told(claim)
        judge = _judge_share if _is_share(claim) else _judge_counts if claim.measure.counts else _judge_means
        fit, beside, n, reach, extra = judge(claim, clock, verify, level)
        up = 1.0 if claim.direction == "up" else -1.0
        if claim.told("relative") and beside is not None:
            c, rest = _against_others(fit, beside, extra.get("rest", 0.0)), extra.get("rest", 0.0)
            p, method = (c.p if c.gap * up > 0 and beside.gap * up > 0 else 1.0), method_of(c.method, verify, claim.looks)
            return Evidence(c.gap, c.low, c.high, p, n, method, verify.half, rest + c.gap, rest, level, reach, extra)
        p = fit.contrast.p if fit.contrast.gap * up > 0 else 1.0
        if beside is not None:
            p = max(p, beside.tail if beside.gap * up > 0 else 1.0)
        c, method = fit.contrast, method_of(fit.contrast.method, verify, claim.looks)
        return Evidence(c.gap, c.low, c.high, p, n, method, verify.half, fit.base + c.gap, fit.base, level, reach, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n of the fitted line."""
        clock = told(claim)
        if claim.told("relative"):
            hit = f"coalesce({claim.where.to_sql()}, FALSE)"
            source = f"SELECT {claim.measure.to_sql()} AS m, {clock.sql()} AS t, {hit} AS hit FROM data WHERE {seen(half)}"
            own, others = (f"regr_slope(m, t) FILTER (WHERE {side})" for side in ("hit", "NOT hit"))
            inner = f"SELECT {own} AS value, {others} AS base, regr_count(m, t) FILTER (WHERE hit) AS n FROM ({source})"
            return f"SELECT value - base AS effect, value, base, n FROM (\n  {inner})"
        first, last = clock.whole
        if _is_share(claim):
            hit = f"coalesce({claim.where.to_sql()}, FALSE)::INT::DOUBLE"
            source, n = f"SELECT {hit} AS m, {clock.sql()} AS t FROM data WHERE {seen(half)}", "regr_count(m, t)"
        elif claim.measure.counts:
            source = f"SELECT m, (i - {first}) / {float(max(last - first, 1))!r} AS t FROM ({visible(clock, claim.where, half)})"
            n = "sum(m)"
        else:
            hit = f" AND coalesce({claim.where.to_sql()}, FALSE)" if claim.where.terms else ""
            source = f"SELECT {claim.measure.to_sql()} AS m, {clock.sql()} AS t FROM data WHERE {seen(half)}{hit}"
            n = "regr_count(m, t)"
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            f"  SELECT regr_intercept(m, t) + regr_slope(m, t) AS value, regr_intercept(m, t) AS base, {n} AS n\n"
            f"  FROM ({source}))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """Where the line begins and ends, the change in all and per year (or month ...), and what other rows do meanwhile."""
        return _sentence(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Lines through the periods: the told rows, and for a group all others."""
        clock, rows = told(claim), verify.rows
        inside = claim.where.holds(rows)
        group = sign(claim.where) or "·"
        if _is_share(claim):
            known = ~np.isnat(rows[clock.name])
            made = points(clock.period(rows)[known], inside[known].astype(np.float64), clock, group, "segment")
        elif claim.measure.counts:
            series = counted(clock, rows, inside)
            made = points(series.number, series.n, clock, group, "segment")
        else:
            x, t, period = claim.measure.values(rows), clock.position(rows), clock.period(rows)
            known = ~np.isnan(x) & ~np.isnan(t) & (period >= 0) & (period < clock.count)
            made = points(period[known & inside], x[known & inside], clock, group, "segment")
            if claim.where.terms:
                made += points(period[known & ~inside], x[known & ~inside], clock, OTHERS, "wider")
        return line_chart(made, claim, clock.name, temporal=True)

    @staticmethod
    def example() -> Example:
        """Waiting times that stay as they are, but for one ward, where they grow over two years."""
        rng = np.random.default_rng(5)
        n = 6_000
        day = rng.integers(0, 730, n)
        ward = rng.choice(["east", "north", "south", "west"], n).astype(object)
        wait = 30 + rng.gamma(4, 2.5, n) + np.where(ward == "north", 10.0 * (day / 730 - 0.5), 0.0)
        came = np.datetime64("2022-01-01", "us") + day.astype("timedelta64[D]")
        columns = {"came": came, "ward": ward, "sex": rng.choice(["f", "m"], n).astype(object), "wait": wait}
        return Example(columns, "wait", Condition((Term("ward", "is", "north"),)), ("came",))


def _of_all(search: Search, measure: Measure, clock: Clock) -> tuple[list[Claim], int]:
    """(the line of all rows, where it is steep, what it must pay: half of the chances are its own)."""
    return [_claim(one, measure, clock) for one in lines_of(search, measure, clock)[0] if not one.where.terms], 2


def _of_groups(search: Search, measure: Measure, clock: Clock) -> tuple[list[Claim], int]:
    """(the lines of groups, what they must pay: the other half)."""
    lines, looked = lines_of(search, measure, clock)
    return [_claim(one, measure, clock) for one in lines if one.where.terms], 2 * looked


def _claim(found: Steep, measure: Measure, clock: Clock) -> Claim:
    where, direction = found.where, "up" if found.change > 0 else "down"
    if measure.counts and where.terms:
        measure = replace(measure, unit="share")
    against, detail = where.parents() if where.terms else (), (*clock.detail(), ("relative", found.relative))
    return Claim(Trend.name, where, measure, direction, found.strength, against, clock.by, detail=detail)


def _against_others(fit: Line, beside: Contrast, rest: float) -> Contrast:
    """The change of a group's line less that of all others' (`rest`), with the error of the same among rows of one time."""
    gap = fit.contrast.gap - rest
    return beside._replace(gap=gap, low=gap - (beside.gap - beside.low), high=gap + (beside.high - beside.gap))


def _judge_means(claim: Claim, clock: Clock, verify: Verify, level: float) -> tuple[Line, Contrast | None, int, float, dict[str, float]]:
    """The fitted line, what sets the group apart, its rows, its reach, and what else is told."""
    x, t = claim.measure.values(verify.rows), clock.position(verify.rows)
    known = ~np.isnan(x) & ~np.isnan(t)
    inside = claim.where.holds(verify.rows)[known]
    x, t, blocks = x[known], t[known], entities(clock, verify)
    blocks = None if blocks is None else blocks[known]
    fit = line(t[inside], x[inside], None if blocks is None else blocks[inside], level)
    n = int(inside.sum())
    spread = float(x.std()) if len(x) else 0.0
    reach = abs(fit.contrast.gap) * float(t[inside].std()) / spread * (n / len(x)) ** 0.5 if n and spread > 0 else 0.0
    if not claim.where.terms:
        return fit._replace(contrast=granted(fit.contrast, steadiness(t, x))), None, n, min(1.0, reach), {}
    beside = interaction(t, x, inside, blocks, level)
    rest = line(t[~inside], x[~inside], None, level).contrast.gap
    return fit, beside, n, min(1.0, reach), {"rest": rest, "beside": beside.gap}


def _judge_counts(claim: Claim, clock: Clock, verify: Verify, level: float) -> tuple[Line, Contrast | None, int, float, dict[str, float]]:
    every = np.ones(verify.rows.n, dtype=bool)
    fit = series_line(clock, verify.rows, every, level)
    mean = max(fit.base + fit.contrast.gap / 2, 1e-9)
    reach = min(1.0, abs(fit.contrast.gap) / mean / 12**0.5)  # the deviation of a steady rise, as a share of the mean
    return fit, None, int(counted(clock, verify.rows, every).n.sum()), reach, {}


def _judge_share(claim: Claim, clock: Clock, verify: Verify, level: float) -> tuple[Line, Contrast | None, int, float, dict[str, float]]:
    """The line of a level's share of all rows; the number of its rows must move to the same side, at GATE."""
    rows = verify.rows
    t, blocks = clock.position(rows), entities(clock, verify)
    known = ~np.isnan(t)
    inside = claim.where.holds(rows)
    fit = line(t[known], inside[known].astype(np.float64), None if blocks is None else blocks[known], level)
    number = series_line(clock, rows, inside)
    up = 1.0 if claim.direction == "up" else -1.0
    held = number.contrast.gap * up > 0 and number.contrast.tail <= GATE
    spread = float(inside[known].std()) if known.any() else 0.0
    reach = min(1.0, abs(fit.contrast.gap) * float(t[known].std()) / spread) if spread > 0 else 0.0
    extra = {"number_base": number.base, "number_value": number.base + number.contrast.gap, "rows": float(inside[known].sum())}
    gate = Contrast(up, 0.0, 0.0, 0.0 if held else 1.0, "", 0.0 if held else 1.0)
    return fit, gate, int(known.sum()), reach, extra


def _is_share(claim: Claim) -> bool:
    """Whether it is a level's part of all rows that rises or falls."""
    return claim.measure.counts and bool(claim.where.terms)


def _sentence(claim: Claim, e: Evidence, lang: str) -> str:
    w, clock, m = phrases(lang), told(claim), claim.measure
    start, end = clock.moments()
    if claim.told("relative"):
        own, others, gap = (w.difference(v, m.scale) for v in (e.value, e.base, e.effect))
        span, proof, where = w.interval(e.low, e.high, m.scale, e.level), w.proof(count(e.n), e.half), claim.where.say(lang)
        if lang == "zh":
            course = f"从{start}到{end}，其拟合线变化 {own}，其余各行变化 {others}，相差 {gap}"
            opening = f"{w.when(where)}，{glue(m.told(lang), '沿', clock.name, '相对于其余各行', VERBS[lang][claim.direction])}"
            return f"{opening}：{course}（{span}；{proof}）。"
        opening = f"{w.when(where)}, {lower(m.told(lang))} {VERBS[lang][claim.direction]} along {clock.name} against all other rows"
        course = f"from {start} to {end} its fitted line changes by {own}, that of all other rows by {others}, {gap} between them"
        return f"{opening}: {course} ({span}; {proof})."
    verb, (rate, unit) = VERBS[lang][claim.direction], per(clock, e.effect)
    scale = "share" if _is_share(claim) else m.scale
    if m.counts and scale != "share":
        ends, spread = [amounts(max(v, 0.0), clock.unit, lang) for v in (e.base, e.value)], ""
    else:
        bounds = (0.0, 1.0) if scale == "share" else (-np.inf, np.inf)
        ends, spread = [w.amount(float(np.clip(v, *bounds)), scale) for v in (e.base, e.value)], w.difference(rate, scale)
    gap, span, proof = w.difference(e.effect, scale), w.interval(e.low, e.high, scale, e.level), w.proof(count(e.n), e.half)
    where = claim.where.say(lang) if claim.where.terms else ""
    if lang == "zh":
        steady = f"，合{glue(PER[lang][unit], spread)}" if spread else ""
        course = f"{glue('拟合线从', start, '的', ends[0], '到', end, '的', ends[1])}，共 {gap}{steady}"
        subject = glue("", where, "的行在全部行中的占比") if _is_share(claim) else m.told(lang)
        opening = f"{w.when(where)}，" if where and not _is_share(claim) else ""
        return f"{opening}{glue(subject, '沿', clock.name, verb)}：{course}（{span}；{proof}）。{_meanwhile(claim, e, lang)}"
    subject = f"The share of rows where {where}" if _is_share(claim) else m.told(lang)
    opening = f"{w.when(where)}, {lower(subject)}" if where and not _is_share(claim) else subject
    steady = f", or {spread} {PER[lang][unit]}" if spread else ""
    course = f"the fitted line goes from {ends[0]} ({start}) to {ends[1]} ({end}), {gap} in all{steady}"
    return f"{opening} {verb} along {clock.name}: {course} ({span}; {proof}).{_meanwhile(claim, e, lang)}"


def _meanwhile(claim: Claim, e: Evidence, lang: str) -> str:
    """What the rows outside the group do, or how many rows a share is."""
    w, zh = phrases(lang), lang == "zh"
    if "rest" in e.extra:
        rest = w.difference(e.extra["rest"], claim.measure.scale)
        return f"同期其余行的变化为 {rest}。" if zh else f" All other rows change by {rest} in the same time."
    if "number_value" in e.extra:
        a, b = (amounts(max(e.extra[name], 0.0), told(claim).unit, lang) for name in ("number_base", "number_value"))
        return f"行数从{a}变为{b}。" if zh else f" In numbers: from {a} to {b}."
    return ""
