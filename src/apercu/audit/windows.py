"""Odd stretches of time series: where a column does along the clock what the rest of it does not.

    load is odd in 1 stretch along time (at most about 5.0% of stretches told so are expected to be usual). From 2024-03-14 03:00 to 2024-03-14 11:00
    (9 rows) it moves 6.2 times as far as usual from what its past lets expect.

For tables with a clock: each number, and a target that is one, in the order of the clock; where rows have a group, each group's series by itself.
A stretch is judged by the news in it, what neither its past nor its cycle lets expect (see stats/innovations): a spike, a spread or a level that is
not its own. The null hypothesis and the false-discovery rate are told in stats/stretches; windows of all columns pay together. A walk, a trend, a
season, heavy tails are nothing odd. `scores` orders all points of one series by how unlike the rest their surroundings are (stats/subsequences): an
order says what to look at first, not how much of it is odd, so what is told does not rest on it.

What it does *not* do: identifiers and clocks (what only rises or only falls), columns of FEW different numbers, moments that most rows share (see
discover's `change` for those), columns whose cells are whole sequences; steps of the clock are taken as equal. Looked at are the first COLUMNS
columns and the last POINTS rows. What breaks it is told in stats/stretches.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.fault import Change, Fault
from ..core.rows import Rows
from ..core.split import Split
from ..stats.innovations import Innovations, innovations
from ..stats.stretches import Looks, Stretch, scanned, told
from ..stats.subsequences import unlike
from ..words.numbers import count, cut, percent, plain
from ..words.spacing import glue

__all__ = ["find", "scores"]

LEAST: Final = 200  # rows of a series, and with fewer nothing is said of any
POINTS: Final = 20_000  # rows that are looked at, the last
COLUMNS: Final = 20  # columns, the first
FEW: Final = 10  # different numbers, up to which a column is a list of levels
SHARED: Final = 0.9  # least share of different moments among those of a series
KNOWN: Final = 0.7  # least share of a series that is known
MONOTONE: Final = 0.99  # share of its steps, from which a column that goes one way is a clock or a number of rows
SHOWN: Final = 3  # stretches that the sentence tells


class _Series(NamedTuple):
    """One column of one group: its place in rows (n,), in the order of the clock, the group's value ('' for none) and its news."""

    column: str
    group: str | float
    rows: np.ndarray
    news: Innovations


def find(split: Split, q: float = 0.05, listed: int = 50) -> list[Fault]:
    """One Fault per column that has odd stretches, the surest first; [] for a table without a clock, or with too short series."""
    clock, group = _clock(split)
    if not clock:
        return []
    orders = _orders(split.rows, clock, group)
    series, looks = _looked(split, orders) if orders else ([], [])
    odd: dict[str, list[tuple[Stretch, _Series]]] = {}
    for stretch in told(looks, q):
        own = series[stretch.series]
        odd.setdefault(own.column, []).append((stretch, own))
    return [_fault(split, (clock, group), found, q, listed) for found in odd.values()]


def scores(x: np.ndarray, window: int | None = None) -> np.ndarray:
    """(n,) how unlike the rest of a series x (n,) the surroundings of each point are, larger is odder; missing values are bridged.

    window: points that are compared as a whole; without one, about a cycle of the series.
    """
    x = np.asarray(x, dtype=np.float64)
    known = np.isfinite(x)
    return unlike(np.interp(np.arange(len(x)), np.flatnonzero(known), x[known]), window) if known.any() else np.zeros(len(x))


def _clock(split: Split) -> tuple[str, str]:
    """(the clock, the group) of the table, by the goal or by their roles; '' for none."""
    named = {role: columns[0].name for role in ("time", "group") if (columns := split.data.schema.with_role(role))}
    if split.goal is not None:
        named |= {role: name for role, name in (("time", split.goal.time), ("group", split.goal.group)) if name}
    usable = {role: name for role, name in named.items() if name in split.rows}
    clock = usable.get("time", "")
    return (clock if clock and split.rows.storage(clock) in ("time", "number") else ""), usable.get("group", "")


