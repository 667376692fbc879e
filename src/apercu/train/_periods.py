"""Months and quarters that are written as text, and years with a fraction, read as the moments at which they begin.

    moments(np.array(["1982 Apr", "1982 May"], dtype=object))     # ['1982-04-01', '1982-05-01']
    moments(np.array([1949.0, 1949.083, 1949.167]))               # ['1949-01-01', '1949-02-01', '1949-03-01'], of which at least FEW are wanted

All values that are present must be read, else there is no answer: a column that has one other word is no clock. What it does *not* do: find
out which column is the clock (someone named it), weeks, halves of years, or fractions of a year that are days.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

__all__ = ["moments"]

YEARS: Final = (1500.0, 2200.0)  # between which numbers are years
FEW: Final = 8  # distinct numbers, below which fractions that fall upon months may be chance
CLOSE: Final = 0.05  # of a month: what two decimals of a year leave open
NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL: Final = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
YEAR: Final = r"(?P<year>1[5-9]\d\d|2[01]\d\d)"
NAME: Final = f"(?P<name>{'|'.join(sorted((*FULL, *NAMES, 'sept'), key=len, reverse=True))})\\.?"
FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{YEAR}[-/ ]?{NAME}",
        rf"{NAME}[-/ ,]*{YEAR}",
        rf"{YEAR}[-/. ]?Q(?P<quarter>[1-4])",
        rf"Q(?P<quarter>[1-4])[-/. ]?{YEAR}",
        rf"{YEAR}[-/. ]?M(?P<month>0?[1-9]|1[0-2])",
        rf"{YEAR}[-/](?P<month>0?[1-9]|1[0-2])",
        rf"(?P<month>0?[1-9]|1[0-2])[-/]{YEAR}",
        rf"{YEAR}年(?P<month>0?[1-9]|1[0-2])月",
        rf"{YEAR}年第?(?P<quarter>[1-4])季度?",
    )
)


def moments(column: np.ndarray) -> np.ndarray | None:
    """(n,) datetime64[us] of a column of text (object, None is missing) or of numbers (float64); None where it does not tell months or quarters."""
    return _fractions(column) if column.dtype.kind == "f" else _written(column)


def _written(column: np.ndarray) -> np.ndarray | None:
    distinct = {value for value in column if value is not None}
    read: dict[str, np.datetime64] = {}
    for form in FORMS:
        found = {value: form.fullmatch(value.strip()) for value in distinct}
        if distinct and all(found.values()):
            read = {value: _month(match.groupdict()) for value, match in found.items() if match}
            break
    if not read:
        return None
    return np.array([read.get(value, np.datetime64("NaT")) for value in column], dtype="datetime64[us]")


def _month(parts: dict[str, str]) -> np.datetime64:
    if "quarter" in parts:
        month = 3 * int(parts["quarter"]) - 2
    else:
        month = int(parts["month"]) if "month" in parts else NAMES.index(parts["name"][:3].lower()) + 1
    return np.datetime64(f"{parts['year']}-{month:02d}")


def _fractions(column: np.ndarray) -> np.ndarray | None:
    known = np.isfinite(column)
    months = np.where(known, column, 0.0) * 12.0
    whole = np.round(months)
    distinct = np.unique(column[known])
    if len(distinct) < FEW or np.all(distinct == np.floor(distinct)) or not (YEARS[0] < distinct[0] and distinct[-1] < YEARS[1]):
        return None
    if np.max(np.abs(months - whole)[known]) > CLOSE:
        return None
    made = (whole.astype(np.int64) - 1970 * 12).astype("datetime64[M]").astype("datetime64[us]")
    return np.where(known, made, np.datetime64("NaT"))
