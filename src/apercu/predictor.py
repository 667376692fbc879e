"""Predictor: a study's model behind the very mends and derived columns that it was trained on, for files and for single rows of JSON.

New rows come as text or numbers, with columns missing or in another order; they are brought to the storage that the source had, the
study's steps are replayed on them by the array interpreter, and the model predicts. What a column lacks counts as missing, and is said.
Asked for a coverage, it adds how sure each prediction is: an interval for a number, a set of classes for a class (see stats/coverage).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from .core.dataset import Dataset, replayed
from .core.errors import InputError, UnknownName, WordsError
from .core.explanation import Reason
from .core.expression import Arrays, Column, Expression, Levels, NullWords, Number, Text, Time, Trim
from .core.facts import Kept
from .core.goal import Goal
from .core.model import CrossFitted
from .core.progress import remark
from .core.rows import MEDIA, Coded, Packed, Rows
from .core.split import Split
from .stats.coverage import classes, ends

__all__ = ["METHODS", "Predictor"]

METHODS: Final = ("conformal", "quantile")  # by which intervals are made
SAID: Final = {"bytes": "files of pictures", "list": "sequences of numbers"}
READS_TEXT: Final = (Trim, NullWords, Levels, Number, Time)


class Predictor:
    """Predictions and their reasons for new rows."""

    def __init__(
        self, goal: Goal, data: Dataset, model: CrossFitted, reasons: Callable[[Any, Rows, int], list[Reason]], split: Split | None = None
    ) -> None:
        """split: the rows that the model was trained on; intervals and sets are measured on them."""
        self.goal, self.model = goal, model
        self._data, self._split = data, split
        self._reasons = reasons
        self._raw = _raw_storages(data)

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns that the model uses, in the order of the table."""
        used = {name for column in self.model.columns for name in self._sources(column)}
        return tuple(name for name in self._raw if name in used)

    def prepared(self, raw: Dataset) -> tuple[Rows, list[str]]:
        """(rows as the model wants them, warnings) of a new source. Raises InputError when it has none of the model's columns."""
        if self.columns and not set(self.columns) & set(raw.schema.names):
            raise InputError(f"{raw.source} has none of the columns that the model uses ({', '.join(self.columns[:5])}); name another source.")
        return self._replay(raw.rows())

    def predict(self, raw: Dataset, coverage: float | None = None, method: str = "conformal") -> list[dict[str, Any]]:
        """One prediction per row of a new source, in its order; with its interval or set of classes where a coverage is asked for."""
        self._refuse(coverage, method)
        rows, warnings = self.prepared(raw)
        for warning in warnings:
            remark("predict", warning)
        return self._told(rows, coverage, method)

    def explain(self, raw: Dataset, row: int = 1) -> list[Reason]:
        """What moved the prediction of one row, from 1. Raises InputError when there is no such row."""
        return self._reasons(self.model, self.row(raw, row), 0)

    def row(self, raw: Dataset, row: int) -> Rows:
        """One row of a new source, from 1, as the model wants it. Raises InputError when there is no such row."""
        rows, warnings = self.prepared(raw)
        for warning in warnings:
            remark("explain", warning)
        if not 1 <= row <= rows.n:
            raise InputError(f"expected a row from 1 to {rows.n:,}, got {row}." if rows.n else f"{raw.source} has no rows.")
        return rows.take(np.array([row - 1]))

    def told(self, rows: Rows) -> list[dict[str, Any]]:
        """One prediction per row of rows that are prepared."""
        return self._told(rows, None, METHODS[0])

    def predict_rows(self, records: Sequence[Mapping[str, Any]], coverage: float | None = None) -> tuple[list[dict[str, Any]], list[str]]:
        """(one prediction per record, warnings). Raises UnknownName for a column that the table never had."""
        self._refuse(coverage, "conformal")
        rows, warnings = self._read(records)
        return self._told(rows, coverage, "conformal"), warnings

    def explain_rows(self, records: Sequence[Mapping[str, Any]]) -> tuple[list[list[Reason]], list[str]]:
        """(the reasons of each record, warnings)."""
        rows, warnings = self._read(records)
        return [self._reasons(self.model, rows, i) for i in range(rows.n)], warnings

    def _read(self, records: Sequence[Mapping[str, Any]]) -> tuple[Rows, list[str]]:
        names = dict.fromkeys(name for record in records for name in record)
        for name in names:
            if name not in self._raw:
                raise UnknownName("column", str(name), self._raw)
        columns = {name: [_plain(name, record.get(name)) for record in records] for name in names}
        return self._replay(Rows({name: Rows.of({name: c})._columns[name] for name, c in columns.items()}, len(records)))

    def _replay(self, rows: Rows) -> tuple[Rows, list[str]]:
        absent = [name for name in self.columns if name not in rows]
        warnings = [f"column {name!r} is absent and counts as missing" for name in absent]
        rows = rows.plus({name: _empty(self._raw[name], rows.n) for name in absent})
        rows = rows.plus({name: self._stored(rows, name, storage) for name, storage in self._raw.items() if name in rows})
        return replayed(self._data.steps, self._looked(rows)), warnings

    def _looked(self, rows: Rows) -> Rows:
        """The rows with what their pictures and sequences show, where the study derived it and keeps it in columns."""
        facts = [e for step in self._data.steps for e in step.columns.values() if isinstance(e, Kept) and e.kept and e.of.name in rows]
        if not facts:
            return rows
        from .derive.media import looked

        return rows.plus({name: Rows.of({name: column}).column(name) for name, column in looked(rows, facts).items()})

    def _stored(self, rows: Rows, name: str, wanted: str) -> Any:
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

    def _told(self, rows: Rows, coverage: float | None, method: str) -> list[dict[str, Any]]:
        predicted = self.model.predict(rows)
        if self.goal.task == "numeric":
            told: list[dict[str, Any]] = [{"prediction": float(value)} for value in predicted]
            if coverage is not None:
                low, high = self._ends(rows, predicted, coverage, method)
                told = [{**one, "low": float(a), "high": float(b)} for one, a, b in zip(told, low, high, strict=True)]
            return told
        names, best = self.goal.classes, predicted.argmax(axis=1)
        shares = [dict(zip(names, map(float, p), strict=True)) for p in predicted]
        told = [{"prediction": names[b], "probabilities": p} for b, p in zip(best, shares, strict=True)]
        if coverage is not None and self._split is not None:
            inside = classes(self.model.out_of_fold, self.goal.coded(self._split.rows), predicted, coverage, self._weights())
            told = [{**one, "set": [names[i] for i in np.flatnonzero(row)]} for one, row in zip(told, inside, strict=True)]
        return told

    def _ends(self, rows: Rows, predicted: np.ndarray, coverage: float, method: str) -> tuple[np.ndarray, np.ndarray]:
        """((n,), (n,)) the ends of the intervals of numbers."""
        assert self._split is not None
        if method == "quantile":
            from .train.quantile import intervals

            return intervals(self.model, self._split, coverage).predict(rows)
        return ends(self.model.out_of_fold, self.goal.coded(self._split.rows), predicted, coverage, self._weights())

    def _weights(self) -> np.ndarray | None:
        """(n,) how much each row of the table counts, or None where all count alike."""
        return None if self._split is None else self.goal.weights(self._split.rows)

    def _refuse(self, coverage: float | None, method: str) -> None:
        """Raises WordsError for a coverage that is no share, or a method that is not there."""
        if method not in METHODS:
            raise WordsError(f"intervals are made by one of {', '.join(METHODS)}; got {method!r}.")
        if method == "quantile" and self.goal.task != "numeric":
            raise WordsError("quantile regression is about numbers; of a class the conformal method gives the set of classes that it may be.")
        if coverage is None:
            return
        if not 0.0 < coverage < 1.0:
            raise WordsError(f"the coverage must lie between 0 and 1, such as 0.9; got {coverage:g}.")
        if self._split is None:
            raise WordsError("this predictor does not know the rows that it was trained on, so it cannot say how sure it is.")

    def _sources(self, name: str) -> tuple[str, ...]:
        """The source columns behind a column, through every step."""
        names: tuple[str, ...] = (name,)
        for step in reversed(self._data.steps):
            names = tuple(source for n in names for source in (step.columns[n].columns() if n in step.columns else (n,)))
        return tuple(dict.fromkeys(names))


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


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, list) and all(v is None or isinstance(v, int | float) for v in value):
        return np.array(value, dtype=np.float64)
    raise InputError(f"column {name!r} expects a text, a number, true, false or null; got {type(value).__name__}.")
