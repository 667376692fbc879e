"""Databases are read, never written, and a password is never repeated."""

from __future__ import annotations

import os
import sqlite3

import duckdb
import pytest

from apercu import collect
from apercu.collect.sql import _postgres_parts, without_password
from apercu.core.errors import UnknownName, UnreadableSource, WordsError
from apercu.engine.duckdb import DuckDB


def read(source, **options):
    data, _ = collect.run(source, DuckDB(), collect.Options(**options))
    return data, data.engine.ask(data.table, "SELECT * FROM data")


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, note TEXT, price REAL, mixed)")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", [(1, 'a "quoted", note', 2.5, 1), (2, "", None, "x"), (3, None, 4.0, None)])
        connection.execute('CREATE TABLE "odd ""name" (a)')
    connection.close()
    return path


ORDERS = [(1.0, 'a "quoted", note', 2.5, "1"), (2.0, "", None, "x"), (3.0, None, 4.0, None)]


def test_sqlite(database, monkeypatch):
    assert read(database, table="orders")[1] == ORDERS
    assert read(f"sqlite:///{database}/orders")[1] == ORDERS
    monkeypatch.chdir(database.parent)
    assert read("sqlite:///shop.db/orders")[1] == ORDERS
    assert read("shop.db", query="SELECT id AS a, id * 2 AS a FROM orders WHERE id > 1;")[1] == [(2.0, 4.0), (3.0, 6.0)]
    assert read("shop.db", query="SELECT id AS a, id AS a FROM orders")[0].schema.names == ("a", "a_2")


def test_words_about_tables(database):
    with pytest.raises(WordsError, match="2 tables; name one with --table"):
        read(database)
    with pytest.raises(UnknownName, match="did you mean 'orders'"):
        read(database, table="order")
    with pytest.raises(UnreadableSource, match="no such column"):
        read(database, query="SELECT nowhere FROM orders")


def test_nothing_can_be_written(database):
    before = database.read_bytes()
    for query in ("DROP TABLE orders", "DELETE FROM orders", "INSERT INTO orders VALUES (9, '', 1, 1)"):
        with pytest.raises((UnreadableSource, WordsError)):
            read(database, query=query)
    assert database.read_bytes() == before


def test_duckdb(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 1 AS id, DATE '2024-01-05' AS day, true AS paid")
    data, rows = read(f"duckdb:///{path}/orders")
    assert [c.storage for c in data.schema] == ["number", "time", "text"] and rows[0][2] == "true"
    assert read(path)[1] == rows
    with pytest.raises(UnreadableSource):
        read(path, query="DROP TABLE orders")


def test_passwords_are_not_repeated():
    assert without_password("postgresql://me:secret@host:5432/db/t") == "postgresql://me@host:5432/db/t"
    assert "secret" not in without_password("postgresql://host/db?user=me&password=secret&table=t")
    assert _postgres_parts("postgresql://me:x@host/db/sales.orders?sslmode=require") == ("postgresql://me:x@host/db?sslmode=require", "sales.orders")
    assert _postgres_parts("postgres://host/db?table=orders") == ("postgresql://host/db", "orders")
    with pytest.raises(UnreadableSource) as raised:
        read("postgresql://me:secret@127.0.0.1:9/db/t")
    assert "secret" not in str(raised.value) and len(str(raised.value).splitlines()) == 1


def test_postgresql():
    address = os.environ.get("APERCU_TEST_POSTGRES")
    if not address:
        pytest.skip("no PostgreSQL server: set APERCU_TEST_POSTGRES=postgresql://user@host/database")
    import psycopg

    with psycopg.connect(address) as connection:
        connection.execute("DROP TABLE IF EXISTS apercu_orders")
        connection.execute("CREATE TABLE apercu_orders (id int8, price numeric, ok boolean, at timestamptz, day date, note text, tags jsonb)")
        connection.execute(
            "INSERT INTO apercu_orders VALUES (1, 2.5, true, '2024-01-05 10:00+02', '2024-01-05', 'a, \"b\"\nc', '[1]'),"
            " (2, NULL, NULL, NULL, NULL, '', NULL)"
        )
    try:
        for source, options in (
            (f"{address}/apercu_orders", {}),
            (address, {"query": "SELECT * FROM apercu_orders;"}),
            (address, {"table": "apercu_orders"}),
        ):
            data, rows = read(source, **options)
            assert [c.storage for c in data.schema] == ["number", "number", "text", "time", "time", "text", "text"]
            assert rows[0][:3] == (1.0, 2.5, "true") and rows[0][3].hour == 8 and rows[0][5] == 'a, "b"\nc' and rows[1][1] is None
        with pytest.raises(UnreadableSource, match="read-only"):
            read(address, query="SELECT * FROM apercu_orders FOR UPDATE")
        with pytest.raises(UnknownName, match="did you mean 'apercu_orders'"):
            read(f"{address}/apercu_order")
    finally:
        with psycopg.connect(address) as connection:
            connection.execute("DROP TABLE apercu_orders")


def test_chinook(shared_data):
    data, _ = read(shared_data / "sql/chinook/Chinook_Sqlite.sqlite", table="Invoice")
    assert data.n == 412 and data.schema.column("Total").storage == "number"
