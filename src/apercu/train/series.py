"""Forecasts of one series or of thousands, from a long table: the door of this subject.

    forecast(rows, "sold", "day", by=("item", "store"), horizon=28, known=("price", "holiday")).say()
    'The sum of sold over the next 28 days is expected to be 1,240 (90% interval 1,050 to 1,430), 8.0% above the 28 days before; ...'

Members: the seasonal naive rule, the dynamic optimised Theta model (also with the longer of two seasons taken out), ETS, and one global
boosted model on lags over all series; where their packages are there, ARIMA of few series and a recurrent net, which are tried where they take
seconds or are named, and kept unnamed where they did better than Theta in the past. Each forecasts from several past origins; the errors there
give the members' weights, the intervals and the scores that are told. The total is the sum of the series (bottom up), with an interval from its
own past errors. What it does *not* do: reconcile levels of a hierarchy, or causes: a known column helps, it is not proved to act.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from ..core.dataset import Dataset, Note
from ..core.forecast import Accuracy, Forecast, Path, Span
from ..core.options import checked, option
from ..core.progress import report
from ..core.rows import Rows
from . import _arima, _rnn
from ._backtest import Trial, half_widths, scales, spread, weighed
from ._extra import brought
from ._lags import ROUNDS, WINDOW, Lags, Moments, moments_of, weighted
from ._panel import Panel

__all__ = ["Options", "forecast"]

FOLDS: Final = 6  # groups of origins, each judged by weights and widths of the others
REFITS: Final = (2, 4)  # boosted models of past origins: of many series, of few
SMALL: Final = 20_000  # values of a panel up to which there are the more of them
COMPARED: Final = 4  # origins that every member must share, else the members that lack some are left out
CHUNK: Final = 64  # series that a thread takes at once
ETS_SEASON: Final = 48  # longest season that is smoothed
BOOSTED: Final = "boosted corrections", "boosted lags"
PACKAGES: Final = {"arima": "statsforecast", "rnn": "torch"}  # that members need which are not always tried


@dataclass(frozen=True)
class Options:
    """What may be asked of a forecast."""

    coverage: float = option(0.9, "share of the values that shall lie inside the intervals", legal=(0.5, 0.99))
    members: tuple[str, ...] = option((), "members to try besides those that always are, however long it takes", legal=tuple(PACKAGES))


@dataclass(frozen=True)
class _Members:
    """values (members, tasks, horizon): what each member says from each task: the future of every series, then every origin."""

    names: tuple[str, ...]
    values: np.ndarray


def forecast(
    data: Dataset | Rows | Mapping[str, Iterable[Any]],
    target: str,
    time: str,
    by: tuple[str, ...] | str = (),
    horizon: int | None = None,
    known: tuple[str, ...] | str = (),
    options: Options = Options(),
) -> Forecast:
    """What the target will be in each of the next steps, for each series of the table (the distinct values of `by`) and in total.

    time: a column of moments or whole numbers; the step is found. horizon: steps ahead; by default those for which there are rows
    without a target, else what the step suggests. known: columns whose future is in such rows. The same rows give the same forecast.
    Raises WordsError and InputError, each in one sentence.
    """
    for name in checked(options).members:
        brought(PACKAGES[name])
    by, known = ((names,) if isinstance(names, str) else tuple(names) for names in (by, known))
    rows = data.rows(tuple(dict.fromkeys((time, target, *by, *known)))) if isinstance(data, Dataset) else data
    rows = rows if isinstance(rows, Rows) else Rows.of(rows)
    panel, notes = Panel.read(rows, target, time, by, known, horizon)
    trial = Trial.of(panel)
    trial, members = _comparable(panel, trial, _members(panel, trial, options.members))
    for name in (name for name in options.members if name not in members.names):
        en, zh = f"{name}: the history is too short for it; it was left out.", f"{name}：历史太短，未使用。"
        notes.append(Note("forecast", target, {"en": en, "zh": zh}, 0))
    judged = _judged(panel, trial, members, options.coverage)
    late = panel.first + panel.sizes
    if (behind := int(np.sum(late < late.max()))) and panel.count > 1:
        en, zh = (
            f"{behind:,} of {panel.count:,} series end before the others; each is forecast from its own end.",
            f"{behind:,} 个序列提前结束；各自从其末尾开始预测。",
        )
        notes.append(Note("forecast", time, {"en": en, "zh": zh}, behind))
    numbered = tuple(Note(n.step, n.column, n.what, n.rows, n.expression, f"forecast-{k}") for k, n in enumerate(notes, 1))
    return _told(panel, judged, (target, time, by, options.coverage, len(trial.cuts)), numbered)


def _members(panel: Panel, trial: Trial, asked: tuple[str, ...]) -> _Members:
    """What every member says of the future and from the origins of the trial; asked: members by name that need a package."""
    from ..stats import smoothing

    series, known = _tasks(panel, trial)
    season = panel.seasons[0] if panel.seasons else 1
    total = 12.0
    report("forecast", 0, total)
    simple = _simple(panel, series, known)
    made = dict(simple)
    report("forecast", 1, total)
    made["ets"] = _each(panel, series, known, smoothing.ets, (season if season <= ETS_SEASON else 1, panel.horizon))
    report("forecast", 3, total)
    learned, tasks = _grounds(panel, (series, known, np.stack([made[name] for name in simple])))
    made |= _boosted(panel, trial, learned, tasks)
    made |= _besides(panel, trial, (learned, tasks, made["theta"]), asked)
    report("forecast", total, total)
    return _Members(tuple(made), np.stack(list(made.values())))


def _comparable(panel: Panel, trial: Trial, members: _Members) -> tuple[Trial, _Members]:
    """The origins from which every member could forecast; where those are fewer than COMPARED, all origins, and only the members that could."""
    made = members.values.reshape(len(members.names), len(trial.cuts) + 1, panel.count, panel.horizon)
    able = [[bool(np.isfinite(one).all()) for one in member] for member in made]
    common = np.array([all(column) for column in zip(*able, strict=True)])
    if common[0] and np.count_nonzero(common[1:]) >= min(COMPARED, len(trial.cuts)):
        kept = Trial(trial.cuts[common[1:]], trial.stride, trial.valid[common[1:]])
        return kept, _Members(members.names, members.values[:, np.repeat(common, panel.count)])
    whole = [j for j, known in enumerate(able) if all(known)]
    return trial, _Members(tuple(members.names[j] for j in whole), members.values[whole])


def _tasks(panel: Panel, trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    """(series, known values) of the future of every series, then of every origin; an origin that a series is too short for keeps one value."""
    cuts = np.concatenate([[0], trial.cuts])
    known = np.maximum(panel.sizes[None, :] - cuts[:, None], 1).ravel()
    return np.tile(np.arange(panel.count), len(cuts)), known


def _each(panel: Panel, series: np.ndarray, known: np.ndarray, model: Any, settings: tuple[int, ...]) -> np.ndarray:
    """(tasks, horizon) of a compiled model of (values, starts, ends, *settings), over threads."""
    ends = panel.starts[series] + known
    starts = np.maximum(panel.starts[series], ends - WINDOW)

    def of(part: np.ndarray) -> np.ndarray:
        return model(panel.values, starts[part], ends[part], *settings)

    parts = np.array_split(np.arange(len(series)), max(1, len(series) // CHUNK))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return np.concatenate(list(pool.map(of, parts)))


def _naive(panel: Panel, series: np.ndarray, known: np.ndarray, season: int) -> np.ndarray:
    step = np.arange(1, panel.horizon + 1)
    lag = np.where(known >= season, season, 1)[:, None]
    back = known[:, None] + step[None, :] - 1 - lag * -(-step[None, :] // lag)
    return panel.values[panel.starts[series][:, None] + np.maximum(back, 0)]


def _actual(panel: Panel, series: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(tasks, horizon) what came; NaN after the end."""
    at = known[:, None] + np.arange(panel.horizon)[None, :]
    fine = at < panel.sizes[series][:, None]
    return np.where(fine, panel.values[panel.starts[series][:, None] + np.where(fine, at, 0)], np.nan)


