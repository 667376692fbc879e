"""The compiled half of `trees`: rows go down flat trees, and leaves hand their value out to the features of their path.

Nodes stand in arrays, each tree's after another's. Everything here works on blocks of rows: a question is put to a whole block at once, and the
pattern of answers (one bit per distinct feature of the path so far, set while the row goes this way) is carried from a node to its two children
by one operation per row. What a leaf's table holds is derived in `trees`. What it does *not* do: check anything; `trees` does.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numba
import numpy as np

__all__ = [
    "CATEGORICAL",
    "DEFAULT_LEFT",
    "MISSING_NAN",
    "MISSING_ZERO",
    "Nodes",
    "Paths",
    "attributed",
    "attributed_singly",
    "deepest",
    "scored",
    "walked",
]

CATEGORICAL: Final = 1  # bits of a node's kind
DEFAULT_LEFT: Final = 2
MISSING_ZERO: Final = 4
MISSING_NAN: Final = 8
ZERO: Final = 1e-35  # what LightGBM takes for nought
WIDE: Final = 10  # distinct features of a path up to which its leaf has a table
BLOCK: Final = 4_096  # rows that go down a tree together
TOGETHER: Final = 256  # rows whose scores are summed together
LEAST: Final = 1e-30  # a share of no rows at all, so that quotients stay finite
LOOSE: Final = {"reassoc", "contract", "arcp"}  # sums may be taken in any order; NaN keeps its meaning


class Nodes(NamedTuple):
    """m nodes of T trees, one after another. A leaf has left = -1 and its value; an inner node asks x[feature] <= threshold: yes is left.

    kind: bits. CATEGORICAL: asks whether the whole part of x is in the set of 32-bit words[begin : begin + size]; a missing value goes right,
    or left with DEFAULT_LEFT. With MISSING_NAN (or MISSING_ZERO) a missing value (or nought as well) goes left with DEFAULT_LEFT and else right;
    with neither, a missing value counts as nought. cover: training rows (or their weight) in each node.
    """

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    kind: np.ndarray
    begin: np.ndarray
    size: np.ndarray
    words: np.ndarray
    value: np.ndarray
    cover: np.ndarray


class Paths(NamedTuple):
    """What attributions need besides the nodes.

    order (m,): the nodes of each tree, parents before children; parent (m,), -1 for a root. above (m,): the last node on the path into a node
    that was reached by a question about the same feature, -1 where it is the first; reached (m,): the z of that feature there; place (m,): which
    bit of the pattern the edge into a node decides. start (m + 1,): where the path of each leaf begins in feature and share, its distinct
    features and their z.
    """

    order: np.ndarray
    parent: np.ndarray
    above: np.ndarray
    reached: np.ndarray
    place: np.ndarray
    start: np.ndarray
    feature: np.ndarray
    share: np.ndarray


@numba.njit(cache=True, nogil=True)
def _goes_left(v: float, nodes: Nodes, node: Any) -> bool:  # pragma: no cover - compiled
    kind = nodes.kind[node]
    gone = np.isnan(v)
    if kind & CATEGORICAL:
        if gone:
            return bool(kind & DEFAULT_LEFT != 0)
        if v <= -1.0 or v >= 32.0 * nodes.size[node]:
            return False
        level = np.int64(v)
        return bool((nodes.words[nodes.begin[node] + (level >> 5)] >> np.uint32(level & 31)) & np.uint32(1) != 0)
    if kind & MISSING_NAN:
        return bool(kind & DEFAULT_LEFT != 0) if gone else bool(v <= nodes.threshold[node])
    if gone:
        v = 0.0
    if kind & MISSING_ZERO and abs(v) <= ZERO:
        return bool(kind & DEFAULT_LEFT != 0)
    return bool(v <= nodes.threshold[node])


@numba.njit(cache=True, nogil=True)
def scored(x: np.ndarray, nodes: Nodes, trees: tuple[np.ndarray, np.ndarray], out: np.ndarray) -> None:  # pragma: no cover - compiled
    """Adds the leaf of each tree to out (n, k). trees: first nodes (T,), the score that each adds to (T,)."""
    roots, output = trees
    for first in range(0, len(x), TOGETHER):
        last = min(len(x), first + TOGETHER)
        for t in range(len(roots)):
            for r in range(first, last):
                node = roots[t]
                while nodes.left[node] >= 0:
                    left = _goes_left(x[r, nodes.feature[node]], nodes, node)
                    node = np.int64(nodes.left[node] if left else nodes.right[node])
                out[r, output[t]] += nodes.value[node]


@numba.njit(cache=True, nogil=True)
def deepest(nodes: Nodes, roots: np.ndarray) -> int:  # pragma: no cover - compiled
    """The most edges of a path."""
    stack, levels = np.empty(len(nodes.left) + 1, np.int64), np.empty(len(nodes.left) + 1, np.int64)
    most = 0
    for t in range(len(roots)):
        stack[0], levels[0], top = roots[t], 0, 1
        while top:
            top -= 1
            node, level = stack[top], levels[top]
            most = max(most, level)
            if nodes.left[node] >= 0:
                stack[top], levels[top], stack[top + 1], levels[top + 1] = nodes.right[node], level + 1, nodes.left[node], level + 1
                top += 2
    return most


@numba.njit(cache=True, nogil=True)
def walked(nodes: Nodes, trees: tuple[np.ndarray, np.ndarray], depth: int, paths: Paths, expected: np.ndarray) -> int:  # pragma: no cover - compiled
    """Fills what is known of each node; then, where `feature` has no room yet, start[leaf] with the length of its path, else feature and share.

    Adds the expected value of each tree to expected (k,), and returns the most distinct features of a path.
    """
    roots, output = trees
    filling = len(paths.feature) > 0
    stack, parents, levels = np.empty(depth + 2, np.int64), np.empty(depth + 2, np.int64), np.empty(depth + 2, np.int64)
    last, known = np.empty((depth + 1, depth + 1), np.int64), np.zeros(depth + 1, np.int64)
    widest = done = 0
    for t in range(len(roots)):
        stack[0], parents[0], levels[0], top = roots[t], -1, 0, 1
        while top:
            top -= 1
            node, level, parent = stack[top], levels[top], parents[top]
            paths.order[done], paths.parent[node], paths.above[node] = node, parent, -1
            done += 1
            if level > 0:
                _stepped(nodes, (node, parent, level), last, known, paths)
            if nodes.left[node] >= 0:
                for child in (nodes.right[node], nodes.left[node]):
                    stack[top], parents[top], levels[top] = child, node, level + 1
                    top += 1
                continue
            d = known[level]
            widest = max(widest, d)
            if not filling:
                paths.start[node] = d
                continue
            reach, a = 1.0, paths.start[node]
            for j in range(d):
                by = last[level, j]
                paths.feature[a + j], paths.share[a + j] = nodes.feature[paths.parent[by]], paths.reached[by]
                reach *= paths.reached[by]
            expected[output[t]] += reach * nodes.value[node]
    return int(widest)


@numba.njit(cache=True, nogil=True)
def _stepped(nodes: Nodes, step: tuple[int, int, int], last: np.ndarray, known: np.ndarray, paths: Paths) -> None:  # pragma: no cover - compiled
    """last[level, :known[level]]: for each distinct feature of the path into a node, the last node that was reached by a question about it."""
    node, parent, level = step
    d, at = known[level - 1], -1
    for j in range(d):
        by = last[level - 1, j]
        last[level, j] = by
        if nodes.feature[paths.parent[by]] == nodes.feature[parent]:
            at = j
    share = nodes.cover[node] / nodes.cover[parent] if nodes.cover[parent] > 0.0 else 0.5
    if at < 0:
        at = d
        d += 1
    else:
        paths.above[node] = last[level, at]
        share *= paths.reached[last[level, at]]
    last[level, at] = node
    known[level], paths.place[node], paths.reached[node] = d, at, max(share, LEAST)


@numba.njit(cache=True, nogil=True)
def attributed(
    x: np.ndarray, nodes: Nodes, trees: tuple[np.ndarray, np.ndarray], paths: Paths, rule: tuple[np.ndarray, np.ndarray, int], out: np.ndarray
) -> None:  # pragma: no cover - compiled
    """Fills out (n, slots) with the parts of every feature. trees: first nodes (T,), the slot of feature 0 (T,); rule: points, weights, depth."""
    roots, slot = trees
    points, weights, depth = rule
    n, width, block = len(x), x.shape[1], min(len(x), BLOCK)
    columns, parts = np.empty((width, block)), np.zeros((out.shape[1], block))
    patterns, went = np.empty((depth + 2, block), np.uint64), np.empty(block, np.uint64)
    wide = min(len(points) - 1, WIDE)
    table, stamp, factors = np.empty((wide, 1 << wide)), np.zeros(1 << wide, np.int64), np.empty((2, len(points)))
    stack, slots = np.empty(depth + 2, np.int64), np.empty(depth + 2, np.int64)
    leaf = 0
    for first in range(0, n, block):
        rows = min(block, n - first)
        for r in range(rows):
            for j in range(width):
                columns[j, r] = x[first + r, j]
        parts[:] = 0.0
        for t in range(len(roots)):
            stack[0], slots[0], top = roots[t], 0, 1
            patterns[0, :rows] = 0
            while top:
                top -= 1
                node, held = stack[top], slots[top]
                if nodes.left[node] >= 0:
                    _answered(columns[nodes.feature[node], :rows], nodes, node, went)
                    left, right = nodes.left[node], nodes.right[node]
                    _carried(patterns[held], went, rows, (np.uint64(paths.place[left]), paths.above[left] < 0), patterns[held + 1])
                    stack[top], slots[top], stack[top + 1], slots[top + 1] = right, held, left, held + 1
                    top += 2
                    continue
                a, b = paths.start[node], paths.start[node + 1]
                if b == a or nodes.value[node] == 0.0:
                    continue
                leaf += 1
                q = (b - a + 1) // 2
                own = (paths.feature[a:b], paths.share[a:b], nodes.value[node], points[b - a, :q], weights[b - a, :q], slot[t])
                if b - a <= WIDE:
                    _handed(patterns[held, :rows], own, (table, stamp, leaf), factors, parts)
                else:
                    _summed(patterns[held, :rows], own, factors, parts)
        for j in range(out.shape[1]):
            for r in range(rows):
                out[first + r, j] = parts[j, r]


@numba.njit(cache=True, nogil=True)
def _answered(column: np.ndarray, nodes: Nodes, node: int, went: np.ndarray) -> None:  # pragma: no cover - compiled
    """went[:rows] = 1 where a row goes left."""
    threshold, kind = nodes.threshold[node], nodes.kind[node]
    default = kind & DEFAULT_LEFT != 0
    if kind & (CATEGORICAL | MISSING_ZERO):
        for r in range(len(column)):
            went[r] = np.uint64(_goes_left(column[r], nodes, node))
    elif default if kind & MISSING_NAN else threshold >= 0.0:  # what a missing value, or nought, answers
        for r in range(len(column)):
            went[r] = np.uint64(not column[r] > threshold)
    else:
        for r in range(len(column)):
            went[r] = np.uint64(column[r] <= threshold)


@numba.njit(cache=True, nogil=True)
def _carried(pattern: np.ndarray, went: np.ndarray, rows: int, edge: tuple[Any, Any], left: np.ndarray) -> None:  # pragma: no cover - compiled
    """The pattern of a node becomes that of its right child in place, and that of its left child in `left`."""
    one = np.uint64(1)
    place, fresh = edge
    if fresh:
        for r in range(rows):
            bit, held = went[r] << place, pattern[r]
            left[r] = held | bit
            pattern[r] = held | (bit ^ (one << place))
    else:
        for r in range(rows):
            bit, held = went[r] << place, pattern[r]
            left[r] = held & ~(bit ^ (one << place))
            pattern[r] = held & ~bit


@numba.njit(cache=True, nogil=True)
def _shapley(
    pattern: int, share: np.ndarray, value: float, points: np.ndarray, weights: np.ndarray, factors: np.ndarray
) -> None:  # pragma: no cover - compiled
    """factors[1, :d] = the parts of the d features of a path in a leaf's value for one pattern."""
    d = len(share)
    for j in range(d):
        factors[1, j] = 0.0
    for q in range(len(points)):
        u, product = points[q], weights[q] * value
        for j in range(d):
            bit = np.float64((pattern >> np.uint64(j)) & np.uint64(1))
            factors[0, j] = bit * u + share[j] * (1.0 - u)
            product *= factors[0, j]
        for j in range(d):
            factors[1, j] += product / factors[0, j]
    for j in range(d):
        factors[1, j] *= np.float64((pattern >> np.uint64(j)) & np.uint64(1)) - share[j]


