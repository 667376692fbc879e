"""Interactions: who took what, when, and how much of it, as small whole numbers; and honest halves of them by time.

    taken = Interactions.of(rows, "customer", "product", rating=None, time="day")
    train, test, how = taken.parted(0.2)                     # what came later is the test

Ratings (a scale of few levels) say what was liked: at least the mean of all ratings; amounts (counts, money) say how much. Where many pairs return
(`repeats`), what was taken before may be recommended again. The halves: by the clock, if enough people stand on both sides of one moment; else
each person's own last part; without a time, a part of each person's items by chance. What is later than the moment is never learned from, but with
each person's own last part others' later choices are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from ..core.errors import EmptyTable, WordsError
from ..core.rows import Rows

__all__ = ["Histories", "Interactions", "label"]

WARM: Final = 100  # people on both sides of a moment, from which on one moment parts all
SCALE: Final = 21  # at most so many distinct values, none beyond LARGEST, are a scale of ratings
LARGEST: Final = 100
RETURNS: Final = 0.05  # share of events that repeat an earlier pair, from which on people take things again


@dataclass(frozen=True)
class Histories:
    """b people's items: weights and ages as (b, items) of one shape; `now` (b,) the moment at which each stands (NaN without a time).

    The age of an item is how many of the person's later events there are; items of one moment have one age.
    """

    weights: Any
    ages: Any
    now: np.ndarray

    def recent(self, half: float) -> Any:
        """The weights, halved with every `half` later events."""
        made = self.weights.copy()
        if np.isfinite(half):
            made.data = made.data * 0.5 ** (self.ages.data / half)
        return made

    def of(self, people: np.ndarray) -> Histories:
        """Some of the people, in that order."""
        return Histories(self.weights[people], self.ages[people], self.now[people])

    def emptied(self) -> Histories:
        """The same people as if nothing were known of their choices."""
        empty = csr_matrix(self.weights.shape)
        return Histories(empty, empty, self.now)


@dataclass(frozen=True)
class Interactions:
    """n events: person and item (n,) int codes of the names, weight (n,) > 0, liked (n,) bool, moment (n,) or None."""

    people: tuple[str, ...]
    items: tuple[str, ...]
    person: np.ndarray
    item: np.ndarray
    weight: np.ndarray
    liked: np.ndarray
    moment: np.ndarray | None
    repeats: bool
    rated: bool

    @staticmethod
    def of(rows: Rows, user: str, item: str, *, rating: str | None, time: str | None, more: Sequence[Sequence[str]] = ((), ())) -> Interactions:
        """The events of a table; rows without person or item are left out. `more`: names of (people, items) that no event may have."""
        who, what = label(rows, user), label(rows, item)
        amount = np.ones(rows.n) if rating is None else _numbers(rows, rating)
        moment = None if time is None else _moments(rows, time)
        there = np.array([a is not None and b is not None for a, b in zip(who, what, strict=True)], dtype=bool)
        there &= np.isfinite(amount) if moment is None else np.isfinite(amount) & np.isfinite(moment)
        people, person = _coded(who[there], more[0])
        items, thing = _coded(what[there], more[1])
        if len(np.unique(person)) < 2 or len(np.unique(thing)) < 2:
            raise EmptyTable(
                f"recommending needs at least 2 people and 2 items; {user!r} has {len(np.unique(person))} and {item!r} {len(np.unique(thing))}."
            )
        amount, moment = amount[there], None if moment is None else moment[there]
        pairs = person.astype(np.int64) * len(items) + thing
        returns = 1.0 - len(np.unique(pairs)) / len(pairs)
        scale = np.unique(amount)
        rated = rating is not None and 1 < len(scale) <= SCALE and scale[0] >= -LARGEST and scale[-1] <= LARGEST and returns < RETURNS
        if rated:
            weight, liked = np.ones(len(amount)), amount >= amount.mean()
        else:
            liked = amount > 0
            weight = np.log2(1.0 + np.clip(amount / max(float(np.median(amount[liked])) if liked.any() else 1.0, 1e-300), 0.0, None))
            person, thing, weight = person[liked], thing[liked], weight[liked]
            moment, liked = (None if moment is None else moment[liked]), liked[liked]
        if not len(person):
            raise EmptyTable(f"no row has a positive {rating!r}, so nobody took anything; expected amounts above 0 or ratings.")
        return Interactions(people, items, person, thing, weight, liked, moment, returns >= RETURNS, rated)

    def where(self, kept: np.ndarray) -> Interactions:
        """Some of the events, under the same names."""
        moment = None if self.moment is None else self.moment[kept]
        return replace(self, person=self.person[kept], item=self.item[kept], weight=self.weight[kept], liked=self.liked[kept], moment=moment)

    def histories(self) -> Histories:
        """All people's items: one cell a pair, with the sum of its weights and its latest age."""
        shape = (len(self.people), len(self.items))
        age = self._ages()
        order = np.lexsort((age, self.item, self.person))
        pair = self.person[order].astype(np.int64) * shape[1] + self.item[order]
        first = np.flatnonzero(np.diff(pair, prepend=-1))
        person, item = self.person[order][first], self.item[order][first]
        weight = np.add.reduceat(self.weight[order], first) if len(first) else np.zeros(0)
        starts = np.searchsorted(person, np.arange(shape[0] + 1))
        now = np.full(shape[0], np.nan)
        if self.moment is not None and len(self.moment):
            now = np.full(shape[0], float(self.moment.max()))
            last = np.full(shape[0], -np.inf)
            np.maximum.at(last, self.person, self.moment)
            now = np.where(np.isfinite(last), last, now)
        return Histories(csr_matrix((weight, item, starts), shape=shape), csr_matrix((age[order][first], item, starts), shape=shape), now)

    def parted(self, share: float) -> tuple[np.ndarray, np.ndarray, str]:
        """(earlier (n,) bool, later (n,) bool, how): 'clock', 'last' or 'chance'. Disjoint; a person of one moment has no later part."""
        if self.moment is None:
            later = self._drawn(share)
            return ~later, later, "chance"
        cut = np.quantile(self.moment, 1.0 - share)
        later = self.moment > cut if (self.moment > cut).any() else self.moment >= cut
        warm = np.intersect1d(self.person[later], self.person[~later])
        if len(warm) >= WARM:
            return ~later, later, "clock"
        later = self._last(share)
        return ~later, later, "last"

    def _ages(self) -> np.ndarray:
        """(n,) how many later events the same person has."""
        if self.moment is None:
            return np.zeros(len(self.person))
        order = np.lexsort((self.moment, self.person))
        person, moment = self.person[order], self.moment[order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (person[1:] != person[:-1]) | (moment[1:] != moment[:-1])
        after = np.append(np.flatnonzero(new)[1:], len(order))[np.cumsum(new) - 1]
        age = np.empty(len(order))
        age[order] = np.searchsorted(person, person, side="right") - after
        return age

    def _last(self, share: float) -> np.ndarray:
        """(n,) bool: the latest events of each person, at least one moment and at most about `share`, never all."""
        count = np.bincount(self.person, minlength=len(self.people))
        most = np.maximum(np.round(share * count), 1)[self.person]
        age = self._ages()
        moved = age < most  # events of one moment move together
        left = np.bincount(self.person, ~moved, minlength=len(self.people))
        return moved & (left[self.person] > 0)

    def _drawn(self, share: float) -> np.ndarray:
        """(n,) bool: about `share` of each person's different items, at least one where there are two."""
        pair = self.person.astype(np.int64) * len(self.items) + self.item
        known, place = np.unique(pair, return_inverse=True)
        person = known // len(self.items)
        order = np.lexsort((np.random.default_rng(0).random(len(known)), person))
        starts = np.searchsorted(person[order], person[order])
        rank = np.empty(len(known))
        rank[order] = np.arange(len(known)) - starts
        count = np.bincount(person, minlength=len(self.people))[person]
        return ((rank < np.maximum(np.round(share * count), 1)) & (count > 1))[place]


def label(rows: Rows, name: str) -> np.ndarray:
    """(n,) object: the names in a column; whole numbers without a point, missing as None."""
    if rows.storage(name) == "text":
        return rows[name]
    values = rows[name]
    distinct, place = np.unique(values, return_inverse=True)
    told = [None if v != v else str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in distinct.tolist()]  # noqa: PLR0124
    return np.array([*told, None], dtype=object)[place]


def _coded(names: np.ndarray, more: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    known = tuple(sorted({*names, *more}))
    place = {name: i for i, name in enumerate(known)}
    return known, np.array([place[name] for name in names], dtype=np.int32)


def _numbers(rows: Rows, name: str) -> np.ndarray:
    if rows.storage(name) != "text":
        return rows[name].astype(np.float64)
    try:
        return np.array([np.nan if v is None else float(v) for v in rows[name]])
    except ValueError as error:
        raise WordsError(f"column {name!r} must hold numbers to serve as a rating; {str(error).partition(': ')[2] or error} is none.") from None


def _moments(rows: Rows, name: str) -> np.ndarray:
    """(n,) float: days of a time, or the number itself (seconds, years, order)."""
    values = rows[name]
    if rows.storage(name) == "text":
        try:
            values = np.array([np.datetime64("NaT") if v is None else np.datetime64(v) for v in values], dtype="datetime64[us]")
        except ValueError:
            return _numbers(rows, name)
    if values.dtype.kind != "M":
        return values.astype(np.float64)
    return np.where(np.isnat(values), np.nan, values.astype("datetime64[us]").astype(np.int64) / 86_400e6)
