"""Odd rows: which rows are unlike all others, how sure that is, and which columns make them so.

    14 rows (0.1%) are odd beside the others: ... Row 812: amount is 9.6 deviations above what its other columns let expect; ...

Detectors are fitted on one half of the rows and score the other, so that no row makes itself usual (see stats/oddness). Three scores whose tails
can be carried on (distance to neighbours, density of a mixture, spread over columns) give p-values: the chance of such a score among usual rows,
counted where scores are dense and by a fitted tail beyond (see stats/tails). Null hypothesis, of one row: it is drawn as the bulk is. The smallest
of the three p counts three times (Bonferroni), and Benjamini and Hochberg's rate decides, in place of a share of odd rows that somebody must guess;
on clean data nothing is told. `scores` orders all rows, with an isolation forest and neighbours of normal scores besides. A row is explained by the
columns that lie farthest from their median, or from what the other columns let expect of them (the conditional z of a normal).

Once a person has confirmed rows, `taught` orders all of them anew (see _confirmed), and the p of a row is divided by how much likelier to be odd
that made it, beside the mean row: weighted p-values (Genovese, Roeder & Wasserman 2006), whose rate holds as far as the weights do not depend on
the row's own p. With JUDGES usual rows confirmed or more, these judge besides, each half by what the other half taught (`conformal` p-values, Bates
et al. 2023, crossed as by Vovk 2015): they need no tail, if what was confirmed is as hard to tell from odd rows as the usual ones are; of both p the
smaller counts twice.

What it does *not* do: columns of text, moments or pictures, unless another's scores of them are handed in; say that an odd row is wrong. What breaks
it: more odd rows than a twentieth, which then are the tail, unless usual rows were confirmed; very few rows, of which nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy.stats import rankdata

from ..core.errors import WordsError
from ..core.fault import Change, Fault
from ..core.split import Split
from ..stats.fdr import benjamini_hochberg
from ..stats.isolation import isolated
from ..stats.oddness import joined, mixture, nearest, normal_scores, spread
from ..stats.tails import chances
from ._confirmed import weighed
from ._odd_words import MEND, told

__all__ = ["Odd", "conformal", "explained", "find", "scores", "table_of", "taught"]

LEAST: Final = 200  # rows, and with fewer, or with one column and no other's scores, nothing is said
COLUMNS: Final = 200  # columns that are looked at, the first
FITTED: Final = 20_000  # rows of a half that detectors are fitted on
TAILS: Final = 3  # scores that have a tail
HALVES: Final = 3  # ways of halving the rows that an order is averaged over: it then hangs less on one draw
JUDGES: Final = 50  # usual rows confirmed, from which half of them judge: fewer than 25 tell no p below .04
MOST: Final = 20.0  # times that a confirmed row makes another likelier or less likely, for its p, at most: a twentieth is the rate by default
SHOWN: Final = 3  # rows that the sentence explains
TOLD: Final = 3  # columns of one
APART: Final = 3.0  # deviations from which a column is told as a reason
PLAIN: Final = 1.5  # times its own z, that the z beside other columns must be to be told instead: the plainer reason first
LEAN: Final = 0.05  # of the unit matrix, in the covariance that conditional z are read from
BULK: Final = 0.9  # of the rows, from which that covariance is taken
ROBUST: Final = 1.4826


class Odd(NamedTuple):
    """Odd rows of n: p, q (n,); rows: positions, the worst first, of those that are told; following: what to look at next, if rows were confirmed."""

    p: np.ndarray
    q: np.ndarray
    rows: np.ndarray
    following: np.ndarray = np.zeros(0, dtype=np.int64)


def find(
    split: Split, q: float = 0.05, listed: int = 50, *, more: Sequence[np.ndarray] = (), odd: Sequence[int] = (), usual: Sequence[int] = ()
) -> list[Fault]:
    """One Fault with all odd rows, those confirmed first, then the worst; none if there are none.

    more: (n,) scores of other detectors that were not fitted on the row they score, larger is odder, NaN where they say nothing; odd, usual: numbers
    in the source of rows that a person has confirmed. Raises WordsError for a number that no row has, or one confirmed as both.
    """
    names, x = table_of(split)
    numbers = split.rows["_row"].astype(int)
    sure, not_odd = _places(numbers, odd, usual)
    known = _finite(more)
    if len(x) < LEAST or (len(names) < 2 and not known):
        return []
    found = _taught_judged(x, q, sure, not_odd, known) if len(sure) + len(not_odd) else _judged(x, q, more=known)
    if not len(found.rows):
        return []
    explain = found.rows[:SHOWN]
    reasons = explained(x, explain) if len(names) > 1 else [[] for _ in explain]
    shown = [(int(number), [(names[j], z, alone) for j, z, alone in reason]) for number, reason in zip(numbers[explain], reasons, strict=True)]
    evidence = {"n": float(len(found.rows)), "share": len(found.rows) / len(x), "q": float(found.q[found.rows].max()), "rate": q}
    if len(sure) + len(not_odd):
        evidence |= {"confirmed_odd": float(len(sure)), "confirmed_usual": float(len(not_odd))}
    following = [int(number) for number in numbers[found.following]]
    rows = tuple(int(number) for number in numbers[found.rows])
    return [Fault("anomalies", "anomaly", told(evidence, shown, following), MEND, evidence, rows=rows[:listed], change=Change(rows=rows))]


def table_of(split: Split) -> tuple[list[str], np.ndarray]:
    """(names, (n, d)) of the numbers that are searched, the target aside; missing as the median, constant columns left out."""
    kept, columns = [], []
    for column in split.data.schema.features():
        if column.name not in split.rows or split.rows.storage(column.name) != "number" or len(kept) >= COLUMNS or column.derived:
            continue
        x = split.rows[column.name]
        known = np.isfinite(x)
        if known.any() and x[known].std() > 0:
            kept.append(column.name)
            columns.append(np.where(known, x, np.median(x[known])))
    return kept, np.stack(columns, axis=1) if kept else np.zeros((split.rows.n, 0))


def scores(x: np.ndarray, seed: int = 0, more: Sequence[np.ndarray] = ()) -> np.ndarray:
    """(n,) 0..1, larger is odder: five detectors joined, each fitted on one half of x (n, d) and scoring the other, averaged over HALVES halvings.

    more: (n,) scores of other detectors that join them.
    """
    known = _finite(more)
    if len(x) < 4 or x.shape[1] + len(known) == 0:
        return np.full(len(x), 0.5)
    return np.mean([joined([*(_detected(x, seed + i) if x.shape[1] else ()), *known]) for i in range(HALVES)], axis=0)


def taught(x: np.ndarray, odd: Sequence[int] = (), usual: Sequence[int] = (), seed: int = 0, more: Sequence[np.ndarray] = ()) -> np.ndarray:
    """(n,) log-odds of being odd, which order the rows of x (n, d) anew: `scores`, and what a person confirmed as odd or usual (positions).

    The order of `scores` where nothing is confirmed. Raises WordsError for a position that is not there, or one confirmed as both.
    """
    sure, not_odd = _places(np.arange(len(x)), odd, usual)
    known = _finite(more)
    if len(x) < 4 or x.shape[1] + len(known) == 0:
        return np.zeros(len(x))
    return _weighed(x, sure, not_odd, known, seed)[1]


def conformal(usual: np.ndarray, score: np.ndarray) -> np.ndarray:
    """(n,) p-values of scores (n,) beside the scores (m,) of rows confirmed as usual, which the detector was not fitted on: valid for any scores."""
    ranked = np.sort(usual)
    return (1.0 + len(ranked) - np.searchsorted(ranked, score, side="left")) / (1.0 + len(ranked))


def explained(x: np.ndarray, rows: np.ndarray) -> list[list[tuple[int, float, bool]]]:
    """For each of the rows (positions), up to TOLD (column, z, whether beside its median or else beside what the others let expect), farthest
    first.
    """
    middle = np.median(x, axis=0)
    wide = np.maximum(ROBUST * np.median(np.abs(x - middle), axis=0), 0.1 * x.std(axis=0))
    z = (x - middle) / wide
    far = np.abs(z).max(axis=1)
    bulk = z[far <= np.quantile(far, BULK)]
    cover = (1.0 - LEAN) * np.cov(bulk, rowvar=False).reshape(x.shape[1], -1) + LEAN * np.eye(x.shape[1])
    inverse = np.linalg.inv(cover)
    given = (z[rows] - bulk.mean(axis=0)) @ inverse / np.sqrt(np.diag(inverse))
    told = []
    for own, others in zip(z[rows], given, strict=True):
        beside = np.abs(others) > PLAIN * np.abs(own)
        larger = np.where(beside, others, own)
        order = np.argsort(-np.abs(larger), kind="stable")[:TOLD]
        told.append([(int(j), float(larger[j]), bool(not beside[j])) for j in order if abs(larger[j]) >= APART])
    return told


def _judged(x: np.ndarray, rate: float, seed: int = 0, more: Sequence[np.ndarray] = ()) -> Odd:
    """The odd rows of x (n, d) at a false-discovery rate."""
    p = _chance(x, seed, more)
    q = benjamini_hochberg(p)
    found = np.flatnonzero(q <= rate)
    return Odd(p, q, found[np.lexsort((found, p[found]))])


def _taught_judged(x: np.ndarray, rate: float, odd: np.ndarray, usual: np.ndarray, more: Sequence[np.ndarray] = (), seed: int = 0) -> Odd:
    """The same once rows (positions) were confirmed: those that are odd first, never one that is usual, the others by weighted p-values."""
    before, after = _weighed(x, odd, usual, more, seed)
    left = np.ones(len(x), dtype=bool)
    left[odd] = left[usual] = False
    p = np.ones(len(x))
    weight = np.exp(np.clip(after - before, -np.log(MOST), np.log(MOST)))[left]
    if left.any():
        p[left] = np.minimum(1.0, _chance(x, seed, more)[left] * weight.mean() / weight)
    if left.any() and len(usual) >= JUDGES:
        p[left] = np.minimum(1.0, 2.0 * np.minimum(p[left], _beside(x, odd, usual, more, seed)[left]))
    q = np.ones(len(x))
    q[left] = benjamini_hochberg(p[left]) if left.any() else q[left]
    found = np.flatnonzero(left & (q <= rate))
    order = np.argsort(-after, kind="stable")
    first = order[left[order] & (q[order] > rate)][:SHOWN]
    p[odd] = q[odd] = 0.0
    rows = np.concatenate([odd[np.argsort(-after[odd], kind="stable")], found[np.lexsort((-after[found], p[found]))]])
    return Odd(p, q, rows, first)


def _beside(x: np.ndarray, odd: np.ndarray, usual: np.ndarray, more: Sequence[np.ndarray], seed: int) -> np.ndarray:
    """(n,) p-values beside the confirmed usual rows: each half of these judges by what the other half taught."""
    half = _half(len(usual), seed)
    parts = []
    for judges, teachers in ((usual[half], usual[~half]), (usual[~half], usual[half])):
        score = _weighed(x, odd, teachers, more, seed)[1]
        parts.append(conformal(score[judges], score) * (1.0 + len(judges)) - 1.0)
    return (1.0 + np.sum(parts, axis=0)) / (1.0 + len(usual))


def _places(numbers: np.ndarray, odd: Sequence[int], usual: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Where the rows of these numbers stand."""
    both = set(odd) & set(usual)
    if both:
        raise WordsError(f"row {min(both)} is confirmed as odd and as usual; a row is one of them.")
    where = {int(number): i for i, number in enumerate(numbers)}
    for number in (*odd, *usual):
        if int(number) not in where:
            raise WordsError(f"there is no row {number} among the {len(numbers)} rows that are looked at.")
    odds, usuals = (np.array(sorted({where[int(number)] for number in rows}), dtype=np.int64) for rows in (odd, usual))
    return odds, usuals


