"""Odd rows: order (area under the curve) on labelled sets beside scikit-learn's isolation forest, and how many rows of clean data are told as odd.

    python benchmarks/anomalies.py [SEEDS]             # the order, and what is told of clean data
    python benchmarks/anomalies.py taught [SEEDS]      # the order of the other rows, once a person has confirmed some
    python benchmarks/anomalies.py net [SEEDS]         # an autoencoder alone and beside the detectors; odd pictures (extra deep)

The sets are those of ADBench that lie beside the checkout. Clean data: 20 tables of each kind without any odd row; planted: 1 % of rows with one
column ten deviations off. A share of odd rows that must be guessed (10 % by default in PyOD) tells that share of clean data too. Pictures:
scikit-learn's digits, 18 of 1,797 in place of which stand noise, their negatives, or themselves turned by a quarter.

Confirmed are, in turn: a share of all rows; a share of the odd rows alone, as ADBench does; the first rows of the list, as a person would who reads
it. Beside it: an isolation forest, and scikit-learn's logistic regression on what was confirmed (odd against all other rows where only odd ones were;
the forest where only usual ones were). Generated tables: six kinds of usual rows, and the four kinds of odd ones that ADBench tells
apart (everywhere, wide of its own group, the columns each for itself, in a clump) with a fifth, a rare class. On other seeds of these the constants
of what is learned from confirmed rows were chosen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

import numpy as np
from _shared import data
from scipy.cluster.vq import kmeans2
from sklearn.datasets import load_digits
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression

from apercu.audit.anomalies import _judged, _taught_judged, scores, table_of, taught
from apercu.core.dataset import Dataset
from apercu.core.pictures import netpbm
from apercu.core.rows import Packed
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.stats.scores import auc
from apercu.train._oddness import oddness

USUAL = ("normals", "factors", "skewed", "heavy", "counts", "curved")
CONFIRMING = 3_000  # rows of a set of which some are confirmed: each way of confirming is judged anew
ODD = ("everywhere", "wide", "apart", "clump", "class")
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


def usual(kind: str, n: int, d: int, generator: np.random.Generator) -> np.ndarray:
    """(n, d) usual rows, whose columns depend on each other."""
    if kind == "normals":
        own, x = generator.integers(0, generator.integers(1, 6), n), np.empty((n, d))
        for part in np.unique(own):
            turn = generator.normal(size=(d, d)) * generator.uniform(0.2, 1.0, (d, 1))
            x[own == part] = generator.normal(size=((own == part).sum(), d)) @ turn / np.sqrt(d) + generator.normal(0.0, 2.0, d)
        return x
    if kind == "curved":
        line = generator.uniform(-2, 2, (n, 2)) @ generator.normal(size=(2, d))
        by = np.arange(d) % 3
        return np.where(by == 0, np.sin(2 * line), np.where(by == 1, line**2, line)) + 0.15 * generator.normal(size=(n, d))
    few, wild = max(2, d // 3), kind == "heavy"
    factors, rest = ((generator.standard_t(4, size) if wild else generator.normal(size=size)) for size in ((n, few), (n, d)))
    x = factors @ generator.normal(size=(few, d)) / np.sqrt(few) + generator.uniform(0.2, 1.0, d) * rest
    if kind == "skewed":
        return np.exp(x * generator.uniform(0.3, 1.0, d))
    return generator.poisson(np.exp(np.clip(x + generator.uniform(-2, 1.5, d), -6, 4))).astype(float) if kind == "counts" else x


def planted(kind: str, x: np.ndarray, m: int, generator: np.random.Generator) -> np.ndarray:
    """(m, d) odd rows beside usual ones x (n, d)."""
    n, d = x.shape
    rows, wide = x[generator.integers(0, n, m)], x.std(axis=0) + 1e-9
    if kind == "everywhere":
        low, high = x.min(axis=0), x.max(axis=0)
        return generator.uniform(low - 0.05 * (high - low), high + 0.05 * (high - low), (m, d))
    if kind == "wide":
        centres = kmeans2(x / wide, 5, minit="++", seed=int(generator.integers(1 << 30)))[0]
        near = centres[(((rows / wide)[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)] * wide
        return near + np.sqrt(5.0) * (rows - near)
    if kind == "apart":
        return np.stack([x[generator.integers(0, n, m), j] for j in range(d)], axis=1)
    if kind == "clump":
        side = generator.normal(size=d)
        return x.mean(axis=0) + 0.5 * (rows - x.mean(axis=0)) + side / np.linalg.norm(side) * generator.uniform(3, 6) * wide
    some, shift = generator.choice(d, max(1, d // 3), replace=False), np.zeros(d)
    shift[some] = generator.choice([-1, 1], len(some)) * generator.uniform(0.8, 2.0, len(some))
    return x.mean(axis=0) + generator.uniform(0.6, 1.6) * (rows - x.mean(axis=0)) + shift * wide


def generated(base: str, kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A table (n, d) of 1 to 26 % odd rows, and which they are (n,)."""
    generator = np.random.default_rng([seed, USUAL.index(base), ODD.index(kind)])
    n, d = int(generator.integers(300, 3_000)), int(generator.integers(4, 30))
    m = max(5, int(np.exp(generator.uniform(np.log(0.01), np.log(0.35))) * n))
    x = usual(base, n, d, generator)
    both = np.concatenate([x, planted(kind, x, m, generator)])
    order = generator.permutation(n + m)
    return both[order], order >= n


