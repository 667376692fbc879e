"""Reversal: a difference that turns round once rows of the same kind are compared (Simpson 1951; Bickel, Hammel & O'Connell 1975).

    Taken together, m averages 0.41 where plan is “a”, against 0.14 elsewhere. Among rows with the same region it is the other way round ...

Searched over all pairs of a contrast (a level against the rest, a number cut in the middle) and a column of at most STRATA groups: the difference
has one sign over all rows and the other one within the groups, in every large group, and in none clearly the first. Null hypothesis: the
difference as a whole is not of its sign, or the difference within the strata (directly standardised: each stratum weighs as many rows as it has)
is not of the other. p is the larger of the two (an intersection-union test), each by `stats/strata`: unequal variances, skewness, and blocks
of dependent rows are allowed for. Both differences speak of the same rows: those whose stratum holds both sides. What it does not do: say
which of the two is the effect; that depends on what comes before what, which no table tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..core.condition import Condition, Term
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..stats.strata import LEAST, Standardised, standardised
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import bar_chart, sign
from ._compare import method_of, reach, seen
from ._contrasts import rest
from ._met import Met, groups_of, met, plan
from ._search import least_rows, scaled, searched

__all__ = ["Reversal"]

KEEP: Final = 2.5  # least z of both differences on the searched rows: two of opposite signs seldom come from noise
WORTH: Final = 0.05  # least size of both differences in standard deviations; smaller ones change nobody's mind
LARGE: Final = 0.1  # share of the rows from which a stratum must show the reversal itself
CLEAR: Final = 1.645  # z of a stratum that has the sign of the whole: none may
COVERED: Final = 0.9  # least share of the rows that lie in strata holding both sides


class _Found(NamedTuple):
    """A reversal that was found: its strength, the difference within the groups, the item compared and the column of the groups."""

    strength: float
    gap: float
    item: int
    strata: int


class Reversal:
    """A difference between two groups that has the opposite sign within the groups of another column."""

    name: ClassVar[str] = "reversal"
    scope: ClassVar[str] = "measure"
    title: ClassVar[Mapping[str, str]] = {"en": "differences that turn round among comparable rows", "zh": "分层后反转的差异"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """For each measure and contrast the column within which it turns round most clearly."""
        codes = searched(search)
        plans = [(measure, plan(search, measure)) for measure in search.measures if not measure.counts]
        looks = sum(len(items) * max(len(strata) - 1, 1) for _, (items, strata) in plans)
        for measure, (items, strata) in plans:
            ready = scaled(search, measure)
            if ready.sd == 0.0 or len(ready.x) < 4 * least_rows(len(ready.x)) or not items or not strata:
                continue
            told: dict[int, _Found] = {}  # by the column that is compared, which tells it once
            for found in _turned(codes, met(search, measure), items, strata, len(ready.x)):
                column = codes.column_of(found.item)
                tried = [found, told[column]] if column in told else [found]
                told[column] = max(tried, key=lambda found: (found.strength, codes.names[found.strata]))
            yield from (_claim(codes, found, measure, looks) for found in told.values())

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the difference within the strata. p: the larger of its own (two-sided) and that of the whole on its own side."""
        x, member, strata, blocks = _parts(claim, verify)
        both = standardised(x, member, strata, level, clusters=blocks, rate=claim.measure.rate)
        adjusted, whole, side = both.adjusted, both.whole, float(claim.told("side"))
        told = ~np.isnan(both.gaps)
        clear = both.gaps[told] * side > CLEAR * both.errors[told]
        holds = adjusted.gap * side < 0 < whole.gap * side and not clear.any()
        p = max(adjusted.p, whole.tail) if holds else 1.0
        extra = {
            "whole": whole.gap,
            "whole_value": _mean(x, member, strata, both),
            "whole_base": _mean(x, ~member, strata, both),
            "strata": float(told.sum()),
            "turned": float((both.gaps[told] * side < 0).sum()),
        }
        method = method_of(f"{adjusted.method}, stratified", verify, claim.looks)
        inside = int(member.sum())
        far = reach(whole.gap - adjusted.gap, x, inside, len(x) - inside) if both.n else 0.0
        return Evidence(adjusted.gap, adjusted.low, adjusted.high, p, both.n, method, verify.half, both.value, both.base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Both means directly standardised to the strata's rows, and the whole difference beside them."""
        cases = " ".join(f"WHEN {term.to_sql()} THEN {i}" for i, term in enumerate(claim.told("strata")))
        return (
            "SELECT sum(n * a) / sum(n) - sum(n * b) / sum(n) AS effect, sum(n * a) / sum(n) AS value, sum(n * b) / sum(n) AS base,\n"
            "       sum(n) AS n, sum(n_a * a) / sum(n_a) - sum(n_b * b) / sum(n_b) AS whole FROM (\n"
            "  SELECT count(m) AS n, count(m) FILTER (WHERE hit) AS n_a, count(m) FILTER (WHERE other) AS n_b,\n"
            "         avg(m) FILTER (WHERE hit) AS a, avg(m) FILTER (WHERE other) AS b\n"
            f"  FROM (SELECT {claim.measure.to_sql()} AS m,\n"
            f"               coalesce({claim.where.to_sql()}, FALSE) AS hit,\n"
            f"               coalesce({claim.against[0].to_sql()}, FALSE) AS other,\n"
            f"               CASE {cases} END AS stratum\n"
            f"        FROM data WHERE {seen(half)})\n"
            "  WHERE stratum IS NOT NULL AND (hit OR other)\n"
            f"  GROUP BY stratum HAVING count(m) FILTER (WHERE hit) >= {LEAST} AND count(m) FILTER (WHERE other) >= {LEAST})"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """The whole, the other way round within the strata, and in how many of them."""
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        here, there, by = claim.where.say(lang), claim.against[0].say(lang), claim.by[0].say(lang)
        whole, base = claim.measure.averages(e.extra["whole_value"], lang), w.amount(e.extra["whole_base"], unit)
        a, b = w.amount(e.value, unit), w.amount(e.base, unit)
        gap, span, rows = w.difference(e.effect, unit), w.interval(e.low, e.high, unit), w.proof(count(e.n), e.half)
        groups, turned = int(e.extra["strata"]), int(e.extra["turned"])
        total, same = w.difference(e.extra["whole"], unit), claim.told("strata")[0].op == "is"
        if lang == "zh":
            opening = f"整体来看，{w.when(here)}，{whole}；{glue(w.when(there), '为', base)}，相差 {total}"
            many = f"{groups} 组中每组都如此" if turned == groups else f"{groups} 组中有 {turned} 组如此"
            middle = glue("但在", by, "相同" if same else "相近", "的行之间，方向正好相反")
            return f"{opening}。{middle}：{glue('按', by, '的构成调整后分别为', a, '与', b)}，相差 {gap}（{span}；{rows}），{many}。"
        many = f"in each of the {groups} groups" if turned == groups else f"in {turned} of the {groups} groups"
        opening = f"Taken together, {whole} where {here}, against {base} where {there}: {total}."
        among = f"Among rows with {'the same' if same else 'a similar'} {by} it is the other way round, {many}"
        return f"{opening} {among}: {a} against {b}, a difference of {gap} ({span}; {rows})."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: both sides as a whole, then both sides in each stratum."""
        x, member, strata, _ = _parts(claim, verify)
        ways = [(claim.where, member, "segment"), (claim.against[0], ~member, "wider")]
        bars = [{"group": sign(c), "value": float(x[m].mean()), "n": int(m.sum()), "role": role} for c, m, role in ways if m.any()]
        for place, term in enumerate(claim.told("strata")):
            for condition, side, role in ways:
                mask = side & (strata == place)
                if mask.any():
                    name = f"{sign(Condition((term,)))}: {sign(condition)}"
                    bars.append({"group": name, "value": float(x[mask].mean()), "n": int(mask.sum()), "role": role})
        return bar_chart(bars, claim)

    @staticmethod
    def example() -> Example:
        """A treatment given to the severe cases: fewer recover with it, and yet more do among cases of the same severity."""
        rng = np.random.default_rng(17)
        n = 6_000
        severe = rng.random(n) < 0.5
        treated = rng.random(n) < np.where(severe, 0.8, 0.2)
        days = rng.normal(10, 5, n) + 8 * severe - 2.5 * treated
        names = {"severity": (severe, "severe", "mild"), "treatment": (treated, "new", "old"), "sex": (rng.random(n) < 0.5, "f", "m")}
        columns = {name: np.where(mask, yes, no).astype(object) for name, (mask, yes, no) in names.items()}
        return Example({**columns, "days": days}, "days", Condition((Term("treatment", "is", "new"),)), ("severity",))


def _turned(codes: Codes, cells: Met, items: list[int], strata: list[int], rows: int) -> Iterator[_Found]:
    """The reversals of the contrasts whose difference over all rows is clear, within each column's groups, among so many rows."""
    clear = _differing(cells, rows)
    inside = cells.sums[:, cells.own[clear]][:, :, cells.groups]
    sides = np.stack([cells.sums[:, cells.whole[clear]][:, :, cells.groups] - inside, inside], axis=-1)  # (3, items, columns, groups, 2)
    used = (sides[0] >= LEAST).all(axis=-1) & (cells.groups >= 0)
    n, sums, squares = np.where(used[..., None], sides, 0.0)
    whole = n.sum(axis=(2, 3))
    some, every = np.maximum(n, 1.0), np.maximum(whole, 1.0)
    means = sums / some
    errors = np.maximum(squares / some - means**2, 0.0) / np.maximum(n - 1, 1.0)
    gaps, error, share = means[..., 1] - means[..., 0], np.sqrt(errors.sum(axis=-1)), n.sum(axis=-1) / every[..., None]
    inner, inner_error = (share * gaps).sum(axis=-1), np.sqrt((share**2 * errors.sum(axis=-1)).sum(axis=-1))
    totals = np.maximum(n.sum(axis=2), 1.0)
    middle = sums.sum(axis=2) / totals
    outer = middle[..., 1] - middle[..., 0]
    outer_error = np.sqrt((np.maximum(squares.sum(axis=2) / totals - middle**2, 0.0) / totals).sum(axis=-1))
    way = np.where(outer < 0, -1.0, 1.0)[..., None]
    small, least = np.minimum(inner_error, outer_error), np.minimum(np.abs(inner), np.abs(outer))
    turns = (used.sum(axis=-1) >= 2) & (whole >= COVERED * rows) & (inner * outer < 0) & (small > 0) & (least >= WORTH)
    turns &= ~((share >= LARGE) & (gaps * way > 0)).any(axis=-1) & ~(used & (gaps * way > CLEAR * error)).any(axis=-1)
    for i, s in np.argwhere(turns):
        item, column = items[int(clear[i])], strata[int(s)]
        strength = min(abs(float(inner[i, s] / inner_error[i, s])), abs(float(outer[i, s] / outer_error[i, s])))
        if strength >= KEEP and column != codes.column_of(item):
            yield _Found(strength, float(inner[i, s]), item, column)


def _differing(cells: Met, rows: int) -> np.ndarray:
    """Which contrasts differ clearly over all rows."""
    inside, every = cells.sums[:2, cells.own, cells.own], cells.sums[:2, cells.whole, cells.whole]
    (n, total), (m, rest) = inside, every - inside
    gap = np.abs(total / np.maximum(n, 1.0) - rest / np.maximum(m, 1.0))
    enough = np.minimum(n, m) >= 2 * least_rows(rows)
    spread = np.sqrt(1 / np.maximum(n, 1.0) + 1 / np.maximum(m, 1.0))
    return np.flatnonzero(enough & (gap >= np.maximum(WORTH, KEEP * spread / 2)))  # half of it: the strata that are compared may leave rows out


def _claim(codes: Codes, found: _Found, measure: Measure, looks: int) -> Claim:
    item = found.item
    term, strata = codes.terms[item], tuple(codes.terms[i] for i in groups_of(codes, found.strata))
    detail = (("strata", strata), ("side", -1.0 if found.gap > 0 else 1.0))
    where, against, by = Condition((term,)), Condition((rest(codes, item),)), (strata[0].expression,)
    return Claim("reversal", where, measure, "differs", found.strength, (against,), by, looks, detail)


def _parts(claim: Claim, verify: Verify) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """(the measure, who is a member, the stratum, the block) of the rows that have all of them."""
    x = claim.measure.values(verify.rows)
    member, other = claim.where.holds(verify.rows), claim.against[0].holds(verify.rows)
    strata = np.full(verify.rows.n, -1, dtype=np.int64)
    for place, term in reversed(list(enumerate(claim.told("strata")))):
        strata[term.holds(verify.rows)] = place
    kept = np.flatnonzero(~np.isnan(x) & (member | other) & (strata >= 0))
    return x[kept], member[kept], strata[kept], None if verify.blocks is None else verify.blocks[kept]


def _mean(x: np.ndarray, side: np.ndarray, strata: np.ndarray, both: Standardised) -> float:
    """The plain mean of one side in the strata that were compared."""
    if not both.n:
        return 0.0
    used = side & np.append(~np.isnan(both.gaps), False)[strata]
    return float(x[used].mean()) if used.any() else 0.0
