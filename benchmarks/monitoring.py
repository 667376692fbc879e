"""Is a change told where there is one, and none where there is none? Studies of 4,000 rows followed on 2,000 later ones.

python benchmarks/monitoring.py [--seeds N]

Tables have three groups that leave more often; findings and offers are what a study makes of them. `same`: later rows are drawn alike; the share of
tables of which anything is said to be revised, changed or gone (bar .05), and of findings that hold. `rate`: the strongest group leaves no more often
than others: the share of tables whose first offer is to be revised and whose first finding is gone. `fewer`: that group is a third of its size: the
share whose first offer is to be revised.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from apercu import advise, discover
from apercu.advise.monitor import Monitoring, monitored
from apercu.core.dataset import Dataset
from apercu.core.finding import Claim, Evidence
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Split, Verify
from apercu.engine.duckdb import DuckDB

BAR = 0.05
GOAL = Goal("left", "binary", ("no", "yes"), "yes", value=100.0, cost=5.0)
KINDS = discover.patterns()


def table(n: int, seed: int, more: float = 0.2, share: float = 0.25) -> dict[str, np.ndarray]:
    """Those of plan p, `share` of all, leave `more` often than others; two weaker groups besides."""
    rng = np.random.default_rng(seed)
    columns: dict[str, np.ndarray] = {name: rng.normal(size=n) for name in ("a", "b", "c", "d")}
    plan = np.where(rng.random(n) < share, "p", rng.choice(list("qrs"), n))
    rate = 0.2 + more * (plan == "p") + 0.06 * (columns["a"] > 0.8) + 0.05 * ((columns["c"] > 1) & (columns["b"] < 0))
    left = np.where(rng.random(n) < rate, "yes", "no")
    return {**columns, "plan": plan.astype(object), "sex": rng.choice(["f", "m"], n).astype(object), "left": left.astype(object)}


def split_of(columns: dict[str, np.ndarray]) -> Split:
    """The table as a study would split it."""
    kinds = [(name, "category" if values.dtype == object else "number") for name, values in columns.items()]
    schema = Schema(tuple(Column(name, kind, storage="text" if kind == "category" else "number") for name, kind in kinds))
    engine = DuckDB()
    data = Dataset(schema.changed("left", role="target"), engine, engine.adopt(columns), "made", len(columns["left"]))
    return Split.make(data, GOAL)


def judge(claim: Claim, verify: Verify) -> Evidence:
    """The claim measured by its own kind."""
    return KINDS[claim.pattern].verify(claim, verify)


def followed(seed: int) -> dict[str, Monitoring]:
    """One study on later rows of each kind."""
    split = split_of(table(4_000, seed))
    findings, _ = discover.run(split)
    actions = advise.run(findings, split, None)
    later = {"same": {}, "rate": {"more": 0.0}, "fewer": {"share": 0.08}}
    return {name: monitored(actions, findings, split, Rows.of(table(2_000, seed + 10_000, **how)), judge=judge) for name, how in later.items()}


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--seeds", type=int, default=100)
    asked_ = reader.parse_args()
    start_ = time.process_time()
    runs = [followed(seed) for seed in range(asked_.seeds)]
    same = [[check.verdict for check in (*run["same"].actions, *run["same"].findings)] for run in runs]
    false = float(np.mean([bool({"revise", "changed", "gone"} & set(verdicts)) for verdicts in same]))
    found = [check.verdict for run in runs for check in run["same"].findings]
    offers = [check.verdict for run in runs for check in run["same"].actions]
    print(f"same: something said to have changed in {false:.1%} of tables (bar {BAR:.0%}); findings: ", end="")
    print(", ".join(f"{name} {found.count(name)}" for name in dict.fromkeys(found)), end="; offers: ")
    print(", ".join(f"{name} {offers.count(name)}" for name in dict.fromkeys(offers)))
    for name_ in ("rate", "fewer"):
        revised = float(np.mean([bool(run[name_].actions) and run[name_].actions[0].verdict == "revise" for run in runs]))
        gone = float(np.mean([bool(run[name_].findings) and run[name_].findings[0].verdict == "gone" for run in runs]))
        print(f"{name_}: first offer to be revised in {revised:.0%}, first finding gone in {gone:.0%}")
    print(f"{(time.process_time() - start_) / asked_.seeds:.1f} CPU s a table")
