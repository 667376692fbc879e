"""Survival analysis of a table: how long until something happens, to whom it happens first, and which columns tell.

    told = analysed(data, "tenure", "Churn")
    print(told.say())              # Churn = “Yes” happened to 1,869 of 7,043 rows; ... half of all rows have it by tenure ...
    told.at_risk[0]                # the row without the event whose chance of it in the next `horizon` is highest

The curve of all rows is Kaplan & Meier's (1958) with log-log intervals, the model that of `survival`; what is told of single rows, of thirds by
predicted risk and of columns is out of fold: said by a model that did not see the row. Concordance (Harrell 1982) is the share of pairs that the
risk puts in the right order. A column is weighed by the concordance that shuffling it costs. Both, and the Brier score, have intervals by drawing
the rows of each fold again, whole entities where these have several rows; the bands of curves take rows for independent. Columns that hold the
duration itself (a total paid so far) are left out, and named. What it does not do: competing events, rows that come in late, causes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..core.dataset import Dataset
from ..core.errors import UnusableTarget
from ..core.rows import Rows, encoded
from ..core.survival import AtRisk, Cohort, Group, Standing, SurvivalAnalysis, Teller
from ..words.numbers import plain

if TYPE_CHECKING:
    from ..stats.hazards import Survivors
    from .survival import Crossed, Survival

__all__ = ["analysed"]

FOLDS: Final = 5
RESAMPLES: Final = 200
STEPS: Final = 400  # of the time axis, between which curves of rows are straight, and at most of a curve that is told
CHUNK: Final = 20_000  # rows whose curves are in memory at once
SHUFFLED: Final = 4_000  # rows that columns are weighed on
TOLD: Final = 8  # columns at most
GIVES_AWAY: Final = 0.8  # rank correlation with the duration from which a number holds it
WORDLESS: Final = ("image", "series", "text")
LEVELLED: Final = ("category", "flag", "place", "entity")
LEAST: Final = 30  # rows of a group that is told
ROUND: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


_Draws = dict[int, tuple[np.ndarray, np.ndarray]]  # by fold: (places of its rows (m,), how often each is drawn (RESAMPLES, m))


class _Seen(NamedTuple):
    """The rows that were judged: their time, event and fold, each (n,), and the number of their entity (n,), None where each stands alone."""

    rows: Rows
    time: np.ndarray
    event: np.ndarray
    fold: np.ndarray
    entity: np.ndarray | None

    def take(self, where: np.ndarray) -> _Seen:
        """Some of the rows."""
        own = (self.time[where], self.event[where], self.fold[where])
        return _Seen(self.rows.take(where), *own, None if self.entity is None else self.entity[where])


def analysed(
    data: Dataset, duration: str, event: str, *, happened: str = "", columns: Sequence[str] = (), horizon: float | None = None
) -> SurvivalAnalysis:
    """The analysis of a table with a row per subject, followed for `duration` until `event`.

    happened: the level that says so, by default the one that reads as yes. columns: what is known of a row from the start, by default the table's
    features but those that give the duration away. horizon: how far ahead is told, in the duration's unit.

    Raises UnknownName for a column that is not there, UnusableTarget for a duration that is no number, EmptyTable where events are too few.
    """
    from ..stats.hazards import survivors
    from . import survival

    for name in (duration, event, *columns):
        data.schema.column(name)
    rows = data.rows()
    if rows.storage(duration) != "number":
        raise UnusableTarget(f"the duration {duration!r} must be a column of numbers, such as months followed; it holds {rows.storage(duration)}s.")
    names, left_out = (tuple(columns), ()) if columns else _columns(data, rows, duration, event)
    rows = _levelled(data, rows)
    entity = _entities(data, rows)
    told, held = survival.crossed(rows, duration, event, names, happened, None if entity is None else _dealt(entity))
    seen = _Seen(rows.take(held.where), held.time, held.event, held.fold, None if entity is None else entity[held.where])
    made_by = next(name for name, kind in survival.KINDS.items() if isinstance(told.model, kind))
    models = _models(told, held, made_by)
    horizon = horizon or _rounded(told.last / 6.0)
    band, draws = survivors(seen.time, seen.event), _drawn(seen)
    errors, alike = held.errors[made_by], held.errors[survival.ALIKE]
    return SurvivalAnalysis(
        source=data.source,
        duration=duration,
        event=event,
        happened=told.happened,
        n=seen.rows.n,
        events=int((seen.event > 0).sum()),
        horizon=float(horizon),
        last=told.last,
        median=_median(band),
        curve=_curve(band),
        made_by=made_by,
        concordance=_concordance(models, seen, draws),
        brier=_mean(errors, told.scores[made_by].brier, draws),
        gain=_mean(alike - errors, told.scores[survival.ALIKE].brier - told.scores[made_by].brier, draws),
        thirds=_thirds(_shares(models, seen, np.full((seen.rows.n, 1), horizon))[:, 0], seen, horizon),
        tellers=_tellers(models, seen, horizon),
        at_risk=_at_risk(_ahead(told, held, models, seen, horizon), seen, horizon),
        left_out=left_out,
        model=told,
    )


def _columns(data: Dataset, rows: Rows, duration: str, event: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the columns to learn from, those that hold the duration)."""
    from scipy.stats import rankdata

    names = [c.name for c in data.schema.features() if c.name not in (duration, event) and c.kind not in WORDLESS]
    gone = []
    for name in names:
        if rows.storage(name) == "number":
            both = ~np.isnan(rows[name]) & ~np.isnan(rows[duration])
            x, y = rows[name][both], rows[duration][both]
            if len(x) >= LEAST and np.ptp(x) > 0 and np.ptp(y) > 0 and abs(np.corrcoef(rankdata(x), rankdata(y))[0, 1]) >= GIVES_AWAY:
                gone.append(name)
    return tuple(name for name in names if name not in gone), tuple(gone)


