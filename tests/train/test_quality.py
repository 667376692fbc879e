"""Real tables: what was measured stays reached."""

from __future__ import annotations

import time

import numpy as np
import pytest

from apercu import train
from apercu.core.dataset import Dataset, Step
from apercu.core.expression import Column as Of
from apercu.core.expression import Number, Trim
from apercu.core.goal import Goal
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.stats.scores import auc


@pytest.mark.slow
def test_telco_churn(shared_data):
    engine = DuckDB()
    table = engine.read(shared_data / "tabular/telco_churn/Telco-Customer-Churn.csv.gz", "csv", {"all_varchar": True})
    kinds = dict.fromkeys(engine.columns(table), "category")
    numbers = ("tenure", "MonthlyCharges", "TotalCharges")
    schema = Schema(tuple(Column(n, k, "id" if n == "customerID" else "feature") for n, k in kinds.items())).changed("Churn", role="target")
    data = Dataset(schema, engine, table, "telco", engine.count(table))
    data = data.applied(Step({n: Number(Trim(Of(n))) for n in numbers}), tuple(Column(n, "number", storage="number") for n in numbers))
    split = Split.make(data, Goal("Churn", "binary", ("No", "Yes"), "Yes"))
    begun = time.process_time()
    models = train.run(split)
    seconds = time.process_time() - begun
    reached = {m.name: float(auc(split.goal.measured(split.rows), m.out_of_fold[:, 1])) for m in models}
    assert min(reached.values()) >= 0.845 and max(reached.values()) >= 0.848, reached
    assert seconds < 15, f"{seconds:.1f} CPU seconds"
    assert np.isfinite(models[0].loss).all()
