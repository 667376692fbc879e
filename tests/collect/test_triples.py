"""Facts are read with their lines, what is no fact is counted and shown, and a file of facts is told from a table."""

from __future__ import annotations

import gzip

import pytest

from apercu.collect.triples import is_triples, read_graph, read_triples, tabled
from apercu.core.errors import EmptyTable, UnreadableSource
from apercu.core.graph import Graph, Triple
from apercu.engine.duckdb import DuckDB

CHAIN = "".join(f"e{i}\tnext\te{i + 1}\n" for i in range(50))


def written(tmp_path, text: str, name: str = "facts.tsv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_forms(tmp_path):
    graph = read_triples(written(tmp_path, "head\trelation\ttail\tweight\nAcme\tsubsidiary\tBolt\t0.5\n北京\t位于\t中国\t\n"))
    assert tuple(graph.triples) == (Triple("Acme", "subsidiary", "Bolt", "facts.tsv", 0.5, 2), Triple("北京", "位于", "中国", "facts.tsv", 1.0, 3))
    (tmp_path / "facts.csv.gz").write_bytes(gzip.compress(b'"a, b",likes,c\nd,likes,e\n'))
    assert read_triples(tmp_path / "facts.csv.gz").entities == ("a, b", "c", "d", "e")


@pytest.mark.parametrize(
    "text, facts",
    [
        ("a\tr\tb\r\nc\tr\td\r\n", [("a", "r", "b", 1), ("c", "r", "d", 2)]),
        ("a,r,b\n\n\nc,r,d", [("a", "r", "b", 1), ("c", "r", "d", 4)]),
        (" a , r , b \nc,r,d\n", [("a", "r", "b", 1), ("c", "r", "d", 2)]),
        ("a r b\nc r d\n", [("a", "r", "b", 1), ("c", "r", "d", 2)]),
        ("a|r|b|0.5\n", [("a", "r", "b", 1)]),
        ('"x, ""y""",r,b\n"c",r,d\n', [('x, "y"', "r", "b", 1), ("c", "r", "d", 2)]),
        ('5" pipe\tr\tb\n', [('5" pipe', "r", "b", 1)]),
        ("\ufeffa;r;b\n", [("a", "r", "b", 1)]),
        ("relation,tail,head,since\nr,b,a,1999\n", [("a", "r", "b", 2)]),
        ("s\tp\to\na\tr\tb\n", [("a", "r", "b", 2)]),
        ("头实体,关系,尾实体,置信度\n甲,认识,乙,0.9\n", [("甲", "认识", "乙", 2)]),
        ("NULL\tnan\tNA\n", [("NULL", "nan", "NA", 1)]),
    ],
)
def test_what_stands_between_fields_and_before_them(tmp_path, text, facts):
    graph, notes = read_graph(written(tmp_path, text))
    assert [(*t[:3], t.place) for t in graph.triples] == facts
    assert notes == []


def test_other_encodings(tmp_path):
    path = tmp_path / "facts.csv"
    path.write_bytes("".join(f"北京市,位于,中国\n上海市{i},位于,中国\n" for i in range(20)).encode("gb18030"))
    assert read_triples(path).entities[:2] == ("北京市", "中国")


@pytest.mark.parametrize("text, error, words", [("", EmptyTable, "empty"), ("\n\n", EmptyTable, "no fact"), ("a,b\n", UnreadableSource, "line 1")])
def test_files_without_a_fact(tmp_path, text, error, words):
    with pytest.raises(error, match=words):
        read_triples(written(tmp_path, text, "facts.csv"))


def test_lines_that_are_no_fact_are_counted_and_shown(tmp_path):
    text = "a,r,b\na,r\nc,r,d,2\n,r,x\ne,r,f,0.5\ng,r,h,much\na,r,b,1,2\n"
    graph, notes = read_graph(written(tmp_path, text, "facts.csv"))
    assert [(*t[:3], t.weight, t.place) for t in graph.triples] == [("a", "r", "b", 1.0, 1), ("e", "r", "f", 0.5, 5)]
    assert notes[0].rows == 5
    assert notes[0].say() == (
        "5 lines of facts.csv are no head, relation, tail and weight from 0 to 1, and left out (line 2: a,r; line 3: c,r,d,2; line 4: ,r,x …)"
    )
    assert "第 2 行：a,r" in notes[0].say("zh")
    assert read_graph(written(tmp_path, CHAIN + "odd\n"))[1][0].say().startswith("1 line of facts.tsv is no head")


@pytest.mark.parametrize(
    "text, name, facts",
    [
        (CHAIN, "facts.tsv", True),
        (CHAIN, "facts.txt", True),
        ("head,relation,tail\n1,2,3\n4,2,1\n", "facts.csv", True),
        (CHAIN.replace("\t", ","), "facts.csv", True),
        ("a,r,b,0.5\nb,r,c\nc,r,d,1\n", "facts.csv", True),
        ("name,city,state\nann,oslo,x\nbo,rome,y\n" * 5, "people.csv", False),
        ("\n".join(f"{i},7,{i + 1}" for i in range(50)), "numbers.csv", False),
        ("\n".join(f"p{i}\tlabel{i % 2}\tthis is a long text about the number {i}" for i in range(50)), "texts.tsv", False),
        ("a\tr\tb\n", "one.tsv", False),
        (CHAIN, "facts.json", False),
    ],
)
def test_facts_are_told_from_tables(tmp_path, text, name, facts):
    assert is_triples(written(tmp_path, text, name)) == facts


def test_no_file_is_no_file_of_facts(tmp_path):
    assert not any(map(is_triples, (tmp_path, tmp_path / "none.tsv", "postgresql://me@host/shop", None, ["a.tsv"])))


def test_tables_on_this_disk_are_tables(shared_data):
    for path in sorted((shared_data / "tabular").rglob("*.csv"))[:30]:
        assert not is_triples(path), path


def test_facts_as_a_table():
    data = tabled(Graph.of([Triple("a", "r", "b", weight=0.9), Triple("b", "r", "a")]), "facts.tsv", DuckDB())
    rows = data.rows()
    assert (data.n, rows["head"].tolist(), rows["weight"].tolist()) == (2, ["a", "b"], [0.9, 1.0])


def test_real_facts(shared_data):
    assert len(read_triples(shared_data / "kg/nations/train.txt")) == 1_592
    for path in ("kg/umls/train.txt", "kg/codex_s/train.txt.gz"):
        assert is_triples(shared_data / path)
