"""What a mend brings: the model trained anew without the doubtful rows, measured on rows that are not doubted.

    gain = gained(split, model, fault.rows, fit)      # fit: Split -> CrossFitted, handed in by whoever may train
    gain.say("en")                                    # Without 77 doubtful rows the loss falls by 0.012 (95% interval 0.008 to 0.016) ...

`without` makes the target of the doubtful rows unknown, so that no fold learns from them and every fold stays as it was. Both models predict the
other rows out of fold; the loss (log loss of classes, squared error of numbers) is compared row by row. Null hypothesis: the mean difference is
zero; the interval is Student's, of independent rows (or of blocks, where rows come in them). Which rows are doubted was chosen by the first model,
and they do not count, which flatters the first model if anyone: a gain is a gain. What it does *not* say: that the doubtful rows are wrong.
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
from ..words.numbers import count, plain

__all__ = ["Gain", "gained", "without"]

LEAST: Final = 1e-15  # probability below which a loss ends
KEPT: Final = 20  # rows that must be left


class Gain(NamedTuple):
    """Mean loss before and after, the fall (positive: better) with its 95 % interval, on n rows; `left` rows were left out of training."""

    before: float
    after: float
    fall: float
    low: float
    high: float
    n: int
    left: int

    def say(self, lang: str = "en") -> str:
        """The gain as a sentence."""
        fall, low, high = (plain(float(f"{x:.3g}")) for x in (self.fall, self.low, self.high))
        sure = self.low > 0 or self.high < 0
        if lang == "zh":
            verdict = "" if sure else "，与零没有明确差别"
            return (
                f"不用 {count(self.left)} 行可疑数据重新训练后，其余 {count(self.n)} 行上的折外损失下降 {fall}（95% 区间 {low} 至 {high}）{verdict}。"
            )
        verdict = "" if sure else ", which is not surely different from nothing"
        return (
            f"Trained anew without {count(self.left)} doubtful rows, the loss on the other {count(self.n)} rows, out of fold, falls by {fall} "
            f"(95% interval {low} to {high}){verdict}."
        )


def gained(split: Split, model: CrossFitted, rows: Sequence[int], fit: Callable[[Split], CrossFitted]) -> Gain:
    """What training without some rows (numbers in the source) brings. Raises WordsError where hardly any row would be left."""
    fewer = without(split, rows)
    known = ~np.isnan(split.goal.coded(fewer.rows))
    left = int(np.count_nonzero(~np.isnan(split.goal.coded(split.rows)))) - int(known.sum())
    if known.sum() < KEPT:
        raise WordsError(f"{left:,} rows to leave out of {left + int(known.sum()):,} leave too few to learn from; name fewer.")
    before, after = (_losses(split, one)[known] for one in (model, fit(fewer)))
    told = ~np.isnan(before) & ~np.isnan(after)
    apart = (before - after)[told]
    blocks = None if split.blocks is None else split.blocks[known][told]
    half = _half_width(apart, blocks)
    fall = float(apart.mean())
    return Gain(float(before[told].mean()), float(after[told].mean()), fall, fall - half, fall + half, int(told.sum()), left)


def without(split: Split, rows: Sequence[int]) -> Split:
    """The same split, where the target of some rows (numbers in the source) is unknown."""
    gone = np.isin(split.rows["_row"].astype(int), np.asarray(rows, dtype=int))
    target = split.rows.column(split.goal.target)
    if isinstance(target, Coded):
        column: np.ndarray | Coded = Coded(np.where(gone, -1, target.codes).astype(np.int32), target.levels)
    else:
        column = np.where(gone, np.nan, split.rows[split.goal.target])
    return replace(split, rows=split.rows.plus({split.goal.target: column}))


def _losses(split: Split, model: CrossFitted) -> np.ndarray:
    """(n,) loss of each row out of fold, NaN where it has none."""
    truth, out = split.goal.coded(split.rows), model.out_of_fold
    if split.goal.task == "numeric":
        return (truth - out) ** 2
    known = ~np.isnan(truth)
    losses = np.full(len(truth), np.nan)
    losses[known] = -np.log(np.maximum(out[known, truth[known].astype(int)], LEAST))
    return losses


def _half_width(x: np.ndarray, blocks: np.ndarray | None) -> float:
    """Of the 95 % interval of a mean; of rows in blocks, of their sums (Liang & Zeger 1986)."""
    if blocks is not None:
        place = np.unique(blocks, return_inverse=True)[1]
        sums = np.bincount(place, x - x.mean())
        if len(sums) < 2:
            return math.inf
        return float(stdtrit(len(sums) - 1, 0.975)) * math.sqrt(float(sums @ sums) * len(sums) / (len(sums) - 1)) / len(x)
    return float(stdtrit(len(x) - 1, 0.975)) * float(x.std(ddof=1)) / math.sqrt(len(x))
