"""Random tables, expressions and conditions: what every property of the algebra is tried on."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import numpy as np
from hypothesis import strategies as st

from apercu.core import expression as x
from apercu.core.condition import Condition, Term

__all__ = ["FORMATS", "MOMENTS", "NUMBERS", "TEXTS", "TIMES", "conditions", "expressions", "levels", "moments", "numbers", "tables"]

NUMBERS = ("n", "select; drop")
TEXTS = ("t", 'a"b', "姓名")
TIMES = ("when", "it's")
FORMATS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%m/%d/%y %H:%M",
    "%Y%m%d",
    "%d-%b-%Y",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y年%m月%d日",
    "(%Y) [%m]",
    "%H:%M",
    "%Y^%m$%d|+*?\\",
    "%m/%d/%Y %I:%M %p",
    "%I %p %Y",
    "%Y-Q%q",
    "%Y-%m-%d %H:%M:%S.%n",
)

characters = st.characters(exclude_categories=("Cs",))
odd = (
    "",
    " ",
    "?",
    "NA",
    " 29.85 ",
    "1_000",
    "inf",
    "nan",
    "-0",
    "１２",
    "1,234.5",
    "1.234,5",
    "$5",
    "5 %",
    "+.5E+2",
    "5.",
    "1e999",
    "1e-999",
    "4.9e-324",
)
wild = ("é", "e\u0301", "👨‍👩‍👧", "a'b", 'a"b', "a\nb", "\u3000x\u00a0", "\0", "a\0", "Yes", "yes ", "男", "\uffff", "😀", "%", "_", "\\", "ß", "İ")
dated = (
    "2020-02-29",
    "2021-02-29",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2020-1-5",
    "2020-13-01",
    "31.12.1999",
    "1.1.0099",
    "2/3/69 4:05",
    "2/3/68 23:59",
)
dated2 = (
    "2011-Q3",
    "2011-Q5",
    "20200115",
    "2020115",
    "2020111",
    "31-Jan-2020",
    "31-jan-2020",
    "2020-01-01T12:30:15.5",
    "2020-01-01T12:30:60.5",
    "2020年1月5日",
    "(2020) [12]",
    "7:5",
    "2020^1$2|+*?\\",
    "1/2/2020 03:04 PM",
    "12/31/1999 12:00 am",
    "12 AM 2020",
    "5 pm 2020",
    "2020 PM",
    "13 PM",
    "2020-01-01 1:2:3.123456789",
    "12",
    "２０２０-01-01",
)
MOMENTS = (*dated, *dated2)
levels = st.sampled_from((*odd, *wild, *dated, *dated2)) | st.text(characters, max_size=6)
numbers = st.sampled_from((0.0, -0.0, 0.1, 1 / 3, 1e15, 1e15 - 1, 1e16, 5e-324, 1.7e308, -2.5, 123456789012345.67)) | st.floats(
    allow_nan=False, allow_infinity=False
)
words = levels.filter(lambda v: v and v == v.strip()) | st.sampled_from(("x", "yes", "E", "a b", "é", "Ω", "男", "feb", "2020", "1", "k", "ſ", "a|b"))
shapes = st.sampled_from(
    (
        "",
        "a",
        "[0-9]+",
        r"^\s",
        r"é|男",
        "(?i)YES ?$",
        r"\w{2}",
        r".\.",
        "[^a-z]$",
        r"\d{4}-(0[1-9]|1[0-2])\b",
        "(?i)[À-ž]",
        r"'|\\|\"",
        "(a|b)+$",
        "\0",
    )
)
patterns = shapes | st.tuples(shapes, st.sampled_from(("dict", "template")), levels)
moments = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)).map(lambda t: np.datetime64(t, "us")) | st.sampled_from(
    [np.datetime64(t, "us") for t in ("1970-01-01", "1969-12-31T23:59:59.999999", "2000-02-29T12:00", "0001-01-01", "1600-01-01")]
)


def _column(elements: st.SearchStrategy, dtype: object, missing: object, n: int) -> st.SearchStrategy[np.ndarray]:
    def filled(values: list) -> np.ndarray:
        array = np.empty(n, dtype=dtype)
        array[:] = values
        return array

    return st.lists(elements | st.just(missing), min_size=n, max_size=n).map(filled)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Columns of 1 to 8 rows in all three storages, under names that try to break out of SQL."""
    n = draw(st.integers(1, 8))
    made = {name: draw(_column(numbers, np.float64, np.nan, n)) for name in NUMBERS}
    made |= {name: draw(_column(levels, object, None, n)) for name in TEXTS}
    return made | {name: draw(_column(moments, "datetime64[us]", np.datetime64("NaT"), n)) for name in TIMES}


