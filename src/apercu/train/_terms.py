"""Texts as sparse TF-IDF of full size: words, pairs and letters within words where words are spaced, runs of signs elsewhere.

    "never arrived" -> never, arrived, never arrived | ' ne', 'nev', 'never', ...      "房间很小" -> 房, 间, 房间, 间很, 房间很, ...

A term's weight is (1 + log count) x the root of its idf, and each block of terms of a text has length one (Salton & Buckley 1988). Which terms
there are and how rare they are is learned on the rows of one fold; counting is done once for all folds, since it learns nothing. Runs of signs
beat segmented words on every Chinese set that was measured. What is kept is a list of terms and their idf, as arrays of bytes and numbers. What it
does *not* do: stems, stop words, segmentation of words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import Any, Final

import numpy as np
from scipy import sparse

from ..core.rows import Rows
from ._columns import levels_of

__all__ = ["BLOCKS", "UNSPACED", "Terms", "blocks", "language"]

READ: Final = 4_000  # characters of a text that are read
SEEN: Final = 2  # training texts that must hold a term
MOST: Final = 200_000  # terms of a block, the most frequent
LOOKED: Final = 1_000  # texts that tell the language
BLOCKS: Final = {"spaced": ("words", "letters"), "unspaced": ("signs",)}  # blocks of terms by how a language is written
POWER: Final = 0.5  # of the idf: log-odds of classes are best with half of it on the sets that were measured
SIZES: Final = (2, 3, 4, 5)  # letters of a run within a word and its two ends
WORD: Final = re.compile(r"\w+")
SIGN: Final = re.compile(r"[^\W_\u0e00-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]+|[^\s]")  # a run of spaced letters, or one sign
UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]")  # Thai, Lao, Burmese, Khmer, Chinese, Japanese
CHINESE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
KANA: Final = re.compile(r"[\u3040-\u30ff]")
LETTER: Final = re.compile(r"[^\W\d_]")
ENGLISH: Final = frozenset({
    "the", "and", "to", "of", "a", "in", "is", "it", "for", "that", "this", "was", "you", "my", "i", "with", "not", "on", "but", "are",
    "have", "be", "they",
})  # fmt: skip
COMMON: Final = 0.1  # share of words that are among ENGLISH from which a text is English
UNSPACED_SHARE: Final = 0.2  # share of letters from which a column is read sign by sign


@dataclass(frozen=True)
class Terms:
    """A block of terms of one column; idf (width,): to its POWER. A missing or empty text is a row of zeros."""

    name: str
    block: str
    terms: tuple[str, ...]
    idf: np.ndarray

    @staticmethod
    def fit(rows: Rows, name: str, block: str, most: int = MOST) -> Terms:
        """The terms that SEEN texts of the rows hold, at most so many."""
        column = levels_of(rows, name)
        counts, found = _counted(column.levels, block)
        present = column.codes[column.codes >= 0]
        texts = np.bincount(present, minlength=len(column.levels)).astype(np.float64)
        held: Any = sparse.csr_matrix((np.ones(len(counts.data)), counts.indices, counts.indptr), shape=counts.shape)
        seen: np.ndarray = np.asarray(texts @ held).ravel()
        kept = np.flatnonzero(seen >= SEEN)
        if len(kept) > most:
            kept = np.sort(kept[np.argsort(-seen[kept], kind="stable")[:most]])
        rare = np.log((1.0 + len(present)) / (1.0 + seen[kept])) + 1.0
        return Terms(name, block, tuple(found[i] for i in kept.tolist()), rare**POWER)

    @property
    def width(self) -> int:
        """How many terms there are."""
        return len(self.terms)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {term: i for i, term in enumerate(self.terms)}

    def matrix(self, rows: Rows) -> Any:
        """(n, width) float32 weights, each row of length one or zero."""
        column = levels_of(rows, self.name)
        codes, at = np.unique(column.codes, return_inverse=True)
        few = 4 * len(codes) < len(column.levels) and not _is_counted(column.levels, self.block)
        if few:  # of a column of many texts, a few are counted for themselves
            counts, terms = _count([column.levels[code] for code in codes if code >= 0], self.block)
        else:
            counts, terms = _counted(column.levels, self.block)
        place = self._place
        to = np.array([place.get(term, -1) for term in terms], dtype=np.int64)
        kept = np.flatnonzero(to >= 0)
        chosen: Any = sparse.csr_matrix((self.idf[to[kept]].astype(np.float32), (kept, to[kept])), shape=(len(terms), self.width))
        weighed: Any = sparse.csr_matrix((1.0 + np.log(counts.data), counts.indices, counts.indptr), shape=counts.shape, dtype=np.float32) @ chosen
        weighed.sort_indices()  # whichever texts were counted together, sums are taken in one order
        length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        weighed = sparse.diags(1.0 / np.where(length == 0, 1.0, length)).astype(np.float32) @ weighed
        padded: Any = sparse.vstack([weighed, sparse.csr_matrix((1, self.width), dtype=np.float32)], format="csr")  # the last row: a missing text
        row = np.where(codes < 0, padded.shape[0] - 1, np.arange(len(codes)) - (codes[:1] < 0).sum() if few else codes)
        return padded[row[at]]

    def arrays(self) -> dict[str, np.ndarray]:
        """What is kept: the terms as bytes, parted by line ends, and their idf."""
        return {"terms": np.frombuffer("\n".join(self.terms).encode("utf-8"), dtype=np.uint8), "idf": self.idf}

    @staticmethod
    def of(name: str, block: str, arrays: Mapping[str, np.ndarray]) -> Terms:
        """Reads what `arrays` gave. Raises ValueError where terms and idf do not belong together."""
        text = arrays["terms"].tobytes().decode("utf-8")
        terms = tuple(text.split("\n")) if text else ()
        if len(terms) != len(arrays["idf"]):
            raise ValueError(f"{len(terms)} terms of the column {name!r} have {len(arrays['idf'])} weights")
        return Terms(name, block, terms, arrays["idf"])


def blocks(rows: Rows, name: str) -> tuple[str, ...]:
    """Which blocks of terms suit the language of a column."""
    letters = LETTER.findall(_sample(rows, name))
    unspaced = sum(UNSPACED.match(letter) is not None for letter in letters)
    return BLOCKS["unspaced" if unspaced > UNSPACED_SHARE * max(len(letters), 1) else "spaced"]


def language(rows: Rows, name: str) -> str:
    """'en', 'zh', or 'other', by the first texts of a column.

    >>> language(Rows.of({"note": ["the parcel is not here", "it was late"]}), "note"), language(Rows.of({"note": ["房间很小"]}), "note")
    ('en', 'zh')
    """
    sample = _sample(rows, name)
    letters = LETTER.findall(sample)
    unspaced = sum(UNSPACED.match(letter) is not None for letter in letters)
    if unspaced > UNSPACED_SHARE * max(len(letters), 1):
        kana, chinese = len(KANA.findall(sample)), len(CHINESE.findall(sample))
        return "zh" if chinese > 0.5 * unspaced and kana < 0.1 * unspaced else "other"
    words = WORD.findall(sample)
    return "en" if words and sum(word in ENGLISH for word in words) >= COMMON * len(words) else "other"


def _sample(rows: Rows, name: str) -> str:
    column = levels_of(rows, name)
    codes = column.codes[column.codes >= 0][:LOOKED]
    return " ".join(column.levels[code][:200] for code in codes).lower()


Counted = tuple[Any, Sequence[str]]

_lock = RLock()  # folds are fitted side by side, and the texts that they share are counted once
_counts: dict[tuple[int, str], tuple[tuple[str, ...], Counted]] = {}
HELD: Final = 6  # countings that are held


def _counted(levels: tuple[str, ...], block: str) -> Counted:
    """((texts, terms) how often each text has each term, the terms); what was counted last is held."""
    key = (id(levels), block)
    with _lock:
        if key not in _counts or _counts[key][0] is not levels:
            made = _count(levels, block)
            while len(_counts) >= HELD:
                _counts.pop(next(iter(_counts)))
            _counts[key] = (levels, made)
        return _counts[key][1]


def _is_counted(levels: tuple[str, ...], block: str) -> bool:
    with _lock:
        return (id(levels), block) in _counts and _counts[id(levels), block][0] is levels


def _count(levels: Sequence[str], block: str) -> Counted:
    texts = [level[:READ].lower() for level in levels]
    return {"words": _words, "letters": _letters, "signs": _signs}[block](texts)


def _words(texts: Sequence[str]) -> Counted:
    """Words and pairs of neighbouring words."""
    return _runs([WORD.findall(text) for text in texts], 2, " ")


def _signs(texts: Sequence[str]) -> Counted:
    """Runs of one to three signs; letters of a spaced script that stand together are one sign."""
    return _runs([SIGN.findall(text) for text in texts], 3, "")


def _letters(texts: Sequence[str]) -> Counted:
    """Runs of letters within what stands between spaces, its ends marked by a space: each such word is cut up once."""
    place: dict[str, int] = {}
    held, _ = _indexed([text.split() for text in texts], place)
    grams: dict[str, int] = {}
    cut = ([padded[i : i + size] for size in SIZES for i in range(len(padded) - size + 1)] for padded in (f" {word} " for word in place))
    of_word, _ = _indexed(cut, grams)
    return _table(held, len(place)) @ _table(of_word, len(grams)), list(grams)


def _runs(texts: Sequence[Sequence[str]], longest: int, between: str) -> Counted:
    """Runs of one to `longest` neighbouring tokens."""
    place: dict[str, int] = {}
    (ids, starts), n = _indexed(texts, place)
    row = np.repeat(np.arange(n), np.diff(starts))
    names, tables = list(place), [_table((ids, starts), len(place))]
    terms, run = list(place), ids.copy()  # run: the number, among the runs of one size, of the run that begins at each token
    for size in range(2, longest + 1):
        m = max(0, len(ids) - size + 1)
        key = run[:m] * len(place) + ids[size - 1 :]
        whole = row[:m] == row[size - 1 :]
        distinct, first, at = np.unique(key, return_index=True, return_inverse=True)
        run = at
        rank = np.full(len(distinct), -1)
        used = np.unique(at[whole])
        rank[used] = np.arange(len(used))
        tables.append(sparse.csr_matrix((np.ones(int(whole.sum()), dtype=np.float32), (row[:m][whole], rank[at[whole]])), shape=(n, len(used))))
        terms += [between.join(names[i] for i in ids[first[j] : first[j] + size]) for j in used]
    table: Any = sparse.hstack(tables, format="csr") if len(tables) > 1 else tables[0]
    table.sum_duplicates()
    return table, terms


def _indexed(lists: Any, place: dict[str, int]) -> tuple[tuple[np.ndarray, np.ndarray], int]:
    """((the numbers of all tokens, where each list starts), lists); new tokens get the next number in `place`."""
    ids: list[int] = []
    starts = [0]
    for tokens in lists:
        ids.extend([place.setdefault(token, len(place)) for token in tokens])
        starts.append(len(ids))
    return (np.array(ids, dtype=np.int64), np.array(starts, dtype=np.int64)), len(starts) - 1


def _table(indexed: tuple[np.ndarray, np.ndarray], width: int) -> Any:
    """(lists, width) how often each list has each token."""
    ids, starts = indexed
    made: Any = sparse.csr_matrix((np.ones(len(ids), dtype=np.float32), ids, starts), shape=(len(starts) - 1, width))
    made.sum_duplicates()
    return made