def _orders(rows: Rows, clock: str, group: str) -> dict[str | float, np.ndarray]:
    """The places of each group's rows in the order of the clock; {} where a series is too short or shares its moments."""
    when = rows[clock]
    known = ~(np.isnat(when) if when.dtype.kind == "M" else np.isnan(when))
    column = rows.coded(group).codes if group and rows.storage(group) == "text" else rows[group] if group else np.zeros(rows.n)
    if column.dtype.kind not in "if":
        return {}
    known = np.flatnonzero(known & ~np.isnan(column) & ((column >= 0) | (column.dtype.kind == "f")))  # a row without a group belongs to no series
    order = known[np.lexsort((rows["_row"][known], when[known]))][-POINTS:]
    names, place = np.unique(column[order], return_inverse=True)
    if len(names) > len(order) // LEAST:
        return {}
    parts = {_name(rows, group, name): order[place == i] for i, name in enumerate(names)}
    sound = all(len(part) >= LEAST and len(np.unique(when[part])) >= SHARED * len(part) for part in parts.values())
    return parts if sound else {}


def _name(rows: Rows, group: str, value: float) -> str | float:
    return "" if not group else rows.coded(group).levels[int(value)] if rows.storage(group) == "text" else float(value)


def _looked(split: Split, orders: dict[str | float, np.ndarray]) -> tuple[list[_Series], list[Looks]]:
    """The series of all columns, and what was looked at in each."""
    schema, rows = split.data.schema, split.rows
    wanted = [c for c in schema if c.role in ("feature", "treatment", "target") and not c.derived]
    names = [c.name for c in wanted if c.name in rows and rows.storage(c.name) == "number"][:COLUMNS]
    series, looks = [], []
    for name in names:
        for group, order in orders.items():
            x = rows[name][order]
            if _is_series(x):
                news = innovations(x)
                series.append(_Series(name, group, order, news))
                looks.append(scanned(news))
    return series, looks


def _is_series(x: np.ndarray) -> bool:
    known = x[np.isfinite(x)]
    if len(known) < max(LEAST, KNOWN * len(x)) or len(np.unique(known)) <= FEW:
        return False
    steps = np.diff(known)
    return max(float(np.mean(steps >= 0)), float(np.mean(steps <= 0))) < MONOTONE


def _fault(split: Split, by: tuple[str, str], found: list[tuple[Stretch, _Series]], rate: float, listed: int) -> Fault:
    """The fault of one column: its stretches, the surest first."""
    rows, column = split.rows, found[0][1].column
    numbers = [int(row) for stretch, own in found for row in rows["_row"][own.rows[stretch.start : stretch.stop]]]
    target = split.goal is not None and column == split.goal.target
    evidence = {"n": float(len(found)), "rows": float(len(numbers)), "q": max(stretch.q for stretch, _ in found), "rate": rate}
    mend = {
        "en": "Look at what happened then: keep the values if it was real and may happen again; if the instrument or the record failed, "
        + ("leave these rows out." if target else "empty the cells, which is what applying this mend does."),
        "zh": "请查明当时发生了什么：确有其事且可能再发生的，应予保留；仪器或记录出错的，"
        + ("不使用这些行。" if target else "应清空这些单元格（应用此修正即为清空）。"),
    }
    change = Change(rows=tuple(numbers)) if target else Change(column, tuple(numbers))
    where = _where(rows, by, *found[0]) if len(found) == 1 else None
    return Fault(f"windows:{column}", "anomaly", _text(rows, by, found, evidence), mend, evidence, where, tuple(numbers[:listed]), change)


def _ends(rows: Rows, clock: str, stretch: Stretch, own: _Series) -> tuple[str | float, str | float]:
    """The moments of the first and the last row, as conditions name them."""
    at = rows[clock][own.rows[[stretch.start, stretch.stop - 1]]]
    if at.dtype.kind != "M":
        return float(at[0]), float(at[1])
    first, last = (str(moment.astype("datetime64[us]")).removesuffix(".000000").removesuffix("T00:00:00") for moment in at)
    return first, last


