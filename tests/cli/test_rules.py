"""`apercu rules`: lines as they are understood, the first error with a caret under its place, and the words in both languages."""

from __future__ import annotations

import pytest

from apercu.cli.rules import FORMS
from apercu.core.rulebook import KINDS, read_rulebook

from .test_commands import call, table

GOOD = """# experts
词典 "x"：monthly, yearly
when plan ~ dict("x") and age < 30 then left = "yes" [0.5]
range: 20 <= age <= 60
never offer "sms" when plan = "monthly"
a(X, Y) -> b(X, Y)
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "good.rules").write_text(GOOD, encoding="utf-8")
    table(tmp_path / "customers.csv", 300)
    return tmp_path


def test_lines_are_listed(place, capsys):
    assert call("rules", "check", place / "good.rules") == 0
    out = capsys.readouterr().out
    assert 'dict "x": "monthly", "yearly"' in out and "a(X, Y) -> b(X, Y)" in out and "5 lines are read." in out
    assert call("rules", "check", place / "good.rules", "--lang", "zh") == 0
    assert "共读取 5 行" in capsys.readouterr().out


def test_names_and_rows_of_a_table(place, capsys):
    words = ("rules", "check", place / "good.rules", "--source", place / "customers.csv", "--target", "left")
    assert call(*words) == 0
    out = capsys.readouterr().out
    rows = [line.split("\t")[0] for line in (place / "customers.csv").read_text().splitlines()[1:]]
    young = sum(int(row.split(",")[2]) < 30 for row in rows)
    outside = sum(not 20 <= int(row.split(",")[2]) <= 60 for row in rows)
    assert f" {young} " in out and f" {outside} " in out
    (place / "good.rules").write_text("range: aeg > 5", encoding="utf-8")
    assert call(*words) == 2
    assert "did you mean 'age'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "column"),
    [("when age = monthly then left = 1", 12), ("当 年龄 为 monthly 则 left = 1", 8), ("range:\tage = 5", 12), ("never offer", 12)],
)
def test_the_caret_stands_under_the_place(place, capsys, line, column):
    path = place / "bad.rules"
    path.write_text(f"# one\n{line}\n", encoding="utf-8")
    assert call("rules", "check", path) == 2
    told, shown, caret = capsys.readouterr().err.rstrip("\n").split("\n")
    assert f"line 2, column {column}: expected" in told and shown.strip() == line.strip()
    wide = sum(c in "当年龄为则" for c in line[: column - 1])
    assert caret.replace("\t", " ") == " " * (4 + column - 1 + wide) + "^"


def test_no_file_is_named(place, capsys):
    assert call("rules", "check", place / "none.rules") == 3
    assert "there is no such file" in capsys.readouterr().err
    assert call("rules") == 2


def test_words_are_shown_in_both_languages(capsys):
    for lang in ("en", "zh"):
        assert call("rules", "words", "--lang", lang) == 0
        out = capsys.readouterr().out
        assert all(english in out and chinese in out and does[lang] in out for english, chinese, does in FORMS.values())


def test_examples_are_read_as_their_kind_and_mean_the_same():
    assert set(FORMS) == set(KINDS)
    english, chinese = (read_rulebook("\n".join(form[i] for form in FORMS.values())) for i in (0, 1))
    assert english == chinese
    assert [kind for _, kind, _ in english.lines()] == list(FORMS)
    for *_, does in FORMS.values():
        assert does["en"] and does["zh"]
