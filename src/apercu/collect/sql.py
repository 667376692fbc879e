"""Databases: SQLite and DuckDB files, and PostgreSQL, each opened for reading only.

    sqlite:///chinook.db/Invoice      duckdb:////data/shop.duckdb/orders      postgresql://reader@db.example/shop/orders
    chinook.db with --table Invoice, or any of them with --query 'SELECT ... FROM ...'

A table or a query streams into a temporary file that the engine reads, so memory stays flat. A password in an address (better: in
PGPASSWORD or ~/.pgpass) is handed to the database and never repeated: not in a message, not in a study. What it does *not* do: write.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import duckdb

from ..core.engine import Engine
from ..core.errors import EmptyTable, UnknownName, UnreadableSource, WordsError
from ..core.expression import literal, quoted
from .files import found, settled
from .loaded import Loaded

__all__ = ["is_address", "read_address", "read_database", "without_password"]

SCHEMES: Final = ("sqlite", "duckdb", "postgresql", "postgres")
NULL: Final = "\\N\x01"  # stands for NULL in the temporary file; no text is ever equal to it by chance
POSTGRES_TYPES: Final = {
    **dict.fromkeys(("int2", "int4"), "INTEGER"), "int8": "BIGINT", "oid": "BIGINT", "bool": "BOOLEAN",
    **dict.fromkeys(("float4", "float8", "numeric"), "DOUBLE"), "date": "DATE", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ",
}  # fmt: skip
POSTGRES_TABLES: Final = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


def is_address(source: str) -> bool:
    """Whether a source is a database's address."""
    return source.partition("://")[0].lower() in SCHEMES and "://" in source


def without_password(address: str) -> str:
    """The address as it may be shown."""
    return re.sub(r"(://[^/:@]*):[^@/]*@", r"\1@", re.sub(r"(?i)([?&]password=)[^&]*", r"\1***", address))


def read_address(address: str, engine: Engine, options: Any, folder: Path) -> Loaded:
    """The table of an address."""
    scheme, _, rest = address.partition("://")
    shown = without_password(address)
    if scheme.lower().startswith("postgres"):
        return _postgres(address, shown, engine, options, folder)
    path, table = _file_and_table(rest)
    loaded = read_database(found(path), shown, engine, options, folder, table=table)
    return Loaded(loaded.table, shown, loaded.notes)


def read_database(path: Path, source: str, engine: Engine, options: Any, folder: Path, *, table: str = "") -> Loaded:
    """The table of a database file. Raises WordsError when it holds several and none is named, UnknownName when it lacks the named one."""
    with path.open("rb") as file:
        sqlite = file.read(16).startswith(b"SQLite format 3")
    read = _sqlite if sqlite else _duckdb
    try:
        return read(path, source, engine, (options.table or table, options.query), folder)
    except (sqlite3.Error, duckdb.Error) as error:
        raise UnreadableSource(f"{source} cannot be read: {str(error).splitlines()[0]}") from error


def _file_and_table(rest: str) -> tuple[Path, str]:
    """The file of an address's path and the table behind it; three slashes are a relative path, four an absolute one."""
    plain = unquote(rest.partition("?")[0])
    said = dict(parse_qsl(rest.partition("?")[2])).get("table", "")
    for text in (plain.removeprefix("/"), plain):
        path = Path(text)
        if path.is_file():
            return path, said
        if path.parent.is_file():
            return path.parent, said or path.name
    path = Path(plain.removeprefix("/"))
    return (path if path.suffix else path.parent), said


def _chosen(tables: list[str], wanted: tuple[str, str], source: str) -> str:
    """The query to run: the user's own, or all of the named (or only) table."""
    name, query = wanted
    if query:
        return query.strip().rstrip(";")
    if name:
        match = next((t for t in tables if t.casefold() == name.casefold()), None)
        if match is None:
            raise UnknownName(f"table in {source}", name, tables)
        return f"SELECT * FROM {'.'.join(map(quoted, match.split('.')))}"
    if not tables:
        raise EmptyTable(f"{source} holds no table.")
    if len(tables) > 1:
        raise WordsError(f"{source} holds {len(tables)} tables; name one with --table ({', '.join(tables[:12])}) or ask with --query.")
    return f"SELECT * FROM {quoted(tables[0])}"


