"""What the patterns share while they search: coded columns, the measure made ready for sums, and the best boxes of the kernel.

Everything here sees the search half only.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Final

import numpy as np

from ..core.codes import Codes
from ..core.split import Search
from ..stats.kernels import boxes, singles

__all__ = ["Measure", "affordable", "best_boxes", "item_scores", "least_rows", "measure_of", "searched"]

KINDS: Final = ("number", "flag", "category", "money", "place")
SHARE: Final = 0.005  # least share of the searched rows in a box
LEAST: Final = 30  # least rows of a box, and of what its parent has besides
SMALL_LEAST: Final = 12  # the same in tables of a few hundred rows, where permutations judge
BINS: Final = ((4_000, 10), (0, 5))  # (rows from which, bins of a number)
PAIRED: Final = 80  # columns that are searched in pairs; in wider tables those with the strongest items
TRIPLED: Final = 50  # columns that are searched in triples
VISITS: Final = 6e9  # row visits that a search in triples may cost (about 8 s of one core)
REPEATED: Final = 6e9  # the same for all repetitions of a search under permutations
TAIL: Final = 0.01  # share of each end of a heavy-tailed number that is drawn in before sums are taken


Box = tuple[tuple[int, ...], float]  # items and z*


class Measure:
    """The target as the kernel wants it: `x` (n,) centred, heavy tails drawn in; its deviation `sd`; `scale`, that and the mean of a rate."""

    def __init__(self, raw: np.ndarray, *, number: bool) -> None:
        x = raw.astype(np.float64)
        if number and len(x) and x.std() > 0 and abs(((x - x.mean()) ** 4).mean() / x.var() ** 2) > 6.0:
            x = np.clip(x, *np.quantile(x, [TAIL, 1 - TAIL]))
        self.x = np.ascontiguousarray(x - x.mean()) if len(x) else x
        self.sd = float(self.x.std()) if len(x) else 0.0
        self.scale = (self.sd, -1.0 if number or not len(x) else float(x.mean()))


def searched(search: Search) -> Codes:
    """The coded columns, made once per search."""
    if "codes" not in search.cache:
        rows = search.rows
        names = tuple(c.name for c in search.schema.features() if c.kind in KINDS and c.name in rows)
        bins = next(bins for n, bins in BINS if rows.n >= n)
        search.cache["codes"] = Codes.of(rows, names, bins=bins, least=least_rows(rows.n), derived=search.derived)
    return search.cache["codes"]  # type: ignore[return-value]


def measure_of(search: Search, level: str) -> Measure:
    """The measure of a level ('' for a number), made once per search."""
    key = f"target:{level}"
    if key not in search.cache:
        search.cache[key] = Measure(search.goal.measured(search.rows, level or None), number=search.goal.task == "numeric")
    return search.cache[key]  # type: ignore[return-value]


def least_rows(n: int) -> int:
    """The least rows of a box among n searched rows."""
    return max(LEAST if n >= 1_000 else SMALL_LEAST, math.ceil(SHARE * n))


def item_scores(codes: Codes, measure: Measure) -> np.ndarray:
    """(items,) z of every item against all other rows."""
    if not len(codes.names) or measure.sd == 0.0:
        return np.zeros(len(codes.terms))
    return singles(codes.codes, measure.x, measure.scale, codes.starts, codes.low, codes.high, least_rows(len(measure.x)))


def affordable(search: Search, rounds: int) -> int:
    """The depth to which a search may go when it is repeated `rounds` times: what costs more than a few seconds is left out, for all rounds alike."""
    codes = searched(search)
    d, n = min(len(codes.names), PAIRED), search.rows.n
    items = len(codes.terms) / max(len(codes.names), 1)
    each = rounds * len(search.goal.levels())
    pairs, triples = math.comb(d, 2) * (n + 4 * items**2), math.comb(d, 3) * (2 * n + 12 * items**3)
    depth = 3 if each * (pairs + triples) <= REPEATED else 2 if each * pairs <= REPEATED else 1
    return min(depth, search.depth)


def best_boxes(codes: Codes, measure: Measure, scores: np.ndarray, depth: int, keep: tuple[float, float], capacity: int = 300) -> list[Box]:
    """(items, z*) of the best boxes of two and (depth 3) three items, strongest first; at most `capacity`, however many cores looked."""
    d, n = len(codes.names), len(measure.x)
    if d < 2 or measure.sd == 0.0 or depth < 2:
        return []
    strength = np.array([np.abs(scores[codes.starts[j] : codes.starts[j + 1]]).max() for j in range(d)])
    wanted = sorted(np.argsort(-strength, kind="stable")[:PAIRED].tolist())
    narrow = len(wanted) <= TRIPLED and math.comb(len(wanted), 3) * n <= VISITS
    part = codes.only(wanted)
    items = (part.levels, part.starts, part.low, part.high)
    limits = (least_rows(n), keep[0], keep[1], 3 if depth >= 3 and narrow else 2)
    found = [(_whole(codes, wanted, part, row), float(row[3])) for row in _shared(part, measure, items, limits, capacity)]
    return sorted(found, key=lambda box: (-abs(box[1]), box[0]))[:capacity]


def _shared(part: Codes, measure: Measure, items: tuple, limits: tuple, capacity: int) -> list[np.ndarray]:
    """The kernel over all outer pairs, dealt out to the cores; small searches stay on one, where starting threads costs more."""
    d, n = part.codes.shape
    pairs = np.array([(i, j) for i in range(d) for j in range(i + 1, d)], dtype=np.int64)
    threads = 1 if n * len(pairs) < 5e6 else (cpu_count() or 1)
    hands = [np.ascontiguousarray(pairs[k::threads]) for k in range(threads)]

    def scan(hand: np.ndarray) -> list[np.ndarray]:
        found = np.zeros((capacity, 4))
        return list(found[: boxes(part.codes, measure.x, measure.scale, items, hand, limits, found)])

    if threads == 1:
        return scan(hands[0])
    with ThreadPoolExecutor(threads) as pool:
        return [row for rows in pool.map(scan, hands) for row in rows]


def _whole(codes: Codes, wanted: list[int], part: Codes, row: np.ndarray) -> tuple[int, ...]:
    """The items of a box of `part`, numbered as in `codes`."""
    numbered = []
    for item in row[:3]:
        if item >= 0:
            j = part.column_of(int(item))
            numbered.append(int(codes.starts[wanted[j]] + int(item) - part.starts[j]))
    return tuple(numbered)
