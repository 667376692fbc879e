"""The length of prose, and of nothing else."""

from __future__ import annotations

import numpy as np

from apercu import derive
from apercu.core.dataset import Dataset
from apercu.core.schema import Column, Schema
from apercu.engine.duckdb import DuckDB


def test_length_of_prose_alone():
    words = np.array(["a long text that is prose", "短文本", None, "x"], dtype=object)
    engine = DuckDB()
    table = engine.adopt({"review": words, "city": words})
    data = Dataset(Schema((Column("review", "text"), Column("city", "category"))), engine, table, "reviews", 4)
    made, notes = derive.run(data, None)
    assert [c.name for c in made.schema if c.derived] == ["review_length"]
    assert made.schema.column("review_length").missing == 1
    length = made.rows(("review_length",))["review_length"]
    assert length[:2].tolist() == [25.0, 3.0] and np.isnan(length[2])
    assert notes[0].rows == 3 and notes[0].what["zh"] and notes[0].what["en"]
