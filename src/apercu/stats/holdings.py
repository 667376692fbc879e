"""What things hold, as items, and which items go together: rules with constants, of one count of pairs.

An *item* is (relation, tail), held by the heads of such facts (in both directions: relation + R leads from tails to heads), or (relation,
anything). A rule says: what holds item i holds item j, as `(lives_in, Oslo) -> (speaks, Norwegian)`; its confidence is (holders of both) /
(holders of i + PRIOR), PRIOR trials that fail keep rules with few holders modest (Meilicke et al. 2019). All pairs are counted in one pass over
things and their items: the cost is the sum of squared numbers of items, so things that hold very many are left out of the count (not of the
use of rules). A pair of items is never one fact, since i and j differ. Compiled, without the GIL.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

from .paths import Indexed

__all__ = ["PRIOR", "Holdings", "Implied", "holdings", "implied"]

PRIOR: Final = 5.0  # trials that fail, added to each rule
WORK: Final = 2e9  # pairs of items that are counted at most, about 4 seconds


class Holdings(NamedTuple):
    """i items sorted by relation, then tail (the number of entities stands for "anything"). relation, tail: (i,) int64; bounds: (2R + 1,) items of a
    relation; owned, items: which items each entity holds; held, holders: which entities hold each item, ascending; owned and held are bounds.
    """

    relation: np.ndarray
    tail: np.ndarray
    bounds: np.ndarray
    owned: np.ndarray
    items: np.ndarray
    held: np.ndarray
    holders: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """(i,) int64: holders of each item."""
        return np.diff(self.held)


class Implied(NamedTuple):
    """k rules body -> head over items, sorted by body, then head. body, head, both (holders of both): (k,) int32; confidence: (k,) float32."""

    body: np.ndarray
    head: np.ndarray
    both: np.ndarray
    confidence: np.ndarray


def holdings(graph: Indexed, relations: int, least: int = 2) -> Holdings:
    """The items of a graph that at least so many things hold."""
    entities = len(graph.starts) - 1
    heads = np.repeat(np.arange(entities), np.diff(graph.starts))
    steps, ends = graph.steps.astype(np.int64), graph.ends.astype(np.int64)
    first = np.r_[True, (np.diff(heads) != 0) | (np.diff(steps) != 0)][: len(heads)]
    keys = np.concatenate([steps * (entities + 1) + ends, steps[first] * (entities + 1) + entities])
    owners = np.concatenate([heads, heads[first]])
    known, places, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    enough = sizes >= least
    fine = enough[places]
    owners, places, known = owners[fine], (np.cumsum(enough) - 1)[places[fine]], known[enough]
    relation, tail = np.divmod(known, entities + 1)
    by_owner, by_item = np.lexsort((places, owners)), np.lexsort((owners, places))
    return Holdings(
        relation,
        tail,
        np.searchsorted(relation, np.arange(2 * relations + 1)),
        np.searchsorted(owners[by_owner], np.arange(entities + 1)),
        places[by_owner],
        np.searchsorted(places[by_item], np.arange(len(known) + 1)),
        owners[by_item],
    )


def implied(kept: Holdings, *, least: int = 2, confidence: float = 0.02, most: int = 20_000_000) -> Implied:
    """The rules from item to item with a constant at their head that `least` things follow, of at least that confidence; of more than `most` the
    surest.
    """
    squares = np.sort(np.diff(kept.owned).astype(np.float64)) ** 2
    hub = int(np.sqrt(squares[max(0, np.searchsorted(np.cumsum(squares), WORK) - 1)])) if len(squares) else 0
    constant = kept.tail < len(kept.owned) - 1
    histogram = np.zeros(1001, np.int64)
    nothing = np.empty(0, np.int32)
    _pair(kept[3:], constant, (hub, least, confidence), (nothing, nothing, nothing), histogram)
    above = np.cumsum(histogram[::-1])[::-1]
    if above[0] > most:
        confidence = max(confidence, float(np.argmax(above <= most)) / 1000.0)
    n = int(above[min(1000, int(np.floor(confidence * 1000.0)))])
    out = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    n = _pair(kept[3:], constant, (hub, least, confidence), out, histogram)
    body, head, both = (column[:n] for column in out)
    order = np.lexsort((head, body))
    body, head, both = body[order], head[order], both[order]
    return Implied(body, head, both, (both / (kept.sizes[body] + PRIOR)).astype(np.float32))


@numba.njit(cache=True, nogil=True)
def _pair(
    kept: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    constant: np.ndarray,
    least: tuple[int, int, float],
    out: tuple[np.ndarray, np.ndarray, np.ndarray],
    histogram: np.ndarray,
) -> int:  # pragma: no cover - compiled
    """Writes the rules while there is room, counts confidences in thousandths, and returns how many were written."""
    owned, items, held, holders = kept
    bodies, heads, boths = out
    hub, support, confidence = least
    count = np.zeros(len(constant), np.int32)
    touched = np.empty(len(constant), np.int64)
    n = 0
    for i in range(len(constant)):
        k = 0
        for p in range(held[i], held[i + 1]):
            owner = holders[p]
            if owned[owner + 1] - owned[owner] > hub:
                continue
            for q in range(owned[owner], owned[owner + 1]):
                j = items[q]
                if count[j] == 0:
                    touched[k] = j
                    k += 1
                count[j] += 1
        size = held[i + 1] - held[i] + PRIOR
        for a in range(k):
            j = touched[a]
            sure = count[j] / size
            if j != i and constant[j] and count[j] >= support and sure >= confidence:
                histogram[min(1000, int(sure * 1000.0))] += 1
                if n < len(bodies):
                    bodies[n], heads[n], boths[n] = i, j, count[j]
                    n += 1
            count[j] = 0
    return n
