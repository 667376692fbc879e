"""The small Chinese phrases that conditions and sentences are built from. `english` has the same names."""

from __future__ import annotations

from collections.abc import Sequence

from .numbers import cut, percent, plain, points, signed
from .spacing import glue

__all__ = ["amount", "both", "difference", "either", "everyone", "interval", "measured", "proof", "quote", "term", "told", "when"]

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
        case "contains", word:
            return glue(name, "含有", f"“{word}”")
        case _:
            return glue(name, "缺失")


def amount(value: float, unit: str) -> str:
    """A measured value: a rate in per cent where the unit is 'share', else a number with its unit."""
    return percent(value) if unit == "share" else f"{plain(value)} {unit}".rstrip()


def difference(value: float, unit: str) -> str:
    """A difference of two measured values: in points where the unit is 'share'."""
    return f"{points(value)} 个百分点" if unit == "share" else f"{signed(value)} {unit}".rstrip()


def interval(low: float, high: float, unit: str, level: float = 0.95) -> str:
    """An interval of a difference, with its level."""
    write = points if unit == "share" else signed
    return f"{100 * level:.4g}% 区间 {write(low)} 至 {write(high)}"


def measured(measure: str, level: str, value: str) -> str:
    """What was measured: the share of a level, or the mean of a number. `value` is already written out."""
    return glue(measure, "为", quote(level), "的占", value) if level else glue(measure, "平均为", value)


def proof(n: str, half: str) -> str:
    """On how many rows, and which: those that the search never saw, or all of them under permutations of the whole search."""
    return f"依据搜索从未见过的 {n} 行" if half == "verify" else f"{n} 行；经整个搜索的置换检验后仍成立"


def told(measure: str, level: str) -> str:
    """The measure as the subject of a sentence: the share of a level, or the mean of a number."""
    return glue(measure, "为", quote(level), "的比例") if level else glue(measure, "的均值")


def when(clause: str) -> str:
    """A condition as the opening of a sentence; a comma follows."""
    return glue("当", clause, "时")
