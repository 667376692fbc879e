"""Doubtful cells: values that break what the table itself shows to hold, each with a proposed repair.

    suspected({"zip": zips, "city": cities})[0]     # Suspect(row=17, column='city', why='depends', value='birminghxm', repair='birmingham')

Three things are looked for in columns of text. *Dependencies*: a column whose value another one settles, but for errors (an approximate functional
dependency; Huhtala et al. 1999): of two rows that agree in X, nearly all agree in Y, which few would by chance. A cell that stands against a clear
majority of its group, or is missing beside one, is doubtful; several X vote, so that a wrong X does not make its row's other cells doubtful.
*Spellings*: a rare value one or two letters from a frequent one. *Formats*: a value written in another way than its column (see _formats), N/A
among numbers, a cell that holds what another column lacks.

Repairs are the majority's value, or the frequent spelling. What it does *not* do: dependencies on two columns at once, errors that follow a rule (a
column that is wrong throughout), numbers that are possible but wrong. A doubtful cell may be right: an exception.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from ..core.fault import Change, Fault
from ..core.rows import Coded, encoded
from ..core.split import Split
from ..stats.letters import near
from ..words.numbers import count, percent
from ..words.spacing import glue
from ._formats import merged, writings

__all__ = ["Suspect", "find", "suspected"]

AGREE: Final = 0.8  # share of pairs of rows with one X that share Y, from which X settles Y but for errors
LOOSE: Final = 0.3  # the same where hardly any pair would agree by chance, and groups are large
CHANCE: Final = 0.1  # share of pairs that agree by chance, above which the loose share is not enough
LIFT: Final = 0.8  # the same share above chance, of what is above chance at most
OFTEN: Final = 3  # rows of one pair of values, above which it is a habit, not a slip, in groups of more than SMALL rows
SMALL: Final = 50
LARGE: Final = 5.0  # mean rows of a group, for the loose share
HUGE: Final = 100.0  # the same at most: larger groups share habits, not facts
SETTLED: Final = 0.5  # share of a group's rows that its majority must hold
BEATEN: Final = 3.0  # times as many rows as the doubted value has there
NAMES: Final = 0.5  # distinct per row, from which a column names rows and settles nothing
FREQUENT: Final = 5  # times a doubted spelling's rows that the right one needs at least
RARE: Final = 2  # rows of a value whose spelling is doubted at most
LONG: Final = 4  # letters from which spellings are compared
LEVELS: Final = 5_000  # distinct values up to which spellings are compared
LEAST: Final = 20
COLUMNS: Final = 60


class Suspect(NamedTuple):
    """A doubtful cell: the row's position, its column, why ('depends', 'spelling', 'format', 'missing', 'merged'), the value and the proposed repair
    ('': missing; None: none).
    """

    row: int
    column: str
    why: str
    value: str | None
    repair: str | None


def find(split: Split, listed: int = 50) -> list[Fault]:
    """One Fault per column with doubtful cells."""
    rows = split.rows
    names = [c.name for c in split.data.schema if c.name in rows and rows.storage(c.name) == "text" and c.role not in ("ignored", "constant")]
    found = suspected({name: rows.coded(name) for name in names[:COLUMNS]})
    numbers = rows["_row"].astype(int)
    made = []
    for name in names:
        own = [s for s in found if s.column == name]
        if own:
            made.append(_fault(name, own, numbers, rows.n, listed))
    return made


def suspected(columns: Mapping[str, np.ndarray | Coded]) -> list[Suspect]:
    """The doubtful cells of n rows, in order of column and row. columns: (n,) text, missing as None."""
    coded = {name: column if isinstance(column, Coded) else encoded(column) for name, column in columns.items()}
    if not coded or len(next(iter(coded.values())).codes) < LEAST:
        return []
    found: dict[tuple[str, int], Suspect] = {}
    for suspect in (*_merged(coded), *_written(coded), *_depending(coded), *_spelled(coded)):
        found.setdefault((suspect.column, suspect.row), suspect)
    place = {name: i for i, name in enumerate(coded)}
    return sorted(found.values(), key=lambda s: (place[s.column], s.row))


def _depending(coded: Mapping[str, Coded]) -> list[Suspect]:
    """Cells against a clear majority of the rows that agree with theirs in another column."""
    n = len(next(iter(coded.values())).codes)
    settles = [name for name, column in coded.items() if 2 <= len(column.levels) <= NAMES * n]
    made = []
    for y, column in coded.items():
        if len(column.levels) < 2:
            continue
        given = column.codes
        votes: list[tuple[np.ndarray, np.ndarray, float]] = []
        for x in settles:
            trust = 0.0 if x == y else _settled(coded[x].codes, given)
            if trust > 0:
                votes.append((*_against(coded[x].codes, given), trust))
        if not votes:
            continue
        weight = np.array([trust for _, _, trust in votes])
        doubts = np.stack([doubt for _, doubt, _ in votes])
        wanted = np.stack([best for best, _, _ in votes])
        voted = (weight[:, None] * (wanted >= 0)).sum(axis=0)
        against = (weight[:, None] * doubts).sum(axis=0)
        for row in np.flatnonzero((against > 0) & (against >= 0.5 * voted)):
            tally = Counter[int]()
            for k in range(len(votes)):
                if doubts[k, row]:
                    tally[int(wanted[k, row])] += float(weight[k])  # type: ignore[assignment]
            best = tally.most_common(1)[0][0]
            made.append(Suspect(int(row), y, "depends", _level(column, given[row]), _level(column, best)))
    return made


def _settled(x: np.ndarray, y: np.ndarray) -> float:
    """How far X settles Y: the share of pairs with one X that share Y (0 if too few, or no more than by chance)."""
    known = (x >= 0) & (y >= 0)
    x, y = x[known], y[known]
    if not len(x):
        return 0.0
    groups = np.bincount(x).astype(np.float64)
    cells = np.unique(x.astype(np.int64) * (int(y.max(initial=0)) + 1) + y, return_counts=True)[1].astype(np.float64)
    pairs, same = float((groups * (groups - 1)).sum()), float((cells * (cells - 1)).sum())
    if pairs == 0.0 or (groups >= 2).sum() < 2:
        return 0.0
    agree = same / pairs
    values = np.bincount(y).astype(np.float64)
    chance = float((values * (values - 1)).sum() / max(len(y) * (len(y) - 1.0), 1.0))
    mean = float(groups[groups > 0].mean())
    if agree >= AGREE and (agree - chance) / max(1.0 - chance, 1e-9) >= LIFT:
        return agree
    return agree if agree >= LOOSE and chance <= CHANCE and LARGE <= mean <= HUGE else 0.0


def _against(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((n,) the majority's value in each row's group or -1 where there is none, (n,) bool: the row stands against it, or lacks it)."""
    known = np.flatnonzero((x >= 0) & (y >= 0))
    width = int(y.max(initial=0)) + 1
    cells, place, size = np.unique(x[known].astype(np.int64) * width + y[known], return_inverse=True, return_counts=True)
    groups, values = cells // width, cells % width
    order = np.lexsort((values, -size, groups))
    first = order[np.r_[True, groups[order][1:] != groups[order][:-1]]] if len(order) else order
    many = int(x.max(initial=0)) + 1
    top, most, whole = np.full(many, -1), np.zeros(many), np.bincount(x[known], minlength=many)
    top[groups[first]], most[groups[first]] = values[first], size[first]
    clear = (most >= 2) & (most > SETTLED * whole)
    group = np.maximum(x, 0)
    best = np.where((x >= 0) & clear[group], top[group], -1)
    own = np.zeros(len(x))
    own[known] = size[place]
    few = (own <= OFTEN) | (whole[group] <= SMALL)
    rows = np.bincount(x[x >= 0], minlength=many)
    gone = (x >= 0) & (y < 0) & (whole[group] >= 2) & (whole[group] >= SETTLED * rows[group])  # most know it, though they may not agree
    return best, gone | ((best >= 0) & (best != y) & (most[group] >= BEATEN * own) & few)


