r"""A where-clause as data: the one shared way to name a group of rows.

A finding's segment, an expert rule's left side, a fault's slice, the addressee of an offer and what is monitored next month are the same
thing. A condition speaks SQL, arrays, English, Chinese and JSON, and property tests hold them equal.

>>> young = Condition((Term("Contract", "is", "Month-to-month"), Term("tenure", "<=", 5)))
>>> young.say()
'Contract is “Month-to-month” and tenure is at most 5'
>>> young.say("zh")
'Contract 为“Month-to-month”且 tenure 不超过 5'
>>> young.to_sql()
'"Contract" = \'Month-to-month\' AND "tenure" <= 5'
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..words import phrases
from ._regex import checked, for_sql, searched
from .expression import Arrays, Column, Expression, from_json, literal
from .rows import Coded, Rows, encoded

__all__ = ["EVERYONE", "OPS", "Condition", "Term", "Value"]

Value = str | float | tuple[str | float, ...] | None

OPS: Final = ("is", "is not", "in", "between", "<=", "<", ">", ">=", "contains", "matches", "missing")
NAMES: Final = ("dict", "template")  # what a pattern may have been made of
SIGNS: Final = {"is": "=", "is not": "<>"}  # operators whose SQL is another word


@dataclass(frozen=True, init=False)
class Term:
    """One comparison. `between` holds both ends; a missing value satisfies `missing` alone (so not `is not` either).

    Moments are compared with ISO texts ('2020-01-31' or '2020-01-31T12:30:00'), text by code points, as SQL does in binary order.
    `matches` holds a regular expression (the safe subset of `_regex`), or (regular expression, 'dict' or 'template', its name) where an expert's
    list of words or template became one. Raises ValueError for an operator that is not in OPS, or a value that does not fit its operator.
    """

    expression: Expression
    op: str
    value: Value

    def __init__(self, of: Expression | str, op: str, value: Value = None) -> None:
        if op not in OPS:
            raise ValueError(f"expected one of the operators {', '.join(OPS)}, got {op!r}")
        if op == "between" and not (isinstance(value, tuple) and len(value) == 2):
            raise ValueError(f"between needs a (low, high) pair, got {value!r}")
        if op == "in" and not (isinstance(value, tuple) and value):
            raise ValueError(f"in needs a tuple of at least one level, got {value!r}")
        if op == "contains" and not isinstance(value, str):
            raise ValueError(f"contains needs a text, got {value!r}")
        if op == "matches":
            value = _pattern(value)
        if op == "missing" and value is not None:
            raise ValueError(f"missing needs no value, got {value!r}")
        if op not in ("between", "in", "matches", "missing") and not isinstance(value, str | int | float | np.number):
            raise ValueError(f"{op!r} needs one text or number, got {value!r}")
        for part in value if isinstance(value, tuple) else () if value is None else (value,):
            literal(part)
        object.__setattr__(self, "expression", Column(of) if isinstance(of, str) else of)
        object.__setattr__(self, "op", op)
        object.__setattr__(self, "value", tuple(map(_plain, value)) if isinstance(value, tuple) else _plain(value))

    def to_sql(self) -> str:
        """The comparison in SQL; NULL counts as false in a WHERE."""
        left = self.expression.to_sql()
        match self.op, self.value:
            case "missing", _:
                return f"{left} IS NULL"
            case "in", (*levels,):
                return f"{left} IN ({', '.join(map(literal, levels))})"
            case "between", (low, high):
                return f"{left} BETWEEN {literal(low)} AND {literal(high)}"
            case "contains", word:
                return f"contains({left}, {literal(str(word))})"
            case "matches", _:
                return f"regexp_matches({left}, {literal(for_sql(self.pattern))})"
            case op, value:
                return f"{left} {SIGNS.get(op, op)} {literal(value)}"  # type: ignore[arg-type]

    @property
    def pattern(self) -> str:
        """The regular expression of `matches`, bare."""
        return str(self.value[0] if isinstance(self.value, tuple) else self.value)

    def holds(self, arrays: Arrays) -> np.ndarray:
        """(n,) bool: the rows that satisfy the comparison. Raises TypeError when a text is compared with a number or the reverse."""
        of = self.expression
        if isinstance(arrays, Rows) and isinstance(of, Column) and arrays.storage(of.name) == "text":
            return self._among(arrays.coded(of.name))
        x = of.values(arrays)
        if self.op == "missing" and x.dtype == object:
            return np.array([value is None for value in x], dtype=bool)  # files and sequences too
        if x.dtype == object:
            return self._among(encoded(x))
        if self.op == "missing":
            return np.isnat(x) if x.dtype.kind == "M" else np.isnan(x)
        if x.dtype.kind == "M":
            return _compared(x, self.op, self._as(str, np.datetime64))
        return _compared(x, self.op, self._as((int, float, np.number), float))

    def _among(self, column: Coded) -> np.ndarray:
        """(n,) bool on coded text: the question is put to each level once, and rows look the answer up."""
        if self.op == "missing" or not column.levels:  # nothing is compared where nothing stands
            return (column.codes < 0) & (self.op == "missing")
        value = self._as(str, str)
        if self.op == "is":
            place = bisect_left(column.levels, value)
            return column.codes == place if column.levels[place : place + 1] == (value,) else np.zeros(len(column.codes), dtype=bool)
        if self.op == "matches":
            answers = [*map(searched(self.pattern), column.levels)]
        else:
            holds = ORDERS[self.op]
            answers = [holds(level, value) for level in column.levels]
        return np.array([*answers, False], dtype=bool)[column.codes]

    def _as(self, wanted: Any, make: Callable[[Any], Any]) -> Any:
        """The value (or values) made into what the column holds."""
        parts = self.value if isinstance(self.value, tuple) else (self.value,)
        for part in parts:
            if not isinstance(part, wanted):
                kind = "text" if wanted is str else "numbers"
                raise TypeError(f"{self.expression.to_sql()} is compared with {part!r}, but expects {kind}")
        made = tuple(make(part) for part in parts)
        return made if isinstance(self.value, tuple) else made[0]

    def say(self, lang: str = "en") -> str:
        """The comparison in words."""
        return phrases(lang).term(self.expression.say(lang), *self.expression.worded(self.op, self.value, lang))

    def to_json(self) -> dict[str, Any]:
        """`column` and `expression` are for readers (a name, SQL); `tree` is what `from_json` reads back."""
        columns = self.expression.columns()
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        tree = self.expression.to_json()
        return {"column": columns[0], "expression": self.expression.to_sql(), "op": self.op, "value": value, "tree": tree}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Term:
        """Reads what `to_json` wrote."""
        value = tuple(tree["value"]) if isinstance(tree["value"], list) else tree["value"]
        return Term(from_json(tree["tree"]), tree["op"], value)


@dataclass(frozen=True)
class Condition:
    """Terms that must all hold; no terms means every row."""

    terms: tuple[Term, ...] = ()

    def to_sql(self) -> str:
        """The condition in SQL, without the word WHERE."""
        return " AND ".join(term.to_sql() for term in self.terms) or "TRUE"

    def holds(self, arrays: Arrays) -> np.ndarray:
        """(n,) bool: the rows that satisfy every term. With no terms, n is read off any array."""
        if not self.terms:
            return np.ones(len(next(iter(arrays.values()))), dtype=bool)
        return np.logical_and.reduce([term.holds(arrays) for term in self.terms])

    def say(self, lang: str = "en") -> str:
        """The condition in words, as a clause: 'tenure is at most 5 and Contract is ...'."""
        words = phrases(lang)
        return words.both([term.say(lang) for term in self.terms]) if self.terms else words.everyone

    def columns(self) -> tuple[str, ...]:
        """The columns that the condition speaks of, each once, in order."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term.expression.columns()))

    def parents(self) -> tuple[Condition, ...]:
        """The immediate generalisations: the condition without one of its terms; every row is the parent of a single term."""
        return tuple(Condition(self.terms[:i] + self.terms[i + 1 :]) for i in range(len(self.terms)))

    def to_json(self) -> list[dict[str, Any]]:
        """The terms as JSON."""
        return [term.to_json() for term in self.terms]

    @staticmethod
    def from_json(terms: list[dict[str, Any]]) -> Condition:
        """Reads what `to_json` wrote."""
        return Condition(tuple(Term.from_json(term) for term in terms))


