"""`apercu audit`: the faults with their ids, the rows of one, what a mend brings, drift; words that are off are refused in a line."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from .test_commands import call


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study with values outside a stated range."""
    generator = np.random.default_rng(1)
    age, plan = generator.normal(50, 9, 800).round(1), generator.choice(["a", "b"], 800)
    age[[2, 5]] = 900
    left = np.where(generator.random(800) < 1 / (1 + np.exp(-(age - 50) / 5 * (plan == "a"))), "yes", "no")
    folder = tmp_path_factory.mktemp("audit")
    paid = generator.normal(20, 3, 800).round(2)
    lines = ["age,plan,left,paid", *(f"{a},{p},{y},{m}" for a, p, y, m in zip(age, plan, left, paid, strict=True))]
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "people.rules").write_text("range: 0 <= age <= 120\n", encoding="utf-8")
    words = ("--target", "left", "--rules", folder / "people.rules", "--learners", "linear", "--effort", "quick")
    assert call("run", folder / "people.csv", *words, "--out", folder / "people.study") == 0
    return folder


def test_faults_are_told_with_their_ids_and_how_to_mend_them(folder, capsys):
    assert call("audit", folder / "people.study") == 0
    told = capsys.readouterr().out
    assert "[range:1:age]" in told and "--apply range:1:age" in " ".join(told.split())
    assert call("audit", folder / "people.study", "--kind", "bais", "--lang", "zh") == 2
    assert "there is no kind of fault 'bais'" in capsys.readouterr().err
    assert call("audit", folder / "people.study", "new.csv", "--odd", "3") == 2


def test_faults_and_their_rows_are_written(folder, tmp_path):
    assert call("audit", folder / "people.study", "--out", tmp_path / "faults.json") == 0
    told = json.loads((tmp_path / "faults.json").read_text(encoding="utf-8"))
    assert next(fault for fault in told if fault["kind"] == "range")["change"]["rows"] in ([3, 6], [6, 3])
    assert call("audit", folder / "people.study", "--fault", "range", "--out", tmp_path / "rows.csv") == 0
    with (tmp_path / "rows.csv").open(encoding="utf-8") as file:
        assert sorted((row["row"], row["age"]) for row in csv.DictReader(file)) == [("3", "900"), ("6", "900")]


def test_a_fault_that_is_not_there_is_answered_with_the_nearest(folder, capsys):
    assert call("audit", folder / "people.study", "--fault", "range:1:agee") == 2
    assert "did you mean 'range:1:age'" in capsys.readouterr().err


def test_what_a_mend_brings_is_measured(folder, capsys):
    assert call("audit", folder / "people.study", "--gain", "range", "--out", "-") == 0
    assert capsys.readouterr().out.startswith("before,after,fall,low,high,n,left,rate\n")


def test_new_rows_that_drifted(folder, tmp_path, capsys):
    lines = (folder / "people.csv").read_text(encoding="utf-8").replace(",b,", ",a,").splitlines()[:400]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert call("audit", folder / "people.study", tmp_path / "new.csv") == 0
    assert "[drift:plan]" in capsys.readouterr().out
    assert call("audit", folder / "people.study", folder / "people.csv") == 0
    assert "are like those of the study" in capsys.readouterr().out


def test_a_person_confirms_rows_and_the_study_keeps_it(folder, capsys):
    assert call("audit", folder / "people.study", "--odd", "7", "--usual", "3") == 0
    assert "1 row was confirmed as odd and 1 as usual" in " ".join(capsys.readouterr().out.split())
    assert call("audit", folder / "people.study", "--kind", "anomaly") == 0
    assert "confirmed as odd" in " ".join(capsys.readouterr().out.split())
