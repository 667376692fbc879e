"""Look: what stands in the columns, asked of the engine in a few queries however many columns there are.

A `Look` counts a column's present values, its distinct ones and, in text, the numbers; `odd` holds the values that are no plain numbers
with their rows, most frequent first. The mends of this folder are decided on these, never on a sample of rows, so that the order of rows
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from ..core.dataset import Dataset
from ..core.expression import Column, Trim, literal, quoted
from ..core.rows import Coded

__all__ = ["CELLS", "HELD", "WIDE", "Look", "asked", "counted", "looked"]

HELD: Final = 1_000  # columns held in memory at once
BATCH: Final = 200  # columns asked for in one query
PARSED: Final = 50  # text columns parsed in one query: the planner's time grows faster than their number
DIGITS: Final = 15  # that a float64 holds for certain
SEEN: Final = 1_000  # distinct odd values looked at one by one
WIDE: Final = 150  # columns above which a table that fits in memory is looked at there
CELLS: Final = 50_000_000  # that fit
BLANKS: Final = " \t\r\n\u00a0\u3000"


@dataclass(frozen=True)
class Look:
    """What stands in a column. Counts are rows. `complete`: `odd` holds all values that are no numbers, not only the most frequent."""

    name: str
    rows: int
    present: int
    distinct: int
    numbers: int = 0
    padded: int = 0
    low: float | None = None
    high: float | None = None
    whole: bool = False
    odd: tuple[tuple[str, int], ...] = ()
    complete: bool = True
    blanks: int = 0


def asked(data: Dataset, wanted: Sequence[Sequence[str]], where: str = "TRUE") -> list[tuple[Any, ...]]:
    """The answers to groups of SQL aggregates, one tuple per group, BATCH groups to a query."""
    answers: list[tuple[Any, ...]] = []
    for start in range(0, len(wanted), BATCH):
        groups = wanted[start : start + BATCH]
        flat = [sql for group in groups for sql in group]
        row = iter(data.engine.ask(data.table, f"SELECT {', '.join(flat)} FROM data WHERE {where}")[0])
        answers += [tuple(next(row) for _ in group) for group in groups]
    return answers


def looked(data: Dataset) -> dict[str, Look]:
    """A Look at each column that is text, and at each number."""
    text = [c.name for c in data.schema if c.storage == "text"]
    numbers = [c.name for c in data.schema if c.storage == "number"]
    looks = {look.name: look for look in _numbers(data, numbers)}
    if len(text) > WIDE and data.n * len(text) <= CELLS:
        return looks | {look.name: look for look in _held(data, text)}
    first = list(_texts(data, text))
    odd = _odd(data, [look.name for look in first if look.present > look.numbers], {look.name: look for look in first})
    blanks = _blanks(data, [look.name for look in first if look.name in odd and len(odd[look.name]) >= SEEN])
    for look in first:
        values = tuple(odd.get(look.name, ()))
        complete = len(values) < SEEN
        trimmed = sum(n for value, n in values if value != value.strip(BLANKS)) if complete else blanks[look.name]
        looks[look.name] = Look(**{**look.__dict__, "odd": values, "complete": complete, "blanks": trimmed})
    return looks


def _texts(data: Dataset, names: list[str]) -> Iterator[Look]:
    """Looks at text columns: each value is cast once, in a query below the one that counts."""
    for start in range(0, len(names), PARSED):
        part = names[start : start + PARSED]
        cast = ", ".join(f"{quoted(n)} AS t{i}, TRY_CAST({quoted(n)} AS DOUBLE) AS x{i}" for i, n in enumerate(part))
        finite = ", ".join(f"t{i}, CASE WHEN isfinite(x{i}) AND NOT contains(t{i}, '_') THEN x{i} END AS n{i}" for i in range(len(part)))
        counts = ", ".join(_counts(i) for i in range(len(part)))
        row = iter(data.engine.ask(data.table, f"SELECT {counts} FROM (SELECT {finite} FROM (SELECT {cast} FROM data) AS a) AS b")[0])
        for name in part:
            yield Look(name, data.n, *(next(row) for _ in range(7)))


def _counts(i: int) -> str:
    """Present, distinct, numbers, numbers that are codes (leading zeros, too many digits), the ends of the numbers and whether all are whole."""
    zeros = f"t{i} LIKE '0_%' AND t{i} NOT LIKE '0.%' AND t{i} NOT LIKE '0e%'"
    padded = f"count(CASE WHEN n{i} IS NOT NULL AND ({zeros} OR length(t{i}) > {DIGITS} AND t{i} NOT LIKE '%.%') THEN 1 END)"
    whole = f"coalesce(bool_and(n{i} = trunc(n{i})), false)"
    return f"count(t{i}), approx_count_distinct(t{i}), count(n{i}), {padded}, min(n{i}), max(n{i}), {whole}"


def _numbers(data: Dataset, names: list[str]) -> Iterator[Look]:
    wanted = []
    for name in names:
        c = quoted(name)
        wanted.append([f"count({c})", f"approx_count_distinct({c})", f"min({c})", f"max({c})", f"coalesce(bool_and({c} = trunc({c})), false)"])
    for name, (present, distinct, low, high, whole) in zip(names, asked(data, wanted), strict=True):
        yield Look(name, data.n, present, distinct, present, 0, low, high, whole)


def _odd(data: Dataset, names: list[str], looks: dict[str, Look]) -> dict[str, list[tuple[str, int]]]:
    found = {}
    for name in names:
        c = quoted(name)
        mixed = f" AND NOT (coalesce(isfinite(TRY_CAST({c} AS DOUBLE)), false) AND NOT contains({c}, '_'))" if looks[name].numbers else ""
        found[name] = data.engine.ask(
            data.table, f"SELECT {c}, count(*) FROM data WHERE {c} IS NOT NULL{mixed} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {SEEN}"
        )
    return found  # type: ignore[return-value]


def _held(data: Dataset, names: list[str]) -> Iterator[Look]:
    """The same looks at the columns of a wide table, in memory: thousands of aggregates would be planned longer than they run."""
    for start in range(0, len(names), HELD):
        rows = data.engine.rows(data.table, names[start : start + HELD])
        for name in rows:
            yield _look(name, rows.coded(name))


def _look(name: str, column: Coded) -> Look:
    counts = column.counts()
    read = [_finite(level) for level in column.levels]
    numbers = [x for x in read if x is not None]
    odd = sorted(((v, int(n)) for v, n, x in zip(column.levels, counts, read, strict=True) if x is None), key=lambda pair: (-pair[1], pair[0]))
    padded = sum(int(n) for v, n, x in zip(column.levels, counts, read, strict=True) if x is not None and _is_padded(v))
    ends = (min(numbers), max(numbers), all(x == int(x) for x in numbers)) if numbers else (None, None, False)
    present, plain = int(counts.sum()), int(counts.sum()) - sum(n for _, n in odd)
    blanks = sum(n for value, n in odd if value != value.strip(BLANKS))
    return Look(name, len(column.codes), present, len(column.levels), plain, padded, *ends, tuple(odd), True, blanks)


def _finite(text: str) -> float | None:
    try:
        x = float(text)
    except ValueError:
        return None
    return x if isfinite(x) and "_" not in text else None


def _is_padded(text: str) -> bool:
    return (len(text) > 1 and text[0] == "0" and text[1] not in ".e") or (len(text) > DIGITS and "." not in text)


def _blanks(data: Dataset, names: list[str]) -> dict[str, int]:
    """Rows with blanks at an end, of columns with too many values to look at each."""
    wanted = [[f"count(*) FILTER ({Trim(Column(n)).to_sql()} <> {quoted(n)})"] for n in names]
    return {name: answer[0] for name, answer in zip(names, asked(data, wanted), strict=True)}


def counted(data: Dataset, name: str, words: Sequence[str]) -> list[tuple[str, int]]:
    """How many rows hold each of some words, blanks around them and letters' case ignored."""
    c = Trim(Column(name)).to_sql()
    listed = ", ".join(literal(word) for word in words)
    query = f"SELECT {c}, count(*) FROM data WHERE lower({c}) IN ({listed}) GROUP BY 1 ORDER BY 1"
    return data.engine.ask(data.table, query)  # type: ignore[return-value]
