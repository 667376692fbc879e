"""Workbooks."""

from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest

from apercu import collect
from apercu.core.errors import EmptyTable, UnknownName
from apercu.engine.duckdb import DuckDB


@pytest.fixture
def book(tmp_path):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "orders"
    for row in [
        ["Report 2024"],
        [],
        ["name", "n", "mixed", "at", "ok", "name"],
        ["a", 1, "x", datetime(2024, 1, 5), True, "p"],
        ["b", 2.5, 3, None, False, None],
    ]:
        sheet.append(row)
    workbook.create_sheet("notes").append(["only a word"])
    workbook.create_sheet("none")
    path = tmp_path / "book.xlsx"
    workbook.save(path)
    return path


def read(path, **options):
    data, notes = collect.run(path, DuckDB(), collect.Options(**options))
    return data, data.engine.ask(data.table, "SELECT * FROM data"), [n.say() for n in notes]


def test_the_fullest_sheet_below_its_title(book):
    data, rows, notes = read(book)
    assert data.schema.names == ("name", "n", "mixed", "at", "ok", "name_2")
    assert rows == [("a", 1.0, "x", datetime(2024, 1, 5), "true", "p"), ("b", 2.5, "3", None, "false", None)]
    assert "notes" in notes[0]


def test_a_sheet_is_chosen(book):
    with pytest.raises(UnknownName, match="did you mean 'notes'"):
        read(book, sheet="note")
    with pytest.raises(EmptyTable):
        read(book, sheet="none")
    with pytest.raises(EmptyTable, match="no rows"):
        read(book, sheet="notes")
