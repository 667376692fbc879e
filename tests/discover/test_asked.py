"""What a question asks for by name is told: also where others explain it, and within the level that it names."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import clean, collect, derive, discover
from apercu.core.condition import Condition, Term
from apercu.core.split import Split
from apercu.discover._about import About
from apercu.discover._asked import asked
from apercu.discover._measures import measured
from apercu.discover.driver import Driver
from apercu.engine.duckdb import DuckDB

from . import halves

QUESTION = "Why is the spending of Low and Medium priority requests in Sales so large?"


def split_of(effect=4.0, seed=0, n=900):
    rng = np.random.default_rng(seed)
    priority = rng.choice(["Low", "Medium", "High", "Critical"], n).astype(object)
    team = rng.choice(["Sales", "Research", "Legal"], n).astype(object)
    cost = rng.normal(50, 5, n) + effect * np.isin(priority.astype(str), ["Low", "Medium"]) * (team == "Sales")
    data, _ = collect.run({"priority": priority, "team": team, "cost": cost}, DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    return Split.make(derive.run(data, None, derive.Options())[0], None)


def told(split):
    about = About.of(QUESTION, split.rows, split.data.schema)
    return asked(measured(split.search, about), about)


def test_the_named_levels_are_compared_within_the_named_level():
    split = split_of()
    (claim,) = [c for c in told(split) if c.where.columns() == ("team", "priority")]
    assert claim.where == Condition((Term("team", "is", "Sales"), Term("priority", "in", ("Low", "Medium"))))
    assert claim.direction == "high" and claim.looks >= 1
    evidence = Driver().verify(claim, split.verify)
    assert abs(evidence.effect - 4) < 1.5 and evidence.p < 1e-6 and "counted" in evidence.method
    assert halves.asked(split, Driver().sql(claim, "all"))[:4] == pytest.approx((evidence.effect, evidence.value, evidence.base, evidence.n))
    assert Driver().say(claim, evidence, "en").startswith("Where team is “Sales”, the mean of cost depends on priority: ")
    assert "team" in Driver().say(claim, evidence, "zh") and len(Driver().chart(claim, evidence, split.verify)["data"]["values"]) == 2


def test_noise_is_not_told():
    findings = [f for seed in range(8) for f in discover.run(split_of(0.0, seed), (), discover.Options(about=QUESTION, rounds=100))[0]]
    assert not [f for f in findings if f.claim.pattern in ("driver", "segment")]


def test_a_question_that_names_nothing_asks_nothing():
    split = split_of()
    assert asked(measured(split.search, About()), About()) == []


def test_what_is_asked_for_is_told_though_another_column_explains_it():
    rng = np.random.default_rng(1)
    n = 1_000
    kind = rng.choice(["repair", "advice", "sale"], n, p=[0.4, 0.3, 0.3]).astype(object)
    team = np.where(rng.random(n) < 0.75, np.where(kind == "repair", "North", "South"), rng.choice(["North", "South", "West"], n)).astype(object)
    data, _ = collect.run({"kind": kind, "team": team, "cost": rng.normal(50, 5, n) + 12.0 * (kind == "repair")}, DuckDB(), collect.Options())
    split = Split.make(derive.run(clean.run(data, None, clean.Options())[0], None, derive.Options())[0], None)

    def columns(question):
        found, _ = discover.run(split, (), discover.Options(about=question, rounds=100))
        return {f.claim.where.columns() for f in found if f.claim.pattern in ("segment", "driver") and f.claim.measure.name == "cost"}

    assert ("team",) not in columns("") and ("team",) in columns("Is the cost of team North larger?")
