"""Leak: a column that gives the target away by itself, so that a model of it would know the answer and not the question.

    closed_at gives churn away: where closed_at is missing, churn is “yes” in 0.2% of rows, against 99.1% elsewhere ...

Looked at are the columns that clean left out as leaks, and every other that comes near: levels, ranges, or being missing, that order a level of
the target with an area under the ROC curve of CLEAR, or a number whose ranks follow the target's that closely. Told is the condition that
gives most away, and whether the column was left out or kept. Null hypothesis: the target is the same where the condition holds and elsewhere
(see `_compare`); a column that is no longer CLEAR on the unseen rows is not told, whatever its p. Assumed: independent rows, or blocks. What it
does not do: know when a column was filled in; that is a question to whoever fills it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.codes import BINS, Codes, shortest
from ..core.condition import Condition, Term
from ..core.facts import Kept
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..stats.association import ranks
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import OTHERS, bar_chart, sign
from ._compare import compare, method_of, query, reach
from ._search import KINDS, alike, least_rows, searched

__all__ = ["Leak"]

CLEAR: Final = 0.98  # area under the ROC curve, or rank correlation, from which a column gives the target away
STILL: Final = 0.97  # what must be left of it on unseen rows
NEAR: Final = 0.8  # what the ten ranges of a number tell of the target, below which the number itself is not looked at
MOST: Final = 5
FEWEST: Final = 100  # rows, below which a perfect order may be chance
RARER: Final = 20  # least rows with the level, and without it
ROWS: Final = 50_000  # searched rows that are looked at


class _Away(NamedTuple):
    """A column, what it says of a measure (an area or a correlation, with its sign), and the condition that says most."""

    name: str
    sure: float
    term: Term
    gap: float
    strength: float


class _Target(NamedTuple):
    """A measure of the rows that have it: `known` (n,) bool, its values (m,), and what a column should order: those, or their ranks."""

    known: np.ndarray
    values: np.ndarray
    ordered: np.ndarray
    rate: bool

    @staticmethod
    def of(y: np.ndarray, *, rate: bool) -> _Target | None:
        """None where too few rows have it, or the level, to tell anything."""
        known = ~np.isnan(y)
        values = y[known]
        if not len(values) or (rate and min(values.sum(), (1 - values).sum()) < RARER):
            return None
        return _Target(known, values, values if rate else ranks(values), rate)


class Leak:
    """A column that nearly is the target."""

    name: ClassVar[str] = "leak"
    scope: ClassVar[str] = "goal"
    title: ClassVar[Mapping[str, str]] = {"en": "columns that give the target away", "zh": "泄漏目标的列"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """At most one claim for each column: the level of the target that it gives away most surely."""
        if search.goal is None or search.rows.n < FEWEST:
            return
        names, moments = _names(search)
        rows = search.rows.take(np.arange(min(search.rows.n, ROWS)))
        coded = _coded(search, rows, names)
        measures = [m for m in search.measures if not m.counts]
        looks = max(1, (sum(int(codes.starts[j + 1] - codes.starts[j]) for codes, j in coded) + len(moments)) * len(measures))
        best: dict[str, tuple[_Away, Measure]] = {}
        for measure in measures:
            y = search.values(measure)[: rows.n]
            target = _Target.of(y, rate=measure.rate)
            found = [_away(codes, j, target, rows) for codes, j in coded] if target is not None else []
            found += [_absent(rows, name, y) for name in moments if measure.rate]
            for away in filter(None, found):
                if away.name not in best or away.strength > best[away.name][0].strength:
                    best[away.name] = away, measure
        told = sorted(best.values(), key=lambda pair: (-pair[0].sure, -pair[0].strength, pair[0].name))
        for away, measure in told[:MOST]:
            out = search.schema.column(away.name).role == "leak"
            direction = "high" if away.gap > 0 else "low"
            detail = (("out", out), ("column", away.name))
            where, of = Condition((away.term,)), (search.expression(away.name),)
            yield Claim(self.name, where, measure, direction, away.strength, where.parents(), of, looks, detail)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the target where the condition holds, less elsewhere."""
        y = claim.measure.values(verify.rows)
        known, inside = ~np.isnan(y), claim.where.holds(verify.rows)
        made = compare(verify, claim.measure, inside, ~inside, level)
        n, rest = int((inside & known).sum()), int((~inside & known).sum())
        value, base = (float(y[side & known].mean()) if (side & known).any() else 0.0 for side in (inside, ~inside))
        sure = _sure(claim, verify, y)
        side = 1.0 if claim.direction == "high" else -1.0
        p = made.p if made.gap * side > 0 and sure >= STILL else 1.0
        extra = {"rest": float(rest), "sure": sure}
        far = max(reach(made.gap, y, n, rest), 2 * sure - 1 if claim.measure.rate else sure) if p < 1 else 0.0
        return Evidence(
            made.gap, made.low, made.high, p, n, method_of(made.method, verify, claim.looks), verify.half, value, base, level, min(1.0, far), extra
        )

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base, n and rest, from the study's own rows."""
        return query(claim, half)

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """What it gives away, how surely, and what to do with the column."""
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        what, base, gap = claim.measure.averages(e.value, lang), w.amount(e.base, unit), w.difference(e.effect, unit)
        span, seen = w.interval(e.low, e.high, unit), w.proof(count(e.n + int(e.extra["rest"])), e.half)
        column, target, where = claim.by[0].say(lang), claim.measure.name, claim.where.say(lang)
        sure, out = f"{e.extra['sure']:.3f}", claim.told("out")
        if lang == "zh":
            score = f"AUC {sure}" if claim.measure.rate else f"秩相关 {sure}"
            kept = "它已被排除在模型和搜索之外" if out else "它目前仍被使用：若它在结果发生之后才填写，应予排除"
            head = f"{glue('单凭', column, '几乎就能判定', target)}（{score}）"
            return f"{head}：{w.when(where)}，{what}，其余为 {base}，相差 {gap}（{span}；{seen}）。这样的列很可能是结果发生后才填写的；{kept}。"
        score = f"AUC {sure}" if claim.measure.rate else f"rank correlation {sure}"
        kept = (
            "it was left out of the model and of the search" if out else "it is still in use: leave it out if it is filled in only after the outcome"
        )
        head = f"{column} gives {target} away by itself ({score}): where {where}, {what}, against {base} elsewhere: {gap} ({span}; {seen})."
        return f"{head} A column that tells so much is usually known only afterwards; {kept}."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the target where the condition holds and elsewhere."""
        sides = [(sign(claim.where), evidence.value, evidence.n, "segment"), (OTHERS, evidence.base, int(evidence.extra["rest"]), "wider")]
        return bar_chart([{"group": name, "value": value, "n": n, "role": role} for name, value, n, role in sides], claim)

    @staticmethod
    def example() -> Example:
        """A date of leaving that only those have who left."""
        rng = np.random.default_rng(29)
        n = 4_000
        left = rng.random(n) < 0.2
        days, age = np.where(left ^ (rng.random(n) < 0.004), rng.integers(1, 900, n), np.nan), rng.normal(45, 12, n)
        columns = {"days_since_leaving": days, "age": age, "churn": np.where(left, "yes", "no").astype(object)}
        return Example(columns, "churn", Condition((Term("days_since_leaving", "missing"),)))


def _names(search: Search) -> tuple[list[str], list[str]]:
    """(columns that may give the target away: features, and those that were left out for it; moments that may by being missing)."""
    measured = {name for m in search.measures for name in m.columns()}
    given = {c.name: c for c in (*search.schema.features(), *search.schema.with_role("leak")) if c.name in search.rows and c.name not in measured}
    made = {name for name, of in search.derived.items() if set(search.sources(name)) & measured or isinstance(of, Kept)}  # a picture is no leak
    free = sorted(name for name in given if name not in made)
    times = [name for name in free if search.rows.storage(name) == "time"]
    return [name for name in free if name not in times and given[name].kind in KINDS], times


def _absent(rows: Rows, name: str, y: np.ndarray) -> _Away | None:
    """What a moment gives away of a level by being missing; None where that is not CLEAR."""
    known = ~np.isnan(y)
    inside, target = Term(name, "missing").holds(rows)[known], y[known]
    n = int(inside.sum())
    if min(n, len(target) - n, target.sum(), (1 - target).sum()) < RARER:
        return None
    sure, gap = _area(inside.astype(np.float64), target), float(target[inside].mean() - target[~inside].mean())
    z = abs(gap) / max(float(target.std()), 1e-12) * float(np.sqrt(n * (len(target) - n) / len(target)))
    return _Away(name, sure, Term(name, "missing"), gap, z) if sure >= CLEAR else None


def _coded(search: Search, rows: Rows, names: list[str]) -> list[tuple[Codes, int]]:
    """The codes of the columns, and their place there; those that the search has made in the same way are not made again."""
    whole = searched(search)
    same = rows.n == search.rows.n and alike(search, BINS)
    own = [(whole, j) for j, name in enumerate(whole.names) if name in names] if same else []
    shared = {whole.names[j] for _, j in own}
    others = Codes.of(rows, tuple(name for name in names if name not in shared), least=least_rows(rows.n), derived=search.derived)
    return [*own, *((others, j) for j in range(len(others.names)))]


def _away(codes: Codes, j: int, given: _Target, rows: Rows) -> _Away | None:
    """What a column gives away of a measure; None where that is not CLEAR."""
    code, levels, target, name = codes.codes[j], int(codes.levels[j]), given.values, codes.names[j]
    code = code if len(target) == len(code) else code[given.known]
    if _nearly(code, given.ordered, levels, rate=given.rate) < NEAR:
        return None
    number = rows[name][given.known] if rows.storage(name) == "number" else None
    sure = _area(_score(code, target, levels, number), target) if given.rate else _order(number, target)
    if sure < CLEAR:
        return None
    best: tuple[float, str, Term, float] | None = None
    for i in range(int(codes.starts[j]), int(codes.starts[j + 1])):
        inside = (code >= codes.low[i]) & (code <= codes.high[i])
        n = int(inside.sum())
        if min(n, len(target) - n) < least_rows(len(target)):
            continue
        gap = float(target[inside].mean() - target[~inside].mean())
        z = abs(gap) / max(float(target.std()), 1e-12) * np.sqrt(n * (len(target) - n) / len(target))
        if best is None or (z, -len(codes.terms[i].to_sql()), codes.terms[i].to_sql()) > (best[0], -len(best[1]), best[1]):
            best = float(z), codes.terms[i].to_sql(), codes.terms[i], gap
    if best is None:
        return None
    if given.rate and number is not None and (cut := _cut(number, target, codes.terms[int(codes.starts[j])])) is not None and cut[0] > best[0]:
        return _Away(name, sure, cut[1], cut[2], cut[0])
    return _Away(name, sure, best[2], best[3], best[0])


def _nearly(code: np.ndarray, target: np.ndarray, levels: int, *, rate: bool) -> float:
    """A cheap look: the area under the curve of the codes' rates, or the share of a number's variance between codes."""
    n, sums = np.bincount(code, minlength=levels).astype(np.float64), np.bincount(code, target, minlength=levels)
    means = sums / np.maximum(n, 1)
    if not rate:
        total = float(target.var()) * len(target)
        return float((n * (means - target.mean()) ** 2).sum()) / total if total > 0 else 0.0
    order = np.argsort(means, kind="stable")
    ones, zeros = sums[order], (n - sums)[order]
    pairs = float(ones.sum() * zeros.sum())
    return float((ones * (np.cumsum(zeros) - zeros / 2)).sum()) / pairs if pairs > 0 else 0.0


def _cut(x: np.ndarray, target: np.ndarray, like: Term) -> tuple[float, Term, float] | None:
    """(z, the cut of a number that parts a level best, difference of rates), where it is present."""
    known = np.flatnonzero(~np.isnan(x))
    if len(known) < len(x) or not len(known):
        return None
    order = known[np.argsort(x[known], kind="stable")]
    values, hits, n = x[order], np.cumsum(target[order]), np.arange(1, len(order) + 1)
    ends = np.flatnonzero(values[1:] > values[:-1])
    least = least_rows(len(order))
    ends = ends[(n[ends] >= least) & (len(order) - n[ends] >= least)]
    if not len(ends):
        return None
    below, above = hits[ends] / n[ends], (hits[-1] - hits[ends]) / (len(order) - n[ends])
    z = np.abs(above - below) / max(float(target.std()), 1e-12) * np.sqrt(n[ends] * (len(order) - n[ends]) / len(order))
    k = int(np.argmax(z))
    cut = shortest(float(values[ends[k]]), float(values[ends[k] + 1]))
    return float(z[k]), Term(like.expression, ">", cut), float(above[k] - below[k])


def _score(code: np.ndarray, target: np.ndarray, levels: int, number: np.ndarray | None) -> np.ndarray:
    """(n,) what a column orders the rows by: a number itself, where none is missing and it orders them better; else the rates of its codes."""
    n, hits = np.bincount(code, minlength=levels), np.bincount(code, target, minlength=levels)
    rates = (hits / np.maximum(n, 1))[code]
    if number is None or np.isnan(number).any():
        return rates
    return number if _area(number, target) > _area(rates, target) else rates


def _area(score: np.ndarray, target: np.ndarray) -> float:
    """The area under the ROC curve of a score (n,) for a target of 0 and 1, whichever way round it orders them."""
    ones = float(target.sum())
    zeros = len(target) - ones
    if ones == 0 or zeros == 0:
        return 0.5
    area = float((ranks(score) * target).sum() - ones * (ones + 1) / 2) / (ones * zeros)
    return max(area, 1 - area)


def _order(x: np.ndarray | None, target: np.ndarray) -> float:
    """The size of the rank correlation of two numbers, over the rows that have both; 0 where they are few."""
    if x is None:
        return 0.0
    known = ~np.isnan(x) & ~np.isnan(target)
    if known.sum() < FEWEST or len(np.unique(x[known])) < 10:
        return 0.0
    a, b = ranks(x[known]), ranks(target[known])
    if a.std() == 0.0 or b.std() == 0.0:
        return 0.0
    return abs(float(np.corrcoef(a, b)[0, 1]))


def _sure(claim: Claim, verify: Verify, y: np.ndarray) -> float:
    """The area, or rank correlation, on the rows that judge: of a number (or, where it has gaps, of its being there as well)."""
    known = ~np.isnan(y)
    x = claim.by[0].values(verify.rows)
    target = y[known]
    if not known.any():
        return 0.0
    if not claim.measure.rate:
        return _order(x, y) if x.dtype != object else 0.0
    inside = claim.where.holds(verify.rows)[known].astype(np.float64)
    areas = [_area(inside, target)]
    if x.dtype != object and not np.isnan(x[known]).any():
        areas.append(_area(x[known], target))
    elif x.dtype == object:
        levels = {level: i for i, level in enumerate(sorted({v for v in x if v is not None}))}
        code = np.array([levels.get(v, len(levels)) for v in x[known]], dtype=np.int64)
        if len(levels) <= 0.1 * len(code):
            areas.append(_area(_score(code, target, len(levels) + 1, None), target))
    return max(areas)
