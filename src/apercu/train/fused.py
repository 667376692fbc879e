"""Texts and table in one: boosted trees over the table's columns and what a model of the texts says of each row without having seen it.

    trees(age, plan, "log-odds by the review")         where the third is out of fold on the rows that the trees learn from

Stacking (Wolpert 1992) that does not leak: the rows of a fit are parted once more, by their texts, and each part is told of by a text model of the
other parts, so the trees learn how far such a model can be trusted on rows that it never saw, alone and together with the table. New rows are told
of by a text model of all rows. Trees weigh in steps and interactions, which a sum of two models cannot. Contributions are exact: what the trees
owe to the text model's word is passed on to the columns of prose, in the shares in which these made that word. What it does *not* do: tune both
together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ._encode import is_prose
from ._stacked import stacked
from .boosting import Boosting, BoostingModel
from .text import Text, TextModel

__all__ = ["Fused", "FusedModel"]

PARTS: Final = 4  # of the rows of a fit, each told of by a text model of the others
MOST: Final = 20  # classes up to which trees are handed a number for each
FEW: Final = 60  # rows below which the text model's word cannot be had out of fold
STEM: Final = "text model's word"  # column that the trees see


@dataclass(frozen=True)
class FusedModel:
    """text: of all rows, None where there is no text; trees: over the other columns and the text model's k' raw words."""

    name: str
    columns: tuple[str, ...]
    task: str
    text: TextModel | None
    trees: BoostingModel

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return self.trees.predict(self._with(rows))

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): of the trees' columns, the text model's word passed on to the columns of prose."""
        said, base = self.trees.contributions(self._with(rows))
        parts = np.zeros((rows.n, len(self.columns), said.shape[2]))
        words = [i for i, name in enumerate(self.trees.columns) if name.startswith(STEM)]
        for i, name in enumerate(self.trees.columns):
            if i not in words:
                parts[:, self.columns.index(name)] += said[:, i]
        if self.text is not None and words:
            own = np.abs(self.text.contributions(rows)[0]).sum(axis=2)
            total = own.sum(axis=1, keepdims=True)
            shares = np.where(total > 0, own / np.where(total > 0, total, 1.0), 1.0 / max(1, own.shape[1]))
            place = [self.columns.index(name) for name in self.text.columns]
            parts[:, place] += shares[:, :, None] * said[:, words].sum(axis=1)[:, None, :]
        return parts, base

    def save(self, folder: Path) -> dict[str, Any]:
        """Both models write into folders of their own."""
        cards: dict[str, Any] = {"columns": list(self.columns), "task": self.task, "text": None}
        for name, model in (("text", self.text), ("trees", self.trees)):
            if model is not None:
                (folder / name).mkdir()
                cards[name] = model.save(folder / name)
        return cards

    def _with(self, rows: Rows) -> Rows:
        return _told(rows, None if self.text is None else self.text.raw(rows))


@dataclass(frozen=True)
class Fused:
    """The learner. One fixed seed, so the same rows give the same model. trees: how they are grown."""

    trees: Boosting = field(default_factory=Boosting)

    name: ClassVar[str] = "fused"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "boosted trees over texts and table", "zh": "文本与表格融合的提升树"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """Itself, early, where there is prose and at least one column beside it, and classes are few."""
        names = [name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_")]
        prose = [name for name in names if is_prose(rows, name)]
        return (Member("fused", cls(), 6),) if prose and len(prose) < len(names) and len(goal.classes) <= MOST else ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> FusedModel:
        """Tells each part of the rows by a text model of the others, then grows the trees until `watch` gains no more."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        columns = tuple(name for name in columns if rows.storage(name) in ("number", "time", "text"))
        prose = tuple(name for name in columns if is_prose(rows, name))
        kept = (*columns, *((goal.target,) if goal.weight is None else (goal.target, goal.weight)))
        if not prose or rows.n + watch.n < FEW or len(goal.classes) > MOST:
            trees = self.trees.fit(rows.only(kept), goal, watch.only(kept))
            return FusedModel(self.name, columns, goal.task, None, trees)
        reader = Text()
        text = reader.fit(rows.only(kept), goal, watch.only(kept))
        both = stacked(rows.only(kept), watch.only(kept))
        said = _unseen(replace(reader, choice=text.choice), both, goal, prose)
        table = both.only(tuple(name for name in kept if name not in prose))
        seen = _told(table, said)
        trees = self.trees.fit(seen.take(np.arange(rows.n)), goal, seen.take(np.arange(rows.n, both.n)))
        return FusedModel(self.name, columns, goal.task, text, trees)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> FusedModel:
        """Reads what `FusedModel.save` wrote."""
        text = None if card["text"] is None else Text.load(folder / "text", card["text"])
        return FusedModel(Fused.name, tuple(card["columns"]), card["task"], text, Boosting.load(folder / "trees", card["trees"]))


def _unseen(reader: Text, rows: Rows, goal: Goal, prose: tuple[str, ...]) -> np.ndarray:
    """(n, k') what text models say of rows that they did not learn from; rows of one text lie in one part."""
    codes = rows.coded(prose[0]).codes
    drawn = np.random.default_rng(7).integers(0, PARTS, len(rows.coded(prose[0]).levels) + 1)
    part = np.where(codes < 0, np.random.default_rng(8).integers(0, PARTS, rows.n), drawn[codes])
    said = np.zeros((rows.n, len(goal.classes) if goal.task == "multiclass" else 1))
    for p in np.unique(part):
        own, others = np.flatnonzero(part == p), np.flatnonzero(part != p)
        said[own] = reader.fit(rows.take(others), goal, rows.take(own[:0])).raw(rows.take(own))
    return said


def _told(rows: Rows, said: np.ndarray | None) -> Rows:
    """The rows with the raw words (n, k') as columns; of several classes less their mean."""
    if said is None:
        return rows
    centred = said - said.mean(axis=1, keepdims=True) if said.shape[1] > 1 else said
    return rows.plus({f"{STEM} {i}": word for i, word in enumerate(centred.T)})
