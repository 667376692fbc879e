"""A where-clause as data: the one shared way to name a group of rows.

A finding's segment, an expert rule's left side, a fault's slice, the addressee of an offer and what is monitored next month are the same
thing. A condition speaks SQL, arrays, English, Chinese and JSON, and property tests hold them equal.

>>> young = Condition((Term("Contract", "is", "Month-to-month"), Term("tenure", "<=", 5)))
>>> young.say()
'Contract is “Month-to-month” and tenure is at most 5'
>>> young.say("zh")
'Contract 为 “Month-to-month”且tenure 不超过 5'
>>> young.to_sql()
'"Contract" = \\'Month-to-month\\' AND "tenure" <= 5'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..words import phrases
from .expression import Arrays, Column, Expression, from_json, literal

__all__ = ["EVERYONE", "OPS", "Condition", "Term", "Value"]

Value = str | float | tuple[str | float, ...] | None

OPS: Final = ("is", "in", "between", "<=", ">", "contains", "missing")


@dataclass(frozen=True, init=False)
class Term:
    """One comparison. `between` holds both ends; a missing value satisfies `missing` alone.

    Raises ValueError for an operator that is not in OPS, or a value that does not fit its operator.
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
        object.__setattr__(self, "expression", Column(of) if isinstance(of, str) else of)
        object.__setattr__(self, "op", op)
        object.__setattr__(self, "value", value)

    def to_sql(self) -> str:
        """The comparison in SQL; NULL counts as false in a WHERE."""
        left = self.expression.to_sql()
        match self.op, self.value:
            case "is", value:
                return f"{left} = {literal(value)}"  # type: ignore[arg-type]
            case "in", (*levels,):
                return f"{left} IN ({', '.join(map(literal, levels))})"  # type: ignore[arg-type]
            case "between", (low, high):
                return f"{left} BETWEEN {literal(low)} AND {literal(high)}"
            case ("<=" | ">") as op, cut:
                return f"{left} {op} {literal(cut)}"  # type: ignore[arg-type]
            case "contains", word:
                return f"contains({left}, {literal(str(word))})"
            case _:
                return f"{left} IS NULL"

    def holds(self, arrays: Arrays) -> np.ndarray:
        """(n,) bool: the rows that satisfy the comparison."""
        x = self.expression.values(arrays)
        if self.op == "missing":
            return _missing(x)
        if x.dtype.kind == "M":
            return _compare(x, self.op, _as_times(self.value))
        if x.dtype == object and self.op == "contains":
            return np.array([v is not None and str(self.value) in v for v in x], dtype=bool)
        if x.dtype == object:
            x = np.where(_missing(x), "", x).astype(str) if self.op in ("<=", ">", "between") else x
            present = ~_missing(self.expression.values(arrays))
            return present & _compare(x, self.op, self.value)
        with np.errstate(invalid="ignore"):
            return _compare(x, self.op, self.value)

    def say(self, lang: str = "en") -> str:
        """The comparison in words."""
        return phrases(lang).term(self.expression.say(lang), self.op, self.value)

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


def _missing(x: np.ndarray) -> np.ndarray:
    if x.dtype.kind == "M":
        return np.isnat(x)
    if x.dtype == object:
        return np.array([v is None for v in x], dtype=bool)
    return np.isnan(x)


def _as_times(value: Value) -> Any:
    if isinstance(value, tuple):
        return tuple(np.datetime64(str(v)) for v in value)
    return np.datetime64(str(value))


def _compare(x: np.ndarray, op: str, value: Any) -> np.ndarray:
    if op == "is":
        hit = x == value
    elif op == "in":
        hit = np.logical_or.reduce([x == v for v in value])
    elif op == "between":
        hit = (x >= value[0]) & (x <= value[1])
    else:
        hit = x <= value if op == "<=" else x > value
    return np.asarray(hit, dtype=bool)
