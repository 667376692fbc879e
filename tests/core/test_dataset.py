"""A dataset remembers what was done to it, and new rows go through the very same steps."""

from __future__ import annotations

import json

import numpy as np

from apercu.core.condition import Condition, Term
from apercu.core.dataset import Dataset, Note, Step, replayed
from apercu.core.expression import Column as Of
from apercu.core.expression import Length, NullWords, Number, Trim
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.engine.duckdb import DuckDB

RAW = {"charge": np.array([" 5", "?", "7.5 ", None], dtype=object), "name": np.array(["a", "bb", None, "ccc"], dtype=object)}
FIRST = Step({"charge": Number(NullWords(Trim(Of("charge")), ("?",)))})
SECOND = Step({"length of name": Length(Of("name"))})


def dataset() -> Dataset:
    engine = DuckDB()
    return Dataset(Schema((Column("charge", "text"), Column("name", "category"))), engine, engine.adopt(RAW), "t", 4)


def mended() -> Dataset:
    once = dataset().applied(FIRST, (Column("charge", "number", storage="number"),))
    return once.applied(SECOND, (Column("length of name", "number", storage="number"),))


def test_steps_replace_and_append_columns():
    data = mended()
    assert data.schema.names == ("charge", "name", "length of name")
    assert np.array_equal(data.rows()["charge"], [5, np.nan, 7.5, np.nan], equal_nan=True)
    assert dataset().rows()["charge"].tolist() == RAW["charge"].tolist()
    assert data.steps == (FIRST, SECOND)


def test_new_rows_after_the_same_steps_are_the_same():
    data, new = mended(), replayed(mended().steps, Rows.of(RAW))
    for name in data.schema.names:
        a, b = data.rows()[name], new[name]
        assert np.array_equal(a, b, equal_nan=a.dtype != object)


def test_a_step_whose_columns_are_absent_is_skipped():
    assert list(replayed((FIRST, SECOND), Rows.of({"name": ["ab"]}))) == ["name", "length of name"]


def test_columns_that_become_wholly_missing_keep_their_storage():
    new = replayed((Step({"name": NullWords(Of("name"), ("a",))}), FIRST), Rows.of({"name": ["a"], "charge": ["?"]}))
    assert (new.storage("name"), new.storage("charge")) == ("text", "number")


def test_where_keeps_the_rows_of_a_condition():
    kept = mended().where(Condition((Term("charge", ">", 5),)))
    assert (kept.n, kept.rows()["name"].tolist()) == (1, [None])


def test_steps_and_notes_as_json():
    assert Step.from_json(json.loads(json.dumps(FIRST.to_json()))) == FIRST
    note = Note("clean", "charge", {"en": "blank words became missing", "zh": "空白词改为缺失"}, 1)
    assert (note.say("zh"), note.to_json()["rows"]) == ("空白词改为缺失", 1)
    assert dataset().applied(Step({}), ()).steps == ()
    assert len(dataset().rows(("name",), limit=2)["name"]) == 2
