"""A small boosted regression for whoever needs an expectation rather than a model: trees, few of them, that stop when they foretell no more.

    expected = regression(rows, outcome)      # LightGBM, every fifth row watched
    expected(fresh)                           # (m,) what it expects of rows with the same columns

What a treatment does to whom is a weak signal in much noise, asked of many regressions (advise/effects fits some thirty of them for one treatment),
so the trees are shallow, large leaves are asked for and at most ROWS rows are learned from. What it does *not* do: search settings,
average several fits, calibrate; the families that do are the other files here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ..core.goal import Goal
from ..core.rows import Rows
from .boosting import Boosting

__all__ = ["regression"]

ROWS: Final = 50_000  # that one fit learns from: a third of a CPU second with ten columns, and some twenty-five fits study one treatment
LEAST: Final = 40  # below, nothing but the mean is learned
WATCHED: Final = 5  # one row in so many is watched
OUTCOME: Final = "_outcome"  # a name that begins like those of apercu's own columns, so that no table has it
SETTINGS: Final[dict[str, Any]] = {  # few leaves with many rows in each: the signal is weak, and a leaf of twenty rows tells its own noise
    "learning_rate": 0.1, "num_leaves": 8, "bagging_fraction": 0.8, "feature_fraction": 0.8, "lambda_l2": 5.0, "min_data_in_leaf": 100,
}  # fmt: skip


def regression(rows: Rows, outcome: np.ndarray) -> Callable[[Rows], np.ndarray]:
    """Learns to expect outcome (n,), without gaps, of all columns of rows; gives the function (m rows) -> (m,). The same rows, the same trees.

    Where nothing can be learned (no column, too few rows, or one value only) it expects the mean.
    """
    if rows.n < LEAST or not tuple(rows) or np.ptp(outcome) == 0.0:
        mean = float(outcome.mean()) if rows.n else 0.0
        return lambda fresh: np.full(fresh.n, mean)
    if rows.n > ROWS:
        kept = np.linspace(0, rows.n - 1, ROWS).astype(int)  # rows stand in the order of the table; evenly spread ones hold every part of it
        rows, outcome = rows.take(kept), outcome[kept]
    watched = np.arange(rows.n) % WATCHED == 0
    table = rows.plus({OUTCOME: outcome.astype(np.float64)})
    learner = Boosting(tuple(SETTINGS.items()), log=False)
    return learner.fit(table.take(~watched), Goal(OUTCOME, "numeric"), table.take(watched)).predict
