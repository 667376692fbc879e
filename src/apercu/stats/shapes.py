"""Additive shapes boosted in turn: one step function per term and round, so that no term takes what its neighbours could say as well.

Cyclic gradient boosting on binned columns (Lou, Caruana & Gehrke 2012; Nori et al. 2019): every round visits every term once, looks at the
gradient summed in its bins, and adds a small step to the term's shape. A step is two cuts of an ordered column, a shrunken Newton step per level
of a nominal one, and the best four quadrants of a pair (Lou et al. 2013). A row is passed over once per term: odds are multiplied by the step's
exponential, so no exponential is taken per row.

    rounds, shapes = boosted(codes, terms, truth, (weights, trained), start, settings)

Losses: logistic (one output), softmax (k outputs), squared (one output). `gains` ranks pairs by the best quadrants of what is left over.
What it does not do: bins, bags, choosing pairs and saying when a gain is more than chance, which are the caller's.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

__all__ = ["ORDERED", "NOMINAL", "PAIRED", "Settings", "Terms", "boosted", "gains"]

ORDERED: Final = 0  # bins in their order; bin 0 is what is missing and stands for itself
NOMINAL: Final = 1
PAIRED: Final = 2
LOGISTIC: Final = 0
SOFTMAX: Final = 1
SQUARED: Final = 2
MOST_ODDS: Final = 1e12


class Terms(NamedTuple):
    """t terms. kind (t,) int64 one of ORDERED, NOMINAL, PAIRED; high, wide (t,) int64: bins of the first and second side (high is 1 but for pairs);
    direction (t,) int64: 1 for a shape that may only rise with its bins, -1 only fall, 0 free (ordered terms alone).
    """

    kind: np.ndarray
    high: np.ndarray
    wide: np.ndarray
    direction: np.ndarray


class Settings(NamedTuple):
    """rate: share of a Newton step that is taken; ridge: added to every summed curvature; least: weight of rows on either side of a cut;
    rounds: most visits of each term; stale: visits without a gain on the watched rows before it stops (0: never).
    """

    loss: int
    rate: float
    ridge: float
    least: float
    rounds: int
    stale: int


def boosted(
    codes: np.ndarray, terms: Terms, truth: np.ndarray, weights: np.ndarray, split: int, start: np.ndarray, settings: Settings
) -> tuple[int, float, np.ndarray]:
    """(rounds used, loss of the watched rows there, shapes (t, k, high * wide at most)).

    codes (t, n) uint16: the bin of each row in each term (high * wide of a pair, row by row); truth (n,) numbers, 0 and 1, or classes;
    weights (n,); rows before `split` are learned from and those after it are watched; start (n, k) what is predicted so far.
    """
    cells = int((terms.high * terms.wide).max()) if len(terms.kind) else 1
    shapes = np.zeros((len(terms.kind), start.shape[1], cells))
    best = np.zeros_like(shapes)
    held = np.zeros((len(terms.kind), cells))
    for t, code in enumerate(codes):
        held[t] = np.bincount(code[:split], weights[:split], minlength=cells)
    columns = (terms.kind, terms.high, terms.wide, terms.direction)
    numbers = (settings.loss, settings.rate, settings.ridge, settings.least, settings.rounds, settings.stale)
    used, loss = _boosted(codes, columns, (truth, weights, split), start.copy(), numbers, held, (shapes, best))
    return int(used), float(loss), best


@numba.njit(cache=True, nogil=True)
def _boosted(
    codes: np.ndarray,
    terms: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    told: tuple[np.ndarray, np.ndarray, int],
    raw: np.ndarray,
    settings: tuple[int, float, float, float, int, int],
    held: np.ndarray,
    filled: tuple[np.ndarray, np.ndarray],
) -> tuple[int, float]:  # pragma: no cover - compiled
    """As `boosted`; told = (truth, weights, split), raw what is predicted so far (odds are kept in it), filled = (shapes, shapes at the best)."""
    shapes, best = filled
    loss, _, _, _, rounds, stale = settings
    t, k = len(codes), raw.shape[1]
    if loss != SQUARED:
        raw[:] = np.exp(raw)  # odds from here on
    slope, curve = np.zeros((k, shapes.shape[2])), np.zeros((k, shapes.shape[2]))
    step = np.zeros((k, shapes.shape[2]))
    factor = np.ones((k, shapes.shape[2]))
    least, used = _watched(loss, told, raw), 0
    first = least
    for turn in range(rounds):
        for j in range(t):
            size = terms[1][j] * terms[2][j]
            _gathered(loss, codes[j], told, raw, slope, curve, size)
            for c in range(k):
                _step(terms, j, slope[c], curve[c], held[j], settings, step[c])
            for c in range(k):
                for b in range(size):
                    shapes[j, c, b] += step[c, b]
                    factor[c, b] = step[c, b] if loss == SQUARED else np.exp(step[c, b])
            _moved(loss, codes[j], raw, factor)
        if stale == 0:
            continue
        now = _watched(loss, told, raw)
        if now < least - 1e-6 * abs(first):
            least, used = now, turn + 1
            best[:] = shapes
        elif turn + 1 - used >= stale:
            break
    if stale == 0:
        best[:] = shapes
        return rounds, _watched(loss, told, raw)
    return used, least


@numba.njit(cache=True, nogil=True)
def _gathered(
    loss: int, code: np.ndarray, told: tuple[np.ndarray, np.ndarray, int], raw: np.ndarray, slope: np.ndarray, curve: np.ndarray, size: int
) -> None:  # pragma: no cover - compiled
    """Sums gradient and curvature of the first `split` rows in the bins of one term."""
    truth, weights, split = told
    k = raw.shape[1]
    slope[:, :size] = 0.0
    curve[:, :size] = 0.0
    if loss == LOGISTIC:
        for i in range(split):
            p = raw[i, 0] / (1.0 + raw[i, 0])
            slope[0, code[i]] += weights[i] * (truth[i] - p)
            curve[0, code[i]] += weights[i] * p * (1.0 - p)
    elif loss == SQUARED:
        for i in range(split):
            slope[0, code[i]] += weights[i] * (truth[i] - raw[i, 0])
            curve[0, code[i]] += weights[i]
    else:
        for i in range(split):
            total = 0.0
            for c in range(k):
                total += raw[i, c]
            for c in range(k):
                p = raw[i, c] / total
                slope[c, code[i]] += weights[i] * ((1.0 if truth[i] == c else 0.0) - p)
                curve[c, code[i]] += weights[i] * p * (1.0 - p)


@numba.njit(cache=True, nogil=True)
def _moved(loss: int, code: np.ndarray, raw: np.ndarray, factor: np.ndarray) -> None:  # pragma: no cover - compiled
    n, k = raw.shape
    if loss == SQUARED:
        for i in range(n):
            raw[i, 0] += factor[0, code[i]]
    else:
        for i in range(n):
            for c in range(k):
                raw[i, c] = min(max(raw[i, c] * factor[c, code[i]], 1.0 / MOST_ODDS), MOST_ODDS)


@numba.njit(cache=True, nogil=True)
def _watched(loss: int, told: tuple[np.ndarray, np.ndarray, int], raw: np.ndarray) -> float:  # pragma: no cover - compiled
    """The mean loss of the rows from `split` on."""
    truth, weights, split = told
    total, weight = 0.0, 0.0
    for i in range(split, len(truth)):
        if loss == LOGISTIC:
            one = np.log(1.0 + raw[i, 0]) - truth[i] * np.log(raw[i, 0])
        elif loss == SQUARED:
            one = (truth[i] - raw[i, 0]) ** 2
        else:
            one = np.log(raw[i].sum()) - np.log(raw[i, int(truth[i])])
        total += weights[i] * one
        weight += weights[i]
    return total / weight if weight > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def _step(
    terms: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    j: int,
    slope: np.ndarray,
    curve: np.ndarray,
    held: np.ndarray,
    settings: tuple[int, float, float, float, int, int],
    step: np.ndarray,
) -> None:  # pragma: no cover - compiled
    """Fills `step` with what one visit adds to the shape of term j."""
    rate, ridge, least = settings[1], settings[2], settings[3]
    high, wide = terms[1][j], terms[2][j]
    if terms[0][j] == NOMINAL:
        for b in range(wide):
            step[b] = rate * slope[b] / (curve[b] + ridge)
    elif terms[0][j] == ORDERED:
        step[0] = rate * slope[0] / (curve[0] + ridge)
        step[1:wide] = 0.0
        _cuts(slope, curve, held, wide, (rate, ridge, least), terms[3][j], step)
    else:
        best, row, column = _quadrants(slope, curve, held, high, wide, ridge, least)
        step[: high * wide] = 0.0
        if best > 0:
            _filled(slope, curve, (high, wide), (row, column), (rate, ridge), step)


@numba.njit(cache=True, nogil=True)
def _cuts(
    slope: np.ndarray,
    curve: np.ndarray,
    held: np.ndarray,
    wide: int,
    numbers: tuple[float, float, float],
    direction: int,
    step: np.ndarray,
) -> None:  # pragma: no cover - compiled
    """One cut of bins 1..wide, then the better cut of its two sides: at most three pieces."""
    rate, ridge, least = numbers
    gain, at = _cut(slope, curve, held, (1, wide), (ridge, least), direction)
    if gain == 0:
        at = wide
    left, cut_left = _cut(slope, curve, held, (1, at), (ridge, least), direction)
    right, cut_right = _cut(slope, curve, held, (at, wide), (ridge, least), direction)
    third = min(cut_left, at) if left > 0 and left >= right else (cut_right if right > 0 else at)
    _pieces(slope, curve, (1, min(at, third), max(at, third), wide), rate, ridge, step)
    if direction != 0 and not _runs(step, wide, direction):  # the third piece lies across the others
        _pieces(slope, curve, (1, at, at, wide), rate, ridge, step)


@numba.njit(cache=True, nogil=True)
def _pieces(
    slope: np.ndarray, curve: np.ndarray, edges: tuple[int, int, int, int], rate: float, ridge: float, step: np.ndarray
) -> None:  # pragma: no cover - compiled
    for p in range(3):
        g, h = 0.0, 0.0
        for b in range(edges[p], edges[p + 1]):
            g += slope[b]
            h += curve[b]
        for b in range(edges[p], edges[p + 1]):
            step[b] = rate * g / (h + ridge)


@numba.njit(cache=True, nogil=True)
def _runs(step: np.ndarray, wide: int, direction: int) -> bool:  # pragma: no cover - compiled
    return bool((direction * np.diff(step[1:wide]) >= 0).all())


@numba.njit(cache=True, nogil=True)
def _cut(
    slope: np.ndarray, curve: np.ndarray, held: np.ndarray, bins: tuple[int, int], numbers: tuple[float, float], direction: int
) -> tuple[float, int]:  # pragma: no cover - compiled
    """(gain, first bin of the right side) of the best cut of bins low..high - 1 that rises as it may; (0, low) where there is none."""
    (low, high), (ridge, least) = bins, numbers
    g, h, w = 0.0, 0.0, 0.0
    for b in range(low, high):
        g += slope[b]
        h += curve[b]
        w += held[b]
    whole = g * g / (h + ridge)
    best, at = 0.0, low
    gl, hl, wl = 0.0, 0.0, 0.0
    for b in range(low, high - 1):
        gl += slope[b]
        hl += curve[b]
        wl += held[b]
        if wl < least or held[b] == 0.0:
            continue
        if w - wl < least:
            break
        left, right = gl / (hl + ridge), (g - gl) / (h - hl + ridge)
        if direction != 0 and direction * (right - left) < 0:
            continue
        gain = gl * left + (g - gl) * right - whole
        if gain > best:
            best, at = gain, b + 1
    return best, at


@numba.njit(cache=True, nogil=True)
def _quadrants(
    slope: np.ndarray, curve: np.ndarray, held: np.ndarray, high: int, wide: int, ridge: float, least: float
) -> tuple[float, int, int]:  # pragma: no cover - compiled
    """(gain over no step, first row, first column of the far quadrant) of the best four quadrants of a table (high * wide,), row by row."""
    g, h, w = np.zeros((high + 1, wide + 1)), np.zeros((high + 1, wide + 1)), np.zeros((high + 1, wide + 1))
    for a in range(high):
        ga, ha, wa = 0.0, 0.0, 0.0
        for b in range(wide):
            c = a * wide + b
            ga += slope[c]
            ha += curve[c]
            wa += held[c]
            g[a + 1, b + 1] = g[a, b + 1] + ga
            h[a + 1, b + 1] = h[a, b + 1] + ha
            w[a + 1, b + 1] = w[a, b + 1] + wa
    best, row, column = 0.0, 0, 0
    gt, ht, wt = g[high, wide], h[high, wide], w[high, wide]
    for a in range(1, high):
        ga, ha, wa = g[a, wide], h[a, wide], w[a, wide]
        if wa < 2 * least or wt - wa < 2 * least:
            continue
        for b in range(1, wide):
            w00 = w[a, b]
            w01, w10 = wa - w00, w[high, b] - w00
            if w00 < least or w01 < least or w10 < least or wt - w00 - w01 - w10 < least:
                continue
            g00, h00 = g[a, b], h[a, b]
            g01, h01, g10, h10 = ga - g00, ha - h00, g[high, b] - g00, h[high, b] - h00
            g11, h11 = gt - g00 - g01 - g10, ht - h00 - h01 - h10
            gain = g00 * g00 / (h00 + ridge) + g01 * g01 / (h01 + ridge) + g10 * g10 / (h10 + ridge) + g11 * g11 / (h11 + ridge)
            if gain > best:
                best, row, column = gain, a, b
    return best, row, column


@numba.njit(cache=True, nogil=True)
def _filled(
    slope: np.ndarray, curve: np.ndarray, sides: tuple[int, int], at: tuple[int, int], numbers: tuple[float, float], step: np.ndarray
) -> None:  # pragma: no cover - compiled
    (high, wide), (row, column), (rate, ridge) = sides, at, numbers
    for top in range(2):
        for left in range(2):
            rows = (0, row) if top == 0 else (row, high)
            columns = (0, column) if left == 0 else (column, wide)
            g, h = 0.0, 0.0
            for a in range(rows[0], rows[1]):
                for b in range(columns[0], columns[1]):
                    g += slope[a * wide + b]
                    h += curve[a * wide + b]
            for a in range(rows[0], rows[1]):
                for b in range(columns[0], columns[1]):
                    step[a * wide + b] = rate * g / (h + ridge)


@numba.njit(cache=True, nogil=True)
def gains(
    codes: np.ndarray, sizes: np.ndarray, slope: np.ndarray, curve: np.ndarray, weights: np.ndarray, least: float
) -> np.ndarray:  # pragma: no cover - compiled
    """(d, d) what the best four quadrants of each two columns gain over the shapes of each alone, in the upper triangle.

    codes (d, n) uint8 into `sizes` bins; slope, curve (n,) gradient and curvature of what is left over; least: weight of a quadrant. The gain
    is a likelihood ratio statistic (twice the gain of log-likelihood), less what the rows and the columns of the quadrants gain by themselves.
    """
    d, n = codes.shape
    most = int(sizes.max()) if d else 1
    found = np.zeros((d, d))
    g, h, w = np.empty(most * most), np.empty(most * most), np.empty(most * most)
    for i in range(d):
        for j in range(i + 1, d):
            high, wide = int(sizes[i]), int(sizes[j])
            g[: high * wide] = 0.0
            h[: high * wide] = 0.0
            w[: high * wide] = 0.0
            for r in range(n):
                c = codes[i, r] * wide + codes[j, r]
                g[c] += slope[r]
                h[c] += curve[r]
                w[c] += weights[r]
            best, row, column = _quadrants(g, h, w, high, wide, 1.0, least)
            if best > 0:
                found[i, j] = best - _alone(g, h, high, wide, row, column)
    return found


@numba.njit(cache=True, nogil=True)
def _alone(g: np.ndarray, h: np.ndarray, high: int, wide: int, row: int, column: int) -> float:  # pragma: no cover - compiled
    """What the two halves of the rows, or of the columns, gain by themselves, whichever is more."""
    sides = np.zeros((4, 2))
    for a in range(high):
        for b in range(wide):
            c = a * wide + b
            one, two = int(a >= row), 2 + int(b >= column)
            sides[one, 0] += g[c]
            sides[one, 1] += h[c]
            sides[two, 0] += g[c]
            sides[two, 1] += h[c]
    told = sides[:, 0] ** 2 / (sides[:, 1] + 1.0)
    return max(told[0] + told[1], told[2] + told[3])
