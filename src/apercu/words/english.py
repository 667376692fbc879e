"""The small English phrases that conditions and sentences are built from. `chinese` has the same names."""

from __future__ import annotations

from collections.abc import Sequence

from .numbers import confidence, cut, percent, plain, points, signed

__all__ = [
    "amount", "both", "counted", "difference", "either", "everyone", "interval", "measured", "number_of", "proof", "quote", "term", "told", "when",
]  # fmt: skip

everyone = "all rows"


def quote(level: str | float) -> str:
    """A level as it is shown inside a sentence."""
    return f"“{level}”" if isinstance(level, str) else cut(level)


def both(parts: Sequence[str]) -> str:
    """Parts that all hold: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def either(parts: Sequence[str]) -> str:
    """Parts of which one holds: a, b or c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def term(name: str, op: str, value: object) -> str:
    """One comparison in words, such as 'tenure is at most 5'."""
    match op, value:
        case "is", level:
            return f"{name} is {quote(level)}"  # type: ignore[arg-type]
        case "is not", level:
            return f"{name} is not {quote(level)}"  # type: ignore[arg-type]
        case "in", (*levels,):
            return f"{name} is {either([quote(v) for v in levels])}"
        case "between", (low, high):
            return f"{name} is {quote(low)} to {quote(high)}"
        case "<=", most:
            return f"{name} is at most {quote(most)}"  # type: ignore[arg-type]
        case "<", most:
            return f"{name} is below {quote(most)}"  # type: ignore[arg-type]
        case ">=", least:
            return f"{name} is at least {quote(least)}"  # type: ignore[arg-type]
        case ">", least:
            return f"{name} is above {quote(least)}"  # type: ignore[arg-type]
        case "holds", _:  # the name is a whole clause already, such as 'review mentions “slow”'
            return name
        case "contains", word:
            return f"{name} contains “{word}”"
        case "matches", pattern:
            return _matches(name, pattern)
        case _:
            return f"{name} is missing"


def _matches(name: str, value: object) -> str:
    """A pattern in words: by the name of the list or template that it was made of, where there is one."""
    match value:
        case (_, "dict", called):
            return f"{name} mentions a word of “{called}”"
        case (_, _, called):
            return f"{name} fits the template “{called}”"
        case _:
            return f"{name} matches “{value}”"


def amount(value: float, unit: str) -> str:
    """A measured value: a rate in per cent where the unit is 'share', else a number with its unit."""
    return percent(value) if unit == "share" else f"{plain(value)} {unit}".rstrip()


def difference(value: float, unit: str) -> str:
    """A difference of two measured values: in points where the unit is 'share'."""
    return f"{points(value)} points" if unit == "share" else f"{signed(value)} {unit}".rstrip()


def interval(low: float, high: float, unit: str, level: float = 0.95) -> str:
    """An interval of a difference, with its level: '95% interval +1.2 to +3.4'."""
    write = points if unit == "share" else signed
    return f"{confidence(level)} interval {write(low)} to {write(high)}"


def counted(column: str) -> str:
    """What is counted: rows, or the values of the column that identifies them."""
    return f"rows (one per {column})" if column else "rows"


def measured(measure: str, level: str, value: str, *, rate: bool = False) -> str:
    """What was measured: the share of a level (or of what a rate names), or the mean of a number. `value` is already written out."""
    if level:
        return f"{measure} is {quote(level)} in {value} of rows"
    return f"{measure} in {value} of rows" if rate else f"{measure} averages {value}"


def number_of(things: str) -> str:
    """A count as the subject of a sentence."""
    return f"The number of {things}"


def proof(n: str, half: str) -> str:
    """On how many rows, and which: those that the search never saw, or all of them where the whole search itself is paid for in the proof."""
    return f"{n} rows that the search never saw" if half == "verify" else f"{n} rows; the whole search is paid for in the proof"


def told(measure: str, level: str, *, rate: bool = False) -> str:
    """The measure as the subject of a sentence: the share of a level (or of what a rate names), or the mean of a number."""
    if level:
        return f"The share of {measure} {quote(level)}"
    return f"The share of rows where {measure}" if rate else f"The mean of {measure}"


def when(clause: str) -> str:
    """A condition as the opening of a sentence; a comma follows."""
    return f"Where {clause}"
