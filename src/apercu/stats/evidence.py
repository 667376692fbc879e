"""What rules say of every possible answer to a question (head, relation, ?): the surest rules that lead to it, joined into one number.

Three sources of evidence, each a rule that fires with a weight w = -log(1 - confidence) (times a factor for its kind):
paths from the head; items that the head holds and that imply (relation, answer); items that the answer holds and that imply (inverse relation,
head). Of an answer's rules the TOP heaviest w1 >= w2 >= ... are kept and joined, d being the decay and p the power, as

    score = (w1^p + d w2^p + d^2 w3^p + ...)^(1 / p)

d = 1, p = 1 is noisy-or over the top; d near 0 is "max plus": the best rule decides, the next breaks ties (Meilicke et al. 2019; Ott, Meilicke &
Stuckenschmidt 2021 on noisy-or of the top); p > 1 is the p-norm in between. What it does *not* do: treat rules that say the same as one.
Compiled, without the GIL.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

from .holdings import Holdings
from .paths import Indexed, grounded, left_of, walked

__all__ = ["KINDS", "TOP", "Fired", "Weighed", "evidence", "firing"]

TOP: Final = 10  # rules of an answer that are joined
KINDS: Final = ("path", "item", "any")  # a path of facts, a constant that implies a constant, having a relation at all that implies a constant
STEPS: Final = 2_000  # of one body from one head
PUSHES: Final = 6_000  # answers that rules of one source may name for one question


class Weighed(NamedTuple):
    """Rules, ready to fire. bodies (b, L) int64 sorted by relation, heaviest first, rows of relation r bounds[r]:bounds[r + 1], path_weight (b,);
    item rules by body: row_bounds (i + 1,), head, row_weight; by head, heaviest first: column_bounds, body, column_weight.
    """

    bounds: np.ndarray
    bodies: np.ndarray
    path_weight: np.ndarray
    row_bounds: np.ndarray
    head: np.ndarray
    row_weight: np.ndarray
    column_bounds: np.ndarray
    body: np.ndarray
    column_weight: np.ndarray


def evidence(
    graph: Indexed, kept: Holdings, rules: Weighed, heads: np.ndarray, relations: np.ndarray, decay: np.ndarray, power: np.ndarray
) -> np.ndarray:
    """(a, q, e) float32 scores of all answers to q questions (heads, directed relations) under a pairs of decay and power; 0 where none fires."""
    out = np.zeros((decay.shape[-1], len(heads), len(graph.starts) - 1), np.float32)
    decay, power = (np.ascontiguousarray(np.broadcast_to(v, (len(heads), out.shape[0])), np.float64) for v in (decay, power))
    questions = np.ascontiguousarray(heads, np.int64), np.ascontiguousarray(relations, np.int64)
    _fire(graph[:3], kept[1:], rules, questions, (decay, power), out)
    return out


@numba.njit(cache=True, nogil=True, inline="always")
def _push(top: np.ndarray, size: np.ndarray, touched: np.ndarray, n: int, y: int, w: float) -> int:  # pragma: no cover - compiled
    """Puts a weight among the heaviest of y; returns how many answers are touched."""
    k = size[y]
    if k == 0:
        touched[n] = y
        n += 1
    if k < TOP:
        size[y] = k + 1
    elif top[y, TOP - 1] >= w:
        return n
    else:
        k = TOP - 1
    while k > 0 and top[y, k - 1] < w:
        top[y, k] = top[y, k - 1]
        k -= 1
    top[y, k] = w
    return n


@numba.njit(cache=True, nogil=True)
def _by_items(kept, rules, question, buffers, n) -> int:  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Fires the item rules of one question; returns how many answers are touched."""
    tail, bounds, owned, items, held, holders = kept
    top, size, touched = buffers
    h, r = question
    for p in range(owned[h], owned[h + 1]):
        i = items[p]
        low = left_of(rules.head, rules.row_bounds[i], rules.row_bounds[i + 1], bounds[r])
        high = left_of(rules.head, low, rules.row_bounds[i + 1], bounds[r + 1])
        for k in range(low, high):
            n = _push(top, size, touched, n, tail[rules.head[k]], rules.row_weight[k])
    directed = len(bounds) - 1
    inverse = (r + directed // 2) % directed
    j = left_of(tail, bounds[inverse], bounds[inverse + 1], h)
    if j < bounds[inverse + 1] and tail[j] == h:
        pushed = 0
        for k in range(rules.column_bounds[j], rules.column_bounds[j + 1]):
            i = rules.body[k]
            for p in range(held[i], held[i + 1]):
                n = _push(top, size, touched, n, holders[p], rules.column_weight[k])
            pushed += held[i + 1] - held[i]
            if pushed > PUSHES:
                break
    return n


@numba.njit(cache=True, nogil=True)
def _fire(graph, kept, rules, questions, joined, out) -> None:  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Fills out (a, q, e)."""
    heads, relations = questions
    decay, power = joined
    entities = len(graph[0]) - 1
    stamp, found = np.zeros(entities, np.int64), np.zeros(entities, np.int64)
    top, size, touched = np.zeros((entities, TOP), np.float32), np.zeros(entities, np.int64), np.zeros(entities, np.int64)
    mark = 0
    for q in range(len(heads)):
        h, r = heads[q], relations[q]
        n, pushed = 0, 0
        for b in range(rules.bounds[r], rules.bounds[r + 1]):
            mark += 1
            ends, _ = walked(graph, rules.bodies[b], h, STEPS, stamp, mark, found)
            for k in range(ends):
                n = _push(top, size, touched, n, found[k], rules.path_weight[b])
            pushed += ends
            if pushed > PUSHES:
                break
        n = _by_items(kept, rules, (h, r), (top, size, touched), n)
        for k in range(n):
            y = touched[k]
            for a in range(out.shape[0]):
                total, factor = 0.0, 1.0
                for i in range(size[y]):
                    w = top[y, i]
                    total += factor * (w if power[q, a] == 1.0 else w ** power[q, a])
                    factor *= decay[q, a]
                out[a, q, y] = total if power[q, a] == 1.0 else total ** (1.0 / power[q, a])
            size[y] = 0


class Fired(NamedTuple):
    """One rule that leads from a head to an answer. source: 'path', 'owns' (the head holds the body item) or 'owned' (the answer does); rule: its
    place among the bodies, or among the columns of item rules; weight: as it was joined.
    """

    source: str
    rule: int
    weight: float


def firing(graph: Indexed, kept: Holdings, rules: Weighed, question: tuple[int, int], answer: int, most: int = TOP) -> list[Fired]:
    """The heaviest rules that lead from a question (head, directed relation) to an answer."""
    h, r = question
    fired: list[Fired] = []
    for b in range(rules.bounds[r], rules.bounds[r + 1]):
        if len(grounded(graph, rules.bodies[b], h, answer, STEPS)):
            fired.append(Fired("path", b, float(rules.path_weight[b])))
            if len(fired) == most:
                break  # the rest are lighter
    inverse = (r + (len(kept.bounds) - 1) // 2) % (len(kept.bounds) - 1)
    for source, owner, step, thing in (("owns", h, r, answer), ("owned", answer, inverse, h)):
        low, high = kept.bounds[step : step + 2].tolist()
        j = low + int(np.searchsorted(kept.tail[low:high], thing))
        if j < high and kept.tail[j] == thing:
            rows = np.arange(*rules.column_bounds[j : j + 2].tolist())
            rows = rows[np.isin(rules.body[rows], kept.items[kept.owned[owner] : kept.owned[owner + 1]])][:most]
            fired += [Fired(source, int(k), float(rules.column_weight[k])) for k in rows]
    return sorted(fired, key=lambda f: -f.weight)[:most]
