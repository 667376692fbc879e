"""Figures of a study laid beside the same figures of rows that came later: shares, rates, means and differences of two arms.

    changed(now, was, rate=True)      # Change(before=.175, after=.179, low=-.015, high=.023, p=.68, n=2000, near=True)

Null hypothesis: both are drawn alike (Fisher's exact test and Newcombe's interval of rates; Welch's of means; where rows of one entity resemble each
other also the clustered t-test, the larger p and the wider interval counting). `near` is two one-sided tests (Schuirmann 1987) that the new figure
lies within BAND of the old one, whose own error the difference bears but the width of the band does not. Assumes independent rows or entities;
means of few and heavy-tailed rows break Welch's test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..core.rows import Rows
from ..core.split import Split
from ..stats.intervals import newcombe
from ..stats.tests import clustered, fisher, welch
from ..stats.uplift import doubly_robust
from .uplift import arms

__all__ = ["Change", "changed", "entities", "outcomes"]

BAND: Final = (0.8, 1.25)  # of what was planned: averages within count as equivalent in trials (bioequivalence, FDA 2001)
Q: Final = 0.05
LEVEL, TWICE = 0.95, 0.9  # of the interval that is told; of the one that two one-sided tests at 5 % ask for
LEAST: Final = 20  # rows (of each arm), below which nothing is compared


@dataclass(frozen=True)
class Change:
    """A figure in the study and now: both ends (95 %) of the difference, p and q of none, the n rows that it was measured on now.

    near: whether it is shown to lie within BAND of what it was.
    """

    before: float
    after: float
    low: float
    high: float
    p: float
    n: int
    near: bool
    q: float = 1.0

    @property
    def far(self) -> bool:
        """Surely changed, and by more than BAND."""
        low, high = _band(self.before)
        return self.q <= Q and not low <= self.after - self.before <= high


def changed(now: np.ndarray, was: np.ndarray, members: tuple[np.ndarray, np.ndarray] | None = None, *, rate: bool) -> Change | None:
    """How the mean of now (n,) differs from that of was (m,), without gaps; None below LEAST rows of either.

    members: (n,) and (m,) int, the entity of each row, where rows of one entity resemble each other. rate: whether they are 0 and 1.
    """
    if min(len(now), len(was)) < LEAST:
        return None
    ends = [_ends(now, was, members, rate=rate, level=level) for level in (LEVEL, TWICE)]
    (low, high, p), (inner_low, inner_high, _) = ends
    before, (least, most) = float(was.mean()), _band(float(was.mean()))
    return Change(before, float(now.mean()), low, high, p, len(now), bool(least < inner_low and inner_high < most))


def outcomes(split: Split, table: Rows, inside: np.ndarray, level: str | None) -> tuple[np.ndarray, np.ndarray]:
    """((m,) rows of the table, (m,) the outcome of each) inside (n,) bool, where it is known.

    level: of a treatment; then each value is a score of the rows of both arms whose mean is the difference between them. Empty where an arm
    has too few rows.
    """
    y = split.goal.measured(table, split.goal.wanted or None)
    place = np.flatnonzero(inside & ~np.isnan(y))
    if level is None:
        return place, y[place]
    none = np.zeros(0, dtype=int), np.zeros(0)
    control, there = arms(split)[0], arms(replace(split, rows=table))[1]
    if level not in there or control not in there:
        return none
    treated, idle = (there[word][place] for word in (level, control))
    if min(int(treated.sum()), int(idle.sum())) < LEAST:
        return none
    place, treated = place[treated | idle], treated[treated | idle]
    means = [float(y[place][treated == arm].mean()) for arm in (False, True)]
    share = np.full(len(place), float(treated.mean()))
    return place, doubly_robust(y[place], treated.astype(int), np.tile(means, (len(place), 1)), share)


def entities(split: Split, old: Rows, new: Rows) -> tuple[np.ndarray, np.ndarray] | None:
    """((n,), (m,)) int: the entity of each row of both tables, the same number for the same one; None where rows stand for themselves."""
    name = None if split.goal is None else split.goal.group
    if name is None or name not in new or split.blocks is None:
        return None
    both = np.concatenate([np.array([str(value) for value in rows[name]], dtype=object) for rows in (old, new)])
    _, place = np.unique(both, return_inverse=True)
    return place[: old.n], place[old.n :]


def _ends(now: np.ndarray, was: np.ndarray, members: tuple[np.ndarray, np.ndarray] | None, *, rate: bool, level: float) -> tuple[float, float, float]:
    """(low, high, p) of the difference."""
    if rate:
        hits, n, base_hits, base_n = round(float(now.sum())), len(now), round(float(was.sum())), len(was)
        low, high = newcombe(hits, n, base_hits, base_n, level)
        p = fisher(hits, n, base_hits, base_n)
    else:
        plain = welch(now, was, level)
        low, high, p = plain.low, plain.high, plain.p
    if members is None:
        return low, high, p
    member = np.arange(len(now) + len(was)) < len(now)
    block = clustered(np.concatenate([now, was]), member, np.concatenate(members), level)
    return min(low, block.low), max(high, block.high), max(p, block.p)


def _band(before: float) -> tuple[float, float]:
    """How far a figure may move."""
    return (BAND[0] - 1) * abs(before), (BAND[1] - 1) * abs(before)
