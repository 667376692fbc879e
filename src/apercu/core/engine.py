"""Engine: where the data live, and the questions that they answer.

A table is known by a name that its engine made. An engine answers SQL-shaped questions only, so the same study runs in process
(DuckDB) and on a cluster, and rows come into memory through one of them, `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .condition import Condition
from .expression import Expression
from .rows import Coded, Rows

__all__ = ["Engine"]


class Engine(Protocol):
    """The questions that every engine answers. Column names are plain names; the engine quotes them."""

    name: str

    def read(self, path: Path, form: str, settings: Mapping[str, Any]) -> str:
        """A table of a file; `form` is 'csv', 'parquet' or 'json', `settings` are the reader's own (delimiter, header, ...).

        Whatever the file's types are, columns arrive as numbers (missing is NULL, never NaN), text, times without a zone (UTC), files of
        pictures (bytes) or sequences of numbers (list).
        """
        ...

    def adopt(self, columns: Mapping[str, np.ndarray | Coded] | Any) -> str:
        """A table of arrays in memory, or of any object that offers an Arrow stream."""
        ...

    def types(self, table: str) -> dict[str, str]:
        """{name: type in the source's own words} of a table that was read or adopted; empty for one that was made of another."""
        ...

    def sample(self, table: str, names: Sequence[str], limit: int) -> str:
        """About `limit` rows of the named columns, chosen by their content, so that no order of rows changes the choice."""
        ...

    def columns(self, table: str) -> dict[str, str]:
        """{name: storage} of a table, storage being 'number', 'text', 'time', 'bytes', 'list' or 'other'."""
        ...

    def select(self, table: str, expressions: Mapping[str, Expression], where: Condition | None = None, *, unique: bool = False) -> str:
        """A table with one column per expression, of the rows where a condition holds; the order of rows is kept.

        `unique` leaves out the second and later copies of a row of the table.
        """
        ...

    def ask(self, table: str, query: str) -> list[tuple[Any, ...]]:
        """The rows of one SQL query in which the table is called `data`."""
        ...

    def count(self, table: str, where: Condition | None = None) -> int:
        """How many rows (satisfy a condition)."""
        ...

    def distinct(self, table: str, name: str, limit: int) -> list[tuple[Any, int]]:
        """(value, rows) of the most frequent present values, most frequent first; ties in the order of values."""
        ...

    def quantiles(self, table: str, name: str, probabilities: Sequence[float]) -> list[float]:
        """Quantiles of a number's present values, each a value that occurs."""
        ...

    def join(self, left: str, right: str, on: Sequence[tuple[str, str]]) -> str:
        """A left join on pairs of equal columns; the right table's key columns are dropped."""
        ...

    def keyed(self, table: str, names: Sequence[str]) -> str:
        """The table with `_row` (its number in the source, from 1) and `_key` (53 bits of the MD5 of the named columns), in `_key` order."""
        ...

    def attach(self, table: str, columns: Mapping[str, np.ndarray | Coded]) -> str:
        """The table with columns of arrays added, in the order of its rows."""
        ...

    def rows(self, table: str, names: Sequence[str], limit: int | None = None) -> Rows:
        """The named columns in memory, in the order of the table; at most the first `limit` rows."""
        ...

    def write(self, table: str, path: Path) -> None:
        """The table as one Parquet file."""
        ...
