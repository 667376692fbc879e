"""Rolling origins: forecasts made as if from past moments, the weights of their makers, and intervals of stated coverage from their errors.

    trial = Trial.of(panel)                    # which moments
    weights = weighed(errors)                  # of members, from errors (members, forecasts, steps)

Weights are those of a greedy ensemble (Caruana, Niculescu-Mizil, Crew & Ksikes 2004) that begins with every fair member once, so that few
errors give nearly equal weights; a member that is far off alone gets none. An interval's half width at a step is the split-conformal quantile
(Vovk, Gammerman & Shafer 2005) of the absolute errors of the origins at that step, in units of each series' own seasonal error. Errors that are
reported or make intervals are those of weights that did not see their origin. What it does *not* do: promise coverage for each series alone,
or through a break that the past never saw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from ._panel import Panel

__all__ = ["Trial", "half_widths", "scales", "spread", "weighed"]

WANTED: Final = 400  # (series, origin) pairs that are enough
ORIGINS: Final = (4, 24)  # least and most origins, where the history allows
FAIR: Final = 1.25  # a member begins in the ensemble where its error is at most so many times the best one's
GREEDY: Final = 20  # members that are added
ENOUGH: Final = 40  # errors at a step; below, neighbouring steps are pooled
FEW: Final = 19  # errors below which Student's t stands in for a quantile


@dataclass(frozen=True)
class Trial:
    """cuts (k,) int: how many steps before the end of each series a forecast is made, the latest first; stride between them; valid (k, s) bool."""

    cuts: np.ndarray
    stride: int
    valid: np.ndarray

    @staticmethod
    def of(panel: Panel) -> Trial:
        """The origins of a panel: their forecasts lie wholly in the past, and half of the history is left before each."""
        h, sizes = panel.horizon, panel.sizes
        season = panel.seasons[0] if panel.seasons else 1
        least = np.maximum(np.minimum(2 * season + 1, sizes // 2), 3)
        span = int(np.quantile(sizes - least, 0.75 if panel.count > 1 else 1.0)) - h
        k = int(np.clip(math.ceil(WANTED / panel.count), *ORIGINS))
        if span < 0:
            return Trial(np.zeros(0, dtype=np.int64), 1, np.zeros((0, panel.count), dtype=bool))
        stride = max(1, min(max(1, h // 2), span // max(k - 1, 1)))
        cuts = h + stride * np.arange(min(k, span // stride + 1))
        valid = sizes[None, :] - cuts[:, None] >= least[None, :]
        return Trial(cuts[valid.any(1)], stride, valid[valid.any(1)])

    @property
    def independent(self) -> float:
        """Origins whose forecasts do not overlap would be so many."""
        return 1.0 + (len(self.cuts) - 1) * min(1.0, self.stride / self.cuts[0]) if len(self.cuts) else 0.0


def scales(panel: Panel, cut: int = 0) -> np.ndarray:
    """(s,) the mean absolute change from one season to the next of each series without its last `cut` values; never 0."""
    m = panel.seasons[0] if panel.seasons else 1
    out = np.zeros(panel.count)
    for i in range(panel.count):
        y = panel.of(i)[: max(int(panel.sizes[i]) - cut, 1)]
        lag = m if len(y) > m else 1
        out[i] = float(np.mean(np.abs(y[lag:] - y[:-lag]))) if len(y) > lag else 0.0
        out[i] = max(out[i], 1e-3 * float(np.mean(np.abs(y))))
    usual = float(np.median(out[out > 0])) if (out > 0).any() else 1.0
    return np.where(out > 0, out, usual)


def weighed(errors: np.ndarray) -> np.ndarray:
    """(members,) weights that sum to 1, for errors (members, n, steps) of n forecasts; NaN where a forecast could not be judged.

    Every forecast counts alike: its errors are taken relative to the mean of all members' errors on it.
    """
    members = len(errors)
    seen = np.isfinite(errors).all(axis=0)
    size = np.where(seen, np.abs(np.where(np.isfinite(errors), errors, 0.0)), 0.0).sum(axis=(0, 2))
    hard = size / np.maximum(members * seen.sum(axis=1), 1)
    flat = (errors / np.where(hard > 0, hard, 1.0)[None, :, None])[:, seen]
    if members == 1 or not flat.shape[1]:
        return np.full(members, 1.0 / members)
    alone = np.abs(flat).mean(axis=1)
    fair = alone <= FAIR * alone.min()
    counts = fair.astype(np.float64)
    total = counts @ flat
    for _ in range(GREEDY):
        losses = [float(np.abs(total + flat[j]).mean()) if fair[j] else np.inf for j in range(members)]
        best = int(np.argmin(losses))
        counts[best] += 1.0
        total = total + flat[best]
    return counts / counts.sum()


def half_widths(errors: np.ndarray, coverage: float, independent: float) -> np.ndarray:
    """(steps,) half widths of intervals from errors (n, steps), NaN where there is none; neighbours are pooled where a step has few.

    independent: how many of a series' errors at one step do not overlap.
    """
    size = np.abs(errors)
    known = np.isfinite(size)
    steps = size.shape[1]
    out = np.zeros(steps)
    for j in range(steps):
        reach = 1 if steps > 1 else 0
        while True:
            low, high = max(0, j - reach), min(steps, j + reach + 1)
            n = int(known[:, low:high].sum())
            if n >= ENOUGH * min(2 * reach + 1, 3) or (low == 0 and high == steps):
                break
            reach += 1
        pool = size[:, low:high][known[:, low:high]]
        out[j] = _quantile(pool, coverage, independent)
    return np.maximum.accumulate(out) if int(known.sum(0).max(initial=0)) < ENOUGH else out


def spread(errors: np.ndarray, coverage: float, independent: float) -> float:
    """The half width of an interval for one number from its few errors (k,): the larger of Student's t and the conformal quantile."""
    known = np.abs(errors[np.isfinite(errors)])
    return _quantile(known, coverage, independent) if len(known) else 0.0


def _quantile(size: np.ndarray, coverage: float, independent: float) -> float:
    n = len(size)
    if n == 0:
        return 0.0
    if n < FEW or math.ceil((n + 1) * coverage) > n:
        t = float(stdtrit(max(min(independent, n), 1.0), 0.5 + coverage / 2))
        return t * float(np.sqrt(np.mean(size**2)))
    return float(np.partition(size, math.ceil((n + 1) * coverage) - 1)[math.ceil((n + 1) * coverage) - 1])