def _levelled(data: Dataset, rows: Rows) -> Rows:
    """The same rows in which categories that are stored as numbers are text."""
    coded = [c.name for c in data.schema if c.kind in LEVELLED and c.kind != "flag" and c.name in rows and rows.storage(c.name) == "number"]
    text = {name: np.array([None if math.isnan(v) else f"{v:g}" for v in rows[name].tolist()], dtype=object) for name in coded}
    return rows.plus({name: encoded(values) for name, values in text.items()})


def _entities(data: Dataset, rows: Rows) -> np.ndarray | None:
    """(n,) the number of each row's entity, -1 where it has none, or None where the table names no entity."""
    group = next((c.name for c in data.schema.with_role("group") if c.name in rows), None)
    if group is None:
        return None
    return rows.coded(group).codes if rows.storage(group) == "text" else np.unique(rows[group], return_inverse=True)[1]


def _dealt(entity: np.ndarray) -> np.ndarray:
    """(n,) the fold of each row: all rows of an entity in one."""
    return np.random.default_rng(1).permutation(int(entity.max(initial=0)) + 2)[entity + 1] % FOLDS


def _models(told: Survival, held: Crossed, kind: str) -> dict[int, Survival]:
    """{fold: the model of a kind that did not see it}; where the other folds have no event, the model of all rows."""
    own = held.models[kind]
    return {fold: replace(told, model=own.get(fold, told.model)) for fold in np.unique(held.fold).tolist()}


def _drawn(seen: _Seen) -> _Draws:
    """The rows of each fold drawn again, those of an entity together."""
    rng = np.random.default_rng(1)
    made: _Draws = {}
    for k in np.unique(seen.fold).tolist():
        own = np.flatnonzero(seen.fold == k)
        unit = np.arange(len(own)) if seen.entity is None else np.unique(seen.entity[own], return_inverse=True)[1]
        units = int(unit.max()) + 1
        counts = np.stack([np.bincount(rng.integers(0, units, units), minlength=units).astype(np.uint16) for _ in range(RESAMPLES)])
        made[k] = own, counts[:, unit]
    return made


def _ends(draws: np.ndarray) -> tuple[float, float]:
    return float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975))


def _mean(x: np.ndarray, value: float, draws: _Draws) -> tuple[float, float, float]:
    """(value, low, high) of a mean over rows (n,)."""
    total, size = np.zeros(RESAMPLES), np.zeros(RESAMPLES)
    for own, counts in draws.values():
        total, size = total + counts @ x[own], size + counts.sum(axis=1)
    low, high = _ends(total / size)
    return value, low, high


def _curve(band: Survivors) -> tuple[Standing, ...]:
    """At most STEPS moments of a curve."""
    kept = np.unique(np.linspace(0, len(band.times) - 1, min(len(band.times), STEPS)).astype(int))
    values = zip(*(part[kept].tolist() for part in band), strict=True)
    return tuple(Standing(time, share, low, high, at_risk) for time, share, low, high, at_risk in values)


def _median(band: Survivors) -> tuple[float | None, float | None, float | None]:
    """The first time at which half have it, and where the band's ends cross one half (Brookmeyer & Crowley 1982)."""
    middle, low, high = (_first(band.times, part) for part in (band.share, band.low, band.high))
    return (None, low, None) if middle is None else (middle, low, high)


def _first(times: np.ndarray, shares: np.ndarray) -> float | None:
    """The first time from which no more than half are left."""
    below = times[shares <= 0.5]
    return float(below[0]) if len(below) else None


