"""The search and the tests behind `ratio`: entities, their loads of rows or of a number, by group.

An entity column names persons or things, each in several rows. Families are fixed before loads are looked at: a pair of an entity column and a group
column counts once for rows and once for each number; which of its groups stands out is paid for in p where it was picked on the rows that judge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from scipy.special import stdtr

from ..core.expression import Column
from ..core.finding import Claim
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.split import Search, Verify
from ..stats.exact import above, choices, dealt
from ..stats.intervals import welch as welch_interval
from ..stats.intervals import welch_freedom, wilson
from ..stats.tests import light_tails, welch
from ._groups import Grouped, grouped, level_is, same_levels

__all__ = ["Verdict", "candidates", "loads", "top", "verified"]

ENTITIES: Final = 5  # least distinct values of a column that names persons or things
MOST: Final = 20_000
ROWS_EACH: Final = 2.0  # least mean number of rows of an entity
GROUPS: Final = 30  # levels of a column of groups
MEMBERS, OTHERS = 2, 8  # least entities of a group, and of all others
TELLING: Final = math.log(1e6)  # (log) deals of entities, below which counting them out cannot prove anything after a search
PAIRS: Final = 12  # pairs of columns that are looked at
NUMBERS: Final = 2  # numbers whose totals are looked at
KEEP: Final = 2.5  # least z
MORE: Final = 1.3  # how many times as much an entity of the group must have, to be worth naming
UNEQUAL: Final = 20  # entities from which the one with most rows is told; among fewer, `share` tells it
TIMES: Final = 1.5  # how many times an even share the null hypothesis grants it
ABOVE: Final = 3.0  # how many times the median it must have
KEPT: Final = 4  # claims of each kind
SEPARATE: Final = 1.5  # mean number of groups in which an entity has rows, up to which it belongs to one
EXACT: Final = 200  # entities of the smaller side from which Welch's t has its say


class Verdict(NamedTuple):
    """What a test of loads gives: the fields of Evidence."""

    effect: float
    low: float
    high: float
    p: float
    n: int
    method: str
    value: float
    base: float
    reach: float
    extra: dict[str, float]


def candidates(search: Search, name: str) -> Iterator[Claim]:
    """The claims of all kinds, with the number of hypotheses they were chosen from."""
    counts = next((m for m in search.measures if m.counts), None)
    if counts is None:
        return
    entities = [g for g in grouped(search, ENTITIES, MOST) if g.counts.sum() >= ROWS_EACH * len(g.levels)]
    groups = grouped(search, 2, GROUPS)
    pairs = [(e, g) for e in entities for g in groups if e.name != g.name and len(e.levels) > len(g.levels) and _belongs(e, g)][:PAIRS]
    numbers = [m for m in search.measures if not m.counts and not m.rate and m.unit != "days" and _positive(search.values(m))][:NUMBERS]
    crowded = [e for e in entities if len(e.levels) > UNEQUAL]
    looks = len(pairs) * (1 + len(numbers)) + len(crowded)
    made = [claim for e, g in pairs for m in (counts, *numbers) if (claim := _richest(name, search, e, g, m, looks)) is not None]
    yield from sorted(made, key=lambda c: (-c.strength, c.where.say(), c.measure.name))[: 2 * KEPT]
    tops = [claim for e in crowded if (claim := _top_of(name, counts, e, looks)) is not None]
    yield from sorted(tops, key=lambda c: (-c.strength, c.where.say()))[:KEPT]


def _positive(x: np.ndarray) -> bool:
    x = x[~np.isnan(x)]
    return len(x) > 0 and float(x.min()) >= 0 and float(x.max()) > 0


def _belongs(entity: Grouped, group: Grouped) -> bool:
    """Whether an entity's rows lie in one group, or nearly so, and the column is not the group's by another name."""
    known = (entity.codes >= 0) & (group.codes >= 0)
    if not known.any() or same_levels(group, entity):
        return False
    pairs = np.unique(entity.codes[known] * len(group.levels) + group.codes[known])
    return len(pairs) <= SEPARATE * len(np.unique(entity.codes[known]))


def _loads(entity: np.ndarray, group: np.ndarray, x: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """(load, group) of each entity within each group where it has rows."""
    known = (entity >= 0) & (group >= 0) & ~np.isnan(x)
    units, place = np.unique(entity[known] * groups + group[known], return_inverse=True)
    return np.bincount(place, x[known]), units % groups


def _richest(name: str, search: Search, e: Grouped, g: Grouped, measure: Measure, looks: int) -> Claim | None:
    """The group whose entities have most, beside all others, if it is worth naming."""
    if not measure.counts and {e.name, g.name} & set(measure.columns()):
        return None
    load, of = _loads(e.codes, g.codes, search.values(measure), len(g.levels))
    best, found = KEEP, -1
    for j in range(len(g.levels)):
        own, others = load[of == j], load[of != j]
        if len(own) >= MEMBERS and len(others) >= OTHERS and own.mean() >= MORE * others.mean():
            z = float(own.mean() - others.mean()) / math.sqrt(_error(own, others, counted=measure.counts)[0])
            best, found = (z, j) if z > best else (best, found)
    if found < 0:
        return None
    detail = (("kind", "per" if measure.counts else "total"), ("entity", e.name), ("group", g.name), ("choices", len(g.levels)))
    return Claim(name, level_is(g.name, g.levels[found]), measure, "high", best, by=(Column(e.name),), looks=looks, detail=detail)


def _error(own: np.ndarray, others: np.ndarray, *, counted: bool) -> tuple[float, float]:
    """(squared standard error of the difference of mean loads, degrees of freedom).

    A handful of entities cannot tell how far they scatter; they are taken for all that there are, and their rows to scatter in proportion to their
    mean as elsewhere (quasi-Poisson), and no less than Poisson counts do.
    """
    b, usual = float(others.var(ddof=1)), float(others.mean())
    least = 1.0 if counted else 0.0
    if len(own) < ENTITIES:
        a = float(own.mean()) * max(b / usual if usual > 0 else 0.0, least)
        return max(a / len(own) + b / len(others), 1e-300), len(others) - 1.0
    a = max(float(own.var(ddof=1)), 1e-12 * float(own.mean()) ** 2)
    return max(a / len(own) + b / len(others), 1e-300), welch_freedom(a, len(own), b, len(others))


def _chance(load: np.ndarray, member: np.ndarray, *, counted: bool) -> tuple[float, str]:
    """(p, method) of members' loads being no larger than others': counted out, or, of a few members, by the t-prediction of others' loads."""
    own, others = load[member], load[~member]
    if choices(len(load), len(own)) < TELLING:
        even = np.log(load) if load.min() > 0 else np.sqrt(load)
        least = math.sqrt(float(others.mean())) if counted else 0.0  # counts scatter at least as Poisson's do
        return max(_predicted(own, others, least), _predicted(even[member], even[~member])), "prediction t of entities"
    p, method = dealt(load, member), "permutation of entities, counted out"
    if min(len(own), len(others)) >= EXACT and light_tails(own) and light_tails(others):
        return max(p, welch(own, others).p), "permutation of entities and Welch t"
    return p, method


