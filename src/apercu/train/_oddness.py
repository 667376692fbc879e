"""How odd each row is to an autoencoder that never saw it: of the plain columns together, and of each column of pictures or sequences.

    scores = oddness(split)      # (k, n): one row per detector, larger is odder; NaN where a row has no picture

Rows are halved by a seeded permutation (entities and stretches of time stay whole), an autoencoder (see vae) learns each half and tells the other:
no row makes itself usual, so the scores may be judged as those of `audit.anomalies` are. A score is, in nats, how badly the row is told, each value
beside the error that it usually has (a stroke where no picture has one counts more than a blurred one), and how far off the map it lies. Both
halves' scores are brought to one scale by their median and their 90th percentile, not by ranks, which would cut the far tail, and not by moments,
which odd rows would move. How columns are read (medians and quartiles, levels of several rows) is learned of all rows: no single row moves that.
The target is not looked at. What it does *not* do: prose, columns of media after MEDIA_MOST, saying why a row is odd. What breaks it: a kind of
usual rows so rare that a half holds hardly any; odd rows so alike and so many that a half learns them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ..core.rows import MEDIA, Rows
from ..core.split import Split
from ._columns import media_of, plain, typed
from ._inputs import Inputs
from .retrieval import course, thumbnail
from .vae import fit_vae

__all__ = ["oddness"]

FITTED: Final = 10_000  # rows of a half that a net learns: with PASSES the bound of its time
STEPS: Final = 800  # of the optimiser, about: half of what a map is given, for an order that is as good
BATCH: Final = 64
PASSES: Final = (4, 300)
COLUMNS: Final = 200  # plain columns that are looked at, the first
MEDIA_MOST: Final = 4  # columns of pictures or sequences, the first
LEAST: Final = 20  # rows of a half, below which a net learns nothing
LEAN: Final = 0.05  # of the mean error, added to that of each value: the share that audit.anomalies leans a covariance by
CHUNK: Final = 20_000  # rows that are read at once
FAR: Final = 0.9  # the quantile that, with the median, makes scores of both halves comparable: fewer odd rows than the rest leave it alone


def oddness(split: Split, seed: int = 0) -> np.ndarray:
    """(k, n) float64 in the order of split.rows, k >= 0: a detector for the plain columns, if two or more vary, and one per column of media.

    Median 0 and 90th percentile 1 in each half. Raises WordsError without the extra `deep`.
    """
    schema, goal = split.data.schema, split.goal
    own = {goal.target, goal.weight, goal.group} if goal else set()
    columns = tuple(c for c in (*schema.features(), *schema.media()) if c.name not in own and c.name in split.rows and not c.derived)
    rows = typed(split.rows, columns).only([c.name for c in columns])
    half = _half(split, seed)
    if min(half.sum(), (~half).sum()) < LEAST:
        return np.zeros((0, rows.n))
    media = media_of(rows, MEDIA)[:MEDIA_MOST]
    found = [_of_plain(plain(rows), half, seed), *(_of_media(rows, name, half, seed) for name in media)]
    kept = [score for score in found if score is not None]
    return np.array(kept) if kept else np.zeros((0, rows.n))


def _half(split: Split, seed: int) -> np.ndarray:
    """(n,) bool: half of the rows, or of the blocks that must stay whole."""
    blocks = np.arange(split.rows.n) if split.blocks is None else np.unique(split.blocks, return_inverse=True)[1]
    count = int(blocks.max()) + 1 if len(blocks) else 0
    return (np.random.default_rng(seed).permutation(count) < count // 2)[blocks]


def _of_plain(rows: Rows, half: np.ndarray, seed: int) -> np.ndarray | None:
    inputs = Inputs.fit(rows, tuple(rows)[:COLUMNS])
    some = inputs.matrix(rows.take(_some(np.arange(rows.n), seed)))
    blocks = [inputs.sources == i for i in range(len(inputs.parts))]
    wide = np.array([float(np.sqrt(some[:, block].var(axis=0).sum())) for block in blocks])
    if np.count_nonzero(wide) < 2:
        return None
    # Each column counts alike, whatever it is made of; one that does not vary counts nothing.
    factor = sum((np.where(block, 1.0 / one, 0.0) for block, one in zip(blocks, wide, strict=True) if one > 0), np.zeros(len(inputs.sources)))
    return _crossed(lambda index: (inputs.matrix(rows.take(index)) * factor)[:, factor > 0], np.ones(rows.n, dtype=bool), half, seed)


def _of_media(rows: Rows, name: str, half: np.ndarray, seed: int) -> np.ndarray | None:
    look = thumbnail if rows.storage(name) == "bytes" else course
    items: Any = rows.packed(name)
    known = np.array([item is not None for item in items], dtype=bool)
    return _crossed(lambda index: np.array([look(items[i]) for i in index]), known, half, seed)


def _crossed(read: Callable[[np.ndarray], np.ndarray], known: np.ndarray, half: np.ndarray, seed: int) -> np.ndarray | None:
    """(n,) scores of the known rows, each half's by the net of the other; none where a half has too few, or nothing varies."""
    scores = np.full(len(known), np.nan)
    for side in (half, ~half):
        fit, asked = np.flatnonzero(side & known), np.flatnonzero(~side & known)
        if min(len(fit), len(asked)) < LEAST:
            return None
        values = read(_some(fit, seed))
        if not values.std(axis=0).any():
            return None
        epochs = int(np.clip(STEPS * BATCH // len(values), *PASSES))
        net = fit_vae(values, weighed=True, plan={"epochs": epochs, "batch": BATCH, "seed": seed})
        usual = ((net.reconstruct(values) - values) ** 2).mean(axis=0)
        usual = np.maximum((1.0 - LEAN) * usual + LEAN * usual.mean(), 1e-12)
        parts = (read(asked[start : start + CHUNK]) for start in range(0, len(asked), CHUNK))
        told = np.concatenate([0.5 * ((net.reconstruct(part) - part) ** 2 / usual).sum(axis=1) + net.distance(part) for part in parts])
        middle, far = np.quantile(told, (0.5, FAR))
        scores[asked] = (told - middle) / (far - middle if far > middle else 1.0)
    return scores


def _some(index: np.ndarray, seed: int) -> np.ndarray:
    return index if len(index) <= FITTED else np.sort(np.random.default_rng(seed).choice(index, FITTED, replace=False))
