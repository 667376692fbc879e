"""Share: what the rows, or the total of a number, are made of.

    In category, “Hardware” makes up 67.2% of all rows (one per number), against 20.0% if all 5 values had the same share ...

Five kinds of claims: one level or two hold far more than an even share ("lead"), a few of many levels hold half ("tail"), the levels are evenly
filled ("even"), a level is usual in one group and not elsewhere ("within"), and a level holds most of a number's total ("lead" of a number).
Null hypotheses: lead, tail: the levels hold no more than even shares (exact binomial; for totals, and for dependent rows, t on the influence of
each row); even: Cohen's w is at least MARGIN (stats/equivalence); within: the share is the same elsewhere (Fisher). Where the leading
levels were picked on the very rows that judge, p pays for all that might have been picked (union bound). What breaks it: totals
that rest on a handful of rows, which lower the degrees of freedom and so raise p. It does not say why, and speaks of no column of two levels alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from ..core.condition import EVERYONE
from ..core.expression import Column, literal
from ..core.finding import Claim, Evidence
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count, percent
from ..words.spacing import glue
from ._chart import OTHERS, bar_chart, sign
from ._compare import method_of, query, seen
from ._groups import coded_levels, level_is
from ._share import MARGIN, candidates, counted_even, held, weighed, within

__all__ = ["Share"]

NAMED: Final = 6  # levels that an even composition names one by one
SHOWN: Final = 12  # bars
SURE: Final = 0.33  # reach of an even composition that is proved with room to spare


class Share:
    """What rows and totals are made of."""

    name: ClassVar[str] = "share"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "what rows and totals are made of", "zh": "构成"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """Levels that lead, evenly filled columns, and levels that are usual in one group only."""
        yield from candidates(search, self.name)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: share less an even share (lead), Cohen's w (even), or the difference to the share elsewhere (within)."""
        match claim.told("kind"):
            case "even":
                return self._even(claim, verify, level)
            case "within":
                return within(claim, verify, level)
            case _:
                return held(claim, verify, level)

    def _even(self, claim: Claim, verify: Verify, level: float) -> Evidence:
        counts, tested, usual = counted_even(claim, verify, level)
        n = int(counts.sum())
        shares = counts / max(n, 1)
        extra = {"smallest": float(shares.min()), "largest": float(shares.max()), "levels": float(len(shares))}
        extra |= {f"level {i}": float(s) for i, s in enumerate(shares[:NAMED])}
        far = SURE * max(0.0, 1.0 - usual.high / MARGIN / 2)
        method = method_of("noncentral chi-square", verify, claim.looks)
        high = min(tested.high, math.sqrt(len(shares)))
        return Evidence(tested.size, tested.low, max(high, tested.size), tested.p, n, method, verify.half, tested.size, 0.0, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n from the study's own rows."""
        column, levels = _column(claim).to_sql(), claim.told("levels", ())
        if claim.told("kind") == "within":
            return query(claim, half)
        if claim.told("kind") == "even":
            named, k = ", ".join(map(literal, levels)), len(levels)
            return (
                "SELECT w AS effect, w AS value, 0.0::DOUBLE AS base, n FROM (\n"
                f"  SELECT sqrt((sum(pow({k} * c / n::DOUBLE - 1, 2)) + {k} - count(*)) / {k}) AS w, any_value(n) AS n\n"
                "  FROM (SELECT c, sum(c) OVER () AS n FROM (\n"
                f"    SELECT count(*) AS c FROM data WHERE {seen(half)} AND {claim.where.to_sql()} AND {column} IN ({named}) GROUP BY {column})))"
            )
        base = f"{claim.told('picked')} / {claim.told('of')}::DOUBLE"
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            f"  SELECT sum(m) FILTER (WHERE hit) / sum(m) AS value, {base} AS base, count(*) AS n\n"
            f"  FROM (SELECT {claim.measure.to_sql()}::DOUBLE AS m, coalesce({claim.where.to_sql()}, FALSE) AS hit\n"
            f"        FROM data WHERE {seen(half)} AND {column} IS NOT NULL) WHERE m IS NOT NULL)"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """Which levels hold how much, beside an even share, and on how many rows."""
        match claim.told("kind"):
            case "even":
                return _say_even(claim, evidence, lang)
            case "within":
                return _say_within(claim, evidence, lang)
            case _:
                return _say_lead(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the levels' shares, largest first."""
        if claim.told("kind") == "within":
            here = {"group": sign(claim.where), "value": evidence.value, "n": evidence.n, "role": "segment"}
            return bar_chart([here, {"group": OTHERS, "value": evidence.base, "n": int(evidence.extra["rest"]), "role": "wider"}], claim)
        name = _column(claim).columns()[0]
        x = weighed(claim, verify.rows)
        values = np.array(claim.told("levels", ()), dtype=object)
        codes = coded_levels(verify.rows, name, tuple(values))
        usable = (codes >= 0) & ~np.isnan(x) & (claim.where.holds(verify.rows) if claim.told("kind") == "even" else True)
        sums, rows = np.bincount(codes[usable], x[usable], len(values)), np.bincount(codes[usable], minlength=len(values))
        told = set(claim.told("leading", ()))
        order = np.argsort(-sums, kind="stable")[:SHOWN]
        total = float(sums.sum()) or 1.0
        bars = [
            {"group": str(values[i]), "value": float(sums[i]) / total, "n": int(rows[i]), "role": "segment" if values[i] in told else "wider"}
            for i in order
        ]
        chart = bar_chart(bars, claim)
        chart["encoding"]["x"] |= {"title": name, "axis": {"format": ".0%"}}
        return chart

    @staticmethod
    def example() -> Example:
        """Tickets of five categories, two thirds of them about hardware."""
        rng = np.random.default_rng(5)
        n = 3_000
        category = rng.choice(["hardware", "software", "network", "database", "inquiry"], n, p=[0.6, 0.13, 0.1, 0.09, 0.08]).astype(object)
        place = rng.choice(["north", "south", "west"], n).astype(object)
        return Example({"category": category, "place": place, "size": rng.normal(10, 2, n)}, "", level_is("category", "hardware"))


def _column(claim: Claim) -> Column:
    return Column(claim.told("column"))


def _totals(claim: Claim, lang: str) -> str:
    """What is shared out: the rows, or a number's total."""
    what = claim.measure.say(lang)
    if claim.measure.counts:
        return glue("全部", what) if lang == "zh" else f"all {what}"
    return glue(what, "总量") if lang == "zh" else f"the total of {what}"


def _say_lead(claim: Claim, e: Evidence, lang: str) -> str:
    w, picked, k = phrases(lang), int(claim.told("picked")), int(claim.told("of"))
    column, here, whole = _column(claim).say(lang), claim.where.say(lang), _totals(claim, lang)
    gap, span, rows = w.difference(e.effect, "share"), w.interval(e.low, e.high, "share"), w.proof(count(e.n), e.half)
    following = claim.told("next", "")
    if lang == "zh":
        after = glue("；其后", w.quote(following), f"占 {percent(e.extra['next'])}") if following != "" else ""
        few = glue(column, f"的 {count(k)} 个取值中，仅 {picked} 个就") if picked > 2 else glue(here, "的部分")
        even = f"若 {k} 个取值均分，应占 {percent(e.base)}"
        return f"{glue(few, '占', whole)}的 {percent(e.value)}；{even}，相差 {gap}（{span}；{rows}）{after}。"
    after = f" The next, {w.quote(following)}, makes up {percent(e.extra['next'])}." if following != "" else ""
    share, named = f"{percent(e.value)} of {whole}", w.both([w.quote(v) for v in claim.told("leading")])
    head = (
        f"{picked} of the {count(k)} values of {column} hold {share} ({named})"
        if picked > 2
        else f"In {column}, {named} make{'s' * (picked == 1)} up {share}"
    )
    even = f"{percent(e.base)} if all {count(k)} values had the same share"
    return f"{head}, against {even}: {gap} ({span}; {rows}).{after}"


def _say_even(claim: Claim, e: Evidence, lang: str) -> str:
    w, levels = phrases(lang), claim.told("levels")
    column, k = _column(claim).say(lang), len(levels)
    rows, most = w.proof(count(e.n), e.half), percent(e.high)
    there = claim.where != EVERYONE
    named = k <= NAMED
    order = sorted(range(min(k, NAMED)), key=lambda i: -e.extra[f"level {i}"])
    smallest, largest = percent(e.extra["smallest"]), percent(e.extra["largest"])
    sure = "95%"
    if lang == "zh":
        each = "、".join(f"{w.quote(levels[i])} {percent(e.extra[f'level {i}'])}" for i in order) if named else f"占比从 {smallest} 到 {largest}"
        head = f"{w.when(claim.where.say(lang))}，" if there else ""
        body = glue(f"{head}{claim.measure.say(lang)}在", column, f"的 {k} 个取值上分布均匀")
        return f"{body}：{each}，与均分平均相差其 {percent(e.value)}（{sure} 置信下至多 {most}；{rows}）。"
    each = w.both([f"{w.quote(levels[i])} {percent(e.extra[f'level {i}'])}" for i in order]) if named else f"from {smallest} to {largest} each"
    head = f"{w.when(claim.where.say(lang))}, the" if there else "The"
    off = f"they are off an even {percent(1 / k)} by {percent(e.value)} of it on average (at most {most} with {sure} confidence; {rows})"
    return f"{head} {claim.measure.say(lang)} are spread evenly over the {k} values of {column}: {each}; {off}."


def _say_within(claim: Claim, e: Evidence, lang: str) -> str:
    w = phrases(lang)
    gap, span = w.difference(e.effect, "share"), w.interval(e.low, e.high, "share")
    rows, what = w.proof(count(e.n + int(e.extra["rest"])), e.half), claim.measure.averages(e.value, lang)
    opening = w.when(claim.where.say(lang))
    if lang == "zh":
        return f"{opening}，{what}，其余行中为 {percent(e.base)}，相差 {gap}（{span}；{rows}）。"
    return f"{opening}, {what}, against {percent(e.base)} elsewhere: {gap} ({span}; {rows})."
