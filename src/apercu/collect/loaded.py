"""Loaded: what every reader of this folder hands back, a table in an engine with its notes, and the names that its columns may have.

Names are made fit here, once for all readers: blanks and control characters go, an empty name becomes `column_7`, the second `age` becomes
`age_2` (letters' case ignored, because SQL ignores it), and names that apercu keeps for itself get a `_2`.

>>> fitted(["age", " Age ", "", "_row"])
['age', 'Age_2', 'column_3', '_row_2']
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ..core.dataset import Note

__all__ = ["Loaded", "fitted", "renamed", "told"]

RESERVED: Final = ("_row", "_key", "_half", "_fold", "_predicted")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ufeff\u200b]+")
BLANKS: Final = " \u00a0\u3000"
SHOWN: Final = 5  # names listed in a note


@dataclass(frozen=True)
class Loaded:
    """A table in an engine, where it came from (no password in it), and what was decided on the way."""

    table: str
    source: str
    notes: tuple[Note, ...] = field(default=())


def told(column: str, en: str, zh: str, *, rows: int = 0) -> Note:
    """A note of this verb in both languages."""
    return Note("collect", column, {"en": en, "zh": zh}, rows)


def fitted(names: Sequence[str]) -> list[str]:
    """Unique, non-empty names without blanks at their ends, in the same order."""
    taken = {name.casefold() for name in RESERVED}
    fit = []
    for place, name in enumerate(names, 1):
        plain = CONTROL.sub(" ", name).strip(BLANKS) or f"column_{place}"
        unique, k = plain, 2
        while unique.casefold() in taken:
            unique, k = f"{plain}_{k}", k + 1
        taken.add(unique.casefold())
        fit.append(unique)
    return fit


def renamed(before: Sequence[str], after: Sequence[str]) -> list[Note]:
    """One note for each name that had to change beyond its blanks."""
    notes = []
    for old, new in zip(before, after, strict=True):
        plain = CONTROL.sub(" ", old).strip(BLANKS)
        if plain != new:
            why_en = "it had no name" if not plain else f"the name {plain!r} was taken"
            why_zh = "原列无名" if not plain else f"列名“{plain}”已被占用"
            notes.append(told(new, f"named {new!r}, because {why_en}", f"命名为“{new}”，因为{why_zh}"))
    blanks = sum(CONTROL.sub(" ", old) != CONTROL.sub(" ", old).strip(BLANKS) and bool(old.strip()) for old in before)
    if blanks:
        notes.append(told("", f"blanks around the names of {blanks} columns were taken off", f"去掉了 {blanks} 个列名两端的空白"))
    return notes
