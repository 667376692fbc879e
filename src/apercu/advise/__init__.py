"""Advise: findings and the model become priced actions: whom to make an offer, what it costs and what it brings, pessimistic end included.

actions = run(findings, split, model, Options())
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.action import Action
from ..core.dataset import Note
from ..core.finding import Finding
from ..core.model import CrossFitted
from ..core.options import option
from ..core.rows import Rows
from ..core.split import Split
from ..core.statements import Veto

if TYPE_CHECKING:
    from .effects import Fit
    from .labels import Wanted

__all__ = ["Options", "ask", "run", "stopped"]


@dataclass(frozen=True)
class Options:
    """How many offers are told. What an outcome is worth, what an offer costs and how often it works stand in the goal."""

    limit: int = option(5, "most offers that are told", legal=(0, 100))
    share: float = option(0.2, "share of the rows that the model's offer addresses where an offer costs nothing", legal=(0.001, 1.0))


def run(findings: Sequence[Finding], split: Split, model: CrossFitted | None, options: Options = Options(), fit: Fit | None = None) -> list[Action]:
    """What a named treatment does and whom to treat, then offers; those that pay even at their pessimistic end first, then by expected gain.

    No offers for a target that is a number, nor for one of several classes to which nobody gave a value. fit: a further regression for effects,
    fit(rows, outcome) -> predict(rows), such as trees.
    """
    from .offers import offered
    from .treat import treated

    goal = split.goal
    actions = treated(split, fit) if goal.treatment is not None else []
    if goal.task == "numeric" or not goal.wanted or (goal.task == "multiclass" and goal.value is None):
        return actions
    return [*actions, *offered(findings, split, model, options.limit, options.share)]


def stopped(actions: Sequence[Action], vetoes: Sequence[Veto], split: Split, model: CrossFitted | None) -> tuple[list[Action], list[Note]]:
    """(the actions without the rows that an expert's veto names, notes on what was stopped)."""
    from . import vetoes as filter_

    return filter_.stopped(actions, vetoes, split, model)


def ask(model: CrossFitted, rows: Rows, n: int) -> list[Wanted]:
    """At most n of the rows, those first whose label would help the model most."""
    from .labels import wanted

    return wanted(model, rows, n)
