"""Advise: findings and the model become priced actions: whom to make an offer, what it costs and what it brings, pessimistic end included.

effects = studied(split, fit)                              # [] without a column of treatments; learned once, as it is the costly part
actions = run(findings, split, model, Options(), effects)
curves(effects, split)                                     # their Qini curves
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
from ..core.score import Curve
from ..core.split import Split
from ..core.statements import Veto

if TYPE_CHECKING:
    from .effects import Fit
    from .labels import Wanted
    from .uplift import Uplift

__all__ = ["Options", "ask", "curves", "run", "stopped", "studied"]


@dataclass(frozen=True)
class Options:
    """How many offers are told. What an outcome is worth, what an offer costs and how often it works stand in the goal."""

    limit: int = option(5, "most offers that are told", legal=(0, 100))
    share: float = option(0.2, "share of the rows that the model's offer addresses where an offer costs nothing", legal=(0.001, 1.0))


def studied(split: Split, fit: Fit | None = None) -> list[Uplift]:
    """What each treatment did and to whom; [] where the goal names none that can be studied.

    fit: a further regression for effects, fit(rows, outcome) -> predict(rows), such as trees; whatever asks for effects of the same study
    later must be handed the same, so that the learner that was kept can be made anew.
    """
    from .uplift import studied as found

    return found(split, fit) if split.goal.treatment is not None else []


def run(
    findings: Sequence[Finding], split: Split, model: CrossFitted | None, options: Options = Options(), effects: Sequence[Uplift] | None = None
) -> list[Action]:
    """What a named treatment does and whom to treat, then offers; those that pay even at their pessimistic end first, then by expected gain.

    No offers for a target that is a number, nor for one of several classes to which nobody gave a value. effects: what `studied` found; by default
    it is asked, without a further regression.
    """
    from .offers import offered
    from .treat import treated

    goal = split.goal
    actions = treated(split, studied(split) if effects is None else effects)
    if goal.task == "numeric" or not goal.wanted or (goal.task == "multiclass" and goal.value is None):
        return actions
    return [*actions, *offered(findings, split, model, options.limit, options.share)]


def curves(effects: Sequence[Uplift], split: Split) -> list[Curve]:
    """The Qini curve of each treatment of which something is known."""
    from .uplift import drawn

    return [curve for found in effects if (curve := drawn(split, found)) is not None]


def stopped(
    actions: Sequence[Action], vetoes: Sequence[Veto], split: Split, model: CrossFitted | None, effects: Sequence[Uplift] | None = None
) -> tuple[list[Action], list[Note]]:
    """(the actions without the rows that an expert's veto names, notes on what was stopped). effects: as in `run`."""
    from . import vetoes as filter_

    return filter_.stopped(actions, vetoes, split, model, effects)


def ask(model: CrossFitted, rows: Rows, n: int) -> list[Wanted]:
    """At most n of the rows, those first whose label would help the model most."""
    from .labels import wanted

    return wanted(model, rows, n)
