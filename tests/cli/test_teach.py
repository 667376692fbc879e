"""`apercu teach` writes a study anew with rules in it, and a rule file is needed."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

import apercu.cli  # noqa: F401 - registers the commands
from apercu.cli.app import app
from apercu.core.errors import WordsError
from apercu.study import Options, Study, run, taught
from apercu.train import Options as Train


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teach")
    rng = np.random.default_rng(1)
    plan, noise = rng.choice(["a", "b"], 400), rng.normal(size=400).round(3)
    left = np.where(rng.random(400) < np.where(plan == "b", 0.8, 0.2), "yes", "no")
    left[60:] = ""
    (folder / "left.csv").write_text(
        "plan,noise,left\n" + "\n".join(map(",".join, zip(plan, noise.astype(str), left, strict=True))), encoding="utf-8"
    )
    (folder / "left.rules").write_text('when plan = "b" then left = "yes" [0.8]\nwhen plan = "a" then left = "no" [0.8]\n', encoding="utf-8")
    run(folder / "left.csv", "left", options=Options(train=Train(learners=("linear",), members=1))).save(folder / "left.study")
    return folder


def test_a_study_is_taught_and_written_anew(study):
    told = CliRunner().invoke(app, ["teach", str(study / "left.study"), "--rules", str(study / "left.rules"), "--learners", "linear"])
    assert told.exit_code == 0, told.output
    again = Study.load(study / "left.study")
    assert [v.rule.level for v in again.rules] == ["yes", "no"]
    assert any(note.step == "teach" for note in again.notes)
    twice = taught(again, study / "left.rules", Options(train=Train(learners=("linear",), members=1)))
    assert len([note for note in twice.notes if note.step == "teach"]) == 1
    assert twice.model.name.count("+rules") <= 1


def test_rules_are_needed(study):
    told = CliRunner().invoke(app, ["teach", str(study / "left.study")])
    assert isinstance(told.exception, WordsError)
