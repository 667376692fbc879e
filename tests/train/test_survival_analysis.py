"""On planted durations the median, the order of risks and the columns that tell are found; what gives the duration away is not learned from."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from apercu import clean, collect
from apercu.core.errors import EmptyTable, UnknownName, UnusableTarget, WordsError
from apercu.engine.duckdb import DuckDB
from apercu.questions import lasting
from apercu.train.survival_analysis import analysed

RATES = {"monthly": 0.10, "yearly": 0.02}


def customers(n: int = 1_000, seed: int = 0) -> dict[str, Any]:
    """Customers who leave at a constant rate by their plan; they joined at any time of the last 60 months."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(list(RATES), n).astype(object)
    until = rng.exponential(1.0 / np.array([RATES[p] for p in plan]))
    seen = rng.uniform(1.0, 60.0, n)
    months = np.round(np.minimum(until, seen), 2)
    return {
        "plan": plan,
        "age": rng.integers(18, 80, n).astype(np.float64),
        "paid": np.round(months * rng.uniform(19.0, 21.0, n), 2),
        "months": months,
        "left": np.where(until <= seen, "yes", "no").astype(object),
    }


def read(columns: dict[str, Any]) -> Any:
    return clean.run(collect.run(columns, DuckDB(), collect.Options())[0], None, clean.Options())[0]


@pytest.fixture(scope="module")
def told() -> Any:
    return analysed(read(customers()), "months", "left", horizon=12)


def test_the_curve_and_its_median_are_those_of_the_rates(told):
    truth = np.mean([np.exp(-rate * 12) for rate in RATES.values()])
    at = next(s for s in reversed(told.curve) if s.time <= 12)
    assert at.low < truth < at.high and at.high - at.low < 0.08
    middle, low, high = told.median
    assert 0.5 * (np.exp(-0.1 * low) + np.exp(-0.02 * low)) > 0.5 > 0.5 * (np.exp(-0.1 * high) + np.exp(-0.02 * high))
    assert low <= middle <= high
    assert told.n == 1_000 and told.events == np.count_nonzero(customers()["left"] == "yes")


def test_the_order_of_risks_is_honest(told):
    value, low, high = told.concordance
    assert low < value < high and low > 0.62 and high < 0.80  # two groups of one rate each cannot be told further apart
    assert told.brier[1] < told.brier[0] < told.brier[2] < 0.25
    assert 0 < told.gain[1] < told.gain[0] < told.gain[2] and told.gain[2] - told.gain[1] < 0.04, "rows drawn in pairs vary less"
    high_risk, low_risk = told.thirds[0], told.thirds[-1]
    assert high_risk.name == "high" and high_risk.share < 0.45 < 0.65 < low_risk.share
    for third in told.thirds:
        assert third.low - 0.05 < third.foretold < third.high + 0.05


def test_the_column_that_tells_is_named_and_the_one_that_gives_away_is_left_out(told):
    assert told.left_out == ("paid",) and "paid" in told.how("en") and "paid" in told.how("zh")
    first = told.tellers[0]
    assert (first.column, first.worst.name, first.best.name) == ("plan", "monthly", "yearly") and len(told.tellers) == 1, "age tells nothing"
    assert 0 < first.low < first.cost < first.high and first.n == 1_000 == first.worst.n + first.best.n
    for group, rate in ((first.worst, 0.10), (first.best, 0.02)):
        assert group.low < np.exp(-12 * rate) < group.high and group.high - group.low < 0.12
    kept = analysed(read(customers(300)), "months", "left", columns=("plan", "paid"))
    assert kept.left_out == () and kept.concordance[0] > 0.85


def test_those_at_risk_are_the_ones_whose_rate_is_high(told):
    columns = customers()
    waiting = np.flatnonzero(columns["left"] == "no")
    assert sorted(one.row for one in told.at_risk) == (waiting + 1).tolist()
    top = [one for one in told.at_risk if one.chance is not None][:50]
    assert np.mean([columns["plan"][one.row - 1] == "monthly" for one in top]) > 0.9
    assert np.mean([one.chance for one in top]) == pytest.approx(1 - np.exp(-1.2), abs=0.12)
    assert all(one.since == pytest.approx(columns["months"][one.row - 1]) for one in top)
    assert all(one.chance is None for one in told.at_risk if one.since + 12 > told.last)


def test_it_is_told_drawn_and_written(told):
    assert told.say().startswith(f"left is “yes” in {told.events:,} of 1,000 rows") and "Half of all have it by months" in told.say()
    assert "估计半数在 months 为" in told.say("zh") and "一致性指数" in told.how("zh") and "concordance" in told.how()
    picture = told.picture(30)
    assert len(picture) == 30 and picture[0] == "█" and list(picture) == sorted(picture, reverse=True)
    assert told.chart()["data"]["values"][0] == {"x": 0.0, "share": 1.0, "low": 1.0, "high": 1.0}
    tree = json.loads(json.dumps(told.to_json(), allow_nan=False))
    assert tree["happened"] == "yes" and set(tree["text"]) == {"en", "zh"} and "model" not in tree
    assert told.model.shares(read(customers(5)).rows(), [6, 12]).shape == (5, 2)


def test_a_number_as_event_missing_values_and_a_curve_that_ends_early():
    columns = customers(400, 3)
    flag = np.where(columns["left"] == "yes", 1.0, 0.0)
    flag[:5], months = np.nan, columns["months"].copy()
    months[5:9] = np.nan
    flag[months > 4.0] = np.where(np.isnan(flag[months > 4.0]), np.nan, 0.0)
    early = analysed(read({**columns, "months": np.minimum(months, 4.0), "left": flag}), "months", "left")
    assert early.happened == "1" and early.n == 391 and early.median[0] is None
    assert "no median can be told" in early.say() and "中位时间未知" in early.say("zh")


def test_rows_of_one_entity_stay_together():
    columns = customers(300, 5)
    who = np.repeat(np.arange(100), 3)
    data = clean.run(collect.run({**columns, "who": who}, DuckDB(), collect.Options())[0], None, clean.Options(role=("who=group",)))[0]
    assert analysed(data, "months", "left").n == 300


def test_what_cannot_be_analysed_gets_a_sentence():
    data = read(customers(60))
    with pytest.raises(UnusableTarget, match="must be a column of numbers"):
        analysed(data, "plan", "left")
    with pytest.raises(UnknownName, match="'months'"):
        analysed(data, "month", "left")
    with pytest.raises(WordsError, match="whether it has happened"):
        lasting(data, "months", None)
    with pytest.raises(EmptyTable, match="at least 10 rows"):
        analysed(read({**customers(30), "left": np.array(["no"] * 28 + ["yes"] * 2, dtype=object)}), "months", "left")