def _concordance(models: Mapping[int, Survival], seen: _Seen, draws: _Draws) -> tuple[float, float, float]:
    """(value, low, high): the mean over folds, since risks of two fits cannot be compared."""
    risks = {k: model.risk(seen.rows.take(draws[k][0])) for k, model in models.items()}
    if math.isnan(value := _ordered(risks, seen, draws)):
        return 0.5, 0.0, 1.0
    low, high = _ends(_ordered_again(risks, seen, draws))
    return value, low, high


def _ordered(risks: Mapping[int, np.ndarray], seen: _Seen, draws: _Draws) -> float:
    """The mean concordance of the folds, weighed by their rows; NaN where no pair is known."""
    from ..stats.hazards import concordance

    made = [(concordance(seen.time[own], seen.event[own], risks[k]), len(own)) for k, (own, _) in draws.items()]
    known = [(value, n) for value, n in made if not math.isnan(value)]
    return float(np.average([value for value, _ in known], weights=[n for _, n in known])) if known else math.nan


def _ordered_again(risks: Mapping[int, np.ndarray], seen: _Seen, draws: _Draws) -> np.ndarray:
    """(RESAMPLES,) the same of the rows drawn again; a fold whose draw has no pair counts as it does whole."""
    from ..stats.hazards import concordance, concordances

    made: list[tuple[np.ndarray, int]] = []
    for k, (own, counts) in draws.items():
        known = (seen.time[own], seen.event[own], risks[k])
        if not math.isnan(value := concordance(*known)):
            made.append((np.nan_to_num(concordances(*known, counts), nan=value), len(own)))
    return np.average(np.stack([values for values, _ in made]), axis=0, weights=[n for _, n in made])


def _after(seen: _Seen, where: np.ndarray, horizon: float) -> tuple[tuple[float, float, float], float | None]:
    """((share without the event after the horizon, low, high), median) of some rows."""
    from ..stats.hazards import survivors

    band = survivors(seen.time[where], seen.event[where])
    at = int(np.searchsorted(band.times, horizon, side="right")) - 1
    ends = (float(band.share[at]), float(band.low[at]), float(band.high[at])) if at >= 0 else (1.0, 1.0, 1.0)
    return ends, _first(band.times, band.share)


def _thirds(foretold: np.ndarray, seen: _Seen, horizon: float) -> tuple[Cohort, ...]:
    """High, middle and low risk by what was foretold, each with what came."""
    cuts = np.unique(np.quantile(foretold, [1 / 3, 2 / 3]))
    place = np.searchsorted(cuts, foretold, side="right")
    names = ("high", "middle", "low") if len(cuts) == 2 else ("high", "low")[: len(cuts) + 1]
    made = []
    for i, name in enumerate(names):
        own = np.flatnonzero(place == i)
        if len(own):
            ends, median = _after(seen, own, horizon)
            made.append(Cohort(name, len(own), int((seen.event[own] > 0).sum()), float(foretold[own].mean()), *ends, median))
    return tuple(made)


def _tellers(models: Mapping[int, Survival], seen: _Seen, horizon: float) -> tuple[Teller, ...]:
    """The columns whose shuffling costs concordance, beyond what drawing rows again makes of it, the dearest first."""
    rng = np.random.default_rng(2)
    looked = seen.take(np.sort(np.random.default_rng(2).permutation(seen.rows.n)[:SHUFFLED]))
    draws, names = _drawn(looked), next(iter(models.values())).model.columns
    plainly: dict[int, np.ndarray] = {}
    mixed: dict[str, dict[int, np.ndarray]] = {name: {} for name in names}
    for k, (own, _) in draws.items():
        held = looked.rows.only(names).take(own)
        plainly[k] = models[k].risk(held)
        for name in names:
            mixed[name][k] = models[k].risk(held.plus(held.only((name,)).take(rng.permutation(held.n))._columns))
    value = _ordered(plainly, looked, draws)
    cost = {name: value - _ordered(mixed[name], looked, draws) for name in names}
    dear = sorted((name for name in names if cost[name] > 0), key=lambda name: -cost[name])[:TOLD]
    again = _ordered_again(plainly, looked, draws) if dear else np.zeros(0)
    found: list[Teller] = []
    for name in dear:
        low, high = _ends(again - _ordered_again(mixed[name], looked, draws))
        groups = [Group(word, len(own), *_after(seen, own, horizon)[0]) for word, own in _groups(seen.rows, name) if len(own) >= LEAST]
        if low > 0 and len(groups) > 1:
            worst, best = min(groups, key=lambda g: g.share), max(groups, key=lambda g: g.share)
            found.append(Teller(name, cost[name], low, high, looked.rows.n, worst, best))
    return tuple(found)


