"""Experts' rules where labels are few: labels alone, rules as further columns, and rules that teach, by average precision on rows held out.

python benchmarks/rules.py [sms | banking | waimai | telco ...] [--labels 20] [--draws 5] [--members N] [--sms FILE] [--data FOLDER] [--wrong]

Half of a table is held out (one fixed half); of the other half, `labels` rows keep their label, drawn anew for each of `draws`, with both classes
among them. The rule files beside this script (rules/*.rules) were written from general knowledge and hold for the tables as they are; sms.rules are
the ten of an earlier study of such messages. The spam file (columns type, text) is a public one and is named with --sms. CPU seconds are those of
this process, and of each way by itself. --wrong adds a rule that states 0.8 and is right about three times in ten, with 500 labels, and tells the
verdict on it and the average precision with and without it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _shared import SHARED

import apercu.explain as explain
from apercu import clean, collect, derive, teach, train
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.rule import Rule, read_rules
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.predictor import Predictor
from apercu.stats.scores import average_precision

warnings.filterwarnings("ignore")
RULES = Path(__file__).parent / "rules"
CARD = {
    "card_arrival", "card_delivery_estimate", "lost_or_stolen_card", "lost_or_stolen_phone", "compromised_card", "card_not_working", "card_swallowed",
}  # fmt: skip
WRONG = {  # rules that state 0.8 and are right about three times in ten
    "sms": 'when text ~ "(?i)\\b(new|phone|number)\\b" then label = "spam" [0.8]',
    "banking": 'when text ~ "(?i)\\bcard\\b" then label = "card" [0.8]',
    "waimai": 'when review ~ "的" then label = "good" [0.8]',
    "telco": 'when gender = "Female" then Churn = "Yes" [0.8]',
}


class Task(NamedTuple):
    """The rows, as dictionaries with the target in them; the target; and the level that is sought."""

    rows: list[dict[str, str]]
    target: str
    wanted: str


class Told(NamedTuple):
    """Average precision on the held-out rows, and CPU seconds."""

    precision: float
    seconds: float


def task(name: str, folder: Path, sms: Path | None) -> Task:
    if name == "sms":
        if sms is None or not sms.exists():
            sys.exit("skipped: name the file of spam with --sms (columns type, text)")
        with sms.open(encoding="latin1") as file:
            return Task([{"text": row["text"], "label": row["type"]} for row in csv.DictReader(file)], "label", "spam")
    if name == "banking":
        rows = [row for part in ("train", "test") for row in _read(folder / f"text/banking77/{part}.csv.gz")]
        return Task([{"text": row["text"], "label": "card" if row["category"] in CARD else "other"} for row in rows], "label", "card")
    if name == "waimai":
        rows = _read(folder / "text/waimai_10k/waimai_10k.csv.gz")
        return Task([{"review": row["review"], "label": "good" if row["label"] == "1" else "bad"} for row in rows], "label", "good")
    rows = _read(folder / "tabular/telco_churn/Telco-Customer-Churn.csv.gz")
    return Task([{name: value for name, value in row.items() if name != "customerID"} for row in rows], "Churn", "Yes")


def _read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Case:
    """One draw of labels: the table as it would be given to `apercu run`, and the rows that judge."""

    def __init__(self, told: Task, labels: int, draw: int, options: train.Options) -> None:
        self.task, self.options = told, options
        order = np.random.default_rng(0).permutation(len(told.rows))
        held, self.pool = order[: len(order) // 2], order[len(order) // 2 :]
        truth = np.array([row[told.target] == told.wanted for row in told.rows])
        generator = np.random.default_rng(100 + draw)
        while True:
            self.labelled = generator.permutation(self.pool)[:labels]
            if 0 < truth[self.labelled].sum() < labels:
                break
        self.held = [told.rows[i] for i in held]
        self.truth = truth[held].astype(np.float64)

    def table(self, further: list[Rule] | None = None) -> list[dict[str, str]]:
        """The rows to learn from, labels taken away, with a column per rule where rules are to be columns."""
        kept = set(self.labelled.tolist())
        return [{**self.task.rows[i], self.task.target: self.task.rows[i][self.task.target] if i in kept else ""} for i in self.pool]

    def score(self, model: CrossFitted, split: Split, file: Path) -> float:
        predictor = Predictor(split.goal, split.data, model, explain.row, split)  # type: ignore[arg-type]
        rows, _ = predictor.prepared(collect.run(str(file), DuckDB(), collect.Options())[0])
        return float(average_precision(self.truth, model.predict(rows)[:, split.goal.classes.index(self.task.wanted)]))  # type: ignore[union-attr]


def ways(
    case: Case, rules_text: Any, folder: Path, which: tuple[str, ...] = ("labels", "columns", "taught")
) -> tuple[dict[str, Told], teach.Lesson | None]:
    """{way: what it reaches}, and the lesson of the one that was taught."""
    told, lesson = {}, None
    for way in which:
        begun = time.process_time()
        split, held, rules = _split(case, rules_text, folder, columns=way == "columns")
        model = train.run(split, case.options)[0]
        if way == "taught":
            lesson = teach.run(model, rules, split, teach.Options(), lambda soft: train.run(soft, case.options)[0])
            model = lesson.model
        seconds = time.process_time() - begun
        told[way] = Told(case.score(model, split, held), seconds)
    return told, lesson


def _split(case: Case, rules_text: Any, folder: Path, *, columns: bool) -> tuple[Split, Path, list[Rule]]:
    train_file, held_file = folder / "train.csv", folder / "held.csv"
    rows, held = case.table(), case.held
    if columns:
        rows, held = _with_columns(rows, case, rules_text, folder), _with_columns(held, case, rules_text, folder)
    _write(train_file, rows)
    _write(held_file, held)
    data, _ = collect.run(str(train_file), DuckDB(), collect.Options())
    data, _ = clean.run(data, case.task.target, clean.Options())
    goal = Goal.guess(data.schema, case.task.target, data.engine.distinct(data.table, case.task.target, 101), wanted=case.task.wanted)
    data, _ = derive.run(data, goal, derive.Options())
    rules = read_rules(rules_text, data.schema, goal)
    return Split.make(data, goal), held_file, rules


def _with_columns(rows: list[dict[str, str]], case: Case, rules_text: Any, folder: Path) -> list[dict[str, str]]:
    """The rows with yes or no for each rule."""
    file = folder / "plain.csv"
    _write(file, rows)
    data, _ = collect.run(str(file), DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    speaks = [rule.when.holds(data.rows()) for rule in read_rules(rules_text)]
    return [{**row, **{f"rule_{j}": "yes" if speaks[j][i] else "no" for j in range(len(speaks))}} for i, row in enumerate(rows)]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def trial(told: Task, name: str, labels: int, draws: int, options: train.Options) -> None:
    """A wrong rule: its verdict, and the model with and without it."""
    text = (RULES / f"{name}.rules").read_text(encoding="utf-8")
    found, verdicts = [], []
    for draw in range(draws):
        with tempfile.TemporaryDirectory() as folder:
            case = Case(told, labels, draw, options)
            right, _ = ways(case, text, Path(folder), ("taught",))
            wrong, lesson = ways(case, f"{text}\n{WRONG[name]}\n", Path(folder), ("taught",))
            assert lesson is not None
            last = lesson.verdicts[-1]
            doubted = any(fault.kind == "rules" and last.rule.text in fault.say() for fault in lesson.faults)
            verdicts.append(f"{last.verdict}{' (disputed or doubted)' if doubted else ''} {last.observed:.2f} of {last.n}")
            found.append((right["taught"].precision, wrong["taught"].precision))
    without, with_it = np.mean(found, axis=0)
    print(f"{name:8} wrong rule, {labels} labels: without {without:.4f}, with {with_it:.4f}; verdicts {verdicts}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", default=["sms", "banking", "waimai", "telco"])
    parser.add_argument("--labels", type=int, default=20)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--members", type=int)
    parser.add_argument("--sms", type=Path)
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--wrong", action="store_true")
    given = parser.parse_args()
    options = train.Options(members=given.members)
    print("| table | labels | labels alone | rules as columns | taught by rules | CPU s of each |")
    print("|---|---|---|---|---|---|")
    for name in given.tasks:
        told = task(name, given.data, given.sms)
        if given.wrong:
            trial(told, name, max(given.labels, 20), given.draws, options)
            continue
        found = []
        for draw in range(given.draws):
            with tempfile.TemporaryDirectory() as folder:
                found.append(ways(Case(told, given.labels, draw, options), RULES / f"{name}.rules", Path(folder))[0])
        cells = []
        for way in ("labels", "columns", "taught"):
            reached = np.array([one[way].precision for one in found])
            cells.append(f"{reached.mean():.3f} ± {reached.std():.3f}")
        seconds = " / ".join(f"{np.mean([one[way].seconds for one in found]):.0f}" for way in ("labels", "columns", "taught"))
        print(f"| {name} | {given.labels} | {' | '.join(cells)} | {seconds} |", flush=True)


if __name__ == "__main__":
    main()
