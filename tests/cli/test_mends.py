"""`apercu clean STUDY --apply FAULT`: shown first, written whole with the list of changes beside it; nothing else is touched."""

from __future__ import annotations

import csv

from .test_audits import folder  # noqa: F401 (the study that is mended)
from .test_commands import call


def test_changes_are_shown_before_anything_is_written(folder, capsys):  # noqa: F811
    assert call("clean", folder / "people.study", "--apply", "range") == 0
    told = capsys.readouterr().out
    assert "2 cells are changed" in told and "name a file with --out" in told and "900" in told


def test_the_mended_table_and_its_changes_are_written(folder, tmp_path, capsys):  # noqa: F811
    before = (folder / "people.csv").read_text(encoding="utf-8")
    assert call("clean", folder / "people.study", "--apply", "range:1:age", "--out", tmp_path / "mended.csv", "--lang", "zh") == 0
    with (tmp_path / "mended.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["age", "plan", "left", "paid"] and len(rows) == 800 and rows[2]["age"] == rows[5]["age"] == ""
    assert sorted((tmp_path / "mended.csv.changes.csv").read_text(encoding="utf-8").splitlines())[0] == "3,age,900.0,"
    assert (folder / "people.csv").read_text(encoding="utf-8") == before
    assert "更改 2 个单元格" in capsys.readouterr().out
    assert call("clean", folder / "people.study", "--apply", "range", "--out", tmp_path / "mended.parquet") == 0
    assert (tmp_path / "mended.parquet").stat().st_size > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mended.csv", "mended.csv.changes.csv", "mended.parquet", "mended.parquet.changes.csv"]


def test_a_source_that_is_no_study_is_refused(folder, capsys):  # noqa: F811
    assert call("clean", folder / "people.csv", "--apply", "range") == 2
    assert "expects a study's folder" in capsys.readouterr().err
    assert call("clean", folder / "people.study", "--apply", "rnge") == 2
    assert "no fault 'rnge'" in capsys.readouterr().err
