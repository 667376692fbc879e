"""What rows without a target bring: the net begun from them beside the net begun from nothing, trees, and terms with a linear model.

python benchmarks/pretrain.py [bank | adult | hotel ...] [--labels 50 200 1000] [--seeds N] [--pool N]

Of each source 2,000 rows are asked about, some have a label, and --pool others have none. Of labels 15 % are watched. The mean over seeds of the AUC,
of the log loss and of the CPU seconds of a fit. What the folds of a study would choose is the lower mean log loss out of five folds of the labels.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
from _shared import TABLES, data
from sklearn.metrics import log_loss, roc_auc_score

from apercu import clean, collect, derive
from apercu.core.goal import Goal
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.train import learners
from apercu.train._columns import typed, usable
from apercu.train._shared import sharing
from apercu.train.net import Net

HOTEL = ("text/chnsenticorp_htl/ChnSentiCorp_htl_all.csv.gz", "label")
ASKED, FOLDS = 2_000, 5


def rows_of(name):
    """(the rows with a target, the goal) of a source."""
    file, target = HOTEL if name == "hotel" else next((f, t) for n, f, t in TABLES if n == name)
    engine = DuckDB()
    table, _ = collect.run(str(data(file)), engine, collect.Options())
    table, _ = clean.run(table, target, clean.Options())
    goal = Goal.guess(table.schema, target, table.engine.distinct(table.table, target, 1001))
    table, _ = derive.run(table, goal, derive.Options())
    split, columns = Split.make(table, goal), usable(table.schema, goal)
    rows = typed(split.rows.only((*(c.name for c in columns), goal.target)), columns)
    return rows.take(np.flatnonzero(~np.isnan(goal.coded(rows)))), goal


def fitted(way, rows, goal, pool):
    """A model of the first 85 % of the rows, which the others watch."""
    cut = int(0.85 * rows.n)
    parts = rows.take(np.arange(cut)), goal, rows.take(np.arange(cut, rows.n))
    if way in ("net", "begun"):
        return Net(pretrain=way == "begun").fit(*parts, pool)
    return learners()[way]().fit(*parts)


def out_of_fold(way, rows, goal, pool):
    """The mean log loss of rows that a fold's model never saw."""
    told = np.zeros((rows.n, len(goal.classes)))
    for fold in range(FOLDS):
        own = np.arange(rows.n) % FOLDS == fold
        told[own] = fitted(way, rows.take(np.flatnonzero(~own)), goal, pool).predict(rows.take(np.flatnonzero(own)))
    return log_loss(goal.coded(rows), told, labels=range(len(goal.classes)))


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=["bank", "adult", "hotel"])
    parser.add_argument("--labels", nargs="*", type=int, default=[50, 200, 1_000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pool", type=int, default=4_000)
    given = parser.parse_args()
    print("source     labels  way        AUC   log loss  CPU s   begun is chosen")
    for name in given.names or ["bank", "adult", "hotel"]:
        rows, goal = rows_of(name)
        for labels in given.labels:
            ways = ("net", "begun", "text" if name == "hotel" else "boosting")
            found, chosen = {way: [] for way in ways}, 0
            for seed in range(given.seeds):
                order = np.random.default_rng(seed).permutation(rows.n)
                asked, known, pool = (rows.take(part) for part in np.split(order, (ASKED, ASKED + labels, ASKED + labels + given.pool))[:3])
                truth, pool = goal.coded(asked), pool.only([column for column in pool if column != goal.target])
                with sharing():
                    for way in ways:
                        begun = time.process_time()
                        told = fitted(way, known, goal, pool).predict(asked)
                        spent = time.process_time() - begun
                        found[way].append((roc_auc_score(truth, told[:, 1]), log_loss(truth, told), spent))
                    chosen += out_of_fold("begun", known, goal, pool) < out_of_fold("net", known, goal, pool)
            for way in ways:
                auc, loss, spent = np.mean(found[way], axis=0)
                last = f"{chosen} of {given.seeds}" if way == "begun" else ""
                print(f"{name:10} {labels:6}  {way:9} {auc:.3f}  {loss:8.3f}  {spent:6.1f}   {last}", flush=True)


if __name__ == "__main__":
    main()
