"""A table with a known truth and a model that does not see all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apercu.core.dataset import Dataset
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB

__all__ = ["Flat", "flat_model", "world"]


def world(n: int = 6_000, classes: tuple[str, ...] = ("no", "yes"), seed: int = 1) -> Split:
    """Plan 'b' in the north has the last class 60 % of the time, all else 20 %; the noise column says nothing."""
    rng = np.random.default_rng(seed)
    plan, region = rng.choice(["a", "b", "c"], n), rng.choice(["north", "south"], n)
    rate = np.where((plan == "b") & (region == "north"), 0.6, 0.2)
    other = rng.choice(classes[:-1], n)
    columns = {"plan": plan, "region": region, "noise": rng.normal(size=n), "left": np.where(rng.random(n) < rate, classes[-1], other)}
    columns["left"] = np.where(rng.random(n) < 0.01, None, columns["left"].astype(object))
    columns = {name: c.astype(object) if c.dtype.kind == "U" else c for name, c in columns.items()}
    engine = DuckDB()
    table = engine.adopt(columns)
    kinds = {"plan": "category", "region": "category", "noise": "number", "left": "category"}
    schema = Schema(tuple(Column(c, k, "target" if c == "left" else "feature", "number" if k == "number" else "text") for c, k in kinds.items()))
    goal = Goal("left", "binary" if len(classes) == 2 else "multiclass", classes, classes[-1])
    return Split.make(Dataset(schema, engine, table, "world", n), goal)


@dataclass(frozen=True)
class Flat:
    """A model that says the same of every row."""

    probability: np.ndarray
    name: str = "flat"
    columns: tuple[str, ...] = ("noise",)

    def predict(self, rows: Rows) -> np.ndarray:
        """(n, k) the one answer."""
        return np.tile(self.probability, (rows.n, 1))

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Nothing but the base."""
        logits = np.log(self.probability)
        base = logits[1:] - logits[:1] if len(logits) == 2 else logits
        return np.zeros((rows.n, 1, len(base))), base


def flat_model(split: Split) -> CrossFitted:
    """The classes' own shares, cross-fitted."""
    truth = split.goal.coded(split.rows)
    k, folds, out, loss = len(split.goal.classes), [], np.full((len(truth), len(split.goal.classes)), np.nan), []
    for fold in range(int(split.folds.max()) + 1):
        known = ~np.isnan(truth)
        share = np.bincount(truth[known & (split.folds != fold)].astype(int), minlength=k).astype(float)
        own = known & (split.folds == fold)
        out[own] = share / share.sum()
        folds.append(Flat(share / share.sum()))
        loss.append(-np.log(out[own, truth[own].astype(int)]).mean())
    return CrossFitted("flat", split.goal, ("noise",), tuple(folds), out, np.array(loss))
