"""Rows in memory: three storages, coded text, and shapes that are refused."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apercu.core.errors import UnknownName
from apercu.core.rows import Coded, Rows, encoded, storage


def test_storages_are_told_from_values():
    rows = Rows.of(
        {
            "number": [1, None, 2.5],
            "flag": [True, False, None],
            "text": ["a", None, "b"],
            "mixed": [1, "a", None],
            "time": [datetime(2020, 1, 1, 12), None, datetime(2021, 1, 1)],
            "date": [date(2020, 1, 1), None, date(2021, 1, 1)],
            "nothing": [None, None, None],
            "nan": np.array([np.nan] * 3),
        }
    )
    told = {name: rows.storage(name) for name in rows}
    assert told == {
        "number": "number", "flag": "number", "text": "text", "mixed": "text", "time": "time", "date": "time", "nothing": "text", "nan": "number",
    }  # fmt: skip
    assert rows["mixed"].tolist() == ["1", "a", None]
    assert np.isnat(rows["date"]).tolist() == [False, True, False]
    assert (rows.n, len(rows), next(iter(rows))) == (3, 8, "number")


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=("Cs",)), max_size=3), max_size=20))
def test_text_is_coded_and_decoded(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    coded = encoded(array)
    assert coded.text().tolist() == values
    assert list(coded.levels) == sorted(set(values) - {None})
    assert coded.codes.dtype == np.int32
    assert coded.counts().tolist() == [values.count(level) for level in coded.levels]


def test_take_keeps_order_and_takes_masks():
    rows = Rows.of({"t": ["a", "b", None], "x": [1, 2, 3]})
    assert rows.take(np.array([2, 0, 0]))["t"].tolist() == [None, "a", "a"]
    masked = rows.take(np.array([True, False, True]))
    assert (masked.n, masked["x"].tolist()) == (2, [1.0, 3.0])
    assert masked.coded("t").levels == ("a", "b")


def test_only_and_plus():
    rows = Rows.of({"t": ["a"], "x": [1]})
    assert list(rows.only(("x",))) == ["x"]
    more = rows.plus({"x": np.array([5.0]), "z": Coded(np.array([0], dtype=np.int32), ("q",))})
    assert (more["x"][0], more["z"][0], rows["x"][0]) == (5.0, "q", 1.0)


def test_names_and_storages_are_checked():
    rows = Rows.of({"tenure": [1.0]})
    with pytest.raises(UnknownName, match="did you mean 'tenure'"):
        rows["tenur"]
    with pytest.raises(UnknownName):
        rows.only(("x",))
    with pytest.raises(TypeError, match="holds numbers, not text"):
        rows.coded("tenure")


def test_columns_must_have_one_length():
    with pytest.raises(ValueError, match="one length, got 1, 2 rows"):
        Rows.of({"a": [1], "b": [1, 2]})


def test_no_columns_and_no_rows():
    assert Rows.of({}).n == 0
    empty = Rows.of({"t": [], "x": np.empty(0)})
    assert (empty.n, empty["t"].tolist()) == (0, [])


def test_storage_of_one_column():
    assert storage(np.array(["2020"], dtype="datetime64[us]")) == "time"


def test_files_and_sequences_stay_whole():
    rows = Rows.of({"photo": [b"P5", None, bytearray(b"x")], "pulse": [[1, None], np.array([3.0, 4.5]), None], "x": [1, 2, 3]})
    assert [rows.storage(name) for name in rows] == ["bytes", "list", "number"]
    assert rows.packed("photo").tolist() == [b"P5", None, b"x"]
    assert np.array_equal(rows["pulse"][0], [1.0, np.nan], equal_nan=True) and rows["pulse"][2] is None
    later = rows.take(np.array([2, 1]))
    assert later.packed("photo").tolist() == [b"x", None] and later.storage("pulse") == "list"
    with pytest.raises(TypeError, match="neither files nor sequences"):
        rows.packed("x")
    with pytest.raises(TypeError, match="not text"):
        rows.coded("photo")
