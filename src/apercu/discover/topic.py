"""Topic: what texts speak of, and what goes with it: words and ids inside a text column.

    Where category is “Hardware”, short_description mentions “printer” in 81.0% of rows, against 3.0% elsewhere ...

Four claims. `moves`: a measure differs where a word stands. `of` (without a target): a word stands oftener in a level of a category. `leads`
(without a target): an id such as Printer546 stands in far more texts than the next of its kind. `even` (without a target): no word goes with any
level of some categories. Null hypotheses: no difference (Fisher, Welch or permutation, see _compare); for `leads` both ids stand in as many
texts (McNemar exact); for `even`, some word's share differs by MARGIN or more between a level and all others, against which every pair of a word
and a level is tested one by one and the largest p counts, an intersection-union test (Berger 1982). All assume independent rows, or clusters.
Words are chosen by how often they stand (_vocabulary), before anything is compared. What it does not do: understand a text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Any, ClassVar, Final

import numpy as np

from ..core.condition import Condition, Term
from ..core.expression import Column, Word
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.schema import Column as SchemaColumn
from ..core.split import Search, Verify
from ..stats.influence import error
from ..stats.shares import close, paired
from ..stats.tests import clustered
from ..words import phrases
from ..words.numbers import count, percent, points
from ..words.spacing import glue
from ._chart import OTHERS, bar_chart, sign, title_of
from ._compare import compare, compared, method_of, query, reach, seen
from ._search import scaled
from ._topic import Leader, Of, by_level, groups, leader, moved, spread, threshold
from ._vocabulary import Vocabulary, ids, prose, texts, vocabulary

__all__ = ["Topic"]

MOST: Final = 12  # claims
MARGIN: Final = 0.2  # difference of a word's shares from which it would go with a level
EVEN_WORDS: Final = 20  # the most frequent words, of which it is told that none goes with a level
EVEN_COLUMNS: Final = 5  # categories, those of the most levels
REACH: Final = 0.25  # reach of an evenness that is proved with room to spare
SHOWN: Final = 8  # ids or levels in a chart


class Topic:
    """Words and ids in texts: what goes with them, and which stand out."""

    name: ClassVar[str] = "topic"
    scope: ClassVar[str] = "measure"
    title: ClassVar[Mapping[str, str]] = {"en": "what texts speak of", "zh": "文本在说什么"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The strongest words of every text column; `looks` counts words times measures and levels, ids, and one for each evenness."""
        every = {c.name: vocabulary(search.rows, c.name) for c in _read(search)}
        read = {c.name: every[c.name] for c in texts(search.schema, search.rows)}
        measures = {name: _measures(search, name) for name in read}
        states = frozenset(c for m in search.measures if m.level for c in m.columns())
        named = {name: groups(search, name, states) if search.goal is None else {} for name in read}
        leaders = {name: leader(search.rows, name) for name in read} if search.goal is None else {}
        even = list(_even(search, every)) if search.goal is None else []
        looks = sum(len(words.terms) * (len(measures[name]) + sum(map(len, named[name].values()))) for name, words in read.items())
        looks = max(looks + sum(several for _, several in leaders.values()) + len(even), 1)
        least = threshold(looks)
        moves, of = [], []
        for name, words in read.items():
            moves += [claim for measure in measures[name] for claim in _moves(search, measure, words, least)]
            of += [_of_level(words, found) for found in by_level(search.rows, words, named[name], least)]
        lead = [_leads(search, name, found) for name, (found, _) in leaders.items() if found is not None and found.z >= least]
        turns = zip_longest(*(sorted(own, key=_order) for own in (lead, even, _once(moves), of)))
        yield from [replace(claim, looks=looks) for claim in chain.from_iterable(turns) if claim is not None][:MOST]

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean (or share) where the claim holds minus elsewhere; of `leads`, texts with the id minus texts with the next, as counts."""
        match claim.told("what"):
            case "leads":
                return _judged_lead(claim, verify, level)
            case "even":
                return _judged_even(claim, verify, level)
            case _:
                pass
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        inside = claim.where.holds(verify.rows) & known
        gap = compare(verify, claim.measure, inside, known & ~inside, level)
        n, rest = int(inside.sum()), int((known & ~inside).sum())
        value, base = float(x[inside].mean()) if n else 0.0, float(x[known & ~inside].mean()) if rest else 0.0
        p = gap.p if gap.gap * (1.0 if claim.direction == "high" else -1.0) > 0 else 1.0
        method, far = method_of(gap.method, verify, claim.looks), reach(gap.gap, x, n, rest)
        return Evidence(gap.gap, gap.low, gap.high, p, n, method, verify.half, value, base, level, far, {"rest": float(rest)})

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n, from the study's own rows."""
        if claim.told("what") == "leads":
            first, second = (Word(Column(claim.told("column")), claim.told(key)).to_sql() for key in ("first", "second"))
            return (
                "SELECT value - base AS effect, value, base, n FROM (\n"
                f"  SELECT coalesce(sum({first}), 0) AS value,\n         coalesce(sum({second}), 0) AS base, count({first}) AS n\n"
                f"  FROM data WHERE {seen(half)})"
            )
        if claim.told("what") == "even":
            inner = query(replace(claim, where=claim.told("level")), half)
            return f"SELECT effect, value, base, n + rest AS n FROM (\n{inner})"
        return query(claim, half)

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """What the texts mention, where and how often, with its interval, and how many rows say so."""
        match claim.told("what"):
            case "leads":
                return _said_lead(claim, evidence, lang)
            case "even":
                return _said_even(claim, evidence, lang)
            case _:
                pass
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        opening, what = w.when(claim.where.say(lang)), claim.measure.averages(e.value, lang)
        gap, base, span = w.difference(e.effect, unit), w.amount(e.base, unit), w.interval(e.low, e.high, unit)
        proof, twin = w.proof(count(e.n), e.half), claim.told("twin")
        if lang == "zh":
            also = glue("这与", twin.say(lang), "几乎是同一批行。") if twin else ""
            return f"{opening}，{what}，其余为 {base}，相差 {gap}（{span}；{proof}）。{also}"
        also = f" These are nearly the rows where {twin.say(lang)}." if twin else ""
        return f"{opening}, {what}, against {base} elsewhere: {gap} ({span}; {proof}).{also}"

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: where the word stands and elsewhere, the levels of the category, or the ids that most texts name."""
        match claim.told("what"):
            case "leads":
                return _lead_chart(claim, verify)
            case "moves":
                named = [(_sign(claim.where.terms[0].expression), claim.where), (OTHERS, None)]
            case _:
                (term,) = (claim.told("level") or claim.where).terms
                coded = verify.rows.coded(term.expression.columns()[0])
                usual = np.argsort(-coded.counts(), kind="stable")[:SHOWN].tolist()
                levels = [Condition((Term(term.expression, "is", coded.levels[i]),)) for i in usual]
                named = [(sign(level), level) for level in levels]
        x = claim.measure.values(verify.rows)
        told = claim.told("level") or claim.where
        bars = []
        for group, where in named:
            mask = (where.holds(verify.rows) if where is not None else ~told.holds(verify.rows)) & ~np.isnan(x)
            if mask.any():
                bars.append({"group": group, "value": float(x[mask].mean()), "n": int(mask.sum()), "role": "segment" if where == told else "wider"})
        return _titled(bar_chart(bars, claim), _sign(claim.measure.of) if isinstance(claim.measure.of, Word) else title_of(claim))

    @staticmethod
    def example() -> Example:
        """Tickets whose text mentions a refund take longer."""
        rng = np.random.default_rng(17)
        n = 4_000
        things = rng.choice(["the first order", "an old invoice", "my account", "the yearly contract", "a late parcel"], n)
        asked = rng.choice(["please explain", "please check", "I ask for a Refund", "who can help with it", "I wait for an answer"], n)
        note = np.array([f"About {thing}: {ask}" for thing, ask in zip(things, asked, strict=True)], dtype=object)
        days = rng.gamma(4.0, 2.0, n) + 3.0 * (asked == "I ask for a Refund")
        return Example(
            {"note": note, "desk": rng.choice(["north", "south"], n).astype(object), "days": days}, "days", Condition((_term("note", "refund"),))
        )


def _term(column: str, word: str) -> Term:
    return Term(Word(Column(column), word), "is", 1.0)


def _read(search: Search) -> list[SchemaColumn]:
    """The columns whose words are looked at; without a target also those of sentences that say little."""
    found = texts(search.schema, search.rows)
    more = prose(search.schema, search.rows) if search.goal is None else []
    return [*found, *(c for c in more if c not in found)]


def _measures(search: Search, name: str) -> list[Measure]:
    """The measures that the words of a column may explain."""
    return [m for m in search.measures if not m.counts and any(c.name == name for c in search.features(m))]


def _mentions(column: str, word: str) -> Measure:
    return Measure(f"{column}: {word}", Word(Column(column), word), unit="share")


def _order(claim: Claim) -> tuple[float, str, str]:
    return -claim.strength, claim.where.say(), claim.measure.name + claim.level


def _moves(search: Search, measure: Measure, words: Vocabulary, least: float) -> Iterator[Claim]:
    for word, z in moved(scaled(search, measure), words, least):
        where = Condition((_term(words.column, words.terms[word]),))
        yield Claim(Topic.name, where, measure, "high" if z > 0 else "low", abs(z), detail=(("what", "moves"),))


def _once(claims: list[Claim]) -> list[Claim]:
    """Of claims that one word moves several levels of a target, the strongest."""
    best: dict[Any, Claim] = {}
    for claim in sorted(claims, key=_order):
        best.setdefault((claim.where, claim.measure.of), claim)
    return list(best.values())


def _of_level(words: Vocabulary, found: Of) -> Claim:
    measure, where = _mentions(words.column, words.terms[found.word]), Condition((Term(found.column, "is", found.level),))
    detail: tuple[tuple[str, Any], ...] = (("what", "of"),)
    if found.twin:
        detail = (*detail, ("twin", Condition((Term(found.twin[0], "is", found.twin[1]),))))
    return Claim(Topic.name, where, measure, "high", found.z, by=(Column(found.twin[0]),) if found.twin else (), detail=detail)


def _leads(search: Search, column: str, found: Leader) -> Claim:
    measure = next((m for m in search.measures if m.counts), Measure("rows"))
    detail = (("what", "leads"), ("column", column), ("first", found.first), ("second", found.second))
    where, against = (Condition((_term(column, named),)) for named in (found.first, found.second))
    return Claim(Topic.name, where, measure, "high", found.z, (against,), detail=detail)


def _even(search: Search, every: Mapping[str, Vocabulary]) -> Iterator[Claim]:
    """One claim for each column of sentences whose frequent words seem to go with no level of some categories."""
    for column in prose(search.schema, search.rows):
        words = every[column.name].first(EVEN_WORDS)
        named = groups(search, column.name, frozenset())
        if not words.terms or not named:
            continue
        flat = sorted((s for s in spread(words, search.rows, named) if s.far < MARGIN), key=lambda s: (-len(named[s.column]), s.column))[
            :EVEN_COLUMNS
        ]
        if not flat:
            continue
        worst = max(flat, key=lambda s: (s.far, s.column))
        tested = tuple(Term(s.column, "is", level) for s in flat for level in named[s.column])
        level = Condition((Term(worst.column, "is", worst.level),))
        detail = (("what", "even"), ("words", words.terms), ("levels", tested), ("level", level), ("column", column.name))
        measure = _mentions(column.name, words.terms[worst.word])
        strength = 8.0 * (1.0 - worst.far / MARGIN) + 2.0  # as sure as the room that is left to the margin
        yield Claim(Topic.name, Condition(), measure, "flat", strength, by=tuple(Column(s.column) for s in flat), detail=detail)


def _judged_lead(claim: Claim, verify: Verify, level: float) -> Evidence:
    """Texts with the first id minus texts with the second; its interval that of the shares, times the texts."""
    first, second = (Word(Column(claim.told("column")), claim.told(key)).values(verify.rows) for key in ("first", "second"))
    known = ~np.isnan(first)
    a, b = first[known] > 0, second[known] > 0
    n = len(a)
    gap = paired(int((a & ~b).sum()), int((b & ~a).sum()), int((a & b).sum()), n, level)
    low, high, p, method = gap.low, gap.high, gap.p if gap.gap > 0 else 1.0, gap.method
    if verify.blocks is not None and n:
        off, freedom = error((a.astype(float) - b - gap.gap) / n, verify.blocks[known])
        block = _student(gap.gap, off, freedom, level)
        low, high, p, method = min(low, block[0]), max(high, block[1]), max(p, block[2]), f"{method} and cluster t"
    method, extra = method_of(method, verify, claim.looks), {"share": float(a.mean()) if n else 0.0}
    named = int((a | b).sum())
    far = min(1.0, max(gap.gap, 0.0) * n / named * (named / n) ** 0.5) if named else 0.0  # how far one leads the other, and how many texts name them
    return Evidence(n * gap.gap, n * low, n * high, p, n, method, verify.half, float(a.sum()), float(b.sum()), level, far, extra)


def _student(gap: float, off: float, freedom: float, level: float) -> tuple[float, float, float]:
    """(low, high, p) of a difference with its error, by Student's t; within -1..1, as shares are."""
    from scipy.special import stdtr, stdtrit

    if not np.isfinite(off):
        return -1.0, 1.0, 1.0
    half = float(stdtrit(freedom, 0.5 + level / 2)) * off
    return max(gap - half, -1.0), min(gap + half, 1.0), 2 * float(stdtr(freedom, -abs(gap) / off)) if off > 0 else 1.0


