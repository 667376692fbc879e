"""Rows and totals for each person or thing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu import testing
from apercu.core.condition import EVERYONE
from apercu.core.split import Verify
from apercu.discover._ratio import candidates, loads, verified
from apercu.discover.ratio import Ratio
from apercu.engine.duckdb import DuckDB


def staff(seed, sizes, each):
    """sizes: managers of a department; each: the mean number of rows of each of them."""
    rng = np.random.default_rng(seed)
    department, manager = [], []
    for name, managers in sizes.items():
        for i, rows in enumerate(rng.poisson(each[name], managers) + 1):
            department += [name] * rows
            manager += [f"{name} {i}"] * rows
    order = rng.permutation(len(manager))
    return {"department": np.array(department, dtype=object)[order], "manager": np.array(manager, dtype=object)[order]}


def held(columns, half="all"):
    search = testing._ready(testing._searched(columns, ""))
    verify = Verify(search.rows, search.schema, half=half)
    made = [(c, Ratio().verify(c, verify)) for c in Ratio().propose(search)]
    return [(c, e) for c, e in made if e.p * c.looks <= 0.05], verify


def asked(claim, verify):
    engine = DuckDB()
    data = engine.adopt({**{n: verify.rows[n] for n in verify.rows}, "_half": np.full(verify.rows.n, verify.half, dtype=object)})
    return [float(v) for v in engine.ask(data, Ratio().sql(claim, verify.half))[0][:4]]


SIZES = {"IT": 9, "HR": 9, "law": 9, "sales": 9}
ALIKE = dict.fromkeys(SIZES, 8)


def test_a_department_of_heavy_loads_is_found():
    found = 0
    for seed in range(10):
        made, verify = held(staff(seed, SIZES, {**ALIKE, "IT": 24}))
        per = [(c, e) for c, e in made if c.told("kind") == "per"]
        found += len(per) == 1 and per[0][0].where.say() == "department is “IT”" and per[0][0].columns() == ("department", "manager")
        for claim, evidence in made:
            assert asked(claim, verify) == pytest.approx([evidence.effect, evidence.value, evidence.base, evidence.n])
    assert found == 10


def test_two_managers_of_very_many():
    made, _ = held(staff(1, {**SIZES, "IT": 2}, {**ALIKE, "IT": 50}))
    claim, evidence = next((c, e) for c, e in made if c.told("kind") == "per")
    assert claim.where.say() == "department is “IT”" and evidence.method.startswith("prediction t")
    assert evidence.low > 0 and evidence.extra["entities"] == 2
    text = Ratio().say(claim, evidence, "en")
    assert (
        "rows for each manager" in text and "2 of manager there, 27 elsewhere" in text and "每个 manager 平均有" in Ratio().say(claim, evidence, "zh")
    )


@pytest.mark.parametrize("spread", [0.0, 0.8])
def test_equal_departments_are_left_alone(spread):
    told = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        rates = 4 + 6 * np.exp(spread * rng.normal(size=40))
        manager = np.repeat(np.arange(40), rng.poisson(rates) + 1)
        names = np.array([f"m{i}" for i in manager], dtype=object)
        made, _ = held({"manager": names, "department": np.array([f"d{i % 5}" for i in manager], dtype=object)})
        told += any(c.told("kind") == "per" for c, _ in made)
    assert told <= 7


def test_one_entity_far_above_the_others():
    columns = staff(2, SIZES, ALIKE)
    columns["manager"] = np.where(np.random.default_rng(3).random(len(columns["manager"])) < 0.25, "boss", columns["manager"]).astype(object)
    made, verify = held(columns)
    claim, evidence = next((c, e) for c, e in made if c.told("kind") == "top")
    assert claim.told("top") == "boss" and asked(claim, verify) == pytest.approx([evidence.effect, evidence.value, evidence.base, evidence.n])
    assert "times as many as the median one" in Ratio().say(claim, evidence, "en") and "独占" in Ratio().say(claim, evidence, "zh")
    assert json.dumps(Ratio().chart(claim, evidence, verify), allow_nan=False)


def test_totals_for_each_entity():
    columns = staff(4, SIZES, ALIKE)
    rng = np.random.default_rng(5)
    columns["cost"] = rng.lognormal(3, 0.5, len(columns["manager"])) * np.where(columns["department"] == "law", 5, 1)
    made, verify = held(columns)
    claim, evidence = next((c, e) for c, e in made if c.told("kind") == "total")
    assert claim.where.say() == "department is “law”" and claim.measure.name == "cost"
    assert asked(claim, verify) == pytest.approx([evidence.effect, evidence.value, evidence.base, evidence.n])
    assert "each manager has a total cost of" in Ratio().say(claim, evidence, "en")
    assert json.dumps(Ratio().chart(claim, evidence, verify), allow_nan=False)


def test_a_half_of_the_rows_is_said_to_be_one():
    made, _ = held(staff(6, SIZES, {**ALIKE, "IT": 40}), half="verify")
    claim, evidence = made[0]
    assert "in the half of the rows that judged" in Ratio().say(claim, evidence, "en") and "一半行" in Ratio().say(claim, evidence, "zh")


def test_entities_that_work_everywhere_belong_nowhere():
    rng = np.random.default_rng(7)
    desk = rng.choice(["a", "b", "c"], 800, p=[0.7, 0.2, 0.1]).astype(object)
    agent = rng.choice([f"agent {i}" for i in range(12)], 800).astype(object)
    assert not held({"desk": desk, "agent": agent})[0]


def test_loads_of_texts_and_of_numbers():
    rows = testing.Rows.of({"k": ["a", "b", "a", None], "n": [2, 2, None, 5]})
    names, counts = loads(rows, "k")
    assert names == ["a", "b"] and counts.tolist() == [2, 1]
    assert loads(rows, "n")[0] == ["2", "5"] and loads(rows, "n")[1].tolist() == [2, 1]


def test_no_count_no_claim_and_few_entities_prove_nothing():
    search = testing._ready(testing._searched(staff(8, SIZES, {**ALIKE, "IT": 24}), ""))
    claim = next(c for c in candidates(search, "ratio") if c.told("kind") == "per")
    few = search.rows.take(claim.where.holds(search.rows))
    assert verified(claim, Verify(few, search.schema), 0.95).p == 1.0 and claim.against == () and claim.where != EVERYONE
