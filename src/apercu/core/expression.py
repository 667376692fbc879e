"""A derived column as data: a small closed algebra with two interpreters, SQL and arrays, which property tests hold equal.

Every mend and every derived column of a study is an Expression, so it can be shown, counted, stored as JSON, replayed on new rows
and pushed into any engine that speaks SQL.

>>> mended = Number(NullWords(Trim(Column("TotalCharges")), ("", "?")))
>>> mended.to_sql()[:40]
'CASE WHEN regexp_full_match(replace(repl'
>>> mended.values({"TotalCharges": np.array([" 29.85", "?"], dtype=object)})
array([29.85,   nan])

Arrays carry n rows in one of three storages: number (float64, missing is NaN), text (object of str, missing is None) and time
(datetime64[us], missing is NaT). In an engine missing is NULL, in numbers too. What it does *not* do: aggregate. A column here depends
on its own row only.
"""

# ruff: noqa: D102 (what a node's methods do is said once, on Expression)
from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Final

import numpy as np

from ..words.spacing import glue
from ._moments import AMBIGUOUS, DIRECTIVES, PART_WORDS, PARTS, named
from ._patterns import SQL_END, among, list_item, stands, whole_word

__all__ = [
    "Arrays",
    "Bin",
    "Column",
    "Contains",
    "Days",
    "Expression",
    "Length",
    "Levels",
    "Listed",
    "Lookup",
    "Missing",
    "NullWords",
    "Number",
    "Part",
    "Ratio",
    "Text",
    "Time",
    "Trim",
    "Word",
    "from_json",
    "literal",
    "quoted",
]

Arrays = Mapping[str, np.ndarray]
QUARTERS: Final = (("Q1", "Q01"), ("Q2", "Q04"), ("Q3", "Q07"), ("Q4", "Q10"))  # the months that they begin with

NUMBER: Final = r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?"  # one way to read each text: linear time
WHOLE: Final = 1e15  # whole numbers below it are written without a decimal point; all of them are exact
LISTED: Final = 100  # keys of a Lookup up to which its SQL tests them one after the other; more are joined, which is faster and longer
MICROSECONDS: Final = 86_400_000_000  # of a day
BLANKS: Final = " \t\r\n\u00a0\u3000"  # what Trim takes off: ASCII blanks, the no-break space and the Chinese full-width space


