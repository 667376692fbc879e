"""A glass box: the sum of one curve per column and a few tables of two columns, each of which can be drawn, read and mended.

    tenure 2 months: +1.1, contract month-to-month: +0.6, both together: +0.1, ...      (log-odds; their sum is the prediction)

Cyclic boosting of small steps on binned columns with pairs found by FAST, as in Explainable Boosting Machines (Lou et al. 2012, 2013; Nori et
al. 2019); the kernels are `stats/shapes`. When to stop and which pairs are wanted is learned while the watched rows look on; then the same is
grown on BAGS bootstrap samples of all rows, whose mean is the model and whose spread is the band of each curve. Pairs are purified (Lengerich et
al. 2020): what their rows or columns say alone is moved into the curves, so that a table holds nothing but interaction. Contributions are exact:
a column's curve, and half of each of its tables.

What it does not do: prose (the linear model's), interactions of three columns, pairs for more than two classes; and where rows come in blocks
the bands, which resample rows, are too narrow.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ..stats import shapes as kernels
from ._bins import Bins
from ._columns import weights_of
from ._encode import is_prose
from ._monotone import directions
from ._target import Scale, skewed, told

__all__ = ["Curve", "Glass", "GlassModel", "Table"]

BAGS: Final = 8
BAG_ROWS: Final = 100_000  # rows of a bag at most; the bags of a larger table together see more of it
THREADED: Final = 100_000  # rows times terms of a bag from which bags are worth threads of their own
RATE: Final = 0.06  # of a Newton step; the sum of very many small steps is smooth
RIDGE: Final = 2.0
ROUNDS: Final = 1_500
STALE: Final = 40  # visits of every column without a gain on the watched rows
FEW: Final = 40  # watched rows below which the rounds are fixed
FIXED: Final = 60  # that number
LEAST: Final = 8.0  # rows on either side of a cut
COARSE: Final = 20  # bins of either side of a pair
PAIRS: Final = 40  # tables of two columns at most
PAIRED: Final = 80  # columns among which pairs are sought, those of the strongest curves
SEEKERS: Final = 50_000  # rows that choose the pairs
ALIKE: Final = 1e-12


class Curve(NamedTuple):
    """What one column says alone. bins; value, error (k', size): the curve and the standard error of each point; share (size,) of the rows."""

    bins: Bins
    value: np.ndarray
    error: np.ndarray
    share: np.ndarray


class Table(NamedTuple):
    """What two columns say only together. groups: for each the coarse bin of every bin; value, error (high, wide)."""

    columns: tuple[str, str]
    groups: tuple[np.ndarray, np.ndarray]
    value: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class GlassModel:
    """intercept (k',) and the sum of curves and tables; k' is 1 for two classes and for a number."""

    name: str
    columns: tuple[str, ...]
    task: str
    curves: tuple[Curve, ...]
    tables: tuple[Table, ...]
    intercept: np.ndarray
    scale: Scale

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self.intercept + self._terms(rows).sum(axis=1), self.task, self.scale)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): each column's curve and half of its tables, in log-odds or the number's unit."""
        parts = self._terms(rows)
        return self.scale.shared(parts, self.intercept) if self.task == "numeric" else (parts, self.intercept)

    def _terms(self, rows: Rows) -> np.ndarray:
        codes = {curve.bins.name: curve.bins.codes(rows) for curve in self.curves}
        place = {name: i for i, name in enumerate(self.columns)}
        parts = np.zeros((rows.n, len(self.columns), len(self.intercept)))
        for curve in self.curves:
            parts[:, place[curve.bins.name]] += curve.value.T[codes[curve.bins.name]]
        for table in self.tables:
            one, two = table.columns
            half = 0.5 * table.value[table.groups[0][codes[one]], table.groups[1][codes[two]]]
            parts[:, place[one], 0] += half
            parts[:, place[two], 0] += half
        return parts

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `glass.npz` and returns the rest as JSON."""
        arrays = {"intercept": self.intercept}
        for i, curve in enumerate(self.curves):
            arrays |= {f"curve_{i}_{key}": getattr(curve, key) for key in ("value", "error", "share")}
        for i, table in enumerate(self.tables):
            arrays |= {f"table_{i}_value": table.value, f"table_{i}_error": table.error}
            arrays |= {f"table_{i}_high": table.groups[0], f"table_{i}_wide": table.groups[1]}
        np.savez_compressed(folder / "glass.npz", allow_pickle=False, **arrays)
        bins, pairs = [c.bins.to_json() for c in self.curves], [list(t.columns) for t in self.tables]
        return {"columns": list(self.columns), "task": self.task, "bins": bins, "pairs": pairs, "scale": self.scale.to_json()}


