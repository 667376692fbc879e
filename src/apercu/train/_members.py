"""The members of a recommender: each scores every item for people whose histories it is handed, and tells what each own item adds.

* `popular`: the log of how many took an item by then (the same for all people of one moment);
* `trend`: the same, halved with time, as it stood at the person's own last moment; `lately`: as it stands at the last moment of all;
* `neighbours`: items whose people are the same (stats/neighbours); * `ridge`: EASE (stats/linear_items); * `factors`: implicit ALS;
* `following`: what comes after what, in order of time; * `content`: items with the same columns; * `alike`: what people of the same columns take;
* `habit`: what the person took before, where people take things again.

All that read a history read it with weights that are halved every `half` later events, so each is aware of the order. A score is linear in the
history (factors: given the history), hence `spoken`: the parts of the person's items, which sum to the score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..stats.factors import Factors, factors
from ..stats.linear_items import ItemRidge
from ..stats.neighbours import alike, following
from ._interactions import Histories, Interactions

__all__ = ["FAMILIES", "HISTORY", "Member", "Trend", "fitted"]

LONGEST: Final = 1_000  # latest items of a person that neighbours are counted in; more cost their square
DENSE: Final = 4_000  # people or items (the fewer of both) up to which the ridge has its closed form; above, the most frequent items
HALVES: Final = (np.inf, 100.0, 30.0, 10.0, 4.0)  # later events after which an item of the history counts half
SLICES: Final = 200  # moments at which popularity is kept
HISTORY: Final = ("neighbours", "ridge", "factors", "following", "content", "habit")
FAMILIES: Final[dict[str, tuple[dict[str, float], ...]]] = {  # the settings that are tried, the first of which is where nothing can be tried
    "popular": ({},),
    "trend": tuple({"span": s} for s in (1 / 16, 1 / 4, 1 / 64, 1 / 256)),  # half-life as a share of the time that the data span
    "lately": tuple({"span": s} for s in (1 / 64, 1 / 16, 1 / 256)),
    "neighbours": ({"shrink": 20.0},),
    "ridge": tuple({"ridge": r} for r in (300.0, 30.0, 1_000.0, 3_000.0)),
    "factors": tuple({"width": w, "ridge": r, "heed": h} for w, r, h in ((32, 10.0, 2.0), (64, 10.0, 2.0), (32, 30.0, 5.0), (16, 10.0, 2.0))),
    "following": ({"span": 10},),
    "content": ({},),
    "alike": ({},),
    "habit": ({},),
}


@dataclass(frozen=True)
class Trend:
    """Decayed counts of every item at a row of moments: kept (moments, items) as logarithms, and the moments."""

    at: np.ndarray
    kept: np.ndarray

    @staticmethod
    def of(taken: Interactions, span: float) -> Trend:
        """The counts just after each of SLICES moments; a half-life of `span` times the whole time (infinite where there is no time)."""
        m = len(taken.items)
        if taken.moment is None or not len(taken.moment) or np.ptp(taken.moment) == 0:
            return Trend(np.zeros(1), np.log(np.bincount(taken.item, minlength=m)[None] + 0.5))
        at = np.unique(np.quantile(taken.moment, np.linspace(0, 1, SLICES + 1)[1:]))
        half = span * np.ptp(taken.moment)
        place = np.searchsorted(at, taken.moment, side="left")
        kept, total = np.empty((len(at), m)), np.zeros(m)
        order = np.argsort(place, kind="stable")
        bounds = np.searchsorted(place[order], np.arange(len(at) + 1))
        for k, moment in enumerate(at):
            own = order[bounds[k] : bounds[k + 1]]
            if k:
                total = total * 0.5 ** ((moment - at[k - 1]) / half)
            total = total + np.bincount(taken.item[own], 0.5 ** ((moment - taken.moment[own]) / half), minlength=m)
            kept[k] = total
        return Trend(at, np.log(kept + 0.5))

    def rows(self, now: np.ndarray) -> np.ndarray:
        """(b, items) at each person's moment: the latest kept that is not after it (the last of all where the moment is unknown)."""
        place = np.searchsorted(self.at, np.where(np.isnan(now), np.inf, now), side="right") - 1
        return self.kept[np.clip(place, 0, len(self.at) - 1)]


