"""DuckDB: in process, out of core, no server. The default engine.

Tables are temporary tables and views of one in-memory connection; what does not fit in memory spills to a temporary folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import duckdb
import numpy as np

from ..core.condition import Condition
from ..core.errors import UnreadableSource
from ..core.expression import Column, Expression, literal, quoted
from ..core.rows import MEDIA, Coded, Packed, Rows, encoded

__all__ = ["DuckDB"]

STORAGES: Final = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE"), "number"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"), "number"),
    **dict.fromkeys(("VARCHAR", "UUID", "ENUM"), "text"),
    **dict.fromkeys(("TIMESTAMP", "DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"), "time"),
    "BLOB": "bytes",
    "DOUBLE[]": "list",
}
NUMBERS: Final = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))\[\d*\]$")  # a sequence of numbers in each cell
PICTURES: Final = ("FFD8FF", "89504E47", "47494638", "424D", "52494646", "49492A00", "4D4D002A", "5035", "5036", "5037")  # how image files begin
WHOLE: Final = {"bytes": "PICTURE", "list": "SEQUENCE"}
LOOKED: Final = 100  # files by which a column of bytes is known to hold pictures
SEQUENCE: Final = 4.0  # numbers in a cell, on average, from which they are a sequence; shorter ones are told as their JSON
NESTED: Final = re.compile(r"\]$|^(STRUCT|MAP|UNION|LIST|ARRAY|VARIANT)\b|^JSON$")
EXACT: Final = 2**53  # whole numbers above it lose digits in a float64, so they stay text
READERS: Final = {"csv": "read_csv", "parquet": "read_parquet", "json": "read_json"}
PLANNED: Final = 100  # expressions in one query that the planner may search for common parts
KEY_DIGITS: Final = 13  # hexadecimal digits of an MD5 that a float64 holds exactly


class DuckDB:
    """One in-process database."""

    name = "duckdb"

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        self._connection.execute("SET preserve_insertion_order = true")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._names = (f"t{i}" for i in count(1))
        self._types: dict[str, dict[str, str]] = {}
        self._storages: dict[str, dict[str, str]] = {}

    def read(self, path: Path, form: str, settings: Mapping[str, Any]) -> str:
        """A table of a file, stored as numbers, text and times only (see `types`).

        Raises UnreadableSource with the reader's first line when the file is not of that form.
        """
        words = "".join(f", {key} = {_setting(value)}" for key, value in settings.items())
        return self._settled(f"{READERS[form]}({literal(str(path))}{words})", path.name)

    def adopt(self, columns: Mapping[str, np.ndarray | Coded] | Any) -> str:
        """A table of arrays, or of any object that offers an Arrow stream (pandas, Polars, PyArrow), stored as `read` stores it."""
        whole: dict[str, str] = {}
        if isinstance(columns, Mapping):
            whole = {name: WHOLE[c.storage] for name, c in columns.items() if isinstance(c, Packed)}
            columns = _arrays(columns)
        try:
            self._connection.register("_adopted", columns)
            self._connection.execute("CREATE OR REPLACE TEMP TABLE _held AS SELECT * FROM _adopted")  # a stream can be read only once
            return self._settled("_held", "the frame", whole)
        except duckdb.Error as error:
            raise UnreadableSource(f"the frame cannot be read: {str(error).splitlines()[0]}") from error
        finally:
            self._connection.execute("DROP TABLE IF EXISTS _held")
            self._connection.unregister("_adopted")

    def types(self, table: str) -> dict[str, str]:
        """{name: type in the source's own words} of a table that was read or adopted; '+inf' follows where infinite numbers became missing."""
        return dict(self._types.get(table, {}))

    def sample(self, table: str, names: Sequence[str], limit: int) -> str:
        """About `limit` rows of the named columns, chosen by the hash of their content: no order of rows changes the choice."""
        wanted = ", ".join(map(quoted, names))
        every = max(1, -(-self.count(table) // limit))
        return self._made(f"SELECT {wanted} FROM {table} WHERE hash({wanted}) % {every} = 0", table)

    def columns(self, table: str) -> dict[str, str]:
        """{name: storage}, storage being 'number', 'text', 'time', 'bytes', 'list' or 'other'."""
        if table not in self._storages:  # tables never change once they are made
            described = self._connection.execute(f"DESCRIBE {table}").fetchall()
            self._storages[table] = {row[0]: _storage(row[1]) for row in described}
        return dict(self._storages[table])

    def select(self, table: str, expressions: Mapping[str, Expression], where: Condition | None = None, *, unique: bool = False) -> str:
        """A table with one column per expression; `unique` leaves out the second and later copies of a row. The order is kept."""
        wanted = ", ".join(f"{e.to_sql()} AS {quoted(name)}" for name, e in expressions.items())
        wide = sum(not isinstance(e, Column) for e in expressions.values()) > PLANNED
        if wide:  # the search for common parts takes time that grows with the square of the expressions
            self._connection.execute("SET disabled_optimizers = 'common_subexpressions'")
        try:
            kept = where.to_sql() if where else "TRUE"
            if unique:
                kept += f" AND rowid IN (SELECT min(rowid) FROM {table} GROUP BY {', '.join(map(quoted, self.columns(table)))})"
            return self._made(f"SELECT {wanted} FROM {table} WHERE {kept}{' ORDER BY rowid' if unique else ''}", table)
        finally:
            if wide:
                self._connection.execute("SET disabled_optimizers = ''")

    def ask(self, table: str, query: str) -> list[tuple[Any, ...]]:
        """The rows of one SQL query in which the table is called `data`."""
        return self._connection.execute(f"WITH data AS (SELECT * FROM {table}) {query}").fetchall()

    def count(self, table: str, where: Condition | None = None) -> int:
        """How many rows (satisfy a condition)."""
        return int(self.ask(table, f"SELECT count(*) FROM data WHERE {where.to_sql() if where else 'TRUE'}")[0][0])

    def distinct(self, table: str, name: str, limit: int) -> list[tuple[Any, int]]:
        """(value, rows) of the most frequent present values."""
        column = quoted(name)
        query = f"SELECT {column}, count(*) FROM data WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}"
        return [(value, int(n)) for value, n in self.ask(table, query)]

    def quantiles(self, table: str, name: str, probabilities: Sequence[float]) -> list[float]:
        """Quantiles of a number's present values, each a value that occurs; empty when none is present."""
        found = self.ask(table, f"SELECT quantile_disc({quoted(name)}, {list(probabilities)}) FROM data WHERE {quoted(name)} IS NOT NULL")[0][0]
        return [float(v) for v in found or []]

    def join(self, left: str, right: str, on: Sequence[tuple[str, str]]) -> str:
        """A left join on pairs of equal columns; columns of the right table that the left one also has get the suffix `_2`."""
        here, there = self.columns(left), self.columns(right)
        keys = " AND ".join(f"l.{quoted(a)} = r.{quoted(b)}" for a, b in on)
        taken = [name for name in there if name not in {b for _, b in on}]
        right_columns = "".join(f", r.{quoted(n)} AS {quoted(n + '_2' if n in here else n)}" for n in taken)
        return self._made(f"SELECT l.*{right_columns} FROM {left} l LEFT JOIN {right} r ON {keys}", left)

    def keyed(self, table: str, names: Sequence[str]) -> str:
        """The table with `_row` and `_key`, in `_key` order; a `_row` already there is kept."""
        has = self.columns(table)
        row = "_row" if "_row" in has else "row_number() OVER ()"
        parts = ", ".join(f"coalesce({_digest(quoted(n), has[n])}, chr(0))" for n in names)
        key = f"('0x' || md5(concat_ws(chr(31), {parts}))[1:{KEY_DIGITS}])::BIGINT::DOUBLE"
        own = ", ".join(quoted(n) for n in has if n not in ("_row", "_key"))
        return self._made(f"SELECT * FROM (SELECT {own}, ({row})::BIGINT AS _row, {key} AS _key FROM {table}) ORDER BY _key, _row", table)

    def attach(self, table: str, columns: Mapping[str, np.ndarray | Coded]) -> str:
        """The table with columns of arrays added (or replaced), in the order of its rows."""
        arrays = _arrays(columns)
        kept = ", ".join(f"a.{quoted(n)}" for n in self.columns(table) if n not in arrays)
        added = ", ".join(f"b.{quoted(n)}" for n in arrays)
        self._connection.register("_attached", arrays)
        try:
            return self._made(f"SELECT {kept}, {added} FROM {table} a POSITIONAL JOIN _attached b", table)
        finally:
            self._connection.unregister("_attached")

    def rows(self, table: str, names: Sequence[str], limit: int | None = None) -> Rows:
        """The named columns in memory, in the order of the table."""
        have = self.columns(table)
        end = "" if limit is None else f" LIMIT {limit}"
        wanted = ", ".join(_fetched(name, have[name]) for name in names)
        fetched = self._connection.execute(f"SELECT {wanted} FROM {table}{end}").fetchnumpy() if names else {}
        n = len(next(iter(fetched.values()))) if fetched else min(self.count(table), self.count(table) if limit is None else limit)
        return Rows({name: _array(fetched[name], have[name]) for name in names}, n)

    def write(self, table: str, path: Path) -> None:
        """The table as one Parquet file."""
        self._connection.execute(f"COPY {table} TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")

    def _settled(self, relation: str, source: str, whole: Mapping[str, str] = MappingProxyType({})) -> str:
        """A table of a relation whose columns are cast to DOUBLE, VARCHAR and TIMESTAMP, or stay whole; whole: {name: type} of those known to."""
        try:
            types = {row[0]: row[1] for row in self._connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
            types = {name: whole.get(name) or self._medium(relation, name, kind) for name, kind in types.items()}
            checks = [_check(name, kind) for name, kind in types.items() if _check(name, kind)]
            found = self._connection.execute(f"SELECT {', '.join(checks)} FROM {relation}").fetchone() if checks else ()
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise UnreadableSource(f"{source} cannot be read: {str(error).splitlines()[0]}") from error
        odd = iter(found or ())
        types = {name: kind + ("+inf" if _check(name, kind) and next(odd) else "") for name, kind in types.items()}
        table = self._made(f"SELECT {', '.join(_cast(name, kind) for name, kind in types.items())} FROM {relation}", source)
        self._types[table] = {name: kind.replace("INT+inf", "INT, too large for a number") for name, kind in types.items()}
        return table

    def _medium(self, relation: str, name: str, kind: str) -> str:
        """The type, or 'PICTURE' and 'SEQUENCE' of a column that stays whole: files that are pictures, sequences of numbers."""
        some = f"SELECT {quoted(name)} AS c FROM {relation} WHERE {quoted(name)} IS NOT NULL LIMIT {LOOKED}"
        if kind == "BLOB":
            begins = " OR ".join(f"starts_with(hex(c), '{mark}')" for mark in PICTURES)
            share = self._connection.execute(f"SELECT avg(({begins})::INT) FROM ({some})").fetchone()
            return "PICTURE" if share and (share[0] or 0.0) >= 0.5 else kind
        if NUMBERS.match(kind):
            size = self._connection.execute(f"SELECT avg(len(c)) FROM ({some})").fetchone()
            return "SEQUENCE" if size and (size[0] or 0.0) >= SEQUENCE else kind
        return kind

    def _made(self, query: str, source: str) -> str:
        name = next(self._names)
        try:
            self._connection.execute(f"CREATE TEMP TABLE {name} AS {query}")
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException, duckdb.BinderException, UnicodeDecodeError) as error:
            raise UnreadableSource(f"{source} cannot be read: {str(error).splitlines()[0]}") from error
        return name


def _arrays(columns: Mapping[str, np.ndarray | Coded]) -> dict[str, np.ndarray]:
    """Plain arrays as the scan can read them: elements side by side, moments in microseconds."""
    plain = {name: c.text() if isinstance(c, Coded) else c.items if isinstance(c, Packed) else np.asarray(c) for name, c in columns.items()}
    return {name: np.ascontiguousarray(x.astype("datetime64[us]") if x.dtype.kind == "M" else x) for name, x in plain.items()}


def _digest(column: str, storage: str) -> str:
    return f"md5({column})" if storage == "bytes" else f"{column}::VARCHAR"


def _setting(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_setting(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k)}: {_setting(v)}" for k, v in value.items()) + "}"
    return literal(value)


def _check(name: str, kind: str) -> str:
    """SQL that is true when a column holds what a float64 cannot: infinities, or whole numbers with more digits; '' needs no check."""
    if kind in ("FLOAT", "DOUBLE"):
        return f"coalesce(bool_or(isinf({quoted(name)})), false)"
    if kind in ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"):
        return f"coalesce(max({quoted(name)}) > {EXACT} OR min({quoted(name)}) < -{EXACT}, false)"
    return ""


def _cast(name: str, kind: str) -> str:
    """SQL that stores a column of any type as a number, text or a time, missing always as NULL."""
    column = quoted(name)
    if kind.partition("+")[0] == "FLOAT":  # by way of text, so that 0.1 stays 0.1
        cast = f"CASE WHEN isfinite({column}) THEN {column}::VARCHAR::DOUBLE END"
    elif kind.partition("+")[0] == "DOUBLE":
        cast = f"CASE WHEN isfinite({column}) THEN {column}::DOUBLE END"
    elif _storage(kind) == "number":
        cast = f"{column}::DOUBLE"
    elif kind == "TIMESTAMP WITH TIME ZONE":
        cast = f"CASE WHEN isfinite({column}) THEN ({column} AT TIME ZONE 'UTC')::TIMESTAMP END"
    elif _storage(kind) == "time":
        cast = f"CASE WHEN isfinite({column}::TIMESTAMP) THEN {column}::TIMESTAMP END"
    elif kind == "PICTURE":
        cast = column
    elif kind == "SEQUENCE":
        cast = f"list_transform({column}::DOUBLE[], lambda v: CASE WHEN isfinite(v) THEN v END)"
    elif kind == "INTERVAL":
        cast = f"epoch({column}) / 86400.0e0"
    elif kind == "BLOB":
        cast = f"coalesce(TRY(decode({column})), {column}::VARCHAR)"
    elif NESTED.search(kind) and kind != "JSON":
        cast = f"CASE WHEN {column} IS NOT NULL THEN to_json({column})::VARCHAR END"
    else:
        cast = f"{column}::VARCHAR"
    return f"{cast} AS {column}"


def _storage(sql_type: str) -> str:
    if sql_type.startswith("DECIMAL"):
        return "number"
    return STORAGES.get("ENUM" if sql_type.startswith("ENUM") else sql_type, "other")


def _fetched(name: str, storage: str) -> str:
    if storage in MEDIA:
        return quoted(name)
    cast = {"number": "DOUBLE", "time": "TIMESTAMP"}.get(storage, "VARCHAR")
    return f"{quoted(name)}::{cast} AS {quoted(name)}"


def _array(fetched: np.ndarray, storage: str) -> np.ndarray | Coded | Packed:
    mask = np.ma.getmaskarray(fetched)
    plain = np.asarray(np.ma.getdata(fetched))
    if storage in MEDIA:
        made = np.empty(len(plain), dtype=object)
        for i in np.flatnonzero(~mask):
            made[i] = bytes(plain[i]) if storage == "bytes" else np.ma.filled(np.ma.asarray(plain[i], dtype=np.float64), np.nan)
        return Packed(made, storage)
    if storage == "number":
        return np.where(mask, np.nan, plain.astype(np.float64))
    if storage == "time":
        return np.where(mask, np.datetime64("NaT"), plain.astype("datetime64[us]"))
    text = plain.astype(object)
    text[mask] = None
    return encoded(text)
