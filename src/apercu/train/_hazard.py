"""The two models of `survival`: proportional hazards on a linear design, and a chance per stretch of time by boosted trees.

`Cox`: the log-risk of a row is a sum of its columns' parts (numbers bend at quantiles, see `_encode`), one baseline serves all rows; ridge chosen on
watched rows by their partial likelihood. `Stretches`: time is cut at quantiles of the events, every row counts once in each stretch that it was
followed through, and LightGBM says the chance of the event in a stretch (discrete-time hazard, Singer & Willett 1993), so effects may change with
time and columns may act together. Both assume that being censored says nothing of what would have come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import lightgbm as lgb
import numpy as np

from ..core.goal import Goal
from ..core.rows import Rows, encoded
from ..stats.hazards import breslow, cox, partial_likelihood
from ._encode import Codes, Design, Levels, Numbers, from_json
from ._lightgbm import SHALLOW, STEADY

__all__ = ["Cox", "Stretches"]

RIDGES: Final = (1000.0, 100.0, 10.0, 1.0)
COX_ROWS: Final = 50_000  # rows of a Cox fit, drawn once
CUTS: Final = 24  # stretches of time at most
EXPANDED: Final = 3_000_000  # rows times stretches of a fit
WATCHED: Final = 0.15
FEW: Final = 100  # rows below which nothing is watched
ROUNDS: Final = 500
STALE: Final = 30
FIXED: Final = 60
EVENT: Final = "_event"


@dataclass(frozen=True)
class Cox:
    """coefficients (D,) of the design less `centre` (D,); times, hazard (m,): the cumulative hazard of a row at the centre."""

    columns: tuple[str, ...]
    design: Design
    centre: np.ndarray
    coefficients: np.ndarray
    times: np.ndarray
    hazard: np.ndarray

    @staticmethod
    def fit(rows: Rows, time: np.ndarray, event: np.ndarray, columns: tuple[str, ...]) -> Cox:
        """Chooses the ridge on watched rows, then fits on all."""
        order = np.random.default_rng(1).permutation(rows.n)[:COX_ROWS]
        rows, time, event = rows.take(order), time[order], event[order]
        flag = encoded(np.where(event > 0, "yes", "no").astype(object))
        design = Design.fit(rows.only(columns).plus({EVENT: flag}), Goal(EVENT, "binary", ("no", "yes"), "yes"), columns)
        x = design.matrix(rows)
        centre, spread = x.mean(axis=0), x.std(axis=0)
        z = (x - centre) / np.where(spread < 1e-12, np.inf, spread)
        inner = np.arange(rows.n) >= int(WATCHED * rows.n) * (rows.n >= FEW)
        ridge = RIDGES[1]
        if not inner.all() and event[~inner].any() and event[inner].any():
            told = [partial_likelihood(z[~inner], time[~inner], event[~inner], cox(z[inner], time[inner], event[inner], r)[0]) for r in RIDGES]
            ridge = RIDGES[int(np.argmax(told))]
        found = cox(z, time, event, ridge)[0]
        times, hazard = breslow(time, event, np.exp(np.clip(z @ found, -50, 50)))
        return Cox(columns, design, centre, found / np.where(spread < 1e-12, np.inf, spread), times, hazard)

    def shares(self, rows: Rows, when: np.ndarray) -> np.ndarray:
        """(n, m) the chance that it has not happened by each of `when` (m,)."""
        hazard = np.concatenate([[0.0], self.hazard])[np.searchsorted(self.times, when, side="right")]
        return np.exp(-np.exp(self.risk(rows))[:, None] * hazard[None, :])

    def risk(self, rows: Rows) -> np.ndarray:
        """(n,) log-risk; 0 at the mean of the training rows."""
        return np.clip((self.design.matrix(rows) - self.centre) @ self.coefficients, -50, 50)

    def contributions(self, rows: Rows) -> np.ndarray:
        """(n, d) each column's part of the log-risk; they sum to it."""
        parts = (self.design.matrix(rows) - self.centre) * self.coefficients
        return self.design.summed(parts[:, :, None])[:, :, 0]

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `cox.npz` and returns the rest as JSON."""
        arrays = {name: getattr(self, name) for name in ("centre", "coefficients", "times", "hazard")}
        np.savez_compressed(folder / "cox.npz", allow_pickle=False, **arrays)
        return {"model": "cox", "columns": list(self.columns), "design": self.design.to_json()}

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> Cox:
        """Reads what `save` wrote."""
        with np.load(folder / "cox.npz", allow_pickle=False) as a:
            arrays = [a[name] for name in ("centre", "coefficients", "times", "hazard")]
        return Cox(tuple(card["columns"]), Design.from_json(card["design"]), *arrays)


@dataclass(frozen=True)
class Stretches:
    """ends (m,) of the stretches of time; booster: the chance that it happens in a stretch to whom it has not happened before."""

    columns: tuple[str, ...]
    codes: Codes
    ends: np.ndarray
    booster: lgb.Booster

    @staticmethod
    def fit(rows: Rows, time: np.ndarray, event: np.ndarray, columns: tuple[str, ...]) -> Stretches:
        """Boosts on rows laid out by stretch, until the watched rows gain no more."""
        codes = Codes.fit(rows, columns)
        happened = time[event > 0] if event.any() else time
        ends = np.unique(np.quantile(happened, np.arange(1, CUTS + 1) / CUTS, method="inverted_cdf"))
        order = np.random.default_rng(1).permutation(rows.n)[: max(1, EXPANDED // len(ends))]
        watched = order[: int(WATCHED * len(order)) * (len(order) >= FEW)]
        own = order[len(watched) :]
        matrix = codes.matrix(rows)
        train = lgb.Dataset(*_laid(matrix[own], time[own], event[own], ends), categorical_feature=codes.categories, params={"verbosity": -1})
        rounds = FIXED
        more: dict[str, Any] = {}
        if len(watched):
            sight = _laid(matrix[watched], time[watched], event[watched], ends)
            more = {"valid_sets": [lgb.Dataset(*sight, reference=train)], "callbacks": [lgb.early_stopping(STALE, verbose=False)]}
            rounds = ROUNDS
        settings = {**STEADY, **SHALLOW, "objective": "binary", "min_data_in_leaf": max(5, min(40, len(own) // 20))}
        booster = lgb.train(settings, train, rounds, **more)
        best = booster.best_iteration if booster.best_iteration > 0 else None
        return Stretches(columns, codes, ends, lgb.Booster(model_str=booster.model_to_string(num_iteration=best)))

    def shares(self, rows: Rows, when: np.ndarray) -> np.ndarray:
        """(n, m) the chance that it has not happened by each of `when` (m,), straight within a stretch; level after the last."""
        matrix, n, m = self.codes.matrix(rows), rows.n, len(self.ends)
        left = np.ones((n, m + 1))
        for i in range(m if n else 0):
            chance = np.asarray(self.booster.predict(np.column_stack([matrix, np.full(n, float(i))]), num_threads=1))
            left[:, i + 1] = left[:, i] * (1.0 - chance)
        edges = np.concatenate([[min(0.0, float(self.ends[0]))], self.ends])
        place = np.clip(np.searchsorted(edges, when, side="right") - 1, 0, m - 1)
        part = np.clip((when - edges[place]) / np.maximum(edges[place + 1] - edges[place], 1e-300), 0.0, 1.0)
        return left[:, place] * (1.0 - part) + left[:, place + 1] * part

    def risk(self, rows: Rows) -> np.ndarray:
        """(n,) the log of the mean chance that it has happened, over the stretches."""
        return np.log(np.maximum(1.0 - self.shares(rows, self.ends).mean(axis=1), 1e-12))

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `stretches.txt` and returns the rest as JSON."""
        (folder / "stretches.txt").write_text(self.booster.model_to_string(), encoding="utf-8")
        codes = [part.to_json() for part in self.codes.parts]
        return {"model": "stretches", "columns": list(self.columns), "codes": codes, "ends": self.ends.tolist()}

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> Stretches:
        """Reads what `save` wrote."""
        booster = lgb.Booster(model_str=(folder / "stretches.txt").read_text(encoding="utf-8"))
        codes = Codes(tuple(part for tree in card["codes"] if isinstance(part := from_json(tree), Numbers | Levels)))
        return Stretches(tuple(card["columns"]), codes, np.array(card["ends"]), booster)


def _laid(matrix: np.ndarray, time: np.ndarray, event: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(features and the number of the stretch, 1 where it happened in it): each row once per stretch that it was followed through.

    Who was censored within a stretch counts in it if that was past its middle.
    """
    starts = np.concatenate([[min(0.0, float(ends[0]))], ends[:-1]])
    last = np.searchsorted(ends, time, side="left")  # the stretch in which it ended
    inside = np.minimum(last, len(ends) - 1)
    most = np.where(event > 0, last + 1, last + (time > 0.5 * (starts + ends)[inside]))
    most = np.minimum(most, len(ends))
    row = np.repeat(np.arange(len(time)), most)
    stretch = np.arange(len(row)) - np.repeat(np.cumsum(most) - most, most)
    return np.column_stack([matrix[row], stretch.astype(np.float64)]), ((event[row] > 0) & (stretch == last[row])).astype(np.float64)
