"""Rule: one column (or two together) decides another: rows that share the one share the other, with the rows that break it counted.

    Nearly every user has one department: 99.4% of rows hold the department that is usual in their group ... 3 rows break the rule ...

Such a rule is how the table is built (a place has one region), and its few exceptions are often errors. Columns that hold the same, and
numbers that order the rows alike, are told as that. Null hypothesis: what a row holds of the one column has nothing to do with the other, so that
two rows of one group agree no more often than any two rows. Tested on pairs of rows, each row in one pair, by the exact binomial tail; where rows
come in blocks, one row of a block and group takes part. A rule that fewer of the unseen rows keep than HELD is not told, whatever its p. Assumed:
rows, or blocks, are independent. What it does not do: find rules of three columns, or say which of two columns that decide each other came first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from ..core.condition import EVERYONE, Condition, Term
from ..core.expression import Column, Expression, quoted
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.rows import MEDIA, Rows
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import bar_chart, title_of
from ._compare import method_of, seen
from ._determined import ROLES, Decided, codes_of, decided, equals, groups_of
from ._judged import kept, same, twins
from ._pairs import TWINS
from ._ranked import numbers, rank_query, rank_table

__all__ = ["Rule"]

MOST: Final = 8
TWIN: Final = 0.99  # rank correlation of two numbers that say the same, on unseen rows
HELD: Final = 0.95  # share of the unseen rows that must keep a rule for it to be told
FEW: Final = 50  # rows that must have both of two numbers
SAME: Final = 0.98  # share of rows from which two columns hold the same
WEIGHT: Final = 0.4  # of rules among findings: they tell how a table is built


class Rule:
    """A column that others decide, or that repeats another."""

    name: ClassVar[str] = "rule"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "columns that decide others", "zh": "决定其他列的列"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """Columns that hold the same, then dependencies that no others imply."""
        alike, compared = _same(search)
        found, looked = decided(search)
        ordered = _twins(search)
        looks = max(1, compared + looked)
        copies = {other for _, other, _ in alike}
        claims = [_claim(self.name, (one,), other, share, looks, search.rows.n, (("shape", "same"),)) for one, other, share in alike]
        for d in found:
            if not copies & {*d.by, d.of}:
                detail = (("shape", "mutual" if d.mutual else "decides"), *_example(search.rows, d))
                claims.append(_claim(self.name, d.by, d.of, d.share - d.base, looks, search.rows.n, detail))
        decides = {frozenset(claim.columns()) for claim in claims}
        for by, measure, r in ordered:
            if frozenset((*by.columns(), *measure.columns())) not in decides:
                detail = (("shape", "twin"),)
                claims.append(Claim(self.name, EVERYONE, measure, "assoc", abs(r) * math.sqrt(search.rows.n), by=(by,), looks=looks, detail=detail))
        yield from claims[:MOST]

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the share of rows that keep the rule, less the share that would keep it knowing nothing."""
        judge = {"same": same, "twin": twins}.get(claim.told("shape"), kept)
        made, value, base, n = judge(claim, verify, level)
        p = made.p if abs(value) >= (TWIN if judge is twins else HELD) and abs(made.gap) > 0 else 1.0
        far = WEIGHT * min(1.0, abs(made.gap) / (1 - base)) if base < 1 else 0.0
        extra = {"broken": float(round((1 - value) * n)) if n else 0.0}
        return Evidence(made.gap, made.low, made.high, p, n, method_of(made.method, verify, claim.looks), verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n, from the study's own rows."""
        if claim.told("shape") == "twin":
            return rank_query(claim.by[0].to_sql(), claim.measure.to_sql(), half)
        named = [*(name for e in claim.by for name in e.columns()), claim.measure.name]
        raw = ", ".join(f"{quoted(name)} AS {c}" for name, c in zip(named, _aliases(len(named)), strict=True))
        *groups, v = _aliases(len(named))
        by = ", ".join(groups)
        rows_ = f"SELECT * FROM (SELECT {raw} FROM data WHERE {seen(half)}) WHERE {' AND '.join(f'{c} IS NOT NULL' for c in (*groups, v))}"
        if claim.told("shape") == "same":
            return (
                "SELECT value - base AS effect, value, base, n FROM (\n"
                f"  WITH kept AS ({rows_}),\n"
                "  alone AS (SELECT g0 AS w, count(*) AS k FROM kept GROUP BY 1), other AS (SELECT v AS w, count(*) AS k FROM kept GROUP BY 1)\n"
                "  SELECT avg((g0 = v)::INT) AS value, count(*) AS n, any_value(met) / (count(*)::DOUBLE * count(*)) AS base\n"
                "  FROM kept, (SELECT coalesce(sum(alone.k::DOUBLE * other.k), 0) AS met FROM alone JOIN other USING (w)))"
            )
        return (
            "SELECT value - base AS effect, value, base, n FROM (\n"
            f"  WITH kept AS ({rows_}\n"
            f"                QUALIFY count(*) OVER (PARTITION BY {by}) > 1),\n"
            f"  cells AS (SELECT {by}, v, count(*) AS k FROM kept GROUP BY {by}, v),\n"
            f"  usual AS (SELECT max(k) AS most FROM cells GROUP BY {by}),\n"
            "  levels AS (SELECT sum(k) AS k FROM cells GROUP BY v)\n"
            "  SELECT (SELECT sum(most) FROM usual) / n::DOUBLE AS value, (SELECT max(k) FROM levels) / n::DOUBLE AS base, n\n"
            "  FROM (SELECT count(*) AS n FROM kept))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """How many rows keep the rule, how many break it, and one group in which it is broken."""
        w, e, shape = phrases(lang), evidence, claim.told("shape")
        names, of, broken = [e.say(lang) for e in claim.by], claim.measure.say(lang), int(e.extra["broken"])
        by = w.both(names)
        value, base, seen_ = w.amount(e.value, "share"), w.amount(e.base, "share"), w.proof(count(e.n), e.half)
        gap, span = w.difference(e.effect, "share"), w.interval(e.low, e.high, "share")
        if shape == "twin":
            return _alike(by, of, evidence, lang)
        exceptions = _broken(claim, lang) if broken else ""
        if lang == "zh":
            breaks = f"有 {count(broken)} 行不符{exceptions}" if broken else "没有一行不符"
            if shape == "same":
                return f"{glue(by, '与', of, '内容相同')}：{value} 的行一致，若两列无关则为 {base}，相差 {gap}（{span}；{seen_}）；{breaks}。"
            head = f"{glue('几乎每个' if broken else '每个', by, '只对应一个', of)}{glue('，反之亦然') if shape == 'mutual' else ''}"
            body = f"{value} 的行取其所在组最常见的值，而全表最常见的值只占 {base}，相差 {gap}（{span}；{seen_}）"
            return f"{head}：{body}；{breaks}。"
        breaks = f"{count(broken)} {'row breaks' if broken == 1 else 'rows break'} the rule{exceptions}" if broken else "no row breaks the rule"
        if shape == "same":
            text = f"{by} and {of} hold the same in {value} of rows, against {base} if they had nothing to do with each other: {gap}"
            return f"{text} ({span}; {seen_}); {breaks}."
        every = f"{'Nearly every' if broken else 'Every'} {by if len(names) == 1 else f'pair of {by}'}"
        back = f", and every {of} one {by}" if shape == "mutual" else ""
        body = f"{value} of rows hold the {of} that is usual in their group, and {base} the one that is usual in all rows: {gap} ({span}; {seen_})"
        return f"{every} has one {of}{back}: {body}; {breaks}."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the share of rows that keep the rule, and that would without it; of two numbers, their correlation."""
        by, shape = " + ".join(e.say("en") for e in claim.by), claim.told("shape")
        sign = {"same": "=", "mutual": "↔", "twin": "~"}.get(shape, "→")
        bars = [{"group": f"{by} {sign} {title_of(claim)}", "value": evidence.value, "n": evidence.n, "role": "segment"}]
        chart = bar_chart([*bars, {"group": "∅", "value": evidence.base, "n": evidence.n, "role": "wider"}], claim)
        chart["encoding"]["x"] |= {"title": "r", "axis": {}} if shape == "twin" else {"title": None}
        return chart

    @staticmethod
    def example() -> Example:
        """Cities that lie in one region each, but for a few rows that were filled in wrongly."""
        rng = np.random.default_rng(17)
        n = 4_000
        city = rng.integers(0, 25, n)
        wrong = rng.random(n) < 0.005
        region = np.where(wrong, rng.integers(0, 5, n), city % 5)
        columns = {"city": [f"city {c:02d}" for c in city], "region": [f"region {r}" for r in region]}
        return Example({**{k: np.array(v, dtype=object) for k, v in columns.items()}, "size": rng.normal(size=n)}, "", EVERYONE, ("city", "region"))


def _aliases(columns: int) -> list[str]:
    """Short names for the columns of a query, whatever theirs are: g0, g1, ..., and v for the last."""
    return [*(f"g{i}" for i in range(columns - 1)), "v"]


def _claim(name: str, by: tuple[str, ...], of: str, gain: float, looks: int, n: int, detail: tuple[tuple[str, Any], ...]) -> Claim:
    measure = Measure(of, Column(of), unit="share")
    return Claim(name, EVERYONE, measure, "assoc", gain * math.sqrt(n), by=tuple(Column(b) for b in by), looks=looks, detail=detail)


def _same(search: Search) -> tuple[list[tuple[str, str, float]], int]:
    """((one, other, share of equal rows) of columns that hold the same, how many pairs were looked at)."""
    rows = search.rows
    columns = sorted(c.name for c in search.schema if c.role in ROLES and not c.derived and c.name in rows and c.storage not in MEDIA)
    pairs = [(a, b) for i, a in enumerate(columns) for b in columns[i + 1 :] if rows.storage(a) == rows.storage(b)]
    few, found, copies = rows.take(np.arange(min(rows.n, 200))), [], set()
    for a, b in pairs:
        if a in copies or b in copies or _share(equals(few, a, b)) < SAME - 0.08:
            continue
        whole = equals(rows, a, b)
        share, (x, y) = _share(whole), (codes_of(rows, name) for name in (a, b))
        varies = all(len(np.unique(codes[~np.isnan(whole)])) > 1 for codes in (x, y)) and _usual(x) <= HELD
        if share >= SAME and varies:
            found.append((a, b, share))
            copies.add(b)
    return found, len(pairs)


def _twins(search: Search) -> list[tuple[Expression, Measure, float]]:
    """(a number, another that orders the rows alike, their rank correlation); the target's are told as what gives it away."""
    found = numbers(search)
    r, n = rank_table(found)
    p = len(found.measures)
    pairs = [(a, b) for a in range(p) for b in range(a + 1, p) if found.target not in (a, b) and found.apart(a, b)]
    alike = [(a, b) for a, b in pairs if abs(r[a, b]) >= TWINS and n[a, b] >= FEW]
    return [(found.expression(a), found.measures[b], float(r[a, b])) for a, b in alike]


def _alike(by: str, of: str, evidence: Evidence, lang: str) -> str:
    w, e = phrases(lang), evidence
    r, low, high = (f"{'−' if x < 0 else '+'}{abs(x):.3f}" for x in (e.effect, e.low, e.high))
    seen_ = w.proof(count(e.n), e.half)
    if lang == "zh":
        way = "完全一致" if e.effect > 0 else "正好相反"
        return f"{glue(by, '与', of, f'对各行的排序几乎{way}')}：秩相关 {r}（95% 区间 {low} 至 {high}；{seen_}），两列说的是同一件事。"
    way = "nearly alike" if e.effect > 0 else "in nearly opposite ways"
    return f"{by} and {of} order the rows {way}: rank correlation {r} (95% interval {low} to {high}; {seen_}); one says what the other says."


def _share(equal: np.ndarray) -> float:
    known = equal[~np.isnan(equal)]
    return float(known.mean()) if len(known) else 0.0


def _usual(codes: np.ndarray) -> float:
    known = codes[codes >= 0]
    return float(np.bincount(known).max()) / len(known) if len(known) else 1.0


def _example(rows: Rows, d: Decided) -> tuple[tuple[str, Any], ...]:
    """The group in which most rows break a rule: its condition, its usual value, another and how many hold each."""
    by, of = groups_of([codes_of(rows, name) for name in d.by]), codes_of(rows, d.of)
    known = np.flatnonzero((by >= 0) & (of >= 0))
    width = int(of.max(initial=0)) + 1
    cells, first, counts = np.unique(by[known] * width + of[known], return_index=True, return_counts=True)
    group = cells // width
    order = np.lexsort((cells, -counts, group))
    rank = np.arange(len(order)) - np.searchsorted(group[order], group[order])
    other = order[rank == 1]
    if not len(other):
        return ()
    worst = min(other.tolist(), key=lambda i: (-counts[i], cells[i]))
    most = int(order[(rank == 0) & (group[order] == group[worst])][0])
    place = [int(known[first[i]]) for i in (most, worst)]
    terms = tuple(_term(rows, name, place[0]) for name in d.by)
    usual, other = ((_term(rows, d.of, at), int(counts[cell])) for at, cell in zip(place, (most, worst), strict=True))
    return (("group", Condition(terms)), ("usual", usual), ("other", other))


def _term(rows: Rows, name: str, row: int) -> Term:
    value = rows[name][row]
    if rows.storage(name) == "time":
        return Term(name, "is", str(value))
    return Term(name, "is", value if isinstance(value, str) else float(value))


def _broken(claim: Claim, lang: str) -> str:
    """An example of rows that break the rule, as the search saw it."""
    if claim.told("group") is None:
        return ""
    w, group = phrases(lang), claim.told("group").say(lang)
    (usual, many), (other, few) = claim.told("usual"), claim.told("other")
    if lang == "zh":
        return f"，例如{glue(w.when(group), '，', usual.say(lang))}的有 {count(many)} 行，{glue(other.say(lang))}的有 {count(few)} 行"
    return f": where {group}, {usual.say(lang)} in {count(many)} rows and {other.say(lang)} in {count(few)}"
