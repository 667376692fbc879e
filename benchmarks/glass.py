"""The glass box beside the Explainable Boosting Machine (package interpret): test score and CPU seconds of the fits, on the same splits.

python benchmarks/glass.py [telco german adult ...] [--splits 1] [--only-ours]

The first split is the fixed one of ../shared/measure_tables.py; further ones divide its training rows anew. Without interpret, ours alone.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pandas as pd
from _shared import SHARED, instrument

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.stats.scores import auc, rmse
from apercu.train.glass import Glass

WATCHED = 0.15


def seconds():
    """CPU seconds of this process and of its finished children."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def rows_of(frame, binary):
    """A frame as rows, the target as yes and no."""
    columns = {name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame}
    if binary:
        columns["target"] = ["yes" if value else "no" for value in columns["target"]]
    return Rows.of(columns)


def ours(train, test, binary):
    """Predictions of the glass box, and how many tables it has."""
    rows, goal = rows_of(train, binary), Goal("target", "binary", ("no", "yes"), "yes") if binary else Goal("target", "numeric")
    order = np.random.default_rng(0).permutation(rows.n)
    cut = int(WATCHED * rows.n)
    begun = seconds()
    model = Glass().fit(rows.take(np.sort(order[cut:])), goal, rows.take(np.sort(order[:cut])))
    spent = seconds() - begun
    told = model.predict(rows_of(test, binary))
    return told[:, 1] if binary else told, spent


def theirs(train, test, binary):
    """Predictions of interpret's EBM with its defaults, on one process so that all its work is counted."""
    from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor

    model = (ExplainableBoostingClassifier if binary else ExplainableBoostingRegressor)(random_state=1, n_jobs=1)
    begun = seconds()
    model.fit(train.drop(columns="target"), train["target"])
    spent = seconds() - begun
    inputs = test.drop(columns="target")
    return model.predict_proba(inputs)[:, 1] if binary else model.predict(inputs), spent


def main():
    """Prints one line per table and split."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tables", nargs="*", default=["german", "telco"])
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--only-ours", action="store_true")
    asked = parser.parse_args()
    measure = instrument("measure_tables")
    peers = [("ours", ours)] + ([("EBM", theirs)] if find_spec("interpret") and not asked.only_ours else [])
    with tempfile.TemporaryDirectory() as folder:
        measure.prep(SHARED / "data" / "tabular", folder)
        small = Rows.of({"x": np.arange(60.0), "target": ["yes", "no"] * 30})
        Glass().fit(small, Goal("target", "binary", ("no", "yes"), "yes"), small)  # kernels are compiled once per machine
        for name in asked.tables:
            whole, test = (pd.read_parquet(Path(folder) / f"{name}.{part}.parquet") for part in ("train", "test"))
            for split in range(asked.splits):
                train = whole
                if split:
                    order = np.random.default_rng(split).permutation(len(whole))
                    train, test = whole.iloc[order[: int(0.8 * len(whole))]], whole.iloc[order[int(0.8 * len(whole)) :]]
                binary = measure.KIND[name] == "binary"
                told = []
                for label, fit in peers:
                    scores, spent = fit(train, test, binary)
                    metric = auc if binary else rmse
                    told.append(f"{label} {float(metric(test['target'].to_numpy(float), np.asarray(scores))):.4f} in {spent:.2f} CPU s")
                print(f"{name:<8} split {split}: {'; '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
