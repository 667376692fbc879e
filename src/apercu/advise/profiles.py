"""Profiles: groups of rows that lie together, what sets each apart, how often the wanted outcome is seen in it, and what follows for an offer.

    for group in profiled(split):
        group.say()        # Group 1: 2,104 rows (35.1%), apart by monthly_fee (+1.2 sd) and internet “fiber” ...

Columns are scaled, each to the same spread however many levels it has (factor analysis of mixed data, Pagès 2004), turned onto the axes along which
they vary together, and grouped by k-means where groups are stable and leave a gap (stats/kmeans; no group is made of rows that have none). Each
group is looked at again in the same way, as in X-means (Pelleg & Moore 2000). The rate of the outcome is compared with that of all other rows by
Newcombe's interval at a level that pays for all groups (Bonferroni); groups are made without looking at the target, so the interval is valid on the
same rows. Apart is a description, not a test. What it does not do: say that belonging to a group causes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.split import Split
from ..stats.intervals import newcombe
from ..stats.kmeans import nearest, principal, settled
from ..words.numbers import count, percent
from ..words.spacing import glue
from ._design import Design

__all__ = ["Profile", "profiled"]

ROWS: Final = 20_000  # rows that groups are made of
TOLD: Final = 3  # columns that set a group apart
LEVEL: Final = 0.95
MOST: Final = 8  # groups; more are not remembered
SAME: Final = 1e-9  # deviation of a column that does not vary
LEAST: Final = 0.05  # share of the rows in a group that is parted off


@dataclass(frozen=True)
class Profile:
    """One group: rows (numbers from 1), share, (what, standard deviations from the mean) of the columns that set it apart; rate of the outcome.

    rate, other: among its rows and all others; low, high: of their difference. outcome: in words, '' without a target of classes.
    """

    number: int
    rows: tuple[int, ...]
    share: float
    apart: tuple[tuple[str, float], ...]
    outcome: str
    rate: float
    other: float
    low: float
    high: float

    def say(self, lang: str = "en") -> str:
        """The group and what to do about it."""
        n, part = count(len(self.rows)), percent(self.share)
        if lang == "en":
            apart = ", ".join(f"{name} ({x:+.1f} sd)" for name, x in self.apart).replace("-", "−")
            said = f"Group {self.number}: {n} rows ({part}), apart by {apart}."
            if not self.outcome:
                return f"{said} No outcome is known of it: try an offer made for this group on half of it, drawn by lot."
            told = f" {self.outcome} in {percent(self.rate)}, against {percent(self.other)} elsewhere: "
            more = "address this group first, and test the offer in it." if self.low > 0 else "leave it for last."
            return said + told + (more if self.low > 0 or self.high < 0 else "no difference is shown; treat it as all others.")
        apart = "、".join(f"{name}（{x:+.1f} 个标准差）" for name, x in self.apart).replace("-", "−")
        said = f"第 {self.number} 组：{n} 行（{part}），特征为 {apart}。"
        if not self.outcome:
            return f"{said}尚不知其结果：可随机抽取该组的一半，试行专为其设计的优惠。"
        told = glue(self.outcome, f"占 {percent(self.rate)}，其他为 {percent(self.other)}：")
        more = "优先面向该组，并在其中试验优惠。" if self.low > 0 else "放在最后。"
        return said + told + (more if self.low > 0 or self.high < 0 else "未见差异，与其他行同等对待。")


def profiled(split: Split) -> list[Profile]:
    """The groups, the largest first; [] where rows do not fall into groups."""
    goal, rows = split.goal, split.rows.take(np.arange(min(split.rows.n, ROWS)))
    target = goal.target if goal is not None else None
    names = [c.name for c in split.data.schema if c.role == "feature" and c.storage in ("number", "text") and c.name in rows and c.name != target]
    parts, columns, words = list[slice](), list[np.ndarray](), list[str]()
    for name in names:
        design = Design.of(rows, (name,))
        matrix = design.matrix(rows)
        if matrix.shape[1]:
            parts.append(slice(len(words), len(words) + matrix.shape[1]))
            columns.append(matrix)
            words += [f"{name} “{level}”" for _, levels in design.levels for level in levels] or [name, f"{name} ?"][: matrix.shape[1]]
    if not columns:
        return []
    x = np.concatenate(columns, axis=1)
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), SAME)
    group = _grouped(x, parts)
    many = int(group.max()) + 1
    if many == 1:
        return []
    truth = goal.measured(rows, goal.wanted) if goal is not None and goal.task != "numeric" and goal.wanted else None
    order = np.argsort(-np.bincount(group), kind="stable")
    return [_profile(i, rows["_row"], group == g, (x, words), (truth, goal, many)) for i, g in enumerate(order, 1)]


def _grouped(x: np.ndarray, parts: list[slice]) -> np.ndarray:
    """(n,) int from 0: the group of each row of x (n, d); a group that falls apart by itself is parted again, since what sets its parts apart
    need not be among the axes that set all rows apart. All 0 where there are no groups.
    """
    group = np.zeros(len(x), dtype=int)
    waiting, many = [0], 1
    while waiting and many < MOST:
        own = np.flatnonzero(group == waiting.pop(0))
        if len(own) < 2 * LEAST * len(x):
            continue
        label = _parted(_even(x[own], parts), parts)
        more = int(label.max())
        if more == 0 or many + more > MOST:
            continue
        fresh = np.r_[group[own[0]], many + np.arange(more)]
        group[own] = fresh[label]
        many += more
        waiting += fresh.tolist()
    return group


def _parted(x: np.ndarray, parts: list[slice]) -> np.ndarray:
    """(n,) int from 0: groups on the axes along which columns vary together, on fewer of them where all together show none; else all 0."""
    axes = principal(x, parts)
    for q in range(axes.shape[1], 0, -1):
        placed = x @ axes[:, :q]
        if (found := settled(placed)) is not None:
            return nearest(placed, found.centres)
    return np.zeros(len(x), dtype=int)


def _even(x: np.ndarray, parts: list[slice]) -> np.ndarray:
    """The rows centred and scaled, so that every column has the same spread, however many levels it has (as in factor analysis of mixed data)."""
    wide = np.concatenate([np.full(part.stop - part.start, np.sqrt(part.stop - part.start)) for part in parts])
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > SAME, spread * wide, 1.0)


def _profile(number: int, rows: np.ndarray, inside: np.ndarray, table: tuple, outcome: tuple) -> Profile:
    x, words = table
    truth, goal, groups = outcome
    means = x[inside].mean(axis=0)
    first = np.argsort(-np.abs(means), kind="stable")[:TOLD]
    apart = tuple((words[j], float(means[j])) for j in first)
    share, own = float(inside.mean()), tuple(int(r) for r in rows[inside])
    if truth is None:
        return Profile(number, own, share, apart, "", 0.0, 0.0, -1.0, 1.0)
    here, there = truth[inside & ~np.isnan(truth)], truth[~inside & ~np.isnan(truth)]
    if not len(here) or not len(there):
        return Profile(number, own, share, apart, "", 0.0, 0.0, -1.0, 1.0)
    low, high = newcombe(float(here.sum()), len(here), float(there.sum()), len(there), 1 - (1 - LEVEL) / groups)
    return Profile(number, own, share, apart, f"{goal.target} “{goal.wanted}”", float(here.mean()), float(there.mean()), low, high)
