"""Does balancing a rare class pay? Ways of balancing beside rows left as they are: ranking, probabilities, F1 and profit, out of fold.

python benchmarks/imbalance.py [--rows N] [--family boosting] [--tables bank telco]

Costs are those of `offers`. Seen before on bank with another booster and held-out rows: plain AUC .798, profit at .5 / by cost 2,338 / 6,592; class
weights .797, 6,169 / 4,755; SMOTE .797, 2,758 / 6,485; under-sampling .791, 6,243 / 4,675.
"""

from __future__ import annotations

import argparse
import time

from models import frame
from offers import COSTS

from apercu import clean, collect, derive, evaluate, train
from apercu.core.goal import Goal
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB


def split_of(name: str, rows: int) -> Split:
    """The table behind its wall, with the costs of its offers."""
    whole = frame(name)
    data, _ = collect.run(whole.sample(min(rows, len(whole)), random_state=0).reset_index(drop=True), DuckDB(), collect.Options())
    data, _ = clean.run(data, "target", clean.Options())
    goal = Goal.guess(data.schema, "target", data.engine.distinct(data.table, "target", 101), **COSTS[name])
    data, _ = derive.run(data, goal, derive.Options())
    return Split.make(data, goal)


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--rows", type=int, default=15_000)
    reader.add_argument("--family", default="boosting")
    reader.add_argument("--tables", nargs="+", default=["bank", "telco"])
    asked = reader.parse_args()
    options = train.Options(learners=(asked.family,), members=1)
    for table in asked.tables:
        started = time.process_time()
        found = evaluate.balanced(split_of(table, asked.rows), lambda one: train.run(one, options)[0])
        print(f"{table}, {found.n:,} rows, {time.process_time() - started:.0f} CPU s")
        for way in found.ways:
            print(f"  {way.name:<32}" + "  ".join(f"{metric} {value:,.3f}" for metric, value in way.values.items()))
        print(f"  {found.say()}\n  {found.say('zh')}", flush=True)
