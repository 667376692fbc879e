"""Whether rows repeat each other more than chance makes them: pairs of rows that share both a group and a value.

Null hypothesis: values have nothing to do with groups, so that any permutation of the values over the rows is as likely. A search scores the
number of all pairs of rows that share both (Mantel 1967), whose mean and variance under all permutations are known exactly. Two counts judge,
whose tails are binomial, and the smaller p pays for both:
* disjoint pairs: the rows of each group, in an order that is drawn blindly, two by two; each pair shares its value with the chance of any two;
* values that meet at all: of each value its chance to stand twice in a group is known (at most pairs times chance), and a sum of unequal
  chances has a thinner tail than the binomial of their mean (Hoeffding 1956).
Dealing without replacement makes both a little narrower than the binomial. Assumes rows to be exchangeable under the null; broken by rows that
resemble their neighbours in time or their entity.

>>> group, value = np.repeat(np.arange(50), 4), np.repeat(np.arange(50), 4)
>>> repeated(group, value) < 1e-9
True
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtrc

__all__ = ["expected_share", "pair_moments", "repeated", "shared"]


TWO = 2.0  # the smaller of two valid p-values costs a factor of two


def shared(group: np.ndarray, value: np.ndarray) -> float:
    """Pairs of rows (n,) int >= 0 that share group and value."""
    width = int(value.max(initial=0)) + 1
    counts = np.unique(group.astype(np.int64) * width + value, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def pair_moments(group: np.ndarray, value: np.ndarray) -> tuple[float, float]:
    """(mean, variance) of `shared` over all permutations of the values; n > 3 rows."""
    n = float(len(group))
    a0, a2 = _ties(group)
    b0, b2 = _ties(value)
    mean = a0 * b0 / (n * (n - 1))
    same = 2 * a0 * b0 / (n * (n - 1))  # a pair with itself, in both orders
    third = 4 * (a2 - a0) * (b2 - b0) / (n * (n - 1) * (n - 2))  # two pairs that have one row in common
    apart = (a0 * a0 + 2 * a0 - 4 * a2) * (b0 * b0 + 2 * b0 - 4 * b2) / (n * (n - 1) * (n - 2) * (n - 3))  # two pairs without a common row
    ordered = same + third + apart - mean * mean
    return mean / 2, max(ordered, 0.0) / 4  # ordered pairs are two of each


def repeated(group: np.ndarray, value: np.ndarray, member: np.ndarray | None = None, seed: int = 0) -> float:
    """The p of as many rows of one group that share their value, or more, were the values (n,) dealt at random.

    group, value (n,) int >= 0; member (n,) bool: the rows among which it is counted, by default all; how frequent values are all rows say.
    """
    if len(group) < 2:
        return 1.0
    inside = np.ones(len(group), dtype=bool) if member is None else member
    return min(1.0, TWO * min(_by_pairs(group, value, inside, seed), _by_values(group, value, inside)))


def _by_pairs(group: np.ndarray, value: np.ndarray, inside: np.ndarray, seed: int) -> float:
    """The binomial tail of disjoint pairs of rows: sees a value that one group repeats many times."""
    n = len(group)
    sizes = np.bincount(value).astype(np.float64)
    chance = float((sizes * (sizes - 1)).sum()) / (n * (n - 1.0))
    order = np.random.default_rng(seed).permutation(n)
    order = order[inside[order]]
    order = order[np.argsort(group[order], kind="stable")]
    place = np.arange(len(order)) - np.searchsorted(group[order], group[order])
    second = np.flatnonzero(place % 2 == 1)
    hits = int(np.count_nonzero(value[order[second]] == value[order[second - 1]]))
    return _tail(hits, len(second), chance)


def _by_values(group: np.ndarray, value: np.ndarray, inside: np.ndarray) -> float:
    """The tail of how many values meet within a group at all: sees many values that are repeated once or twice each."""
    n = len(group)
    own = np.bincount(group[inside]).astype(np.float64)
    together = float((own * (own - 1)).sum()) / (n * (n - 1.0))  # the chance of two rows to stand in one group
    sizes = np.bincount(value).astype(np.float64)
    sizes = sizes[sizes > 1]
    meets = np.minimum(1.0, sizes * (sizes - 1) / 2 * together)
    width = int(value.max()) + 1
    cells, counts = np.unique(group[inside].astype(np.int64) * width + value[inside], return_counts=True)
    hits = len(np.unique(cells[counts > 1] % width))
    if not len(sizes) or hits < float(meets.sum()) + 1:
        return 1.0
    return _tail(hits, len(sizes), float(meets.mean()))


def _tail(hits: int, n: int, chance: float) -> float:
    """P of as many hits or more among n."""
    if hits == 0 or chance >= 1.0:
        return 1.0
    return float(min(1.0, bdtrc(hits - 1, n, max(chance, 1e-12))))


def _ties(labels: np.ndarray) -> tuple[float, float]:
    """(ordered pairs of rows of one label, sum over rows of the squared number of partners)."""
    sizes = np.bincount(labels).astype(np.float64)
    return float((sizes * (sizes - 1)).sum()), float((sizes * (sizes - 1) ** 2).sum())


def expected_share(group: np.ndarray, value: np.ndarray) -> float:
    """The share of rows that would meet their value again in their group by chance; group and value (n,) int >= 0.

    How frequent a value is the rows of other groups say, so that repeats within a group do not excuse themselves.
    """
    n = len(group)
    if n == 0:
        return 0.0
    width = int(value.max()) + 1
    _, place, counts = np.unique(group.astype(np.int64) * width + value, return_inverse=True, return_counts=True)
    own, size = counts[place], np.bincount(group)[group]
    elsewhere = (np.bincount(value)[value] - own) / np.maximum(n - size, 1)
    return float((1.0 - (1.0 - elsewhere) ** (size - 1.0)).mean())
