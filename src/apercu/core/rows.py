"""Rows in memory: n rows of named columns, text kept as small integer codes, pictures and sequences as they came.

A `Rows` is what models are fitted on, patterns search and conditions are evaluated against. It is a mapping of names to arrays, so every
Expression and Condition runs on it as it stands; text is decoded only when somebody asks for it.

>>> rows = Rows.of({"plan": ["a", "b", None], "age": [30, None, 50]})
>>> rows.coded("plan").codes, rows.coded("plan").levels
(array([ 0,  1, -1], dtype=int32), ('a', 'b'))
>>> rows.take(np.array([2, 0]))["age"]
array([50., 30.])
>>> Rows.of({"photo": [b"P5 1 1 255 .", None], "pulse": [[60, 62.5], None]}).storage("pulse")
'list'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from .errors import UnknownName

__all__ = ["MEDIA", "Coded", "Packed", "Rows", "encoded", "is_packed", "storage", "taken"]

MEDIA: Final = ("bytes", "list")  # storages of which a cell is a whole file or a whole sequence, which only some learners read


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


@dataclass(frozen=True)
class Packed:
    """A column of whole files or whole sequences: items (n,) object, bytes or float64 arrays (m,), missing as None; storage says which."""

    items: np.ndarray
    storage: str

    @staticmethod
    def of(items: Iterable[Any]) -> Packed:
        """Of bytes, or of sequences of numbers; at least one item must be present."""
        plain = [None if v is None else bytes(v) if isinstance(v, bytes | bytearray | memoryview) else np.asarray(v, dtype=np.float64) for v in items]
        made = np.empty(len(plain), dtype=object)
        made[:] = plain
        return Packed(made, "bytes" if any(isinstance(v, bytes) for v in plain) else "list")


class Rows(Mapping[str, np.ndarray]):
    """n rows of named columns: float64 numbers, datetime64[us] times, text as `Coded`, pictures and sequences as `Packed`."""

    def __init__(self, columns: Mapping[str, np.ndarray | Coded | Packed], n: int) -> None:
        self._columns = dict(columns)
        self.n = n

    @staticmethod
    def of(columns: Mapping[str, Iterable[Any]]) -> Rows:
        """Rows of plain sequences or arrays; None and NaN are missing.

        Numbers and truth values become float64, dates and moments datetime64[us], bytes and sequences of numbers stay whole, all else is
        text; so is a column without any value, unless its array says what it holds.
        """
        made = {name: _column(values) for name, values in columns.items()}
        lengths = {_length(c) for c in made.values()}
        if len(lengths) > 1:
            raise ValueError(f"columns must have one length, got {', '.join(map(str, sorted(lengths)))} rows")
        return Rows(made, lengths.pop() if lengths else 0)

    def __getitem__(self, name: str) -> np.ndarray:
        column = self._find(name)
        return column.text() if isinstance(column, Coded) else column.items if isinstance(column, Packed) else column

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

    def packed(self, name: str) -> np.ndarray:
        """(n,) object: the bytes or float64 arrays of a column of media, missing as None. Raises TypeError for another column."""
        column = self._find(name)
        if not isinstance(column, Packed):
            raise TypeError(f"column {name!r} holds {storage(column)}s, neither files nor sequences")
        return column.items

    def column(self, name: str) -> np.ndarray | Coded | Packed:
        """A column as it is held."""
        return self._find(name)

    def storage(self, name: str) -> str:
        """'number', 'text', 'time', 'bytes' or 'list'."""
        return storage(self._find(name))

    def take(self, index: np.ndarray) -> Rows:
        """The rows at `index` (positions or a bool mask), in that order."""
        where = np.flatnonzero(index) if index.dtype == bool else index
        return Rows({name: taken(column, where) for name, column in self._columns.items()}, len(where))

    def only(self, names: Sequence[str]) -> Rows:
        """The same rows with some of their columns."""
        return Rows({name: self._find(name) for name in names}, self.n)

    def plus(self, columns: Mapping[str, np.ndarray | Coded | Packed]) -> Rows:
        """The same rows with columns added or replaced."""
        return Rows({**self._columns, **columns}, self.n)

    def _find(self, name: str) -> np.ndarray | Coded | Packed:
        if name not in self._columns:
            raise UnknownName("column", name, self._columns)
        return self._columns[name]


def encoded(text: np.ndarray) -> Coded:
    """Codes and sorted levels of an object array of text, missing as None."""
    levels = sorted({v for v in text if v is not None})
    place = {level: i for i, level in enumerate(levels)}
    return Coded(np.array([-1 if v is None else place[v] for v in text], dtype=np.int32), tuple(levels))


def is_packed(value: Any) -> bool:
    """Whether a value is a file's bytes or a sequence of numbers."""
    if isinstance(value, bytes | bytearray | memoryview):
        return True
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "biuf"
    return isinstance(value, list | tuple) and len(value) > 0 and all(isinstance(v, int | float | np.number) or v is None for v in value)


def storage(column: np.ndarray | Coded | Packed) -> str:
    """The storage of one column: 'number', 'text', 'time', 'bytes' or 'list'."""
    if isinstance(column, Coded):
        return "text"
    if isinstance(column, Packed):
        return column.storage
    return "time" if column.dtype.kind == "M" else "number"


def _length(column: np.ndarray | Coded | Packed) -> int:
    return len(column.codes if isinstance(column, Coded) else column.items if isinstance(column, Packed) else column)


def taken(column: np.ndarray | Coded | Packed, where: np.ndarray) -> np.ndarray | Coded | Packed:
    """One column at positions, in that order."""
    if isinstance(column, Packed):
        return Packed(column.items[where], column.storage)
    return Coded(column.codes[where], column.levels) if isinstance(column, Coded) else column[where]


def _column(values: Iterable[Any]) -> np.ndarray | Coded | Packed:
    if not isinstance(values, np.ndarray) or values.dtype == object:
        values = list(values)
        if any(is_packed(v) for v in values):
            return Packed.of(values)
    array = values if isinstance(values, np.ndarray) else np.array(values, dtype=object)
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
