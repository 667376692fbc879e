"""Joins: several tables become one. The first is kept row for row; each later one adds columns where its key is equal.

    run([orders, customers], engine, Options(on=("customer_id",)))
    run([orders, customers], engine, Options(on=("customer=id",)))      # left name = right name

Keys that are not named are looked for: columns of equal name (letters' case ignored) whose values are unique on the right and found there
for at least half of the left's rows; the one found most often wins, alone before in pairs. A right table that repeats its key would
multiply rows, so it is refused. Every decision is a note. What it does *not* do: aggregate the right table.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

from ..core.engine import Engine
from ..core.errors import UnknownName, WordsError
from ..core.expression import Column, Expression, Text, quoted
from .loaded import Loaded, told

__all__ = ["joined"]

Keys = tuple[tuple[str, str], ...]
OVERLAP: Final = 0.5  # of the left's rows that must find their key, for it to be chosen without being named
WIDEST: Final = 3  # columns of a key that is looked for


def joined(left: Loaded, right: Loaded, engine: Engine, on: tuple[str, ...]) -> Loaded:
    """The left table with the columns of the right one. Raises UnknownName and WordsError."""
    keys = _named(left, right, engine, on) if on else _detected(left, right, engine)
    right_table = engine.select(right.table, _apart(left, right, engine, keys))
    left_table = _alike(left.table, right_table, engine, keys)
    found = _overlap(left_table, right_table, engine, keys)
    before = engine.count(left.table)
    table = engine.join(left_table, right_table, keys)
    words = " and ".join(a if a == b else f"{a} = {b}" for a, b in keys)
    added = len(engine.columns(table)) - len(engine.columns(left.table))
    how = ("named", "指定") if on else ("detected", "自动识别")
    en = f"joined {right.source} on {words} ({how[0]}): {found:,} of {before:,} rows found their key, "
    en += f"{added} {'column' if added == 1 else 'columns'} added"
    zh = f"按 {words}（{how[1]}）连接 {right.source}：{before:,} 行中有 {found:,} 行匹配，增加 {added} 列"
    return Loaded(table, f"{left.source} + {right.source}", (*left.notes, *right.notes, told(keys[0][0], en, zh, rows=found)))


def _named(left: Loaded, right: Loaded, engine: Engine, on: tuple[str, ...]) -> Keys:
    pairs = []
    for word in on:
        a, _, b = word.partition("=")
        a, b = a.strip(), b.strip() or a.strip()
        for name, side in ((a, left), (b, right)):
            if name not in engine.columns(side.table):
                raise UnknownName("column", name, engine.columns(side.table))
        pairs.append((a, b))
    rows, keys = _uniqueness(right.table, engine, tuple(b for _, b in pairs))
    if keys < rows:
        shown = ", ".join(b for _, b in pairs)
        raise WordsError(
            f"the key {shown} repeats in {right.source} ({keys:,} values in {rows:,} rows), which would multiply the rows of {left.source}; "
            f"name the table with one row per key last, or add a column to --on."
        )
    return tuple(pairs)


def _detected(left: Loaded, right: Loaded, engine: Engine) -> Keys:
    there = {name.casefold(): name for name in engine.columns(right.table)}
    shared = [(name, there[name.casefold()]) for name in engine.columns(left.table) if name.casefold() in there]
    rows = engine.count(left.table)
    for width in range(1, min(WIDEST, len(shared)) + 1):
        fit = []
        for keys in combinations(shared[:12], width):
            distinct = _uniqueness(right.table, engine, tuple(b for _, b in keys))
            if distinct[0] == distinct[1] > 1:
                hits = _overlap(_alike(left.table, right.table, engine, keys), right.table, engine, keys)
                fit += [(hits, keys)] if hits >= OVERLAP * rows else []
        if fit:
            return max(fit, key=lambda found: found[0])[1]
    names = ", ".join(a for a, _ in shared[:5])
    why = f"; they share {names}, but no value of it names one row of {right.source}" if shared else " of equal name"
    raise WordsError(f"no key joins {left.source} and {right.source}{why}. Name it with --on left_column=right_column.")


def _uniqueness(table: str, engine: Engine, names: tuple[str, ...]) -> tuple[int, int]:
    """(rows that have a key, distinct keys)."""
    present = " AND ".join(f"{quoted(n)} IS NOT NULL" for n in names)
    columns = ", ".join(map(quoted, names))
    inner = f"SELECT count(*) AS k FROM data WHERE {present} GROUP BY {columns}"
    rows, keys = engine.ask(table, f"SELECT coalesce(sum(k), 0), count(*) FROM ({inner}) AS q")[0]
    return int(rows), int(keys)


def _overlap(left: str, right: str, engine: Engine, keys: Keys) -> int:
    """Rows of the left table whose key stands in the right one."""
    marked = engine.join(left, engine.select(right, {**{b: Column(b) for _, b in keys}, "_found": Column(keys[0][1])}), keys)
    return int(engine.ask(marked, "SELECT count(_found) FROM data")[0][0])


def _alike(left: str, right: str, engine: Engine, keys: Keys) -> str:
    """The left table with each key stored as the right one stores it: a number that meets text becomes text."""
    here, there = engine.columns(left), engine.columns(right)
    changed = {a: Text(Column(a)) for a, b in keys if here[a] == "number" and there[b] == "text"}
    if not changed:
        return left
    kept: dict[str, Expression] = {name: Column(name) for name in here}
    return engine.select(left, {**kept, **changed})


def _apart(left: Loaded, right: Loaded, engine: Engine, keys: Keys) -> dict[str, Expression]:
    """The right table's columns under names that the left one does not have; a number that meets a text key becomes text."""
    here, there = engine.columns(left.table), engine.columns(right.table)
    key_of = {b: a for a, b in keys}
    taken = {name.casefold() for name in here}
    wanted: dict[str, Expression] = {}
    for name, storage in there.items():
        if name in key_of:
            meets_text = storage == "number" and here[key_of[name]] == "text"
            wanted[name] = Text(Column(name)) if meets_text else Column(name)
            continue
        unique, k = name, 2
        while unique.casefold() in taken:
            unique, k = f"{name}_{k}", k + 1
        taken.add(unique.casefold())
        wanted[unique] = Column(name)
    return wanted
