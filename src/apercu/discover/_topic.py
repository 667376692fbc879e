"""What `topic` looks for among the words of a text column: words that a measure moves with, words of a category's level, the id that leads.

Words are looked at in the order of what they explain of what the words before them leave over, so that of two words for one thing one is told.
Sees the searched rows only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from ..core.rows import Rows
from ..core.split import Search
from ._search import Scaled
from ._vocabulary import ROWS, Vocabulary, ids, least_texts

__all__ = ["Leader", "Of", "Spread", "by_level", "groups", "leader", "moved", "spread", "threshold"]

EACH: Final = 4  # words of a text column that are told of one measure
OF_LEVEL: Final = 2  # words that are told of one level
LEVELS: Final = 12  # levels of a category that are looked at, each with the least rows of a word
EFFECT: Final = 0.2  # least difference of means in standard deviations: Cohen's "small"
GAP: Final = 0.15  # least difference of a word's shares: one row in seven
TWINS: Final = 0.8  # rows of both over rows of either, from which two levels are one
NEARLY: Final = 0.9  # share of the strongest z, from which a level of the same rows is told instead of it
ERRORS: Final = 3.5  # standard errors that must fit between a difference and the margin, before it is said to be small
LEAD: Final = 0.05  # least share of the texts that the leading id must stand in
TIMES: Final = 2.0  # and how many times as many rows as the next
SURE: Final = 3.5  # least z of a word, however few were looked at


class Of(NamedTuple):
    """A word of a level: word number, column, level, z, and another (column, level) of nearly the same rows, where there is one."""

    word: int
    column: str
    level: str
    z: float
    twin: tuple[str, str] | None = None


class Leader(NamedTuple):
    """The id that stands in most texts, the next of its kind, and z of their difference."""

    first: str
    second: str
    z: float


def threshold(looks: int) -> float:
    """The least |z| that is brought before unseen rows: above the largest that as many idle hypotheses usually give."""
    return max(SURE, math.sqrt(2 * math.log(max(looks, 1))) + 0.5)


def moved(ready: Scaled, words: Vocabulary, least: float) -> list[tuple[int, float]]:
    """[(word, z of the measure where it stands)], at most EACH, each adding to those before it."""
    rows = words.held.shape[1]
    where = np.arange(rows) if ready.present is None else ready.present[ready.present < rows]
    x, held = ready.x[: len(where)], words.held[:, where].astype(np.float32)
    inside = held.sum(axis=1)
    outside = len(where) - inside
    usable = (inside >= least_texts(len(where))) & (outside >= least_texts(len(where)))
    if not usable.any() or ready.sd == 0.0:
        return []
    error = ready.sd * np.sqrt(1 / np.maximum(inside, 1) + 1 / np.maximum(outside, 1))
    gap = _gaps(held, x, inside, outside)
    usable &= np.abs(gap) >= EFFECT * ready.sd
    found: list[tuple[int, float]] = []
    residual, basis = x, np.full((len(x), 1), 1 / math.sqrt(len(x)))
    while len(found) < EACH:
        z = np.where(usable, _gaps(held, residual, inside, outside) / error, 0.0)
        best = int(np.argmax(np.abs(z)))
        if abs(z[best]) < least or z[best] * gap[best] <= 0:
            break
        found.append((best, float(gap[best] / error[best])))
        usable[best] = False
        usable &= ~np.array([_kin(term, words.terms[best]) for term in words.terms])
        residual, basis = _without(residual, basis, held[best].astype(np.float64))
    return found


def _gaps(held: np.ndarray, x: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    sums = (held @ x.astype(np.float32)).astype(np.float64)
    return sums / np.maximum(inside, 1) - (float(x.sum()) - sums) / np.maximum(outside, 1)


def _without(residual: np.ndarray, basis: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is left of the residuals, and the orthonormal columns with one more."""
    for _ in range(2):
        column = column - basis @ (basis.T @ column)
    norm = float(np.linalg.norm(column))
    if norm < 1e-6 * math.sqrt(len(residual)):
        return residual, basis
    column /= norm
    return residual - column * float(column @ residual), np.column_stack([basis, column])


def _kin(term: str, told: str) -> bool:
    """Whether two words are forms of one, or one is a part of the other."""
    a, b = term.lower(), told.lower()
    if set(a.split()) & set(b.split()) or a in b or b in a:
        return True
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 4 and max(len(a), len(b)) - shared <= 3