def _spelled(coded: Mapping[str, Coded]) -> list[Suspect]:
    """Rare values that are one or two letters from a frequent one of their column."""
    made = []
    for name, column in coded.items():
        counts = column.counts()
        if not len(counts) or len(counts) > LEVELS or len(counts) > NAMES * counts.sum():
            continue
        often = [i for i in np.argsort(-counts, kind="stable") if counts[i] >= FREQUENT]
        for rare in np.flatnonzero((counts > 0) & (counts <= RARE)):
            word = column.levels[rare]
            if len(word) < LONG or _figures(word):
                continue
            close = next((i for i in often if counts[i] >= FREQUENT * counts[rare] and near(word, column.levels[i])), None)
            if close is not None:
                made += [Suspect(int(r), name, "spelling", word, column.levels[close]) for r in np.flatnonzero(column.codes == rare)]
    return made


def _figures(word: str) -> bool:
    """Whether a value is a number, a date or a code: one digit off is another one, not a misspelling."""
    return sum(c.isdigit() for c in word) * 2 > len(word)


def _written(coded: Mapping[str, Coded]) -> list[Suspect]:
    """Values written in another way than the rest of their column."""
    made = []
    for name, column in coded.items():
        doubtful = writings(column)
        for row in np.flatnonzero(np.isin(column.codes, list(doubtful))):
            why, repair = doubtful[int(column.codes[row])]
            made.append(Suspect(int(row), name, why, column.levels[column.codes[row]], repair))
    return made


