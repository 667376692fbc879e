"""The words of a text column that are worth looking at: words, phrases of two, ids such as Printer546, and Chinese words, each with its rows.

    words = vocabulary(rows, "short_description")     # words.terms[0] == "printer"; words.held[0] (n,) bool

Chosen by how often they stand in texts and by nothing else, so that no test of what goes with them has been looked at; small words are left
out, and words that stand in nearly the same rows are one. Each is a Word (core/expression), whose rows any engine finds again. What it does not
do: grammar, synonyms, rare words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ..core.kinds import TEXT_WORDS, WIDE
from ..core.rows import Rows
from ..core.schema import Column, Schema
from ..core.segments import whole
from ..stats.grams import grams

__all__ = ["Vocabulary", "ids", "least_texts", "prose", "texts", "vocabulary"]

ROWS: Final = 20_000  # searched rows whose texts are read; of more, the first, which are as good as any
READ: Final = 2_000  # characters of a text that are read
MOST: Final = 300  # words of a column
SHARE: Final = 0.02  # least share of the texts that hold a word
LEAST: Final = 10  # least texts
ALIKE: Final = 0.8  # rows of both over rows of either, from which two words are one
LEVELS: Final = 12  # least distinct texts of a column of texts
PHRASE: Final = 3.0  # mean words of a text that repeats little
REPEATS: Final = 10  # rows of a text on average, up to which it repeats little
LETTERS: Final = "A-Za-zÀ-ɏͰ-ԯ"
WORD: Final = re.compile(f"[{LETTERS}]+|[^{LETTERS}\\s]")
ID: Final = re.compile(f"(?<![{LETTERS}0-9])(?:[{LETTERS}]+[-_]?[0-9]{{2,}}|[0-9]{{5,}})(?:[-_][0-9]+)*(?![{LETTERS}0-9])")
SMALL: Final = frozenset(
    re.findall(
        "[a-z]+",
        """a about after again all also am an and any are aren as at be because been before being but by can could couldn did didn do does doesn doing
    don down during each even few for from further had has hasn have haven having he her here hers him his how i if in into is isn it its itself
    just ll me more most my no nor not now of off on once only or other our out over own per re really same she should shouldn so some such than
    that the their them then there these they this those through to too under until up us ve very via was wasn we were weren what when where
    which while who whom why will with within without won would wouldn you your yours http https www com get got one two amp""",
    )
)
EDGES: Final = frozenset("的了着吧吗呢啊呀哦嘛我你您他她它们这那也都就很还又太才给是在有和与及或个把被让从到对为之其而所以些么")  # ends of no word
SMALL_WIDE: Final = frozenset(
    ("一个", "一次", "一点", "两个", "没有", "非常", "特别", "不过", "真的", "结果", "今天", "一样", "一直", "时候", "这次", "下次")
)


@dataclass(frozen=True)
class Vocabulary:
    """The w words of a column: terms, held (w, rows) bool, and known (rows,) bool, the rows that have a text. The first ROWS rows only."""

    column: str
    terms: tuple[str, ...]
    held: np.ndarray
    known: np.ndarray

    def first(self, most: int) -> Vocabulary:
        """The same texts with the most frequent words only."""
        return Vocabulary(self.column, self.terms[:most], self.held[:most], self.known)


def least_texts(n: int) -> int:
    """The least texts, of n, that must hold a word."""
    return max(LEAST, math.ceil(SHARE * n))


def texts(schema: Schema, rows: Rows) -> list[Column]:
    """The columns that hold texts: prose, and columns of many values that are phrases of several words."""
    usable = [c for c in schema if c.role == "feature" and _written(c, rows)]
    return [c for c in usable if c.kind == "text" or _phrases(c, rows)]


def prose(schema: Schema, rows: Rows) -> list[Column]:
    """The columns of whole sentences, however few of them there are: those that might name something, and may not."""
    usable = [c for c in schema if c.role in ("feature", "constant") and _written(c, rows)]
    return [c for c in usable if c.kind == "text" or _length(c, rows) >= TEXT_WORDS]


def _written(column: Column, rows: Rows) -> bool:
    return column.name in rows and column.storage == "text" and not column.derived and column.kind in ("text", "category", "entity")


def _phrases(column: Column, rows: Rows) -> bool:
    coded, words = rows.coded(column.name), _length(column, rows)
    few = len(coded.levels) < LEVELS
    return not few and (words >= TEXT_WORDS or (words >= PHRASE and coded.counts().sum() <= REPEATS * len(coded.levels)))


def _length(column: Column, rows: Rows) -> float:
    """Mean words of a text."""
    coded = rows.coded(column.name)
    counts = coded.counts()
    return sum((level.count(" ") + 1) * n for level, n in zip(coded.levels, counts.tolist(), strict=True)) / max(int(counts.sum()), 1)


def ids(text: str) -> list[str]:
    """What names single things in a text: letters with digits (Printer546, INV-2041), and long numbers.

    >>> ids("Printer546 and INV-2041 cost 20% in Q2 2024; order 1234567.")
    ['Printer546', 'INV-2041', '1234567']
    """
    return ID.findall(text)


def vocabulary(rows: Rows, name: str) -> Vocabulary:
    """The MOST most frequent words of a text column, the most frequent first."""
    column = rows.coded(name)
    codes = column.codes[:ROWS]
    present, place = np.unique(codes[codes >= 0], return_inverse=True)
    many = np.bincount(place, minlength=len(present))
    written = [column.levels[code][:READ] for code in present]
    total = int(many.sum())
    least = least_texts(total)
    found = {**_words(written, many, least), **_ids(written, many, least), **_wide(written, many, least)}
    usable = [(term, own, int(many[own].sum())) for term, own in found.items()]
    usable = sorted((u for u in usable if u[2] >= least), key=lambda u: (-u[2], u[0]))
    kept = _apart(usable, many)[:MOST]
    held = np.zeros((len(kept), len(present) + 1), dtype=bool)
    for i, (_, own, _) in enumerate(kept):
        held[i, own] = True
    where = np.full(len(codes), len(present))
    where[codes >= 0] = place
    return Vocabulary(name, tuple(term for term, _, _ in kept), held[:, where], codes >= 0)


_Found = dict[str, np.ndarray]  # {word: the texts that hold it}


def _words(written: Sequence[str], many: np.ndarray, least: int) -> _Found:
    """Words of three letters or more, and pairs of them that stand side by side."""
    read = [WORD.findall(text.lower()) for text in written]
    usual = _often((set(words) for words in read), many, least)
    usual = {word for word in usual if len(word) > 2 and word not in SMALL and word[0].isalpha() and not WIDE.match(word)}
    sides = [{pair for pair in pairwise(words) if pair[0] in usual and pair[1] in usual} for words in read]
    phrases = _often(sides, many, least)
    held: dict[str, list[int]] = {}
    for i, (words, pairs) in enumerate(zip(read, sides, strict=True)):
        for word in usual.intersection(words):
            held.setdefault(word, []).append(i)
        for pair in pairs:
            if pair in phrases:
                held.setdefault(" ".join(pair), []).append(i)
    return {term: np.array(own) for term, own in held.items()}


def _often(sets: Iterable[Iterable], many: np.ndarray, least: int) -> set:
    """What stands in at least so many rows."""
    counts: Counter = Counter()
    for n, own in zip(many.tolist(), sets, strict=True):
        for term in own:
            counts[term] += n
    return {term for term, n in counts.items() if n >= least}


def _ids(written: Sequence[str], many: np.ndarray, least: int) -> _Found:
    """Ids, each as it is written most often."""
    held: dict[str, dict[int, str]] = {}
    for i, text in enumerate(written):
        for name in ids(text):
            held.setdefault(name.lower(), {})[i] = name
    usual = {key: own for key, own in held.items() if int(many[list(own)].sum()) >= least}
    return {Counter(sorted(own.values())).most_common(1)[0][0]: np.array(list(own)) for own in usual.values()}


def _wide(written: Sequence[str], many: np.ndarray, least: int) -> _Found:
    """Chinese words: runs of signs that stand together; where jieba is installed only such as neither begin nor end within a word."""
    if not any(WIDE.search(text) for text in written[:100]):
        return {}
    joined = "\n".join(written)
    characters = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    characters = np.where((characters >= 0x3400) & (characters <= 0x9FFF), characters, -1)
    of = np.repeat(np.arange(len(written)), [len(text) + 1 for text in written])[: len(joined)]
    found = grams(characters, of, max(1, least // max(int(many.max()), 1)))
    if len(found.starts) == 0:
        return {}
    named = [joined[start : start + size] for start, size in zip(found.starts, found.sizes, strict=True)]
    order = np.argsort(found.words, kind="stable")
    parts = np.split(found.texts[order], np.cumsum(np.bincount(found.words, minlength=len(named)))[:-1])
    own = {term: np.unique(part) for term, part in zip(named, parts, strict=True)}
    own = {t: part for t, part in own.items() if t[0] not in EDGES and t[-1] not in EDGES and t[-1] not in "不没" and t not in SMALL_WIDE}
    words = whole(list(own), [t if WIDE.search(t) else "" for t in written])
    return {t: part for (t, part), word in zip(own.items(), words, strict=True) if word}


def _apart(found: list[tuple[str, np.ndarray, int]], many: np.ndarray) -> list[tuple[str, np.ndarray, int]]:
    """Those that stand in different rows. Of words that are nearly always together one is kept, the longest: a phrase says more than its words."""
    kept: list[tuple[str, np.ndarray, int]] = []
    masks: list[np.ndarray] = []
    for term, own, n in sorted(found, key=lambda f: (-len(f[0]), f[0])):
        mask = np.zeros(len(many), dtype=bool)
        mask[own] = True
        both = [int(many[own[other[own]]].sum()) for other in masks]
        if all(b < ALIKE * (n + m - b) for b, (_, _, m) in zip(both, kept, strict=True)):
            kept.append((term, own, n))
            masks.append(mask)
    return sorted(kept, key=lambda f: (-f[2], f[0]))
