"""Survival analysis of a table: how long until something happens, to whom it happens first, and which columns tell.

    told = analysed(data, "tenure", "Churn")
    print(told.say())              # Churn = “Yes” happened to 1,869 of 7,043 rows; ... half of all rows have it by tenure ...
    told.at_risk[0]                # the row without the event whose chance of it in the next `horizon` is highest

The curve of all rows is Kaplan & Meier's (1958) with log-log intervals, the model that of `survival`; what is told of single rows, of thirds by
predicted risk and of columns is out of fold: said by a model that did not see the row. Concordance (Harrell 1982) is the share of pairs that the
risk puts in the right order, with a bootstrap over rows. A column is weighed by the concordance that shuffling it costs. Columns that hold the
duration itself (a total paid so far) are left out, and named. What it does not do: competing events, rows that come in late, causes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..core.dataset import Dataset
from ..core.errors import UnusableTarget
from ..core.progress import report
from ..core.rows import Rows, encoded
from ..words import phrases
from ..words.numbers import percent, plain
from ..words.spacing import glue

if TYPE_CHECKING:
    from ._hazard import Cox, Stretches
    from .survival import Survival

__all__ = ["AtRisk", "Cohort", "Standing", "SurvivalAnalysis", "Teller", "analysed"]

Z: Final = 1.959964  # of a 95% interval
FOLDS: Final = 5
RESAMPLES: Final = 200
STEPS: Final = 400  # of the time axis, between which curves of rows are straight
CHUNK: Final = 20_000  # rows whose curves are in memory at once
SHUFFLED: Final = 4_000  # rows that columns are weighed on
GIVES_AWAY: Final = 0.8  # rank correlation with the duration from which a number holds it
WORDLESS: Final = ("image", "series", "text")
LEVELLED: Final = ("category", "flag", "place", "entity")
LEAST: Final = 30  # rows of a group that is told
ROUND: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
BLOCKS: Final = "▁▂▃▄▅▆▇█"
MODELS: Final = {
    "cox": ("proportional hazards (Cox)", "比例风险模型（Cox）"),
    "stretches": ("boosted trees by stretches of time", "分段时间提升树"),
}


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
class Teller:
    """A column: the concordance that shuffling it costs, and its worst and best group with the share without the event after `horizon`."""

    column: str
    cost: float
    worst: str
    worst_share: float
    best: str
    best_share: float


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

    concordance: (value, low, high) out of fold; brier: (the model's integrated Brier score, that of one curve for all). at_risk: every row without
    the event, the highest chance first. model: says `shares`, `risk` and `left` of new rows; it is not part of the JSON.
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
    brier: tuple[float, float]
    thirds: tuple[Cohort, ...]
    tellers: tuple[Teller, ...]
    at_risk: tuple[AtRisk, ...]
    left_out: tuple[str, ...] = ()
    model: Survival | None = field(default=None, compare=False, repr=False)

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
        made = MODELS[self.made_by][lang == "zh"]
        if lang == "zh":
            told = f"一致性指数 {value:.3f}（95% 区间 {low:.3f} 至 {high:.3f}，折外；0.5 为随机）"
            told = f"由{made}得出；{told}；综合 Brier 分数为 {self.brier[0]:.3f}，对所有行用同一条曲线时为 {self.brier[1]:.3f}。"
            return told + (glue("未使用", f"{'、'.join(self.left_out)}：其中含有", self.duration, "本身。") if self.left_out else "")
        told = f"its concordance is {value:.3f} (95% interval {low:.3f} to {high:.3f}, out of fold; 0.5 is chance)"
        told = f"Made by {made}; {told}, its integrated Brier score {self.brier[0]:.3f} where one curve for all has {self.brier[1]:.3f}."
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
        """The fields, with the sentences in both languages."""
        told = {"text": {lang: self.say(lang) for lang in ("en", "zh")}, "how": {lang: self.how(lang) for lang in ("en", "zh")}}
        return {**{k: v for k, v in asdict(replace(self, model=None)).items() if k != "model"}, **told}


def analysed(
    data: Dataset, duration: str, event: str, *, happened: str = "", columns: Sequence[str] = (), horizon: float | None = None
) -> SurvivalAnalysis:
    """The analysis of a table with a row per subject, followed for `duration` until `event`.

    happened: the level that says so, by default the one that reads as yes. columns: what is known of a row from the start, by default the table's
    features but those that give the duration away. horizon: how far ahead is told, in the duration's unit.

    Raises UnknownName for a column that is not there, UnusableTarget for a duration that is no number, EmptyTable where events are too few.
    """
    from ..stats.hazards import kaplan_meier
    from . import survival

    for name in (duration, event, *columns):
        data.schema.column(name)
    rows = data.rows()
    if rows.storage(duration) != "number":
        raise UnusableTarget(f"the duration {duration!r} must be a column of numbers, such as months followed; it holds {rows.storage(duration)}s.")
    names, left_out = (tuple(columns), ()) if columns else _columns(data, rows, duration, event)
    rows = _levelled(data, rows)
    report("train", 0, FOLDS + 1)
    told = survival.fit(rows, duration, event, names, happened, _folds(data, rows))
    time, flag = rows[duration], _flag(rows, event, told.happened)
    there = np.flatnonzero(~np.isnan(time) & ~np.isnan(flag) & (np.nan_to_num(time) >= 0))
    rows, time, flag = rows.take(there), time[there], flag[there]
    horizon = horizon or _rounded(told.last / 6.0)
    folds = _folds(data, rows)
    fold = np.random.default_rng(1).permutation(rows.n) % FOLDS if folds is None else folds
    told_by = _models(told, rows, (time, flag), fold)
    known = (time, flag, fold)
    foretold = _shares(told_by, rows, fold, np.full((rows.n, 1), horizon))[:, 0]
    times, share = kaplan_meier(time, flag)
    curve, made_by = _curve(time, flag), _best(told.scores)
    return SurvivalAnalysis(
        source=data.source,
        duration=duration,
        event=event,
        happened=told.happened,
        n=rows.n,
        events=int((flag > 0).sum()),
        horizon=float(horizon),
        last=told.last,
        median=_median(times, share, curve),
        curve=curve,
        made_by=made_by,
        concordance=_concordance(told_by, rows, known),
        brier=(told.scores[made_by].brier, told.scores["all alike"].brier),
        thirds=_thirds(foretold, time, flag, horizon),
        tellers=_tellers(told_by, rows, known, horizon),
        at_risk=_at_risk(_ahead(told, told_by, rows, known, horizon), rows, known, horizon),
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


def _folds(data: Dataset, rows: Rows) -> np.ndarray | None:
    """(n,) the fold of each row where an entity has several rows: all of them in one."""
    group = next((c.name for c in data.schema.with_role("group") if c.name in rows), None)
    if group is None:
        return None
    values = rows.coded(group).codes if rows.storage(group) == "text" else np.unique(rows[group], return_inverse=True)[1]
    return np.random.default_rng(1).permutation(int(values.max(initial=0)) + 2)[values + 1] % FOLDS


def _flag(rows: Rows, event: str, happened: str) -> np.ndarray:
    """(n,) 1 where it happened, 0 where not, NaN where unknown."""
    if rows.storage(event) == "text":
        column = rows.coded(event)
        return np.array([*(float(level == happened) for level in column.levels), np.nan])[column.codes]
    values = rows[event]
    return np.where(np.isnan(values), np.nan, (values == float(happened)).astype(np.float64))


def _models(
    told: Survival, rows: Rows, known: tuple[np.ndarray, np.ndarray], fold: np.ndarray, kind: type[Cox] | type[Stretches] | None = None
) -> dict[int, Survival]:
    """{fold: the same kind of model, or another, fitted on the others}; where those have no event, the model of all rows."""
    time, flag = known
    kind = kind or type(told.model)
    made: dict[int, Survival] = {}
    for done, k in enumerate(np.unique(fold).tolist(), 1):
        others = np.flatnonzero(fold != k)
        report("train", done, FOLDS + 1)
        fitted = kind.fit(rows.take(others), time[others], flag[others], told.model.columns) if (flag[others] > 0).any() else told.model
        made[k] = replace(told, model=fitted)
    return made


def _best(scores: Mapping[str, Any]) -> str:
    return min((name for name in scores if name in MODELS), key=lambda name: scores[name].brier)


def _curve(time: np.ndarray, flag: np.ndarray) -> tuple[Standing, ...]:
    """Kaplan and Meier's curve at each time with an event, at most STEPS of them, with log-log intervals from Greenwood's variance."""
    times = np.unique(time[flag > 0])
    ordered = np.sort(time)
    happened = np.searchsorted(np.sort(time[flag > 0]), times, side="right") - np.searchsorted(np.sort(time[flag > 0]), times, side="left")
    at = len(time) - np.searchsorted(ordered, times, side="left")
    share = np.cumprod(1.0 - happened / at)
    spread = np.cumsum(np.divide(happened, at * (at - happened), out=np.zeros(len(at)), where=at > happened))
    inner = (share > 0) & (share < 1)
    log = np.where(inner, np.log(np.where(inner, share, 0.5)), -1.0)
    wide = Z * np.sqrt(spread) / np.abs(log)
    low, high = np.where(inner, share ** np.exp(wide), share), np.where(inner, share ** np.exp(-wide), share)
    kept = np.unique(np.linspace(0, len(times) - 1, min(len(times), STEPS)).astype(int))
    return tuple(Standing(float(times[i]), float(share[i]), float(low[i]), float(high[i]), int(at[i])) for i in kept)


def _median(times: np.ndarray, share: np.ndarray, curve: Sequence[Standing]) -> tuple[float | None, float | None, float | None]:
    """The first time at which half have it, and where the band's ends cross one half (Brookmeyer & Crowley 1982)."""
    middle = times[share <= 0.5]
    low = next((s.time for s in curve if s.low <= 0.5), None)
    high = next((s.time for s in curve if s.high <= 0.5), None)
    return (float(middle[0]), low, high) if len(middle) else (None, low, None)


