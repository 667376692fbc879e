"""The JSON contract: plain values only, valid against the schema, every key documented."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.deploy import export, to_json

from .record import Options, Record, bare, record

ROOT = Path(__file__).parents[2]
SHIPPED = Path(export.__file__).with_name("study.schema.json")


@pytest.fixture(scope="module")
def whole() -> Record:
    return record()


@pytest.fixture(scope="module")
def schema() -> dict:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))


def test_the_contract_holds(whole: Record, schema: dict) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    for study in (whole, record(held=0, graph=False), bare(whole)):
        jsonschema.validate(json.loads(export.dumps(study)), schema)


def test_the_keys_of_the_contract_are_there(whole: Record) -> None:
    told = to_json(whole)
    assert {
        "version",
        "apercu",
        "source",
        "seed",
        "rows",
        "split",
        "schema",
        "notes",
        "scores",
        "effects",
        "findings",
        "ledger",
        "faults",
        "rules",
        "actions",
    } <= set(told)
    wanted = {
        "rank",
        "pattern",
        "text",
        "columns",
        "where",
        "measure",
        "direction",
        "effect",
        "unit",
        "low",
        "high",
        "base",
        "n",
        "p",
        "q",
        "method",
        "novelty",
        "chart",
        "sql",
    }
    assert wanted <= set(told["findings"][0])
    assert {"column", "expression", "op", "value"} <= set(told["findings"][0]["where"][0])
    assert told["split"] == {"search": int((whole.split.half == 1).sum()), "verify": int((whole.split.half == 2).sum()), "how": "hash"}
    assert (told["version"], told["apercu"], told["rows"], told["seed"]) == (1, "0.1.0", 2600, 3)
    assert told["findings"][0]["text"]["zh"] == whole.findings[0].say("zh")


def test_every_key_is_in_the_schema_and_in_the_docs(whole: Record, schema: dict) -> None:
    told, defined, docs = to_json(whole), schema["$defs"], (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert set(told) <= set(schema["properties"])
    lists = {
        "schema": "column",
        "notes": "note",
        "scores": "score",
        "curves": "curve",
        "effects": "effect",
        "findings": "finding",
        "faults": "fault",
        "rules": "rule",
        "actions": "action",
        "vetoes": "veto",
    }
    for name, kind in lists.items():
        for item in told[name]:
            assert set(item) <= set(defined[kind]["properties"]), name
    for part in (schema, *defined.values()):
        for key in part.get("properties", {}):
            assert f"`{key}`" in docs, key
    assert (ROOT / "docs" / "study.schema.json").read_text(encoding="utf-8") == SHIPPED.read_text(encoding="utf-8")


def test_what_is_no_number_becomes_null(whole: Record) -> None:
    told = to_json(whole)
    assert next(s for s in told["scores"] if s["metric"] == "f1")["value"] is None
    assert told["faults"][1]["evidence"] == {"loss": None}
    assert told["faults"][0]["evidence"] == {"rows": 12.0, "expected": 9.5}


def test_odd_values_become_plain() -> None:
    times = np.array(["2024-05-06"], dtype="M8[D]")
    odd = {1: np.int64(2), "t": times[0], "nat": np.datetime64("NaT"), "a": np.array([1.5, np.nan]), "times": times, "b": np.bool_(True)}
    assert export.safe(odd) == {"1": 2, "t": "2024-05-06", "nat": None, "a": [1.5, None], "times": ["2024-05-06"], "b": True}
    assert export.safe({"s": {"b", "a"}, "d": date(2024, 1, 2), "half": "a\ud800b"}) == {"s": ["a", "b"], "d": "2024-01-02", "half": "a?b"}
    assert export.safe(Options()) == {"effort": "normal", "minutes": 10.0, "detail": {"q": 0.05, "depth": 3}}
    with pytest.raises(TypeError, match="function has no plain form"):
        export.safe(lambda: None)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    )
)
def test_whatever_is_safe_is_json(value: object) -> None:
    assert export.safe(json.loads(json.dumps(export.safe(value), allow_nan=False))) == export.safe(value)


def test_a_password_is_not_told() -> None:
    assert export.named("postgresql://ann:s3cret@db.example/sales?table=t") == "postgresql://db.example/sales?table=t"
    assert export.named("postgresql://ann:s3@cret@db.example/sales") == "postgresql://db.example/sales"
    assert export.named("postgresql://db/sales?user=ann&password=s3cret&table=t") == "postgresql://db/sales?user=ann&password=&table=t"
    assert export.named("mail@home/customers.csv") == "mail@home/customers.csv"
