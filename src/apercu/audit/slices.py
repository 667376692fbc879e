"""Weak slices: where the model is worse than it should be, found on one half of the rows and proved on the other.

    Where region is “north” and age is at most 30, the model errs in 41.2% of rows, though its own probabilities promise 18.0%
    (excess +23.2 points, 95% interval +15.0 to +31.4; 212 rows that the search never saw).

A target may be hard to predict in one group and easy in another; that is no weakness. So each row is measured by its error beyond what the model
itself promised for it: of classes, (wrong or not) - (1 - highest probability), whose mean is 0 wherever the model is calibrated, and which counts
the more the surer the model was (by twice the probability less one, as in the Brier score); of numbers, the size of the out-of-fold residual beside
that of all rows. Search: conditions of one to three terms, grown from the best (a beam), ranked by the scan statistic of errors beside promised
ones (stats/scan), which is of one size for labels that cannot be known and for probabilities that are far too sure; a longer one must also stand
apart from its parent's other rows by more than the best of so many would by chance. Null hypothesis, on unseen rows: errors in the slice are as
promised, but for what is amiss everywhere; p is the larger of the score test's and of Welch's (clustered where rows come in blocks) against all
other rows, one-sided, under Benjamini and Hochberg's rate.

Assumes that rows (or blocks) are independent. What it does *not* find: slices where a model is *right* to be unsure; conditions over more than
three columns.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from scipy.special import ndtr

from ..core.codes import Codes
from ..core.condition import Condition
from ..core.fault import Fault
from ..core.model import CrossFitted
from ..core.split import Split
from ..stats.beam import held
from ..stats.fdr import benjamini_hochberg
from ..stats.scan import surely, surely_apart
from ..stats.tests import Contrast, clustered, welch
from ..words import phrases
from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["Slice", "excess", "find", "weak"]

KINDS: Final = ("number", "flag", "category", "money", "place")
LEAST: Final = 30  # rows of a slice, in each half
DEPTH: Final = 3  # terms
WIDTH: Final = 24  # slices of each length that are grown further
CLAIMED: Final = 10  # slices that are proved at most
START: Final = 3.0  # z of a slice that is claimed
SIMPLER: Final = 0.8  # of the best z, from which a slice of fewer of the same terms is claimed instead
POINTS: Final = 0.03  # least excess of errors that is worth a word
TIMES: Final = 1.2  # least size of a number's errors beside all others
BINS: Final = 8
LITTLE: Final = 1e-9  # added to each row's promise, so that a sum is never 0
LEVEL: Final = 0.95


class Slice(NamedTuple):
    """A weak slice: where it is; measured and promised error; gap with its interval, on n unseen rows; p and q."""

    where: Condition
    error: float
    promised: float
    gap: float
    low: float
    high: float
    n: int
    p: float
    q: float


_Box = tuple[tuple[int, ...], np.ndarray, float]  # its items, its rows, its z


class _Measured(NamedTuple):
    """Of n rows: error and promise; the error as it is counted, its mean and `variance` where the promise is kept."""

    error: np.ndarray
    promised: np.ndarray
    counted: np.ndarray
    expected: np.ndarray
    variance: np.ndarray

    @property
    def beyond(self) -> np.ndarray:
        """(n,) what is tested, of mean 0 where the promise is kept."""
        return self.counted - self.expected

    def sums(self, rows: np.ndarray) -> tuple[float, float, float]:
        """What is counted and expected in some rows, and the variance."""
        return float(self.counted[rows].sum()), float(self.expected[rows].sum()), float(self.variance[rows].sum())


def find(split: Split, model: CrossFitted, q: float = 0.05) -> list[Fault]:
    """One Fault per weak slice, the surest first."""
    return [_fault(one, place, split, numeric=split.goal.task == "numeric") for place, one in enumerate(weak(split, model, q), 1)]


def weak(split: Split, model: CrossFitted, rate: float = 0.05) -> list[Slice]:
    """The weak slices that held on unseen rows, the surest first."""
    target, out = split.goal.coded(split.rows), model.out_of_fold
    known = np.flatnonzero(~np.isnan(target) & ~np.isnan(out if out.ndim == 1 else out[:, 0]))
    if len(known) < 4 * LEAST:
        return []
    measured = excess(target[known], out[known])
    search = (split.folds[known] % 2 == 0) if split.how == "permutation" else split.half[known] == 1
    if min(np.count_nonzero(search), np.count_nonzero(~search)) < 2 * LEAST:
        return []
    claims = _claims(split, known[search], _Measured(*(part[search] for part in measured)))
    rows = split.rows.take(known[~search])
    blocks = None if split.blocks is None else split.blocks[known[~search]]
    seen = _Measured(*(part[~search] for part in measured))
    proved = _proved(claims, [claim.holds(rows) for claim in claims], seen, blocks, rate)
    return [one for one in proved if one.gap >= (POINTS if out.ndim == 2 else (TIMES - 1.0) * one.promised)]


def excess(truth: np.ndarray, prediction: np.ndarray) -> _Measured:
    """Errors beyond the promise, of truth (n,) codes and probabilities (n, k), or of two (n,) numbers."""
    if prediction.ndim == 1:
        size = np.abs(truth - prediction)
        size = np.minimum(size, np.quantile(size, 0.995))  # a few gross errors are labels' business
        usual = float(size.mean())
        return _Measured(size, np.full(len(size), usual), size, np.full(len(size), usual), np.full(len(size), max(float(size.var()), 1e-300)))
    best = prediction.max(axis=1)
    wrong = (prediction.argmax(axis=1) != truth).astype(np.float64)
    weight = np.maximum(2.0 * best - 1.0, 0.0)
    counted, expected, variance = weight * wrong, weight * (1.0 - best) + LITTLE, weight**2 * best * (1.0 - best) + LITTLE
    amiss = max(1.0, float(counted.sum() / expected.sum()))  # how many times as often as promised the model errs everywhere
    return _Measured(wrong, 1.0 - best, counted, amiss * expected, amiss * variance)


def _claims(split: Split, places: np.ndarray, seen: _Measured) -> list[Condition]:
    """The conditions worth a proof, by the searched rows alone."""
    rows = split.rows.take(places)
    made = {name: expression for step in split.data.steps for name, expression in step.columns.items()}
    derived = {c.name: made[c.name] for c in split.data.schema if c.derived and c.name in made}
    names = tuple(c.name for c in split.data.schema.features() if c.kind in KINDS and c.name in rows)
    codes = Codes.of(rows, names, bins=BINS, least=LEAST, derived=derived)
    if not codes.names:
        return []
    found: dict[tuple[int, ...], tuple[float, np.ndarray]] = {}
    layer: list[_Box] = [((), np.arange(rows.n), 0.0)]
    for _ in range(DEPTH):
        best = sorted(_grown(codes, seen, layer).items(), key=lambda pair: (-pair[1][0], pair[0]))[:WIDTH]
        layer = [(key, part, z) for key, (z, part) in best]
        found.update(best)
    return [codes.condition(key) for key in _chosen(found, seen)]


def _grown(codes: Codes, seen: _Measured, layer: list[_Box]) -> dict[tuple[int, ...], tuple[float, np.ndarray]]:
    """{items: (z, its rows)} of the boxes with one term more than those of a layer, each of which stands apart from its parent's other rows."""
    grown: dict[tuple[int, ...], tuple[float, np.ndarray]] = {}
    items = codes.levels, codes.starts, codes.low, codes.high
    step = math.sqrt(2.0 * math.log(max(len(codes.low), 2)))  # about what the best of so many terms reaches by chance
    for own, inside, z in layer:
        used = {codes.column_of(i) for i in own}
        whole = seen.sums(inside)
        n, counted = held(codes.codes, seen.counted, inside, items)
        expected, variance = (held(codes.codes, x, inside, items)[1] for x in (seen.expected, seen.variance))
        score = np.where(n >= LEAST, surely(counted, expected, variance), 0.0)
        for item in np.argsort(-score, kind="stable")[:WIDTH]:
            key = tuple(sorted((*own, int(item))))
            if codes.column_of(int(item)) in used or key in grown or score[item] <= max(z, 1.0):
                continue
            sums = float(counted[item]), float(expected[item]), float(variance[item])
            if own and (len(inside) - n[item] < LEAST or surely_apart(sums, whole) < step):
                continue
            grown[key] = (float(score[item]), inside[codes.holds(int(item))[inside]])
    return grown


