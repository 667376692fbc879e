"""Several tables become one, and every decision is said."""

from __future__ import annotations

import pytest

from apercu import collect
from apercu.core.errors import UnknownName, WordsError
from apercu.engine.duckdb import DuckDB

ORDERS = "order_id,Customer_ID,amount,name\n1,c1,10,x\n2,c2,20,y\n3,c1,30,z\n4,c9,5,w\n"
CUSTOMERS = "customer_id,city,name\nc1,Oslo,Anna\nc2,Bergen,Bo\nc3,Oslo,Cy\n"


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    return [tmp_path / "orders.csv", tmp_path / "customers.csv"]


def read(source, **options):
    data, notes = collect.run(source, DuckDB(), collect.Options(**options))
    return data, data.engine.ask(data.table, "SELECT * FROM data ORDER BY 1"), notes


def test_a_key_is_detected_and_no_row_is_lost(paths):
    data, rows, notes = read(paths)
    assert data.schema.names == ("order_id", "Customer_ID", "amount", "name", "city", "name_2")
    assert rows[0] == ("1", "c1", "10", "x", "Oslo", "Anna") and rows[3] == ("4", "c9", "5", "w", None, None)
    assert "detected" in notes[-1].say() and notes[-1].rows == 3 and "自动识别" in notes[-1].say("zh")


def test_a_key_is_named(paths):
    assert read(paths, on=("Customer_ID=customer_id",))[1] == read(paths)[1]
    with pytest.raises(UnknownName, match="did you mean 'customer_id'"):
        read(paths, on=("Customer_ID=customer_i",))


def test_a_right_table_that_would_multiply_rows_is_refused(paths):
    with pytest.raises(WordsError, match=r"repeats in orders.csv"):
        read(paths[::-1], on=("customer_id=Customer_ID",))


def test_tables_that_share_no_key(paths, tmp_path):
    (tmp_path / "other.csv").write_text("u,v\n1,2\n3,4\n")
    with pytest.raises(WordsError, match="no key joins"):
        read([paths[0], tmp_path / "other.csv"])


def test_a_number_meets_text(paths):
    _, rows, _ = read([paths[0], {"order_id": [1, 2, 3, 4], "late": [0, 1, 0, 1]}], on=("order_id",))
    assert [row[-1] for row in rows] == [0.0, 1.0, 0.0, 1.0]


def test_a_key_of_two_columns(tmp_path):
    (tmp_path / "a.csv").write_text("day,shop,sold\n1,x,5\n1,y,6\n2,x,7\n2,y,8\n")
    (tmp_path / "b.csv").write_text("day,shop,rain\n1,x,0\n1,y,1\n2,x,1\n2,y,0\n")
    _, rows, notes = read([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [row[-1] for row in rows] == ["0", "1", "1", "0"] and "day and shop" in notes[-1].say()


def test_a_folder_is_its_tables(paths, tmp_path):
    (tmp_path / "readme.txt").write_text("about these tables")
    assert read(tmp_path)[0].n in (3, 4)


def test_a_column_that_points_to_the_other_table_by_name(tmp_path):
    (tmp_path / "orders.csv").write_text("id,client_id,amount\n1,3,10\n2,1,20\n3,3,30\n")
    (tmp_path / "clients.csv").write_text("id,city\n1,Oslo\n2,Bergen\n3,Moss\n4,Voss\n")
    _, rows, notes = read([tmp_path / "orders.csv", tmp_path / "clients.csv"], on=("client_id=id",))
    assert [row[-1] for row in rows] == ["Moss", "Oslo", "Moss"] and "client_id = id" in notes[-1].say()


def test_a_name_that_the_other_table_lists(tmp_path):
    (tmp_path / "tickets.csv").write_text("ticket,handled_by,hours\n1,Ann Lee,10\n2,Bo Ek,20\n3,Ann Lee,30\n")
    (tmp_path / "people.csv").write_text(
        "name,mail,team,since\nAnn Lee,ann@x.org,A,2020-01-01\nBo Ek,bo@x.org,B,2021-01-01\nCy Orr,cy@x.org,B,2022-01-01\n"
    )
    data, rows, notes = read([tmp_path / "tickets.csv", tmp_path / "people.csv"])
    assert data.schema.names == ("ticket", "handled_by", "hours", "team", "since"), "a mail names the person again"
    assert [row[-2] for row in rows] == ["A", "B", "A"]
    assert "handled_by = name" in notes[-1].say() and "left out mail" in notes[-1].say() and "略去 mail" in notes[-1].say("zh")
