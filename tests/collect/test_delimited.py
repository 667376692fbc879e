"""The layout of delimited text is told from the text, and no row is ever dropped."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu import collect
from apercu.collect import Options
from apercu.collect.delimited import layout_of
from apercu.core.errors import WordsError
from apercu.engine.duckdb import DuckDB


def read(tmp_path, text, **options):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    data, notes = collect.run(path, DuckDB(), Options(**options))
    return data, data.engine.ask(data.table, "SELECT * FROM data"), [note.say("en") for note in notes]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ", "])
def test_any_delimiter(tmp_path, delimiter):
    lines = [["name", "text", "n"], ["a", "x y", "1"], ["b", "y; z" if delimiter != ";" else "yz", "2"], ["c", "w", "3"]]
    data, rows, _ = read(tmp_path, "\n".join(delimiter.join(line) for line in lines))
    assert data.schema.names == ("name", "text", "n") and [list(r) for r in rows] == lines[1:]


def test_decimal_commas_do_not_pass_for_delimiters(tmp_path):
    data, rows, _ = read(tmp_path, "x;y\n1,5;2,5\n3,5;4,25\n")
    assert data.schema.names == ("x", "y") and rows == [("1,5", "2,5"), ("3,5", "4,25")]


def test_runs_of_blanks(tmp_path):
    _, rows, _ = read(tmp_path, " 00004 0001  19970101   29.33  \n 00004 0001  19970118   29.73\n 00021 0002  19970101 14.96\n")
    assert rows == [("00004", "0001", "19970101", "29.33"), ("00004", "0001", "19970118", "29.73"), ("00021", "0002", "19970101", "14.96")]


def test_prose_is_one_column(tmp_path):
    text = "text\n" + "".join(f"This is sentence {i}, which has, now and then, a comma{', or two' * (i % 3)}.\n" for i in range(20))
    data, rows, _ = read(tmp_path, text)
    assert len(data.schema.names) == 1 and len(rows) == 20


def test_quoted_newlines_and_quotes(tmp_path):
    _, rows, _ = read(tmp_path, 'id,note\r\n1,"two\nlines, ""quoted"""\r\n2,plain\r\n')
    assert rows == [("1", 'two\nlines, "quoted"'), ("2", "plain")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, end):
    assert read(tmp_path, end.join(["a,b", "1,2", "3,4"]))[1] == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize(
    "text, header",
    [
        ("a,b\n1,2\n3,4\n", True),
        ("1,2\n3,4\n", False),
        ("city,kind\nOslo,big\nBergen,small\n", True),
        ("x,y\nx,z\ny,z\n", False),
        ("country,2019,2020\nNorway,5,6\nSweden,7,8\n", True),
        (",a,b\n0,5,6\n1,7,8\n", True),
        ("39, Private, 77516\n50, Self, 83311\n", False),
        ("姓名,年龄\n张三,30\n李四,41\n", True),
    ],
)
def test_whether_the_first_line_is_a_header(text, header):
    assert layout_of((text, True), "t.csv", Options()).header is header


def test_a_file_without_header_gets_numbered_names_and_says_so(tmp_path):
    data, _, notes = read(tmp_path, "1,a\n2,b\n3,a\n")
    assert data.schema.names == ("column_1", "column_2") and "no header" in notes[0]
    assert read(tmp_path, "1,a\n2,b\n", names=("n,letter",))[0].schema.names == ("n", "letter")
    assert read(tmp_path, "1,a\n2,b\n", names=("n", "letter"))[0].schema.names == ("n", "letter")
    assert read(tmp_path, "1,a\n2,b\n", header="yes")[0].schema.names == ("1", "a")
    assert read(tmp_path, "a,b\n1,2\n", header="no")[1] == [("a", "b"), ("1", "2")]
    with pytest.raises(WordsError, match=r"3 names, but t.csv has 2"):
        read(tmp_path, "1,a\n2,b\n", names=("x", "y", "z"))


def test_names_are_made_unique_and_bare(tmp_path):
    data, _, notes = read(tmp_path, "\ufeffage, Age ,,b  ,_row\n1,2,3,4,5\n1,2,3,4,5\n")
    assert data.schema.names == ("age", "Age_2", "column_3", "b", "_row_2")
    assert any("taken" in note for note in notes) and any("blanks around the names" in note for note in notes)


def test_lines_of_other_lengths_are_padded_and_counted(tmp_path):
    data, rows, notes = read(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8\n9,10,11\n1,1,1\n1,2,3,4\n" + "7,7,7\n" * 10)
    assert data.schema.names == ("a", "b", "c", "column_4") and len(rows) == 16
    assert rows[1] == ("4", "5", None, None) and rows[5] == ("1", "2", "3", "4")
    assert any("2 lines" in note for note in notes)


def test_names_of_rows_as_r_writes_them(tmp_path):
    data, rows, _ = read(tmp_path, '"x","y"\n"r1",1,2\n"r2",3,4\n')
    assert data.schema.names == ("column_1", "x", "y") and rows[0] == ("r1", "1", "2")


def test_lines_before_the_table_are_passed_over(tmp_path):
    data, rows, notes = read(tmp_path, "Sales report\n\na,b,c\n1,2,3\n4,5,6\n")
    assert data.schema.names == ("a", "b", "c") and len(rows) == 2 and "Sales report" in notes[0]


def test_blanks_stay_for_clean_to_mend(tmp_path):
    assert read(tmp_path, "a,b\n ,x\n1, y\n,z\n")[1] == [(" ", "x"), ("1", " y"), (None, "z")]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=2, max_size=6))
def test_what_the_csv_module_writes_comes_back(tmp_path_factory, table):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["first", "second", "third"], *table])
    _, rows, _ = read(tmp_path_factory.mktemp("csv"), out.getvalue(), header="yes", delimiter=",", encoding="utf-8")
    assert [[cell or "" for cell in row] for row in rows] == table