def _merged(coded: Mapping[str, Coded]) -> list[Suspect]:
    """Cells that hold what another column lacks."""
    made = []
    for name, column in coded.items():
        for other, wanted in coded.items():
            for row, own, moved in merged(column, wanted) if other != name else ():
                made += [Suspect(row, name, "merged", column.levels[column.codes[row]], own), Suspect(row, other, "merged", None, moved)]
    return made


def _level(column: Coded, code: int) -> str | None:
    return column.levels[code] if code >= 0 else None


WHY: Final = {
    "depends": ("against what other columns settle", "与其他列所决定的取值不符"),
    "spelling": ("a letter or two from a frequent value", "与某个常见取值只差一两个字母"),
    "format": ("written in another way than the rest", "写法与其余取值不同"),
    "missing": ("a word among numbers", "数值列中的文字"),
    "merged": ("two columns' values in one cell", "两列的值写在同一单元格"),
}


def _fault(name: str, own: list[Suspect], numbers: np.ndarray, n: int, listed: int) -> Fault:
    kinds = Counter(s.why for s in own)
    shown = [s for s in own if s.repair is not None][:3] or own[:3]
    told = [f"row {count(int(numbers[s.row]))}: {_change(s)}" for s in shown]
    told_zh = [f"第 {count(int(numbers[s.row]))} 行：{_change(s)}" for s in shown]
    en = "; ".join(f"{count(k)} {WHY[why][0]}" for why, k in kinds.items())
    zh = "；".join(f"{count(k)} 个{WHY[why][1]}" for why, k in kinds.items())
    cells, are = ("cell", "is") if len(own) == 1 else ("cells", "are")
    text = {
        "en": f"{count(len(own))} {cells} of {name} ({percent(len(own) / n)}) {are} doubtful: {en}. For example {', '.join(told)}.",
        "zh": f"{glue(name, '中有')} {count(len(own))} 个单元格（{percent(len(own) / n)}）可疑：{zh}。例如{'，'.join(told_zh)}。",
    }
    mend = {
        "en": "Check the listed rows; where the proposed value is right, put it in at the source. A doubtful cell may be a true exception.",
        "zh": "请核对所列的行；若建议的取值正确，请在源头更正。可疑的单元格也可能是真实的例外。",
    }
    evidence = {"n": float(len(own)), "share": len(own) / n, **{why: float(k) for why, k in kinds.items()}}
    known = [s for s in own if s.repair is not None]
    change = Change(name, tuple(int(numbers[s.row]) for s in known), tuple(s.repair or None for s in known)) if known else None
    return Fault(f"values:{name}", "values", text, mend, evidence, rows=tuple(int(numbers[s.row]) for s in own[:listed]), change=change)


def _change(suspect: Suspect) -> str:
    return _quoted(suspect.value) + ("" if suspect.repair is None else f" → {_quoted(suspect.repair)}")


def _quoted(value: str | None) -> str:
    return f"“{value[:40]}”" if value else "–"
