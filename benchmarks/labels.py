"""Planted wrong labels: how many of the first k suspects are wrong (k = planted), the set that is told, and the precision that is stated for it.

    python benchmarks/labels.py [SEEDS] [TABLE ...]

Peers, of the same model: the plain order by out-of-fold probability of the given label, and that by its margin over the likeliest other one, as
cleanlab's filters rank (2.9: `normalized_margin`). The means over seeds stand below the rows of a cell. Digits are scikit-learn's; letters of the
same kind may be put beside them as tabular/letter/*.csv with the target in the first column. Noise: uniform (any other class), pair (the next
class), one-sided (5 % of all rows turned from the wanted class into the other).
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from _shared import SHARED, data
from sklearn.datasets import load_digits

from apercu import audit, train
from apercu.audit.labels import suspects
from noise import split_of

ROWS = 15_000


def digits() -> tuple[pd.DataFrame, np.ndarray]:
    both = load_digits()
    return pd.DataFrame(both.data, columns=[f"p{i}" for i in range(64)]), both.target


def bank() -> tuple[pd.DataFrame, np.ndarray]:
    frame = pd.read_csv(data("tabular/bank_marketing/bank.csv.gz")).drop(columns="duration").sample(ROWS, random_state=0).reset_index(drop=True)
    return frame.drop(columns="deposit"), (frame["deposit"] == "yes").to_numpy().astype(int)


def adult() -> tuple[pd.DataFrame, np.ndarray]:
    frame = pd.read_csv(data("tabular/adult/adult-train.csv.gz"), header=None).sample(ROWS, random_state=0).reset_index(drop=True)
    frame.columns = [f"c{i}" for i in range(15)]
    return frame.drop(columns="c14"), frame["c14"].str.contains(">").to_numpy().astype(int)


def letter() -> tuple[pd.DataFrame, np.ndarray] | None:
    found = sorted((SHARED / "data" / "tabular" / "letter").glob("*.csv*"))
    if not found:
        return None
    frame = pd.read_csv(found[0], header=None).iloc[:ROWS]
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]
    return frame.iloc[:, 1:], np.unique(frame["c0"].astype(str), return_inverse=True)[1]


def noisy(truth: np.ndarray, kind: str, share: float, seed: int) -> np.ndarray:
    """The labels with a share of them turned."""
    generator, k = np.random.default_rng(seed), int(truth.max()) + 1
    among = np.flatnonzero(truth == 1) if kind == "one-sided" else np.arange(len(truth))
    turned = generator.choice(among, int(share * len(truth)), replace=False)
    step = 1 if kind == "pair" else -1 if kind == "one-sided" else generator.integers(1, k, len(turned))
    given = truth.copy()
    given[turned] = (truth[turned] + step) % k
    return given


CELLS = (
    (digits, "none", 0.0, ""), (digits, "uniform", 0.05, "prec@k .95, set .89/.88"), (digits, "pair", 0.1, ""),
    (letter, "uniform", 0.05, "prec@k .95, set .89/.88"), (adult, "none", 0.0, ""), (adult, "uniform", 0.05, ""), (adult, "one-sided", 0.05, ""),
    (bank, "none", 0.0, ""), (bank, "uniform", 0.05, "prec@k .53"), (bank, "one-sided", 0.05, "above .05 or cannot tell"),
)  # fmt: skip


def main(seeds: int, tables: list[str]) -> None:
    """Prints one row per table, noise and seed."""
    print(f"{'table':<8}{'noise':<16}{'plain@k':>8}{'margin':>8}{'ours @k':>8}{'told':>6}{'P':>7}{'R':>7}{'stated':>8}{'CPU s':>7}  bar; said first")
    for make, kind, share, bar in CELLS:
        seen = []
        for seed in range(1, 1 + seeds):
            if tables and make.__name__ not in tables:
                continue
            table = make()
            if table is None:
                continue
            frame, truth = table
            given = noisy(truth, kind, share, seed)
            started = time.process_time()
            split = split_of(frame.assign(target=np.array([f"c{c}" for c in given], dtype=object)), "target", seed)
            model = train.run(split)[0]
            codes = split.goal.coded(split.rows).astype(int)
            place = split.rows["_row"].astype(int) - 1
            false = (given != truth)[place]
            found = suspects(codes, model.out_of_fold)
            k = int(false.sum())
            own = model.out_of_fold[np.arange(len(codes)), codes]
            others = np.where(np.arange(model.out_of_fold.shape[1]) == codes[:, None], -1.0, model.out_of_fold).max(axis=1)
            orders = np.argsort(own, kind="stable"), np.argsort(own - others, kind="stable"), found.order
            told = found.told
            faults = [f for f in audit.run(split, model) if f.kind == "label"]
            stated = f"{found.sure[told].mean():.3f}" if len(told) else "-"
            hit = f"{false[told].mean():.3f}" if len(told) else "-"
            recall = f"{false[told].sum() / k:.3f}" if k else "-"
            hits = [float(false[order[:k]].mean()) for order in orders] if k else []
            at = [f"{hit_:.3f}" for hit_ in hits] or ["-"] * 3
            seen.append((*hits, *((false[told].mean(), false[told].sum() / k, found.sure[told].mean()) if k and len(told) else ())))
            cpu = time.process_time() - started
            said = faults[0].say()[:90] if faults else "nothing"
            row = (
                f"{make.__name__:<8}{kind + f' {share:.0%}':<16}{at[0]:>8}{at[1]:>8}{at[2]:>8}{len(told):>6}{hit:>7}{recall:>7}{stated:>8}{cpu:>7.0f}"
            )
            print(f"{row}  {bar}; {said}", flush=True)
        if len(seen) > 1 and len({len(one) for one in seen}) == 1 and seen[0]:
            print(f"  mean of {len(seen)}: " + "  ".join(f"{x:.4f}" for x in np.mean(seen, axis=0)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, sys.argv[2:])
