"""Whom does a mailing move? Hillstrom's trial: Qini of every learner and of the one that is kept, held out; verdicts beside what is known.

python benchmarks/uplift.py [--seeds N] [--linear] [--trials women men both steps]

Rows are halved (one seed each time): effects are learned, and the verdict is reached, on one half; Qini is measured on the other, as scikit-uplift's
`qini_auc_score` does. Bars: women/visit at least .062 (X and DR learners of linear regressions), and "no heterogeneity" for men/visit and for
both/spend, where no learner beats drawing lots. As in a study boosted regressions are tried too; --linear leaves them out. `steps` are generated
trials of 20,000 rows whose effect has the shape of a tree (a sign that two columns decide together; a window of one), of a line, or none: what is
kept with and without boosting, its Qini on 20,000 further rows, and how often heterogeneity is said.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from _shared import data

from apercu.advise.effects import LEARNERS, Fit, linear
from apercu.advise.uplift import ALPHA, effect_of, studied
from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.stats.uplift import qini
from apercu.train import regression

KNOWN = ("recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel")
TRIALS = (("women", "Womens E-Mail", "visit"), ("men", "Mens E-Mail", "visit"), ("both", "", "spend"))
BAR = 0.062


def split_of(table: pd.DataFrame, target: str) -> Split:
    """The trial as a study would split it; `treatment` is the column of arms."""
    numeric = target == "spend"
    columns = {name: table[name].to_numpy() if table[name].dtype != object else table[name].to_numpy(dtype=object) for name in (*KNOWN, "treatment")}
    columns[target] = table[target].to_numpy(dtype=float) if numeric else table[target].astype(str).to_numpy(dtype=object)
    numbers = {name for name, values in columns.items() if values.dtype != object}
    kinds = [(name, "number" if name in numbers else "category") for name in columns]
    shape = Schema(
        tuple(
            Column(name, kind, storage="number" if kind == "number" else "text", role="target" if name == target else "feature")
            for name, kind in kinds
        )
    )
    goal = Goal(target, "numeric", treatment="treatment") if numeric else Goal(target, "binary", ("0", "1"), "1", treatment="treatment")
    engine = DuckDB()
    return Split.make(Dataset(shape, engine, engine.adopt(columns), "hillstrom", len(table)), goal)


def measured(table: pd.DataFrame, target: str, seed: int, fit: Fit | None) -> tuple[dict[str, float], bool, float]:
    """({learner: Qini}, whether heterogeneity is said, p) of one halving."""
    half = np.random.default_rng(seed).permutation(len(table)) % 2 == 0
    split, asked = split_of(table[half], target), split_of(table[~half], target)
    rows = asked.rows
    outcome, treated = asked.goal.measured(rows), (rows["treatment"] != "No E-Mail").astype(int)
    found = studied(split, fit)[0]
    scores = {"kept": effect_of(split, found, fit)(rows)}
    there, own = split.rows.only(KNOWN), (split.rows["treatment"] != "No E-Mail").astype(int)
    for name, learner in LEARNERS.items():
        for kind, way in (("linear", linear), *((("trees", fit),) if fit else ())):
            scores[f"{name} {kind}"] = learner(way, there, split.goal.measured(split.rows), own)(rows.only(KNOWN))
    return {name: qini(outcome, treated, score) for name, score in scores.items()}, found.ranking.p <= ALPHA, found.ranking.p


SHAPES = {
    "corner": lambda x: np.where((x["a"] > 0) == (x["b"] > 0), 0.10, -0.02),
    "window": lambda x: np.where(np.abs(x["a"]) < 0.6, 0.13, -0.02),
    "line": lambda x: 0.04 + 0.06 * np.clip(x["a"], -1, 1),
    "none": lambda x: np.full(len(x["a"]), 0.04),
}


def made(shape: str, seed: int, n: int = 20_000) -> Split:
    """A trial by lot whose treatment changes the rate of the outcome by what SHAPES say."""
    rng = np.random.default_rng(seed)
    columns = {name: rng.normal(size=n) for name in ("a", "b", "c", "d")}
    plan, treated = rng.choice(list("pqrst"), n).astype(object), rng.random(n) < 0.5
    rate = np.clip(0.2 + 0.1 * (columns["a"] > 0.5) + treated * SHAPES[shape](columns), 0, 1)
    words = {"plan": plan, "treatment": np.where(treated, "sent", "no mail").astype(object)}
    words["y"] = np.where(rng.random(n) < rate, "1", "0").astype(object)
    kinds = [*((name, "number", "number") for name in columns), *((name, "category", "text") for name in words)]
    schema = Schema(tuple(Column(name, kind, storage=storage) for name, kind, storage in kinds)).changed("y", role="target")
    engine = DuckDB()
    data = Dataset(schema, engine, engine.adopt({**columns, **words}), shape, n)
    return Split.make(data, Goal("y", "binary", ("0", "1"), "1", treatment="treatment"))


def steps(shape: str, seed: int) -> list[tuple[str, float, bool, float]]:
    """[(learner kept, its Qini on other rows, heterogeneity said, CPU seconds)] without and with boosting."""
    split, fresh, told = made(shape, seed), made(shape, seed + 10_000), []
    outcome, treated = fresh.goal.measured(fresh.rows), (fresh.rows["treatment"] == "sent").astype(int)
    for fit in (None, regression):
        start = time.process_time()
        found = studied(split, fit)[0]
        used = time.process_time() - start
        told.append((found.learner, qini(outcome, treated, effect_of(split, found, fit)(fresh.rows)), found.ranking.p <= ALPHA, used))
    return told


def hillstrom(trial: str, arm: str, outcome: str, seeds: int, fit: Fit | None) -> None:
    """Prints one trial of Hillstrom's."""
    whole = pd.read_csv(data("uplift/hillstrom/hillstrom.csv.gz"))
    part = whole[whole["segment"].isin([arm, "No E-Mail"])] if arm else whole
    part = part.assign(treatment=np.where(part["segment"] == "No E-Mail", "No E-Mail", "E-Mail")).reset_index(drop=True)
    start = time.process_time()
    found = [measured(part, outcome, seed, fit) for seed in range(seeds)]
    used = (time.process_time() - start) / seeds
    means = {name: float(np.mean([one[0][name] for one in found])) for name in found[0][0]}
    said = sum(one[1] for one in found)
    met = means["kept"] >= BAR and said == seeds if trial == "women" else said <= 0.1 * seeds
    print(f"{trial}/{outcome}: " + "  ".join(f"{name} {value:.4f}" for name, value in means.items()))
    print(f"    heterogeneity said in {said} of {seeds} (p {[round(one[2], 3) for one in found]}); bar met: {met}; {used:.1f} CPU s", flush=True)


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--seeds", type=int, default=10)
    reader.add_argument("--linear", action="store_true")
    reader.add_argument("--trials", nargs="+", default=["women", "men", "both", "steps"])
    asked_ = reader.parse_args()
    for trial_ in TRIALS:
        if trial_[0] in asked_.trials:
            hillstrom(*trial_, asked_.seeds, None if asked_.linear else regression)
    for shape_ in SHAPES if "steps" in asked_.trials else ():
        runs = [steps(shape_, seed) for seed in range(asked_.seeds)]
        for i, way in enumerate(("linear", "with boosting")):
            kept = [one[i][0] for one in runs]
            score, said_, cpu = (float(np.mean([one[i][j] for one in runs])) for j in (1, 2, 3))
            names = ", ".join(f"{name} {kept.count(name)}" for name in dict.fromkeys(kept))
            print(f"{shape_:7s} {way:13s} Qini {score:+.4f}  heterogeneity said {said_:.0%}  kept {names}  {cpu:.1f} CPU s", flush=True)
