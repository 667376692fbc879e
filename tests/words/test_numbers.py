"""Numbers as people read them: rounded once, thousands apart, never a minus before a zero."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.words.numbers import count, money, percent, plain, points, signed

finite = st.floats(-1e300, 1e300)


@pytest.mark.parametrize(
    ("write", "x", "text"),
    [
        (plain, 0.0, "0"), (plain, -0.0, "0"), (plain, 5.0, "5"), (plain, 1234567.8, "1,234,568"), (plain, 0.1 + 0.2, "0.3"), (plain, -2.5, "-2.5"),
        (plain, 999.96, "1,000"), (plain, 1e-9, "1.000e-09"), (plain, 2.5e20, "2.500e+20"), (plain, math.nan, "–"), (plain, math.inf, "–"),
        (signed, 3.25, "+3.25"), (signed, -0.5, "−0.5"), (signed, 0.0, "0"),
        (percent, 0.4271, "42.7%"), (percent, 0.0, "0.0%"), (percent, -0.0, "0.0%"), (percent, 0.00042, "0.042%"),
        (percent, 1.0, "100.0%"), (percent, math.nan, "–"),
        (points, 0.1234, "+12.3"), (points, -0.1234, "−12.3"), (points, 0.00001, "0.0"),
        (count, 1234567, "1,234,567"),
        (money, 41238.4, "41,238"), (money, -1200.0, "−1,200"), (money, 12.5, "12.50"), (money, 12.0, "12"),
        (money, 99.999, "100"), (money, -0.001, "0.00"), (money, math.nan, "–"),
    ],
)  # fmt: skip
def test_written(write, x, text):
    assert write(x) == text


@given(finite)
def test_plain_keeps_four_digits(x):
    read = float(plain(x).replace(",", ""))
    assert math.isclose(read, x, rel_tol=1e-3, abs_tol=0.0) or read == x


@given(finite)
def test_signs_are_symmetric(x):
    assert signed(-x).lstrip("+−") == signed(x).lstrip("+−")
    assert money(-x).lstrip("−") == money(x).lstrip("−")


@given(st.floats(-1, 1))
def test_percent_reads_back(x):
    assert math.isclose(float(percent(x).lstrip("<").rstrip("%")) / 100, x, rel_tol=0.06, abs_tol=6e-4)


def test_shares_that_no_reader_needs_are_told_as_small():
    assert percent(4e-12) == "<0.001%" and percent(1.2e-5) == "0.0012%" and percent(0.0) == "0.0%"


def test_a_level_keeps_its_nines():
    from apercu.words.numbers import confidence

    assert [confidence(x) for x in (0.95, 0.9875, 0.999, 0.999996, 1.0)] == ["95%", "98.75%", "99.9%", "99.9996%", "100%"]
