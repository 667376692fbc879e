"""Cases: rows that are typical of each class, and the rows of the table that are most like a given one in the model's eyes.

Two rows are alike where the model treats them alike: near in the space of contributions, where a column that moves nothing counts nothing and one
log-odds of any column is worth one of any other. A prototype is the row of its kind (a class as it truly is, or the lower, middle and upper third of
predicted numbers) from which the others of its kind are least far, a medoid (Kaufman & Rousseeuw 1990); the second is the one that helps most
beside it. What it does *not* say: why a case ended as it did; a like case is no proof.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.explanation import Prototype
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.split import Split
from ._sample import Sample
from .reasons import shown, wanted_part

__all__ = ["Case", "nearest", "prototypes"]

CLASSES: Final = 5  # that get prototypes, the most frequent
EACH: Final = 2  # prototypes of a kind
COMPARED: Final = 400  # rows of a kind that may be its prototype
VALUES: Final = 5  # columns that a prototype is described by
LEAST: Final = 10  # rows of a kind below which it has no prototype
THIRDS: Final = ("low", "middle", "high")


@dataclass(frozen=True)
class Case:
    """A row of the table that is like another.

    row: its number in the source, from 1; distance: in log-odds or the target's unit; truth: its target.
    """

    row: int
    distance: float
    prediction: float
    truth: str | float


def prototypes(sample: Sample) -> tuple[Prototype, ...]:
    """At most EACH prototypes of each kind."""
    parts, made = sample.parts, []
    top = np.argsort(-np.abs(parts).mean(axis=0), kind="stable") if sample.n else np.zeros(0, int)
    names = [name for name in (sample.names[i] for i in top) if name in sample.rows][:VALUES]
    for level, where in _kinds(sample):
        own = where[:COMPARED]
        square = (parts[own] ** 2).sum(axis=1)
        distance = np.sqrt(np.maximum(square[:, None] + square - 2.0 * parts[own] @ parts[own].T, 0.0))
        chosen = _medoids(distance)
        nearest_to = distance[:, chosen].argmin(axis=1)
        for i, place in enumerate(chosen):
            row = int(own[place])
            one = sample.rows.take(np.array([row]))
            values = tuple((name, shown(one, name)) for name in names)
            made.append(Prototype(level, _number(sample.rows, row), float(sample.predicted[row]), float(np.mean(nearest_to == i)), values))
    return tuple(made)


def nearest(model: CrossFitted, split: Split, rows: Rows, index: int, most: int = 5, compared: int = 2_000) -> list[Case]:
    """The rows of the table that the model treats most like row `index` of `rows`, the nearest first; each told by its own fold's model.

    compared: rows of the table that are looked at, the first by hash. Raises IndexError for a row that is not there.
    """
    if not -rows.n <= index < rows.n:
        raise IndexError(f"expected a row from 0 to {rows.n - 1}, got {index}")
    sample = Sample.of(model, split, compared)
    own = wanted_part(model, *model.contributions(rows.take(np.array([index % rows.n]))))[0]
    distance = np.sqrt(((sample.parts - own) ** 2).sum(axis=1))
    return [
        Case(_number(sample.rows, int(i)), float(distance[i]), float(sample.predicted[i]), _truth(sample, int(i)))
        for i in np.argsort(distance, kind="stable")[:most]
    ]


def _kinds(sample: Sample) -> list[tuple[str, np.ndarray]]:
    """(word, places) of each kind of row: classes, rows that the model puts right before others; or thirds of the predicted numbers."""
    if sample.goal.task == "numeric":
        cuts = np.quantile(sample.predicted, [1 / 3, 2 / 3]) if sample.n else np.zeros(2)
        place = np.digitize(sample.predicted, cuts)
        found = [(word, np.flatnonzero(place == i)) for i, word in enumerate(THIRDS)]
    else:
        counts = np.bincount(sample.truth.astype(int), minlength=len(sample.goal.classes))
        often = sorted(np.argsort(-counts, kind="stable")[:CLASSES].tolist())
        out = sample.model.out_of_fold[sample.where]
        right = out.argmax(axis=1) == sample.truth
        found = []
        for code in often:
            own = sample.truth == code
            found.append((sample.goal.classes[code], np.flatnonzero(own & right if (own & right).sum() >= LEAST else own)))
    return [(word, where) for word, where in found if len(where) >= LEAST]


def _medoids(distance: np.ndarray) -> list[int]:
    """The row nearest to all, then the one that shortens the ways to the nearest of both most; one alone where all are the same."""
    chosen = [int(distance.sum(axis=0).argmin())]
    while len(chosen) < EACH:
        reach = distance[:, chosen].min(axis=1)
        gain = np.maximum(reach[:, None] - distance, 0.0).sum(axis=0)
        if gain.max() <= 1e-12:
            break
        chosen.append(int(gain.argmax()))
    return chosen


def _number(rows: Rows, place: int) -> int:
    return int(rows["_row"][place]) if "_row" in rows else place + 1


def _truth(sample: Sample, place: int) -> str | float:
    value = sample.truth[place]
    return sample.goal.classes[int(value)] if sample.goal.task != "numeric" and not math.isnan(value) else float(value)
