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

__all__ = ["Claim", "Evidence", "Finding", "Ledger"]

HALVES: Final = ("verify", "all")
NOVELTIES: Final = ("new", "known", "against")


@dataclass(frozen=True)
class Claim:
    """What a pattern believes after searching.

    where: the rows it speaks of. measure: the target column; level: the level whose rate is meant ('' for a number's mean).
    against: the conditions it is compared with (each has more rows than `where`, or is the other side). direction: 'high' or 'low'.
    strength: the search's own score; it orders claims, is calibrated by permutations in small tables, and proves nothing.
    """

    pattern: str
    where: Condition
    measure: str
    level: str
    direction: str
    strength: float
    against: tuple[Condition, ...] = ()
    detail: tuple[tuple[str, Any], ...] = field(default=(), compare=False)

    def columns(self) -> tuple[str, ...]:
        """Every column that the claim speaks of, the measure last."""
        named = [name for c in (self.where, *self.against) for name in c.columns()]
        return tuple(dict.fromkeys([*named, self.measure]))


@dataclass(frozen=True)
class Evidence:
    """What was measured: the effect with its interval at `level`, p of its null hypothesis, n rows, by which method and on which half.

    value: the measure where the claim holds; base: the measure that it is compared with; effect = value - base.
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
    extra: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.half not in HALVES:
            raise ValueError(
                f"evidence must come from the half that the search never saw, or from permutations of the whole search; got {self.half!r}"
            )
        if self.half == "all" and "permutation" not in self.method:
            raise ValueError(f"evidence from all rows must be calibrated by permutations of the whole search; got {self.method!r}")
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
        told = {"measure": c.measure, "level": c.level, "direction": c.direction, "against": against}
        numbers = {"effect": e.effect, "unit": self.unit, "low": e.low, "high": e.high, "interval": e.level, "value": e.value, "base": e.base}
        proof = {"n": e.n, "p": e.p, "q": self.q, "method": e.method, "half": e.half, "extra": dict(e.extra)}
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
