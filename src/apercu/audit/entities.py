"""Near-duplicate rows: two rows that are one thing written twice, alike in all columns but one or two, and there a letter or two apart.

    doubles({"name": names, "city": cities, "born": years})[0]      # Double(first=12, second=873, columns=('name',))

Exact copies are clean's. Candidates agree in every column but one or two of text; whether they are doubles is judged by those. Null hypothesis, for
each choice of columns: rows that agree elsewhere are as far apart there as any two rows of the table are, whose share of near pairs is counted on
pairs drawn at random; the number of near pairs among M is then at most binomial (M, share). Choices of columns are held to one rate (Benjamini and
Hochberg), and a choice is told only where chance would give hardly any of its pairs. So levels that lie close to each other by nature (“Type A”,
“Type B”) are silent. What breaks it: series of things with nearly one name that agree in all other columns (spare parts); then the mend is wrong,
which is why it is a suggestion. What it does *not* find: doubles that differ in a number, in a moment, in what is missing, or in three columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from scipy.stats import binom

from ..core.fault import Change, Fault
from ..core.rows import Coded, Rows
from ..core.split import Split
from ..stats.fdr import benjamini_hochberg
from ..stats.letters import near
from ..words.numbers import count
from ..words.spacing import glue

__all__ = ["Double", "doubles", "find"]

LEAST: Final = 50  # rows
APART: Final = 2  # columns in which doubles may differ at most
SHARED: Final = 2  # columns in which they agree at least
WRITTEN: Final = 12  # columns of text that may differ: those of most distinct values
MANY: Final = 20  # rows that agree elsewhere, above which agreement says little
LONG: Final = 5  # letters of the median value, from which a letter or two is little
PAIRS: Final = 200_000  # rows that agree elsewhere, in pairs, above which agreement says little either
WORK: Final = 20_000_000  # rows times choices of columns that are looked at
DRAWN: Final = 20_000  # random pairs by which nearness is counted
RATE: Final = 0.01
CHANCE: Final = 0.1  # share of the told pairs of a choice that chance may explain
SHOWN: Final = 3


class Double(NamedTuple):
    """Two rows (positions) that seem to be one thing, and the columns in which they differ."""

    first: int
    second: int
    columns: tuple[str, ...]


class _Found(NamedTuple):
    """What one choice of columns gave: near pairs, all pairs that agree elsewhere, the share of near ones among random pairs."""

    columns: tuple[str, ...]
    near: tuple[tuple[int, int], ...]
    pairs: int
    share: float


def find(split: Split, listed: int = 50) -> list[Fault]:
    """One Fault with all near-duplicates, if there are any."""
    rows = split.rows
    own = [c for c in split.data.schema if not c.derived and c.name in rows and rows.storage(c.name) in ("text", "number", "time")]
    kept = [c.name for c in own if not _serial(rows, c.name, c.role)]
    found, chance = _judged({name: _codes(rows, name) for name in kept})
    if not found:
        return []
    numbers = rows["_row"].astype(int)
    ordered = [d if numbers[d.first] < numbers[d.second] else Double(d.second, d.first, d.columns) for d in found]
    told = sorted((int(numbers[d.first]), int(numbers[d.second]), d) for d in ordered)
    pairs, seem = ("pair", "seems") if len(told) == 1 else ("pairs", "seem")
    few, few_zh = ("less than 1", "不到 1") if chance < 1 else (f"about {count(round(chance))}", f"约 {count(round(chance))}")
    text = {
        "en": f"{count(len(told))} {pairs} of rows {seem} to be one thing written twice: alike in all columns but one or two, and there a letter or "
        f"two apart (chance would give {few}). For example "
        + "; ".join(_said(rows, a, b, d, "rows {a} and {b}: {told}") for a, b, d in told[:SHOWN])
        + ".",
        "zh": f"有 {count(len(told))} 对行似乎是同一事物的重复记录：除一两列外完全相同，而这些列只差一两个字母"
        f"（若纯属偶然，{few_zh} 对）。例如" + "；".join(_said(rows, a, b, d, "第 {a} 行与第 {b} 行：{told}") for a, b, d in told[:SHOWN]) + "。",
    }
    mend = {
        "en": "Look at the pairs; where both are one, keep the better writing. Applied, the later row of each pair is left out.",
        "zh": "请核对这些行；若确为同一事物，保留较好的写法。应用此项修正时，每对中靠后的一行会被移除。",
    }
    evidence = {"pairs": float(len(told)), "chance": chance, "n": float(rows.n)}
    listing = tuple(dict.fromkeys(row for a, b, _ in told for row in (a, b)))[:listed]
    later = tuple(sorted({b for _, b, _ in told}))
    return [Fault("doubles", "double", text, mend, evidence, rows=listing, change=Change(rows=later))]


def doubles(columns: Mapping[str, np.ndarray | Coded]) -> list[Double]:
    """The near-duplicates among n rows, by position. columns: (n,) text, numbers or moments."""
    rows = Rows.of(dict(columns))
    return _judged({name: _codes(rows, name) for name in rows})[0]


_Column = tuple[np.ndarray, tuple[str, ...]]  # ((n,) int codes, the levels of a column of text, else ())


def _judged(columns: Mapping[str, _Column]) -> tuple[list[Double], float]:
    """(the pairs that are told, how many of them chance would give)."""
    n = len(next(iter(columns.values()))[0]) if columns else 0
    if n < LEAST or len(columns) < SHARED + 1:
        return [], 0.0
    generator = np.random.default_rng(0)
    keys = {name: generator.integers(-(2**62), 2**62, int(codes.max(initial=-1)) + 2)[codes] for name, (codes, _) in columns.items()}
    with np.errstate(over="ignore"):
        whole = np.sum(list(keys.values()), axis=0)
        written = sorted((name for name, (_, levels) in columns.items() if _long(levels)), key=lambda name: -len(columns[name][1]))[:WRITTEN]
        choices = [c for k in range(1, APART + 1) if len(columns) - k >= SHARED for c in combinations(written, k)]
        choices = choices[: max(len(written), WORK // n)]
        found = [made for choice in choices if (made := _tried(choice, columns, whole - sum(keys[name] for name in choice))).near]
    if not found:
        return [], 0.0
    p = np.array([float(binom.sf(len(one.near) - 1, one.pairs, one.share)) for one in found])
    p = np.concatenate([p, np.ones(len(choices) - len(found))])  # a choice without a near pair was looked at as well
    sure = [one for one, q in zip(found, benjamini_hochberg(p), strict=False) if q <= RATE and one.pairs * one.share <= CHANCE * len(one.near)]
    told = [Double(a, b, one.columns) for one in sure for a, b in one.near]
    return told, float(sum(one.pairs * one.share for one in sure))


def _tried(choice: tuple[str, ...], columns: Mapping[str, _Column], key: np.ndarray) -> _Found:
    """The pairs of rows that agree but in the columns of the choice, and differ in each of them."""
    order = np.argsort(key, kind="stable")
    ends = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1], True])
    size = np.diff(ends)
    if int((size * (size - 1) // 2)[size <= MANY].sum()) > PAIRS:
        return _Found(choice, (), 0, 1.0)
    told, pairs = [], 0
    for begin, end in zip(ends[:-1][np.diff(ends) > 1], ends[1:][np.diff(ends) > 1], strict=True):
        if end - begin > MANY:
            continue
        for a, b in combinations(sorted(order[begin:end].tolist()), 2):
            if all(columns[name][0][a] != columns[name][0][b] for name in choice):
                pairs += 1
                if _alike(a, b, choice, columns):
                    told.append((a, b))
    return _Found(choice, tuple(told), pairs, _share(choice, columns) if told else 1.0)


def _alike(a: int, b: int, choice: tuple[str, ...], columns: Mapping[str, _Column]) -> bool:
    """Whether two rows are near each other in each of the columns."""
    for name in choice:
        codes, levels = columns[name]
        if codes[a] < 0 or codes[b] < 0 or not near(levels[codes[a]], levels[codes[b]]):
            return False
    return True


def _share(choice: tuple[str, ...], columns: Mapping[str, _Column]) -> float:
    """Of random pairs of rows that differ in these columns, the share that is near in all; never nought, since only so many are drawn."""
    generator = np.random.default_rng(1)
    n = len(columns[choice[0]][0])
    first, second = generator.integers(0, n, (2, DRAWN))
    apart = np.logical_and.reduce([columns[name][0][first] != columns[name][0][second] for name in choice])
    hits = sum(_alike(a, b, choice, columns) for a, b in zip(first[apart].tolist(), second[apart].tolist(), strict=True))
    return (hits + 1.0) / (int(apart.sum()) + 1.0)


def _codes(rows: Rows, name: str) -> _Column:
    if rows.storage(name) == "text":
        column = rows.coded(name)
        return column.codes.astype(np.int64), column.levels
    x = rows[name]
    gone = np.isnat(x) if x.dtype.kind == "M" else np.isnan(x)
    codes = np.unique(x, return_inverse=True)[1].astype(np.int64)
    return np.where(gone, -1, codes), ()


def _long(levels: tuple[str, ...]) -> bool:
    return len(levels) > 1 and float(np.median([len(level) for level in levels])) >= LONG


def _serial(rows: Rows, name: str, role: str) -> bool:
    """Whether a column only numbers the rows, in which doubles differ of course: an id that is a number or holds figures."""
    if role not in ("id", "ignored"):
        return False
    return rows.storage(name) != "text" or any(c.isdigit() for level in rows.coded(name).levels[:20] for c in level)


def _said(rows: Rows, a: int, b: int, double: Double, form: str) -> str:
    """Two rows with what differs."""
    values = [(rows[name][double.first], rows[name][double.second]) for name in double.columns]
    return glue(form.format(a=count(a), b=count(b), told=", ".join(f"“{x[:40]}” / “{y[:40]}”" for x, y in values)))
