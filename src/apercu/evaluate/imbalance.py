"""Does balancing rare classes pay? The same model with and without it, on the same rows, out of fold; on request, for it costs further fits.

    found = balanced(split, fit)       # fit: Split -> CrossFitted, handed in by whoever may train
    found.say("en")                    # “yes” is 11.7% of 15,000 rows. No way of balancing ranks rows surely better than leaving them as they are ...

Rows are never resampled by default: a model that minimises a proper score says honest probabilities, and the threshold, not the rows, carries what an
error costs (Elkan 2001; "To SMOTE, or not to SMOTE?", arXiv 2201.08528). Compared are class weights, class weights with the odds put right again,
random under-sampling and SMOTE, each by how it ranks (AUC), how true its probabilities are (log loss, Brier, calibration error), and what its
decisions bring: F1 and, where the goal has a value, profit per 1,000 rows, at a probability of 0.5, at the threshold that was best on the other
folds, and at the one that the costs ask for (cost / (success x value)). Null hypothesis of every difference: balancing changes nothing in the long
run; intervals and q as of any two models (see paired), q over the ways, of each metric. What it does *not* do: several classes, and costs by row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from ..core.errors import WordsError
from ..core.goal import Goal
from ..core.model import CrossFitted
from ..core.score import LOWER, Score
from ..core.split import Split
from ..stats import scores as metrics
from ..words.numbers import count, money, percent, signed
from . import _balanced
from .paired import Case, Measure, differences, weights_of

__all__ = ["Balance", "PLAIN", "WAYS", "Way", "balanced"]

PLAIN: Final = "as they are"
PUT_RIGHT: Final = "class weights, odds put right"
WAYS: Final = {PLAIN: "不作平衡", "class weights": "类别加权", PUT_RIGHT: "类别加权并校正几率", "under-sampling": "随机欠采样", "SMOTE": "SMOTE"}
HALF, BEST, COST = "at 0.5", "at the best threshold", "at the cost threshold"
FEW: Final = 20  # rows of the rarer class, below which nothing can be compared
CUTS: Final = 200  # thresholds that are tried
SURE: Final = 0.05  # q up to which a difference is told as one
UNIT: Final = 1_000.0  # rows that a profit is told for


class Way(NamedTuple):
    """One way of balancing: its metrics by name; of each, the difference of leaving rows as they are and this way (none for leaving them)."""

    name: str
    values: dict[str, float]
    apart: dict[str, Score]


class Balance(NamedTuple):
    """The ways beside each other, leaving rows as they are first; the level and its share of n rows; the threshold by cost, where there is one."""

    level: str
    share: float
    n: int
    ways: tuple[Way, ...]
    threshold: float | None

    def say(self, lang: str = "en") -> str:
        """What pays, in a few sentences."""
        return ("" if lang == "zh" else " ").join(
            part for part in (self._rarity(lang), self._ranks(lang), self._says(lang), self._pays(lang)) if part
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON tells it."""
        ways = [{"name": w.name, "values": w.values, "differences": {m: s.to_json() for m, s in w.apart.items()}} for w in self.ways]
        return {"level": self.level, "share": self.share, "n": self.n, "threshold": self.threshold, "ways": ways}

    def better(self, metric: str) -> list[Way]:
        """The ways that are surely better than leaving rows as they are, the best first."""
        sign = 1.0 if metric in LOWER else -1.0
        sure = [w for w in self.ways[1:] if (w.apart[metric].q or 0.0) <= SURE and sign * w.apart[metric].value > 0]
        return sorted(sure, key=lambda w: -sign * w.apart[metric].value)

    def _rarity(self, lang: str) -> str:
        if lang == "zh":
            return f"“{self.level}”占 {count(self.n)} 行的 {percent(self.share)}。"
        return f"“{self.level}” is {percent(self.share)} of {count(self.n)} rows."

    def _ranks(self, lang: str) -> str:
        """Whether any way ranks better."""
        plain, found = self.ways[0], self.better("auc")
        way = found[0] if found else min(self.ways[1:], key=lambda w: w.apart["auc"].value)
        one = way.apart["auc"]
        span = f"{_signed(-one.high)} {'至' if lang == 'zh' else 'to'} {_signed(-one.low)}"
        if lang == "zh":
            head = f"{WAYS[way.name]}的排序明显更好" if found else "没有哪种平衡方法的排序明显优于不作平衡"
            return f"{head}（AUC {plain.values['auc']:.3f}；{WAYS[way.name]}相差 {_signed(-one.value)}，95% 区间 {span}）。"
        head = f"{_first(way.name)} ranks rows better" if found else "No way of balancing ranks rows surely better than leaving them as they are"
        return f"{head} (AUC {plain.values['auc']:.3f}; {way.name}: {_signed(-one.value)}, 95% interval {span})."

    def _says(self, lang: str) -> str:
        """Which way spoils the probabilities most, where one surely does."""
        worse = [w for w in self.ways[1:] if (w.apart["log loss"].q or 0.0) <= SURE and w.apart["log loss"].value < 0]
        if not worse:
            return ""
        way = max(worse, key=lambda w: w.values["log loss"])
        own, plain = way.values["calibration error"], self.ways[0].values["calibration error"]
        if lang == "zh":
            return f"{WAYS[way.name]}的概率不再可信：校准误差由 {plain:.3f} 变为 {own:.3f}。"
        return f"The probabilities of {way.name} are off: their calibration error is {own:.3f}, beside {plain:.3f}."

    def _pays(self, lang: str) -> str:
        """What the threshold brings, and whether a way brings more than it."""
        plain, name = self.ways[0].values, "profit" if self.threshold is not None else "f1"
        tuned = f"{name} {BEST}"
        at = f"{name} {COST}" if self.threshold is not None else tuned
        found = self.better(tuned)
        best = found[0] if found else max(self.ways[1:], key=lambda w: w.values[tuned])
        half, there, ways = (_told(name, x) for x in (plain[f"{name} {HALF}"], plain[at], best.values[tuned]))
        if lang == "zh":
            what = f"从概率 {self.threshold:.3f}（成本与价值之比）起" if self.threshold is not None else "以最佳阈值"
            unit = "每 1,000 行的收益" if self.threshold is not None else "F1 "
            end = f"{WAYS[best.name]}在其最佳阈值下为 {ways}" + ("，明显更高。" if found else "，并无明确优势。")
            return f"不作平衡而{what}判定，{unit}为 {there}，以 0.5 为界则为 {half}；{end}"
        what = f"from {self.threshold:.3f} on (cost over value)" if self.threshold is not None else "at the best threshold"
        unit = "of profit per 1,000 rows" if self.threshold is not None else "F1"
        end = "which is surely more" if found else "which is not surely more"
        return (
            f"Left as they are and decided {what}, rows bring {there} {unit}, {half} if decided at 0.5; {best.name} at its own best threshold "
            f"brings {ways}, {end}."
        )


