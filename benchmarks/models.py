"""Models on tables, held out: the bar, the peer and ours in one run, with CPU seconds and memory of the process trees.

python benchmarks/models.py [telco bank german adult bike house] [--peer PYTHON] [--options JSON] [--seeds N]

PYTHON is that of an environment with autogluon.tabular (medium quality, 120 seconds); without it the peer's column is empty. Ours runs in the
environment of this file, with whatever extras it has. Each system gets the training rows of a fixed 80/20 split (seed 42; --seeds tries further
ones, without a bar) in a process of its own and gives predictions for the others: ROC AUC, or root mean squared error. bank goes without `duration`,
known only after the call, bike without the day's date and the two parts of its sum.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from _shared import data, measured
from sklearn.metrics import mean_squared_error, roc_auc_score
from sklearn.model_selection import train_test_split

SEED = 42
FILES = {  # name: (file, target, dropped)
    "telco": ("tabular/telco_churn/Telco-Customer-Churn.csv.gz", "Churn", ("customerID",)),
    "bank": ("tabular/bank_marketing/bank.csv.gz", "deposit", ("duration",)),
    "german": ("tabular/german_credit/german.csv", 20, ()),
    "adult": ("tabular/adult/adult-train.csv.gz", 14, ()),
    "bike": ("tabular/bike_sharing/bike_sharing_dataset.zip", "cnt", ("instant", "dteday", "casual", "registered")),
    "house": ("tabular/california_housing/housing.csv.gz", "median_house_value", ()),
}
BARS = {  # name: (score, CPU seconds)
    "telco": (0.848, 23), "bank": (0.811, 104), "german": (0.806, None), "adult": (0.9325, 144), "bike": (35.1, 107), "house": (44_100, 147),
}  # fmt: skip
OURS = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np, pandas as pd
import apercu
from apercu import clean, collect, derive, explain, train
from apercu.core.goal import Goal
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.predictor import Predictor

folder, options = sys.argv[1], json.loads(sys.argv[2])
known, asked = pd.read_parquet(f"{folder}/train.parquet"), pd.read_parquet(f"{folder}/test.parquet")
engine = DuckDB()
table, _ = collect.run(known, engine, collect.Options())
table, _ = clean.run(table, "target", clean.Options())
goal = Goal.guess(table.schema, "target", table.engine.distinct(table.table, "target", 1001))
table, _ = derive.run(table, goal, derive.Options())
split = Split.make(table, goal)
options = {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}
models = train.run(split, train.Options(**options))
told = Predictor(goal, split.data, models[0], explain.row).predict(collect.run(asked, engine, collect.Options())[0])
numeric = goal.task == "numeric"
np.save(f"{folder}/told.npy", [t["prediction"] if numeric else t["probabilities"][goal.classes[1]] for t in told])
print(json.dumps({m.name: round(float(m.loss.mean()), 5) for m in models}))
"""
PEER = """
import sys, tempfile, warnings
warnings.filterwarnings("ignore")
import numpy as np, pandas as pd
from autogluon.tabular import TabularPredictor

folder, numeric = sys.argv[1], sys.argv[2] == "numeric"
known, asked = pd.read_parquet(f"{folder}/train.parquet"), pd.read_parquet(f"{folder}/test.parquet")
predictor = TabularPredictor(label="target", path=tempfile.mkdtemp(), verbosity=0, problem_type="regression" if numeric else "binary",
                             eval_metric="root_mean_squared_error" if numeric else "roc_auc")
predictor.fit(known, presets="medium_quality", time_limit=120, num_cpus=2)
np.save(f"{folder}/told.npy", predictor.predict(asked).values if numeric else predictor.predict_proba(asked)[1].values)
"""


