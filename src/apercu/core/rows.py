"""Rows in memory: n rows of named columns, text kept as small integer codes.

A `Rows` is what models are fitted on, patterns search and conditions are evaluated against. It is a mapping of names to arrays, so every
Expression and Condition runs on it as it stands; text is decoded only when somebody asks for it.

>>> rows = Rows.of({"plan": ["a", "b", None], "age": [30, None, 50]})
>>> rows.coded("plan").codes, rows.coded("plan").levels
(array([ 0,  1, -1], dtype=int32), ('a', 'b'))
>>> rows.take(np.array([2, 0]))["age"]
array([50., 30.])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from .errors import UnknownName

__all__ = ["Coded", "Rows", "encoded", "storage"]


@dataclass(frozen=True)
class Coded:
    """A text column of n rows: codes (n,) int32 into the sorted levels; missing is -1."""

    codes: np.ndarray
    levels: tuple[str, ...]

    def text(self) -> np.ndarray:
        """(n,) object: the column as text, missing as None."""
        return np.array([*self.levels, None], dtype=object)[self.codes]

    def counts(self) -> np.ndarray:
        """(levels,) int: how many rows have each level."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.levels))


class Rows(Mapping[str, np.ndarray]):
    """n rows of named columns: float64 numbers, datetime64[us] times, text as `Coded`."""

    def __init__(self, columns: Mapping[str, np.ndarray | Coded], n: int) -> None:
        self._columns = dict(columns)
        self.n = n

    @staticmethod
    def of(columns: Mapping[str, Iterable[Any]]) -> Rows:
        """Rows of plain sequences or arrays; None and NaN are missing.

        Numbers and truth values become float64, dates and moments datetime64[us], all else text; so does a column
        without any value, unless its array says what it holds.
        """
        made = {name: _column(values) for name, values in columns.items()}
        lengths = {len(c.codes if isinstance(c, Coded) else c) for c in made.values()}
        if len(lengths) > 1:
            raise ValueError(f"columns must have one length, got {', '.join(map(str, sorted(lengths)))} rows")
        return Rows(made, lengths.pop() if lengths else 0)

    def __getitem__(self, name: str) -> np.ndarray:
        column = self._find(name)
        return column.text() if isinstance(column, Coded) else column

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def coded(self, name: str) -> Coded:
        """A text column's codes and levels. Raises TypeError when the column is a number or a time."""
        column = self._find(name)
        if not isinstance(column, Coded):
            raise TypeError(f"column {name!r} holds {storage(column)}s, not text")
        return column

    def storage(self, name: str) -> str:
        """'number', 'text' or 'time'."""
        return storage(self._find(name))

    def take(self, index: np.ndarray) -> Rows:
        """The rows at `index` (positions or a bool mask), in that order."""
        where = np.flatnonzero(index) if index.dtype == bool else index
        return Rows({name: _take(column, where) for name, column in self._columns.items()}, len(where))

    def only(self, names: Sequence[str]) -> Rows:
        """The same rows with some of their columns."""
        return Rows({name: self._find(name) for name in names}, self.n)

    def plus(self, columns: Mapping[str, np.ndarray | Coded]) -> Rows:
        """The same rows with columns added or replaced."""
        return Rows({**self._columns, **columns}, self.n)

    def _find(self, name: str) -> np.ndarray | Coded:
        if name not in self._columns:
            raise UnknownName("column", name, self._columns)
        return self._columns[name]


def encoded(text: np.ndarray) -> Coded:
    """Codes and sorted levels of an object array of text, missing as None."""
    levels = sorted({v for v in text if v is not None})
    place = {level: i for i, level in enumerate(levels)}
    return Coded(np.array([-1 if v is None else place[v] for v in text], dtype=np.int32), tuple(levels))


def storage(column: np.ndarray | Coded) -> str:
    """The storage of one column: 'number', 'text' or 'time'."""
    if isinstance(column, Coded):
        return "text"
    return "time" if column.dtype.kind == "M" else "number"


def _take(column: np.ndarray | Coded, where: np.ndarray) -> np.ndarray | Coded:
    return Coded(column.codes[where], column.levels) if isinstance(column, Coded) else column[where]


def _column(values: Iterable[Any]) -> np.ndarray | Coded:
    array = values if isinstance(values, np.ndarray) else np.array(list(values), dtype=object)
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    gone = np.array([v is None or bool(v != v) for v in array], dtype=bool)  # noqa: PLR0124 (NaN and NaT alone differ from themselves)
    present = array[~gone]
    if len(present) and all(isinstance(v, int | float | np.number | np.bool_) for v in present):
        return np.array([np.nan if lost else float(v) for v, lost in zip(array, gone, strict=True)], dtype=np.float64)
    if len(present) and all(isinstance(v, date | np.datetime64) for v in present):
        return np.array([None if lost else v for v, lost in zip(array, gone, strict=True)], dtype="datetime64[us]")
    return encoded(np.array([None if lost else str(v) for v, lost in zip(array, gone, strict=True)], dtype=object))
