"""Reversals: a difference that turns round within strata, proved twice, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import discover
from apercu.discover.reversal import Reversal


def table(n=6000, seed=0, *, reverse=-0.5, lift=1.2, rate=False):
    """s raises m and t goes with s; within s, t moves m by `reverse`, s by `lift`."""
    rng = np.random.default_rng(seed)
    s = rng.random(n) < 0.5
    t = rng.random(n) < np.where(s, 0.8, 0.2)
    m = lift * s + reverse * t + rng.normal(size=n)
    named = {"s": np.where(s, "hard", "easy"), "t": np.where(t, "new", "old"), "z": rng.choice(["a", "b", "c"], n)}
    columns = {name: column.astype(object) for name, column in named.items()}
    return {**columns, "x": rng.normal(size=n), "m": np.where(m > 0.5, "yes", "no").astype(object) if rate else m}


def told(split):
    return [f for f in discover.run(split)[0] if f.claim.pattern == "reversal"]


def proposed(split):
    return list(Reversal().propose(split.search))


@pytest.mark.parametrize("rate", [False, True])
def test_a_reversal_comes_out_of_the_whole_search_beside_the_segments(make_split, rate):
    split = make_split(table(rate=rate), "m", wanted="yes" if rate else "")
    finding = told(split)[0]
    claim, evidence = finding.claim, finding.evidence
    assert set(claim.columns()) == {"s", "t", "m"} and claim.direction == "differs"
    assert evidence.effect * evidence.extra["whole"] < 0 and evidence.extra["turned"] == evidence.extra["strata"] == 2
    assert evidence.effect == pytest.approx(evidence.value - evidence.base)


def test_the_sql_gives_both_differences(make_split):
    split = make_split(table(), "m")
    halves = np.array([{1: "search", 2: "verify", 3: "all"}[int(h)] for h in split.half], dtype=object)
    data = split.data.engine.attach(split.data.table, {"_half": halves})
    finding = told(split)[0]
    effect, value, base, n, whole = split.data.engine.ask(data, finding.sql)[0]
    e = finding.evidence
    assert (effect, value, base, n, whole) == pytest.approx((e.effect, e.value, e.base, e.n, e.extra["whole"]))


def test_the_sentence_says_both(make_split):
    finding = told(make_split(table(), "m"))[0]
    assert finding.say("en").startswith("Taken together, m averages") and "the other way round, in each of the 2 groups" in finding.say("en")
    assert finding.say("zh").startswith("整体来看，当 t 为") and "方向正好相反" in finding.say("zh")


def test_a_difference_that_merely_shrinks_is_no_reversal(make_split):
    assert not proposed(make_split(table(reverse=0.0), "m"))
    assert not proposed(make_split(table(reverse=0.4), "m"))


def test_one_large_stratum_of_the_other_sign_is_enough_to_say_nothing(make_split):
    rng = np.random.default_rng(3)
    n = 8000
    columns = table(n, 3)
    s = columns["s"] == "hard"
    columns["s"] = np.where(s & (rng.random(n) < 0.6), "odd", columns["s"]).astype(object)
    columns["m"] = columns["m"] + 2.0 * ((columns["s"] == "odd") & (columns["t"] == "new"))
    assert not [c for c in proposed(make_split(columns, "m")) if "s" in c.columns()]


def test_noise_gives_none(make_split):
    rng = np.random.default_rng(4)
    seen = 0
    for _ in range(6):
        latent = rng.normal(size=4000)
        columns = {f"k{i}": np.where(latent + rng.normal(size=4000) > 0, "a", "b").astype(object) for i in range(8)}
        seen += len(proposed(make_split({**columns, "m": rng.standard_t(3, 4000)}, "m")))
    assert seen == 0


def test_a_cut_of_a_number_may_turn_round_within_ranges_of_another(make_split):
    rng = np.random.default_rng(5)
    size = rng.normal(size=8000)
    clear = 0.8 * size + 0.6 * rng.normal(size=8000)
    split = make_split({"size": size, "clear": clear, "m": 3 * size - 2 * clear + 0.3 * rng.normal(size=8000)}, "m")
    claims = proposed(split)
    assert any(c.where.columns() == ("clear",) and c.by[0].columns() == ("size",) for c in claims)
    assert "a similar size" in Reversal().say(claims[0], Reversal().verify(claims[0], split.verify), "en")


def test_small_tables_count_what_was_looked_at(make_split):
    split = make_split(table(1500, 6, reverse=-0.8, lift=2.5), "m")
    finding = told(split)[0]
    assert finding.evidence.half == "all" and finding.claim.looks > 0 and "counted" in finding.evidence.method
