"""Change: a moment from which a measure is higher or lower than before, or a window of time in which it, or the number of rows, stands out.

    From 2023-06-05 on, the mean of wait is 31.2, against 35.0 before ...
    Where category is “Hardware”, there are 11.3 rows a week from 2023-07-03 to 2023-08-27, against 1.9 in other weeks ...

Searched by prefix sums over moments (binary segmentation, Scott & Knott 1974) and over windows (a scan, Naus 1965); a moment is told only
where a step fits better than a straight line, a window only where it fits better than a step. Where a table is large enough for halves, both are
searched and judged on all rows nevertheless, since half of the stretches of a clock leaves a moment uncertain by weeks; moments pay for all
moments and windows for all windows that were looked at, each with half of the chances. Null hypothesis: the mean is the same inside and outside.
Two groups of rows are compared as everywhere, and once more along the clock: a window by `stats/series.step`, a moment by `stats/wandering`, whose
error forgives a slow course beside the jump and which asks that the jump exceed what the measure does elsewhere, so that a walk, or a memory
that hardly fades, makes none. Where halves judge, that second p is multiplied by SHARED, the number of independent moments, or windows, that a
clock has, for both halves see a chance that lasts. A window assumes a memory that fades within a sixth of the time. What it does *not* do: say
what happened, or tell of more than one moment and one window of a measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.condition import EVERYONE, Condition, Term
from ..core.expression import Column
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import SMALL, Search, Verify
from ..stats.series import step
from ..stats.tests import Contrast
from ..stats.wandering import abruptness, granted, jump
from ..words import phrases
from ..words.numbers import count, plain
from ..words.spacing import glue
from ._burst import judge_window, rarer, windows, within
from ._chart import OTHERS, line_chart, sign
from ._clock import PER, Clock, along, counted, entities, iso, lower, means_sql, moment, points, told, visible
from ._compare import compared, method_of, reach
from ._search import allowed, least_rows, scaled, searched

__all__ = ["Change"]

CUTS: Final = (180, 14)  # moments that are tried in a large table, and in one that pays for each
BINS: Final = (60, 14)  # stretches of the clock that windows are made of, likewise
KEEP: Final = 4.0  # least z of a moment: sqrt(2 ln 180) and a little more
KEEP_WINDOW: Final = 4.6  # of a window: a few hundred independent ones
KEEP_CELL: Final = 5.0  # of a level in a window: a hundred levels
BETTER: Final = 6.0  # chi-square that a step must bring above a line
BETTER_WINDOW: Final = 15.0  # that a window, of which there are many more, must bring above a step
GAP: Final = 0.1  # least difference in standard deviations
COMMON: Final = 50  # rows of a level and of all others whose windows are looked at
LONGEST: Final = 1 / 4  # of a window, as a share of the clock: a longer one is no exception
SHARED: Final = (20.0, 60.0)  # independent moments, and windows: the largest |t| over all of them is judged as that of so many
MOST: Final = 16  # claims


class Change:
    """A moment, or a window of time, that sets a measure or the number of rows apart."""

    name: ClassVar[str] = "change"
    scope: ClassVar[str] = "measure"
    everywhere: ClassVar[str] = "instead"  # a half of the stretches of a clock knows no moment well
    title: ClassVar[Mapping[str, str]] = {"en": "moments of change and unusual times", "zh": "变化点与异常时段"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The best moment and window of each measure; of numbers of rows the best window of all rows and of each level."""
        yield from along(search, _moments, MOST)
        yield from along(search, _spells, MOST)

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) uint8: 1 in the rows of the claim."""
        return claim.where.holds(search.rows).astype(np.uint8)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean (or rows per period) inside minus outside."""
        return (_judge_counts if claim.measure.counts else _judge_means)(claim, verify, level)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n of the two groups of rows, or of periods."""
        clock = told(claim)
        if not claim.measure.counts:
            return means_sql(claim, clock, half)
        first, last = claim.told("first"), claim.told("last")
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            "  SELECT avg(m) FILTER (WHERE hit) AS value, avg(m) FILTER (WHERE NOT hit) AS base, sum(m) FILTER (WHERE hit) AS n\n"
            f"  FROM (SELECT m, i BETWEEN {first} AND {last} AS hit FROM ({visible(clock, rarer(claim.where), half)})))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """When it is, the measure then and otherwise, and the difference."""
        return (_say_counts if claim.measure.counts else _say_means)(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """A line through the periods; those that are told are marked."""
        clock, rows = told(claim), verify.rows
        there, level = Condition(claim.where.terms[-1:]), rarer(claim.where)
        if claim.measure.counts:
            series = counted(clock, rows, level.holds(rows))
            number, x = series.number, series.n
            member = (number >= claim.told("first")) & (number <= claim.told("last"))
        else:
            x, when = claim.measure.values(rows), clock.period(rows)
            known = ~np.isnan(x) & ~np.isnat(rows[clock.name]) & (when >= 0) & (when < clock.count) & level.holds(rows)
            number, x, member = when[known], x[known], there.holds(rows)[known]
        made = points(number[~member], x[~member], clock, OTHERS, "wider") + points(number[member], x[member], clock, sign(claim.where), "segment")
        return line_chart(made, claim, clock.name, temporal=True)

    @staticmethod
    def example() -> Example:
        """Prices that drop by a third of their spread on the fifth of June."""
        rng = np.random.default_rng(9)
        n = 6_000
        day = rng.integers(0, 600, n)
        price = 100 + rng.normal(0, 10, n) - np.where(day >= 300, 4.0, 0.0)
        sold = np.datetime64("2022-08-09", "us") + day.astype("timedelta64[D]")
        columns = {"sold": sold, "colour": rng.choice(["blue", "green", "red"], n).astype(object), "price": price}
        return Example(columns, "price", Condition((Term("sold", ">=", "2023-06-05"),)), ("sold",))


class _Followed(NamedTuple):
    """A measure along a clock: the rows that have both, their moments, the measure in standard deviations, the least rows of a group."""

    at: np.ndarray
    when: np.ndarray
    x: np.ndarray
    least: int


def _followed(search: Search, measure: Measure, clock: Clock) -> _Followed | None:
    ready = scaled(search, measure)
    at = np.arange(search.rows.n) if ready.present is None else ready.present
    when = search.rows[clock.name][at]
    known, least = ~np.isnat(when), least_rows(len(ready.x))
    if ready.sd == 0.0 or int(known.sum()) < 2 * least:
        return None
    return _Followed(at[known], when[known], ready.x[known] / ready.sd, least)


def _moments(search: Search, measure: Measure, clock: Clock) -> tuple[list[Claim], int]:
    """(the best moment of a measure, where it is strong, what it must pay: half of the chances are those of moments)."""
    followed = None if measure.counts else _followed(search, measure, clock)
    if followed is None:
        return [], 0
    moments, z, best = _stepped(search, clock, followed)
    if not len(z) or z[best] ** 2 < max(KEEP**2, _line(followed.when, followed.x) + BETTER):
        return [], 2 * len(z)
    iso_ = iso(moments[best])
    where, before = (Condition((Term(Column(clock.name), op, iso_),)) for op in (">=", "<"))
    late = followed.when >= moments[best]
    gap = float(followed.x[late].mean() - followed.x[~late].mean())
    claims = [_claim(where, (before,), measure, clock, float(z[best]), ("up", "down"), gap)]
    return [c for c in claims if abs(gap) >= GAP], 2 * len(z)


def _stepped(search: Search, clock: Clock, followed: _Followed) -> tuple[np.ndarray, np.ndarray, int]:
    """(moments, z of each, the place of the best)."""
    moments, z = _cuts(followed.when, followed.x, _edges(clock, CUTS[search.rows.n < SMALL // 2]), followed.least)
    return moments, z, int(np.argmax(np.abs(z))) if len(z) else 0


def _spells(search: Search, measure: Measure, clock: Clock) -> tuple[list[Claim], int]:
    """(claims about windows, what they must pay: the other half)."""
    if measure.counts:
        claims, looks = _of_counts(search, measure, clock)
        return claims, 2 * looks
    followed = _followed(search, measure, clock)
    if followed is None:
        return [], 0
    small = search.rows.n < SMALL // 2
    _, z, best = _stepped(search, clock, followed)
    better = max(_line(followed.when, followed.x), float(z[best] ** 2) if len(z) else 0.0)
    edges = _edges(clock, BINS[small])
    claims = _windows(clock, measure, followed.when, followed.x, edges, better, followed.least)
    looks = _pairs(len(edges) + 1)
    if not small:
        claims += _cells(search, measure, clock, (followed.at, followed.when, followed.x), edges)
        looks *= 1 + len(_levels(search, measure))
    return [c for c in claims if abs(c.told("gap")) >= GAP], 2 * looks


def _cuts(when: np.ndarray, x: np.ndarray, edges: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """(moments, z of the mean from then on against before), of a measure in standard deviations."""
    place = np.searchsorted(edges, when, side="right")
    n, total = np.bincount(place, minlength=len(edges) + 1).cumsum()[:-1], np.bincount(place, x, len(edges) + 1).cumsum()[:-1]
    rest, sum_rest = len(x) - n, float(x.sum()) - total
    fits = (n >= least) & (rest >= least)
    n, total, rest, sum_rest = n[fits], total[fits], rest[fits], sum_rest[fits]
    return edges[fits], (sum_rest / rest - total / n) / np.sqrt(1 / n + 1 / rest)


def _line(when: np.ndarray, x: np.ndarray) -> float:
    """The chi-square of a straight line."""
    t = (when - when.min()).astype(np.int64).astype(np.float64)
    u = t - t.mean()
    length = float(u @ u)
    return float(u @ x) ** 2 / length if length > 0 else 0.0


def _windows(clock: Clock, measure: Measure, when: np.ndarray, x: np.ndarray, edges: np.ndarray, better: float, least: int) -> list[Claim]:
    """The best window that fits better than any step and the line, if it is strong."""
    place = np.searchsorted(edges, when, side="right")
    k = len(edges) + 1
    a, b = _spans(k)
    n, total = (np.concatenate([[0.0], np.cumsum(np.bincount(place, w, k))]) for w in (np.ones(len(x)), x))
    inside, outside = n[b] - n[a], n[-1] - n[b] + n[a]
    fits = (inside >= least) & (outside >= least)
    if not fits.any():
        return []
    gap = (total[b] - total[a]) / np.maximum(inside, 1) - (total[-1] - total[b] + total[a]) / np.maximum(outside, 1)
    z = np.where(fits, gap / np.sqrt(1 / np.maximum(inside, 1) + 1 / np.maximum(outside, 1)), 0.0)
    best = int(np.argmax(np.abs(z)))
    if z[best] ** 2 < max(KEEP_WINDOW**2, better + BETTER_WINDOW):
        return []
    term = _between(clock, edges, int(a[best]), int(b[best]))
    return [_claim(Condition((term,)), (EVERYONE,), measure, clock, float(z[best]), ("high", "low"), float(gap[best]))]


def _cells(search: Search, measure: Measure, clock: Clock, moving: tuple[np.ndarray, np.ndarray, np.ndarray], edges: np.ndarray) -> list[Claim]:
    """The best window of a level that differs from the level at other times, from others at that time, and from what both would add up to."""
    at, when, x = moving
    codes, k = searched(search), len(edges) + 1
    place, (a, b), least = np.searchsorted(edges, when, side="right"), _spans(k), least_rows(len(x))
    n_all, x_all = (np.bincount(place, w, k) for w in (np.ones(len(x)), x))
    found: list[tuple[float, float, int, int]] = []
    cells: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for item in _levels(search, measure):
        j, code = codes.column_of(item), int(codes.low[item])
        if j not in cells:
            key = codes.codes[j][at].astype(np.int64) * k + place
            n, total = (np.bincount(key, w, int(codes.levels[j]) * k).reshape(-1, k) for w in (np.ones(len(x)), x))
            cells[j] = n, total
        n, total = (part[code] for part in cells[j])
        z, gap = _cell_scores((n, total), (n_all, x_all), a, b, least)
        best = int(np.argmax(z)) if len(z) else 0
        if len(z) and z[best] ** 2 >= max(KEEP_CELL**2, _steady(n, total) + BETTER):
            found.append((float(z[best]), float(gap[best]), item, best))
    claims = []
    for z, gap, item, best in sorted(found, reverse=True)[:3]:
        level, term = codes.terms[item], _between(clock, edges, int(a[best]), int(b[best]))
        where = Condition((level, term))
        claims.append(_claim(where, (Condition((level,)), Condition((term,))), measure, clock, z * np.sign(gap), ("high", "low"), gap))
    return claims


def _levels(search: Search, measure: Measure) -> list[int]:
    """The levels of categories that a measure or the number of rows is followed in."""
    codes = searched(search)
    moments = {c.name for c in search.schema if c.kind == "time"}
    usable = [j for j in np.flatnonzero(allowed(search, measure)) if not codes.ordered[j] and not moments & set(search.sources(codes.names[j]))]
    return [i for j in usable for i in range(int(codes.starts[j]), int(codes.starts[j + 1])) if codes.terms[i].op == "is"]


def _steady(n: np.ndarray, total: np.ndarray) -> float:
    """The chi-square of a line through the stretches of a level: n (k,) rows and total (k,) of a measure in standard deviations."""
    place = np.arange(len(n), dtype=np.float64)
    u = place - float(n @ place) / max(float(n.sum()), 1.0)
    length = float(n @ (u * u))
    return float(u @ total) ** 2 / length if length > 0 else 0.0


def _cell_scores(
    own: tuple[np.ndarray, np.ndarray], every: tuple[np.ndarray, np.ndarray], a: np.ndarray, b: np.ndarray, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """(windows,) smallest |z| of a level in a window against its two parents and their sum, 0 where they disagree; and its gap to the level else."""
    n, total = (np.concatenate([[0.0], np.cumsum(part)]) for part in own)
    n_all, x_all = (np.concatenate([[0.0], np.cumsum(part)]) for part in every)
    cells_n = np.stack([n[b] - n[a], n[-1] - n[b] + n[a], n_all[b] - n_all[a] - n[b] + n[a]])
    cells_x = np.stack([total[b] - total[a], total[-1] - total[b] + total[a], x_all[b] - x_all[a] - total[b] + total[a]])
    n3, x3 = n_all[-1] - cells_n.sum(axis=0), x_all[-1] - cells_x.sum(axis=0)
    counts = np.vstack([cells_n, n3])
    means = np.vstack([cells_x, x3]) / np.maximum(counts, 1)
    share = 1 / np.maximum(counts, 1)
    gaps = np.stack([means[0] - means[1], means[0] - means[2], means[0] - means[1] - means[2] + means[3]])
    errors = np.sqrt(np.stack([share[0] + share[1], share[0] + share[2], share.sum(axis=0)]))
    z = gaps / errors
    same = (z > 0).all(axis=0) | (z < 0).all(axis=0)
    return np.where(same & (counts.min(axis=0) >= least), np.abs(z).min(axis=0), 0.0), gaps[0]


def _of_counts(search: Search, measure: Measure, clock: Clock) -> tuple[list[Claim], int]:
    """(claims about numbers of rows, how many windows were looked at)."""
    claims: list[Claim] = []
    codes, known = searched(search), np.ones(search.rows.n, dtype=bool)
    looks, period, small = 0, clock.period(search.rows), search.rows.n < SMALL // 2
    for item in (None, *_levels(search, measure)):
        inside = known if item is None else codes.holds(item)
        if not COMMON <= int(inside.sum()) <= search.rows.n - (COMMON if item is not None else 0):
            continue
        best, looked = windows(clock, search.rows, inside, small=small)
        looks += looked
        if best is None:
            continue
        there = (period >= best.first) & (period <= best.last)
        if item is not None and not _share_moves(inside, there, best.more):
            continue
        terms = (*(() if item is None else (codes.terms[item],)), within(clock, best.first, best.last))
        where, detail = Condition(terms), (("first", best.first), ("last", best.last))
        against = (Condition((codes.terms[item],)), Condition(terms[-1:])) if item is not None else (EVERYONE,)
        claim = _claim(where, against, measure, clock, best.z if best.more else -best.z, ("high", "low"))
        claims.append(replace(claim, detail=(*claim.detail, *detail)))
    return claims, looks


def _share_moves(inside: np.ndarray, there: np.ndarray, more: bool) -> bool:
    """Whether a level's share of all rows differs in a window by more than chance: z of 3, and on the side of its number."""
    here, rest = int(there.sum()), int((~there).sum())
    if not here or not rest:
        return False
    a, b, p = float(inside[there].mean()), float(inside[~there].mean()), float(inside.mean())
    return (a - b) * (1 if more else -1) >= 3.0 * (p * (1 - p) * (1 / here + 1 / rest)) ** 0.5


