"""Groups of customers: are planted ones found, is noise left alone, and what is said of a real table?

python benchmarks/segments.py [--seeds N]

`planted`: 2,000 rows in two to five groups of unequal size that differ in four numbers and a category among columns of noise; the adjusted Rand index
of `apercu advise --profiles` beside k-means whose number of groups is the one of highest silhouette (scikit-learn). Silence counts as 0. `noise`:
the share of tables without groups (independent, correlated, skewed, evenly spread, lattices) of which nothing is said; bar .95. `rfm`: customers
planted as regular, lapsed or new, and the share that is named so. `campaign`: what is said of the real table of campaign answers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from _shared import data
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler

from apercu import clean, collect
from apercu.advise.profiles import profiled
from apercu.advise.segments import rfm
from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB

N = 2_000
SILENT = 0.95


def split_of(columns: dict[str, np.ndarray]) -> Split:
    """A table without a target, as a study would split it."""
    kinds = [(name, "category" if values.dtype == object else "number") for name, values in columns.items()]
    schema = Schema(tuple(Column(name, kind, storage="text" if kind == "category" else "number") for name, kind in kinds))
    engine = DuckDB()
    return Split.make(Dataset(schema, engine, engine.adopt(columns), "made", N), None)


def planted(seed: int, apart: float) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(columns, the group of each row): means `apart` standard deviations away from each other in random directions of four numbers."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 6))
    group = rng.choice(k, N, p=rng.dirichlet(np.full(k, 8.0)))
    centres = rng.normal(size=(k, 4))
    while min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i]) < 1e-3:
        centres = rng.normal(size=(k, 4))
    centres *= apart / min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i])
    numbers = centres[group] + rng.normal(size=(N, 4))
    level = np.where(rng.random(N) < 0.6, group, rng.integers(0, k, N))
    columns = {f"x{j}": numbers[:, j] for j in range(4)} | {f"noise{j}": rng.normal(size=N) for j in range(3)}
    return {**columns, "channel": np.array([f"c{i}" for i in level], dtype=object)}, group


def _correlated(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(N, 6)) @ rng.normal(size=(6, 6))


def _skewed(rng: np.random.Generator) -> np.ndarray:
    return np.exp(rng.normal(size=(N, 6)) @ (np.eye(6) + 0.4))


def _lattice(rng: np.random.Generator) -> np.ndarray:
    return np.round(rng.normal(size=(N, 1)) + rng.normal(size=(N, 6)))


NOISE: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "independent": lambda rng: rng.normal(size=(N, 6)),
    "correlated": _correlated,
    "skewed": _skewed,
    "evenly spread": lambda rng: rng.random((N, 6)) @ (np.eye(6) + 0.3),
    "lattice": _lattice,
}


def ours(split: Split) -> np.ndarray | None:
    """(n,) the group of each row of the source, from 0; None where nothing is said."""
    groups = profiled(split)
    if not groups:
        return None
    label = np.zeros(N, dtype=int)
    for group in groups:
        label[np.array(group.rows) - 1] = group.number
    return label


def peer(columns: dict[str, np.ndarray]) -> np.ndarray:
    """(n,) k-means with the number of groups of highest silhouette."""
    x = StandardScaler().fit_transform(pd.get_dummies(pd.DataFrame(columns)).to_numpy(dtype=float))
    tried = [KMeans(k, n_init=4, random_state=0).fit_predict(x) for k in range(2, 9)]
    return max(tried, key=lambda label: silhouette_score(x, label, sample_size=1_000, random_state=0))


def customers(seed: int) -> tuple[Rows, dict[str, str]]:
    """(purchases, {customer: what they are}) of people who buy regularly, did so until a year ago, or came this month and bought once."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(["regular", "lapsed", "new"], 600, p=[0.3, 0.3, 0.4])
    who, day, paid = [], [], []
    for i, kind in enumerate(kinds):
        many = 1 if kind == "new" else 1 + rng.poisson(8)
        first, last = {"regular": (0, 700), "lapsed": (0, 350), "new": (670, 700)}[kind]
        days = np.sort(rng.integers(first, last, many))
        days[-1] = last - rng.integers(0, 20)
        who += [f"c{i}"] * many
        day += days.tolist()
        paid += rng.gamma(3, 10, many).tolist()
    moments = np.datetime64("2023-01-01", "us") + np.array(day) * np.timedelta64(1, "D")
    table = Rows.of({"who": np.array(who, dtype=object), "day": moments, "paid": np.array(paid)})
    return table, {f"c{i}": str(kind) for i, kind in enumerate(kinds)}


MEANT = {"regular": ("Champions", "Loyal", "Promising"), "lapsed": ("At risk", "Hibernating", "Lost"), "new": ("New", "Promising", "About to sleep")}


def named(seed: int) -> dict[str, float]:
    """{what customers are: the share of them in a segment that means it}."""
    table, kinds = customers(seed)
    segment = {name: found.name for found in rfm(table, "who", "day", "paid") for name in found.customers}
    return {kind: float(np.mean([segment[name] in MEANT[kind] for name, own in kinds.items() if own == kind])) for kind in MEANT}


def campaign() -> list[str]:
    """What is said of the real table."""
    frame = pd.read_csv(data("segmentation/customer_personality/marketing_campaign.csv.gz"), sep=";", encoding="utf-8-sig")
    table, _ = collect.run(frame, DuckDB(), collect.Options())
    table, _ = clean.run(table, "Response", clean.Options())
    goal = Goal.guess(table.schema, "Response", table.engine.distinct(table.table, "Response", 101))
    return [group.say(lang) for group in profiled(Split.make(table, goal)) for lang in ("en", "zh")]


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--seeds", type=int, default=20)
    asked_ = reader.parse_args()
    for apart_ in (3.0, 4.0, 5.0):
        start = time.process_time()
        tables = [planted(seed, apart_) for seed in range(asked_.seeds)]
        labels = [ours(split_of(columns)) for columns, _ in tables]
        used = (time.process_time() - start) / asked_.seeds
        scores = [0.0 if label is None else adjusted_rand_score(truth, label) for label, (_, truth) in zip(labels, tables, strict=True)]
        beside = [adjusted_rand_score(truth, peer(columns)) for columns, truth in tables]
        silent = sum(label is None for label in labels)
        print(
            f"planted, {apart_:g} sd apart: adjusted Rand {np.mean(scores):.3f} (silent in {silent} of {asked_.seeds}), "
            f"k-means by silhouette {np.mean(beside):.3f}; {used:.1f} CPU s",
            flush=True,
        )
    quiet = []
    for kind_, make in NOISE.items():
        told = [profiled(split_of({f"x{j}": x for j, x in enumerate(make(np.random.default_rng(seed)).T)})) for seed in range(asked_.seeds)]
        quiet.append(float(np.mean([not groups for groups in told])))
        print(f"noise, {kind_}: silent in {quiet[-1]:.0%} (k-means by silhouette always finds groups)", flush=True)
    print(f"noise: silent in {np.mean(quiet):.1%}; bar {SILENT:.0%} met: {np.mean(quiet) >= SILENT}")
    shares = [named(seed) for seed in range(asked_.seeds)]
    print("rfm: " + "  ".join(f"{kind} {np.mean([share[kind] for share in shares]):.0%}" for kind in MEANT))
    for sentence in campaign():
        print(f"campaign: {sentence}")