def _judged_even(claim: Claim, verify: Verify, level: float) -> Evidence:
    """The difference that looked largest; p and the interval are those of the word and level that are farthest from even."""
    column, (told,) = claim.told("column"), claim.told("level").terms
    p, low, high, method, compares = 0.0, 0.0, 0.0, "two one-sided tests of every word and level", 0
    chosen, value, base, n = 0.0, 0.0, 0.0, 0
    members = [(term, term.holds(verify.rows)) for term in claim.told("levels")]
    for word in claim.told("words"):
        x = Word(Column(column), word).values(verify.rows)
        known = ~np.isnan(x)
        for term, member in members:
            inside, outside = member & known, ~member & known
            gap = compared(x, inside, outside, verify, level, rate=True)
            a, b = x[inside], x[outside]
            hits, base_hits = int(a.sum()), int(b.sum())
            pair = close(hits, len(a), base_hits, len(b), MARGIN)
            if verify.blocks is not None and len(a) and len(b):
                pair = max(pair, _close_in_blocks(x[known], inside[known], verify.blocks[known]))
            p, low, high, compares = max(p, pair), min(low, gap.low), max(high, gap.high), compares + 1
            if term == told and word == claim.measure.of.word:  # type: ignore[union-attr]
                value, base, n = hits / max(len(a), 1), base_hits / max(len(b), 1), int(known.sum())
                chosen = value - base
    low, high = max(min(low, chosen), -1.0), min(max(high, chosen), 1.0)
    coded = verify.rows.coded(column)
    held = [coded.levels[i] for i in np.flatnonzero(coded.counts())]
    extra = {"most": max(abs(low), abs(high)), "same": float(len(held) == 1), "ids": float(any(ids(text) for text in held))}
    far = REACH * max(0.0, 1.0 - extra["most"] / MARGIN) if compares else 0.0
    return Evidence(chosen, low, high, p if compares else 1.0, n, method_of(method, verify, claim.looks), verify.half, value, base, level, far, extra)


