"""What belongs together across kinds: texts to pictures, rows to texts, and back, learned from items that have both (cross-modal retrieval).

    found = paired(rows, "description", "photo")
    found.nearest(queries, 5)            # (m, 5) places of the photos that fit each new description best
    found.recall                         # {1: (.31, .29, .33), ...}: how often the true one was among so many, out of fold

Each side is brought to numbers (texts: terms by TF-IDF; pictures: thumbnails; sequences: their course and summaries; several plain columns: scaled
numbers and levels), reduced to their principal directions, and both are turned into one space where items are most alike: canonical correlations
with a ridge (Hotelling 1936; Vinod 1976), directions weighed by their correlation. What it does not do: meaning that no pair shows, pictures beyond
their coarse look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from ..core.errors import EmptyTable
from ..core.pictures import decoded
from ..core.rows import Rows
from ..stats.intervals import wilson
from ._inputs import Inputs
from ._text import tokens

__all__ = ["Paired", "Side", "course", "paired", "thumbnail"]

SIDE: Final = 12  # pixels of a thumbnail's side
POINTS: Final = 48  # to which a sequence is brought
TERMS: Final = 2_000  # of a text
WIDE: Final = 150  # principal directions of a side
RIDGE: Final = 0.1  # of the mean variance of those
FOLDS: Final = 5
LEAST: Final = 40  # items that have both
RECALLED: Final = (1, 5, 10)


@dataclass(frozen=True)
class Side:
    """One side: its columns, how they are read, the mean (D,) and directions (D, q) of what is read, and the turn (q, r) into the common space."""

    names: tuple[str, ...]
    reads: Any
    mean: np.ndarray
    axes: np.ndarray
    turn: np.ndarray

    def placed(self, rows: Rows) -> np.ndarray:
        """(n, r) in the common space, of length one; noughts where nothing is there."""
        x = (self.reads(rows) - self.mean) @ self.axes @ self.turn
        length = np.sqrt((x**2).sum(axis=1, keepdims=True))
        return x / np.where(length > 0, length, 1.0)


@dataclass(frozen=True)
class Paired:
    """Two sides of the same items. recall: {k: (share, low, high)} of n items whose own other side was among the k nearest of `among` unseen ones,
    with its 95% interval (Wilson; items taken for independent).
    """

    left: Side
    right: Side
    held: np.ndarray
    other: np.ndarray
    recall: dict[int, tuple[float, float, float]]
    n: int
    among: int

    def nearest(self, rows: Rows, k: int = 5, *, back: bool = False) -> np.ndarray:
        """(m, k) places, in the rows that it was learned from, of the right sides nearest to the left sides of new rows (or the other way round)."""
        side, held = (self.right, self.held) if back else (self.left, self.other)
        near = side.placed(rows) @ held.T
        return np.argsort(-near, axis=1, kind="stable")[:, :k]


def paired(rows: Rows, left: str | Sequence[str], right: str | Sequence[str]) -> Paired:
    """The common space of two sides, each a column of texts, pictures or sequences, or several plain columns. Raises EmptyTable, UnknownName."""
    names = tuple((one,) if isinstance(one, str) else tuple(one) for one in (left, right))
    for name in (*names[0], *names[1]):
        rows.storage(name)
    there = np.flatnonzero(_there(rows, names[0]) & _there(rows, names[1]))
    if len(there) < LEAST:
        raise EmptyTable(f"{', '.join(names[0])} and {', '.join(names[1])} must both be there in at least {LEAST} rows; they are in {len(there)}.")
    fold = np.random.default_rng(1).permutation(len(there)) % FOLDS
    hits = dict.fromkeys(RECALLED, 0.0)
    for k in range(FOLDS):
        sides = _sides(rows.take(there[fold != k]), names)
        own = rows.take(there[fold == k])
        a, b = (side.placed(own) for side in sides)
        near = a @ b.T
        rank = (near > np.diag(near)[:, None]).sum(axis=1) + 0.5 * ((near == np.diag(near)[:, None]).sum(axis=1) - 1)  # ties count half
        for most in RECALLED:
            hits[most] += float((rank < most).sum())
    sides = _sides(rows.take(there), names)
    recall = {k: (hit / len(there), *wilson(hit, len(there))) for k, hit in hits.items()}
    held, other = (np.zeros((rows.n, side.turn.shape[1])) for side in sides)
    held[there], other[there] = (side.placed(rows.take(there)) for side in sides)
    return Paired(*sides, held, other, recall, len(there), int(np.bincount(fold).mean()))


def _there(rows: Rows, names: tuple[str, ...]) -> np.ndarray:
    """(n,) bool: whether any of the columns has a value."""
    made = []
    for name in names:
        column = rows[name]
        if column.dtype == object:
            made.append(np.array([value is not None for value in column], dtype=bool))
        else:
            made.append(~(np.isnat(column) if column.dtype.kind == "M" else np.isnan(column)))
    return np.any(made, axis=0)


def _sides(rows: Rows, names: tuple[tuple[str, ...], ...]) -> tuple[Side, Side]:
    """Both sides, fitted on rows that have both."""
    read = [_reader(rows, own) for own in names]
    from sklearn.utils.extmath import randomized_svd

    given = []
    for reads in read:
        x = reads(rows)
        mean = x.mean(axis=0)
        _, size, axes = randomized_svd(x - mean, min(WIDE, *x.shape), random_state=1)
        kept = max(1, min(WIDE, int((size > 1e-9 * max(size[0], 1e-300)).sum()), len(x) // 4))
        given.append((mean, axes[:kept].T, (x - mean) @ axes[:kept].T))
    (_, _, a), (_, _, b) = given
    whitened = []
    for x in (a, b):
        cover = x.T @ x / len(x)
        values, vectors = np.linalg.eigh(cover + RIDGE * np.trace(cover) / len(cover) * np.eye(len(cover)))
        whitened.append(vectors / np.sqrt(np.maximum(values, 1e-300)) @ vectors.T)
    turn, strength, back = np.linalg.svd(whitened[0] @ (a.T @ b / len(a)) @ whitened[1], full_matrices=False)
    turns = (whitened[0] @ turn * np.sqrt(strength), whitened[1] @ back.T * np.sqrt(strength))
    left, right = (Side(own, reads, mean, axes, t) for own, reads, (mean, axes, _), t in zip(names, read, given, turns, strict=True))
    return left, right


def _reader(rows: Rows, names: tuple[str, ...]) -> Any:
    """What brings rows to (n, D) numbers."""
    stored = rows.storage(names[0])
    if len(names) == 1 and stored == "bytes":
        return lambda rows: np.array([thumbnail(file) for file in rows.packed(names[0])])
    if len(names) == 1 and stored == "list":
        return lambda rows: np.array([course(item) for item in rows.packed(names[0])])
    if len(names) == 1 and stored == "text":
        return _terms(rows, names[0])
    return Inputs.fit(rows, names).matrix


def thumbnail(file: bytes | None) -> np.ndarray:
    """(SIDE * SIDE * 3,) mean colours of a picture's fields, less their mean."""
    pixels = None if file is None else decoded(file)
    if pixels is None:
        return np.zeros(SIDE * SIDE * 3)
    colours = np.repeat(pixels, 3, axis=2) if pixels.shape[2] < 3 else pixels[:, :, :3]
    rows, columns = (np.linspace(0, size - 1, SIDE + 1).round().astype(int) for size in colours.shape[:2])
    edges = [[(a, max(b, a + 1)) for a, b in pairwise(cuts)] for cuts in (rows, columns)]
    fields = [colours[a:b, c:d].mean(axis=(0, 1)) for a, b in edges[0] for c, d in edges[1]]
    return np.array(fields).ravel() / 255.0


