"""Writings that an expert calls one level: rewritten first, counted, replayed on new rows, and left alone when switched off."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import clean, collect
from apercu.clean.same import joined
from apercu.core.dataset import replayed
from apercu.core.errors import UnknownName, WordsError
from apercu.core.rows import Rows
from apercu.core.statements import Same
from apercu.engine.duckdb import DuckDB

STATES = ["CA", " ca", "Calif.", "California", "CALIFORNIA", "NA", "NY", "N", "n", None]
TABLE = {"state": STATES * 4, "x": [float(i) for i in range(40)], "left": ["yes", "no"] * 20}
BOOK = (Same("state", ("CA", "Calif."), "California"), Same("state", ("NA",), "Namibia"), Same("state", ("N",), "North"))


def read():
    return collect.run(TABLE, DuckDB(), collect.Options())[0]


def counts(data):
    return dict(data.engine.distinct(data.table, "state", 20))


def test_writings_become_their_name_and_are_counted():
    data, notes = joined(read(), BOOK)
    assert counts(data) == {"California": 20, "NY": 4, "n": 4, "North": 4, "Namibia": 4}
    assert [(n.id, n.column, n.rows) for n in notes] == [("clean-1", "state", 16), ("clean-2", "state", 4), ("clean-3", "state", 4)]
    assert notes[1].say() == "“NA” became “Namibia”, as a rule says" and notes[1].say("zh") == "按规则将“NA”改写为“Namibia”"
    assert all(n.expression.startswith("CASE trim(") for n in notes)


def test_an_expert_goes_before_every_guess_and_can_be_undone():
    data, notes = clean.run(read(), "left", clean.Options(), BOOK)
    assert counts(data)["Namibia"] == 4
    assert [n.id for n in notes] == [f"clean-{k}" for k in range(1, len(notes) + 1)]
    without, fewer = clean.run(read(), "left", clean.Options(off=("clean-2",)), BOOK)
    assert "Namibia" not in counts(without) and "California" in counts(without)
    assert [n.id for n in fewer][:2] == ["clean-1", "clean-3"] and fewer[2].id == "clean-4"
    assert "California" in counts(without) and "North" not in counts(clean.run(read(), "left", clean.Options(off=("same",)), BOOK)[0])


def test_new_rows_go_through_the_same_step():
    data, _ = clean.run(read(), "left", clean.Options(), BOOK)
    fresh = Rows.of({"state": np.array(["Calif. ", "NA", "ca", "WA"], dtype=object)})
    assert replayed(data.steps, fresh)["state"].tolist() == ["California", "Namibia", "California", "WA"]


def test_what_stands_nowhere_is_said():
    data, notes = joined(read(), (Same("state", ("TX",), "Texas"),))
    assert notes[0].rows == 0 and "stands nowhere" in notes[0].say() and "没有出现" in notes[0].say("zh")
    assert "TX" not in counts(data) and sum(counts(data).values()) == 36
    assert not joined(read(), ())[1]


def test_columns_that_cannot_be_are_refused():
    with pytest.raises(UnknownName, match="statee"):
        joined(read(), (Same("statee", ("a",), "b"),))
    with pytest.raises(WordsError, match="the column x holds numbers"):
        joined(read(), (Same("x", ("1",), "2"),))
