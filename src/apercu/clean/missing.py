"""Missing: the words that mean "missing", and numbers that look as if they did.

    words_of(look)        # [('', 11)]: the blank cells of TotalCharges

A word counts as missing only if it can mean nothing else: '', ?, NA, N/A, null, NaN, - and their like. None, unknown, none and 无 are
levels where other levels are words ("PastClaims: none, 1, 2 to 4"), and missing where all other values are numbers or moments. Numbers
such as -999 are never mended, only pointed out. Sources: the lists of pandas and R, and the real tables of the tests.
"""

from __future__ import annotations

from typing import Any, Final

from ..core.dataset import Dataset, Note
from ..core.expression import quoted
from ..words.numbers import plain
from .look import Look, asked, counted

__all__ = ["AMONG_NUMBERS", "SIGNS", "WORDS", "sentinels", "words_of"]

SIGNS: Final = frozenset({
    "", "?", "??", "n/a", "n.a.", "#n/a", "#na", "<na>", "(null)", "<null>", "#null!", "\\n", "-", "--", "---", "—",
    "#div/0!", "#value!", "#ref!", "(missing)",
})  # fmt: skip
WORDS: Final = SIGNS | {"na", "nan", "-nan", "nat", "null", "missing", "缺失", "空值", "缺失值"}
AMONG_NUMBERS: Final = WORDS | {
    "none", "nil", "unknown", "unk", "undefined", "not available", "not applicable", "tbd", "empty",
    ".", "..", "*", "x", "无", "未知", "不详", "暂无",
}  # fmt: skip
SUSPECTS: Final = (0, -1, -9, -99, -999, -9999, 99, 999, 9999, 99999, 999999)
GAP: Final = 0.5  # of the bulk's width (5% to 95%) that lies empty between a suspect and its neighbour
LEAST: Final = 2  # rows
ZERO_GAP: Final = 0.3  # of the width above the neighbour that lies empty between 0 and it, as in a blood pressure of 0
ZERO_LEAST: Final = 5  # a neighbour below it is a count's or a rate's
ZERO_MOST: Final = 0.5  # share of rows at 0; above, 0 is the usual case
NEGATIVE: Final = 0.01  # share of rows at -1 that makes it a code where all other values are 0 or more


def words_of(data: Dataset, look: Look, *, among_numbers: bool) -> list[tuple[str, int]]:
    """(word as it stands once trimmed, rows) of the missing words in a text column."""
    words = AMONG_NUMBERS if among_numbers else WORDS if look.complete else SIGNS  # a film may be called "Missing", a person Null
    if not look.complete:
        return counted(data, look.name, sorted(words))
    found: dict[str, int] = {}
    for value, n in look.odd:
        bare = value.strip(" \t\r\n\u00a0\u3000")
        if bare.casefold() in words:
            found[bare] = found.get(bare, 0) + n
    return sorted(found.items())


def sentinels(data: Dataset, ends: dict[str, tuple[float, float, tuple[float, ...]]]) -> list[Note]:
    """Notes on numbers at an end of a column that may stand for "missing". ends: {name: (low, high, quantiles from 5% to 95%)}."""
    asked_for, wanted = [], []
    for name, (low, high, quantiles) in ends.items():
        for value in {low, high} & set(map(float, SUSPECTS)):
            c, v = quoted(name), repr(value)
            other = f"min({c}) FILTER ({c} > {v})" if value == low else f"max({c}) FILTER ({c} < {v})"
            asked_for.append((name, value, quantiles))
            wanted.append([f"count(*) FILTER ({c} = {v})", other, f"count({c})"])
    notes = []
    for (name, value, quantiles), (n, neighbour, present) in zip(asked_for, asked(data, wanted), strict=True):
        if neighbour is not None and n >= LEAST and _is_apart(value, neighbour, quantiles, n / present):
            notes.append(_suspicion(name, value, n))
    return notes


def _is_apart(value: float, neighbour: float, quantiles: tuple[float, ...], share: float) -> bool:
    if value == 0:
        above = quantiles[-1] - neighbour if quantiles else 0.0
        return above > 0 and neighbour >= max(ZERO_LEAST, ZERO_GAP * above) and share <= ZERO_MOST
    if value == -1:
        return neighbour >= 0 and share >= NEGATIVE
    width = quantiles[-1] - quantiles[0] if quantiles else 0.0
    return abs(value - neighbour) > max(GAP * width, 1)


def _suspicion(name: str, value: float, n: int) -> Note:
    said: Any = plain(value)
    en = f"the value {said} stands apart from all others and may mean “missing”; it was left as it is"
    return Note("clean", name, {"en": en, "zh": f"取值 {said} 与其余值相距甚远，可能表示“缺失”；未作改动"}, n)
