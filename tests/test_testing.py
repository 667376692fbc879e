"""The common checks catch what they promise to catch: parts with one fault each are refused, in words that name the fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.core.finding import Claim
from apercu.core.rows import Rows
from apercu.discover.segment import Segment
from apercu.engine.duckdb import DuckDB
from apercu.testing import check_engine, check_learner, check_pattern
from apercu.train.linear import Linear


class Deaf(Segment):
    def propose(self, search):
        return iter(())


class Blind(Segment):
    def propose(self, search):
        return (claim for claim in super().propose(search) if len(claim.where.terms) == 1)


class Mute(Segment):
    def say(self, claim, evidence, lang):
        return super().say(claim, evidence, "en")


class Miscounting(Segment):
    def sql(self, claim, half):
        return super().sql(replace(claim, where=claim.where.parents()[0]), half)


class Credulous(Segment):
    """Proposes something of everything and believes all of it."""

    def propose(self, search):
        found = list(super().propose(search))
        if found:
            return iter(found)
        return iter([Claim(self.name, self.example().truth, search.measures[0], "high", 1.0)])

    def verify(self, claim, verify, level=0.95):
        return replace(super().verify(claim, verify, level), p=0.0)


class Sorted(Segment):
    """Depends on the order of rows."""

    def propose(self, search):
        head = np.arange(search.rows.n // 2)
        return super().propose(replace(search, rows=search.rows.take(head), cache={}))

    def divide(self, claim, search):
        return claim.where.holds(search.rows).astype(np.uint8)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (Deaf, "proposes nothing"),
        (Blind, "does not find its own example"),
        (Mute, "same in both languages"),
        (Miscounting, "sql gives"),
        (Credulous, "shuffled tables"),
        (Sorted, "order of rows"),
    ],
)
def test_a_faulty_pattern_is_refused(pattern, says):
    with pytest.raises(AssertionError, match=says):
        check_pattern(pattern())


class Broken:
    """A model with one of its answers replaced."""

    def __init__(self, model, fault):
        self.model, self.name, self.columns, self._fault = model, model.name, model.columns, fault

    def predict(self, rows):
        p = self.model.predict(rows)
        if self._fault == "ignorant":
            return np.full_like(p, 1.0 / p.shape[1])
        return p * 1.1 if self._fault == "loud" else p

    def contributions(self, rows):
        parts, base = self.model.contributions(rows)
        return (parts * 0.5 if self._fault == "modest" else parts), base

    def save(self, folder):
        if self._fault == "pickled":
            (folder / "model.pkl").write_bytes(b"")
        return self.model.save(folder)


class Learner(Linear):
    tasks = ("binary",)
    fault = ""

    def fit(self, rows: Rows, goal, watch):
        return Broken(super().fit(rows, goal, watch), self.fault)


@pytest.mark.parametrize(
    ("fault", "says"),
    [("loud", "sum to 1"), ("ignorant", "knowing nothing"), ("modest", "do not add up"), ("pickled", "keeps a pickle")],
)
def test_a_faulty_learner_is_refused(fault, says):
    learner = Learner()
    learner.fault = fault
    with pytest.raises(AssertionError, match=says):
        check_learner(learner)


class Short(DuckDB):
    def count(self, table, where=None):
        return super().count(table, where) - 1


class Placed(DuckDB):
    """Keys rows by their place."""

    def keyed(self, table, names):
        keyed = super().keyed(table, names)
        rows = self.rows(keyed, ("_row",))
        return self.attach(keyed, {"_key": rows["_row"]})


@pytest.mark.parametrize(("engine", "says"), [(Short, "count"), (Placed, "keys depend on the content")])
def test_a_faulty_engine_is_refused(engine, says):
    with pytest.raises(AssertionError, match=says):
        check_engine(engine)
