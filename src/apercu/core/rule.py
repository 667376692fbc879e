"""Rule: what an expert holds to be true, as a condition and a statement about the target, with a stated probability.

One form is read here:

    when Contract = "Month-to-month" and tenure < 6 then Churn = "Yes" [0.45]

Comparisons are =, !=, <, <=, >, >=, `in (...)`, `between a and b`, `contains "word"` and `is missing`; names that are not plain words
stand in backticks; text stands in quotes; what follows # is a comment. The number in brackets is the stated probability and may be left
out. `parse` and `Rule.text` are each other's inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .condition import Condition

__all__ = ["Rule", "Verdict"]


@dataclass(frozen=True)
class Rule:
    """When the condition holds, the target is `level`, with probability `stated` (None: not said). `source` is 'expert' or 'mined'."""

    when: Condition
    target: str
    level: str
    stated: float | None = None
    source: str = "expert"
    text: str = ""
    line: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the data say of a rule: how often it is right where it speaks (out of n rows that no fit saw), and whether that is what was stated.

    verdict: 'holds' (the interval covers or exceeds what was stated), 'weaker', 'against' (no better than everyone), or 'silent' (too few rows).
    """

    rule: Rule
    observed: float
    low: float
    high: float
    n: int
    base: float
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        rule: Mapping[str, Any] = {"text": self.rule.text, "source": self.rule.source, "stated": self.rule.stated}
        return {**rule, "observed": self.observed, "low": self.low, "high": self.high, "n": self.n, "base": self.base, "verdict": self.verdict}
