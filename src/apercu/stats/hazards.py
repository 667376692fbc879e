"""Times until something happens, where for some rows it had not happened when they were last seen (right-censored).

* `kaplan_meier`  the share still without it at each time (Kaplan & Meier 1958); `survivors`  the same with its band and the rows still followed;
* `cox`           proportional hazards by Newton's method, ties after Efron (1977), a ridge on the coefficients (Cox 1972);
* `breslow`       the cumulative hazard of a row of risk 1 (Breslow 1972);
* `concordance`   the share of comparable pairs that a risk puts in the right order (Harrell 1982), ties counting half; `concordances`  the same
                  for many weightings of the rows at once (a bootstrap);
* `brier`         squared error of predicted shares at given times, censoring weighed out (Graf et al. 1999), and its mean over the times;
                  `brier_rows`  each row's part of that mean.

Assumed throughout: being censored says nothing of what would have come. What it does not do: times that are known as a range, competing events,
columns that change with time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numba
import numpy as np
from scipy.special import ndtri

__all__ = [
    "Survivors",
    "breslow",
    "brier",
    "brier_rows",
    "concordance",
    "concordances",
    "cox",
    "kaplan_meier",
    "partial_likelihood",
    "share_at",
    "survivors",
]

STEPS: Final = 50
CLOSE: Final = 1e-9


class Survivors(NamedTuple):
    """At each of `times` (m,), ascending, at which it happened: the share without it just after, its band, and the rows followed until then."""

    times: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray


def kaplan_meier(time: np.ndarray, event: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """((m,) times at which it happened, ascending; (m,) the share without it just after each). time, event (n,); event is 1 or 0."""
    times, happened, at = _counted(time, event, np.ones(len(time)) if weights is None else weights)
    return times, np.cumprod(1.0 - happened / at)


def survivors(time: np.ndarray, event: np.ndarray, level: float = 0.95) -> Survivors:
    """Kaplan and Meier's curve of rows that count alike, with the log-log band of each time alone, from Greenwood's variance (1926).

    The band keeps within 0 and 1, and is nothing wide where all have it; it takes rows for independent.
    """
    times, happened, at = _counted(time, event, np.ones(len(time)))
    share = np.cumprod(1.0 - happened / at)
    spread = np.cumsum(np.divide(happened, at * (at - happened), out=np.zeros(len(at)), where=at > happened))
    inner = (share > 0) & (share < 1)
    log = np.where(inner, np.log(np.where(inner, share, 0.5)), -1.0)
    wide = ndtri(0.5 + 0.5 * level) * np.sqrt(spread) / np.abs(log)
    low, high = np.where(inner, share ** np.exp(wide), share), np.where(inner, share ** np.exp(-wide), share)
    return Survivors(times, share, low, high, at.astype(np.int64))


def _counted(time: np.ndarray, event: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """((m,) times at which it happened, ascending, (m,) to how much weight, (m,) the weight that was followed until then)."""
    order = np.argsort(time, kind="stable")
    t, d, w = time[order], event[order] * weight[order], weight[order]
    at = np.cumsum(w[::-1])[::-1]
    times, first = np.unique(t, return_index=True)
    happened = np.add.reduceat(d, first) if len(t) else np.zeros(0)
    there = happened > 0
    return times[there], happened[there], at[first][there]


def share_at(times: np.ndarray, share: np.ndarray, when: np.ndarray, *, before: bool = False) -> np.ndarray:
    """The step function that is 1 and then `share` (m,) from each of `times` (m,) on, at `when`; its limit from the left if `before`."""
    return np.concatenate([[1.0], share])[np.searchsorted(times, when, side="left" if before else "right")]


def cox(x: np.ndarray, time: np.ndarray, event: np.ndarray, ridge: float = 0.0, weights: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """((p,) coefficients, log partial likelihood) for x (n, p), Efron's ties; `ridge` times half the squared coefficients is taken off.

    Steps that do not gain are halved, so the fit ends where the likelihood does, even where a column tells the event entirely (with a ridge).
    """
    order = np.argsort(-time, kind="stable")  # those at risk longest first
    centre = x.mean(axis=0) if len(x) else np.zeros(x.shape[1])
    z = np.ascontiguousarray((x - centre)[order], dtype=np.float64)
    weight = np.ones(len(time)) if weights is None else weights
    given = (z, time[order].astype(np.float64), event[order].astype(np.float64), weight[order].astype(np.float64))
    found = np.zeros(x.shape[1])
    value, slope, curve = _partial(*given, found)
    for _ in range(STEPS):
        step = np.linalg.lstsq(curve + ridge * np.eye(len(found)), slope - ridge * found, rcond=None)[0]
        penalised, size = value - 0.5 * ridge * found @ found, 1.0
        while True:
            there = found + size * step
            now, slope_now, curve_now = _partial(*given, there)
            if np.isfinite(now) and now - 0.5 * ridge * there @ there >= penalised - 1e-12 * abs(penalised):
                break
            size *= 0.5
            if size < 1e-6:
                return found, float(value)
        moved = float(np.abs(there - found).max()) if len(found) else 0.0
        found, value, slope, curve = there, now, slope_now, curve_now
        if moved < CLOSE:
            break
    return found, float(value)


@numba.njit(cache=True, nogil=True)
def _partial(
    z: np.ndarray, time: np.ndarray, event: np.ndarray, weights: np.ndarray, b: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(log partial likelihood, gradient, information) at b; rows by falling time."""
    n, p = z.shape
    value, slope, curve = 0.0, np.zeros(p), np.zeros((p, p))
    s0, s1, s2 = 0.0, np.zeros(p), np.zeros((p, p))
    score = np.dot(z, b)
    top = score.max() if n else 0.0
    i = 0
    while i < n:
        j = i
        d, wd, e0, e1, e2 = 0, 0.0, 0.0, np.zeros(p), np.zeros((p, p))
        while j < n and time[j] == time[i]:
            r = weights[j] * np.exp(score[j] - top)
            s0 += r
            for a in range(p):
                s1[a] += r * z[j, a]
                for c in range(a + 1):
                    s2[a, c] += r * z[j, a] * z[j, c]
            if event[j] > 0 and weights[j] > 0:
                d += 1
                wd += weights[j]
                e0 += r
                value += weights[j] * (score[j] - top)
                for a in range(p):
                    e1[a] += r * z[j, a]
                    slope[a] += weights[j] * z[j, a]
                    for c in range(a + 1):
                        e2[a, c] += r * z[j, a] * z[j, c]
            j += 1
        for k in range(d):
            part, w = k / d, wd / d
            t0 = s0 - part * e0
            value -= w * np.log(t0)
            for a in range(p):
                ma = (s1[a] - part * e1[a]) / t0
                slope[a] -= w * ma
                for c in range(a + 1):
                    mc = (s1[c] - part * e1[c]) / t0
                    curve[a, c] += w * ((s2[a, c] - part * e2[a, c]) / t0 - ma * mc)
        i = j
    for a in range(p):
        for c in range(a):
            curve[c, a] = curve[a, c]
    return value, slope, curve


