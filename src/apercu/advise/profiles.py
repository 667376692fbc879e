"""Profiles: groups of rows that lie together, what sets each apart, how often the wanted outcome is seen in it, and what follows for an offer.

    for group in profiled(split):
        group.say()        # Group 1: 2,104 rows (35.1%), apart by monthly_fee (+1.2 sd) and internet “fiber” ...

Columns are scaled, turned onto the axes along which they vary together, and grouped by k-means where groups are stable and leave a gap (stats/kmeans;
no group is made of rows that have none). The rate of the outcome is compared with that of all other rows by Newcombe's interval at a level that pays
for all groups (Bonferroni); groups are made without looking at the target, so the interval is valid on the same rows. Apart is a description,
not a test. What it does not do: say that belonging to a group causes anything.
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
                return said
            told = f" {self.outcome} in {percent(self.rate)}, against {percent(self.other)} elsewhere: "
            more = "address this group first, and test the offer in it." if self.low > 0 else "leave it for last."
            return said + told + (more if self.low > 0 or self.high < 0 else "no difference is shown; treat it as all others.")
        apart = "、".join(f"{name}（{x:+.1f} 个标准差）" for name, x in self.apart).replace("-", "−")
        said = f"第 {self.number} 组：{n} 行（{part}），特征为 {apart}。"
        if not self.outcome:
            return said
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
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
    axes = principal(x, parts)
    found = settled(x @ axes) if axes.shape[1] else None
    if found is None:
        return []
    group = nearest(x @ axes, found.centres)
    truth = goal.measured(rows, goal.wanted) if goal is not None and goal.task != "numeric" and goal.wanted else None
    order = np.argsort(-np.bincount(group, minlength=len(found.centres)), kind="stable")
    return [_profile(i, rows["_row"], group == g, (x, words), (truth, goal, len(order))) for i, g in enumerate(order, 1)]


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
