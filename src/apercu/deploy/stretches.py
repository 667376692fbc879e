"""A picture of odd stretches: the series along its clock, as much as a screen shows, with what is odd in red.

    spec = stretched(fault, study.split)      # a Vega-Lite specification, or None where the fault is about something else

The points of a series are dealt into at most BLOCKS blocks in the order of the clock; each is drawn by its mean and by its least and largest value,
so that a single spike is seen. Where rows have a group, the series of the first listed row is drawn.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..core.fault import Fault
from ..core.split import Split
from . import charts

__all__ = ["stretched"]

KIND: Final = "windows:"  # begins the id of a fault about odd stretches of a column
BLOCKS: Final = 240


def stretched(fault: Fault, split: Split | None) -> dict[str, Any] | None:
    """The chart of a fault about odd stretches."""
    if split is None or not fault.id.startswith(KIND) or fault.change is None or not fault.rows:
        return None
    rows, column = split.rows, fault.id.removeprefix(KIND)
    clock, group = (_named(split, role) for role in ("time", "group"))
    if column not in rows or clock not in rows or rows.storage(clock) not in ("number", "time"):
        return None
    numbers = rows["_row"].astype(int)
    own = np.ones(rows.n, dtype=bool)
    if group and group in rows:
        own = rows[group] == rows[group][np.flatnonzero(numbers == fault.rows[0])[0]]
    when = rows[clock]
    known = np.flatnonzero(own & np.isfinite(rows[column]) & ~(np.isnat(when) if when.dtype.kind == "M" else np.isnan(when)))
    order = known[np.lexsort((numbers[known], when[known]))]
    odd = np.isin(numbers, fault.change.rows)
    values = [_block(block, when, rows[column], odd) for block in np.array_split(order, min(BLOCKS, len(order))) if len(block)]
    return charts.stretches(values, clock=when.dtype.kind == "M")


def _block(block: np.ndarray, when: np.ndarray, x: np.ndarray, odd: np.ndarray) -> dict[str, Any]:
    """One block: its moment, its mean, least and largest value, and the oddest of these where some of it is odd."""
    moment = when[block[0]]
    at = str(moment.astype("datetime64[s]")) if when.dtype.kind == "M" else float(moment)
    own = x[block]
    worst = own[odd[block]]
    told = None if not len(worst) else float(worst[np.argmax(np.abs(worst - np.median(x)))])
    return {"at": at, "mean": float(own.mean()), "low": float(own.min()), "high": float(own.max()), "odd": told}


def _named(split: Split, role: str) -> str:
    """The column of a role, by the goal or by the schema; '' for none."""
    goal = None if split.goal is None else getattr(split.goal, role)
    return goal or next((column.name for column in split.data.schema.with_role(role)), "")
