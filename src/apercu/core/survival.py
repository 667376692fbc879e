"""Survival: how long it takes until an event, to whom it comes first, and which columns tell, with intervals.

    told.say()
    'left is “yes” in 1,869 of 7,043 rows; the others were last seen without it. Half of all have it by months 61 (estimated; 95% interval 58 to 66).'

The frozen types that travel from train to the terminal and JSON. Shares come with the log-log band of Kaplan and Meier's curve, scores and costs
with an interval by drawing rows again. What it does *not* do: learn (train/survival), or hold more of the model than what it can be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Protocol

import numpy as np

from ..words import phrases
from ..words.numbers import percent, plain
from ..words.spacing import glue
from .rows import Rows

__all__ = ["MODELS", "AtRisk", "Cohort", "Group", "Standing", "SurvivalAnalysis", "SurvivalModel", "Teller"]

BLOCKS: Final = "▁▂▃▄▅▆▇█"
MODELS: Final[Mapping[str, Mapping[str, str]]] = {
    "cox": {"en": "proportional hazards (Cox)", "zh": "比例风险模型（Cox）"},
    "stretches": {"en": "boosted trees by stretches of time", "zh": "分段时间提升树"},
}


class SurvivalModel(Protocol):
    """What may be asked of a survival model about new rows."""

    def shares(self, rows: Rows, when: Sequence[float] | np.ndarray) -> np.ndarray:
        """(n, m) the chance that it has not happened by each of `when` (m,), in the unit of the duration."""
        ...

    def risk(self, rows: Rows) -> np.ndarray:
        """(n,) an order of rows: the higher, the sooner it is expected."""
        ...

    def left(self, rows: Rows, since: np.ndarray | float = 0.0) -> np.ndarray:
        """(n,) the median time still to come for a row without the event after `since`; inf where that lies beyond what was seen."""
        ...


@dataclass(frozen=True)
class Standing:
    """The share of rows without the event just after `time`, its 95% interval, and how many rows were still followed then."""

    time: float
    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True)
class Cohort:
    """A third of the rows by predicted risk: `foretold` is the mean predicted share without the event after `horizon`, `share` what came."""

    name: str
    n: int
    events: int
    foretold: float
    share: float
    low: float
    high: float
    median: float | None


@dataclass(frozen=True)
class Group:
    """The rows of a level, or on one side of a number: the share without the event after `horizon`, with its 95% interval."""

    name: str
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Teller:
    """A column: the concordance that shuffling it costs, with its 95% interval on n rows, and its worst and best group."""

    column: str
    cost: float
    low: float
    high: float
    n: int
    worst: Group
    best: Group


@dataclass(frozen=True)
class AtRisk:
    """A row without the event (its number in the source, from 1), how far it has come, the chance of the event in the next `horizon`, and the
    median time left; None where the table does not reach far enough to say.
    """

    row: int
    since: float
    chance: float | None
    left: float | None


@dataclass(frozen=True)
class SurvivalAnalysis:
    """median: the time by which half of all rows have the event, with its interval; None where the curve does not fall so far.

    concordance, brier, gain: (value, low, high), out of fold: the share of pairs in the right order, the integrated Brier score, and by how much
    that is lower than with one curve for all. at_risk: every row without the event, the highest chance first. model: says `shares`, `risk` and
    `left` of new rows; it is not part of the JSON.
    """

    source: str
    duration: str
    event: str
    happened: str
    n: int
    events: int
    horizon: float
    last: float
    median: tuple[float | None, float | None, float | None]
    curve: tuple[Standing, ...]
    made_by: str
    concordance: tuple[float, float, float]
    brier: tuple[float, float, float]
    gain: tuple[float, float, float]
    thirds: tuple[Cohort, ...]
    tellers: tuple[Teller, ...]
    at_risk: tuple[AtRisk, ...]
    left_out: tuple[str, ...] = ()
    model: SurvivalModel | None = field(default=None, compare=False, repr=False)

    def say(self, lang: str = "en") -> str:
        """How many had the event, and by when half of all have it."""
        level, (middle, low, high), end = phrases(lang).quote(self.happened), self.median, self.curve[-1]
        if lang == "zh":
            head = glue(f"{self.n:,} 行中有 {self.events:,} 行的", self.event, "为", f"{level}；其余各行最后一次观测时尚未发生。")
            if middle is None:
                return head + glue("当", self.duration, f"为 {plain(end.time)} 时，估计仍有 {percent(end.share)} 未发生，因此中位时间未知。")
            return head + glue("估计半数在", self.duration, f"为 {plain(middle)}（95% 区间 {_told(low)} 至 {_told(high)}）之前发生。")
        head = f"{self.event} is {level} in {self.events:,} of {self.n:,} rows; the others were last seen without it."
        if middle is None:
            return f"{head} At {self.duration} {plain(end.time)} an estimated {percent(end.share)} are still without it, so no median can be told."
        return f"{head} Half of all have it by {self.duration} {plain(middle)} (estimated; 95% interval {_told(low)} to {_told(high)})."

    def how(self, lang: str = "en") -> str:
        """By what means, and how good they are on rows that they did not see."""
        value, low, high = self.concordance
        made, better = MODELS[self.made_by][lang], self.gain[0] >= 0
        score, (much, least, most) = self.brier, self.gain if better else (-self.gain[0], -self.gain[2], -self.gain[1])
        if lang == "zh":
            told = f"一致性指数 {value:.3f}（95% 区间 {low:.3f} 至 {high:.3f}，{self.n:,} 行折外；0.5 为随机）"
            apart = f"比对所有行用同一条曲线{'低' if better else '高'} {much:.3f}（{least:.3f} 至 {most:.3f}）"
            told = f"由{made}得出；{told}；综合 Brier 分数为 {score[0]:.3f}（{score[1]:.3f} 至 {score[2]:.3f}），{apart}。"
            return told + (glue("未使用", f"{'、'.join(self.left_out)}：其中含有", self.duration, "本身。") if self.left_out else "")
        told = f"its concordance is {value:.3f} (95% interval {low:.3f} to {high:.3f}, out of fold on {self.n:,} rows; 0.5 is chance)"
        apart = f"{much:.3f} ({least:.3f} to {most:.3f}) {'less' if better else 'more'} than that of one curve for all"
        told = f"Made by {made}; {told}, its integrated Brier score {score[0]:.3f} ({score[1]:.3f} to {score[2]:.3f}), {apart}."
        if not self.left_out:
            return told
        return f"{told} Not learned from, since the duration itself is in it: {phrases(lang).both(list(self.left_out))}."

    def picture(self, width: int = 48) -> str:
        """The curve in one line of blocks, from 100% down to 0%."""
        times = np.array([0.0, *(s.time for s in self.curve)])
        shares = np.array([1.0, *(s.share for s in self.curve)])
        at = np.searchsorted(times, np.linspace(0.0, self.last, width), side="right") - 1
        return "".join(BLOCKS[round(float(share) * (len(BLOCKS) - 1))] for share in shares[at])

    def chart(self) -> dict[str, Any]:
        """Vega-Lite: the share without the event over time, with its band."""
        values = [{"x": 0.0, "share": 1.0, "low": 1.0, "high": 1.0}]
        values += [{"x": s.time, "share": s.share, "low": s.low, "high": s.high} for s in self.curve]
        x = {"field": "x", "type": "quantitative", "title": self.duration}
        y = {"type": "quantitative", "title": None, "axis": {"format": "%"}, "scale": {"domain": [0, 1]}}
        band = {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}}
        layers = [
            {"mark": {"type": "area", "opacity": 0.3, "interpolate": "step-after"}, "encoding": band},
            {"mark": {"type": "line", "interpolate": "step-after"}, "encoding": {"x": x, "y": {"field": "share", **y}}},
        ]
        return {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": values}, "layer": layers}

    def to_json(self) -> dict[str, Any]:
        """The fields but the model, with the sentences in both languages; `from_json` reads them back."""
        told = {"text": {lang: self.say(lang) for lang in ("en", "zh")}, "how": {lang: self.how(lang) for lang in ("en", "zh")}}
        return {**{k: v for k, v in asdict(replace(self, model=None)).items() if k != "model"}, **told}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> SurvivalAnalysis:
        """Reads what `to_json` wrote, also after a trip through JSON text."""
        made: dict[str, Any] = {k: tuple(v) if isinstance(v, list | tuple) else v for k, v in tree.items() if k not in ("text", "how")}
        made["curve"] = tuple(Standing(**one) for one in tree["curve"])
        made["thirds"] = tuple(Cohort(**one) for one in tree["thirds"])
        made["tellers"] = tuple(_teller(one) for one in tree["tellers"])
        made["at_risk"] = tuple(AtRisk(**one) for one in tree["at_risk"])
        return SurvivalAnalysis(**made)


def _teller(tree: Mapping[str, Any]) -> Teller:
    fields: dict[str, Any] = {**tree, "worst": Group(**tree["worst"]), "best": Group(**tree["best"])}
    return Teller(**fields)


def _told(value: float | None) -> str:
    return "∞" if value is None else plain(value)