def quoted(name: str) -> str:
    """A column's name as an SQL identifier; safe for any name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float) -> str:
    """A value as an SQL literal; numbers keep every digit: the exponent makes them DOUBLE from the start, never DECIMAL.

    Raises ValueError for NaN (missing is `IS NULL`) and for half a UTF-16 pair, which no engine can hold.
    """
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError(f"expected text that UTF-8 can hold, got half a UTF-16 pair in {value!r}")
        return "'" + value.replace("'", "''") + "'"
    number = float(value)
    if math.isnan(number):
        raise ValueError("expected a number, got NaN; a missing value is asked for by 'missing'")
    if math.isinf(number):
        return f"'{number}'::DOUBLE"
    if number.is_integer() and abs(number) < WHOLE:
        return repr(int(number))
    return repr(number) if "e" in repr(number) else f"{number!r}e0"


def _each(function: Callable[[Any], Any], array: np.ndarray) -> np.ndarray:
    """`function` of every present element of an object array, computed once per distinct one; missing stays None."""
    known: dict[Any, Any] = {}
    out = np.empty(len(array), dtype=object)
    for i, value in enumerate(array):
        if value is not None:
            if value not in known:
                known[value] = function(value)
            out[i] = known[value]
    return out


def _demand(fits: bool, expected: str, got: object) -> None:
    if not fits:
        raise ValueError(f"expected {expected}; got {got!r}")


def _numbers(array: np.ndarray) -> np.ndarray:
    return np.array([math.nan if v is None else v for v in array], dtype=np.float64)


class Expression(ABC):
    """One node of the algebra. Nodes are frozen dataclasses; their fields are nodes or plain values."""

    storage: ClassVar[str] = "text"

    @abstractmethod
    def to_sql(self) -> str:
        """The node in SQL (DuckDB's dialect)."""

    @abstractmethod
    def values(self, arrays: Arrays) -> np.ndarray:
        """The node computed on arrays of n rows."""

    def say(self, lang: str = "en") -> str:
        """The node in words; what has no words of its own speaks of the column below it."""
        inner = [part for f in fields(self) if isinstance(part := getattr(self, f.name), Expression)]  # type: ignore[arg-type]
        return inner[0].say(lang)

    def worded(self, op: str, value: Any, lang: str) -> tuple[str, Any]:
        """A comparison of the node as it is said: most nodes say it as it stands."""
        return op, value

    def columns(self) -> tuple[str, ...]:
        """The names of the source columns below, each once, in order."""
        names: list[str] = []
        for f in fields(self):  # type: ignore[arg-type]
            part = getattr(self, f.name)
            names += part.columns() if isinstance(part, Expression) else ()
        return tuple(dict.fromkeys(names))

    def to_json(self) -> dict[str, Any]:
        """The node as nested JSON, the way a study keeps it; `from_json` reads it back."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return {"node": type(self).__name__, **{k: v.to_json() if isinstance(v, Expression) else v for k, v in parts.items()}}


@dataclass(frozen=True)
class Column(Expression):
    """A column as it stands."""

    name: str

    def to_sql(self) -> str:
        return quoted(self.name)

    def values(self, arrays: Arrays) -> np.ndarray:
        return arrays[self.name]

    def say(self, lang: str = "en") -> str:
        return self.name

    def columns(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True)
class Trim(Expression):
    """Text without blanks at both ends (ASCII blanks, no-break and full-width spaces)."""

    of: Expression

    def to_sql(self) -> str:
        marks = " || ".join(f"chr({ord(c)})" for c in BLANKS)
        return f"trim({self.of.to_sql()}, {marks})"

    def values(self, arrays: Arrays) -> np.ndarray:
        return _each(lambda v: v.strip(BLANKS), self.of.values(arrays))


@dataclass(frozen=True)
class NullWords(Expression):
    """Text in which the given words mean "missing"."""

    of: Expression
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        _demand(bool(self.words), "at least one word that means missing", self.words)

    def to_sql(self) -> str:
        inner = self.of.to_sql()
        return f"CASE WHEN {inner} IN ({', '.join(map(literal, self.words))}) THEN NULL ELSE {inner} END"

    def values(self, arrays: Arrays) -> np.ndarray:
        gone = set(self.words)
        return _each(lambda v: None if v in gone else v, self.of.values(arrays))


@dataclass(frozen=True)
class Levels(Expression):
    """Text in which some levels are written as others, such as 'yes ' as 'Yes'."""

    of: Expression
    renamed: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        _demand(bool(self.renamed) and len(dict(self.renamed)) == len(self.renamed), "(old, new) pairs, each old level once", self.renamed)

    def to_sql(self) -> str:
        inner = self.of.to_sql()
        cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in self.renamed)
        return f"CASE {inner} {cases} ELSE {inner} END"

    def values(self, arrays: Arrays) -> np.ndarray:
        renamed = dict(self.renamed)
        return _each(lambda v: renamed.get(v, v), self.of.values(arrays))


@dataclass(frozen=True)
class Lookup(Expression):
    """What facts say of the thing that a text names: `told[i]` where it is `keys[i]`, missing where it is none of them.

    path: the relations that lead from the thing to the value, the nearest first: ('category', 'parent') is the parent of its category.
    """

    of: Expression
    path: tuple[str, ...]
    keys: tuple[str, ...]
    told: tuple[str, ...]

    def __post_init__(self) -> None:
        fits = bool(self.path) and bool(self.keys) and len(set(self.keys)) == len(self.keys) == len(self.told)
        _demand(fits, "a path, and keys, each once, with a value each", (self.path, self.keys, self.told))

    def to_sql(self) -> str:
        inner = self.of.to_sql()
        if len(self.keys) <= LISTED:
            return f"MAP([{', '.join(map(literal, self.keys))}], [{', '.join(map(literal, self.told))}])[{inner}]"
        name = "fact"
        while name in inner.lower():  # inside the brackets, a column of the table with the same name would be taken for the facts' own
            name += "_"
        facts = ", ".join(f"({literal(key)}, {literal(value)})" for key, value in zip(self.keys, self.told, strict=True))
        return f"(SELECT {name}_value FROM (VALUES {facts}) AS {name}({name}_key, {name}_value) WHERE {name}_key = {inner})"

    def values(self, arrays: Arrays) -> np.ndarray:
        known = dict(zip(self.keys, self.told, strict=True))
        return _each(known.get, self.of.values(arrays))

    def say(self, lang: str = "en") -> str:
        of = self.of.say(lang)
        if lang == "zh":
            return glue(of, *(piece for relation in self.path for piece in ("的", relation)))
        return " of ".join([*reversed(self.path), of])


@dataclass(frozen=True)
class Number(Expression):
    """A number read from text; marks such as $ or % are taken off first. What is no finite number becomes missing."""

    of: Expression
    decimal: str = "."
    marks: tuple[str, ...] = ()
    storage: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        _demand(len(self.decimal) == 1 and all(self.marks), "one decimal sign, and marks that are not empty", (self.decimal, self.marks))

    def to_sql(self) -> str:
        text = self.of.to_sql()
        for mark in self.marks:
            text = f"replace({text}, {literal(mark)}, '')"
        text = f"replace(replace({text}, {literal(self.decimal)}, '.'), ' ', '')"
        number = f"TRY_CAST({text} AS DOUBLE)"
        return f"CASE WHEN regexp_full_match({text}, {literal(NUMBER)}) AND isfinite({number}) THEN {number} END"

    def values(self, arrays: Arrays) -> np.ndarray:
        def read(text: str) -> float:
            for mark in self.marks:
                text = text.replace(mark, "")
            text = text.replace(self.decimal, ".").replace(" ", "")
            number = float(text) if re.fullmatch(NUMBER, text) else math.nan
            return number if math.isfinite(number) else math.nan

        return _numbers(_each(read, self.of.values(arrays)))


@dataclass(frozen=True)
class Text(Expression):
    """A number as text: whole numbers without a decimal point, others with every digit that they need."""

    of: Expression

    def to_sql(self) -> str:
        x = f"({self.of.to_sql()})::DOUBLE"
        whole = f"abs({x}) < 1e15 AND {x} = trunc({x})"
        return f"CASE WHEN {whole} THEN ({x})::BIGINT::VARCHAR ELSE ({x})::VARCHAR END"

    def values(self, arrays: Arrays) -> np.ndarray:
        def write(x: float) -> str:
            return str(int(x)) if abs(x) < WHOLE and x == math.trunc(x) else repr(x)

        return _each(write, np.array([None if math.isnan(x) else x for x in self.of.values(arrays).tolist()], dtype=object))


@dataclass(frozen=True)
class Time(Expression):
    """A moment read from text by a strptime format; text that does not fit it, or names no day of the calendar, becomes missing."""

    of: Expression
    format: str
    storage: ClassVar[str] = "time"

    def __post_init__(self) -> None:
        told = re.findall("%.?", self.format)
        known = bool(told) and set(told) <= set(DIRECTIVES) and len(set(told)) == len(told) and "%n" not in self.format[:-2]
        _demand(known, f"a format of {', '.join(DIRECTIVES)}, each once, nanoseconds (%n) last", self.format)
        quarter = "%q" not in told or self.format.count("Q") == self.format.count("Q%q") == 1
        _demand(quarter, "a format whose only Q stands before its quarter (Q%q)", self.format)
        clear = ("%I" in told) == ("%p" in told) and not any({*pair} <= {*told} for pair in AMBIGUOUS)
        _demand(clear, "a format that says each thing once, with %I and %p together", self.format)

    def _shape(self) -> str:
        """The form of a text that fits, as a regular expression that Python and RE2 read alike."""
        pieces = re.split("(%.)", self.format)
        return "".join(DIRECTIVES.get(piece) or re.sub(r"[.\\+*?()|\[\]{}^$]", r"\\\g<0>", piece) for piece in pieces)

    def to_sql(self) -> str:
        text = self.of.to_sql()
        shape = literal(self._shape())
        cut = f"left({text}, length({text}) - 3)" if self.format.endswith("%n") else text  # a moment holds microseconds
        for quarter, month in QUARTERS if "%q" in self.format else ():
            cut = f"replace({cut}, {literal(quarter)}, {literal(month)})"
        return f"CASE WHEN regexp_full_match({text}, {shape}) THEN try_strptime({cut}, {literal(self._cut())})::TIMESTAMP END"

    def _cut(self) -> str:
        return self.format.replace("%n", "%f").replace("Q%q", "Q%m")

    def values(self, arrays: Arrays) -> np.ndarray:
        shape, end = re.compile(self._shape()), -3 if self.format.endswith("%n") else None

        def begun(text: str) -> str:
            for quarter, month in QUARTERS if "%q" in self.format else ():
                text = text.replace(quarter, month)
            return text

        def read(text: str) -> datetime | None:
            try:
                return datetime.strptime(begun(text[:end]), self._cut()) if shape.fullmatch(text) else None
            except ValueError:  # the 30th of February
                return None

        return _each(read, self.of.values(arrays)).astype("datetime64[us]")


@dataclass(frozen=True)
class Part(Expression):
    """A part of a moment as a number: year, quarter, month, day, weekday (Monday is 1) or hour."""

    of: Expression
    unit: str
    storage: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        _demand(self.unit in PARTS, f"one of the parts {', '.join(PARTS)}", self.unit)

    def to_sql(self) -> str:
        return f"date_part({literal(PARTS[self.unit][0])}, {self.of.to_sql()})::DOUBLE"

    def values(self, arrays: Arrays) -> np.ndarray:
        times = self.of.values(arrays)
        gone = np.isnat(times)
        return np.where(gone, np.nan, PARTS[self.unit][1](np.where(gone, np.datetime64(0, "us"), times)).astype(np.float64))

    def say(self, lang: str = "en") -> str:
        word, of = PART_WORDS[lang][self.unit], self.of.say(lang)
        return glue(of, "的", word) if lang == "zh" else f"{word} of {of}"

    def worded(self, op: str, value: Any, lang: str) -> tuple[str, Any]:
        """Weekdays and months by their names: `<= 5` of a weekday is Monday to Friday."""
        return named(self.unit, op, value, lang)


@dataclass(frozen=True)
class Days(Expression):
    """Days from one moment to another, parts of a day included; missing beyond the 292,000 years that 64 bits of microseconds hold."""

    start: Expression
    end: Expression
    storage: ClassVar[str] = "number"

    def to_sql(self) -> str:
        end, start = (f"epoch_us({of.to_sql()})::HUGEINT" for of in (self.end, self.start))
        return f"TRY_CAST({end} - {start} AS BIGINT)::DOUBLE / {MICROSECONDS}e0"

    def values(self, arrays: Arrays) -> np.ndarray:
        start, end = (of.values(arrays).astype("datetime64[us]") for of in (self.start, self.end))
        gap = end.astype(np.int64) - start.astype(np.int64)
        before, after = start.astype(np.int64) < 0, end.astype(np.int64) < 0
        wrapped = (before != after) & ((gap < 0) != after)
        return np.where(np.isnat(start) | np.isnat(end) | wrapped, np.nan, gap.astype(np.float64) / MICROSECONDS)

    def say(self, lang: str = "en") -> str:
        start, end = self.start.say(lang), self.end.say(lang)
        return f"从{start}到{end}的天数" if lang == "zh" else f"days from {start} to {end}"


@dataclass(frozen=True)
class Ratio(Expression):
    """One number over another; missing where the lower one is zero."""

    top: Expression
    bottom: Expression
    storage: ClassVar[str] = "number"

    def to_sql(self) -> str:
        ratio = f"({self.top.to_sql()})::DOUBLE / nullif(({self.bottom.to_sql()})::DOUBLE, 0)"
        return f"CASE WHEN isfinite({ratio}) THEN {ratio} END"

    def values(self, arrays: Arrays) -> np.ndarray:
        top, bottom = self.top.values(arrays), self.bottom.values(arrays)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = top / np.where(bottom == 0, np.nan, bottom)
        return np.where(np.isfinite(ratio), ratio, np.nan)

    def say(self, lang: str = "en") -> str:
        top, bottom = self.top.say(lang), self.bottom.say(lang)
        return f"{top}与{bottom}之比" if lang == "zh" else f"{top} per {bottom}"


@dataclass(frozen=True)
class Length(Expression):
    """The number of characters of a text."""

    of: Expression
    storage: ClassVar[str] = "number"

    def to_sql(self) -> str:
        return f"length({self.of.to_sql()})::DOUBLE"

    def values(self, arrays: Arrays) -> np.ndarray:
        return _numbers(_each(len, self.of.values(arrays)))

    def say(self, lang: str = "en") -> str:
        return f"{self.of.say(lang)}的字数" if lang == "zh" else f"length of {self.of.say(lang)}"


@dataclass(frozen=True)
class Contains(Expression):
    """1 where a text holds a word (letters' case counts), 0 where it does not."""

    of: Expression
    word: str
    storage: ClassVar[str] = "number"

    def to_sql(self) -> str:
        return f"contains({self.of.to_sql()}, {literal(self.word)})::INT::DOUBLE"

    def values(self, arrays: Arrays) -> np.ndarray:
        return _numbers(_each(lambda v: float(self.word in v), self.of.values(arrays)))

    def say(self, lang: str = "en") -> str:
        of = self.of.say(lang)
        return f"{of}包含“{self.word}”" if lang == "zh" else f"{of} contains “{self.word}”"


@dataclass(frozen=True)
class Word(Expression):
    """1 where a whole word or phrase stands in a text, whatever its letters' case, 0 where it does not (see _patterns for what is whole)."""

    of: Expression
    word: str
    storage: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        _demand(bool(self.word) and self.word == self.word.strip(), "a word without blanks at its ends", self.word)

    def to_sql(self) -> str:
        return f"regexp_matches({self.of.to_sql()}, {literal(whole_word(self.word))})::INT::DOUBLE"

    def values(self, arrays: Arrays) -> np.ndarray:
        return _numbers(_each(stands(self.word), self.of.values(arrays)))

    def say(self, lang: str = "en") -> str:
        of = self.of.say(lang)
        return glue(of, "提到", f"“{self.word}”") if lang == "zh" else f"{of} mentions “{self.word}”"

    def worded(self, op: str, value: Any, lang: str) -> tuple[str, Any]:
        return ("holds", None) if op == "is" and value == 1 else (op, value)


@dataclass(frozen=True)
class Listed(Expression):
    """1 where an item is the value of one of several text columns (with a mark: stands in a list that one of them holds), 0 where of none.

    Missing where all columns are. The columns of one basket per line, or one column of lists such as 'Action|Comedy'.
    """

    names: tuple[str, ...]
    item: str
    mark: str = ""
    storage: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        _demand(bool(self.names) and bool(self.item) and self.item == self.item.strip(), "columns, and an item without blanks at its ends", self)

    def to_sql(self) -> str:
        shape = literal(list_item(self.item, self.mark, SQL_END))
        tests = [f"regexp_matches({quoted(n)}, {shape})" if self.mark else f"{quoted(n)} = {literal(self.item)}" for n in self.names]
        held = " OR ".join(f"coalesce({test}, FALSE)" for test in tests)
        return f"CASE WHEN coalesce({', '.join(map(quoted, self.names))}) IS NOT NULL THEN ({held})::INT::DOUBLE END"

    def values(self, arrays: Arrays) -> np.ndarray:
        held, gone = False, True
        for name in self.names:
            own = _each(among(self.item, self.mark), arrays[name]) if self.mark else np.equal(arrays[name], self.item)
            held, gone = held | np.equal(own, True), gone & np.equal(arrays[name], None)  # type: ignore[call-overload]
        return np.where(np.asarray(gone, dtype=bool), np.nan, np.asarray(held, dtype=np.float64))

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.names))

    def say(self, lang: str = "en") -> str:
        shown = self.names[0] if len(self.names) == 1 else f"{self.names[0]} … {self.names[-1]}"
        return glue(shown, "中有", f"“{self.item}”") if lang == "zh" else f"“{self.item}” is in {shown}"

    def worded(self, op: str, value: Any, lang: str) -> tuple[str, Any]:
        return ("holds", None) if op == "is" and value == 1 else (op, value)


