"""Advise: findings and the model become priced actions: whom to make an offer, what it costs and what it brings, pessimistic end included.

actions = run(findings, split, model, Options())
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.action import Action
from ..core.finding import Finding
from ..core.model import CrossFitted
from ..core.options import option
from ..core.rows import Rows
from ..core.split import Split

if TYPE_CHECKING:
    from .labels import Wanted

__all__ = ["Options", "ask", "run"]


@dataclass(frozen=True)
class Options:
    """How many offers are told. What an outcome is worth, what an offer costs and how often it works stand in the goal."""

    limit: int = option(5, "most offers that are told", legal=(0, 100))
    share: float = option(0.2, "share of the rows that the model's offer addresses where an offer costs nothing", legal=(0.001, 1.0))


def run(findings: Sequence[Finding], split: Split, model: CrossFitted | None, options: Options = Options()) -> list[Action]:
    """Offers, those that pay even at their pessimistic end first, then by expected gain.

    None for a target that is a number, nor for one of several classes to which nobody gave a value.
    """
    goal = split.goal
    if goal.task == "numeric" or not goal.wanted or (goal.task == "multiclass" and goal.value is None):
        return []
    from .offers import offered

    return offered(findings, split, model, options.limit, options.share)


def ask(model: CrossFitted, rows: Rows, n: int) -> list[Wanted]:
    """At most n of the rows, those first whose label would help the model most."""
    from .labels import wanted

    return wanted(model, rows, n)
