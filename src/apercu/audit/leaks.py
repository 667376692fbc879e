"""Columns that give the target away, as clean marked them (role `leak`): named again beside the other faults, with how much each tells alone."""

from __future__ import annotations

import numpy as np

from ..core.fault import Change, Fault
from ..core.goal import Goal
from ..core.rows import Rows
from ..core.split import Split
from ..words.numbers import percent

__all__ = ["explained", "find"]

BINS = 50


def find(split: Split) -> list[Fault]:
    """One Fault per column of role `leak`; evidence `explained`: the share of the target's variance that lies between its values."""
    found = []
    for column in split.data.schema.with_role("leak"):
        share = explained(split.rows, column.name, split.goal)
        why = f" ({column.why})" if column.why else ""
        alone = percent(share)
        target = split.goal.target
        text = {
            "en": f"{column.name} seems to give {target} away{why}: alone it explains {alone} of it. It was left out of the model and of the search.",
            "zh": f"{column.name} 疑似泄露了 {target}{why}：仅凭它就能解释其 {alone}。它已被排除在模型和搜索之外。",
        }
        mend = {
            "en": f"If {column.name} is known before {target} is, use it with --role {column.name}=feature; else leave it out.",
            "zh": f"如果 {column.name} 在 {target} 之前就已知，可用 --role {column.name}=feature 启用；否则应继续排除。",
        }
        found.append(Fault(f"leak:{column.name}", "leak", text, mend, {"explained": share, "n": float(split.rows.n)}, change=Change(column.name)))
    return found


def explained(rows: Rows, name: str, goal: Goal) -> float:
    """The share of the target's variance between a column's levels, or between BINS quantile bins of a number (eta squared, adjusted)."""
    target = goal.coded(rows)
    known = ~np.isnan(target)
    parts = target[known][:, None] if goal.task == "numeric" else np.eye(len(goal.classes))[target[known].astype(int)]
    parts = parts - parts.mean(axis=0)
    groups = np.unique(_groups(rows, name)[known], return_inverse=True)[1]
    sizes = np.bincount(groups)
    between = float(sum((np.bincount(groups, part) ** 2 / sizes).sum() for part in parts.T))
    total, n, k = float((parts**2).sum()), len(groups), len(sizes)
    if total == 0.0 or k >= n:
        return 0.0
    return max(0.0, 1.0 - (1.0 - between / total) * (n - 1) / (n - k))


def _groups(rows: Rows, name: str) -> np.ndarray:
    if rows.storage(name) == "text":
        return rows.coded(name).codes
    x = rows[name]
    gone = np.isnat(x) if x.dtype.kind == "M" else np.isnan(x)
    numbers = np.where(gone, 0.0, x.astype(np.int64) if x.dtype.kind == "M" else x)
    cuts = np.unique(np.quantile(numbers[~gone], np.arange(1, BINS) / BINS)) if (~gone).any() else np.zeros(0)
    return np.where(gone, -1, np.searchsorted(cuts, numbers, side="left"))
