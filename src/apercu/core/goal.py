"""Goal: what is to be explained, what of it is wanted, and what it is worth.

>>> goal = Goal("Churn", "binary", classes=("No", "Yes"), wanted="Yes", value=300, cost=10)
>>> goal.measured(Rows.of({"Churn": ["Yes", "No", None]}))
array([ 1.,  0., nan])
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .errors import UnknownName, UnusableTarget, WordsError
from .expression import Column, Number
from .measure import Measure
from .rows import Rows
from .schema import Schema

__all__ = ["Goal", "TASKS"]

TASKS: Final = ("binary", "multiclass", "numeric")
CLASSES: Final = 100  # more levels than this are names, not classes
YES: Final = re.compile(r"(?i)^(yes|y|true|t|1|1\.0|positive|pos|churned|left|default|fraud|bad|fail(ed|ure)?|malignant|m|是|有|流失)$")


@dataclass(frozen=True)
class Goal:
    """A target and its task. `wanted` is the level whose rate findings speak of (binary), or '' for 'high' (numeric, multiclass).

    value: money that one wanted outcome is worth (or costs, when it is unwanted); cost: money that one offer costs; success: share of
    addressees on whom an offer works. Without a value, gains are counted in outcomes. monotone: columns with which the wanted outcome (or the
    number) is known to rise (+1) or to fall (-1).
    """

    target: str
    task: str
    classes: tuple[str, ...] = ()
    wanted: str = ""
    value: float | None = None
    cost: float = 0.0
    success: float = 0.3
    time: str | None = None
    group: str | None = None
    weight: str | None = None
    treatment: str | None = None
    alike: tuple[str, ...] = ()
    monotone: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UnknownName("task", self.task, TASKS)
        if not 0.0 <= self.success <= 1.0 or self.cost < 0.0:
            raise WordsError(f"success must be a share from 0 to 1 and cost no less than 0; got {self.success!r} and {self.cost!r}.")
        if self.wanted and self.classes and self.wanted not in self.classes:
            raise UnknownName(f"level of {self.target}", self.wanted, self.classes)
        if any(direction not in (-1, 1) for _, direction in self.monotone):
            raise WordsError(f"a column's direction must be 1 (rises with) or -1 (falls with); got {self.monotone!r}.")

    @property
    def unit(self) -> str:
        """The unit of the measure that findings speak of: 'share' for a rate, '' for a number without one."""
        return "" if self.task == "numeric" else "share"

    def coded(self, rows: Rows) -> np.ndarray:
        """(n,) float64: the number itself, or the place of the level in `classes`; missing is NaN."""
        if self.task == "numeric":
            return rows[self.target]
        place = {level: float(i) for i, level in enumerate(self.classes)}
        if rows.storage(self.target) == "number":
            values, at = np.unique(rows[self.target], return_inverse=True)
            return np.array([place.get(_level(x), np.nan) for x in values.tolist()], dtype=np.float64)[at]
        column = rows.coded(self.target)
        return np.array([*(place.get(level, np.nan) for level in column.levels), np.nan])[column.codes]

    def measured(self, rows: Rows, level: str | None = None) -> np.ndarray:
        """(n,) float64: the number, or 1 where the target is the (wanted) level and 0 where it is another; missing is NaN."""
        if self.task == "numeric":
            return rows[self.target]
        coded, sought = self.coded(rows), float(self.classes.index(level or self.wanted))
        return np.where(np.isnan(coded), np.nan, (coded == sought).astype(np.float64))

    def weights(self, rows: Rows) -> np.ndarray | None:
        """(n,) how much each row counts, one on average; None where all count alike. A missing, endless or negative weight counts as nought."""
        if self.weight is None or self.weight not in rows:
            return None
        kind = rows.storage(self.weight)
        read = Number(Column(self.weight)).values(rows) if kind == "text" else rows[self.weight] if kind == "number" else np.zeros(rows.n)
        weights = np.where(np.isfinite(read), np.maximum(read, 0.0), 0.0)
        return weights / weights.mean() if weights.any() else None

    def levels(self) -> tuple[str, ...]:
        """The levels whose rates findings speak of: the wanted one, or each class of several; ('',) for a number."""
        if self.task == "numeric":
            return ("",)
        return (self.wanted,) if self.task == "binary" else self.classes

    def measures(self) -> tuple[Measure, ...]:
        """What findings speak of: the mean of the number, or the share of each of `levels`."""
        return tuple(Measure(self.target, Column(self.target), level) for level in self.levels())

    def to_json(self) -> dict[str, Any]:
        """The fields, as a study keeps them."""
        return {name: _listed(getattr(self, name)) for name in self.__dataclass_fields__}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Goal:
        """Reads what `to_json` wrote."""
        return Goal(**{name: _tupled(v) for name, v in tree.items()})

    @staticmethod
    def guess(schema: Schema, target: str, values: list[tuple[Any, int]], **known: Any) -> Goal:
        """The goal of a target column from its kind and its (value, rows) pairs, most frequent first.

        `known` are fields that the user gave (wanted, value, cost, ...). Raises UnusableTarget when the target is constant, empty, or
        has more than CLASSES levels.
        """
        column = schema.column(target)
        if len(values) < 2:
            what = f"only {values[0][0]!r}" if values else "no value at all"
            raise UnusableTarget(f"the target {target!r} must have at least two values; it has {what}. Choose another column with --target.")
        if column.kind in ("number", "money"):
            return Goal(target, "numeric", **known)
        if column.kind in ("time", "image", "text", "entity") or len(values) > CLASSES:
            mend = f", or say what it is with --kind {target}=number" if column.storage == "number" else ""
            raise UnusableTarget(
                f"the target {target!r} has {column.distinct:,} different values ({column.kind}); expected a number or at most {CLASSES} "
                f"levels. Choose another column{mend}."
            )
        levels = [_level(value) for value, _ in values]
        classes = tuple(sorted(levels, key=_order))
        wanted = known.pop("wanted", "") or ""
        if len(classes) == 2:
            wanted = wanted or next((c for c in classes if YES.match(c)), levels[-1])
            return Goal(target, "binary", classes, wanted, **known)
        return Goal(target, "multiclass", classes, wanted or levels[0], **known)


def _listed(value: Any) -> Any:
    return [_listed(part) for part in value] if isinstance(value, tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(part) for part in value) if isinstance(value, list) else value


def _level(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _order(level: str) -> tuple[float, str]:
    try:
        return (float(level), level)
    except ValueError:
        return (float("inf"), level)
