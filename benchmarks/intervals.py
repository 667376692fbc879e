"""Do intervals and sets hold what they say? Share of held-out rows inside 90 % intervals of a number, or sets of classes.

python benchmarks/intervals.py

Each table is split 80/20 (seed 42); the model is trained and its out-of-fold errors are kept on the larger part, as a study does it, and asked on the
other. The bar: .90 within two standard errors of the share; every class of its own.
"""

from __future__ import annotations

import numpy as np
from models import frame
from sklearn.model_selection import train_test_split

from apercu import clean, collect, explain, train
from apercu.core.goal import Goal
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.predictor import Predictor

COVERAGE = 0.9
NAMES = ("house", "insurance", "telco")


def inside(name: str) -> None:
    """One line for a number, one for each class."""
    table = frame(name)
    known, asked = train_test_split(table, test_size=0.2, random_state=42)
    data, _ = collect.run(known, DuckDB(), collect.Options())
    data, _ = clean.run(data, "target", clean.Options())
    goal = Goal.guess(data.schema, "target", data.engine.distinct(data.table, "target", 101))
    split = Split.make(data, goal)
    model = train.run(split)[0]
    fresh, _ = collect.run(asked.drop(columns="target"), DuckDB(), collect.Options())
    told = Predictor(goal, split.data, model, explain.row, split).predict(fresh, COVERAGE)
    truth = asked["target"].to_numpy()
    if goal.task == "numeric":
        held = {"": [one["low"] <= y <= one["high"] for one, y in zip(told, truth, strict=True)]}
    else:
        held = {level: [level in one["set"] for one, y in zip(told, truth, strict=True) if float(y) == float(level)] for level in goal.classes}
    for level, rows in held.items():
        error = np.sqrt(COVERAGE * (1 - COVERAGE) / len(rows))
        print(f"{name:10s} {level:4s} {np.mean(rows):.3f} of {len(rows):,} (within {2 * error:.3f}: {abs(np.mean(rows) - COVERAGE) <= 2 * error})")


if __name__ == "__main__":
    for each in NAMES:
        inside(each)