@dataclass(frozen=True)
class Glass:
    """The learner. monotone: columns whose curve may only rise (1) or fall (-1); they are in no table. Its randomness has one fixed seed."""

    monotone: Mapping[str, int] = field(default_factory=dict)

    name: ClassVar[str] = "glass"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "glass box of curves", "zh": "可读的曲线模型"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """One for two classes, where its smooth curves tell an ensemble what trees do not; else none but by name, since it is there to be read."""
        return (Member(cls.name, cls(), 28),) if goal.task == "binary" else ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> GlassModel:
        """Learns rounds and pairs on `rows` while `watch` looks on, then the curves on both."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        bins = tuple(Bins.fit(rows, name) for name in columns if not is_prose(rows, name))
        bins = tuple(b for b in bins if b.size > 2 + (not b.ordered))  # one bin says nothing
        what = _Told.of(bins, rows, watch, goal, {**directions(goal), **self.monotone})
        best: tuple[float, Scale, _Plan] | None = None
        target = what.truth.copy()
        for scale in (Scale(), Scale.of(target[: what.split])) if goal.task == "numeric" and skewed(target) else (Scale(),):
            scaled = what.scaled(scale.forth(target))
            plan = _planned(scaled, goal)
            if goal.task == "numeric":
                scale = scale.smeared(target[: what.split], plan.raw[: what.split, 0], what.weights[: what.split])  # noqa: PLW2901
            loss = _error(target, scale.back(plan.raw[:, 0]), what) if goal.task == "numeric" else 0.0
            if best is None or loss < best[0]:
                best = (loss, scale, plan)
        assert best is not None
        curves, tables, intercept = _bagged(what.scaled(best[1].forth(target)), best[2])
        return GlassModel(self.name, columns, goal.task, curves, tables, intercept, best[1])

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> GlassModel:
        """Reads what `GlassModel.save` wrote."""
        bins = [Bins.from_json(tree) for tree in card["bins"]]
        with np.load(folder / "glass.npz", allow_pickle=False) as a:
            curves = tuple(Curve(b, *(a[f"curve_{i}_{key}"] for key in ("value", "error", "share"))) for i, b in enumerate(bins))
            tables = tuple(
                Table((one, two), (a[f"table_{i}_high"], a[f"table_{i}_wide"]), a[f"table_{i}_value"], a[f"table_{i}_error"])
                for i, (one, two) in enumerate(card["pairs"])
            )
            intercept = a["intercept"]
        return GlassModel(Glass.name, tuple(card["columns"]), card["task"], curves, tables, intercept, Scale(**card["scale"]))


@dataclass(frozen=True)
class _Told:
    """What a fit is told: codes (d, n) of the rows to learn from, then of the watched; truth, weights (n,); start (k',) before any column."""

    bins: tuple[Bins, ...]
    codes: np.ndarray
    truth: np.ndarray
    weights: np.ndarray
    split: int
    loss: int
    outputs: int
    directions: np.ndarray

    @staticmethod
    def of(bins: tuple[Bins, ...], rows: Rows, watch: Rows, goal: Goal, monotone: Mapping[str, int]) -> _Told:
        pairs = [np.concatenate([b.codes(rows), b.codes(watch)]) for b in bins]
        codes = np.stack(pairs) if pairs else np.zeros((0, rows.n + watch.n), dtype=np.uint16)
        own = [weights_of(part, goal) for part in (rows, watch)]
        weights = np.concatenate([np.ones(part.n) if w is None else w for part, w in zip((rows, watch), own, strict=True)])
        truth = np.concatenate([goal.coded(rows), goal.coded(watch)])
        loss = {"binary": kernels.LOGISTIC, "multiclass": kernels.SOFTMAX, "numeric": kernels.SQUARED}[goal.task]
        outputs = len(goal.classes) if goal.task == "multiclass" else 1
        directions = np.array([monotone.get(b.name, 0) if b.ordered else 0 for b in bins], dtype=np.int64)
        return _Told(bins, codes, truth, weights, rows.n, loss, outputs, directions)

    def scaled(self, truth: np.ndarray) -> _Told:
        return _Told(self.bins, self.codes, truth, self.weights, self.split, self.loss, self.outputs, self.directions)

    def curves(self) -> kernels.Terms:
        kind = np.array([kernels.ORDERED if b.ordered else kernels.NOMINAL for b in self.bins], dtype=np.int64)
        return kernels.Terms(kind, np.ones_like(kind), np.array([b.size for b in self.bins], dtype=np.int64), self.directions)

    def begun(self, truth: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
        """((k',) intercept, unit of the shapes): the mean and the deviation of a number; log-odds of the shares, and 1."""
        total = max(float(weights.sum()), ALIKE)
        if self.loss == kernels.SQUARED:
            mean = float(weights @ truth) / total
            return np.array([mean]), max(float(np.sqrt(weights @ (truth - mean) ** 2 / total)), ALIKE)
        share = np.bincount(truth.astype(int), weights, minlength=max(self.outputs, 2)) + 0.5 / max(self.outputs, 2)
        logs = np.log(share / share.sum())
        return (logs[1:] - logs[:1] if self.outputs == 1 else logs), 1.0


class _Pair(NamedTuple):
    """Columns i and j and, of each, the coarse bin of every bin."""

    i: int
    j: int
    groups: tuple[np.ndarray, np.ndarray]


class _Plan(NamedTuple):
    """How often each curve and each table is visited, which pairs there are, and raw (n, k') what the planning model says."""

    rounds: int
    pairs: tuple[_Pair, ...]
    visits: int
    raw: np.ndarray


def _error(target: np.ndarray, told: np.ndarray, what: _Told) -> float:
    """Squared error of the watched rows, or of all where none are."""
    where = slice(what.split, None) if len(target) > what.split and what.weights[what.split :].sum() > 0 else slice(None)
    return float(np.average((target[where] - told[where]) ** 2, weights=what.weights[where]))


def _planned(told: _Told, goal: Goal) -> _Plan:
    """Rounds and pairs, from the rows before the split, as the watched rows like them."""
    begun, unit = told.begun(told.truth[: told.split], told.weights[: told.split])
    truth = (told.truth - begun[0]) / unit if told.loss == kernels.SQUARED else told.truth
    raw = np.zeros((len(truth), told.outputs)) if told.loss == kernels.SQUARED else np.tile(begun, (len(truth), 1))
    watched = len(truth) - told.split >= FEW and told.weights[told.split :].sum() > 0
    settings = kernels.Settings(told.loss, RATE, RIDGE, LEAST, ROUNDS if watched else FIXED, STALE if watched else 0)
    given = (truth, told.weights, told.split)
    rounds, _, shapes = kernels.boosted(told.codes, told.curves(), *given, raw, settings)
    raw = raw + _summed(shapes, told.codes)
    pairs = _pairs(told, truth, raw, shapes) if told.outputs == 1 and goal.task != "multiclass" else ()
    visits = 0
    if pairs:
        codes, terms = _paired(told.codes, pairs)
        visits, _, shapes = kernels.boosted(codes, terms, *given, raw, settings)
        raw = raw + _summed(shapes, codes)
    return _Plan(rounds, pairs if visits else (), visits, begun + unit * raw if told.loss == kernels.SQUARED else raw)


def _summed(shapes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(n, k') the sum of shapes (t, k', cells) at codes (t, n)."""
    total = np.zeros((codes.shape[1], shapes.shape[1]))
    for shape, code in zip(shapes, codes, strict=True):
        total += shape.T[code]
    return total


def _pairs(told: _Told, truth: np.ndarray, raw: np.ndarray, shapes: np.ndarray) -> tuple[_Pair, ...]:
    """The pairs whose quadrants gain more than the best of all pairs and cuts would by chance, at most PAIRS, the strongest first."""
    n = min(told.split, SEEKERS)
    strength = np.array([np.std(shape[0][code[:n]]) for shape, code in zip(shapes, told.codes, strict=True)])
    able = [int(i) for i in np.argsort(-strength, kind="stable") if told.directions[i] == 0][:PAIRED]
    if len(able) < 2:
        return ()
    groups = {i: _grouped(told.codes[i][:n], told.weights[:n], told.bins[i], shapes[i, 0]) for i in able}
    sizes = np.array([int(groups[i].max()) + 1 for i in able], dtype=np.int64)
    coarse = np.stack([groups[i][told.codes[i][:n]] for i in able]).astype(np.uint8)
    weights = told.weights[:n]
    if told.loss == kernels.SQUARED:
        left = truth[:n] - raw[:n, 0]
        spread = max(float(np.average(left**2, weights=weights)), ALIKE)
        slope, curve = weights * left / spread, weights / spread
    else:
        p = 1.0 / (1.0 + np.exp(-raw[:n, 0]))
        slope, curve = weights * (truth[:n] - p), weights * p * (1.0 - p)
    gain = kernels.gains(coarse, sizes, slope, curve, weights, LEAST)
    looks = float(sum((sizes[a] - 1) * (sizes[b] - 1) for a in range(len(able)) for b in range(a)))
    chance = 2.0 * np.log(max(looks, 2.0))  # what the largest of so many squared normal numbers comes to
    found = sorted(((float(gain[a, b]), a, b) for a, b in zip(*np.nonzero(gain > chance), strict=True)), reverse=True)[:PAIRS]
    return tuple(_Pair(able[a], able[b], (groups[able[a]], groups[able[b]])) for _, a, b in found)


def _grouped(code: np.ndarray, weights: np.ndarray, bins: Bins, curve: np.ndarray) -> np.ndarray:
    """(size,) the coarse bin of each bin: neighbours in order, or levels that the curve ranks alike, of about equally many rows."""
    held = np.bincount(code, weights, minlength=bins.size)
    order = np.arange(bins.size) if bins.ordered else np.argsort(curve[: bins.size], kind="stable")
    reach = np.cumsum(held[order]) - 0.5 * held[order]
    rank = np.minimum((COARSE * reach / max(held.sum(), ALIKE)).astype(np.int64), COARSE - 1)
    group = np.empty(bins.size, dtype=np.int64)
    group[order] = np.unique(rank, return_inverse=True)[1]
    if bins.ordered and held[0] > 0:  # what is missing stands for itself
        group = np.where(np.arange(bins.size) == 0, 0, group + (group[1] == 0))
    return group


def _paired(codes: np.ndarray, pairs: tuple[_Pair, ...]) -> tuple[np.ndarray, kernels.Terms]:
    wide = np.array([int(p.groups[1].max()) + 1 for p in pairs], dtype=np.int64)
    high = np.array([int(p.groups[0].max()) + 1 for p in pairs], dtype=np.int64)
    made = [p.groups[0][codes[p.i]] * w + p.groups[1][codes[p.j]] for p, w in zip(pairs, wide, strict=True)]
    return np.stack(made).astype(np.uint16), kernels.Terms(np.full(len(pairs), kernels.PAIRED), high, wide, np.zeros_like(wide))


def _bagged(told: _Told, plan: _Plan) -> tuple[tuple[Curve, ...], tuple[Table, ...], np.ndarray]:
    """Curves, tables and intercept: the mean over the bags, with the spread between them."""
    n = len(told.truth)
    seeds = np.random.default_rng(1).integers(0, 2**31, BAGS)
    held = [np.bincount(code, told.weights, minlength=b.size) for code, b in zip(told.codes, told.bins, strict=True)]
    threads = (os.cpu_count() or 1) if min(n, BAG_ROWS) * len(told.codes) >= THREADED else 1
    with ThreadPoolExecutor(max(1, min(threads, BAGS))) as pool:
        bags = list(pool.map(partial(_bag, told, plan, held), seeds.tolist()))
    error = np.sqrt(BAGS / (BAGS - 1))
    total = max(float(told.weights.sum()), ALIKE)
    curves = []
    for t, bins in enumerate(told.bins):
        own = np.stack([bag[0][t] for bag in bags])
        curves.append(Curve(bins, own.mean(axis=0), error * own.std(axis=0), held[t] / total))
    tables = []
    for t, pair in enumerate(plan.pairs):
        own = np.stack([bag[1][t] for bag in bags])
        names = told.bins[pair.i].name, told.bins[pair.j].name
        tables.append(Table(names, pair.groups, own.mean(axis=0), error * own.std(axis=0)))
    return tuple(curves), tuple(tables), np.mean([bag[2] for bag in bags], axis=0)


def _bag(told: _Told, plan: _Plan, held: list[np.ndarray], seed: int) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """(curves (k', size), tables (high, wide), intercept (k',)) grown on one bootstrap sample of all rows."""
    n = len(told.truth)
    times = np.bincount(np.random.default_rng(seed).integers(0, n, min(n, BAG_ROWS)), minlength=n)
    rows = np.flatnonzero((times > 0) & (told.weights > 0))
    weights, truth, codes = (told.weights * times)[rows], told.truth[rows], np.ascontiguousarray(told.codes[:, rows])
    begun, unit = told.begun(truth, weights)
    if told.loss == kernels.SQUARED:
        truth, raw = (truth - begun[0]) / unit, np.zeros((len(rows), 1))
    else:
        raw = np.tile(begun, (len(rows), 1))
    settings = kernels.Settings(told.loss, RATE, RIDGE, LEAST, plan.rounds, 0)
    _, _, shapes = kernels.boosted(codes, told.curves(), truth, weights, len(rows), raw, settings)
    curves = [unit * shape[:, : bins.size] for shape, bins in zip(shapes, told.bins, strict=True)]
    tables: list[np.ndarray] = []
    if plan.pairs:
        paired, terms = _paired(codes, plan.pairs)
        raw = raw + _summed(shapes, codes)
        _, _, cells = kernels.boosted(paired, terms, truth, weights, len(rows), raw, settings._replace(rounds=plan.visits))
        for t, pair in enumerate(plan.pairs):
            high, wide = int(terms.high[t]), int(terms.wide[t])
            table = unit * cells[t, 0, : high * wide].reshape(high, wide)
            codes_of = pair.groups[0][told.codes[pair.i]] * wide + pair.groups[1][told.codes[pair.j]]
            share = np.bincount(codes_of, told.weights, minlength=high * wide).reshape(high, wide)
            table, one, two = _purified(table, share)
            curves[pair.i] = curves[pair.i] + one[pair.groups[0]]
            curves[pair.j] = curves[pair.j] + two[pair.groups[1]]
            tables.append(table)
    intercept = begun.copy()
    for t, weight in enumerate(held):
        mean = curves[t] @ weight / max(float(weight.sum()), ALIKE)
        intercept = intercept + mean
        curves[t] = np.where(weight > 0, curves[t] - mean[:, None], 0.0)
    return curves, tables, intercept


def _purified(table: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(table, rows' part (high,), columns' part (wide,)): their sum is the table, and no row or column of the first has a mean, weighted by share."""
    table, one, two = table.copy(), np.zeros(len(table)), np.zeros(table.shape[1])
    rows, columns = np.maximum(share.sum(axis=1), ALIKE), np.maximum(share.sum(axis=0), ALIKE)
    for _ in range(50):
        mean = (table * share).sum(axis=1) / rows
        table -= mean[:, None]
        one += mean
        mean = (table * share).sum(axis=0) / columns
        table -= mean
        two += mean
        if np.abs(mean).max() < ALIKE:
            break
    return table, one, two