def frame(name: str) -> pd.DataFrame:
    """The table with its target last, named `target`: a number, or 0 and 1."""
    if name == "adult":
        columns = (
            "age workclass fnlwgt education education_num marital occupation relationship race sex capital_gain capital_loss hours country target"
        )
        both = [data(f"tabular/adult/adult-{part}.csv.gz") for part in ("train", "test")]
        table = pd.concat([pd.read_csv(p, names=columns.split(), skipinitialspace=True, na_values="?", comment="|") for p in both])
        table["target"] = table["target"].str.contains(">50K").astype(int)
        return table.reset_index(drop=True)
    path, target, dropped = FILES[name]
    if name == "bike":
        with zipfile.ZipFile(data(path)) as archive, archive.open("hour.csv") as file:
            table = pd.read_csv(file)
    else:
        table = pd.read_csv(data(path), header=None if isinstance(target, int) else "infer")
    table = table.drop(columns=list(dropped))
    table.columns = [str(c) if c != target else "target" for c in table.columns]
    if name == "telco":
        table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    wanted = {"telco": "Yes", "bank": "yes", "german": 2}.get(name)
    if wanted is not None:
        table["target"] = (table["target"] == wanted).astype(int)
    return table


def score(truth: np.ndarray, told: np.ndarray, *, numeric: bool) -> float:
    """ROC AUC, or root mean squared error."""
    return float(mean_squared_error(truth, told) ** 0.5 if numeric else roc_auc_score(truth, told))


def tried(command: list[str], folder: str, truth: np.ndarray, *, numeric: bool) -> tuple[float, float, float, str]:
    """(score, CPU seconds, MB, what it said) of one system; NaN with its last words where it failed."""
    told = Path(folder) / "told.npy"
    told.unlink(missing_ok=True)
    result = measured(command)
    if result.code or not told.exists():
        return float("nan"), result.cpu_seconds, result.peak_mb, result.err[-400:]
    return score(truth, np.load(told), numeric=numeric), result.cpu_seconds, result.peak_mb, result.out.strip().splitlines()[-1] if result.out else ""


def main() -> None:
    """Prints a line per table and split."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("tables", nargs="*", default=list(FILES))
    asked.add_argument("--peer", help="the Python of an environment with autogluon.tabular")
    asked.add_argument("--seeds", type=int, default=1, help="splits tried, from seed 42 on")
    asked.add_argument("--options", default="{}", help="JSON of apercu's training options")
    given = asked.parse_args()
    print(
        f"{'table':<8}{'seed':>5} |{'bar':>10}{'CPU s':>7} |{'peer':>11}{'CPU s':>7}{'MB':>6} |{'ours':>11}{'CPU s':>7}{'MB':>6} | losses", flush=True
    )
    for name in given.tables:
        table, numeric = frame(name), name in ("bike", "house")
        for seed in range(SEED, SEED + given.seeds):
            rows = np.arange(len(table))
            known, held = train_test_split(rows, test_size=0.2, random_state=seed, stratify=None if numeric else table["target"])
            with tempfile.TemporaryDirectory() as folder:
                table.iloc[known].to_parquet(f"{folder}/train.parquet")
                table.iloc[held].drop(columns="target").to_parquet(f"{folder}/test.parquet")
                truth = table["target"].to_numpy()[held]
                ours = tried([sys.executable, "-c", OURS, folder, given.options], folder, truth, numeric=numeric)
                task = "numeric" if numeric else "binary"
                peer = tried([given.peer, "-c", PEER, folder, task], folder, truth, numeric=numeric) if given.peer else None
            shown = ".0f" if name == "house" else ".2f" if numeric else ".4f"
            bar, seconds = BARS[name] if seed == SEED else (float("nan"), None)
            told = f"{peer[0]:>11{shown}}{peer[1]:>7.0f}{peer[2]:>6.0f}" if peer else " " * 24
            line = f"{name:<8}{seed:>5} |{bar:>10{shown}}{seconds or '':>7} |{told} |{ours[0]:>11{shown}}{ours[1]:>7.0f}{ours[2]:>6.0f} | {ours[3]}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
