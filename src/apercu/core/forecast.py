"""Forecast: what one or many series will bring, with intervals, and how such forecasts did in the past.

    forecast.say()
    'The next 28 days' sold are expected at 1,240 (90% interval 1,050 to 1,430), 8.0% above the last 28 days; in the past such forecasts
    missed by 6.0%.'

The frozen type that travels from train to reports and JSON. A `Path` is one series (or the total of all): its history, and the mean, low and
high of each future step. What it does *not* do: make forecasts (train/series), or hold models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from ..words import phrases
from ..words.numbers import percent, plain
from ..words.spacing import glue
from .dataset import Note

__all__ = ["UNITS", "Accuracy", "Forecast", "Path", "Span"]

SHOWN: Final = 4  # horizons of history that a chart shows
MEMBERS: Final = 0.05  # least weight of a member that a sentence names
UNITS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {  # one, several
    "en": {
        "minute": ("minute", "minutes"), "hour": ("hour", "hours"), "day": ("day", "days"), "workday": ("working day", "working days"),
        "week": ("week", "weeks"), "month": ("month", "months"), "quarter": ("quarter", "quarters"), "year": ("year", "years"),
        "number": ("step", "steps"),
    },
    "zh": {
        "minute": ("分钟", "分钟"), "hour": ("小时", "小时"), "day": ("天", "天"), "workday": ("工作日", "个工作日"),
        "week": ("周", "周"), "month": ("月", "个月"), "quarter": ("季度", "个季度"), "year": ("年", "年"), "number": ("步", "步"),
    },
}  # fmt: skip
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "seasonal naive": "as one season before", "naive": "as last seen", "theta": "Theta", "long theta": "Theta of the long season",
        "long naive": "as one long season before",
        "ets": "exponential smoothing", "boosted lags": "boosted trees on lags", "boosted corrections": "boosted trees on simple forecasts",
        "arima": "ARIMA", "rnn": "a recurrent net",
    },
    "zh": {
        "seasonal naive": "与上一周期相同", "naive": "与最近值相同", "theta": "Theta 模型", "long theta": "长周期 Theta 模型",
        "long naive": "与上一长周期相同",
        "ets": "指数平滑", "boosted lags": "滞后特征梯度提升树", "boosted corrections": "基于简单预测的提升树",
        "arima": "ARIMA 模型", "rnn": "循环神经网络",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Path:
    """One series. key: its values of the columns in `by`; moments are ISO texts, or plain numbers as text; low and high bound each step alone."""

    key: tuple[str, ...]
    past: tuple[str, ...]
    history: tuple[float, ...]
    times: tuple[str, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def name(self) -> str:
        """The key in one word; '' for the total."""
        return " · ".join(self.key)


@dataclass(frozen=True)
class Span:
    """The whole horizon in one number: its sum (or mean) over steps and series, its interval, the same of as many steps before, the usual miss.

    missed: mean absolute error of past forecasts of this number, as a share of what came; None where there were none.
    """

    mean: float
    low: float
    high: float
    before: float
    missed: float | None


@dataclass(frozen=True)
class Accuracy:
    """How a member, or the whole (`forecast`), did over the backtest. smape in per cent (0 to 200), mase in errors of the seasonal naive rule.

    None where nothing could be tested. coverage: share of values inside the intervals, known of the whole only.
    """

    name: str
    weight: float
    smape: float | None
    mase: float | None
    coverage: float | None = None


@dataclass(frozen=True)
class Forecast:
    """A forecast of `horizon` steps for each series. The first of `scores` is the forecast itself, then its members; the last the naive rule.

    step: (unit, how many of it); seasons: their lengths in steps; origins: moments from which past forecasts were made.
    """

    target: str
    time: str
    by: tuple[str, ...]
    step: tuple[str, int]
    horizon: int
    coverage: float
    added: bool
    series: tuple[Path, ...]
    total: Path
    span: Span
    scores: tuple[Accuracy, ...]
    seasons: tuple[int, ...] = ()
    origins: int = 0
    notes: tuple[Note, ...] = ()

    def path(self, *key: str) -> Path:
        """The series of a key. Raises KeyError when there is none."""
        for path in self.series:
            if path.key == key:
                return path
        raise KeyError(key)

    def say(self, lang: str = "en") -> str:
        """What is expected, with its interval, against the past, and the usual miss."""
        span, level = self.span, f"{100 * self.coverage:.4g}%"
        much, low, high = (plain(_cut(v)) for v in (span.mean, span.low, span.high))
        change = span.mean / span.before - 1.0 if span.before > 0 else None
        if lang == "zh":
            ahead = f"未来 {self._steps(lang)}"
            past = "" if change is None else f"，较前 {self._steps(lang)}{_moved(change, lang)}"
            miss = "" if span.missed is None else f"；以往同类预测的平均误差为 {percent(span.missed)}"
            return (
                f"{glue(f'{ahead}的', self.target, '合计' if self.added else '平均', '预计为', much)}（{level} 区间 {low} 至 {high}）{past}{miss}。"
            )
        what = f"The sum of {self.target}" if self.added else f"The mean of {self.target}"
        past = "" if change is None else f", {_moved(change, lang)} the {self._steps(lang)} before"
        miss = "" if span.missed is None else f"; past forecasts of this kind missed by {percent(span.missed)}"
        expected = f"is expected to be {much} ({level} interval {low} to {high})"
        return f"{what} over the next {self._steps(lang)} {expected}{past}{miss}."

    def how(self, lang: str = "en") -> str:
        """By what means, and how good they were in the backtest beside the naive rule."""
        whole, naive = self.scores[0], self.scores[-1]
        used = sorted((s for s in self.scores[1:] if s.weight >= MEMBERS), key=lambda s: -s.weight)
        named = [f"{WORDS[lang].get(s.name, s.name)} ({percent(s.weight)})" if len(used) > 1 else WORDS[lang].get(s.name, s.name) for s in used]
        members = "、".join(named) if lang == "zh" else phrases(lang).both(named) if named else ""
        if whole.smape is None or naive.smape is None:
            return f"由{members}得出；历史太短，无法回测。" if lang == "zh" else f"Made by {members}; the history is too short to test it."
        other = WORDS[lang].get(naive.name, naive.name)
        if lang == "zh":
            held = "" if whole.coverage is None else f"，区间覆盖了 {percent(whole.coverage)} 的实际值"
            return f"由{members}得出；在 {self.origins} 个历史时点的回测中 sMAPE 为 {whole.smape:.1f}%，“{other}”为 {naive.smape:.1f}%{held}。"
        held = "" if whole.coverage is None else f", and {percent(whole.coverage)} of the values lay inside the intervals"
        tested = f"tested at {self.origins} past moments, its sMAPE is {whole.smape:.1f}% where “{other}” has {naive.smape:.1f}%"
        return f"Made by {members}; {tested}{held}."

    def chart(self, *key: str) -> dict[str, Any]:
        """Vega-Lite: the end of the history, the forecast and its band; of the total, or of the series of a key."""
        path = self.path(*key) if key else self.total
        kept = max(SHOWN * self.horizon, 24)
        past = [{"x": t, "value": v} for t, v in zip(path.past[-kept:], path.history[-kept:], strict=True)]
        made = zip(path.times, path.mean, path.low, path.high, strict=True)
        ahead = [{"x": t, "value": v, "low": low, "high": high} for t, v, low, high in made]
        joint = [{**past[-1], "low": past[-1]["value"], "high": past[-1]["value"]}] if past else []
        kind = "quantitative" if self.step[0] == "number" else "temporal"
        x = {"field": "x", "type": kind, "title": None}
        y = {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": False}}
        band = {"y": {"field": "low", "type": "quantitative", "title": None}, "y2": {"field": "high"}}
        layers = [
            {"data": {"values": joint + ahead}, "mark": {"type": "area", "opacity": 0.5}, "encoding": {"x": x, **band}},
            {"data": {"values": past}, "mark": {"type": "line", "color": "#5b6873"}, "encoding": {"x": x, "y": y}},
            {"data": {"values": joint + ahead}, "mark": {"type": "line"}, "encoding": {"x": x, "y": y}},
        ]
        return {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "layer": layers}

    def to_json(self) -> dict[str, Any]:
        """The fields, with the sentences in both languages; `from_json` reads them back."""
        told = {"text": {lang: self.say(lang) for lang in UNITS}, "how": {lang: self.how(lang) for lang in UNITS}}
        return {**asdict(self), "notes": [note.to_json() for note in self.notes], **told}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Forecast:
        """Reads what `to_json` wrote, also after a trip through JSON text."""
        notes = tuple(Note(n["step"], n["column"], n["what"], n["rows"], n["expression"], n["id"]) for n in tree["notes"])
        return Forecast(
            target=tree["target"],
            time=tree["time"],
            by=tuple(tree["by"]),
            step=(tree["step"][0], tree["step"][1]),
            horizon=tree["horizon"],
            coverage=tree["coverage"],
            added=tree["added"],
            series=tuple(_path(each) for each in tree["series"]),
            total=_path(tree["total"]),
            span=Span(**tree["span"]),
            scores=tuple(Accuracy(**each) for each in tree["scores"]),
            seasons=tuple(tree["seasons"]),
            origins=tree["origins"],
            notes=notes,
        )

    def _steps(self, lang: str) -> str:
        unit, every = self.step
        n = self.horizon * (1 if unit in ("month", "quarter", "year", "number") else every)
        if unit == "minute" and n % 60 == 0:
            unit, n = "hour", n // 60
        one, several = UNITS[lang][unit]
        return f"{n:,} {one if n == 1 and lang == 'en' else several}"


def _path(tree: Mapping[str, Any]) -> Path:
    return Path(**{name: tuple(value) for name, value in tree.items()})


def _cut(x: float) -> float:
    """Whole from a hundred up: nobody knows the future to the digit."""
    return float(round(x)) if abs(x) >= 100 else x


def _moved(change: float, lang: str) -> str:
    size = percent(abs(change))
    if size == "0.0%":
        return "持平" if lang == "zh" else "the same as"
    if lang == "zh":
        return f"{'增长' if change > 0 else '下降'} {size}"
    return f"{size} {'above' if change > 0 else 'below'}"
