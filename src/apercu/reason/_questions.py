"""Questions of a graph: (head, relation, ?) in both directions, what is known of their answers, and which facts are held out.

A fact (h, r, t) answers two questions: (h, r, ?) with t, and (t, r + R, ?) with h, R being the number of relations. Facts are held out by a hash
of the pair and its relation, taken of names: neither the order of facts nor their numbering matters, and pairs that are no facts belong to a part
too, so that of the pairs that a rule joins a share can be held out, and not only of its hits.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5
from typing import Final

import numpy as np

from ..core.graph import Graph
from ..stats.ranking import filtered_ranks

__all__ = ["Known", "Scorer", "both_ways", "ranks_of", "salts_of", "sampled", "salted"]

Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (heads (b,), directed relations (b,)) -> (b, e) scores of all entities
DIGITS: Final = 13  # hexadecimal digits of a name's MD5 that count
BATCH = 500  # questions scored at once
CELLS = 20_000_000  # scores held at once


class Known:
    """The answers that facts give to questions: `of(heads, relations)` -> (rows, answers), every answer of every question asked."""

    def __init__(self, facts: np.ndarray, relations: int) -> None:
        asked = np.unique(both_ways(facts, relations).astype(np.int64), axis=0) if len(facts) else np.zeros((0, 3), np.int64)
        self.directed = 2 * relations
        self.things = int(asked[:, 2].max(initial=-1)) + 1  # places that are spoken of
        self.keys, self.answers = asked[:, 0] * self.directed + asked[:, 1], asked[:, 2]

    def of(self, heads: np.ndarray, relations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """((k,) rows of questions, (k,) their known answers)."""
        keys = np.asarray(heads, np.int64) * self.directed + relations
        low, high = np.searchsorted(self.keys, keys), np.searchsorted(self.keys, keys, side="right")
        sizes = high - low
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.repeat(np.arange(len(keys)), sizes), self.answers[within + np.repeat(low, sizes)]

    def counts(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """(q,) how many answers of each question are known."""
        keys = np.asarray(heads, np.int64) * self.directed + relations
        return np.searchsorted(self.keys, keys, side="right") - np.searchsorted(self.keys, keys)


def both_ways(facts: np.ndarray, relations: int) -> np.ndarray:
    """(2m, 3): the facts, then each walked backwards under relation + R."""
    return np.concatenate([facts, np.stack([facts[:, 2], facts[:, 1] + relations, facts[:, 0]], 1)])


def ranks_of(scores: Scorer, questions: np.ndarray, known: Known, entities: int) -> np.ndarray:
    """(q,) filtered ranks of the answers of questions (q, 3), ties realistic."""
    if not len(questions):
        return np.zeros(0)
    size = max(1, min(BATCH, CELLS // max(1, entities)))
    found = []
    for start in range(0, len(questions), size):
        heads, relations, wanted = questions[start : start + size].T
        found.append(filtered_ranks(scores(heads, relations), wanted, known.of(heads, relations)))
    return np.concatenate(found)


def salts_of(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """((e,), (R,)) uint64 hashes of the names of entities and relations."""
    return _hashed(graph.entities), _hashed(graph.relations)


def salted(entities: int, relations: int) -> tuple[np.ndarray, np.ndarray]:
    """The same for things that have numbers and no names."""
    return _hashed(tuple(map(str, range(entities)))), _hashed(tuple(map(str, range(relations))))


def _hashed(names: tuple[str, ...]) -> np.ndarray:
    """(n,) uint64 that SQL knows as ('0x' || md5(name)[1:13])::BIGINT; not more digits, so that sums of four stay whole numbers there."""
    marks = (md5(name.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:DIGITS] for name in names)
    return np.array([int(mark, 16) for mark in marks], np.uint64)


def sampled(facts: np.ndarray, most: int, seed: int) -> np.ndarray:
    """At most so many of the facts (m, 3), drawn without replacement, in a new order."""
    return facts[np.random.default_rng(seed).permutation(len(facts))[:most]]