def _predicted(own: np.ndarray, others: np.ndarray, least: float = 0.0) -> float:
    """P of so large a mean of further entities that are like the others (t-prediction)."""
    off = max(float(others.std(ddof=1)), least) * math.sqrt(1 / len(own) + 1 / len(others))
    gap = float(own.mean() - others.mean())
    return float(stdtr(len(others) - 1, -gap / off)) if off > 0 else float(gap <= 0)


def _top_of(name: str, counts: Measure, e: Grouped, looks: int) -> Claim | None:
    first = int(np.argmax(e.counts))
    median, n = float(np.median(np.delete(e.counts, first))), int(e.counts.sum())
    even = n / len(e.counts)
    own = int(e.counts[first])
    z = (own - TIMES * even) / math.sqrt(TIMES * even)
    if own < ABOVE * max(median, 1.0) or z < KEEP:
        return None
    detail = (("kind", "top"), ("entity", e.name), ("top", e.levels[first]))
    return Claim(name, level_is(e.name, e.levels[first]), counts, "high", z, looks=looks, detail=detail)


def _codes(rows: Rows, column: str) -> tuple[np.ndarray, int]:
    """((n,) codes with -1 for missing, how many there may be)."""
    if rows.storage(column) == "text":
        coded = rows.coded(column)
        return coded.codes.astype(np.int64), max(len(coded.levels), 1)
    values, codes = np.unique(rows[column], return_inverse=True)
    return np.where(np.isnan(rows[column]), -1, codes), max(len(values), 1)


