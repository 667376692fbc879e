"""Look: what stands in the columns, asked of the engine in a few queries however many columns there are.

A `Look` counts a column's present values, its distinct ones and, in text, the numbers; `odd` holds the values that are no plain numbers
with their rows, most frequent first. The mends of this folder are decided on these, never on a sample of rows, so that the order of rows
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..core.dataset import Dataset
from ..core.expression import Column, Trim, literal, quoted

__all__ = ["Look", "asked", "counted", "looked"]

BATCH: Final = 200  # columns asked for in one query
SEEN: Final = 1_000  # distinct odd values looked at one by one
WIDE: Final = 150  # columns above which their values are asked for together


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
    first = list(_texts(data, text))
    odd = _odd(data, [look.name for look in first if look.present > look.numbers], {look.name: look for look in first})
    blanks = _blanks(data, [look.name for look in first if look.name in odd and len(odd[look.name]) >= SEEN])
    for look in first:
        values = tuple(odd.get(look.name, ()))
        complete = len(values) < SEEN
        trimmed = sum(n for value, n in values if value != value.strip(" \t\r\n\u00a0\u3000")) if complete else blanks[look.name]
        looks[look.name] = Look(**{**look.__dict__, "odd": values, "complete": complete, "blanks": trimmed})
    return looks


def _texts(data: Dataset, names: list[str]) -> Iterator[Look]:
    wanted = []
    for name in names:
        c, number = quoted(name), f"TRY_CAST({quoted(name)} AS DOUBLE)"
        plain = f"isfinite({number})"
        zeros = f"count(*) FILTER ({plain} AND ({c}[1] = '0' AND {c}[2] BETWEEN '0' AND '9' OR length({c}) > 15 AND {c} NOT LIKE '%.%'))"
        whole = f"coalesce(bool_and({number} = trunc({number})) FILTER ({plain}), false)"
        ends = [f"min({number}) FILTER ({plain})", f"max({number}) FILTER ({plain})"]
        wanted.append([f"count({c})", f"approx_count_distinct({c})", f"count(*) FILTER ({plain})", zeros, *ends, whole])
    for name, answer in zip(names, asked(data, wanted), strict=True):
        yield Look(name, data.n, *answer)


def _numbers(data: Dataset, names: list[str]) -> Iterator[Look]:
    wanted = []
    for name in names:
        c = quoted(name)
        wanted.append([f"count({c})", f"approx_count_distinct({c})", f"min({c})", f"max({c})", f"coalesce(bool_and({c} = trunc({c})), false)"])
    for name, (present, distinct, low, high, whole) in zip(names, asked(data, wanted), strict=True):
        yield Look(name, data.n, present, distinct, present, 0, low, high, whole)


def _odd(data: Dataset, names: list[str], looks: dict[str, Look]) -> dict[str, list[tuple[str, int]]]:
    if len(names) > WIDE:
        return _odd_together(data, names, looks)
    found = {}
    for name in names:
        c = quoted(name)
        mixed = f" AND NOT coalesce(isfinite(TRY_CAST({c} AS DOUBLE)), false)" if looks[name].numbers else ""
        found[name] = data.engine.ask(
            data.table, f"SELECT {c}, count(*) FROM data WHERE {c} IS NOT NULL{mixed} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {SEEN}"
        )
    return found  # type: ignore[return-value]


def _odd_together(data: Dataset, names: list[str], looks: dict[str, Look]) -> dict[str, list[tuple[str, int]]]:
    """The same for very wide tables: one query per batch of columns instead of one per column."""
    few = [name for name in names if looks[name].distinct <= SEEN]
    rest = [name for name in names if looks[name].distinct > SEEN]
    odd = "NOT coalesce(isfinite(TRY_CAST({0} AS DOUBLE)), false)"
    found: dict[str, list[tuple[str, int]]] = {}
    for name, (values,) in zip(few, asked(data, [[f"histogram({quoted(n)}) FILTER ({odd.format(quoted(n))})"] for n in few]), strict=True):
        counts = values if isinstance(values, dict) else {}
        found[name] = sorted(((v, n) for v, n in counts.items() if v is not None), key=lambda pair: (-pair[1], pair[0]))
    ends = asked(data, [[f"min({quoted(n)})", f"max({quoted(n)})"] for n in rest])
    for name, values in zip(rest, ends, strict=True):
        found[name] = [(v, 1) for v in values if v is not None] * (SEEN // 2)  # as long as SEEN: known to be incomplete
    return found


def _blanks(data: Dataset, names: list[str]) -> dict[str, int]:
    """Rows with blanks at an end, of columns with too many values to look at each."""
    wanted = [[f"count(*) FILTER ({Trim(Column(n)).to_sql()} <> {quoted(n)})"] for n in names]
    return {name: answer[0] for name, answer in zip(names, asked(data, wanted), strict=True)}


def counted(data: Dataset, name: str, words: Sequence[str]) -> list[tuple[str, int]]:
    """How many rows hold each of some words, blanks around them and letters' case ignored."""
    c = Trim(Column(name)).to_sql()
    listed = ", ".join(literal(word) for word in words)
    return data.engine.ask(data.table, f"SELECT {c}, count(*) FROM data WHERE lower({c}) IN ({listed}) GROUP BY 1 ORDER BY 1")  # type: ignore[return-value]
