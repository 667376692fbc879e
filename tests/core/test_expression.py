"""The algebra's two interpreters agree, exactly, on random tables; its JSON reads back; its words speak of its columns."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core import expression as x
from apercu.core.condition import Term
from apercu.engine.duckdb import DuckDB

from .strategies import FORMATS, MOMENTS, expressions, tables

ENGINE = DuckDB()


def in_sql(table: dict[str, np.ndarray], expression: x.Expression) -> list:
    name = ENGINE.adopt({**table, "_i": np.arange(len(next(iter(table.values()))))})
    return [row[0] for row in ENGINE.ask(name, f"SELECT {expression.to_sql()} FROM data ORDER BY _i")]


def as_python(array: np.ndarray) -> list:
    """Missing as None, numbers as float, moments as datetime: what DuckDB answers with."""
    if array.dtype.kind == "M":
        return [None if np.isnat(v) else v.item() for v in array]
    return [None if v is None or v != v else v for v in array.tolist()]


@pytest.mark.parametrize(("depth", "examples"), [(2, 60), pytest.param(3, 1500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("storage", ["text", "number", "time"])
def test_sql_and_arrays_agree_exactly(storage, depth, examples):
    @settings(max_examples=examples, deadline=None)
    @given(tables(), expressions(storage, depth))
    def agree(table, expression):
        here = expression.values(table)
        assert as_python(here) == in_sql(table, expression)
        assert here.dtype == {"text": np.dtype(object), "number": np.dtype(np.float64), "time": np.dtype("datetime64[us]")}[storage]

    agree()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["text", "number", "time"]).flatmap(expressions), tables())
def test_json_reads_back_equal(expression, table):
    again = x.from_json(json.loads(json.dumps(expression.to_json())))
    assert again == expression
    assert as_python(again.values(table)) == as_python(expression.values(table))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["text", "number", "time"]).flatmap(expressions))
def test_words_name_the_columns(expression):
    for lang in ("en", "zh"):
        assert any(name in expression.say(lang) for name in expression.columns())


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False) | st.integers(-(10**17), 10**17).map(float))
def test_literal_numbers_keep_every_digit(number):
    kept, kind = ENGINE.ask("(SELECT 1)", f"SELECT ({x.literal(number)})::DOUBLE, typeof({x.literal(number)})")[0]
    assert kept == number
    assert kind in ("INTEGER", "BIGINT", "DOUBLE")


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_literal_text_is_the_text(text):
    assert ENGINE.ask("(SELECT 1)", f"SELECT {x.literal(text)}")[0][0] == text


def test_what_no_engine_can_hold_is_refused():
    with pytest.raises(ValueError, match="half a UTF-16 pair"):
        x.literal("a\ud800")
    with pytest.raises(ValueError, match="got NaN"):
        x.literal(math.nan)


@pytest.mark.parametrize("name", ["select; drop", 'a"b', "年龄", "it's", "a\nb", "%"])
def test_any_name_can_be_a_column(name):
    table = {name: np.array([1.0, np.nan])}
    assert in_sql(table, x.Column(name)) == [1.0, None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1_000", None),
        ("inf", None),
        ("nan", None),
        ("１２", None),
        ("1e999", None),
        ("1e-999", 0.0),
        ("+.5E+2", 50.0),
        ("1 234", 1234.0),
        ("", None),
    ],
)
def test_only_plain_numbers_are_read(text, number):
    table = {"t": np.array([text], dtype=object)}
    assert as_python(x.Number(x.Column("t")).values(table)) == in_sql(table, x.Number(x.Column("t"))) == [number]


def test_european_numbers():
    table = {"t": np.array(["1.234,5 €", None], dtype=object)}
    euro = x.Number(x.Column("t"), ",", (".", "€"))
    assert as_python(euro.values(table)) == in_sql(table, euro) == [1234.5, None]


def test_parts_of_moments():
    table = {"w": np.array(["2024-02-29T23:59:59.9", "1969-12-28T01:00", "NaT"], dtype="datetime64[us]")}
    told = {unit: as_python(x.Part(x.Column("w"), unit).values(table)) for unit in x.PARTS}
    assert told == {
        "year": [2024, 1969, None], "quarter": [1, 4, None], "month": [2, 12, None],
        "day": [29, 28, None], "weekday": [4, 7, None], "hour": [23, 1, None],
    }  # fmt: skip


def test_days_beyond_64_bits_are_missing():
    table = {
        "a": np.array(["-200000-01-01", "1970-01-01"], dtype="datetime64[us]"),
        "b": np.array(["200000-01-01", "1970-01-02T12:00"], dtype="datetime64[us]"),
    }
    days = x.Days(x.Column("a"), x.Column("b"))
    assert as_python(days.values(table)) == in_sql(table, days) == [None, 1.5]


@pytest.mark.parametrize(
    ("node", "fields"),
    [
        (x.NullWords, ((),)),
        (x.Levels, ((),)),
        (x.Levels, ((("a", "b"), ("a", "c")),)),
        (x.Number, ("..",)),
        (x.Number, (".", ("",))),
        (x.Time, ("%Q",)),
        (x.Time, ("no directive",)),
        (x.Time, ("%Y %Y",)),
        (x.Time, ("%Y %p",)),
        (x.Time, ("%H %I %p",)),
        (x.Time, ("%Y %y",)),
        (x.Time, ("%n %Y",)),
        (x.Time, ("%Y %q",)),
        (x.Time, ("%YQ Q%q",)),
        (x.Time, ("%Y-%m Q%q",)),
        (x.Part, ("century",)),
        (x.Word, ("",)),
        (x.Word, (" a",)),
        (x.Listed, ("", "a")),
        (x.Bin, ((),)),
        (x.Bin, ((2.0, 1.0),)),
        (x.Bin, ((math.inf,),)),
    ],
)
def test_bad_nodes_are_refused_at_the_door(node, fields):
    with pytest.raises(ValueError, match=r"expected .*; got "):
        node(x.Column("a"), *fields)


def test_only_the_algebra_comes_out_of_json():
    with pytest.raises(ValueError, match="expected one of the expressions"):
        x.from_json({"node": "system", "command": "rm"})


def test_no_rows():
    empty = {"t": np.empty(0, dtype=object), "n": np.empty(0), "w": np.empty(0, dtype="datetime64[us]")}
    for expression in (
        x.Trim(x.Column("t")),
        x.Number(x.Column("t")),
        x.Time(x.Column("t"), "%Y"),
        x.Text(x.Column("n")),
        x.Part(x.Column("w"), "day"),
    ):
        assert len(expression.values(empty)) == 0


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_of_moment_is_read_alike(form):
    table = {"t": np.array([*MOMENTS, None], dtype=object)}
    read = x.Time(x.Column("t"), form)
    assert as_python(read.values(table)) == in_sql(table, read)
    assert any(v is not None for v in in_sql(table, read))


@pytest.mark.parametrize(
    ("op", "value", "wanted"),
    [
        ("is", 3.0, ("is", "Wednesday")),
        ("<=", 5.0, ("between", ("Monday", "Friday"))),
        (">", 5, ("between", ("Saturday", "Sunday"))),
        ("between", (2.0, 3.0), ("between", ("Tuesday", "Wednesday"))),
        (">", 6.0, ("is", "Sunday")),
        ("is", 9.0, ("is", 9.0)),
        ("missing", None, ("missing", None)),
    ],
)
def test_weekdays_are_said_by_their_names(op, value, wanted):
    assert x.Part(x.Column("t"), "weekday").worded(op, value, "en") == wanted


def test_long_digits_that_are_no_number_take_no_time():
    begun = time.process_time()
    assert np.isnan(x.Number(x.Column("x")).values({"x": np.array(["1" * 200_000 + "x"], dtype=object)})).all()
    assert time.process_time() - begun < 2.0


near = st.text(st.sampled_from("aAbBkK\u212aſsSéÉΩςσΣıİ0159 \n\t_-|,.'男女很ß"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(near | st.none(), min_size=1, max_size=20), near.map(str.strip).filter(bool))
def test_words_and_items_stand_in_the_same_texts_in_sql(texts, word):
    table = {"t": np.array(texts, dtype=object), "u": np.array(texts[::-1], dtype=object)}
    for node in (x.Word(x.Column("t"), word), x.Listed(("t", "u"), word), x.Listed(("t",), word, "|"), x.Listed(("t", "u"), word, ",")):
        assert as_python(node.values(table)) == in_sql(table, node)


@pytest.mark.parametrize(
    ("text", "word", "stands"),
    [
        ("The printer is down", "Printer", 1),
        ("Printer546 is down", "printer", 1),
        ("Printer546 is down", "printer54", 0),
        ("Printer546 is down", "PRINTER546", 1),
        ("the printers", "printer", 0),
        ("imprinter", "printer", 0),
        ("see INV-2041.", "inv-2041", 1),
        ("see INV-20411", "inv-2041", 0),
        ("paper\n  jam", "paper jam", 1),
        ("ÉTÉ chaud", "été", 1),
        ("étés", "été", 0),
        ("送餐很快", "很快", 1),
        ("用wifi很好", "WiFi", 1),
        (None, "x", None),
    ],
)
def test_a_word_is_whole_and_its_case_does_not_count(text, word, stands):
    table = {"t": np.array([text, "other"], dtype=object)}
    assert as_python(x.Word(x.Column("t"), word).values(table))[0] == stands == in_sql(table, x.Word(x.Column("t"), word))[0]


def test_an_item_is_the_whole_value_or_a_whole_part_of_a_list():
    table = {"a": np.array(["milk", "whole milk", None, None], dtype=object), "b": np.array([None, "beer", "milk", None], dtype=object)}
    assert as_python(x.Listed(("a", "b"), "milk").values(table)) == [1.0, 0.0, 1.0, None]
    lists = {"l": np.array(["bread| milk", "whole milk|bread", "milk", ""], dtype=object)}
    assert as_python(x.Listed(("l",), "milk", "|").values(lists)) == [1.0, 0.0, 1.0, 0.0]


def test_a_word_that_stands_is_said_as_a_clause():
    mentions, holds = Term(x.Word(x.Column("text"), "slow"), "is", 1.0), Term(x.Listed(("a", "b"), "milk"), "is", 1.0)
    assert (mentions.say(), mentions.say("zh")) == ("text mentions “slow”", "text 提到“slow”")
    assert (holds.say(), holds.say("zh")) == ("“milk” is in a … b", "a … b 中有“milk”")
    assert mentions.holds({"text": np.array(["so SLOW", None], dtype=object)}).tolist() == [True, False]


def test_a_lookup_of_many_keys_is_joined_whatever_the_columns_are_called():
    keys = tuple(f"k'{i}" for i in range(x.LISTED + 5))
    table = {name: np.array(["k'1", "k'104", "none", None], dtype=object) for name in ("fact", "Fact_Key", "fact__value")}
    for name in table:
        lookup = x.Lookup(x.Column(name), ("category",), keys, tuple(f"v{i % 3}" for i in range(len(keys))))
        assert in_sql(table, lookup) == lookup.values(table).tolist() == ["v1", "v2", None, None]
        twice = x.Lookup(lookup, ("parent",), (*keys, "v1"), (*keys, "top"))
        assert in_sql(table, twice) == twice.values(table).tolist() == ["top", None, None, None]


def test_a_lookup_says_its_path():
    category = x.Lookup(x.Column("item"), ("category",), ("milk",), ("dairy",))
    parent = x.Lookup(x.Column("item"), ("category", "parent"), ("milk",), ("food",))
    assert (category.say(), parent.say()) == ("category of item", "parent of category of item")
    assert (category.say("zh"), parent.say("zh")) == ("item 的 category", "item 的 category 的 parent")
    assert Term(category, "is", "dairy").say() == "category of item is “dairy”"
    assert Term(category, "is", "dairy").say("zh") == "item 的 category 为“dairy”"
    with pytest.raises(ValueError, match="each once"):
        x.Lookup(x.Column("item"), ("category",), ("milk", "milk"), ("a", "b"))
