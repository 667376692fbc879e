"""New rows come to the columns that a study's table has, whatever their order, storage or gaps."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu.core.rows import Rows
from apercu.replay import Replay


@pytest.fixture(scope="module")
def study():
    generator = np.random.default_rng(0)
    columns = {"when": np.datetime64("2026-01-01") + generator.integers(0, 300, 300), "age": generator.normal(50, 9, 300).round(1).astype(str)}
    columns["age"][:3] = " ?"
    return apercu.run({**columns, "plan": generator.choice(["a", "b"], 300)}, options=apercu.Options(effort="quick"))


def test_the_study_s_own_source_comes_to_its_own_columns(study):
    replay = Replay(study.data)
    raw = Rows.of({"plan": np.array(["a"], dtype=object), "age": np.array([" 41.5"], dtype=object), "when": np.array(["2026-05-01"], dtype=object)})
    rows, warnings = replay.rows(raw)
    assert rows["age"].tolist() == [41.5] and rows["when"].dtype.kind == "M" and not warnings
    assert {c.name for c in study.data.schema if c.derived} <= set(rows)


def test_a_number_where_text_was_read_is_taken(study):
    rows, _ = Replay(study.data).rows(Rows.of({"age": np.array([41.5, np.nan])}))
    assert rows["age"][0] == 41.5 and np.isnan(rows["age"][1])


def test_what_is_needed_and_absent_counts_as_missing_and_is_said(study):
    rows, warnings = Replay(study.data).rows(Rows.of({"age": np.array([41.5])}), needed=("plan", "age"))
    assert warnings == ["column 'plan' is absent and counts as missing"]
    assert rows["plan"].tolist() == [None]


def test_derived_columns_have_their_sources(study):
    replay = Replay(study.data)
    derived = [c.name for c in study.data.schema if c.derived]
    assert derived and all(set(replay.sources(name)) <= set(replay.raw) for name in derived)
