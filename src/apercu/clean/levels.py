"""Levels: writings of one level that differ only in letters' case, blanks or full-width forms become its most frequent writing.

    merges(look, [("Yes", 90), ("yes", 4), ("YES", 1), ("No", 50)])      # (('YES', 'Yes'), ('yes', 'Yes'))

Levels of a single character are left alone: `a` and `A` may be two codes. What it does *not* do: mend spelling.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from .look import Look

__all__ = ["key_of", "merges"]

NAMES: Final = 0.5  # distinct per present row above which text names things, which are not levels
FEW: Final = 12


def merges(look: Look, values: Iterable[tuple[str, int]]) -> tuple[tuple[str, str], ...]:
    """(writing, the level's most frequent writing) pairs, sorted. values: (writing once trimmed, rows)."""
    if not look.complete or (look.distinct > NAMES * look.present and look.distinct > FEW):
        return ()
    rows: dict[str, int] = {}
    for value, n in values:
        rows[value] = rows.get(value, 0) + n
    groups: dict[str, list[str]] = {}
    for value in rows:
        groups.setdefault(key_of(value), []).append(value)
    renamed = []
    for key, writings in groups.items():
        if len(writings) > 1 and len(key) > 1:
            best = min(writings, key=lambda w: (-rows[w], w))
            renamed += [(w, best) for w in writings if w != best]
    return tuple(sorted(renamed))


def key_of(value: str) -> str:
    """What all writings of one level share: no letters' case, one blank for several, no full-width forms."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
