"""Replay: new rows brought to the very columns that a study's table has, for whatever compares them with it or predicts them.

    rows, warnings = Replay(study.data).rows(raw, needed=("age", "city"))

New rows come as text or numbers, with columns missing or in another order; they are brought to the storage that the source had, and the study's
steps are replayed on them by the array interpreter. What a needed column lacks counts as missing, and is said. What it does not do: mend rows anew,
since a mend chosen on new rows would make them another table.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from .core.dataset import Dataset, replayed
from .core.errors import InputError
from .core.expression import Arrays, Column, Expression, Levels, NullWords, Number, Text, Time, Trim
from .core.facts import Kept
from .core.rows import MEDIA, Coded, Packed, Rows

__all__ = ["Replay"]

SAID: Final = {"bytes": "files of pictures", "list": "sequences of numbers"}
READS_TEXT: Final = (Trim, NullWords, Levels, Number, Time)


class Replay:
    """The columns of a table's source, and its steps, for rows that come later. raw: {name: storage} of the source's own columns."""

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self.raw = _raw_storages(data)

    def sources(self, name: str) -> tuple[str, ...]:
        """The source columns behind a column, through every step."""
        names: tuple[str, ...] = (name,)
        for step in reversed(self._data.steps):
            names = tuple(source for n in names for source in (step.columns[n].columns() if n in step.columns else (n,)))
        return tuple(dict.fromkeys(names))

    def rows(self, rows: Rows, needed: tuple[str, ...] = ()) -> tuple[Rows, list[str]]:
        """(rows as the study's table has them, warnings) of rows as they were read; needed: source columns that must be there, else empty."""
        absent = [name for name in needed if name not in rows]
        warnings = [f"column {name!r} is absent and counts as missing" for name in absent]
        rows = rows.plus({name: _empty(self.raw[name], rows.n) for name in absent})
        rows = rows.plus({name: _stored(rows, name, storage) for name, storage in self.raw.items() if name in rows})
        return replayed(self._data.steps, self._looked(rows)), warnings

    def _looked(self, rows: Rows) -> Rows:
        """The rows with what their pictures and sequences show, where the study derived it and keeps it in columns."""
        facts = [e for step in self._data.steps for e in step.columns.values() if isinstance(e, Kept) and e.kept and e.of.name in rows]
        if not facts:
            return rows
        from .derive.media import looked

        return rows.plus({name: Rows.of({name: column}).column(name) for name, column in looked(rows, facts).items()})


def _stored(rows: Rows, name: str, wanted: str) -> Any:
    """The column in the storage that the source had; an empty column takes any."""
    got = rows.storage(name)
    if wanted in (got, "other"):
        return rows._columns[name]
    if wanted in MEDIA or got in MEDIA:
        return _media(name, rows, wanted)
    if got == "number" and wanted == "text":
        return _of(Text(Column(name)), rows)
    if got == "text" and wanted == "number":
        return _of(Number(Trim(Column(name))), rows)
    if wanted == "time":
        return _moments(name, rows.coded(name)) if got == "text" else _empty("time", rows.n)
    return Rows.of({name: np.array([None if np.isnat(t) else str(t) for t in rows[name]], dtype=object)})._columns[name]


def _raw_storages(data: Dataset) -> dict[str, str]:
    """{name: storage} of the source's own columns, as they were before any step."""
    derived = {c.name for c in data.schema if c.derived}
    storages = {c.name: c.storage for c in data.schema if c.name not in derived}
    for step in reversed(data.steps):
        for name, expression in step.columns.items():
            if name in storages:
                storages[name] = _taken(expression) or storages[name]
    return storages


def _empty(storage: str, n: int) -> np.ndarray | Coded | Packed:
    """A column of nothing but missing values."""
    if storage in MEDIA:
        return Packed(np.full(n, None, dtype=object), storage)
    if storage == "number":
        return np.full(n, np.nan)
    if storage == "time":
        return np.full(n, np.datetime64("NaT"), dtype="datetime64[us]")
    return Coded(np.full(n, -1, dtype=np.int32), ())


def _taken(expression: Expression) -> str | None:
    """The storage that an expression takes its source column in: number for Text, text for whatever reads or mends text; None: any."""
    inner: Any = expression
    while not isinstance(inner, Column):
        outer, inner = inner, next(part for part in vars(inner).values() if isinstance(part, Expression))
        if isinstance(inner, Column):
            return "number" if isinstance(outer, Text) else "text" if isinstance(outer, READS_TEXT) else None
    return None


def _media(name: str, rows: Rows, wanted: str) -> Any:
    """Files written in base64, as JSON carries them; a column without any value. Raises InputError for anything else."""
    if wanted not in MEDIA or rows.storage(name) in MEDIA:
        raise InputError(f"column {name!r} expects {SAID.get(wanted, wanted + 's')}, got {SAID.get(rows.storage(name), rows.storage(name) + 's')}.")
    values = rows[name]
    if rows.storage(name) == "number" and np.isnan(values).all():
        return _empty(wanted, rows.n)
    if wanted == "list" or rows.storage(name) != "text":
        raise InputError(f"column {name!r} expects {SAID[wanted]}, got {rows.storage(name)}s.")
    try:
        return Packed(np.array([None if v is None else b64decode(v, validate=True) for v in values], dtype=object), wanted)
    except ValueError as error:
        raise InputError(f"column {name!r} expects {SAID[wanted]}, written in base64.") from error


def _moments(name: str, column: Coded) -> np.ndarray:
    """(n,) datetime64 of ISO texts; a zone is brought to UTC, as readers of files do. Raises InputError for any other text."""
    read: list[datetime | None] = []
    for text in column.levels:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise InputError(f"column {name!r} expects moments such as 2020-01-31 or 2020-01-31T12:30:00; got {text[:40]!r}.") from error
        read.append(moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None))
    return np.array([*read, None], dtype="datetime64[us]")[column.codes]


def _of(expression: Expression, rows: Arrays) -> Any:
    return Rows.of({"x": expression.values(rows)})._columns["x"]
