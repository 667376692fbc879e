"""What the page is told of a study."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apercu.core.condition import Condition, Term
from apercu.core.score import Score
from apercu.deploy import views

from .record import EVIL, Record, bare, record


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


def test_what_actions_bring_stands_with_them_and_the_offer_is_marked(whole: Record) -> None:
    offer = replace(whole.actions[0], who=Condition((Term("_predicted", ">", 0.6),)))
    told = views.view(replace(whole, actions=(offer,)))
    assert len(told["curves"]) == len(whole.curves) - 2
    profit, qini = told["gains"]
    assert "60.0%" in profit["marked"]["en"] and "60.0%" in profit["marked"]["zh"]
    assert profit["chart"]["layer"][-1]["encoding"]["x"]["datum"] == pytest.approx(0.35)  # the last twentieth above 0.6
    assert qini["marked"] is None and EVIL in qini["words"]["en"]
    assert views.view(whole)["gains"][0]["marked"] is None, "no offer goes by a probability"
    none = views.view(replace(whole, actions=()))
    assert none["gains"] == [] and len(none["curves"]) == len(whole.curves)
    assert views.view(replace(whole, actions=(replace(offer, people=0),)))["actions"][0]["who"]["en"] == offer.what["en"]
    assert views.view(replace(whole, actions=(replace(whole.actions[0], people=0),)))["actions"][0]["who"] == {"en": "nobody", "zh": "无"}


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
    assert "nothing that was worth a test" in told["summary"]["en"]


def test_drivers_are_told_in_every_way_that_was_looked(whole: Record) -> None:
    told = views.view(whole)["drivers"]
    assert told["shapes"][0]["words"]["en"] == "Contract moves predictions most."
    points = told["shapes"][1]["chart"]["data"]["values"]
    assert [round(p["value"], 9) for p in points] == [15.0, 1.0, -10.0], "shares are drawn in points"
    assert "shape_chart" not in told["shapes"][2] and told["shapes"][2]["chart"]["data"]["values"][0]["group"] == "18 to 40"
    more = told["more"]
    assert more["pairs"][0]["zh"].startswith("tenure 与") and more["branches"] and more["prototypes"] and more["surrogate"]["en"]
    assert more["shuffled"]["data"]["values"][0]["column"] == "tenure + charges" and len(more["shuffled_text"]) == 1
    older = replace(whole.explanation, curves=(), together=(), importances=(), surrogate=None, prototypes=(), agreements=(), text={})
    told = views.view(replace(whole, explanation=older))["drivers"]
    assert told["more"]["shuffled"] is None and told["more"]["surrogate"] is None and not told["more"]["branches"]
    assert told["shapes"][1]["chart"]["data"]["values"][0]["group"] == "0 to 5", "a study without curves shows contributions"


def test_thresholds_are_told_and_not_drawn():
    from types import SimpleNamespace

    from apercu.core.score import Curve
    from apercu.deploy.views import _advice, _curve

    table = Curve("thresholds", {"purpose": ["f1"], "threshold": [0.3], "en": ["Decide."], "zh": ["判定。"]})
    assert _advice([table, Curve("roc", {"x": [0.0]})]) == [{"en": "Decide.", "zh": "判定。"}]
    profit = Curve("profit", {"share": [0.0, 0.5, 1.0], "profit": [0.0, 3.0, -1.0], "low": [0.0, 1.0, -2.0], "high": [0.0, 4.0, 0.0]})
    layers = _curve(SimpleNamespace(**vars(profit)))["chart"]["layer"]
    assert [layer["mark"] for layer in layers] == ["area", "line"] and layers[1]["encoding"]["y"]["field"] == "profit"
