"""A long table becomes a panel: one regular series for each key, without gaps, and what is known of its future.

    panel, notes = Panel.read(rows, "sold", "day", by=("item", "store"), known=("price",), horizon=28)

Rows of one key and one step are added up, or averaged where the target cannot be added (see `summed`). Steps without a row are nought where rows
are single events (several of a key in one step), else they are filled on a straight line between their neighbours. Rows after the last known
target tell the future of the known columns. What it does *not* do: find outliers, or mend what a promotion or a closed shop did to a series.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..core.dataset import Note
from ..core.errors import EmptyTable, InputError, UnusableTarget, WordsError
from ..core.forecast import UNITS
from ..core.rows import Rows
from ._grid import Grid, found
from ._periods import moments

__all__ = ["Panel", "summed"]

AVERAGED: Final = re.compile(  # names of what cannot be added
    r"(?i)(price|rate|ratio|mean|avg|average|temp|score|percent|pct|share|index|level|speed|humid|pressure|rating|价|率|温|平均|指数|评分|占比|湿度)"
)
EVENTS: Final = 0.05  # share of steps with several rows of a key, from which rows are events and a step without one is nought
STEADY: Final = 0.3  # standard deviation over the mean, below which fractions are readings
LONGEST: Final = 20_000_000  # cells of a panel
LAGS: Final = 400  # longest season that is looked for in steps without a calendar
REPEATS: Final = 0.3  # autocorrelation of such a season
CHANCE: Final = 3.0  # and times 1 / sqrt(n): a peak among some tens of lags of noise is lower, nearly always


@dataclass(frozen=True)
class Panel:
    """s series laid end to end: series i is values[starts[i]:ends[i]], its first step is the grid's step first[i].

    known holds, for each name, (N + s * horizon,) the column with `horizon` future steps after each series; text is coded, missing is NaN.
    """

    keys: tuple[tuple[str, ...], ...]
    values: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    first: np.ndarray
    grid: Grid
    horizon: int
    known: dict[str, np.ndarray]
    seasons: tuple[int, ...]
    added: bool

    @property
    def sizes(self) -> np.ndarray:
        """(s,) steps of each series."""
        return self.ends - self.starts

    @property
    def count(self) -> int:
        """The number of series."""
        return len(self.starts)

    def of(self, i: int) -> np.ndarray:
        """The values of series i."""
        return self.values[self.starts[i] : self.ends[i]]

    def times(self, i: int) -> np.ndarray:
        """The moments of series i, and of its future."""
        return self.grid.moments(self.first[i] + np.arange(self.sizes[i] + self.horizon))

    @staticmethod
    def read(rows: Rows, target: str, time: str, by: tuple[str, ...], known: tuple[str, ...], horizon: int | None) -> tuple[Panel, list[Note]]:
        """The panel of a table's rows, and what was decided. Raises WordsError and InputError, each in one sentence."""
        y, when, code, keys = _checked(rows, target, time, by, known)
        usable = ~np.isnan(y)
        grid, kept = found(when[usable], code[usable])
        place = grid.places(when)
        notes: list[Note] = []
        if rows.storage(time) != "time" and when.dtype.kind == "M":
            notes.append(_note(time, f"its values are read as moments, one step is a {_word(grid, 'en')}", f"按时间读取，步长为{_word(grid, 'zh')}"))
        if not kept:
            notes.append(
                _note(time, f"moments keep to no regular step; rows are counted by {_word(grid, 'en')}", f"时间间隔不规则；按{_word(grid, 'zh')}汇总")
            )
        cells, at, n = np.unique(np.column_stack([code, place])[usable], axis=0, return_inverse=True, return_counts=True)
        at = at.ravel()
        added = summed(target, y[usable])
        events = added and float(np.mean(n > 1)) >= EVENTS
        if (n > 1).any():
            how = ("added up", "相加") if added else ("averaged", "取平均")
            several = int(np.sum(n > 1))
            notes.append(
                _note(
                    target,
                    f"{_steps(several)} with several rows of one key {_were(several)} {how[0]}",
                    f"{several:,} 个时点有多行，已{how[1]}",
                    several,
                )
            )
        total = np.bincount(at, y[usable])
        value = total if added else total / n
        panel, there, filled = _laid(keys, cells, value, grid, events)
        if filled:
            how = ("counted as 0", "记为 0") if events else ("filled on a line between their neighbours", "按相邻值线性补齐")
            notes.append(_note(time, f"{_steps(filled)} without a row {_were(filled)} {how[0]}", f"{filled:,} 个缺失的时点已{how[1]}", filled))
        panel = replace(panel, added=added)
        panel = replace(panel, horizon=_horizon(panel, place, code, horizon), seasons=_seasons(panel))
        if known:
            number = np.full(len(keys) + 1, -1)
            number[there] = np.arange(len(there))
            panel = replace(panel, known={name: _future(panel, rows, name, number[code], place, time) for name in known})
        return panel, notes


