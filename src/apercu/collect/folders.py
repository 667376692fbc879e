"""Folders: a directory as a source. Its table files are used: one as it is, several joined on the keys that they share.

    tables_in(Path("orders/"))      # [orders/customers.csv, orders/orders.csv]

Hidden files, and texts beside tables (a readme), are passed over. What it does *not* do: go down into directories (see trees).
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from ..core.errors import UnreadableSource
from .archives import TABLE_SUFFIXES

__all__ = ["tables_in"]

PACKED: Final = (".gz", ".bz2", ".xz", ".zip")
DATABASES: Final = (".db", ".sqlite", ".sqlite3", ".duckdb", ".npz")


def tables_in(folder: Path) -> list[Path]:
    """The table files of a directory, the largest first (it is kept row for row when they are joined). Raises UnreadableSource."""
    entries = sorted(entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith("."))
    tables = [entry for entry in entries if _suffix(entry).endswith((*TABLE_SUFFIXES, *DATABASES)) or entry.suffix.lower() == ".zip"]
    tables = [entry for entry in tables if not _suffix(entry).endswith(".txt")] or tables
    if not tables:
        inside = ", ".join(sorted(entry.name for entry in folder.iterdir())[:5]) or "nothing"
        raise UnreadableSource(f"the directory {str(folder)!r} holds no table such as a CSV or Parquet file; it holds {inside}.")
    return sorted(tables, key=lambda entry: (-entry.stat().st_size, entry.name))


def _suffix(entry: Path) -> str:
    """The suffix of what is inside: '.csv' of orders.csv.gz."""
    name = entry.name.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    return PurePosixPath(name).suffix