@dataclass(frozen=True)
class Missing(Expression):
    """1 where a value is missing, 0 where it is present."""

    of: Expression
    storage: ClassVar[str] = "number"

    def to_sql(self) -> str:
        return f"({self.of.to_sql()} IS NULL)::INT::DOUBLE"

    def values(self, arrays: Arrays) -> np.ndarray:
        x = self.of.values(arrays)
        if x.dtype == object:
            return np.array([float(v is None) for v in x], dtype=np.float64)
        return (np.isnat(x) if x.dtype.kind == "M" else np.isnan(x)).astype(np.float64)

    def say(self, lang: str = "en") -> str:
        of = self.of.say(lang)
        return f"{of}缺失" if lang == "zh" else f"{of} is missing"


@dataclass(frozen=True)
class Bin(Expression):
    """The number of cuts that lie below a number: 0 for x <= cuts[0], len(cuts) for x > cuts[-1]."""

    of: Expression
    cuts: tuple[float, ...]
    storage: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        ascending = all(a < b for a, b in zip(self.cuts, self.cuts[1:], strict=False))
        _demand(bool(self.cuts) and ascending and all(map(math.isfinite, self.cuts)), "finite cuts, each above the one before", self.cuts)

    def to_sql(self) -> str:
        x = self.of.to_sql()
        steps = " + ".join(f"({x} > {literal(cut)})::INT" for cut in self.cuts)
        return f"({steps})::DOUBLE"

    def values(self, arrays: Arrays) -> np.ndarray:
        x = self.of.values(arrays)
        return np.where(np.isnan(x), np.nan, np.searchsorted(np.asarray(self.cuts), x, side="left").astype(np.float64))


def _nodes() -> dict[str, type[Expression]]:

    return {node.__name__: node for node in Expression.__subclasses__() if node.__module__.startswith(f"{__package__}.")}


def from_json(tree: Mapping[str, Any]) -> Expression:
    """Reads what `Expression.to_json` wrote; only nodes of this folder can come out, so nothing that is read can run code.

    Raises ValueError on a node that the algebra does not have.
    """
    nodes = _nodes()
    node = nodes.get(str(tree.get("node")))
    if node is None:
        raise ValueError(f"expected one of the expressions {', '.join(nodes)}, got {tree.get('node')!r}")
    return node(**{f.name: _part(tree[f.name]) for f in fields(node) if f.name in tree})  # type: ignore[arg-type]


def _part(value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_json(value)
    return tuple(_part(v) for v in value) if isinstance(value, list | tuple) else value
