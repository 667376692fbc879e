"""Where the real data and the public instruments lie, and how a child process is measured."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

SHARED = Path(__file__).parents[1].parent / "shared"

TABLES = (  # (name, file, target) of the real tables
    ("telco", "tabular/telco_churn/Telco-Customer-Churn.csv.gz", "Churn"),
    ("adult", "tabular/adult/adult-train.csv.gz", "column_15"),
    ("german", "tabular/german_credit/german.csv", "column_21"),
    ("bank", "tabular/bank_marketing/bank.csv.gz", "deposit"),
    ("credit", "tabular/credit_default/UCI_Credit_Card.csv.gz", "default.payment.next.month"),
    ("housing", "tabular/california_housing/housing.csv.gz", "median_house_value"),
    ("bike", "tabular/bike_sharing/bike_sharing_dataset.zip", "cnt"),
    ("titanic", "tabular/titanic/train.csv", "Survived"),
    ("heart", "tabular/heart_statlog/heart_disease.csv", "Disease"),
    ("pima", "tabular/pima_diabetes/pima-indians-diabetes.csv", "column_9"),
    ("wine red", "tabular/wine_quality/winequality-red.csv", "column_12"),
    ("wine white", "tabular/wine_quality/winequality-white.csv", "column_12"),
    ("insurance", "tabular/insurance_charges/insurance.csv", "charges"),
    ("fraud", "tabular/vehicle_claim_fraud/fraud_oracle.csv.gz", "FraudFound_P"),
    ("cancer", "tabular/breast_cancer_xlsx/breast_cancer.xlsx", "diagnosis"),
    ("machines", "equipment/ai4i2020/ai4i2020.csv", "Machine failure"),
    ("campaign", "segmentation/customer_personality/marketing_campaign.csv.gz", "Response"),
    ("compas", "fairness/compas/compas-scores-two-years.csv.gz", "two_year_recid"),
)


class Measured(NamedTuple):
    """One finished child process."""

    code: int
    out: str
    err: str
    cpu_seconds: float
    peak_mb: float


def data(path: str) -> Path:
    """A file of the real data; ends the benchmark with a word where it is absent."""
    found = SHARED / "data" / path
    if not found.exists():
        sys.exit(f"skipped: {path} is not in ../shared/data beside the checkout")
    return found


def instrument(name: str) -> ModuleType:
    """A public instrument (a Python file) that lies beside the data."""
    path = SHARED / f"{name}.py"
    if not path.exists():
        sys.exit(f"skipped: ../shared/{name}.py is not beside the checkout")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measured(words: list[str]) -> Measured:
    """Runs a command to its end. Its own peak memory is taken from wait4, since the usage of all children only knows the largest."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(words, stdout=out, stderr=err, env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Measured(child.returncode, out.read(), err.read(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