def summed(target: str, y: np.ndarray) -> bool:
    """Whether values of a target (n,) may be added: amounts, not readings.

    A reading has a name that speaks of a price, a rate or the like, or negative values, or fractions that scatter little around their mean.
    """
    if not len(y) or float(y.min()) < 0.0 or AVERAGED.search(target):
        return False
    return bool(np.all(y == np.floor(y))) or float(y.std()) > STEADY * float(y.mean())


def _checked(
    rows: Rows, target: str, time: str, by: tuple[str, ...], known: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[tuple[str, ...]]]:
    """(target, moments, number of each row's series, the series' keys)."""
    for name in (target, time, *by, *known):
        rows.storage(name)  # a name that no column has is refused with the nearest that one has
    if rows.storage(target) != "number":
        raise UnusableTarget(f"a forecast needs a target of numbers; {target!r} holds {rows.storage(target)}s.")
    when = rows[time] if rows.storage(time) == "time" else moments(rows[time])
    if when is None and rows.storage(time) == "text":
        raise WordsError(f"a forecast needs a column of moments, months, quarters or numbers as its time; {time!r} holds text that is none of these.")
    when = rows[time] if when is None else when
    if target in (time, *by, *known):
        raise WordsError(f"the target {target!r} cannot also be the time, a key or a known column.")
    gone = np.isnat(when) if when.dtype.kind == "M" else np.isnan(when)
    if rows.n == 0 or gone.all() or np.isnan(rows[target]).all():
        raise EmptyTable(f"there is no row with both a value in {target!r} and a moment in {time!r}.")
    names = [_texts(rows, name) for name in by]
    code = np.zeros(rows.n, dtype=np.int64)
    keys: list[tuple[str, ...]] = [()]
    if names:
        distinct, code = np.unique(np.array(names), axis=1, return_inverse=True)
        code = code.ravel()
        keys = [tuple(map(str, distinct[:, k])) for k in range(distinct.shape[1])]
    y = np.where(gone | ~np.isfinite(rows[target]), np.nan, rows[target])
    fill = np.datetime64(0, "us") if when.dtype.kind == "M" else 0.0
    return y, np.where(gone, fill, when), np.where(gone, -1, code), keys


def _texts(rows: Rows, name: str) -> np.ndarray:
    if rows.storage(name) == "text":
        return np.array(["" if v is None else v for v in rows[name]], dtype=np.str_)
    if rows.storage(name) == "time":
        return rows[name].astype(np.str_)
    return np.array([f"{int(v)}" if np.isfinite(v) and v == int(v) else str(v) for v in rows[name]])


def _laid(keys: list[tuple[str, ...]], cells: np.ndarray, value: np.ndarray, grid: Grid, events: bool) -> tuple[Panel, np.ndarray, int]:
    """(the series laid end to end, their numbers among the keys, how many steps were filled).

    cells (k, 2): sorted (series, step). A series without a value is left out.
    """
    there, begin = np.unique(cells[:, 0], return_index=True)
    stop = np.append(begin[1:], len(cells))
    first, last = cells[begin, 1], cells[stop - 1, 1]
    if events:  # nothing sold up to the end of the table is nought too
        last = np.full_like(last, cells[:, 1].max())
    sizes = last - first + 1
    if int(sizes.sum()) > LONGEST:
        raise InputError(f"the series would have {int(sizes.sum()):,} steps together; at most {LONGEST:,} can be forecast at once.")
    ends = np.cumsum(sizes)
    starts = ends - sizes
    flat = np.full(int(ends[-1]), np.nan)
    series = np.repeat(np.arange(len(there)), stop - begin)
    flat[starts[series] + cells[:, 1] - first[series]] = value
    gone = np.isnan(flat)
    if gone.any():
        position = np.arange(len(flat))  # every series begins and, but for events, ends with a value: no line crosses two of them
        flat[gone] = 0.0 if events else np.interp(position[gone], position[~gone], flat[~gone])
    kept = tuple(keys[int(k)] for k in there)
    return Panel(kept, flat, starts, ends, first, grid, 1, {}, (), True), there, int(gone.sum())


