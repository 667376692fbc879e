"""Planted stretches are told with their ends and their kind; series without any are not; one loud stretch does not open the door to others."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from apercu.stats.innovations import innovations
from apercu.stats.stretches import KINDS, scanned, told

N = 3_000


def series(seed=0, n=N):
    return 10 + 3 * np.sin(2 * np.pi * np.arange(n) / 24) + np.random.default_rng(seed).normal(size=n)


def odd(x, rate=0.05):
    return told([scanned(innovations(x))], rate)


def test_a_spike_is_told():
    x = series()
    x[2_000] = 90.0
    one, *others = odd(x)
    assert one.kind == "spike" and one.start <= 2_000 < one.stop <= one.start + 3 and one.q < 0.01 and one.p < one.q and len(others) <= 1


def test_a_wild_stretch_is_told_with_its_ends():
    x = series()
    x[1_000:1_060] += 8 * np.random.default_rng(1).normal(size=60)
    (one,) = odd(x)
    assert one.kind == "spread" and abs(one.start - 1_000) <= 5 and abs(one.stop - 1_060) <= 8


def test_a_shifted_stretch_is_told_with_its_ends():
    x = series()
    x[700:760] += 15
    assert any(abs(s.start - 700) <= 5 and abs(s.stop - 760) <= 5 and s.kind == "level" for s in odd(x))


def test_several_series_pay_together():
    x = series()
    x[2_000] = 90.0
    alone, looks = odd(x)[0], [scanned(innovations(series(seed))) for seed in range(1, 5)]
    (one,) = told([*looks, scanned(innovations(x))])
    assert one.series == 4 and (one.start, one.stop) == (alone.start, alone.stop) and one.q == pytest.approx(5 * alone.q, rel=0.05)


def test_one_loud_stretch_does_not_open_the_door():
    x = series(3)
    quiet = odd(x, 0.3)
    x[1_000:1_300] += 30 * np.random.default_rng(1).normal(size=300)
    outside = [s for s in odd(x) if s.stop < 950 or s.start > 1_380]
    assert not outside and len(quiet) <= 1 and any(s.start < 1_300 and s.stop > 1_000 for s in odd(x))


def test_windows_are_half_their_length_apart_and_counted():
    looks = scanned(innovations(series()))
    assert (looks.start < looks.stop).all() and (looks.stop <= N).all() and ((looks.p >= 0) & (looks.p <= 1)).all()
    assert looks.looked.shape == (len(KINDS),) and looks.looked[0] <= N and looks.looked[1] == looks.looked[2] > 0 and looks.scores.shape == (3, N)


@pytest.mark.parametrize("x", [np.zeros(0), np.ones(1), np.arange(5.0), np.ones(500), np.full(500, np.nan), np.arange(500.0), np.arange(90.0) % 7])
def test_nothing_is_said_of_short_flat_or_empty_series(x):
    assert odd(x) == [] and told([]) == []


def benchmark():
    path = Path(__file__).parents[2] / "benchmarks" / "windows.py"
    spec = importlib.util.spec_from_file_location("windows_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(path.parent))
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["white", "walk", "season", "t3", "ar1"])
def test_series_without_odd_stretches_are_silent(kind):
    made = benchmark().clean
    assert sum(bool(odd(made(kind, 1_000, np.random.default_rng(seed)))) for seed in range(10)) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 1_000, 4_000])
def test_at_most_a_twentieth_of_clean_series_is_told(n):
    made = benchmark()
    kinds = [kind for kind in made.NULLS if kind != "garch"]  # told in the file's head to break the null hypothesis
    told_of = {kind: np.mean([bool(odd(made.clean(kind, n, np.random.default_rng([9, seed, n])))) for seed in range(60)]) for kind in kinds}
    assert np.mean([*told_of.values()]) <= 0.05, told_of
    assert max(told_of.values()) <= 0.05 + 2.6 * (0.05 * 0.95 / 60) ** 0.5, told_of  # 2.6 standard errors, for the worst of twenty kinds


@pytest.mark.slow
def test_what_is_told_of_planted_series_is_planted():
    made, right, count = benchmark(), 0, 0
    for kind in made.BASES:
        for what in made.PLANTED:
            x, label, cycle = made.planted(kind, what, np.random.default_rng([5, made.BASES.index(kind), made.PLANTED.index(what)]))
            near = np.convolve(label, np.ones(2 * cycle + 11), "same") > 0
            found = odd(x)
            right, count = right + sum(bool(near[s.start : s.stop].any()) for s in found), count + len(found)
    assert count >= 25 and right >= 0.95 * count