@cache
def expressions(storage: str, depth: int = 2) -> st.SearchStrategy[x.Expression]:
    """Expressions of a storage, nested at most `depth` deep."""
    names = {"number": NUMBERS, "text": TEXTS, "time": TIMES}[storage]
    leaf: st.SearchStrategy[x.Expression] = st.sampled_from(names).map(x.Column)
    if depth == 0:
        return leaf
    text, number, time = (st.deferred(lambda s=s: expressions(s, depth - 1)) for s in ("text", "number", "time"))
    few = st.lists(levels, min_size=1, max_size=3).map(tuple)
    pairs = st.lists(st.tuples(levels, levels), min_size=1, max_size=3, unique_by=lambda p: p[0]).map(tuple)
    cuts = st.lists(numbers.map(lambda v: v + 0.0), min_size=1, max_size=4, unique=True).map(lambda c: tuple(sorted(c)))
    marks = st.lists(st.sampled_from(("$", "%", ",", ".", " ", "x", "'", "\u00a0")), max_size=2).map(tuple)
    made = {
        "text": [
            st.builds(x.Trim, text), st.builds(x.NullWords, text, few), st.builds(x.Levels, text, pairs), st.builds(x.Text, number),
            st.builds(lambda of, path, facts: x.Lookup(of, path, *map(tuple, zip(*facts, strict=True))), text, few, pairs),
        ],
        "number": [
            st.builds(x.Number, text, st.sampled_from((".", ",")), marks), st.builds(x.Part, time, st.sampled_from(sorted(x.PARTS))),
            st.builds(x.Days, time, time), st.builds(x.Ratio, number, number), st.builds(x.Length, text),
            st.builds(x.Contains, text, levels), st.builds(x.Bin, number, cuts), st.builds(x.Word, text, words),
            st.builds(x.Listed, st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map(tuple), words, st.sampled_from(("", "|", ",", "\\"))),
        ],
        "time": [st.builds(x.Time, text, st.sampled_from(FORMATS))],
    }[storage]  # fmt: skip
    return st.one_of(leaf, *made)


@cache
def terms(depth: int = 2) -> st.SearchStrategy[Term]:
    """Comparisons that fit the storage of what they compare."""
    iso = moments.map(str)
    found = []
    for storage, value in (("number", numbers), ("text", levels), ("time", iso)):
        of = expressions(storage, depth)
        ops = st.sampled_from(("is", "is not", "<=", "<", ">", ">="))
        found += [st.builds(Term, of, ops, value), st.builds(Term, of, st.just("in"), st.lists(value, min_size=1, max_size=3).map(tuple))]
        found += [st.builds(Term, of, st.just("between"), st.tuples(value, value)), st.builds(Term, of, st.just("missing"))]
    found += [st.builds(Term, expressions("text", depth), st.just("contains"), levels)]
    return st.one_of(*found, st.builds(Term, expressions("text", depth), st.just("matches"), patterns))


def conditions(depth: int = 2) -> st.SearchStrategy[Condition]:
    """Up to three comparisons that must all hold."""
    return st.lists(terms(depth), max_size=3).map(lambda t: Condition(tuple(t)))
