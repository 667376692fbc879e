"""Scores of a recommender on what people took later: of the blend, of every member beside it, and of their difference, with intervals over people.

NDCG, recall, average precision and hits (stats/ranking) are means over people; `coverage` is the share of all items that stand in somebody's first
ten. Intervals are bootstraps over people with the lists held fixed; the difference of the blend and a member is taken person by person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..core.score import Score
from ..stats.bootstrap import interval, resampled
from ..stats.ranking import average_precision_at, best, hit_rate, ndcg, recall_at
from ._blend import Case, Plan, standard
from ._members import Member

__all__ = ["BLEND", "measured"]

BLEND: Final = "recommender"
WHERE: Final = {
    "clock": "later: all after one moment",
    "last": "later: each person's last fifth",
    "chance": "held out: a fifth of each person's items, by chance",
}
CHUNK: Final = 4_000_000  # scores at a time


def measured(members: Sequence[Member], plan: Plan, case: Case, how: str, resamples: int = 400) -> list[Score]:
    """Scores of the blend and of each member on a case of later choices, then the differences of the blend and each member."""
    lists = _lists(members, plan, case)
    wanted = case.wanted.sum(axis=1)
    told = {name: _values(np.take_along_axis(case.wanted, top, 1), wanted) for name, top in lists.items()}
    made = []
    for name, values in told.items():
        made += [_mean(name, metric, x, how, resamples) for metric, x in values.items()]
        made.append(_coverage(name, lists[name][:, :10], case.wanted.shape[1], how, resamples))
    for name, values in told.items():
        if name != BLEND:
            both = f"{BLEND} − {name}"
            made += [_mean(both, f"{metric} difference", told[BLEND][metric] - values[metric], how, resamples) for metric in ("ndcg@10", "recall@20")]
    return made


def _lists(members: Sequence[Member], plan: Plan, case: Case) -> dict[str, np.ndarray]:
    """{name: (b, 20) items, the best first}."""
    step = max(1, CHUNK // max(case.wanted.shape[1], 1))
    found: dict[str, list[np.ndarray]] = {}
    for start in range(0, len(case.wanted), step):
        own = np.arange(start, min(start + step, len(case.wanted)))
        view, barred = case.histories.of(own), case.barred[own]
        profiles = None if case.profiles is None else case.profiles[own]
        total = np.zeros(barred.shape)
        for member in members:
            scores = standard(member.scores(view, profiles), barred)[0]
            total += plan.weights[member.family] * scores
            found.setdefault(member.family, []).append(best(np.where(barred, -np.inf, scores), 20))
        found.setdefault(BLEND, []).append(best(np.where(barred, -np.inf, total), 20))
    names = [BLEND, *(m.family for m in members)]
    return {name: np.concatenate(found[name]) for name in names}


def _values(hits: np.ndarray, wanted: np.ndarray) -> dict[str, np.ndarray]:
    ten = hits[:, :10]
    return {
        "ndcg@10": ndcg(ten, wanted),
        "recall@20": recall_at(hits, wanted),
        "map@10": average_precision_at(ten, wanted),
        "hit rate@10": hit_rate(ten, wanted),
    }


def _mean(name: str, metric: str, values: np.ndarray, how: str, resamples: int) -> Score:
    low, high = interval(resampled(lambda w: (w @ values) / w.sum(axis=-1), len(values), resamples=resamples))
    return Score(name, metric, float(values.mean()), float(low), float(high), len(values), WHERE[how])


def _coverage(name: str, top: np.ndarray, items: int, how: str, resamples: int) -> Score:
    """The share of items in somebody's list; a resample has fewer people, hence fewer items: that bias is taken off its draws."""
    listed, place = np.unique(top, return_inverse=True)
    person = np.repeat(np.arange(len(top)), top.shape[1])
    value = len(listed) / items

    def share(weights: np.ndarray) -> np.ndarray:
        seen = np.zeros((len(weights), len(listed)), dtype=bool)
        for b, row in enumerate(weights):
            seen[b, place.ravel()[row[person] > 0]] = True
        return seen.mean(axis=1) * value

    draws = resampled(share, len(top), resamples=min(resamples, 200))
    low, high = interval(draws + value - draws.mean())
    return Score(name, "coverage@10", value, max(0.0, min(float(low), value)), min(1.0, max(float(high), value)), len(top), WHERE[how])
