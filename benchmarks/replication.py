"""Findings of 70 % of a real table, looked up on the other 30 %: how many hold (same sign, intervals overlap). The bar: 95 %.

    python benchmarks/replication.py [SEEDS] [NAME ...]

Each table is cleaned and derived once (row by row, without a look at the target), then parted by chance; the study sees its 70 % only. Every
table is run with its target and without one. An equality (direction flat) has no sign: it holds where the intervals overlap.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np
from _shared import TABLES, data

from apercu import clean, collect, derive, discover
from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.split import Split, Verify
from apercu.engine.duckdb import DuckDB

PART = 0.7


def parted(path: str, target: str | None, seed: int) -> tuple[Split, Verify]:
    """(the wall through 70 % of the rows, the other 30 % as rows that judge)."""
    whole, _ = collect.run(data(path), DuckDB(), collect.Options())
    whole, _ = clean.run(whole, target, clean.Options())
    known = {role: named[0].name for role in ("time", "group") if (named := whole.schema.with_role(role))}
    goal = Goal.guess(whole.schema, target, whole.engine.distinct(whole.table, target, 101), **known) if target else None
    whole, _ = derive.run(whole, goal, derive.Options())
    rows = whole.rows()
    unit = np.arange(rows.n)
    if "group" in known:
        coded = rows.storage(known["group"]) == "text"
        unit = rows.coded(known["group"]).codes if coded else np.unique(rows[known["group"]], return_inverse=True)[1]
    chance = np.random.default_rng(seed).random(int(unit.max()) + 2)[unit]
    engine = DuckDB()
    table = engine.adopt(dict(rows.take(chance < PART)._columns))
    part = Dataset(whole.schema, engine, table, whole.source, int((chance < PART).sum()), whole.steps)
    split = Split.make(part, goal, 0)
    return split, Verify(rows.take(chance >= PART), whole.schema, None, "verify", goal)


def main(seeds: int, names: list[str]) -> None:
    """Prints one row per table, and the share that holds of all."""
    total, kinds = Counter(), Counter()
    for name, path, target in TABLES:
        if names and name not in names:
            continue
        for aim in (target, None):
            told = Counter()
            started = time.process_time()
            for seed in range(seeds):
                split, other = parted(path, aim, seed)
                findings, _ = discover.run(split)
                patterns = discover.patterns()
                for f in findings:
                    e = f.evidence
                    again = patterns[f.claim.pattern].verify(f.claim, replace(other, blocks=None))
                    same = f.claim.direction == "flat" or np.sign(again.effect) == np.sign(e.effect)
                    held = bool(same and again.low <= e.high and e.low <= again.high)
                    told["held" if held else "failed"] += 1
                    kinds[f.claim.pattern, held] += 1
                    if not held:
                        print(f"   {f.claim.pattern}: {f.say()[:200]} -> {again.effect:.4g} ({again.low:.4g} to {again.high:.4g}, n {again.n})")
            total += told
            cpu = (time.process_time() - started) / seeds
            print(f"{name:<11}{aim or '-':<28}{told['held']:>4} of {told['held'] + told['failed']:<4}{cpu:>6.1f} CPU s", flush=True)
    said = total["held"] + total["failed"]
    print({kind: f"{kinds[kind, True]}/{kinds[kind, True] + kinds[kind, False]}" for kind in sorted({k for k, _ in kinds})})
    print(f"bar .95; held {total['held']} of {said}: {total['held'] / max(said, 1):.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:])
