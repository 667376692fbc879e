"""Teach: what experts know joins a model, and the data say of each rule whether it holds.

    model, verdicts = run(model, rules, split, Options())

Rules are judged on rows that no search saw and join the model only where that lowers its cross-fitted loss, so a wrong rule costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.model import CrossFitted
from ..core.options import option
from ..core.rule import Rule, Verdict
from ..core.split import Split

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options:
    """How much an expert's word counts."""

    trust: float = option(20.0, "how many rows of data a rule's stated probability counts for", legal=(0.0, 1_000_000.0), unit="rows")
    least: int = option(20, "rows below which the data are silent about a rule", legal=(1, 1_000_000), unit="rows")


def run(
    model: CrossFitted,
    rules: Sequence[Rule],
    split: Split,
    options: Options = Options(),
) -> tuple[CrossFitted, list[Verdict]]:
    """(the model, taught the rules if that helps; a verdict on each rule, in their order).

    Raises RuleError for a rule about another target, about a level that it does not have, or about a number.
    """
    if not rules:
        return model, []
    from .rules import taught
    from .verdicts import judged

    verdicts = judged(rules, split, options.least)
    return taught(model, rules, split, options.trust), verdicts
