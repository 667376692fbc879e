"""Gaps: unequal treatment of groups that the goal names, as it stands and among comparable rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu import discover
from apercu.core.errors import UnknownName
from apercu.discover.gap import Gap


def with_alike(split, *names):
    return replace(split, goal=replace(split.goal, alike=names))


def table(n=6000, seed=0, own=-0.12):
    """Loans: women ask for the kind that is granted less; among the same kind `own` is left."""
    rng = np.random.default_rng(seed)
    woman = rng.random(n) < 0.45
    business = rng.random(n) < np.where(woman, 0.7, 0.3)
    granted = rng.random(n) < np.where(business, 0.4, 0.7) + own * woman
    text = {"sex": (woman, "f", "m"), "kind": (business, "business", "house"), "granted": (granted, "yes", "no")}
    columns = {name: np.where(mask, a, b).astype(object) for name, (mask, a, b) in text.items()}
    return {**columns, "age": rng.integers(20, 70, n).astype(float), "branch": rng.choice(["n", "s", "w"], n).astype(object)}


def told(split):
    return [f for f in discover.run(split)[0] if f.claim.pattern == "gap"]


def test_a_gap_is_told_with_what_is_left_of_it_among_comparable_rows(make_split):
    finding = told(with_alike(make_split(table(), "granted"), "sex"))[0]
    e = finding.evidence
    assert finding.claim.where.say() == "sex is “f”" and finding.claim.by[0].columns() == ("kind",)
    assert e.effect == pytest.approx(-0.24, abs=0.04) and e.extra["adjusted"] == pytest.approx(-0.12, abs=0.05)
    assert e.extra["adjusted_low"] < e.extra["adjusted"] < e.extra["adjusted_high"] < 0
    assert e.extra["ratio"] == pytest.approx(e.value / e.base) and e.extra["ratio"] < 0.8
    assert "Among rows with the same kind the difference is still" in finding.say("en") and "less than four fifths" in finding.say("en")
    assert "在 kind 相同的行之间，仍相差" in finding.say("zh") and "低于五分之四" in finding.say("zh")


def test_a_gap_that_comparable_rows_explain_is_said_to_be_uncertain(make_split):
    finding = told(with_alike(make_split(table(seed=1, own=0.0), "granted"), "sex"))[0]
    assert finding.evidence.extra["adjusted_low"] < 0 < finding.evidence.extra["adjusted_high"]
    assert "no longer certain" in finding.say("en") and "已不确定" in finding.say("zh")


def test_nothing_is_said_unless_the_goal_names_columns(make_split):
    split = make_split(table(), "granted")
    assert not list(Gap().propose(split.search))
    with pytest.raises(UnknownName, match="sexx"):
        list(Gap().propose(with_alike(split, "sexx").search))


def test_groups_that_are_treated_alike_give_nothing(make_split):
    low = 0
    for seed in range(8):
        split = with_alike(make_split(table(2500, seed), "granted"), "branch", "age")
        low += sum(Gap().verify(c, split.verify).p <= 0.01 for c in Gap().propose(split.search))
    assert low == 0


def test_a_column_that_parts_the_sides_makes_no_rows_comparable(make_split):
    columns = table()
    woman = columns["sex"] == "f"
    columns["title"] = np.where(woman, "Mrs", "Mr").astype(object)
    claim = next(iter(Gap().propose(with_alike(make_split(columns, "granted"), "sex").search)))
    assert [e.columns() for e in claim.by] == [("kind",)]


def test_several_levels_and_a_number_s_ends(make_split):
    rng = np.random.default_rng(5)
    age = rng.uniform(20, 70, 6000)
    race = rng.choice(["a", "b", "c"], 6000).astype(object)
    pay = 30 + 5 * (race == "b") - 4 * (age > 60) + rng.normal(0, 6, 6000)
    split = with_alike(make_split({"age": age, "race": race, "pay": pay, "z": rng.normal(size=6000)}, "pay"), "age", "race")
    claims = {c.where.say(): c for c in Gap().propose(split.search)}
    assert any("race is “b”" in said for said in claims) and any("age is above" in said for said in claims)
    assert all(Gap().verify(c, split.verify).extra["rest"] > 0 for c in claims.values())


def test_the_real_table_of_incomes(shared_data, make_split):
    pandas = pytest.importorskip("pandas")
    kept = {3: "education", 5: "marital_status", 6: "occupation", 8: "race", 9: "sex", 12: "hours_per_week", 14: "income"}
    path = shared_data / "tabular" / "adult" / "adult-train.csv.gz"
    frame = pandas.read_csv(path, nrows=12_000, header=None, skipinitialspace=True, usecols=list(kept)).rename(columns=kept)
    columns = {n: frame[n].to_numpy(float) if n == "hours_per_week" else frame[n].astype(str).to_numpy(object) for n in frame}
    split = with_alike(make_split(columns, "income", wanted=">50K"), "sex")
    claim = next(iter(Gap().propose(split.search)))
    e = Gap().verify(claim, split.verify)
    assert claim.where.say() == "sex is “Female”" and e.effect < -0.15 and e.effect < e.extra["adjusted"]
