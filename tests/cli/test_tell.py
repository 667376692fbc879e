"""What the terminal shows: one line per sentence where no terminal is, both languages, JSON and CSV as their readers want them."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

from apercu import run
from apercu.cli import tell
from apercu.core.dataset import Note
from apercu.core.progress import report


def test_every_word_exists_in_both_languages_with_the_same_fields():
    for name, words in tell.WORDS.items():
        fields = [sorted(part.split("}")[0].split(":")[0] for part in text.split("{")[1:]) for text in (words["en"], words["zh"])]
        assert fields[0] == fields[1], name
    for heads in (getattr(tell, name) for name in tell.__all__ if name.isupper() and name != "WORDS"):
        assert [side for _, side in heads["en"]] == [side for _, side in heads["zh"]]


@pytest.mark.parametrize(("lang", "title"), [("en", "What was done to the data"), ("zh", "对数据做过的处理")])
def test_a_sentence_stays_one_line_outside_a_terminal(capsys, lang, title):
    long = "word " * 80 + "[bold]end"
    tell.Terminal(lang).notes([Note("clean", "age", {"en": long, "zh": long})])
    lines = capsys.readouterr().out.splitlines()
    assert title in lines and any(line.startswith("  - age: word") and line.endswith("[bold]end") for line in lines)


def test_a_table_keeps_every_cell(capsys):
    tell.Terminal("en").table(tell.REASONS, [("a_rather_long_name_of_a_column" * 2, "x", "+0.1")])
    out = capsys.readouterr().out
    assert "contribution" in out and "a_rather_long_name_of_a_column" * 2 in out and "+0.1" in out


def test_json_and_csv(tmp_path, capsys):
    tell.write_json(tmp_path / "a.json", {"城": 1})
    assert "城" in (tmp_path / "a.json").read_text(encoding="utf-8")
    tell.write_json(tell.Path("-"), [1, None])
    assert json.loads(capsys.readouterr().out) == [1, None]
    with pytest.raises(ValueError, match="JSON"):
        tell.write_json(tmp_path / "b.json", float("nan"))
    tell.write_csv(tmp_path / "a.csv", ["a", "b"], [["x, y", None], ['"', 1.5]])
    assert list(csv.reader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines())) == [["a", "b"], ["x, y", ""], ['"', "1.5"]]


def test_progress_is_silent_outside_a_terminal(capsys):
    with tell.progress("en"):
        report("train", 0, 3)
    assert capsys.readouterr() == ("", "")


def test_progress_draws_bars_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with tell.progress("zh"):
        report("train", 1, 3)
        report("own step", 1, 0)
    heard = capsys.readouterr()
    assert "训练" in heard.err and "own step" in heard.err and not heard.out


def test_a_small_table_says_how_it_was_judged_even_when_nothing_held(capsys):
    rng = np.random.default_rng(0)
    study = run({"a": rng.normal(size=60), "day": np.datetime64("2024-01-01") + np.arange(60), "y": 50_000 * rng.normal(size=60)}, "y")
    assert not study.findings and any(column.derived for column in study.data.schema)
    tell.Terminal("en").study(study)
    tell.Terminal("zh").study(study)
    out = capsys.readouterr().out
    assert "60 rows, 3 columns" in out and "60 行，3 列" in out, "what apercu derived is not the source's"
    assert "against permutations of the whole search" in out and "unseen rows" not in out
    assert not re.search(r"\de[+-]\d", out), "numbers as in the sentences"
