"""How good a ranked list is: gain, recall, average precision and hits at k, one value a person, as pure functions of hits.

    hits = np.array([[True, False, True]])                   # (b, k) is the item at each place one of those wanted
    ndcg(hits, wanted=np.array([2]))                         # array([0.91972079])

Sources: normalised discounted gain with gains of 0 and 1 (Järvelin & Kekäläinen 2002), average precision at k over min(k, wanted). Recall divides
by all that is wanted, also where that is more than k. A person who wants nothing has NaN: leave such people out. What it does *not* do: ranking.
"""

from __future__ import annotations

import numpy as np

__all__ = ["average_precision_at", "best", "filtered_ranks", "hit_rate", "ndcg", "recall_at"]


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """(b, k) columns of the highest scores of each row, the highest first, ties in the order of columns; fewer where there are fewer columns."""
    k = min(k, scores.shape[1])
    if not len(scores):
        return np.zeros((0, k), dtype=np.int64)
    least = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    taken = scores >= least
    for row in np.flatnonzero(taken.sum(axis=1) > k):  # more are even with the least than there is room for
        even = np.flatnonzero(scores[row] == least[row])
        taken[row, even[k - int((scores[row] > least[row]).sum()) :]] = False
    order = np.nonzero(taken)[1].reshape(len(scores), k)
    return np.take_along_axis(order, np.argsort(-np.take_along_axis(scores, order, 1), axis=1, kind="stable"), 1)


def ndcg(hits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(b,) discounted gain of the hits (b, k) over that of a list with every wanted item first; wanted (b,) counts them."""
    discount = 1.0 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(wanted, hits.shape[1]).astype(int)]
    return _over((hits * discount).sum(axis=1), ideal)


def recall_at(hits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(b,) share of what is wanted that is in the list."""
    return _over(hits.sum(axis=1).astype(np.float64), wanted.astype(np.float64))


def average_precision_at(hits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(b,) precision averaged over the places of the hits."""
    at = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _over((at * hits).sum(axis=1), np.minimum(wanted, hits.shape[1]).astype(np.float64))


def hit_rate(hits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(b,) 1 where anything wanted is in the list."""
    return np.where(wanted > 0, hits.any(axis=1).astype(np.float64), np.nan)


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def filtered_ranks(scores: np.ndarray, wanted: np.ndarray, known: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(b,) rank of the wanted column (b,) of each row of scores (b, e) among the columns not known to be right as well, from 1.

    known: (rows, columns) of what is known, each pair once; the wanted one may be among them. A tie counts half of those that are even (the
    "realistic" rank, Berrendorf et al. 2020), so a constant score is worth no more than a guess.
    """
    rows = np.arange(len(wanted))
    own = scores[rows, wanted][:, None]
    above, even = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    row, column = (part[known[1] != wanted[known[0]]] for part in known)
    theirs, mine = scores[row, column], own[row, 0]
    above = above - np.bincount(row, theirs > mine, len(wanted))
    even = even - np.bincount(row, theirs == mine, len(wanted))
    return 1.0 + above + (even - 1.0) / 2.0
