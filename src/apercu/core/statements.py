"""What a line of a rules file can state besides a rule (`rule`) and a clause about a graph (`clause`).

    dict "competitor": "联通", "T-Mobile", "switch to"
    template "price complaint": "{expensive|too much|贵} ... {price|bill|账单}"
    monotone: churn rises with complaints_90d
    range: 0 <= age <= 120
    never offer "sms_blast" when segment = "vip"
    same: "CA" = "Calif." = "California" in state

Each is frozen, knows its one canonical `text`, says itself in English and Chinese, and keeps the `line` that it came from, which makes no two
of them differ. `rulebook` reads them.

>>> Range(Condition((Term("age", ">=", 0), Term("age", "<=", 120)))).text
'range: 0 <= age <= 120'
>>> Same("state", ("CA", "Calif."), "California").say("zh")
'state 中的“CA”“Calif.”就是“California”。'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from ..words.numbers import count
from ..words.spacing import glue
from ._conditions import written_condition, written_term
from ._phrases import fits, mentions
from ._reader import written, written_name
from .condition import Condition, Term
from .expression import Column

__all__ = ["Lexicon", "Range", "Same", "Shape", "Template", "Veto"]

ENDS: Final = {">": "low", ">=": "low", "<": "high", "<=": "high", "in": "in"}
SHAPES: Final = (("low",), ("high",), ("low", "high"), ("in",))  # of a range
BELOW: Final = {">=": "<=", ">": "<"}  # how a lower end is written when it stands on the left


@dataclass(frozen=True)
class Lexicon:
    """Words and phrases under one name: complaint ~ dict("competitor") holds where one of them stands. file: where they were read from."""

    name: str
    words: tuple[str, ...]
    file: str = ""
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError(f"the dictionary {self.name!r} needs at least one word")

    @cached_property
    def pattern(self) -> str:
        """The regular expression that finds one of the words."""
        return mentions(self.words)

    @property
    def text(self) -> str:
        """The line that states it."""
        told = f"file {written(self.file)}" if self.file else ", ".join(map(written, self.words))
        return f"dict {written(self.name)}: {told}"

    def say(self, lang: str = "en") -> str:
        """The statement as a sentence."""
        n, one = count(len(self.words)), len(self.words) == 1
        if lang == "zh":
            return glue(f"“{self.name}”指", n, "个词语之一。")
        return f"“{self.name}” is {'one word or phrase' if one else f'any of {n} words and phrases'}."


@dataclass(frozen=True)
class Template:
    """Words in their order within one sentence, under one name: complaint ~ template("price complaint")."""

    name: str
    words: str
    line: int = field(default=0, compare=False)

    @cached_property
    def pattern(self) -> str:
        """The regular expression that finds them."""
        return fits(self.words)

    @property
    def text(self) -> str:
        """The line that states it."""
        return f"template {written(self.name)}: {written(self.words)}"

    def say(self, lang: str = "en") -> str:
        """The statement as a sentence."""
        return f"“{self.name}”指一句话中出现 {self.words}。" if lang == "zh" else f"“{self.name}” is a sentence with {self.words}."


@dataclass(frozen=True)
class Shape:
    """The target (or the rate of its `level`) rises (direction 1) or falls (-1) with a column, all else being equal."""

    target: str
    column: str
    direction: int
    level: str = ""
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.direction not in (-1, 1):
            raise ValueError(f"expected 1 (rises) or -1 (falls), got {self.direction!r}")

    @property
    def text(self) -> str:
        """The line that states it."""
        level = f" = {written(self.level)}" if self.level else ""
        return f"monotone: {written_name(self.target)}{level} {'rises' if self.direction > 0 else 'falls'} with {written_name(self.column)}"

    def say(self, lang: str = "en") -> str:
        """The statement as a sentence."""
        if lang == "zh":
            level = f"为“{self.level}”的可能" if self.level else ""
            return glue("其他条件相同时，", self.target, level, "随", self.column, "上升。" if self.direction > 0 else "下降。")
        target = f"{self.target} “{self.level}”" if self.level else self.target
        more = "more" if self.direction > 0 else "less"
        return f"All else being equal, the higher {self.column}, the {more} {target}."


@dataclass(frozen=True)
class Range:
    """What the present values of one column can be: levels, a lower end, an upper end, or both in this order; other values are faults.

    Raises ValueError for any other condition.
    """

    holds: Condition
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        ends = tuple(ENDS.get(term.op, "") if isinstance(term.expression, Column) else "" for term in self.holds.terms)
        if ends not in SHAPES or len(self.holds.columns()) != 1:
            raise ValueError(f"a range needs the ends or the levels of one column, got {self.holds.say()}")

    @property
    def column(self) -> str:
        """The column that it is about."""
        return self.holds.columns()[0]

    @property
    def text(self) -> str:
        """The line that states it."""
        if len(self.holds.terms) == 2:
            low, high = self.holds.terms
            return f"range: {written(low.value)} {BELOW[low.op]} {written_name(self.column)} {high.op} {written(high.value)}"
        return f"range: {written_term(self.holds.terms[0])}"

    def told(self, lang: str = "en") -> str:
        """The statement as a clause, without its full stop."""
        terms = self.holds.terms
        if [term.op for term in terms] == [">=", "<="]:
            low, high = terms
            return Term(self.column, "between", (low.value, high.value)).say(lang)  # type: ignore[arg-type]
        return self.holds.say(lang)

    def say(self, lang: str = "en") -> str:
        """The statement as a sentence."""
        return self.told(lang) + ("。" if lang == "zh" else ".")


@dataclass(frozen=True)
class Veto:
    """Rows to which an offer must never be made, whatever a model or a finding says; without a name, no offer at all."""

    offer: str
    when: Condition
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.when.terms:
            raise ValueError("a veto needs a condition: never offer ... when ...")

    @property
    def text(self) -> str:
        """The line that states it."""
        return f"never offer {written(self.offer) + ' ' if self.offer else ''}when {written_condition(self.when)}"

    def say(self, lang: str = "en") -> str:
        """The statement as a sentence."""
        if lang == "zh":
            return glue(self.when.say("zh"), f"的对象，绝不提供“{self.offer}”。" if self.offer else "的对象，绝不提供任何优惠。")
        return f"{f'“{self.offer}”' if self.offer else 'Nothing'} is {'never ' * bool(self.offer)}offered where {self.when.say()}."


@dataclass(frozen=True)
class Same:
    """Writings of one level of a column, and the name that all of them get. Raises ValueError without a writing, or with one twice."""

    column: str
    writings: tuple[str, ...]
    name: str
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.writings or len({*self.writings, self.name}) <= len(self.writings):
            raise ValueError(f"expected different writings of one level, got {(*self.writings, self.name)}")

    @property
    def text(self) -> str:
        """The line that states it."""
        return f"same: {' = '.join(map(written, (*self.writings, self.name)))} in {written_name(self.column)}"

    def say(self, lang: str = "en") -> str:
        """The statement as a sentence."""
        if lang == "zh":
            return glue(self.column, "中的", "".join(f"“{w}”" for w in self.writings), f"就是“{self.name}”。")
        told = " and ".join(f"“{w}”" for w in self.writings)
        return f"In {self.column}, {told} {'are' if len(self.writings) > 1 else 'is'} “{self.name}”."
