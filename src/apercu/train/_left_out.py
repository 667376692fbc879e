"""Ridge regression on very many features, with its penalty chosen by what each row's prediction is when that row is left out.

    fitted = ridge([wide, narrow], outcomes, weights)      # (n, D1) and (n, D2) features, (n, k) outcomes
    fitted.told                                            # (n, k) what is said of each row by the model that never saw it

No model is fitted n times: with H the matrix that turns outcomes into fitted values, the error of a row left out is its residual over 1 - H_ii
(Allen 1974), and one eigendecomposition serves every penalty. Where rows of one engine, patient or hour resemble one another, a row left out alone
is told by its siblings, and too light a penalty looks best; so all rows of a group are left out together, by the same formula with the part of H
that is the group's in the place of H_ii. Blocks of features are brought to one size and their shares tried as well, so that ten columns of a table
are not lost among ten thousand features of a series. `calibration` turns scores of rows left out into probabilities: one
slope and one shift a class, fitted to outcomes that are smoothed as Platt 1999 does, so that a few dozen rows that are all told apart do not end in
certainty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import minimize

__all__ = ["Ridge", "calibration", "ridge"]

PENALTIES: Final = np.logspace(-4, 2, 13)  # features as a whole having one unit of variance a row
SHARES: Final = (0.0, 0.1, 1.0)  # of every block after the leading ones, beside each of these
SHARE: Final = 0.3  # the one share that is tried where rows are many
FEW: Final = 700  # rows or features up to which all shares are tried
SURE: Final = 1e-6  # least part of a row's fitted value that is not its own outcome
WIDE: Final = 4_096  # features that are centred at once
TINY: Final = 1e-6  # of the largest eigenvalue, below which one is rounding
CELLS: Final = 4_000_000  # numbers in what is solved at once
FLAT: Final = 20.0  # penalty on squared shifts, divided by the rows: a few dozen rows say nothing of shifts


class Ridge(NamedTuple):
    """coefficients: one (D, k) of each block; intercept (k,); told (n, k) of rows left out; loss: their mean squared error."""

    coefficients: list[np.ndarray]
    intercept: np.ndarray
    told: np.ndarray
    loss: float


def ridge(blocks: Sequence[np.ndarray], outcomes: np.ndarray, weights: np.ndarray, leading: int = 1, together: np.ndarray | None = None) -> Ridge:
    """blocks: (n, D) standardised features each; outcomes (n, k); weights (n,). The penalty, and the share of the blocks behind the leading ones, are
    chosen. together (n,) int: rows of one number are left out at once; None: each alone.
    """
    groups = _groups(together, len(outcomes))
    sizes = [max(1, block.shape[1]) for block in blocks]
    n, wide = len(outcomes), sum(block.shape[1] for block in blocks)
    total = weights.sum()
    root = np.sqrt(weights)
    means = [(weights.astype(block.dtype) @ block).astype(np.float64) / total for block in blocks]
    middle = (weights @ outcomes) / total
    aim = (outcomes - middle) * root[:, None]
    lone = not any(block.shape[1] for block in blocks[:leading]) or not any(block.shape[1] for block in blocks[leading:])
    tried = (1.0,) if lone else SHARES if min(n, wide) <= FEW else (SHARE,)
    grams = [_gram(block, mean, root) / size for block, mean, size in zip(blocks, means, sizes, strict=True)] if n <= wide else None
    best: tuple[float, float, np.ndarray, list[np.ndarray]] | None = None
    for share in tried:
        scales = np.array([*([1.0] * leading), *([share] * (len(blocks) - leading))])
        if grams is not None:
            values, vectors = np.linalg.eigh(sum((s * gram for s, gram in zip(scales, grams, strict=True)), np.zeros((n, n))))
            left = vectors
        else:
            sides = [np.float32(np.sqrt(s / size)) for s, size in zip(scales, sizes, strict=True)]
            own = zip(sides, blocks, means, strict=True)
            joined = np.hstack([side * part for side, block, mean in own for part in _pieces(block, mean, root)])
            values, vectors = np.linalg.eigh((joined.T @ joined).astype(np.float64))
            some = values > TINY * values[-1]
            values = values[some]
            left = (joined @ vectors[:, some].astype(np.float32)).astype(np.float64) / np.sqrt(values)
        values = np.maximum(values, 0.0)
        penalty, loss, told = _left_out(values, left, (aim, root), groups)
        if best is None or loss < best[0]:
            dual = left @ ((left.T @ aim) / (values + penalty)[:, None])
            thin = dual.astype(np.float32)
            told_by = [[part.T @ thin for part in _pieces(block, mean, root)] for block, mean in zip(blocks, means, strict=True)]
            made = [(s / size) * np.vstack(parts).astype(np.float64) for s, size, parts in zip(scales, sizes, told_by, strict=True)]
            best = (loss, penalty, told, made)
    assert best is not None
    loss, _, told, made = best
    intercept = middle - sum((mean @ w for mean, w in zip(means, made, strict=True)), np.zeros(outcomes.shape[1]))
    return Ridge(made, intercept, told / np.maximum(root, 1e-9)[:, None] + middle, loss / max(total, 1e-9))


def _pieces(block: np.ndarray, mean: np.ndarray, root: np.ndarray) -> Iterator[np.ndarray]:
    """(n, up to WIDE) float32 after each other: the block less its mean, weighted; so that no copy of all of it is made."""
    for a in range(0, max(1, block.shape[1]), WIDE):
        yield (block[:, a : a + WIDE] - mean[a : a + WIDE].astype(np.float32)).astype(np.float32, copy=False) * root[:, None].astype(np.float32)


def _gram(block: np.ndarray, mean: np.ndarray, root: np.ndarray) -> np.ndarray:
    """(n, n) products of the rows of a centred block."""
    gram = np.zeros((len(block), len(block)))
    for part in _pieces(block, mean, root):
        gram += part @ part.T
    return gram


def _groups(together: np.ndarray | None, n: int) -> list[np.ndarray]:
    """[(G, m) places of rows]: the groups by their size; each row for itself where they are not told, or where there is but one."""
    if together is None or len(np.unique(together)) < 2:
        return [np.arange(n)[:, None]]
    order = np.argsort(together, kind="stable")
    sizes = np.unique(together, return_counts=True)[1]
    rows = np.split(order, np.cumsum(sizes)[:-1])
    return [np.stack([own for own, many in zip(rows, sizes, strict=True) if many == size]) for size in np.unique(sizes)]


def _left_out(values: np.ndarray, left: np.ndarray, aims: tuple[np.ndarray, np.ndarray], groups: list[np.ndarray]) -> tuple[float, float, np.ndarray]:
    """(penalty, loss, (n, k) told of rows left out): the best of PENALTIES, for the orthogonal `left` (n, r) with its eigenvalues (r,).

    aims: the outcomes less their mean, times the roots of the weights, and these roots (n,). `left` stands off them, so that what a row adds to the
    mean is a part of H by itself.
    """
    aim, root = aims
    shown, mean = left.T @ aim, root / np.sqrt((root**2).sum())
    best: tuple[float, float, np.ndarray] | None = None
    for penalty in PENALTIES:
        shrunk = values / (values + penalty)
        error = _alone(left * np.sqrt(shrunk), mean, aim - left @ (shrunk[:, None] * shown), groups)
        loss = float((error**2).sum())
        if best is None or loss < best[1]:
            best = (float(penalty), loss, aim - error)
    assert best is not None
    return best


def _alone(half: np.ndarray, mean: np.ndarray, residual: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """(n, k) the residuals of rows that were left out with their group, where half @ half.T + mean @ mean.T is H."""
    made = residual.copy()
    for places in groups:
        size = places.shape[1]
        if size == 1:
            rows = places[:, 0]
            own = np.einsum("nr,nr->n", half[rows], half[rows]) + mean[rows] ** 2
            made[rows] = residual[rows] / np.maximum(1.0 - own, SURE)[:, None]
            continue
        step = max(1, CELLS // size**2)
        for some in (places[a : a + step] for a in range(0, len(places), step)):
            own = np.stack([half[rows] @ half[rows].T for rows in some]) + mean[some][:, :, None] * mean[some][:, None, :]
            made[some.ravel()] = np.linalg.solve((1.0 + SURE) * np.eye(size) - own, residual[some]).reshape(-1, residual.shape[1])
    return made


def calibration(scores: np.ndarray, truth: np.ndarray, classes: int, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """(slope, (k',) shifts) with which slope * scores + shift are log-odds. scores (n, k') of rows left out, k' 1 for two classes; truth (n,) int."""
    n, wide = scores.shape
    counts = np.bincount(truth, minlength=classes)
    sure = (counts[truth] + 1.0) / (counts[truth] + 2.0)
    soft = np.repeat((1.0 - sure)[:, None] / (classes - 1), classes, axis=1)
    soft[np.arange(n), truth] = sure
    share, flat = weights / weights.sum(), FLAT / n

    def lost(at: np.ndarray) -> tuple[float, np.ndarray]:
        slope = np.exp(at[0])
        raw = slope * scores + at[1:]
        logits = np.column_stack([np.zeros(n), raw]) if wide == 1 else raw
        logits = logits - logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        steep = (np.exp(logs) - soft)[:, -wide:] * share[:, None]
        loss = -float((share[:, None] * soft * logs).sum()) + flat * float((at[1:] ** 2).sum())
        return loss, np.concatenate([[slope * float((steep * scores).sum())], steep.sum(axis=0) + 2 * flat * at[1:]])

    found = minimize(lost, np.zeros(wide + 1), jac=True, method="L-BFGS-B", bounds=[(-5.0, 7.0), *([(-20.0, 20.0)] * wide)])
    return float(np.exp(found.x[0])), found.x[1:]


LEAD = 0.5
