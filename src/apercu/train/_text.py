"""Prose as a small TF-IDF: word 1-2-grams of spaced text, character 1-3-grams of Chinese, at most TERMS terms chosen on the training rows.

Terms are those whose presence tells most of the target (chi-square between presence and class or upper half) among the frequent ones; a
text's vector is (1 + log count) x idf, of length one (Salton & Buckley 1988). All that is kept is a list of terms and their idf, so nothing that
is loaded can run code. Characters 1-3 beat segmented words on every Chinese set that was measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..core.kinds import WIDE
from ..core.rows import Coded, Rows
from ._columns import levels_of

__all__ = ["Prose", "tokens"]

TERMS = 300
SEEN = 5  # training rows that must hold a term
READ = 2_000  # characters of a text that are read
WORD = re.compile(r"\w\w+")


def tokens(text: str, form: str) -> Iterator[str]:
    """The terms of a text: words and pairs of words ('word'), or runs of one to three characters ('character')."""
    text = text[:READ].lower()
    if form == "word":
        words = WORD.findall(text)
        yield from words
        yield from (f"{a} {b}" for a, b in pairwise(words))
        return
    text = "".join(text.split())
    for size in (1, 2, 3):
        yield from (text[i : i + size] for i in range(len(text) - size + 1))


@dataclass(frozen=True)
class Prose:
    """A column of prose as weights of its terms; a missing text is a vector of zeros."""

    name: str
    form: str
    terms: tuple[str, ...]
    idf: tuple[float, ...]

    @staticmethod
    def fit(rows: Rows, name: str, signal: np.ndarray, most: int = TERMS) -> Prose:
        """Chooses at most so many terms on rows by signal (n, k), the columns of which are class memberships (0 or 1)."""
        column = levels_of(rows, name)
        form = "character" if WIDE.search("".join(column.levels[:50])) else "word"
        words, starts, ids, _ = _counted(column.levels, form)
        texts = column.codes[column.codes >= 0]
        held = _held(starts, ids, texts)
        seen = np.bincount(ids[held[0]], minlength=len(words))
        told = np.stack([np.bincount(ids[held[0]], s[column.codes >= 0][held[1]], minlength=len(words)) for s in signal.T])
        expected = seen * signal.mean(axis=0)[:, None]
        square = ((told - expected) ** 2 / np.maximum(expected, 1e-9)).sum(axis=0)
        square[seen < SEEN] = -1.0
        best = np.sort(np.argsort(-square, kind="stable")[: min(most, int((seen >= SEEN).sum()))])
        idf = np.log((1.0 + rows.n) / (1.0 + seen[best])) + 1.0
        return Prose(name, form, tuple(words[i] for i in best), tuple(idf.tolist()))

    @property
    def width(self) -> int:
        """How many parts the column becomes."""
        return len(self.terms)

    def parts(self, rows: Rows) -> np.ndarray:
        """(n, width) weights, each row of length one or zero."""
        counts, row_of = self._counts(rows)
        weights = np.where(counts > 0, 1.0 + np.log(np.maximum(counts, 1.0)), 0.0) * np.asarray(self.idf)
        length = np.sqrt((weights**2).sum(axis=1, keepdims=True))
        return (weights / np.where(length == 0, 1.0, length))[row_of]

    def held(self, rows: Rows) -> np.ndarray:
        """(n, width) whether the text has the term: 1 or 0; NaN where there is no text."""
        counts, row_of = self._counts(rows)
        held = np.minimum(counts, 1.0)[row_of]
        held[levels_of(rows, self.name).codes < 0] = np.nan
        return held

    def _counts(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((texts, width) how often each text has a term, (n,) which text a row has)."""
        column: Coded = levels_of(rows, self.name)
        place = {term: i for i, term in enumerate(self.terms)}
        present, row_of = np.unique(column.codes, return_inverse=True)
        counts = np.zeros((len(present), self.width))
        for i, code in enumerate(present):
            if code >= 0:
                found = [place[t] for t in tokens(column.levels[code], self.form) if t in place]
                np.add.at(counts[i], found, 1.0)
        return counts, row_of

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"part": "prose", "name": self.name, "form": self.form, "terms": list(self.terms), "idf": list(self.idf)}

    @staticmethod
    def from_json(tree: dict[str, Any]) -> Prose:
        """Reads what `to_json` wrote."""
        return Prose(tree["name"], tree["form"], tuple(tree["terms"]), tuple(tree["idf"]))


@lru_cache(maxsize=4)
def _counted(levels: tuple[str, ...], form: str) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """(terms, starts (levels + 1,), term ids, counts): which terms each text holds. The folds of one table share their levels, hence the cache."""
    vocabulary: dict[str, int] = {}
    starts, ids, counts = [0], [], []
    for text in levels:
        own = np.array([vocabulary.setdefault(t, len(vocabulary)) for t in tokens(text, form)], dtype=np.int64)
        terms, many = np.unique(own, return_counts=True)
        ids.append(terms)
        counts.append(many)
        starts.append(starts[-1] + len(terms))
    empty = [np.zeros(0, dtype=np.int64)]
    return list(vocabulary), np.array(starts), np.concatenate(ids or empty), np.concatenate(counts or empty)


def _held(starts: np.ndarray, ids: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(positions in `ids`, row of each): the terms of the texts (codes), row after row."""
    sizes = starts[texts + 1] - starts[texts]
    row = np.repeat(np.arange(len(texts)), sizes)
    within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(starts[texts], sizes) + within, row
