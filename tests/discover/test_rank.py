"""The order of telling, and what experts knew already."""

from __future__ import annotations

import numpy as np

from apercu import discover
from apercu.core.condition import Condition, Term
from apercu.core.rule import Rule


def split_of(make_split):
    rng = np.random.default_rng(0)
    n = 10_000
    a, b = rng.choice(["u", "v", "w"], n).astype(object), rng.choice([f"l{i}" for i in range(25)], n).astype(object)
    rate = 0.2 + 0.25 * (a == "u") + 0.3 * (b == "l3")
    return make_split({"a": a, "b": b, "y": np.where(rng.random(n) < rate, "yes", "no").astype(object)}, "y")


def test_what_reaches_many_is_told_before_what_reaches_few(make_split):
    findings, _ = discover.run(split_of(make_split))
    assert [f.claim.where.columns() for f in findings[:2]] == [("a",), ("b",)]
    assert [f.rank for f in findings] == list(range(1, len(findings) + 1))


def test_rules_make_findings_known_or_contradicted(make_split):
    split = split_of(make_split)
    known = Rule(Condition((Term("a", "is", "u"),)), "y", "yes")
    findings, _ = discover.run(split, [known])
    assert {f.claim.where.columns(): f.novelty for f in findings}[("a",)] == "known"
    assert {f.claim.where.columns(): f.novelty for f in findings}[("b",)] == "new"


def test_no_more_findings_than_asked_for(make_split):
    findings, ledger = discover.run(split_of(make_split), (), discover.Options(most=1))
    assert len(findings) == 1 and ledger.held >= 2


def test_a_rule_of_the_other_level_or_of_a_low_rate_is_read_the_right_way(make_split):
    split = split_of(make_split)
    where = Condition((Term("a", "is", "u"),))

    def novelty(level, stated=None):
        findings, _ = discover.run(split, [Rule(where, "y", level, stated)])
        return {f.claim.where.columns(): f.novelty for f in findings}[("a",)]

    assert novelty("no") == "against", "the finding says that yes is frequent there"
    assert novelty("yes", 0.02) == "against" and novelty("no", 0.02) == "known"
    assert novelty("yes", 0.9) == "known"
