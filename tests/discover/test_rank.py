"""The order of telling, and what experts knew already."""

from __future__ import annotations

import numpy as np

from apercu import discover
from apercu.core.condition import Condition, Term
from apercu.core.expression import Column
from apercu.core.finding import Claim, Evidence
from apercu.core.measure import Measure
from apercu.core.rows import Rows
from apercu.core.rule import Rule
from apercu.core.schema import Column as SchemaColumn
from apercu.core.schema import Schema
from apercu.discover import _rank
from apercu.discover._about import About


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


def held_of(*claims):
    """Claims with their evidence, as if they had been proved."""
    return [(claim, Evidence(0.0, -1.0, 1.0, 1e-9, 100, "test", "verify", 0.0, 0.0, reach=far), 0.0) for claim, far in claims]


ROWS = Rows.of({"a": ["u"] * 50 + ["v"] * 50, "b": ["s", "t"] * 50, "m": np.arange(100.0), "sys_by": ["x", "y"] * 50})
M = Measure("m", Column("m"))


def spread(held, question="", most=15):
    schema = Schema((SchemaColumn("a", "category"), SchemaColumn("b", "category"), SchemaColumn("m", "number", storage="number")))
    return [claim for claim, _, _ in _rank._spread(held, About.of(question, ROWS, schema), ROWS, most)]


def where(*terms):
    return Condition(tuple(Term(*term) for term in terms))


def test_a_group_is_told_once_whichever_kind_says_it_and_not_from_its_other_side():
    one = Claim("segment", where(("a", "is", "u")), M, "low", 9.0)
    again = Claim("duration", where(("a", "is", "u")), M, "low", 9.0)
    other_side = Claim("outlier", where(("a", "is", "v")), M, "high", 9.0)
    another = Claim("segment", where(("b", "is", "s")), M, "low", 9.0)
    assert spread(held_of((one, 0.9), (again, 0.8), (other_side, 0.7), (another, 0.1))) == [one, another]


def test_that_nothing_differs_is_at_most_a_third_unless_it_is_asked_for():
    flat = [(Claim("equality", where(), Measure(f"m{i}", Column(f"m{i}")), "flat", 9.0), 0.3) for i in range(14)]
    assert len(spread(held_of(*flat))) == 5
    assert len(spread(held_of(*flat), "is there any difference?")) == 10


def test_what_a_decided_column_adds_is_nothing():
    decides = Claim("rule", where(), Measure("b", Column("b")), "assoc", 9.0, by=(Column("a"),), detail=(("shape", "decides"),))
    follows = Claim("share", where(("a", "is", "u")), Measure("b", Column("b"), "s"), "high", 9.0)
    assert spread(held_of((decides, 0.4), (follows, 0.9))) == [decides]


def test_columns_that_a_machine_keeps_are_told_late():
    kept = Claim("segment", where(("sys_by", "is", "x")), M, "low", 9.0)
    people = Claim("segment", where(("a", "is", "u")), M, "low", 9.0)
    assert spread(held_of((kept, 0.5), (people, 0.4))) == [people, kept]
