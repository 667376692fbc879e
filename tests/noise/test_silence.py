"""Noise stays silent: on tables without structure few runs report anything, whatever the noise is like.

Each cell counts tables in which anything was said. The promise is one in twenty; a cell fails where its count would come up by chance in
fewer than one of a hundred such cells even if one table in twenty spoke.
"""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from apercu import discover

TABLES = 80


def too_many(tables: int, rate: float = 0.05, chance: float = 0.01) -> int:
    """The smallest count that a true rate reaches in fewer than `chance` of the cells."""
    tail = [sum(comb(tables, i) * rate**i * (1 - rate) ** (tables - i) for i in range(k, tables + 1)) for k in range(tables + 1)]
    return next(k for k, p in enumerate(tail) if p < chance)


def table(seed: int, n: int, target: str, *, correlated: bool) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n)
    columns: dict[str, np.ndarray] = {}
    for i in range(8):
        hidden = 0.5 * shared + 0.75**0.5 * rng.normal(size=n) if correlated else rng.normal(size=n)
        columns[f"k{i}"] = np.array(list("abcdefg"), dtype=object)[np.digitize(hidden, np.linspace(-1, 1, 2 + i % 4))]
    columns |= {f"x{i}": rng.normal(size=n) if i % 2 else rng.exponential(size=n) for i in range(5)}
    draws = {
        "rate": lambda: (rng.random(n) < 0.2).astype(float),
        "rare": lambda: (rng.random(n) < 0.03).astype(float),
        "normal": lambda: rng.normal(size=n),
        "t3": lambda: rng.standard_t(3, n),
        "lognormal": lambda: rng.lognormal(0, 1.5, n),
    }
    return {**columns, "y": draws[target]()}


@pytest.mark.slow
@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("target", ["rate", "rare", "normal", "t3", "lognormal"])
def test_two_halves(make_split, target, correlated):
    said = sum(bool(discover.run(make_split(table(seed, 4000, target, correlated=correlated), "y"))[0]) for seed in range(TABLES))
    assert said < too_many(TABLES), f"{said} of {TABLES} tables of noise reported something"


@pytest.mark.slow
@pytest.mark.parametrize("target", ["rate", "normal", "lognormal"])
def test_permutations(make_split, target):
    options = discover.Options(rounds=200)
    said = sum(bool(discover.run(make_split(table(seed, 500, target, correlated=True), "y"), (), options)[0]) for seed in range(TABLES))
    assert said < too_many(TABLES), f"{said} of {TABLES} tables of noise reported something"


@pytest.mark.slow
@pytest.mark.parametrize("role", ["group", "time"])
def test_rows_that_resemble_each_other(make_split, role):
    """Entities with a level of their own, and a target that wanders in time; columns that belong to the entity, or drift as well."""
    said = 0
    for seed in range(TABLES):
        rng = np.random.default_rng(seed)
        columns = table(seed, 4000, "normal", correlated=False)
        block = np.repeat(np.arange(200), 20)
        if role == "group":
            columns["who"] = np.array([f"w{i:03d}" for i in block], dtype=object)
            columns["region"] = rng.choice(list("nsew"), 200)[block].astype(object)
            columns["y"] = rng.normal(size=200)[block] + columns["y"]
        else:
            columns["when"] = np.datetime64("2023-01-01") + np.arange(4000).astype("timedelta64[h]")
            columns["shift"] = rng.choice(list("abc"), 200)[block].astype(object)
            columns["y"] = rng.normal(size=200)[block] + columns["y"]
        said += bool(discover.run(make_split(columns, "y", **{role: "who" if role == "group" else "when"}))[0])
    assert said < too_many(TABLES), f"{said} of {TABLES} tables of noise reported something"


def test_the_count_that_fails_a_cell():
    assert too_many(200) == 19 and too_many(80) == 10
