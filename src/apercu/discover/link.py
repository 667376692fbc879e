"""Link: two columns that go together: numbers that rise together, everywhere or in one segment only; categories; one series after another.

    Within k03 is “v2”, x01 and x04 rise together (rank correlation 0.61), elsewhere they do not (0.02) ...

Correlations are Spearman's, with errors from influence functions (stats/association), so heavy tails, ties and unequal spread neither make a
link nor hide one; where rows come in blocks, sums over blocks judge as well. Null hypotheses: no correlation (two numbers; a number and the
distance of another from its middle; the changes of two series at a lag); equal correlations inside and outside a segment; equal shares of a
level where another level is and elsewhere (Fisher, see `_compare`). Assumed: rows, or blocks of rows, independent of each other. What goes
together in all rows is told only where no target is named: with one, `driver` and `segment` tell the target's links. What it does not do:
tell cause from association, or correct for a third column other than time: a correlation that the rows of one stretch of time do not show is
the work of two trends, and not told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from ..core.codes import shortest
from ..core.condition import EVERYONE, Condition, Term
from ..core.expression import Column
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ._associated import correlated, fifths, in_time, shares
from ._chart import bar_chart, sign
from ._compare import query
from ._crossed import Cell, cells
from ._lagged import following, lag_query
from ._linked import said
from ._pairs import Folded, Inside, Marginal, linked, marginals, segments
from ._ranked import Numbers, rank_query
from ._worth import keep

__all__ = ["Link"]

MOST: Final = {"segment": 4, "rank": 5, "levels": 4, "lag": 2}  # claims of each sort: a kind brings at most a dozen before the unseen rows
GROUPS: Final = 5  # groups of a number in the ends that are told, and in the chart
SHADOW: Final = 0.5  # share of a segment's correlation that, found elsewhere too, makes it a link of all rows


class Link:
    """Two columns, or two measures in time, that go together."""

    name: ClassVar[str] = "link"
    scope: ClassVar[str] = "table"
    title: ClassVar[Mapping[str, str]] = {"en": "columns that go together", "zh": "相互关联的列"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """Links in one segment and in time; without a target also those of all rows. Each pair once."""
        found, pairs = linked(search)
        inside, looks = segments(search, found, pairs)
        later, lags = following(search, keep(len(search.measures) ** 2 * 6), MOST["lag"])
        whole: list[Marginal | Folded] = []
        crossed: list[Cell] = []
        looks += lags
        if search.goal is None:
            looks += 3 * len(pairs)  # as it is, and folded in either
            whole = list(marginals(found, pairs, keep(3 * len(pairs)), search.blocks))
            crossed, crosses = cells(search)
            looks += crosses
            ties = {(link.a, link.b): link.strength for link in whole if isinstance(link, Marginal)}
            inside = [i for i in inside if (i.a, i.b) not in ties or not _everywhere(i)]
            own = {(i.a, i.b) for i in inside}
            whole = [link for link in whole if (min(link.a, link.b), max(link.a, link.b)) not in own]
        for one in inside[: MOST["segment"]]:
            yield _in_segment(self.name, found, one, looks)
        clocks = search.clocks()
        for link in whole[: MOST["rank"]]:
            free = next((c for c in clocks if not {c} & (found.sources[link.a] | found.sources[link.b])), clocks[0] if clocks else None)
            yield _in_all(self.name, found, link, looks, free)
        for cell in crossed[: MOST["levels"]]:
            yield _of_levels(self.name, cell, looks)
        for step in later:
            by = (*((step.earlier.of,) if step.earlier.of is not None else ()), Column(step.clock))
            told = {"shape": "lag", "sign": math.copysign(1.0, step.r), "earlier": step.earlier, "clock": step.clock, "unit": step.unit}
            detail = (*told.items(), ("lag", step.lag), ("span", step.span), ("family", lags))
            yield Claim(self.name, EVERYONE, step.later, "assoc", step.strength, by=by, looks=looks, detail=detail)

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the correlation (less that elsewhere, for a segment), or the difference of shares of a level."""
        shape = claim.told("shape")
        if shape == "levels":
            return shares(claim, verify, level)
        if shape == "lag":
            return in_time(claim, verify, level)
        return correlated(claim, verify, level)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base and n from the study's own rows: ranks by window functions."""
        shape = claim.told("shape")
        if shape == "levels":
            return query(claim, half)
        if shape == "lag":
            return lag_query(claim, half)
        x = claim.by[0].to_sql()
        x = f"abs({x} - ({claim.told('middle')!r}::DOUBLE))" if shape == "bent" else x
        return rank_query(x, claim.measure.to_sql(), half, claim.where.to_sql())

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """What goes with what, how closely, and, of numbers, from where to where."""
        return said(claim, evidence, lang)

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the means of the one number in five groups of the other; the correlations, or shares of a level, that are compared."""
        shape = claim.told("shape")
        if shape == "levels":
            bars = [{"group": sign(claim.where), "value": evidence.value, "n": evidence.n, "role": "segment"}]
            bars.append({"group": "others · 其余", "value": evidence.base, "n": int(evidence.extra["rest"]), "role": "wider"})
            return bar_chart(bars, claim)
        if shape in ("segment", "lag"):
            name = sign(claim.where) or f"t + {claim.told('lag')}"
            bars = [{"group": name, "value": evidence.value, "n": evidence.n, "role": "segment"}]
            if shape == "segment":
                bars.append({"group": "others · 其余", "value": evidence.base, "n": int(evidence.extra["rest"]), "role": "wider"})
            chart = bar_chart(bars, claim)
            chart["encoding"]["x"] |= {"title": "r", "axis": {}}
            return chart
        x, y = claim.by[0].values(verify.rows), claim.measure.values(verify.rows)
        bars = []
        for term in fifths(claim):
            mask = term.holds(verify.rows) & ~np.isnan(x) & ~np.isnan(y)
            if mask.any():
                bars.append({"group": sign(Condition((term,))), "value": float(y[mask].mean()), "n": int(mask.sum()), "role": "wider"})
        for end in (0, -1) if bars else ():
            bars[end]["role"] = "segment"
        return bar_chart(bars, claim)

    @staticmethod
    def example() -> Example:
        """Two numbers that rise together in one branch only, and have nothing to do with each other elsewhere."""
        rng = np.random.default_rng(5)
        n = 6_000
        branch = rng.choice(["north", "south", "west"], n).astype(object)
        visits, spend, age = rng.exponential(1.0, n), rng.normal(size=n), rng.normal(size=n)
        spend = np.where(branch == "west", 0.7 * (visits - 1) + 0.7 * spend, spend)
        columns = {"branch": branch, "visits": visits, "spend": spend, "age": age}
        return Example(columns, "", Condition((Term("branch", "is", "west"),)), ("visits", "spend"))


def _everywhere(inside: Inside) -> bool:
    """Whether a pair is linked outside of its segment much as inside."""
    return inside.inside * inside.outside > 0 and abs(inside.outside) >= SHADOW * abs(inside.inside)


def _ordered(found: Numbers, a: int, b: int) -> tuple[int, int]:
    """(along, told): which of two numbers is told along which: a target, days and rates of time are told, what they may depend on goes along."""
    days = [found.measures[k].unit == "days" for k in (a, b)]
    return (b, a) if a == found.target or (days[0] and not days[1]) else (a, b)


def _in_segment(name: str, found: Numbers, one: Inside, looks: int) -> Claim:
    along, told = _ordered(found, one.a, one.b)
    detail = (("shape", "segment"), ("sign", math.copysign(1.0, one.inside - one.outside)))
    where, by = Condition((one.term,)), (found.expression(along),)
    return Claim(name, where, found.measures[told], "assoc", one.strength, where.parents(), by, looks, detail)


def _in_all(name: str, found: Numbers, link: Marginal | Folded, looks: int, clock: str | None) -> Claim:
    along, told = (link.a, link.b) if isinstance(link, Folded) else _ordered(found, link.a, link.b)
    shape = {"shape": "bent", "middle": link.middle} if isinstance(link, Folded) else {"shape": "rank"}
    detail = (*shape.items(), ("sign", math.copysign(1.0, link.r)), ("cuts", _cuts(found.x[:, along])), ("clock", clock))
    return Claim(name, EVERYONE, found.measures[told], "assoc", link.strength, by=(found.expression(along),), looks=looks, detail=detail)


def _cuts(x: np.ndarray) -> tuple[float, ...]:
    """Where to cut a number (n,) into about five groups, each cut written with few digits."""
    values = np.unique(x[~np.isnan(x)])
    tops = np.unique(np.quantile(x[~np.isnan(x)], np.arange(1, GROUPS) / GROUPS, method="inverted_cdf"))
    tops = tops[tops < values[-1]]
    return tuple(shortest(float(top), float(values[np.searchsorted(values, top, side="right")])) for top in tops)


def _of_levels(name: str, cell: Cell, looks: int) -> Claim:
    other = cell.other
    measure = Measure(other.expression.columns()[0], other.expression, str(other.value))
    detail = (("shape", "levels"), ("sign", math.copysign(1.0, cell.gap)))
    return Claim(name, Condition((cell.one,)), measure, "assoc", cell.strength, (EVERYONE,), (cell.one.expression,), looks, detail)
