"""Durations: groups in which it takes longer, told with means and medians, before `segment` tells them."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import clean, collect, derive, discover
from apercu.core.split import Split
from apercu.discover.duration import DAY, Duration
from apercu.engine.duckdb import DuckDB

pandas = pytest.importorskip("pandas")


def frame(n=3000, seed=0, slow=2.0):
    """Tickets: opened, closed after some days, longer where the category is hardware."""
    rng = np.random.default_rng(seed)
    category = rng.choice(["hardware", "network", "software"], n)
    opened = np.datetime64("2024-01-01", "us") + (rng.random(n) * 300 * DAY).astype("timedelta64[us]")
    taken = rng.gamma(1.5, np.where(category == "hardware", 4.0 * slow, 4.0))
    closed = opened + (taken * DAY).astype("timedelta64[us]")
    return pandas.DataFrame(
        {"category": category, "desk": rng.choice(list("abcd"), n), "size": rng.normal(size=n), "opened_at": opened, "closed_at": closed}
    )


def split_of(table):
    """A table without a target behind its wall, by the same doors as any other."""
    data, _ = collect.run(table, DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    data, _ = derive.run(data, None, derive.Options())
    return Split.make(data, None)


def told(split, monkeypatch):
    """What these kinds tell of a table; other kinds have tests of their own."""
    kinds = {name: kind for name, kind in discover.patterns().items() if name in ("duration", "segment", "driver")}
    monkeypatch.setattr(discover, "patterns", lambda: kinds)
    return discover.run(split)[0]


@pytest.mark.parametrize("n", [400, 3000])
def test_the_slow_group_is_told_once_and_as_a_duration(monkeypatch, n):
    findings = told(split_of(frame(n)), monkeypatch)
    mine = [f for f in findings if f.claim.where.columns() == ("category",) and f.claim.measure.unit == "days"]
    assert [f.claim.pattern for f in mine] == ["duration"]
    e = mine[0].evidence
    assert mine[0].claim.where.say() == "category is “hardware”" and e.effect == pytest.approx(6.0, abs=2.0)
    assert e.extra["median"] < e.value and e.extra["median_elsewhere"] < e.base
    assert mine[0].say("en").startswith("From opened_at to closed_at it takes") and "or less, elsewhere" in mine[0].say("en")
    assert "从 opened_at 到 closed_at 平均需要" in mine[0].say("zh") and "其中一半不超过" in mine[0].say("zh")


def test_the_sql_gives_means_and_medians(monkeypatch):
    split = split_of(frame())
    finding = next(f for f in told(split, monkeypatch) if f.claim.pattern == "duration")
    halves = np.array([{1: "search", 2: "verify", 3: "all"}[int(h)] for h in split.half], dtype=object)
    data = split.data.engine.attach(split.data.table, {"_half": halves})
    got, e = split.data.engine.ask(data, finding.sql)[0], finding.evidence
    wanted = (e.effect, e.value, e.base, e.n, e.extra["rest"], e.extra["median"], e.extra["median_elsewhere"])
    assert got == pytest.approx(wanted)


def test_both_sides_of_a_cut_are_one_claim():
    table = frame()
    table["closed_at"] = table["closed_at"] + pandas.to_timedelta(6 * (table["size"] > 0.5), unit="D")
    search = split_of(table).search
    from apercu.discover._about import About
    from apercu.discover._measures import measured

    claims = [c for c in Duration().propose(measured(search, About())) if c.where.columns() == ("size",)]
    assert claims and len({round(c.strength, 3) for c in claims}) == len(claims)


def test_a_table_without_two_moments_has_no_durations(make_split):
    rng = np.random.default_rng(1)
    split = make_split({"k": rng.choice(["a", "b"], 3000).astype(object), "m": rng.normal(size=3000)}, "m")
    assert not list(Duration().propose(split.search))


def test_noise_holds_nothing():
    from apercu.discover._about import About
    from apercu.discover._measures import measured

    low = 0
    for seed in range(8):
        split = split_of(frame(600 if seed % 2 else 2500, seed, slow=1.0))
        search = measured(split.search if split.how != "permutation" else split.whole, About())
        for claim in Duration().propose(search):
            low += Duration().verify(claim, split.verify).p * claim.looks <= 0.05
    assert low == 0
