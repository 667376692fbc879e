"""Recommend: who will take what next, and why. People, items and, where known, ratings, times and columns of both become a Recommender.

    recommender = fit(rows, "customer", "product", time="day")
    recommender.recommend("c17", k=5)[0].say("zh")        # an item with what speaks for it
    recommender.similar("coffee")
    recommender.scores                                    # on what people took later, with intervals, beside every member

Members of several kinds (_members) are blended with weights found on a validation part (_blend) that lies, as the test does, later in time than what
was learned from. Scores are of that blend fitted without the test; the Recommender itself is fitted on all events with the same settings. The parts
of a score add up exactly over the person's own items, so the reasons are the model's own. What it does *not* do: foretell the stars of a rating.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from ..core.dataset import Dataset
from ..core.errors import UnknownName, WordsError
from ..core.recommendation import Because, Recommendation
from ..core.rows import Rows
from ..core.score import Score
from ._blend import Plan, chosen, judged, kept_out, parts_of, standard
from ._interactions import Histories, Interactions
from ._members import HISTORY, Member, fitted
from ._profiles import aligned, profiled
from ._ranked import measured

__all__ = ["Recommender", "fit", "load"]

LATER: Final = 0.2  # share of the events that come last, for the test, and of the rest for the validation
JUDGED: Final = 2_000  # people whose lists are scored at most
REASONS: Final = 3  # own items that are named
WEIGHTS: Final = (1.0, 0.5, 0.1)  # of an item that was rated below the mean, against one that was liked


@dataclass(frozen=True)
class Recommender:
    """Fitted members and their blend. `scores` are of later choices that were not learned from; `how` says how later was told.

    how: 'clock' (all after one moment), 'last' (each person's last fifth) or 'chance' (no time is known).
    """

    taken: Interactions
    plan: Plan
    members: tuple[Member, ...]
    content: Any
    profiles: Any
    scores: tuple[Score, ...]
    how: str

    def recommend(self, user: Any = None, k: int = 10, *, history: Sequence[Any] | None = None) -> list[Recommendation]:
        """The k items that the person will most likely take next, the likeliest first.

        A person who is not known gets what many take now, with a note. history: items taken, in order, instead of the person's known ones.
        Raises UnknownName for an item of `history` that does not exist, WordsError for a k that is no number from 1.
        """
        _whole(k)
        name = _named(user)
        known = {person: i for i, person in enumerate(self.taken.people)}.get(name, -1)
        view, profile = self._view(known, history)
        note = "" if view.weights.nnz else "new" if known >= 0 or history is not None else "unknown"
        barred = np.zeros(view.weights.shape, dtype=bool) if self.taken.repeats else view.weights.toarray() > 0
        total, parts = self._blended(view, profile, barred, self.plan.weights if view.weights.nnz else self.plan.cold)
        order = np.argsort(-np.where(barred[0], -np.inf, total), kind="stable")[: min(k, int((~barred).sum()))]
        return [Recommendation(self.taken.items[i], float(total[i]), self._reasons(view, parts, int(i)), note) for i in order]

    def similar(self, item: Any, k: int = 10) -> list[Recommendation]:
        """The k items that are most likely taken by someone of whom no more is known than that they took `item`."""
        _whole(k)
        view, _ = self._view(-1, [item])
        weights = {family: w for family, w in self.plan.weights.items() if family in HISTORY and family != "habit"}
        weights = weights if sum(weights.values()) > 0 else dict.fromkeys(weights, 1.0)
        own = view.weights.toarray() > 0
        total, _ = self._blended(view, None, own, weights)
        order = np.argsort(-np.where(own[0], -np.inf, total), kind="stable")[: min(k, len(total) - 1)]
        return [Recommendation(self.taken.items[i], float(total[i])) for i in order]

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Writes the recommender into a folder, whole or not at all: JSON and arrays, nothing that runs. Returns the folder."""
        from ._kept import saved

        return saved(self, Path(folder), overwrite)

    def _view(self, person: int, history: Sequence[Any] | None) -> tuple[Histories, Any]:
        """(the history of one person, or of given items; the person's columns)."""
        items = len(self.taken.items)
        profile = None if self.profiles is None or person < 0 else self.profiles[[person]]
        moment = np.array([np.nan]) if self.taken.moment is None else np.array([float(self.taken.moment.max())])
        if history is not None:
            place = {name: i for i, name in enumerate(self.taken.items)}
            ages: dict[int, int] = {}
            for age, name in enumerate(reversed([_named(h) for h in history])):
                if name not in place:
                    raise UnknownName("item", name, self.taken.items)
                ages.setdefault(place[name], age)
            own = np.array(sorted(ages), dtype=np.int64)
            age = np.array([float(ages[int(i)]) for i in own])
            return Histories(_row(own, np.ones(len(own)), items), _row(own, age, items), moment), profile
        if person < 0:
            return Histories(
                _row(np.zeros(0, dtype=np.int64), np.zeros(0), items), _row(np.zeros(0, dtype=np.int64), np.zeros(0), items), moment
            ), profile
        mine = self.taken.where(self.taken.person == person)
        mine = replace(mine, person=np.zeros_like(mine.person), people=(self.taken.people[person],))
        view = mine.histories()
        return (view if view.weights.nnz else replace(view, now=moment)), profile

    def _blended(
        self, view: Histories, profile: Any, barred: np.ndarray, weights: Mapping[str, float]
    ) -> tuple[np.ndarray, list[tuple[Member, float, np.ndarray]]]:
        """((items,) blended scores, [(member, its weight per unit of its own score, (items,) its part of the blend)])."""
        total, parts = np.zeros(view.weights.shape[1]), []
        for member in self.members:
            weight = weights.get(member.family, 0.0)
            if weight > 0.0:
                scores, _, spread = standard(member.scores(view, profile), barred)
                parts.append((member, weight / float(spread[0, 0]), weight * scores[0]))
                total += parts[-1][2]
        return total, parts

    def _reasons(self, view: Histories, parts: list[tuple[Member, float, np.ndarray]], item: int) -> tuple[Because, ...]:
        """What speaks for an item, as shares of all that speaks for it (what speaks against it is left out): own items, popularity, people alike."""
        own = view.weights.indices
        spoken, told = np.zeros(len(own)), {"popular": 0.0, "alike": 0.0}
        for member, weight, part in parts:
            if member.family in HISTORY:
                spoken += weight * member.spoken(view, item)
            else:
                told["alike" if member.family == "alike" else "popular"] += max(float(part[item]), 0.0)
        habit = float(np.maximum(spoken[own == item], 0.0).sum())
        spoken = np.where(own == item, 0.0, np.maximum(spoken, 0.0))
        whole = float(spoken.sum()) + habit + sum(told.values())
        if whole <= 0.0:
            return ()
        first = np.argsort(-spoken, kind="stable")[:REASONS]
        found = [Because("item", self.taken.items[own[j]], float(spoken[j] / whole)) for j in first if spoken[j] > 0]
        found += [Because(kind, "", value / whole) for kind, value in (*told.items(), ("habit", habit)) if value > 0]
        return tuple(sorted(found, key=lambda b: -b.share))


def fit(
    source: Rows | Dataset | Mapping[str, Any],
    user: str,
    item: str,
    rating: str | None = None,
    time: str | None = None,
    items: Rows | Mapping[str, Any] | None = None,
    users: Rows | Mapping[str, Any] | None = None,
) -> Recommender:
    """A Recommender of a table with one row per event: who (`user`), what (`item`), how much or how liked (`rating`), and when (`time`).

    items, users: tables with a column of the same name as `item` or `user`, one row each, whose other columns tell what is alike; they may hold
    items that nobody took and people who took nothing. Everything is determined: equal rows, equal recommender.
    Raises UnknownName for a column that is absent, EmptyTable for fewer than 2 people or items.
    """
    rows = _rows(source, [name for name in (user, item, rating, time) if name is not None])
    columns = [None if table is None else profiled(_rows(table), key) for table, key in ((users, user), (items, item))]
    more = [() if found is None else found[0] for found in columns]
    taken = Interactions.of(rows, user, item, rating=rating, time=time, more=more)
    profiles = None if columns[0] is None else aligned(taken.people, columns[0])
    content = None if columns[1] is None else aligned(taken.items, columns[1])

    earlier, later, how = taken.parted(LATER)
    at = np.flatnonzero(earlier)
    before, after, _ = taken.where(earlier).parted(LATER)
    first, second = np.zeros_like(earlier), np.zeros_like(earlier)
    first[at[before]], second[at[after]] = True, True
    taken = _heeded(taken, first, second)
    plan = chosen(taken, parts_of(taken, first, second, how, profiles), content, profiles)
    test, _ = kept_out(taken, earlier, later, profiles, JUDGED)
    scores = measured(_fitted(plan, taken.where(earlier), content, profiles), plan, test, how) if len(test.wanted) else []
    return Recommender(taken, plan, tuple(_fitted(plan, taken, content, profiles)), content, profiles, tuple(scores), how)


def load(folder: str | Path) -> Recommender:
    """Opens a saved recommender. Nothing in it can run code. Raises UnusableStudy when it is damaged or none."""
    from ._kept import opened

    return Recommender(**opened(Path(folder)))


def _fitted(plan: Plan, taken: Interactions, content: Any, profiles: Any) -> list[Member]:
    return [fitted(family, setting, taken, content, profiles)(half) for family, (setting, half) in plan.members.items()]


def _heeded(taken: Interactions, earlier: np.ndarray, later: np.ndarray) -> Interactions:
    """Ratings: how much an item rated below the mean counts in a history, chosen by what the ridge then ranks best."""
    if not taken.rated:
        return taken
    made = [replace(taken, weight=np.where(taken.liked, 1.0, weight)) for weight in WEIGHTS]
    gains = []
    for tried in made:
        case, _ = kept_out(tried, earlier, later, None)
        if not len(case.wanted):
            return made[0]
        gains.append(judged(fitted("ridge", {"ridge": 300.0}, tried.where(earlier), None, None)(10.0), case))
    return made[int(np.argmax(gains))]


def _rows(source: Rows | Dataset | Mapping[str, Any], names: Sequence[str] | None = None) -> Rows:
    if isinstance(source, Dataset):
        for name in names or ():
            source.schema.column(name)
        return source.rows(None if names is None else tuple(names))
    rows = source if isinstance(source, Rows) else Rows.of(source)
    return rows if names is None else rows.only(list(dict.fromkeys(names)))


def _row(columns: np.ndarray, values: np.ndarray, width: int) -> Any:
    return csr_matrix((values, columns, np.array([0, len(columns)])), shape=(1, width))


def _named(value: Any) -> str:
    return str(int(value)) if isinstance(value, float | np.floating) and float(value).is_integer() else str(value)


def _whole(k: Any) -> None:
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise WordsError(f"k must be a whole number from 1; got {k!r}.")
