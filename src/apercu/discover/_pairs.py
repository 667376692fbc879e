"""The search for links between numbers: pairs that rise together, everywhere, towards both ends, or in one segment only.

Every pair and every segment is looked at; all of them are counted. A pair is told once, by what says most of it. Numbers that are tied to each
other in a chain (a with b, b with c) are told by the strongest links that hold the chain together, as in a maximum spanning tree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..core.condition import Term
from ..core.split import Search
from ..stats.association import correlation, correlation_gap, ranks
from ._ranked import Numbers, correlations, moments, numbers, rank_table
from ._search import searched
from ._worth import as_z, keep, root

__all__ = ["TWINS", "Folded", "Inside", "Marginal", "linked", "marginals", "segments"]

TWINS: Final = 0.995  # correlation of ranks from which two numbers say the same
CORRELATED: Final = 0.15  # least correlation that is worth a sentence: 2 % of the variance
BENT: Final = 0.25  # least correlation with the distance from the middle
CLEARER: Final = 0.1  # by how much it must beat the plain one, and least correlation on either side
APART: Final = 0.15  # least difference of two correlations
SEGMENT: Final = 50  # least rows of a segment and of its rest, below which a robust error is not trusted
CHECKED: Final = 8  # segments whose difference is measured robustly


class Marginal(NamedTuple):
    """Two numbers (their places) that rise together or against each other in all rows."""

    a: int
    b: int
    r: float
    strength: float


class Folded(NamedTuple):
    """A number b that rises (or falls) with the distance of a from its middle."""

    a: int
    b: int
    middle: float
    r: float
    strength: float


class Inside(NamedTuple):
    """Two numbers whose correlation in a segment differs from that elsewhere."""

    a: int
    b: int
    term: Term
    inside: float
    outside: float
    strength: float


def linked(search: Search) -> tuple[Numbers, list[tuple[int, int]]]:
    """The numbers, and the pairs of them that may be linked: neither made of the other, and not the same in other words."""
    found = numbers(search)
    r, n = rank_table(found)
    p = len(found.measures)
    pairs = [(a, b) for a in range(p) for b in range(a + 1, p) if found.apart(a, b) and abs(r[a, b]) < TWINS and n[a, b] >= SEGMENT]
    return found, pairs


def marginals(found: Numbers, pairs: list[tuple[int, int]], least: float, blocks: np.ndarray | None = None) -> Iterator[Marginal | Folded]:
    """Pairs linked in all rows, strongest first: monotonely, or towards both ends of one of them."""
    r, n = rank_table(found)
    made: list[Marginal | Folded] = []
    bends, middles = _folded(found)
    for a, b in pairs:
        z = math.atanh(r[a, b]) * math.sqrt(n[a, b] - 3)
        one, other = (a, b) if abs(bends[a, b]) >= abs(bends[b, a]) else (b, a)
        turned = float(bends[one, other])
        bent = Folded(one, other, float(middles[one]), turned, abs(math.atanh(max(-0.999999, min(0.999999, turned)))) * math.sqrt(n[a, b] - 3))
        if abs(bent.r) >= max(BENT, abs(r[a, b]) + CLEARER) and bent.strength >= least and _two_sided(found, bent):
            made.append(bent)
        elif abs(z) >= least and abs(r[a, b]) >= CORRELATED:
            made.append(Marginal(a, b, float(r[a, b]), abs(z)))
    tree = {place: place for place in range(len(found.measures))}
    for link in sorted(made, key=lambda link: (-link.strength, link.a, link.b)):
        if blocks is not None and _of_blocks(found, link, blocks[: len(found.x)]) < least:
            continue
        if isinstance(link, Folded):
            yield link
        elif (one := root(tree, link.a)) != (other := root(tree, link.b)):
            tree[other] = one
            yield link


def segments(search: Search, found: Numbers, pairs: list[tuple[int, int]]) -> tuple[list[Inside], int]:
    """(for each pair the segment in which its correlation differs most, strongest first, how many segments of pairs were looked at)."""
    codes = searched(search)
    m, looks, whole = len(found.x), 0, moments(found.z, found.w)
    blocks = None if search.blocks is None else search.blocks[:m]
    best: dict[tuple[int, int], tuple[float, int]] = {}
    allowed = np.zeros((len(found.measures),) * 2, dtype=bool)
    for a, b in pairs:
        allowed[a, b] = True
    for j, name in enumerate(codes.names):
        items = [i for i in range(int(codes.starts[j]), int(codes.starts[j + 1])) if codes.terms[i].op == "is"]
        free = np.array([not sources & set(search.sources(name)) for sources in found.sources], dtype=bool)
        usable = allowed & free[:, None] & free[None, :]
        if name in search.derived or not items or not usable.any():
            continue
        looks += int(usable.sum()) * len(items)
        told, z = _differences(found, whole, codes.codes[j][:m], codes, items)
        for place, a, b in np.argwhere(usable & (z != 0.0)).tolist():
            size = abs(float(z[place, a, b]))
            if size > best.get((a, b), (0.0, 0))[0] * (1 + 1e-9):
                best[a, b] = size, told[place]
    strongest = sorted(((z, pair, item) for pair, (z, item) in best.items() if z >= keep(looks)), key=lambda found: (-found[0], found[1]))
    made = [
        inside
        for _, pair, item in strongest[:CHECKED]
        for side in [_inside(found, pair, codes.terms[item], codes.holds(item)[:m], blocks)]
        if (inside := _clearer(side, codes, item, lambda i, pair=pair: _inside(found, pair, codes.terms[i], codes.holds(i)[:m], blocks)))
    ]
    return sorted((i for i in made if i.strength >= keep(looks)), key=lambda i: (-i.strength, i.a, i.b)), looks


def _clearer(inside: Inside | None, codes: Codes, item: int, judge: Callable[[int], Inside | None]) -> Inside | None:
    """Of a column's two levels the one in which the correlation is the larger; what differs is the same."""
    j = codes.column_of(item)
    two = [i for i in range(int(codes.starts[j]), int(codes.starts[j + 1])) if codes.terms[i].op == "is"]
    if inside is None or len(two) != 2 or abs(inside.inside) >= abs(inside.outside):
        return inside
    return judge(two[0] if item == two[1] else two[1]) or inside


