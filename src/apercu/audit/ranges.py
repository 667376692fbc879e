"""Values outside what an expert says that they can be: an age of 200, a status that does not exist.

    ranges(split, book.ranges)[0].say()     # age lies outside 0 to 120 in 31 of 5,000 rows ...

A fault names the worst rows first: those farthest outside (numbers and moments), or those with the rarest level. Missing values are no fault here.
What it does *not* do: mend; the sentence says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..core.dataset import Dataset
from ..core.fault import Change, Fault
from ..core.rows import Rows
from ..core.rulebook import Rulebook
from ..core.split import Split
from ..core.statements import Range
from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["ranges"]

SHOWN: Final = 3  # values in a sentence


def ranges(source: Split | Dataset, stated: Rulebook | Sequence[Range], listed: int = 50) -> list[Fault]:
    """One Fault per range that some rows break, in the order of the rules; at most `listed` rows each, the worst first.

    A range about a column that is not there (any more) is passed over.
    """
    rows = source.rows() if isinstance(source, Dataset) else source.rows
    told = stated.ranges if isinstance(stated, Rulebook) else stated
    faults = []
    for number, one in enumerate(told, 1):
        if one.column not in rows:
            continue
        present = ~_missing(rows, one.column)
        outside = np.flatnonzero(present & ~one.holds.holds(rows))
        if len(outside):
            faults.append(_fault(f"range:{number}:{one.column}", one, rows, outside, int(present.sum()), listed))
    return faults


def _fault(id: str, one: Range, rows: Rows, outside: np.ndarray, n: int, listed: int) -> Fault:
    worst = outside[np.lexsort((outside, -_distance(one, rows, outside)))]
    numbers = rows["_row"].astype(int) if "_row" in rows else np.arange(rows.n) + 1
    names = list(dict.fromkeys(_written(rows[one.column][i]) for i in worst))
    shown = {"en": ", ".join(names[:SHOWN]), "zh": "、".join(names[:SHOWN])}
    dots = " …" if len(names) > SHOWN else ""
    share = len(outside) / n
    text = {
        "en": f"A rule says that {one.told('en')}; {count(len(outside))} of the {count(n)} values are otherwise ({percent(share)}), such as "
        f"{shown['en']}{dots}.",
        "zh": glue(
            "规则规定", one.told("zh"), f"；{count(n)} 个值中有 {count(len(outside))} 个（{percent(share)}）不符，例如", f"{shown['zh']}{dots}。"
        ),
    }
    rule = {"en": f"the rule in line {one.line}", "zh": f"第 {one.line} 行的规则"} if one.line else {"en": "the rule", "zh": "该规则"}
    mend = {
        "en": f"Correct these values of {one.column} at their source or make them missing; if they are right, {rule['en']} is too narrow.",
        "zh": glue("请在源头更正", one.column, f"的这些值，或将其设为缺失；如果它们是对的，则{rule['zh']}过窄。"),
    }
    evidence = {"outside": float(len(outside)), "share": share, "n": float(n)}
    breaking = tuple(int(numbers[i]) for i in worst)
    return Fault(id, "range", text, mend, evidence, rows=breaking[:listed], change=Change(one.column, breaking))


def _missing(rows: Rows, name: str) -> np.ndarray:
    if rows.storage(name) == "text":
        return rows.coded(name).codes < 0
    x = rows[name]
    return np.isnat(x) if x.dtype.kind == "M" else np.isnan(x)


def _distance(one: Range, rows: Rows, outside: np.ndarray) -> np.ndarray:
    """(m,) how far outside each of the rows lies; of levels, how rare it is."""
    x = rows[one.column][outside]
    if x.dtype == object:
        _, place, counts = np.unique(x.astype(str), return_inverse=True, return_counts=True)
        return -counts[place].astype(np.float64)
    far = np.zeros(len(outside))
    for term in one.holds.terms:
        ends: Any = term.value if isinstance(term.value, tuple) else (term.value,)
        if x.dtype.kind == "M":
            gaps = [np.abs((x - np.datetime64(end, "us")).astype(np.float64)) for end in ends]
        else:
            gaps = [np.abs(x - float(end)) for end in ends]
        own = np.min(gaps, axis=0)
        far = np.maximum(far, own if term.op == "in" else own * ~_within(term.op, x, ends[0]))
    return np.nan_to_num(far, posinf=np.finfo(np.float64).max)


def _within(op: str, x: np.ndarray, end: Any) -> np.ndarray:
    end = np.datetime64(end, "us") if x.dtype.kind == "M" else float(end)
    return x >= end if op[0] == ">" else x <= end


def _written(value: Any) -> str:
    if isinstance(value, str):
        return f"“{value}”"
    return str(value).removesuffix(".000000").replace("T00:00:00", "") if isinstance(value, np.datetime64) else plain(float(value))
