"""The trial of an action is as large as its assumed change needs, and says in both languages what it would and would not show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.advise.experiment import Trial, pace, proposed, proposed_of_mean
from apercu.core.goal import Goal
from apercu.stats.power import rates

from .test_offers import PRICED, world

BARE = Goal("left", "binary", ("no", "yes"), "yes")


def test_arms_are_as_large_as_the_change_needs():
    trial = proposed(0.378, -0.113, PRICED, 1_494)
    assert trial is not None
    assert rates(0.378, -0.113) <= trial.arm <= 1.02 * rates(0.378, -0.113)
    assert trial.pays == pytest.approx(30 / 300)
    en, zh = trial.say(), trial.say("zh")
    for part in (f"{trial.arm:,}", "37.8%", "26.5%", "80.0%", "5.0%", "p < 0.005", "p < 0.048", "10.0"):
        assert part in en.replace("0.005", "0.005") and part in zh
    assert "days" not in en and "天" not in zh and "only" not in en.split("80.0%")[1]


def test_too_few_cases_say_what_they_would_show():
    trial = proposed(0.1, -0.02, BARE, 500)
    assert trial is not None and 2 * trial.arm > 500
    assert "There are only 500 such cases" in trial.say() and f"{100 * trial.least:.1f} points or more" in trial.say()
    assert "仅有 500 个" in trial.say("zh") and "pays" not in trial.say()
    nothing = proposed(0.5, -0.2, BARE, 2)
    assert nothing is not None and "no difference at all" in nothing.say() and "任何差异都看不出" in nothing.say("zh")


def test_no_change_no_trial():
    assert proposed(0.3, 0.0, BARE, 100) is None and proposed(0.3, -0.1, BARE, 0) is None
    assert proposed_of_mean(0.0, 1.0, BARE, 10) is None and proposed_of_mean(2.0, 0.0, BARE, 10) is None


def test_a_mean_has_its_own_trial():
    trial = proposed_of_mean(15.0, 0.6, Goal("spend", "numeric", value=1.0, cost=0.1), 3_000, daily=100.0)
    assert trial is not None and trial.number and trial.days == pytest.approx(2 * trial.arm / 100)
    assert trial.least > 0.6  # 3,000 cases are too few
    assert (
        "mean spend" in trial.say()
        and "spend 的均值" in trial.say("zh")
        and "0.6" in trial.say()
        and "pays from a difference of 0.1 on" in trial.say()
    )


def test_the_clock_gives_the_pace():
    split = world()
    assert pace(split, np.ones(split.rows.n, dtype=bool)) is None
    days = np.datetime64("2024-01-01", "us") + np.arange(split.rows.n) % 100 * np.timedelta64(1, "D")
    schema = split.data.schema.changed("x", role="time", kind="time", storage="time")
    timed = replace(split, rows=split.rows.plus({"x": days}), data=split.data.with_schema(schema))
    assert pace(timed, np.ones(split.rows.n, dtype=bool)) == pytest.approx(split.rows.n / 99)
    assert pace(timed, np.zeros(split.rows.n, dtype=bool)) is None
    empty = replace(timed, rows=split.rows.plus({"x": np.full(split.rows.n, np.datetime64("NaT", "us"))}))
    assert pace(empty, np.ones(split.rows.n, dtype=bool)) is None
    trial = proposed(0.3, -0.09, PRICED, 5_000, pace(timed, np.ones(split.rows.n, dtype=bool)))
    assert isinstance(trial, Trial) and trial.days is not None and "days" in trial.say() and "天" in trial.say("zh")


def test_where_it_is_open_whether_a_change_pays_the_trial_is_large_enough_to_settle_that():
    plain, settles = proposed(0.12, 0.14, PRICED, 50_000), proposed(0.12, 0.14, PRICED, 50_000, settles=True)
    assert plain is not None and settles is not None and settles.arm > 5 * plain.arm and settles.settles and not plain.settles
    assert "this is more than the 10.0 points from which on it pays" in settles.say() and "高于合算所需的 10.0 个百分点" in settles.say("zh")
    few = proposed(0.12, 0.14, PRICED, 500, settles=True)
    assert few is not None and "only 500 such cases, too few to settle it." in few.say() and "不足以定论" in few.say("zh")
    less = proposed(0.12, 0.05, PRICED, 50_000, settles=True)
    assert less is not None and "less than the 10.0 points" in less.say() and "低于" in less.say("zh")
    even = proposed(0.12, 0.1, PRICED, 50_000, settles=True)
    assert even is not None and not even.settles and "The offer pays from" in even.say()
    free = proposed(0.12, 0.1, BARE, 50_000, settles=True)
    assert free is not None and not free.settles
