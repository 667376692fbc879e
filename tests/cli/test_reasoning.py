"""`apercu reason`: what follows is told and written, questions are answered with reasons, in both languages; `apercu ask` passes them on."""

from __future__ import annotations

import csv
import json

import pytest

import apercu

from .test_commands import call

RULES = "owns(X, Y) -> controls(X, Y)\ncontrols(X, Y) & owns(Y, Z) -> controls(X, Z) [0.9]\n"
FACTS = "Acme\towns\tBolt\nBolt\towns\tCog\nCog\towns\tDust\nAnn\tworks_for\tAcme\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("firms")
    (path / "firms.tsv").write_text(FACTS)
    (path / "firms.rules").write_text(RULES)
    apercu.run(None, graph=path / "firms.tsv").save(path / "firms.study", page=False)
    return path


def test_what_follows_is_told_and_written(folder, tmp_path, capsys):
    assert call("reason", folder / "firms.tsv", "--rules", folder / "firms.rules", "--out", tmp_path / "new.csv") == 0
    out = capsys.readouterr().out
    assert "4 facts about 5 entities" in out and "6 facts follow from the graph by 2 rules" in out and "(6 rows)" in out
    with (tmp_path / "new.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[-1] | {"rule": ""} == {
        "head": "Acme", "relation": "controls", "tail": "Dust", "confidence": "0.81", "rule": "",
        "premises": "controls(Acme, Cog) & owns(Cog, Dust)",
    }  # fmt: skip
    assert call("reason", folder / "firms.tsv", "--rules", folder / "firms.rules", "--out", tmp_path / "new.json") == 0
    assert json.loads((tmp_path / "new.json").read_text())[-1]["premises"] == [["Acme", "controls", "Cog"], ["Cog", "owns", "Dust"]]


def test_a_question_is_answered_with_its_reasons(folder, tmp_path, capsys):
    rules = ("--rules", folder / "firms.rules")
    assert call("reason", folder / "firms.tsv", "controls(?, Dust)", *rules, "--out", tmp_path / "a.json") == 0
    out = capsys.readouterr().out
    assert out.startswith("Inferred (3)\n- Cog (inferred)\n    controls(Cog, Dust): inferred by owns(X, Y) -> controls(X, Y)\n    └─ owns(Cog, Dust)")
    assert "stated in firms.tsv, line 3" in out
    assert [one["gaps"]["gap1"] for one in json.loads((tmp_path / "a.json").read_text())] == ["Cog", "Bolt", "Acme"]
    assert call("reason", folder / "firms.tsv", "controls(?, Dust)", *rules, "--lang", "zh", "--no-why") == 0
    assert capsys.readouterr().out.splitlines() == [
        "由规则推出（3）",
        "- Cog（推出）",
        "- Bolt（推出，置信度 90.0%）",
        "- Acme（推出，置信度 81.0%）",
    ]
    assert call("reason", folder / "firms.tsv", "owns(Dust, ?)") == 0
    assert capsys.readouterr().out == "Nothing that is stated, inferred or predicted answers this.\n"


def test_a_source_can_be_taken_back(folder, capsys):
    assert call("reason", folder / "firms.tsv", "--rules", folder / "firms.rules", "--without", "firms.tsv") == 0
    assert capsys.readouterr().out == "0 facts follow from the graph by 2 rules.\n"


def test_a_study_is_asked_by_both_commands(folder, capsys):
    assert call("reason", folder / "firms.study", 'works_for(?, "Acme")') == 0
    first = capsys.readouterr().out
    assert first.startswith("Stated (1)\n- Ann (stated)")
    assert call("ask", folder / "firms.study", 'works_for(?, "Acme")') == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("works_for(?, Acm)",), 2, "did you mean 'Acme'"),
        (("works(?, Acme)",), 2, "did you mean 'works_for'"),
        (("works_for(?, Acme",), 2, "expected"),
        (("--without", "firm.tsv"), 2, "did you mean 'firms.tsv'"),
        (("--out", "a.xlsx"), 2, ".csv or .json"),
        (("--rules", "nowhere.rules"), 3, "nowhere.rules"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_line(folder, capsys, words, code, says):
    assert call("reason", folder / "firms.tsv", *words) == code
    heard = capsys.readouterr()
    assert says in heard.err and len(heard.err.strip().splitlines()) <= 2 and not heard.out


def test_rules_that_cannot_be_run(folder, tmp_path, capsys):
    (tmp_path / "odd.rules").write_text("owns(X, Y) & not free(X, Y) -> bound(X, Y)\nbound(X, Y) -> free(Y, X)\n")
    assert call("reason", folder / "firms.tsv", "--rules", tmp_path / "odd.rules") == 2
    assert "line 1: a rule may not need the absence of what depends on it" in capsys.readouterr().err