def _claim(
    where: Condition, against: tuple[Condition, ...], measure: Measure, clock: Clock, z: float, ways: tuple[str, str], gap: float = 1.0
) -> Claim:
    detail = (*clock.detail(), ("gap", float(gap)))
    return Claim(Change.name, where, measure, ways[0] if z > 0 else ways[1], float(abs(z)), against, clock.by, detail=detail)


def _edges(clock: Clock, most: int) -> np.ndarray:
    """At most so many moments inside of a clock, at round days or hours that are equally far apart."""
    start, end = np.datetime64(clock.start, "us"), np.datetime64(clock.end, "us")
    for unit in ("D", "h", "m", "s"):
        first, last = start.astype(f"datetime64[{unit}]").astype(np.int64) + 1, end.astype(f"datetime64[{unit}]").astype(np.int64)
        if last - first + 1 >= most // 3 or unit == "s":
            wide = max(1, -(-int(last - first + 1) // most))
            return np.arange(first, last + 1, wide).astype(f"datetime64[{unit}]").astype("datetime64[us]")
    return np.zeros(0, dtype="datetime64[us]")


def _spans(k: int) -> tuple[np.ndarray, np.ndarray]:
    """(first, one after the last) stretch of each window of k stretches that touches neither end of the clock."""
    a, b = np.triu_indices(k + 1, 1)
    kept = (a >= 1) & (b <= k - 1) & (b - a <= max(1, int(k * LONGEST)))
    return a[kept], b[kept]


def _pairs(k: int) -> int:
    return len(_spans(k)[0])


def _between(clock: Clock, edges: np.ndarray, a: int, b: int) -> Term:
    return Term(Column(clock.name), "between", (iso(edges[a - 1]), iso(edges[b - 1] - np.timedelta64(1, "s"))))


def _judge_means(claim: Claim, verify: Verify, level: float) -> Evidence:
    clock, rows = told(claim), verify.rows
    x, t = claim.measure.values(rows), clock.position(rows)
    known = ~np.isnan(x) & ~np.isnan(t)
    inside = claim.where.holds(rows) & known
    judge = replace(verify, blocks=entities(clock, verify))
    p, tests = 0.0, []
    side = 1.0 if claim.direction in ("up", "high") else -1.0
    shared = _shared(claim, verify)
    for other in claim.against:
        outside = other.holds(rows) & known & ~inside
        rowwise = compared(x, inside, outside, judge, level, rate=claim.measure.rate)
        both = inside | outside
        timed = _timed(claim, t[both], x[both], inside[both], level)
        tests.append((rowwise, timed, outside))
        p = max(p, rowwise.p, min(1.0, timed.p * shared)) if rowwise.gap * side > 0 else 1.0
    rowwise, timed, outside = tests[0]
    n, rest = int(inside.sum()), int(outside.sum())
    value = float(x[inside].mean()) if n else 0.0
    base = float(x[outside].mean()) if rest else 0.0
    low, high = min(rowwise.low, timed.low), max(rowwise.high, timed.high)
    gap = value - base if n and rest else 0.0
    method = method_of(f"{rowwise.method} and {timed.method}", verify, claim.looks)
    return Evidence(gap, min(low, gap), max(high, gap), p, n, method, verify.half, value, base, level, reach(gap, x, n, rest), {"rest": float(rest)})


def _timed(claim: Claim, t: np.ndarray, x: np.ndarray, inside: np.ndarray, level: float) -> Contrast:
    """The difference judged along the clock: a window by its residuals, a moment also by what else the measure does."""
    if claim.where.terms[-1].op != ">=" or not inside.any():
        return step(t, x, inside, None, level)
    return granted(jump(t, x, inside, level), abruptness(t, x, float(t[inside].min())))


def _shared(claim: Claim, verify: Verify) -> float:
    """By how much a p is multiplied whose chances both halves saw; where all rows were searched, all looks are counted elsewhere."""
    return 1.0 if verify.half == "all" else SHARED[claim.direction in ("high", "low")]


def _judge_counts(claim: Claim, verify: Verify, level: float) -> Evidence:
    clock = told(claim)
    contrast, share, n, value, base = judge_window(clock, claim.where, (claim.told("first"), claim.told("last")), verify, level)
    side = 1.0 if claim.direction == "high" else -1.0
    p = min(1.0, contrast.p * _shared(claim, verify)) if contrast.gap * side > 0 else 1.0
    extra = {}
    if share is not None:
        p = max(p, share.tail if share.gap * side > 0 else 1.0)
        extra = {"share": share.gap}
    gap = value - base
    spread = abs(gap) / max(value + base, 1e-9) * (n / max(verify.rows.n, 1)) ** 0.5
    method = method_of(contrast.method, verify, claim.looks)
    low, high = min(contrast.low, gap), max(contrast.high, gap)
    return Evidence(gap, low, high, p, n, method, verify.half, value, base, level, min(1.0, spread), extra)


def _time(term: Term, lang: str) -> str:
    """When, in words: from a moment on, until one, or between two."""
    zh = lang == "zh"
    match term.op, term.value:
        case "between", (low, high):
            first, last = moment(str(low)), moment(str(high))
            last = last[:10] if last.endswith("23:59") else last
            return f"{first} 至 {last} 期间" if zh else f"from {first} to {last}"
        case "<", value:
            return f"{moment(str(value))} 之前" if zh else f"before {moment(str(value))}"
        case _, value:
            return f"自 {moment(str(value))} 起" if zh else f"from {moment(str(value))} on"


def _say_means(claim: Claim, e: Evidence, lang: str) -> str:
    w, unit, clock = phrases(lang), claim.measure.scale, told(claim)
    value, base = w.amount(e.value, unit), w.amount(e.base, unit)
    gap, span, proof = w.difference(e.effect, unit), w.interval(e.low, e.high, unit, e.level), w.proof(count(e.n + int(e.extra["rest"])), e.half)
    level, when = rarer(claim.where), _time(claim.where.terms[-1], lang)
    stepped = claim.where.terms[-1].op == ">="
    if lang == "zh":
        opening = f"{w.when(level.say(lang))}，" if level.terms else ""
        rest = "此前" if stepped else "其余时间"
        return f"{opening}按 {clock.name}，{when}，{glue(claim.measure.told(lang), '为', value)}，{rest}为 {base}，相差 {gap}（{span}；{proof}）。"
    opening = f"{w.when(level.say(lang))}, {when}" if level.terms else when[:1].upper() + when[1:]
    rest = "before" if stepped else "at other times"
    return f"{opening} (by {clock.name}), {lower(claim.measure.told(lang))} is {value}, against {base} {rest}: {gap} ({span}; {proof})."


def _say_counts(claim: Claim, e: Evidence, lang: str) -> str:
    w, clock = phrases(lang), told(claim)
    span, proof = w.interval(e.low, e.high, "", e.level), w.proof(count(e.n), e.half)
    level, when = rarer(claim.where), _time(claim.where.terms[-1], lang)
    times = f"{plain(round(e.value / e.base, 1))}" if e.base > 0 else ""
    unit = PER[lang][clock.unit]
    if lang == "zh":
        opening = f"{w.when(level.say(lang))}，" if level.terms else ""
        ratio = f"（为其 {times} 倍）" if times else ""
        subject = claim.measure.told(lang)
        there = f"{when}{glue(subject, unit)}平均为 {plain(e.value)}，其余时间为 {plain(e.base)}{ratio}"
        return f"{opening}按 {clock.name}，{there}（差值 {span}；{proof}）。"
    opening = f"{w.when(level.say(lang))}, {when}" if level.terms else when[:1].upper() + when[1:]
    ratio = f", {times} times as many" if times else ""
    subject = lower(claim.measure.told(lang))
    there = f"{subject} averages {plain(e.value)} {unit}, against {plain(e.base)} at other times{ratio}"
    return f"{opening} (by {clock.name}), {there} (difference: {span}; {proof})."