def course(item: np.ndarray | None) -> np.ndarray:
    """(POINTS + 3,) a sequence at even places less its mean over its spread, then mean, spread and length on a logarithm."""
    known = np.flatnonzero(np.isfinite(item)) if item is not None else np.zeros(0, int)
    if item is None or len(known) < 2:
        return np.zeros(POINTS + 3)
    points = np.interp(np.linspace(0, len(item) - 1, POINTS), known, item[known])
    mean, spread = float(points.mean()), float(points.std())
    return np.concatenate([(points - mean) / (spread or 1.0), [np.arcsinh(mean), np.log1p(spread), np.log1p(len(item))]])


def _terms(rows: Rows, name: str) -> Any:
    """TF-IDF of the TERMS most frequent terms, words and pairs (runs of signs in Chinese)."""
    from ..core.kinds import WIDE as CHINESE

    texts = [text for text in rows[name] if text]
    form = "character" if CHINESE.search("".join(texts[:50])) else "word"
    counts: dict[str, int] = {}
    for text in texts:
        for term in set(tokens(text, form)):
            counts[term] = counts.get(term, 0) + 1
    chosen = sorted((term for term, n in counts.items() if n > 1), key=lambda term: (-counts[term], term))[:TERMS]
    place = {term: i for i, term in enumerate(chosen)}
    weight = np.array([np.log(len(texts) / counts[term]) + 1.0 for term in chosen])

    def read(rows: Rows) -> np.ndarray:
        made = np.zeros((rows.n, max(1, len(place))))
        for i, text in enumerate(rows[name]):
            found = [place[term] for term in tokens(text or "", form) if term in place]
            np.add.at(made[i], found, 1.0)
        made = np.log1p(made) * (weight if len(weight) else 1.0)
        length = np.sqrt((made**2).sum(axis=1, keepdims=True))
        return made / np.where(length > 0, length, 1.0)

    return read
