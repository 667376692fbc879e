"""The commands on a real table: what is printed, what is written, and that the pipes and folders of others are left alone."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from apercu.cli import main

RUN = ("--target", "left", "--effort", "quick", "--learners", "linear")


def table(path, n=2_400, seed=4):
    """Customers of whom those on a monthly plan leave more often."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["monthly", "yearly"], n)
    age = rng.integers(18, 80, n)
    left = np.where(rng.random(n) < np.where(plan == "monthly", 0.5, 0.15), "yes", "no")
    lines = [",".join(map(str, cells)) for cells in zip(range(n), plan, age, left, strict=True)]
    path.write_text("customer,plan,age,left\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def call(*words):
    """The exit code of a call in this process."""
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return left.value.code


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table and the study of it."""
    folder = tmp_path_factory.mktemp("trip")
    source = table(folder / "customers.csv")
    done = subprocess.run(
        [sys.executable, "-m", "apercu", "run", source.name, *RUN, "--value", "300", "--cost", "10"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / "out.txt").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture
def here(place, monkeypatch):
    monkeypatch.chdir(place)
    return place


def test_run_prints_findings_scores_and_places(place):
    out = (place / "out.txt").read_text(encoding="utf-8")
    assert "2,400 rows" in out and "target left (wanted: yes)" in out
    assert "\nFindings\n 1. Where plan" in out and "monthly" in out
    assert "Scores out of fold, 2,400 rows (95% intervals)" in out and "false-discovery rate 5%" in out
    assert "study: customers.study" in out and (place / "customers.study" / "study.json").exists()
    assert (place / "customers.study" / "page.html").stat().st_size > 10_000


def test_show_speaks_chinese_and_json(here, capsys):
    assert call("show", "customers.study", "--lang", "zh", "--notes") == 0
    out = capsys.readouterr().out
    assert "发现" in out and "模型得分" in out and "Findings" not in out
    assert call("show", "customers.study", "--json", "-") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["findings"][0]["rank"] == 1 and set(record["findings"][0]["text"]) == {"en", "zh"}


def test_json_alone_on_standard_output(here, capsys):
    assert call("run", "customers.csv", *RUN, "--json", "-", "--no-save") == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 2_400


def test_page(here, capsys):
    assert call("page", "customers.study", "page.html", "--lang", "zh") == 0
    assert "<html" in (here / "page.html").read_text(encoding="utf-8") and "报告：page.html" in capsys.readouterr().out


def test_predict_and_explain(here, capsys):
    new = here / "new.csv"
    new.write_text("plan,age\nmonthly,30\nyearly,70\n", encoding="utf-8")
    assert call("predict", "customers.study", new, "--out", "p.csv") == 0
    with (here / "p.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["row"] for row in rows] == ["1", "2"] and float(rows[0]["p_yes"]) > float(rows[1]["p_yes"])
    capsys.readouterr()
    assert call("predict", "customers.study", new, "--out", "p.json") == 0 and json.loads((here / "p.json").read_text())[0]["row"] == 1
    assert call("predict", "customers.study", new, "--out", "p.xls") == 2
    assert ".csv or .json" in capsys.readouterr().err
    assert call("explain", "customers.study", new, "--row", "1") == 0
    assert "plan" in capsys.readouterr().out
    assert call("explain", "customers.study", new, "--row", "9") == 3


def test_predict_tells_how_sure_it_is(here, capsys):
    new = here / "sure.csv"
    new.write_text("plan,age\nmonthly,30\nyearly,70\n", encoding="utf-8")
    assert call("predict", "customers.study", new, "--coverage", "0.9") == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [list(row)[-1] for row in rows] == ["set", "set"] and all(row["prediction"] in row["set"].split(" | ") for row in rows)
    assert rows[0]["set"] == "no | yes"  # of the monthly, half leave
    assert call("predict", "customers.study", new, "--coverage", "90") == 2
    assert "--coverage must be a number from 0 to 1" in capsys.readouterr().err
    assert call("predict", "customers.study", new, "--coverage", "0.9", "--method", "quantile") == 2
    assert "about numbers" in capsys.readouterr().err


def test_a_column_that_new_rows_lack_is_said_beside_the_predictions(here, capsys):
    new = here / "lacking.csv"
    new.write_text("plan\nmonthly\nyearly\n", encoding="utf-8")
    assert call("predict", "customers.study", new) == 0
    heard = capsys.readouterr()
    assert len(list(csv.DictReader(heard.out.splitlines()))) == 2 and heard.err == "apercu: column 'age' is absent and counts as missing.\n"
    assert call("evaluate", "customers.study", new) == 2
    assert "no column 'left'" in capsys.readouterr().err


def test_explain_says_the_prediction_its_unit_and_rows_like_it(here, capsys):
    new = here / "one.csv"
    new.write_text("plan,age\nmonthly,30\n", encoding="utf-8")
    assert call("explain", "customers.study", new, "--nearest", "2") == 0
    out = capsys.readouterr().out
    assert "left is predicted to be “" in out and "log-odds of “yes”" in out and "treats most like it" in out
    assert call("explain", "customers.study", new, "--lang", "zh") == 0
    out = capsys.readouterr().out
    assert "left 的预测为" in out and "最相似" not in out


def test_evaluate_on_new_rows_and_on_fewer(here, capsys):
    table(here / "later.csv", 600, seed=9)
    assert call("evaluate", "customers.study", "later.csv") == 0
    assert "Scores on the test file, 600 rows" in capsys.readouterr().out
    assert call("evaluate", "customers.study", "--learning", "--lang", "zh") == 0
    out = capsys.readouterr().out
    assert "学习曲线" in out and " 300 " in out and "2,400" in out
    kept = json.loads((here / "customers.study" / "study.json").read_text(encoding="utf-8"))
    assert [c["kind"] for c in kept["curves"]].count("learning") == 1
    assert "What more rows teach" in (here / "customers.study" / "page.html").read_text(encoding="utf-8")
    assert call("show", "customers.study") == 0 and call("predict", "customers.study", "later.csv", "--out", "later.json") == 0


def test_collect_and_clean(here, capsys):
    (here / "raw.csv").write_text("a,b\n1,x\n?, y \n3,x\n" + "".join(f"{i},x\n" for i in range(4, 40)), encoding="utf-8")
    assert call("collect", "raw.csv") == 0
    out = capsys.readouterr().out
    assert "38 rows" not in out and "39 rows" in out and "number" in out
    assert call("clean", "raw.csv", "--out", "clean.csv") == 0
    with (here / "clean.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 39 and rows[1]["a"] == "" and rows[1]["b"] == "y"
    assert call("clean", "raw.csv", "--out", "clean.parquet") == 0 and (here / "clean.parquet").exists()
    assert call("clean", "raw.csv", "--out", "clean.xlsx") == 2


def test_parts_and_list(capsys):
    assert call("parts") == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("segment", "boosting", "duckdb", "category", "treatment"))
    assert call("run", "--list") == 0 and capsys.readouterr().out == out


def test_what_is_not_a_study_is_not_overwritten(here, capsys):
    (here / "mine").mkdir()
    (here / "mine" / "letter.txt").write_text("dear")
    assert call("run", "customers.csv", *RUN, "--out", "mine") == 2
    assert "is not a study" in capsys.readouterr().err
    assert [p.name for p in (here / "mine").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("text", "words", "code", "says"),
    [
        (None, ("--target", "left"), 3, "absent.csv"),
        ("", ("--target", "left"), 3, ""),
        ("a,left\n", ("--target", "left"), 3, ""),
        ("a,left\n1,yes\n", ("--target", "left"), 3, ""),
        ("a,left\n" + "1,yes\n2,no\n" * 50, ("--target", "lefft"), 2, "did you mean 'left'"),
        ("a,left\n" + "1,yes\n2,yes\n" * 50, ("--target", "left"), 3, "at least two values"),
        ("a,left\n" + "1,yes\n2,no\n" * 50, ("--target", "left", "--q", "7"), 2, "--q must be a number"),
    ],
)
def test_bad_input_is_one_or_two_lines_and_nothing_is_written(tmp_path, monkeypatch, capsys, text, words, code, says):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "absent.csv").write_text(text, encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    assert call("run", "absent.csv", *words) == code
    heard = capsys.readouterr()
    assert says in heard.err and 1 <= len(heard.err.strip().splitlines()) <= 2 and "Traceback" not in heard.err and not heard.out
    assert sorted(tmp_path.iterdir()) == before


def test_a_reader_that_goes_away_is_no_error(place):
    done = subprocess.run(
        f"{sys.executable} -m apercu show customers.study --json - | head -c 10", shell=True, cwd=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and len(done.stdout) == 10 and not done.stderr
