"""Odd stretches of columns are told with their moments, in whatever order rows come; clean tables, clocks and tables without a clock are silent."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import audit
from apercu.audit.windows import find, scores

N = 1_500


def table(seed=0, n=N):
    generator = np.random.default_rng(seed)
    clock = np.arange(n)
    return {
        "when": np.datetime64("2024-01-01", "us") + clock * np.timedelta64(3_600, "s"),
        "load": 10 + 3 * np.sin(2 * np.pi * clock / 24) + generator.normal(size=n),
        "price": np.cumsum(generator.normal(size=n)),
        "number": clock + 100.0,
        "level": generator.integers(0, 5, n).astype(float),
        "sales": 50 + 0.002 * clock + generator.normal(size=n),
    }


def mixed(columns, seed=1):
    order = np.random.default_rng(seed).permutation(len(columns["sales"]))
    return {name: np.asarray(values)[order] for name, values in columns.items()}, order


def wild(columns, at=600, length=40):
    columns["load"][at : at + length] += 10 * np.random.default_rng(2).normal(size=length)
    return columns


def test_a_wild_stretch_is_told_with_its_moments(make_split):
    shuffled, order = mixed(wild(table()))
    (fault,) = [f for f in audit.run(make_split(shuffled, "sales", time="when"), None) if f.id.startswith("windows:")]
    assert fault.id == "windows:load" and fault.kind == "anomaly" and fault.evidence["n"] == 1 and fault.evidence["q"] <= 0.05
    places = sorted(order[np.array(fault.rows) - 1])
    assert places[0] >= 595 and places[-1] < 660 and len(places) >= 30
    assert fault.where is not None and "when" in fault.where.say() and fault.change is not None and fault.change.column == "load"
    assert "From 2024-01-2" in fault.say("en") and "times as far as usual" in fault.say("en") and "沿 when 有 1 段异常" in fault.say("zh")
    assert "empty" in fault.mend["en"] and "清空" in fault.mend["zh"]


def test_the_condition_holds_for_the_rows_of_a_single_stretch(make_split):
    split = make_split(mixed(wild(table()))[0], "sales", time="when")
    (fault,) = find(split)
    assert sorted(split.rows["_row"][fault.where.holds(split.rows)].astype(int)) == sorted(fault.change.rows)


def test_spikes_levels_and_still_stretches_are_said_as_such(make_split):
    columns = table()
    columns["load"][[300, 1_200]] = 95.0, -60.0
    columns["sales"] += 30.0 * ((np.arange(N) >= 700) & (np.arange(N) < 760)) - 0.002 * np.arange(N)
    columns["price"][900:960] = columns["price"][900]
    told = {f.id: f for f in find(make_split(mixed(columns)[0], "sales", time="when"))}
    assert "goes to 95" in told["windows:load"].say("en") and "below what its past" in told["windows:load"].say("en")
    assert "达到 95" in told["windows:load"].say("zh") and told["windows:load"].where is None and len(told["windows:load"].rows) >= 2
    assert "stands still at" in told["windows:price"].say("en") and "不变" in told["windows:price"].say("zh")
    sales = told["windows:sales"]
    assert sales.change.column == "" and "leave these rows out" in sales.mend["en"] and len(sales.change.rows) >= 50


def test_each_group_is_a_series_of_its_own(make_split):
    columns = wild(table(n=3_000), 1_400, 150)
    columns["shop"] = np.array(["north", "south"] * 1_500, dtype=object)
    columns["load"] = np.where(columns["shop"] == "north", table(n=3_000)["load"] + 500, columns["load"])
    (fault,) = find(make_split(mixed(columns)[0], "sales", time="when", group="shop"))
    assert "where shop is “south”" in fault.say("en") and "shop 为“south”时" in fault.say("zh") and "shop" in fault.where.columns()
    columns["shop"] = np.where(columns["shop"] == "north", 2.0, 7.0)
    columns["shop"][-3:] = np.nan
    (fault,) = find(make_split(mixed(columns)[0], "sales", time="when", group="shop"))
    assert "where shop is “7”" in fault.say("en") and fault.where.to_json()[0]["value"] == 7.0
    columns["shop"] = np.array([f"s{i}" for i in range(1_500)] * 2, dtype=object)
    assert find(make_split(mixed(columns)[0], "sales", time="when", group="shop")) == []  # two rows each are no series


@pytest.mark.parametrize("seed", range(5))
def test_clean_tables_are_silent(make_split, seed):
    assert find(make_split(mixed(table(seed))[0], "sales", time="when")) == []


def test_without_a_clock_or_with_shared_moments_nothing_is_said(make_split):
    columns = wild(table())
    split = make_split({name: values for name, values in columns.items() if name != "when"}, "sales")
    assert find(split) == []
    columns["when"] = columns["when"].astype("datetime64[D]").astype("datetime64[us]")
    assert find(make_split(columns, "sales", time="when")) == []


def test_the_clock_may_be_a_number_and_the_rate_nought(make_split):
    columns = wild(table())
    columns["when"] = np.arange(N).astype(float)
    split = make_split(mixed(columns)[0], "sales", time="when")
    (fault,) = find(split)
    assert "From 6" in fault.say("en") or "From 59" in fault.say("en")
    assert not [f for f in audit.run(split, None, audit.Options(stretches=0.0)) if f.id.startswith("windows:")]


def test_odd_tables_do_not_break_it(make_split):
    columns = {name: values[:30] for name, values in table().items()}
    assert find(make_split(columns, "sales", time="when")) == []
    columns = table()
    columns |= {"flat": np.ones(N), "gone": np.full(N, np.nan), "holes": np.where(np.arange(N) % 2, np.nan, 1.5)}
    columns["load"][5:9] = np.nan
    assert find(make_split(columns, "sales", time="when")) == []


def test_scores_order_points_and_bridge_what_is_missing():
    x = wild(table())["load"]
    x[100:110] = np.nan
    order = scores(x)
    assert order.shape == (N,) and 590 <= order.argmax() < 660
    assert not scores(np.full(50, np.nan)).any() and scores(np.zeros(0)).shape == (0,) and np.isfinite(scores(np.array([1.0, np.inf] * 100))).all()
