"""What commands read and write: sources and saved studies as tables, files of answers, the folder of a study."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import clean, collect
from ..core.errors import WordsError
from ..core.rows import Rows
from ..study import Study
from .tell import write_csv, write_json

__all__ = ["folder_of", "form", "plain_values", "put", "read_source", "table_of", "write_table"]


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


def write_table(out: Path, rows: Rows, engine: Any) -> None:
    """Writes rows as CSV or Parquet, whole or not at all."""
    names = [name for name in rows if name != "_row"]
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        if out.suffix == ".parquet":
            engine.write(engine.adopt({name: rows.column(name) for name in names}), part)
        else:
            columns = [plain_values(rows[name]) for name in names]
            write_csv(part, names, [list(cells) for cells in zip(*columns, strict=True)])
        part.replace(out)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from error
    finally:
        part.unlink(missing_ok=True)


def plain_values(column: np.ndarray) -> list[Any]:
    """The values of a column as a writer of CSV or JSON wants them: missing is None, a whole number has no point, a moment is ISO text."""
    if column.dtype == object:
        return column.tolist()
    missing = np.isnat(column) if column.dtype.kind == "M" else np.isnan(column)
    if column.dtype.kind == "M":
        days = bool((column[~missing] == column[~missing].astype("datetime64[D]")).all())
        told = np.datetime_as_string(column.astype("datetime64[D]" if days else "datetime64[s]"))
        return [None if gone else str(value) for gone, value in zip(missing.tolist(), told, strict=True)]
    whole = column.dtype.kind == "f" and bool(np.all(np.mod(column[~missing], 1) == 0))
    return [None if gone else int(value) if whole else value for gone, value in zip(missing.tolist(), column.tolist(), strict=True)]


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
