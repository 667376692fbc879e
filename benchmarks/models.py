"""Models on tables, held out: the bars, AutoGluon and ours in one run, with CPU seconds and memory of the process trees.

python benchmarks/models.py [NAME ... | all] [--peer PYTHON] [--quality medium good] [--options JSON] [--seeds N] [--keep FILE]

PYTHON is that of an environment with autogluon.tabular (medium quality, 120 seconds); without it the peer's columns are empty. Ours runs in the
environment of this file, with whatever extras it has. Each system gets the training rows of a fixed 80/20 split (seed 42; --seeds tries further
ones, without a bar) in a process of its own and gives predictions for the others: ROC AUC, or root mean squared error. bank goes without `duration`,
known only after the call, bike without the day's date and the two parts of its sum. Of several tables or splits the ranks, the CPU and the paired
differences are summed up. FILE keeps a line of JSON per fit; what it holds already is not measured again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from _shared import data, measured
from sklearn.metrics import mean_squared_error, roc_auc_score
from sklearn.model_selection import train_test_split

SEED = 42
ROUNDS = 2_000  # of the bootstrap over tables


class Source(NamedTuple):
    """A file, its target (a column's name, or its place where the file has no header), columns left out, the level that is 1."""

    file: str
    target: str | int
    dropped: tuple[str, ...] = ()
    wanted: object = None
    numeric: bool = False


SOURCES = {
    "telco": Source("tabular/telco_churn/Telco-Customer-Churn.csv.gz", "Churn", ("customerID",), "Yes"),
    "bank": Source("tabular/bank_marketing/bank.csv.gz", "deposit", ("duration",), "yes"),
    "german": Source("tabular/german_credit/german.csv", 20, (), 2),
    "adult": Source("tabular/adult/adult-train.csv.gz", 14),
    "bike": Source("tabular/bike_sharing/bike_sharing_dataset.zip", "cnt", ("instant", "dteday", "casual", "registered"), numeric=True),
    "house": Source("tabular/california_housing/housing.csv.gz", "median_house_value", numeric=True),
    "titanic": Source("tabular/titanic/train.csv", "Survived", ("PassengerId",), 1),
    "pima": Source("tabular/pima_diabetes/pima-indians-diabetes.csv", 8, (), 1),
    "heart": Source("tabular/heart_statlog/heart_disease.csv", "Disease", (), 1),
    "campaign": Source("segmentation/customer_personality/marketing_campaign.csv.gz", "Response", ("ID",), 1),
    "machines": Source("equipment/ai4i2020/ai4i2020.csv", "Machine failure", ("UDI",), 1),
    "fraud": Source("tabular/vehicle_claim_fraud/fraud_oracle.csv.gz", "FraudFound_P", ("PolicyNumber",), 1),
    "insurance": Source("tabular/insurance_charges/insurance.csv", "charges", numeric=True),
    "wine red": Source("tabular/wine_quality/winequality-red.csv", 11, numeric=True),
    "wine white": Source("tabular/wine_quality/winequality-white.csv", 11, numeric=True),
}
BARRED = ("telco", "bank", "german", "adult", "bike", "house")
BARS = {  # name: (score, share of the peer's CPU)
    "telco": (0.848, 0.6), "bank": (0.811, 0.8), "german": (0.806, 0.8), "adult": (0.9325, 0.8), "bike": (35.1, 0.6), "house": (44_100, 0.6),
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

folder, numeric, quality = sys.argv[1], sys.argv[2] == "numeric", sys.argv[3]
known, asked = pd.read_parquet(f"{folder}/train.parquet"), pd.read_parquet(f"{folder}/test.parquet")
predictor = TabularPredictor(label="target", path=tempfile.mkdtemp(), verbosity=0, problem_type="regression" if numeric else "binary",
                             eval_metric="root_mean_squared_error" if numeric else "roc_auc")
predictor.fit(known, presets=f"{quality}_quality", time_limit=120, num_cpus=2)
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
    source = SOURCES[name]
    path = data(source.file)
    how = {"header": None if isinstance(source.target, int) else "infer", "sep": ";" if name == "campaign" else ",", "encoding": "utf-8-sig"}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open("hour.csv") as file:
            table = pd.read_csv(file)
    else:
        table = pd.read_csv(path, **how)
    table = table.drop(columns=list(source.dropped))
    table.columns = [str(c) if c != source.target else "target" for c in table.columns]
    if name == "telco":
        table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    if not source.numeric:
        table["target"] = (table["target"] == source.wanted).astype(int)
    return table


class Fit(NamedTuple):
    """What one system made of one split: its score (NaN where it failed), CPU seconds and MB of its processes, what it said last."""

    table: str
    seed: int
    system: str
    score: float
    cpu: float
    mb: float
    said: str


def fitted(table: pd.DataFrame, name: str, seed: int, systems: dict[str, list[str]]) -> list[Fit]:
    """Each system on one split."""
    numeric = SOURCES[name].numeric
    known, held = train_test_split(np.arange(len(table)), test_size=0.2, random_state=seed, stratify=None if numeric else table["target"])
    truth, fits = table["target"].to_numpy()[held], []
    with tempfile.TemporaryDirectory() as folder:
        table.iloc[known].to_parquet(f"{folder}/train.parquet")
        table.iloc[held].drop(columns="target").to_parquet(f"{folder}/test.parquet")
        for system, (python, code, *words) in systems.items():
            told = Path(folder) / "told.npy"
            told.unlink(missing_ok=True)
            given = [("numeric" if numeric else "binary") if word == "TASK" else word for word in words]
            result = measured([python, "-c", code, folder, *given])
            score, said = float("nan"), result.err[-300:]
            if result.code == 0 and told.exists():
                score = float(mean_squared_error(truth, np.load(told)) ** 0.5 if numeric else roc_auc_score(truth, np.load(told)))
                said = result.out.strip().splitlines()[-1] if result.out.strip() else ""
            fits.append(Fit(name, seed, system, score, result.cpu_seconds, result.peak_mb, said))
    return fits


def shown(fit: Fit | None) -> str:
    """Score, CPU seconds and MB in columns."""
    if fit is None:
        return " " * 24
    return f"{fit.score:>11{'.0f' if fit.table == 'house' else '.3f' if SOURCES[fit.table].numeric else '.4f'}}{fit.cpu:>7.0f}{fit.mb:>6.0f}"


def summary(fits: list[Fit], systems: list[str]) -> None:
    """Mean ranks, CPU and relative differences, with 95% intervals of a bootstrap over tables (splits of a table stay together)."""
    at = {(f.table, f.seed, f.system): f for f in fits if np.isfinite(f.score)}
    splits = sorted({(f.table, f.seed) for f in fits if all((f.table, f.seed, s) in at for s in systems)})
    if not splits:
        return
    better = np.array([[-at[*split, s].score if SOURCES[split[0]].numeric else at[*split, s].score for s in systems] for split in splits])
    cpu = np.array([[at[*split, s].cpu for s in systems] for split in splits])
    ranks = 1 + (better[:, None, :] > better[:, :, None]).sum(axis=2) + ((better[:, None, :] == better[:, :, None]).sum(axis=2) - 1) / 2
    tables = np.array([split[0] for split in splits])
    print(
        f"\n{len(splits)} splits of {len(set(tables))} tables" + "".join(f"; {s}: mean rank {ranks[:, i].mean():.2f}" for i, s in enumerate(systems))
    )
    draw = np.random.default_rng(0)
    names = np.unique(tables)
    for i, peer in enumerate(systems[1:], 1):
        gain = (better[:, 0] - better[:, i]) / np.abs(better[:, i])
        of = np.array([gain[tables == name].mean() for name in names])
        low, high = np.quantile([of[draw.integers(0, len(of), len(of))].mean() for _ in range(ROUNDS)], [0.025, 0.975])
        worst = int(np.argmin(of))
        ratio = np.array([cpu[tables == name, 0].sum() / cpu[tables == name, i].sum() for name in names])
        print(
            f"ours against {peer}: ahead in {np.mean(gain > 0):.0%} of splits; relative gain {of.mean():+.2%} ({low:+.2%} to {high:+.2%} by table); "
            f"worst table {names[worst]} {of[worst]:+.2%}, worst split {gain.min():+.2%}; "
            f"CPU {cpu[:, 0].sum() / cpu[:, i].sum():.0%} of the peer's, by table {ratio.min():.0%} to {ratio.max():.0%}",
            flush=True,
        )


def main() -> None:
    """Prints a line per table and split, then the summary."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("tables", nargs="*", default=list(BARRED))
    asked.add_argument("--peer", help="the Python of an environment with autogluon.tabular")
    asked.add_argument("--quality", nargs="*", default=["medium"], help="AutoGluon's presets to measure")
    asked.add_argument("--seeds", type=int, default=1, help="splits tried, from seed 42 on")
    asked.add_argument("--options", default="{}", help="JSON of apercu's training options")
    asked.add_argument("--keep", type=Path, help="a file of finished fits")
    given = asked.parse_args()
    systems = {"ours": [sys.executable, OURS, given.options]}
    systems |= {quality: [given.peer, PEER, "TASK", quality] for quality in given.quality if given.peer}
    kept = [Fit(**json.loads(line)) for line in given.keep.read_text().splitlines()] if given.keep and given.keep.exists() else []
    print(f"{'table':<11}{'seed':>4} |{'bar':>10} |" + "|".join(f"{f'{s}: score, CPU s, MB':>24}" for s in systems) + " | losses of ours", flush=True)
    fits = []
    for name in SOURCES if given.tables == ["all"] else given.tables:
        table = frame(name)
        for seed in range(SEED, SEED + given.seeds):
            done = {f.system: f for f in kept if (f.table, f.seed) == (name, seed)}
            for fit in fitted(table, name, seed, {s: w for s, w in systems.items() if s not in done}):
                done[fit.system] = fit
                if given.keep:
                    with given.keep.open("a") as file:
                        file.write(json.dumps(fit._asdict()) + "\n")
            bar = f"{BARS[name][0]:>10g}" if seed == SEED and name in BARS else " " * 10
            print(f"{name:<11}{seed:>4} |{bar} |" + "|".join(shown(done.get(s)) for s in systems) + f" | {done['ours'].said}", flush=True)
            fits += [done[s] for s in systems]
    summary(fits, list(systems))


if __name__ == "__main__":
    main()
