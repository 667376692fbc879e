"""Coefficients of what moves along a clock, judged without trusting that rows, blocks of rows or neighbours in time are independent.

A coefficient b = u'x / u'u (u: the regressor after all others are taken out of it) has one influence u e / u'u per row, e its residual. Its
error is the root of a sum of squares of influences: of rows (White 1980), of blocks of rows that belong together (Liang & Zeger 1986), and of
whole stretches of the clock, inflated by what they remember of each other (Driscoll & Kraay 1998). Influences are divided by 1 - leverage (the
jackknife; MacKinnon & White 1985), and Student's t gets as many degrees of freedom as there are effective rows, blocks or stretches (Carter,
Schnepel & Steigerwald 2017), fewer where stretches remember. The largest of the p-values and the widest of the intervals count, so no
dependence makes a finding.

| function | null hypothesis | assumes | broken by |
|---|---|---|---|
| `line`, `interaction`, `step` | the coefficient is 0 | a memory that fades within a sixth of the time | a walk that never returns: told too often |
| `judged` | as above, of any coefficient | as above | as above |
| `burst` | a window has as many events as other periods | the same scatter inside and outside | events that come in a few large lumps |
| `recurring` | a part of the calendar is like the others | cycles that are alike but for chance | two cycles that happen to agree |
| `poisson_tail` | a window has its share of the events | independent events | counts that scatter more; `judged` is for those |

What it does *not* do: forecast, or find where something changes; it judges one coefficient that was chosen elsewhere.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from scipy.special import bdtr, bdtrc, stdtr, stdtrit

from .tests import Contrast

__all__ = ["Line", "burst", "interaction", "judged", "line", "memory", "poisson_tail", "recurring", "step", "stretches"]

FEW: Final = 12  # rows, below which nothing is said
PERIODS: Final = 6  # stretches, below which nothing can be known of their memory
STRETCHES: Final = (12, 120)  # least and most stretches that a clock is cut into
HELD: Final = 8  # rows of a stretch on average
MANY: Final = 10  # cycles, from which their own scatter is known
STRONGEST: Final = 0.97  # autocorrelation beyond which nothing more is learned
LAGS: Final = 6  # a memory of up to one stretch in LAGS is looked for
LONGEST: Final = 24  # and of no more stretches than so many


class Line(NamedTuple):
    """A fitted line: its value where the clock is 0 and where it is 1, and what was judged of the difference."""

    base: float
    value: float
    contrast: Contrast


def stretches(t: np.ndarray, held: int = HELD) -> np.ndarray:
    """(n,) int: the clock's positions t (n,) cut into equal stretches, about `held` rows each; what happens within one may depend on itself."""
    if not len(t):
        return np.zeros(0, dtype=np.int64)
    low, length = float(t.min()), float(np.ptp(t))
    k = int(np.clip(len(t) // held, *STRETCHES))
    return np.minimum(((t - low) / max(length, 1e-300) * k).astype(np.int64), k - 1) if length > 0.0 else np.zeros(len(t), dtype=np.int64)


def line(t: np.ndarray, x: np.ndarray, blocks: np.ndarray | None = None, level: float = 0.95, *, held: int = HELD) -> Line:
    """Least squares of x (n,) on the clock t (n,); blocks (n,) int numbers rows that belong together besides. held: see `stretches`."""
    if len(t) < FEW or float(np.ptp(t)) == 0.0:
        return Line(0.0, 0.0, _unknown(0.0))
    u = t - t.mean()
    slope = float(u @ x) / float(u @ u)
    base = float(x.mean()) - slope * float(t.mean())
    e = x - base - slope * t
    return Line(base, base + slope, judged(slope, u, e, stretches(t, held), blocks, level))


def interaction(t: np.ndarray, x: np.ndarray, member: np.ndarray, blocks: np.ndarray | None = None, level: float = 0.95) -> Contrast:
    """How much faster x rises among members (n,) bool than among others of the same time; what all rows of one time share cancels out."""
    if len(t) < FEW or not member.any() or member.all():
        return _unknown(0.0)
    periods = stretches(t)
    place, count = _numbered(periods)
    inside = _within(member.astype(np.float64), place, count)
    faster = _within(np.where(member, t - t[member].mean(), 0.0), place, count)
    y = _within(x, place, count)
    share = float(inside @ inside)
    if share == 0.0:
        return _unknown(0.0)
    u = faster - inside * (float(inside @ faster) / share)
    length = float(u @ u)
    if length <= 1e-12 * max(float(faster @ faster), 1e-300):
        return _unknown(0.0)
    slope = float(u @ y) / length
    e = y - inside * (float(inside @ y) / share) - u * slope
    return judged(slope, u, e, periods, blocks, level)


def step(t: np.ndarray, x: np.ndarray, member: np.ndarray, blocks: np.ndarray | None = None, level: float = 0.95) -> Contrast:
    """Mean of x among members (n,) bool minus the mean of all others; t (n,) is the clock."""
    if len(x) < FEW or not member.any() or member.all():
        return _unknown(0.0)
    gap = float(x[member].mean() - x[~member].mean())
    e = x - np.where(member, x[member].mean(), x[~member].mean())
    return judged(gap, member - float(member.mean()), e, stretches(t), blocks, level)


def burst(y: np.ndarray, member: np.ndarray, places: np.ndarray, level: float = 0.95) -> Contrast:
    """Mean of the numbers of events y (k,) in a window of periods, member (k,) bool, minus that of the other periods, at places (k,) int.

    What the window scatters is learned from the others (a window may be one period): their variance over their mean, at least 1 as if events
    were independent, times the larger of both means. The larger p of that t-test and of the exact share of events counts.
    """
    inside, k = int(member.sum()), len(y)
    others = k - inside
    if inside == 0 or others < PERIODS:
        return _unknown(0.0)
    value, base = float(y[member].mean()), float(y[~member].mean())
    gap, top = value - base, max(value, base)
    if top == 0.0:
        return _unknown(0.0)
    e = y[~member] - base
    scatter = max(1.0, float(e @ e) / (others - 1) / base) if base > 0 else 1.0
    kept = memory(e, np.full(others, 1.0 / others), places[~member])
    error = math.sqrt(scatter * kept * (top / inside + base / others))
    judge = _worst(gap, [(error, max((others - 1) / kept, 1.0))], level)
    total = round(float(y.sum()))
    exact = poisson_tail(round(value * inside), total, inside / k, more=gap > 0)
    return judge._replace(p=max(judge.p, min(1.0, 2 * exact)), tail=max(judge.tail, exact), method="t of a burst and exact share")


def recurring(y: np.ndarray, member: np.ndarray, cycle: np.ndarray, part: np.ndarray, level: float = 0.95) -> tuple[Contrast, int, float]:
    """(how y (m,) of the members differs from that of all others of the same cycle; how many cycles have both; the share that agree in sign).

    cycle (m,) int numbers the weeks, years or days of a calendar, part (m,) int the part of the cycle. From MANY cycles on, the scatter of the
    differences judges; below, that of all parts around their cycle: then every cycle must agree, and what is left without the strongest one
    must still stand, since what happens once does not recur.
    """
    place, k = _numbered(cycle)
    n, n_in = np.bincount(place, minlength=k).astype(float), np.bincount(place, member, k)
    usable = (n_in > 0) & (n_in < n)
    if int(usable.sum()) < 2:
        return _unknown(0.0), int(usable.sum()), 0.0
    s, s_in = np.bincount(place, y, k), np.bincount(place, np.where(member, y, 0.0), k)
    d = np.where(usable, s_in / np.maximum(n_in, 1) - (s - s_in) / np.maximum(n - n_in, 1), 0.0)
    weight = np.where(usable, n_in * (n - n_in) / n, 0.0)
    weight /= weight.sum()
    gap, cycles = float(weight @ d), int(usable.sum())
    agree = float(np.mean(np.sign(d[usable]) == np.sign(gap)))
    names = np.unique(cycle)
    if cycles >= MANY:
        sums = (weight * (d - gap))[usable]
        kept = memory(sums, weight[usable] ** 2, names[usable])
        error, freedom = _error(sums, weight[usable], weight[usable])
        return _worst(gap, [(error * math.sqrt(kept), max((freedom + 1) / kept - 1, 1.0))], level), cycles, agree
    cells, count = _numbered(place * (int(part.max()) - int(part.min()) + 1) + part - int(part.min()))
    filled = np.bincount(cells, minlength=count)
    left = (s - s_in) / np.maximum(n - n_in, 1)
    e = np.bincount(cells, y - np.where(usable, left, s / np.maximum(n, 1))[place] - gap * member, count) / filled
    inside = np.bincount(cells, member, count) / filled
    within = np.bincount(cells, usable[place], count) > 0
    freedom = int(within.sum()) - cycles - 1
    if freedom < PERIODS:
        return _unknown(gap), cycles, agree
    e, hit = e[within], inside[within] > 0.5
    scatter = float(e @ e) / freedom * memory(e, np.full(len(e), 1.0 / len(e)), np.arange(len(e)))
    hits, others = max(int(hit.sum()), 1), max(int((~hit).sum()), 1)
    whole = _worst(gap, [(math.sqrt(scatter * (1 / hits + 1 / others)), float(freedom))], level)
    if agree < 1.0:
        return whole._replace(p=1.0, tail=1.0), cycles, agree
    left_out = np.delete(d[usable], np.argmax(np.abs(d[usable])))
    share = (cycles - 1) / cycles
    rest = _worst(float(left_out.mean()), [(math.sqrt(scatter * (1 / hits + 1 / others) / share), float(freedom))], level)
    return whole._replace(p=max(whole.p, rest.p), tail=max(whole.tail, rest.tail)), cycles, agree


def judged(value: float, u: np.ndarray, e: np.ndarray, periods: np.ndarray, blocks: np.ndarray | None = None, level: float = 0.95) -> Contrast:
    """A coefficient `value` whose regressor, without all others, is u (n,) and whose residuals are e (n,): the most doubtful of three errors."""
    length = float(u @ u)
    if len(u) < FEW or length <= 0.0 or not math.isfinite(length):
        return _unknown(value)
    square, influence = u * u / length, u * e / length
    errors = [_error(influence, square + 1.0 / len(u), square)]
    place, count = _numbered(periods)
    if count < PERIODS:
        return _unknown(value)
    sums, leverage = np.bincount(place, influence, count), np.bincount(place, square, count)
    error, freedom = _error(sums, leverage + np.bincount(place, minlength=count) / len(u), leverage)
    inflated = memory(sums, leverage, np.unique(periods))
    errors.append((error * math.sqrt(inflated), max((freedom + 1.0) / inflated - 1.0, 1.0)))
    if blocks is not None:
        block, number = _numbered(blocks)
        held = np.bincount(block, square, number)
        errors.append(_error(np.bincount(block, influence, number), held + np.bincount(block, minlength=number) / len(u), held))
    return _worst(value, errors, level)


def memory(sums: np.ndarray, leverage: np.ndarray, places: np.ndarray) -> float:
    """By how much neighbouring periods that resemble each other inflate the variance of a sum of their influences; at least 1.

    sums (k,) influence of each period, leverage (k,) its share of the regressor's squares, places (k,) int where it stands. The larger of two
    estimates: of a memory that fades at a steady rate (AR(1)), and of any that fades within k / LAGS periods (Newey & West 1987). Each
    autocorrelation is raised by what taking out a line lowers it on average.
    """
    k = len(sums)
    used = leverage > 0
    if int(used.sum()) < PERIODS:
        return 1.0
    weight = np.sqrt(np.where(used, leverage, 0.0))
    plain = np.where(used, sums / np.where(used, weight, 1.0), 0.0)
    apart = places[None, :] - places[:, None]
    variance = float(plain @ plain) / int(used.sum())
    if variance == 0.0:
        return 1.0
    products = np.outer(plain, plain)

    def resembled(lag: int) -> float:
        pairs = (apart == lag) & used[None, :] & used[:, None]
        many = int(pairs.sum())
        if many < PERIODS - 1:
            return 0.0
        return (float(products[pairs].sum()) / many / variance + 2.0 / k) / (1.0 - 4.0 / max(k, 8))

    steady = min(max(resembled(1), 0.0), 1.0)
    steady = min(
        steady * (1.0 + math.sqrt((1.0 - steady * steady) / k)), STRONGEST
    )  # a standard error more where there is a memory to be wrong about
    mass = float(weight @ weight)
    fading = float(weight @ (steady ** np.abs(apart)) @ weight) / mass
    lags = min(max(2, k // LAGS), LONGEST)
    window = sum(2.0 * (1.0 - h / (lags + 1.0)) * float(weight @ ((apart == h) * min(resembled(h), 1.0)) @ weight) for h in range(1, lags + 1))
    return max(1.0, fading, 1.0 + window / mass)


def poisson_tail(events: int, total: int, share: float, *, more: bool) -> float:
    """P of so many of `total` events, or more (fewer), in a window that holds `share` of the time, when they fall anywhere alike."""
    if total <= 0 or not 0.0 < share < 1.0:
        return 1.0
    if more:
        return 1.0 if events <= 0 else float(bdtrc(events - 1, total, share))
    return float(bdtr(events, total, share))


def _error(influence: np.ndarray, leverage: np.ndarray, square: np.ndarray) -> tuple[float, float]:
    """(standard error, degrees of freedom) from jackknifed influences of rows, blocks or periods; square: each one's share of the regressor."""
    left = np.maximum(1.0 - leverage, 0.05)
    return float(np.linalg.norm(influence / left)), max(1.0 / max(float(square @ square), 1e-300) - 1.0, 0.0)


def _worst(value: float, errors: list[tuple[float, float]], level: float) -> Contrast:
    p, tail, half = 0.0, 0.0, 0.0
    for error, freedom in errors:
        if freedom < 1.0:
            return _unknown(value)
        if error == 0.0:
            p, tail = max(p, 0.0 if value else 1.0), max(tail, 0.0 if value else 1.0)
            continue
        one = float(stdtr(freedom, -abs(value) / error))
        p, tail = max(p, 2 * one), max(tail, one)
        half = max(half, float(stdtrit(freedom, 0.5 + level / 2)) * error)
    return Contrast(value, value - half, value + half, min(p, 1.0), "robust t of a slope", tail)


def _unknown(value: float) -> Contrast:
    return Contrast(value, -math.inf, math.inf, 1.0, "too few rows")


def _numbered(groups: np.ndarray) -> tuple[np.ndarray, int]:
    names, place = np.unique(groups, return_inverse=True)
    return place, len(names)


def _within(x: np.ndarray, place: np.ndarray, count: int) -> np.ndarray:
    """Deviations of x from its mean in each stretch."""
    return x - (np.bincount(place, x, count) / np.maximum(np.bincount(place, minlength=count), 1))[place]