def _where(rows: Rows, by: tuple[str, str], stretch: Stretch, own: _Series) -> Condition:
    clock, group = by
    within = Term(clock, "between", _ends(rows, clock, stretch, own))
    return Condition((Term(group, "is", own.group), within) if group else (within,))


def _text(rows: Rows, by: tuple[str, str], found: list[tuple[Stretch, _Series]], evidence: dict[str, float]) -> dict[str, str]:
    clock, group = by
    n, column, rate = len(found), found[0][1].column, percent(evidence["rate"])
    en = f"{column} is odd in {count(n)} stretch{'es' if n > 1 else ''} along {clock}"
    en += f" (at most about {rate} of stretches told so are expected to be usual)."
    zh = glue(column, f"沿 {clock} 有 {count(n)} 段异常（预计所报各段中至多约 {rate} 其实正常）。")
    for stretch, own in found[:SHOWN]:
        first, last = map(_moment, _ends(rows, clock, stretch, own))
        length, told_en, told_zh = stretch.stop - stretch.start, *_how(rows[column][own.rows], stretch, own.news)
        of_en, of_zh = (
            (
                f", where {group} is “{own.group if isinstance(own.group, str) else cut(own.group)}”,",
                glue(group, f"为“{own.group if isinstance(own.group, str) else cut(own.group)}”时，"),
            )
            if group
            else ("", "")
        )
        when_en = f"At {first}" if length == 1 else f"From {first} to {last} ({count(length)} rows)"
        when_zh = glue("在", first) if length == 1 else glue("从", first, "到", last, f"（{count(length)} 行）")
        en += f" {when_en}{of_en} it {told_en}."
        zh += f"{of_zh}{when_zh}，{told_zh}。"
    return {"en": en, "zh": zh}


def _how(x: np.ndarray, stretch: Stretch, news: Innovations) -> tuple[str, str]:
    """In what way a stretch of the series x (n,) is odd, in each language."""
    inside = slice(stretch.start, stretch.stop)
    values, size = x[inside][np.isfinite(x[inside])], np.abs(news.z)
    if stretch.kind == "spike":
        worst = stretch.start + int(np.nanargmax(size[inside]))
        value, apart, usual = (_short(v) for v in (x[worst], abs(news.e[worst]), np.nanmedian(np.abs(news.e))))
        side_en, side_zh = ("above", "高") if news.e[worst] > 0 else ("below", "低")
        return (
            f"goes to {value}, {apart} {side_en} what its past lets expect (usually within about {usual})",
            f"达到 {value}，比由其过去所预期的{side_zh} {apart}（通常相差约 {usual}）",
        )
    if stretch.kind == "level":
        mean, others = _short(values.mean()), _short(np.nanmedian(np.delete(x, np.arange(stretch.start, stretch.stop))))
        return f"lies at {mean} on average, beside {others} at other times", f"平均为 {mean}，其他时候约为 {others}"
    if values.min() == values.max():
        return f"stands still at {_short(values[0])}", f"停在 {_short(values[0])} 不变"
    times = float(np.nanmean(np.minimum(size[inside], np.nanmax(size))) / np.nanmean(size))
    far = _short(times) if times >= 0.01 else "0.01"
    if times < 1.0:
        return f"moves only {far} times as far as usual from what its past lets expect", f"与由其过去所预期的相差仅为平时的 {far} 倍"
    return f"moves {far} times as far as usual from what its past lets expect", f"与由其过去所预期的相差达平时的 {far} 倍"


def _moment(end: str | float) -> str:
    return end.replace("T", " ").removesuffix(":00") if isinstance(end, str) else cut(end)


def _short(x: float) -> str:
    return plain(float(f"{x:.3g}"))
