"""What equality sets beside each other, and on which rows."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import testing
from apercu.core.rows import Rows
from apercu.core.split import Verify
from apercu.discover._equal import MARGINS, days, ends, judged, sides
from apercu.discover.equality import Equality


def test_days_since_1970():
    t = np.array(["1970-01-02T12:00:00", "NaT"], dtype="datetime64[us]")
    assert days(Rows.of({"t": t}), "t") == pytest.approx([1.5, np.nan], nan_ok=True)


def test_heavy_tails_are_drawn_in_and_others_are_not():
    rng = np.random.default_rng(0)
    low, high = ends(rng.lognormal(0, 1.5, 2_000), rate=False)
    assert 0 < low < 0.2 and 8 < high < 20
    assert ends(rng.normal(size=2_000), rate=False) == () and ends(rng.lognormal(size=2_000), rate=True) == ()
    assert ends(np.full(9, 2.0), rate=False) == () and ends(np.array([np.nan]), rate=False) == ()


def test_half_of_the_stretches_of_time_cannot_tell_how_many_rows_there_were():
    rng = np.random.default_rng(1)
    t = np.datetime64("2023-01-01", "us") + rng.integers(0, 365 * 86_400, 600) * np.timedelta64(1, "s")
    search = testing._ready(testing._searched({"t": t, "size": rng.normal(size=600)}, ""))
    made = list(Equality().propose(search))
    rows = next(c for c in made if c.told("kind") == "rows")
    volume = next(c for c in made if c.told("kind") == "volume")
    blocks = np.argsort(np.argsort(t)) // 20
    whole, half = (Verify(search.rows, search.schema, b) for b in (blocks, 2 * blocks))
    assert judged(rows, whole)[0].p < 0.01 and judged(rows, half)[0].p == 1.0
    assert judged(volume, Verify(search.rows, search.schema, half="all"))[0].p < 0.05 and judged(volume, whole)[0].p == 1.0


def test_rows_without_either_side_do_not_count():
    rng = np.random.default_rng(2)
    columns = {"desk": rng.choice(["a", "b"], 400).astype(object), "size": rng.normal(size=400)}
    search = testing._ready(testing._searched(columns, ""))
    claim = next(c for c in Equality().propose(search) if c.told("kind") == "groups")
    holes = {"desk": np.where(np.arange(400) < 50, None, columns["desk"]), "size": np.where(np.arange(400) >= 380, np.nan, columns["size"])}
    pair = sides(claim, Verify(Rows.of(holes), search.schema))
    assert len(pair.x) == len(pair.y) == 330 and pair.clusters is None


def test_the_margin_of_rows_is_that_of_a_doubling():
    place = (np.arange(1_000_000) + 0.5) / 1_000_000
    density = 1 + (2 * place - 1) * 2 / 3  # a straight line whose later half holds twice as many
    assert density[500_000:].sum() / density[:500_000].sum() == pytest.approx(2.0, rel=1e-3)
    assert (density * place).sum() / density.sum() - 0.5 == pytest.approx(MARGINS["rows"], rel=1e-3)
