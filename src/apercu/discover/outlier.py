"""Outlier: a group that stands out among its siblings, and values so extreme that they are of another kind than the rest.

    amount lies above 41,000 in 1.9% of rows (12), where a lognormal fitted to the middle half expects 0.0%; they hold 28.0% of the total ...

A group: its mean is set beside those of the other levels of its column. Null hypothesis: it is drawn from the same normal distribution as its
siblings (random effects), so that beating sampling error is not enough; the test is the t-prediction of a further sibling, which pays for having
picked the farthest where it was picked on the same rows. It assumes that means of siblings are near normal; where rows come in blocks, the clustered
comparison with all other rows has its say too (the larger p). With few siblings only a glaring group passes. Extreme values: beyond Tukey's far
fence (1977; three interquartile ranges, on the log scale of a skewed number), which the search sets. Null hypothesis: the tail is that of the normal
(lognormal) of the middle half, by an exact binomial test whose rate allows for the error of the fit; where rows come in blocks, blocks are counted
instead. It does not say that a value is wrong, and leaves how many rows a level has to `share` and `ratio`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, ClassVar, Final

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from ..core.codes import shortest
from ..core.condition import Condition, Term
from ..core.expression import literal
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..stats.exact import above
from ..stats.intervals import wilson
from ..words import phrases
from ..words.numbers import count, percent
from ..words.spacing import glue
from ._chart import bar_chart, sign
from ._compare import compare, method_of, query, reach, seen
from ._groups import Grouped, coded_levels, grouped, level_is

__all__ = ["Outlier"]

SIBLINGS: Final = 6  # least levels among which one can stand out
LEVELS: Final = 100
LEAST: Final = 10  # rows of a level that has a mean
FAR: Final = 3.5  # least robust z of a group (Iglewicz & Hoaglin 1993)
APART: Final = 0.3  # least distance of a group, in standard deviations of the measure
KEEP: Final = 3.5  # least z against all other rows
NORMAL: Final = 1.4826  # of the median absolute deviation of a normal: its standard deviation
QUARTILE: Final = 0.6745  # the third quartile of the normal
FENCE: Final = 3.0  # interquartile ranges
SKEWED: Final = 0.15  # Bowley's skewness of quartiles, and of octiles, from which the log scale is used
FEWEST: Final = 3  # rows beyond the fence
RARE: Final = 0.05  # largest share of rows that are called extreme
FITTED: Final = 100  # least rows of a number whose middle is fitted
KEPT: Final = 6  # claims of each kind
SHOWN: Final = 24  # bars


class Outlier:
    """Groups and values that stand out."""

    name: ClassVar[str] = "outlier"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "groups and values that stand out", "zh": "异常的群体与数值"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The farthest group of each measure and column, and the far tails of each number."""
        columns = grouped(search, SIBLINGS, LEVELS)
        measures = [m for m in search.measures if not m.counts]
        pairs = [(m, g) for m in measures for g in columns if not m.known_by((g.name,))]
        numbers = [m for m in measures if not m.rate]
        looks = len(pairs) + 2 * len(numbers)
        groups = [made for m, g in pairs if (made := _standing_out(self.name, m, g, search, looks)) is not None]
        yield from sorted(groups, key=lambda c: (-c.strength, c.where.say(), c.measure.name))[:KEPT]
        tails = [made for m in numbers for made in _tails(self.name, m, search.values(m), looks)]
        yield from sorted(tails, key=lambda c: (-c.strength, c.where.say()))[:KEPT]

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the group's mean less that of all other rows; of extreme values their share of rows less what the fit expects."""
        return _verify_tail(claim, verify, level) if claim.told("kind") == "tail" else _verify_group(claim, verify, level)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n from the study's own rows."""
        if claim.told("kind") == "group":
            return query(claim, half)
        of = claim.measure.to_sql()
        hit = f"coalesce({claim.where.to_sql()}, FALSE)"
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            f"  SELECT avg(({hit})::INT) AS value, {literal(claim.told('expected'))}::DOUBLE AS base, count(*) AS n\n"
            f"  FROM data WHERE {seen(half)} AND {of} IS NOT NULL)"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """How far the group or the values stand out, and on how many rows."""
        return _say_tail(claim, evidence, lang) if claim.told("kind") == "tail" else _say_group(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the means of all siblings, or how many rows lie where along the number."""
        return _bins(claim, verify) if claim.told("kind") == "tail" else _siblings(claim, verify)

    @staticmethod
    def example() -> Example:
        """Forty shops of which one takes far longer than the others, whose means scatter a little."""
        rng = np.random.default_rng(9)
        n = 8_000
        shop = rng.integers(0, 40, n)
        mean = 10 + 0.5 * rng.normal(size=40)
        mean[7] = 16.0
        names = np.array([f"shop {i:02d}" for i in range(40)], dtype=object)
        return Example({"shop": names[shop], "wait": mean[shop] + rng.normal(0, 2, n)}, "", level_is("shop", "shop 07"))


def _means(x: np.ndarray, codes: np.ndarray, levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(rows, mean, squared standard error) of each level; NaN where rows are too few."""
    known = (codes >= 0) & ~np.isnan(x)
    n = np.bincount(codes[known], minlength=levels).astype(np.float64)
    enough = n >= LEAST
    n_safe = np.where(enough, n, np.nan)
    mean = np.bincount(codes[known], x[known], levels) / n_safe
    left = (x[known] - mean[codes[known]]) ** 2
    squares = np.bincount(codes[known], np.nan_to_num(left), levels)
    return n, mean, squares / np.maximum(n_safe - 1, 1) / n_safe


def _standing_out(name: str, measure: Measure, g: Grouped, search: Search, looks: int) -> Claim | None:
    x = search.values(measure)
    n, mean, error = _means(x, g.codes, len(g.levels))
    used = np.flatnonzero(~np.isnan(mean))
    whole = float(np.nanstd(x)) if np.isfinite(x).any() else 0.0
    if len(used) < SIBLINGS or whole == 0.0:
        return None
    centre = float(np.median(mean[used]))
    spread = NORMAL * float(np.median(np.abs(mean[used] - centre)))
    far = (mean[used] - centre) / np.sqrt(np.maximum(spread**2, float(np.median(error[used]))) + error[used])
    best = int(np.argmax(np.abs(far)))
    j = used[best]
    gap = float(mean[j] - centre)
    z = abs(gap) / math.sqrt(whole**2 / n[j])
    if abs(far[best]) < FAR or abs(gap) < APART * whole or z < KEEP:
        return None
    detail = (("kind", "group"), ("column", g.name), ("levels", tuple(g.levels[i] for i in used)), ("level", g.levels[j]))
    return Claim(name, level_is(g.name, g.levels[j]), measure, "high" if gap > 0 else "low", float(abs(far[best])), looks=looks, detail=detail)


def _verify_group(claim: Claim, verify: Verify, level: float) -> Evidence:
    x = claim.measure.values(verify.rows)
    known = ~np.isnan(x)
    inside = claim.where.holds(verify.rows) & known
    rest = known & ~inside
    gap = compare(verify, claim.measure, inside, rest, level)
    side = 1.0 if claim.direction == "high" else -1.0
    levels = claim.told("levels")
    own = levels.index(claim.told("level"))
    _, mean, error = _means(x, coded_levels(verify.rows, claim.told("column"), levels), len(levels))
    others = np.delete(mean, own)
    others = others[~np.isnan(others)]
    p, middle = 1.0, float(np.median(others)) if len(others) else 0.0
    if len(others) >= SIBLINGS - 1 and not math.isnan(mean[own]) and gap.gap * side > 0:
        scatter = float(others.var(ddof=1))
        off = math.sqrt(scatter * (1 + 1 / len(others)) + max(0.0, float(error[own]) - float(np.nanmedian(np.delete(error, own)))))
        t = side * (float(mean[own]) - float(others.mean())) / off if off > 0 else math.inf
        farthest = 2 * float(stdtr(len(others) - 1, -t))
        if verify.half == "all":
            farthest *= len(others) + 1  # the farthest of all siblings was picked on these rows
        p = min(1.0, farthest if verify.blocks is None else max(gap.p, farthest))
    n, m = int(inside.sum()), int(rest.sum())
    value, base = (float(x[mask].mean()) if mask.any() else 0.0 for mask in (inside, rest))
    method = method_of("prediction t of siblings" if verify.blocks is None else f"prediction t of siblings and {gap.method}", verify, claim.looks)
    extra = {"rest": float(m), "siblings": float(len(others)), "median": middle}
    return Evidence(gap.gap, gap.low, gap.high, p, n, method, verify.half, value, base, level, reach(gap.gap, x, n, m), extra)


def _tails(name: str, measure: Measure, x: np.ndarray, looks: int) -> Iterator[Claim]:
    """Both ends of a number, beyond fences that its middle sets."""
    x = np.sort(x[~np.isnan(x)])
    if len(x) < FITTED or measure.of is None or not np.isfinite(x).all():
        return
    logged = _skewed(x) and float(x[0]) > 0
    y = np.log(x) if logged else x
    low, high = (float(q) for q in np.quantile(y, [0.25, 0.75]))
    if high <= low:
        return
    expected = float(ndtr(-(QUARTILE + FENCE * 2 * QUARTILE) * (1 - 2.5 / math.sqrt(len(x)))))  # narrower than the fence by the error of the fit
    for side in ("high",) if logged else ("high", "low"):  # next to nothing is no news of a number that is never below nothing
        fence = high + FENCE * (high - low) if side == "high" else low - FENCE * (high - low)
        fence = math.exp(min(fence, 700.0)) if logged else fence
        beyond = x > fence if side == "high" else x < fence
        rows = int(beyond.sum())
        if not FEWEST <= rows <= RARE * len(x):
            continue
        ordered = (float(x[~beyond].max()), float(x[beyond].min())) if side == "high" else (float(-x[~beyond].min()), float(-x[beyond].max()))
        cut = shortest(max(ordered[0], fence if side == "high" else -fence), ordered[1])
        term = Term(measure.of, ">", cut) if side == "high" else Term(measure.of, "<", -cut)
        strength = float(-ndtri(max(above(rows, len(x), expected), 1e-300)))
        if strength >= KEEP and (x > cut if side == "high" else x < -cut).any():
            detail = (("kind", "tail"), ("expected", expected), ("scale", "log" if logged else "plain"))
            yield Claim(name, Condition((term,)), measure, side, strength, looks=looks, detail=detail)


def _skewed(x: np.ndarray) -> bool:
    """Whether the middle of sorted values leans right, in quartiles and in octiles (Bowley 1920; Moors 1988)."""
    leans = []
    for tail in (0.25, 0.125):
        low, middle, high = np.quantile(x, [tail, 0.5, 1 - tail])
        leans.append((high + low - 2 * middle) / (high - low) if high > low else 0.0)
    return min(leans) >= SKEWED


def _verify_tail(claim: Claim, verify: Verify, level: float) -> Evidence:
    x = claim.measure.values(verify.rows)
    known = ~np.isnan(x)
    beyond = claim.where.holds(verify.rows) & known
    n, rows, expected = int(known.sum()), int(beyond.sum()), float(claim.told("expected"))
    method = method_of("exact binomial", verify, claim.looks)
    extra = {"rows": float(rows), "held": 0.0, "most": 0.0}
    if n < FITTED or rows == 0:
        return Evidence(-expected if n else 0.0, -1.0, 1.0, 1.0, n, method, verify.half, 0.0, expected if n else 0.0, level, 0.0, extra)
    value, p = rows / n, above(rows, n, expected)
    low, high = wilson(rows, n, level)
    if verify.blocks is not None:
        blocks = len(np.unique(verify.blocks[beyond]))
        p = above(blocks, n, expected)
        low = min(low, wilson(blocks, n, level)[0])
    total = float(x[known].sum())
    held = float(x[beyond].sum()) / total if claim.direction == "high" and float(x[known].min()) >= 0 and total > 0 else 0.0
    extra |= {"held": held, "most": float(x[beyond].max() if claim.direction == "high" else x[beyond].min())}
    far = min(1.0, max(held - value, math.sqrt(value)))
    effect = value - expected
    return Evidence(effect, min(low - expected, effect), max(high - expected, effect), p, n, method, verify.half, value, expected, level, far, extra)


def _say_group(claim: Claim, e: Evidence, lang: str) -> str:
    w, unit = phrases(lang), claim.measure.scale
    opening, what, base = w.when(claim.where.say(lang)), claim.measure.averages(e.value, lang), w.amount(e.base, unit)
    gap, span = w.difference(e.effect, unit), w.interval(e.low, e.high, unit)
    rows, others, middle = w.proof(count(e.n + int(e.extra["rest"])), e.half), count(int(e.extra["siblings"])), w.amount(e.extra["median"], unit)
    column = claim.told("column")
    if lang == "zh":
        tail = f"{glue('其差距超出了', column, f'其他 {others} 个取值彼此间的波动')}（中位数 {middle}）"
        return f"{opening}，{what}，其余为 {base}，相差 {gap}（{span}；{rows}）；{tail}。"
    far = f"beyond the scatter of the other {others} values of {column} around {middle}"
    return f"{opening}, {what}, against {base} elsewhere: {gap} ({span}; {rows}), {far}."


def _say_tail(claim: Claim, e: Evidence, lang: str) -> str:
    w = phrases(lang)
    here, value, expected = claim.where.say(lang), percent(e.value), percent(e.base)
    many, rows, span = count(int(e.extra["rows"])), w.proof(count(e.n), e.half), w.interval(e.low, e.high, "share")
    gap, most, logged = w.difference(e.effect, "share"), w.amount(e.extra["most"], claim.measure.scale), claim.told("scale") == "log"
    held = percent(e.extra["held"])
    high = claim.direction == "high"
    if lang == "zh":
        total = glue("；它们占", claim.measure.say(lang), f"总量的 {held}") if e.extra["held"] > e.value else ""
        fit = "对数正态分布" if logged else "正态分布"
        head = f"{glue(here, '的有', many)} 行，占 {value}，而按中间一半拟合的{fit}只应有 {expected}"
        return f"{head}：{gap}（{span}；{rows}）{total}；最{'大' if high else '小'}为 {most}。"
    total = f" They hold {held} of its total." if e.extra["held"] > e.value else ""
    fit = "lognormal" if logged else "normal"
    head = f"{here} in {many} rows, {value} of all, where a {fit} distribution fitted to the middle half expects {expected}"
    return f"{head}: {gap} ({span}; {rows}), the {'largest' if high else 'smallest'} being {most}.{total}"


def _siblings(claim: Claim, verify: Verify) -> dict[str, Any]:
    x, levels, told = claim.measure.values(verify.rows), claim.told("levels"), claim.told("level")
    n, mean, _ = _means(x, coded_levels(verify.rows, claim.told("column"), levels), len(levels))
    order = [int(i) for i in np.argsort(-np.nan_to_num(mean, nan=-math.inf), kind="stable") if not math.isnan(mean[i])]
    shown = order if len(order) <= SHOWN else [*order[: SHOWN // 2], *order[-SHOWN // 2 :]]
    bars = [{"group": str(levels[i]), "value": float(mean[i]), "n": int(n[i]), "role": "segment" if levels[i] == told else "wider"} for i in shown]
    return bar_chart(bars, claim)


def _bins(claim: Claim, verify: Verify) -> dict[str, Any]:
    """Rows in equal parts of the number, those beyond the fence told."""
    x = claim.measure.values(verify.rows)
    known = ~np.isnan(x)
    beyond = claim.where.holds(verify.rows) & known
    bars = []
    if known.any() and float(np.ptp(x[known])) > 0:
        counts, edges = np.histogram(x[known], bins=SHOWN)
        far = np.histogram(x[beyond], bins=edges)[0]
        names = [f"{low:.4g} … {high:.4g}" for low, high in pairwise(edges)]
        bars = [
            {"group": name, "value": int(c), "n": int(c), "role": "segment" if f else "wider"}
            for name, c, f in zip(names, counts, far, strict=True)
            if c
        ]
    chart = bar_chart(bars, claim)
    chart["encoding"]["x"] |= {"title": f"n ({sign(claim.where)})", "axis": {}}
    return chart
