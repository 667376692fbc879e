"""What the page is told of a study."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apercu.core.score import Score
from apercu.deploy import views

from .record import Record, bare, record


@pytest.fixture(scope="module")
def whole() -> Record:
    return record()


def test_the_summary_says_what_was_looked_at(whole: Record) -> None:
    base = 100 * whole.goal.measured(whole.split.rows).mean()
    told = views.view(whole)["summary"]
    assert told["en"].startswith(
        f"2,600 rows and 9 columns of customers.csv were looked at to learn what goes with Churn = “Yes”, which holds for {base:.1f}% of the rows."
    )
    assert told["en"].endswith("The search proposed 40 claims; 15 were put to the test and 8 held, at a false-discovery rate of 5%.")
    assert "2,600 行、9 列" in told["zh"]


def test_a_finding_is_told_as_people_read_it(whole: Record) -> None:
    told, f = views.view(whole)["findings"][0], whole.findings[0]
    assert told["effect"] == {"en": f"{100 * f.evidence.effect:+.1f} points", "zh": f"{100 * f.evidence.effect:+.1f} 个百分点"}
    assert told["interval"]["en"] == f"{100 * f.evidence.low:+.1f} to {100 * f.evidence.high:+.1f}"
    assert (told["q"], told["p"], told["level"]) == ("0.002", "0.001", "95%")
    assert told["half"]["en"] == "measured on rows the search never saw"


def test_small_tables_say_how_they_were_judged(whole: Record) -> None:
    f = whole.findings[0]
    judged = replace(f, evidence=replace(f.evidence, half="all", method="permutation of the whole search"), q=0.0)
    told = views.view(replace(whole, findings=(judged,), split=replace(whole.split, how="permutation")))
    assert told["findings"][0]["half"]["en"].startswith("calibrated against permutations")
    assert told["findings"][0]["q"] == "< 0.001"
    assert "too small for halves" in told["wall"][0]["en"]


def test_ends_that_are_not_there() -> None:
    assert views._side(float("inf"), "share") == "∞"
    assert views._side(float("-inf"), "") == "−∞"


def test_scores_are_a_table_of_metrics_and_models(whole: Record) -> None:
    told = views.view(whole)["scores"]
    assert told["models"] == ["boosting", "linear"]
    assert told["lines"][0] == (
        {"en": "AUC (ranking, .5 is chance)", "zh": "AUC（排序能力，0.5 为随机）"},
        [("0.741", "0.712 – 0.769"), ("0.728", "0.699 – 0.756")],
    )
    assert len(told["lines"]) == 4, "a metric without any number is left out"
    on_file = Score("boosting", "auc", 0.7, 0.6, 0.8, 99, "test file")
    two = views.view(replace(whole, scores=(*whole.scores, on_file)))["scores"]
    assert two["models"][-1] == "boosting (test file)"
    assert two["lines"][1][1][-1] == ("–", "")


def test_long_tables_are_cut_and_say_so(whole: Record) -> None:
    told = views.view(replace(whole, notes=whole.notes * 100), 3)
    assert (len(told["notes"]), told["more_notes"]) == (views.LISTED, 100)
    assert (len(told["findings"]), told["hidden"]) == (3, 5)


@pytest.mark.parametrize("task", ["numeric", "multiclass"])
def test_other_goals(whole: Record, task: str) -> None:
    goal = (
        replace(whole.goal, target="tenure", task="numeric", classes=(), wanted="") if task == "numeric" else replace(whole.goal, task="multiclass")
    )
    told = views.view(replace(whole, goal=goal))["summary"]["en"]
    assert ("which is 35" in told or "which is 36" in told) if task == "numeric" else "which has 2 levels" in told


def test_a_study_without_target(whole: Record) -> None:
    told = views.view(bare(whole))
    assert told["title"]["en"] == "What stands out in customers.csv"
    assert told["drivers"] is None
    assert told["graph"] is None
    assert "Nothing was searched for" in told["summary"]["en"]
