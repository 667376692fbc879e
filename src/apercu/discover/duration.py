"""Duration: how long it takes from one moment to another, and the groups of rows in which it takes longer or less long.

    From opened_at to closed_at it takes 14.2 days where category is “Hardware”, against 6.1 elsewhere ...; half of them take 9 days or less ...

Searched over every condition of one column (levels, cuts and windows), for measures that are days between two columns. Null hypothesis: the
mean of the days is that of all other rows. Tested as `segment` tests it: Welch's t, or permutations where rows are few or tails heavy, and the
clustered t where rows come in blocks. The medians are told beside the means, for a few long stretches carry a mean away. What it does
not do: rows that have no end yet are left out, so where many are still open, the longest are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, ClassVar, Final

import numpy as np

from ..core.condition import Condition, Term
from ..core.expression import Column, Days
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import OTHERS, bar_chart, sign
from ._compare import compare, method_of, reach, seen
from ._search import allowed, item_scores, scaled, searched

__all__ = ["Duration"]

KEEP: Final = 3.0  # least z of a group on the searched rows
WORTH: Final = 0.1  # least difference in standard deviations: less is not felt
MOST: Final = 20  # claims about one stretch of days
ORDERED: Final = 0.85  # share of rows in which one moment must come first, as in derive
FEW: Final = 20  # rows that must have both moments
PAIRS: Final = 6  # pairs of moments that are tried
DAY: Final = 86_400_000_000  # microseconds
FIRST: Final = 1e-6  # strength by which it goes before `segment`, which finds the same rows


class Duration:
    """Groups of rows in which the days between two moments are more or fewer than elsewhere."""

    name: ClassVar[str] = "duration"
    scope: ClassVar[str] = "measure"
    title: ClassVar[Mapping[str, str]] = {"en": "groups that take longer or less long", "zh": "耗时不同的群体"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """The conditions of one column under which it takes clearly longer, or less long."""
        stretches = _stretches(search)
        if not stretches:
            return
        codes = searched(search)
        looks = sum(int(np.repeat(allowed(search, measure), np.diff(codes.starts)).sum()) for measure, _ in stretches)
        for measure, days in stretches:
            ready = scaled(search, measure)
            scores = item_scores(codes, ready, allowed(search, measure))
            counts = {int(i): int(ready.of(codes.holds(int(i))[None, :]).sum()) for i in np.flatnonzero(np.abs(scores) >= KEEP)}
            told: set[tuple[int, float]] = set()
            for item in sorted(counts, key=lambda i: (-round(abs(scores[i]), 6), counts[i], codes.terms[i].to_sql())):
                n, side = counts[item], (codes.column_of(item), round(abs(float(scores[item])), 6))
                small = abs(scores[item]) * np.sqrt(1 / n + 1 / max(len(ready.x) - n, 1)) < WORTH
                if small or side in told or len(told) == MOST:  # both sides of a cut say the same; the smaller one is told
                    continue
                told.add(side)
                where, direction = codes.condition((item,)), "high" if scores[item] > 0 else "low"
                strength = abs(float(scores[item])) + FIRST
                yield Claim(self.name, where, measure, direction, strength, where.parents(), looks=looks, detail=(("days", days),))

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) 1 in the group, 0 elsewhere."""
        return claim.where.holds(search.rows).astype(np.uint8)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean of the days in the group minus their mean in all other rows; both medians are in `extra`."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        inside = claim.where.holds(verify.rows) & known
        outside = ~inside & known
        gap = compare(verify, claim.measure, inside, outside, level)
        n, rest = int(inside.sum()), int(outside.sum())
        value, base = (float(x[m].mean()) if m.any() else 0.0 for m in (inside, outside))
        middle, other = (float(np.median(x[m])) if m.any() else 0.0 for m in (inside, outside))
        p = gap.p if gap.gap * (1.0 if claim.direction == "high" else -1.0) > 0 else 1.0
        method, far = method_of(gap.method, verify, claim.looks), reach(gap.gap, x, n, rest)
        extra = {"rest": float(rest), "median": middle, "median_elsewhere": other}
        return Evidence(gap.gap, gap.low, gap.high, p, n, method, verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Both means and both medians."""
        return (
            "SELECT value - base AS effect, value, base, n, rest, median, median_elsewhere FROM (\n"
            "  SELECT avg(m) FILTER (WHERE hit) AS value, avg(m) FILTER (WHERE NOT hit) AS base,\n"
            "         count(m) FILTER (WHERE hit) AS n, count(m) FILTER (WHERE NOT hit) AS rest,\n"
            "         median(m) FILTER (WHERE hit) AS median, median(m) FILTER (WHERE NOT hit) AS median_elsewhere\n"
            f"  FROM (SELECT {claim.measure.to_sql()} AS m,\n"
            f"               coalesce({claim.where.to_sql()}, FALSE) AS hit\n"
            f"        FROM data WHERE {seen(half)}))"
        )

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """From where to where it takes how long, against elsewhere, and within how many days half of them are done."""
        w, e, days = phrases(lang), evidence, claim.told("days")
        start, end, here = days.start.say(lang), days.end.say(lang), claim.where.say(lang)
        value, base, gap = w.amount(e.value, "days"), w.amount(e.base, "days"), w.difference(e.effect, "days")
        span, rows = w.interval(e.low, e.high, "days"), w.proof(count(e.n), e.half)
        middle, other = w.amount(e.extra["median"], "days"), w.amount(e.extra["median_elsewhere"], "days")
        if lang == "zh":
            takes = glue("从", start, "到", end, "平均需要", value)
            halves = f"其中一半不超过 {middle}，其余行的一半不超过 {other}"
            return f"{w.when(here)}，{takes}，其余为 {base}，相差 {gap}（{span}；{rows}）；{halves}。"
        opening = f"From {start} to {end} it takes {value} on average where {here}, against {base} elsewhere: {gap} ({span}; {rows})."
        return f"{opening} Half of them take {middle} or less, elsewhere {other}."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the group and everyone else."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        inside = claim.where.holds(verify.rows)
        named = ((sign(claim.where), inside & known, "segment"), (OTHERS, ~inside & known, "wider"))
        return bar_chart([{"group": g, "value": float(x[m].mean()), "n": int(m.sum()), "role": role} for g, m, role in named if m.any()], claim)

    @staticmethod
    def example() -> Example:
        """Tickets whose repair takes twice as long where hardware must be fetched."""
        rng = np.random.default_rng(29)
        n = 3_000
        category = rng.choice(["hardware", "network", "software"], n).astype(object)
        desk = rng.choice(["a", "b", "c", "d"], n).astype(object)
        opened = np.datetime64("2024-01-01", "us") + (rng.random(n) * 300 * DAY).astype("timedelta64[us]")
        closed = opened + (rng.gamma(2.0, np.where(category == "hardware", 6.0, 3.0)) * DAY).astype("timedelta64[us]")
        columns = {"category": category, "desk": desk, "opened": opened, "closed": closed}
        return Example(columns, "", Condition((Term("category", "is", "hardware"),)), ("opened", "closed"))


def _stretches(search: Search) -> list[tuple[Measure, Days]]:
    """The measures that are days between two moments, with their moments; of a table without a target that nothing was derived of, made here."""
    found = [(measure, days) for measure in search.measures if (days := _days(measure, search)) is not None]
    if found or search.goal is not None or search.derived:
        return found
    ordered = [days for pair in combinations(search.clocks(), 2) if (days := _ordered(search, *pair)) is not None]
    return [(Measure(f"days_{'_to_'.join(days.columns())}", days, unit="days"), days) for days in ordered[:PAIRS]]


def _days(measure: Measure, search: Search) -> Days | None:
    """The two moments between which a measure counts the days; None where it counts none."""
    of = measure.of
    if isinstance(of, Column) and not measure.level:
        of = search.derived.get(of.name, of)
    return of if isinstance(of, Days) else None


def _ordered(search: Search, one: str, other: str) -> Days | None:
    """The days from the column that comes first to the other; None where neither nearly always does."""
    x = Days(Column(one), Column(other)).values(search.rows)
    x = x[~np.isnan(x)]
    if len(x) < FEW or max((x >= 0).mean(), (x <= 0).mean()) < ORDERED:
        return None
    return Days(Column(one), Column(other)) if (x >= 0).mean() >= (x <= 0).mean() else Days(Column(other), Column(one))
