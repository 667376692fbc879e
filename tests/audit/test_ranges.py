"""Values outside what an expert says are faults: counted, the worst rows first, with a mend, in both languages."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import audit
from apercu.audit.ranges import ranges
from apercu.core.rulebook import read_rulebook

N = 60


@pytest.fixture
def split(make_split):
    age = np.full(N, 40.0)
    age[[3, 7, 9, 11]] = [200.0, -5.0, np.nan, 500.0]
    status = np.array(["a", "b"] * (N // 2), dtype=object)
    status[[1, 2, 5, 8]] = ["x", "y", "x", None]
    seen = np.full(N, np.datetime64("2024-01-01", "us"))
    seen[4] = np.datetime64("1900-01-01", "us")
    return make_split({"age": age, "status": status, "seen": seen, "y": np.arange(float(N))}, "y")


def numbers(split, fault):
    """Places in the rows, by their numbers in the source."""
    place = {int(row): i for i, row in enumerate(split.rows["_row"])}
    return [place[row] for row in fault.rows]


def test_numbers_moments_and_levels_outside(split):
    book = read_rulebook('range: 0 <= age <= 120\nrange: status in ("a", "b")\n# x\nrange: seen >= "2000-01-01"\nrange: gone > 5')
    age, status, seen = ranges(split, book)
    assert [split.rows["age"][i] for i in numbers(split, age)] == [500.0, 200.0, -5.0]
    assert age.evidence == {"outside": 3.0, "share": pytest.approx(3 / (N - 1)), "n": N - 1.0}
    assert [split.rows["status"][i] for i in numbers(split, status)] == ["y", "x", "x"]  # the rarest level first
    assert [str(split.rows["seen"][i])[:4] for i in numbers(split, seen)] == ["1900"]
    assert {f.kind for f in (age, status, seen)} == {"range"} and len({f.id for f in (age, status, seen)}) == 3
    assert status.say().startswith("A rule says that status is “a” or “b”; 3 of the 59 values are otherwise (5.1%), such as “y”, “x”.")
    assert status.say("zh") == "规则规定 status 为“a”或“b”；59 个值中有 3 个（5.1%）不符，例如“y”、“x”。"
    assert "the rule in line 4 is too narrow" in seen.mend["en"] and "第 4 行" in seen.mend["zh"]
    assert "1900-01-01" in seen.say()


def test_the_verb_asks_for_them_and_lists_few(split):
    book = read_rulebook("range: age < 0")
    (fault,) = audit.run(split, None, audit.Options(listed=2), book.ranges)
    assert len(fault.rows) == 2 and fault.evidence["outside"] == N - 2


def test_data_that_obeys_is_no_fault(split):
    assert ranges(split, read_rulebook("range: age >= -5\nrange: y < 1000")) == []
    assert ranges(split.data, read_rulebook("range: age <= 100").ranges)[0].evidence["outside"] == 2.0