def _weighed(x: np.ndarray, odd: np.ndarray, usual: np.ndarray, more: Sequence[np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) log-odds of being odd before and after rows (positions) were confirmed."""
    halvings = [_detected(x, seed + i) for i in range(HALVES)] if x.shape[1] else []
    detected = [np.mean([rankdata(halving[k]) for halving in halvings], axis=0) for k in range(len(halvings[0]) if halvings else 0)]
    return weighed(x, [*detected, *more], odd, usual, seed)


def _detected(x: np.ndarray, seed: int) -> list[np.ndarray]:
    """(n,) scores of five detectors, each fitted on one half of the rows and scoring the other; none where there are no columns."""
    if not x.shape[1]:
        return []
    half, z = _half(len(x), seed), _standard(x)
    forest, ranked = np.empty(len(x)), np.empty(len(x))
    for side in (half, ~half):
        fit, rows = _some(z[side], seed), z[~side]
        forest[~side] = isolated(fit, rows, seed=seed)
        ranked[~side] = nearest(normal_scores(fit, fit), normal_scores(fit, rows), seed)
    return [forest, ranked, *_tailed(z, half, seed)]


def _chance(x: np.ndarray, seed: int, more: Sequence[np.ndarray]) -> np.ndarray:
    """(n,) the chance of a row as odd among usual ones: the smallest over the scores that have a tail, times their number."""
    tailed = _tailed(_standard(x), _half(len(x), seed), seed) if x.shape[1] else []
    return np.minimum(1.0, (len(tailed) + len(more)) * np.min([chances(score) for score in (*tailed, *more)], axis=0))


def _finite(more: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Scores, with the usual one where a detector says nothing."""
    known = [np.asarray(score, dtype=np.float64) for score in more]
    return [np.where(np.isfinite(score), score, np.median(score[np.isfinite(score)])) for score in known if np.isfinite(score).any()]


def _tailed(z: np.ndarray, half: np.ndarray, seed: int) -> list[np.ndarray]:
    """The TAILS scores (n,) whose far tail can be carried on."""
    made = [np.empty(len(z)) for _ in range(TAILS)]
    for side in (half, ~half):
        fit, rows = _some(z[side], seed), z[~side]
        made[0][~side], made[1][~side], made[2][~side] = nearest(fit, rows, seed), mixture(fit, rows, seed), spread(fit, rows)
    return made


def _half(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(n) < n // 2


def _some(fit: np.ndarray, seed: int) -> np.ndarray:
    return fit if len(fit) <= FITTED else fit[np.random.default_rng(seed).choice(len(fit), FITTED, replace=False)]


def _standard(x: np.ndarray) -> np.ndarray:
    wide = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(wide > 0, wide, 1.0)
