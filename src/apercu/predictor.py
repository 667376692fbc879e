"""Predictor: a study's model behind the very mends and derived columns that it was trained on, for files and for single rows of JSON.

New rows are brought to the study's columns (see replay), and the model predicts. What a column lacks counts as missing, and is said.
Asked for a coverage, it adds how sure each prediction is: an interval for a number, a set of classes for a class (see stats/coverage).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from .core.dataset import Dataset
from .core.errors import InputError, UnknownName, WordsError
from .core.explanation import Reason
from .core.goal import Goal
from .core.model import CrossFitted
from .core.progress import remark
from .core.rows import Rows
from .core.split import Split
from .replay import Replay
from .stats.coverage import classes, ends

__all__ = ["METHODS", "Predictor"]

METHODS: Final = ("conformal", "quantile")  # by which intervals are made


class Predictor:
    """Predictions and their reasons for new rows."""

    def __init__(
        self, goal: Goal, data: Dataset, model: CrossFitted, reasons: Callable[[Any, Rows, int], list[Reason]], split: Split | None = None
    ) -> None:
        """split: the rows that the model was trained on; intervals and sets are measured on them."""
        self.goal, self.model = goal, model
        self._replay, self._split = Replay(data), split
        self._reasons = reasons

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns that the model uses, in the order of the table."""
        used = {name for column in self.model.columns for name in self._replay.sources(column)}
        return tuple(name for name in self._replay.raw if name in used)

    def prepared(self, raw: Dataset) -> tuple[Rows, list[str]]:
        """(rows as the model wants them, warnings) of a new source. Raises InputError when it has none of the model's columns."""
        if self.columns and not set(self.columns) & set(raw.schema.names):
            raise InputError(f"{raw.source} has none of the columns that the model uses ({', '.join(self.columns[:5])}); name another source.")
        return self._replay.rows(raw.rows(), self.columns)

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
            if name not in self._replay.raw:
                raise UnknownName("column", str(name), self._replay.raw)
        columns = {name: [_plain(name, record.get(name)) for record in records] for name in names}
        rows = Rows({name: Rows.of({name: c})._columns[name] for name, c in columns.items()}, len(records))
        return self._replay.rows(rows, self.columns)

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


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, list) and all(v is None or isinstance(v, int | float) for v in value):
        return np.array(value, dtype=np.float64)
    raise InputError(f"column {name!r} expects a text, a number, true, false or null; got {type(value).__name__}.")
