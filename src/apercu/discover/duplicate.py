"""Duplicate: rows that repeat others in what hardly repeats by chance: the same person, the same amount, the same purpose.

    100 of 500 rows (20.0%) share user, category and amount with another row, where chance would make 0.2% ...

Compared with the share of rows that would meet their amount again by chance, were each amount as frequent in a group as it is in all others.
Null hypothesis: amounts have nothing to do with the group (person and purpose); p is the exact binomial tail of disjoint pairs of rows of a group
that agree (`stats/repeats`), and where rows come in blocks also that of a t-test over blocks: what one block alone does is not proved of others.
Where one level of a column holds most repeats, that is told besides: there p is the larger of that of the repeats in this level and that of the
difference between shares. The interval takes rows (or blocks) as drawn one by one. What it does not do: find rows that are nearly alike, or say
which of two is the copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import numpy as np
from scipy.special import stdtr, stdtrit

from ..core.condition import EVERYONE, Condition
from ..core.expression import Column, quoted
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..stats.intervals import wilson
from ..stats.repeats import expected_share, repeated
from ..words import phrases
from ..words.numbers import count, cut
from ..words.spacing import glue
from ._chart import OTHERS, bar_chart, sign
from ._compare import compared, method_of, reach, seen
from ._repeating import Repeat, again, labels, repeats
from ._worth import keep

__all__ = ["Duplicate"]

MOST: Final = 3  # combinations
DENSE: Final = 2  # levels of each: of the person or thing, and of what comes along


class Duplicate:
    """Rows that share with others what hardly repeats by chance, and where they are."""

    name: ClassVar[str] = "duplicate"
    scope: ClassVar[str] = "table"
    title: ClassVar[Mapping[str, str]] = {"en": "rows that repeat others", "zh": "重复出现的行"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """For each number of many values the combination that repeats most, then the levels that hold most of the repeats."""
        found, looks = repeats(search, MOST)
        for repeat in found:
            if repeat.z < keep(looks):
                continue
            detail = (("top", repeat.top),)
            yield self._claim(repeat, EVERYONE, repeat.z, looks, detail)
            person, *others = repeat.dense
            others.sort(key=lambda pair: (-pair[1], pair[0].to_sql()))
            for term, z in [person, *others[: DENSE - 1]]:
                if z >= keep(looks):
                    yield self._claim(repeat, Condition((term,)), z, looks, detail)

    def _claim(self, repeat: Repeat, where: Condition, strength: float, looks: int, detail: tuple[tuple[str, Any], ...]) -> Claim:
        by = tuple(Column(name) for name in (*repeat.group, repeat.number))
        return Claim(self.name, where, Measure("repeats", unit="share"), "high", strength, where.parents(), by, looks, detail)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the share of rows that repeat another, less that which chance would make repeat; for a level, less the share elsewhere."""
        *group, number = (e.columns()[0] for e in claim.by)
        known, by, of = labels(verify.rows, tuple(group), number)
        flags = again(by, of)
        blocks = None if verify.blocks is None else verify.blocks[known]
        if len(known) < 5:
            return _nothing(claim, verify, level, len(known))
        if not claim.where.terms:
            value, base = float(flags.mean()), expected_share(by, of)
            p, (low, high) = repeated(by, of), wilson(float(flags.sum()), len(flags), level)
            low, high = low - base, high - base
            if blocks is not None:
                p, low, high = _over_blocks(flags - base, blocks, level, (p, low, high))
            top = claim.told("top").holds(verify.rows) if claim.told("top") else np.zeros(0, dtype=bool)
            extra = {"rows": float(flags.sum()), "top": float(top.sum()), "rest": 0.0}
            n, effect, far = len(flags), value - base, max(0.0, value - base) ** 0.5
            method = "exact binomial of pairs" if blocks is None else "exact binomial of pairs and cluster t"
        else:
            x = np.full(verify.rows.n, np.nan)
            x[known] = flags
            inside = claim.where.holds(verify.rows)
            made = compared(x, inside, ~inside, verify, level, rate=True)
            n, rest = int(inside[known].sum()), int((~inside[known]).sum())
            value, base = (float(flags[side].mean()) if side.any() else 0.0 for side in (inside[known], ~inside[known]))
            p, low, high = max(made.p, repeated(by, of, inside[known])), made.low, made.high
            extra = {"rows": float(flags[inside[known]].sum()), "all": float(flags.sum()), "rest": float(rest)}
            effect, far, method = made.gap, reach(made.gap, x, n, rest), f"exact binomial of pairs and {made.method}"
        p = p if effect > 0 else 1.0
        low, high = min(low, effect), max(high, effect)
        return Evidence(effect, low, high, p, n, method_of(method, verify, claim.looks), verify.half, value, base, level, min(1.0, far), extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n, from the study's own rows."""
        columns = [e.columns()[0] for e in claim.by]
        groups = [f"g{i}" for i in range(len(columns) - 1)]
        by, all_ = ", ".join(groups), ", ".join([*groups, "v"])
        raw = ", ".join(f"{quoted(name)} AS {c}" for name, c in zip(columns, [*groups, "v"], strict=True))
        hit = f"coalesce({claim.where.to_sql()}, FALSE) AS hit"
        rows = (
            f"(SELECT * FROM (SELECT {raw}, {hit} FROM data WHERE {seen(half)})"
            f"\n        WHERE {' AND '.join(f'{c} IS NOT NULL' for c in (*groups, 'v'))})"
        )
        if claim.where.terms:
            return (
                "SELECT value - base AS effect, value, base, n FROM (\n"
                "  SELECT avg(again) FILTER (WHERE hit) AS value, avg(again) FILTER (WHERE NOT hit) AS base, count(*) FILTER (WHERE hit) AS n\n"
                f"  FROM (SELECT hit, (count(*) OVER (PARTITION BY {all_}) > 1)::INT AS again\n        FROM {rows}))"
            )
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            "  SELECT avg((own > 1)::INT) AS value, avg(1 - pow(1 - (held - own)::DOUBLE / greatest(n - size, 1), size - 1)) AS base, count(*) AS n\n"
            f"  FROM (SELECT count(*) OVER (PARTITION BY {all_}) AS own, count(*) OVER (PARTITION BY {by}) AS size,\n"
            f"               count(*) OVER (PARTITION BY v) AS held, count(*) OVER () AS n\n        FROM {rows}))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """How many rows repeat others, how many would by chance (or do elsewhere), and the case that repeats most."""
        w, e = phrases(lang), evidence
        names = _names([expression.say(lang) for expression in claim.by], lang)
        value, base, gap = w.amount(e.value, "share"), w.amount(e.base, "share"), w.difference(e.effect, "share")
        span, rows, where = w.interval(e.low, e.high, "share"), count(int(e.extra["rows"])), claim.where.say(lang)
        seen_ = w.proof(count(e.n + int(e.extra["rest"])), e.half)
        if claim.where.terms:
            if lang == "zh":
                head = f"{glue('在', names, '上的重复集中于', where, '的行')}：其中 {value} 的行（{rows} 行）与其他行相同"
                return f"{head}，其余的行为 {base}，相差 {gap}（{span}；{seen_}）。"
            head = f"Rows that repeat {names} are concentrated where {where}: {value} of rows there ({rows}) share them with another row"
            return f"{head}, against {base} elsewhere: {gap} ({span}; {seen_})."
        most = _top(claim, evidence, lang)
        if lang == "zh":
            head = f"有 {rows} 行（{value}）{glue('在', names, '上与其他行完全相同')}"
            return f"{head}，按机会只应有 {base}，多出 {gap}（{span}；{seen_}）。{most}"
        head = f"{rows} of {count(e.n)} rows ({value}) share {names} with another row, where chance would make {base} do so"
        return f"{head}: {gap} ({span}; {seen_}).{most}"

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the shares that are compared."""
        names = " + ".join(e.columns()[0] for e in claim.by)
        other = OTHERS if claim.where.terms else "∅"
        bars = [{"group": sign(claim.where) or names, "value": evidence.value, "n": evidence.n, "role": "segment"}]
        bars.append({"group": other, "value": evidence.base, "n": int(evidence.extra["rest"]) or evidence.n, "role": "wider"})
        chart = bar_chart(bars, claim)
        chart["encoding"]["x"]["title"] = names
        return chart

    @staticmethod
    def example() -> Example:
        """Claims of expenses, of which a few persons hand some in again and again."""
        rng = np.random.default_rng(23)
        n = 3_000
        person, purpose = rng.integers(0, 60, n), rng.choice(["travel", "meals", "tools"], n)
        amount = np.round(rng.lognormal(5, 1, n), 2)
        twice = rng.random(n) < 0.2
        amount[twice], purpose[twice] = 100.0 + 7 * (person[twice] % 23), "travel"
        named = np.array([f"person {p:02d}" for p in person], dtype=object)
        return Example({"person": named, "purpose": purpose.astype(object), "amount": amount}, "", EVERYONE, ("person", "amount"))


def _nothing(claim: Claim, verify: Verify, level: float, n: int) -> Evidence:
    extra = {"rows": 0.0, "top": 0.0, "rest": 0.0}
    return Evidence(0.0, -1.0, 1.0, 1.0, n, method_of("too few rows", verify, claim.looks), verify.half, 0.0, 0.0, level, 0.0, extra)


def _over_blocks(excess: np.ndarray, blocks: np.ndarray, level: float, rows: tuple[float, float, float]) -> tuple[float, float, float]:
    """(p, low, high) of a mean (n,) above 0, at least as careful as those of rows: one-sample t over the sums of blocks."""
    p, low, high = rows
    place = np.unique(blocks, return_inverse=True)[1]
    clusters, mean = int(place.max(initial=0)) + 1, float(excess.mean())
    if clusters < 2:
        return 1.0, -1.0, 1.0
    sums = np.bincount(place, (excess - mean) / len(excess))
    error = float(np.sqrt(clusters / (clusters - 1) * (sums @ sums)))
    if error == 0.0:
        return p, low, high
    half = float(stdtrit(clusters - 1, 0.5 + level / 2)) * error
    return max(p, 2 * float(stdtr(clusters - 1, -abs(mean) / error))), min(low, mean - half), max(high, mean + half)


def _names(names: list[str], lang: str) -> str:
    """Columns side by side: a, b and c."""
    if lang == "zh":
        return glue("、".join(names[:-1]), "与", names[-1])
    return phrases(lang).both(names)


def _top(claim: Claim, evidence: Evidence, lang: str) -> str:
    """The case that most of the searched rows share, and how many of the judging rows do."""
    top, times = claim.told("top"), int(evidence.extra.get("top", 0.0))
    if top is None or times < 2:
        return ""
    w = phrases(lang)
    case = [w.quote(t.value) if isinstance(t.value, str) else f"{t.expression.say(lang)} {cut(t.value)}" for t in top.terms]
    if lang == "zh":
        return f"最常见的是{'、'.join(case)}，共 {count(times)} 次。"
    return f" The most frequent is {', '.join(case)}: {count(times)} times."