def _concordance(models: Mapping[int, Survival], rows: Rows, known: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[float, float, float]:
    """(value, low, high): the mean over folds, since risks of two fits cannot be compared; the ends by resampling rows within folds."""
    from ..stats.hazards import concordance

    time, flag, fold = known
    rng = np.random.default_rng(1)
    made: list[tuple[np.ndarray, int]] = []
    for k, model in models.items():
        own = np.flatnonzero(fold == k)
        risk = model.risk(rows.take(own))
        draws = [np.arange(len(own)), *(rng.integers(0, len(own), len(own)) for _ in range(RESAMPLES))]
        made.append((np.array([concordance(time[own][d], flag[own][d], risk[d]) for d in draws]), len(own)))
    parts = [(values, n) for values, n in made if not np.isnan(values[0])]
    if not parts:
        return 0.5, 0.0, 1.0
    mean = np.average(np.stack([np.nan_to_num(values, nan=values[0]) for values, _ in parts]), axis=0, weights=[n for _, n in parts])
    return float(mean[0]), float(np.quantile(mean[1:], 0.025)), float(np.quantile(mean[1:], 0.975))


def _after(time: np.ndarray, flag: np.ndarray, horizon: float) -> tuple[float, float, float, float | None]:
    """(share without the event after the horizon, low, high, median) of some rows."""
    curve = _curve(time, flag)
    there = next((s for s in reversed(curve) if s.time <= horizon), Standing(0.0, 1.0, 1.0, 1.0, len(time)))
    return there.share, there.low, there.high, next((s.time for s in curve if s.share <= 0.5), None)


def _thirds(foretold: np.ndarray, time: np.ndarray, flag: np.ndarray, horizon: float) -> tuple[Cohort, ...]:
    """High, middle and low risk by what was foretold, each with what came."""
    cuts = np.unique(np.quantile(foretold, [1 / 3, 2 / 3]))
    place = np.searchsorted(cuts, foretold, side="right")
    names = ("high", "middle", "low") if len(cuts) == 2 else ("high", "low")[: len(cuts) + 1]
    made = []
    for i, name in enumerate(names):
        own = np.flatnonzero(place == i)
        if len(own):
            share, low, high, median = _after(time[own], flag[own], horizon)
            made.append(Cohort(name, len(own), int((flag[own] > 0).sum()), float(foretold[own].mean()), share, low, high, median))
    return tuple(made)


def _tellers(
    models: Mapping[int, Survival], rows: Rows, known: tuple[np.ndarray, np.ndarray, np.ndarray], horizon: float, most: int = 8
) -> tuple[Teller, ...]:
    """The columns whose shuffling costs concordance, the dearest first."""
    from ..stats.hazards import concordance

    time, flag, fold = known
    rng, looked = np.random.default_rng(2), np.sort(np.random.default_rng(2).permutation(rows.n)[:SHUFFLED])
    cost: dict[str, float] = {}
    for k, model in models.items():
        own = looked[fold[looked] == k]
        held = rows.only(model.model.columns).take(own)
        base = concordance(time[own], flag[own], model.risk(held))
        if np.isnan(base):
            continue
        for name in model.model.columns:
            mixed = held.plus(held.only((name,)).take(rng.permutation(held.n))._columns)
            cost[name] = cost.get(name, 0.0) + (base - concordance(time[own], flag[own], model.risk(mixed))) * len(own) / len(looked)
    found = []
    for name in sorted(cost, key=lambda n: -cost[n])[:most]:
        groups = [(word, _after(time[own], flag[own], horizon)[0]) for word, own in _groups(rows, name) if len(own) >= LEAST]
        if cost[name] > 0 and len(groups) > 1:
            worst, best = min(groups, key=lambda g: g[1]), max(groups, key=lambda g: g[1])
            found.append(Teller(name, cost[name], *worst, *best))
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


def _ahead(
    told: Survival, told_by: Mapping[int, Survival], rows: Rows, known: tuple[np.ndarray, np.ndarray, np.ndarray], horizon: float
) -> Mapping[int, Survival]:
    """The models that say what comes next to rows that have come some way: stretches of time, whose effects may change, if they err less there.

    Both are judged by the Brier score of the next `horizon` at the quartiles of the time followed (landmarks, van Houwelingen 2007).
    """
    from ..stats.hazards import brier
    from ._hazard import Stretches

    time, flag, fold = known
    landmarks = [s for s in np.quantile(time, [0.25, 0.5, 0.75]).tolist() if s > 0 and s + horizon <= told.last]
    if isinstance(told.model, Stretches) or not landmarks:
        return told_by
    other = _models(told, rows, (time, flag), fold, Stretches)
    when = np.tile([moment for start in landmarks for moment in (start, start + horizon)], (rows.n, 1))
    lost = []
    for models in (told_by, other):
        there, total = _shares(models, rows, fold, when), 0.0
        for i, start in enumerate(landmarks):
            own = np.flatnonzero(time > start)
            left = there[own, 2 * i + 1] / np.maximum(there[own, 2 * i], 1e-12)
            after = (time[own] - start, flag[own])
            total += brier(*after, left[:, None], np.array([horizon]), after)[1] * len(own)
        lost.append(total)
    return other if lost[1] < lost[0] else told_by


def _shares(models: Mapping[int, Survival], rows: Rows, fold: np.ndarray, when: np.ndarray) -> np.ndarray:
    """(n, m) the share without the event at each row's own times (n, m), by the model that did not see it."""
    found = np.ones(when.shape)
    for k, model in models.items():
        places = np.flatnonzero(fold == k)
        grid = np.linspace(0.0, model.last, STEPS + 1)
        for part in np.array_split(places, max(1, math.ceil(len(places) / CHUNK))):
            told, place = model.shares(rows.take(part), grid), np.clip(when[part] / max(model.last, 1e-300) * STEPS, 0, STEPS)
            low = np.floor(place).astype(int)
            high, own = np.minimum(low + 1, STEPS), np.arange(len(part))[:, None]
            found[part] = told[own, low] * (1 - place + low) + told[own, high] * (place - low)
    return found


def _at_risk(models: Mapping[int, Survival], rows: Rows, known: tuple[np.ndarray, np.ndarray, np.ndarray], horizon: float) -> tuple[AtRisk, ...]:
    """Every row without the event, the highest chance first; said by the model that did not see it."""
    time, flag, fold = known
    waiting = np.flatnonzero(flag == 0)
    rows, time, fold = rows.take(waiting), time[waiting], fold[waiting]
    numbers = rows["_row"] if "_row" in rows else waiting + 1
    now, then = _shares(models, rows, fold, np.column_stack([time, time + horizon])).T
    chance = 1.0 - np.divide(then, now, out=np.ones(rows.n), where=now > 0)
    left = np.full(rows.n, np.inf)
    for k, model in models.items():
        places = np.flatnonzero(fold == k)
        for part in np.array_split(places, max(1, math.ceil(len(places) / CHUNK))):
            left[part] = model.left(rows.take(part), time[part])
    last = next(iter(models.values())).last if models else 0.0
    made = [
        AtRisk(int(row), float(since), float(c) if since + horizon <= last else None, _told_left(rest))
        for row, since, c, rest in zip(numbers, time, chance, left, strict=True)
    ]
    return tuple(sorted(made, key=lambda one: (one.chance is None, -(one.chance or 0.0), one.row)))


def _told_left(left: float) -> float | None:
    return float(left) if math.isfinite(left) else None


def _told(value: float | None) -> str:
    return "∞" if value is None else plain(value)


def _rounded(value: float) -> float:
    """The nearest round number."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return size * min(ROUND, key=lambda r: abs(math.log(value / size / r)))
