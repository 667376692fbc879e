"""What a mend brings: the model trained anew without the doubtful rows, measured on all rows, the doubtful ones included.

    gain = gained(split, model, rows, fit)            # fit: Split -> CrossFitted, handed in by whoever may train
    gain.say("en")          # Trained anew without 77 doubtful rows, the model errs in 4.1% of all 1,797 rows, before in 5.0% (-0.9 points, ...

`without` makes the target of the doubtful rows unknown, so that no fold learns from them and every fold stays as it was. Both models predict every
row out of fold, and what is compared is how often they err (of numbers, the mean absolute error), row by row. Leaving the doubtful rows out of the
comparison as well would be a trick: rows at which a model errs most are chosen by their labels, and without them any model that unlearns them looks
better, on perfect data too. Null hypothesis: both err alike; the interval is Student's of the mean difference, rows independent (or blocks of
them, where rows come in blocks). With labels that are wrong in a share r of the rows of each class, the error that is seen is r + (1 - 2r) times the
true one, so its sign is that of the truth (Angluin & Laird 1988) and its size is told too small. What breaks that: wrong labels on one side only.
What it does *not* say: that the doubtful rows are wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from scipy.special import stdtrit

from ..core.errors import WordsError
from ..core.model import CrossFitted
from ..core.rows import Coded
from ..core.split import Split
from ..words import phrases
from ..words.numbers import count, percent, plain

__all__ = ["Gain", "gained", "without"]

KEPT: Final = 20  # rows that must be left


class Gain(NamedTuple):
    """Error before and after (a share of rows; of numbers the mean absolute error), the fall (positive: better) with its 95 % interval.

    On n rows; `left` of them were left out of training. rate: whether errors are a share of rows.
    """

    before: float
    after: float
    fall: float
    low: float
    high: float
    n: int
    left: int
    rate: bool

    def say(self, lang: str = "en") -> str:
        """The gain as a sentence."""
        w, unit = phrases(lang), "share" if self.rate else ""
        write = percent if self.rate else (lambda x: plain(float(f"{x:.4g}")))
        apart = f"{w.difference(-self.fall, unit)}, {w.interval(-self.high, -self.low, unit)}"
        before, after, left, n = write(self.before), write(self.after), count(self.left), count(self.n)
        sure = self.low > 0 or self.high < 0
        if lang == "zh":
            what = f"全部 {n} 行中出错的占 {after}，之前为 {before}" if self.rate else f"全部 {n} 行的平均绝对误差为 {after}，之前为 {before}"
            return f"不用 {left} 行可疑数据重新训练后，{what}（{apart.replace(', ', '，')}）{'' if sure else '，没有明确差别'}。"
        what = (
            f"the model errs in {after} of all {n} rows, before in" if self.rate else f"the mean absolute error over all {n} rows is {after}, before"
        )
        rows = "row" if self.left == 1 else "rows"
        return f"Trained anew without {left} doubtful {rows}, {what} {before} ({apart}){'' if sure else ', which is no sure difference'}."


def gained(split: Split, model: CrossFitted, rows: Sequence[int], fit: Callable[[Split], CrossFitted]) -> Gain:
    """What training without some rows (numbers in the source) brings. Raises WordsError where hardly any row would be left."""
    fewer = without(split, rows)
    known = int(np.count_nonzero(~np.isnan(split.goal.coded(fewer.rows))))
    left = int(np.count_nonzero(~np.isnan(split.goal.coded(split.rows)))) - known
    if known < KEPT:
        raise WordsError(f"{left:,} rows to leave out of {left + known:,} leave too few to learn from; name fewer.")
    before, after = _errors(split, model.out_of_fold), _errors(split, fit(fewer).everywhere(split.rows, split.folds))
    told = ~np.isnan(before) & ~np.isnan(after)
    apart = (before - after)[told]
    half = _half_width(apart, None if split.blocks is None else split.blocks[told])
    fall = float(apart.mean())
    rate = split.goal.task != "numeric"
    return Gain(float(before[told].mean()), float(after[told].mean()), fall, fall - half, fall + half, int(told.sum()), left, rate)


def without(split: Split, rows: Sequence[int]) -> Split:
    """The same split, where the target of some rows (numbers in the source) is unknown."""
    gone = np.isin(split.rows["_row"].astype(int), np.asarray(rows, dtype=int))
    target = split.rows.column(split.goal.target)
    if isinstance(target, Coded):
        column: np.ndarray | Coded = Coded(np.where(gone, -1, target.codes).astype(np.int32), target.levels)
    else:
        column = np.where(gone, np.nan, split.rows[split.goal.target])
    return replace(split, rows=split.rows.plus({split.goal.target: column}))


def _errors(split: Split, out: np.ndarray) -> np.ndarray:
    """(n,) how far each row's prediction is off (of classes: 1 where it is another), NaN where there is none."""
    truth = split.goal.coded(split.rows)
    if split.goal.task == "numeric":
        return np.abs(truth - out)
    known = ~np.isnan(truth) & ~np.isnan(out[:, 0])
    return np.where(known, (out.argmax(axis=1) != truth).astype(np.float64), np.nan)


def _half_width(x: np.ndarray, blocks: np.ndarray | None) -> float:
    """Of the 95 % interval of a mean; of rows in blocks, of their sums (Liang & Zeger 1986)."""
    if blocks is not None:
        place = np.unique(blocks, return_inverse=True)[1]
        sums = np.bincount(place, x - x.mean())
        if len(sums) < 2:
            return math.inf
        return float(stdtrit(len(sums) - 1, 0.975)) * math.sqrt(float(sums @ sums) * len(sums) / (len(sums) - 1)) / len(x)
    return float(stdtrit(len(x) - 1, 0.975)) * float(x.std(ddof=1)) / math.sqrt(len(x))
