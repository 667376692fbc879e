"""Odd stretches of series: order (VUS-PR) beside Sub-PCA and POLY in one run, and what is told: of planted stretches, and of series without any.

    python benchmarks/windows.py [SEEDS] [--check]

NAB: the 14 series beside the checkout (numenta/NAB, realKnownCause and realTraffic), whole; a point's label is 1 where its moment lies within one of
the windows of windows.json, ends included. (TSB-AD cuts the same series into others and labels them by itself, so its published means, Sub-PCA .436,
POLY .484, Series2Graph .436 of 23 series, are of other series.) VUS-PR is written anew after RangeAUC_volume_opt of TheDatumOrg/TSB-AD (250
thresholds, buffers from 0 to the window of find_length_rank); --check compares it with theirs, where TSB_AD can be
imported (put its sources on PYTHONPATH).
Sub-PCA and POLY are written anew after their classes, with the settings of their HP_list (all components; power 4).

Planted: series of six kinds with one to three stretches of seven kinds; clean: series of kinds in which nothing is odd.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import math
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator

import numpy as np
from _shared import data
from scipy.signal import argrelextrema, lfilter
from scipy.spatial.distance import cdist

from apercu.audit.windows import scores
from apercu.stats.innovations import innovations
from apercu.stats.stretches import Stretch, scanned, told

BASES = ("season", "ar", "wander", "heavy", "pulse", "week")
PLANTED = ("spike", "contextual", "shape", "level", "spread", "still", "trend")
NULLS = (
    "white", "ar1", "ar2", "average", "walk", "walk t3", "t3", "lognormal", "season", "season ar", "season multiplied", "two cycles", "trend",
    "trend season", "poisson", "poisson season", "sparse", "rounded walk", "long memory", "jittered pulse", "garch",
)  # fmt: skip


def nab() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(name, values (n,), labels (n,) int) of each series."""
    folder = data("anomaly/nab")
    for name, windows in json.loads((folder / "windows.json").read_text()).items():
        with gzip.open(folder / f"{name}.gz", "rt") as file:
            rows = list(csv.DictReader(file))
        moment = np.array([row["timestamp"] for row in rows], dtype="datetime64[s]")
        label = np.zeros(len(rows), dtype=int)
        for first, last in windows:
            label[(moment >= np.datetime64(first[:19])) & (moment <= np.datetime64(last[:19]))] = 1
        yield name.split("/")[1].removesuffix(".csv"), np.array([float(row["value"]) for row in rows]), label


def length_of(x: np.ndarray) -> int:
    """The window of TSB-AD: find_length_rank(x, rank=1)."""
    x = x[:20_000] - x[:20_000].mean()
    spectrum = np.fft.rfft(x, 1 << (2 * len(x) - 1).bit_length())
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: min(400, len(x) - 1) + 1][3:]
    peaks = argrelextrema(likeness, np.greater)[0]
    peak = peaks[np.argmax(likeness[peaks])] if len(peaks) else 0
    return 125 if peak < 3 or peak > 300 else int(peak) + 3


def runs(label: np.ndarray) -> list[tuple[int, int]]:
    """(first, last) of each stretch of ones."""
    edge = np.diff(np.concatenate([[0], label, [0]]))
    return list(zip(np.flatnonzero(edge == 1).tolist(), (np.flatnonzero(edge == -1) - 1).tolist(), strict=True))


