"""The blend of a recommender's members: settings, half-lives and weights that rank what people took later best, found on a validation part.

People come back in two ways, and a blend must rank well in both: they go on where they were (each person's last part), or return at some moment
after all that is known (`parts_of`). A member's scores are first set to mean 0 and spread 1 over the items that each person may get. Weights are
then climbed to, one member at a time in ever smaller steps, for the gain of the first 20 places (NDCG), on all people and on resamples of them,
and averaged, so that no few people decide (bagged greedy ensembles: Caruana et al. 2004). Likelihood was tried and ranks worse: it heeds the
whole list. Only items that some member has among its first TOP are looked at. Other weights are found for people of whom nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from ..stats.ranking import best, ndcg
from ._interactions import Histories, Interactions
from ._members import FAMILIES, HALVES, HISTORY, Member, fitted

__all__ = ["Case", "Part", "Plan", "chosen", "judged", "kept_out", "parts_of", "standard"]

TOP: Final = 200
PLACES: Final = 20
RESAMPLES: Final = 4
FINEST: Final = 0.05
MIDDLE: Final = 30.0  # later events: the half-life at which settings are compared
JUDGES: Final = 500  # people on whom settings are tried
MOMENTS: Final = (0.5, 0.65, 0.8)  # shares of the events that are known when people return
ENOUGH: Final = 50  # returning people from which on they count as much as those who go on; fewer count less


@dataclass(frozen=True)
class Case:
    """b people to be judged on: their earlier histories, the (b, items) bool of what they took later, of what is not to be ranked, and profiles."""

    histories: Histories
    wanted: np.ndarray
    barred: np.ndarray
    profiles: Any


@dataclass(frozen=True)
class Plan:
    """What to fit: {family: (setting, half-life)}, the weights of the blend, and those for people without a history."""

    members: Mapping[str, tuple[dict[str, float], float]]
    weights: Mapping[str, float]
    cold: Mapping[str, float]


@dataclass(frozen=True)
class Part:
    """What is learned from, whom it is judged on, and how much that counts."""

    train: Interactions
    case: Case
    weight: float


def parts_of(taken: Interactions, earlier: np.ndarray, later: np.ndarray, how: str, profiles: Any) -> list[Part]:
    """The parts to validate on: the later events of `taken`; besides, where `how` is 'last', those who return after one of MOMENTS."""
    parts = [Part(taken.where(earlier), kept_out(taken, earlier, later, profiles)[0], 1.0)]
    if how != "last" or taken.moment is None:
        return parts
    whole = taken.where(earlier | later)
    assert whole.moment is not None
    returns = []
    for share in MOMENTS:
        known = whole.moment <= np.quantile(whole.moment, share)
        case, _ = kept_out(whole, known, ~known, profiles)
        if len(case.wanted):
            returns.append(Part(whole.where(known), case, 0.0))
    people = sum(len(part.case.wanted) for part in returns)
    worth = 0.5 * min(1.0, people / ENOUGH)
    return [replace(parts[0], weight=1.0 - worth), *(replace(p, weight=worth * len(p.case.wanted) / people) for p in returns)]


def kept_out(taken: Interactions, earlier: np.ndarray, later: np.ndarray, profiles: Any, most: int = JUDGES) -> tuple[Case, np.ndarray]:
    """(the case of people who like something later and have something earlier, at most `most` of them; their codes)."""
    known = taken.where(earlier).histories()
    sought = taken.where(later & taken.liked)
    new = csr_matrix((np.ones(len(sought.person)), (sought.person, sought.item)), shape=known.weights.shape)
    barred = csr_matrix(known.weights.shape) if taken.repeats else known.weights
    new = csr_matrix(new - new.multiply(barred > 0))
    new.eliminate_zeros()
    able = np.flatnonzero((np.diff(new.indptr) > 0) & (np.diff(known.weights.indptr) > 0))
    if len(able) > most:
        able = np.sort(np.random.default_rng(0).permutation(able)[:most])
    own = known.of(able)
    return Case(own, new[able].toarray() > 0, barred[able].toarray() > 0, None if profiles is None else profiles[able]), able


def standard(scores: np.ndarray, barred: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """((b, items) scores of mean 0 and spread 1 over each person's items that are not barred, means (b, 1), spreads (b, 1); no spread is 1)."""
    free = (~barred).astype(np.float64)
    n = np.maximum(free.sum(axis=1, keepdims=True), 1.0)
    mean = (scores * free).sum(axis=1, keepdims=True) / n
    spread = np.sqrt((((scores - mean) ** 2) * free).sum(axis=1, keepdims=True) / n)
    spread = np.where(spread > 1e-12, spread, 1.0)
    return (scores - mean) / spread, mean, spread


def chosen(taken: Interactions, parts: Sequence[Part], content: Any, profiles: Any) -> Plan:
    """The plan that ranks the parts best."""
    parts = [part for part in parts if len(part.case.wanted)]
    names = _families(taken, content, profiles)
    found = [_best(name, parts, (content, profiles)) for name in names]
    settings = {name: (setting, half) for name, (setting, half, _) in zip(names, found, strict=True)}
    of_part = [[members[k] for _, _, members in found] for k in range(len(parts))]
    weights = _weights(names, of_part, parts)
    cold = [name for name in names if name not in HISTORY]
    empty = [replace(p, case=Case(p.case.histories.emptied(), p.case.wanted, np.zeros_like(p.case.barred), p.case.profiles)) for p in parts]
    return Plan(settings, weights, _weights(cold, [[m for m in members if m.family in cold] for members in of_part], empty))


def _families(taken: Interactions, content: Any, profiles: Any) -> list[str]:
    timeless = taken.moment is None
    absent = {"content": content is None, "alike": profiles is None, "habit": not taken.repeats}
    return [f for f in FAMILIES if not absent.get(f) and not (timeless and f in ("trend", "lately", "following"))]


def _best(family: str, parts: Sequence[Part], columns: tuple[Any, Any]) -> tuple[dict[str, float], float, list[Member]]:
    """(setting, half-life, a member a part): the setting at a half-life of MIDDLE events, then the half-life; the first where nobody can judge."""
    timed = family in HISTORY and all(part.train.moment is not None for part in parts)
    half = MIDDLE if timed else np.inf
    if not parts:
        return FAMILIES[family][0], half, []
    tried = [[fitted(family, setting, part.train, *columns) for part in parts] for setting in FAMILIES[family]]

    def worth(fits: list[Callable[[float], Member]], h: float) -> float:
        return sum(part.weight * judged(fit(h), part.case) for fit, part in zip(fits, parts, strict=True))

    best = int(np.argmax([worth(fits, half) for fits in tried])) if len(tried) > 1 else 0
    if timed:
        half = HALVES[int(np.argmax([worth(tried[best], h) for h in HALVES]))]
    return FAMILIES[family][best], half, [fit(half) for fit in tried[best]]


def judged(member: Member, case: Case) -> float:
    """The mean gain (NDCG) of a member's first PLACES on a case."""
    scores = np.where(case.barred, -np.inf, member.scores(case.histories, case.profiles))
    hits = np.take_along_axis(case.wanted, best(scores, PLACES), 1)
    return float(ndcg(hits, case.wanted.sum(axis=1)).mean())


def _weights(names: Sequence[str], members: Sequence[Sequence[Member]], parts: Sequence[Part]) -> dict[str, float]:
    """{family: weight}, summing to 1; equal weights where nobody can judge. members: those of each part, in the order of names."""
    if not parts:
        return {name: 1.0 / len(names) for name in names}
    pools = [_pool(own, part.case) for own, part in zip(members, parts, strict=True)]
    width = max(pool[0].shape[1] for pool in pools)
    scores = np.concatenate([np.pad(p[0], ((0, 0), (0, width - p[0].shape[1]), (0, 0)), constant_values=-np.inf) for p in pools])
    hits = np.concatenate([np.pad(p[1], ((0, 0), (0, width - p[1].shape[1]))) for p in pools])
    wanted = np.concatenate([p[2] for p in pools])
    heed = np.concatenate([np.full(len(part.case.wanted), part.weight / len(part.case.wanted)) for part in parts])
    drawn = np.random.default_rng(0)
    rounds = [np.arange(len(wanted)), *(drawn.integers(0, len(wanted), len(wanted)) for _ in range(RESAMPLES))]
    found = np.mean([_climbed(scores[rows], hits[rows], wanted[rows], heed[rows]) for rows in rounds], axis=0)
    return {name: float(w) for name, w in zip(names, found, strict=True)}


def _pool(members: Sequence[Member], case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """((b, c, members) float32 scores of the items that lead somewhere, -inf past a person's own; (b, c) hits; (b,) wanted)."""
    told = []
    for member in members:
        scores = standard(member.scores(case.histories, case.profiles), case.barred)[0].astype(np.float32)
        scores[case.barred] = -np.inf
        told.append(scores)
    leads = np.concatenate([best(scores, TOP) for scores in told], axis=1)
    own = [np.unique(row) for row in leads]
    width = max(len(row) for row in own)
    pool = np.zeros((len(own), width, len(members)), dtype=np.float32)
    hits = np.zeros((len(own), width), dtype=bool)
    pool[:] = -np.inf
    for b, each in enumerate(own):
        row = each[~case.barred[b, each]]
        pool[b, : len(row)] = np.stack([scores[b, row] for scores in told], axis=-1)
        hits[b, : len(row)] = case.wanted[b, row]
    return pool, hits, case.wanted.sum(axis=1)


def _climbed(scores: np.ndarray, hits: np.ndarray, wanted: np.ndarray, heed: np.ndarray) -> np.ndarray:
    """(members,) weights from the best single member on, each step the one that gains most, halved when none gains. heed: (b,) of each person."""
    off = np.isinf(scores[..., 0])
    filled = np.where(off[..., None], np.float32(0), scores)

    def gain(weights: np.ndarray) -> float:
        total = np.where(off, np.float32(-np.inf), filled @ weights.astype(np.float32))
        return float(np.average(ndcg(np.take_along_axis(hits, best(total, PLACES), 1), wanted), weights=heed))

    unit = np.eye(scores.shape[2])
    singles = [gain(row) for row in unit]
    weights, most, step = unit[int(np.argmax(singles))], max(singles), 0.5
    while step > FINEST and len(unit) > 1:
        tried = []
        for row in unit:
            for way in (step, -step):
                moved = np.maximum(weights + way * row, 0.0)
                if moved.sum() > 0:
                    tried.append((gain(moved / moved.sum()), moved / moved.sum()))
        gained, moved = tried[int(np.argmax([value for value, _ in tried]))]
        if gained > most + 1e-9:
            weights, most = moved, gained
        else:
            step /= 2
    return weights