def _close_in_blocks(x: np.ndarray, inside: np.ndarray, blocks: np.ndarray) -> float:
    """P of shares MARGIN or more apart where rows of one block resemble each other: the clustered t-test moved to the nearer margin."""
    from scipy.special import stdtr, stdtrit

    gap = clustered(x, inside, blocks)
    freedom = min(len(np.unique(blocks[inside])), len(np.unique(blocks[~inside]))) - 1
    if freedom < 1:
        return 1.0
    off = (gap.high - gap.gap) / float(stdtrit(freedom, 0.975))
    return float(stdtr(freedom, -(MARGIN - abs(gap.gap)) / off)) if off > 0 else float(abs(gap.gap) >= MARGIN)


def _said_lead(claim: Claim, e: Evidence, lang: str) -> str:
    w, column, first, second = phrases(lang), claim.told("column"), claim.told("first"), claim.told("second")
    n = max(e.n, 1)
    span, rows = w.interval(e.low / n, e.high / n, "share"), w.proof(count(e.n), e.half)
    here, there, gap = count(int(e.value)), count(int(e.base)), w.difference(e.effect / n, "share")
    if lang == "zh":
        opening = glue("在", count(e.n), "条", column, "中，", f"“{first}”", "出现于", here, "条")
        return f"{opening}（{percent(e.extra['share'])}），排在其后的“{second}”仅 {there} 条：相差 {gap}（{span}；{rows}）。"
    opening = f"“{first}” stands in {here} of {count(e.n)} texts of {column} ({percent(e.extra['share'])})"
    return f"{opening}, the next such id, “{second}”, in {there}: {gap} ({span}; {rows})."


