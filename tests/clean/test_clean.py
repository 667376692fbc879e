"""The whole verb on small tables with known faults."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import clean, collect
from apercu.clean import Options
from apercu.core.dataset import replayed
from apercu.core.errors import EmptyTable, UnknownName, WordsError
from apercu.core.rows import Rows
from apercu.engine.duckdb import DuckDB


def run(columns, target=None, **options):
    data, _ = collect.run(columns, DuckDB(), collect.Options())
    return clean.run(data, target, Options(**options))


def said(notes):
    return [f"{n.id} {n.column}: {n.say('en')} ({n.rows})" for n in notes]


N = 40
TABLE = {
    "customerID": [f"{i:04d}-XYZ" for i in range(N)],
    "charges": [" " if i < 3 else f"{i * 1.5}" for i in range(N)],
    "paid": (["Yes"] * 9 + ["yes "] + ["No"] * 9 + ["NO"]) * 2,
    "since": [f"2024-01-{1 + i % 28:02d}" for i in range(N)],
    "until": [f"{1 + i % 28}/2/2024" for i in range(N)],
    "price": [f"$1,{100 + i}.50" for i in range(N)],
    "zip": [f"0{1000 + i % 9}" for i in range(N)],
    "fixed": ["same"] * N,
    "left": ["yes", "no"] * (N // 2),
}


def test_a_table_of_faults_is_mended_and_every_mend_is_told():
    data, notes = run(TABLE, "left")
    got = {c.name: (c.kind, c.role) for c in data.schema}
    assert got == {
        "customerID": ("entity", "id"), "charges": ("number", "feature"), "paid": ("flag", "feature"), "since": ("time", "feature"),
        "until": ("time", "feature"), "price": ("number", "feature"), "zip": ("category", "feature"), "fixed": ("category", "constant"),
        "left": ("flag", "target"),
    }  # fmt: skip
    assert said(notes) == [
        "clean-1 charges: blank counts as missing (3)",
        "clean-2 charges: read as numbers (37)",
        "clean-3 paid: blanks at the ends were taken off (2)",
        "clean-4 paid: writings of one level were joined: 'NO' → 'No', 'yes' → 'Yes' (4)",
        "clean-5 since: read as moments of the form %Y-%m-%d (40)",
        "clean-6 until: read as moments of the form %d/%m/%Y (40)",
        "clean-7 price: read as numbers, without '$', ',' (40)",
    ]
    assert all(n.step == "clean" and set(n.what) == {"en", "zh"} and n.expression for n in notes)
    assert len(data.steps) == 1 and data.schema.column("price").unit == "$"
    first = data.engine.ask(data.table, "SELECT charges, paid, price, zip FROM data LIMIT 10")
    assert first[0] == (None, "Yes", 1100.5, "01000") and first[9] == (13.5, "Yes", 1109.5, "01000")


def test_new_rows_go_through_the_same_mends():
    data, _ = run(TABLE, "left")
    rows = replayed(data.steps, Rows.of(TABLE))
    kept = data.rows()
    for name in data.schema.names:
        a, b = rows[name], kept[name]
        assert a.dtype == b.dtype
        assert np.array_equal(a, b, equal_nan=True) if a.dtype.kind == "f" else list(a) == list(b)


def test_each_mend_can_be_switched_off_by_name_and_by_id():
    data, notes = run(TABLE, "left", off=("clean-4",))
    assert [n.id for n in notes] == ["clean-1", "clean-2", "clean-3", "clean-5", "clean-6", "clean-7"]
    assert {row[0] for row in data.engine.ask(data.table, "SELECT DISTINCT paid FROM data")} == {"Yes", "yes", "No", "NO"}
    data, notes = run(TABLE, "left", off=("levels",))
    assert [n.column for n in notes] == ["charges", "charges", "paid", "since", "until", "price"]
    data, notes = run(TABLE, "left", off=("clean-1",))  # blanks are no longer missing, so too few values are numbers
    assert data.schema.column("charges").storage == "text" and "92.5% of its values are numbers" in notes[0].say()
    data, notes = run(TABLE, "left", off=("types", "missing", "trim", "levels"))
    assert notes == [] and data.steps == ()
    with pytest.raises(UnknownName, match="did you mean 'levels'"):
        run(TABLE, "left", off=("level",))


def test_all_plain_numbers_share_a_note_that_can_be_switched_off():
    table = {"a": ["1", "2"] * 30, "b": [str(i / 7) for i in range(60)], "y": ["u", "v"] * 30}
    _, notes = run(table, "y", off=("duplicates",))
    assert said(notes) == ["clean-1 : 2 columns of text hold numbers only, read as such: a, b (0)"]
    data, notes = run(table, "y", off=("clean-1",))
    assert notes == [] and data.schema.column("b").storage == "text"


def test_the_order_of_rows_changes_nothing():
    order = np.random.default_rng(0).permutation(N)
    a, b = run(TABLE, "left"), run({name: [values[i] for i in order] for name, values in TABLE.items()}, "left")
    assert a[0].schema == b[0].schema and a[1] == b[1] and a[0].steps == b[0].steps


def test_the_users_word_counts():
    data, _ = run(TABLE, "left", kind=("zip=number", "charges=category"), role=("price=value", "since=time", "customerID=group"))
    assert data.schema.column("zip").storage == "number" and data.schema.column("charges").storage == "text"
    assert [data.schema.column(n).role for n in ("price", "since", "customerID")] == ["value", "time", "group"]
    numbers = {"k": [1, 2, 3] * 20, "x": list(range(60)), "y": [0, 1] * 30}
    data, notes = run(numbers, "y", kind=("k=category", "x=text"))
    assert [data.schema.column(n).storage for n in ("k", "x", "y")] == ["text", "text", "number"] and "as you said" in notes[0].say()
    assert data.engine.ask(data.table, "SELECT DISTINCT k FROM data ORDER BY 1") == [("1",), ("2",), ("3",)]
    for options, error, words in (
        ({"kind": ("chrges=number",)}, UnknownName, "did you mean 'charges'"),
        ({"kind": ("charges=nubmer",)}, UnknownName, "did you mean 'number'"),
        ({"role": ("charges=targt",)}, UnknownName, "did you mean 'target'"),
        ({"kind": ("charges",)}, WordsError, "column=value"),
        ({"kind": ("paid=time",)}, WordsError, "no form of a date"),
        ({"day_first": "maybe"}, UnknownName, "day-first"),
    ):
        with pytest.raises(error, match=words) as raised:
            run(TABLE, "left", **options)
        assert raised.value.exit_code == 2


def test_the_target_may_be_a_number_and_is_checked():
    table = {f"column_{i}": [str((i * k) % 7) for k in range(40)] for i in range(1, 16)}
    assert run(table, "15")[0].schema.column("column_15").role == "target"
    assert run(table, "column_3")[0].schema.with_role("target")[0].name == "column_3"
    with pytest.raises(UnknownName, match="did you mean 'left'"):
        run(TABLE, "lft")
    with pytest.raises(UnknownName):
        run(TABLE, "0")


def test_tables_with_nothing_to_learn_from():
    with pytest.raises(EmptyTable, match="no column to learn from"):
        run({"id": [f"k{i}" for i in range(30)], "same": ["a"] * 30, "y": [0, 1] * 15}, "y")
    with pytest.raises(EmptyTable, match="no column to learn from"):
        run({"a": [1], "b": ["x"]})


def test_missing_values_of_the_target_are_told():
    _, notes = run({"x": [i * 0.5 for i in range(40)], "y": ["a", "b", None, "b"] * 10}, "y")
    assert any("10 rows have no value in the target" in n.say() and n.rows == 10 for n in notes)


def test_duplicates_are_told_and_dropped_only_at_the_users_word():
    table = {"x": [1.5, 1.5, 2.5, 1.5, 3.5] * 10, "k": ["a", "a", "b", "a", "c"] * 10}
    data, notes = run(table)
    assert data.n == 50 and notes[-1].rows == 47 and "kept" in notes[-1].say()
    data, notes = run(table, drop_duplicates=True)
    assert data.n == 3 and "removed" in notes[-1].say()
    assert data.engine.ask(data.table, "SELECT x FROM data") == [(1.5,), (2.5,), (3.5,)]


def test_a_wide_table_is_read_as_a_narrow_one_is(monkeypatch):
    from apercu.clean import look, profile

    narrow = run(TABLE, "left")
    monkeypatch.setattr(look, "WIDE", 2)
    monkeypatch.setattr(profile, "WIDE", 2)
    wide = run(TABLE, "left")
    assert wide[0].schema == narrow[0].schema and wide[1] == narrow[1] and wide[0].steps == narrow[0].steps


def test_names_like_sql_pass_through():
    data, _ = run({'a"; drop table t1; --': ["1", "b"] * 20, "y'": [0, 1] * 20}, "y'", off=("leaks",))
    assert data.schema.names == ('a"; drop table t1; --', "y'")


EXPECTED = {
    "tabular/telco_churn/Telco-Customer-Churn.csv.gz": (
        "Churn",
        {"customerID": "id", "Churn": "target"},
        {"TotalCharges": "number", "SeniorCitizen": "flag", "Contract": "category"},
    ),
    "tabular/bike_sharing/bike_sharing_dataset.zip": (
        "cnt",
        {"instant": "id", "dteday": "time", "casual": "leak", "registered": "leak", "hr": "feature"},
        {"season": "category", "hr": "number"},
    ),
    "tabular/titanic/train.csv": (
        "Survived",
        {"PassengerId": "id", "Name": "feature", "Sex": "feature"},
        {"Name": "text", "Age": "number", "Ticket": "entity"},
    ),
    "tabular/german_credit/german.csv": ("21", {"column_21": "target", "column_1": "feature"}, {"column_2": "number", "column_1": "category"}),
    "tabular/credit_default/UCI_Credit_Card.csv.gz": (
        "default.payment.next.month",
        {"ID": "id", "LIMIT_BAL": "feature"},
        {"EDUCATION": "category", "AGE": "number", "SEX": "flag"},
    ),
    "tabular/vehicle_claim_fraud/fraud_oracle.csv.gz": ("FraudFound_P", {"PolicyNumber": "id", "Age": "feature"}, {"Make": "category"}),
    "equipment/ai4i2020/ai4i2020.csv": ("Machine failure", {"UDI": "id", "Product ID": "id", "Type": "feature"}, {"Torque [Nm]": "number"}),
    "segmentation/customer_personality/marketing_campaign.csv.gz": (
        "Response",
        {"ID": "id", "Z_Revenue": "constant", "Dt_Customer": "time"},
        {"Income": "number"},
    ),
    "fairness/compas/compas-scores-two-years.csv.gz": (
        "two_year_recid",
        {"is_recid": "leak", "id": "id", "race": "feature", "priors_count": "feature"},
        {"race": "category"},
    ),
    "dirty/hospital/clean.csv.gz": (
        None,
        {"index": "id", "Address2": "constant"},
        {"Score": "number", "ZipCode": "category", "PhoneNumber": "category"},
    ),
    "recommender/movielens_small/movielens.parquet": (None, {"userId": "group", "movieId": "id"}, {"rating": "number", "title": "category"}),
    "rdatasets/MASS__birthwt.parquet": ("bwt", {"rownames": "id", "low": "feature"}, {"race": "category"}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_real_tables_get_sensible_kinds_and_roles(shared_data, name):
    target, roles, kinds = EXPECTED[name]
    data, _ = run(shared_data / name, target)
    assert {c: data.schema.column(c).role for c in roles} == roles
    assert {c: data.schema.column(c).kind for c in kinds} == kinds


def test_no_real_table_loses_a_feature_to_a_false_leak(shared_data):
    """The tables whose best feature is strong, and honest."""
    for name, target in (
        ("tabular/breast_cancer_xlsx/breast_cancer.xlsx", "diagnosis"), ("tabular/adult/adult-train.csv.gz", "column_15"),
        ("tabular/insurance_charges/insurance.csv", "charges"), ("tabular/california_housing/housing.csv.gz", "median_house_value"),
        ("tabular/bank_marketing/bank.csv.gz", "deposit"), ("rdatasets/ggplot2__diamonds.parquet", "price"),
    ):  # fmt: skip
        data, _ = run(shared_data / name, target)
        assert data.schema.with_role("leak") == (), name
