"""The whole trip on the telco table: CPU seconds and memory after a warm-up, AUC, the first findings, and every query replayed.

python benchmarks/telco.py
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
from _shared import data, measured
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

RUNS = 3
TABLE = data("tabular/telco_churn/Telco-Customer-Churn.csv.gz")

with tempfile.TemporaryDirectory() as folder:
    runs = []
    for i in range(RUNS + 1):
        study = Path(folder) / f"run{i}.study"
        result = measured([sys.executable, "-m", "apercu", "run", str(TABLE), "--target", "Churn", "--out", str(study)])
        assert result.code == 0, result.err
        runs.append(result)
    warm = runs[1:]
    record = json.loads((study / "study.json").read_text(encoding="utf-8"))
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW data AS SELECT * FROM '{study}/data.parquet'")
    worst = 0.0
    for finding in record["findings"]:
        row = connection.execute(finding["sql"]).fetchone()
        worst = max(worst, abs(row[0] - finding["effect"]), float(row[3] != finding["n"]))
    page = (study / "page.html").stat().st_size / 1e6


def peer() -> float:
    """AUC of scikit-learn's gradient boosting, its defaults, five folds."""
    frame = pd.read_csv(TABLE).drop(columns="customerID")
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    features = frame.drop(columns="Churn").apply(lambda c: c if c.dtype.kind in "if" else c.astype("category"))
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)
    return roc_auc_score(frame["Churn"] == "Yes", cross_val_predict(model, features, frame["Churn"], method="predict_proba")[:, 1])


auc = {s["model"]: (s["value"], s["low"], s["high"]) for s in record["scores"] if s["metric"] == "auc"}
cpu, memory = sorted(r.cpu_seconds for r in warm)[RUNS // 2], max(r.peak_mb for r in warm)
print(
    f"telco, whole trip with report, median of {RUNS} after a warm-up: {cpu:.1f} CPU s (bar 20), peak {memory:.0f} MB (bar 600), page {page:.2f} MB"
)
for model, (value, low, high) in auc.items():
    print(f"  out-of-fold AUC {model}: {value:.4f} [{low:.4f}, {high:.4f}] (bar 0.845)")
print(f"  peer: scikit-learn HistGradientBoosting, defaults, same table: {peer():.4f}")
print(f"  queries replayed in DuckDB: {len(record['findings'])}, largest difference from the sentence {worst:.1e}")
for finding in record["findings"]:
    print(f"  {finding['rank']}. {finding['text']['en']}")
