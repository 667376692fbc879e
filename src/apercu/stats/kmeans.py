"""Groups of rows by k-means, how many of them there are, and whether there are any.

`principal` keeps the axes on which columns vary together more than columns dealt anew do (parallel analysis, Horn 1965): where there are none,
there is nothing to group. `settled` tries 2 to MOST groups (Lloyd 1982, seeded as Arthur & Vassilvitskii 2007) and keeps a number whose groups
two halves of the rows agree on (adjusted Rand index, Hubert & Arabie 1985; stability as in Ben-Hur, Elisseeff & Guyon 2002) and that leave less
spread than as many groups leave of evenly spread rows (gap statistic, Tibshirani, Walther & Hastie 2001, with a box along the principal axes):
evenly spread is the least favourable way to have no groups. What it does not do: find groups of unequal shapes, or groups within groups.

>>> agreement(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
1.0
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

__all__ = ["Settled", "agreement", "kmeans", "nearest", "principal", "settled", "shake"]

MOST: Final = 8  # groups; more are not remembered
STEPS: Final = 30  # of Lloyd's
STARTS: Final = 4  # seedings, of which the best is kept
DEALT: Final = 5  # tables of columns dealt anew
MARGIN: Final = 1.1  # times their largest eigenvalue that an axis must have
AXES: Final = 6
STABLE: Final = 0.75  # least agreement of the groups of two halves
GAP: Final = 0.1  # least logarithm of the ratio of what evenly spread rows leave to what is left: a tenth less spread
MORE: Final = 0.18  # growth of the gap from which one group more is worth it: a sixth less spread again
EVEN: Final = 3  # tables of evenly spread rows
LEAST: Final = 0.05  # share of the rows in the smallest group
ROWS: Final = 20  # rows a group needs on average
HALVINGS: Final = 3
TRIED: Final = 4_000  # rows on which the number of groups is tried


class Settled(NamedTuple):
    """Groups that were found: their centres (k, d), how far two halves agree on them, and the gap."""

    centres: np.ndarray
    stability: float
    gap: float


def kmeans(x: np.ndarray, k: int, seed: int = 0, starts: int = STARTS) -> tuple[np.ndarray, float]:
    """(centres (k, d) in the order of their first coordinate, mean squared distance of the rows x (n, d) to the nearest); n >= k."""
    generator = np.random.default_rng(seed)
    squares = (x * x).sum(axis=1)
    best: tuple[np.ndarray, float] | None = None
    for _ in range(starts):
        centres = _seeded(x, k, generator)
        labels = np.full(len(x), -1)
        for _ in range(STEPS):
            fresh = nearest(x, centres)
            if (fresh == labels).all():
                break
            labels = fresh
            counts = np.bincount(labels, minlength=k)
            sums = np.stack([np.bincount(labels, column, minlength=k) for column in x.T], axis=1)
            centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)
        left = float((squares + (centres**2).sum(axis=1)[labels] - 2 * (x * centres[labels]).sum(axis=1)).mean())
        if best is None or left < best[1]:
            best = (centres, left)
    assert best is not None
    return best[0][np.lexsort(best[0].T[::-1])], best[1]


def nearest(x: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(n,) int: the nearest centre of each row."""
    return np.argmin((centres**2).sum(axis=1) - 2 * x @ centres.T, axis=1)


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """The adjusted Rand index of two labellings (n,) int >= 0: 1 where they group alike, about 0 where they have nothing to do with each other."""
    k = int(b.max(initial=0)) + 1
    table = np.bincount(a * k + b, minlength=(int(a.max(initial=0)) + 1) * k).reshape(-1, k).astype(np.float64)
    pairs, rows, columns = (float((t * (t - 1) / 2).sum()) for t in (table, table.sum(axis=1), table.sum(axis=0)))
    total = len(a) * (len(a) - 1) / 2
    if total == 0.0:
        return 0.0
    chance, most = rows * columns / total, (rows + columns) / 2
    return (pairs - chance) / (most - chance) if most > chance else 0.0


