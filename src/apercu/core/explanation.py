"""Explanation: which columns move a model's predictions, by how much, and in what shape."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Effect", "Explanation", "Reason", "Shape"]


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

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


@dataclass(frozen=True)
class Reason:
    """One column's part in one prediction."""

    column: str
    value: str | float | None
    contribution: float


@dataclass(frozen=True)
class Explanation:
    """The effects of a model, largest first. `unit` is 'log-odds' or the target's own; `level` names the class of a multiclass target."""

    model: str
    unit: str
    n: int
    effects: tuple[Effect, ...]
    level: str = ""

    def to_json(self) -> list[dict[str, Any]]:
        """The effects."""
        return [effect.to_json() for effect in self.effects]
