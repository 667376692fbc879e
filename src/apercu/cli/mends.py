"""Applying mends of a study's faults: shown first, written when a file is named, with the list of changes beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..audit.apply import Edit
from ..core.errors import WordsError
from ..questions import mended
from ..study import Study
from ..words.numbers import plain
from .files import write_table
from .tell import Heads, Terminal, write_csv

__all__ = ["mend"]

SHOWN: Final = 20  # changes that the terminal shows
CHANGES: Final = ".changes.csv"  # ends the name of the list of changes
HEADS: Final[Heads] = {
    "en": (("row", "right"), ("column", "left"), ("before", "left"), ("after", "left")),
    "zh": (("行", "right"), ("列", "left"), ("原值", "left"), ("新值", "left")),
}
GONE: Final = {"en": "left out", "zh": "移除"}
SAID: Final = {
    "en": "{cells} cells are changed, {rows} rows and {columns} columns are left out.",
    "zh": "更改 {cells} 个单元格，移除 {rows} 行、{columns} 列。",
}
DRY: Final = {"en": "Nothing is written yet; name a file with --out.", "zh": "尚未写出任何文件；请用 --out 指定文件。"}


def mend(source: Sequence[str], ids: Sequence[str], out: Path | None, shown: Terminal) -> None:
    """Shows what the mends of faults change, and writes the mended table where a file is named."""
    if len(source) != 1 or not (Path(source[0]) / "study.json").is_file():
        raise WordsError(f"--apply expects a study's folder, as `apercu run` wrote it; got {' '.join(source)}.")
    study = Study.load(source[0])
    rows, edits = mended(study, ids)
    counts = {
        "cells": sum(bool(e.row and e.column) for e in edits),
        "rows": sum(not e.column for e in edits),
        "columns": sum(not e.row for e in edits),
    }
    shown.sentences([SAID[shown.lang].format(**{name: f"{n:,}" for name, n in counts.items()})])
    shown.table(HEADS, [_line(edit, shown.lang) for edit in edits[:SHOWN]])
    if out is None:
        shown.sentences([DRY[shown.lang]])
        return
    changes = out.with_name(out.name + CHANGES)  # first, so that no mended table lies without it
    write_csv(changes, ["row", "column", "before", "after"], [list(edit) for edit in edits])
    write_table(out, rows, study.data.engine)
    shown.line("wrote", path=out, n=rows.n)
    shown.line("wrote", path=changes, n=len(edits))


def _line(edit: Edit, lang: str) -> tuple[str, ...]:
    if edit.row and edit.column:
        return f"{edit.row:,}", edit.column, _cell(edit.before), _cell(edit.after)
    return f"{edit.row:,}" if edit.row else "", edit.column, "", GONE[lang]


def _cell(value: str | float | None) -> str:
    return "–" if value is None else value if isinstance(value, str) else plain(value)
