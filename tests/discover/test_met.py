"""What contrasts and groups hold together: the sums of the rows, made once per search."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.discover._met import groups_of, met, plan
from apercu.discover._search import scaled, searched


def test_places_hold_the_rows_of_contrasts_groups_and_whole_columns(make_split):
    rng = np.random.default_rng(4)
    n = 3_000
    columns = {"k": np.array(["a", "b", "c", None], dtype=object)[rng.integers(0, 4, n)], "x": rng.normal(size=n), "m": rng.normal(size=n)}
    search = make_split(columns, "m").search
    measure = search.measures[0]
    codes, ready, (items, strata), made = searched(search), scaled(search, measure), plan(search, measure), met(search, measure)
    assert met(search, measure) is made
    assert [codes.names[j] for j in strata] == ["k", "x"]
    x = ready.x / ready.sd
    for item, own, whole in zip(items, made.own, made.whole, strict=True):
        j = codes.column_of(item)
        present = codes.codes[j] < codes.levels[j] - 1
        for place, mask in ((own, codes.holds(item)), (whole, present)):
            assert made.sums[:, place, place] == pytest.approx([mask.sum(), x[mask].sum(), (x[mask] ** 2).sum()], abs=1e-9)
        for s, row in zip(strata, made.groups, strict=True):
            parts = groups_of(codes, s)
            assert (row >= 0).sum() == len(parts)
            for group, place in zip(parts, row, strict=False):
                both = codes.holds(item) & codes.holds(group)
                assert s == j or made.sums[1, own, place] == pytest.approx(x[both].sum(), abs=1e-9)


def test_columns_without_questions_are_not_crossed(make_split):
    rng = np.random.default_rng(5)
    columns = {"k": np.array([f"v{i % 15}" for i in range(3_000)], dtype=object), "m": rng.normal(size=3_000)}
    search = make_split(columns, "m").search
    assert plan(search, search.measures[0]) == ([], [])
