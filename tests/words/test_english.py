"""English phrases, word for word."""

from __future__ import annotations

import pytest

from apercu.words import english


@pytest.mark.parametrize(
    ("op", "value", "said"),
    [
        ("is", "b", "x is “b”"),
        ("is", 3, "x is 3"),
        ("is not", "b", "x is not “b”"),
        ("in", ("a", "b", 3), "x is “a”, “b” or 3"),
        ("between", (1, 2), "x is 1 to 2"),
        ("<=", 1234.5, "x is at most 1,234"),
        ("<", 5, "x is below 5"),
        (">=", 5, "x is at least 5"),
        (">", "2020-01-31", "x is above “2020-01-31”"),
        ("contains", "q", "x contains “q”"),
        ("matches", "q+", "x matches “q+”"),
        ("matches", ("q", "dict", "d"), "x mentions a word of “d”"),
        ("matches", ("q", "template", "t"), "x fits the template “t”"),
        ("missing", None, "x is missing"),
    ],
)
def test_terms(op, value, said):
    assert english.term("x", op, value) == said


def test_joining():
    assert english.both(["a", "b", "c"]) == "a, b and c"
    assert english.either(["a", "b"]) == "a or b"
    assert english.interval(-0.01, 0.02, "share") == "95% interval −1.0 to +2.0"
    assert english.difference(0.1, "share") == "+10.0 points"
