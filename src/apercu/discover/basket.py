"""Basket: things that stand together, such as goods in one purchase, more often than chance and the size of baskets make them.

    Rows with “root vegetables” also have “other vegetables” in 43.4% of cases, against 17.3% of the others ...

Baskets are read off the table in whichever shape it writes them (_baskets); rules of one or two items to one item are mined on the searched half
(stats/itemsets) and proved on the other, a basket counting as one. Null hypothesis: the item is as frequent among baskets with the others as among
those without (Fisher's exact test); among baskets of the same number of other items its odds are at most BEYOND times as much higher as those of the
table's pairs of frequent items usually are (exact Mantel-Haenszel test): large baskets hold more of everything, and what their size does not tell of
that, all pairs share; and, for two items, one of them adds nothing to the other. The largest p counts (intersection-union, Berger 1982).
Assumes independent baskets, or clusters. In tables of one row per item (`long`) `where` names the rows of the item, and value, base and n count
baskets; their SQL groups rows by basket first. What it does not do: three items or more on the left, what is bought next, what is avoided.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, combinations, zip_longest
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.condition import Condition
from ..core.expression import Column, literal, quoted
from ..core.finding import Claim, Evidence
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..stats.itemsets import frequent, rules
from ..stats.shares import Together, together
from ..words import phrases
from ..words.numbers import count, plain
from ..words.spacing import glue
from ._baskets import Baskets, Shape, found, rebuilt
from ._chart import OTHERS, bar_chart
from ._compare import compared, method_of, query, reach, seen

__all__ = ["Basket"]

MOST: Final = 12  # claims
EACH: Final = 3  # claims that expect the same item, or are given it
SHARE: Final = 0.002  # least share of the baskets that hold a set
LEAST: Final = 10  # least baskets that hold it
LARGER: Final = 25  # least baskets that hold three items: there are many such sets, and the strongest of few baskets are chance
LIFT: Final = 1.3  # least times as often as in all baskets
GAP: Final = 0.05  # least difference of shares: one basket in twenty
BEYOND: Final = 1.2  # times the usual odds that must be exceeded among baskets of one size
LIKELY: Final = 1.5  # and times that they must seem while searching
ROOM: Final = 2.5  # least z of odds beyond that
USUAL: Final = 16  # most frequent items whose pairs tell the usual odds
ROWS: Final = 20_000  # baskets by which they are told
SURE: Final = 3.5  # least z, however few rules were looked at
ADDS: Final = 3.0  # least z of each of two items beside the other
TRIED: Final = 60  # rules that are compared among baskets of one size, the strongest of those mined
EDGES: Final = (1, 2, 3, 4, 5, 7, 10, 15, 22, 35, 60, 100)  # of the number of other items


class _Rule(NamedTuple):
    given: tuple[int, ...]
    expected: int
    z: float


class Basket:
    """Items that stand together."""

    name: ClassVar[str] = "basket"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "things that go together", "zh": "一起出现的东西"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The strongest rules; `looks` counts all frequent pairs that could be, and the three rules of every frequent triple."""
        mined = [(baskets, *_mined(baskets)) for baskets in found(search)]
        looks = max(sum(looked for _, _, looked in mined), 1)
        least = max(SURE, math.sqrt(2 * math.log(looks)) + 0.5)
        turns = zip_longest(*(_claims(baskets, candidates, least) for baskets, candidates, _ in mined))
        yield from [replace(claim, looks=looks) for claim in chain.from_iterable(turns) if claim is not None][:MOST]

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: share of baskets with the item among those with the others, minus its share among all other baskets."""
        shape = Shape(*claim.told("shape"))
        baskets = rebuilt(verify.rows, shape)
        given, expected = claim.told("given"), claim.told("expected")
        blocks = _blocks(verify, baskets)
        if shape.kind == "long":
            x, inside, judged = baskets.holds(expected).astype(np.float64), baskets.holds(given[0]), replace(verify, blocks=blocks)
        else:
            x, inside, judged = claim.measure.values(verify.rows), claim.where.holds(verify.rows), verify
        known = ~np.isnan(x)
        gap = compared(x, inside, ~inside, judged, level, rate=True)
        n, rest = int((inside & known).sum()), int((known & ~inside).sum())
        value, base = float(x[inside & known].mean()) if n else 0.0, float(x[known & ~inside].mean()) if rest else 0.0
        every = float(x[known].mean()) if n + rest else 0.0
        tried = _beyond_size(baskets, given, expected, float(claim.told("usual")), blocks)
        p = max(gap.p, *(step.p for step in tried)) if gap.gap > 0 else 1.0
        odds = min(tried[0].odds, 999.0)
        extra = {"rest": float(rest), "every": every, "lift": value / every if every > 0 else 0.0, "odds": odds}
        method = method_of(f"{gap.method}, also within baskets of one size", verify, claim.looks)
        far = reach(gap.gap, x, n, rest)
        return Evidence(gap.gap, gap.low, gap.high, p, n, method, verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base, n and rest; of one row per item, of its baskets."""
        shape = Shape(*claim.told("shape"))
        if shape.kind != "long":
            return query(claim, half)
        basket, item = quoted(shape.basket), quoted(shape.columns[0])
        given, expected = (f"bool_or({item} = {literal(name)})" for name in (claim.told("given")[0], claim.told("expected")))
        return (
            "SELECT value - base AS effect, value, base, n, rest FROM (\n"
            "  SELECT avg(m) FILTER (WHERE hit) AS value, avg(m) FILTER (WHERE NOT hit) AS base,\n"
            "         count(*) FILTER (WHERE hit) AS n, count(*) FILTER (WHERE NOT hit) AS rest\n"
            f"  FROM (SELECT {given} AS hit, {expected}::INT::DOUBLE AS m\n"
            f"        FROM data WHERE {seen(half)} AND {basket} IS NOT NULL AND {item} IS NOT NULL GROUP BY {basket}))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """How often the item is there with the others and without them, how many times as often as in all, and how many baskets say so."""
        w, e, shape = phrases(lang), evidence, Shape(*claim.told("shape"))
        given, expected = w.both([f"“{name}”" for name in claim.told("given")]), f"“{claim.told('expected')}”"
        value, base, gap = w.amount(e.value, "share"), w.amount(e.base, "share"), w.difference(e.effect, "share")
        span, times, odds = w.interval(e.low, e.high, "share"), plain(round(e.extra["lift"], 2)), plain(round(e.extra["odds"], 1))
        column = shape.columns[0]
        if lang == "zh":
            thing = glue("购物篮（每", shape.basket, "一篮）") if shape.kind == "long" else "行"
            own = glue("在", column, "中，") if shape.kind in ("long", "list") else ""
            proof = w.proof(count(e.n), e.half).replace("行", "篮", 1) if shape.kind == "long" else w.proof(count(e.n), e.half)
            opening = glue(own, "含有", given, "的", thing, "中，同时含有", expected, "的占", value)
            return f"{opening}，其余为 {base}，相差 {gap}（{span}；{proof}）；是全部的 {times} 倍，在其他物品数相同者之间，其几率为 {odds} 倍。"
        thing = "baskets" if shape.kind == "long" else "rows"
        own = f"In {column}, " if shape.kind in ("long", "list") else ""
        which = f"{thing} (one per {shape.basket})" if shape.kind == "long" else thing
        opening = f"{own}{which if own else which.capitalize()} with {given} also have {expected} in {value} of cases"
        proof = w.proof(count(e.n), e.half).replace(" rows", f" {thing}", 1)
        told = f"{opening}, against {base} of the others: {gap} ({span}; {proof})"
        return f"{told}. That is {times} times as often as in all {thing}; among {thing} with as many other items the odds are {odds} times as high."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the item's share in baskets with the others, with one of them alone, and in all others."""
        baskets = rebuilt(verify.rows, Shape(*claim.told("shape")))
        given, hit = claim.told("given"), baskets.holds(claim.told("expected"))
        held = {name: baskets.holds(name) for name in given}
        all_held = np.logical_and.reduce(list(held.values()))
        named = [(" & ".join(given), all_held, "segment")]
        named += [(f"{name}, {OTHERS}", mask & ~all_held, "wider") for name, mask in held.items() if len(given) > 1]
        named.append((OTHERS, ~np.logical_or.reduce(list(held.values())), "wider"))
        bars = [{"group": g, "value": float(hit[m].mean()), "n": int(m.sum()), "role": role} for g, m, role in named if m.any()]
        chart = bar_chart(bars, claim)
        chart["encoding"]["x"] |= {"title": claim.told("expected"), "axis": {"format": ".0%"}}
        return chart

    @staticmethod
    def example() -> Example:
        """Purchases of ten goods, a column each: who takes pasta takes sauce."""
        rng = np.random.default_rng(23)
        n = 5_000
        keen = rng.gamma(4.0, 0.25, n)
        goods = ["beer", "bread", "butter", "cheese", "eggs", "milk", "pasta", "rice", "soap", "tea"]
        held = {good: rng.random(n) < np.minimum(0.15 * keen, 0.9) for good in goods}
        held["sauce"] = rng.random(n) < np.where(held["pasta"], 0.6, 0.15)
        columns = {good: np.where(own, "yes", "no").astype(object) for good, own in held.items()}
        return Example(columns, "", Condition((Shape("flags", (), yes="yes").term("pasta"),)), ("sauce",))


def _mined(baskets: Baskets) -> tuple[list[_Rule], int]:
    """(the rules that are strong enough to be looked at among baskets of one size, the strongest first; how many rules there could be)."""
    from scipy.sparse import csr_matrix

    n = len(baskets.rows)
    held = csr_matrix((np.ones(len(baskets.indices), dtype=bool), baskets.indices, baskets.indptr), shape=(n, len(baskets.names)))
    sets = frequent(held, max(SHARE, LEAST / n), 2 if baskets.shape.kind == "long" else 3)
    single, triples = int((sets.sizes == 1).sum()), int((sets.sizes == 3).sum())
    made = rules(sets, 0.0)
    one = np.flatnonzero(_bits(made.left) == sets.sizes[made.of] - 1)
    both, lift, confidence = made.support[one], made.lift[one], made.confidence[one]
    a, b = both / confidence, confidence / lift
    base = (b - both) / np.maximum(1 - a, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (both - a * b) * math.sqrt(n) / np.sqrt(a * (1 - a) * b * (1 - b))
    usable = np.flatnonzero(
        (lift >= LIFT) & (confidence - base >= GAP) & np.isfinite(z) & (both * n >= np.where(sets.sizes[made.of[one]] > 2, LARGER, LEAST))
    )
    order = usable[np.lexsort((made.left[one][usable], made.of[one][usable], -confidence[usable], -np.round(z[usable], 9)))]
    kept: list[_Rule] = []
    told: set[tuple[int, ...]] = set()
    room = {2: TRIED, 3: TRIED}
    for i in order.tolist():
        if not any(room.values()):
            break
        if not room[int(sets.sizes[made.of[one[i]]])]:
            continue
        given, (expected,) = made.sides(int(one[i]))
        whole = tuple(sorted((*given, expected)))
        if len(given) == 2 or whole not in told:  # of two ways to read a pair the surer one
            told.add(whole)
            room[len(whole)] -= 1
            kept.append(_Rule(given, expected, float(z[i])))
    return kept, single * (single - 1) // 2 + 3 * triples


def _bits(mask: np.ndarray) -> np.ndarray:
    return (mask[:, None] >> np.arange(4) & 1).sum(axis=1)


def _claims(baskets: Baskets, candidates: list[_Rule], least: float) -> Iterator[Claim]:
    """Rules that also hold among baskets of one size; no item is given or expected too often, and no set of items is told twice."""
    n, names, shape = len(baskets.rows), baskets.names, baskets.shape
    usual = _usual(baskets) if candidates else 1.0
    judged: list[tuple[float, tuple[str, ...], str]] = []
    for rule in candidates:
        given = tuple(names[i] for i in sorted(rule.given, key=lambda i: names[i]))
        z = _score(baskets, given, names[rule.expected], usual) if n and rule.z >= least else 0.0
        if z >= ROOM:
            judged.append((z, given, names[rule.expected]))
    expected, told, used = Counter[str](), set[frozenset[str]](), Counter[str]()
    for z, given, item in sorted(judged, key=lambda j: (-round(j[0], 9), j[1], j[2])):
        whole = frozenset((*given, item))
        if expected[item] >= EACH or whole in told or any(used[name] >= EACH for name in given):
            continue
        expected[item] += 1
        used.update(given)
        told.add(whole)
        where = Condition(tuple(shape.term(name) for name in given))
        detail = (("shape", tuple(shape)), ("given", given), ("expected", item), ("usual", usual))
        yield Claim(Basket.name, where, shape.measure(item), "high", z, by=(Column(shape.basket),) if shape.basket else (), detail=detail)


def _usual(baskets: Baskets) -> float:
    """The median odds, among baskets of one size, of the pairs of the most frequent items; at least 1."""
    few = baskets.first(ROWS)
    often = np.bincount(few.indices, minlength=len(few.names))
    items = [few.names[i] for i in np.argsort(-often, kind="stable")[:USUAL] if often[i] >= LEAST]
    found = []
    for a, b in combinations(items, 2):
        inside, other, strata, own = next(_steps(few, (a,), b))
        found.append(together(inside[own], other[own], strata[own]).odds)
    return max(1.0, min(float(np.median(found)), 999.0)) if found else 1.0


def _score(baskets: Baskets, given: tuple[str, ...], expected: str, usual: float) -> float:
    """The z among baskets of one size; 0 where the odds seem too low for it, or one of two items adds little to the other."""
    whole, *adds = _beyond_size(baskets, given, expected, usual, None)
    return 0.0 if whole.odds < LIKELY * usual ** len(given) or any(step.z < ADDS for step in adds) else whole.z


def _beyond_size(baskets: Baskets, given: tuple[str, ...], expected: str, usual: float, blocks: np.ndarray | None) -> list[Together]:
    """All items against none or some of them, by more than BEYOND times the usual odds; then each beside the other, by more than the usual."""
    found = []
    for place, (a, b, strata, own) in enumerate(_steps(baskets, given, expected)):
        odds = usual if place else BEYOND * usual ** len(given)
        found.append(together(a[own], b[own], strata[own], None if blocks is None else blocks[own], odds))
    return found


def _steps(baskets: Baskets, given: tuple[str, ...], expected: str) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """(with the items, with the expected one, how many others there are, baskets that count): all together, then each beside the other.

    A basket without any other item counts only where empty baskets are written down: else, with none of the three, it would be missing.
    """
    held, b = {name: baskets.holds(name) for name in given}, baskets.holds(expected)
    others = baskets.sizes - b - sum(mask.astype(np.int64) for mask in held.values())
    strata = np.searchsorted(EDGES, others, side="right")
    usable = np.ones(len(others), dtype=bool) if baskets.shape.kind == "flags" else others > 0
    yield np.logical_and.reduce(list(held.values())), b, strata, usable
    for name in given if len(given) > 1 else ():
        rest = np.logical_and.reduce([mask for other, mask in held.items() if other != name])
        yield held[name], b, strata, usable & rest


def _blocks(verify: Verify, baskets: Baskets) -> np.ndarray | None:
    """(n,) the block of each basket; None where every basket is one of its own."""
    if verify.blocks is None:
        return None
    own = verify.blocks[baskets.rows]
    return own if len(np.unique(own)) < len(own) else None
