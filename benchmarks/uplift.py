"""Whom does a mailing move? Hillstrom's trial: Qini of every learner and of the one that is kept, held out; verdicts beside what is known.

python benchmarks/uplift.py [--seeds N] [--trees]

Rows are halved (one seed each time): effects are learned, and the verdict is reached, on one half; Qini is measured on the other, as scikit-uplift's
`qini_auc_score` does. Bars: women/visit at least .062 (X and DR learners of linear regressions), and "no heterogeneity" for men/visit and for
both/spend, where no learner beats drawing lots. --trees tries LightGBM regressions too.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from _shared import data

from apercu.advise.effects import LEARNERS, Effect, Fit, linear
from apercu.advise.uplift import ALPHA, effect_of, studied
from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.stats.uplift import qini

KNOWN = ("recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel")
TRIALS = (("women", "Womens E-Mail", "visit"), ("men", "Mens E-Mail", "visit"), ("both", "", "spend"))
BAR = 0.062


def trees(rows: Rows, outcome: np.ndarray) -> Effect:
    """A small boosted regression."""
    from apercu.train.boosting import Boosting

    watched = np.arange(rows.n) % 5 == 0
    table, goal = rows.plus({"outcome": outcome}), Goal("outcome", "numeric")
    model = Boosting().fit(table.take(~watched), goal, table.take(watched))
    return model.predict


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
        for kind, regression in (("linear", linear), *((("trees", fit),) if fit else ())):
            scores[f"{name} {kind}"] = learner(regression, there, split.goal.measured(split.rows), own)(rows.only(KNOWN))
    return {name: qini(outcome, treated, score) for name, score in scores.items()}, found.ranking.p <= ALPHA, found.ranking.p


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--seeds", type=int, default=10)
    reader.add_argument("--trees", action="store_true")
    asked_ = reader.parse_args()
    whole = pd.read_csv(data("uplift/hillstrom/hillstrom.csv.gz"))
    for trial, arm, outcome_ in TRIALS:
        part = whole[whole["segment"].isin([arm, "No E-Mail"])] if arm else whole
        part = part.assign(treatment=np.where(part["segment"] == "No E-Mail", "No E-Mail", "E-Mail")).reset_index(drop=True)
        start = time.process_time()
        found_ = [measured(part, outcome_, seed, trees if asked_.trees else None) for seed in range(asked_.seeds)]
        used = (time.process_time() - start) / asked_.seeds
        means = {name: float(np.mean([one[0][name] for one in found_])) for name in found_[0][0]}
        said = sum(one[1] for one in found_)
        met = means["kept"] >= BAR and said == asked_.seeds if trial == "women" else said <= 0.1 * asked_.seeds
        print(f"{trial}/{outcome_}: " + "  ".join(f"{name} {value:.4f}" for name, value in means.items()))
        print(
            f"    heterogeneity said in {said} of {asked_.seeds} (p {[round(one[2], 3) for one in found_]}); bar met: {met}; {used:.1f} CPU s",
            flush=True,
        )
