"""What counts as packed."""

from __future__ import annotations

import zipfile

import openpyxl

from apercu.collect.archives import is_packed


def test_a_workbook_is_a_zip_that_is_not_unpacked(tmp_path):
    openpyxl.Workbook().save(tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", "a\n1\n")
    (tmp_path / "t.csv").write_text("PK is a name\n1\n")
    assert not is_packed(tmp_path / "book.xlsx") and is_packed(tmp_path / "t.zip") and not is_packed(tmp_path / "t.csv")
