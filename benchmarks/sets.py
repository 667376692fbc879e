"""Do sets of classes hold what they say, of every class? Coverage per class and mean size of 90 % sets on held-out rows.

python benchmarks/sets.py [--seeds N] [--tables bank telco]

The table is split as in `offers`; sets are those of `predict(..., coverage=0.9)`. Beside them marginal conformal sets of the same model, as libraries
give by default, which cover nine rows of ten and yet hardly any of a rare class. The bar on bank: every class >= .88, mean size <= 1.53.
"""

from __future__ import annotations

import argparse

import numpy as np
from offers import Held, held_out

from apercu.stats.conformal import reach
from apercu.stats.coverage import classes

COVERAGE, LEAST, SIZE = 0.9, 0.88, 1.53


def marginal(held: Held) -> np.ndarray:
    """(m, k) sets with one threshold for all classes."""
    out, truth = held.model.out_of_fold, held.split.goal.coded(held.split.rows)
    known = ~np.isnan(truth)
    score = 1.0 - out[known][np.arange(known.sum()), truth[known].astype(int)]
    return 1.0 - held.model.predict(held.rows) <= reach(score, COVERAGE)


def told(inside: np.ndarray, truth: np.ndarray) -> list[float]:
    """Coverage of each class, then the mean size."""
    return [*(float(inside[truth == c, c].mean()) for c in range(inside.shape[1])), float(inside.sum(axis=1).mean())]


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--seeds", type=int, default=3)
    reader.add_argument("--tables", nargs="+", default=["bank", "telco"])
    asked_ = reader.parse_args()
    for table in asked_.tables:
        ours, plain = [], []
        for seed_ in range(asked_.seeds):
            one = held_out(table, seed_, {})
            inside_ = classes(one.model.out_of_fold, one.split.goal.coded(one.split.rows), one.model.predict(one.rows), COVERAGE)
            ours.append(told(inside_, one.truth))
            plain.append(told(marginal(one), one.truth))
            print(f"{table} seed {seed_}: " + "  ".join(f"{x:.3f}" for x in ours[-1]), flush=True)
        mean, beside = np.mean(ours, axis=0), np.mean(plain, axis=0)
        met = "" if table != "bank" else f"  (bar: {bool(mean[:-1].min() >= LEAST and mean[-1] <= SIZE)})"
        print(f"{table} mean: coverage by class {mean[:-1].round(3).tolist()}, size {mean[-1]:.3f}{met}; marginal {beside.round(3).tolist()}")
