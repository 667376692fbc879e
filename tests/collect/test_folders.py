"""A directory as a source."""

from __future__ import annotations

import pytest

from apercu import collect
from apercu.collect.folders import tables_in
from apercu.core.errors import UnreadableSource
from apercu.engine.duckdb import DuckDB


def test_one_table_is_used(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "readme.txt").write_text("words")
    (tmp_path / ".hidden.csv").write_text("x\n1\n")
    assert [p.name for p in tables_in(tmp_path)] == ["t.csv"]
    assert collect.run(tmp_path, DuckDB(), collect.Options())[0].n == 1


def test_no_table_is_said(tmp_path):
    with pytest.raises(UnreadableSource, match=r"holds no table.*nothing"):
        tables_in(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(UnreadableSource, match=r"photo\.jpg"):
        tables_in(tmp_path)
