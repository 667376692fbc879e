"""Facts are read, and a line that is none is named."""

from __future__ import annotations

import gzip

import pytest

from apercu.collect.triples import read_triples
from apercu.core.errors import EmptyTable, UnreadableSource
from apercu.core.graph import Triple


def test_forms(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("head\trelation\ttail\tweight\nAcme\tsubsidiary\tBolt\t0.5\n北京\t位于\t中国\t\n", encoding="utf-8")
    graph = read_triples(path)
    assert graph.triples == (Triple("Acme", "subsidiary", "Bolt", "facts.tsv", 0.5), Triple("北京", "位于", "中国", "facts.tsv"))
    (tmp_path / "facts.csv.gz").write_bytes(gzip.compress(b'"a, b",likes,c\nd,likes,e\n'))
    assert read_triples(tmp_path / "facts.csv.gz").entities() == ("a, b", "c", "d", "e")


@pytest.mark.parametrize(
    "text, error, words",
    [
        ("", EmptyTable, "empty"),
        ("a,b\n", UnreadableSource, "line 1"),
        ("a,r,b\na,r,b,x\n", UnreadableSource, "weight"),
        ("a,r,b,7\n", UnreadableSource, "0 to 1"),
    ],
)
def test_lines_that_are_no_fact(tmp_path, text, error, words):
    path = tmp_path / "facts.csv"
    path.write_text(text)
    with pytest.raises(error, match=words):
        read_triples(path)


def test_real_facts(shared_data):
    assert len(read_triples(shared_data / "kg/nations/train.txt")) == 1_592
