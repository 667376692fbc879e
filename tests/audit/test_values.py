"""Planted errors are found with the right repair; tables that are clean, or merely correlated, are silent."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import audit
from apercu.audit.values import suspected

CITIES = {"35233": "birmingham", "36301": "dothan", "35640": "sheffield", "36467": "opp", "35968": "fort payne", "36049": "luverne"}


def table(n=600, seed=0):
    generator = np.random.default_rng(seed)
    zips = generator.choice(list(CITIES), n)
    return {
        "zip": zips.astype(object),
        "city": np.array([CITIES[z] for z in zips], dtype=object),
        "other": generator.choice(list("abc"), n).astype(object),
    }


def test_each_kind_of_error_is_found_and_repaired():
    columns = table()
    right = columns["city"].copy()
    columns["city"][[5, 50]] = ("dothxn", "lxverne")
    columns["city"][200] = None
    columns["phone"] = np.array([f"205-{1000 + i}" for i in range(600)], dtype=object)
    columns["phone"][7] = "205.1007"
    found = {(s.column, s.row): s for s in suspected(columns)}
    assert {("city", 5), ("city", 50), ("city", 200), ("phone", 7)} == set(found)
    assert all(found["city", row].repair == right[row] for row in (5, 50, 200))
    assert found["phone", 7].why == "format" and found["phone", 7].repair is None


def test_a_wrong_key_does_not_blame_what_it_settles():
    columns = table()
    columns["state"] = np.array(["al"] * 300 + ["ak"] * 300, dtype=object)
    columns["zip"][3] = "36301" if columns["zip"][3] != "36301" else "36467"
    columns["county"] = np.array([c[:3] + " county" for c in columns["city"]], dtype=object)
    assert {(s.column, s.row) for s in suspected(columns)} == {("zip", 3)}


def test_spellings_but_not_numbers_or_codes():
    words = np.array(["pneumonia"] * 60 + ["pneumonai", "pneumxnia"] + ["heart failure"] * 60 + ["AA-10"] * 60 + ["AA-11"], dtype=object)
    assert [(s.row, s.repair) for s in suspected({"w": words})] == [(60, "pneumonia"), (61, "pneumonia")]


@pytest.mark.parametrize("seed", range(5))
def test_clean_and_merely_correlated_tables_are_silent(seed):
    generator = np.random.default_rng(seed)
    married = generator.choice(["yes", "no"], 2_000)
    role = np.where(
        married == "yes", generator.choice(["spouse", "other"], 2_000, p=[0.9, 0.1]), generator.choice(["single", "other"], 2_000, p=[0.8, 0.2])
    )
    assert not suspected({**table(2_000, seed), "married": married.astype(object), "role": role.astype(object)})


def test_an_empty_cell_in_a_settled_group_is_doubtful_even_where_its_rows_disagree():
    columns = table(600)
    group = np.array([f"g{i % 60}" for i in range(600)], dtype=object)
    time = np.array([f"t{i % 60}" for i in range(600)], dtype=object)
    time[[5, 65, 125, 185]], time[245] = ("u5", "u5", "u5", "u5"), None
    found = {(s.column, s.row): s for s in suspected({**columns, "group": group, "time": time})}
    assert found["time", 245].value is None and all(key[0] == "time" and key[1] % 60 == 5 for key in found)


def test_as_faults(make_split):
    columns = table()
    columns["city"][5] = "dothxn"
    split = make_split({**columns, "y": np.random.default_rng(0).normal(size=600)}, "y")
    (fault,) = [f for f in audit.run(split, None) if f.kind == "values"]
    assert fault.rows == (6,) and "“dothxn” →" in fault.say("en") and "可疑" in fault.say("zh") and fault.id == "values:city"
    assert fault.change is not None and (fault.change.column, fault.change.rows, len(fault.change.after)) == ("city", (6,), 1)


@pytest.mark.parametrize(
    "columns", [{}, {"a": np.array(["x"] * 5, dtype=object)}, {"a": np.full(50, None, dtype=object), "b": np.array(["x", None] * 25, dtype=object)}]
)
def test_small_and_empty(columns):
    assert suspected(columns) == []
