"""Tests that an effect is small: the null hypothesis is an effect of at least a margin, so a small p says "nothing worth naming".

| test | null hypothesis | assumes | broken by |
|---|---|---|---|
| `even` | levels deviate from even shares by Cohen's w >= margin | independent rows, 5 or more expected in each | dependent rows (see `design`) |
| `apart` | two columns of levels go together by Cohen's w >= margin | independent rows, rows expected in each cell | rare cells that alone differ |
| `alike` | groups account for a share >= margin of a number's variation | as the F-test: light tails, like variances | extremes: draw them in |
| `unrelated` | a correlation of at least the margin, either sign | many rows, light tails | curved relations, which no correlation shows |
| `steady` | events whose mean place in time is off the middle by >= margin | events, or bursts of them, independent | waves, which widen its error |

`even` and `apart` are chi-square tests of Wellek's "reversed" kind: the lower tail of the noncentral chi-square with n w^2. `alike` is his F-test for
equivalence (Wellek 2010, Testing Statistical Hypotheses of Equivalence and Noninferiority, 7.2): the lower tail of the noncentral F. `unrelated`
is two one-sided tests (Schuirmann 1987) on Fisher's z (Goertzen & Cribbie 2010). A margin must be declared before rows are looked at. Where
rows come in clusters, chi-squares are divided by the design effect (Rao & Scott 1981) and errors are those of cluster sums.

>>> even(np.array([100, 104, 96, 101, 99]), 0.25).p < 1e-6, even(np.array([150, 90, 80, 90, 90]), 0.25).p > 0.05
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import chndtr, ncfdtr, stdtr, stdtrit

from .influence import CLUSTERS, design, error

__all__ = ["Equal", "alike", "apart", "even", "steady", "unrelated"]

EXPECTED = 5.0  # least rows expected in a level
CELL, CELLS = 2.0, 3.0  # least rows expected in a cell of a table, and on average
FEWEST = 20  # least rows of a correlation, or events
HALVINGS = 60  # of the bisection that finds the bounds of a noncentrality


class Equal(NamedTuple):
    """How large an effect is, between which bounds, and p of the null hypothesis that it is at least the margin.

    Of an effect that is never below 0, `low` is 0 and the whole level stands behind `high`; where p <= 1 - level, that is within the margin.
    """

    size: float
    low: float
    high: float
    p: float


def even(counts: np.ndarray, margin: float, level: float = 0.95, design_effect: float = 1.0) -> Equal:
    """Cohen's w of counts (k,) against k even shares: the root mean square of their relative deviations."""
    n, k = float(counts.sum()), len(counts)
    if k < 2 or n < EXPECTED * k or not math.isfinite(design_effect):
        return Equal(0.0, 0.0, math.inf, 1.0)
    off = counts * k / n - 1
    w = math.sqrt(float(np.mean(off**2)))
    return _reversed(w, float(np.mean(off**3)), k - 1, n / design_effect, margin, level)


def apart(a: np.ndarray, b: np.ndarray, margin: float, level: float = 0.95, clusters: np.ndarray | None = None) -> Equal:
    """Cohen's w of the two-way table of a and b (n,) int >= 0, the root of chi-square over n: 0 where the mix of b is the same in each level of a."""
    _, a = np.unique(a, return_inverse=True)
    _, b = np.unique(b, return_inverse=True)
    n, rows, columns = len(a), int(a.max(initial=-1)) + 1, int(b.max(initial=-1)) + 1
    if rows < 2 or columns < 2:
        return Equal(0.0, 0.0, math.inf, 1.0)
    shares = np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns) / n
    one, other = shares.sum(axis=1), shares.sum(axis=0)
    expected = np.outer(one, other)
    off = shares / expected - 1
    w = math.sqrt(float((expected * off**2).sum()))
    effect = 1.0 if clusters is None else _table_design(a, b, one, other, clusters)
    if n * float(expected.min()) < CELL or n < CELLS * rows * columns or not math.isfinite(effect):
        return Equal(w, 0.0, math.inf, 1.0)
    return _reversed(w, float((expected * off**3).sum()), (rows - 1) * (columns - 1), n / effect, margin, level)


def _reversed(w: float, cubes: float, freedom: int, rows: float, margin: float, level: float) -> Equal:
    """Whether w is below the margin. cubes: mean third power of the relative deviations; rows: as many independent ones as there are."""
    lopsided = cubes / w**3 if w > 0 else 0.0  # one level far above the rest scatters more than the noncentral chi-square
    shrunk = 1.0 + margin * max(lopsided, 0.0)
    rows = rows / shrunk
    seen = rows * w * w + freedom * (1 - 1 / shrunk)
    p = _probability(float(chndtr(seen, freedom, rows * margin**2)))
    most = math.sqrt(_most(lambda x, nc: float(chndtr(x, freedom, nc)), seen, float(freedom), level) / rows)
    return Equal(w, 0.0, max(w, min(most, margin) if p <= 1 - level else most), p)


def _table_design(a: np.ndarray, b: np.ndarray, one: np.ndarray, other: np.ndarray, clusters: np.ndarray) -> float:
    """The design effect of the cells of a table, averaged over them; inf of too few clusters."""
    _, place = np.unique(clusters, return_inverse=True)
    many, plain, whole = int(place.max(initial=-1)) + 1, 0.0, 0.0
    if many < CLUSTERS:
        return math.inf
    for i, p in enumerate(one):
        for j, q in enumerate(other):
            influence = ((a == i) - p) * ((b == j) - q) / math.sqrt(p * q)
            sums = np.bincount(place, influence)
            plain, whole = plain + float(influence @ influence), whole + float(sums @ sums)
    return max(1.0, whole / plain * many / (many - 1)) if plain > 0 else 1.0


