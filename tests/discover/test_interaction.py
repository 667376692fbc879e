"""Interactions: effects that turn or double with another condition; not sums, not products, not one cell that stands out."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import discover
from apercu.discover.interaction import Interaction


def table(effect, n=6000, seed=0):
    """m with mean effect(a, b) of two flags, beside columns that say nothing."""
    rng = np.random.default_rng(seed)
    a, b = rng.random(n) < 0.4, rng.random(n) < 0.5
    noise = {f"z{i}": rng.choice(["p", "q", "r"], n).astype(object) for i in range(4)}
    flags = {"a": np.where(a, "yes", "no").astype(object), "b": np.where(b, "yes", "no").astype(object)}
    return {**flags, **noise, "m": effect(a, b) + rng.normal(size=n)}


def proposed(split):
    return list(Interaction().propose(split.search))


def told(split):
    return [f for f in discover.run(split)[0] if f.claim.pattern == "interaction"]


def test_an_effect_that_turns_round_is_told(make_split):
    split = make_split(table(lambda a, b: a * np.where(b, 0.7, -0.4)), "m")
    finding = told(split)[0]
    e = finding.evidence
    assert set(finding.claim.where.columns()) == {"a", "b"} and e.value * e.base < 0
    assert abs(e.effect) == pytest.approx(1.1, abs=0.15) and e.low <= e.effect <= e.high
    assert "Which way" in finding.say("en") and "其方向取决于" in finding.say("zh")


def test_the_four_means_are_those_of_the_rows(make_split):
    split = make_split(table(lambda a, b: a * np.where(b, 0.7, -0.4)), "m")
    claim = proposed(split)[0]
    e, x = Interaction().verify(claim, split.verify), split.verify.rows["m"]
    cells = (claim.against[2], claim.against[1], claim.against[0], claim.where)
    means = [x[c.holds(split.verify.rows)].mean() for c in cells]
    assert [e.extra[f"cell {k}"] for k in range(4)] == pytest.approx(means)
    assert e.effect == pytest.approx(means[3] - means[1] - means[2] + means[0])


@pytest.mark.parametrize(
    "effect",
    [lambda a, b: 0.8 * a + 0.8 * b, lambda a, b: 1.0 * (a & b), lambda a, b: -1.0 * (a | b), lambda a, b: 0.8 * a],
    ids=["sum", "one cell high", "one cell low", "one condition"],
)
def test_sums_and_single_cells_are_left_to_segments(make_split, effect):
    assert not proposed(make_split(table(effect), "m"))


def test_what_multiplies_is_no_interaction_of_a_rate_or_an_amount(make_split):
    rng = np.random.default_rng(1)
    columns = table(lambda a, b: 0.0 * a, 10_000)
    a, b = columns["a"] == "yes", columns["b"] == "yes"
    columns["m"] = 10 * np.where(a, 2.5, 1.0) * np.where(b, 2.5, 1.0) * rng.gamma(20, 1 / 20, 10_000)
    assert not proposed(make_split(columns, "m"))
    odds = 0.03 * np.where(a, 4.0, 1.0) * np.where(b, 4.0, 1.0)
    columns["m"] = np.where(rng.random(10_000) < odds / (1 + odds), "yes", "no").astype(object)
    assert not proposed(make_split(columns, "m", wanted="yes"))


def test_the_larger_effect_is_told_first_and_as_a_rise(make_split):
    split = make_split(table(lambda a, b: a * np.where(b, -0.3, -1.2), 12_000), "m")
    e = Interaction().verify(proposed(split)[0], split.verify)
    assert e.value > abs(e.base) > 0 and "How far" in Interaction().say(proposed(split)[0], e, "en")


def test_the_effects_of_the_conditions_themselves_are_left_to_others(make_split):
    split = make_split(table(lambda a, b: 1.5 * a + a * np.where(b, 0.7, -0.7)), "m")
    direction = Interaction().divide(proposed(split)[0], split.search)
    a, b = split.search.rows["a"] == "yes", split.search.rows["b"] == "yes"
    assert [abs(direction @ v) for v in (np.ones(len(a)), a, b)] == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


def test_conditions_that_are_as_good_as_one_are_not_crossed(make_split):
    rng = np.random.default_rng(2)
    x = rng.normal(size=8000)
    y = x + 0.2 * rng.normal(size=8000)
    m = rng.normal(size=8000) + 1.5 * ((x > 0) != (y > 0))
    assert not proposed(make_split({"x": x, "y": y, "m": m}, "m"))


def test_noise_gives_none(make_split):
    rng = np.random.default_rng(3)
    seen = 0
    for draw in (rng.normal, lambda size: rng.standard_t(3, size), lambda size: rng.lognormal(0, 1.2, size)):
        for _ in range(3):
            columns = {f"k{i}": rng.choice(["p", "q", "r"], 4000).astype(object) for i in range(12)}
            split = make_split({**columns, "m": draw(size=4000)}, "m")
            seen += sum(Interaction().verify(c, split.verify).p <= 0.01 for c in proposed(split))
    assert seen == 0


def test_rows_of_one_entity_are_not_taken_for_many(make_split):
    rng = np.random.default_rng(4)
    who = np.repeat(np.arange(60), 100)
    a, b = rng.random(60) < 0.5, rng.random(60) < 0.5
    columns = {"a": np.where(a, "x", "y")[who].astype(object), "b": np.where(b, "x", "y")[who].astype(object)}
    columns |= {"who": np.array([f"w{i}" for i in who], dtype=object), "m": rng.normal(size=60)[who] + 0.1 * rng.normal(size=6000)}
    split = make_split(columns, "m", group="who")
    assert all(Interaction().verify(c, split.verify).p > 0.01 for c in proposed(split))
