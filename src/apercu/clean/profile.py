"""Profile: what each column holds, in numbers. A `core.kinds.Profile` per column, from a few queries over all of them.

    profile(data)["columns"]["tenure"]["mean"]      # 32.37

`profile` is the same as plain values for a page or a REST answer, with the correlations between numbers (Spearman's rank correlation on
at most SAMPLE rows that are chosen by their content).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from ..core.dataset import Dataset
from ..core.expression import quoted
from ..core.kinds import Profile
from ..core.rows import MEDIA
from .look import CELLS as FIT
from .look import HELD, WIDE, asked

__all__ = ["POINTS", "profile", "profiles", "ranks"]

POINTS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
SAMPLE: Final = 20_000  # rows
CELLS: Final = 20_000_000  # cells of a sample, for wide tables
EXACT_ROWS: Final = 200_000  # below, distinct values are always counted exactly
EXACT_LEVELS: Final = 2_000
UNIQUE: Final = 0.85  # approximate distinct per present row above which the exact count matters
TOP: Final = 10
LARGEST: Final = "1e150"  # beyond, squares overflow


def profiles(data: Dataset) -> dict[str, Profile]:
    """A Profile of each column. A wide table that fits in memory is measured there: thousands of aggregates are planned longer than they run."""
    if len(data.schema.names) > WIDE and data.n * len(data.schema.names) <= FIT:
        return {name: p for start in range(0, len(data.schema.names), HELD) for name, p in _held(data, data.schema.names[start : start + HELD])}
    names = list(data.schema.names)
    storages = {c.name: c.storage for c in data.schema}
    first = dict(zip(names, asked(data, [_aggregates(n, storages[n]) for n in names]), strict=True))
    distinct = _distinct(data, {n: (answer[0], answer[1]) for n, answer in first.items()})
    shown = [n for n in names if storages[n] == "text" or (storages[n] == "number" and distinct[n] <= TOP)]
    tops = {n: tuple(data.engine.distinct(data.table, n, TOP)) for n in shown}
    made = {}
    for name in names:
        present, _, *rest = first[name]
        base: dict[str, Any] = {"rows": data.n, "missing": data.n - present, "distinct": distinct[name], "top": tops.get(name, ())}
        if storages[name] == "number":
            base |= dict(zip(("low", "high", "mean", "std", "whole", "quantiles"), (*rest[:5], tuple(rest[5] or ())), strict=True))
        if storages[name] == "text":
            base |= dict(zip(("characters", "words"), (value or 0.0 for value in rest), strict=True))  # NULL where no row has a value
        elif storages[name] == "time":
            base |= dict(zip(("low", "high"), rest, strict=True))
        made[name] = Profile(name, storages[name], **base)
    return made


def _held(data: Dataset, names: Sequence[str]) -> Iterator[tuple[str, Profile]]:
    """(name, Profile) of columns fetched into memory."""
    rows = data.engine.rows(data.table, names)
    for name in names:
        storage = rows.storage(name)
        if storage == "text":
            column = rows.coded(name)
            counts = column.counts()
            n = max(int(counts.sum()), 1)
            top = sorted(zip(column.levels, counts.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))[:TOP]
            characters = sum(len(v) * k for v, k in zip(column.levels, counts, strict=True)) / n
            words = sum((v.count(" ") + 1) * k for v, k in zip(column.levels, counts, strict=True)) / n
            fields: dict[str, Any] = {"distinct": len(column.levels), "characters": float(characters), "words": float(words), "top": tuple(top)}
            yield name, Profile(name, storage, rows.n, rows.n - int(counts.sum()), **fields)
            continue
        x = rows[name]
        x = x[~np.isnat(x)].astype(np.int64) / 1e6 if storage == "time" else x[~np.isnan(x)]
        values, counts = np.unique(x, return_counts=True)
        fields = {"distinct": len(values)} | ({"low": float(values[0]), "high": float(values[-1])} if len(values) else {})
        if storage == "number" and len(values):
            points = np.quantile(x, POINTS, method="inverted_cdf")
            spread = float(x.std(ddof=1)) if len(x) > 1 else None
            fields |= {
                "mean": float(x.mean()),
                "std": spread,
                "whole": bool((values == np.trunc(values)).all()),
                "quantiles": tuple(map(float, points)),
            }
            fields["top"] = tuple(zip(values.tolist(), counts.tolist(), strict=True)) if len(values) <= TOP else ()
        yield name, Profile(name, storage, rows.n, rows.n - len(x), **fields)


def profile(data: Dataset) -> dict[str, Any]:
    """{rows, columns: {name: fields}, correlations: [[name, name, rho]]} as plain values, the strongest correlation first."""
    columns = {}
    for name, p in profiles(data).items():
        fields = {key: list(v) if isinstance(v := getattr(p, key), tuple) else v for key in p.__dataclass_fields__ if key != "name"}
        columns[name] = {
            **fields,
            "top": [list(pair) for pair in p.top],
            "kind": data.schema.column(name).kind,
            "role": data.schema.column(name).role,
        }
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
    if storage in MEDIA:
        return [f"count({c})", f"approx_count_distinct(hash({c}))"]
    return [*counts, f"epoch(min({c}))", f"epoch(max({c}))"]


def _distinct(data: Dataset, counts: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Distinct values of each column: exact where a decision hangs on it, else within some per cent."""
    exact = [n for n, (present, about) in counts.items() if data.n <= EXACT_ROWS or about <= EXACT_LEVELS or about >= UNIQUE * present]
    answers = asked(data, [[f"count(DISTINCT {quoted(n)})"] for n in exact])
    return {n: about for n, (_, about) in counts.items()} | {n: a[0] for n, a in zip(exact, answers, strict=True)}


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
