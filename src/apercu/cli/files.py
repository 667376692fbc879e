"""What commands read and write: sources and saved studies as tables, files of answers, the folder of a study."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import clean, collect
from ..core.errors import WordsError
from ..study import Study
from .tell import write_csv, write_json

__all__ = ["folder_of", "form", "put", "read_source", "table_of"]


def put(out: Path | None, tree: Any, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
    """Writes an answer where it is asked for, as JSON (the tree) or CSV; whether standard output is taken by it."""
    if out is not None and out.suffix == ".json":
        write_json(out, tree)
    elif out is not None:
        write_csv(out, list(header), [list(row) for row in rows])
    return str(out) == "-"


def form(path: Path, known: tuple[str, ...] = (".csv", ".json")) -> None:
    """Raises WordsError for a file that no answer can be written to."""
    if str(path) != "-" and path.suffix not in known:
        raise WordsError(f"--out expects a file that ends in {' or '.join(known)}; got {path}.")


def read_source(source: Sequence[str], target: str | None, collected: Any, cleaned: Any) -> tuple[Any, list[Any]]:
    """(the data, the notes) of sources that are read and mended."""
    from ..engine.duckdb import DuckDB

    raw, read = collect.run(list(source) if len(source) > 1 else source[0], DuckDB(), collected)
    data, mended = clean.run(raw, target, cleaned)
    return data, [*read, *mended]


def table_of(source: Sequence[str], collected: collect.Options) -> tuple[Any, str | None]:
    """(the data, the target) of a saved study, or of a source read and cleaned as a study would; nothing is searched or trained."""
    if len(source) == 1 and (Path(source[0]) / "study.json").is_file():
        study = Study.load(source[0])
        return study.data, study.goal.target if study.goal else None
    return read_source(source, None, collected, clean.Options())[0], None


def folder_of(source: Sequence[str], out: str | None) -> Path:
    """Where the study goes. Refused before anything is computed when something else lies there, or nothing can be written."""
    stem = Path(source[0].split("?")[0].rstrip("/\\")).name
    for ending in (".gz", ".zip", ".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx", ".xls", ".db", ".duckdb", ".sqlite"):
        stem = stem.removesuffix(ending)
    folder = Path(out or f"{stem or 'table'}.study")
    if folder.exists() and not (folder / "study.json").exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise WordsError(f"{folder} exists and is not a study; name another folder with --out.")
    parent = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not os.access(parent, os.W_OK):
        raise WordsError(f"nothing can be written to {parent}; name another folder with --out, or print only with --no-save.")
    return folder