def principal(x: np.ndarray, parts: list[slice], seed: int = 0) -> np.ndarray:
    """(d, q) the axes on which columns vary together, strongest first; q is 0 where they do not.

    x (n, d) centred; parts: the columns that belong together (the levels of one category), which are dealt anew together.
    """
    if len(x) < 2 or x.shape[1] == 0:
        return np.empty((x.shape[1], 0))
    generator = np.random.default_rng(seed)
    limit = 0.0
    for _ in range(DEALT):
        dealt = np.concatenate([x[generator.permutation(len(x)), part] for part in parts], axis=1)
        limit = max(limit, float(np.linalg.eigvalsh(dealt.T @ dealt / len(x))[-1]))
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    kept = [j for j in range(len(values))[::-1] if values[j] > MARGIN * limit][:AXES]
    axes = vectors[:, kept]
    return axes * np.where(axes[np.abs(axes).argmax(axis=0), range(len(kept))] < 0, -1.0, 1.0)


def settled(x: np.ndarray, seed: int = 0, shaken: np.ndarray | None = None) -> Settled | None:
    """The groups of x (n, d), rows in random order, columns uncorrelated; None where there are none.

    Of the numbers of groups that are stable and leave a gap, the smallest after which the gap hardly grows. shaken (n, d): the same rows with
    what lies between the values of a coarse column filled in (`shake`), so that its few values are not taken for groups.
    """
    part = (x if shaken is None else shaken)[:TRIED]
    if not len(part) or float(part.var(axis=0).sum()) == 0.0:
        return None
    most = min(MOST, len(part) // ROWS)
    gaps: dict[int, float] = {}
    for k in range(2, most + 1):
        for j in (k, k + 1):
            if j not in gaps:
                gaps[j] = _gap(part, j, seed)
        if gaps[k] < GAP or gaps[k + 1] > gaps[k] + MORE:
            continue
        stability = _stability(part, k, seed)
        if stability >= STABLE:
            return Settled(kmeans(x, k, seed)[0], stability, gaps[k])
    return None


def shake(x: np.ndarray, grain: np.ndarray, seed: int = 0) -> np.ndarray:
    """The rows x (n, d) with every value spread evenly over the distance `grain` (d,) to its neighbours; 0 leaves a column as it is."""
    return x + np.random.default_rng(seed).uniform(-0.5, 0.5, x.shape) * grain


def _stability(x: np.ndarray, k: int, seed: int) -> float:
    """How far the groups of two halves of the rows agree on all of them, on average over several halvings; 0 where one of them is tiny."""
    agreed = []
    for turn in range(HALVINGS):
        half = np.random.default_rng((seed, turn)).permutation(len(x)) % 2 == 0
        one, other = (nearest(x, kmeans(x[side], k, seed, 2)[0]) for side in (half, ~half))
        if np.bincount(one, minlength=k).min() < LEAST * len(x):
            return 0.0
        agreed.append(agreement(one, other))
    return float(np.mean(agreed))


def _gap(x: np.ndarray, k: int, seed: int) -> float:
    """How much less spread k groups leave of the rows than of rows spread evenly with the same deviations, in logarithms."""
    generator = np.random.default_rng(seed)
    even = [kmeans(generator.uniform(-1.0, 1.0, x.shape) * x.std(axis=0) * np.sqrt(3), k, seed, 2)[1] for _ in range(EVEN)]
    return float(np.mean(np.log(even)) - np.log(max(kmeans(x, k, seed, 2)[1], 1e-300)))


def _seeded(x: np.ndarray, k: int, generator: np.random.Generator) -> np.ndarray:
    """Some k rows, each drawn with a chance that grows with the squared distance to those before it."""
    chosen = [x[generator.integers(len(x))]]
    far = ((x - chosen[0]) ** 2).sum(axis=1)
    for _ in range(k - 1):
        total = np.cumsum(far)
        place = int(np.searchsorted(total, generator.random() * total[-1])) if total[-1] > 0 else int(generator.integers(len(x)))
        chosen.append(x[min(place, len(x) - 1)])
        far = np.minimum(far, ((x - chosen[-1]) ** 2).sum(axis=1))
    return np.array(chosen)
