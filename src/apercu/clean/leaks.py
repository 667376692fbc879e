"""Leaks: columns that give the target away, because they were filled in after it or it was computed from them.

Asked on at most SAMPLE rows, chosen by their content. A column is a suspect and left out of model and search (`--role col=feature` takes
it back) when, by itself,
* it orders a two-valued target nearly without a mistake (area under the ROC curve beyond SURE), or at CLOSE by being
  missing or not, or with a value that never meets one of the target's values;
* it orders a numeric target nearly without a mistake (Spearman's rank correlation beyond SURE);
* its levels tell the target's level (of all mistakes of the base rate, fewer than 1 - SURE remain), or its being missing or not tells
  one of them (AUC beyond CLOSE);
or when, together with others, the target is their sum, difference or product, or they are flags any of which makes it true and that
cover COVER of its cases. A flag that never meets one of the target's values, but tells few of its rows, is pointed out and kept.
What it does *not* do: find a leak that two columns hide together in any other way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from ..core.dataset import Dataset, Note
from ..core.rows import MEDIA, Rows
from .profile import CELLS, SAMPLE, ranks

__all__ = ["Leak", "leaks", "notes"]

SURE: Final = 0.995
CLOSE: Final = 0.95
COVER: Final = 0.9  # share of the target's cases that flags cover together
FEWEST: Final = 100  # rows, below which a perfect order may be chance
SMALLEST: Final = 20  # rows of the rarer value
MEETS: Final = 30  # rows of a value that never meets one of the target's, for it to be no chance
CHANCE: Final = 1e-6  # that so many rows would all miss the target's value by luck
LEVELS: Final = 200
PAIRED: Final = 40  # numeric columns whose pairs are tried
PAIR_ROWS: Final = 2_000
EXACT: Final = 1e-9  # relative


@dataclass(frozen=True)
class Leak:
    """A suspect, the reason in both languages, and whether it is left out (or only pointed out)."""

    name: str
    en: str
    zh: str
    out: bool = True


def leaks(data: Dataset, target: str) -> list[Leak]:
    """The suspects among the features of a table with a target."""
    names = [c.name for c in data.schema if c.role in ("feature", "time") and c.kind != "text" and c.storage not in MEDIA]
    if not names:
        return []
    limit = max(1_000, min(SAMPLE, CELLS // (len(names) + 1)))
    rows = data.engine.rows(data.engine.sample(data.table, [*names, target], limit), (*names, target))
    coded, levels = _target(rows, target)
    known = ~np.isnan(coded)
    if known.sum() < FEWEST:
        return []
    rows, coded = rows.take(known), coded[known]
    if levels == 2:
        return _two_valued(rows, names, (coded > 0).astype(bool))
    if levels:
        codes = coded.astype(np.int64)
        return [leak for name in names if (leak := _told(rows, name, codes) or _absent(rows, name, codes))]
    found = [leak for name in names if (leak := _ordered(rows, name, coded))]
    return found + list(_sums(rows, [n for n in names if n not in {leak.name for leak in found}], coded))


def _target(rows: Rows, target: str) -> tuple[np.ndarray, int]:
    """(n,) the target as numbers, missing NaN, and how many levels it has: 0 for a number that is no code."""
    if rows.storage(target) == "text":
        column = rows.coded(target)
        return np.where(column.codes < 0, np.nan, column.codes), len(column.levels)
    values = rows[target]
    if values.dtype.kind == "M":
        return np.full(rows.n, np.nan), 0
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) == 2:
        return np.where(np.isnan(values), np.nan, values == distinct[1]), 2
    return values, 0


# --- a target of two values ---------------------------------------------------------------------------------------------------------


def _two_valued(rows: Rows, names: list[str], positive: np.ndarray) -> list[Leak]:
    if min(positive.sum(), (~positive).sum()) < SMALLEST:
        return []
    found: list[Leak] = []
    flags: dict[str, np.ndarray] = {}
    hints: list[Leak] = []
    for name in names:
        best, alone = 0.0, False
        for score, absent in _scores(rows, name, positive):
            area = abs(2 * _auc(score, positive) - 1) / 2 + 0.5
            best = max(best, area)
            flag = _telling(score, positive)
            alone = alone or flag is not None or (absent and area > CLOSE)
            if flag is not None and flag[1]:
                flags[name] = flag[0]
            if flag is not None:
                hints.append(Leak(name, *_hint(int(flag[0].sum())), out=False))
        if best > SURE or (best > CLOSE and alone):
            en = f"tells the target nearly without a mistake by itself (AUC {best:.3f}), as what is filled in after the outcome does"
            found.append(Leak(name, en, f"单凭此列几乎能无误判定目标（AUC {best:.3f}），很可能是结果发生后才填写的"))
    taken = {leak.name for leak in found}
    found += _parts(flags, positive, taken)
    taken = {leak.name for leak in found}
    first = {hint.name: hint for hint in reversed(hints) if hint.name not in taken}
    return found + [first[name] for name in names if name in first]


def _hint(n: int) -> tuple[str, str]:
    en = (
        f"all rows with one of its values ({n:,} of those looked at) have the same outcome; it was kept: check whether it is known before the outcome"
    )
    return en, f"其某一取值的所有行（所查看的 {n:,} 行）结果全部相同；已保留：请确认它在结果之前已知"


def _parts(flags: Mapping[str, np.ndarray], positive: np.ndarray, taken: set[str]) -> list[Leak]:
    """Flags any of which makes the target true, and that cover most of its cases together."""
    parts = {name: flag for name, flag in flags.items() if name not in taken}
    if len(parts) < 2 or positive[np.logical_or.reduce(list(parts.values()))].sum() < COVER * positive.sum():
        return []
    others = ", ".join(parts)
    en, zh = f"the target is true whenever one of {others} is: it is made of them", f"只要 {others} 之一为真，目标即为真：目标由它们构成"
    return [Leak(name, en, zh) for name in parts]


def _scores(rows: Rows, name: str, positive: np.ndarray) -> Iterator[tuple[np.ndarray, bool]]:
    """((n,) float64 numbers that a column orders the rows by, whether they only say that it is missing)."""
    if rows.storage(name) == "text":
        column = rows.coded(name)
        missing = column.codes < 0
        if len(column.levels) <= min(LEVELS, rows.n / 10):
            yield _rates(column.codes, positive), False
    else:
        values = rows[name]
        missing = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
        number = np.where(missing, np.nan, values.astype("datetime64[us]").astype(np.int64)) if values.dtype.kind == "M" else values
        present = number[~missing]
        if len(present) > FEWEST and present.min() < present.max():
            middle = float(np.median(present))
            yield np.where(missing, middle, number), False
    if 0 < missing.sum() < len(missing):
        yield missing.astype(np.float64), True


def _rates(codes: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """(n,) the target's rate in each row's level, the row itself left out: else a level of one row would tell everything."""
    shifted = codes + 1
    n, hits = np.bincount(shifted), np.bincount(shifted, weights=positive)
    base = positive.mean()
    return np.round((hits[shifted] - positive + base) / n[shifted], 12) if len(n) > LEVELS else (hits / np.maximum(n, 1))[shifted]


def _auc(score: np.ndarray, positive: np.ndarray) -> float:
    order = ranks(score)
    n1 = int(positive.sum())
    return float((order[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * (len(positive) - n1)))


def _telling(score: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, bool] | None:
    """(rows of a value that never meets one of the target's values, whether that makes the target true), for columns of two values."""
    values = np.unique(score)
    if len(values) != 2:
        return None
    base = positive.mean()
    for value in values:
        where = score == value
        hits, n = int(positive[where].sum()), int(where.sum())
        if hits == n >= MEETS and base**n < CHANCE:
            return where, True
        if hits == 0 and n >= MEETS and (1 - base) ** n < CHANCE:
            return where, False
    return None


# --- a target of several values, or a number ----------------------------------------------------------------------------------------


def _told(rows: Rows, name: str, target: np.ndarray) -> Leak | None:
    """A column whose levels tell the target's level."""
    if rows.storage(name) == "text":
        codes = rows.coded(name).codes + 1
    else:
        values = rows[name]
        if values.dtype.kind == "M":
            return None
        codes = np.unique(np.nan_to_num(values, nan=-9.87e300), return_inverse=True)[1]
    if not 2 <= codes.max() + 1 <= min(LEVELS, rows.n / 10):
        return None
    table = np.zeros((codes.max() + 1, target.max() + 1))
    np.add.at(table, (codes, target), 1)
    mistakes, base = rows.n - table.max(axis=1).sum(), rows.n - table.sum(axis=0).max()
    if base < SMALLEST or mistakes > (1 - SURE) * base:
        return None
    return Leak(name, "its values tell the target's value nearly without a mistake", "此列的取值几乎能无误判定目标的取值")


def _absent(rows: Rows, name: str, target: np.ndarray) -> Leak | None:
    """A column that is missing where the target has one of its levels, and else filled in (or the other way round)."""
    score = next((score for score, absent in _scores(rows, name, target == 0) if absent), None)
    sizes = np.bincount(target)
    if score is None:
        return None
    areas = [abs(2 * _auc(score, target == level) - 1) / 2 + 0.5 for level in np.flatnonzero((sizes >= SMALLEST) & (len(target) - sizes >= SMALLEST))]
    if max(areas, default=0.0) <= CLOSE:
        return None
    en = f"whether it is missing nearly tells one of the target's values (AUC {max(areas):.3f}), as what is filled in after the outcome does"
    return Leak(name, en, f"是否缺失几乎就能判定目标的某一取值（AUC {max(areas):.3f}），很可能是结果发生后才填写的")


def _ordered(rows: Rows, name: str, target: np.ndarray) -> Leak | None:
    if rows.storage(name) != "number":
        return None
    x = rows[name]
    both = ~np.isnan(x)
    if both.sum() < FEWEST or len(np.unique(x[both][:1_000])) < 10:
        return None
    a, b = ranks(x[both]), ranks(target[both])
    spread = float(a.std() * b.std())
    rho = float(np.mean((a - a.mean()) * (b - b.mean())) / spread) if spread else 0.0
    if abs(rho) <= SURE:
        return None
    return Leak(name, f"rises and falls with the target nearly exactly (rank correlation {rho:.4f})", f"几乎与目标同升同降（秩相关 {rho:.4f}）")


def _sums(rows: Rows, names: list[str], target: np.ndarray) -> Iterator[Leak]:
    """Pairs of numbers whose sum, difference or product is the target."""
    numbers = [n for n in names if rows.storage(n) == "number" and len(np.unique(rows[n][:1_000])) > 2][:PAIRED]
    if len(np.unique(target)) < 10:
        return
    step = max(1, rows.n // PAIR_ROWS)
    t = target[::step]
    x = {n: rows[n][::step] for n in numbers}
    told: set[str] = set()
    for a, b in combinations(numbers, 2):
        for sign, made in (("+", x[a] + x[b]), ("−", x[a] - x[b]), ("−", x[b] - x[a]), ("×", x[a] * x[b])):
            if _equal(made, t):
                for name in sorted({a, b} - told):
                    told.add(name)
                    yield Leak(name, f"the target is {a} {sign} {b}", f"目标等于 {a} {sign} {b}")
                break


def _equal(made: np.ndarray, target: np.ndarray) -> bool:
    known = ~np.isnan(made)
    if known.sum() < FEWEST:
        return False
    return bool(np.all(np.abs(made - target)[known] <= EXACT * np.maximum(np.abs(target[known]), 1)))


def notes(found: list[Leak]) -> list[Note]:
    """A note for each suspect."""
    return [Note("clean", leak.name, {"en": f"leak suspect: {leak.en}", "zh": f"疑似泄漏目标：{leak.zh}"}) for leak in found]