def _chosen(found: dict[tuple[int, ...], tuple[float, np.ndarray]], seen: _Measured) -> list[tuple[int, ...]]:
    """The best slices, each with an excess of its own beyond what those before it lead one to expect (Zhang, Assuncao & Kulldorff 2010)."""
    kept: list[tuple[int, ...]] = []
    left = seen._replace(expected=seen.expected.copy(), variance=seen.variance.copy())
    pool = sorted(found.items(), key=lambda pair: (-pair[1][0], len(pair[0]), pair[0]))
    while pool and len(kept) < CLAIMED:
        scores = [float(surely(*left.sums(rows))) for _, (_, rows) in pool]
        place = int(np.argmax(scores))
        if scores[place] < START:
            break
        enough = SIMPLER * scores[place]
        simpler = [i for i, (key, _) in enumerate(pool) if set(key) <= set(pool[place][0]) and scores[i] >= enough]
        key, (_, rows) = pool.pop(min(simpler, key=lambda i: (len(pool[i][0]), -scores[i])))
        kept.append(key)
        counted, expected, _ = left.sums(rows)
        left.expected[rows] *= counted / expected
        left.variance[rows] *= counted / expected
    return kept


def _proved(claims: list[Condition], inside: list[np.ndarray], seen: _Measured, blocks: np.ndarray | None, rate: float) -> list[Slice]:
    """The claims that hold on unseen rows."""
    made = []
    for claim, mask in zip(claims, inside, strict=True):
        n = int(np.count_nonzero(mask))
        if n < LEAST or len(mask) - n < LEAST:
            continue
        tested, told = _compared(seen.beyond, mask, blocks), _compared(seen.error - seen.promised, mask, blocks)
        z = float(seen.beyond[mask].sum()) / math.sqrt(float(seen.variance[mask].sum()))
        p = max(tested.tail if tested.gap > 0 else 1.0, float(ndtr(-z)))
        error, promised = float(seen.error[mask].mean()), float(seen.promised[mask].mean())
        made.append(Slice(claim, error, promised, told.gap, told.low, told.high, n, p, 1.0))
    q = benjamini_hochberg(np.array([one.p for one in made])) if made else np.zeros(0)
    held_ = [
        one._replace(q=float(value)) for one, value in zip(made, q, strict=True) if value <= rate and one.low > 0.0
    ]  # nothing is told with 0 in its interval
    return sorted(held_, key=lambda one: (one.p, -one.gap))


