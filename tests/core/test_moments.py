"""Parts of moments before and after 1970, and both languages for each."""

from __future__ import annotations

import re

import numpy as np

from apercu.core._moments import AMBIGUOUS, DIRECTIVES, PART_NAMES, PART_WORDS, PARTS, named, since


def test_units_before_1970_count_downwards():
    times = np.array(["1969-12-31T23:59", "1970-01-01", "1971-06-01"], dtype="datetime64[us]")
    assert since(times, "Y").tolist() == [-1, 0, 1] and since(times, "D").tolist() == [-1, 0, 516]


def test_parts_are_those_of_a_calendar():
    times = np.array(["1969-12-31T23:59", "2024-02-29T06:30"], dtype="datetime64[us]")
    told = {name: part(times).tolist() for name, (_, part) in PARTS.items()}
    assert told == {"year": [1969, 2024], "quarter": [4, 1], "month": [12, 2], "day": [31, 29], "weekday": [3, 4], "hour": [23, 6]}


def test_each_part_has_its_words():
    assert set(PART_WORDS["en"]) == set(PART_WORDS["zh"]) == set(PARTS)
    assert all(len(names["en"]) == len(names["zh"]) == n for names, n in ((PART_NAMES["weekday"], 7), (PART_NAMES["month"], 12)))


def test_directives_are_patterns():
    assert all(re.compile(shape) for shape in DIRECTIVES.values())
    assert {name for pair in AMBIGUOUS for name in pair} <= set(DIRECTIVES)


def test_weekdays_and_months_are_called_by_their_names():
    assert named("weekday", "<=", 5, "en") == ("between", ("Monday", "Friday"))
    assert named("month", ">", 11, "zh") == ("is", "十二月")
    assert named("month", "is", 1.5, "en") == ("is", 1.5) and named("hour", "<=", 5, "en") == ("<=", 5)
