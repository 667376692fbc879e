"""What reweighing brings: the model trained anew under weights that make group and outcome independent, beside the model as it was.

    told = retrained(split, model, "sex", fit)     # fit: Split -> CrossFitted, handed in by whoever may train
    told.say("en")    # Trained anew under weights that make sex and churned independent, the largest gap between groups of how many are told “yes”
                      # goes from 19.4% to 12.3% (−7.1 points, 95% interval −9.0 to −5.1); accuracy goes from 84.1% to 83.8% ...

Weights: Kamiran & Calders (2012), `bias.reweighed`, times those that rows have already. Gaps are the largest between two groups of a column: of the
rate of decisions (demographic parity, which the weights aim at) and of the rate at which the truly wanted are found (equal opportunity, which may go
either way). Both models are judged out of fold on the same rows, which count as they did before. Null hypothesis of each change: none; intervals are
a paired bootstrap over rows, or blocks. What it does *not* say: that another draw of training rows would bring the same, or which gap is just.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from ..core.errors import WordsError
from ..core.model import CrossFitted
from ..core.split import Split
from ..stats.bootstrap import interval, resampled
from ..words import phrases
from ..words.numbers import count, percent
from ..words.spacing import glue
from .bias import LEAST, groups_of, reweighed

__all__ = ["Moved", "Retrained", "retrained"]

WEIGHT: Final = "_reweighed"  # the column of weights, where rows had none
RESAMPLES: Final = 400


class Moved(NamedTuple):
    """A share before and after, and the 95 % interval of its change."""

    before: float
    after: float
    low: float
    high: float


class Retrained(NamedTuple):
    """What training anew brings for the groups of a column, on n rows: gaps of the decisions' rate and of the wanted that are found; accuracy."""

    name: str
    target: str
    wanted: str
    n: int
    rate: Moved
    found: Moved | None
    accuracy: Moved

    def say(self, lang: str = "en") -> str:
        """The change as a sentence."""
        w = phrases(lang)

        def told(one: Moved) -> str:
            return f"{percent(one.before)} {'to' if lang == 'en' else '变为'} {percent(one.after)}"

        def sure(one: Moved) -> str:
            span = f"{w.difference(one.after - one.before, 'share')}, {w.interval(one.low, one.high, 'share')}"
            return f" ({span})" if lang == "en" else f"（{span.replace(', ', '，')}）"

        same = self.rate.low <= 0.0 <= self.rate.high
        if lang == "zh":
            also = "" if self.found is None else f"；真实为“{self.wanted}”者的识别率差距由 {told(self.found)}{sure(self.found)}"
            verdict = "；差距没有明确变化" if same else ""
            head = glue("按使", self.name, "与结果相互独立的权重重新训练后，各组被预测为")
            return (
                f"{head}“{self.wanted}”的比例差距由 {told(self.rate)}{sure(self.rate)}{also}；准确率由 {told(self.accuracy)}{sure(self.accuracy)}"
                f"{verdict}。依据 {count(self.n)} 行的折外预测。"
            )
        also = "" if self.found is None else f", of how many of the true “{self.wanted}” are found from {told(self.found)}{sure(self.found)}"
        verdict = "; the gap has not surely changed" if same else ""
        return (
            f"Trained anew under weights that make {self.name} and {self.target} independent, the largest gap between groups of how many are told "
            f"“{self.wanted}” goes from {told(self.rate)}{sure(self.rate)}{also}; accuracy goes from {told(self.accuracy)}{sure(self.accuracy)}"
            f"{verdict}. Measured out of fold on {count(self.n)} rows."
        )


def retrained(split: Split, model: CrossFitted, name: str, fit: Callable[[Split], CrossFitted], resamples: int = RESAMPLES) -> Retrained:
    """What reweighing a column's groups brings. Fits once. Raises WordsError for a numeric target, or fewer than two groups of LEAST rows."""
    goal = split.goal
    if goal is None or goal.task == "numeric":
        raise WordsError("groups are reweighed for a target of classes; this study has none.")
    truth = goal.coded(split.rows)
    known = ~np.isnan(truth)
    groups = [inside[known] for _, inside in groups_of(split.rows, name)]
    groups = [inside for inside in groups if inside.sum() >= LEAST]
    if len(groups) < 2:
        raise WordsError(f"{name!r} has fewer than two groups of at least {LEAST} rows to be treated alike; name a column that has.")
    own = goal.weights(split.rows)
    weights = reweighed(split, name) * (1.0 if own is None else own)
    held = goal.weight or WEIGHT
    anew = fit(replace(split, rows=split.rows.plus({held: weights}), goal=replace(goal, weight=held)))
    both = np.stack([one.out_of_fold[known].argmax(axis=1) for one in (model, anew)])
    place = goal.classes.index(goal.wanted)
    counts = None if own is None else own[known]
    blocks = None if split.blocks is None else split.blocks[known]
    wanted = truth[known] == place

    def measured(w: np.ndarray) -> np.ndarray:
        """(b, 3, 2) the gaps of both rates and the accuracy of both models under weights (b, n)."""
        total = w if counts is None else w * counts
        shown = [_gap(total, both == place, groups), _gap(total * wanted, both == place, groups), _share(total, both == truth[known])]
        return np.stack(shown, axis=1)

    values = measured(np.ones((1, int(known.sum()))))[0]
    draws = resampled(measured, int(known.sum()), blocks=blocks, resamples=resamples)
    low, high = interval(draws[..., 1] - draws[..., 0])
    moved = values[:, 1] - values[:, 0]  # the largest of several gaps is larger in a resample, so its percentiles may miss what was seen
    low, high = np.minimum(low, moved), np.maximum(high, moved)
    made = [Moved(float(v[0]), float(v[1]), float(a), float(b)) for v, a, b in zip(values, low, high, strict=True)]
    enough = sum(int((inside & wanted).sum()) >= LEAST for inside in groups) == len(groups)
    return Retrained(name, goal.target, goal.wanted, int(known.sum()), made[0], made[1] if enough else None, made[2])


def _gap(weights: np.ndarray, said: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """(b, 2) largest difference between two groups of the weighted share of rows of which each of two models says so; said (2, n)."""
    rates = np.stack([_share(weights[:, inside], said[:, inside]) for inside in groups])
    return rates.max(axis=0) - rates.min(axis=0)


def _share(weights: np.ndarray, said: np.ndarray) -> np.ndarray:
    """(b, 2) weighted shares of said (2, n) under weights (b, n)."""
    total = weights.sum(axis=1, keepdims=True)
    return (weights @ said.T.astype(np.float64)) / np.where(total > 0, total, 1.0)
