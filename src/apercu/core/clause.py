"""Clause: what holds in a graph whenever other things hold in it, as experts write it and as it is mined.

    subsidiary(X, Y) & subsidiary(Y, Z) -> subsidiary(X, Z) [1]
    works_for(X, Z) & works_for(Y, Z) & not rival(X, Y) & X != Y -> knows(X, Y) [0.8]
    子公司(X, Y) 且 位于(Y, "北京") 则 位于(X, "北京") [0.6]

Words that begin with a capital letter, and words after a question mark (?人), are variables; text in double quotes, numbers and other words
are entities. A relation is what stands before the bracket, `/people/person/nationality` too; in backticks it may hold anything. The number
in brackets is the stated probability: without one, or with [1], the clause is certain. `parse_clause` and `Clause.text` are each other's
inverse.

>>> parse_clause("子公司(X,Y) 且 子公司(Y,Z) 且 X != Z 则 子公司(X,Z)").text
'子公司(X, Y) & 子公司(Y, Z) & X != Z -> 子公司(X, Z)'
>>> parse_clause("a(X, Y) -> b(Y, Z)").unbound
(Variable(name='Z'),)
>>> parse_clause("a(X, Y) -> b(Y)")
Traceback (most recent call last):
    ...
apercu.core.errors.RuleError: line 1, column 15: expected ',', got ')'; a relation joins two things: relation(X, Y).

What it does *not* do: infer (`reason.chain` runs clauses), or judge whether a program of clauses can be run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..words.spacing import glue
from ._reader import Reader, written_number
from ._tokens import PLAIN, WORDS, escaped, is_plain, is_relation

__all__ = ["DIFFERS", "Atom", "Clause", "Term", "Variable", "parse_atom", "parse_clause"]

DIFFERS: Final = "!="  # the relation that says that two terms are not the same thing
THINGS: Final = 'a variable such as X, or an entity such as "Acme"'


@dataclass(frozen=True)
class Variable:
    """A thing not yet named: the same one wherever its name stands in a clause. Raises ValueError for a name that is no plain word."""

    name: str

    def __post_init__(self) -> None:
        if PLAIN.fullmatch(self.name) is None:
            raise ValueError(f"expected a plain word as a variable's name, got {self.name!r}")

    @property
    def text(self) -> str:
        """As a clause writes it."""
        return self.name if _capital(self.name) else f"?{self.name}"


Term = Variable | str  # a str is an entity's name


@dataclass(frozen=True)
class Atom:
    """left stands in the relation to right, or (negated) does not; the relation `!=` says that the two are different things.

    Raises ValueError for an empty relation, and for a negated `!=`.
    """

    relation: str
    left: Term
    right: Term
    negated: bool = False

    def __post_init__(self) -> None:
        if not self.relation or (self.relation == DIFFERS and self.negated):
            raise ValueError(f"expected a relation, negated unless it is {DIFFERS}, got {self.relation!r}")

    @property
    def text(self) -> str:
        """As a clause writes it."""
        left, right = map(_thing, (self.left, self.right))
        if self.relation == DIFFERS:
            return f"{left} {DIFFERS} {right}"
        name = self.relation if is_relation(self.relation) else escaped(self.relation, "`")
        return f"{'not ' * self.negated}{name}({left}, {right})"

    def variables(self) -> tuple[Variable, ...]:
        """The variables of the atom, each once, in order."""
        return tuple(dict.fromkeys(term for term in (self.left, self.right) if isinstance(term, Variable)))

    def say(self, lang: str = "en") -> str:
        """The atom in words."""
        bare = self.text.removeprefix("not ") if self.negated else self.text
        if self.relation == DIFFERS:
            left, right = map(_thing, (self.left, self.right))
            return glue(left, "与", right, "不同") if lang == "zh" else f"{left} is not {right}"
        return ("并非 " if lang == "zh" else "not ") * self.negated + bare


@dataclass(frozen=True)
class Clause:
    """When all atoms of the body hold, the head holds, with probability `stated` (None: always).

    source: 'expert' or 'mined'; right of `tried` predictions came true, for mined ones. line: its place in the file that it came from, which
    makes no two clauses differ. Raises ValueError without a body, for a head that is negated or `!=`, and for a probability outside 0..1.
    """

    body: tuple[Atom, ...]
    head: Atom
    stated: float | None = None
    source: str = "expert"
    right: int = 0
    tried: int = 0
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.body or self.head.negated or self.head.relation == DIFFERS:
            raise ValueError("a clause needs a body, and one plain statement as its head: a(X, Y) -> b(X, Y)")
        if self.stated is not None and not 0.0 <= self.stated <= 1.0:
            raise ValueError(f"a stated probability must lie in 0..1, got {self.stated}")

    @property
    def certain(self) -> bool:
        """Whether what it infers is as true as what it infers it from."""
        return self.stated is None or self.stated == 1.0

    @property
    def text(self) -> str:
        """The clause in its one canonical form."""
        stated = "" if self.stated is None else f" [{written_number(self.stated)}]"
        return f"{' & '.join(atom.text for atom in self.body)} -> {self.head.text}{stated}"

    @property
    def unbound(self) -> tuple[Variable, ...]:
        """Variables of the head, of negated atoms and of `!=` that no plain atom of the body binds; a clause that has some cannot be run."""
        plain = {v for atom in self.body if not atom.negated and atom.relation != DIFFERS for v in atom.variables()}
        return tuple(dict.fromkeys(v for atom in (*self.body, self.head) for v in atom.variables() if v not in plain))

    def say(self, lang: str = "en") -> str:
        """The clause as a sentence."""
        body = [atom.say(lang) for atom in self.body]
        if lang == "zh":
            return glue("若", " 且 ".join(body), "，则", self.head.say(lang), "。")
        return f"If {' and '.join(body)}, then {self.head.say(lang)}."

    def to_json(self) -> dict[str, Any]:
        """The clause as JSON; `Clause.from_json` reads it back."""
        return {"text": self.text, "source": self.source, "right": self.right, "tried": self.tried, "line": self.line}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Clause:
        """Reads what `to_json` wrote."""
        read = parse_clause(tree["text"])
        return Clause(read.body, read.head, read.stated, tree["source"], tree["right"], tree["tried"], tree["line"])


def parse_clause(text: str, line: int = 1) -> Clause:
    """The clause of one line. Raises RuleError with line, column and what was expected there."""
    reader = Reader(text, line, relations=True)
    body = [_atom(reader)]
    while _joins(reader, "&", "and") or not _joins(reader, "->", "then"):
        if reader.tokens[reader.place - 1].value not in ("&", "and"):
            reader.fail(reader.next(), "'&' or '->'")
        body.append(_atom(reader))
    start = reader.next()
    head = _atom(reader)
    if head.negated or head.relation == DIFFERS:
        reader.fail(start, "what follows from the body, as a plain statement such as relation(X, Y)")
    return Clause(tuple(body), head, reader.stated(), line=line)


def parse_atom(text: str, line: int = 1) -> Atom:
    """The one atom that a text holds, as `works_for(X, "Acme")`. Raises RuleError with line, column and what was expected there."""
    reader = Reader(text, line, relations=True)
    atom = _atom(reader)
    reader.end()
    return atom


def _joins(reader: Reader, sign: str, word: str) -> bool:
    return reader.skips("sign", sign) or reader.skips("key", word)


def _atom(reader: Reader) -> Atom:
    negated = reader.skips("key", "not")
    token = reader.next()
    relation = token.kind == "name" and reader.next(1)[:2] == ("sign", "(")
    if not relation and not negated and reader.next(1)[:2] == ("sign", DIFFERS):
        left = _term(reader)
        reader.sign(DIFFERS)
        return Atom(DIFFERS, left, _term(reader))
    if not relation or not token.value:
        reader.fail(token, "a relation before its brackets, as in relation(X, Y)" + (", 'not' or X != Y" if not negated else ""))
    reader.place += 1
    reader.sign("(")
    left = _term(reader)
    if reader.next()[:2] == ("sign", ")"):
        reader.fail(reader.next(), "','", "; a relation joins two things: relation(X, Y)")
    reader.sign(",")
    right = _term(reader)
    reader.sign(")")
    return Atom(token.value, left, right, negated)


def _term(reader: Reader) -> Term:
    token = reader.take(("word", "variable", "text", "number"), THINGS)
    if token.kind == "variable" or (token.kind == "word" and _capital(token.value)):
        return Variable(token.value)
    return token.value


def _thing(term: Term) -> str:
    if isinstance(term, Variable):
        return term.text
    return term if is_plain(term) and not _capital(term) else escaped(term, '"')


def _capital(word: str) -> bool:
    return word[0].isupper() and word.casefold() not in WORDS
