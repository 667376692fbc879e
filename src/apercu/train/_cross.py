"""The loop over members and folds: fits side by side, out-of-fold predictions, calibration, the time limit.

Members are tried in the order of their rank. The folds of one member are fitted side by side, each on one thread, which costs no waiting between
threads and gives the same model on any number of cores. Of a limited time the first fold of a member tells what the others will take, and a
member that would end too late is left out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from ..core.errors import EmptyTable
from ..core.goal import Goal
from ..core.model import CrossFitted, Learner, Member, Model
from ..core.progress import remark, report
from ..core.rows import MEDIA, Rows
from ..core.split import Split
from . import Options, _board
from ._calibrate import calibrated
from ._columns import media_of, plain, screened, typed, usable, weights_of
from ._select import stable, told

__all__ = ["Clock", "Part", "Table", "crossed", "joined", "losses", "table_of"]

T = TypeVar("T")
WATCHED: Final = 0.15  # share of a fold's training rows that is held out for early stopping
WATCHED_LARGE: Final = 0.07  # the same where rows are many
LARGE: Final = 10_000  # rows
SLICES: Final = 1_000  # in which watched rows are told off
DONE: Final = 0.95  # of a time limit: what follows the fits wants some of it as well


class Part(NamedTuple):
    """The rows of one fold: `inner` are fitted on, `watch` is held out of them for early stopping, `own` is predicted. `_at`: their places."""

    inner: Rows
    watch: Rows
    own: Rows
    inner_at: np.ndarray
    watch_at: np.ndarray
    own_at: np.ndarray


class Table(NamedTuple):
    """What every fit shares. rows: typed, with the columns, the target and the weight; target (n,); weights (n,) or None; parts: by fold; blocks (n,)
    int of rows that resemble one another, or None; pool: rows without a target, or None.
    """

    rows: Rows
    goal: Goal
    columns: tuple[str, ...]
    target: np.ndarray
    weights: np.ndarray | None
    folds: np.ndarray
    parts: tuple[Part, ...]
    blocks: np.ndarray | None = None
    pool: Rows | None = None

    @property
    def k(self) -> int:
        """How many folds there are."""
        return len(self.parts)

    @property
    def known(self) -> np.ndarray:
        """(n,) bool: rows with a target."""
        return ~np.isnan(self.target)

    @property
    def cells(self) -> int:
        """Numbers in the matrices of all folds."""
        return self.rows.n * len(self.columns) * self.k


class Clock:
    """The time limit, and the reports of what is tried and how many of `total` fits are done."""

    def __init__(self, minutes: float | None, total: int) -> None:
        self.begun = time.monotonic()
        self.end = None if minutes is None else self.begun + 60.0 * minutes * DONE
        self.done, self.total, self.best = 0, total, ""
        report("train", 0, total)

    def past(self, seconds: float = 0.0) -> bool:
        """Whether work of so many seconds would end too late."""
        return self.end is not None and time.monotonic() + seconds > self.end

    def tries(self, name: str) -> None:
        """Says what is tried, how many fits are left and what the best is so far."""
        remark("train", f"{name}; {self.total - self.done} fits left" + (f"; best so far: {self.best}" if self.best else ""))

    def tick(self, fits: int = 1) -> None:
        """So many fits are done, or will not be made."""
        self.done = min(self.done + fits, self.total)
        report("train", self.done, self.total)

    def finish(self) -> None:
        """All is done, skipped fits included."""
        if self.done < self.total:
            self.tick(self.total - self.done)


def table_of(split: Split, options: Options) -> Table:
    """The rows of every fold. Raises EmptyTable when no column may be learned from."""
    goal = split.goal
    assert goal is not None
    columns = usable(split.data.schema, goal)
    if not columns:
        raise EmptyTable(
            f"at least one column besides the target {goal.target!r} is needed to learn from; every other is an id, a constant, a leak or left out. "
            "Say which to use with --role column=feature."
        )
    names = tuple(c.name for c in columns)
    extra = (goal.target,) if goal.weight is None else (goal.target, goal.weight)
    rows = typed(split.rows.only((*names, *extra)), columns)
    target = goal.coded(split.rows)
    trained = ~np.isnan(target) & (np.cumsum(~np.isnan(target)) <= options.rows)
    k = int(split.folds.max()) + 1
    parts = []
    for fold in range(k):
        watched = _watched(split, fold, int(trained.sum()))
        masks = (trained & (split.folds != fold), watched, (split.folds == fold) & ~np.isnan(target))
        parts.append(_part(rows, goal, masks, int(options.columns), select=options.select))
    if options.select:
        remark("train", told([len(part.inner) - len(extra) for part in parts], len(names)))
    unknown = np.flatnonzero(np.isnan(target))[: options.rows]
    pool = rows.only(names).take(unknown) if len(unknown) else None
    return Table(rows, goal, names, target, weights_of(rows, goal), split.folds, tuple(parts), split.blocks, pool)


def _part(rows: Rows, goal: Goal, masks: tuple[np.ndarray, np.ndarray, np.ndarray], most: int, *, select: bool = False) -> Part:
    """masks: rows that may be fitted on, rows that are watched, rows of the fold itself. Columns are selected, and wide tables screened, on the
    fitted rows alone.
    """
    trained, watched, own = masks
    inner, watch = np.flatnonzero(trained & ~watched), np.flatnonzero(trained & watched)
    if len(inner) < len(watch) or len(inner) == 0:  # a few large blocks may all be watched
        inner, watch = np.concatenate([inner, watch]), watch[:0]
    names = tuple(name for name in rows if name not in (goal.target, goal.weight))
    extra = (goal.target,) if goal.weight is None else (goal.target, goal.weight)
    fitted = rows.take(inner)
    if select:
        media = media_of(rows.only(names), MEDIA)
        kept = {*media, *stable(fitted, goal, tuple(name for name in names if name not in media))}
        names = tuple(name for name in names if name in kept)
    chosen = rows.only((*screened(fitted, goal, names, most), *extra))
    held = np.flatnonzero(own)
    return Part(chosen.take(inner), chosen.take(watch), chosen.take(held), inner, watch, held)


def _watched(split: Split, fold: int, n: int) -> np.ndarray:
    """(n,) bool: a part of the rows, by the hash of the row, or whole blocks where rows come in blocks; another part in every fold, so that
    each row is fitted on by most folds. No order of rows changes it.
    """
    share = WATCHED_LARGE if n >= LARGE else WATCHED
    if split.blocks is None:
        width = int(SLICES * share)
        place = (split.rows["_key"].astype(np.int64) // 1_021) % SLICES
        return (place - fold * width) % SLICES < width
    names = np.unique(split.blocks)
    chosen = np.random.default_rng((split.seed, fold)).permutation(names)[: max(1, round(share * len(names)))]
    return np.isin(split.blocks, chosen)


def crossed(member: Member, table: Table, clock: Clock, *, always: bool = False) -> list[Model] | None:
    """One model per fold, or None where they would not be ready in time. `always`: the member is finished whatever it takes."""
    if clock.past() and not always:
        clock.tick(table.k)
        return None
    clock.tries(member.name)
    workers = min(os.cpu_count() or 1, table.k)
    fit = _fit(member, table, clock)
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers) as pool:
        if clock.end is None:
            return _spread(pool, fit, range(table.k))
        begun = time.monotonic()
        models = [fit(0)]
        rounds = -(-(table.k - 1) // workers)
        for at in range(1, table.k, workers):
            seconds = (time.monotonic() - begun) / (1 if at == 1 else 1 + (at - 1) / workers)
            if not always and clock.past(seconds * rounds):
                clock.tick(table.k - at)
                return None
            models += _spread(pool, fit, range(at, min(at + workers, table.k)))
            rounds -= 1
        return models


def _fit(member: Member, table: Table, clock: Clock) -> Callable[[int], Model]:
    learner = member.learner

    def fit(fold: int) -> Model:
        part = table.parts[fold]
        inner, watch = (part.inner, part.watch) if getattr(learner, "media", ()) else (plain(part.inner), plain(part.watch))
        with _board.named(f"{member.name}, fold {fold + 1}"):
            model = learner.fit(inner, table.goal, watch, **_asked(learner, table, part))
        clock.tick()
        return model

    return fit


def _asked(learner: Learner, table: Table, part: Part) -> dict[str, Any]:
    """What a family is handed besides rows (see core/model); every fold gets the very same pool."""
    blocks = table.blocks
    known = {"pool": table.pool, "together": None if blocks is None else blocks[np.concatenate([part.inner_at, part.watch_at])]}
    return {name: known[name] for name in getattr(learner, "asks", ())}


def _spread(pool: ThreadPoolExecutor, work: Callable[[int], T], folds: Sequence[int]) -> list[T]:
    """The work of each fold, side by side; what the context holds (listeners, shared encodings) is known there."""
    return [f.result() for f in [pool.submit(copy_context().run, work, fold) for fold in folds]]


def joined(name: str, models: Sequence[Model], table: Table, out: np.ndarray | None = None, *, calibrate: bool) -> CrossFitted:
    """The folds' models as one, with what each says of the rows that it never saw (`out`, uncalibrated, where that is known already)."""
    numeric = table.goal.task == "numeric"
    if out is None:
        out = np.full(len(table.target) if numeric else (len(table.target), len(table.goal.classes)), np.nan)
        for model, part in zip(models, table.parts, strict=True):
            if part.own.n:
                out[part.own_at] = model.predict(part.own)
    scale, shift, bend = 1.0, 0.0, 0.0
    if calibrate and not numeric:
        out, scale, shift, bend = calibrated(table.target, out, table.folds, table.weights)
    return CrossFitted(name, table.goal, table.columns, tuple(models), out, _by_fold(table, out), scale, shift, bend)


def losses(table: Table, out: np.ndarray) -> np.ndarray:
    """(n,) the loss of each row, squared error or log loss; NaN where the target is missing."""
    known, each = table.known, np.full(len(table.target), np.nan)
    if table.goal.task == "numeric":
        each[known] = (table.target[known] - out[known]) ** 2
    else:
        each[known] = -np.log(np.clip(out[known, table.target[known].astype(int)], 1e-15, 1.0))
    return each


def _by_fold(table: Table, out: np.ndarray) -> np.ndarray:
    """(k,) mean out-of-fold loss of each fold; NaN for a fold without a known target."""
    each, known = losses(table, out), table.known
    weight = np.ones(len(known)) if table.weights is None else table.weights
    found = np.full(table.k, np.nan)
    for fold in range(table.k):
        where = known & (table.folds == fold)
        if weight[where].sum() > 0:
            found[fold] = np.average(each[where], weights=weight[where])
    return found