def _said_even(claim: Claim, e: Evidence, lang: str) -> str:
    w, column, words = phrases(lang), claim.told("column"), claim.told("words")
    named, proof, span = w.either([c.say(lang) for c in claim.by]), w.proof(count(e.n), e.half), w.interval(e.low, e.high, "share")
    most, shown = points(e.extra["most"]).lstrip("+"), [f"“{word}”" for word in words[:3]]
    if lang == "zh":
        alike = glue("，全部", count(e.n), "条文字都相同") if e.extra["same"] else ""
        many = glue("最常见的", str(len(words)), f"个词（如{'、'.join(shown)}）") if len(words) > 1 else f"唯一常见的词{shown[0]}"
        told = glue(column, "中没有哪个词与", named, f"的某一类相关{alike}：", many)
        none = "没有文字提到任何编号。" if not e.extra["ids"] else ""
        return f"{told}在任何一类与其余行之间的差距都不超过 {most} 个百分点（{span}；{proof}）。{none}"
    many = f"the shares of its {len(words)} most frequent words ({', '.join(shown)}{', ...' if len(words) > 3 else ''})" if len(words) > 1 else ""
    many = many or f"the share of its one frequent word, {shown[0]},"
    alike = f"; all {count(e.n)} texts are the same" if e.extra["same"] else ""
    told = f"No word of {column} goes with a level of {named}{alike}: {many} {'differ' if len(words) > 1 else 'differs'}"
    none = " No text names an id, such as a number or a device." if not e.extra["ids"] else ""
    return f"{told} by at most {most} points between a level and all other rows ({span}; {proof}).{none}"


def _lead_chart(claim: Claim, verify: Verify) -> dict[str, Any]:
    """The ids that most unseen texts name."""
    coded = verify.rows.coded(claim.told("column"))
    found: Counter[str] = Counter()
    for text, n in zip(coded.levels, coded.counts().tolist(), strict=True):
        for name in dict.fromkeys(ids(text)) if n else ():
            found[name] += n
    named = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
    first = claim.told("first").lower()
    bars = [{"group": name, "value": n, "n": n, "role": "segment" if name.lower() == first else "wider"} for name, n in named]
    return _titled(bar_chart(bars, claim), f"{claim.told('column')} (n)")


def _titled(chart: dict[str, Any], title: str) -> dict[str, Any]:
    chart["encoding"]["x"]["title"] = title
    return chart


def _sign(of: Any) -> str:
    return f"{of.of.say('en')} ∋ {of.word}"