Own = tuple[np.ndarray, np.ndarray, Any, np.ndarray, np.ndarray, Any]


@numba.njit(cache=True, nogil=True)
def _handed(
    patterns: np.ndarray, own: Own, kept: tuple[np.ndarray, np.ndarray, int], factors: np.ndarray, parts: np.ndarray
) -> None:  # pragma: no cover - compiled
    """Adds a leaf's parts to the rows by a table, of which the patterns that occur are filled as they are met."""
    feature, share, value, points, weights, slot = own
    table, stamp, leaf = kept
    for pattern in patterns:
        if stamp[pattern] != leaf:
            stamp[pattern] = leaf
            _shapley(pattern, share, value, points, weights, factors)
            for j in range(len(share)):
                table[j, pattern] = factors[1, j]
    for j in range(len(share)):
        into, line = parts[slot + feature[j]], table[j]
        for r in range(len(patterns)):
            into[r] += line[patterns[r]]


@numba.njit(cache=True, nogil=True)
def _summed(patterns: np.ndarray, own: Own, factors: np.ndarray, parts: np.ndarray) -> None:  # pragma: no cover - compiled
    """As `_handed`, row by row: for paths of so many features that patterns seldom repeat."""
    feature, share, value, points, weights, slot = own
    for r in range(len(patterns)):
        _shapley(patterns[r], share, value, points, weights, factors)
        for j in range(len(share)):
            parts[slot + feature[j], r] += factors[1, j]


