"""Columns as numbers that distances can be taken of, and rules that say which rows lie in a group.

A number is standardised (its logarithm where it is skewed and never negative; ends drawn in), a category of few levels becomes one number per
level, scaled so that each level weighs as a number does (factor analysis of mixed data, Pagès 2004). What is missing lies in the middle.
The encoding is made of plain values, so that a claim can keep it and unseen rows are encoded as the searched ones were.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..core.condition import Condition
from ..core.rows import Rows
from ..core.split import Search

__all__ = ["Encoded", "encode", "encoding", "grain", "parts", "random_order", "rule"]

KINDS: Final = ("number", "money", "category", "flag", "place")
LEVELS: Final = 6  # most levels of a category
PRESENT: Final = 0.7  # least share of rows that have a value
SKEWED: Final = 1.0  # skewness from which the logarithm is taken
ENDS: Final = 3.0  # standard deviations at which a number is drawn in
TWINS: Final = 0.95  # share of a column that another one says, from which it is left out
MOST: Final = 40  # columns
VALUES: Final = 20  # values up to which a column is coarse
FIRST: Final = 5_000  # rows whose values are counted
BEAM: Final = 20  # conditions that are carried on
TERMS: Final = 3
BETTER: Final = 0.03  # F that each further condition must bring
FIT: Final = 0.75  # least precision and recall of a rule


class Encoded(NamedTuple):
    """One column: (name, 'number' or 'log', mean, deviation), or (name, 'levels', the levels, their shares)."""

    name: str
    how: str
    centre: float | tuple[str, ...]
    scale: float | tuple[float, ...]


def encoding(search: Search, rows: Rows) -> tuple[Encoded, ...]:
    """How the searched columns are encoded, by name; columns that another one says already are left out."""
    columns = sorted(search.schema.features(), key=lambda c: c.name)
    found = [made for c in columns if not c.derived and c.kind in KINDS and c.name in rows and (made := _column(rows, c.name)) is not None]
    kept: list[Encoded] = []
    blocks: list[np.ndarray] = []
    for one in found:
        block = encode(rows, (one,))
        if len(kept) < MOST and not any(_same(block, other) for other in blocks):
            kept.append(one)
            blocks.append(block)
    return tuple(kept)


def encode(rows: Rows, columns: tuple[Encoded, ...]) -> np.ndarray:
    """(n, d) float64: the columns as numbers, each level of a category a number of its own."""
    return np.column_stack([_block(rows, Encoded(*column)) for column in columns]) if columns else np.empty((rows.n, 0))


def grain(x: np.ndarray) -> np.ndarray:
    """(d,) the usual distance between neighbouring values of coarse columns of x (n, d), 0 for columns of more than VALUES values."""
    steps = np.zeros(x.shape[1])
    for j, column in enumerate(x.T):
        values = np.unique(column[:FIRST])
        if 1 < len(values) <= VALUES:
            steps[j] = float(np.median(np.diff(values)))
    return steps


def parts(columns: tuple[Encoded, ...]) -> list[slice]:
    """The places of each column's numbers among those of `encode`."""
    widths = [len(c.centre) if isinstance(c.centre, tuple) else 1 for c in columns]
    ends = np.cumsum(widths).tolist()
    return [slice(end - width, end) for width, end in zip(widths, ends, strict=True)]


def random_order(x: np.ndarray) -> np.ndarray:
    """(n,) an order of the rows x (n, d) that depends on what they hold and on nothing else, and is as good as random."""
    along = x @ np.random.default_rng(0).normal(size=x.shape[1])
    return np.argsort(along * 1e4 % 1.0, kind="stable")


