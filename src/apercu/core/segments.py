"""Where the words of Chinese text begin and end, as a person would part them; by jieba where it is installed (the extra `zh`).

>>> spans("abc") is None or spans("abc") == []
True

    spans("我要申请退款")          # [(0, 1), (1, 2), (2, 4), (4, 6)]: 我, 要, 申请, 退款
    whole(["申请退", "退款"], texts)   # [False, True]: one begins or ends within a word

Only what a person reads is parted so: models learn from runs of signs, which know as much (see train/_terms), and are the same with and without
jieba. Its own dictionary is read as it was installed; no cache is written or read. What it does *not* do: other languages, names of kinds of words.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any, Final

__all__ = ["able", "spans", "whole"]

RUN: Final = re.compile("[\u3400-\u9fff]+")
LOOKED: Final = 20  # places at which a run of signs is looked at
WHOLE: Final = 0.5  # share of them at which it is made of whole words, from which it is
AROUND: Final = 12  # signs on both sides that are read with it
_reading = Lock()


def able() -> bool:
    """Whether jieba is installed."""
    return find_spec("jieba") is not None


def spans(text: str) -> list[tuple[int, int]] | None:
    """[(start, end)] of the words in the runs of Chinese signs of a text, in order; None where jieba is not installed."""
    if not able():
        return None
    made, cut = [], _cutter() if RUN.search(text) else None
    for run in RUN.finditer(text):
        at = run.start()
        for word in cut.cut(run.group()) if cut is not None else ():
            made.append((at, at + len(word)))
            at += len(word)
    return made


def whole(terms: Sequence[str], texts: Sequence[str]) -> list[bool]:
    """Whether each term is made of whole words where it stands in the texts, at LOOKED places; True of all where jieba is not installed."""
    if not able():
        return [True] * len(terms)
    return [_whole(term, texts) for term in terms]


def _whole(term: str, texts: Sequence[str]) -> bool:
    looked = right = 0
    for text in texts:
        place = text.find(term)
        if place < 0:
            continue
        start = max(0, place - AROUND)
        ends = {end for span in spans(text[start : place + len(term) + AROUND]) or () for end in span}
        looked += 1
        right += place - start in ends and place - start + len(term) in ends
        if looked == LOOKED:
            break
    return right >= WHOLE * looked


@cache
def _cutter() -> Any:
    with _reading, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its import
        from jieba import Tokenizer

        made = Tokenizer()
        made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
        made.initialized = True
        return made
