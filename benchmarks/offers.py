"""Does the threshold pay? Profit per 1,000 customers of the offer that a study makes by default, beside an offer to all and a threshold of 0.5.

python benchmarks/offers.py [--seeds N] [--tables bank telco]

A table is split 80/20 (one seed each time); the model learns from the larger part, the offer is made to those of the other whose probability is
above cost / (success x value). bank: +100 a hit, -8 a miss (bar: 6,550 per 1,000, calibration error of the probabilities that decide at most .010);
telco: +200 and -20, without a bar. Beside it: an offer to everyone, to those above .5, to all who will (nobody can know them), and the profit that
the study had foretold out of fold, with its interval.
"""

from __future__ import annotations

import argparse
import resource
from typing import NamedTuple

import numpy as np
from models import frame
from sklearn.model_selection import train_test_split

from apercu import advise, clean, collect, derive, explain, train
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.predictor import Predictor
from apercu.stats.scores import ece

COSTS = {"bank": {"value": 108.0, "cost": 8.0, "success": 1.0}, "telco": {"value": 220.0, "cost": 20.0, "success": 1.0}}
BAR, ERROR = 6_550, 0.010


class Held(NamedTuple):
    """What was learned on one part of a table, and the other part: its rows as the model wants them, its truth (m,), its probabilities (m,)."""

    split: Split
    model: CrossFitted
    predictor: Predictor
    rows: Rows
    truth: np.ndarray
    probability: np.ndarray


def held_out(name: str, seed: int, known: dict[str, float]) -> Held:
    """Learns from four fifths of a table."""
    learned, asked = train_test_split(frame(name), test_size=0.2, random_state=seed)
    data, _ = collect.run(learned, DuckDB(), collect.Options())
    data, _ = clean.run(data, "target", clean.Options())
    goal = Goal.guess(data.schema, "target", data.engine.distinct(data.table, "target", 101), **known)
    data, _ = derive.run(data, goal, derive.Options())
    split = Split.make(data, goal)
    model = train.run(split)[0]
    predictor = Predictor(goal, split.data, model, explain.row, split)
    rows, _ = predictor.prepared(collect.run(asked.drop(columns="target"), DuckDB(), collect.Options())[0])
    return Held(split, model, predictor, rows, asked["target"].to_numpy().astype(float), model.predict(rows)[:, 1])


def profits(name: str, seed: int) -> dict[str, float]:
    """Profit per 1,000 by way of deciding, the calibration error, and what was foretold."""
    costs = COSTS[name]
    held = held_out(name, seed, costs)
    action = next(a for a in advise.run([], held.split, held.model) if not a.because)

    def profit(inside: np.ndarray) -> float:
        return 1_000 * float(np.mean(inside * (costs["success"] * costs["value"] * held.truth - costs["cost"])))

    scale = 1_000 / held.split.rows.n
    return {
        "ours": profit(action.who.holds(held.rows.plus({"_predicted": held.probability}))),
        "foretold": action.gain * scale,
        "low": action.gain_low * scale,
        "high": action.gain_high * scale,
        "all": profit(np.ones(len(held.truth), dtype=bool)),
        "above .5": profit(held.probability > 0.5),
        "oracle": profit(held.truth > 0),
        "error": float(ece(held.truth, held.probability)),
        "error out of fold": float(ece(held.split.goal.measured(held.split.rows), held.model.out_of_fold[:, 1])),
        "of chance": chance(held.probability),
    }


def chance(probability: np.ndarray) -> float:
    """The calibration error that probabilities have where every one of them is true: what is left is chance."""
    rng = np.random.default_rng(0)
    return float(np.mean([ece((rng.random(len(probability)) < probability).astype(float), probability) for _ in range(50)]))


def line(found: dict[str, float]) -> str:
    """The figures by name."""
    return "  ".join(f"{name} {value:,.4f}" if abs(value) < 1 else f"{name} {value:,.0f}" for name, value in found.items())


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--seeds", type=int, default=3)
    reader.add_argument("--tables", nargs="+", default=["bank", "telco"])
    asked_ = reader.parse_args()
    for table in asked_.tables:
        found = []
        for seed_ in range(asked_.seeds):
            found.append(profits(table, seed_))
            print(f"{table} seed {seed_}: {line(found[-1])}", flush=True)
        mean = {key: float(np.mean([one[key] for one in found])) for key in found[0]}
        met = "" if table != "bank" else f"  (bar {BAR:,} and error {ERROR}: {mean['ours'] >= BAR and mean['error out of fold'] <= ERROR})"
        print(f"{table} mean: {line(mean)}{met}")
    used = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{used:,.0f} CPU seconds")
