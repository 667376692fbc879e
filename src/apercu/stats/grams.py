"""Words of a language that is written without blanks: runs of two to four characters that hold together and stand freely.

A run is a word where its characters stand together far more often than apart (the pointwise mutual information of its worst cut; Church & Hanks
1990) and where what stands before and after it varies (the lesser entropy of its neighbours; the branching of Harris 1955): “外” and “卖” make
“外卖”, while “卖很” is cut nowhere and “外卖很” is not free. Frequent words are found, rare ones are not, and no dictionary is asked.

>>> text = "味道好，送餐快。味道差，送餐慢。味道淡，送餐久。味道咸，送餐迟。"
>>> found = grams(np.array([ord(c) if "一" <= c <= "龥" else -1 for c in text]), np.arange(len(text)) // 8, 3)
>>> [text[start : start + size] for start, size in zip(found.starts, found.sizes)]
['味道', '送餐']
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

__all__ = ["Grams", "grams"]

LONGEST: Final = 4  # characters; longer words are rare in Chinese
TOGETHER: Final = 1.5  # least mutual information, in nats: together 4.5 times as often as by chance
FREE: Final = 0.9  # least entropy of the neighbours on either side, in nats: two and a half of equal weight


class Grams(NamedTuple):
    """g words: where each first starts and its size (g,); and where they stand: the word (o,) and the text (o,) of each time one does."""

    starts: np.ndarray
    sizes: np.ndarray
    words: np.ndarray
    texts: np.ndarray


def grams(characters: np.ndarray, texts: np.ndarray, least: int) -> Grams:
    """The words that stand in at least `least` texts.

    characters (m,) int, -1 for what parts words; texts (m,) int says which text each stands in. Texts must be parted.
    """
    _, dense = np.unique(characters, return_inverse=True)
    dense = dense.astype(np.int64) + (0 if (characters < 0).any() else 1)  # 0 is what parts
    runs = _runs(dense)
    found = [_words(size, runs, dense, texts, least) for size in range(2, LONGEST + 1)]
    starts, sizes, words, places = ([np.zeros(0, np.int64)] for _ in range(4))
    for size, (first, own, where) in enumerate(found, 2):
        words.append(own + sum(map(len, starts)))
        starts.append(first)
        sizes.append(np.full(len(first), size))
        places.append(where)
    return Grams(np.concatenate(starts), np.concatenate(sizes), np.concatenate(words), texts[np.concatenate(places)])


def _runs(dense: np.ndarray) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """{size: (place of each run, number of the run that starts at each place (-1: none), count and first place of each number)}."""
    m, width = len(dense), int(dense.max(initial=0)) + 1
    code, whole = dense.copy(), dense > 0
    runs = {}
    for size in range(1, LONGEST + 1):
        if size > 1:
            code = code[: m - size + 1] * width + dense[size - 1 :]
            whole = whole[: m - size + 1] & (dense[size - 1 :] > 0)
        places = np.flatnonzero(whole)
        _, first, number, counts = np.unique(code[places], return_index=True, return_inverse=True, return_counts=True)
        starting = np.full(m, -1)
        starting[places] = number
        runs[size] = places, starting, counts, places[first]
    return runs


def _words(size: int, runs: dict, dense: np.ndarray, texts: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(first places of the words of a size, word of each time that one stands, its place)."""
    places, starting, counts, first = runs[size]
    number = starting[places]
    frequent = counts >= least
    kept = places[frequent[number]]
    pairs = np.unique(starting[kept] * (int(texts.max(initial=0)) + 1) + texts[kept])
    held = np.bincount(pairs // (int(texts.max(initial=0)) + 1), minlength=len(counts)) >= least
    cohesion = np.full(len(counts), np.inf)
    total = len(runs[1][0])
    for cut in range(1, size):
        _, head, of_head, _ = runs[cut]
        _, tail, of_tail, _ = runs[size - cut]
        apart = of_head[head[first]].astype(np.float64) * of_tail[tail[first + cut]]
        cohesion = np.minimum(cohesion, np.log(counts * total / apart))
    word = held & (cohesion >= TOGETHER)
    kept = places[word[number]]
    before = np.where(kept > 0, dense[kept - 1], 0)
    after = np.append(dense, np.zeros(size, np.int64))[kept + size]
    word &= np.minimum(*(_freedom(starting[kept], side, counts) for side in (before, after))) >= FREE
    renumbered = np.cumsum(word) - 1
    kept = places[word[number]]
    return first[word], renumbered[starting[kept]], kept


def _freedom(number: np.ndarray, beside: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(runs,) entropy of what stands beside each run; every end of a sentence counts as something else."""
    width = int(beside.max(initial=0)) + 1
    ends = beside == 0
    pairs, many = np.unique(number[~ends] * width + beside[~ends], return_counts=True)
    share = many / counts[pairs // width]
    entropy = np.bincount(pairs // width, -share * np.log(share), minlength=len(counts))
    return entropy + np.bincount(number[ends], minlength=len(counts)) / counts * np.log(counts)