def loads(rows: Rows, column: str) -> tuple[list[str], np.ndarray]:
    """(names, rows of each) of the entities that occur."""
    if rows.storage(column) == "text":
        coded = rows.coded(column)
        counts = coded.counts()
        used = np.flatnonzero(counts)
        return [coded.levels[i] for i in used], counts[used]
    values, counts = np.unique(rows[column][~np.isnan(rows[column])], return_counts=True)
    return [f"{v:g}" for v in values], counts


def verified(claim: Claim, verify: Verify, level: float) -> Verdict:
    """Loads of the group's entities against those elsewhere."""
    entity, _ = _codes(verify.rows, claim.told("entity"))
    group, groups = _codes(verify.rows, claim.told("group"))
    x = claim.measure.values(verify.rows)
    inside = claim.where.holds(verify.rows)
    known = (entity >= 0) & (group >= 0) & ~np.isnan(x)
    load, of = _loads(entity, group, x, groups)
    told = np.unique(group[inside & known])
    member = np.isin(of, told)
    own, others = load[member], load[~member]
    n, rest = int((inside & known).sum()), int((known & ~inside).sum())
    extra = {"rest": float(rest), "entities": float(len(own)), "others": float(len(others))}
    value, base = (float(side.mean()) if len(side) else 0.0 for side in (own, others))
    gap = value - base
    if len(own) < MEMBERS or len(others) < OTHERS:
        return Verdict(gap, -math.inf, math.inf, 1.0, n, "too few entities", value, base, 0.0, extra)
    p, method = _chance(load, member, counted=claim.measure.counts) if gap > 0 else (1.0, "permutation of entities")
    if verify.half == "all":
        p = min(1.0, p * float(claim.told("choices", 1)))
    low, high = welch_interval(gap, *_error(own, others, counted=claim.measure.counts), level)
    spread = float(load.std())
    size = len(own) + len(others)
    far = min(1.0, abs(gap) / spread * math.sqrt(len(own) * len(others)) / size) if spread > 0 else 0.0
    return Verdict(gap, min(low, gap), max(high, gap), min(1.0, p), n, method, value, base, far, extra)


def top(claim: Claim, verify: Verify, level: float) -> Verdict:
    """The share of rows of one entity against that of the median one."""
    names, counts = loads(verify.rows, claim.told("entity"))
    told = claim.told("top")
    place = names.index(told) if told in names else -1
    n, k = int(counts.sum()), len(counts)
    own = int(counts[place]) if place >= 0 else 0
    others = np.delete(counts, place) if place >= 0 else counts
    extra = {"entities": float(k), "rows": float(own)}
    if len(others) < ENTITIES or n < ROWS_EACH * k / 2 or own == 0:
        return Verdict(0.0, -1.0, 1.0, 1.0, n, "too few entities", 0.0, 0.0, 0.0, extra)
    value, base = own / n, float(np.median(others)) / n
    p = above(own, n, TIMES / k)
    if verify.half == "all":
        p = min(1.0, math.exp(min(0.0, math.log(max(p, 1e-300)) + choices(k, 1))))
    low, high = wilson(own, n, level)
    effect = value - base
    inequality = math.sqrt(max(effect, 0.0))  # an entity of many can hold few rows of all, and yet far more than its siblings
    return Verdict(effect, min(low - base, effect), max(high - base, effect), p, n, "exact binomial", value, base, min(1.0, inequality), extra)