def balanced(split: Split, fit: Callable[[Split], CrossFitted], resamples: int = 400) -> Balance:
    """What ways of balancing bring. Fits four times. Raises WordsError where the target has not two classes of at least FEW rows each."""
    goal = split.goal
    truth = goal.measured(split.rows) if goal is not None and goal.task == "binary" else np.zeros(0)
    known = ~np.isnan(truth)
    if goal is None or min(np.count_nonzero(truth == 0), np.count_nonzero(truth == 1)) < FEW:
        raise WordsError(f"ways of balancing are compared for a target of two classes with at least {FEW} rows each; this one is not such.")
    seen = {PLAIN: _seen(fit(split), split), "class weights": _seen(fit(_balanced.weighted(split)), split)}
    seen[PUT_RIGHT] = _put_right(seen["class weights"], _balanced.raised(split))
    seen |= {"under-sampling": _seen(fit(_balanced.thinned(split)), split), "SMOTE": _seen(fit(_balanced.filled(split)), split)}
    blocks = None if split.blocks is None else split.blocks[known]
    case = Case(goal, truth[known], weights_of(goal, split.rows.take(known)), blocks, "out of fold", resamples, split.folds[known])
    values: dict[str, dict[str, float]] = {name: {} for name in seen}
    apart: dict[str, dict[str, Score]] = {name: {} for name in seen}
    for metric, (measure, shown) in _measures(goal, case, {name: p[known] for name, p in seen.items()}).items():
        for name, own in shown.items():
            values[name][metric] = float(measure(case.truth, own, case.weights))
        others = differences(metric, measure, shown, case)
        for name, score in zip(list(shown)[1:], others, strict=True):
            apart[name][metric] = score
    share = float(np.average(case.truth, weights=case.weights))
    return Balance(goal.wanted, share, len(case.truth), tuple(Way(name, values[name], apart[name]) for name in seen), _threshold(goal))


