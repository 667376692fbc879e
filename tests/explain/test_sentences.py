"""Sentences: whole, in both languages, with their interval; a rough surrogate and methods that disagree are called so."""

from __future__ import annotations

import pytest

from apercu.core.condition import Condition, Term
from apercu.core.explanation import Agreement, Branch, Dependence, Importance, Prototype, Surrogate
from apercu.core.goal import Goal
from apercu.explain import sentences as say

CHURN, PRICE = Goal("Churn", "binary", ("No", "Yes"), "Yes"), Goal("price", "numeric")


def test_effects():
    curve = Dependence("Contract", "partial", ("Month-to-month", "Two year"), (0.05, -0.142), (0.04, -0.157), (0.06, -0.125), 0.1, 120)
    told = say.of_effect("Contract", 1, curve, CHURN, "share")
    assert told["en"] == (
        "Where Contract is “Two year”, the predicted share of Churn “Yes” is 14.2 points below the average (95% interval −15.7 to −12.5); "
        "Contract moves predictions most of all columns."
    )
    assert told["zh"].startswith("当 Contract 为“Two year”时，Churn 为“Yes”的预测比例比平均低 14.2 个百分点（95% 区间 −15.7 至 −12.5）；")
    curve = Dependence("size", "accumulated", (1.0, 9.0), (-2.0, 3.0), (-2.5, 2.5), (-1.5, 3.5), 1.0, 120)
    told = say.of_effect("size", 12, curve, PRICE, "EUR")
    assert told["en"] == (
        "Along size, the predicted price is highest at 9, 3 EUR above the average (95% interval +2.5 to +3.5), and lowest at 1, 2 EUR below "
        "the average (95% interval −2.5 to −1.5); size is number 12 of all columns in moving predictions."
    )
    assert say.of_effect("note", 2, None, PRICE, "")["en"] == "note moves predictions second most of all columns."


def test_shuffling():
    rise = Importance(("tenure", "total"), 0.074, 0.042, 0.1, 0.4)
    assert say.of_importance(rise, "binary")["en"] == (
        "Shuffling tenure and total together, which tell nearly the same, among unseen rows raises the log loss by 18.5% "
        "(95% interval 10.5% to 25.0%)."
    )
    none = Importance(("x",), 0.001, -0.01, 0.02, 0.4)
    assert "does not provably worsen" in say.of_importance(none, "numeric")["en"] and "平方误差" in say.of_importance(none, "numeric")["zh"]


@pytest.mark.parametrize("fidelity", [0.8, 0.3])
def test_surrogates(fidelity):
    branch = Branch(Condition((Term("plan", "is", "a"),)), 0.61, 300)
    assert say.of_branch(branch, CHURN, "share")["en"] == "Where plan is “a”, the predicted share of Churn “Yes” is about 61.0% (300 rows)."
    told = say.of_surrogate(Surrogate((branch, branch), fidelity, 0.2, 0.9, 0.88, 1_000))
    assert told["en"].startswith("2 lines imitate the model: on 1,000 rows") and ("rough picture" in told["en"]) == (fidelity < 0.5)
    assert ("粗略" in told["zh"]) == (fidelity < 0.5)


def test_prototypes_and_agreement():
    case = Prototype("Yes", 4421, 0.735, 0.6, (("plan", "a"), ("age", 3.0), ("note", None)))
    assert say.of_prototype(case, CHURN, "share")["en"] == "Row 4,421 is typical of Churn “Yes” (predicted 73.5%): plan = a, age = 3, note = missing."
    low = Prototype("low", 1, 120.0, 0.6, ())
    assert say.of_prototype(low, PRICE, "EUR")["zh"].startswith("第 1 行是 price 偏低的典型（预测 120 EUR）")
    pair = ("contribution", "permutation")
    assert "rank the columns alike" in say.of_agreements([Agreement(pair, 0.9, 9)])["en"]
    apart = say.of_agreements([Agreement(pair, 0.9, 9), Agreement(("contribution", "curve"), 0.2, 6)])
    assert "do not all rank" in apart["en"] and "谨慎" in apart["zh"] and say.of_agreements([]) == {}
