"""Odd rows: order (area under the curve) on labelled sets beside scikit-learn's isolation forest, and how many rows of clean data are told as odd.

    python benchmarks/anomalies.py [SEEDS]

The sets are those of ADBench that lie beside the checkout. Clean data: 20 tables of each kind without any odd row; planted: 1 % of rows with one
column ten deviations off. A share of odd rows that must be guessed (10 % by default in PyOD) tells that share of clean data too.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from _shared import data
from sklearn.ensemble import IsolationForest

from apercu.audit.anomalies import _judged, scores
from apercu.stats.scores import auc

KINDS = ("normal", "t3", "lognormal", "mixture", "uniform", "counts")


def clean(kind: str, n: int, d: int, generator: np.random.Generator) -> np.ndarray:
    """A table (n, d) in which no row is odd."""
    x = generator.normal(size=(n, d))
    return {
        "normal": x @ generator.normal(size=(d, d)),
        "t3": generator.standard_t(3, (n, d)),
        "lognormal": np.exp(x),
        "mixture": x * (1 + 2 * (generator.random((n, 1)) < 0.3)) + 6 * (generator.random((n, 1)) < 0.4),
        "uniform": generator.random((n, d)),
        "counts": generator.poisson(3, (n, d)).astype(float),
    }[kind]


def main(seeds: int) -> None:
    """Prints one row per set, then one per kind of clean data."""
    found: list[tuple[float, float]] = []
    print(f"{'set':<20}{'rows':>7}{'odd':>7}{'forest':>9}{'ours':>7}{'told':>6}{'of them odd':>13}{'CPU s':>7}   bar: mean .81, none below .30")
    for path in sorted(data("anomaly/adbench").glob("*.npz")):
        both = np.load(path)
        x, y = both["X"].astype(np.float64), both["y"].astype(np.float64)
        peer = np.mean([auc(y, -IsolationForest(random_state=s).fit(x).score_samples(x)) for s in range(seeds)])
        started = time.process_time()
        ours = np.mean([auc(y, scores(x, s)) for s in range(seeds)])
        cpu = (time.process_time() - started) / seeds
        told = _judged(x, 0.05).rows if len(x) >= 200 else np.zeros(0, dtype=int)
        right = f"{y[told].mean():.2f}" if len(told) else "-"
        found.append((float(peer), float(ours)))
        print(f"{path.stem:<20}{len(x):>7}{y.mean():>7.3f}{peer:>9.3f}{ours:>7.3f}{len(told):>6}{right:>13}{cpu:>7.1f}", flush=True)
    peer, ours = np.array(found).T
    print(f"{'mean':<34}{peer.mean():>9.3f}{ours.mean():>7.3f}   least {ours.min():.3f}; ours ahead on {(ours > peer).sum()} of {len(ours)}")
    print(f"\n{'clean data':<12}{'rows':>6}{'told as odd':>13}{'planted found':>15}   bar: at most .001 of rows")
    for n in (1_000, 6_000):
        for kind in KINDS:
            false, power = [], []
            for seed in range(20 if n < 5_000 else 6):
                generator = np.random.default_rng(seed)
                x = clean(kind, n, 8, generator)
                false.append(len(_judged(x, 0.05).rows) / n)
                where, column = generator.choice(n, n // 100, replace=False), generator.integers(0, 8, n // 100)
                x[where, column] += 10 * x.std(axis=0)[column]
                power.append(np.isin(where, _judged(x, 0.05).rows).mean())
            print(f"{kind:<12}{n:>6}{np.mean(false):>13.5f}{np.mean(power):>15.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
