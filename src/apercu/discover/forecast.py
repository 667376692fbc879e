"""Forecast: what the next month (week, quarter ...) will bring if a clear trend goes on, with the interval that it should fall into.

    If it goes on like this, the number of rows will be 41.2 (33.0 to 49.4) in 2024-02, against 28.3 a month in the last three months ...

Only of lines that `_lines` found strong, whose periods lie close enough to the line (FITS) and whose last quarter it foretells better than "as
it was last". Null hypothesis: no slope; judged as in `trend`. The interval is that of one further period (Fisher 1922): independent normal
scatter around the line, widened by what periods remember of each other. What it does not do: seasons, curves, or anything
that breaks the line; the farther the trend is carried, the less it is worth, so one period is told and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from scipy.special import stdtrit

from ..core.condition import Condition
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..stats.series import line, memory
from ..words import phrases
from ..words.numbers import count, plain
from ..words.spacing import glue
from ._chart import line_chart, sign
from ._clock import MICROSECOND, PER, Clock, clock_of, counted, entities, lower, told, visible
from ._compare import method_of, seen
from ._lines import lines_of, series_line

__all__ = ["Forecast"]

KEEP: Final = 4.0  # least z of the line on the searched rows
FITS: Final = 0.3  # least share of the periods' variance that the line explains
MOVES: Final = 0.5  # least change from the last periods to the next, in half widths of its interval: less is "as it was"
FEWEST: Final = 9  # whole periods
WANTED: Final = 18  # periods that a reader thinks in: a month of a year and a half rather than its weeks
ROWS: Final = 3.0  # rows of a period on average
RECENT: Final = 3  # last periods that the next one is compared with
TESTED: Final = 4  # the last of so many parts is foretold from the others
TOLD: Final = 0.95  # level of the interval that the sentence tells
MOST: Final = 8  # claims
NEXT: Final = {"en": {"hour": "hours", "day": "days", "week": "weeks", "month": "months", "quarter": "quarters", "year": "years"},
               "zh": {"hour": "小时", "day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}}  # fmt: skip


class _Series(NamedTuple):
    """Periods: their numbers, the mean (or number of rows) of each, and its weight (rows; 1 for numbers of rows)."""

    number: np.ndarray
    y: np.ndarray
    weight: np.ndarray


class _Fitted(NamedTuple):
    """The line's value in the next period, half of the interval's width, the mean of the last periods, the share of variance it explains."""

    value: float
    half: float
    recent: float
    fits: float

    @property
    def moves(self) -> float:
        """The expected change, in half widths of its interval."""
        return abs(self.value - self.recent) / self.half if self.half > 0 else 0.0


class Forecast:
    """The next period of a measure, or of the number of rows, that follows a clear trend."""

    name: ClassVar[str] = "forecast"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "what comes next if trends go on", "zh": "趋势延续下的预测"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The strong lines that fit their periods and would have foretold the last of them."""
        found: list[Claim] = []
        looks = 0
        for measure in search.measures:
            fine = clock_of(search, measure)
            clock = _readable(fine, measure, search.rows.n)
            if clock is None or fine is None:
                continue
            lines, looked = lines_of(search, measure, fine)
            looks += looked
            for steep in lines:
                series = _series(clock, search.rows, measure, steep.where)
                fitted = _fitted(series, clock, TOLD)
                if steep.strength >= KEEP and fitted and fitted.fits >= FITS and fitted.moves >= MOVES and _foretells(series):
                    direction = "up" if steep.change > 0 else "down"
                    detail = (*clock.detail(), ("fine", fine.unit))
                    found.append(Claim(self.name, steep.where, measure, direction, steep.strength, (), clock.by, detail=detail))
        for claim in sorted(found, key=lambda c: (-c.strength, c.where.say(), c.measure.name))[:MOST]:
            yield replace(claim, looks=looks)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: what the next period is expected to be (value) minus the mean of the last three (base); p: that of the line's slope."""
        clock, rows, measure = told(claim), verify.rows, claim.measure
        series = _series(clock, rows, measure, claim.where)
        fitted = _fitted(series, clock, level)
        n = int(series.y.sum() if measure.counts else series.weight.sum())
        slope, p = _slope(claim, clock, verify)
        if fitted is None:
            return Evidence(0.0, -np.inf, np.inf, 1.0, n, method_of("too few rows", verify, claim.looks), verify.half, 0.0, 0.0, level)
        up = 1.0 if claim.direction == "up" else -1.0
        effect = fitted.value - fitted.recent
        p = p if slope * up > 0 and effect * up > 0 and _foretells(series) else 1.0
        method = method_of("robust t of a slope", verify, claim.looks)
        reach = min(1.0, fitted.fits**0.5 * 0.5 * (n / max(rows.n, 1)) ** 0.5)  # half: it is not yet so
        usual = _fitted(series, clock, TOLD)
        half = usual.half if usual else fitted.half  # one further period is foretold as it is, however many lines were looked at
        extra = {"low": fitted.value - half, "high": fitted.value + half, "fits": fitted.fits}
        low, high = effect - fitted.half, effect + fitted.half
        return Evidence(effect, low, high, p, n, method, verify.half, fitted.value, fitted.recent, level, reach, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n: the line through the periods, carried on by one."""
        clock = told(claim)
        first, last = clock.whole
        if claim.measure.counts:
            source, n = visible(clock, claim.where, half), "sum(m)"
        else:
            source = (
                f"SELECT {claim.measure.to_sql()} AS m, {clock.slot()} AS i FROM data\n"
                f"    WHERE {seen(half)} AND coalesce({claim.where.to_sql()}, FALSE)"
            )
            n = "regr_count(m, i)"
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            f"  SELECT regr_intercept(m, i) + {last + 1} * regr_slope(m, i) AS value, avg(m) FILTER (WHERE i > {last - RECENT}) AS base, {n} AS n\n"
            f"  FROM ({source})\n  WHERE i BETWEEN {first} AND {last})"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """What is expected and when, its interval, and how it was of late."""
        return _sentence(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """The periods, and the next one with its interval's ends."""
        clock = told(claim)
        series = _series(clock, verify.rows, claim.measure, claim.where)
        group = sign(claim.where) or "·"
        kept = slice(-40, None)
        made = [
            {"x": str(clock.starts(int(i)))[:19], "value": float(y), "group": group, "role": "wider"}
            for i, y in zip(series.number[kept], series.y[kept], strict=True)
        ]
        then = str(clock.starts(clock.whole[1] + 1))[:19]
        ends = [("low", evidence.extra.get("low", 0.0)), ("value", evidence.value), ("high", evidence.extra.get("high", 0.0))]
        made += [{"x": then, "value": float(v), "group": "→", "role": "segment"} for _, v in ends]
        return line_chart(made, claim, clock.name, temporal=True)

    @staticmethod
    def example() -> Example:
        """Prices that rise by two a month, sold evenly over a year and a half."""
        rng = np.random.default_rng(2)
        n = 6_000
        t = rng.random(n)
        sold = np.datetime64("2022-01-01", "us") + (t * 545 * 1440).astype(np.int64).astype("timedelta64[m]")
        columns = {"sold": sold, "price": 50 + 36 * t + rng.gamma(4, 4, n), "shop": rng.choice(["a", "b", "c"], n).astype(object)}
        return Example(columns, "", Condition(), ("sold", "price"))


def _readable(clock: Clock | None, measure: Measure, n: int) -> Clock | None:
    """The clock in periods that a reader thinks in; None where numbers of rows are known of some periods only."""
    if clock is None or (measure.counts and not clock.gaps):
        return None
    fits = [u for u, one in MICROSECOND.items() if FEWEST <= clock.span / one <= n / ROWS]
    return replace(clock, unit=min(fits, key=lambda u: abs(np.log(clock.span / MICROSECOND[u] / WANTED)))) if fits else None


def _series(clock: Clock, rows: Rows, measure: Measure, where: Condition) -> _Series:
    inside = where.holds(rows)
    if measure.counts:
        series = counted(clock, rows, inside)
        return _Series(series.number, series.n, np.ones(len(series.n)))
    first, last = clock.whole
    x, period = measure.values(rows), clock.period(rows)
    known = ~np.isnan(x) & inside & (period >= first) & (period <= last)
    n = np.bincount(period[known] - first, minlength=max(last - first + 1, 0)).astype(np.float64)
    total = np.bincount(period[known] - first, x[known], len(n))
    some = np.flatnonzero(n)
    return _Series(some + first, total[some] / n[some], n[some])


def _weighted(number: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """(intercept, slope) of a weighted line."""
    middle, mean = float(weight @ number / weight.sum()), float(weight @ y / weight.sum())
    u = number - middle
    slope = float(weight @ (u * y)) / max(float(weight @ (u * u)), 1e-300)
    return mean - slope * middle, slope


def _fitted(series: _Series, clock: Clock, level: float) -> _Fitted | None:
    """The line carried on by one period; None of too few periods, or where the last ones are empty."""
    k, after = len(series.y), clock.whole[1] + 1
    late = series.number > clock.whole[1] - RECENT
    if k < FEWEST or not late.any():
        return None
    weight, number = series.weight, series.number.astype(np.float64)
    base, slope = _weighted(number, series.y, weight)
    e = series.y - base - slope * number
    middle, total = float(weight @ number / weight.sum()), float(weight.sum())
    length = float(weight @ (number - middle) ** 2)
    scatter = float(weight @ (e * e)) / (k - 2) * memory(weight * e, weight * weight / total, series.number)
    error = (scatter * (1.0 / float(weight.mean()) + 1.0 / total + (after - middle) ** 2 / length)) ** 0.5
    spread = float(weight @ (series.y - float(weight @ series.y) / total) ** 2)
    fits = 1.0 - float(weight @ (e * e)) / spread if spread > 0 else 0.0
    recent = float(weight[late] @ series.y[late] / weight[late].sum())
    return _Fitted(base + slope * after, float(stdtrit(k - 2, 0.5 + level / 2)) * error, recent, fits)


def _foretells(series: _Series) -> bool:
    """Whether a line through the earlier periods foretells the last quarter better than the last values before it do."""
    k = len(series.y)
    held = max(2, k // TESTED)
    if k - held < 4:
        return False
    then, y, weight = series.number[:-held].astype(np.float64), series.y[:-held], series.weight[:-held]
    base, slope = _weighted(then, y, weight)
    last = float(weight[-RECENT:] @ y[-RECENT:] / weight[-RECENT:].sum())
    seen_y, w = series.y[-held:], series.weight[-held:]
    return float(w @ (seen_y - base - slope * series.number[-held:]) ** 2) < float(w @ (seen_y - last) ** 2)


def _slope(claim: Claim, clock: Clock, verify: Verify) -> tuple[float, float]:
    """(slope, its p) of the measure, or of numbers of rows, on the clock."""
    rows, inside = verify.rows, claim.where.holds(verify.rows)
    if claim.measure.counts:
        fit = series_line(replace(clock, unit=claim.told("fine", clock.unit)), rows, inside)
    else:
        x, t, blocks = claim.measure.values(rows), clock.position(rows), entities(clock, verify)
        known = ~np.isnan(x) & ~np.isnan(t) & inside
        fit = line(t[known], x[known], None if blocks is None else blocks[known])
    return fit.contrast.gap, fit.contrast.p


def _sentence(claim: Claim, e: Evidence, lang: str) -> str:
    w, clock, m = phrases(lang), told(claim), claim.measure
    low, high = e.extra.get("low", e.value), e.extra.get("high", e.value)
    if m.counts:
        value, ends, base = plain(round(e.value, 1)), [plain(round(max(v, 0.0), 1)) for v in (low, high)], plain(round(e.base, 1))
    else:
        value, ends, base = w.amount(e.value, m.scale), [w.amount(v, m.scale) for v in (low, high)], w.amount(e.base, m.scale)
    level = f"{100 * TOLD:.4g}%"
    then, proof, unit = clock.label(clock.whole[1] + 1), w.proof(count(e.n), e.half), NEXT[lang][clock.unit]
    if lang == "zh":
        opening = f"{w.when(claim.where.say(lang))}，" if claim.where.terms else ""
        each = PER[lang][clock.unit] if m.counts else ""
        recent = glue("最近", str(RECENT), unit, f"{each}平均为", base)
        expected = f"{glue(m.told(lang), '在', then, '将为', value)}（{level} 预测区间 {ends[0]} 至 {ends[1]}）"
        return f"{opening}若 {clock.name} 上的走势延续，{expected}，{recent}（{proof}）。"
    opening = f"{w.when(claim.where.say(lang))}, if" if claim.where.terms else "If"
    each = f" {PER[lang][clock.unit]}" if m.counts else ""
    when = f"in the {clock.unit} of {then}" if clock.unit in ("week", "quarter", "hour") else f"in {then}" if clock.unit != "day" else f"on {then}"
    expected = f"{lower(m.told(lang))} will be {value} ({level} prediction interval {ends[0]} to {ends[1]}) {when}"
    return f"{opening} it goes on like this along {clock.name}, {expected}, against {base}{each} in the last {RECENT} {unit} ({proof})."
