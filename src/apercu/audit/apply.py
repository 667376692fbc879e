"""Mends applied: the table as it is after the changes of some faults, and a line for every cell and row that they touched.

    rows, edits = applied(study.data.rows(), [fault.change])
    edits[0]                                   # Edit(row=17, column='city', before='birminghxm', after='birmingham')

Changes are made in the order given; a later one sees what an earlier one left. Rows are named by their number in the source (column `_row`, or their
place from 1), so that a row left out does not shift the others. The rows handed in stay as they are, and every edit of a cell tells what was there
before: that is the way back (rows and columns left out are still in the source). What it does *not* do: judge whether a change is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..core.errors import WordsError
from ..core.fault import Change
from ..core.rows import Coded, Rows, encoded

__all__ = ["Edit", "applied"]


class Edit(NamedTuple):
    """One cell or row that was changed. column: '' of a row that was left out; row: 0 of a column that was. None: unknown, or gone."""

    row: int
    column: str
    before: str | float | None
    after: str | float | None


def applied(rows: Rows, changes: Sequence[Change]) -> tuple[Rows, list[Edit]]:
    """(the rows after the changes, what was changed). Rows that are not there are passed over; raises WordsError for a column that is not."""
    edits: list[Edit] = []
    for change in changes:
        if change.column and change.column not in rows:
            raise WordsError(f"the table has no column {change.column!r} any more; an earlier mend took it out. Apply the mends one by one.")
        if change.column and not change.rows:
            rows = rows.only([name for name in rows if name != change.column])
            edits.append(Edit(0, change.column, None, None))
            continue
        numbers = rows["_row"].astype(int) if "_row" in rows else np.arange(rows.n) + 1
        if not change.column:
            gone = np.isin(numbers, change.rows)
            edits += [Edit(int(number), "", None, None) for number in numbers[gone]]
            rows = rows.take(~gone)
            continue
        place = {int(number): i for i, number in enumerate(numbers)}
        wanted = dict(zip(change.rows, change.after or [None] * len(change.rows), strict=True))
        there = {place[row]: value for row, value in wanted.items() if row in place}
        column, made = _set(rows, change.column, there)
        rows = rows.plus({change.column: column})
        edits += [Edit(int(numbers[i]), change.column, before, after) for i, before, after in made]
    return rows, edits


_Made = list[tuple[int, str | float | None, str | float | None]]


def _set(rows: Rows, name: str, there: dict[int, str | float | None]) -> tuple[np.ndarray | Coded, _Made]:
    """(the column with these cells as wanted, (place, before, after) of each that is another now)."""
    storage = rows.storage(name)
    if storage not in ("text", "number", "time"):
        raise WordsError(f"cells of {name!r} hold {storage}s, which a mend cannot set; leave its rows out instead.")
    before = rows[name]
    after = before.copy()
    for i, value in there.items():
        if storage == "text":
            after[i] = None if value is None else str(value)
        elif storage == "number":
            after[i] = np.nan if value is None else _number(name, value)
        else:
            after[i] = np.datetime64("NaT" if value is None else str(value))
    told = [(i, _plain(before[i]), _plain(after[i])) for i in there]
    return encoded(after) if storage == "text" else after, [(i, b, a) for i, b, a in told if b != a]


def _number(name: str, value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        raise WordsError(f"cells of {name!r} are numbers; the mend says {value!r}. Correct this value at the source.") from None


def _plain(value: object) -> str | float | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    number = float(value)  # type: ignore[arg-type]
    return None if np.isnan(number) else number
