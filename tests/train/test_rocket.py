"""Series told by random kernels: learns shapes, levels and columns beside them; sums; comes back equal; survives what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.stats.scores import accuracy, r2
from apercu.train import rocket
from apercu.train.rocket import Rocket

from . import families

GOALS = families.GOALS


def made(task, n=90, seed=1):
    """Two channels of unequal lengths: the frequency of one, a category and nothing of the other tell the target."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(np.array(["p", "q"], dtype=object), n)
    speed = rng.uniform(0.1, 0.6, n)
    lengths = rng.integers(30, 60, n)
    wave = [np.sin(s * np.arange(size) * 2 + rng.uniform(0, 6)) + 0.2 * rng.normal(size=size) for s, size in zip(speed, lengths, strict=True)]
    noise = [rng.normal(size=size) for size in lengths]
    z = 4 * (speed - 0.35) + 0.6 * (plan == "q") - 0.3
    y = {
        "binary": np.where(z > 0, "yes", "no").astype(object),
        "multiclass": np.array(["a", "b", "c"], dtype=object)[np.digitize(z, [-0.4, 0.4])],
        "numeric": z,
    }[task]
    wave[3], wave[4], noise[5] = None, np.full(9, np.nan), None
    wave[6] = np.where(np.arange(lengths[6]) % 5 == 0, np.nan, wave[6])
    return Rows.of({"wave": wave, "noise": noise, "plan": plan, "y": y})


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rocket, "THRESHOLDS", 400)
        yield


@pytest.fixture(scope="module", params=["binary", "multiclass", "numeric"])
def fitted(request, small):
    rows, goal = made(request.param), GOALS[request.param]
    return request.param, goal, Rocket().fit(rows.take(np.arange(70)), goal, rows.take(np.arange(70, 90)))


def test_learns(fitted):
    task, goal, model = fitted
    later = made(task, 200, seed=2)
    told, truth = model.predict(later), goal.coded(later)
    assert (r2(truth, told) if task == "numeric" else accuracy(truth, told.argmax(axis=1))) > 0.75


def test_contributions_sum_and_name_the_channel(fitted):
    task, _, model = fitted
    rows = made(task, 40, seed=2)
    assert families.sums(model, rows, task) < 1e-5
    strength = dict(zip(model.columns, np.abs(model.contributions(rows)[0]).mean(axis=(0, 2)), strict=True))
    assert strength["wave"] > strength["noise"] and strength["plan"] > 0


def test_comes_back_equal(fitted):
    task, _, model = fitted
    later = made(task, 30, seed=2)
    again = families.returned(Rocket, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])


def test_a_prediction_does_not_depend_on_other_rows(fitted):
    task, _, model = fitted
    later = made(task, 30, seed=2)
    assert np.allclose(model.predict(later)[:7], model.predict(later.take(np.arange(7))), atol=1e-9)
    assert len(model.predict(later.take(np.arange(0)))) == 0


def test_probabilities_of_few_rows_are_not_certain(fitted):
    task, goal, model = fitted
    if task != "numeric":
        later = made(task, 200, seed=3)
        told, truth = model.predict(later), goal.coded(later).astype(int)
        assert -np.log(told[np.arange(200), truth]).mean() < 0.65


@pytest.mark.parametrize("n", [1, 5])
def test_few_rows_and_one_class_are_borne(n):
    rows = made("binary", 10).take(np.arange(n))
    rows = rows.plus({"y": rows.coded("y")})
    for task in ("binary", "multiclass"):
        goal = Goal("y", task, ("no", "yes", "maybe")[: 2 if task == "binary" else 3], "yes")
        assert np.isfinite(Rocket().fit(rows, goal, rows.take(np.arange(0))).predict(rows)).all()


def test_many_rows_get_fewer_features(monkeypatch):
    monkeypatch.setattr(rocket, "MANY", 60)
    rows = made("numeric", 150)
    model = Rocket().fit(rows, GOALS["numeric"], rows.take(np.arange(0)))
    assert not model.plan.hydras and len(model.plan.rockets[0].biases) <= rocket.THRESHOLDS_MANY


def test_is_offered_where_there_are_sequences():
    rows = made("binary", 12)
    assert [m.name for m in Rocket.members(GOALS["binary"], rows)] == ["rocket"]
    assert Rocket.members(GOALS["binary"], rows.only(("plan", "y"))) == ()


def test_entities_that_repeat_are_left_out_whole():
    rng = np.random.default_rng(4)

    def of(entities):
        own = [rng.normal(size=30) for _ in range(entities)]
        series = [wave + 0.05 * rng.normal(size=30) for wave in own for _ in range(6)]
        return Rows.of({"wave": series, "y": np.repeat(rng.normal(size=entities), 6)})  # the entity is known by its wave, and nothing more

    rows, later = of(12), of(40)
    fits = [Rocket().fit(rows, GOALS["numeric"], rows.take(np.arange(0)), together=own) for own in (None, np.arange(72) // 6)]
    alone, whole = (float(np.mean((model.predict(later) - later["y"]) ** 2)) for model in fits)
    assert whole <= alone and Rocket.asks == ("together",)
    assert np.abs(fits[1].coefficients).sum() < np.abs(fits[0].coefficients).sum()
