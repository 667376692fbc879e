"""Two shares compared where Fisher's test does not fit: of the same rows, or to show that they are close.

`paired`: null hypothesis, the two shares of the same rows are equal. McNemar's exact test: rows that have exactly one of the two are as likely
to have either (binomial, McNemar 1947); Newcombe's interval for paired shares (1998, method 10): two Wilson intervals joined with the rows'
correlation. `close`: null hypothesis, two shares of different rows lie at least a margin apart; p is the least error at which Newcombe's interval
of the difference lies inside the margins, which is two one-sided tests (Schuirmann 1987). The margin must be declared before rows are looked at.
`together`: null hypothesis, within strata one thing's odds are at most `odds` times as high in rows with the other as in rows without; one-sided,
by the exact conditional test (Fisher's noncentral hypergeometric counts, added up over strata) or, of many rows, by Mantel and Haenszel's sums
(1959) with their linearised error. All assume independent rows; rows that come in clusters break them (`together` takes clusters into account).

>>> p = paired(158, 3, 0, 500)
>>> round(p.gap, 3), round(p.low, 3), round(p.high, 3), p.p < 1e-40
(0.31, 0.269, 0.352, True)
>>> close(100, 100, 400, 400, 0.2) < 1e-6, close(50, 100, 200, 400, 0.05) > 0.1
(True, True)
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from scipy.special import bdtrc, gammaln, ndtr, ndtri, stdtr

from .intervals import newcombe, wilson
from .tests import Contrast

__all__ = ["Together", "close", "paired", "together"]

EXACT: Final = 3_000  # rows with the rarer thing up to which chances are counted out; beyond, they are near normal
TINY: Final = 1e-300  # p's below are one
HALVINGS: Final = 30  # of the bisection that finds the widest interval inside the margins
WIDEST: Final = 7.0  # in standard errors: p is never told below 1e-12


class Together(NamedTuple):
    """How many times as high the odds are within strata (Mantel & Haenszel), and z and one-sided p of more than was asked for."""

    odds: float
    z: float
    p: float


def paired(first: int, second: int, both: int, n: int, level: float = 0.95) -> Contrast:
    """Share of rows with the one less share with the other. first, second: rows with only that one; both: rows with both, of n rows."""
    if n == 0:
        return Contrast(0.0, -1.0, 1.0, 1.0, "McNemar exact")
    apart, more = first + second, max(first, second)
    tail = float(bdtrc(more - 1, apart, 0.5)) if apart else 1.0
    a, b = (first + both) / n, (second + both) / n
    spread = math.sqrt(a * (1 - a) * b * (1 - b))
    phi = (both / n - a * b) / spread if spread > 0 else 0.0
    (a_low, a_high), (b_low, b_high) = wilson(first + both, n, level), wilson(second + both, n, level)
    gap, below, above = a - b, _joined(a - a_low, b_high - b, phi), _joined(a_high - a, b - b_low, phi)
    return Contrast(gap, max(-1.0, gap - below), min(1.0, gap + above), min(1.0, 2 * tail), "McNemar exact", min(1.0, tail))


def close(hits: int, n: int, base_hits: int, base_n: int, margin: float) -> float:
    """P of shares that lie `margin` or more apart."""
    if n == 0 or base_n == 0:
        return 1.0

    def inside(z: float) -> bool:
        low, high = newcombe(hits, n, base_hits, base_n, 1 - 2 * float(ndtr(-z)))
        return low > -margin and high < margin

    low, high = 0.0, WIDEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) else (low, middle)
    return float(ndtr(-low)) if low > 0.0 else 1.0


def together(a: np.ndarray, b: np.ndarray, strata: np.ndarray, clusters: np.ndarray | None = None, odds: float = 1.0) -> Together:
    """Whether rows with a (n,) bool have b (n,) bool oftener than others of the same stratum (n,) int >= 0, beyond `odds` times the odds.

    Where rows come in clusters (n,) int, the larger p of this and of the t-test of their sums counts.
    """
    if len(a) == 0:
        return Together(1.0, 0.0, 1.0)
    cell = 2 * a.astype(np.int64) + b
    counts = np.bincount(4 * strata + cell, minlength=4 * (int(strata.max()) + 1)).reshape(-1, 4)  # (strata, neither, b, a, both)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    agree, differ = float((counts[:, 3] * share[:, 0]).sum()), float((counts[:, 1] * share[:, 2]).sum())
    if agree <= 0.0 and differ <= 0.0:
        return Together(1.0, 0.0, 1.0)
    pull = np.stack([share[:, 3], -odds * share[:, 2], -odds * share[:, 1], share[:, 0]], axis=1)  # of a row in each cell on the sum
    pull = (pull - (pull * share).sum(axis=1, keepdims=True)).ravel()[4 * strata + cell]
    plain = math.sqrt(float(pull @ pull))
    over = agree - odds * differ
    z = over / plain if plain > 0 else 0.0
    rarer = np.minimum(counts[:, 1], counts[:, 2]) + counts[:, 3]
    if rarer.sum() <= EXACT:
        p = _counted(counts, odds)
        z = float(-ndtri(min(max(p, TINY), 1 - 1e-16)))
    else:
        p = float(ndtr(-z))
    if clusters is not None:
        sums = np.bincount(np.unique(clusters, return_inverse=True)[1], pull)
        off = math.sqrt(float(sums @ sums) * len(sums) / max(len(sums) - 1, 1))
        p = max(p, float(stdtr(len(sums) - 1, -over / off)) if off > 0 and len(sums) > 1 else 1.0)
    return Together(agree / differ if differ > 0 else math.inf, z, min(1.0, p))


def _counted(counts: np.ndarray, odds: float) -> float:
    """P of as many rows with both or more, given the margins of every stratum."""
    least, chances = 0, np.ones(1)
    for neither, only_b, only_a, both in counts.tolist():
        drawn, marked, total = only_a + both, only_b + both, neither + only_b + only_a + both
        lowest = max(0, drawn + marked - total)
        k = np.arange(lowest, min(drawn, marked) + 1, dtype=np.float64)
        logs = k * math.log(odds) - (gammaln(k + 1) + gammaln(drawn - k + 1) + gammaln(marked - k + 1) + gammaln(total - drawn - marked + k + 1))
        own = np.exp(logs - logs.max())
        chances, least = np.convolve(chances, own / own.sum()), least + lowest
    return float(min(1.0, chances[max(0, int(counts[:, 3].sum()) - least) :].sum()))


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(one * one - 2 * phi * one * other + other * other, 0.0))
