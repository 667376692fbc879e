"""Columns of pictures and sequences become facts: numbers and groups in columns of their own, which models and findings read like any other.

    data, notes = attached(data, names)      # the table with photo_brightness, ..., photo_group
    looked(rows, facts)                      # the same columns of new rows, by the same facts

Groups are those of k-means over what cells look like (thumbnails; shapes brought to one length and spread), on their principal axes. Pictures are
always grouped, for a partition of them is a way to speak of them, and what is said of a group is proved like all else; shapes of sequences only
where the groups are stable. None of this looks at the target. A file that cannot be read is missing, and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from ..core.dataset import Dataset, Note
from ..core.expression import Column as Of
from ..core.expression import Expression
from ..core.facts import COURSES, PICTURES, SEQUENCES, Alike, Fact, Kept
from ..core.pictures import decoded
from ..core.rows import Rows
from ..stats.kmeans import kmeans, nearest, principal, settled
from . import pictures
from .series import brought, features_of

__all__ = ["attached", "looked"]

ENOUGH: Final = 200  # rows from which pictures are grouped
EACH: Final = 60  # rows of a group on average
MOST: Final = 8  # groups
AXES: Final = 6
FITTED: Final = 5_000  # rows that groups are found on, the first by hash of their number
SHOWN: Final = 5  # rows that a note names
MANY: Final = 4  # columns of sequences (channels) from which all but the first tell only a few facts
FEW: Final = ("mean", "spread", "last")


def attached(data: Dataset, names: Sequence[str]) -> tuple[Dataset, dict[str, Expression], list[Note]]:
    """(the data with kept facts in its table, {column: fact}, notes on files that cannot be read) of columns of media."""
    rows = data.rows(tuple(names)) if names else Rows({}, data.n)
    facts: dict[str, Expression] = {}
    columns: dict[str, Any] = {}
    notes: list[Note] = []
    channels = [name for name in names if rows.storage(name) == "list"]
    for name in names:
        whole = name not in channels or len(channels) < MANY or name == channels[0]
        cells = _seen(rows, name)
        if name in channels:
            told = (*SEQUENCES, *COURSES) if whole else FEW
            proposed: list[Kept] = [Fact(Of(name), what) for what in told]
        else:
            proposed = [Fact(Of(name), what) for what in PICTURES]
            notes += _unreadable(rows, name, cells)
        group = _grouped(name, cells, "course" if name in channels else "picture") if whole else None
        proposed += [] if group is None else [group]
        own = {fact.kept or f"{name}_{getattr(fact, 'what', '')}": fact for fact in proposed}
        own = {column: fact for column, fact in own.items() if column not in data.schema}
        facts |= own
        columns |= _told(rows, name, cells, [fact for fact in own.values() if fact.kept])
    return (replace(data, table=data.engine.attach(data.table, columns)) if columns else data), facts, notes


def looked(rows: Rows, facts: Sequence[Kept]) -> dict[str, np.ndarray]:
    """{column: (n,)} of the facts that are kept in columns, computed for these rows."""
    made: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(fact.of.name for fact in facts if fact.kept):
        made |= _told(rows, name, _seen(rows, name), [fact for fact in facts if fact.of.name == name and fact.kept])
    return made


@dataclass(frozen=True)
class _Cells:
    """What is seen of a column: facts of pictures (n, PICTURES) or features of sequences, and, once it is asked, how each cell looks (or None)."""

    facts: dict[str, np.ndarray]
    look: Callable[[], list[np.ndarray | None]]

    @cached_property
    def forms(self) -> list[np.ndarray | None]:
        return self.look()


def _seen(rows: Rows, name: str) -> _Cells:
    items = rows.packed(name)
    if rows.storage(name) == "list":
        return _Cells(features_of(items), lambda: [brought(item) for item in items])
    told, forms = [], []
    for file in items:  # one after the other: pixels of all pictures may be more than memory holds
        pixels = None if file is None else decoded(file)
        told.append(pictures.NOTHING if pixels is None else pictures.shown(pixels))
        forms.append(None if pixels is None else pictures.looks(pixels))
    array = np.array(told, dtype=np.float64).reshape(len(items), len(PICTURES))
    return _Cells(dict(zip(PICTURES, array.T, strict=True)), lambda: forms)


def _told(rows: Rows, name: str, cells: _Cells, facts: Sequence[Kept]) -> dict[str, np.ndarray]:
    return {fact.kept: cells.facts[fact.what] if isinstance(fact, Fact) else _labels(fact, cells.forms) for fact in facts}


def _grouped(name: str, cells: _Cells, form: str) -> Alike | None:
    """The groups of a column, found on its first rows; None where there are too few, or no stable shapes."""
    x = np.array([f for f in cells.forms[: 4 * FITTED] if f is not None])
    if len(x) < ENOUGH:
        return None
    x = x[np.random.default_rng(7).permutation(len(x))[:FITTED]]
    mean = x.mean(axis=0)
    if form == "picture":
        values, vectors = np.linalg.eigh((x - mean).T @ (x - mean))
        axes = vectors[:, ::-1][:, : min(AXES, int((values > 0).sum()))]
        axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])] < 0, -1.0, 1.0)
    else:
        axes = principal(x - mean, [slice(i, i + 1) for i in range(x.shape[1])])
    if not axes.shape[1]:
        return None
    placed = (x - mean) @ axes
    if form == "picture":
        centres = kmeans(placed, min(MOST, len(x) // EACH))[0]
    else:
        found = settled(placed)
        if found is None:
            return None
        centres = found.centres
    return Alike(Of(name), form, *(_plain(array) for array in (mean, axes, centres)))


def _labels(group: Alike, forms: Sequence[np.ndarray | None]) -> np.ndarray:
    """(n,) object: 'A', 'B', ..., the same in every language; None where there is nothing to see."""
    known = np.array([form is not None for form in forms], dtype=bool)
    made = np.full(len(forms), None, dtype=object)
    if known.any():
        placed = (np.array([form for form in forms if form is not None]) - np.array(group.mean)) @ np.array(group.axes)
        made[known] = [chr(ord("A") + k) for k in nearest(placed, np.array(group.centres))]
    return made


def _unreadable(rows: Rows, name: str, cells: _Cells) -> Iterator[Note]:
    """A note on files that are there but cannot be read, with the first of their rows."""
    present = np.array([file is not None for file in rows.packed(name)], dtype=bool)
    bad = np.flatnonzero(present & np.isnan(cells.facts["width"]))
    if len(bad):
        first, more = ", ".join(str(k + 1) for k in bad[:SHOWN]), len(bad) > SHOWN
        en = f"{len(bad):,} files are no pictures that can be read and count as missing (rows {first}{', ...' if more else ''})"
        zh = f"{len(bad):,} 个文件无法作为图片读取，视为缺失（第 {first} 行{'等' if more else ''}）"
        yield Note("derive", name, {"en": en, "zh": zh}, len(bad), id=f"derive:{name}")


def _plain(array: np.ndarray) -> Any:
    return tuple(map(float, array)) if array.ndim == 1 else tuple(tuple(map(float, row)) for row in array)
