"""What is asked of a study, or of a table, besides the trip."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu.core.errors import UnknownName, WordsError
from apercu.demo import demo
from apercu.questions import (
    addressees,
    ahead,
    balanced,
    confirmed,
    drifted,
    faults_of,
    gained,
    lasting,
    mended,
    monitored,
    predicted,
    read_like,
    reweighed,
    rows_of,
    takers,
    whatif,
)
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


@pytest.fixture(scope="module")
def faulty():
    """A study of a table with values outside a stated range, a column that gives the target away, and labels that are turned."""
    generator = np.random.default_rng(0)
    size = generator.normal(50, 10, 1_500).round(1)
    kind = np.where(size + generator.normal(0, 4, 1_500) > 50, "yes", "no").astype(object)
    truth = kind.copy()
    wrong = generator.choice(1_500, 40, replace=False)
    kind[wrong] = np.where(kind[wrong] == "yes", "no", "yes")
    size[[3, 8]] = 999.0
    day = np.datetime64("2026-01-01") + np.arange(1_500)
    columns = {"size": size, "kind": kind, "told": kind, "day": day, "colour": generator.choice(["red", "blue"], 1_500)}
    columns["weight"] = generator.normal(70, 9, 1_500).round(1)
    options = apercu.Options(effort="quick", train=Train(learners=("linear",)))
    return apercu.run(columns, "kind", rules="range: 0 <= size <= 200", options=options), truth


def test_faults_are_found_by_id_or_kind(faulty):
    study, _ = faulty
    one = next(fault for fault in study.faults if fault.kind == "range")
    assert faults_of(study, [one.id]) == faults_of(study, ["range", one.id]) == [one]
    with pytest.raises(UnknownName, match="did you mean"):
        faults_of(study, [one.id + "x"])


def test_mends_change_the_table_and_the_study_stays(faulty):
    study, _ = faulty
    rows, edits = mended(study, ["range", "leak"])
    assert sorted((e.row, e.column, e.before, e.after) for e in edits if e.row) == [(4, "size", 999.0, None), (9, "size", 999.0, None)]
    assert "told" not in rows and "told" in study.data.schema.names
    assert np.isnan(rows["size"][rows["_row"] == 4]).all()
    again = apercu.run({name: rows[name] for name in rows if name != "_row"}, "kind", rules="range: 0 <= size <= 200", options=study.options)
    assert not [fault for fault in again.faults if fault.kind in ("range", "leak")]


def test_a_mend_that_is_a_person_s_is_not_applied(faulty):
    study, _ = faulty
    person = [fault for fault in study.faults if fault.change is None]
    for fault in person:
        with pytest.raises(WordsError, match="a person's"):
            mended(study, [fault.id])


def test_what_leaving_rows_out_brings_is_measured(faulty):
    study, _ = faulty
    gain = gained(study, ["range"])
    assert gain.left == 2 and gain.n == 1_500
    assert len(rows_of(study, faults_of(study, ["range"])[0])) == 2


def test_new_rows_are_compared_with_the_table(faulty):
    study, _ = faulty
    rows = study.data.rows()
    same = {name: rows[name][:600] for name in ("size", "colour", "day", "told", "weight")}
    assert drifted(study, same) == []
    told = drifted(study, {**same, "colour": np.full(600, "red", dtype=object)})
    assert any(fault.id == "drift:colour" for fault in told)
    with pytest.raises(WordsError, match="none of the study's columns"):
        drifted(study, {"other": same["size"]})


def test_a_veto_holds_for_lists_of_a_study_that_was_opened_again(tmp_path):
    example = demo("churn")
    columns = {name: column[:1_500] for name, column in example.columns.items()}
    options = apercu.Options(effort="quick", train=Train(learners=("linear",)))
    rules = 'never offer "discount" when contract = "monthly" and tenure_months < 6'
    made = apercu.run(columns, example.target, goal=example.goal, rules=rules, options=options)
    made.save(tmp_path / "churn.study")
    opened = apercu.Study.load(tmp_path / "churn.study")
    assert [veto.text for veto in opened.vetoes] == [veto.text for veto in made.vetoes] and made.vetoes
    rows = made.split.rows
    barred = set(rows["_row"][made.vetoes[0].when.holds(rows)].astype(int))
    for rank, action in enumerate(opened.actions, 1):
        who = addressees(opened, rank)
        assert len(who.rows) == action.people and not barred & {row[0] for row in who.rows}


def test_ways_of_balancing_are_compared_when_asked(study):
    found = balanced(study)
    assert found.ways[0].name == "as they are" and "ranks" in found.say()
    with pytest.raises(WordsError, match="a target of two classes"):
        balanced(apercu.run({"a": np.arange(60.0) % 7, "b": np.arange(60.0) % 5}, options=apercu.Options(effort="quick")))


def test_groups_are_evened_out_by_weights():
    generator = np.random.default_rng(0)
    group, x = generator.choice(["a", "b"], 1_200), generator.normal(size=1_200)
    y = np.where(x + 1.5 * (group == "a") + generator.normal(size=1_200) > 1.0, "yes", "no").astype(object)
    options = apercu.Options(effort="quick", train=Train(learners=("linear",)))
    study = apercu.run({"group": group.astype(object), "x": x, "y": y}, "y", goal={"alike": ("group",)}, options=options)
    (told,) = reweighed(study, ["bias"])
    assert told.rate.after < told.rate.before and "group" in told.say()
    with pytest.raises(UnknownName, match="leak"):
        reweighed(study, ["leak"])


def test_confirmed_rows_are_taken_at_their_word(faulty):
    study, _ = faulty
    (fault,) = confirmed(study, odd=[7], usual=[4])
    assert fault.rows[0] == 7 and 4 not in fault.rows and fault.evidence["confirmed_odd"] == 1.0
    with pytest.raises(WordsError):
        confirmed(study, odd=[999_999])


def test_a_column_that_later_rows_lack_is_not_measured_as_missing(study):
    later = {name: column[:600] for name, column in demo("churn").columns.items() if name != "contract"}
    told = monitored(study, later)
    named = [i for i, finding in enumerate(study.findings) if "contract" in finding.claim.columns()]
    assert named and all(told.findings[i].verdict == "silent" for i in named)
