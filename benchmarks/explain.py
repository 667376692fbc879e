"""Attributions of trees beside LightGBM's own (and shap's, where it can be imported) in one run: the same numbers, at a fraction of the time.

python benchmarks/explain.py [rows] [folder that holds shap]

CPU seconds of this process. The peers are asked about fewer rows, because they are slow; rows per second are compared. Missing values and levels are
among the columns. Last, one row of an ensemble: the median CPU time of 200 calls of 25 boosters, laid side by side and asked at once.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import lightgbm as lgb
import numpy as np

from apercu.stats.tree_texts import of_lightgbm
from apercu.stats.trees import joined

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
PEER_ROWS, COLUMNS, TREES, LEAVES, BOOSTERS, CALLS = 2_000, 30, 300, 31, 25, 200
LEVELS = {3: 5, 7: 40, 11: 100}


def table(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(x (n, COLUMNS), y (n,)): numbers, three columns of levels, four with a tenth missing."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, COLUMNS))
    for j, k in LEVELS.items():
        x[:, j] = rng.integers(0, k, n)
    y = x[:, 0] + x[:, 1] * x[:, 2] + (x[:, 3] == 2) + np.sin(x[:, 7]) + (x[:, 11] % 7 > 3) + 0.3 * x[:, 4] ** 2
    y += x[:, 12:20] @ rng.normal(size=8) * 0.3 + rng.normal(size=n)
    for j in (0, 4, 7, 20):
        x[rng.random(n) < 0.1, j] = np.nan
    return x, (y > 1).astype(float)


def timed(work) -> tuple[float, object]:
    """(CPU seconds, the answer)."""
    begun = time.process_time()
    answer = work()
    return time.process_time() - begun, answer


x, y = table(ROWS)
settings = {"objective": "binary", "num_leaves": LEAVES, "learning_rate": 0.05, "verbosity": -1, "num_threads": 2, "seed": 1}
booster = lgb.train(settings, lgb.Dataset(x, y, categorical_feature=list(LEVELS), params={"verbosity": -1}), TREES)
reading, trees = timed(lambda: of_lightgbm(booster.model_to_string()))
trees.contributions(x[:64]), trees.contributions(x[:2]), trees.predict(x[:2])  # compiled, or read from the cache
few = x[:PEER_ROWS]
theirs, told = timed(lambda: booster.predict(few, pred_contrib=True))
ours, (parts, base) = timed(lambda: trees.contributions(x))
apart = max(np.abs(parts[:PEER_ROWS, :, 0] - told[:, :-1]).max(), np.abs(base - told[0, -1]).max())
print(f"{ROWS:,} rows x {COLUMNS} columns, {TREES} trees x {LEAVES} leaves, missing values and levels; the text was read in {reading:.2f} CPU s")
print(f"  LightGBM pred_contrib: {PEER_ROWS / theirs:,.0f} rows per CPU s ({PEER_ROWS:,} rows)")
rates = ROWS / ours, PEER_ROWS / theirs
print(f"  ours: {rates[0]:,.0f} rows per CPU s; {rates[0] / rates[1]:.1f} times as fast (bar 10), largest difference {apart:.1e} (bar 1e-9)")
scoring, raw = timed(lambda: booster.predict(x, raw_score=True))
flat, own = timed(lambda: trees.predict(x))
print(f"  raw scores: {ROWS / flat:,.0f} rows per CPU s against {ROWS / scoring:,.0f}, largest difference {np.abs(own[:, 0] - raw).max():.1e}")
sys.path += sys.argv[2:]
try:
    import shap
except ImportError:
    print("  shap: not here")
else:
    seconds, said = timed(lambda: shap.TreeExplainer(booster).shap_values(few))
    said = said[-1] if isinstance(said, list) else said
    print(
        f"  shap {shap.__version__}: {PEER_ROWS / seconds:,.0f} rows per CPU s, largest difference {np.abs(parts[:PEER_ROWS, :, 0] - said).max():.1e}"
    )

ensemble = joined([trees] * BOOSTERS)
ensemble.contributions_each(np.tile(x[:1], (1, BOOSTERS)))
wide = [np.tile(x[i : i + 1], (1, BOOSTERS)) for i in range(CALLS)]
scored = sorted(timed(lambda row=row: ensemble.predict(row))[0] for row in wide)[CALLS // 2]
explained = sorted(timed(lambda row=row: ensemble.contributions_each(row))[0] for row in wide)[CALLS // 2]
print(
    f"one row of {BOOSTERS} such boosters, median of {CALLS}: scored in {1e3 * scored:.2f} ms (bar 5), explained in {1e3 * explained:.2f} ms (bar 20)"
)
