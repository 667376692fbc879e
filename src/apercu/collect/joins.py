"""Joins: several tables become one. The first is kept row for row; each later one adds columns where its key is equal.

    run([orders, customers], engine, Options(on=("customer_id",)))
    run([orders, customers], engine, Options(on=("customer=id",)))      # left name = right name

Keys that are not named are looked for: columns of equal name (letters' case ignored) whose values are unique on the right and found there
for at least half of the left's rows; the one found most often wins, alone before in pairs. Where no name is shared, a column that points to the
other table by its name (customer_id to the id of customers.csv), or a text whose values are those of a unique text there (assigned_to to name).
A right table that repeats its key would
multiply rows, so it is refused. Every decision is a note. What it does *not* do: aggregate the right table.
"""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import PurePath
from typing import Final

from ..core.engine import Engine
from ..core.errors import UnknownName, WordsError
from ..core.expression import Column, Expression, Text, quoted
from .loaded import Loaded, told

__all__ = ["joined"]

Keys = tuple[tuple[str, str], ...]
OVERLAP: Final = 0.5  # of the left's rows that must find their key, for it to be chosen without being named
UNIQUE: Final = 6  # columns of the right table, unique there, that a column of another name may point to
PAIRS: Final = 120  # pairs of columns of different names that are tried
WIDEST: Final = 3  # columns of a key that is looked for


def joined(left: Loaded, right: Loaded, engine: Engine, on: tuple[str, ...]) -> Loaded:
    """The left table with the columns of the right one. Raises UnknownName and WordsError."""
    keys = _named(left, right, engine, on) if on else _detected(left, right, engine)
    again = _again(right, engine, keys)
    right_table = engine.select(right.table, {name: of for name, of in _apart(left, right, engine, keys).items() if of.columns()[0] not in again})
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
    if again:
        en += f"; left out {', '.join(again)}, which name each row again, as {keys[0][1]} does"
        zh += f"；略去 {'、'.join(again)}，它们与 {keys[0][1]} 一样只是再次标识每一行"
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
    if pointing := _pointing(left, right, engine, rows):
        return pointing
    names = ", ".join(a for a, _ in shared[:5])
    why = f"; they share {names}, but no value of it names one row of {right.source}" if shared else " of equal name"
    raise WordsError(f"no key joins {left.source} and {right.source}{why}. Name it with --on left_column=right_column.")


def _pointing(left: Loaded, right: Loaded, engine: Engine, rows: int) -> Keys:
    """The key of two different names that is found most often; () where none is. Numbers must point by name, for counts from 1 meet everywhere."""
    here, there = engine.columns(left.table), engine.columns(right.table)
    unique = [name for name in there if (held := _uniqueness(right.table, engine, (name,)))[0] == held[1] > 1][:UNIQUE]
    named = {name for name in unique if _wordy(right.table, engine, name)}
    pairs = [(a, b) for b in unique for a in here if _names_it(a, b, right.source) or (b in named and here[a] == "text")]
    fit: list[tuple[tuple[bool, int], Keys]] = []
    for a, b in pairs[:PAIRS]:
        keys = ((a, b),)
        hits = _overlap(_alike(left.table, right.table, engine, keys), right.table, engine, keys)
        if hits >= OVERLAP * rows and _uniqueness(left.table, engine, (a,))[1] > 1:
            fit.append(((_names_it(a, b, right.source), hits), keys))
    return max(fit, key=lambda found: found[0])[1] if fit else ()


def _again(right: Loaded, engine: Engine, keys: Keys) -> tuple[str, ...]:
    """Words of the right table, other than its key, that no two of its rows share: where the key is a name itself, they say what it says."""
    here, key = keys[0]
    if len(keys) > 1 or here.casefold() == key.casefold() or not _wordy(right.table, engine, key):
        return ()
    others = [name for name in engine.columns(right.table) if name != key and _wordy(right.table, engine, name)]
    return tuple(name for name in others if (held := _uniqueness(right.table, engine, (name,)))[0] == held[1] > 1)


def _wordy(table: str, engine: Engine, name: str) -> bool:
    """Whether a column holds words, rather than numbers or moments that are still to be read."""
    if engine.columns(table)[name] != "text":
        return False
    plain = f"TRY_CAST({quoted(name)} AS DOUBLE) IS NULL AND TRY_CAST({quoted(name)} AS TIMESTAMP) IS NULL"
    words, present = engine.ask(table, f"SELECT count(*) FILTER (WHERE {plain}), count(*) FROM data WHERE {quoted(name)} IS NOT NULL")[0]
    return int(words) > int(present) / 2


def _names_it(a: str, b: str, source: str) -> bool:
    """Whether a column's name is that of the other table, or of one of its rows, before its key: customer_id, customers.id."""
    stem = PurePath(source).name.partition(".")[0].casefold()
    one = stem.removesuffix("s")
    return re.sub(r"\W|_", "", a.casefold()) in {re.sub(r"\W|_", "", f"{name}{b.casefold()}") for name in (stem, one)}


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
