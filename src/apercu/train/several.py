"""Several targets of one table, learned at once by one net whose heads share all that lies before them (multitask learning, Caruana 1997).

    found = several(split, ("wear", "fails"))          # from a file: apercu.several("machines.csv", ("wear", "fails"))
    found.predict_all(rows)["fails"]                   # (n, 2) probabilities
    found.scores["wear"]                               # ('R2', of the joint net, of a net of its own, n), out of fold

What two targets have in common is learned from the rows of both; a row that lacks one counts for the others, so a target that few rows know may gain
by another that many know. It may also lose, so each is scored beside a net that knows no other. A target is never a feature of another one, nor is
what was derived of it. What it does *not* do: replace a study, which is about one target; trees, which are often better on plain columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np

from ..core.errors import EmptyTable, UnusableTarget, WordsError
from ..core.goal import Goal
from ..core.model import averaged
from ..core.rows import Rows
from ..core.split import Split
from ..stats.scores import accuracy, auc, r2
from ._columns import typed, usable
from ._extra import brought
from .net import Net, NetModel

__all__ = ["Several", "Worth", "several"]

FOLDS: Final = 5
LEAST: Final = 20  # rows with a target
LEVELS: Final = 101  # of a target that are counted


class Worth(NamedTuple):
    """score: AUC, accuracy or R2; together, alone: of the joint net and of one that knows this target alone; n: the rows that have it."""

    score: str
    together: float
    alone: float
    n: int


@dataclass(frozen=True)
class Several:
    """folds: the joint net of each fold; out_of_fold: {target: (n,) or (n, k)} what each row's own fold's net says, which never saw it.

    read: makes rows of a new source.
    """

    goals: tuple[Goal, ...]
    columns: tuple[str, ...]
    folds: tuple[NetModel, ...]
    out_of_fold: Mapping[str, np.ndarray]
    scores: Mapping[str, Worth]
    read: Callable[[Any], Rows] | None = None

    def predict_all(self, source: Any) -> dict[str, np.ndarray]:
        """{target: (n,) numbers, or (n, k) probabilities in the order of its goal's classes}: the mean over the folds' nets."""
        if not isinstance(source, Rows) and self.read is None:
            raise WordsError(f"expected Rows of the table's columns, got {type(source).__name__}; `apercu.several` reads sources.")
        rows = source if self.read is None or isinstance(source, Rows) else self.read(source)
        told = [model.predict_all(rows) for model in self.folds]
        return {goal.target: averaged([own[goal.target] for own in told]) for goal in self.goals}


def several(split: Split, targets: Sequence[str], *, net: Net | None = None) -> Several:
    """Learns the targets, at least two columns of the split's table, together and, to compare, each alone. net: settings; by default `Net()`.

    Raises UnknownName for a column that is not there, UnusableTarget for one that cannot be told, EmptyTable where too few rows have one, WordsError
    where fewer than two are named or torch is absent.
    """
    brought("torch")
    names = tuple(dict.fromkeys(targets))
    if len(names) < 2:
        raise WordsError(f"at least two targets are needed to learn several; got {', '.join(names) or 'none'}.")
    goals = tuple(_goal(split, name) for name in names)
    kept = [column for column in usable(split.data.schema, goals[0]) if not set(names) & _sources(split, column.name)]
    if not kept:
        raise EmptyTable(f"at least one column besides {', '.join(names)} is needed to learn from.")
    columns = tuple(column.name for column in kept)
    rows = typed(split.rows.only((*columns, *names)), tuple(kept))
    known = {goal.target: ~np.isnan(goal.coded(rows)) for goal in goals}
    own = net or Net()
    joint, out = _crossed(replace(own, also=goals[1:]), goals[0], rows, (np.any(list(known.values()), axis=0), split.folds))
    scores = {}
    for goal in goals:
        lone = rows.only((*columns, goal.target))
        _, alone = _crossed(replace(own, also=()), goal, lone, (known[goal.target], split.folds))
        here, truth = known[goal.target], goal.coded(rows)
        both, lonely = (_scored(goal, truth[here], told[goal.target][here]) for told in (out, alone))
        scores[goal.target] = Worth(NAMES[goal.task], both, lonely, int(here.sum()))
    return Several(goals, columns, joint, out, scores)


NAMES: Final = {"binary": "AUC", "multiclass": "accuracy", "numeric": "R2"}


def _goal(split: Split, name: str) -> Goal:
    schema, data = split.data.schema, split.data
    if schema.column(name).role not in ("feature", "target"):
        raise UnusableTarget(f"the column {name!r} is no feature here ({schema.column(name).role}); say --role {name}=feature to have it told.")
    if split.goal is not None and split.goal.target == name:
        return split.goal
    shared = {} if split.goal is None else {part: getattr(split.goal, part) for part in ("time", "group", "weight")}
    goal = Goal.guess(schema, name, data.engine.distinct(data.table, name, LEVELS), **shared)
    if (n := int((~np.isnan(goal.coded(split.rows))).sum())) < LEAST:
        raise EmptyTable(f"at least {LEAST} rows with a value in {name!r} are needed to learn it; {data.source} has {n}.")
    return goal


def _sources(split: Split, name: str) -> set[str]:
    """The columns that a column is made of, itself among them."""
    made = {own: expression for step in split.data.steps for own, expression in step.columns.items()}
    found, open_ = {name}, [name]
    while open_:
        expression = made.get(open_.pop())
        more = set() if expression is None else set(expression.columns()) - found
        found |= more
        open_ += more
    return found


def _crossed(net: Net, goal: Goal, rows: Rows, parts: tuple[np.ndarray, np.ndarray]) -> tuple[tuple[NetModel, ...], dict[str, np.ndarray]]:
    """(the nets, what each row's own fold's net says). parts: (rows that are learned from (n,) bool, folds (n,)); of many folds some go together."""
    able, folds = parts[0], parts[1] % FOLDS
    models, out = [], {}
    for fold in np.unique(folds):
        own = np.flatnonzero(folds == fold)
        model = net.fit(rows.take(np.flatnonzero(able & (folds != fold))), goal, rows.take(np.arange(0)))
        for target, told in model.predict_all(rows.take(own)).items():
            out.setdefault(target, np.full((rows.n, *told.shape[1:]), np.nan))[own] = told
        models.append(model)
    return tuple(models), out


def _scored(goal: Goal, truth: np.ndarray, told: np.ndarray) -> float:
    if goal.task == "numeric":
        return float(r2(truth, told))
    return float(auc(truth, told[:, 1])) if goal.task == "binary" else float(accuracy(truth, told.argmax(axis=1)))
