"""The proof: unseen rows decide, one rate stands over all claims, dependent rows are not counted as independent."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import discover


def noise(n, seed, kind="normal"):
    rng = np.random.default_rng(seed)
    columns = {f"k{i}": rng.choice(list("abcdef")[: 2 + i % 5], n).astype(object) for i in range(8)}
    columns |= {f"x{i}": rng.normal(size=n) for i in range(4)}
    draw = {
        "normal": rng.normal(size=n),
        "t3": rng.standard_t(3, n),
        "lognormal": rng.lognormal(0, 1.5, n),
        "rate": (rng.random(n) < 0.1).astype(float),
    }
    return {**columns, "m": draw[kind]}


def test_intervals_widen_with_selection(make_split):
    rng = np.random.default_rng(0)
    columns = noise(6000, 1)
    columns["m"] = columns["m"] + 0.8 * (columns["k0"] == "a") + 0.02 * rng.normal(size=6000)
    findings, ledger = discover.run(make_split(columns, "m"), (), discover.Options(weak=False))
    assert findings[0].evidence.level == pytest.approx(1 - 0.05 * ledger.held / ledger.tested)


def test_strict_holds_no_more_than_plain(make_split):
    columns = noise(6000, 2)
    columns["m"] = columns["m"] + 0.15 * (columns["k1"] == "a") + 0.3 * (columns["k2"] == "b")
    split = make_split(columns, "m")
    plain, strict = (discover.run(split, (), discover.Options(strict=s))[1].held for s in (False, True))
    assert strict <= plain


def test_rows_of_one_entity_are_not_independent(make_split):
    """80 shops of 50 rows; the region belongs to the shop and the shops differ by chance: no region may be said to matter."""
    said = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        shop = np.repeat(np.arange(80), 50)
        region = rng.choice(["n", "s"], 80)[shop]
        sales = rng.normal(size=80)[shop] + rng.normal(size=4000)
        columns = {"shop": np.array([f"s{i:02d}" for i in shop], dtype=object), "region": region.astype(object), "sales": sales}
        split = make_split(columns, "sales", group="shop")
        assert split.how == "entity"
        said += bool(discover.run(split)[0])
    assert said <= 2


@pytest.mark.parametrize("kind", ["normal", "lognormal", "rate"])
def test_a_small_table_of_noise_stays_silent(make_split, kind):
    said = sum(bool(discover.run(make_split(noise(400, seed, kind), "m"), (), discover.Options(rounds=200))[0]) for seed in range(6))
    assert said <= 2


def test_the_same_seed_gives_the_same_findings(make_split):
    columns = noise(700, 3)
    columns["m"] = columns["m"] + (columns["k0"] == "a")
    one, two = (discover.run(make_split(columns, "m")) for _ in range(2))
    assert [f.to_json() for f in one[0]] == [f.to_json() for f in two[0]] and one[0]


def test_a_lax_rate_does_not_make_intervals_lax(make_split):
    """Sentences call them 95% intervals."""
    columns = noise(6000, 1)
    columns["m"] = columns["m"] + 0.8 * (columns["k0"] == "a")
    findings, ledger = discover.run(make_split(columns, "m"), (), discover.Options(q=0.4, weak=False))
    assert findings[0].evidence.level == pytest.approx(1 - 0.05 * ledger.held / ledger.tested)


def test_a_moment_is_placed_with_all_rows(make_split):
    """Half of the stretches of a clock leave a moment uncertain by weeks; all rows say it within days, and pay for every moment tried."""
    rng = np.random.default_rng(5)
    day = rng.integers(0, 700, 8_000)
    columns = noise(8_000, 4) | {"at": np.datetime64("2022-01-01", "us") + day.astype("timedelta64[D]")}
    columns["m"] = columns["m"] - 0.35 * (day >= 400)
    findings, _ = discover.run(make_split(columns, "m", time="at"))
    told = next(f for f in findings if f.claim.pattern == "change")
    cut = np.datetime64(str(told.claim.where.terms[0].value))
    assert told.evidence.half == "all" and "hypotheses counted" in told.evidence.method
    assert abs((cut - np.datetime64("2023-02-05")).astype("timedelta64[D]").astype(int)) <= 15
    assert "95% interval" not in told.say()
