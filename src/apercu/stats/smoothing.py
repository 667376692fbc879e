"""Exponential smoothing of many series at once: the dynamic optimised Theta model and a family of ETS models, compiled.

    theta(values, starts, ends, 12, 18)      # (series, 18) means of the next 18 months of each series

Theta (Assimakopoulos & Nikolopoulos 2000, in the state-space form DOTM of Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016): simple
exponential smoothing plus a share of a line that is learned as the series goes on; the initial level, alpha and theta are fitted. ETS
(Hyndman, Koehler, Snyder & Grose 2002): level, damped trend and a season that adds or multiplies, errors always additive; the model of least
corrected AIC is kept. A season of m steps is taken out (Theta) or starts (ETS) as the classical decomposition finds it, where the
autocorrelation at m is significant at 90 %; what its places differ by chance is drawn together (Miller & Williams 2003). Parameters are found by
Nelder and Mead's simplex (1965) inside their bounds.

What it does *not* do: know of missing values (there must be none), of several seasons, or of intervals; those come from a backtest.
"""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

__all__ = ["ets", "profile", "seasonal", "theta"]

EVALUATIONS: Final = 90  # of the loss for each parameter, at most
CLOSE: Final = 1e-5  # relative spread of the simplex's losses at which the search ends
FLOOR: Final = 0.01  # a season that multiplies by less is taken to add instead
STRONG: Final = 1.645  # z of the autocorrelation at the season
MOST: Final = 6  # parameters of the largest model
THETA, LEVEL, TREND = 0, 1, 2  # recursions; a season is told beside


@numba.njit(cache=True, nogil=True)
def seasonal(y: np.ndarray, m: int) -> bool:  # pragma: no cover - compiled
    """Whether y (n,) repeats after m steps: its autocorrelation there against the errors of all before it (Bartlett), at 90 %."""
    n = len(y)
    if m < 2 or n < 2 * m:
        return False
    e = y - y.mean()
    variance = (e * e).sum()
    if variance <= 1e-12 * n * max(1.0, y.mean() ** 2):
        return False
    squares = 0.0
    last = 0.0
    for lag in range(1, m + 1):
        r = (e[lag:] * e[: n - lag]).sum() / variance
        if lag < m:
            squares += r * r
        last = r
    return abs(last) / math.sqrt((1.0 + 2.0 * squares) / n) > STRONG


@numba.njit(cache=True, nogil=True)
def profile(y: np.ndarray, m: int, multiplies: bool) -> np.ndarray:  # pragma: no cover - compiled
    """(m,) what each place of the season adds (mean 0) or multiplies by (mean 1): classical decomposition of y (n,), n >= 2 m, shrunken."""
    n, half = len(y), m // 2
    total, count, squares = np.zeros(m), np.zeros(m), 0.0
    window = y[: 2 * half + 1].sum()
    for t in range(half, n - half):
        if t > half:
            window += y[t + half] - y[t - half - 1]
        middle = window / m if m % 2 else (window - 0.5 * (y[t - half] + y[t + half])) / m
        if multiplies and middle <= 0.0:
            continue
        part = y[t] / middle if multiplies else y[t] - middle
        total[t % m] += part
        squares += part * part
        count[t % m] += 1.0
    out, within, neutral = np.empty(m), squares, 1.0 if multiplies else 0.0
    for k in range(m):
        out[k] = total[k] / count[k] if count[k] > 0.0 else neutral
        within -= out[k] * total[k]
    out = out / out.mean() if multiplies else out - out.mean()
    error = max(within, 0.0) / max(count.sum() - m, 1.0) * m / max(count.sum(), 1.0)  # variance of one place's mean
    return neutral + _kept(((out - neutral) ** 2).sum(), error, m) * (out - neutral)


@numba.njit(cache=True, nogil=True)
def _kept(spread: float, error: float, m: int) -> float:  # pragma: no cover - compiled
    """The share of a season that is kept: its m means scatter by chance too, so they are drawn together (James & Stein 1961)."""
    return max(1.0 - (m - 3.0) * error / spread, 0.0) if spread > 0.0 and m > 3 else 1.0


