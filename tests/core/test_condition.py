"""A condition means the same in SQL, on arrays, on coded rows, in JSON and in words."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core.condition import EVERYONE, OPS, Condition, Term
from apercu.core.expression import Column, Contains, Time
from apercu.core.rows import Rows
from apercu.engine.duckdb import DuckDB

from .strategies import conditions, tables, terms

ENGINE = DuckDB()


def in_sql(table: dict[str, np.ndarray], condition: Condition) -> list[bool]:
    name = ENGINE.adopt({**table, "_i": np.arange(len(next(iter(table.values()))))})
    return [bool(row[0]) for row in ENGINE.ask(name, f"SELECT {condition.to_sql()} FROM data ORDER BY _i")]


@pytest.mark.parametrize(("depth", "examples"), [(1, 150), pytest.param(3, 2000, marks=pytest.mark.slow)])
def test_sql_arrays_and_rows_agree(depth, examples):
    @settings(max_examples=examples, deadline=None)
    @given(tables(), conditions(depth))
    def agree(table, condition):
        held = condition.holds(table)
        assert held.dtype == bool
        assert held.tolist() == in_sql(table, condition)
        assert held.tolist() == condition.holds(Rows.of(table)).tolist()

    agree()


@settings(max_examples=60, deadline=None)
@given(conditions(1))
def test_json_reads_back_equal(condition):
    assert Condition.from_json(json.loads(json.dumps(condition.to_json()))) == condition


@settings(max_examples=60, deadline=None)
@given(terms(1), tables())
def test_a_missing_value_satisfies_missing_alone(term, table):
    gone = Term(term.expression, "missing").holds(table)
    assert term.op == "missing" or not (term.holds(table) & gone).any()


@settings(max_examples=60, deadline=None)
@given(terms(1))
def test_words_name_column_and_value_in_both_languages(term):
    for lang in ("en", "zh"):
        said = term.say(lang)
        assert any(name in said for name in term.expression.columns())
        if isinstance(term.value, str):
            assert term.value in said


@settings(max_examples=60, deadline=None)
@given(conditions(1), tables())
def test_parents_hold_wherever_the_child_does(condition, table):
    assert len(condition.parents()) == len(condition.terms)
    for parent in condition.parents():
        assert not (condition.holds(table) & ~parent.holds(table)).any()


TABLE = {
    "plan": np.array(["a", "b", None, "Ω"], dtype=object),
    "age": np.array([30.0, np.nan, 50.0, 40.0]),
    "seen": np.array(["2020-01-31", "NaT", "2021-01-01T12:00", "2020-02-01"], dtype="datetime64[us]"),
}


@pytest.mark.parametrize(
    ("term", "held"),
    [
        (Term("plan", "is", "a"), [1, 0, 0, 0]),
        (Term("plan", "is", "A"), [0, 0, 0, 0]),
        (Term("plan", "is not", "a"), [0, 1, 0, 1]),
        (Term("plan", "in", ("a", "Ω", "?")), [1, 0, 0, 1]),
        (Term("plan", "between", ("a", "b")), [1, 1, 0, 0]),
        (Term("plan", ">", "b"), [0, 0, 0, 1]),
        (Term("plan", "contains", "Ω"), [0, 0, 0, 1]),
        (Term("plan", "matches", "^[ab]$"), [1, 1, 0, 0]),
        (Term("plan", "matches", ("(?i)ω|A", "dict", "odd")), [1, 0, 0, 1]),
        (Term("plan", "missing"), [0, 0, 1, 0]),
        (Term("age", "is", 30), [1, 0, 0, 0]),
        (Term("age", "is not", 30), [0, 0, 1, 1]),
        (Term("age", "<", 40), [1, 0, 0, 0]),
        (Term("age", "<=", 40), [1, 0, 0, 1]),
        (Term("age", ">=", 40), [0, 0, 1, 1]),
        (Term("age", "between", (40, 50)), [0, 0, 1, 1]),
        (Term("age", "in", (30, 50)), [1, 0, 1, 0]),
        (Term("age", "missing"), [0, 1, 0, 0]),
        (Term("seen", "is", "2020-02-01"), [0, 0, 0, 1]),
        (Term("seen", "is not", "2020-02-01"), [1, 0, 1, 0]),
        (Term("seen", "<", "2020-02-01T00:00:00.000001"), [1, 0, 0, 1]),
        (Term("seen", ">=", "2020-02-01"), [0, 0, 1, 1]),
        (Term("seen", "between", ("2020-01-31", "2020-02-01")), [1, 0, 0, 1]),
        (Term("seen", "in", ("2020-01-31", "2021-01-01T12:00:00")), [1, 0, 1, 0]),
        (Term("seen", "missing"), [0, 1, 0, 0]),
    ],
)
def test_every_operator_on_every_storage(term, held):
    one = Condition((term,))
    assert one.holds(TABLE).tolist() == one.holds(Rows.of(TABLE)).tolist() == in_sql(TABLE, one) == [bool(h) for h in held]


def test_the_empty_condition_is_everyone():
    assert EVERYONE.holds(TABLE).all()
    assert EVERYONE.to_sql() == "TRUE"
    assert (EVERYONE.say("en"), EVERYONE.say("zh")) == ("all rows", "全部行")
    assert EVERYONE.parents() == ()


def test_columns_are_told_once_in_order():
    condition = Condition((Term("b", ">", 1), Term("a", "is", "x"), Term("b", "<=", 5)))
    assert condition.columns() == ("b", "a")


def test_sql_of_hostile_names_and_levels():
    condition = Condition((Term('a"; DROP TABLE x; --', "is", "it's"),))
    assert condition.to_sql() == "\"a\"\"; DROP TABLE x; --\" = 'it''s'"


def test_numpy_numbers_are_kept_as_plain_ones():
    term = Term("age", "in", (np.float64(1.5), np.int64(2)))
    assert json.loads(json.dumps(term.to_json()))["value"] == [1.5, 2]


@pytest.mark.parametrize(
    ("op", "value", "told"),
    [
        ("like", "x", "expected one of the operators is, is not, in"),
        ("between", (1, 2, 3), r"needs a \(low, high\) pair"),
        ("in", (), "at least one level"),
        ("in", "abc", "at least one level"),
        ("contains", 5, "needs a text"),
        ("missing", 5, "needs no value"),
        ("matches", 5, "needs a regular expression"),
        ("matches", ("a", "list", "x"), "needs a regular expression"),
        ("matches", ("a", "dict"), "needs a regular expression"),
        ("matches", "(a+)+", "could take for ever"),
        ("is", None, "needs one text or number"),
        ("<", ("a",), "needs one text or number"),
        (">", float("nan"), "got NaN"),
        ("is", "\udc00", "half a UTF-16 pair"),
    ],
)
def test_values_that_do_not_fit_are_refused(op, value, told):
    with pytest.raises(ValueError, match=told):
        Term("x", op, value)


@pytest.mark.parametrize(
    "term", [Term("plan", "is", 5), Term("plan", "in", ("a", 5)), Term("age", ">", "a"), Term("seen", "is", 3), Term("age", "matches", "a")]
)
def test_text_is_not_compared_with_numbers(term):
    for arrays in (TABLE, Rows.of(TABLE)):
        with pytest.raises(TypeError, match="is compared with"):
            term.holds(arrays)


def test_coded_rows_are_not_decoded(monkeypatch):
    rows = Rows.of(TABLE)
    monkeypatch.setattr("apercu.core.rows.Coded.text", lambda self: pytest.fail("decoded"))
    for op, value in {
        "is": "a",
        "is not": "a",
        "in": ("a",),
        "between": ("a", "b"),
        "<": "b",
        "contains": "a",
        "matches": "a",
        "missing": None,
    }.items():
        assert len(Term("plan", op, value).holds(rows)) == 4


def test_derived_expressions_can_be_compared():
    assert Term(Contains(Column("plan"), "a"), "is", 1).holds(TABLE).tolist() == [True, False, False, False]
    text = {"d": np.array(["2020-01-02", "x"], dtype=object)}
    early = Condition((Term(Time(Column("d"), "%Y-%m-%d"), "<=", "2020-06-01"),))
    assert early.holds(text).tolist() == in_sql(text, early) == [True, False]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_operator_has_its_own_words(lang):
    values = {"in": ("a", "b"), "between": (1, 2), "missing": None, "contains": "a", "matches": "a"}
    said = {op: Term("x", op, values.get(op, 7)).say(lang) for op in OPS}
    assert len(set(said.values())) == len(OPS)


@given(st.sampled_from(OPS))
@settings(max_examples=10)
def test_terms_are_hashable_and_equal_by_value(op):
    values = {"in": ("a", "b"), "between": (1, 2), "missing": None, "contains": "a", "matches": "a"}
    a, b = (Term("x", op, values.get(op, 7)) for _ in range(2))
    assert a == b
    assert len({a, b}) == 1


def test_patterns_are_told_by_the_name_of_their_list():
    dictionary, template, bare = (
        Term("note", "matches", ("a", "dict", "late")),
        Term("note", "matches", ("a", "template", "dear")),
        Term("note", "matches", "a+"),
    )
    assert [t.say() for t in (dictionary, template, bare)] == ["note mentions a word of “late”", "note fits the template “dear”", "note matches “a+”"]
    assert [t.say("zh") for t in (dictionary, template, bare)] == ["note 提到“late”中的词", "note 符合模板“dear”", "note 匹配“a+”"]
    assert dictionary.pattern == "a" and bare.pattern == "a+" and dictionary != bare
