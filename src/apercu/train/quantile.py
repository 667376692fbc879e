"""Intervals: from where to where a number will lie, with a share of rows inside that is kept on rows that no model saw.

    told = intervals(model, split, 0.9)
    low, high = told.predict(rows)          # about 90 rows in 100 lie between

What the model leaves over out of fold (its residuals) is learned by two LightGBM quantile regressions, one for either end, so that the interval
is wide where the model errs much and narrow where it does not. They are cross-fitted over the folds of the split, and what they miss on each
row's own fold widens (or narrows) every interval by one constant: conformalised quantile regression (Romano, Patterson & Candès 2019), with the
scores of all folds pooled as in CV+ (Barber et al. 2021); that new rows get the mean of the folds' models, which errs less, is taken into
account. The assumption is that new rows come as those of the table did (of another block, where
rows come in blocks). What it does not promise: the same share in every group, or under
drift; and where the folds' models differ nearly as much as they err (small tables, a steep target), more rows lie inside than stated.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from scipy.special import ndtri

from ..core.errors import WordsError
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.split import Split
from ..stats.conformal import reach
from ._columns import typed, usable, weights_of
from ._encode import Codes, Levels, Numbers, from_json
from ._lightgbm import SHALLOW, STEADY

__all__ = ["Intervals", "intervals"]

ROUNDS: Final = 150
LEAST: Final = 0.5  # of its width that an interval keeps however much the folds' models differ
FEW: Final = 200  # known rows below which residuals are taken to be alike everywhere
SHARED: Final = 5_000_000  # cells from which several threads pay
LEAF: Final = 40  # rows of a leaf at least


@dataclass(frozen=True)
class Intervals:
    """model: what says the middle; boosters (folds, 2): either end of what it leaves over; codes (folds,): how they read the columns.

    wider: what every end is moved outwards by, in the number's unit; floor: no end lies below it.
    """

    model: CrossFitted
    coverage: float
    codes: tuple[Codes, ...]
    boosters: tuple[tuple[lgb.Booster, lgb.Booster], ...]
    wider: float
    floor: float

    def predict(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n,), (n,)) the low and the high end, low <= high, in the number's unit."""
        each = np.stack([fold.predict(rows) for fold in self.model.folds])
        middle, ends = self.model.predict(rows), np.zeros((2, rows.n))
        for codes, pair in zip(self.codes, self.boosters, strict=True):
            ends += _asked(pair, _matrix(codes, rows, middle)) / len(self.codes)
        ends += np.array([[-self.wider], [self.wider]])
        return _around(middle, ends * _steadier(ends, each, self.coverage), self.floor)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `quantile_<fold>_<low|high>.txt` and returns the rest as JSON; the model is kept by itself."""
        for i, pair in enumerate(self.boosters):
            for name, booster in zip(("low", "high"), pair, strict=True):
                (folder / f"quantile_{i}_{name}.txt").write_text(booster.model_to_string(), encoding="utf-8")
        codes = [[part.to_json() for part in c.parts] for c in self.codes]
        return {"coverage": self.coverage, "wider": self.wider, "floor": self.floor if np.isfinite(self.floor) else None, "codes": codes}

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any], model: CrossFitted) -> Intervals:
        """Reads what `save` wrote, for the model that it was made of."""
        codes, boosters = [], []
        for i, trees in enumerate(card["codes"]):
            codes.append(Codes(tuple(part for tree in trees if isinstance(part := from_json(tree), Numbers | Levels))))
            texts = [(folder / f"quantile_{i}_{name}.txt").read_text(encoding="utf-8") for name in ("low", "high")]
            boosters.append((lgb.Booster(model_str=texts[0]), lgb.Booster(model_str=texts[1])))
        floor = -np.inf if card["floor"] is None else float(card["floor"])
        return Intervals(model, float(card["coverage"]), tuple(codes), tuple(boosters), float(card["wider"]), floor)


def intervals(model: CrossFitted, split: Split, coverage: float = 0.9) -> Intervals:
    """The intervals of a model of a number. Raises WordsError for another goal, or a coverage that is not between 0 and 1."""
    goal = split.goal
    if goal is None or goal.task != "numeric":
        raise WordsError("intervals are about numbers; the target is a class, whose probabilities say how sure they are.")
    if not 0.0 < coverage < 1.0:
        raise WordsError(f"the coverage of intervals must lie between 0 and 1; got {coverage!r}.")
    columns = usable(split.data.schema, goal)
    rows = typed(split.rows.only((*model.columns, *([goal.weight] if goal.weight else []))), columns)
    truth, middle, weights = goal.coded(split.rows), model.out_of_fold, weights_of(rows, goal)
    known = np.flatnonzero(~np.isnan(truth) & ~np.isnan(middle))
    left, ends = truth - middle, np.zeros((2, rows.n))
    codes, boosters = [], []
    for fold in np.unique(split.folds[known]) if len(known) >= FEW else ():
        own, others = known[split.folds[known] == fold], known[split.folds[known] != fold]
        codes.append(Codes.fit(rows.take(others), model.columns))
        pair = _fitted(_matrix(codes[-1], rows.take(others), middle[others]), left[others], None if weights is None else weights[others], coverage)
        boosters.append(pair)
        ends[:, own] = _asked(pair, _matrix(codes[-1], rows.take(own), middle[own]))
    scores = np.maximum(ends[0] - left, left - ends[1])[known]
    wider = reach(scores, coverage, None if weights is None else weights[known])
    floor = 0.0 if len(known) and truth[known].min() >= 0 else -np.inf
    return Intervals(model, coverage, tuple(codes), tuple(boosters), wider, floor)


def _steadier(ends: np.ndarray, each: np.ndarray, coverage: float) -> np.ndarray:
    """(n,) by how much the mean of the folds' models errs less than one of them, whose errors gave the ends (2, n).

    For any truth the mean squared error of the folds' predictions (folds, n) is that of their mean plus their variance (Krogh & Vedelsby 1995),
    so the variance, which needs no truth, is taken off again.
    """
    half = np.maximum(0.5 * (ends[1] - ends[0]), 1e-300)
    spread = float(ndtri(0.5 + coverage / 2)) ** 2 * each.var(axis=0)
    return np.sqrt(np.maximum(1.0 - spread / half**2, LEAST**2))


def _around(middle: np.ndarray, ends: np.ndarray, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends (2, n) of what is left over, around the middle; ends that have crossed meet half-way."""
    low, high = middle + ends[0], middle + ends[1]
    meeting = 0.5 * (low + high)
    return np.maximum(np.minimum(low, meeting), floor), np.maximum(np.maximum(high, meeting), floor)


