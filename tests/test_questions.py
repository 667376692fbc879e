"""What is asked of a study, or of a table, besides the trip."""

from __future__ import annotations

import pytest

import apercu
from apercu.core.errors import UnknownName, WordsError
from apercu.demo import demo
from apercu.questions import addressees, ahead, lasting, predicted, read_like, takers, whatif
from apercu.train import Options as Train


@pytest.fixture(scope="module")
def study():
    example = demo("churn")
    columns = {name: column[:1_500] for name, column in example.columns.items()}
    return apercu.run(columns, example.target, goal=example.goal, options=apercu.Options(effort="quick", train=Train(learners=("linear",))))


def test_a_row_is_predicted_with_what_moved_it(study):
    told, reasons = predicted(study, demo("churn").columns, 2)
    assert set(told["probabilities"]) == {"yes", "no"} and reasons


def test_a_source_is_read_as_the_first_was(study, tmp_path):
    (tmp_path / "new.csv").write_text("contract,tenure\nmonthly,3\n")
    assert read_like(study, tmp_path / "new.csv").n == 1


def test_an_action_has_its_addressees(study):
    assert study.actions
    assert len(addressees(study, 1).rows) == study.actions[0].people
    with pytest.raises(WordsError, match="there is no action 99"):
        addressees(study, 99)


def test_what_would_change_a_prediction(study):
    assert whatif(study, ["contract"], 1).say()
    with pytest.raises(WordsError, match="no row 0"):
        whatif(study, ["contract"], 0)


def test_what_is_not_there_is_named(study):
    with pytest.raises(WordsError, match="a number and a clock"):
        ahead(study.data, None)
    with pytest.raises(UnknownName, match="custumer"):
        takers(study.data, "custumer", "plan")
    with pytest.raises(WordsError, match="whether it has happened"):
        lasting(study.data, "tenure", None)
