"""Whether a measure moves on purpose or merely wanders: lines and steps against a memory that does not fade.

A walk, or a series that forgets slowly, has a line and a step in every picture of it, and no error learned from its neighbours is large enough
(spurious regression, Granger & Newbold 1974). What tells them apart is what else the series does:
* `steadiness` compares a line with the slow waves that are left of the series once the line is taken out (low-frequency tests, Müller & Watson
  2008). A walk has waves nearly as large as its line; where there is no excess of slow waves, less is asked.
* `abruptness` compares the jump at a moment with the jumps at all other moments, each of means over REACH of the clock on either side. A walk jumps
  there as everywhere; a ratio does not depend on how much it wanders. Again less is asked where the rest shows no excess of slow waves.

| function | null hypothesis | assumes | broken by |
|---|---|---|---|
| `steadiness` | a memory of any length, no line | one memory over the whole clock | one large wave beside a line: told too seldom |
| `abruptness` | a memory of any length, no jump | the same | two jumps of like size: told too seldom |

Both are margins: at least 1 where the line or step may be told. Simulated on walks of all sizes plus noise, about one in twenty reaches it (at
most one in ten, where a walk is as small as the noise of a stretch). What they do *not* do: replace a p-value; they are asked besides.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .series import judged, stretches
from .tests import Contrast

__all__ = ["abruptness", "granted", "jump", "steadiness"]

WAVES: Final = 8  # slow waves: half periods of the clock
FEW: Final = 4  # stretches for each of them, at least
LEAST: Final = 5  # rows on either side
REACH: Final = 0.1  # of the clock, on either side of a jump
LINE: Final = (4.0, 4.0, 1.4)  # least line over its waves; how much more where there is an excess of waves; from which excess
JUMP: Final = (2.5, 1.7, 1.0)  # likewise the least jump over other jumps


def steadiness(t: np.ndarray, x: np.ndarray) -> float:
    """How much larger the line of x (n,) on the clock t (n,) is than slow waves would make it: at least 1 where it may be told."""
    place, n, mean = _means(t, x)
    if len(n) < 2 * FEW:
        return 0.0
    line = np.column_stack([np.ones(len(n)), place - place.mean()])
    moved, excess = _excess(line, place, n, mean)
    return abs(moved) / max(excess, 1e-9) ** 0.5 / _asked(LINE, excess)


def abruptness(t: np.ndarray, x: np.ndarray, cut: float) -> float:
    """How much larger the jump of x (n,) at the moment `cut` of the clock t (n,) is than jumps elsewhere: at least 1 where it may be told."""
    place, n, mean = _means(t, x)
    late = place >= cut
    if min(int(late.sum()), int((~late).sum())) < FEW or len(n) < 2 * FEW:
        return 0.0
    _, excess = _excess(np.column_stack([np.ones(len(n)), late, place, late * place]), place, n, mean)
    first = np.maximum(np.searchsorted(place, place - REACH, side="left"), 0)
    last = np.searchsorted(place, place + REACH, side="left")
    rows, total = (np.concatenate([[0.0], np.cumsum(part)]) for part in (n, n * mean))
    here = np.arange(len(n))
    before, after = np.maximum(rows[here] - rows[first], 1e-9), rows[last] - rows[here]
    jumps = (total[last] - total[here]) / after - (total[here] - total[first]) / before
    whole = (place >= REACH) & (place <= 1 - REACH) & (here > first)
    others = whole & (np.abs(place - cut) >= REACH)
    if not others.any():
        return 0.0
    usual = float(np.sqrt(np.mean(jumps[others] ** 2)))
    own = float(jumps[int(np.argmax(late))])
    return abs(own) / max(usual, 1e-300) / _asked(JUMP, excess)


def jump(t: np.ndarray, x: np.ndarray, late: np.ndarray, level: float = 0.95) -> Contrast:
    """Mean of x (n,) where it is `late` (n,) bool, minus the mean before; t (n,) is the clock.

    Its error is learned from what a line on each side leaves: a slow course beside the jump is none of its memory.
    """
    if min(int(late.sum()), int((~late).sum())) < LEAST:
        return Contrast(0.0, -np.inf, np.inf, 1.0, "too few rows")
    e = x.astype(np.float64).copy()
    for side in (late, ~late):
        u = t[side] - t[side].mean()
        length = float(u @ u)
        e[side] -= x[side].mean() + (u * (float(u @ x[side]) / length) if length > 0 else 0.0)
    gap = float(x[late].mean() - x[~late].mean())
    return judged(gap, late - float(late.mean()), e, stretches(t), None, level)


def granted(contrast: Contrast, margin: float) -> Contrast:
    """The contrast as it is where the margin is at least 1; without a p where it is not."""
    return contrast if margin >= 1.0 else contrast._replace(p=1.0, tail=1.0)


def _asked(least: tuple[float, float, float], excess: float) -> float:
    low, more, start = least
    return low + more * min(max(excess - start, 0.0), 1.0)


def _means(t: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(where each stretch lies in 0..1, its rows, its mean of x)."""
    if not len(t) or float(np.ptp(t)) == 0.0:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    _, number = np.unique(stretches(t), return_inverse=True)
    n = np.bincount(number).astype(np.float64)
    return np.bincount(number, t) / n, n, np.bincount(number, x) / n


def _excess(known: np.ndarray, place: np.ndarray, n: np.ndarray, mean: np.ndarray) -> tuple[float, float]:
    """(z of the last-but-constant of two regressors, the mean square of slow waves over that of fast ones) of stretch means."""
    k = len(n)
    waves = min(WAVES, max(2, (k - known.shape[1]) // FEW))
    root = np.sqrt(n)[:, None]
    slow = np.cos(np.pi * np.arange(1, waves + known.shape[1])[None, :] * place[:, None])
    basis, _ = np.linalg.qr(np.column_stack([known, slow]) * root)
    score = basis.T @ (mean * root[:, 0])
    rest = float((n * mean * mean).sum() - score @ score) / max(k - basis.shape[1], 1)
    if rest <= 1e-12 * max(float(n @ (mean * mean)), 1e-300):
        return 1e9, 0.0
    own = score[known.shape[1] : known.shape[1] + waves]
    return float(score[1]) / rest**0.5, float(own @ own) / waves / rest
