"""How long until it happens: the chance that each row goes without the event until any time, learned from rows some of which it never reached.

    told = survival.fit(rows, "tenure", "Churn", columns, happened="Yes")
    told.shares(rows, [12, 24])     # (n, 2) the chance of still being there after 12 and 24 months
    told.left(rows, rows["tenure"]) # (n,) the median time left to each, who has come this far

Two models are cross-fitted, proportional hazards and boosted trees by stretches of time (see `_hazard`); the one whose out-of-fold curves err less
(integrated Brier score) is fitted once more on all rows. Concordance and Brier score are those out-of-fold ones, beside that of the curve of all
rows alike (Kaplan-Meier); `crossed` hands on the folds' models too. What it does not do: competing events, columns that change with time, rows
that come in under observation late; and a column that holds the duration itself (a total paid so far) tells the future and must be left out by
the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from ..core.errors import EmptyTable, UnusableTarget
from ..core.goal import YES
from ..core.progress import report
from ..core.rows import Rows
from ..stats.hazards import brier, brier_rows, concordance, kaplan_meier, share_at
from ._columns import levels_of, numbers_of
from ._hazard import Cox, Stretches

__all__ = ["ALIKE", "KINDS", "Crossed", "Kept", "Survival", "crossed", "fit"]

FOLDS: Final = 5
GRID: Final = 40  # times at which curves are judged, and at which medians are sought per stretch
LEAST: Final = 10  # events that are needed
KINDS: Final[Mapping[str, type[Cox] | type[Stretches]]] = {"cox": Cox, "stretches": Stretches}
ALIKE: Final = "all alike"  # the curve of all rows, beside which the kinds are scored


class Kept(NamedTuple):
    """How well curves do on rows that they were not learned from: concordance (0.5 is chance, 1 perfect) and integrated Brier score (0 is best)."""

    concordance: float
    brier: float


@dataclass(frozen=True)
class Survival:
    """model: a Cox or Stretches; scores: what each kind, and 'all alike', did out of fold; last: the longest time that was seen."""

    duration: str
    event: str
    happened: str
    model: Cox | Stretches
    scores: Mapping[str, Kept]
    last: float

    def shares(self, rows: Rows, when: Sequence[float] | np.ndarray) -> np.ndarray:
        """(n, m) the chance that it has not happened by each of `when` (m,), in the unit of the duration."""
        return self.model.shares(rows, np.asarray(when, dtype=np.float64))

    def risk(self, rows: Rows) -> np.ndarray:
        """(n,) an order of rows: the higher, the sooner it is expected."""
        return self.model.risk(rows)

    def left(self, rows: Rows, since: np.ndarray | float = 0.0) -> np.ndarray:
        """(n,) the median time still to come for a row without the event after `since`; inf where fewer than half will have it by `last`."""
        since = np.broadcast_to(np.asarray(since, dtype=np.float64), (rows.n,))
        grid = np.linspace(0.0, self.last, 10 * GRID + 1)
        told = self.model.shares(rows, grid)
        now = np.clip(np.nan_to_num(since), 0.0, self.last) / max(self.last, 1e-300) * (len(grid) - 1)
        low = np.floor(now).astype(int)
        high, part = np.minimum(low + 1, len(grid) - 1), now - low
        rows_at = np.arange(rows.n)
        start = told[rows_at, low] * (1 - part) + told[rows_at, high] * part
        below = (told <= 0.5 * start[:, None]) & (grid[None, :] >= since[:, None])
        return np.where(below.any(axis=1), np.maximum(grid[below.argmax(axis=1)] - since, 0.0), np.inf)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes the model's files and returns the rest as JSON."""
        names = {name: getattr(self, name) for name in ("duration", "event", "happened", "last")}
        return {**names, "scores": {name: list(kept) for name, kept in self.scores.items()}, "model": self.model.save(folder)}

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> Survival:
        """Reads what `save` wrote."""
        model = KINDS[card["model"]["model"]].load(folder, card["model"])
        scores = {name: Kept(*pair) for name, pair in card["scores"].items()}
        return Survival(card["duration"], card["event"], card["happened"], model, scores, float(card["last"]))


@dataclass(frozen=True)
class Crossed:
    """What a fit was judged on: the rows at `where` (n,) of its table, their time, event and fold, each (n,).

    models: {kind: {fold: the model that did not see it}}; errors: {kind, or ALIKE: (n,) each row's part of the integrated Brier score}.
    """

    where: np.ndarray
    time: np.ndarray
    event: np.ndarray
    fold: np.ndarray
    models: Mapping[str, Mapping[int, Cox | Stretches]]
    errors: Mapping[str, np.ndarray]


