"""Frames of any library give the Dataset that the file gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from apercu import clean, collect
from apercu.core.errors import EmptyTable, UnreadableSource, WordsError
from apercu.engine.duckdb import DuckDB

COLUMNS = {
    "city": ["Oslo", "Bergen", None, "Oslo"] * 10,
    "n": [1, 2, None, 4] * 10,
    "x": [0.5, None, 2.25, 3.0] * 10,
    "ok": [True, False, None, True] * 10,
}


def read(source):
    data, notes = collect.run(source, DuckDB(), collect.Options())
    return data, data.engine.ask(data.table, "SELECT * FROM data"), notes


def frames():
    plain = pd.DataFrame(
        {"city": COLUMNS["city"], "n": pd.array(COLUMNS["n"], dtype="Int64"), "x": COLUMNS["x"], "ok": pd.array(COLUMNS["ok"], dtype="boolean")}
    )
    yield "pandas", plain
    yield "pandas categories", plain.astype({"city": "category"})
    yield "polars", pl.DataFrame(COLUMNS)
    yield "polars categories", pl.DataFrame(COLUMNS).with_columns(pl.col("city").cast(pl.Categorical))
    yield "arrow", pa.table(COLUMNS)
    yield "arrow stream", pa.RecordBatchReader.from_batches(pa.table(COLUMNS).schema, pa.table(COLUMNS).to_batches())
    yield "lists", COLUMNS
    yield "records", [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]


@pytest.mark.parametrize("name, frame", list(frames()), ids=[name for name, _ in frames()])
def test_each_frame_is_the_same_table(name, frame):
    data, rows, _ = read(frame)
    assert {c.name: c.storage for c in data.schema} == {"city": "text", "n": "number", "x": "number", "ok": "text"}
    assert rows[:4] == [("Oslo", 1.0, 0.5, "true"), ("Bergen", 2.0, None, "false"), (None, None, 2.25, None), ("Oslo", 4.0, 3.0, "true")]


def test_a_frame_and_its_csv_are_one_dataset_once_clean(tmp_path):
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"a": generator.normal(size=60).round(3), "k": generator.choice(["u", "v", "w"], 60), "y": generator.choice([0, 1], 60)})
    frame["at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60), "D")
    frame.to_csv(tmp_path / "t.csv", index=False)
    tables = [read(source)[0] for source in (tmp_path / "t.csv", frame, pl.from_pandas(frame), pa.Table.from_pandas(frame))]
    cleaned = [clean.run(table, "y", clean.Options())[0] for table in tables]
    said = [[(c.name, c.kind, c.role, c.storage) for c in data.schema] for data in cleaned]
    assert said[1:] == said[:1] * 3
    values = [data.engine.ask(data.table, "SELECT * FROM data") for data in cleaned]
    assert values[1:] == values[:1] * 3


def test_moments_durations_and_a_named_index():
    frame = pd.DataFrame(
        {"at": pd.to_datetime(["2024-01-05", None]), "for": pd.to_timedelta([1.5, None], "D"), 7: [1, 2]}, index=pd.Index(["a", "b"], name="key")
    )
    data, rows, notes = read(frame)
    assert data.schema.names == ("key", "at", "for", "7") and data.schema.column("at").storage == "time"
    assert rows[0][2] == 1.5 and "durations" in notes[0].say()


def test_names_that_meet_are_told_apart():
    data, rows, _ = read(pd.DataFrame([[1, 2], [3, 4]], columns=["a", "A"]))
    assert data.schema.names == ("a", "A_2") and rows == [(1.0, 2.0), (3.0, 4.0)]
    assert read(pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]))[0].schema.names == ("a", "a_2")


def test_the_frame_is_left_as_it_was():
    frame = pd.DataFrame({"a": [1, 2]})
    read(frame)
    assert list(frame.columns) == ["a"] and frame.attrs == {}


def test_bad_frames():
    with pytest.raises(EmptyTable, match="no rows"):
        read(pd.DataFrame({"a": []}))
    with pytest.raises(EmptyTable, match="no columns"):
        read(pd.DataFrame())
    with pytest.raises(UnreadableSource, match="same number of rows"):
        read({"a": [1, 2], "b": [1]})
    with pytest.raises(WordsError, match="lazy"):
        read(pl.LazyFrame({"a": [1]}))
