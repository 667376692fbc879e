"""A map of the rows: like rows lie near each other, odd ones are told (variational autoencoder; see vae).

    found = mapped(split)        # LatentMap: rows, x, y, oddness (nats), and the target of each row
    found.curve()                # for the report

What is mapped is what may be learned from: numbers scaled, levels as columns of 0 and 1, pictures as thumbnails, sequences as their course; each
column counts alike, whatever it is made of. The target is not looked at; it only colours the map. Oddness is how badly the net tells a row, in
nats: it ranks rows and is no probability. What it does not do: prose (its length counts), more than MOST rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ..core.errors import EmptyTable
from ..core.rows import MEDIA
from ..core.score import Curve
from ..core.split import Split
from ._columns import media_of, plain, typed
from ._inputs import Inputs
from .retrieval import course, thumbnail
from .vae import fit_vae

__all__ = ["LatentMap", "mapped"]

MOST: Final = 20_000  # rows, the first by hash
LEVELS: Final = 8  # of a target that colours the map; a number has fifths
SHOWN: Final = 1_500  # points that the report draws


@dataclass(frozen=True)
class LatentMap:
    """rows: numbers in the source, from 1; x, y: places on the map; oddness: nats, the oddest highest; label: the target, or its fifth; all (n,)."""

    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray
    oddness: np.ndarray
    label: tuple[str, ...]

    def curve(self) -> Curve:
        """The map as the report draws it: an even choice of its points."""
        some = np.unique(np.linspace(0, len(self.x) - 1, min(SHOWN, len(self.x))).astype(int))
        columns = {"x": self.x[some].round(3).tolist(), "y": self.y[some].round(3).tolist(), "level": [self.label[i] for i in some]}
        return Curve("map", columns)


def mapped(split: Split) -> LatentMap:
    """The map of a study's rows. Raises EmptyTable where nothing may be learned from, WordsError without the extra `deep`."""
    schema, goal = split.data.schema, split.goal
    own = {goal.target, goal.weight, goal.group} if goal else set()
    columns = tuple(c for c in (*schema.features(), *schema.media()) if c.name not in own and not (c.derived and c.kind == "category"))
    rows = typed(split.rows.take(np.arange(min(split.rows.n, MOST))), columns).only([c.name for c in columns])
    blocks = []
    for name in media_of(rows, MEDIA):
        cells = [thumbnail(item) if rows.storage(name) == "bytes" else course(item) for item in rows.packed(name)]
        blocks.append(np.array(cells))
    bare = plain(rows)
    if len(bare):
        inputs = Inputs.fit(bare, tuple(bare))
        matrix = inputs.matrix(bare)
        blocks += [matrix[:, inputs.sources == i] for i in range(len(inputs.parts))]
    blocks = [block for block in blocks if block.size and float(block.std()) > 0]
    if not blocks:
        raise EmptyTable("a map needs columns that vary, besides the target; there is none.")
    values = np.hstack([block / np.sqrt(block.shape[1]) / max(float(block.std()), 1e-9) for block in blocks])
    net = fit_vae(values)
    places = net.latent(values)
    numbers = split.rows["_row"][: rows.n].astype(int)
    return LatentMap(numbers, places[:, 0], places[:, 1], net.anomaly(values), _labels(split, rows.n))


def _labels(split: Split, n: int) -> tuple[str, ...]:
    goal = split.goal
    if goal is None:
        return ("",) * n
    truth = goal.coded(split.rows)[:n]
    known = ~np.isnan(truth)
    if goal.task != "numeric":
        counts = np.bincount(truth[known].astype(int), minlength=len(goal.classes))
        often = set(np.argsort(-counts, kind="stable")[:LEVELS].tolist())
        return tuple("?" if not k else goal.classes[int(t)] if int(t) in often else "…" for t, k in zip(truth, known, strict=True))
    cuts = np.quantile(truth[known], [0.2, 0.4, 0.6, 0.8]) if known.any() else np.zeros(4)
    place = np.searchsorted(cuts, np.nan_to_num(truth))
    words = [f"≤ {cuts[0]:.3g}", *(f"{a:.3g}–{b:.3g}" for a, b in pairwise(cuts)), f"> {cuts[-1]:.3g}"]
    return tuple(words[p] if k else "?" for p, k in zip(place, known, strict=True))
