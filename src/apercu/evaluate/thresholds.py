"""Where to decide: the probability from which on a row is acted upon, and what that brings; binary goals.

    Decide “yes” from a probability of 0.12 on (95% interval 0.09 to 0.15): 4,310 of profit out of fold (95% interval
    3,200 to 5,400), against 1,900 at 0.5.

Three purposes: the profit, where the goal has a value (every row acted upon costs `cost` and brings `value` times `success` where it would have
had the wanted outcome, as advise reckons it), F1, and balanced accuracy. What a threshold brings is told out of fold a second time: each fold is
decided by the threshold that was best on the other folds, so that choosing does not flatter itself. The threshold itself is the best on all
rows; its interval is that of the best of many resamples. What it does *not* do: costs that differ by row, limits on how many can be acted upon.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.goal import Goal
from ..core.score import Curve
from ..stats.bootstrap import interval, resampled
from ..words.numbers import money
from ..words.spacing import glue

__all__ = ["Advice", "advised", "profit", "thresholds"]

CUTS: Final = 200  # thresholds that are tried: quantiles of the probabilities
PURPOSES: Final = {
    "profit": ("of profit", "收益"),
    "f1": ("F1", "F1"),
    "balanced accuracy": ("balanced accuracy", "平衡准确率"),
}
Gain = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]  # of hits, taken, all hits and all rows, by weight


@dataclass(frozen=True)
class Advice:
    """For a purpose: the threshold with its interval; what it brings out of fold, cross-chosen, with its interval; and what 0.5 brings."""

    purpose: str
    level: str
    threshold: float
    low: float
    high: float
    value: float
    value_low: float
    value_high: float
    at_half: float

    def say(self, lang: str = "en") -> str:
        """The advice in one sentence."""
        write = money if self.purpose == "profit" else "{:.3f}".format
        value, low, high, half = (write(x) for x in (self.value, self.value_low, self.value_high, self.at_half))
        name, at = PURPOSES[self.purpose][lang == "zh"], _digits(self.threshold)
        if lang == "en":
            return (
                f"Decide “{self.level}” from a probability of {at} on (95% interval {_digits(self.low)} to {_digits(self.high)}): "
                f"{value} {name} out of fold (95% interval {low} to {high}), against {half} at 0.5."
            )
        told = glue("从概率", at, f"（95% 区间 {_digits(self.low)} 至 {_digits(self.high)}）", "起判为", f"“{self.level}”：折外")
        return glue(told, name, "为", value, f"（95% 区间 {low} 至 {high}），以 0.5 为界则为 {half}。")


def advised(
    goal: Goal, truth: np.ndarray, score: np.ndarray, folds: np.ndarray, weights: np.ndarray | None = None, blocks: np.ndarray | None = None
) -> list[Advice]:
    """Advice for every purpose that the goal has. truth (n,) 0/1 of the wanted level, score (n,) its probability; [] where one of both is absent."""
    if not 0.0 < truth.mean() < 1.0 or np.ptp(score) == 0.0:
        return []
    return [_advice(purpose, gain, goal, _Rows(truth, score, folds, weights, blocks)) for purpose, gain in _gains(goal).items()]


def thresholds(advice: list[Advice]) -> Curve:
    """The advice as a table, with its sentences."""
    names = ("purpose", "threshold", "low", "high", "value", "value_low", "value_high", "at_half")
    columns = {name: [getattr(each, name) for each in advice] for name in names}
    return Curve("thresholds", {**columns, "en": [each.say("en") for each in advice], "zh": [each.say("zh") for each in advice]})


def profit(
    goal: Goal, truth: np.ndarray, score: np.ndarray, points: int = 100, weights: np.ndarray | None = None, blocks: np.ndarray | None = None
) -> Curve:
    """Profit, with its interval, by the share of rows that is acted upon, the likeliest first; the goal must have a value."""
    assert goal.value is not None
    cuts = _cuts(score, points)
    gain = _gains(goal)["profit"]

    def at(w: np.ndarray) -> np.ndarray:
        return _swept(gain, truth, score, cuts, w)

    total = np.ones(len(truth)) if weights is None else weights
    value = at(total[None])[0]
    low, high = interval(resampled(lambda w: at(w * total), len(truth), blocks=blocks, resamples=200))
    share = (score[None, :] >= cuts[:, None]) @ total / total.sum()
    kept = np.flatnonzero(np.diff(share, prepend=-1.0) > 0)
    columns = {"share": share, "profit": value, "low": np.minimum(low, value), "high": np.maximum(high, value), "threshold": cuts}
    return Curve("profit", {name: [float(x) for x in column[kept]] for name, column in columns.items()})


@dataclass(frozen=True)
class _Rows:
    truth: np.ndarray
    score: np.ndarray
    folds: np.ndarray
    weights: np.ndarray | None
    blocks: np.ndarray | None


def _advice(purpose: str, gain: Gain, goal: Goal, rows: _Rows) -> Advice:
    cuts = _cuts(rows.score, CUTS)
    total = np.ones(len(rows.truth)) if rows.weights is None else rows.weights
    best = cuts[int(np.argmax(_swept(gain, rows.truth, rows.score, cuts, total[None])[0]))]

    def chosen(w: np.ndarray) -> np.ndarray:
        return cuts[np.argmax(_swept(gain, rows.truth, rows.score, cuts, w * total), axis=1)]

    low, high = interval(resampled(chosen, len(rows.truth), blocks=rows.blocks, resamples=200))
    decided = np.zeros(len(rows.truth))
    for fold in np.unique(rows.folds):
        own = rows.folds == fold
        others = ~own if not own.all() else own
        at = cuts[int(np.argmax(_swept(gain, rows.truth[others], rows.score[others], cuts, total[None, others])[0]))]
        decided[own] = rows.score[own] >= at

    def brought(w: np.ndarray) -> np.ndarray:
        return _of(gain, rows.truth, decided, w * total)

    value = float(brought(np.ones((1, len(total))))[0])
    down, up = map(float, interval(resampled(brought, len(total), blocks=rows.blocks, resamples=200)))
    half = float(_of(gain, rows.truth, (rows.score >= 0.5).astype(np.float64), total[None])[0])
    return Advice(purpose, goal.wanted, float(best), min(float(low), best), max(float(high), best), value, min(down, value), max(up, value), half)


def _gains(goal: Goal) -> dict[str, Gain]:
    def f1(hits: np.ndarray, taken: np.ndarray, wanted: np.ndarray, _: np.ndarray) -> np.ndarray:
        return _over(2.0 * hits, taken + wanted)

    def balanced(hits: np.ndarray, taken: np.ndarray, wanted: np.ndarray, whole: np.ndarray) -> np.ndarray:
        return (_over(hits, wanted) + 1.0 - _over(taken - hits, whole - wanted)) / 2.0

    plain: dict[str, Gain] = {"f1": f1, "balanced accuracy": balanced}
    if goal.value is None:
        return plain
    worth = goal.success * goal.value

    def priced(hits: np.ndarray, taken: np.ndarray, wanted: np.ndarray, whole: np.ndarray) -> np.ndarray:
        return worth * hits - goal.cost * taken

    return {"profit": priced, **plain}


def _cuts(score: np.ndarray, most: int) -> np.ndarray:
    """At most `most` thresholds that occur, and one above all rows, the highest first."""
    return np.unique(np.r_[np.quantile(score, np.linspace(0, 1, most), method="lower"), np.nextafter(score.max(), np.inf)])[::-1]


def _swept(gain: Gain, truth: np.ndarray, score: np.ndarray, cuts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(b, cuts) gain of acting upon every row at or above each cut, for weights (b, n)."""
    order = np.argsort(-score, kind="stable")
    reached = np.searchsorted(-score[order], -cuts, side="right")  # how many rows are at or above each cut
    own = weights[:, order]
    taken, hits = (np.pad(np.cumsum(x, axis=1), ((0, 0), (1, 0)))[:, reached] for x in (own, own * truth[order]))
    return gain(hits, taken, (weights @ truth)[:, None], weights.sum(axis=1)[:, None])


def _of(gain: Gain, truth: np.ndarray, decided: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(b,) gain of one decision."""
    return gain(weights @ (truth * decided), weights @ decided, weights @ truth, weights.sum(axis=1))


def _over(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=np.broadcast_to(bottom, np.broadcast(top, bottom).shape) > 0)


def _digits(probability: float) -> str:
    return f"{min(probability, 1.0):.2f}" if probability >= 0.05 else f"{probability:.3f}"
