"""Paths through a graph of facts: what they are made of, which join two things, how far they lead, and how often a rule of theirs is right.

A fact (head, relation, tail) is also walked backwards, as relation + R of R relations. A *body* is a tuple of relations b1, ..., bL; a path of it
from x to y is x b1 z1 b2 z2 ... bL y with all things on it different ("object identity"). It can therefore never use the fact (x, r, y) that it
predicts, forwards or backwards, and no path of two steps turns on its heel; what it costs is rules that need the same thing twice.

    graph = indexed(facts, entities, relations)              # facts (m, 3): both directions, sorted, each once
    bodies = joining(graph, heads, tails, relation)          # bodies of paths that join these pairs, with how many pairs each joins
    counted(graph, bodies, relations, starts)                # of the pairs that each body joins, how many the relation joins too

Paths of up to two steps are all looked at (up to `pairs` for one pair of things), of three to five steps those of sampled meeting points
(AnyBURL's and RNNLogic's idea: Meilicke et al. 2019, Qu et al. 2021): joining only proposes, `counted` counts. Compiled, without the GIL.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

__all__ = [
    "LONGEST",
    "PARTS",
    "Counts",
    "Indexed",
    "counted",
    "grounded",
    "held_out",
    "hidden",
    "indexed",
    "is_fact",
    "joining",
    "left_of",
    "reached",
    "span",
    "walked",
]

LONGEST: Final = 5  # steps of a path
PARTS: Final = 1_000  # into which all pairs of a relation are dealt


class Indexed(NamedTuple):
    """Facts in both directions (k rows, each once). starts: (e + 1,) int64, rows of an entity; steps, ends: (k,) int32 sorted by head, relation,
    tail; over, onto: the same rows sorted by head, tail, relation.
    """

    starts: np.ndarray
    steps: np.ndarray
    ends: np.ndarray
    over: np.ndarray
    onto: np.ndarray


class Counts(NamedTuple):
    """Of b bodies, (b,) int64 each. right of tried: pairs joined by body and relation, of those joined by the body, over the starts looked at; held,
    asked: the same of held-out pairs; first, trials: the same of one held-out pair of each start; seen: starts looked at.
    """

    right: np.ndarray
    tried: np.ndarray
    held: np.ndarray
    asked: np.ndarray
    first: np.ndarray
    trials: np.ndarray
    seen: np.ndarray


def indexed(facts: np.ndarray, entities: int, relations: int) -> Indexed:
    """The facts (m, 3) of places of head, relation, tail, walked both ways; a fact stated twice stands once."""
    h, r, t = facts.astype(np.int64).T
    heads, steps, ends = np.concatenate([h, t]), np.concatenate([r, r + relations]), np.concatenate([t, h])
    order = np.lexsort((ends, steps, heads))
    heads, steps, ends = heads[order], steps[order], ends[order]
    if len(heads):
        new = np.r_[True, (np.diff(heads) != 0) | (np.diff(steps) != 0) | (np.diff(ends) != 0)]
        heads, steps, ends = heads[new], steps[new], ends[new]
    starts = np.searchsorted(heads, np.arange(entities + 1)).astype(np.int64)
    by_end = np.lexsort((steps, ends, heads))
    small = np.int32
    return Indexed(starts, steps.astype(small), ends.astype(small), steps[by_end].astype(small), ends[by_end].astype(small))


@numba.njit(cache=True, nogil=True, inline="always")
def left_of(values: np.ndarray, low: int, high: int, wanted: int) -> int:  # pragma: no cover - compiled
    """The first place in values[low:high], which ascend, that is not below what is wanted."""
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(cache=True, nogil=True)
def span(starts: np.ndarray, steps: np.ndarray, x: int, step: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """The rows of the facts of x in one relation."""
    low = left_of(steps, starts[x], starts[x + 1], step)
    return low, left_of(steps, low, starts[x + 1], step + 1)


@numba.njit(cache=True, nogil=True)
def is_fact(starts: np.ndarray, steps: np.ndarray, ends: np.ndarray, x: int, step: int, y: int) -> bool:  # pragma: no cover - compiled
    """Whether the graph states (x, step, y)."""
    low, high = span(starts, steps, x, step)
    place = left_of(ends, low, high, y)
    return place < high and ends[place] == y


def joining(
    graph: Indexed, pairs: tuple[np.ndarray, np.ndarray], relation: int, relations: int, *, longest: int = 3, tries: int = 400, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """((b, longest) int64 bodies padded by -1, (b,) how many of the pairs each joins, at most `tries` looks a pair and length), most first.

    pairs: (n,) heads and (n,) tails of a relation of 2 * relations directed ones. The body that is the relation itself is left out.
    """
    base = 2 * relations + 1
    if base**longest * max(1, len(pairs[0])) >= 2**62:
        longest = max(1, int(62 * np.log(2) / np.log(base)) - 2)
    room = 1 << 16
    while True:
        who, codes = np.empty(room, np.int64), np.empty(room, np.int64)
        heads, tails = (np.asarray(p, np.int64) for p in pairs)
        found = who, codes, base
        n = _join((graph.starts, graph.over, graph.onto), (heads, tails), (relation, 2 * relations, longest, tries, seed), found)
        if n < room:
            break
        room *= 8
    both = np.unique(codes[:n] * max(1, len(heads)) + who[:n]) // max(1, len(heads))
    code, times = np.unique(both, return_counts=True)
    order = np.argsort(-times, kind="stable")
    code, times = code[order], times[order]
    bodies = np.full((len(code), longest), -1, np.int64)
    for i in range(longest):
        bodies[:, i] = code % base - 1
        code = code // base
    return bodies, times


@numba.njit(cache=True, nogil=True)
def _join(graph, pairs, sizes, found) -> int:  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Writes (pair, body as a number in base 2R + 1) of the paths found, and returns how many; it stops when there is no room."""
    starts, over, onto = graph
    relation, directed, longest, tries, seed = sizes
    np.random.seed(seed)
    n = 0
    for i in range(len(pairs[0])):
        x, y = pairs[0][i], pairs[1][i]
        xs, ys = starts[x + 1] - starts[x], starts[y + 1] - starts[y]
        if x == y or xs == 0 or ys == 0:
            continue
        n = _direct(graph, (x, y), (np.int64(0), np.int64(1), np.int64(0)), (relation, i), found, n)
        for length in range(2, longest + 1):
            whole = length == 3 and xs * ys <= tries
            rounds = 1 if length == 2 else min(tries, xs * ys) if length == 3 else tries // 8 + 1
            for k in range(rounds):  # walk out of x and y, then look at what joins the two ends
                a, b, one = x, y, np.int64(-1)  # one: the first thing passed on the way from x
                out, power, back = np.int64(0), np.int64(1), np.int64(0)
                for s in range(0 if length == 2 else 1 if length < 5 else 2):
                    near = starts[a] + (k // ys if whole else np.random.randint(starts[a + 1] - starts[a]))
                    out += power * (over[near] + 1)
                    power *= directed + 1
                    a = np.int64(onto[near])
                    if s == 0:
                        one = a
                    elif a in (x, one):
                        a = y
                if length > 2:
                    far = starts[y] + (k % ys if whole else np.random.randint(ys))
                    back = np.int64((over[far] + directed // 2) % directed + 1)
                    b = np.int64(onto[far])
                if a == y or (length > 2 and (a == x or one in (x, y) or b in (x, y, one, a))):
                    continue
                if length == 3:
                    n = _direct(graph, (a, b), (out, power, back), (-1, i), found, n)
                else:
                    n = _through(graph, (a, b), (x, y, one), (out, power, back, directed, tries, i), found, n)
        if n >= len(found[0]):
            return n
    return n


@numba.njit(cache=True, nogil=True)
def _direct(graph, ends, code, who, found, n) -> int:  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Writes the bodies that one fact from a to b completes; who: (relation that is left out, pair)."""
    starts, over, onto = graph
    (a, b), (out, power, back) = ends, code
    at = left_of(onto, starts[a], starts[a + 1], b)
    base = found[2]
    while at < starts[a + 1] and onto[at] == b and n < len(found[0]):
        if over[at] != who[0]:
            found[0][n], found[1][n] = who[1], out + power * (over[at] + 1) + power * base * back
            n += 1
        at += 1
    return n


@numba.njit(cache=True, nogil=True)
def _through(graph, ends, passed, code, found, n) -> int:  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Writes the bodies that two facts through a third thing complete, which is none of those passed."""
    starts, over, onto = graph
    (a, b), (x, y, one) = ends, passed
    out, power, back, directed, tries, pair = code
    base, seen = directed + 1, 0
    p, q = starts[a], starts[b]
    while p < starts[a + 1] and q < starts[b + 1] and seen < tries:
        if onto[p] < onto[q]:
            p += 1
        elif onto[p] > onto[q]:
            q += 1
        else:
            z, last = np.int64(onto[p]), q
            while p < starts[a + 1] and onto[p] == z:
                last = q
                while last < starts[b + 1] and onto[last] == z:
                    if z not in (x, y, one, a, b) and n < len(found[0]):
                        turned = (over[last] + directed // 2) % directed + 1
                        found[0][n], found[1][n] = pair, out + power * (over[p] + 1) + power * base * (turned + base * back)
                        n += 1
                        seen += 1
                    last += 1
                p += 1
            q = last
    return n


@numba.njit(cache=True, nogil=True)
def walked(
    graph: tuple[np.ndarray, np.ndarray, np.ndarray], body: np.ndarray, x: int, limit: int, stamp: np.ndarray, mark: int, found: np.ndarray
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Writes the ends of the body's paths from x into `found` (each once, stamped with mark); (how many, steps walked)."""
    starts, steps, ends = graph
    length = 0
    while length < len(body) and body[length] >= 0:
        length += 1
    place, stop, node = np.zeros(6, np.int64), np.zeros(6, np.int64), np.zeros(6, np.int64)
    node[0] = x
    place[0], stop[0] = span(starts, steps, x, body[0])
    n, used, depth = 0, 0, 0
    while depth >= 0:
        if place[depth] >= stop[depth]:
            depth -= 1
            continue
        z = int(ends[place[depth]])
        place[depth] += 1
        used += 1
        if used > limit:
            return n, used
        fresh = True
        for j in range(depth + 1):
            fresh = fresh and node[j] != z
        if not fresh:
            continue
        if depth == length - 1:
            if stamp[z] != mark:
                stamp[z] = mark
                found[n] = z
                n += 1
        else:
            depth += 1
            node[depth] = z
            place[depth], stop[depth] = span(starts, steps, z, body[depth])
    return n, used


def reached(graph: Indexed, body: np.ndarray, x: int, limit: int = 1_000_000) -> np.ndarray:
    """(k,) int64: the things that the body's paths from x end at, ascending."""
    entities = len(graph.starts) - 1
    found = np.empty(entities, np.int64)
    n, _ = walked(graph[:3], np.asarray(body, np.int64), x, limit, np.zeros(entities, np.int64), 1, found)
    return np.sort(found[:n])


def grounded(graph: Indexed, body: np.ndarray, x: int, y: int, limit: int = 1_000_000) -> np.ndarray:
    """(L + 1,) int64: the things on the first path of the body from x to y, or an empty array where there is none within the limit of steps."""
    things = np.empty(LONGEST + 1, np.int64)
    n = _ground(graph[:3], np.asarray(body, np.int64), x, y, limit, things)
    return things[:n].copy()


@numba.njit(cache=True, nogil=True)
def _ground(
    graph: tuple[np.ndarray, np.ndarray, np.ndarray], body: np.ndarray, x: int, y: int, limit: int, things: np.ndarray
) -> int:  # pragma: no cover - compiled
    starts, steps, ends = graph
    length = 0
    while length < len(body) and body[length] >= 0:
        length += 1
    if x == y:
        return 0
    place, stop = np.zeros(6, np.int64), np.zeros(6, np.int64)
    things[0] = x
    place[0], stop[0] = span(starts, steps, x, body[0])
    used, depth = 0, 0
    while depth >= 0:
        if depth == length - 1:  # the last step: is it a fact?
            at = left_of(ends, place[depth], stop[depth], y)
            if at < stop[depth] and ends[at] == y:
                things[length] = y
                return length + 1
            depth -= 1
            continue
        if place[depth] >= stop[depth]:
            depth -= 1
            continue
        z = int(ends[place[depth]])
        place[depth] += 1
        used += 1
        if used > limit:
            return 0
        fresh = z != y
        for j in range(depth + 1):
            fresh = fresh and things[j] != z
        if fresh:
            depth += 1
            things[depth] = z
            place[depth], stop[depth] = span(starts, steps, z, body[depth])
    return 0


@numba.njit(cache=True, nogil=True)
def hidden(facts: tuple[int, int, int], share: float, salts: tuple[np.ndarray, np.ndarray]) -> bool:  # pragma: no cover - compiled
    """Whether a pair of things belongs, for one relation, to the part held out, be it a fact or not: by salts (e,) and (R,) uint64 of names.

    A relation above R is the same pair walked backwards, so both directions agree. (2 x + y + r) % PARTS < PARTS * share can be asked in SQL.
    """
    x, relation, y = facts
    things, kinds = salts
    if relation >= len(kinds):
        x, relation, y = y, relation - len(kinds), x
    return (things[x] * np.uint64(2) + things[y] + kinds[relation]) % np.uint64(PARTS) < share * PARTS


@numba.njit(cache=True, nogil=True)
def held_out(facts: np.ndarray, share: float, salts: tuple[np.ndarray, np.ndarray]) -> np.ndarray:  # pragma: no cover - compiled
    """(m,) bool: which facts belong to the held part."""
    out = np.empty(len(facts), np.bool_)
    for i in range(len(facts)):
        out[i] = hidden((facts[i, 0], facts[i, 1], facts[i, 2]), share, salts)
    return out


def counted(
    graph: Indexed,
    truth: Indexed,
    bodies: np.ndarray,
    relations: np.ndarray,
    starts: tuple[np.ndarray, np.ndarray],
    *,
    share: tuple[float, tuple[np.ndarray, np.ndarray]],
    limits: tuple[int, int] = (20_000, 20_000),
) -> Counts:
    """What bodies (b, L) join, and what their relations (b,) join of that: in `graph`, and in `truth` for pairs that are held out.

    starts: (bounds (2R + 1,), things) from which each first step is tried, in the order in which they are; share: (how much is held out, salts);
    limits: steps that a body and that one start of it may cost. Where a body is cut short its counts are those of a sample of starts.
    """
    out = np.zeros((7, len(bodies)), np.int64)
    _count(graph[:3], truth[:3], (bodies, relations), starts, (share[0], share[1], limits), out)
    return Counts(*out)


@numba.njit(cache=True, nogil=True)
def _count(graph, truth, rules, starts, settings, out) -> None:  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Fills out (7, b) in the order of Counts."""
    bodies, relations = rules
    bounds, things = starts
    share, salts, limits = settings
    entities = len(graph[0]) - 1
    stamp, found = np.zeros(entities, np.int64), np.zeros(entities, np.int64)
    mark = 0
    for b in range(len(bodies)):
        step, used = relations[b], 0
        for k in range(bounds[bodies[b, 0]], bounds[bodies[b, 0] + 1]):
            x = things[k]
            mark += 1
            n, cost = walked(graph, bodies[b], x, limits[1], stamp, mark, found)
            used += cost
            out[6, b] += 1
            fresh = True
            for i in range(n):
                y = found[i]
                if share > 0.0 and hidden((x, step, y), share, salts):
                    hit = is_fact(truth[0], truth[1], truth[2], x, step, y)
                    out[2, b] += hit
                    out[3, b] += 1
                    if fresh:
                        out[4, b] += hit
                        out[5, b] += 1
                        fresh = False
                else:
                    out[0, b] += is_fact(graph[0], graph[1], graph[2], x, step, y)
                    out[1, b] += 1
            if used > limits[0]:
                break
