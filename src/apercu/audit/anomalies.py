"""Odd rows: which rows are unlike all others, how sure that is, and which columns make them so.

    14 rows (0.1%) are odd beside the others: ... Row 812: amount is 9.6 deviations above what its other columns let expect; ...

Detectors are fitted on one half of the rows and score the other, so that no row makes itself usual (see stats/oddness). Three scores whose tails
can be carried on (distance to neighbours, density of a mixture, spread over columns) give p-values: the chance of such a score among usual rows,
counted where scores are dense and by a fitted tail beyond (see stats/tails). Null hypothesis, of one row: it is drawn as the bulk is. The smallest
of the three p counts three times (Bonferroni), and Benjamini and Hochberg's rate decides, in place of a share of odd rows that somebody must guess;
on clean data nothing is told. Where a person has confirmed usual rows, `conformal` gives p-values that need no tail (Bates et al. 2023). `scores`
orders all rows, with an isolation forest and neighbours of normal scores besides. A row is explained by the columns that lie farthest from their
median, or from what the other columns let expect of them (the conditional z of a normal).

What it does *not* do: columns of text, moments or pictures; say that an odd row is wrong. What breaks it: more odd rows than a twentieth, which
then are the tail; very few rows, of which nothing is said.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.fault import Fault
from ..core.split import Split
from ..stats.fdr import benjamini_hochberg
from ..stats.isolation import isolated
from ..stats.oddness import joined, mixture, nearest, normal_scores, spread
from ..stats.tails import chances
from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["Odd", "conformal", "explained", "find", "scores", "table_of"]

LEAST: Final = 200  # rows, and with fewer, or with one column, nothing is said
COLUMNS: Final = 200  # columns that are looked at, the first
FITTED: Final = 20_000  # rows of a half that detectors are fitted on
TAILS: Final = 3  # scores that have a tail
SHOWN: Final = 3  # rows that the sentence explains
TOLD: Final = 3  # columns of one
APART: Final = 3.0  # deviations from which a column is told as a reason
PLAIN: Final = 1.5  # times its own z, that the z beside other columns must be to be told instead: the plainer reason first
LEAN: Final = 0.05  # of the unit matrix, in the covariance that conditional z are read from
BULK: Final = 0.9  # of the rows, from which that covariance is taken
ROBUST: Final = 1.4826


class Odd(NamedTuple):
    """Odd rows of n: p, q (n,); rows: positions, the worst first, of those that are told."""

    p: np.ndarray
    q: np.ndarray
    rows: np.ndarray


def find(split: Split, q: float = 0.05, listed: int = 50) -> list[Fault]:
    """One Fault with all odd rows, the worst first, if there are any."""
    names, x = table_of(split)
    if len(x) < LEAST or len(names) < 2:
        return []
    odd = _judged(x, q)
    if not len(odd.rows):
        return []
    numbers = split.rows["_row"].astype(int)[odd.rows]
    reasons = explained(x, odd.rows[:SHOWN])
    shown = [(int(number), [(names[j], z, alone) for j, z, alone in reason]) for number, reason in zip(numbers, reasons, strict=False)]
    evidence = {"n": float(len(odd.rows)), "share": len(odd.rows) / len(x), "q": float(odd.q[odd.rows].max()), "rate": q}
    mend = {
        "en": "Look at the listed rows, the oddest first: keep what is true, correct what is not, "
        "and leave out of the model what is of another kind.",
        "zh": "请从最异常的行开始核对：属实的保留，有误的更正，不属于同类的不参与建模。",
    }
    rows = tuple(int(r) for r in numbers[:listed])
    return [Fault("anomalies", "anomaly", _text(evidence, shown), mend, evidence, rows=rows)]


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


def scores(x: np.ndarray, seed: int = 0) -> np.ndarray:
    """(n,) 0..1, larger is odder: five detectors joined, each fitted on one half of x (n, d) and scoring the other."""
    if len(x) < 4 or x.shape[1] == 0:
        return np.full(len(x), 0.5)
    half = _half(len(x), seed)
    z = _standard(x)
    forest, ranked = np.empty(len(x)), np.empty(len(x))
    for side in (half, ~half):
        fit, rows = _some(z[side], seed), z[~side]
        forest[~side] = isolated(fit, rows, seed=seed)
        ranked[~side] = nearest(normal_scores(fit, fit), normal_scores(fit, rows), seed)
    return joined([forest, ranked, *_tailed(z, half, seed)])


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


def _judged(x: np.ndarray, rate: float, seed: int = 0) -> Odd:
    """The odd rows of x (n, d) at a false-discovery rate."""
    z, half = _standard(x), _half(len(x), seed)
    p = np.minimum(1.0, TAILS * np.min([chances(score) for score in _tailed(z, half, seed)], axis=0))
    q = benjamini_hochberg(p)
    told = np.flatnonzero(q <= rate)
    return Odd(p, q, told[np.lexsort((told, p[told]))])


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


def _text(evidence: dict[str, float], shown: list[tuple[int, list[tuple[str, float, bool]]]]) -> dict[str, str]:
    n, share, rate = count(int(evidence["n"])), percent(evidence["share"]), percent(evidence["rate"])
    are, they = ("row is", "row") if n == "1" else ("rows are", "rows")
    en = f"{n} {are} odd beside the others ({share} of all; at most about {rate} of the {they} told so are expected to be usual ones)."
    zh = f"有 {n} 行与其他行明显不同（占 {share}；预计其中至多约 {rate} 其实正常）。"
    for number, reasons in shown:
        if reasons:
            en += f" Row {count(number)}: {'; '.join(_reason_en(*reason) for reason in reasons)}."
            zh += f"第 {count(number)} 行：{'；'.join(_reason_zh(*reason) for reason in reasons)}。"
    return {"en": en, "zh": zh}


def _reason_en(name: str, z: float, alone: bool) -> str:
    side, far = "above" if z > 0 else "below", plain(float(f"{abs(z):.3g}"))
    return f"{name} is {far} deviations {side} " + ("its median" if alone else "what its other columns let expect")


def _reason_zh(name: str, z: float, alone: bool) -> str:
    side, far = "高出" if z > 0 else "低于", plain(float(f"{abs(z):.3g}"))
    return glue(name, f"{'比中位数' if alone else '比其余各列所预期的值'}{side} {far} 个标准差")
