"""Wrong cells of tables whose truth is known: precision, recall and F1 of the doubtful cells, no labels given, and how many repairs are right.

    python benchmarks/dirty.py

Peer without labels: cells against the majority of a group in a dependency that holds in 95 % of rows. Then, as false alarms, the cells that are told
in the right versions of these tables and in tables that are taken for right, by why; all columns as texts.
"""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pandas as pd
from _shared import TABLES as PUBLIC
from _shared import data

from apercu.audit.values import Suspect, suspected

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
    right: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        dirty, clean = read(name, "dirty"), read(name, "clean")
        clean.columns = dirty.columns
        right[name] = clean
        wrong = {(int(i), int(j)) for i, j in np.argwhere((dirty != clean).to_numpy())}
        started = time.process_time()
        told = texts(dirty)
        cpu = time.process_time() - started
        place = {c: j for j, c in enumerate(dirty)}
        found = {(s.row, place[s.column]) for s in told}
        repaired = np.mean([s.repair == clean.iloc[s.row, place[s.column]] for s in told if s.repair is not None]) if told else 0.0
        p, r, f = measured(found, wrong)
        peer = measured(plain(dirty), wrong)[2]
        print(f"{name:<10}{len(wrong):>7}{peer:>9.2f}{len(found):>7}{p:>7.2f}{r:>7.2f}{f:>7.2f}{repaired:>15.2f}{cpu:>7.1f}", flush=True)

    right |= {name: pd.read_csv(data(path), dtype=str, keep_default_na=False) for name, path, _ in PUBLIC if path.endswith((".csv", ".csv.gz"))}
    print(f"\n{'right table':<12}{'cells':>10}{'told':>7}{'share':>9}   by why and column")
    for name, table in right.items():
        if table.shape[1] == 1:  # another delimiter
            continue
        told = texts(table)
        by = ", ".join(f"{n} {why} {column}" for (column, why), n in Counter((s.column, s.why) for s in told).most_common(4))
        print(f"{name:<12}{table.size:>10}{len(told):>7}{len(told) / table.size:>9.5f}   {by}", flush=True)


def texts(table: pd.DataFrame) -> list[Suspect]:
    return suspected({c: np.array([v or None for v in table[c]], dtype=object) for c in table})


if __name__ == "__main__":
    main()
