"""How often a table without structure yields any finding. The bar: at most 7 % of tables, in every kind of noise.

    python benchmarks/noise.py [TABLES] [ROWS]

Tables come from the public instrument (kinds = []), some with a trouble added (SHOW=1 prints what is said of them), through the same doors as
any other: collect, clean, derive, split, discover. The model is left out, since no finding depends on it. Peer: all conditions of one or two
items, z-tests, Benjamini-Hochberg, on all rows.
"""

from __future__ import annotations

import os
import sys
import time
from itertools import combinations

import numpy as np
import pandas as pd
from _shared import instrument

from apercu import clean, collect, derive, discover
from apercu.core.codes import Codes
from apercu.core.goal import Goal
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.stats.fdr import benjamini_hochberg

planted = instrument("planted")
CELLS = ("plain", "correlated columns", "heavy tails (t3)", "both", "lognormal", "clustered rows", "trending clock")
SHOW = "SHOW" in os.environ  # prints every finding
ENTITIES = 500
STRETCHES = 60


def noise(cell: str, rows: int, seed: int) -> pd.DataFrame:
    """A table in which nothing explains m or y, with the trouble that the cell names.

    clustered rows: entities of about 20 rows have a level of their own in m and y, and columns of their own. trending clock: m and y wander
    in time, and so does the mixture of two columns, each by itself.
    """
    frame, _, _ = planted.make(rows, 20, [], 0, 10_000 + seed, cell in ("heavy tails (t3)", "both"), cell in ("correlated columns", "both"))
    generator = np.random.default_rng(seed)
    if cell == "lognormal":
        return frame.assign(m=np.exp(1.2 * frame["m"]))
    if cell == "clustered rows":
        who = generator.integers(0, ENTITIES, rows)
        level = generator.normal(size=ENTITIES)
        named = np.array([f"c{i:04d}" for i in range(ENTITIES)])[who]
        own = {c: generator.choice(list("abc"), ENTITIES)[who] for c in ("k00", "k01", "k02")}
        return frame.assign(customer_id=named, m=frame["m"] + level[who], y=_coin(-1.4 + level[who], generator), **own)
    if cell == "trending clock":
        place = frame["date"].rank(method="dense").to_numpy()
        stretch = (place * STRETCHES / (place.max() + 1)).astype(int)
        walks = np.cumsum(generator.normal(size=(3, STRETCHES)) * 0.3, axis=1)
        drift = {c: np.where(generator.normal(size=rows) + walks[i][stretch] > 0, "a", "b") for i, c in enumerate(("k00", "k01"))}
        return frame.assign(m=frame["m"] + walks[2][stretch], y=_coin(-1.4 + walks[2][stretch], generator), **drift)
    return frame


def _coin(logit: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return (generator.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(np.int8)


def false(findings: list, cell: str) -> bool:
    """Whether anything false is said; that a target wanders along the clock is true where it does."""
    if cell == "trending clock":
        findings = [f for f in findings if set(f.claim.columns()) - {"date", "m", "y"}]
    return bool(findings)


def split_of(frame, target: str | None, seed: int = 0) -> Split:
    """The table behind its wall."""
    data, _ = collect.run(frame, DuckDB(), collect.Options())
    data, _ = clean.run(data, target, clean.Options())
    roles = {role: named[0].name for role in ("time", "group") if (named := data.schema.with_role(role))}
    goal = Goal.guess(data.schema, target, data.engine.distinct(data.table, target, 101), **roles) if target else None
    data, _ = derive.run(data, goal, derive.Options())
    return Split.make(data, goal, seed)


def screen(split: Split) -> bool:
    """Whether a plain screen with Benjamini-Hochberg reports anything."""
    from scipy.special import ndtr

    names = tuple(c.name for c in split.data.schema.features() if c.kind in ("number", "category", "flag"))
    codes = Codes.of(split.rows, names, bins=5, least=30)
    y = split.goal.measured(split.rows)
    masks = [codes.holds(i) for i in range(len(codes.terms))]
    pairs = [a & b for a, b in combinations(masks, 2)]
    inside = np.array([(m.sum(), y[m].sum()) for m in (*masks, *pairs) if 30 <= m.sum() <= len(y) - 30])
    n, s = inside[:, 0], inside[:, 1]
    z = (s / n - (y.sum() - s) / (len(y) - n)) / (y.std() * np.sqrt(1 / n + 1 / (len(y) - n)))
    return bool((benjamini_hochberg(2 * ndtr(-np.abs(z))) <= 0.05).any())


def main(tables: int, rows: int) -> None:
    """Prints one row per kind of noise and target."""
    print(f"{tables} tables of {rows:,} rows and 20 columns each; share that reports anything (bar .07)")
    print(f"{'noise':<20}{'target':<9}{'screen + BH':>12}{'ours':>7}{'CPU s a table':>15}")
    for cell in CELLS:
        for target, other in (("y", "m"), ("m", "y")):
            if cell == "lognormal" and target == "y":
                continue
            said, peer, cpu = 0, 0, 0.0
            for seed in range(tables):
                frame = noise(cell, rows, seed)
                started = time.process_time()
                split = split_of(frame.drop(columns=other), target)
                findings = discover.run(split)[0]
                said += false(findings, cell)
                cpu += time.process_time() - started
                peer += screen(split) if seed < 20 else 0
                for f in findings if SHOW else ():
                    print("  ", seed, f.claim.pattern, f.evidence.half, f.say())
            told = f"{said / tables:>7.3f}{cpu / tables:>15.2f}"
            print(f"{cell:<20}{'binary' if target == 'y' else 'numeric':<9}{peer / min(tables, 20):>12.2f}{told}", flush=True)


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("200", "10000")[len(sys.argv) - 1 :]]))