def _sqlite(path: Path, source: str, engine: Engine, wanted: tuple[str, str], folder: Path) -> Loaded:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
    try:
        tables = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")]
        query = _chosen(tables, wanted, source)
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        if not names:
            raise WordsError("--query must be a SELECT that gives columns.")
        numbered = [f"c{i}" for i in range(len(names))]
        # SQLite types values, not columns: a column is a number only if every value of it is
        seen = ", ".join(f"min(CASE WHEN typeof({c}) IN ('integer', 'real', 'null') THEN 1 ELSE 0 END)" for c in numbered)
        numeric = connection.execute(f"WITH q({', '.join(numbered)}) AS ({query}) SELECT {seen} FROM q").fetchone()
        some = connection.execute(f"WITH q({', '.join(numbered)}) AS ({query}) SELECT {', '.join(f'count({c})' for c in numbered)} FROM q").fetchone()
        types = ["DOUBLE" if number and n else "VARCHAR" for number, n in zip(numeric, some, strict=True)]
        return _streamed(cursor, names, types, source, (engine, folder))
    finally:
        connection.close()


def _streamed(rows: Iterable[tuple[Any, ...]], names: list[str], types: list[str], source: str, into: tuple[Engine, Path]) -> Loaded:
    engine, folder = into
    out = folder / "rows.csv"
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([NULL if v is None else v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in row] for row in rows)
    return _typed(out, names, types, source, engine)


def _typed(path: Path, names: list[str], types: list[str], source: str, engine: Engine) -> Loaded:
    """A temporary file of typed columns as a table."""
    columns = {f"{i}:{name}": kind for i, (name, kind) in enumerate(zip(names, types, strict=True))}
    layout = {"auto_detect": False, "columns": columns, "delim": ",", "quote": '"', "escape": '"', "header": False, "nullstr": NULL}
    table = engine.read(path, "csv", layout)
    if not engine.count(table):
        raise EmptyTable(f"{source} gives {len(names)} columns but no rows.")
    return settled(table, source, engine, names)


def _duckdb(path: Path, source: str, engine: Engine, wanted: tuple[str, str], folder: Path) -> Loaded:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        ).fetchall()
        query = _chosen([name if schema == "main" else f"{schema}.{name}" for schema, name in rows], wanted, source)
        out = folder / "rows.parquet"
        connection.execute(f"COPY ({query}) TO {literal(str(out))} (FORMAT parquet)")
    loaded = settled(engine.read(out, "parquet", {}), source, engine)
    if not engine.count(loaded.table):
        raise EmptyTable(f"{source} gives {len(engine.columns(loaded.table))} columns but no rows.")
    return loaded


def _postgres(address: str, shown: str, engine: Engine, options: Any, folder: Path) -> Loaded:
    try:
        import psycopg
    except ImportError as error:
        raise WordsError("reading PostgreSQL needs psycopg; install it with: pip install 'apercu[postgres]'.") from error
    info, table = _postgres_parts(address)
    try:
        with psycopg.connect(info, connect_timeout=10) as connection:
            connection.read_only = True
            tables = [name if schema == "public" else f"{schema}.{name}" for schema, name in connection.execute(POSTGRES_TABLES)]
            query = _chosen(tables, (options.table or table, options.query), shown)
            described = connection.execute(f"SELECT * FROM ({query}) AS q LIMIT 0").description or []  # type: ignore[arg-type]
            known = {c.type_code: connection.adapters.types.get(c.type_code) for c in described}
            types = [POSTGRES_TYPES.get(t.name if (t := known[c.type_code]) else "", "VARCHAR") for c in described]
            out = folder / "rows.csv"
            command = f"COPY ({query}) TO STDOUT (FORMAT csv, NULL '{NULL}')"
            with out.open("wb") as file, connection.cursor().copy(command) as copy:  # type: ignore[arg-type]
                for piece in copy:
                    file.write(piece)
        return _typed(out, [c.name for c in described], types, shown, engine)
    except psycopg.Error as error:
        first = without_password((str(error).splitlines() or ["no answer"])[0])
        raise UnreadableSource(f"{shown} cannot be read: {first}") from error


def _postgres_parts(address: str) -> tuple[str, str]:
    """(the address that the driver understands, the table): the second part of the path or `?table=` names the table."""
    parts = urlsplit(address)
    database, _, table = parts.path.lstrip("/").partition("/")
    words = dict(parse_qsl(parts.query))
    table = words.pop("table", "") or unquote(table)
    return urlunsplit(("postgresql", parts.netloc, f"/{database}", urlencode(words), "")), table