def alike(x: np.ndarray, groups: np.ndarray, margin: float, level: float = 0.95, clusters: np.ndarray | None = None) -> Equal:
    """Eta squared: the share of the variation of x (n,) that lies between groups (n,) int >= 0. margin in 0..1."""
    _, groups = np.unique(groups, return_inverse=True)
    n, k = len(x), int(groups.max(initial=-1)) + 1
    if k < 2 or n < EXPECTED * k:
        return Equal(0.0, 0.0, 1.0, 1.0)
    counts = np.bincount(groups)
    means = np.bincount(groups, x) / counts
    left = x - means[groups]
    within, between = float(left @ left), float(counts @ (means - x.mean()) ** 2)
    if within <= 0.0:
        return Equal(0.0, 0.0, 1.0, 1.0)
    eta, freedom, effect = between / (within + between), float(n - k), 1.0
    if clusters is not None:
        centred, shares = x - x.mean(), counts / n
        influences = (((groups == j) - shares[j]) * centred / math.sqrt(counts[j]) for j in range(k))
        effect, freedom = design(influences, clusters), min(freedom, len(np.unique(clusters)) - 1.0)
        if not math.isfinite(effect):
            return Equal(eta, 0.0, 1.0, 1.0)
    rows = n / effect
    seen = between / (k - 1) / (within / (n - k)) / effect

    p = _probability(float(ncfdtr(k - 1, freedom, rows * margin / (1 - margin), seen)))
    ratio = _most(lambda f, nc: float(ncfdtr(k - 1, freedom, nc, f)), seen, 1.0, level) / rows
    most = ratio / (1 + ratio)
    return Equal(eta, 0.0, max(eta, min(most, margin) if p <= 1 - level else most), p)


def unrelated(a: np.ndarray, b: np.ndarray, margin: float, level: float = 0.95, clusters: np.ndarray | None = None) -> Equal:
    """Pearson's correlation of a and b (n,), by Fisher's z; its error the larger of the normal one and that of the rows' own influences."""
    n = len(a)
    spread = float(a.std() * b.std()) if n else 0.0
    if n < FEWEST or spread <= 0.0 or not math.isfinite(spread):
        return Equal(0.0, -1.0, 1.0, 1.0)
    a, b = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
    r = float(np.clip(np.mean(a * b), -1.0, 1.0))
    if abs(r) > 1 - 1e-9:
        return Equal(r, min(r, -1.0), max(r, 1.0), 1.0)
    own, freedom = error((a * b - r * (a * a + b * b) / 2) / n, clusters)
    off = max(own / (1 - r * r), 1 / math.sqrt(n - 3))
    z = math.atanh(r)
    low, high, p = _two_sided(z, off, freedom, math.atanh(margin), level)
    return Equal(r, math.tanh(low), math.tanh(high), p)


def steady(place: np.ndarray, margin: float, level: float = 0.95, clusters: np.ndarray | None = None) -> Equal:
    """The mean place (n,) in 0..1 of events in a stretch of time, less the middle. Counts of periods that scatter more than Poisson widen its error.

    clusters: entities whose events go together; not stretches of time, which are what is asked about.
    """
    n = len(place)
    if n < FEWEST:
        return Equal(0.0, -1.0, 1.0, 1.0)
    gap = float(place.mean()) - 0.5
    off, freedom = error((place - place.mean()) / n, clusters)
    if off == 0.0 or not math.isfinite(off):
        return Equal(gap, -1.0, 1.0, 1.0)
    fine = int(np.clip(n // 10, 2 * CLUSTERS, 60))
    factors = [(_scatter(place, periods), periods - 2.0) for periods in (fine, max(fine // 4, 6))]
    scatter, periods = max(factors)
    if scatter > 1.0:
        off, freedom = off * math.sqrt(scatter), min(freedom, periods)
    low, high, p = _two_sided(gap, off, freedom, margin, level)
    return Equal(gap, max(low, -1.0), min(high, 1.0), p)


def _scatter(place: np.ndarray, periods: int) -> float:
    """Pearson's chi-square of the counts of equal periods around a straight line, a degree of freedom; 1 of Poisson counts."""
    counts = np.bincount(np.clip((place * periods).astype(np.int64), 0, periods - 1), minlength=periods).astype(np.float64)
    middle = (np.arange(periods) + 0.5) / periods - 0.5
    fitted = counts.mean() + middle * float(middle @ counts) / float(middle @ middle)
    return float((((counts - fitted) ** 2) / np.maximum(fitted, counts.mean() / 4)).sum()) / (periods - 2)


def _two_sided(gap: float, off: float, freedom: float, margin: float, level: float) -> tuple[float, float, float]:
    """(low, high, p of two one-sided tests) of an estimate with its error."""
    half = float(stdtrit(freedom, 0.5 + level / 2)) * off if math.isfinite(off) else math.inf
    p = float(stdtr(freedom, -(margin - abs(gap)) / off)) if math.isfinite(off) else 1.0
    return gap - half, gap + half, _probability(p)


def _most(tail: Callable[[float, float], float], seen: float, usual: float, level: float) -> float:
    """The noncentrality that is exceeded with a confidence of 1 - level only; `tail(x, nc)` falls as nc grows.

    A statistic below what no effect usually gives says no more than that one does: its own bound would fall to 0.
    """
    return _solve(lambda nc: tail(max(seen, usual), nc), 1 - level)


def _solve(tail: Callable[[float], float], wanted: float) -> float:
    if not tail(0.0) > wanted:
        return 0.0
    low, high = 0.0, 1.0
    while tail(high) > wanted and high < 1e12:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) > wanted else (low, middle)
    return high


def _probability(p: float) -> float:
    return min(max(p, 0.0), 1.0) if math.isfinite(p) else 1.0
