"""Score: one metric of one model with its interval, its n, and the rows that it was measured on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Curve", "Score"]


@dataclass(frozen=True)
class Score:
    """A metric's value with its 95% interval; `where` is 'out of fold' or 'test file'."""

    model: str
    metric: str
    value: float
    low: float
    high: float
    n: int
    where: str = "out of fold"

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


@dataclass(frozen=True)
class Curve:
    """A view of a model: 'roc', 'precision-recall', 'calibration', 'confusion' or 'residuals', as columns of equal length."""

    kind: str
    columns: dict[str, list[Any]]

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)
