"""Core values survive JSON unchanged, and nothing else comes out."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.core.condition import Condition, Term
from apercu.core.expression import Column, Part
from apercu.deploy.codec import TYPES, decoded, encoded

from .record import Options, record

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"]))
keys = st.text(st.characters(exclude_categories=["Cs"])) | st.just("#") | st.integers()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner), max_leaves=20)


def through(value: object) -> object:
    return decoded(json.loads(json.dumps(encoded(value), allow_nan=False)))


@given(values)
def test_plain_values_survive(value: object) -> None:
    assert through(value) == value
    assert type(through(value)) is type(value)


def test_core_values_survive() -> None:
    whole = record()
    for name in ("goal", "curves", "explanation", "rules", "findings", "ledger", "actions", "vetoes", "notes"):
        assert through(getattr(whole, name)) == getattr(whole, name), name
    assert through(whole.data.schema) == whole.data.schema
    f = whole.findings[0]
    assert through(f).claim.detail == f.claim.detail
    assert math.isnan(through(whole.scores)[4].value)


def test_conditions_numbers_and_moments_survive() -> None:
    term = Term(Part(Column("joined"), "month"), "in", (1.0, 2.0))
    assert through({"t": term, "c": Condition((term,)), "e": Part(Column("x"), "year")}) == {
        "t": term,
        "c": Condition((term,)),
        "e": Part(Column("x"), "year"),
    }
    assert through(float("-inf")) == -math.inf
    assert through(np.datetime64("2024-01-02T03:04")) == np.datetime64("2024-01-02T03:04")
    assert through(np.float64(0.1)) == 0.1
    array = through(np.array([[1.5, np.nan]]))
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, [[1.5, np.nan]])


def test_only_the_types_of_core_pass() -> None:
    with pytest.raises(TypeError, match="Options is not a type"):
        encoded(Options())
    with pytest.raises(TypeError):
        encoded(SimpleNamespace())
    for name in ("os.system", "Dataset", "Condition", "__import__", ""):
        with pytest.raises((ValueError, KeyError)):
            decoded({"#": name, "of": {}})
    with pytest.raises(ValueError, match="array"):
        decoded({"#": "array", "of": ["|O", [1]]})
    assert {"Finding", "Goal", "Column", "Score", "Verdict"} <= set(TYPES)
    assert "Dataset" not in TYPES


def test_an_older_explanation_still_opens():
    from apercu.core.explanation import Effect, Explanation, Shape

    shape = Shape(("a",), (0.1,), (0.0,), (0.2,), (5,))
    tree = encoded(Explanation("linear", "log-odds", 5, (Effect("x", 0.1, 0.0, 0.2, shape),)))
    for name in ("curves", "together", "importances", "surrogate", "prototypes", "agreements", "text"):
        del tree["of"][name]
    del tree["of"]["effects"]["of"][0]["of"]["text"]
    assert decoded(tree) == Explanation("linear", "log-odds", 5, (Effect("x", 0.1, 0.0, 0.2, shape),))