@dataclass(frozen=True)
class Member:
    """A fitted member: its family, its setting, the half-life of its histories, and what it keeps."""

    family: str
    setting: dict[str, float]
    half: float
    kept: Any

    def scores(self, histories: Histories, profiles: Any = None) -> np.ndarray:
        """(b, items). profiles: (b, f) columns of the people, for `alike`."""
        if isinstance(self.kept, Trend):
            return self.kept.rows(histories.now if self.family == "trend" else np.full(len(histories.now), np.nan))
        if self.family == "alike":
            return np.zeros(histories.weights.shape) if profiles is None else np.asarray(profiles @ self.kept)
        own = histories.recent(self.half)
        if isinstance(self.kept, ItemRidge):
            return self.kept.scores(own)
        if isinstance(self.kept, Factors):
            return self.kept.placed(own) @ self.kept.items.T
        if self.family == "habit":
            return own.toarray()
        if self.family == "content":
            return np.asarray((own @ self.kept @ self.kept.T).toarray())
        return np.asarray((own @ self.kept).toarray())

    def spoken(self, histories: Histories, item: int) -> np.ndarray:
        """(h,) what each item of one person's history adds to the score of `item`, in the order of its cells."""
        recent = histories.recent(self.half)
        own, weight = recent.indices, recent.data
        if self.family not in HISTORY:
            return np.zeros(len(own))
        if isinstance(self.kept, ItemRidge):
            return weight * self.kept.between(own, item)
        if isinstance(self.kept, Factors):
            return self.kept.spoken(own, weight, item)
        if self.family == "habit":
            return weight * (own == item)
        if self.family == "content":
            return weight * np.asarray((self.kept[own] @ self.kept[[item]].T).toarray()).ravel()
        return weight * np.asarray(self.kept[own][:, [item]].toarray()).ravel()


def fitted(family: str, setting: dict[str, float], taken: Interactions, content: Any, profiles: Any) -> Callable[[float], Member]:
    """The member of a half-life, fitted once: content (items, f) and profiles (people, f) are the columns of items and people."""
    kept = _fit(family, setting, taken, content, profiles)
    return lambda half: Member(family, setting, half, kept)


def _fit(family: str, setting: dict[str, float], taken: Interactions, content: Any, profiles: Any) -> Any:
    if family in ("popular", "trend", "lately"):
        return Trend.of(taken, setting.get("span", np.inf))
    if family == "content":
        return content
    if family == "habit":
        return None
    histories = taken.histories()
    if family == "alike":
        assert profiles is not None
        return _lifts(histories.weights, profiles)
    if family == "ridge":
        return _ridge(histories.weights, setting["ridge"])
    if family == "factors":
        width = min(int(setting["width"]), max(2, min(histories.weights.shape) // 2))
        return factors(histories.weights, width=width, ridge=setting["ridge"], heed=setting["heed"])
    weights, ages = histories.weights.copy(), histories.ages.data
    weights.data = np.where(ages < LONGEST, weights.data, 0.0)
    weights.eliminate_zeros()
    if family == "neighbours":
        return alike(weights, 200, setting["shrink"])
    return following(weights, ages[ages < LONGEST], span=int(setting["span"]), neighbours=200)


def _ridge(weights: Any, ridge: float) -> ItemRidge:
    """The ridge over all items; where people and items are both many, over the most frequent items, the others scoring 0."""
    if min(weights.shape) <= DENSE:
        return ItemRidge.of(weights, ridge)
    often = np.argsort(-np.bincount(weights.indices, minlength=weights.shape[1]), kind="stable")[:DENSE]
    return ItemRidge.of(weights, ridge, np.sort(often))


def _lifts(weights: Any, profiles: Any, prior: float = 30.0) -> np.ndarray:
    """(f, items) log of how much more often people with a column's value take an item than all do, as if `prior` more took it as all do."""
    held = (weights > 0).astype(np.float64)
    share = (np.asarray(held.sum(axis=0)).ravel() + 0.5) / max(held.sum(), 1.0)
    both = np.asarray((profiles.T @ held).toarray())
    total = both.sum(axis=1, keepdims=True)
    return np.log((both + prior * share) / (total + prior)) - np.log(share)