@numba.njit(cache=True, nogil=True, fastmath=LOOSE)
def attributed_singly(
    x: np.ndarray, nodes: Nodes, trees: tuple[np.ndarray, np.ndarray], paths: Paths, rule: tuple[np.ndarray, np.ndarray, int], out: np.ndarray
) -> None:  # pragma: no cover - compiled
    """As `attributed`, for few rows: tree by tree at the points of one rule that is exact for all paths, without tables.

    Down the tree go products over the path, up come sums over the leaves below; an edge hands its feature the sum below it over the feature's own
    factor, and takes back what an edge above it about the same feature had handed for those leaves (after Yu et al., Linear TreeSHAP, 2022).
    """
    roots, slot = trees
    points, weights, size = rule
    products, inverse, went = np.ones(size * len(points)), np.ones(size * len(points)), np.ones(size)
    for r in range(len(x)):
        for t in range(len(roots)):
            end = roots[t + 1] if t + 1 < len(roots) else len(nodes.left)
            products[: len(points)] = weights
            _down(x, r, nodes, paths, (roots[t], end), (points, products, inverse, went))
            _up(nodes, paths, (roots[t], end), (points, products, inverse, went), (out, r, slot[t]))


Walk = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@numba.njit(cache=True, nogil=True, fastmath=LOOSE)
def _down(x: np.ndarray, r: int, nodes: Nodes, paths: Paths, tree: tuple[int, int], walk: Walk) -> None:  # pragma: no cover - compiled
    """The products of a tree's nodes, each from its parent's by the factor of its feature, in place of the one that stood for it above.

    Places are unsigned throughout: a sign would cost a test at each of them.
    """
    root, end = tree
    points, products, inverse, went = walk
    size = np.uint64(len(points))
    for i in range(root, end):
        node = np.uint64(paths.order[i])
        own = node - np.uint64(root)
        left, scale = nodes.left[node], nodes.value[node]
        if left >= 0:
            yes, scale = _goes_left(x[r, np.uint64(nodes.feature[node])], nodes, node), 1.0
            went[np.uint64(left - root)], went[np.uint64(nodes.right[node] - root)] = np.float64(yes), np.float64(not yes)
        if own == 0:
            continue
        share, above = paths.reached[node], paths.above[node]
        here, parent = own * size, np.uint64(paths.parent[node] - root) * size
        if above >= 0:
            before = np.uint64(above - root)
            went[own] *= went[before]
            slope, before = went[own] - share, before * size
            for q in range(size):
                factor = share + slope * points[q]
                inverse[here + q] = 1.0 / factor
                products[here + q] = products[parent + q] * factor * inverse[before + q] * scale
        else:
            slope = went[own] - share
            for q in range(size):
                factor = share + slope * points[q]
                inverse[here + q] = 1.0 / factor
                products[here + q] = products[parent + q] * factor * scale


