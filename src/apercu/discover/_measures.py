"""What is measured where no target is named: numbers, stretches of days, the levels of columns that tell a state, and how many rows there are.

Columns that the question names come first. Of two numbers that say the same (a correlation of TWINS) one is measured. What it does not do:
measure the parts of dates, lengths of texts, or the levels of columns of many levels; patterns look at those as columns.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np

from ..core.expression import Column as Of
from ..core.expression import Days
from ..core.goal import YES
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.schema import Column
from ..core.split import Search
from ..stats.association import ranks
from ._about import About

__all__ = ["measured"]

MOST: Final = 12  # measures, besides the count
PRESENT: Final = 0.3  # least share of rows that have it
TWINS: Final = 0.995  # correlation of ranks from which two numbers are one
STATES: Final = re.compile(
    r"(?i)(^|_|\b)(state|status|stage|outcome|result|decision|verdict|response|resolution|approved|converted|churn\w*|goal_met|success)($|_|\b)"
    r"|状态|结果|是否|阶段"
)
KEPT_UP: Final = re.compile(r"(?i)updat|modif|synced|loaded|created|更新|修改")  # moments that a machine keeps; they are measured last
LEVELS: Final = 6  # levels of a state
NUMBER: Final = re.compile(r"(?i)(^|_|\b)(number|no|nr|id|key|code)($|_|\b)|编号|单号|号码")  # what names a row
MOMENT: Final = re.compile(r"(?i)(_at|_on|date|time)$|时间$|日期$")
RARE: Final = 0.02  # least share of rows of a level whose rate is measured


def measured(search: Search, about: About) -> Search:
    """The search with its measures: the target's where there is one, else those chosen here."""
    if search.goal is not None:
        return search
    chosen: list[Measure] = []
    for column in sorted(search.schema.features(), key=lambda c: (-about.of_columns(search.sources(c.name)), bool(KEPT_UP.search(c.name)))):
        for measure in _of(column, search):
            if _says_something(search.values(measure)) and not any(_twins(search, measure, other) for other in chosen):
                chosen.append(measure)
    kept = _spread(chosen, about)
    return replace(search, measures=(*kept, Measure("rows", counted=_identifier(search))))


def _of(column: Column, search: Search) -> list[Measure]:
    """The measures of one column; none for most."""
    if column.name not in search.rows:
        return []
    of = search.expression(column.name)
    if column.derived:
        return [Measure(column.name, of, unit="days")] if isinstance(of, Days) else []
    if column.kind in ("number", "money") and column.distinct > 2:
        return [Measure(column.name, of, unit=column.unit)]
    if column.kind == "flag" or (column.kind == "category" and column.distinct <= LEVELS and STATES.search(column.name)):
        return [Measure(column.name, Of(column.name), level) for level in _levels(search.rows, column)]
    return []


def _says_something(x: np.ndarray) -> bool:
    """Whether enough rows have it, and not all the same."""
    present = x[~np.isnan(x)]
    return len(present) >= PRESENT * max(len(x), 1) and len(present) > 1 and float(np.ptp(present)) > 0.0


def _levels(rows: Rows, column: Column) -> list[str]:
    """The levels whose rates are measured: of two the one that says yes (or the rarer), of several each that is not rare."""
    if rows.storage(column.name) == "text":
        coded = rows.coded(column.name)
        named, counts = list(coded.levels), coded.counts()
    else:
        x = rows[column.name]
        values, counts = np.unique(x[~np.isnan(x)], return_counts=True)
        named = [str(int(v)) if v == int(v) else str(v) for v in values]
    total = max(int(counts.sum()), 1)
    usual = [(name, int(n)) for name, n in zip(named, counts, strict=True) if RARE * total <= n <= (1 - RARE) * total]
    if len(named) == 2:
        return [next((name for name, _ in usual if YES.match(name)), min(usual, key=lambda pair: pair[1])[0])] if usual else []
    return [name for name, _ in usual]


def _twins(search: Search, a: Measure, b: Measure) -> bool:
    """Whether two numbers order the rows alike."""
    if a.rate or b.rate:
        return False
    x, y = search.values(a), search.values(b)
    known = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))[:5_000]
    if len(known) < 10:
        return False
    if np.ptp(x[known]) == 0.0 or np.ptp(y[known]) == 0.0:
        return False
    return bool(abs(np.corrcoef(ranks(x[known]), ranks(y[known]))[0, 1]) >= TWINS)


def _spread(measures: list[Measure], about: About) -> list[Measure]:
    """At most MOST: those that the question names, days, numbers and rates in turn, so that no kind crowds out another."""
    lines = [
        [m for m in measures if about.of_columns(m.columns())],
        [m for m in measures if m.unit == "days"],
        [m for m in measures if not m.rate and m.unit != "days"],
        [m for m in measures if m.rate],
    ]
    kept: list[Measure] = []
    while any(lines) and len(kept) < MOST:
        for line in lines:
            if line and (first := line.pop(0)) not in kept and len(kept) < MOST:
                kept.append(first)
    return kept


def _identifier(search: Search) -> str:
    """The column that names each row, where there is one: first what is called a number, last what is called a moment and could not be read."""
    named = [c.name for c in search.schema.with_role("id") if c.kind != "time"]
    return min(named, key=lambda name: (bool(MOMENT.search(name)), not NUMBER.search(name))) if named else ""
