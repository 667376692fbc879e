"""Explanation: which columns move a model's predictions, by how much, in what shape, together with what, and in whose likeness.

Every part that is told carries its sentence in both languages (`text`). All intervals are 95% unless a field says otherwise. Parts after `effects`
may be empty: a study written before they were there, or a model for which nothing of the kind was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .condition import Condition

__all__ = [
    "Agreement",
    "Branch",
    "Dependence",
    "Effect",
    "Explanation",
    "Highlight",
    "Importance",
    "Jointly",
    "Prototype",
    "Reason",
    "Shape",
    "Surrogate",
]

Text = Mapping[str, str]


@dataclass(frozen=True)
class Shape:
    """The mean contribution of a column in each of its groups: words of the group, value with its 95% interval, rows."""

    groups: tuple[str, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...]


@dataclass(frozen=True)
class Effect:
    """One column: `size` is its mean absolute contribution (log-odds, or the target's unit) with a 95% interval over rows."""

    column: str
    size: float
    low: float
    high: float
    shape: Shape
    text: Text = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


@dataclass(frozen=True)
class Dependence:
    """How predictions follow one column: their difference from the mean prediction at `at` (numbers, or levels), in shares or the target's unit.

    kind: 'accumulated' (local effects summed along a number) or 'partial' (mean prediction if all rows had the level). size: the spread
    (standard deviation) of the curve over the rows. n: rows that were asked about.
    """

    column: str
    kind: str
    at: tuple[str | float, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    size: float
    n: int


@dataclass(frozen=True)
class Jointly:
    """Two columns whose joint effect is more than the sum of each: `share` of its variance that no sum explains (Friedman's H squared).

    size: the spread of that part, in log-odds or the target's unit; low, high: interval of `share`.
    """

    columns: tuple[str, str]
    share: float
    low: float
    high: float
    size: float
    text: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Importance:
    """How much worse unseen rows are predicted where the columns, which tell nearly the same, are shuffled together.

    loss: the rise of log loss (or of squared error) with its interval; base: the loss as it is.
    """

    columns: tuple[str, ...]
    loss: float
    low: float
    high: float
    base: float
    text: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Branch:
    """One line of a surrogate: where `when` holds the model predicts about `value`, in n rows."""

    when: Condition
    value: float
    n: int
    text: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Surrogate:
    """A small tree that imitates the model. fidelity: share of the variance of the predictions that it reproduces on rows it was not made from.

    agreement: share of those rows that both put on the same side of the mean prediction. n: those rows.
    """

    branches: tuple[Branch, ...]
    fidelity: float
    low: float
    high: float
    agreement: float
    n: int
    text: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Prototype:
    """A row that stands for its kind: of a class (`level`), or of low, middle and high numbers. share: rows of its kind that are nearest to it.

    row: its number in the source, from 1. prediction: by the model of its own fold. values: what it is like in the columns that matter most.
    """

    level: str
    row: int
    prediction: float
    share: float
    values: tuple[tuple[str, str | float | None], ...]
    text: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Agreement:
    """How alike two methods rank the columns: Spearman's correlation over n columns (or groups of near copies)."""

    methods: tuple[str, str]
    correlation: float
    n: int


@dataclass(frozen=True)
class Reason:
    """One column's part in one prediction."""

    column: str
    value: str | float | None
    contribution: float


@dataclass(frozen=True)
class Highlight:
    """What covering each part of one cell takes from its prediction: log-odds of the predicted class `level`, or the target's unit.

    form: 'picture' (words holds the grid, as '8x8'; values its fields, row by row), 'text' (words and the value of each) or 'sequence' (stretches).
    row: its number in the source, from 1. prediction: the number, or the probability of `level`.
    """

    column: str
    form: str
    row: int
    level: str
    prediction: float
    words: tuple[str, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Explanation:
    """The effects of a model, largest first. `unit` is 'log-odds' or the target's own; `level` names the class of a multiclass target."""

    model: str
    unit: str
    n: int
    effects: tuple[Effect, ...]
    level: str = ""
    curves: tuple[Dependence, ...] = ()
    together: tuple[Jointly, ...] = ()
    importances: tuple[Importance, ...] = ()
    surrogate: Surrogate | None = None
    prototypes: tuple[Prototype, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    text: Text = field(default_factory=dict)
    highlights: tuple[Highlight, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        """The effects."""
        return [effect.to_json() for effect in self.effects]

    def parts_json(self) -> dict[str, Any]:
        """All other parts, for readers."""
        surrogate = None if self.surrogate is None else {**asdict(self.surrogate), "branches": [_branch(b) for b in self.surrogate.branches]}
        named = ("curves", "together", "importances", "prototypes", "agreements", "highlights")
        lists = {name: [asdict(part) for part in getattr(self, name)] for name in named}
        return {"model": self.model, "unit": self.unit, "n": self.n, "level": self.level, **lists, "surrogate": surrogate, "text": dict(self.text)}


def _branch(branch: Branch) -> dict[str, Any]:
    return {"when": branch.when.to_json(), "value": branch.value, "n": branch.n, "text": dict(branch.text)}