def _compared(x: np.ndarray, mask: np.ndarray, blocks: np.ndarray | None) -> Contrast:
    """The slice beside all other rows; of rows in blocks, the more careful of both tests."""
    plain_ = welch(x[mask], x[~mask], LEVEL)
    if blocks is None:
        return plain_
    block = clustered(x, mask, blocks, LEVEL)
    low, high = min(plain_.low, block.low), max(plain_.high, block.high)
    return plain_._replace(low=low, high=high, p=max(plain_.p, block.p), tail=max(plain_.tail, block.tail))


def _fault(one: Slice, place: int, split: Split, *, numeric: bool) -> Fault:
    rows = one.where.holds(split.rows)
    evidence = {
        "n": float(one.n), "rows": float(np.count_nonzero(rows)), "error": one.error, "promised": one.promised,
        "gap": one.gap, "low": one.low, "high": one.high, "p": one.p, "q": one.q,
    }  # fmt: skip
    en, zh = phrases("en"), phrases("zh")
    if numeric:
        told = plain(float(f"{one.error:.4g}")), plain(float(f"{one.promised:.4g}"))
        said = (f"errs by {told[0]} on average, beside {told[1]} over all rows", f"的平均误差为 {told[0]}，而全部行为 {told[1]}")
    else:
        told = percent(one.error), percent(one.promised)
        said = (f"errs in {told[0]} of rows, though its own probabilities promise {told[1]}", f"出错的行占 {told[0]}，而按其自身概率应为 {told[1]}")
    unit = "" if numeric else "share"
    gap = en.difference(one.gap, unit), zh.difference(one.gap, unit)
    spans = en.interval(one.low, one.high, unit), zh.interval(one.low, one.high, unit)
    n = count(one.n)
    text = {
        "en": f"{en.when(one.where.say('en'))}, the model {said[0]} (excess {gap[0]}, {spans[0]}; {n} rows that the search never saw).",
        "zh": f"{glue(zh.when(one.where.say('zh')), '，模型', said[1])}（超出 {gap[1]}，{spans[1]}；依据搜索从未见过的 {n} 行）。",
    }
    mend = {
        "en": "Until it is mended, let a person decide there. More rows of this kind, or a column that tells them apart, would help; a rule that "
        "holds there can be joined to the model.",
        "zh": "在改进之前，这类情形宜由人来决定。补充这类数据或增加能区分它们的列会有帮助；若有适用的规则，也可并入模型。",
    }
    return Fault(f"slice:{place}", "slice", text, mend, evidence, where=one.where)