def _matrix(codes: Codes, rows: Rows, middle: np.ndarray) -> np.ndarray:
    return np.column_stack([codes.matrix(rows), middle])


def _fitted(matrix: np.ndarray, left: np.ndarray, weights: np.ndarray | None, coverage: float) -> tuple[lgb.Booster, lgb.Booster]:
    made = []
    threads = (os.cpu_count() or 1) if matrix.size >= SHARED else 1
    for alpha in (0.5 - coverage / 2, 0.5 + coverage / 2):
        data = lgb.Dataset(matrix, left, weight=weights, params={"verbosity": -1})
        booster = lgb.train(
            {**STEADY, **SHALLOW, "objective": "quantile", "alpha": alpha, "min_data_in_leaf": LEAF, "num_threads": threads}, data, ROUNDS
        )
        made.append(lgb.Booster(model_str=booster.model_to_string()))
    return made[0], made[1]


def _asked(pair: tuple[lgb.Booster, lgb.Booster], matrix: np.ndarray) -> np.ndarray:
    """(2, n) low and high end."""
    if not len(matrix):
        return np.zeros((2, 0))
    threads = (os.cpu_count() or 1) if matrix.size >= SHARED else 1
    return np.stack([np.asarray(booster.predict(matrix, num_threads=threads)) for booster in pair])
