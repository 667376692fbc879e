"""The questions that a column may be asked: few, fixed beforehand, and each with what it is set against."""

from __future__ import annotations

import numpy as np

from apercu.core.codes import Codes
from apercu.core.rows import Rows
from apercu.discover._contrasts import contrasts, rest


def codes_of(columns):
    return Codes.of(Rows.of(columns), tuple(columns), bins=5, least=5)


def asked(columns):
    codes = codes_of(columns)
    items = contrasts(codes, np.ones(len(codes.names), dtype=bool))
    return [(codes.terms[i].say(), rest(codes, i).say()) for i in items]


def test_of_two_levels_one_is_asked_for():
    assert asked({"sex": np.array(["f", "m"] * 50, dtype=object)}) == [("sex is “f”", "sex is “m”")]


def test_of_several_levels_each():
    levels = np.array(["a", "b", "c"] * 40, dtype=object)
    assert asked({"k": levels}) == [(f"k is “{v}”", f"k is not “{v}”") for v in "abc"]
    assert not asked({"k": np.array([f"v{i % 12}" for i in range(240)], dtype=object)})


def test_two_levels_and_rare_others_are_two_questions():
    levels = np.array(["a", "b"] * 60 + ["rare"] * 3, dtype=object)
    assert asked({"k": levels}) == [("k is “a”", "k is not “a”"), ("k is “b”", "k is not “b”")]


def test_a_number_is_cut_near_its_middle():
    assert asked({"x": np.arange(100.0)}) in ([("x is above 39", "x is at most 39")], [("x is above 59", "x is at most 59")])
    assert asked({"flag": np.array([0.0, 1.0] * 40)}) == [("flag is 1", "flag is 0")]


def test_both_sides_share_no_row_and_leave_out_what_is_missing():
    x = np.array([1.0, 2.0, np.nan, 3.0, 4.0] * 20)
    k = np.array(["a", None, "b", "c", "c"] * 20, dtype=object)
    rows, codes = Rows.of({"x": x, "k": k}), codes_of({"x": x, "k": k})
    for item in contrasts(codes, np.ones(2, dtype=bool)):
        here, there = codes.terms[item].holds(rows), rest(codes, item).holds(rows)
        gone = np.isnan(x) if codes.terms[item].expression.columns() == ("x",) else np.array([v is None for v in k])
        assert not (here & there).any() and ((here | there) == ~gone).all()
