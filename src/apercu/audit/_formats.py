"""How values of one column are written: numbers with signs and units that others lack, words among numbers, additions to a time or a code.

    writings(encoded(["0.05", "0.06", "0.05%", ...]))      # {2: ("format", "0.05")}: level 2, why, the proposed repair

A column is read by its rows' most frequent writing. *Numbers*: where most are bare, a sign or unit is doubtful; where all have a unit that is written
in several ways (oz, OZ., ounce), so is each, and the bare number is proposed; two units that may be two (days, weeks) are left alone. The repair is
given only where the bare number lies within what the column's other numbers span: 5% and 0.05 are not the same. N/A and its like among many
numbers stand for a missing value. *Structured* writings (times, dates, codes with signs): others are doubtful beside one that most rows have; where
the usual one stands inside with something added, as in "7:10 a.m. (Estimated)", it is the repair. *Others*: a pattern that is rare beside hardly any
other. What it does not do: say which of two numbers is right; texts of words alone.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import numpy as np

from ..core.rows import Coded

__all__ = ["merged", "writings"]

Told = dict[int, tuple[str, str | None]]  # level: (why, repair; "" for missing, None for none)

NUMERIC: Final = 0.9  # share of the rows that hold numbers, from which a column is one of numbers; words that stand for "missing" aside
MOSTLY: Final = 0.5  # share of the bare ones among these, from which a sign or unit is doubtful
MANY: Final = 30  # values from which a column is one of writings, not of levels
WORDS: Final = 2  # words among the numbers at most: more are levels
COINCIDE: Final = 0.8  # share of the rows of a rarer unit whose numbers the main one has too, from which both are one unit
STRUCTURED: Final = 0.8  # share of rows of the main pattern, if it has figures and signs, from which others are doubtful
BESIDE: Final = 0.05  # share of rows of each of these others at most: what is more frequent is a second way of writing
MAIN: Final = 0.95  # the first share for patterns without signs
PATTERN: Final = 0.02  # and the second
STRAY: Final = 0.0005  # the second in a column of few values
FEW: Final = 3  # rows of these at least
DIGITS: Final = 15  # figures of a number from which its end may be rounding
ENDS: Final = 12  # figures at most of what it is without its end: a number that is long by nature is left alone
APPENDED: Final = 0.5  # share of the rows without Y, from which a level of Y at the end of X is Y's, if it is there in hardly any other row
STYLE: Final = 0.05  # that share of the others at most

NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
AFFIXED: Final = re.compile(rf"(?:[$€£¥￥]\s*({NUMBER.pattern})|({NUMBER.pattern})\s*([%‰°$€£¥￥]|(?:[^\W\d_]|\.)+)(?:\s+\D*)?)")
THOUSANDS: Final = frozenset({"k", "m", "b", "mm", "bn", "万", "亿"})
GONE: Final = frozenset({  # words that can mean nothing else among numbers
    "n/a", "n.a.", "na", "nan", "null", "none", "nil", "-", "--", "---", "?", "unknown", "missing", "not available", "无", "未知", "缺失",
})  # fmt: skip


def writings(column: Coded) -> Told:
    """The doubtful levels of a column of text."""
    counts = column.counts()
    if not counts.sum():
        return {}
    numbers = _numbers(column.levels, counts)
    return numbers if numbers is not None else _patterns(column.levels, counts)


def merged(x: Coded, y: Coded) -> list[tuple[int, str, str]]:
    """(row, what X should be, what Y should be) of rows without Y whose X ends in a level of Y, as in city "Portland OR" beside no state."""
    if not len(y.levels) or len(y.levels) > len(y.codes) / 4:
        return []
    known = {level.casefold(): level for level in y.levels}
    gone = (y.codes < 0) & (x.codes >= 0)
    if gone.sum() < FEW:
        return []
    split = [re.fullmatch(r"(.*[^\s,;/])[\s,;/]+([^\s,;/]+)", level) for level in x.levels]
    ends = np.array([match is not None and match[2].casefold() in known for match in split] + [False])[x.codes]
    if (ends & gone).sum() < FEW or ends[gone].mean() < APPENDED or ends[~gone].mean() > STYLE:
        return []
    told = []
    for row in np.flatnonzero(ends & gone):
        match = split[x.codes[row]]
        assert match is not None
        told.append((int(row), match[1], known[match[2].casefold()]))
    return told


def _numbers(levels: tuple[str, ...], counts: np.ndarray) -> Told | None:
    """The doubtful levels of a column of numbers; None of any other column."""
    bare = {i: level.strip() for i, level in enumerate(levels) if counts[i] and NUMBER.fullmatch(level.strip())}
    affixed = {i: match for i, level in enumerate(levels) if counts[i] and i not in bare and (match := AFFIXED.fullmatch(level.strip()))}
    words = [i for i, level in enumerate(levels) if counts[i] and i not in bare and i not in affixed and not re.search(r"\d", level)]
    many = len(bare) + len(affixed) >= MANY
    among = many and 0 < len(words) <= WORDS
    rest = [int(i) for i in np.flatnonzero(counts) if many and i not in bare and i not in affixed and i not in words]
    whole = int(counts.sum()) - (int(counts[words].sum()) if among else 0)
    plain, marked = int(counts[list(bare)].sum()), int(counts[list(affixed)].sum())
    if not plain + marked or plain + marked < NUMERIC * whole:
        return None
    told: Told = {i: ("missing", "") for i in words if among and levels[i].strip().casefold() in GONE}
    told |= {i: ("format", None) for i in rest if counts[i] <= PATTERN * whole}
    told |= {i: ("format", short) for i, text in bare.items() if (short := _shortened(text)) != text}
    if marked and plain >= MOSTLY * (plain + marked):
        span = [_value(text) for text in bare.values()]
        told |= {i: ("format", _bare(match, min(span), max(span))) for i, match in affixed.items()}
    elif _one_unit(affixed, counts):
        told |= {i: ("format", _bare(match, -np.inf, np.inf, whole=True)) for i, match in affixed.items()}
    elif marked:
        units = Counter[str]()
        for i, match in affixed.items():
            units[_unit(match)] += int(counts[i])
        usual, rows = units.most_common(1)[0]
        stray = max(FEW, STRAY * whole) if rows >= MAIN * whole else 0
        told |= {i: ("format", None) for i, match in affixed.items() if _unit(match) != usual and units[_unit(match)] <= stray}
    return told


def _one_unit(affixed: dict[int, re.Match[str]], counts: np.ndarray) -> bool:
    """Whether the units of all these are one, written in several ways: they begin alike, and the same numbers stand before each."""
    written, numbers = Counter[str](), dict[str, Counter[float]]()
    for i, match in affixed.items():
        unit, number = _unit(match), _value(_number(match))
        written[unit] += int(counts[i])
        numbers.setdefault(unit, Counter())[number] += int(counts[i])
    if len(written) < 2 or len({unit.strip(".").casefold()[:1] for unit in written}) != 1:
        return False
    first = max(written, key=lambda unit: written[unit])
    rest = [(number, n) for unit in written if unit != first for number, n in numbers[unit].items()]
    return sum(n for number, n in rest if number in numbers[first]) >= COINCIDE * sum(n for _, n in rest)


def _patterns(levels: tuple[str, ...], counts: np.ndarray) -> Told:
    """Levels of a rare pattern in a column of one main pattern."""
    patterns, rows = [_pattern(level) for level in levels], Counter[str]()
    for pattern, number in zip(patterns, counts, strict=True):
        rows[pattern] += int(number)
    whole = sum(rows.values())
    main = max(rows, key=lambda pattern: rows[pattern])
    signs = "9" in main and re.search(r"[^\w\s]", main) is not None and len(levels) >= MANY
    if rows[main] < (STRUCTURED if signs else MAIN) * whole:
        return {}
    most = BESIDE * whole if signs else PATTERN * whole if len(patterns) >= MANY else max(FEW, STRAY * whole)
    inside = re.compile(r"(?<!\w)" + "".join({"9": r"\d+", "a": r"[^\W\d_]+"}.get(sign, re.escape(sign)) for sign in main) + r"(?!\w)")
    odd = [i for i, pattern in enumerate(patterns) if rows[pattern] <= most and pattern != main]
    found = {i: inside.findall(levels[i]) for i in odd}
    return {i: ("format", found[i][0] if signs and len(found[i]) == 1 else None) for i in odd}


def _pattern(value: str) -> str:
    """Digits as 9, letters as a, each run once; signs as they are."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", value))


def _number(match: re.Match[str]) -> str:
    return match[1] or match[2]


def _unit(match: re.Match[str]) -> str:
    return match[3] or match[0].strip()[0]


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _bare(match: re.Match[str], low: float, high: float, *, whole: bool = False) -> str | None:
    """The bare number, without the decimals of a whole one if asked; None where it lies outside the span, or its unit multiplies it."""
    text = _shortened(_number(match))
    if not low <= _value(text) <= high or _unit(match).strip(".").casefold() in THOUSANDS:
        return None
    return re.sub(r"\.0+$", "", text) if whole else text


def _shortened(number: str) -> str:
    """A number without the noise of binary fractions: 0.050000000000000003 is 0.05."""
    if len(re.sub(r"\D", "", number)) < DIGITS or "." not in number:
        return number
    value = _value(number)
    short = f"{value:.15g}"  # what a binary fraction is sure of
    figures = re.sub(r"\D", "", short.split("e", maxsplit=1)[0]).lstrip("0")
    sure = np.isfinite(value) and len(figures) <= ENDS and ("e" in short) == ("e" in number.casefold())
    return short if sure and len(short) <= len(number) - 3 else number