@numba.njit(cache=True, nogil=True)
def _season_of(y: np.ndarray, m: int) -> tuple[np.ndarray, int]:  # pragma: no cover - compiled
    """(season (m,), 0 none, 1 adds, 2 multiplies)."""
    if not seasonal(y, m):
        return np.zeros(max(m, 1)), 0
    if y.min() > 0.0:
        found = profile(y, m, True)
        if found.min() > FLOOR:
            return found, 2
    return profile(y, m, False), 1


@numba.njit(cache=True, nogil=True)
def _theta_run(x: np.ndarray, y: np.ndarray, steps: int, out: np.ndarray) -> float:  # pragma: no cover - compiled
    """Mean squared error of one-step forecasts from the fourth on; writes `steps` forecasts. x: alpha, 1 - 1/theta, initial level over the mean."""
    alpha, share = x[0], x[1]
    n = len(y)
    scale = np.abs(y).mean() + 1e-300
    level = alpha * y[0] + (1.0 - alpha) * x[2] * scale
    mean, slope, base = y[0], 0.0, y[0]
    fading = 1.0 - alpha  # (1 - alpha) ** i
    expected = y[0]
    loss = 0.0
    for i in range(1, n + steps):
        new = y[i] if i < n else expected
        if i < n and i >= 3:
            loss += (new - expected) ** 2
        level = alpha * new + (1.0 - alpha) * level
        before = mean
        mean = (i * mean + new) / (i + 1.0)
        slope = ((i - 1.0) * slope + 6.0 * (new - before) / (i + 1.0)) / (i + 2.0)
        base = mean - slope * (i + 2.0) / 2.0
        fading *= 1.0 - alpha
        expected = level + share * (base * fading + slope * (1.0 - fading * (1.0 - alpha)) / alpha)
        if n - 1 <= i < n + steps - 1:
            out[i - n + 1] = expected
    if n == 1:
        out[:] = y[0]
    return loss / max(n - 3, 1) / scale / scale


@numba.njit(cache=True, nogil=True)
def _ets_run(
    shape: tuple[int, int], x: np.ndarray, y: np.ndarray, start: np.ndarray, steps: int, out: np.ndarray
) -> float:  # pragma: no cover - compiled
    """Mean squared error of one-step forecasts; writes `steps` forecasts.

    shape: (LEVEL or TREND, 0 no season, 1 adds, 2 multiplies); x: alpha, initial level over the mean, then beta, phi, initial trend over the
    mean, then gamma; start (m,) the initial season.
    """
    kind, season = shape
    n, m = len(y), len(start)
    scale = np.abs(y).mean() + 1e-300
    alpha, level = x[0], x[1] * scale
    beta, phi, trend, used = 0.0, 0.0, 0.0, 2
    if kind == TREND:
        beta, phi, trend, used = x[2] * alpha, x[3], x[4] * scale, 5
    gamma = x[used] * (1.0 - alpha) if season else 0.0
    s = start.copy()
    loss = 0.0
    for t in range(n):
        k = t % m
        before = level + phi * trend
        if season == 2:
            e = y[t] - before * s[k]
            part = e / s[k] if abs(s[k]) > 1e-8 else 0.0
            s[k] += gamma * e / before if abs(before) > 1e-8 * scale else 0.0
        else:
            e = y[t] - before - (s[k] if season else 0.0)
            part = e
            s[k] += gamma * e if season else 0.0
        loss += e * e
        level = before + alpha * part
        trend = phi * trend + beta * part
    for h in range(steps):
        level += phi * trend
        trend *= phi
        k = (n + h) % m
        out[h] = level * s[k] if season == 2 else level + (s[k] if season else 0.0)
    return loss / n / scale / scale if math.isfinite(loss) else 1e300


@numba.njit(cache=True, nogil=True)
def _loss(shape: tuple[int, int], x: np.ndarray, y: np.ndarray, start: np.ndarray, none: np.ndarray) -> float:  # pragma: no cover - compiled
    return _theta_run(x, y, 0, none) if shape[0] == THETA else _ets_run(shape, x, y, start, 0, none)


