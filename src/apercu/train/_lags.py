"""Boosted trees on lags: one global LightGBM model over all series and all steps ahead, which corrects the simple forecasts.

A row is (series, moment it is forecast from, step ahead). Its target is what came minus the base forecast of that moment, in units of the
series' own seasonal error, so that large and small series count alike; where all values are positive, on the logarithm. The base is the mean
of the simple forecasts (Theta, the seasonal naive rule), each weighted by the inverse of its errors on that series so far, which are shrunk
towards those on all series (Bates & Granger 1969; Pawlikowski & Chorowska 2020). Features: the simple forecasts, the same season before,
means of late windows, the last values, the step, the calendar of the foretold moment, known columns there and their change since the season
before, the keys where they repeat (Montero-Manso & Hyndman 2021 on global models). What it does *not* do: look at other series of the same
moment, or extrapolate beyond what the simple forecasts do.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ._panel import Panel

__all__ = ["Lags", "Moments", "moments_of", "weighted"]

Tasks = tuple[np.ndarray, np.ndarray, np.ndarray]  # series, known values, what simple members say

ROWS: Final = 100_000  # rows that one model learns from at most
POINTS: Final = 5_000_000  # values that the Theta forecasts of all learning moments may go through
LEAST: Final = 200  # rows below which nothing is learned
ROUNDS: Final = (50, 100, 150)  # numbers of trees, of which the origins choose
POWER: Final = 4.0  # of a simple member's errors, whose inverse is its weight; above 2, since the members err alike
PRIOR: Final = 5.0  # horizons of its past after which a series' own errors count as much as those of all series
WINDOW: Final = 1_500  # last values that Theta looks at
LOUD: Final = 0.5  # typical change of the logarithm from one season to the next, above which values are learned as they stand
SHARED: Final = 1_000_000  # cells from which several threads are worth it
EDGE: Final = 10.0  # errors larger than so many usual ones are taken as that large
SEED: Final = 1
SETTINGS: Final[dict[str, Any]] = {
    "objective": "regression", "learning_rate": 0.05, "num_leaves": 31, "feature_fraction": 0.7, "bagging_fraction": 0.7, "bagging_freq": 1,
    "lambda_l2": 5.0, "max_bin": 127, "verbosity": -1, "seed": SEED, "deterministic": True, "force_row_wise": True,
}  # fmt: skip


@dataclass(frozen=True)
class Moments:
    """Moments to forecast from: series (k,) int, known (k,) int values before each, simple (members, k, horizon) what simple members say.

    weights (members, k): their shares in the base, from errors that were known at each moment.
    """

    series: np.ndarray
    known: np.ndarray
    simple: np.ndarray
    weights: np.ndarray

    def at(self, where: np.ndarray) -> Moments:
        """Some of the moments."""
        return Moments(self.series[where], self.known[where], self.simple[:, where], self.weights[:, where])


def moments_of(panel: Panel, least: int) -> tuple[np.ndarray, np.ndarray]:
    """(series, known values) of moments spread evenly over all series, each with at least `least` values and a step left; POINTS at most."""
    sizes = panel.sizes
    points = float(np.sum([np.minimum(np.arange(least, n), WINDOW).sum() for n in sizes]))
    every = max(1, int(np.ceil(points / POINTS)))
    season = panel.seasons[0] if panel.seasons else 1
    while every > 1 and np.gcd(every, season) > 1:  # so that all parts of the season are forecast from
        every += 1
    known = [np.arange(n - 1, least - 1, -every) for n in sizes]
    return np.repeat(np.arange(panel.count), [len(k) for k in known]), np.concatenate(known)


def weighted(panel: Panel, learned: Tasks, asked: Tasks) -> Moments:
    """The asked moments with weights from the errors of those learned moments whose whole horizon was over by then."""
    series, known, simple = learned
    order = np.lexsort((known, series))
    series, known = series[order], known[order]
    at = known[:, None] + np.arange(panel.horizon)[None, :]
    seen = at < panel.sizes[series][:, None]
    actual = panel.values[panel.starts[series][:, None] + np.where(seen, at, 0)]
    lost = np.stack([np.where(seen, np.abs(one[order] - actual), 0.0).sum(1) for one in simple])
    typical = np.bincount(series, lost.mean(0), panel.count)[series] / np.bincount(series, minlength=panel.count)[series]
    lost = np.divide(lost, typical, out=np.ones_like(lost), where=typical > 0)
    usual = lost.mean(axis=1) if len(series) else np.ones(len(simple))
    sums = np.concatenate([np.zeros((len(lost), 1)), np.cumsum(lost, axis=1)], axis=1)
    wide = int(panel.sizes.max()) + 1  # one number for (series, known), in order
    first = np.searchsorted(series, asked[0])
    last = np.maximum(np.searchsorted(series * wide + known, asked[0] * wide + asked[1] - panel.horizon, side="right"), first)
    number = last - first
    every = np.median(np.diff(known)[np.diff(series) == 0]) if len(series) > 1 and (np.diff(series) == 0).any() else 1.0
    own = number * min(1.0, float(every) / panel.horizon)  # forecasts from neighbouring moments overlap
    relative = np.divide(sums[:, last] - sums[:, first], number, out=np.ones((len(lost), len(own))), where=number > 0)
    relative = (own * relative + PRIOR * usual[:, None]) / (own + PRIOR)
    inverse = 1.0 / np.maximum(relative, 0.05) ** POWER
    return Moments(*asked, inverse / inverse.sum(axis=0))


class Lags:
    """The features of one panel, and the models that are fitted on them. corrects: learned from the base forecast on, not from the late level."""

    def __init__(self, panel: Panel, *, corrects: bool = True) -> None:
        self.panel, self.corrects = panel, corrects
        m = panel.seasons[0] if panel.seasons else 1
        change = panel.values[m:] - panel.values[:-m] if len(panel.values) > m else np.zeros(0)
        self.log = bool(panel.values.min() > 0)
        if self.log:
            logs = np.log(panel.values)
            self.log = bool(np.median(np.abs(logs[m:] - logs[:-m])) < LOUD) if len(change) else True
        self.z = np.log(panel.values) if self.log else panel.values
        self.m = m
        self.sums = np.concatenate([[0.0], np.cumsum(self.z)])
        apart = np.zeros(len(self.z))
        for start, end in zip(panel.starts, panel.ends, strict=True):
            apart[start + m : end] = np.abs(self.z[start + m : end] - self.z[start : max(end - m, start)])
        self.apart = np.concatenate([[0.0], np.cumsum(apart)])
        self.categories = [self._codes(j) for j in range(len(panel.keys[0]))]
        self.categories = [codes for codes in self.categories if 1 < codes.max() + 1 <= panel.count / 2]

    def fit(self, moments: Moments, cut: int) -> Any:
        """A booster of all that is known `cut` steps before the end of each series; None of too few rows."""
        import lightgbm as lgb

        where, step = self._rows(moments, cut)
        if len(where) < LEAST:
            return None
        matrix, base, scale, _ = self._features(moments, where, step)
        at = self.panel.starts[moments.series[where]] + moments.known[where] + step - 1
        target = np.clip((self.z[at] - base) / scale, -EDGE, EDGE)
        leaf = int(np.clip(len(where) // 200, 5, 50))
        threads = (os.cpu_count() or 1) if matrix.size > SHARED else 1
        settings = {
            **SETTINGS,
            "min_data_in_leaf": leaf,
            "num_threads": threads,
            "num_leaves": 8 if len(where) < 5_000 else SETTINGS["num_leaves"],
        }
        columns = list(range(matrix.shape[1] - len(self.categories), matrix.shape[1]))
        data = lgb.Dataset(matrix, target, categorical_feature=columns, params={"verbosity": -1, "max_bin": SETTINGS["max_bin"]})
        return lgb.train(settings, data, ROUNDS[-1])

    def predict(self, booster: Any, moments: Moments, rounds: tuple[int, ...]) -> np.ndarray:
        """(rounds, k, horizon) forecasts from each of the moments, with so many trees."""
        k, h = len(moments.series), self.panel.horizon
        where, step = np.repeat(np.arange(k), h), np.tile(np.arange(1, h + 1), k)
        matrix, base, scale, level = self._features(moments, where, step)
        threads = (os.cpu_count() or 1) if matrix.size > SHARED else 1
        told = np.stack([base + scale * np.asarray(booster.predict(matrix, num_iteration=n, num_threads=threads)) for n in rounds])
        return (np.exp(np.clip(told, level - 20.0, level + 20.0)) if self.log else told).reshape(len(rounds), k, h)

    def _rows(self, moments: Moments, cut: int) -> tuple[np.ndarray, np.ndarray]:
        """(moments, steps) of at most ROWS rows whose outcome is known `cut` steps before the end."""
        horizon = self.panel.horizon
        last = self.panel.sizes[moments.series] - cut - moments.known
        usable = np.flatnonzero(last > 0)
        rng = np.random.default_rng(SEED)
        steps = np.minimum(last[usable], horizon)
        each = int(np.clip(ROWS // max(len(usable), 1) + 1, 1, horizon))
        chosen = np.argsort(rng.random((len(usable), horizon)) + (np.arange(horizon) >= steps[:, None]), axis=1)[:, :each]
        row, pick = np.nonzero(chosen < steps[:, None])
        where, step = usable[row], chosen[row, pick] + 1
        kept = np.sort(rng.permutation(len(where))[:ROWS])
        return where[kept], step[kept]

    def _codes(self, j: int) -> np.ndarray:
        return np.unique([key[j] for key in self.panel.keys], return_inverse=True)[1]

    def _features(self, moments: Moments, where: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(matrix, base, scale, level) of rows: moment where[r], step step[r]; base and level on the learned scale."""
        panel, m = self.panel, self.m
        series, known = moments.series[where], moments.known[where]
        start = panel.starts[series]

        def at(position: np.ndarray) -> np.ndarray:
            fine = (position >= 0) & (position < known)
            return np.where(fine, self.z[start + np.where(fine, position, 0)], np.nan)

        def mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            a, b = np.maximum(a, 0), np.maximum(b, 0)
            return np.divide(self.sums[start + b] - self.sums[start + a], b - a, out=np.full(len(a), np.nan), where=b > a)

        wide = max(m, 4)
        level, before, earlier = mean(known - wide, known), mean(known - 2 * wide, known - wide), mean(known - 3 * wide, known - 2 * wide)
        first = np.minimum(m, known - 1)
        scale = (self.apart[start + known] - self.apart[start + first]) / np.maximum(known - first, 1)
        scale = np.maximum(scale, 1e-3 if self.log else 1e-3 * np.abs(level) + 1e-9)
        simple = moments.simple[:, where, step - 1]
        if self.log:
            simple = np.log(np.maximum(simple, 0.05 * np.exp(level)))
        base = (moments.weights[:, where] * simple).sum(axis=0)
        noise = scale if self.log else scale / (np.abs(level) + scale)
        made = [step, known, noise, (base - level) / scale, (level - before) / scale, (before - earlier) / scale]
        made += [(one - base) / scale for one in simple]
        for window in {3, max(3, wide // 2)}:
            made.append((mean(known - window, known) - level) / scale)
            made.append((mean(known - window, known) - mean(known - window - m, known - m)) / scale if m > 1 else known * 0.0)
        for lag in range(1, 7):
            made.append((at(known - lag) - level) / scale)
        for lag in range(1, 4):
            made.append((at(known - lag) - at(known - lag - m)) / scale)
        back = known + step - 1
        for season in panel.seasons or (1,):
            same = back - season * -(-step // season)
            made += [(at(same) - level) / scale, (at(same - season) - level) / scale, (at(same - 2 * season) - level) / scale]
            made += [(at(same - 1) - level) / scale, (at(same + 1) - level) / scale]
        made += self._calendar(series, back)
        made += self._known(series, back, back - m * -(-step // m))
        made += [codes[series] for codes in self.categories]
        return np.column_stack(made).astype(np.float32), base if self.corrects else level, scale, level

    def _calendar(self, series: np.ndarray, position: np.ndarray) -> list[np.ndarray]:
        """Parts of the calendar of the foretold moments."""
        panel = self.panel
        place = panel.first[series] + position
        if panel.grid.unit == "number":
            return [place % m for m in panel.seasons]
        low = int(place.min())
        moments = panel.grid.moments(np.arange(low, int(place.max()) + 1))
        day, month = moments.astype("datetime64[D]"), moments.astype("datetime64[M]")
        parts = [month.astype(np.int64) % 12]
        if panel.grid.unit in ("minute", "hour", "day", "workday"):
            parts += [(day.astype(np.int64) + 3) % 7, (day - month).astype(np.int64)]
        if panel.grid.unit == "week":
            parts.append((day - moments.astype("datetime64[Y]")).astype(np.int64) // 7)
        if panel.grid.unit in ("minute", "hour"):
            parts.append((moments - day).astype("timedelta64[m]").astype(np.int64))
        return [part[place - low] for part in parts]

    def _known(self, series: np.ndarray, position: np.ndarray, same: np.ndarray) -> list[np.ndarray]:
        """Each known column at the foretold moment, and its change since the season before."""
        begin = self.panel.starts[series] + series * self.panel.horizon
        made = []
        for column in self.panel.known.values():
            now = column[begin + position]
            made += [now, now - np.where(same >= 0, column[begin + np.maximum(same, 0)], np.nan)]
        return made
