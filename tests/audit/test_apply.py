"""Mends change what they name and nothing else, and every change can be read back."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.audit.apply import Edit, applied
from apercu.core.errors import WordsError
from apercu.core.fault import Change
from apercu.core.rows import Rows


@pytest.fixture
def rows():
    moments = np.array(["2026-01-01", "2026-01-02", "NaT"], dtype="datetime64[us]")
    columns = {"_row": np.array([4.0, 2.0, 9.0]), "city": np.array(["x", None, "y"], dtype=object), "age": np.array([1.0, np.nan, 200.0])}
    return Rows.of({**columns, "since": moments})


def test_cells_are_set_by_their_number_in_the_source(rows):
    mended, edits = applied(rows, [Change("city", (9, 2), ("z", "x")), Change("age", (9,))])
    assert mended["city"].tolist() == ["x", "x", "z"]
    assert np.isnan(mended["age"]).tolist() == [False, True, True]
    assert edits == [Edit(9, "city", "y", "z"), Edit(2, "city", None, "x"), Edit(9, "age", 200.0, None)]
    assert rows["city"].tolist() == ["x", None, "y"], "what was handed in stays"


def test_the_edits_are_the_way_back(rows):
    mended, edits = applied(rows, [Change("city", (4, 9), (None, "q")), Change("since", (4,), ("2027-05-05",))])
    back, _ = applied(mended, [Change(e.column, (e.row,), (e.before,)) for e in edits])
    assert back["city"].tolist() == rows["city"].tolist()
    assert back["since"].astype(str).tolist() == rows["since"].astype(str).tolist()


def test_what_is_so_already_is_no_edit(rows):
    assert applied(rows, [Change("city", (4,), ("x",)), Change("age", (2,))])[1] == []


def test_rows_and_columns_are_left_out_and_the_others_keep_their_numbers(rows):
    mended, edits = applied(rows, [Change(rows=(4, 77)), Change("age"), Change("city", (9,), ("z",))])
    assert mended["_row"].tolist() == [2.0, 9.0]
    assert "age" not in mended
    assert edits == [Edit(4, "", None, None), Edit(0, "age", None, None), Edit(9, "city", "y", "z")]


def test_rows_without_numbers_count_from_one():
    rows = Rows.of({"a": np.array([1.0, 2.0])})
    assert applied(rows, [Change("a", (2,), (5.0,))])[0]["a"].tolist() == [1.0, 5.0]


def test_a_change_that_cannot_be_made_is_refused_in_words(rows):
    with pytest.raises(WordsError, match="no column 'size' any more"):
        applied(rows, [Change("size", (4,))])
    with pytest.raises(WordsError, match="are numbers; the mend says 'old'"):
        applied(rows, [Change("age", (4,), ("old",))])
