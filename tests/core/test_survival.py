"""A survival analysis in words, in a picture and in JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from apercu.core.survival import MODELS, AtRisk, Cohort, Group, Standing, SurvivalAnalysis, Teller

TOLD = SurvivalAnalysis(
    source="customers.csv",
    duration="months",
    event="left",
    happened="yes",
    n=1_000,
    events=600,
    horizon=12.0,
    last=40.0,
    median=(14.0, 12.5, None),
    curve=(Standing(5.0, 0.8, 0.75, 0.85, 1_000), Standing(20.0, 0.4, 0.35, 0.45, 300)),
    made_by="cox",
    concordance=(0.69, 0.67, 0.71),
    brier=(0.161, 0.152, 0.172),
    gain=(0.053, 0.045, 0.064),
    thirds=(Cohort("high", 333, 250, 0.3, 0.31, 0.25, 0.37, 6.0),),
    tellers=(Teller("plan", 0.19, 0.16, 0.21, 1_000, Group("monthly", 460, 0.27, 0.23, 0.31), Group("yearly", 540, 0.78, 0.74, 0.82)),),
    at_risk=(AtRisk(7, 3.0, 0.6, 5.0), AtRisk(9, 39.0, None, None)),
    left_out=("paid",),
)


def test_it_is_told_in_both_languages():
    assert TOLD.say().startswith("left is “yes” in 600 of 1,000 rows; the others were last seen without it.")
    assert TOLD.say().endswith("Half of all have it by months 14 (estimated; 95% interval 12.5 to ∞).")
    assert "估计半数在 months 为 14（95% 区间 12.5 至 ∞）之前发生。" in TOLD.say("zh")
    without = replace(TOLD, median=(None, 15.0, None))
    assert "40.0% are still without it, so no median can be told" in without.say() and "中位时间未知" in without.say("zh")


@pytest.mark.parametrize("made_by", MODELS)
def test_how_good_it_is_comes_with_intervals_and_rows(made_by):
    told = replace(TOLD, made_by=made_by)
    assert MODELS[made_by]["en"] in told.how() and MODELS[made_by]["zh"] in told.how("zh")
    assert "concordance is 0.690 (95% interval 0.670 to 0.710, out of fold on 1,000 rows; 0.5 is chance)" in told.how()
    assert "Brier score 0.161 (0.152 to 0.172), 0.053 (0.045 to 0.064) less than that of one curve for all." in told.how()
    assert "0.161（0.152 至 0.172），比对所有行用同一条曲线低 0.053（0.045 至 0.064）。" in told.how("zh")
    assert told.how().endswith("Not learned from, since the duration itself is in it: paid.") and "未使用 paid" in told.how("zh")
    worse = replace(told, gain=(-0.002, -0.003, 0.001), left_out=())
    assert worse.how().endswith("0.002 (-0.001 to 0.003) more than that of one curve for all.") and "高 0.002" in worse.how("zh")


def test_it_is_drawn_from_the_start_to_the_last_time():
    assert TOLD.picture(9) == "█▇▇▇▄▄▄▄▄"
    values = TOLD.chart()["data"]["values"]
    assert values[0] == {"x": 0.0, "share": 1.0, "low": 1.0, "high": 1.0} and len(values) == 3


def test_json_round_trip():
    tree = json.loads(json.dumps(TOLD.to_json(), allow_nan=False))
    assert SurvivalAnalysis.from_json(tree) == TOLD and "model" not in tree and set(tree["text"]) == set(tree["how"]) == {"en", "zh"}
