"""Rule: what an expert holds to be true, as a condition and a statement about the target, with a stated probability.

One form is read here, one rule a line:

    when Contract = "Month-to-month" and tenure < 6 then Churn = "Yes" [0.45]
    当 合同 为 "月付" 且 月数 < 6 则 流失 = "是" [0.45]

Comparisons are =, !=, <, <=, >, >=, `in (...)`, `between a and b`, `contains "word"` and `is missing`; names that are not plain words (or
are words of this form) stand in backticks; text stands in double quotes; a backslash goes before a quote, a backtick, a backslash, n, r
or t; what follows # is a comment. The number in brackets is the stated probability and may be left out. `parse` and `Rule.text` are each
other's inverse.

>>> parse('when tenure<6 and `Total Charges` is missing then Churn="Yes" [.45]').text
'when tenure < 6 and `Total Charges` is missing then Churn = "Yes" [0.45]'
>>> parse('when tenure < 6 than Churn = "Yes"')
Traceback (most recent call last):
    ...
apercu.core.errors.RuleError: line 1, column 17: expected 'and', 'then', got 'than'; did you mean 'then'?
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from ._tokens import Token, escaped, is_plain, refuse, stands, tokens
from .condition import Condition, Term, Value
from .errors import RuleError, UnreadableSource, nearest
from .expression import NUMBER, Column
from .goal import Goal
from .schema import Schema

__all__ = ["Rule", "Verdict", "parse", "read_rules"]

MOMENT: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?)?)?")
OPERATORS: Final = {"=": "is", "!=": "is not", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True)
class Rule:
    """When the condition holds, the target is `level`, with probability `stated` (None: not said). `source` is 'expert' or 'mined'.

    text is the rule in its one canonical form, line its place in the file that it came from; neither makes two rules differ.
    Raises ValueError without a condition, or for a stated probability outside 0..1.
    """

    when: Condition
    target: str
    level: str
    stated: float | None = None
    source: str = "expert"
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.when.terms:
            raise ValueError("a rule needs a condition: when ... then ...")
        if self.stated is not None and not 0.0 <= self.stated <= 1.0:
            raise ValueError(f"a stated probability must lie in 0..1, got {self.stated}")
        stated = "" if self.stated is None else f" [{_number(self.stated)}]"
        terms = " and ".join(_term(term) for term in self.when.terms)
        object.__setattr__(self, "text", f"when {terms} then {_name(self.target)} = {_value(self.level)}{stated}")

    def to_json(self) -> dict[str, Any]:
        """The fields; `Rule.from_json` reads them back."""
        said = {"target": self.target, "level": self.level, "stated": self.stated, "source": self.source}
        return {"text": self.text, "when": self.when.to_json(), **said, "line": self.line}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Rule:
        """Reads what `to_json` wrote."""
        return Rule(Condition.from_json(tree["when"]), tree["target"], tree["level"], tree["stated"], tree["source"], line=tree["line"])


@dataclass(frozen=True)
class Verdict:
    """What the data say of a rule: how often it is right where it speaks (out of n rows that judge), and whether that is what was stated.

    verdict: 'holds' (the interval covers what was stated, or lies beyond it, away from the base rate), 'weaker' (better than everyone, not as
    good as stated), 'against' (no better than everyone, or worse), or 'silent' (too few rows). Where nothing was stated: 'holds' above the
    base rate, 'weaker' where the interval covers it, 'against' below it. base: the rate of the level among everyone.
    """

    rule: Rule
    observed: float
    low: float
    high: float
    n: int
    base: float
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        rule: Mapping[str, Any] = {"text": self.rule.text, "source": self.rule.source, "stated": self.rule.stated}
        return {**rule, "observed": self.observed, "low": self.low, "high": self.high, "n": self.n, "base": self.base, "verdict": self.verdict}


def read_rules(source: Path | str, schema: Schema | None = None, goal: Goal | None = None) -> list[Rule]:
    """The rules of a UTF-8 file, or of a text (a str in which a rule stands). Blank lines and comments are passed over.

    With a schema, names must be columns, and values become what the column holds; with a goal, the target and its level must be the goal's.
    Raises RuleError with line, column and what was expected there; UnreadableSource when there is no such file.
    """
    text = source if isinstance(source, str) and _is_text(source) else _file(Path(source))
    if halves := re.search("[\ud800-\udfff]", text):
        raise RuleError(f"expected text that UTF-8 can hold, got half a UTF-16 pair {halves.group()!r}.")
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if stands(line):
            rules.append(parse(line, line=number, schema=schema, goal=goal))
    return rules


def parse(text: str, *, line: int = 1, schema: Schema | None = None, goal: Goal | None = None) -> Rule:
    """The rule of one line; see `read_rules`."""
    return _Line(text, line, schema, goal).rule()


def _is_text(source: str) -> bool:
    """Whether rules stand in a str, and not the name of their file (which may be 规则.txt)."""
    with suppress(OSError, ValueError):  # a text may be no possible name
        if source.strip() and Path(source).is_file():
            return False
    return re.search(r"\n|\bthen\b|则|那么|^\s*(#|$|when\b|当|如果)", source) is not None


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableSource(f"the rules file {path} must be UTF-8; byte {error.start + 1} is not. Save it as UTF-8.") from error
    except OSError as error:
        raise UnreadableSource(f"the rules file {path} cannot be read: {error.strerror}.") from error


class _Line:
    """Reads one line from left to right, one token ahead."""

    def __init__(self, text: str, line: int, schema: Schema | None, goal: Goal | None) -> None:
        self.line, self.schema, self.goal = line, schema, goal
        self.tokens, self.place = tokens(text, line), 0

    def rule(self) -> Rule:
        """The form: when TERM {and TERM} then TARGET = LEVEL [PROBABILITY]."""
        self._word("when")
        terms = [self._term()]
        while self._word("and", "then") == "and":
            terms.append(self._term())
        target, level = self._statement()
        stated = None
        if self._next().kind != "end":
            self._sign("[", expected="the end of the line, or a probability in brackets such as [0.45]")
            token = self._take("number", "a probability between 0 and 1")
            stated = float(token.value)
            if not 0.0 <= stated <= 1.0:
                hint = f"; write {stated / 100:g} for {stated:g} %" if 1 < stated <= 100 else ""
                self._fail(token, "a probability between 0 and 1", hint)
            self._sign("]")
            self._take("end", "the end of the line")
        return replace(Rule(Condition(tuple(terms)), target, level, stated), line=self.line)

    def _statement(self) -> tuple[str, str]:
        token = self._next()
        target = self._column()
        if self.goal and target != self.goal.target:
            self._fail(token, f"the target {self.goal.target!r}")
        self._operator("=", "is")
        token = self._take(("text", "number"), "a level: text in double quotes, or a number")
        text_target = self.schema is not None and self.schema.column(target).storage == "text"
        level = _level(token.value) if token.kind == "number" and not text_target else token.value
        if self.goal and self.goal.task == "numeric":
            self._fail(token, f"a target with levels; {target!r} is a number, and rules about numbers are not read")
        if self.goal and level not in self.goal.classes:
            close = nearest(level, self.goal.classes)
            self._fail(token, f"a level of {target} ({', '.join(self.goal.classes[:12])})", f"; did you mean {close!r}?" if close else "")
        return target, level

    def _term(self) -> Term:
        name = self._column()
        op = self._operator(*OPERATORS, "is", "in", "between", "contains", "missing")
        if op == "missing":
            return Term(name, "missing")
        if op == "is":
            negated = self._skips("not")
            if self._skips("missing", unless=negated):
                return Term(name, "missing")
            op = "!=" if negated else "in" if self._skips("in") else "="
        if op == "in":
            self._sign("(", expected="levels in round brackets")
            values = [self._value(name)]
            while self._sign(",", ")") == ",":
                values.append(self._value(name))
            return Term(name, "in", tuple(values))
        if op == "between":
            low = self._value(name)
            self._word("and")
            return Term(name, "between", (low, self._value(name)))
        if op == "contains":
            if self.schema is not None and self.schema.column(name).storage != "text":
                self._fail(self.tokens[self.place - 1], f"a comparison of {self.schema.column(name).storage}s; {name} holds no text")
            return Term(name, "contains", self._take("text", "text in double quotes").value)
        return Term(name, OPERATORS[op], self._value(name))

    def _column(self) -> str:
        if self._next().kind == "key":
            self._fail(self._next(), "the name of a column", "; a column of that name stands in backticks")
        token = self._take(("word", "name"), "the name of a column")
        if self.schema is not None and token.value not in self.schema:
            close = nearest(token.value, self.schema.names)
            hint = f"; did you mean {close!r}?" if close else f"; the columns are {', '.join(self.schema.names[:12])}"
            self._fail(token, "the name of a column", hint)
        return token.value

    def _value(self, name: str) -> str | float:
        """A value of the column: a number, text, or the ISO text of a moment, as its storage asks for."""
        token = self._take(("text", "number"), "a number, or text in double quotes")
        storage = self.schema.column(name).storage if self.schema is not None else ""
        if token.kind == "number" and storage != "text":
            number = float(token.value)
            if math.isinf(number):
                self._fail(token, "a number that a computer can hold")
            if storage == "time":
                self._fail(token, f'a moment in double quotes, such as "2020-01-31"; {name} holds moments')
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        if storage == "number":
            if not re.fullmatch(NUMBER, token.value):
                self._fail(token, f"a number; {name} holds numbers")
            return float(token.value)
        return self._moment(token, name) if storage == "time" else token.value

    def _moment(self, token: Token, name: str) -> str:
        if MOMENT.fullmatch(token.value):
            with suppress(ValueError):  # the 30th of February
                return str(np.datetime64(token.value, "us")).removesuffix(".000000").removesuffix("T00:00:00")
        return self._fail(token, f'a moment such as "2020-01-31" or "2020-01-31T12:30:00"; {name} holds moments')

    def _next(self) -> Token:
        return self.tokens[self.place]

    def _take(self, kinds: str | tuple[str, ...], expected: str) -> Token:
        token = self._next()
        if token.kind not in ((kinds,) if isinstance(kinds, str) else kinds):
            bare = token.kind == "word" and "text" in kinds
            self._fail(token, expected, f'; text stands in double quotes: "{token.value}"' if bare else "")
        self.place += 1
        return token

    def _operator(self, *known: str) -> str:
        token = self._next()
        if token.kind not in ("sign", "key") or token.value not in known:
            odd = self.tokens[self.place - 1].kind == "word" and token.kind in ("number", "word", "other")
            self._fail(token, "one of " + ", ".join(known), "; a name that is not a plain word stands in backticks" if odd else "")
        self.place += 1
        return token.value

    def _sign(self, *known: str, expected: str = "") -> str:
        token = self._next()
        if token.kind != "sign" or token.value not in known:
            self._fail(token, expected or " or ".join(map(repr, known)))
        self.place += 1
        return token.value

    def _word(self, *known: str) -> str:
        token = self._next()
        if token.kind != "key" or token.value not in known:
            close = nearest(token.raw, known)
            self._fail(token, ", ".join(map(repr, known)), f"; did you mean {close!r}?" if close else "")
        self.place += 1
        return token.value

    def _skips(self, word: str, *, unless: bool = False) -> bool:
        here = not unless and self._next()[:2] == ("key", word)
        self.place += here
        return here

    def _fail(self, token: Token, expected: str, hint: str = "") -> NoReturn:
        refuse(self.line, token, expected, hint)


def _term(term: Term) -> str:
    """A comparison in the form that `parse` reads; an expression that is no plain column is named by its SQL."""
    name = _name(term.expression.name if isinstance(term.expression, Column) else term.expression.to_sql())
    match term.op, term.value:
        case "missing", _:
            return f"{name} is missing"
        case "in", (*levels,):
            return f"{name} in ({', '.join(map(_value, levels))})"
        case "between", (low, high):
            return f"{name} between {_value(low)} and {_value(high)}"
        case "contains", word:
            return f"{name} contains {_value(word)}"
        case op, value:
            return f"{name} {next(sign for sign, meant in OPERATORS.items() if meant == op)} {_value(value)}"


def _name(name: str) -> str:
    return name if is_plain(name) else escaped(name, "`")


def _value(value: Value) -> str:
    return escaped(value, '"') if isinstance(value, str) else _number(value)  # type: ignore[arg-type]


def _number(number: float) -> str:
    if not math.isfinite(number):
        raise ValueError(f"a rule needs finite numbers, got {number}")
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def _level(number: str) -> str:
    return str(int(float(number))) if float(number).is_integer() else number