EVERYONE: Final = Condition()

ORDERS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "is": operator.eq,
    "is not": operator.ne,
    "in": lambda x, values: x in values,
    "between": lambda x, ends: (ends[0] <= x) & (x <= ends[1]),
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": lambda x, word: word in x,
}


def _pattern(value: Any) -> Value:
    """What `matches` compares with, its pattern in the form that is kept."""
    if isinstance(value, str):
        return checked(value)
    if not (isinstance(value, tuple) and len(value) == 3 and all(isinstance(part, str) for part in value) and value[1] in NAMES):
        raise ValueError(f"matches needs a regular expression, or (expression, {' or '.join(NAMES)}, name), got {value!r}")
    return checked(value[0]), value[1], value[2]


def _plain(value: Any) -> Any:
    """A NumPy scalar as a plain value; whole numbers that float64 does not hold as what it holds instead, as columns do."""
    value = value.item() if isinstance(value, np.generic) else value
    return float(value) if isinstance(value, int) and abs(value) >= 2**53 else value


def _compared(x: np.ndarray, op: str, value: Any) -> np.ndarray:
    """(n,) bool of numbers or moments; what is missing compares as false, in `is not` too."""
    with np.errstate(invalid="ignore"):
        if op == "is not":
            return (x < value) | (x > value)
        if op == "in":
            return np.isin(x, np.array(value))
        return np.asarray(ORDERS[op](x, value), dtype=bool)
