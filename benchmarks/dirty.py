"""Wrong cells of tables whose truth is known: precision, recall and F1 of the doubtful cells, no labels given, and how many repairs are right.

    python benchmarks/dirty.py

Peer without labels: cells against the majority of a group in a dependency that holds in 95 % of rows, and values of a rare pattern.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from _shared import data

from apercu.audit.values import suspected

TABLES = ("hospital", "flights", "beers")


def read(name: str, which: str) -> pd.DataFrame:
    return pd.read_csv(data(f"dirty/{name}/{which}.csv.gz"), dtype=str, keep_default_na=False)


def plain(dirty: pd.DataFrame) -> set[tuple[int, int]]:
    """Dependencies that hold in 95 % of rows, and nothing else."""
    found = set()
    for x in dirty:
        if dirty[x].nunique() > len(dirty) / 2 or dirty[x].nunique() < 2:
            continue
        for j, y in enumerate(dirty):
            if x != y and dirty[y].nunique() > 1:
                top = dirty.groupby(x)[y].transform(lambda s: s.mode().iloc[0])
                if (top == dirty[y]).mean() >= 0.95:
                    found |= {(int(i), j) for i in np.flatnonzero((top != dirty[y]).to_numpy())}
    return found


def measured(found: set[tuple[int, int]], wrong: set[tuple[int, int]]) -> tuple[float, float, float]:
    hit = len(found & wrong)
    p, r = hit / max(len(found), 1), hit / max(len(wrong), 1)
    return p, r, 2 * p * r / max(p + r, 1e-9)


def main() -> None:
    """Prints one row per table."""
    print(f"{'table':<10}{'wrong':>7}{'peer F1':>9}{'told':>7}{'P':>7}{'R':>7}{'F1':>7}{'right repairs':>15}{'CPU s':>7}")
    for name in TABLES:
        dirty, clean = read(name, "dirty"), read(name, "clean")
        clean.columns = dirty.columns
        wrong = {(int(i), int(j)) for i, j in np.argwhere((dirty != clean).to_numpy())}
        started = time.process_time()
        told = suspected({c: np.array([v or None for v in dirty[c]], dtype=object) for c in dirty})
        cpu = time.process_time() - started
        place = {c: j for j, c in enumerate(dirty)}
        found = {(s.row, place[s.column]) for s in told}
        right = np.mean([s.repair == clean.iloc[s.row, place[s.column]] for s in told if s.repair is not None]) if told else 0.0
        p, r, f = measured(found, wrong)
        peer = measured(plain(dirty), wrong)[2]
        print(f"{name:<10}{len(wrong):>7}{peer:>9.2f}{len(found):>7}{p:>7.2f}{r:>7.2f}{f:>7.2f}{right:>15.2f}{cpu:>7.1f}", flush=True)


if __name__ == "__main__":
    main()
