"""Ways of writing are told with the plain one as repair; columns that are written in one way, or in two that are meant, are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.audit._formats import merged, writings
from apercu.core.rows import encoded


def told(values):
    column = encoded(np.array(values, dtype=object))
    return {column.levels[i]: found for i, found in writings(column).items()}


SHARES = [f"0.{i + 10}" for i in range(60)]
TIMES = [f"{h}:{m:02d} a.m." for h in range(1, 10) for m in range(5, 60, 7)]


def test_signs_and_words_among_numbers():
    assert told([*SHARES, "0.12%", "45%", "N/A", "N/A"]) == {
        "0.12%": ("format", "0.12"),
        "45%": ("format", None),
        "N/A": ("missing", ""),
    }, "45% lies outside what the others span"
    assert told([*SHARES, "0.055999999999999994", "$0.5", "0.3k"]) == {
        "0.055999999999999994": ("format", "0.056"),
        "$0.5": ("format", "0.5"),
        "0.3k": ("format", None),
    }
    assert told([*SHARES, "free"]) == {} and told([*SHARES, "12-34"])["12-34"] == ("format", None)


def test_one_unit_in_several_ways_but_not_two_units():
    ounces = ["12.0 oz"] * 40 + ["16.0 oz."] * 30 + ["12.0 ounce", "16.0 ounce", "12.0 OZ. can", "12.0 oz."] * 5 + ["16.0 oz"] * 9
    found = told(ounces)
    assert found["12.0 ounce"] == ("format", "12") and found["12.0 OZ. can"] == ("format", "12") and len(found) == 7
    assert told(["30 days", "2 weeks", "4 weeks", "60 days"] * 20) == {} and told(["12 kg", "13 kg", "14 kg"] * 20) == {}


def test_additions_to_a_structured_writing():
    found = told([*TIMES * 4, "7:10 a.m. (Estimated)", "12/2/11 7:10 a.m.", "Not Available"])
    assert found == {
        "7:10 a.m. (Estimated)": ("format", "7:10 a.m."),
        "12/2/11 7:10 a.m.": ("format", "7:10 a.m."),
        "Not Available": ("format", None),
    }
    assert told(["A/5 21171", "PC 17599", "349909", "113803"] * 20) == {} and told(["-1.5", "2", "3.25", "1e5"] * 30) == {}


def test_two_columns_in_one_cell():
    cities = ["Portland", "San Diego", "Portland OR", "Bend"] * 10
    state = ["OR", "CA", None, "OR"] * 10
    x, y = encoded(np.array(cities, dtype=object)), encoded(np.array(state, dtype=object))
    assert merged(x, y) == [(i, "Portland", "OR") for i in range(2, 40, 4)] and merged(y, x) == []
    full = encoded(np.array(["Portland OR"] * 30 + ["Bend OR"] * 10, dtype=object))
    assert merged(full, y) == [], "it is how the column is written"


@pytest.mark.parametrize("values", [[], [None] * 5, ["x"], [""] * 4, ["%", "a1"], ["1"], ["1%"] * 3])
def test_small_and_odd_columns(values):
    column = encoded(np.array(values, dtype=object))
    assert writings(column) == {} and merged(column, column) == []


def test_numbers_that_are_long_by_nature_are_left_alone():
    numbers = [repr(float(x)) for x in np.random.default_rng(0).normal(size=200)] + ["1.2345678901234567e-15", "0.00000000000012345678"]
    assert writings(encoded(np.array(numbers, dtype=object))) == {}
    assert writings(encoded(np.array([*numbers, "0.050000000000000003"], dtype=object))) != {}


def test_a_cell_of_many_commas_takes_no_time():
    x = np.array(["a" + "," * 20_000 + " "] * 5 + ["Oslo NO"] * 5, dtype=object)
    y = np.array([None] * 5 + ["NO"] * 5 + ["SE"] * 0, dtype=object)
    assert merged(encoded(x), encoded(y)) == []
