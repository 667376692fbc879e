"""Ratio: how many rows there are for each person or thing that they name, where, and whether one of them has far more than its siblings.

    Where department is “IT”, there are 24.0 rows (one per user_id) for each manager, against 9.1 elsewhere ...

Kinds: "per" (rows for each distinct value of a column, in a group against other groups), "total" (a number's total for each), "top" (one value holds
far more rows than the median one). The unit is the entity (within a group, where it has rows in several). Null hypotheses: per, total: entities of
the group and others are exchangeable, tested by counting out all deals of their loads (stats/exact), which assumes nothing of their distribution,
and by Welch's t where they are many, the larger p; where the group has so few entities that no deal is rare, by the t-prediction of others' loads,
as they are and on the log scale, the larger p, which assumes both to be near normal; top: it holds at most TIMES an even share (exact binomial).
Where the group, or the entity, was picked on the rows that judge, p pays for the choice. What breaks it: loads that scatter much more on one side
than on the other. Half of a table shows half of each entity's rows; the sentence says so. It does not say why, nor that loads should be equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from ..core.expression import Column, literal
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count, percent, plain
from ..words.spacing import glue
from ._chart import OTHERS, bar_chart, sign
from ._compare import method_of, seen
from ._groups import level_is
from ._ratio import candidates, loads, top, verified

__all__ = ["Ratio"]

SHOWN: Final = 24  # bars


class Ratio:
    """Rows, and totals, for each entity."""

    name: ClassVar[str] = "ratio"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "rows for each person or thing", "zh": "每个对象的行数"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """Groups whose entities have more rows or larger totals than elsewhere, and entities with far more rows than others."""
        yield from candidates(search, self.name)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: rows (or the total) for each entity in the group less the same elsewhere; of a top entity its share less the median entity's."""
        evidence = top(claim, verify, level) if claim.told("kind") == "top" else verified(claim, verify, level)
        effect, low, high, p, n, method, value, base, far, extra = evidence
        return Evidence(effect, low, high, p, n, method_of(method, verify, claim.looks), verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n from the study's own rows."""
        entity = Column(claim.told("entity")).to_sql()
        if claim.told("kind") == "top":
            told = literal(claim.told("top"))
            return (
                "SELECT value - base AS effect, value, base, n FROM (\n"
                f"  SELECT coalesce(sum(c) FILTER (WHERE e = {told}), 0) / sum(c)::DOUBLE AS value,\n"
                f"         median(c) FILTER (WHERE e <> {told}) / sum(c)::DOUBLE AS base, sum(c)::BIGINT AS n\n"
                f"  FROM (SELECT {entity} AS e, count(*) AS c FROM data WHERE {seen(half)} AND {entity} IS NOT NULL GROUP BY 1))"
            )
        group, measure = Column(claim.told("group")).to_sql(), claim.measure.to_sql()
        hit = claim.where.to_sql()
        here, there = f"count(DISTINCT {entity}) FILTER (WHERE {hit})", f"count(DISTINCT (e, g)) FILTER (WHERE NOT ({hit}))"
        what = "sum(m)" if claim.told("kind") == "total" else "count(*)"
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            f"  SELECT {what} FILTER (WHERE {hit})::DOUBLE / {here} AS value,\n"
            f"         {what} FILTER (WHERE NOT ({hit}))::DOUBLE / {there} AS base, count(*) FILTER (WHERE {hit}) AS n\n"
            f"  FROM (SELECT *, {measure} AS m, {entity} AS e, {group} AS g FROM data\n"
            f"        WHERE {seen(half)} AND {entity} IS NOT NULL AND {group} IS NOT NULL) WHERE m IS NOT NULL)"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """Rows or totals for each entity here and elsewhere, and how many entities and rows say so."""
        return _say_top(claim, evidence, lang) if claim.told("kind") == "top" else _say_per(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the group and the others, or the entities with most rows."""
        if claim.told("kind") != "top":
            here = {"group": sign(claim.where), "value": evidence.value, "n": int(evidence.extra["entities"]), "role": "segment"}
            there = {"group": OTHERS, "value": evidence.base, "n": int(evidence.extra["others"]), "role": "wider"}
            chart = bar_chart([here, there], claim)
            title = claim.measure.name if claim.told("kind") == "total" else "n"
            chart["encoding"]["x"] |= {"title": f"{title} / {claim.told('entity')}"}
            return chart
        names, counts = loads(verify.rows, claim.told("entity"))
        order = np.argsort(-counts, kind="stable")[:SHOWN]
        told = claim.told("top")
        bars = [{"group": names[i], "value": int(counts[i]), "n": int(counts[i]), "role": "segment" if names[i] == told else "wider"} for i in order]
        return bar_chart(bars, claim)

    @staticmethod
    def example() -> Example:
        """Employees of four departments: managers of IT lead three times as many as others."""
        rng = np.random.default_rng(4)
        sizes = {"IT": 36, "HR": 12, "sales": 12, "law": 12}
        department = np.concatenate([np.full(20 * size, name, dtype=object) for name, size in sizes.items()])
        manager = np.array([f"{name} {rng.integers(0, 20):02d}" for name in department], dtype=object)
        order = rng.permutation(len(department))
        return Example({"department": department[order], "manager": manager[order]}, "", level_is("department", "IT"), ("manager",))


def _half(e: Evidence, lang: str) -> str:
    """What must be said where only half of each entity's rows are seen."""
    if e.half == "all":
        return ""
    return "（按所见的一半行计）" if lang == "zh" else ", counted in the half of the rows that judged"


def _things(measure: Measure, kind: str, lang: str) -> str:
    if kind != "total":
        return measure.say(lang)
    return glue(measure.say(lang), "总量") if lang == "zh" else f"a total {measure.say(lang)}"


def _say_per(claim: Claim, e: Evidence, lang: str) -> str:
    w, kind, entity = phrases(lang), claim.told("kind"), claim.told("entity")
    value, base = (plain(round(x, 2)) if kind == "per" else w.amount(x, claim.measure.scale) for x in (e.value, e.base))
    unit = "" if kind == "per" else claim.measure.scale
    gap, span = w.difference(round(e.effect, 2) if kind == "per" else e.effect, unit), _span(e, w, unit)
    here, there, rows = count(int(e.extra["entities"])), count(int(e.extra["others"])), w.proof(count(e.n + int(e.extra["rest"])), e.half)
    opening, what = w.when(claim.where.say(lang)), _things(claim.measure, kind, lang)
    if lang == "zh":
        head = (
            glue(opening + "，每个", entity, f"平均有 {value}", what)
            if kind == "per"
            else glue(opening + "，每个", entity, "的", what, f"平均为 {value}")
        )
        return f"{head}，其余为 {base}，相差 {gap}（{span}；{here} 个对 {there} 个；{rows}）{_half(e, lang)}。"
    head = f"there are {value} {what} for each {entity}" if kind == "per" else f"each {entity} has {what} of {value}"
    many = f"{here} of {entity} there, {there} elsewhere"
    return f"{opening}, {head}, against {base} elsewhere{_half(e, lang)}: {gap} ({span}; {many}; {rows})."


def _span(e: Evidence, w: Any, unit: str) -> str:
    digits = 2 if max(abs(e.low), abs(e.high)) < 1e3 else 0
    finite = math.isfinite(e.low) and math.isfinite(e.high)
    return w.interval(round(e.low, digits), round(e.high, digits), unit) if finite else w.interval(e.low, e.high, unit)


def _say_top(claim: Claim, e: Evidence, lang: str) -> str:
    w, entity = phrases(lang), claim.told("entity")
    who, value, base = w.quote(claim.told("top")), percent(e.value), percent(e.base)
    gap, span, rows = w.difference(e.effect, "share"), w.interval(e.low, e.high, "share"), w.proof(count(e.n), e.half)
    many, own, what = count(int(e.extra["entities"])), count(int(e.extra["rows"])), claim.measure.say(lang)
    times = plain(round(e.value / e.base, 1)) if e.base > 0 else "–"
    if lang == "zh":
        head = glue("在", entity, f"的 {many} 个取值中，", who, f"独占 {value} 的", what, f"（{own} 行）")
        return f"{head}，是居中者（{base}）的 {times} 倍：{gap}（{span}；{rows}）。"
    head = f"The {what} are unequally spread over {many} values of {entity}: {who} has {value} of them ({own})"
    return f"{head}, {times} times as many as the median one ({base}): {gap} ({span}; {rows})."