def breslow(time: np.ndarray, event: np.ndarray, risk: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """((m,) times at which it happened, (m,) cumulative hazard after each of a row of risk 1). risk (n,) is exp of the score."""
    weight = np.ones(len(time)) if weights is None else weights
    order = np.argsort(time, kind="stable")
    t, d, r = time[order], (event * weight)[order], (risk * weight)[order]
    times, first = np.unique(t, return_index=True)
    at = np.cumsum(r[::-1])[::-1][first]
    happened = np.add.reduceat(d, first) if len(t) else np.zeros(0)
    hazard = np.cumsum(np.divide(happened, at, out=np.zeros(len(at)), where=at > 0))
    return times[happened > 0], hazard[happened > 0]


def concordance(time: np.ndarray, event: np.ndarray, risk: np.ndarray) -> float:
    """The share of pairs, of which one is known to come first, whose earlier row has the higher risk; NaN where there is no such pair."""
    return float(concordances(time, event, risk, np.ones((1, len(time))))[0])


def concordances(time: np.ndarray, event: np.ndarray, risk: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(b,) the same for each weighting (b, n) of the rows, which may be how often each was drawn; a pair counts the product of its rows'."""
    order = np.lexsort((1 - event, time))  # of one time, events stand before the censored, who outlived them
    rank = np.unique(risk, return_inverse=True)[1][order].astype(np.int64)
    known = (time[order].astype(np.float64), event[order].astype(np.float64), rank)
    counts = [_concordant(*known, weight[order].astype(np.float64)) for weight in weights]
    return np.array([good / pairs if pairs else np.nan for good, pairs in counts])


@numba.njit(cache=True, nogil=True)
def _concordant(time: np.ndarray, event: np.ndarray, rank: np.ndarray, weight: np.ndarray) -> tuple[float, float]:  # pragma: no cover - compiled
    """Sums by a Fenwick tree over the ranks of the risks, from the longest time down."""
    n = len(time)
    size = (rank.max() + 1) if n else 0
    tree = np.zeros(size + 1)
    good, pairs, inside = 0.0, 0.0, 0.0
    i = n - 1
    while i >= 0:
        j = i
        while j >= 0 and time[j] == time[i]:
            if event[j] == 0:  # censored at this very time: they outlived its events
                inside += _added(tree, rank[j], weight[j])
            j -= 1
        for k in range(j + 1, i + 1):
            if event[k] > 0:
                below, upto = _sum(tree, rank[k]), _sum(tree, rank[k] + 1)
                good += weight[k] * (below + 0.5 * (upto - below))
                pairs += weight[k] * inside
        for k in range(j + 1, i + 1):
            if event[k] > 0:
                inside += _added(tree, rank[k], weight[k])
        i = j
    return good, pairs


@numba.njit(cache=True, nogil=True)
def _added(tree: np.ndarray, place: int, weight: float) -> float:  # pragma: no cover - compiled
    k = place + 1
    while k < len(tree):
        tree[k] += weight
        k += k & -k
    return weight


@numba.njit(cache=True, nogil=True)
def _sum(tree: np.ndarray, upto: int) -> float:  # pragma: no cover - compiled
    """The weight of the ranks below `upto` that are in the tree."""
    total, k = 0.0, upto
    while k > 0:
        total += tree[k]
        k -= k & -k
    return total


def brier(
    time: np.ndarray, event: np.ndarray, shares: np.ndarray, when: np.ndarray, known: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, float]:
    """((m,) Brier score at each time, its mean over the stretch of times).

    shares (n, m): the predicted chance that it has not happened to a row by each of `when` (m,), ascending; `known` = (time, event) of the rows
    whose censoring is learned from (the training rows). Rows censored before a time do not count there, and others count for them.
    """
    score = np.array([errors.mean() for errors in _errors(time, event, shares, when, known)])
    if len(when) < 2 or when[-1] == when[0]:
        return score, float(score.mean()) if len(score) else float("nan")
    return score, float(np.trapezoid(score, when) / (when[-1] - when[0]))


def brier_rows(time: np.ndarray, event: np.ndarray, shares: np.ndarray, when: np.ndarray, known: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(n,) each row's part of `brier` over the stretch of times: their mean is its mean. Drawn again, they say how sure it is."""
    if len(when) < 2 or when[-1] == when[0]:
        part = np.full(len(when), 1.0 / max(len(when), 1))
    else:
        steps = np.diff(when, prepend=when[0], append=when[-1])
        part = 0.5 * (steps[:-1] + steps[1:]) / (when[-1] - when[0])
    found = np.zeros(len(time))
    for share, errors in zip(part, _errors(time, event, shares, when, known), strict=True):
        found += share * errors
    return found


def _errors(time: np.ndarray, event: np.ndarray, shares: np.ndarray, when: np.ndarray, known: tuple[np.ndarray, np.ndarray]) -> Iterator[np.ndarray]:
    """(n,) the squared error of each row at each time, weighed by its chance of being seen until then."""
    times, left = kaplan_meier(known[0], 1.0 - known[1])
    own = np.maximum(share_at(times, left, time, before=True), 1e-3)
    for i, moment in enumerate(when):
        gone = (time <= moment) & (event > 0)
        weight = np.where(gone, 1.0 / own, np.where(time > moment, 1.0 / max(float(share_at(times, left, np.array([moment]))[0]), 1e-3), 0.0))
        yield weight * ((~gone) - shares[:, i]) ** 2


def partial_likelihood(x: np.ndarray, time: np.ndarray, event: np.ndarray, coefficients: np.ndarray) -> float:
    """The log partial likelihood (Efron's ties) of coefficients (p,) on rows x (n, p) that may be other than those fitted on."""
    order = np.argsort(-time, kind="stable")
    ones = np.ones(len(time))
    given = (np.ascontiguousarray(x[order], dtype=np.float64), time[order].astype(np.float64), event[order].astype(np.float64), ones)
    return float(_partial(*given, coefficients)[0])
