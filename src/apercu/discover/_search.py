"""What the patterns share while they search: coded columns, the measure made ready for sums, and the best boxes of the kernel.

Everything here sees the search half only.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count
from typing import Final

import numpy as np

from ..core.codes import Codes
from ..core.expression import Part
from ..core.measure import Measure
from ..core.split import Search
from ..stats.growth import grown
from ..stats.kernels import boxes, singles
from ._deeper import FLOOR, Box, deeper

__all__ = ["Scaled", "affordable", "alike", "allowed", "best_boxes", "first", "item_scores", "least_rows", "scaled", "searched"]

KINDS: Final = ("number", "flag", "category", "money", "place")
SHARE: Final = 0.005  # least share of the searched rows in a box
LEAST: Final = 30  # least rows of a box, and of what its parent has besides
SMALL_LEAST: Final = 12  # the same in tables of a few hundred rows, where permutations judge
BINS: Final = ((4_000, 10), (0, 5))  # (rows from which, bins of a number)
PAIRED: Final = 80  # columns that are searched in pairs; in wider tables those with the strongest items
TRIPLED: Final = 50  # columns that are searched in triples
VISITS: Final = 6e9  # row visits that a search in triples may cost (about 8 s of one core)
REPEATED: Final = 6e9  # the same for all repetitions of a search under permutations
SEEDS: Final = 4  # pairs of every two columns that a repeated search grows to triples
CAPACITY: Final = 300  # boxes that one search brings home
TAIL: Final = 0.01  # share of each end of a heavy-tailed number that is drawn in before sums are taken


class Scaled:
    """A measure as the kernel wants it, of the rows that have it.

    `x` (n,) centred, heavy tails drawn in; its deviation `sd`; `scale`, that and the mean of a rate (-1 for a number); `present`: the rows'
    places among all searched rows, None where every row has it.
    """

    def __init__(self, raw: np.ndarray, *, number: bool) -> None:
        gone = np.isnan(raw)
        self.present = np.flatnonzero(~gone) if gone.any() else None
        x = raw.astype(np.float64) if self.present is None else raw[self.present]
        if number and len(x) and x.std() > 0 and abs(((x - x.mean()) ** 4).mean() / x.var() ** 2) > 6.0:
            x = np.clip(x, *np.quantile(x, [TAIL, 1 - TAIL]))
        self.x = np.ascontiguousarray(x - x.mean()) if len(x) else x
        self.sd = float(self.x.std()) if len(x) else 0.0
        self.scale = (self.sd, -1.0 if number or not len(x) else float(x.mean()))

    def of(self, codes: np.ndarray) -> np.ndarray:
        """(d, n) codes of the rows that have the measure."""
        return codes if self.present is None else np.ascontiguousarray(codes[:, self.present])


def searched(search: Search) -> Codes:
    """The coded columns, made once per search."""
    if "codes" not in search.cache:
        rows = search.rows
        clock = next(iter(search.clocks()), "")  # its course is followed as a whole; its years would tell pieces of it
        names = tuple(c.name for c in search.schema.features() if c.kind in KINDS and c.name in rows and not _year_of(search, c.name, clock))
        search.cache["codes"] = Codes.of(rows, names, bins=_bins(rows.n), least=least_rows(rows.n), derived=search.derived)
    return search.cache["codes"]


def alike(search: Search, bins: int) -> bool:
    """Whether `searched` codes numbers by these very rows, with so many bins."""
    return "whole" not in search.cache and _bins(search.rows.n) == bins


def _bins(n: int) -> int:
    return next(bins for least, bins in BINS if n >= least)


def _year_of(search: Search, name: str, clock: str) -> bool:
    of = search.derived.get(name)
    return isinstance(of, Part) and of.unit == "year" and of.columns() == (clock,)


def first(search: Search, most: int) -> Search:
    """The search with the first `most` of its rows, whose codes and items are those of the whole; itself where it has no more, or is permuted."""
    if search.rows.n <= most or search.order is not None:
        return search
    if ("first", most) not in search.cache:
        codes = searched(search)
        cache = {"whole": search, "codes": replace(codes, codes=np.ascontiguousarray(codes.codes[:, :most]))}
        blocks = None if search.blocks is None else search.blocks[:most]
        search.cache["first", most] = replace(search, rows=search.rows.take(np.arange(most)), blocks=blocks, cache=cache)
    return search.cache["first", most]


def allowed(search: Search, measure: Measure) -> np.ndarray:
    """(d,) bool: the coded columns that may explain a measure."""
    key = ("allowed", measure)
    if key not in search.cache:
        names = {column.name for column in search.features(measure)}
        search.cache[key] = np.array([name in names for name in searched(search).names], dtype=bool)
    return search.cache[key]


def scaled(search: Search, measure: Measure) -> Scaled:
    """A measure made ready for sums, once per search (anew for each permutation)."""
    if search.order is not None:
        return Scaled(search.values(measure), number=not measure.rate)
    key = ("scaled", measure)
    if key not in search.cache:
        search.cache[key] = Scaled(search.values(measure), number=not measure.rate)
    return search.cache[key]


def least_rows(n: int) -> int:
    """The least rows of a box among n searched rows."""
    return max(LEAST if n >= 1_000 else SMALL_LEAST, math.ceil(SHARE * n))


def item_scores(codes: Codes, measure: Scaled, usable: np.ndarray) -> np.ndarray:
    """(items,) z of every item of the usable columns against all other rows, 0 for the rest."""
    if not len(codes.names) or measure.sd == 0.0:
        return np.zeros(len(codes.terms))
    z = singles(measure.of(codes.codes), measure.x, measure.scale, codes.starts, codes.low, codes.high, least_rows(len(measure.x)))
    z[~np.repeat(usable, np.diff(codes.starts))] = 0.0
    return z


def affordable(search: Search, rounds: int) -> int:
    """The depth to which a search may go when it is repeated `rounds` times: what costs more than a few seconds is left out, for all rounds alike."""
    codes = searched(search)
    d, n = min(len(codes.names), PAIRED), search.rows.n
    items = len(codes.terms) / max(len(codes.names), 1)
    each = rounds * max(len(search.measures), 1)
    pairs, triples = math.comb(d, 2) * (n + 4 * items**2), SEEDS * math.comb(d, 2) * (n + d * (n / 8 + 4 * items))
    depth = 3 if each * (pairs + triples) <= REPEATED else 2 if each * pairs <= REPEATED else 1
    return min(depth, search.depth)


def best_boxes(
    codes: Codes, measure: Scaled, scores: np.ndarray, depth: int, keep: tuple[float, ...], usable: np.ndarray, *, repeated: bool = False
) -> list[Box]:
    """(items, z*) of the best boxes of two to `depth` items of usable columns, strongest first; at most CAPACITY, whatever the cores.

    keep: least |z*| of two items, of three, and so on. All pairs are looked at (in wide tables of the strongest columns) and all triples where
    that is affordable; what is deeper or wider is grown from the best. A `repeated` search grows its triples, and looks no deeper.
    """
    n = len(measure.x)
    if usable.sum() < 2 or measure.sd == 0.0 or depth < 2:
        return []
    strength = np.array([np.abs(scores[codes.starts[j] : codes.starts[j + 1]]).max() if usable[j] else -1.0 for j in range(len(usable))])
    wanted = sorted(j for j in np.argsort(-strength, kind="stable")[:PAIRED].tolist() if usable[j])
    narrow = len(wanted) <= TRIPLED and math.comb(len(wanted), 3) * n <= VISITS
    part = codes.only(wanted)
    items = (part.levels, part.starts, part.low, part.high)
    if repeated:
        room = np.zeros((CAPACITY, 4))
        asked = (least_rows(n), keep[0], keep[min(1, len(keep) - 1)], SEEDS if depth >= 3 else 0)
        used = grown(measure.of(part.codes), measure.x, measure.scale, items, asked, room)
        return sorted(((_whole(codes, wanted, part, row), float(row[3])) for row in room[:used]), key=lambda box: (-abs(box[1]), box[0]))
    pairs = keep[0] if narrow or depth < 3 else min(FLOOR, keep[0])
    limits = (least_rows(n), pairs, keep[min(1, len(keep) - 1)], 3 if depth >= 3 and narrow else 2)
    found = [(_whole(codes, wanted, part, row), float(row[3])) for row in _shared(measure.of(part.codes), measure, items, limits)]
    found = sorted(found, key=lambda box: (-abs(box[1]), box[0]))[:CAPACITY]
    deep = range(4 if narrow else 2 if usable.sum() > PAIRED else 3, depth + 1)
    if depth >= 3 and deep:
        found += deeper(codes, measure, scores, found, deep, usable, least_rows(n))
        found = sorted((box for box in found if abs(box[1]) >= keep[len(box[0]) - 2]), key=lambda box: (-abs(box[1]), box[0]))[:CAPACITY]
    return found


def _shared(coded: np.ndarray, measure: Scaled, items: tuple, limits: tuple) -> list[np.ndarray]:
    """The kernel over all outer pairs, dealt out to the cores; small searches stay on one, where starting threads costs more."""
    d, n = coded.shape
    pairs = np.array([(i, j) for i in range(d) for j in range(i + 1, d)], dtype=np.int64)
    threads = 1 if n * len(pairs) < 5e6 else (cpu_count() or 1)
    hands = [np.ascontiguousarray(pairs[k::threads]) for k in range(threads)]

    def scan(hand: np.ndarray) -> list[np.ndarray]:
        found = np.zeros((CAPACITY, 4))
        return list(found[: boxes(coded, measure.x, measure.scale, items, hand, limits, found)])

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