def confirmations(y: np.ndarray, first: np.ndarray, generator: np.random.Generator) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(name, odd, usual): positions confirmed. first: positions, the oddest first."""
    odd = np.flatnonzero(y)
    for share in (0.01, 0.05):
        rows = generator.choice(len(y), max(1, round(share * len(y))), replace=False)
        yield f"{share:.0%} of rows", rows[y[rows]], rows[~y[rows]]
    for share in (0.01, 0.05):
        yield f"{share:.0%} of odd", generator.choice(odd, int(np.ceil(share * len(odd))), replace=False), odd[:0]
    for k in (1, 5, 10, 50):
        rows = first[: min(k, len(odd) // 2)]
        yield f"first {k}", rows[y[rows]], rows[~y[rows]]
    for k in (5, 50):
        yield f"{k} usual", odd[:0], generator.choice(np.flatnonzero(~y), k, replace=False)


def supervised(x: np.ndarray, odd: np.ndarray, not_odd: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """(n,) scores of a logistic regression."""
    if not len(odd):
        return otherwise
    rows = np.concatenate([odd, not_odd]) if len(not_odd) else np.arange(len(x))
    z = np.clip((x - x.mean(axis=0)) / (x.std(axis=0) + 1e-12), -5, 5)
    return LogisticRegression(max_iter=500).fit(z[rows], np.isin(rows, odd)).decision_function(z)


def confirmed(tables: Iterable[tuple[np.ndarray, np.ndarray]], seeds: int) -> None:
    """Prints one row per way of confirming: mean area under the curve of the rows that were not confirmed."""
    found: dict[str, list[tuple[float, ...]]] = {}
    spent = 0.0
    for x, y in tables:
        for seed in range(seeds):
            forest, ours = -IsolationForest(random_state=seed).fit(x).score_samples(x), scores(x, seed)
            for name, odd, not_odd in confirmations(y, np.argsort(-ours, kind="stable"), np.random.default_rng(seed)):
                left = np.ones(len(y), dtype=bool)
                left[odd] = left[not_odd] = False
                started = time.process_time()
                after = taught(x, odd.tolist(), not_odd.tolist(), seed)
                spent += time.process_time() - started
                told = _taught_judged(x, 0.05, np.sort(odd), np.sort(not_odd)).rows[len(odd) :] if seed == 0 and len(x) >= 200 else odd[:0]
                areas = [auc(y[left].astype(float), s[left]) for s in (forest, supervised(x, odd, not_odd, forest), ours, after)]
                found.setdefault(name, []).append((*areas, len(told), float(y[told].sum())))
    print(f"{'confirmed':<14}{'forest':>8}{'logistic':>10}{'ours, none':>12}{'ours, taught':>14}{'worse by .02':>14}{'told':>7}{'of them odd':>13}")
    for name, each in found.items():
        forest, logistic, before, after, told, right = np.array(each).T
        share = f"{right.sum() / told.sum():.2f}" if told.sum() else "-"
        worse = (after < before - 0.02).mean()
        areas = f"{forest.mean():>8.3f}{logistic.mean():>10.3f}{before.mean():>12.3f}{after.mean():>14.3f}"
        print(f"{name:<14}{areas}{worse:>14.2f}{int(told.sum()):>7}{share:>13}")
    print(f"{spent / max(sum(len(each) for each in found.values()), 1):.2f} CPU s each", flush=True)


def lessons(seeds: int) -> None:
    """Prints both tables of what confirming brings."""
    tables = []
    for path in sorted(data("anomaly/adbench").glob("*.npz")):
        both = np.load(path)
        rows = np.random.default_rng(0).permutation(len(both["y"]))[:CONFIRMING]
        tables.append((both["X"][rows].astype(np.float64), both["y"][rows].astype(bool)))
    print(f"{len(tables)} ADBench sets, at most {CONFIRMING:,} rows each, {seeds} seeds")
    confirmed(tables, seeds)
    print("\ngenerated tables of every second kind, seeds that nothing was chosen on")
    confirmed((generated(base, kind, 100 + seed) for seed in range(seeds) for base in USUAL[::2] for kind in ODD), 1)


def behind_wall(columns: dict[str, np.ndarray | Packed]) -> tuple[Split, np.ndarray]:
    """A table without a target as a study has it, and the place in it of each of the split's rows."""
    engine = DuckDB()
    table = engine.adopt(columns)
    kinds = {"number": "number", "bytes": "image"}
    schema = Schema(tuple(Column(name, kinds[stored], role="feature", storage=stored) for name, stored in engine.columns(table).items()))
    split = Split.make(Dataset(schema, engine, table, "a benchmark", engine.count(table)), None)
    return split, split.rows["_row"].astype(int) - 1