@numba.njit(cache=True, nogil=True, fastmath=LOOSE)
def _up(nodes: Nodes, paths: Paths, tree: tuple[int, int], walk: Walk, into: tuple[np.ndarray, int, int]) -> None:  # pragma: no cover - compiled
    """Hands out the sums over the leaves below each edge; what a node's product was is no longer needed, so the sum takes its place."""
    root, end = tree
    points, products, inverse, went = walk
    out, r, slot = into
    size = np.uint64(len(points))
    for i in range(end - 1, root, -1):
        node = np.uint64(paths.order[i])
        own, parent, above = node - np.uint64(root), np.uint64(paths.parent[node]), paths.above[node]
        here, higher = own * size, (parent - np.uint64(root)) * size
        given = taken = 0.0
        for q in range(size):
            given += products[here + q] * inverse[here + q]
        part = given * (went[own] - paths.reached[node])
        if above >= 0:
            before = np.uint64(above - root) * size
            for q in range(size):
                taken += products[here + q] * inverse[before + q]
            part -= taken * (went[np.uint64(above - root)] - paths.reached[np.uint64(above)])
        out[r, np.uint64(slot + nodes.feature[parent])] += part
        if node == nodes.left[parent]:  # the right child, which comes later in the order, has laid its sum there
            for q in range(size):
                products[higher + q] += products[here + q]
        else:
            for q in range(size):
                products[higher + q] = products[here + q]
