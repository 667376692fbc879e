"""Months, quarters and fractions of years: read where every value is one, never where one is not."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train._periods import moments


def text(*values):
    return np.array(values, dtype=object)


@pytest.mark.parametrize(
    "values",
    [
        ("1982 Apr", "1982 Jul", "1983 Jan"),
        ("Apr 1982", "Jul 1982", "Jan 1983"),
        ("April 1982", "july, 1982", "January 1983"),
        ("1982M04", "1982m7", "1983M01"),
        ("1982-04", "1982-07", "1983-01"),
        ("04/1982", "7/1982", "01/1983"),
        ("1982年4月", "1982年7月", "1983年1月"),
        ("1982 Q2", "1982 Q3", "1983 Q1"),
        ("1982Q2", "1982q3", "1983Q1"),
        ("Q2 1982", "Q3 1982", "Q1 1983"),
        ("1982年第2季度", "1982年3季度", "1983年第1季度"),
    ],
)
def test_months_and_quarters_are_read(values):
    got = moments(text(*values, None))
    assert got is not None and got[:3].astype("datetime64[D]").astype(str).tolist() == ["1982-04-01", "1982-07-01", "1983-01-01"]
    assert np.isnat(got[3])


@pytest.mark.parametrize(
    "values",
    [
        ("1982 Apr", "1982 Avr"),
        ("1982 Q1", "1982 Q5"),
        ("1982-04", "1982 Apr"),  # two forms: one of them is no month of this column
        ("0982-04", "0982-05"),
        ("1982-13",),
        ("North", "South"),
        (None, None),
    ],
)
def test_what_merely_looks_alike_is_not(values):
    assert moments(text(*values)) is None


@pytest.mark.parametrize("digits", [11, 3, 2])
def test_fractions_of_years_are_months(digits):
    got = moments(np.append(np.round(1949 + np.arange(30) / 12, digits), np.nan))
    assert got is not None and (got[:30] == np.datetime64("1949-01") + np.arange(30)).all() and np.isnat(got[30])


def test_fractions_of_years_are_quarters():
    got = moments(1990 + np.arange(12) / 4)
    assert got is not None and (got.astype("datetime64[M]") == np.datetime64("1990-01") + 3 * np.arange(12)).all()


@pytest.mark.parametrize(
    "numbers",
    [
        1949.0 + np.arange(30),  # whole years are whole numbers
        np.arange(30) / 12,
        1949 + np.arange(30) / 10,
        1949 + np.arange(4) / 12,
        3000 + np.arange(30) / 12,
        np.append(1949 + np.arange(30) / 12, 1951.04),
        np.array([]),
    ],
)
def test_other_numbers_are_not(numbers):
    assert moments(numbers) is None