@numba.njit(cache=True, nogil=True)
def _simplex(
    shape: tuple[int, int], x: np.ndarray, low: np.ndarray, high: np.ndarray, y: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, float]:  # pragma: no cover - compiled
    """(parameters, loss) where the simplex ends; what leaves its bounds is set upon them."""
    d = len(x)
    none = np.empty(0)
    points = np.empty((d + 1, d))
    losses = np.empty(d + 1)
    points[0] = x
    for j in range(d):
        points[j + 1] = x
        step = 0.2 * (high[j] - low[j]) if high[j] - low[j] < 5.0 else 0.25 * max(abs(x[j]), 0.1)
        points[j + 1, j] = x[j] + step if x[j] + step <= high[j] else x[j] - step
    for i in range(d + 1):
        losses[i] = _loss(shape, points[i], y, start, none)
    used = d + 1
    while used < EVALUATIONS * d:
        order = np.argsort(losses)
        best, worst, second = order[0], order[d], order[d - 1]
        if losses[worst] - losses[best] <= CLOSE * (abs(losses[best]) + 1e-12):
            break
        centre = np.zeros(d)
        for i in range(d + 1):
            for j in range(d):
                centre[j] += points[i, j] / d if i != worst else 0.0
        trial = _between(centre, points[worst], -1.0, low, high)
        reflected = _loss(shape, trial, y, start, none)
        used += 2
        if losses[best] <= reflected < losses[second]:
            points[worst], losses[worst] = trial, reflected
            continue
        if reflected < losses[best]:
            other = _between(centre, points[worst], -2.0, low, high)
        else:
            other = _between(centre, trial if reflected < losses[worst] else points[worst], 0.5, low, high)
        tried = _loss(shape, other, y, start, none)
        if tried < min(reflected, losses[worst]):
            points[worst], losses[worst] = other, tried
        elif reflected < losses[best]:
            points[worst], losses[worst] = trial, reflected
        else:
            _shrunk(shape, points, losses, y, start)
            used += d
    best = np.argmin(losses)
    return points[best].copy(), losses[best]


