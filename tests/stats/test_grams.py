"""Chinese words found without a dictionary."""

from __future__ import annotations

import numpy as np

from apercu.stats.grams import grams


def read(texts, least):
    joined = "\n".join(texts)
    characters = np.array([ord(c) if "一" <= c <= "龥" else -1 for c in joined] or [-1])
    of = np.repeat(np.arange(len(texts)), [len(t) + 1 for t in texts])[: len(joined)] if joined else np.zeros(1, dtype=int)
    found = grams(characters, of, least)
    return {joined[s : s + k]: set(found.texts[found.words == i].tolist()) for i, (s, k) in enumerate(zip(found.starts, found.sizes, strict=True))}


def test_words_are_found_in_running_text():
    rng = np.random.default_rng(0)
    words = ["味道", "送餐员", "包装", "米饭", "卷饼", "态度"]
    single = list("好坏快慢高低多少新旧冷热远近长短")
    texts = ["".join(rng.choice([*words, *single], 8)) for _ in range(400)]
    found = read(texts, 30)
    assert set(words) <= set(found)
    assert not {"送餐", "餐员"} & set(found)  # parts of a word do not stand freely
    assert found["味道"] == {i for i, text in enumerate(texts) if "味道" in text}


def test_single_characters_dealt_at_random_are_no_words():
    rng = np.random.default_rng(1)
    assert not read(["".join(rng.choice(list("好坏快慢高低多少新旧"), 12)) for _ in range(500)], 20)


def test_no_chinese_no_words():
    assert read(["plain text", ""], 1) == {} and read([], 1) == {}
    assert len(grams(np.array([5, 6, 5, 6]), np.array([0, 0, 1, 1]), 9).starts) == 0
