"""Excel workbooks (xlsx, xls, xlsb, ods): one sheet becomes a table.

    read_excel(Path("orders.xlsx"), "orders.xlsx", engine, Options(sheet="2024"))

The sheet with the most cells is taken unless `sheet` names one. Rows above the table (a title) are passed over: the header is the first
row that is nearly as wide as the sheet. A column whose cells are all numbers is a number, all moments a time; anything else is text as
Excel shows it. What it does *not* do: formulas (their last value is read), several tables on one sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook

from ..core.engine import Engine
from ..core.errors import EmptyTable, UnknownName, UnreadableSource
from .loaded import Loaded, fitted, renamed, told

__all__ = ["column_of", "read_excel"]

NEARLY: Final = 0.6  # share of the sheet's width that a header fills
ABOVE: Final = 20  # rows that may stand above the header


def read_excel(path: Path, source: str, engine: Engine, options: Any) -> Loaded:
    """The table of a sheet. Raises UnreadableSource, UnknownName (of the sheet) and EmptyTable."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        if options.sheet and options.sheet not in names:
            raise UnknownName(f"sheet of {source}", options.sheet, names)
        sheets = {n: workbook.get_sheet_by_name(n).to_python(skip_empty_area=True) for n in ([options.sheet] if options.sheet else names)}
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableSource(f"{source} cannot be read as a workbook ({str(error).splitlines()[0]}); save it again as .xlsx or .csv.") from error
    chosen = max(sheets, key=lambda n: len(sheets[n]) * max(map(len, sheets[n]), default=0))
    cells = [row for row in sheets[chosen] if any(cell != "" for cell in row)]
    if not cells:
        raise EmptyTable(f"{source} holds no value on sheet {chosen!r}.")
    notes = []
    if len(sheets) > 1:
        others = ", ".join(n for n in names if n != chosen)
        notes.append(
            told("", f"read the sheet {chosen!r}; --sheet chooses another of: {others}", f"读取工作表“{chosen}”；可用 --sheet 另选：{others}")
        )
    header, rows = _table(cells, options.header)
    titles = [str(int(c)) if isinstance(c, float) and c.is_integer() else str(c) for c in header]
    fit = fitted(titles)
    columns = {name: column_of([row[i] if i < len(row) else "" for row in rows]) for i, name in enumerate(fit)}
    if not rows:
        raise EmptyTable(f"{source} has a header on sheet {chosen!r} but no rows.")
    return Loaded(engine.adopt(columns), source, (*notes, *renamed(titles, fit)))


def column_of(cells: Sequence[Any]) -> np.ndarray:
    """The cells of one column as (n,) float64, datetime64[us] or object text; None and '' are missing."""
    present = [c for c in cells if c is not None and c != ""]
    if present and all(isinstance(c, int | float) and not isinstance(c, bool) for c in present) and all(abs(c) <= 2**53 for c in present):
        return np.array([np.nan if c is None or c == "" else float(c) for c in cells], dtype=np.float64)
    if present and all(isinstance(c, date) for c in present):
        return np.array([np.datetime64("NaT") if c is None or c == "" else np.datetime64(_naive(c), "us") for c in cells], dtype="datetime64[us]")
    return np.array([_shown(c) for c in cells], dtype=object)


def _table(cells: list[list[Any]], header: str) -> tuple[list[Any], list[list[Any]]]:
    width = max(map(len, cells))
    if header == "no":
        return [""] * width, cells
    filled = [sum(cell != "" for cell in row) for row in cells[:ABOVE]]
    start = next((i for i, n in enumerate(filled) if n >= NEARLY * max(filled)), 0)
    first = cells[start] + [""] * (width - len(cells[start]))
    if header == "auto" and any(isinstance(cell, float | int | date) and not _is_year(cell) for cell in first):
        return [""] * width, cells[start:]
    return first, cells[start + 1 :]


def _is_year(cell: Any) -> bool:
    return isinstance(cell, float | int) and float(cell).is_integer() and 1900 <= cell <= 2100


def _naive(moment: date) -> date:
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment


def _shown(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell) if isinstance(cell, str | int | float | date | time | timedelta) else repr(cell)
