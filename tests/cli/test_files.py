"""What commands read and write: forms, places that are refused before anything is computed, answers as JSON or CSV."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apercu import clean
from apercu.cli.files import folder_of, form, put, read_source, table_of
from apercu.collect import Options
from apercu.core.errors import WordsError


def test_a_study_goes_beside_and_never_over_something_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(folder_of(["data/sales.csv.gz"], None)) == "sales.study" and str(folder_of(["x"], "y")) == "y"
    (tmp_path / "sales.study").mkdir()
    (tmp_path / "sales.study" / "mine.txt").write_text("x")
    with pytest.raises(WordsError, match="is not a study"):
        folder_of(["sales.csv"], None)


def test_answers_are_written_in_two_forms(tmp_path, capsys):
    assert not put(None, {}, [], [])
    assert not put(tmp_path / "a.json", {"x": 1}, ["x"], [[1]]) and json.loads((tmp_path / "a.json").read_text()) == {"x": 1}
    assert not put(tmp_path / "a.csv", {"x": 1}, ["x"], [[1]]) and (tmp_path / "a.csv").read_text() == "x\n1\n"
    assert put(Path("-"), {}, ["x"], [[2]]) and capsys.readouterr().out == "x\n2\n"
    with pytest.raises(WordsError, match=r"ends in \.csv or \.json"):
        form(tmp_path / "a.xlsx")


def test_a_source_is_read_and_mended_as_a_study_would(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "\n".join(f"{k},{' x' if k % 2 else 'y'}" for k in range(30)))
    data, notes = read_source([str(tmp_path / "t.csv")], None, Options(), clean.Options())
    assert data.n == 30 and data.schema.column("b").kind == "flag" and any(note.step == "clean" for note in notes)
    assert table_of([str(tmp_path / "t.csv")], Options())[1] is None
