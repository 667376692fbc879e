"""The list of rules: finds the planted rules, is read in two languages, answers as it says, bears poor tables."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.testing import check_learner
from apercu.train.rulelist import RULES, TERMS, RuleList

from . import families

CHURN = Goal("churn", "binary", ("no", "yes"), "yes")


def planted(n=4_000, seed=1):
    """Churn of 80 % among young month-to-month rows, 5 % in the city x, else 25 %."""
    rng = np.random.default_rng(seed)
    tenure, city = rng.integers(0, 72, n), rng.choice(list("xyzw"), n)
    plan = rng.choice(["month", "year"], n)
    rate = np.where((plan == "month") & (tenure <= 20), 0.8, np.where(city == "x", 0.05, 0.25))
    return Rows.of({"tenure": tenure, "city": city.astype(object), "plan": plan.astype(object), "noise": rng.normal(size=n),
                    "churn": np.where(rng.random(n) < rate, "yes", "no").astype(object)})  # fmt: skip


@pytest.fixture(scope="module")
def model():
    rows = planted()
    return RuleList().fit(rows.take(np.arange(3_400)), CHURN, rows.take(np.arange(3_400, 4_000)))


def test_keeps_the_promises_of_a_learner():
    check_learner(RuleList())


def test_finds_the_planted_rules(model):
    first, second = model.answers[0], model.answers[1]
    assert set(first.where.columns()) == {"plan", "tenure"} and first.value[1] == pytest.approx(0.8, abs=0.05)
    assert second.where.columns() == ("city",) and second.value[1] == pytest.approx(0.05, abs=0.03)
    assert all("noise" not in answer.where.columns() for answer in model.answers)


def test_is_short_and_read_in_two_languages(model):
    assert len(model.answers) <= RULES + 1 and all(len(answer.where.terms) <= TERMS for answer in model.answers)
    english, chinese = model.say(), model.say("zh")
    assert english[0].startswith("If ") and english[1].startswith("Otherwise, if ") and english[-1].startswith("Otherwise: churn is “yes” in ")
    assert chinese[0].startswith("若 ") and chinese[-1].startswith("其余：") and all(text.endswith("。") for text in chinese)


def test_counts_what_it_says(model):
    rows = planted()
    which = model.which(rows)
    assert [answer.n for answer in model.answers] == np.bincount(which, minlength=len(model.answers)).tolist()
    share = np.bincount(which, CHURN.measured(rows)) / np.bincount(which)
    assert [answer.value[1] for answer in model.answers] == pytest.approx(share.tolist(), abs=0.01)
    assert sum(answer.n for answer in model.answers) == rows.n


@pytest.mark.parametrize("task", list(families.GOALS))
def test_sums_and_comes_back(task):
    rows, goal = families.made(task), families.GOALS[task]
    model = RuleList().fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))
    later = families.made(task, seed=2)
    assert families.sums(model, later, task) < 1e-6
    again = families.returned(RuleList, model)
    assert again == model and np.array_equal(again.predict(later), model.predict(later))


def test_noise_gets_hardly_a_rule():
    rng = np.random.default_rng(2)
    lengths = []
    for _ in range(10):
        rows = Rows.of({**{f"x{i}": rng.normal(size=1_500) for i in range(6)}, "churn": rng.choice(["no", "yes"], 1_500).astype(object)})
        lengths.append(len(RuleList().fit(rows.take(np.arange(1_200)), CHURN, rows.take(np.arange(1_200, 1_500))).answers) - 1)
    assert np.mean(lengths) < 0.7, lengths


@pytest.mark.parametrize("n", [1, 20])
def test_few_rows_are_borne(n):
    rows = Rows.of({"x": np.arange(float(n)), "churn": ["yes"] * n})
    model = RuleList().fit(rows, CHURN, rows.take(np.arange(0)))
    assert model.predict(rows)[0, 1] > 0.7 and model.say()[-1].startswith("All rows: ") and model.say("zh")[-1].startswith("所有行")