def rule(codes: Codes, usable: np.ndarray, group: np.ndarray) -> Condition | None:
    """The one to three items that say best which of the first rows lie in `group` (m,) bool; None where none says it well."""
    items = np.flatnonzero(np.repeat(usable, np.diff(codes.starts)))
    if not len(items) or not group.any():
        return None
    holds = np.array([codes.holds(int(i))[: len(group)] for i in items], dtype=np.float32)
    columns, size = np.repeat(np.arange(len(codes.names)), np.diff(codes.starts))[items], float(group.sum())
    carried: list[tuple[tuple[int, ...], np.ndarray]] = [((), np.ones(len(group), dtype=np.float32))]
    best: tuple[float, tuple[int, ...], float, float] = (0.0, (), 0.0, 0.0)
    for depth in range(TERMS):
        masks = np.array([mask for _, mask in carried])
        rows, hits = masks @ holds.T, (masks * group) @ holds.T
        fit = 2 * hits / (rows + size)
        for at, (chosen, _) in enumerate(carried):
            fit[at, np.isin(columns, columns[list(chosen)])] = 0.0
        order = np.argsort(-fit.round(9), axis=None, kind="stable")[:BEAM]
        places = [divmod(int(i), len(items)) for i in order]
        at, item = places[0]
        if fit[at, item] > best[0] + (BETTER if depth else 0.0):
            best = (float(fit[at, item]), (*carried[at][0], item), float(hits[at, item] / max(rows[at, item], 1)), float(hits[at, item] / size))
        carried = [((*carried[at][0], item), carried[at][1] * holds[item]) for at, item in places if fit[at, item] > 0]
        if not carried:
            break
    _, chosen, precision, recall = best
    if not chosen or min(precision, recall) < FIT:
        return None
    return codes.condition(tuple(sorted(int(items[i]) for i in chosen)))


def _column(rows: Rows, name: str) -> Encoded | None:
    if rows.storage(name) == "text":
        coded = rows.coded(name)
        counts = coded.counts()
        levels = tuple(level for level, n in zip(coded.levels, counts, strict=True) if n)
        if not 2 <= len(levels) <= LEVELS or counts.sum() < PRESENT * rows.n:
            return None
        return Encoded(name, "levels", levels, tuple(float(n) / rows.n for n in counts if n))
    if rows.storage(name) != "number":
        return None
    x = rows[name]
    x = x[~np.isnan(x)]
    if len(x) < max(PRESENT * rows.n, 2) or x.min() == x.max():
        return None
    plain = (x - x.mean()) / x.std()
    how = "log" if x.min() >= 0.0 and float((plain**3).mean()) > SKEWED else "number"
    x = np.log1p(x) if how == "log" else x
    return Encoded(name, how, float(x.mean()), float(x.std())) if x.std() > 0.0 else None


def _block(rows: Rows, column: Encoded) -> np.ndarray:
    """(n, numbers of the column)."""
    if column.how == "levels":
        coded = rows.coded(column.name)
        place = {level: k for k, level in enumerate(tuple(column.centre))}  # type: ignore[arg-type]
        group = np.array([*(place.get(level, -1) for level in coded.levels), -1])[coded.codes]
        shares = np.array(column.scale)
        held = (group[:, None] == np.arange(len(shares))).astype(np.float64)
        return np.where(group[:, None] < 0, 0.0, (held - shares) / np.sqrt(shares))
    x = rows[column.name]
    x = np.log1p(np.maximum(x, 0.0)) if column.how == "log" else x
    return np.clip(np.nan_to_num((x - float(column.centre)) / float(column.scale)), -ENDS, ENDS)[:, None]  # type: ignore[arg-type]


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two columns say nearly the same: the share of the smaller one's spread that the other has."""
    shared = float(((a.T @ b / max(len(a), 1)) ** 2).sum())
    least = min(_spread(a), _spread(b))
    return least > 0.0 and shared >= TWINS * least


def _spread(a: np.ndarray) -> float:
    """The squared size of a column's own covariance: 1 of a number, the levels less one of a category."""
    return float(((a.T @ a / max(len(a), 1)) ** 2).sum()) if math.isfinite(float(a.sum())) else 0.0