@numba.njit(cache=True, nogil=True)
def _between(centre: np.ndarray, point: np.ndarray, share: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:  # pragma: no cover - compiled
    """The point that lies `share` of the way from the centre to a point, inside the bounds."""
    out = np.empty(len(centre))
    for j in range(len(centre)):
        out[j] = min(max(centre[j] + share * (point[j] - centre[j]), low[j]), high[j])
    return out


@numba.njit(cache=True, nogil=True)
def _shrunk(shape: tuple[int, int], points: np.ndarray, losses: np.ndarray, y: np.ndarray, start: np.ndarray) -> None:  # pragma: no cover - compiled
    """Every point halfway to the best."""
    best = np.argmin(losses)
    for i in range(len(points)):
        if i != best:
            for j in range(points.shape[1]):
                points[i, j] = 0.5 * (points[best, j] + points[i, j])
            losses[i] = _loss(shape, points[i], y, start, np.empty(0))


@numba.njit(cache=True, nogil=True)
def _smoothed(season: np.ndarray, width: int, multiplies: bool) -> np.ndarray:  # pragma: no cover - compiled
    """The season's running mean over `width` places, round the cycle."""
    m = len(season)
    out = np.empty(m)
    for k in range(m):
        total = 0.0
        for j in range(-(width // 2), width // 2 + 1):
            total += season[(k + j) % m]
        out[k] = total / (2 * (width // 2) + 1)
    return out / out.mean() if multiplies else out - out.mean()


@numba.njit(cache=True, nogil=True)
def _without(y: np.ndarray, season: np.ndarray, kind: int) -> np.ndarray:  # pragma: no cover - compiled
    out = y.copy()
    for t in range(len(y) if kind else 0):
        k = t % len(season)
        out[t] = y[t] / season[k] if kind == 2 else y[t] - season[k]
    return out


@numba.njit(cache=True, nogil=True)
def _put_back(out: np.ndarray, n: int, season: np.ndarray, kind: int) -> None:  # pragma: no cover - compiled
    for h in range(len(out) if kind else 0):
        k = (n + h) % len(season)
        out[h] = out[h] * season[k] if kind == 2 else out[h] + season[k]


@numba.njit(cache=True, nogil=True)
def theta(values: np.ndarray, starts: np.ndarray, ends: np.ndarray, m: int, steps: int, longer: int) -> np.ndarray:  # pragma: no cover - compiled
    """(series, steps) means of the dynamic optimised Theta model. Series i is values[starts[i]:ends[i]], at least one value; m: the season or 1.

    longer: a second, longer season, or 0 (a week of hours, a year of days) that is taken out first; smoothed where it holds no whole number of m.
    """
    out = np.empty((len(starts), steps))
    low, high = np.array([0.1, 0.0, -1e3]), np.array([0.99, 1.0 - 1e-10, 1e3])
    none = np.zeros(1)
    for i in range(len(starts)):
        y = values[starts[i] : ends[i]]
        if len(y) < 4 or y.max() - y.min() <= 1e-12 * (np.abs(y).max() + 1e-300):
            out[i] = y[-1]
            continue
        outer, outer_kind = _season_of(y, longer)
        if outer_kind and longer % m:
            outer = _smoothed(outer, longer // 24, outer_kind == 2)
        inner = _without(y, outer, outer_kind)
        season, kind = _season_of(inner, m)
        plain = _without(inner, season, kind)
        x = np.array([0.5, 0.5, 0.5 * plain[0] / (np.abs(plain).mean() + 1e-300)])
        x, _ = _simplex((THETA, 0), x, low, high, plain, none)
        _theta_run(x, plain, steps, out[i])
        _put_back(out[i], len(y), season, kind)
        _put_back(out[i], len(y), outer, outer_kind)
    return out


@numba.njit(cache=True, nogil=True)
def ets(values: np.ndarray, starts: np.ndarray, ends: np.ndarray, m: int, steps: int) -> np.ndarray:  # pragma: no cover - compiled
    """(series, steps) means of the ETS model of least corrected AIC; arguments as in `theta`."""
    out = np.empty((len(starts), steps))
    made = np.empty(steps)
    for i in range(len(starts)):
        y = values[starts[i] : ends[i]]
        n = len(y)
        if n < 4 or y.max() - y.min() <= 1e-12 * (np.abs(y).max() + 1e-300):
            out[i] = y[-1]
            continue
        scale = np.abs(y).mean()
        _, kind = _season_of(y, m)
        best = np.inf
        for season in range(min(kind, 1), kind + 1):
            start = profile(y, m, season == 2) if season else np.zeros(1)
            first = np.empty(min(n, max(10, m)))
            for t in range(len(first)):
                first[t] = y[t] / start[t % m] if season == 2 else y[t] - (start[t % m] if season else 0.0)
            for trend in (LEVEL, TREND):
                free = (2 if trend == LEVEL else 5) + (1 if season else 0)
                told = free + 1 + (m - 1 if season else 0)
                if n <= told + 2:
                    continue
                x, low, high = _bounds(trend, season > 0, first, scale)
                x, loss = _simplex((trend, season), x, low, high, y, start)
                criterion = n * math.log(max(loss, 1e-300)) + 2.0 * told + 2.0 * told * (told + 1.0) / (n - told - 1.0)
                if criterion < best:
                    best = criterion
                    _ets_run((trend, season), x, y, start, steps, made)
                    out[i] = made
        if best == np.inf:
            out[i] = y[-1]
    return out


@numba.njit(cache=True, nogil=True)
def _bounds(trend: int, season: bool, first: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # pragma: no cover - compiled
    """(start, least, most) of the parameters of `_ets_run`; first: the beginning of the series without its season."""
    k = len(first)
    place = np.arange(k) - 0.5 * (k - 1.0)
    slope = (place * first).sum() / max((place * place).sum(), 1e-300)
    level = first.mean() - slope * 0.5 * (k + 1.0) if trend == TREND else first.mean()
    x, low, high = np.empty(MOST), np.empty(MOST), np.empty(MOST)
    x[0], low[0], high[0] = 0.3, 1e-4, 0.9999
    x[1], low[1], high[1] = level / scale, -1e3, 1e3
    used = 2
    if trend == TREND:
        x[2], low[2], high[2] = 0.1, 1e-4, 0.9999
        x[3], low[3], high[3] = 0.95, 0.8, 0.98
        x[4], low[4], high[4] = slope / scale, -1e3, 1e3
        used = 5
    if season:
        x[used], low[used], high[used] = 0.05, 1e-4, 0.9999
        used += 1
    return x[:used].copy(), low[:used].copy(), high[:used].copy()
