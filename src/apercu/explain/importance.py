"""Permutation importance: how much worse unseen rows are predicted once a column is shuffled among them.

That is model reliance (Breiman 2001; Fisher, Rudin & Dominici 2019). Columns that tell nearly the same are shuffled together, for shuffling one of
two copies costs a model nothing and would call both of them idle (Strobl et al. 2008). Every row is predicted by the model of its own fold, so what
a model has merely memorised is worth nothing here. Intervals are bootstraps over rows (blocks) of the mean rise of loss. What it does *not* say: what
a model fitted without the column would have lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ..core.explanation import Importance
from ..core.rows import Rows, taken
from ..stats.association import ranks
from ..stats.bootstrap import interval, resampled
from ._sample import Sample, Variant

__all__ = ["alike", "importances"]

NEAR: Final = 0.9  # rank correlation, or Cramer's V, from which two columns count as copies
FEW: Final = 30  # rows below which nothing is said of copies
LEVELS: Final = 50  # of a column that is compared
RESAMPLES: Final = 200
LEAST: Final = 1e-15


def importances(sample: Sample, groups: tuple[tuple[str, ...], ...], *, repeats: int, seed: int = 0) -> tuple[Importance, ...]:
    """The importance of each group of columns, the largest first. Each is shuffled `repeats` times."""
    groups = tuple(own for group in groups if (own := tuple(name for name in group if name in sample.rows)))
    if sample.n < 2 or not groups:
        return ()
    everyone = np.arange(sample.n)
    variants, generator = [Variant(everyone, {})], np.random.default_rng(seed)
    for group in groups:
        for _ in range(repeats):
            order = generator.permutation(sample.n)
            variants.append(Variant(everyone, {name: taken(sample.rows.column(name), order) for name in group}))
    base, *shuffled = (_loss(sample, told) for told in sample.asked(variants))
    rises = np.stack([np.mean(shuffled[i * repeats : (i + 1) * repeats], axis=0) - base for i in range(len(groups))], axis=1)

    def mean(weights: np.ndarray) -> np.ndarray:
        counted = weights * sample.weights
        return (counted @ rises) / counted.sum(axis=-1, keepdims=True)

    value = mean(np.ones(sample.n))
    low, high = interval(resampled(mean, sample.n, blocks=sample.blocks, resamples=RESAMPLES))
    before = float(np.average(base, weights=sample.weights))
    told = [Importance(g, float(v), float(min(a, v)), float(max(b, v)), before) for g, v, a, b in zip(groups, value, low, high, strict=True)]
    return tuple(sorted(told, key=lambda importance: -importance.loss))


def alike(sample: Sample, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The names in groups of near copies (linked in chains), in the order of their first."""
    names = tuple(name for name in names if name in sample.rows)
    leader = {name: name for name in names}
    for first, second in _copies(sample.rows, names) if sample.n >= FEW else ():
        old, new = leader[second], leader[first]
        leader = {name: new if own == old else own for name, own in leader.items()}
    return tuple(tuple(name for name in names if leader[name] == first) for first in dict.fromkeys(leader.values()))


def _copies(rows: Rows, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Pairs of near copies: numbers by their rank correlation, levels by Cramer's V; a number and a level are never copies."""
    numbers = {}
    for name in names:
        if rows.storage(name) in ("number", "time"):
            x = rows[name].astype(np.int64).astype(np.float64) if rows.storage(name) == "time" else rows[name]
            numbers[name] = np.where(np.isnat(rows[name]), np.nan, x) if rows.storage(name) == "time" else x
    levels = {name: column.codes + 1 for name in names if rows.storage(name) == "text" and len((column := rows.coded(name)).levels) <= LEVELS}
    order = list(numbers)
    filled = {name: np.where(np.isnan(x), np.nanmedian(x) if not np.isnan(x).all() else 0.0, x) for name, x in numbers.items()}
    if len(order) > 1:
        ranked = np.stack([ranks(filled[name]) for name in order])
        ranked = ranked - ranked.mean(axis=1, keepdims=True)
        spread = np.sqrt((ranked**2).sum(axis=1))
        strength = np.abs(ranked @ ranked.T) / np.maximum(np.outer(spread, spread), LEAST)
        yield from ((order[i], order[j]) for i, j in zip(*np.nonzero(np.triu(strength, 1) >= NEAR), strict=True))
    coded = list(levels)
    for i, first in enumerate(coded):
        yield from ((first, second) for second in coded[i + 1 :] if _cramer(levels[first], levels[second]) >= NEAR)


def _cramer(a: np.ndarray, b: np.ndarray) -> float:
    """Cramer's V of two columns of codes; 0 where one is constant."""
    wide = int(b.max()) + 1
    table = np.bincount(a.astype(np.int64) * wide + b, minlength=(int(a.max()) + 1) * wide).reshape(-1, wide).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    least = min(table.shape) - 1
    if least < 1:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / (table.sum() * least)))


def _loss(sample: Sample, prediction: np.ndarray) -> np.ndarray:
    """(n,) log loss, or squared error."""
    if prediction.ndim == 1:
        return (prediction - sample.truth) ** 2
    return -np.log(np.clip(prediction[np.arange(sample.n), sample.truth.astype(int)], LEAST, 1.0))