def vus_pr(label: np.ndarray, score: np.ndarray, window: int, thresholds: int = 250) -> float:
    """The volume under the surface of precision and recall over buffers 0..window, as TSB-AD defines it."""
    n, order, true = len(score), np.argsort(-score, kind="stable"), runs(label)
    cut = score[order][np.linspace(0, n - 1, thresholds).astype(int)]
    predicted = np.searchsorted(-score[order], -cut, side="right")
    areas = []
    for w in range(window + 1):
        soft = label.astype(float)
        for first, last in true if w else ():
            after, before = np.arange(last + 1, min(last + w // 2 + 1, n)), np.arange(max(first - w // 2, 0), first)
            soft[after] += np.sqrt(1 - (after - last) / w)
            soft[before] += np.sqrt(1 - (first - before) / w)
        soft = np.minimum(soft, 1.0)
        ends, begin = [], max(true[0][0] - w // 2, 0)
        for this, following in itertools.pairwise(true):
            if this[1] + w // 2 < following[0] - w // 2:
                ends.append((begin, this[1] + w // 2))
                begin = following[0] - w // 2
        ends.append((begin, min(true[-1][1] + w // 2, n - 1)))
        hit = np.concatenate([[0.0], np.cumsum(soft[order])])[predicted]
        beside = np.concatenate([[0.0], np.cumsum(np.where(label == 0, soft, 0.0)[order])])[predicted]
        seen = (np.array([score[a : b + 1].max() for a, b in ends])[:, None] >= cut).mean(axis=0)
        recall = np.minimum(hit / (label.sum() + beside / 2), 1.0) * seen
        areas.append(float(np.diff(np.concatenate([[0.0], recall])) @ (hit / predicted)))
    return float(np.mean(areas))


def sub_pca(x: np.ndarray, w: int) -> np.ndarray:
    """TSB-AD's Sub-PCA: distances of standardised windows to all components, each over its share of the variance."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w)
    windows = (windows - windows.mean(axis=0)) / windows.std(axis=0)
    _, size, parts = np.linalg.svd(windows - windows.mean(axis=0), full_matrices=False)
    parts *= np.sign(parts[np.arange(w), np.abs(parts).argmax(axis=1)])[:, None]  # the sign that scikit-learn gives them
    share = size**2 / np.sum(size**2)
    score = np.concatenate([(cdist(windows[i : i + 4_000], parts) / share).sum(axis=1) for i in range(0, len(windows), 4_000)])
    return np.pad(score, (math.ceil((w - 1) / 2), (w - 1) // 2), mode="edge")


def poly(x: np.ndarray, w: int, power: int = 4) -> np.ndarray:
    """TSB-AD's POLY: how far each block lies from the polynomial of its surroundings."""
    n = len(x)
    x = (x - x.min()) / (x.max() - x.min())
    around, blocks, first = min(max(10 * w, 100), n), n // w, math.ceil(min(500, int(0.1 * n)) / w)
    score = np.zeros(n)
    for i in range(first, blocks + 1):
        a, b, half = i * w, n if i == blocks else (i + 1) * w, around // 2
        if a + half < n and a - half > 0:
            clock = np.r_[a - half : a, a + w : a + half]
        else:
            clock = (
                np.r_[n - around : a, a + w : n]
                if a + half >= n and a + w < n
                else np.r_[n - around : a]
                if a + w >= n
                else np.r_[0:a, a + w : around]
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line = np.poly1d(np.polyfit(clock, x[clock], power))
        if b > a:
            fitted = line(np.linspace(a, b, w) if i < blocks else np.arange(a, n))
            score[a : a + w] = np.linalg.norm(np.fft.fft(x[a:b] - fitted)) / (b - a)
    return score


def clean(kind: str, n: int, generator: np.random.Generator) -> np.ndarray:
    """A series (n,) in which no stretch is odd."""
    e, clock, cycle = generator.normal(size=n), np.arange(n), int(generator.integers(12, 100))
    wave = np.sin(2 * np.pi * clock / cycle)
    beats = np.cumsum(generator.uniform(0.9, 1.1, n // cycle + 3) * cycle)
    place = np.interp(clock, np.r_[0, beats], np.arange(len(beats) + 1)) % 1
    fading = np.cumprod(np.r_[1, (np.arange(1, 500) - 0.65) / np.arange(1, 500)])
    made = {
        "white": lambda: e, "ar1": lambda: lfilter([1], [1, -0.8], e), "ar2": lambda: lfilter([1], [1, -1.5, 0.7], e),
        "average": lambda: np.convolve(e, np.ones(20) / 20, "same"), "walk": lambda: np.cumsum(e), "garch": lambda: _garch(e),
        "walk t3": lambda: np.cumsum(generator.standard_t(3, n)), "t3": lambda: generator.standard_t(3, n), "lognormal": lambda: np.exp(e),
        "season": lambda: 3 * wave + e, "season ar": lambda: 3 * wave + lfilter([1], [1, -0.8], e),
        "season multiplied": lambda: np.exp(wave + 0.3 * np.asarray(lfilter([1], [1, -0.7], e))),
        "two cycles": lambda: 3 * np.sin(2 * np.pi * clock / 24) * (1 + 0.5 * (clock // 24 % 7 < 5)) + 0.7 * e,
        "trend": lambda: 0.01 * clock + e, "trend season": lambda: 0.01 * clock + 3 * wave + e,
        "poisson": lambda: generator.poisson(3, n).astype(float), "poisson season": lambda: generator.poisson(np.exp(1.5 * wave)).astype(float),
        "sparse": lambda: np.where(generator.random(n) < 0.9, 0.0, generator.gamma(1, 1, n)), "rounded walk": lambda: np.round(np.cumsum(e) / 5),
        "long memory": lambda: np.convolve(generator.normal(size=n + 499), fading, "valid"),
        "jittered pulse": lambda: 6 * np.exp(-0.5 * ((place - 0.4) / 0.05) ** 2) + 0.3 * e,
    }  # fmt: skip
    return np.asarray(made[kind]())


def _garch(e: np.ndarray) -> np.ndarray:
    x, v = np.zeros(len(e)), 1.0
    for t in range(len(e)):
        x[t] = math.sqrt(v) * e[t]
        v = 0.05 + 0.1 * x[t] ** 2 + 0.85 * v
    return x


def base(kind: str, n: int, generator: np.random.Generator) -> tuple[np.ndarray, int]:
    """(a series (n,) to plant in, its cycle)."""
    cycle = int(generator.integers(20, 200))
    wave = _shape(generator, int(generator.integers(1, 5)))
    season = wave(np.arange(n) / cycle)
    day = max(cycle // 4, 5)
    days = wave(np.arange(n) / day)

    def ar(memory: float, e: np.ndarray | None = None) -> np.ndarray:
        shocks = generator.normal(size=n) if e is None else e
        return np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], shocks))

    def beat() -> np.ndarray:
        width, centre = generator.uniform(0.02, 0.1), generator.uniform(0.2, 0.8)
        return np.exp(-0.5 * ((np.arange(n) / cycle % 1 - centre) / width) ** 2)

    made = {
        "season": lambda: season * generator.uniform(1, 4) + ar(generator.uniform(0, 0.7)),
        "ar": lambda: ar(generator.uniform(0.3, 0.95)),
        "wander": lambda: season * generator.uniform(0.5, 3) + 10 * ar(0.995) * generator.uniform(0.1, 0.3) + 0.5 * generator.normal(size=n),
        "heavy": lambda: season * generator.uniform(0, 2) + ar(generator.uniform(0, 0.9), generator.standard_t(3, n)),
        "pulse": lambda: beat() * generator.uniform(4, 10) + 0.5 * ar(0.5),
        "week": lambda: 3 * days * generator.uniform(0.3, 1.5, 7)[np.arange(n) // day % 7] + ar(0.6),
    }
    return np.asarray(made[kind]()), day if kind == "week" else cycle


def _shape(generator: np.random.Generator, parts: int):
    high = np.arange(1, parts + 1)
    a, b = generator.normal(size=(2, parts)) / high

    def wave(turn: np.ndarray) -> np.ndarray:
        y = np.sin(2 * np.pi * np.outer(turn, high)) @ a + np.cos(2 * np.pi * np.outer(turn, high)) @ b
        return y / y.std()

    return wave


def planted(kind: str, odd: str, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """(a series (n,), labels (n,) of its one to three odd stretches, its cycle)."""
    n = int(generator.integers(1_500, 5_000))
    x, cycle = base(kind, n, generator)
    wide, many, strong, label = x.std(), int(generator.integers(1, 4)), generator.uniform(1, 3), np.zeros(n, dtype=int)
    for j in range(many):
        m = int(generator.integers(1, 4)) if odd == "spike" else max(4, int(cycle * generator.uniform(0.3, 2.5)))
        low = int(n * (0.1 + 0.85 * j / many))
        a = int(generator.integers(low, max(int(n * (0.1 + 0.85 * (j + 1) / many)) - m - 2, low + 1)))
        part, clock, side = x[a : a + m].copy(), np.arange(m), generator.choice([-1, 1])
        other = (a + cycle // 2) % max(n - m, 1)
        slow = np.interp(np.linspace(0, m - 1, m) / 2, clock, part)
        x[a : a + m] = {
            "spike": part + side * strong * 2.5 * wide, "contextual": x[other : other + m].copy(),
            "shape": part[::-1] if generator.random() < 0.5 else slow, "level": part + side * strong * 0.8 * wide,
            "spread": part + generator.normal(size=m) * strong * 0.6 * wide, "still": np.full(m, part[0]),
            "trend": part + side * strong * 1.2 * wide * clock / max(m - 1, 1),
        }[odd]  # fmt: skip
        label[a : a + m] = 1
    return x, label, cycle


def found(x: np.ndarray) -> list[Stretch]:
    """The stretches of one series that are told at a rate of .05."""
    return told([scanned(innovations(x))])


def main(seeds: int, check: bool) -> None:
    """Prints one row per NAB series, per kind of planted stretch and per kind of clean series."""
    print(f"{'NAB':<42}{'points':>7}{'window':>7}{'chance':>8}{'Sub-PCA':>9}{'POLY':>7}{'ours':>7}{'CPU s':>7}{'told':>6}{'right':>6}")
    rows = []
    for name, x, label in nab():
        w, started = length_of(x), time.process_time()
        ours = scores(x)
        odd = found(x)
        cpu = time.process_time() - started
        by = (np.random.default_rng(0).random(len(x)), sub_pca(x, w), poly(x, w), ours)
        rows.append([vus_pr(label, score, w) for score in by])
        right = sum(bool(label[s.start : s.stop].any()) for s in odd)
        values = "".join(f"{v:>{wide}.3f}" for v, wide in zip(rows[-1], (8, 9, 7, 7), strict=True))
        print(f"{name:<42}{len(x):>7}{w:>7}{values}{cpu:>7.1f}{len(odd):>6}{right:>6}", flush=True)
        if check and len(x) < 3_000:
            from TSB_AD.evaluation.basic_metrics import generate_curve  # pyright: ignore[reportMissingImports]

            theirs = [float(generate_curve(label, score, w)[-1]) for score in by]
            print(f"   as TSB-AD's own code: largest difference {np.abs(np.array(theirs) - rows[-1]).max():.1e}", flush=True)
    print(f"{'mean':<56}" + "".join(f"{v:>{w}.3f}" for v, w in zip(np.mean(rows, axis=0), (8, 9, 7, 7), strict=True)) + "   bar: .44")
    print(f"\n{'planted':<12}{'Sub-PCA':>9}{'POLY':>7}{'ours':>7}   {'told':>6}{'of them right':>15}{'stretches found':>17}")
    for odd in PLANTED:
        order, count = [], Counter()
        for kind, seed in ((kind, seed) for kind in BASES for seed in range(seeds)):
            x, label, cycle = planted(kind, odd, np.random.default_rng([seed, BASES.index(kind), PLANTED.index(odd)]))
            w = length_of(x)
            order.append([vus_pr(label, score, min(w, 60), 100) for score in (sub_pca(x, w), poly(x, w), scores(x))])
            true, near, odds = runs(label), label.copy(), found(x)
            for first, last in true:
                near[max(first - 5, 0) : last + cycle + 6] = 1
            count.update(told=len(odds), right=sum(bool(near[s.start : s.stop].any()) for s in odds), true=len(true))
            count.update(seen=sum(any(s.start < last + 3 and first - 2 < s.stop for s in odds) for first, last in true))
        means = "".join(f"{v:>{w}.3f}" for v, w in zip(np.mean(order, axis=0), (9, 7, 7), strict=True))
        print(
            f"{odd:<12}{means}   {count['told']:>6}{count['right'] / max(count['told'], 1):>15.2f}{count['seen'] / count['true']:>17.2f}", flush=True
        )
    print(f"\nseries without an odd stretch of which something is told (bar .05), {10 * seeds} each\n{'clean':<18}{300:>7}{1000:>7}{4000:>7}")
    for kind in NULLS:
        shares = [np.mean([bool(found(clean(kind, n, np.random.default_rng([s, n])))) for s in range(10 * seeds)]) for n in (300, 1_000, 4_000)]
        print(f"{kind:<18}" + "".join(f"{share:>7.3f}" for share in shares), flush=True)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main(numbers[0] if numbers else 4, "--check" in sys.argv)