def groups(search: Search, text: str, measured: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """{category: its most frequent levels} whose levels may have words of their own."""
    found = {}
    for column in search.schema.features():
        if (
            column.name == text
            or column.kind not in ("flag", "category", "place")
            or column.storage != "text"
            or column.name in measured | {*search.derived}
        ):
            continue
        coded = search.rows.coded(column.name)
        counts = np.bincount(coded.codes[:ROWS][coded.codes[:ROWS] >= 0], minlength=len(coded.levels))
        order = [int(i) for i in np.argsort(-counts, kind="stable")[:LEVELS] if counts[i] >= least_texts(int(counts.sum()))]
        if len(order) > 1:
            found[column.name] = tuple(coded.levels[i] for i in order)
    return found


def by_level(rows: Rows, words: Vocabulary, named: Mapping[str, tuple[str, ...]], least: float) -> list[Of]:
    """Words that stand far oftener in a level than elsewhere, the strongest first; of levels of the same rows one, of forms of one word one."""
    held = words.held[:, words.known].astype(np.float32)
    members = {
        (c, level): rows.coded(c).codes[:ROWS][words.known] == rows.coded(c).levels.index(level) for c, levels in named.items() for level in levels
    }
    if not members or not len(words.terms) or held.shape[1] == 0:
        return []
    member = np.stack(list(members.values())).astype(np.float32)
    n, size, hits = held.shape[1], member.sum(axis=1), held.sum(axis=1)
    both = held @ member.T
    rest = np.maximum(n - size, 1)
    gap = both / np.maximum(size, 1) - (hits[:, None] - both) / rest
    share = hits[:, None] / n
    with np.errstate(divide="ignore", invalid="ignore"):
        z = gap / np.sqrt(share * (1 - share) * (1 / np.maximum(size, 1) + 1 / rest))
    z = np.where((gap >= GAP) & np.isfinite(z), z, 0.0)
    keys, told = list(members), []
    for word, term in enumerate(words.terms):  # that the texts of a level name it is nothing new
        z[word, [any(_kin(term, part) for part in level.split()) for _, level in keys]] = 0.0
    residuals: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for flat in np.argsort(-z, axis=None, kind="stable").tolist():
        word, group = divmod(flat, len(keys))
        if z[word, group] < least:
            break
        alike = [o for o, g in told if _same(member[group], member[g])]
        if len(alike) >= OF_LEVEL or any(_kin(words.terms[word], words.terms[o.word]) for o in alike):
            continue
        residual, basis = residuals.get(word) or (held[word].astype(np.float64) - hits[word] / n, np.full((n, 1), 1 / math.sqrt(n)))
        inside = member[group] > 0
        left = float(residual[inside].mean() - residual[~inside].mean()) / max(
            float(residual.std()) * math.sqrt(1 / inside.sum() + 1 / (~inside).sum()), 1e-12
        )
        if left < least:
            continue
        residuals[word] = _without(residual, basis, inside.astype(np.float64))
        twins = [g for g in range(len(keys)) if z[word, g] >= NEARLY * z[word, group] and _same(member[group], member[g])]
        plain, *others = sorted(twins, key=lambda g: (len(keys[g][0]), keys[g]))  # of columns that say the same, the one of the plainest name
        told.append((Of(word, *keys[plain], float(z[word, plain]), keys[others[0]] if others else None), group))
    return [of for of, _ in told]


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    both = float(a @ b)
    return both >= TWINS * (float(a.sum()) + float(b.sum()) - both)


def leader(rows: Rows, name: str) -> tuple[Leader | None, int]:
    """(the id that far more texts name than the next one of its kind, how many ids stand in more than one text)."""
    coded = rows.coded(name)
    counts = np.bincount(coded.codes[:ROWS][coded.codes[:ROWS] >= 0], minlength=len(coded.levels))
    kinds: dict[str, Counter[str]] = {}
    written: dict[str, Counter[str]] = {}
    for place in np.flatnonzero(counts).tolist():
        own = {named.lower(): named for named in ids(coded.levels[place])}
        for key, named in own.items():
            kinds.setdefault(_kind(key), Counter())[key] += int(counts[place])
            written.setdefault(key, Counter())[named] += int(counts[place])
    total, several = int(counts.sum()), sum(1 for kind in kinds.values() for n in kind.values() if n > 1)
    best: Leader | None = None
    for kind in kinds.values():
        (first, n), *others = sorted(kind.items(), key=lambda pair: (-pair[1], pair[0]))[:2]
        if others and n >= max(LEAD * total, least_texts(total), TIMES * others[0][1]):
            z = (n - others[0][1]) / math.sqrt(n + others[0][1])
            named = [min(written[key].items(), key=lambda pair: (-pair[1], pair[0]))[0] for key in (first, others[0][0])]
            best = Leader(named[0], named[1], z) if best is None or z > best.z else best
    return best, several


def _kind(key: str) -> str:
    """What ids of one kind share: the letters that they begin with."""
    return next((key[:i] for i, c in enumerate(key) if c.isdigit() or c in "-_"), key)


class Spread(NamedTuple):
    """A category: the largest difference of a word's shares between a level and all other rows, with ERRORS of its errors; that word and level."""

    column: str
    far: float
    word: int
    level: str


def spread(words: Vocabulary, rows: Rows, named: Mapping[str, tuple[str, ...]]) -> Iterator[Spread]:
    """How far the words are from even over the levels of each category."""
    held = words.held[:, words.known]
    for column, levels in named.items():
        worst = Spread(column, 0.0, 0, levels[0])
        codes = rows.coded(column).codes[:ROWS][words.known]
        for level in levels:
            inside = codes == rows.coded(column).levels.index(level)
            n, rest = int(inside.sum()), int((~inside).sum())
            if not n or not rest:
                continue
            a, b = held[:, inside].mean(axis=1), held[:, ~inside].mean(axis=1)
            far = np.abs(a - b) + ERRORS * np.sqrt(a * (1 - a) / n + b * (1 - b) / rest)
            best = int(np.argmax(far))
            if far[best] > worst.far:
                worst = Spread(column, float(far[best]), best, level)
        yield worst
