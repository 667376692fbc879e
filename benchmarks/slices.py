"""Planted weak slices: how often the planted one is among the first five that are told, and how often a clean model is called weak anywhere.

    python benchmarks/slices.py [TABLES] [ROWS]

A model's probabilities are true but for the slice, where it is as sure as ever of labels drawn anew (`noise`), of the wrong class (`turned`), or
far too sure (`sure`); the same of three classes and of a rare one (8 %); of numbers, errors grow threefold (`wide`) or all lie on one side (`off`).
Slices have one or two terms and 3 to 12 % of the rows. Twenty columns: ten numbers, ten categories. Found: at least half of the rows of the told
slice and of the planted one are in both.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

from apercu.audit.slices import weak
from apercu.core.model import CrossFitted
from noise import split_of

CELLS = (
    "clean", "noise", "turned", "sure", "clean several", "several noise", "several sure", "clean rare", "rare turned",
    "clean number", "wide", "off",
)  # fmt: skip


def made(cell: str, rows: int, seed: int):
    """(table, (n,) or (n, k) predictions in its order, (n,) planted rows)."""
    generator = np.random.default_rng(seed)
    numbers = {f"x{j}": generator.normal(size=rows) for j in range(10)}
    levels = {f"k{j}": generator.choice(list("abcdef"[: 3 + j % 4]), rows) for j in range(10)}
    columns = {**numbers, **levels}
    while True:
        terms = []
        for name in generator.choice(list(columns), generator.integers(1, 3), replace=False):
            x = columns[name]
            low = generator.choice([0.0, 0.6, 0.7])
            terms.append(
                x == generator.choice(np.unique(x)) if x.dtype.kind == "U" else (x >= np.quantile(x, low)) & (x <= np.quantile(x, low + 0.3))
            )
        weak_rows = np.logical_and.reduce(terms)
        if 0.03 <= weak_rows.mean() <= 0.12 or (len(terms) == 2 and 0.03 <= weak_rows.mean() <= 0.2):
            break
    score = 1.2 * numbers["x0"] - numbers["x1"] + 0.8 * (levels["k0"] == "a") + 0.5 * numbers["x2"] * (levels["k1"] == "b")
    if cell in ("clean number", "wide", "off"):
        error = generator.standard_t(5, rows)
        error = np.where(weak_rows & (cell == "wide"), 3 * error, np.where(weak_rows & (cell == "off"), error + 3, error))
        return pd.DataFrame({**columns, "y": 10 * score + error}), 10 * score, weak_rows
    if "several" in cell:
        other = 0.8 * numbers["x3"] + (levels["k2"] == "c") - 0.5 * numbers["x0"]
        y, told = drawn(np.column_stack([np.zeros(rows), 1.5 * score, 1.5 * other]), cell.removeprefix("several "), weak_rows, generator)
        return pd.DataFrame({**columns, "y": np.array(["a", "b", "c"])[y]}), told, weak_rows
    shift = 4.2 if "rare" in cell else 0.0
    y, told = drawn(np.column_stack([np.zeros(rows), 1.5 * score - shift]), cell.removeprefix("rare "), weak_rows, generator)
    return pd.DataFrame({**columns, "y": np.where(y == 1, "yes", "no")}), told, weak_rows


def drawn(odds: np.ndarray, cell: str, weak_rows: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """((n,) classes, (n, k) probabilities that a model tells) of log-odds (n, k); in the weak rows as the kind says."""
    p, k = shares(odds), odds.shape[1]
    chance = {"noise": np.full(p.shape, 1 / k), "turned": p[:, np.r_[1:k, 0]]}.get(cell, p)
    drawn_from = np.where(weak_rows[:, None], chance, p)
    y = (generator.random((len(p), 1)) > np.cumsum(drawn_from, axis=1)).sum(axis=1).clip(max=k - 1)
    return y, np.where(weak_rows[:, None] & (cell == "sure"), shares(4.0 * odds), p)


def shares(odds: np.ndarray) -> np.ndarray:
    """(n, k) probabilities of log-odds."""
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def main(tables: int, rows: int) -> None:
    """Prints one row per kind."""
    print(f"{tables} tables of {rows:,} rows; bar: planted slice in the first five in 90 %, none on a clean model in 95 %")
    print(f"{'kind':<14}{'in the first 5':>15}{'told':>7}{'silent':>8}{'CPU s':>7}")
    for cell in CELLS:
        hits, told, silent, cpu = 0, 0, 0, 0.0
        for seed in range(tables):
            frame, prediction, planted = made(cell, rows, seed)
            split = split_of(frame, "y", seed)
            order = split.rows["_row"].astype(int) - 1
            model = CrossFitted("true", split.goal, (), (), prediction[order], np.zeros(1))
            started = time.process_time()
            found = weak(split, model)
            cpu += time.process_time() - started
            told += len(found)
            silent += not found
            for one in found[:5]:
                inside = one.where.holds(split.rows)
                both = np.count_nonzero(inside & planted[order])
                if both >= 0.5 * inside.sum() and both >= 0.5 * planted.sum():
                    hits += 1
                    break
        print(f"{cell:<14}{hits / tables:>15.2f}{told / tables:>7.1f}{silent / tables:>8.2f}{cpu / tables:>7.2f}", flush=True)


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("40", "6000")[len(sys.argv) - 1 :]]))