def _simple(panel: Panel, series: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    """{member: (tasks, horizon)} of the cheap members."""
    from ..stats import smoothing

    season = panel.seasons[0] if panel.seasons else 1
    made = {"seasonal naive" if season > 1 else "naive": _naive(panel, series, known, season)}
    made["theta"] = _each(panel, series, known, smoothing.theta, (season, panel.horizon, 0))
    if len(panel.seasons) > 1:
        longer = panel.seasons[1]
        made["long naive"] = _naive(panel, series, known, longer)
        made["long theta"] = _each(panel, series, known, smoothing.theta, (season, panel.horizon, longer))
    return made


def _grounds(panel: Panel, asked: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[Moments, Moments]:
    """(moments of the past to learn from, the asked tasks), each with what simple members say there and the weights that they earned by then."""
    season = panel.seasons[0] if panel.seasons else 1
    series, known = moments_of(panel, 2 * season if int(np.median(panel.sizes)) >= 4 * season else season + 1)
    told = (series, known, np.stack(list(_simple(panel, series, known).values())) if len(series) else asked[2][:, :0])
    return weighted(panel, told, told), weighted(panel, told, asked)


def _boosted(panel: Panel, trial: Trial, learned: Moments, tasks: Moments) -> dict[str, np.ndarray]:
    """{member: (tasks, horizon)} of boosted models: the future by those that know all, an origin by those that know no more than it."""
    if not len(learned.series):
        return {}
    learners, cuts = (Lags(panel), Lags(panel, corrects=False)), np.concatenate([[0], trial.cuts])
    groups = np.array_split(np.arange(1, len(cuts)), min(len(trial.cuts), REFITS[len(panel.values) <= SMALL])) if len(trial.cuts) else []
    own = np.arange(len(tasks.series)) // panel.count  # the origin of each task
    staged = np.full((len(learners), len(ROUNDS), len(own), panel.horizon), np.nan)
    for k, group in enumerate([*groups, np.zeros(1, dtype=np.int64)]):
        cut = int(cuts[group].max())
        where = np.flatnonzero(np.isin(own, group))
        for j, lags in enumerate(learners):
            if (booster := lags.fit(learned, cut)) is not None:
                staged[j][:, where] = lags.predict(booster, tasks.at(where), ROUNDS)
        report("forecast", 3 + 8.0 * (k + 1) / (len(groups) + 1), 12.0)
    if np.isnan(staged[0, 0, 0, 0]):
        return {}
    unit, actual = scales(panel)[tasks.series][:, None], _actual(panel, tasks.series, tasks.known)
    return {name: _best(made, np.minimum(np.abs(made - actual) / unit, 1e6)) for name, made in zip(BOOSTED, staged, strict=True)}


def _besides(panel: Panel, trial: Trial, grounds: tuple[Moments, Moments, np.ndarray], asked: tuple[str, ...]) -> dict[str, np.ndarray]:
    """{member: (tasks, horizon)} of members that need a package: those asked for; those that are there, quick here, and better than Theta was.

    grounds: moments to learn from, tasks, what Theta says of the tasks, which stands in where a series is too short. Models of origins know no
    more than the oldest of their group.
    """
    learned, tasks, plain = grounds
    series, known, lags = tasks.series, tasks.known, Lags(panel)
    models: dict[str, tuple[Callable[..., np.ndarray], bool]] = {
        "arima": (partial(_arima.arima, panel, log=lags.log), _arima.is_light(panel)),
        "rnn": (partial(_rnn.rnn, lags, learned), _rnn.is_worth(panel)),
    }
    cuts = np.concatenate([[0], trial.cuts])
    own = np.arange(len(series)) // panel.count  # the origin of each task
    groups = np.array_split(np.arange(1, len(cuts)), min(len(trial.cuts), REFITS[0])) if len(trial.cuts) else []
    actual, unit = _actual(panel, series, known), scales(panel)[series][:, None]
    made = {}
    for name, (model, quick) in models.items():
        if name not in asked and not (quick and groups and find_spec(PACKAGES[name])):
            continue
        told = np.full(plain.shape, np.nan)
        for group in [*groups, np.zeros(1, dtype=np.int64)]:
            where = np.flatnonzero(np.isin(own, group))
            told[where] = model(tasks.at(where), int(cuts[group].max()))
            if name not in asked and len(groups) and group is groups[-1] and not _is_better(told, plain, actual, unit):
                break
        else:
            if np.isfinite(told[own == 0]).any():
                made[name] = np.where(np.isfinite(told), told, plain)
    return made


def _is_better(made: np.ndarray, plain: np.ndarray, actual: np.ndarray, unit: np.ndarray) -> bool:
    """Whether forecasts (tasks, horizon) missed by less than the plain ones, where both could be judged."""
    seen = np.isfinite(made) & np.isfinite(actual)
    one, other = (float((np.abs(told - actual) / unit)[seen].sum()) for told in (made, plain))
    return one < other


def _best(made: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """(tasks, horizon) with the number of trees (the first axis) that lost least where it could be judged."""
    seen = np.isfinite(lost).all(axis=0)
    return made[int(np.argmin(lost[:, seen].mean(axis=1))) if seen.any() else 1]


@dataclass(frozen=True)
class _Judged:
    """mean (s, h), half (s, h), total's half (h,), the span's half, usual miss, scores."""

    mean: np.ndarray
    half: np.ndarray
    total_half: np.ndarray
    span_half: float
    missed: float | None
    scores: tuple[Accuracy, ...]


def _judged(panel: Panel, trial: Trial, members: _Members, coverage: float) -> _Judged:
    """Weights, intervals and scores from the errors of the origins."""
    k, s, h = len(trial.cuts), panel.count, panel.horizon
    series, known = _tasks(panel, trial)
    floor = 0.0 if float(panel.values.min()) >= 0.0 else -np.inf
    values = np.maximum(members.values, floor).reshape(len(members.names), k + 1, s, h)
    future, past = values[:, 0], values[:, 1:]
    final = scales(panel)
    if not k:
        return _untested(members.names, future, final)
    actual = _actual(panel, series, known).reshape(k + 1, s, h)[1:]
    actual = np.where(trial.valid[:, :, None], actual, np.nan)
    unit = np.stack([scales(panel, int(cut)) for cut in trial.cuts])[:, :, None]
    errors = (past - actual) / unit
    folds = np.array_split(np.arange(k), min(k, FOLDS))
    weights = _weights(errors)
    blended = np.empty((k, s, h))
    for fold in folds:
        others = np.setdiff1d(np.arange(k), fold)
        blended[fold] = np.tensordot(_weights(errors[:, others] if len(others) else errors), past[:, fold], 1)
    residual = (blended - actual) / unit
    free = trial.independent
    half = half_widths(residual.reshape(-1, h), coverage, free)[None, :] * final[:, None]
    held = [_held(residual, fold, coverage, free) for fold in folds] if k > 1 else []
    told = np.concatenate(held) if held else np.zeros(0)
    covered = float(np.mean(told)) if len(told) else None
    whole = np.where(np.isfinite(actual), blended - actual, 0.0)
    counted = np.where(trial.valid[:, :, None], unit, 0.0).sum(1)
    totals = whole.sum(1) / counted
    span = spread(whole.sum((1, 2)) / counted[:, 0], coverage, free) * float(final.sum())
    came = np.abs(np.nansum(actual, axis=(1, 2)))
    missed = float(np.abs(whole.sum((1, 2))).sum() / came.sum()) if came.sum() > 0 else None
    scores = (_accuracy("forecast", 1.0, blended, actual, unit, covered),)
    scores += tuple(_accuracy(n, float(w), p, actual, unit) for n, w, p in zip(members.names, weights, past, strict=True))
    mean = np.tensordot(weights, future, 1)
    return _Judged(mean, half, half_widths(totals, coverage, free) * float(final.sum()), span, missed, (*scores[:1], *scores[2:], scores[1]))


def _untested(names: tuple[str, ...], future: np.ndarray, scale: np.ndarray) -> _Judged:
    """The mean of the smoothing members where the history is too short for any origin, as wide as a walk of twice the usual change."""
    smooth = np.array([name in ("theta", "ets") for name in names]) / 2
    half = 2.0 * scale[:, None] * np.sqrt(np.arange(1, future.shape[2] + 1))[None, :]
    scores = tuple(Accuracy(name, float(w), None, None) for name, w in zip(names, smooth, strict=True))
    scores = (Accuracy("forecast", 1.0, None, None), *scores[1:], scores[0])
    return _Judged(np.tensordot(smooth, future, 1), half, half.sum(0), float(half.sum()), None, scores)


def _weights(errors: np.ndarray) -> np.ndarray:
    """(members,) weights from errors (members, origins, series, steps)."""
    return weighed(errors.reshape(len(errors), -1, errors.shape[-1]))


def _held(residual: np.ndarray, fold: np.ndarray, coverage: float, free: float) -> np.ndarray:
    """(n,) bool: errors of the fold's origins inside the widths of the other origins."""
    others = np.setdiff1d(np.arange(len(residual)), fold)
    width = half_widths(residual[others].reshape(-1, residual.shape[-1]), coverage, free)
    own = residual[fold]
    return (np.abs(own) <= width)[np.isfinite(own)]


def _accuracy(name: str, weight: float, made: np.ndarray, actual: np.ndarray, unit: np.ndarray, covered: float | None = None) -> Accuracy:
    off, size = np.abs(made - actual), np.abs(made) + np.abs(actual)
    seen = np.isfinite(off)
    if not seen.any():
        return Accuracy(name, weight, None, None, covered)
    smape = 200.0 * float(np.mean(off[seen] / np.where(size[seen] > 0, size[seen], 1.0)))
    return Accuracy(name, weight, smape, float(np.mean((off / unit)[seen])), covered)


def _told(panel: Panel, judged: _Judged, asked: tuple[str, str, tuple[str, ...], float, int], notes: tuple[Note, ...]) -> Forecast:
    """The frozen record."""
    target, time, by, coverage, origins = asked
    floor = 0.0 if float(panel.values.min()) >= 0.0 else -np.inf
    low, high = np.maximum(judged.mean - judged.half, floor), judged.mean + judged.half
    paths = tuple(_path(panel.keys[i], panel.times(i), panel.of(i), (judged.mean[i], low[i], high[i])) for i in range(panel.count))
    share = 1.0 if panel.added else 1.0 / panel.count
    latest = int(np.argmax(panel.first + panel.sizes))
    total = judged.mean.sum(0)
    bounds = np.maximum(total - judged.total_half, panel.count * floor), total + judged.total_half
    place, history = _summed(panel)
    moments = np.concatenate([panel.grid.moments(place), panel.times(latest)[-panel.horizon :]])
    whole = _path((), moments, history, tuple(share * v for v in (total, *bounds)))
    times = share if panel.added else share / panel.horizon
    before = float(sum(panel.of(i)[-panel.horizon :].sum() for i in range(panel.count)))
    mean = float(total.sum())
    ends = (max(mean - judged.span_half, floor), mean + judged.span_half)
    span = Span(mean * times, ends[0] * times, ends[1] * times, before * times, judged.missed)
    step = (panel.grid.unit, panel.grid.every)
    return Forecast(
        target, time, by, step, panel.horizon, coverage, panel.added, paths, whole, span, judged.scores, panel.seasons, origins, notes
    )  # fmt: skip


def _path(key: tuple[str, ...], moments: np.ndarray, history: np.ndarray, made: tuple[np.ndarray, ...]) -> Path:
    when = tuple(_moment(t) for t in moments)
    n = len(history)
    mean, low, high = (tuple(float(v) for v in part) for part in made)
    return Path(key, when[:n], tuple(float(v) for v in history), when[n:], mean, low, high)


def _moment(t: Any) -> str:
    if isinstance(t, np.datetime64):
        text = str(t.astype("datetime64[s]"))
        return text[:10] if text.endswith("T00:00:00") else text
    return f"{float(t):.15g}"


def _summed(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """(steps, the sum of all series there, or their mean where values cannot be added)."""
    begin, stop = int(panel.first.min()), int((panel.first + panel.sizes).max())
    total, n = np.zeros(stop - begin), np.zeros(stop - begin)
    for i in range(panel.count):
        a = int(panel.first[i]) - begin
        total[a : a + int(panel.sizes[i])] += panel.of(i)
        n[a : a + int(panel.sizes[i])] += 1
    return np.arange(begin, stop), total if panel.added else total / np.maximum(n, 1)
