"""Planted odd rows are told with the columns that make them odd; clean tables are silent; confirmed usual rows give exact p-values."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import audit
from apercu.audit.anomalies import conformal, explained, scores
from apercu.core.split import Split
from apercu.stats.scores import auc


def table(n=2_000, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 4))
    x[:, 3] = x[:, 0] + x[:, 1] + 0.1 * x[:, 3]
    return x


def split_of(make_split, x) -> Split:
    columns = {name: x[:, j] for j, name in enumerate("abcd")}
    return make_split({**columns, "y": np.random.default_rng(9).normal(size=len(x))}, "y")


def test_odd_rows_are_told_with_their_columns(make_split):
    x = table()
    x[[100, 200], 2] = (40.0, -30.0)
    x[300, 3] = x[300, 0] + x[300, 1] - 3.0  # each column usual by itself
    (fault,) = [f for f in audit.run(split_of(make_split, x), None) if f.kind == "anomaly"]
    assert set(fault.rows[:2]) == {101, 201} and fault.evidence["n"] <= 4
    assert "Row 101: c is 39" in fault.say("en") and "above its median" in fault.say("en") and "中位数" in fault.say("zh")
    (reason,) = explained(x, np.array([300]))
    assert reason[0][0] in (0, 1, 3) and not reason[0][2], "only beside the other columns"


@pytest.mark.parametrize("seed", range(5))
def test_clean_tables_are_silent(make_split, seed):
    assert not [f for f in audit.run(split_of(make_split, table(seed=seed)), None) if f.kind == "anomaly"]


def test_scores_order_rows():
    x = table(seed=3)
    odd = np.arange(len(x)) < 30
    x[odd] += 4.0 * np.random.default_rng(1).normal(size=(30, 4))
    assert auc(odd.astype(float), scores(x)) > 0.9


def test_confirmed_rows_give_exact_p_values():
    generator = np.random.default_rng(0)
    hits = [(conformal(generator.normal(size=99), generator.normal(size=50)) <= 0.05).mean() for _ in range(200)]
    assert abs(np.mean(hits) - 0.05) < 0.01
    assert conformal(np.zeros(0), np.ones(2)).tolist() == [1.0, 1.0]


def test_small_empty_and_flat_tables(make_split):
    assert scores(np.zeros((3, 2))).tolist() == [0.5] * 3 and scores(np.zeros((10, 0))).tolist() == [0.5] * 10
    assert not audit.run(make_split({"a": np.ones(60), "t": np.array(["x"] * 60, dtype=object), "y": np.arange(60.0)}, "y"), None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "t3", "lognormal", "mixture", "uniform", "counts"])
def test_at_most_a_thousandth_of_clean_rows_is_told(kind):
    import importlib.util
    from pathlib import Path

    from apercu.audit.anomalies import _judged

    path = Path(__file__).parents[2] / "benchmarks" / "anomalies.py"
    spec = importlib.util.spec_from_file_location("anomalies_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    told = [len(_judged(module.clean(kind, 1_000, 8, np.random.default_rng(s)), 0.05).rows) / 1_000 for s in range(40)]
    assert np.mean(told) <= 0.001
