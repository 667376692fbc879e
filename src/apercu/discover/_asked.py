"""Asked: what a question asks for by name, told whether or not the search would have come upon it.

    asked(search, About.of("why do Low and Medium goals in Sales succeed so often?", rows, schema))

Two things. `answers`: claims about one condition of a column that the question names, each told even where others explain it: whoever asks of a
department wants to hear of it, also where its kind of work says the same. `asked`: where levels of a column are named and another column besides, the
named levels against the other levels of their column, within one level of the other column (a claim of `driver`). These are few hypotheses, fixed
by the question, and counted: each claim pays for all of them. What it does not do: answer what names no column or level.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.finding import Claim
from ..core.measure import Measure
from ..core.split import Search
from ._about import About

__all__ = ["answers", "asked"]

ANSWERS: Final = 10  # claims that are told because the question asks for them
NAMED: Final = 0.5  # how far a column must be named to be asked for
SINGLE: Final = ("segment", "driver", "duration")  # kinds that compare groups of one column
MEASURES: Final = 3  # measures that a question is answered for
LEVELS: Final = 8  # most levels of a column that is gone through level by level
LEAST: Final = 5  # rows on either side
KEEP: Final = 3.0  # least z
KIND: Final = "driver"


def answers(claims: Sequence[Claim], about: About) -> list[Claim]:
    """Of each measure and column that the question names, what is strongest of the levels that it names, else of the column.

    A question that names no measure asks about every one.
    """
    named = {m for m in {claim.measure for claim in claims} if about.measures(m)}
    best: dict[tuple[Measure, str, str], Claim] = {}
    for claim in claims:
        if claim.pattern not in SINGLE or len(claim.where.terms) != 1 or claim.measure.counts or (named and claim.measure not in named):
            continue
        column = claim.where.columns()[0]
        if (about.of_columns((column,)) < NAMED) or not about.speaks_of(claim.where):
            continue
        key = (claim.measure, column, claim.pattern)
        if key not in best or claim.strength > best[key].strength:
            best[key] = claim
    return sorted(best.values(), key=lambda c: (-c.strength, c.where.say(), c.measure.name))[:ANSWERS]


class _Part(NamedTuple):
    """The named levels of a column, within one level of another."""

    measure: Measure
    named: Term
    others: Term
    within: Term


def asked(search: Search, about: About) -> list[Claim]:
    """The claims about levels that are named, within the levels of another column: each that is named, and of the others the one that stands out."""
    family = list(_family(search, about))
    best: dict[tuple[Measure, Term, str, object], tuple[float, float, _Part]] = {}
    for part in family:
        value, z = _told(part, search)
        other, level = part.within.expression.columns()[0], part.within.value
        key = (part.measure, part.named, other, level if level in about.levels.get(other, ()) else "")
        if abs(z) >= KEEP and (key not in best or value * math.copysign(1, z) > best[key][0] * math.copysign(1, z)):
            best[key] = (value, z, part)
    return [_claim(part, z, len(family)) for _, z, part in best.values()]


def _family(search: Search, about: About) -> Iterator[_Part]:
    measures = [m for m in search.measures if about.measures(m)][:MEASURES]
    texts = [c.name for c in search.schema.features() if c.name in search.rows and search.rows.storage(c.name) == "text"]
    for measure in measures:
        usable = {c.name for c in search.features(measure)}
        for column, levels in about.levels.items():
            every = _levels(search, column)
            others = tuple(level for level in every if level not in levels)
            if column not in usable or not others or len(every) > LEVELS:
                continue
            for other in texts:
                if other == column or other not in usable or (about.of_columns((other,)) < NAMED and other not in about.levels):
                    continue
                named = about.levels.get(other, ())
                inside = named if about.of_columns((other,)) < NAMED else _levels(search, other)
                for level in inside if len(inside) <= LEVELS else named:
                    yield _Part(measure, _among(column, levels), _among(column, others), Term(other, "is", level))


def _levels(search: Search, column: str) -> tuple[str, ...]:
    coded = search.rows.coded(column)
    return tuple(coded.levels[i] for i in np.flatnonzero(coded.counts()))


def _among(column: str, levels: tuple[str, ...]) -> Term:
    return Term(column, "is", levels[0]) if len(levels) == 1 else Term(column, "in", levels)


def _told(part: _Part, search: Search) -> tuple[float, float]:
    """(mean of the measure of the named levels, z of its difference to the others)."""
    x, inside = search.values(part.measure), part.within.holds(search.rows)
    here, there = (x[term.holds(search.rows) & inside & ~np.isnan(x)] for term in (part.named, part.others))
    if min(len(here), len(there)) < LEAST:
        return 0.0, 0.0
    off = math.sqrt(here.var() / len(here) + there.var() / len(there))
    gap = float(here.mean() - there.mean())
    return float(here.mean()), gap / off if off > 0 else 0.0


def _claim(part: _Part, z: float, looks: int) -> Claim:
    where, against = Condition((part.within, part.named)), Condition((part.within, part.others))
    detail = (("shape", "varies"), ("within", Condition((part.within,))), ("groups", (part.named, part.others)))
    return Claim(KIND, where, part.measure, "high" if z > 0 else "low", abs(z), (against,), looks=looks, detail=detail)