def _groups(rows: Rows, name: str) -> list[tuple[str, np.ndarray]]:
    """(word, places) of the levels of a column, or of a number's values up to and above its median (of a day's: before and after)."""
    if rows.storage(name) == "text":
        column = rows.coded(name)
        return [(level, np.flatnonzero(column.codes == i)) for i, level in enumerate(column.levels)]
    values = rows[name]
    there = ~np.isnat(values) if values.dtype.kind == "M" else ~np.isnan(values)
    levels = np.unique(values[there])
    if len(levels) == 2:
        return [(_word(level), np.flatnonzero(values == level)) for level in levels]
    cut = np.sort(values[there])[(np.count_nonzero(there) - 1) // 2] if there.any() else None
    return (
        []
        if cut is None
        else [(f"≤ {_word(cut)}", np.flatnonzero(there & (values <= cut))), (f"> {_word(cut)}", np.flatnonzero(there & (values > cut)))]
    )


def _word(value: Any) -> str:
    return str(value)[:10] if isinstance(value, np.datetime64) else plain(float(value))


def _ahead(told: Survival, held: Crossed, models: Mapping[int, Survival], seen: _Seen, horizon: float) -> Mapping[int, Survival]:
    """The models that say what comes next to rows that have come some way: stretches of time, whose effects may change, if they err less there.

    Both are judged by the Brier score of the next `horizon` at the quartiles of the time followed (landmarks, van Houwelingen 2007).
    """
    from ..stats.hazards import brier
    from ._hazard import Stretches

    landmarks = [s for s in np.quantile(seen.time, [0.25, 0.5, 0.75]).tolist() if s > 0 and s + horizon <= told.last]
    if isinstance(told.model, Stretches) or not landmarks:
        return models
    other = _models(told, held, "stretches")
    when = np.tile([moment for start in landmarks for moment in (start, start + horizon)], (seen.rows.n, 1))
    lost = []
    for each in (models, other):
        there, total = _shares(each, seen, when), 0.0
        for i, start in enumerate(landmarks):
            own = np.flatnonzero(seen.time > start)
            left = there[own, 2 * i + 1] / np.maximum(there[own, 2 * i], 1e-12)
            after = (seen.time[own] - start, seen.event[own])
            total += brier(*after, left[:, None], np.array([horizon]), after)[1] * len(own)
        lost.append(total)
    return other if lost[1] < lost[0] else models


def _shares(models: Mapping[int, Survival], seen: _Seen, when: np.ndarray) -> np.ndarray:
    """(n, m) the share without the event at each row's own times (n, m), by the model that did not see it."""
    found = np.ones(when.shape)
    for k, model in models.items():
        places = np.flatnonzero(seen.fold == k)
        grid = np.linspace(0.0, model.last, STEPS + 1)
        for part in np.array_split(places, max(1, math.ceil(len(places) / CHUNK))):
            told, place = model.shares(seen.rows.take(part), grid), np.clip(when[part] / max(model.last, 1e-300) * STEPS, 0, STEPS)
            low = np.floor(place).astype(int)
            high, own = np.minimum(low + 1, STEPS), np.arange(len(part))[:, None]
            found[part] = told[own, low] * (1 - place + low) + told[own, high] * (place - low)
    return found


def _at_risk(models: Mapping[int, Survival], seen: _Seen, horizon: float) -> tuple[AtRisk, ...]:
    """Every row without the event, the highest chance first; said by the model that did not see it."""
    places = np.flatnonzero(seen.event == 0)
    waiting = seen.take(places)
    n, time = waiting.rows.n, waiting.time
    numbers = waiting.rows["_row"] if "_row" in waiting.rows else places + 1
    now, then = _shares(models, waiting, np.column_stack([time, time + horizon])).T
    chance = 1.0 - np.divide(then, now, out=np.ones(n), where=now > 0)
    left = np.full(n, np.inf)
    for k, model in models.items():
        own = np.flatnonzero(waiting.fold == k)
        for part in np.array_split(own, max(1, math.ceil(len(own) / CHUNK))):
            left[part] = model.left(waiting.rows.take(part), time[part])
    last = next(iter(models.values())).last if models else 0.0
    made = [
        AtRisk(int(row), float(since), float(c) if since + horizon <= last else None, float(rest) if math.isfinite(rest) else None)
        for row, since, c, rest in zip(numbers, time, chance, left, strict=True)
    ]
    return tuple(sorted(made, key=lambda one: (one.chance is None, -(one.chance or 0.0), one.row)))


def _rounded(value: float) -> float:
    """The nearest round number."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return size * min(ROUND, key=lambda r: abs(math.log(value / size / r)))