def _measures(goal: Goal, case: Case, seen: dict[str, np.ndarray]) -> dict[str, tuple[Measure, dict[str, np.ndarray]]]:
    """{metric: (its function, what each way hands it: probabilities (n,) or decisions (n,))}."""
    made: dict[str, tuple[Measure, dict[str, np.ndarray]]] = {
        name: (measure, seen)
        for name, measure in (("auc", metrics.auc), ("log loss", metrics.log_loss), ("brier", metrics.brier), ("calibration error", metrics.ece))
    }
    half = {name: (p >= 0.5).astype(np.float64) for name, p in seen.items()}
    gains: dict[str, Measure] = {"f1": metrics.f1}
    threshold = _threshold(goal)
    if threshold is not None:
        worth, cost = goal.success * float(goal.value or 0.0), goal.cost

        def profit(truth: np.ndarray, decided: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
            return UNIT * metrics.mean(decided * (worth * truth - cost), weights)

        gains["profit"] = profit
    for name, gain in gains.items():
        made[f"{name} {HALF}"] = gain, half
        made[f"{name} {BEST}"] = gain, {way: _decided(p, case, gain) for way, p in seen.items()}
    if threshold is not None:
        made[f"profit {COST}"] = gains["profit"], {name: (p >= threshold).astype(np.float64) for name, p in seen.items()}
    return made


def _decided(p: np.ndarray, case: Case, gain: Measure) -> np.ndarray:
    """(n,) 0/1: each fold decided by the threshold that gains most on the others."""
    cuts = np.unique(np.quantile(p, np.linspace(0.0, 1.0, CUTS), method="lower"))
    decided = np.zeros(len(p))
    for fold in np.unique(case.folds):
        own = case.folds == fold
        others = ~own if not own.all() else own
        weights = None if case.weights is None else case.weights[others]
        brought = [float(gain(case.truth[others], (p[others] >= cut).astype(np.float64), weights)) for cut in cuts]
        decided[own] = p[own] >= cuts[int(np.argmax(brought))]
    return decided


def _seen(model: CrossFitted, split: Split) -> np.ndarray:
    """(n,) probability of the wanted level for the split's own rows, out of fold."""
    return model.everywhere(split.rows, split.folds)[:, split.goal.classes.index(split.goal.wanted)]


def _put_right(p: np.ndarray, times: float) -> np.ndarray:
    """Probabilities (n,) after their odds are lowered as many times as balancing had raised them."""
    return p / np.maximum(p + (1.0 - p) * times, 1e-300)


def _threshold(goal: Goal) -> float | None:
    """The probability from which on acting pays on average; None where the goal has no value, or acting never pays."""
    worth = goal.success * (goal.value or 0.0)
    return goal.cost / worth if worth > goal.cost else None


def _told(name: str, value: float) -> str:
    return money(value) if name == "profit" else f"{value:.3f}"


def _signed(x: float) -> str:
    return signed(round(x, 4)) if abs(x) >= 5e-5 else "0"


def _first(name: str) -> str:
    return name[0].upper() + name[1:]
