"""The straight lines along a clock that the searched rows suggest: of a measure's mean or of numbers of rows, of all rows and of single groups.

`trend` tells of these lines, `forecast` carries them on. A group's line must part from that of all other rows of the same time: first by sums over
periods (every group at once), then, of the best TRIED, with the errors of `stats/series`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.special import ndtri

from ..core.codes import Codes
from ..core.condition import EVERYONE, Condition
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.split import Search
from ..stats.series import Line, interaction, line
from ..stats.tests import Contrast
from ._clock import Clock, counted
from ._search import allowed, least_rows, scaled, searched

__all__ = ["GATE", "Steep", "lines_of", "series_line"]

KEEP: Final = 3.0  # least z of a trend of all rows: one look per measure
KEEP_GROUP: Final = 3.4  # of a group: about a hundred are looked at, sqrt(2 ln 100) and a little more
ROBUST: Final = 2.3  # least z of the same with errors that trust nothing: p of about .01
CHANGE: Final = 0.15  # least change from the first to the last moment, in standard deviations: less is not worth a sentence
COUNTED: Final = 0.25  # least change of a number of rows, as a share of its mean
GATE: Final = 0.05  # one-sided p that the number of a level's rows must keep for its share to be told
TRIED: Final = 12  # groups of a measure whose error is made robust


class Steep(NamedTuple):
    """A line that rises or falls: of which rows, its change from the first moment of the clock to the last, its z on the searched rows.

    relative: whether only its course against the other rows is sure, because what moves all rows hides its own.
    """

    where: Condition
    change: float
    strength: float
    relative: bool = False


class _Moving(NamedTuple):
    """The searched rows that have a measure and a moment: t, x (n,), their periods and codes, the deviation of x."""

    t: np.ndarray
    x: np.ndarray
    period: np.ndarray
    codes: np.ndarray
    sd: float


def lines_of(search: Search, measure: Measure, clock: Clock) -> tuple[list[Steep], int]:
    """(the lines that are steep enough to tell, how many were looked at), found once per search."""
    key = ("lines", measure, clock, search.order is None or id(search.order))
    if key not in search.cache:
        search.cache[key] = (_of_counts if measure.counts else _of_means)(search, measure, clock)
    return search.cache[key]


def series_line(clock: Clock, rows: Rows, inside: np.ndarray, level: float = 0.95) -> Line:
    """The line through the numbers of rows per period; 0 at the first whole period, 1 at the last."""
    series = counted(clock, rows, inside)
    first, last = clock.whole
    return line((series.number - first) / max(last - first, 1), series.n, None, level, held=1)  # each number is a stretch of its own


def _of_means(search: Search, measure: Measure, clock: Clock) -> tuple[list[Steep], int]:
    """Of the mean of a measure."""
    moving = _moving(search, measure, clock)
    items = _items(search, measure)
    if moving.sd == 0.0 or len(moving.x) < least_rows(len(moving.x)):
        return [], 0
    claims: list[Steep] = []
    whole = line(moving.t, moving.x).contrast
    plain = abs(whole.gap) * float(moving.t.std()) * len(moving.t) ** 0.5 / moving.sd
    if plain >= KEEP and _z(whole) >= ROBUST and abs(whole.gap) >= CHANGE * moving.sd:
        claims.append(Steep(EVERYONE, whole.gap, plain))
    codes = searched(search)
    scores = _scores(search, moving, items)
    for place in np.argsort(-scores, kind="stable")[:TRIED]:
        if scores[place] < KEEP_GROUP:
            break
        item = int(items[place])
        column = moving.codes[codes.column_of(item)]
        inside = (column >= codes.low[item]) & (column <= codes.high[item])
        own = line(moving.t[inside], moving.x[inside]).contrast
        beside = interaction(moving.t, moving.x, inside)
        sure = min(abs(own.gap), abs(beside.gap)) >= CHANGE * moving.sd and own.gap * beside.gap > 0 and _z(own) >= max(ROBUST, _z(beside))
        if _z(beside) >= ROBUST and abs(beside.gap) >= CHANGE * moving.sd and not _rest_of(codes, item, inside):
            claims.append(Steep(codes.condition((item,)), own.gap if sure else beside.gap, float(scores[place]), relative=not sure))
    return claims, 1 + len(items)


def _of_counts(search: Search, measure: Measure, clock: Clock) -> tuple[list[Steep], int]:
    """Of numbers of rows: all of them, and those of each level whose share of all rows moves as well."""
    claims: list[Steep] = []
    whole = series_line(clock, search.rows, np.ones(search.rows.n, dtype=bool))
    if _z(whole.contrast) >= KEEP and _moves(whole):
        claims.append(Steep(EVERYONE, whole.contrast.gap, _z(whole.contrast)))
    codes, t = searched(search), clock.position(search.rows)
    known = ~np.isnan(t)
    u = np.where(known, t - t[known].mean(), 0.0) if known.any() else np.zeros(len(t))
    items = [i for i in _items(search, measure) if codes.terms[i].op == "is" and isinstance(codes.terms[i].value, str)]
    sums = {j: np.bincount(codes.codes[j], u, int(codes.levels[j])) for j in {codes.column_of(i) for i in items}}
    length = float(u @ u)
    for item in items:
        inside = codes.holds(item) & known
        total, spread = float(sums[codes.column_of(item)][codes.low[item]]), float(inside[known].std())
        if spread == 0.0 or abs(total) < max(KEEP_GROUP * length**0.5, CHANGE * length) * spread:
            continue
        share, own = line(t[known], inside[known].astype(np.float64)).contrast, series_line(clock, search.rows, inside)
        if _z(share) >= ROBUST and own.contrast.tail <= GATE and own.contrast.gap * share.gap > 0 and _moves(own):
            claims.append(Steep(codes.condition((item,)), own.contrast.gap, abs(total) / length**0.5 / spread))
    return claims, 1 + len(items)


def _rest_of(codes: Codes, item: int, inside: np.ndarray) -> bool:
    """Whether a group is what a rarer one leaves: of the two sides of a column the rarer is told, and all others beside it."""
    column = codes.column_of(item)
    sides = codes.terms[item].op in ("<=", ">") or int(codes.starts[column + 1] - codes.starts[column]) == 2
    return sides and 2 * int(np.count_nonzero(inside)) > len(inside)


def _items(search: Search, measure: Measure) -> np.ndarray:
    """The groups that are looked at: the levels of categories and the ranges that part a number, of columns that are not made of moments."""
    codes, usable = searched(search), allowed(search, measure)
    moments = {c.name for c in search.schema if c.kind == "time"}
    kept = [j for j in np.flatnonzero(usable) if not moments & set(search.sources(codes.names[j]))]
    return np.array([item for j in kept for item in codes.groups[j] if codes.terms[item].op != "missing"], dtype=np.int64)


def _moving(search: Search, measure: Measure, clock: Clock) -> _Moving:
    ready = scaled(search, measure)
    at = np.arange(search.rows.n) if ready.present is None else ready.present
    t = clock.position(search.rows)[at]
    known = ~np.isnan(t)
    codes = searched(search).codes
    whole = known.all() and ready.present is None
    return _Moving(t[known], ready.x[known], clock.period(search.rows)[at][known], codes if whole else codes[:, at[known]], ready.sd)


def _scores(search: Search, moving: _Moving, items: np.ndarray) -> np.ndarray:
    """(items,) z of the difference of a group's slope to that of all other rows of the same periods."""
    codes = searched(search)
    k = int(moving.period.max()) + 1
    n_all, x_all = np.bincount(moving.period, minlength=k), np.bincount(moving.period, moving.x, k)
    t = np.bincount(moving.period, moving.t, k) / np.maximum(n_all, 1)
    out = np.zeros(len(items))
    for j in {codes.column_of(int(item)) for item in items}:
        mine = np.flatnonzero((items >= codes.starts[j]) & (items < codes.starts[j + 1]))
        levels = int(codes.levels[j])
        key = moving.codes[j].astype(np.int64) * k + moving.period
        n = np.bincount(key, minlength=levels * k).reshape(levels, k).astype(np.float64)
        x = np.bincount(key, moving.x, levels * k).reshape(levels, k)
        n, x = (np.vstack([np.zeros(k), np.cumsum(part, axis=0)]) for part in (n, x))
        low, high = codes.low[items[mine]], codes.high[items[mine]] + 1
        n_in, x_in = n[high] - n[low], x[high] - x[low]
        n_out, x_out = n_all - n_in, x_all - x_in
        beside = _slopes(n_in * n_out / np.maximum(n_all, 1), x_in / np.maximum(n_in, 1.0) - x_out / np.maximum(n_out, 1.0), t)
        enough = (n_in.sum(axis=1) >= least_rows(len(moving.x))) & (n_out.sum(axis=1) >= least_rows(len(moving.x)))
        out[mine] = np.where(enough, np.abs(beside), 0.0) / moving.sd
    return out


def _slopes(weight: np.ndarray, y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(items,) slope of y (items, k) on t (k,) times the root of its information; over the rows' deviation it is a z."""
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    u = t - (weight * t).sum(axis=1, keepdims=True) / total
    length = (weight * u * u).sum(axis=1)
    return (weight * u * y).sum(axis=1) / np.sqrt(np.maximum(length, 1e-12))


def _moves(fit: Line) -> bool:
    """Whether a number of rows changes enough to be told."""
    mean = fit.base + fit.contrast.gap / 2
    return mean > 0 and abs(fit.contrast.gap) >= COUNTED * mean


def _z(contrast: Contrast) -> float:
    return float(-ndtri(max(contrast.tail, 1e-300)))