def drawn(kind: str, seed: int) -> tuple[Split, np.ndarray]:
    """The digits as a table whose only column is a picture, and which of the rows (n,) of the split are odd."""
    generator = np.random.default_rng(seed)
    pixels = (load_digits().images * (255 / 16)).astype(np.uint8)
    where = generator.choice(len(pixels), 0 if kind == "none" else 18, replace=False)
    made = {"none": pixels, "noise": generator.integers(0, 256, pixels.shape), "negative": 255 - pixels, "turned": np.rot90(pixels, 1, (1, 2))}
    pixels[where] = made[kind][where]
    split, order = behind_wall({"photo": Packed.of(netpbm(one) for one in pixels)})
    return split, np.isin(order, where)


def nets(seeds: int) -> None:
    """Prints one row per set, one per kind of clean data, one per kind of odd picture."""
    found = []
    print(f"{'set':<20}{'rows':>7}{'detectors':>11}{'net alone':>11}{'joined':>8}{'told':>6}{'odd':>5}{'with net':>10}{'odd':>5}{'CPU s':>7}")
    for path in sorted(data("anomaly/adbench").glob("*.npz")):
        both = np.load(path)
        rows = np.random.default_rng(0).permutation(len(both["y"]))[:CONFIRMING]
        split, order = behind_wall({f"c{j}": column for j, column in enumerate(both["X"][rows].astype(np.float64).T)})
        x, y = table_of(split)[1], both["y"][rows][order].astype(np.float64)
        started = time.process_time()
        made = [oddness(split, seed) for seed in range(seeds)]
        cpu = (time.process_time() - started) / seeds
        three = [[auc(y, s) for s in (scores(x, seed), more[0], scores(x, seed, more))] for seed, more in enumerate(made)]
        told = [y[_judged(x, 0.05, more=more).rows] for more in ((), made[0])] if len(x) >= 200 else [y[:0], y[:0]]
        found.append(np.mean(three, axis=0))
        areas, counts = (
            "".join(f"{area:>{wide}.3f}" for area, wide in zip(found[-1], (11, 11, 8), strict=True)),
            [(len(t), int(t.sum())) for t in told],
        )
        print(f"{path.stem:<20}{len(x):>7}{areas}{counts[0][0]:>6}{counts[0][1]:>5}{counts[1][0]:>10}{counts[1][1]:>5}{cpu:>7.1f}", flush=True)
    areas = np.array(found)
    print(f"{'mean':<27}{areas[:, 0].mean():>11.3f}{areas[:, 1].mean():>11.3f}{areas[:, 2].mean():>8.3f}")
    print(f"\n{'clean data':<12}{'rows':>6}{'tables':>8}{'told as odd':>13}{'with net':>10}{'net alone':>11}   bar: at most .001 of rows")
    for kind in KINDS:
        false = []
        for seed in range(5 * seeds):
            split, _ = behind_wall({f"c{j}": column for j, column in enumerate(clean(kind, 1_000, 8, np.random.default_rng(seed)).T)})
            x, more = table_of(split)[1], oddness(split)
            false.append([len(_judged(*each).rows) / len(x) for each in ((x, 0.05), (x, 0.05, 0, more), (x[:, :0], 0.05, 0, more))])
        print(
            f"{kind:<12}{1_000:>6}{len(false):>8}" + "".join(f"{v:>{w}.5f}" for v, w in zip(np.mean(false, axis=0), (13, 10, 11), strict=True)),
            flush=True,
        )
    print(f"\n{'pictures':<12}{'rows':>6}{'odd':>5}{'area':>7}{'told':>6}{'of them odd':>13}   sums over {2 * seeds} draws")
    for kind in ("none", "noise", "negative", "turned"):
        each = []
        for seed in range(2 * seeds):
            split, odd = drawn(kind, seed)
            (score,) = oddness(split)
            told = _judged(np.zeros((len(odd), 0)), 0.05, more=(score,)).rows
            each.append((len(odd), odd.sum(), auc(odd.astype(float), score) if odd.any() else np.nan, len(told), odd[told].sum()))
        n, odd, area, told, right = np.array(each).T
        print(f"{kind:<12}{int(n.sum()):>6}{int(odd.sum()):>5}{area.mean():>7.3f}{int(told.sum()):>6}{int(right.sum()):>13}", flush=True)


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
    words = [word for word in sys.argv[1:] if word.isdigit()]
    (lessons if "taught" in sys.argv[1:] else nets if "net" in sys.argv[1:] else main)(int(words[0]) if words else 1)
