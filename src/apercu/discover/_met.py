"""What the questions that columns may be asked (see `_contrasts`) say together of a measure: the cells of every two of them, summed once per search.

Shared by the kinds that compare cells: an effect that depends on another condition, a difference that turns round within the groups of a column.
Of each column stand there its contrasts, all rows that have it, and the groups that part it where they are few, so that the rows without a
condition are a difference of two sums.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..core.measure import Measure
from ..core.split import Search
from ..stats.tables import meeting
from ._contrasts import contrasts
from ._search import allowed, scaled, searched

__all__ = ["STRATA", "Met", "Plan", "groups_of", "met", "plan"]

STRATA: Final = 10  # most groups of a column within which is compared


class Plan(NamedTuple):
    """items: the contrasts. strata: the columns within whose groups they may be compared."""

    items: list[int]
    strata: list[int]


class Met(NamedTuple):
    """(3, k, k) rows, sums and squares of a measure in standard deviations, of every two of k places.

    own (items,): the places of the contrasts; whole (items,): those of all rows that have the same column; groups (strata, STRATA): those of the
    groups of each column, -1 where it has no more.
    """

    sums: np.ndarray
    own: np.ndarray
    whole: np.ndarray
    groups: np.ndarray


def plan(search: Search, measure: Measure) -> Plan:
    """What is asked of a measure, fixed before the measure is looked at; made once per search."""
    codes, usable = searched(search), allowed(search, measure)
    key = ("plan", usable.tobytes())
    if key not in search.cache:
        strata = [int(j) for j in np.flatnonzero(usable) if 2 <= len(codes.groups[j]) <= STRATA]
        search.cache[key] = Plan(contrasts(codes, usable), strata)
    return search.cache[key]


def groups_of(codes: Codes, j: int) -> list[int]:
    """The items that part a column's rows, without the one of missing values."""
    return [item for item in codes.groups[j] if codes.terms[item].op != "missing"]


def met(search: Search, measure: Measure) -> Met:
    """The cells of every two questions, summed once per search; a measure that does not vary has none."""
    key = ("met", measure)
    if key not in search.cache:
        search.cache[key] = _summed(search, measure)
    return search.cache[key]


def _summed(search: Search, measure: Measure) -> Met:
    codes, ready, (items, strata) = searched(search), scaled(search, measure), plan(search, measure)
    columns = [codes.column_of(item) for item in items]
    low, high, starts, place, whole = [], [], [0], {}, {}
    used = sorted({*columns, *strata})
    for j in used:
        named = [item for item, column in zip(items, columns, strict=True) if column == j] + (groups_of(codes, j) if j in strata else [])
        for item in dict.fromkeys(named):
            place[item] = len(low)
            low.append(int(codes.low[item]))
            high.append(int(codes.high[item]))
        whole[j] = len(low)
        low.append(0)
        high.append(int(codes.levels[j]) - 2)
        starts.append(len(low))
    told = (codes.levels[used], np.array(starts), np.array(low, dtype=np.int64), np.array(high, dtype=np.int64))
    sums = meeting(ready.of(codes.codes), ready.x / ready.sd, np.array(used, dtype=np.int64), told)
    groups = np.full((len(strata), STRATA), -1, dtype=np.int64)
    for row, j in zip(groups, strata, strict=True):
        parts = groups_of(codes, j)
        row[: len(parts)] = [place[item] for item in parts]
    own, all_of = (np.array(places, dtype=np.int64) for places in ([place[i] for i in items], [whole[j] for j in columns]))
    return Met(sums, own, all_of, groups)
