"""Which columns a fit may use, how they are read, and which of very many are worth using.

A learner sees columns by their storage: numbers, moments (as days since 1970) and text. A category that is stored as numbers is handed over
as text, so that its levels are told apart. Only this folder uses these functions.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.goal import Goal
from ..core.rows import MEDIA, Coded, Rows
from ..core.schema import Column, Schema

__all__ = ["levels_of", "media_of", "numbers_of", "plain", "screened", "typed", "usable", "weights_of"]

LEVELLED = ("category", "flag", "place", "entity")
DAY = 86_400_000_000.0  # microseconds
BINS = 10  # quantile bins in which the screen looks at a number
SCREENED_ROWS = 20_000  # rows that the screen looks at; it needs an order of columns, not a precise figure


def usable(schema: Schema, goal: Goal) -> tuple[Column, ...]:
    """The columns that a model may learn from."""
    own = {goal.target, goal.weight, goal.group, goal.time}
    return tuple(c for c in (*schema.features(), *schema.media()) if c.name not in own)


def plain(rows: Rows) -> Rows:
    """The same rows without pictures and sequences, as learners see them that do not say they read these."""
    media = media_of(rows, MEDIA)
    return rows.only([name for name in rows if name not in media]) if media else rows


def media_of(rows: Rows, storages: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of these storages ('bytes', 'list')."""
    return tuple(name for name in rows if rows.storage(name) in storages)


def typed(rows: Rows, columns: tuple[Column, ...]) -> Rows:
    """The same rows in which categories stored as numbers are text."""
    levelled = [c.name for c in columns if c.kind in LEVELLED and c.name in rows and rows.storage(c.name) == "number"]
    return rows.plus({name: levels_of(rows, name) for name in levelled})


def levels_of(rows: Rows, name: str) -> Coded:
    """A column as levels; whole numbers are written without a decimal point, moments as ISO."""
    kind = rows.storage(name)
    if kind == "text":
        return rows.coded(name)
    array = rows[name]
    values, codes = np.unique(array, return_inverse=True)
    words = [str(v) if kind == "time" else _written(float(v)) for v in values]
    gone = np.isnat(array) if kind == "time" else np.isnan(array)
    return Coded(np.where(gone, -1, codes).astype(np.int32), tuple(words))


def numbers_of(rows: Rows, name: str) -> np.ndarray:
    """(n,) float64: a number as it is, a moment as days since 1970, text as the number that it spells; all else is NaN."""
    kind = rows.storage(name)
    if kind == "text":
        column = rows.coded(name)
        return np.array([*(_read(level) for level in column.levels), math.nan])[column.codes]
    array = rows[name]
    if kind == "number":
        return np.where(np.isinf(array), np.nan, array)
    return np.where(np.isnat(array), np.nan, array.astype(np.int64) / DAY)


def weights_of(rows: Rows, goal: Goal) -> np.ndarray | None:
    """(n,) weights with mean one, or None where every row counts once. A missing or negative weight counts as zero."""
    return goal.weights(rows)


def screened(rows: Rows, goal: Goal, names: tuple[str, ...], most: int) -> tuple[str, ...]:
    """At most `most` of the names, in their order: those whose levels or quantile bins explain most of the target's variance.

    The share explained is adjusted for the number of groups, so that a column of many rare levels gains nothing by chance. Pictures and sequences
    are kept.
    """
    if len(names) <= most:
        return names
    kept = media_of(rows.only(names), MEDIA)
    if kept:
        chosen = {*kept, *screened(rows, goal, tuple(name for name in names if name not in kept), most)}
        return tuple(name for name in names if name in chosen)
    rows = rows.only((*names, goal.target)).take(np.arange(min(rows.n, SCREENED_ROWS)))
    target = goal.coded(rows)
    parts = np.eye(len(goal.classes))[target.astype(int)] if goal.task != "numeric" else np.argsort(np.argsort(target))[:, None] / rows.n
    parts = parts - parts.mean(axis=0)
    strength = np.array([_explained(_groups(rows, name), parts) for name in names])
    chosen = set(np.argsort(-strength, kind="stable")[:most].tolist())
    return tuple(name for i, name in enumerate(names) if i in chosen)


def _explained(groups: np.ndarray, parts: np.ndarray) -> float:
    """The adjusted share of the variance of parts (n, k), centred, that lies between groups (n,) of codes from 0."""
    sizes = np.bincount(groups).astype(np.float64)
    sums = np.stack([np.bincount(groups, part) for part in parts.T])
    between, total = float((sums**2 / np.maximum(sizes, 1.0)).sum()), float((parts**2).sum())
    used, n = int((sizes > 0).sum()), len(groups)
    if total == 0 or used >= n:
        return 0.0
    return 1.0 - (1.0 - between / total) * (n - 1) / (n - used)


def _groups(rows: Rows, name: str) -> np.ndarray:
    if rows.storage(name) == "text":
        return rows.coded(name).codes + 1
    x = numbers_of(rows, name)
    present = x[~np.isnan(x)]
    if not len(present):
        return np.zeros(rows.n, dtype=np.int64)
    cuts = np.unique(np.quantile(present, np.arange(1, BINS) / BINS))
    return np.where(np.isnan(x), 0, 1 + np.searchsorted(cuts, x, side="left"))


def _written(x: float) -> str:
    return str(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)


def _read(level: str) -> float:
    try:
        number = float(level)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
