"""Forecast: sentences in both languages, a trip through JSON, a chart that holds its data."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from apercu.core.dataset import Note
from apercu.core.forecast import UNITS, WORDS, Accuracy, Forecast, Path, Span

PAST, TIMES = ("2024-01-01", "2024-01-08"), ("2024-01-15", "2024-01-22", "2024-01-29", "2024-02-05")
PATH = Path(("a", "x"), PAST, (250.0, 300.0), TIMES, (310.0,) * 4, (260.0,) * 4, (360.0,) * 4)
SCORES = (
    Accuracy("forecast", 1.0, 6.1, 0.8, 0.91),
    Accuracy("theta", 0.6, 6.5, 0.85),
    Accuracy("ets", 0.4, 6.6, 0.86),
    Accuracy("seasonal naive", 0.0, 9.0, 1.1),
)
NOTE = Note("forecast", "day", {"en": "day: 2 steps without a row were filled.", "zh": "day：2 个缺失的时点已补齐。"}, 2, "", "forecast-1")
ONE = Forecast(
    "sold", "day", ("item", "shop"), ("week", 1), 4, 0.9, True, (PATH,), replace(PATH, key=()),
    Span(1240.4, 1050.0, 1430.2, 1148.1, 0.06), SCORES, (52,), 8, (NOTE,),
)  # fmt: skip


def test_what_is_expected_is_said_in_both_languages():
    assert ONE.say() == (
        "The sum of sold over the next 4 weeks is expected to be 1,240 (90% interval 1,050 to 1,430), 8.0% above the 4 weeks before; "
        "past forecasts of this kind missed by 6.0%."
    )
    assert ONE.say("zh") == "未来 4 周的 sold 合计预计为 1,240（90% 区间 1,050 至 1,430），较前 4 周增长 8.0%；以往同类预测的平均误差为 6.0%。"


@pytest.mark.parametrize(("before", "words"), [(1240.4, "the same as"), (2000.0, "38.0% below"), (0.0, None)])
def test_the_change_is_told_where_there_is_one(before, words):
    told = replace(ONE, span=replace(ONE.span, before=before)).say()
    assert words in told if words else "before" not in told


def test_how_it_was_made_names_members_and_the_naive_rule():
    assert ONE.how() == (
        "Made by Theta (60.0%) and exponential smoothing (40.0%); tested at 8 past moments, its sMAPE is 6.1% where “as one season before” has 9.0%, "
        "and 91.0% of the values lay inside the intervals."
    )
    assert (
        "Theta 模型 (60.0%)、指数平滑 (40.0%)" in ONE.how("zh")
        and "too short" in replace(ONE, scores=(Accuracy("forecast", 1.0, None, None), *SCORES[1:])).how()
    )


def test_it_survives_json_text():
    assert Forecast.from_json(json.loads(json.dumps(ONE.to_json()))) == ONE


@pytest.mark.parametrize(
    ("step", "horizon", "words"),
    [(("day", 1), 1, "1 day "), (("minute", 30), 48, "24 hours"), (("quarter", 3), 2, "2 quarters"), (("number", 5), 3, "3 steps")],
)
def test_steps_are_told_in_their_unit(step, horizon, words):
    assert words in replace(ONE, step=step, horizon=horizon).say()


def test_a_chart_holds_history_forecast_and_band():
    for chart in (ONE.chart(), ONE.chart("a", "x")):
        band, past, line = (layer["data"]["values"] for layer in chart["layer"])
        assert [v["x"] for v in past] == list(PAST) and [v["x"] for v in line] == [PAST[-1], *TIMES]
        assert (band[1]["low"], band[1]["high"]) == (260.0, 360.0)
    with pytest.raises(KeyError):
        ONE.chart("b")
    assert PATH.name == "a · x"


def test_both_languages_know_the_same_words():
    assert set(UNITS["en"]) == set(UNITS["zh"]) and set(WORDS["en"]) == set(WORDS["zh"])
