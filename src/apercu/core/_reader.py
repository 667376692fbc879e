"""Reads a rules file's line from left to right, one piece ahead, and says exactly where it is not what was expected.

>>> reader = Reader("age >= 18", 1)
>>> reader.take("word", "a name").value, reader.operator(">=", "<="), reader.number("an age")
('age', '>=', 18)

It knows no kind of line: `rule`, `clause` and `rulebook` say what may follow what.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from ._tokens import END, Token, escaped, is_plain, refuse, tokens
from .errors import nearest

__all__ = ["Reader", "written", "written_name", "written_number"]

STATED: Final = "the end of the line, or a probability in brackets such as [0.45]"


class Reader:
    """The pieces of one line and the place that reading has come to."""

    def __init__(self, text: str, line: int, *, relations: bool = False) -> None:
        self.text, self.line = text, line
        self.tokens, self.place = tokens(text, line, relations=relations), 0

    def next(self, ahead: int = 0) -> Token:
        """The piece that comes next, or further ahead; the last one is of kind 'end'."""
        return self.tokens[min(self.place + ahead, len(self.tokens) - 1)]

    def take(self, kinds: str | tuple[str, ...], expected: str) -> Token:
        """The next piece, of one of the kinds. Raises RuleError for another."""
        token = self.next()
        if token.kind not in ((kinds,) if isinstance(kinds, str) else kinds):
            bare = token.kind == "word" and "text" in kinds
            self.fail(token, expected, f'; text stands in double quotes: "{token.value}"' if bare else "")
        self.place += 1
        return token

    def operator(self, *known: str) -> str:
        """What the next comparison means; one of the known."""
        token = self.next()
        if token.kind not in ("sign", "key") or token.value not in known:
            odd = self.place and self.tokens[self.place - 1].kind == "word" and token.kind in ("number", "word", "other")
            self.fail(token, "one of " + ", ".join(known), "; a name that is not a plain word stands in backticks" if odd else "")
        self.place += 1
        return token.value

    def sign(self, *known: str, expected: str = "") -> str:
        """The next sign; one of the known."""
        token = self.next()
        if token.kind != "sign" or token.value not in known:
            self.fail(token, expected or " or ".join(map(repr, known)))
        self.place += 1
        return token.value

    def key(self, *known: str) -> str:
        """What the next reserved word means (when, then, and, ...); one of the known."""
        token = self.next()
        if token.kind != "key" or token.value not in known:
            close = nearest(token.raw, known)
            self.fail(token, ", ".join(map(repr, known)), f"; did you mean {close!r}?" if close else "")
        self.place += 1
        return token.value

    def word(self, meanings: Mapping[str, str], *known: str) -> str:
        """What the next word means among words that are reserved nowhere else ('offer', '提供'); one of the known."""
        token = self.next()
        meant = meanings.get(token.raw.casefold())
        if token.kind not in ("word", "key", "sign") or meant not in known:
            close = nearest(token.raw, known) if token.kind != "end" else None
            self.fail(token, ", ".join(map(repr, known)), f"; did you mean {close!r}?" if close else "")
        self.place += 1
        return meant  # type: ignore[return-value]

    def skips(self, kind: str, value: str) -> bool:
        """Steps over the next piece if it is this one."""
        here = self.next()[:2] == (kind, value)
        self.place += here
        return here

    def listed(self, one: Callable[[], str]) -> list[str]:
        """One or more, parted by commas."""
        found = [one()]
        while self.skips("sign", ","):
            found.append(one())
        return found

    def number(self, expected: str) -> int | float:
        """A finite number; whole ones are int."""
        token = self.take("number", expected)
        number = float(token.value)
        if math.isinf(number):
            self.fail(token, "a number that a computer can hold")
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

    def stated(self) -> float | None:
        """The probability in brackets that may close a line."""
        if self.next().kind == "end":
            return None
        self.sign("[", expected=STATED)
        token = self.take("number", "a probability between 0 and 1")
        stated = float(token.value)
        if not 0.0 <= stated <= 1.0:
            hint = f"; write {stated / 100:g} for {stated:g} %" if 1 < stated <= 100 else ""
            self.fail(token, "a probability between 0 and 1", hint)
        self.sign("]")
        self.end()
        return stated

    def end(self) -> None:
        """Nothing but a comment may follow."""
        self.take("end", END)

    def fail(self, token: Token, expected: str, hint: str = "") -> NoReturn:
        """Raises RuleError at a piece."""
        refuse(self.line, token, expected, hint)


def written(value: Any) -> str:
    """A value as a line writes it: text in double quotes, numbers with every digit that they need. Raises ValueError for an endless number."""
    return escaped(value, '"') if isinstance(value, str) else written_number(value)


def written_name(name: str) -> str:
    """A column's name as a line writes it: in backticks unless it is a plain word."""
    return name if is_plain(name) else escaped(name, "`")


def written_number(number: float) -> str:
    """A number as a line writes it. Raises ValueError for an endless one."""
    if not math.isfinite(number):
        raise ValueError(f"a rule needs finite numbers, got {number}")
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))
