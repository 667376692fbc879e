"""Rules and embedding joined: one score of an answer, the weights chosen for each relation and direction on validation facts.

Both are first made comparable within a question: the embedding's scores by mean and spread over all answers; the rules' by their spread around
none (an answer that no rule names stays near 0). A join (way, w) is then

    sum       w * embedding + (1 - w) * rules
    product   w * log softmax(embedding) + (1 - w) * log share of the rules' scores

with w = 0 and w = 1 among them: rules alone, embedding alone. A relation with few validation facts follows what serves all of them best (PULL
questions' worth), so the join can be worse than its better part only by what the choice on validation facts is off.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..stats.ranking import filtered_ranks
from ._questions import Known, Scorer

__all__ = ["EMBEDDING", "JOINS", "RULES", "fitted", "joined", "logged"]

WEIGHTS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
RULES: Final = 0
EMBEDDING: Final = 1
JOINS: Final = (("sum", 0.0), ("sum", 1.0), *(("sum", w) for w in WEIGHTS), *(("product", w) for w in WEIGHTS))
PULL: Final = 40.0  # validation questions that what serves all relations counts for, against those of one relation and direction
CELLS: Final = 5_000_000  # scores of one join held at once
FLOOR: Final = 1e-7  # of a rule score, before its logarithm


def joined(rules: np.ndarray, embedding: np.ndarray, join: tuple[str, float]) -> np.ndarray:
    """(b, e) scores of rules (b, e) and embedding (b, e) under a join."""
    way, weight = join
    if weight in (0.0, 1.0):
        return rules if weight == 0.0 else embedding
    if way == "sum":
        told = rules / (np.sqrt(np.mean(rules * rules, axis=1, keepdims=True)) + 1e-9)
        likely = (embedding - embedding.mean(axis=1, keepdims=True)) / (embedding.std(axis=1, keepdims=True) + 1e-9)
        return weight * likely + (1.0 - weight) * told
    shares = np.log(rules + FLOOR)
    return weight * logged(embedding) + (1.0 - weight) * shares  # the logarithm of the sum of rules is one number for all answers


def logged(scores: np.ndarray) -> np.ndarray:
    """(b, e) logarithm of the softmax of scores."""
    high = scores.max(axis=1, keepdims=True)
    return scores - high - np.log(np.exp(scores - high).sum(axis=1, keepdims=True))


def fitted(rules: Scorer, embedding: Scorer, valid: np.ndarray, known: Known, directed: int) -> np.ndarray:
    """(directed,) the place in JOINS that serves each directed relation; valid (v, 3) are questions with an answer each."""
    gain = np.zeros((len(JOINS), len(valid)))
    size = max(1, CELLS // max(1, known.things))
    for start in range(0, len(valid), size):
        heads, relations, wanted = valid[start : start + size].T
        told, likely, facts = rules(heads, relations), embedding(heads, relations), known.of(heads, relations)
        for i, join in enumerate(JOINS):
            gain[i, start : start + size] = 1.0 / filtered_ranks(joined(told, likely, join), wanted, facts)
    gain -= gain.mean(axis=0) if len(valid) else 0.0
    sums = np.stack([np.bincount(valid[:, 1], row, directed) for row in gain])
    overall = gain.mean(axis=1) if len(valid) else np.zeros(len(JOINS))
    return np.argmax(sums + PULL * overall[:, None], axis=0)
