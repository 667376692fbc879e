"""Profile: what each column holds, in numbers. A `core.kinds.Profile` per column, from a few queries over all of them.

    profile(data)["columns"]["tenure"]["mean"]      # 32.37

`profile` is the same as plain values for a page or a REST answer, with the correlations between numbers (Spearman's rank correlation on
at most SAMPLE rows that are chosen by their content).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..core.dataset import Dataset
from ..core.expression import quoted
from ..core.kinds import Profile
from .look import WIDE, asked

__all__ = ["POINTS", "profile", "profiles", "ranks"]

POINTS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
SAMPLE: Final = 20_000  # rows
CELLS: Final = 20_000_000  # cells of a sample, for wide tables
EXACT_ROWS: Final = 200_000  # below, distinct values are always counted exactly
EXACT_LEVELS: Final = 2_000
UNIQUE: Final = 0.85  # approximate distinct per present row above which the exact count matters
TOP: Final = 10
LARGEST: Final = "1e150"  # beyond, squares overflow


def profiles(data: Dataset, names: Sequence[str] | None = None) -> dict[str, Profile]:
    """A Profile of each column (of `names`, all by default)."""
    names = list(names or data.schema.names)
    storages = {c.name: c.storage for c in data.schema}
    first = dict(zip(names, asked(data, [_aggregates(n, storages[n]) for n in names]), strict=True))
    distinct = _distinct(data, {n: (answer[0], answer[1]) for n, answer in first.items()})
    tops = _tops(data, [n for n in names if storages[n] != "time" and (storages[n] == "text" or distinct[n] <= TOP)], distinct)
    made = {}
    for name in names:
        present, _, *rest = first[name]
        base: dict[str, Any] = {"rows": data.n, "missing": data.n - present, "distinct": distinct[name], "top": tops.get(name, ())}
        if storages[name] == "number":
            low, high, mean, std, whole, quantiles = rest
            base |= {"low": low, "high": high, "mean": mean, "std": std, "whole": bool(whole), "quantiles": tuple(quantiles or ())}
        elif storages[name] == "text":
            base |= {"characters": rest[0] or 0.0, "words": rest[1] or 0.0}
        else:
            base |= {"low": rest[0], "high": rest[1]}
        made[name] = Profile(name, storages[name], **base)
    return made


def profile(data: Dataset) -> dict[str, Any]:
    """{rows, columns: {name: fields}, correlations: [[name, name, rho]]} as plain values, the strongest correlation first."""
    columns = {}
    for name, p in profiles(data).items():
        fields = {key: list(v) if isinstance(v := getattr(p, key), tuple) else v for key in p.__dataclass_fields__ if key != "name"}
        columns[name] = {**fields, "top": [list(pair) for pair in p.top], "kind": data.schema.column(name).kind, "role": data.schema.column(name).role}
    return {"rows": data.n, "columns": columns, "correlations": _correlations(data)}


def _aggregates(name: str, storage: str) -> list[str]:
    c = quoted(name)
    counts = [f"count({c})", f"approx_count_distinct({c})"]
    if storage == "number":
        safe = f"CASE WHEN abs({c}) < {LARGEST} THEN {c} END"
        whole = f"coalesce(bool_and({c} = trunc({c})), false)"
        return [*counts, f"min({c})", f"max({c})", f"avg({safe})", f"stddev_samp({safe})", whole, f"quantile_disc({c}, {list(POINTS)})"]
    if storage == "text":
        return [*counts, f"avg(length({c}))", f"avg(length({c}) - length(replace({c}, ' ', '')) + 1)"]
    return [*counts, f"epoch(min({c}))", f"epoch(max({c}))"]


def _distinct(data: Dataset, counts: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Distinct values of each column: exact where a decision hangs on it, else within some per cent."""
    exact = [n for n, (present, about) in counts.items() if data.n <= EXACT_ROWS or about <= EXACT_LEVELS or about >= UNIQUE * present]
    answers = asked(data, [[f"count(DISTINCT {quoted(n)})"] for n in exact])
    return {n: about for n, (_, about) in counts.items()} | {n: a[0] for n, a in zip(exact, answers, strict=True)}


def _tops(data: Dataset, names: list[str], distinct: dict[str, int]) -> dict[str, tuple[tuple[Any, int], ...]]:
    if len(names) <= WIDE:
        return {n: tuple(data.engine.distinct(data.table, n, TOP)) for n in names}
    few = [n for n in names if distinct[n] <= EXACT_LEVELS]
    found = {}
    for name, (values,) in zip(few, asked(data, [[f"histogram({quoted(n)})"] for n in few]), strict=True):
        pairs = [(v, n) for v, n in (values or {}).items() if v is not None]
        found[name] = tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:TOP])
    return found


def _correlations(data: Dataset, most: int = 60, strongest: int = 100) -> list[list[Any]]:
    names = [c.name for c in data.schema if c.storage == "number" and c.role not in ("id", "constant", "ignored")][:most]
    if len(names) < 2:
        return []
    table = data.engine.sample(data.table, names, SAMPLE)
    rows = data.engine.rows(table, names)
    x = np.column_stack([ranks(rows[n]) for n in names])
    rho = _spearman(x)
    pairs = [[names[i], names[j], round(float(rho[i, j]), 4)] for i in range(len(names)) for j in range(i)]
    return sorted((p for p in pairs if np.isfinite(p[2])), key=lambda p: -abs(p[2]))[:strongest]


def _spearman(x: np.ndarray) -> np.ndarray:
    """(d, d) correlations of the columns of (n, d) ranks; missing ranks are at the mean."""
    present = ~np.isnan(x)
    x = np.where(present, x - np.nansum(x, axis=0) / np.maximum(present.sum(axis=0), 1), 0.0)
    scale = np.sqrt((x**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (x.T @ x) / np.outer(scale, scale)


def ranks(x: np.ndarray) -> np.ndarray:
    """(n,) mean ranks from 1; missing stays NaN."""
    out = np.full(len(x), np.nan)
    present = np.flatnonzero(~np.isnan(x))
    _, place, counts = np.unique(x[present], return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    out[present] = (ends - (counts - 1) / 2)[place]
    return out
