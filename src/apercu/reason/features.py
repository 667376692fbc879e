"""Features: what a graph says of the things that a column names, as numbers: how much is known of each, with whom it stands, and what those are like.

    features(graph, names, numbers={"revenue": {"Acme": 3.5, ...}}, embedding=embedding)
    # {"facts": Feature(values (n,), words={"en": "facts of the graph about it", ...}), "subsidiary": ..., "revenue of neighbours": ...}

Counts of facts, in all and by relation and direction; of neighbours that share a frequent value of a relation (`lives_in is Oslo` among those a
person knows); the mean of a number over neighbours that have one; and the first principal coordinates of an embedding, if there is one. Things that
the graph does not know are missing, not 0. What it does *not* do: look at the target, or at rows; a number that is (made of) the target must not be
among `numbers` unless it is taken out of fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.graph import Graph
from .embed import Embedding

__all__ = ["Feature", "features"]

COVERED: Final = 0.02  # least share of the things for which a feature is not 0
COUNTED: Final = 12  # features of each sort at most, those that are not 0 for most things first
COORDINATES: Final = 4  # of the embedding


@dataclass(frozen=True, eq=False)
class Feature:
    """(n,) float64 values, NaN where the graph does not know the thing, and what they are, in words."""

    values: np.ndarray
    words: Mapping[str, str]


def features(
    graph: Graph, names: Sequence[str], *, numbers: Mapping[str, Mapping[str, float]] | None = None, embedding: Embedding | None = None
) -> dict[str, Feature]:  # fmt: skip
    """{name: Feature} of n things by their names. numbers: {what: {thing: number}}; embedding: of the graph's entities, in their order."""
    graph = graph.distinct()
    places = np.array([graph.entity_places.get(name, -1) for name in names], np.int64)
    if not graph or not (places >= 0).any():
        return {}
    made = {**_degrees(graph), **_levels(graph), **_means(graph, numbers or {})}
    found = {name: Feature(_of(values, places), words) for name, (values, words) in made.items()}
    known = {name: f for name, f in found.items() if _varies(f.values)}
    return {**known, **_coordinates(embedding, places)}


def _of(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The values (e,) of things by place, NaN where there is none."""
    return np.where(places >= 0, values[np.maximum(places, 0)].astype(np.float64), np.nan)


def _varies(values: np.ndarray) -> bool:
    """Whether a feature tells things apart: it is not the same for all, and not nothing for nearly all."""
    known = values[np.isfinite(values)]
    return len(known) > 0 and bool(known.min() < known.max()) and float(np.mean(known != 0)) >= COVERED


_Made = dict[str, tuple[np.ndarray, dict[str, str]]]


def _degrees(graph: Graph) -> _Made:
    """Facts about each entity: in all, as head and as tail of each relation."""
    e = len(graph.entities)
    heads, relations, tails = graph.facts.T
    words = {"en": "facts of the graph about it", "zh": "图谱中与其有关的事实数"}
    made: _Made = {"facts": (graph.degrees(), words)}
    found: list[tuple[int, str, np.ndarray, dict[str, str]]] = []
    for r, name in enumerate(graph.relations):
        own = relations == r
        out, back = np.bincount(heads[own], minlength=e), np.bincount(tails[own], minlength=e)
        found.append((int((out > 0).sum()), name, out, {"en": f"how many it is “{name}” to", "zh": f"以其为主体的“{name}”事实数"}))
        found.append((int((back > 0).sum()), f"{name} (back)", back, {"en": f"how many are “{name}” to it", "zh": f"以其为客体的“{name}”事实数"}))
    for _, name, values, told in sorted(found, key=lambda f: (-f[0], f[1]))[:COUNTED]:
        made[name] = values, told
    return made


def _levels(graph: Graph) -> _Made:
    """Neighbours by level: how many of them have a frequent value of a relation that gives most of its heads one."""
    e = len(graph.entities)
    heads, relations, tails = graph.facts.T.astype(np.int64)
    near, other = np.concatenate([heads, tails]), np.concatenate([tails, heads])
    pairs = np.unique(near[near != other] * e + other[near != other])
    near, other = pairs // e, pairs % e
    keys, counts = np.unique(relations * e + tails, return_counts=True)
    frequent = sorted(zip((-counts).tolist(), keys.tolist(), strict=True))[:COUNTED]
    made: _Made = {}
    for _, key in frequent:
        r, tail = divmod(key, e)
        has = np.zeros(e, bool)
        has[heads[(relations == r) & (tails == tail)]] = True
        relation, value = graph.relations[r], graph.entities[tail]
        told = {"en": f"neighbours whose “{relation}” is “{value}”", "zh": f"“{relation}”为“{value}”的邻居数"}
        made[f"neighbours {relation} {value}"] = np.bincount(near, has[other], e), told
    return made


def _means(graph: Graph, numbers: Mapping[str, Mapping[str, float]]) -> _Made:
    """The mean of each number over the neighbours that have one, NaN without any; a thing's own number is not among them."""
    e = len(graph.entities)
    heads, _, tails = graph.facts.T.astype(np.int64)
    near, other = np.concatenate([heads, tails]), np.concatenate([tails, heads])
    pairs = np.unique(near[near != other] * e + other[near != other])
    near, other = pairs // e, pairs % e
    made: _Made = {}
    for name, of in numbers.items():
        value = np.array([of.get(entity, np.nan) for entity in graph.entities], np.float64)
        has = np.isfinite(value)
        count = np.bincount(near, has[other], e)
        total = np.bincount(near, np.where(has, value, 0.0)[other], e)
        mean = np.divide(total, count, out=np.full(e, np.nan), where=count > 0)
        made[f"{name} of neighbours"] = mean, {"en": f"mean {name} of its neighbours", "zh": f"其邻居的平均 {name}"}
    return made


def _coordinates(embedding: Embedding | None, places: np.ndarray) -> dict[str, Feature]:
    """The first principal coordinates of the things' rows, each with the sign that makes its largest entry positive."""
    known = np.unique(places[places >= 0])
    if embedding is None or len(known) <= COORDINATES:
        return {}
    rows = embedding.entities.astype(np.float64)
    own = rows[known]
    axes = np.linalg.svd(own - own.mean(axis=0), full_matrices=False)[2][:COORDINATES]
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    along = (rows - own.mean(axis=0)) @ axes.T
    words = [{"en": f"place in the graph, coordinate {i + 1}", "zh": f"在图谱中的位置，第 {i + 1} 坐标"} for i in range(len(axes))]
    return {f"place {i + 1}": Feature(_of(along[:, i], places), words[i]) for i in range(len(axes))}
