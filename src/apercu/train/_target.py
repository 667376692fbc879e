"""The scale on which a number is fitted: as it stands, or by its logarithm, whichever predicts the watched rows better.

On the logarithm a prediction is carried back by `expm1` and a factor that makes the mean right again (smearing, Duan 1983), and each column's
part of the way from the base to the prediction is its part on the logarithm, so that contributions still sum to the prediction exactly.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["Scale", "skewed", "told"]

SKEW = 0.5  # third standardised moment above which the logarithm is tried


@dataclass(frozen=True)
class Scale:
    """log: fitted on log1p of the target; factor: what predictions are multiplied by on the way back."""

    log: bool = False
    factor: float = 1.0
    most: float = 700.0

    @staticmethod
    def of(target: np.ndarray) -> Scale:
        """The logarithmic scale of a target (n,); no prediction may leave its range by more than half of it."""
        return Scale(True, 1.0, float(np.log1p(1.5 * target.max())))

    def forth(self, target: np.ndarray) -> np.ndarray:
        """(n,) what is fitted."""
        return np.log1p(target) if self.log else target

    def back(self, raw: np.ndarray) -> np.ndarray:
        """(n,) in the target's unit."""
        return self.factor * np.expm1(np.minimum(raw, self.most)) if self.log else raw

    def smeared(self, target: np.ndarray, raw: np.ndarray, weights: np.ndarray | None) -> Scale:
        """The same scale with the factor at which predictions of the given rows have the target's mean."""
        if not self.log:
            return self
        mean = float(np.average(self.back(raw) / self.factor, weights=weights))
        return Scale(True, float(np.average(target, weights=weights)) / mean if mean > 0 else 1.0, self.most)

    def shared(self, parts: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Contributions (n, d, 1) and base (1,) in the target's unit; base + sum over d is `back` of their sum."""
        if not self.log:
            return parts, base
        way = parts.sum(axis=1)
        origin = self.back(base)
        gone = self.back(base + way) - origin
        steep = np.divide(gone, way, out=np.full_like(way, float(self.factor * np.exp(min(base[0], self.most)))), where=np.abs(way) > 1e-9)
        return parts * steep[:, None, :], origin

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


def skewed(target: np.ndarray) -> bool:
    """Whether the logarithm is worth trying: no negative value and a long right tail."""
    if target.min() < 0 or target.std() == 0:
        return False
    return bool(np.mean(((target - target.mean()) / target.std()) ** 3) > SKEW)


def told(raw: np.ndarray, task: str, scale: Scale) -> np.ndarray:
    """(n,) numbers, or (n, k) probabilities, of raw scores (n, k')."""
    if task == "numeric":
        return scale.back(raw[:, 0])
    if task == "binary":
        high = 1.0 / (1.0 + np.exp(-raw[:, 0]))
        return np.column_stack([1.0 / (1.0 + np.exp(raw[:, 0])), high])
    raised = np.exp(raw - raw.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
