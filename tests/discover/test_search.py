"""What patterns share while they search."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.discover._search import Scaled, affordable, allowed, best_boxes, first, item_scores, least_rows, scaled, searched


def test_heavy_tails_are_drawn_in_and_rates_are_not():
    rng = np.random.default_rng(0)
    heavy, rate = rng.standard_t(2, 5000), (rng.random(5000) < 0.01).astype(float)
    assert Scaled(heavy, number=True).sd < heavy.std()
    assert np.isclose(Scaled(rate, number=False).sd, rate.std())


def test_a_wide_table_is_searched_in_pairs_of_its_strongest_columns(make_split):
    rng = np.random.default_rng(1)
    n = 2500
    columns = {f"x{i:03d}": rng.normal(size=n) for i in range(300)}
    columns["m"] = rng.normal(size=n) + 2.0 * ((columns["x007"] > 0.5) & (columns["x211"] > 0.5))
    search = make_split(columns, "m").search
    codes, measure, usable = searched(search), scaled(search, search.measures[0]), allowed(search, search.measures[0])
    found = best_boxes(codes, measure, item_scores(codes, measure, usable), 3, (4.0, 4.0), usable)
    assert {codes.names[codes.column_of(i)] for i in found[0][0]} == {"x007", "x211"}


def test_permutations_keep_the_codes_and_change_the_target(make_split):
    rng = np.random.default_rng(2)
    search = make_split({"k": rng.choice(list("ab"), 3000).astype(object), "m": rng.normal(size=3000)}, "m").search
    codes, measure = searched(search), scaled(search, search.measures[0])
    noise = search.permuted(np.random.default_rng(0))
    assert searched(noise) is codes
    shuffled = scaled(noise, search.measures[0]).x
    assert (shuffled != measure.x).any() and np.isclose(np.sort(shuffled), np.sort(measure.x)).all()


def test_the_cost_of_repeating_a_search_sets_its_depth(make_split):
    rng = np.random.default_rng(3)
    few = make_split({"a": rng.normal(size=300), "b": rng.normal(size=300), "m": rng.normal(size=300)}, "m").search
    many = make_split({**{f"x{i}": rng.normal(size=1500) for i in range(60)}, "m": rng.normal(size=1500)}, "m").search
    assert affordable(few, 500) == 2 or affordable(few, 500) == 3
    assert affordable(many, 500) < 3


def test_support_grows_with_the_table():
    assert least_rows(500) < least_rows(1000) == 30 < least_rows(100_000) == 500


@pytest.mark.parametrize("cores", [1, 2, 7])
def test_the_number_of_cores_changes_nothing(make_split, monkeypatch, cores):
    rng = np.random.default_rng(4)
    n = 60_000
    columns = {f"k{i:02d}": rng.choice(list("abc"), n).astype(object) for i in range(20)}
    search = make_split({**columns, "m": rng.normal(size=n)}, "m").search
    codes, measure, usable = searched(search), scaled(search, search.measures[0]), allowed(search, search.measures[0])
    scores = item_scores(codes, measure, usable)
    told = []
    for count in (1, cores):
        monkeypatch.setattr("apercu.discover._search.cpu_count", lambda count=count: count)
        monkeypatch.setattr("apercu.discover._search.CAPACITY", 40)
        told.append(best_boxes(codes, measure, scores, 2, (0.1, 0.1), usable))
    assert told[0] == told[1] and len(told[0]) == 40


def test_rows_without_the_measure_are_left_out_of_the_sums():
    x = np.array([1.0, np.nan, 3.0])
    ready = Scaled(x, number=True)
    assert ready.x.tolist() == [-1.0, 1.0] and ready.of(np.array([[0, 1, 2]], dtype=np.uint8)).tolist() == [[0, 2]]


def test_the_first_rows_keep_the_codes_of_the_whole(make_split):
    rng = np.random.default_rng(5)
    search = make_split({"k": rng.choice(list("abc"), 3000).astype(object), "x": rng.normal(size=3000), "m": rng.normal(size=3000)}, "m").search
    codes, part = searched(search), first(search, 500)
    assert part.rows.n == 500 and searched(part).terms == codes.terms
    assert (searched(part).codes == codes.codes[:, :500]).all()
    assert first(search, 500) is part and first(search, 10_000) is search
    noise = search.permuted(np.random.default_rng(0))
    assert first(noise, 500) is noise
