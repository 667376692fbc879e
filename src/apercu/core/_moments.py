"""Moments: the directives in which they are written, the parts that they have, and what the parts are called.

>>> sorted(PARTS)
['day', 'hour', 'month', 'quarter', 'weekday', 'year']
>>> PARTS["weekday"][1](np.array(["2024-02-29"], dtype="datetime64[us]"))
array([4])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

__all__ = ["AMBIGUOUS", "DIRECTIVES", "PARTS", "PART_NAMES", "PART_WORDS", "named", "since"]

DIRECTIVES: Final = {
    "%Y": "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])", "%y": "[0-9]{2}",
    "%m": "(0?[1-9]|1[0-2])", "%d": "(0?[1-9]|[12][0-9]|3[01])", "%H": "([01]?[0-9]|2[0-3])",
    "%M": "[0-5]?[0-9]", "%S": "[0-5]?[0-9]", "%f": "[0-9]{1,6}", "%b": "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
    "%I": "(0?[1-9]|1[0-2])", "%p": "(AM|PM|am|pm)", "%n": "[0-9]{9}", "%q": "[1-4]",
}  # fmt: skip
AMBIGUOUS: Final = (("%H", "%I"), ("%Y", "%y"), ("%m", "%b"), ("%f", "%n"), ("%m", "%q"), ("%b", "%q"))  # two ways to say one thing
PARTS: Final[Mapping[str, tuple[str, Callable[[np.ndarray], np.ndarray]]]] = {
    "year": ("year", lambda t: since(t, "Y") + 1970),
    "quarter": ("quarter", lambda t: since(t, "M") % 12 // 3 + 1),
    "month": ("month", lambda t: since(t, "M") % 12 + 1),
    "day": ("day", lambda t: since(t, "D") - since(t.astype("datetime64[M]"), "D") + 1),
    "weekday": ("isodow", lambda t: (since(t, "D") + 3) % 7 + 1),
    "hour": ("hour", lambda t: since(t, "h") % 24),
}  # each: DuckDB's name of the part, and the part of (n,) datetime64 as (n,) int64
PART_WORDS: Final = {
    "en": {"year": "year", "quarter": "quarter", "month": "month", "day": "day of the month", "weekday": "weekday", "hour": "hour"},
    "zh": {"year": "年份", "quarter": "季度", "month": "月份", "day": "日", "weekday": "星期", "hour": "小时"},
}
PART_NAMES: Final = {
    "weekday": {
        "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    },
    "month": {
        "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
        "zh": ("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"),
    },
}


def since(times: np.ndarray, unit: str) -> np.ndarray:
    """(n,) int64: whole units from 1970 on; moments before it count downwards, as a calendar does."""
    return times.astype(f"datetime64[{unit}]").astype(np.int64)


def named(unit: str, op: str, value: Any, lang: str) -> tuple[str, Any]:
    """A comparison of a part as it is said: weekdays and months by their names, so that `<= 5` of a weekday is Monday to Friday."""
    names = PART_NAMES.get(unit, {}).get(lang)
    if names is None or op not in ("is", "<=", ">", "between"):
        return op, value
    match op:
        case "between":
            low, high = value
        case "is":
            low, high = value, value
        case "<=":
            low, high = 1, value
        case _:
            low, high = math.floor(value) + 1, len(names)
    if not (1 <= low <= high <= len(names) and low == int(low) and high == int(high)):
        return op, value
    first, last = names[int(low) - 1], names[int(high) - 1]
    return ("is", first) if low == high else ("between", (first, last))
