r"""The comparisons of a rules file's line, read into a Condition and written again.

>>> condition(Reader('age >= 18 and note ~ "\\d+ days"', 1)).say()
'age is at least 18 and note matches “\\d+ days”'
>>> written_condition(Condition((Term("a b", "in", ("x", 2)),)))
'`a b` in ("x", 2)'

Which columns there are, what the target's levels are and what lists of words and templates mean is told by `Known`; of what is not known (no
schema) any name will do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ._reader import Reader, written, written_name
from ._regex import PatternError
from ._tokens import Token
from .condition import Condition, Term
from .errors import nearest
from .expression import NUMBER, Column
from .goal import Goal
from .schema import Schema

__all__ = ["CONTEXT", "Known", "column", "condition", "levels", "value", "written_condition", "written_term"]

MOMENT: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?)?)?")
OPERATORS: Final = {"=": "is", "!=": "is not", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
CONTEXT: Final = {"text": "text", "文本": "text", "dict": "dict", "词典": "dict", "词表": "dict", "template": "template", "模板": "template"}
LISTS: Final = {"dict": "dictionary", "template": "template"}
EXAMPLES: Final = {"dict": 'dict "{0}": "word", "other word"', "template": 'template "{0}": "{{a|b}} ... {{c|d}}"'}


@dataclass(frozen=True)
class Known:
    """What names may mean. patterns: {('dict' or 'template', name): regular expression}."""

    schema: Schema | None = None
    goal: Goal | None = None
    patterns: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def storage(self, name: str) -> str:
        """How a column is stored; '' where no schema says so."""
        return self.schema.column(name).storage if self.schema is not None else ""


NOTHING: Final = Known()


def condition(reader: Reader, known: Known = NOTHING, *ends: str) -> Condition:
    """Comparisons joined by `and`, up to one of the words `ends`, which is passed over, or to the end of what can be read."""
    terms = [_term(reader, known)]
    while (reader.key("and", *ends) == "and") if ends else reader.skips("key", "and"):
        terms.append(_term(reader, known))
    return Condition(tuple(terms))


def column(reader: Reader, known: Known = NOTHING, what: str = "the name of a column") -> str:
    """The name of a column."""
    if reader.next().kind == "key":
        reader.fail(reader.next(), what, "; a column of that name stands in backticks")
    token = reader.take(("word", "name"), what)
    if known.schema is not None and token.value not in known.schema:
        close = nearest(token.value, known.schema.names)
        hint = f"; did you mean {close!r}?" if close else f"; the columns are {', '.join(known.schema.names[:12])}"
        reader.fail(token, what, hint)
    return token.value


def value(reader: Reader, known: Known, name: str) -> str | float:
    """A value of a column: a number, text, or the ISO text of a moment, as its storage asks for."""
    storage = known.storage(name)
    if reader.next().kind == "number" and storage != "text":
        if storage == "time":
            reader.fail(reader.next(), f'a moment in double quotes, such as "2020-01-31"; {name} holds moments')
        return reader.number("a number")
    token = reader.take(("text", "number"), "a number, or text in double quotes")
    if storage == "number":
        if not re.fullmatch(NUMBER, token.value):
            reader.fail(token, f"a number; {name} holds numbers")
        return float(token.value)
    return _moment(reader, token, name) if storage == "time" else token.value


def _moment(reader: Reader, token: Token, name: str) -> str:
    if MOMENT.fullmatch(token.value):
        with suppress(ValueError):  # the 30th of February
            return str(np.datetime64(token.value, "us")).removesuffix(".000000").removesuffix("T00:00:00")
    return reader.fail(token, f'a moment such as "2020-01-31" or "2020-01-31T12:30:00"; {name} holds moments')


def _term(reader: Reader, known: Known) -> Term:
    if CONTEXT.get(reader.next().raw.casefold()) == "text" and reader.next(1)[:2] == ("sign", "("):  # text(complaint) is the column itself
        reader.place += 2
        name = column(reader, known)
        reader.sign(")")
        reader.sign("~", expected="'~' and a pattern, as in text(note) ~ \"late\"")
        return _matched(reader, known, name)
    name = column(reader, known)
    op = reader.operator(*OPERATORS, "is", "in", "between", "contains", "~", "missing")
    if op == "missing":
        return Term(name, "missing")
    if op == "is":
        negated = reader.skips("key", "not")
        if not negated and reader.skips("key", "missing"):
            return Term(name, "missing")
        op = "!=" if negated else "in" if reader.skips("key", "in") else "="
    if op == "in":
        return Term(name, "in", levels(reader, known, name))
    if op == "between":
        low = value(reader, known, name)
        reader.key("and")
        return Term(name, "between", (low, value(reader, known, name)))
    if op == "~":
        return _matched(reader, known, name)
    if op == "contains":
        _is_text(reader, known, name)
        return Term(name, "contains", reader.take("text", "text in double quotes").value)
    return Term(name, OPERATORS[op], value(reader, known, name))


def levels(reader: Reader, known: Known, name: str) -> tuple[str | float, ...]:
    """Levels of a column in round brackets."""
    reader.sign("(", expected="levels in round brackets")
    values = [value(reader, known, name)]
    while reader.sign(",", ")") == ",":
        values.append(value(reader, known, name))
    return tuple(values)


def _is_text(reader: Reader, known: Known, name: str) -> None:
    if known.storage(name) not in ("", "text"):
        reader.fail(reader.tokens[reader.place - 1], f"a comparison of {known.storage(name)}s; {name} holds no text")


def _matched(reader: Reader, known: Known, name: str) -> Term:
    """What stands after ~: a list of words, a template, or a regular expression."""
    _is_text(reader, known, name)
    token = reader.next()
    kind = CONTEXT.get(token.raw.casefold(), "")
    if token.kind == "word" and kind in LISTS:
        reader.place += 1
        reader.sign("(", expected=f'the name of a {LISTS[kind]} in brackets, as in {kind}("prices")')
        called = reader.take("text", f"the name of a {LISTS[kind]} in double quotes")
        if (pattern := known.patterns.get((kind, called.value))) is None:
            names = [other for what, other in known.patterns if what == kind]
            close = nearest(called.value, names)
            example = EXAMPLES[kind].format(called.value)
            reader.fail(
                called, f"the name of a {LISTS[kind]}", f"; did you mean {close!r}?" if close else f"; write one in a line of its own: {example}"
            )
        reader.sign(")")
        return Term(name, "matches", (pattern, kind, called.value))
    token = reader.take("text", 'a pattern: dict("..."), template("...") or a regular expression in double quotes')
    try:
        return Term(name, "matches", token.value)
    except PatternError as error:
        at = token.raw[1 + error.place : 2 + error.place] or token.raw[-1]
        return reader.fail(Token("other", at, at, token.column + 1 + error.place), "a regular expression that every engine reads", f": {error.told}")


def written_condition(where: Condition) -> str:
    """The comparisons in the form that `condition` reads."""
    return " and ".join(map(written_term, where.terms))


def written_term(term: Term) -> str:
    """A comparison in the form that is read; an expression that is no plain column is named by its SQL."""
    name = written_name(term.expression.name if isinstance(term.expression, Column) else term.expression.to_sql())
    match term.op, term.value:
        case "missing", _:
            return f"{name} is missing"
        case "in", (*levels,):
            return f"{name} in ({', '.join(map(written, levels))})"
        case "between", (low, high):
            return f"{name} between {written(low)} and {written(high)}"
        case "contains", word:
            return f"{name} contains {written(word)}"
        case "matches", (_, kind, called):
            return f"{name} ~ {kind}({written(called)})"
        case "matches", pattern:
            quoted = str(pattern).replace('"', '\\"')
            return f'{name} ~ "{quoted}"'
        case op, value:
            return f"{name} {next(sign for sign, meant in OPERATORS.items() if meant == op)} {written(value)}"
