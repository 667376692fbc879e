"""Whole series: ours beside aeon's MiniRocket and MultiRocket-Hydra on sets of the UCR/UEA archive, and remaining life of engines (C-MAPSS FD001).

    python benchmarks/sequences.py archive [--peer PYTHON] [--data DIR] [--more DIR]
    python benchmarks/sequences.py engines [--data DIR]

`archive`: official train and test files; ours is the learner `rocket` as it stands, fitted once on all training rows; peers with their defaults,
mean of seeds 1 to 3, one thread each; CPU seconds of fit and prediction after a first warm fit. --peer: a Python that has aeon and torch; --more: a
folder of further sets, <name>/<name>_TRAIN.ts (the aeon wheel has some in aeon/datasets/data). The bar: mean accuracy over the first four sets
within .005 of the best peer's, in no more time.

`engines`: each cycle of a training engine is a row (one in EVERY): the last 30 cycles and all cycles so far of each sensor
(collect.sequences.windows), read off as plain features (derive.series.features_of) and the last 30 as sequences; target: cycles left, at most 125
(Heimes 2008, as in most published figures). train.run with folds of whole engines; which model is used is chosen by what is said out of fold of one
random moment of each training engine, the test engines are asked once, at their last cycle. RMSE against the true cycles left, capped at 125 as most
papers do, and as they are; intervals by resampling engines. The bar: <= 14 (published: LSTM 16.14, CNN 18.45).
"""

from __future__ import annotations

import argparse
import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _shared import SHARED

from apercu.collect.sequences import Window, read, windows
from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.derive.series import features_of
from apercu.engine.duckdb import DuckDB

SETS = ("ItalyPowerDemand", "GunPoint", "BasicMotions", "JapaneseVowels")
CAP = 125.0
EVERY = 4
SENSORS = tuple(f"sensor {i}" for i in range(1, 22))

PEER = """
import sys, time, warnings; warnings.filterwarnings("ignore")
import numpy as np, torch; torch.set_num_threads(1)
from aeon.classification.convolution_based import MiniRocketClassifier, MultiRocketHydraClassifier
with np.load(sys.argv[1]) as kept: data = dict(kept)
for peer in (MiniRocketClassifier, MultiRocketHydraClassifier):
    right, spent = [], []
    for seed in (1, 1, 2, 3):
        begun = time.process_time()
        model = peer(random_state=seed, n_jobs=1); model.fit(data["x"], data["y"])
        right.append(np.mean(model.predict(data["z"]) == data["t"])); spent.append(time.process_time() - begun)
    print(peer.__name__, np.mean(right[1:]), min(spent[1:]))
"""


def files(folder: Path, name: str) -> tuple[Rows, Rows] | None:
    """Training and test rows of a set, where it lies in the folder."""
    found = [
        next(iter(sorted((folder / place).glob(f"{name}_{part}.ts*"))), None) for place in (f"ucr_{name.lower()}", name) for part in ("TRAIN", "TEST")
    ]
    pairs = [pair for pair in (found[:2], found[2:]) if all(pair)]
    return (read(pairs[0][0]), read(pairs[0][1])) if pairs and pairs[0][0] and pairs[0][1] else None


def ours(train: Rows, test: Rows) -> tuple[float, float, float]:
    """(accuracy, log loss, CPU seconds) of the learner `rocket`."""
    from apercu.train.rocket import Rocket

    classes = tuple(sorted(set(train["class"])))
    goal = Goal("class", "binary" if len(classes) == 2 else "multiclass", classes, classes[0])
    for _ in range(2):
        begun = time.process_time()
        told = Rocket().fit(train, goal, train.take(np.arange(0))).predict(test)
        spent = time.process_time() - begun
    truth = goal.coded(test).astype(int)
    return float(np.mean(told.argmax(axis=1) == truth)), float(-np.log(told[np.arange(len(truth)), truth]).mean()), spent


def peers(train: Rows, test: Rows, python: str, place: Path) -> dict[str, tuple[float, float]]:
    """{peer: (accuracy, CPU seconds)}, on series padded with zeros."""
    names = [name for name in train if name != "class"]
    longest = max(len(cell) for rows in (train, test) for name in names for cell in rows.packed(name))

    def padded(rows: Rows) -> np.ndarray:
        return np.stack([[np.pad(np.nan_to_num(cell), (0, longest - len(cell))) for cell in rows.packed(name)] for name in names], axis=1)

    np.savez(place, x=padded(train), y=train["class"].astype(str), z=padded(test), t=test["class"].astype(str))
    done = subprocess.run([python, "-c", PEER, str(place)], capture_output=True, text=True, check=True)
    return {line.split()[0]: (float(line.split()[1]), float(line.split()[2])) for line in done.stdout.splitlines()}


