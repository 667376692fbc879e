"""The small Chinese phrases that conditions and sentences are built from. `english` has the same names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .numbers import confidence, cut, percent, plain, points, signed
from .spacing import glue

__all__ = [
    "amount", "both", "counted", "difference", "either", "everyone", "interval", "measured", "number_of", "proof", "quote", "term", "told", "when",
]  # fmt: skip

UNITS: Final = {"days": "天", "rows": "行", "per day": "每天", "per month": "每月", "per year": "每年"}

everyone = "全部行"


def quote(level: str | float) -> str:
    """A level as it is shown inside a sentence."""
    return f"“{level}”" if isinstance(level, str) else cut(level)


def both(parts: Sequence[str]) -> str:
    """Parts that all hold: a、b 且 c."""
    return parts[0] if len(parts) == 1 else glue("、".join(parts[:-1]), "且", parts[-1])


def either(parts: Sequence[str]) -> str:
    """Parts of which one holds: a、b 或 c."""
    return parts[0] if len(parts) == 1 else glue("、".join(parts[:-1]), "或", parts[-1])


def term(name: str, op: str, value: object) -> str:
    """One comparison in words, such as 'tenure 不超过 5'."""
    match op, value:
        case "is", level:
            return glue(name, "为", quote(level))  # type: ignore[arg-type]
        case "is not", level:
            return glue(name, "不为", quote(level))  # type: ignore[arg-type]
        case "in", (*levels,):
            return glue(name, "为", either([quote(v) for v in levels]))
        case "between", (low, high):
            return glue(name, "介于", quote(low), "与", quote(high), "之间")
        case "<=", most:
            return glue(name, "不超过", quote(most))  # type: ignore[arg-type]
        case "<", most:
            return glue(name, "低于", quote(most))  # type: ignore[arg-type]
        case ">=", least:
            return glue(name, "不低于", quote(least))  # type: ignore[arg-type]
        case ">", least:
            return glue(name, "超过", quote(least))  # type: ignore[arg-type]
        case "holds", _:  # the name is a whole clause already, such as 'review mentions “slow”'
            return name
        case "contains", word:
            return glue(name, "含有", f"“{word}”")
        case "matches", pattern:
            return _matches(name, pattern)
        case _:
            return glue(name, "缺失")


def _matches(name: str, value: object) -> str:
    """A pattern in words: by the name of the list or template that it was made of, where there is one."""
    match value:
        case (_, "dict", called):
            return glue(name, "提到", f"“{called}”", "中的词")
        case (_, _, called):
            return glue(name, "符合模板", f"“{called}”")
        case _:
            return glue(name, "匹配", f"“{value}”")


def amount(value: float, unit: str) -> str:
    """A measured value: a rate in per cent where the unit is 'share', else a number with its unit."""
    return percent(value) if unit == "share" else f"{plain(value)} {UNITS.get(unit, unit)}".rstrip()


def difference(value: float, unit: str) -> str:
    """A difference of two measured values: in points where the unit is 'share'."""
    return f"{points(value)} 个百分点" if unit == "share" else f"{signed(value)} {UNITS.get(unit, unit)}".rstrip()


def interval(low: float, high: float, unit: str, level: float = 0.95) -> str:
    """An interval of a difference, with its level."""
    write = points if unit == "share" else signed
    return f"{confidence(level)} 区间 {write(low)} 至 {write(high)}"


def counted(column: str) -> str:
    """What is counted: rows, or the values of the column that identifies them."""
    return glue("行（每", column, "一行）") if column else "行"


def measured(measure: str, level: str, value: str, *, rate: bool = False) -> str:
    """What was measured: the share of a level (or of what a rate names), or the mean of a number. `value` is already written out."""
    if level:
        return glue(measure, "为", quote(level), "的占", value)
    return glue(measure, "的行占", value) if rate else glue(measure, "平均为", value)


def number_of(things: str) -> str:
    """A count as the subject of a sentence."""
    return glue(things, "的数量")


def proof(n: str, half: str) -> str:
    """On how many rows, and which: those that the search never saw, or all of them where the whole search itself is paid for in the proof."""
    return f"依据搜索从未见过的 {n} 行" if half == "verify" else f"{n} 行；检验已计入整个搜索的代价"


def told(measure: str, level: str, *, rate: bool = False) -> str:
    """The measure as the subject of a sentence: the share of a level (or of what a rate names), or the mean of a number."""
    if level:
        return glue(measure, "为", quote(level), "的比例")
    return glue(measure, "的行所占比例") if rate else glue(measure, "的均值")


def when(clause: str) -> str:
    """A condition as the opening of a sentence; a comma follows."""
    return glue("当", clause, "时")
