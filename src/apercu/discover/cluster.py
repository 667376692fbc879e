"""Cluster: groups into which the rows fall by themselves, each told by a rule and by what sets it apart.

    Rows fall into 3 groups; one of them (33.3% of rows) is where petal_width is at most 0.8: there petal_length averages 1.46 ...

Columns are encoded (`_encoded`), brought to the axes on which they vary together, and grouped by k-means (`stats/kmeans`), only where halves of the
rows agree on the groups and these leave less spread than groups of evenly spread rows would: a table without groups, even one of columns that
move together, gives none. A group is told only where one to three conditions say who is in it. Null hypothesis: the measure that sets it
apart most, which is none of the rule's own columns, has the same mean in the rule's rows and elsewhere; tested on unseen rows as `segment`
tests it. p is 1 unless the unseen rows, grouped anew, fall into the same groups (adjusted Rand index of AGREED). What it does not do:
say that there are no other groups; k-means sees round ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..stats.kmeans import agreement, kmeans, nearest, principal, settled, shake
from ..words import phrases
from ..words.numbers import count, percent, plain
from ..words.spacing import glue
from ._chart import bar_chart
from ._compare import compare, method_of, query, reach
from ._encoded import encode, encoding, grain, parts, random_order, rule
from ._search import searched

__all__ = ["Cluster"]

ROWS: Final = 20_000  # searched rows that are grouped: the first, which are as good as drawn, since rows stand in the order of their hashes
RULED: Final = 5_000  # rows on which rules are sought
LEAST: Final = 100  # rows, below which no groups are sought
APART: Final = 0.5  # least difference of a measure between a group and the others, in standard deviations, to be told
FEATURES: Final = 4  # measures that are told of a group
AGREED: Final = 0.6  # least agreement of the groups of unseen rows, grouped anew, with those that were found
REFIT: Final = 4_000  # unseen rows that are grouped anew


class _Groups(NamedTuple):
    """The groups of the searched rows and what unseen rows need to be put into them."""

    columns: tuple[Any, ...]
    axes: np.ndarray
    centres: np.ndarray
    stability: float


class Cluster:
    """A group into which rows fall by themselves."""

    name: ClassVar[str] = "cluster"
    scope: ClassVar[str] = "open"
    title: ClassVar[Mapping[str, str]] = {"en": "groups into which the rows fall", "zh": "自然形成的群体"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The groups that have a rule and at least one measure that sets them apart."""
        measures = [m for m in search.measures if not m.counts]
        rows = search.rows.take(np.arange(min(search.rows.n, ROWS)))
        groups = _groups(search, rows) if rows.n >= LEAST and measures else None
        if groups is None:
            return
        labels = nearest(encode(rows, groups.columns) @ groups.axes, groups.centres)[:RULED]
        codes, names = searched(search), {column.name for column in groups.columns}
        usable = np.array([name in names for name in codes.names], dtype=bool)
        values = {m: search.values(m)[: len(labels)] for m in measures}
        sizes = np.bincount(labels, minlength=len(groups.centres))
        for k in range(len(sizes)) if len(sizes) > 2 else [int(np.argmin(sizes))]:  # of two groups one says both
            found = rule(codes, usable, labels == k)
            if found is not None:
                told = _features(found, found.holds(rows)[: len(labels)], values)
                if told:
                    yield _claim(found, told, groups, k, len(measures) * len(groups.centres))

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean of the first measure in the rule's rows minus mean elsewhere. p is 1 where unseen rows do not fall into the same groups."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        held = claim.where.holds(verify.rows)
        inside, outside = held & known, ~held & known
        gap = compare(verify, claim.measure, inside, outside, level)
        n, rest = int(inside.sum()), int(outside.sum())
        value, base = (float(x[m].mean()) if m.any() else 0.0 for m in (inside, outside))
        agreed, precise, complete = _anew(claim, verify, held)
        holds = gap.gap * (1.0 if claim.direction == "high" else -1.0) > 0 and min(agreed, precise, complete) >= AGREED
        extra = {
            "rest": float(rest),
            "share": float(held.mean()) if len(held) else 0.0,
            "agreement": agreed,
            "precision": precise,
            "recall": complete,
        }
        for i, measure in enumerate(claim.told("others")):
            extra |= dict(zip((f"value {i}", f"base {i}"), _means(measure, verify, held), strict=True))
        method, far = method_of(gap.method, verify, claim.looks), reach(gap.gap, x, n, rest)
        p = gap.p if holds else 1.0
        return Evidence(gap.gap, gap.low, gap.high, p, n, method, verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base, n and rest of the rule's rows and all others."""
        return query(claim, half)

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """How many groups there are, who is in this one, what sets it apart, and that unseen rows fall into the same groups."""
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        k, here, share = claim.told("groups"), claim.where.say(lang), percent(e.extra["share"])
        what, base, gap = claim.measure.averages(e.value, lang), w.amount(e.base, unit), w.difference(e.effect, unit)
        span, rows, alike = w.interval(e.low, e.high, unit), w.proof(count(e.n), e.half), plain(round(e.extra["agreement"], 2))
        others = [(m, w.amount(e.extra[f"value {i}"], m.scale), w.amount(e.extra[f"base {i}"], m.scale)) for i, m in enumerate(claim.told("others"))]
        if lang == "zh":
            opening = f"这些行自然分成 {k} 群，其中一群（占 {share}）{glue('是', here, '的行')}"
            more = "；".join(f"{glue(m.told(lang), '为', a)}，其余为 {b}" for m, a, b in others)
            also = f"此外，{more}。" if others else ""
            anew = f"重新分群时，这些行仍落入相同的群（一致度 {alike}，1 为完全一致）。"
            return f"{opening}：{what}，其余为 {base}，相差 {gap}（{span}；{rows}）。{also}{anew}"
        opening = f"Rows fall into {k} groups; one of them ({share} of rows) is where {here}:"
        apart = f"{what} there, against {base} elsewhere, {gap} ({span}; {rows})."
        more = w.both([f"{m.told(lang)[0].lower()}{m.told(lang)[1:]} ({a} against {b})" for m, a, b in others]) if others else ""
        also = f" It differs besides in {more}." if others else ""
        anew = "Grouped anew, those rows" if e.half == "verify" else "Grouped anew by one half of them, the rows"
        return f"{opening} {apart}{also} {anew} fall into the same groups (agreement {alike}, where 1 is perfect)."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: how far the group lies from the others in each measure, in standard deviations."""
        held, bars = claim.where.holds(verify.rows), []
        for measure in (claim.measure, *claim.told("others")):
            x = measure.values(verify.rows)
            spread = float(np.nanstd(x)) if not np.isnan(x).all() else 0.0
            inside, outside = _means(measure, verify, held)
            name = f"{measure.say('en')} = {measure.level}" if measure.level else measure.say("en")
            role = "segment" if measure == claim.measure else "wider"
            bars.append({"group": name, "value": (inside - outside) / spread if spread > 0 else 0.0, "n": int(held.sum()), "role": role})
        chart = bar_chart(bars, claim)
        chart["encoding"]["x"] |= {"title": "Δ / σ", "axis": {}}
        return chart

    @staticmethod
    def example() -> Example:
        """Customers of three sorts: who buys often and little, who buys seldom and much, and everyone in between."""
        rng = np.random.default_rng(37)
        n = 3_000
        sort = rng.choice(3, n, p=[0.5, 0.3, 0.2])
        visits, basket = rng.normal(np.array([20, 60, 5])[sort], 3), rng.normal(np.array([40, 15, 120])[sort], 5)
        age, years = rng.normal(np.array([40, 30, 60])[sort], 4), rng.uniform(0, 10, n)
        channel = np.where(rng.random(n) < np.array([0.5, 0.9, 0.1])[sort], "online", "shop").astype(object)
        columns = {"visits": visits, "basket": basket, "age": age, "years": years, "channel": channel}
        return Example(columns, "", Condition((Term("visits", ">", 40.0),)))


def _groups(search: Search, rows: Rows) -> _Groups | None:
    """The groups of the searched rows; None where they have none."""
    columns = encoding(search, rows)
    x = encode(rows, columns)
    x = x[random_order(x)]
    axes = principal(x, parts(columns))
    found = settled(x @ axes, shaken=shake(x, grain(x)) @ axes) if axes.shape[1] else None
    return None if found is None else _Groups(columns, axes, found.centres, found.stability)


def _features(where: Condition, held: np.ndarray, values: Mapping[Measure, np.ndarray]) -> list[tuple[float, Measure]]:
    """(z, measure) of what sets the rule's rows apart, strongest first; measures of the rule's own columns say nothing."""
    found: list[tuple[float, float, Measure]] = []
    for measure, x in values.items():
        inside, outside = x[held & ~np.isnan(x)], x[~held & ~np.isnan(x)]
        if measure.known_by(where.columns()) or min(len(inside), len(outside)) < 2:
            continue
        spread, gap = float(np.nanstd(x)), float(inside.mean() - outside.mean())
        if spread > 0.0 and abs(gap) >= APART * spread:
            error = np.sqrt(inside.var() / len(inside) + outside.var() / len(outside))
            found.append((float(gap / max(float(error), 1e-9 * spread)), float(abs(gap) / spread), measure))
    found.sort(key=lambda one: (-round(one[1], 9), one[2].name, one[2].level))
    return [(z, measure) for z, _, measure in found[:FEATURES]]


def _claim(where: Condition, told: list[tuple[float, Measure]], groups: _Groups, k: int, looks: int) -> Claim:
    (z, measure), others = told[0], tuple(m for _, m in told[1:])
    detail = (
        ("groups", len(groups.centres)),
        ("group", k),
        ("others", others),
        ("stability", groups.stability),
        ("columns", tuple(tuple(column) for column in groups.columns)),
        ("axes", tuple(map(tuple, groups.axes.tolist()))),
        ("centres", tuple(map(tuple, groups.centres.tolist()))),
    )
    by = tuple(m.of for m in others if m.of is not None)
    return Claim("cluster", where, measure, "high" if z > 0 else "low", abs(z), by=by, looks=looks, detail=detail)


def _anew(claim: Claim, verify: Verify, held: np.ndarray) -> tuple[float, float, float]:
    """(agreement of the groups of these rows, grouped anew, with those that were found; precision and recall of the rule); 0 of too few rows.

    Where all rows were searched, every other one is grouped anew.
    """
    columns, centres = tuple(claim.told("columns")), np.array(claim.told("centres"))
    if verify.rows.n < max(LEAST // 2, 10 * len(centres)):
        return 0.0, 0.0, 0.0
    x = encode(verify.rows, columns)
    along = x @ np.array(claim.told("axes"))
    order = random_order(x)[:REFIT]
    found = nearest(along, centres)
    again = kmeans(along[order if verify.half == "verify" else order[::2]], len(centres), seed=1)[0]
    group = found == claim.told("group")
    both = float((group & held).sum())
    return agreement(found[order], nearest(along[order], again)), both / max(int(held.sum()), 1), both / max(int(group.sum()), 1)


def _means(measure: Measure, verify: Verify, held: np.ndarray) -> tuple[float, float]:
    """The measure's mean where the rule holds, and elsewhere; 0 where nobody has it."""
    x = measure.values(verify.rows)
    inside, outside = x[held & ~np.isnan(x)], x[~held & ~np.isnan(x)]
    return float(inside.mean()) if len(inside) else 0.0, float(outside.mean()) if len(outside) else 0.0