def fit(rows: Rows, duration: str, event: str, columns: Sequence[str], happened: str = "", folds: np.ndarray | None = None) -> Survival:
    """The survival model of rows followed for `duration` until `event`, which is 1 or `happened` where it happened.

    columns: what is known of a row from the start. folds (n,) int: rows of one fold are judged together (of one block, say). Rows without a
    duration or an event are left out. Raises EmptyTable where too few events are left, UnusableTarget for a duration that is no number.
    """
    return crossed(rows, duration, event, columns, happened, folds)[0]


def crossed(
    rows: Rows, duration: str, event: str, columns: Sequence[str], happened: str = "", folds: np.ndarray | None = None
) -> tuple[Survival, Crossed]:
    """As `fit`, with the models of its folds and what they were judged on, so that nothing need be fitted again."""
    time = numbers_of(rows, duration)
    flag, happened = _flag(rows, event, happened)
    names = tuple(name for name in columns if name not in (duration, event))
    known = np.flatnonzero(~np.isnan(time) & ~np.isnan(flag) & (np.nan_to_num(time) >= 0))
    if not len(known) and rows.n:
        raise UnusableTarget(f"the duration {duration!r} must be a number of at least 0; no row has one.")
    if np.count_nonzero(flag[known] > 0) < LEAST or not names:
        raise EmptyTable(
            f"at least {LEAST} rows with the event {event!r} = {happened!r}, and a column, are needed; got {int((flag[known] > 0).sum())}."
        )
    rows, time, flag = rows.only(names).take(known), time[known], flag[known]
    part = np.random.default_rng(1).permutation(len(known)) % FOLDS if folds is None else folds[known]
    when = np.unique(np.quantile(time[flag > 0], np.linspace(0.05, 0.95, GRID)))
    models = _fitted(rows, (time, flag), names, part)
    judged = {name: _kept(own, rows, (time, flag), part, when) for name, own in models.items()}
    times, share = kaplan_meier(time, flag)
    alike = np.tile(share_at(times, share, when), (len(time), 1))
    scores = {name: kept for name, (kept, _) in judged.items()}
    best = min(scores, key=lambda name: scores[name].brier)
    scores[ALIKE] = Kept(0.5, brier(time, flag, alike, when, (time, flag))[1])
    errors = {**{name: own for name, (_, own) in judged.items()}, ALIKE: brier_rows(time, flag, alike, when, (time, flag))}
    told = Survival(duration, event, happened, KINDS[best].fit(rows, time, flag, names), scores, float(time.max()))
    return told, Crossed(known, time, flag, part, models, errors)


def _flag(rows: Rows, event: str, happened: str) -> tuple[np.ndarray, str]:
    """((n,) 1 where it happened, 0 where not, NaN where unknown; its level). A level that reads as yes is found by itself."""
    column = levels_of(rows, event)
    present = [level for level, count in zip(column.levels, column.counts(), strict=True) if count]
    happened = happened or next((level for level in present if YES.match(level)), present[-1] if present else "")
    if len(present) > 1 and happened not in present:
        raise UnusableTarget(f"the event {event!r} has the levels {', '.join(present[:12])}; {happened!r} is none of them.")
    return np.array([*(float(level == happened) for level in column.levels), np.nan])[column.codes], happened


def _fitted(rows: Rows, told: tuple[np.ndarray, np.ndarray], names: tuple[str, ...], folds: np.ndarray) -> dict[str, dict[int, Cox | Stretches]]:
    """{kind: {fold: the model of all other rows}}; a fold without which there is no event has none."""
    time, flag = told
    made: dict[str, dict[int, Cox | Stretches]] = {name: {} for name in KINDS}
    each = [(name, fold) for name in KINDS for fold in np.unique(folds).tolist()]
    for done, (name, fold) in enumerate(each):
        report("train", done, len(each) + 1)
        others = np.flatnonzero(folds != fold)
        if (flag[others] > 0).any():
            made[name][fold] = KINDS[name].fit(rows.take(others), time[others], flag[others], names)
    report("train", len(each), len(each) + 1)
    return made


def _kept(
    models: Mapping[int, Cox | Stretches], rows: Rows, told: tuple[np.ndarray, np.ndarray], folds: np.ndarray, when: np.ndarray
) -> tuple[Kept, np.ndarray]:
    """(concordance and integrated Brier score of a kind, each row's part of the latter), each row judged by the model that did not see it."""
    time, flag = told
    shares, right, weight = np.ones((rows.n, len(when))), 0.0, 0.0
    for fold, model in models.items():
        own = np.flatnonzero(folds == fold)
        held = rows.take(own)
        shares[own] = model.shares(held, when)
        if not np.isnan(one := concordance(time[own], flag[own], model.risk(held))):  # risks of two fits are not comparable
            right, weight = right + one * len(own), weight + len(own)
    score = Kept(right / weight if weight else float("nan"), brier(time, flag, shares, when, told)[1])
    return score, brier_rows(time, flag, shares, when, told)
