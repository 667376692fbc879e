"""Columns of items or people as sparse parts, so that what nobody took yet, and who took nothing yet, can be compared with others.

    names, parts = profiled(items, "movie")                  # parts (items, f): rows of length 1

Text is parted at "|" and ";" (`Comedy|Drama` is two genres), numbers and times into at most TENTHS groups with the two neighbouring groups counting
half, and each part counts the more the rarer it is (inverse frequency). Text with nearly as many levels as rows is a name, and is left out.
What it does *not* do: words of free text (derive does), pictures.
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack

from ..core.errors import WordsError
from ..core.rows import Rows
from ._interactions import label

__all__ = ["aligned", "profiled"]

TENTHS: Final = 10
MARKS: Final = re.compile(r"\s*[|;]\s*")
NAMES: Final = 0.5  # levels per row from which on a text column is a name
RARE: Final = 2  # rows that a level must have


def profiled(table: Rows, key: str) -> tuple[tuple[str, ...], Any]:
    """(the key of every row, (rows, f) parts of length 1); of a key that returns, its first row. Raises WordsError if nothing tells rows apart."""
    keys = label(table, key)
    there = np.array([k is not None for k in keys], dtype=bool)
    first = np.sort(np.unique(keys[there].astype(str), return_index=True)[1])
    table = table.take(np.flatnonzero(there)[first])
    blocks = [b for name in table if name != key and (b := _parts(table, name)) is not None]
    if not blocks:
        raise WordsError(f"the table beside {key!r} has no column that tells rows apart; expected levels or numbers that several rows share.")
    parts: Any = csr_matrix(hstack(blocks))
    rare = np.log((1.0 + table.n) / (1.0 + np.asarray((parts > 0).sum(axis=0)).ravel())) + 0.1
    parts = csr_matrix(parts @ diags(rare))
    length = np.sqrt(np.asarray(parts.multiply(parts).sum(axis=1)).ravel())
    return tuple(map(str, keys[there][first])), csr_matrix(diags(1.0 / np.where(length > 0, length, 1.0)) @ parts)


def aligned(names: tuple[str, ...], found: tuple[tuple[str, ...], Any]) -> Any:
    """(names, f) the parts of each name; zeros where its row is absent."""
    place = {name: i for i, name in enumerate(found[0])}
    own = np.array([place.get(name, -1) for name in names])
    shape = (len(names), found[1].shape[0])
    return csr_matrix((np.ones((own >= 0).sum()), (np.flatnonzero(own >= 0), own[own >= 0])), shape=shape) @ found[1]


def _parts(table: Rows, name: str) -> Any:
    if table.storage(name) == "text":
        return _levels(table[name])
    values = table[name]
    x = np.where(np.isnat(values), np.nan, values.astype(np.int64)) if values.dtype.kind == "M" else values
    present = x[np.isfinite(x)]
    edges = np.unique(np.quantile(present, np.linspace(0, 1, TENTHS + 1)[1:-1])) if len(present) else present
    if not len(edges) or present.min() == present.max():
        return None
    place = np.searchsorted(edges, x, side="right")
    out = np.zeros((len(x), len(edges) + 3))
    at = np.flatnonzero(np.isfinite(x))
    for shift, weight in ((0, 0.5), (1, 1.0), (2, 0.5)):
        out[at, place[at] + shift] = weight
    return csr_matrix(out)


def _levels(texts: np.ndarray) -> Any:
    found = [sorted({part for part in MARKS.split(str(t)) if part}) if t is not None else [] for t in texts]
    count: dict[str, int] = {}
    for level in (level for own in found for level in own):
        count[level] = count.get(level, 0) + 1
    kept = {level: i for i, level in enumerate(sorted(level for level, n in count.items() if n >= RARE))}
    if not kept or (len(count) > NAMES * len(texts) and len(texts) > 4):
        return None
    cells = [(row, kept[level]) for row, own in enumerate(found) for level in own if level in kept]
    row, column = (np.array(side) for side in zip(*cells, strict=True))
    return csr_matrix((np.ones(len(cells)), (row, column)), shape=(len(texts), len(kept)))