def archive(arguments: argparse.Namespace) -> None:
    """The table of sets."""
    from threadpoolctl import threadpool_limits

    folders = [(SETS, arguments.data / "timeseries")]
    if arguments.more:
        folders.append((tuple(sorted(path.name for path in arguments.more.iterdir() if path.is_dir() and path.name not in SETS)), arguments.more))
    place = Path(os.environ.get("TMPDIR", "/tmp")) / f"apercu-sequences-{os.getpid()}.npz"
    total: dict[str, list[tuple[float, float]]] = {}
    for names, folder in folders:
        for name in names:
            pair = files(folder, name)
            if pair is None or "class" not in pair[0]:
                continue
            with threadpool_limits(1):
                right, loss, spent = ours(*pair)
            found = {"ours": (right, spent), **(peers(*pair, arguments.peer, place) if arguments.peer else {})}
            shown = "  ".join(f"{who} {100 * share:.2f} % in {seconds:.2f} s" for who, (share, seconds) in found.items())
            print(f"{name:24s} {pair[0].n:4d} / {pair[1].n:4d} rows  {shown}  (our log loss {loss:.3f})", flush=True)
            for who, one in found.items():
                total.setdefault(who, []).append(one)
        print(
            "mean so far: "
            + "  ".join(f"{who} {np.mean([a for a, _ in every]):.4f} in {sum(s for _, s in every):.1f} s" for who, every in total.items())
        )
    place.unlink(missing_ok=True)


def flights(path: Path) -> Rows:
    """A long table: engine, cycle, three settings, 21 sensors."""
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file)
    names = ("engine", "cycle", "setting 1", "setting 2", "setting 3", *SENSORS)
    return Rows.of({name: table[:, i] for i, name in enumerate(names)})


def described(readings: Rows, every: int, *, last: bool) -> Rows:
    """One row a moment: cycles so far, features of the last 30 cycles and of all so far, the last 30 as sequences, cycles left."""
    changing = [name for name in SENSORS if np.ptp(readings[name]) > 0]
    readings = readings.only(("engine", "cycle", *changing))
    late = windows(readings, "engine", "cycle", Window(30, every, 10, "left", CAP, last))
    whole = windows(readings, "engine", "cycle", Window(100_000, every, 10, "", None, last))
    made: dict[str, np.ndarray] = {}
    for part, rows, told in (
        ("late", late, ("mean", "spread", "slope", "last")),
        ("so far", whole, ("mean", "spread", "slope", "lowest", "highest")),
    ):
        for name in changing:
            features = features_of(rows.packed(name))
            made |= {f"{name} {what} {part}": features[what] for what in told}
    return late.plus(made)


def engines(arguments: argparse.Namespace) -> None:
    """The table of remaining life."""
    from apercu import train

    folder = arguments.data / "equipment" / "cmapss_fd001"
    begun = time.process_time()
    rows = described(flights(folder / "train_FD001.txt.gz"), EVERY, last=False)
    test = described(flights(folder / "test_FD001.txt.gz"), 1, last=True)
    with gzip.open(folder / "RUL_FD001.txt.gz", "rt") as file:
        truth = np.loadtxt(file)
    kept = [name for name in rows if name in test and (rows.storage(name) == "list") <= arguments.sequences]
    rows = rows.only(kept)
    kinds = {"number": "number", "list": "series"}
    roles = {"left": "target", "engine": "group"}
    columns = tuple(Column(name, kinds[rows.storage(name)], roles.get(name, "feature"), rows.storage(name)) for name in rows)
    engine = DuckDB()
    data = Dataset(Schema(columns), engine, engine.adopt({name: rows[name] for name in rows}), "C-MAPSS FD001", rows.n)
    split = Split.make(data, Goal("left", "numeric", group="engine"))
    made = train.run(split, train.Options(learners=tuple(arguments.learners)))
    own, left = split.rows["engine"], split.rows["left"]
    generator = np.random.default_rng(1)
    drawn = [np.array([generator.choice(np.flatnonzero(own == name)) for name in np.unique(own)]) for _ in range(50)]
    print(f"{rows.n} rows of {len(np.unique(own))} engines, {len(columns) - 2} columns, {time.process_time() - begun:.0f} CPU s")
    held = {model.name: float(np.mean([np.sqrt(np.mean((model.out_of_fold - left)[at] ** 2)) for at in drawn])) for model in made}
    chosen = min(held, key=lambda name: held[name])
    for model in made:
        told = np.maximum(model.predict(test), 0.0)
        shown = []
        for aim in (np.minimum(truth, CAP), truth):
            error = (told - aim) ** 2
            again = np.sqrt([error[generator.integers(len(error), size=len(error))].mean() for _ in range(2_000)])
            shown.append(f"{np.sqrt(error.mean()):.2f} ({np.quantile(again, 0.025):.2f} to {np.quantile(again, 0.975):.2f})")
        mark = " <- chosen by engines held out" if model.name == chosen else ""
        print(f"{model.name:20s} held-out engines {held[model.name]:.2f}; test RMSE {shown[0]} capped, {shown[1]} as they are{mark}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("archive", "engines"))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("APERCU_DATA", SHARED / "data")))
    parser.add_argument("--more", type=Path)
    parser.add_argument("--peer", default="")
    parser.add_argument("--learners", nargs="*", default=("boosting",))
    parser.add_argument("--sequences", action="store_true", help="give the last 30 cycles as sequences as well, to learners that read them")
    given = parser.parse_args()
    if not given.data.exists():
        sys.exit(f"skipped: {given.data} is not there")
    (archive if given.part == "archive" else engines)(given)
