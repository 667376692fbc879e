"""Claim, Evidence, Finding: what a search believes, what rows that it never saw say of it, and both under one false-discovery rate.

Evidence refuses to exist unless it was measured on the Verify half, or calibrated against permutations of the whole search (small
tables), and it says which. A Finding cannot be made without Evidence and a q-value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .condition import Condition
from .expression import Expression
from .measure import Measure

__all__ = ["Claim", "Evidence", "Finding", "Ledger"]

HALVES: Final = ("verify", "all")
DIRECTIONS: Final = ("high", "low", "up", "down", "flat", "differs", "assoc")
NOVELTIES: Final = ("new", "known", "against")


@dataclass(frozen=True)
class Claim:
    """What a pattern believes after searching.

    where: the rows it speaks of (no term: all). measure: what is told of them. direction: one of DIRECTIONS.
    strength: the search's own score, a z where there is one; it orders claims and proves nothing.
    against: the conditions it is compared with (each has more rows than `where`, or is the other side).
    by: what the measure moves along with: the clock of a trend, the other column of a link.
    looks: how many hypotheses of its kind the search looked at, where that can be counted; 0 where only permutations of the search can tell.
    detail: what the pattern needs to verify and to say it: plain values, Conditions, Terms, Expressions and arrays, which a study can keep.
    """

    pattern: str
    where: Condition
    measure: Measure
    direction: str
    strength: float
    against: tuple[Condition, ...] = ()
    by: tuple[Expression, ...] = ()
    looks: int = 0
    detail: tuple[tuple[str, Any], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            raise ValueError(f"expected one of the directions {', '.join(DIRECTIONS)}, got {self.direction!r}")

    @property
    def level(self) -> str:
        """The level whose share is meant; '' where no level is."""
        return self.measure.level

    def told(self, name: str, default: Any = None) -> Any:
        """A detail by its name."""
        return dict(self.detail).get(name, default)

    def columns(self) -> tuple[str, ...]:
        """Every column that the claim speaks of, the measure's last."""
        named = [name for c in (self.where, *self.against) for name in c.columns()]
        along = [name for expression in self.by for name in expression.columns()]
        return tuple(dict.fromkeys([*named, *along, *self.measure.columns()]))


@dataclass(frozen=True)
class Evidence:
    """What was measured: the effect with its interval at `level`, p of its null hypothesis, n rows, by which method and on which half.

    value: the measure where the claim holds; base: what it is compared with; effect = value - base, unless the pattern says otherwise.
    reach: 0..1, how much of the measure's variation it speaks of, as a correlation; it orders findings of all kinds.
    extra: further numbers that the sentence tells, by name. Raises ValueError for another half or an interval without its effect.
    """

    effect: float
    low: float
    high: float
    p: float
    n: int
    method: str
    half: str
    value: float
    base: float
    level: float = 0.95
    reach: float = 0.0
    extra: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.half not in HALVES:
            raise ValueError(
                f"evidence must come from the half that the search never saw, or from all rows where the search itself is paid for; got {self.half!r}"
            )
        if self.half == "all" and not any(word in self.method for word in ("permutation", "counted")):
            told = "by permutations or by counting what was looked at"
            raise ValueError(f"evidence from all rows must pay for the whole search, {told}; got {self.method!r}")
        if not self.low <= self.effect <= self.high:
            raise ValueError(f"the interval [{self.low:.4g}, {self.high:.4g}] does not hold the effect {self.effect:.4g}")
        if not 0.0 <= self.p <= 1.0 or not math.isfinite(self.effect):
            raise ValueError(f"p must lie in 0..1 and the effect be finite; got p = {self.p}, effect = {self.effect}")


@dataclass(frozen=True)
class Finding:
    """A claim that held. `text` is its sentence in each language; `sql` gives one row (effect, value, base, n) from the table `data`."""

    claim: Claim
    evidence: Evidence
    q: float
    rank: int
    text: Mapping[str, str]
    sql: str
    chart: Mapping[str, Any]
    unit: str = ""
    novelty: str = "new"

    def __post_init__(self) -> None:
        if not 0.0 <= self.q <= 1.0:
            raise ValueError(f"a finding needs a q-value in 0..1, got {self.q}")
        if self.novelty not in NOVELTIES:
            raise ValueError(f"expected one of {', '.join(NOVELTIES)}, got {self.novelty!r}")

    def say(self, lang: str = "en") -> str:
        """The finding as a sentence."""
        return self.text[lang]

    def __str__(self) -> str:
        return self.text["en"]

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it (docs/json.md)."""
        e, c = self.evidence, self.claim
        head = {"rank": self.rank, "pattern": c.pattern, "text": dict(self.text), "columns": list(c.columns()), "where": c.where.to_json()}
        against = [condition.to_json() for condition in c.against]
        by = [{"columns": list(e.columns()), "expression": e.to_sql()} for e in c.by]
        told = {"measure": c.measure.name, "level": c.level, "measured": c.measure.to_sql(), "by": by, "direction": c.direction, "against": against}
        numbers = {"effect": e.effect, "unit": self.unit, "low": e.low, "high": e.high, "interval": e.level, "value": e.value, "base": e.base}
        proof = {"n": e.n, "p": e.p, "q": self.q, "method": e.method, "half": e.half, "reach": e.reach, "extra": dict(e.extra)}
        return {**head, **told, **numbers, **proof, "novelty": self.novelty, "chart": dict(self.chart), "sql": self.sql}


@dataclass(frozen=True)
class Ledger:
    """How much was looked at: claims proposed by searching, tested on unseen rows, held; and how often the unseen rows were opened."""

    proposed: int = 0
    tested: int = 0
    held: int = 0
    q: float = 0.05
    verify_opened: int = 0

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}
