"""The sentences of links: what is said of each sign, in both languages."""

from __future__ import annotations

import pytest

from apercu.core.condition import EVERYONE, Condition, Term
from apercu.core.expression import Column
from apercu.core.finding import Claim, Evidence
from apercu.core.measure import Measure
from apercu.discover._linked import said


def segment(value, base, lang="en"):
    where = Condition((Term("k", "is", "a"),))
    claim = Claim("link", where, Measure("y", Column("y")), "assoc", 5.0, by=(Column("x"),), detail=(("shape", "segment"),))
    evidence = Evidence(value - base, -2, 2, 0.0, 100, "test", "verify", value, base, extra={"rest": 300.0})
    return said(claim, evidence, lang)


@pytest.mark.parametrize(
    ("value", "base", "en", "zh"),
    [
        (0.61, 0.02, "x and y rise together (rank correlation +0.61), elsewhere they do not (+0.02)", "其余的行则不然"),
        (-0.5, -0.2, "move in opposite directions (rank correlation −0.50), elsewhere less closely (−0.20)", "其余的行较松散"),
        (0.2, 0.7, "rise together (rank correlation +0.20), elsewhere more closely (+0.70)", "其余的行更紧密"),
        (0.4, -0.3, "rise together (rank correlation +0.40), elsewhere they move in opposite directions (−0.30)", "其余的行则此升彼降"),
        (0.03, 0.6, "have little to do with each other (rank correlation +0.03), elsewhere they rise together (+0.60)", "其余的行则同升同降"),
    ],
)
def test_every_way_in_which_a_segment_differs(value, base, en, zh):
    assert en in segment(value, base) and segment(value, base).endswith("400 rows that the search never saw).")
    assert zh in segment(value, base, "zh") and segment(value, base, "zh").endswith("。")


def test_means_that_contradict_the_ranks_are_not_told():
    detail = (("shape", "rank"), ("cuts", (1.0, 2.0, 3.0)))
    claim = Claim("link", EVERYONE, Measure("y", Column("y"), unit="days"), "assoc", 5.0, by=(Column("x"),), detail=detail)
    ends = {"lowest": 15.0, "middle": 9.0, "highest": 3.1, "rest": 0.0}
    falls, rises = (Evidence(r, -1, 1, 0.0, 500, "test", "verify", r, 0.0, extra=ends) for r in (-0.6, 0.6))
    assert "y averages 15 days where x is at most 1 and 3.1 days where x is above 3." in said(claim, falls, "en")
    assert "y 平均为 15 天；当 x 超过 3 时为 3.1 天。" in said(claim, falls, "zh")
    assert "averages" not in said(claim, rises, "en")