def _horizon(panel: Panel, place: np.ndarray, code: np.ndarray, wanted: int | None) -> int:
    """The asked number of steps; else those for which there are rows without a target; else what the unit suggests."""
    longest = int(panel.sizes.max())
    if longest < 4:
        raise EmptyTable(f"a forecast needs at least 4 steps of history; the longest series has {longest}.")
    if wanted is None:
        after = int(place[code >= 0].max() - (panel.first + panel.sizes - 1).max())
        return min(after if after > 0 else min(panel.grid.ahead, max(1, longest // 5)), longest - 3)
    if isinstance(wanted, bool) or wanted < 1 or wanted != int(wanted):
        raise WordsError(f"a horizon is a whole number of steps from 1 on; got {wanted!r}.")
    if wanted > longest - 3:
        raise InputError(f"a horizon of {wanted:,} steps is too long for a history of {longest:,}; at most {longest - 3:,} can be forecast.")
    return int(wanted)


def _seasons(panel: Panel) -> tuple[int, ...]:
    """Lengths of seasons: the calendar's, or, on plain numbers, the one that the series show."""
    longest = int(np.median(panel.sizes))
    if panel.grid.unit != "number":
        return panel.grid.seasons(longest)
    chosen = np.argsort(-panel.sizes, kind="stable")[:40]
    found_lags = [_repeats(panel.of(int(i))) for i in chosen]
    told = [m for m in found_lags if m > 1]
    if 2 * len(told) < len(found_lags):
        return ()
    lengths, n = np.unique(told, return_counts=True)
    best = int(lengths[np.argmax(n)])
    return (best, 7 * best) if best == 24 and longest > 2 * 168 else (best,)


def _repeats(y: np.ndarray) -> int:
    """The length of a series' season as its changes show it, or 1."""
    e = np.diff(y)
    e = e - e.mean()
    lags = min(LAGS, len(e) // 3)
    if lags < 2 or float(e @ e) == 0.0:
        return 1
    size = 1 << int(np.ceil(np.log2(2 * len(e))))
    spectrum = np.abs(np.fft.rfft(e, size)) ** 2
    r = np.fft.irfft(spectrum)[: lags + 1] / float(e @ e)
    peaks = [k for k in range(2, lags) if r[k] > r[k - 1] and r[k] >= r[k + 1] and r[k] > max(REPEATS, CHANCE / np.sqrt(len(e)))]
    return min((k for k in peaks if r[k] >= 0.8 * max(r[p] for p in peaks)), default=1)


def _future(panel: Panel, rows: Rows, name: str, series: np.ndarray, place: np.ndarray, time: str) -> np.ndarray:
    """A known column with its future, several rows averaged. Raises InputError where nothing of it is known after the history."""
    text = rows.storage(name) == "text"
    column = rows.coded(name).codes.astype(np.float64) if text else rows[name].astype(np.float64)
    wide = panel.sizes + panel.horizon
    begin = np.cumsum(wide) - wide
    at = place - panel.first[series]
    seen = (series >= 0) & (column >= 0 if text else np.isfinite(column)) & (at >= 0) & (at < wide[series])
    if not (at[seen] >= panel.sizes[series[seen]]).any():
        raise InputError(f"column {name!r} is said to be known in the future, but no row after the last {time!r} with a target has a value in it.")
    cell = begin[series[seen]] + at[seen]
    total, n = np.bincount(cell, column[seen], int(wide.sum())), np.bincount(cell, minlength=int(wide.sum()))
    return np.divide(total, n, out=np.full(len(total), np.nan), where=n > 0)


def _note(column: str, en: str, zh: str, rows: int = 0) -> Note:
    return Note("forecast", column, {"en": f"{column}: {en}.", "zh": f"{column}：{zh}。"}, rows)


def _steps(n: int) -> str:
    return f"{n:,} step{'' if n == 1 else 's'}"


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _word(grid: Grid, lang: str) -> str:
    return UNITS[lang][grid.unit][0]