def _folded(found: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """((p, p) rank correlation of number b with the distance of number a from its median, (p,) the medians)."""
    middles, away = np.zeros(len(found.measures)), np.zeros_like(found.z)
    for a in range(len(middles)):
        known = found.w[:, a] > 0
        middles[a] = np.median(found.x[known, a])
        away[known, a] = _scores(np.abs(found.x[known, a] - middles[a]))
    both = correlations(moments(np.hstack([away, found.z]), np.hstack([found.w, found.w])))[0]
    return both[: len(middles), len(middles) :], middles


def _of_blocks(found: Numbers, link: Marginal | Folded, blocks: np.ndarray) -> float:
    """The z of a link where rows of one block are not independent."""
    known = (found.w[:, link.a] > 0) & (found.w[:, link.b] > 0)
    x = found.x[known, link.a]
    return as_z(correlation(np.abs(x - link.middle) if isinstance(link, Folded) else x, found.x[known, link.b], clusters=blocks[known]).tail)


def _two_sided(found: Numbers, bent: Folded) -> bool:
    """Whether b really turns in the middle of a: rises on one side and falls on the other."""
    a, b = found.x[:, bent.a], found.x[:, bent.b]
    known = ~np.isnan(a) & ~np.isnan(b)
    sides = [known & (a <= bent.middle), known & (a > bent.middle)]
    left, right = (correlation(a[side], b[side]).gap for side in sides)
    return left * right < 0 and min(abs(left), abs(right)) >= CLEARER


def _scores(x: np.ndarray) -> np.ndarray:
    r = ranks(x)
    return (r - r.mean()) / r.std() if len(r) and r.std() > 0 else np.zeros(len(x))


def _differences(found: Numbers, whole: np.ndarray, column: np.ndarray, codes: Codes, items: list[int]) -> tuple[list[int], np.ndarray]:
    """(a column's items of enough rows, (items, p, p) z of the correlation inside against that outside, 0 where too little differs)."""
    edges = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=256))])
    spans = [(item, int(edges[codes.low[item]]), int(edges[codes.high[item] + 1])) for item in items]
    spans = [(item, low, high) for item, low, high in spans if min(high - low, len(column) - (high - low)) >= SEGMENT]
    if not spans:
        return [], np.zeros((0, *(len(found.measures),) * 2))
    order = np.argsort(column, kind="stable")
    z, w = found.z[order], found.w[order]
    own = np.stack([moments(z[low:high], w[low:high]) for _, low, high in spans], axis=2)  # (4, p, items, p): of a pair both sides stand outermost
    (inside, n), (outside, rest) = correlations(own), correlations(whole[:, :, None] - own)
    enough = (n >= SEGMENT) & (rest >= SEGMENT) & (np.abs(inside - outside) >= APART)
    error = np.sqrt(1 / np.maximum(n - 3, 1) + 1 / np.maximum(rest - 3, 1))
    bent = np.arctanh(np.clip(inside, -0.999999, 0.999999)) - np.arctanh(np.clip(outside, -0.999999, 0.999999))
    return [item for item, _, _ in spans], np.where(enough, bent / error, 0.0).swapaxes(0, 1)


def _inside(found: Numbers, pair: tuple[int, int], term: Term, hit: np.ndarray, blocks: np.ndarray | None) -> Inside | None:
    """A candidate measured as it will be judged."""
    a, b = pair
    known = (found.w[:, a] > 0) & (found.w[:, b] > 0)
    x, y, member = found.x[known, a], found.x[known, b], hit[known]
    if min(int(member.sum()), int((~member).sum())) < SEGMENT:
        return None
    gap = correlation_gap(x, y, member, clusters=None if blocks is None else blocks[known])
    inside, outside = correlation(x[member], y[member]).gap, correlation(x[~member], y[~member]).gap
    return Inside(a, b, term, inside, outside, as_z(gap.tail)) if abs(gap.gap) >= APART else None
