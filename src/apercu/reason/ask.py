"""Ask: a question with gaps is answered from what is stated, what follows, and what is predicted, each told apart.

    asked(closure, 'works_for(?, "Acme")')        # who works for Acme
    asked(closure, "works_for(X, F) & located_in(F, Oslo)")    # pairs of a person and a firm in Oslo

A gap is `?` or a variable; a word that begins with a capital letter and is an entity's name means that entity. Several statements joined by
`&` (且, and) are answered together, `not` and `!=` among them. Stated answers come first, then inferred, then predicted ones, the surest
first. What it does *not* do: guess a name that is not there (the nearest one is proposed).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Any, Final

import numpy as np

from ..core.clause import DIFFERS, Atom, Clause, Term, Variable, parse_clause
from ..core.errors import RuleError, UnknownName, WordsError, nearest
from ..core.graph import Graph, Triple
from ..words.numbers import percent
from .chain import Closure, Limits, Program, plain_atoms
from .why import SURE, Why, why

__all__ = ["Answer", "asked"]

GAP: Final = re.compile(r'("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)|\?(?!\w)')
HEAD: Final = Atom("the answer", "a", "b")  # a question is the body of a clause; this head occurs in no graph
ALIKE: Final = 3  # letters by which the length of a misspelt name may differ
COMPARED: Final = 20_000  # names that a misspelt one is compared with
KINDS: Final = ("known", "inferred", "predicted")
TOLD: Final = {
    "known": {"en": "stated", "zh": "已陈述"},
    "certain": {"en": "inferred", "zh": "推出"},
    "inferred": {"en": "inferred, {sure} sure", "zh": "推出，置信度 {sure}"},
    "predicted": {"en": "predicted, {sure} sure", "zh": "预测，置信度 {sure}"},
}


@dataclass(frozen=True)
class Answer:
    """One way to fill the gaps: what each gap is, how the surest statement of it is known, and why.

    kind: known, inferred or predicted, the weakest among the statements; confidence: the least among them.
    """

    gaps: dict[str, str]
    kind: str
    confidence: float
    facts: tuple[Triple, ...]
    why: tuple[Why, ...] = ()

    def say(self, lang: str = "en") -> str:
        """The answer in one line."""
        values = ", ".join(self.gaps.values()) if self.gaps else ", ".join(f"{f.relation}({f.head}, {f.tail})" for f in self.facts)
        told = TOLD["certain" if self.kind == "inferred" and self.confidence >= SURE else self.kind][lang].format(sure=percent(self.confidence))
        return f"{values} ({told})" if lang == "en" else f"{values}（{told}）"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        facts = [{"head": f.head, "relation": f.relation, "tail": f.tail, "confidence": f.weight} for f in self.facts]
        told = {"gaps": self.gaps, "kind": self.kind, "confidence": self.confidence, "facts": facts}
        return {**told, "why": [reason.to_json() for reason in self.why]}


def asked(closure: Closure, question: str, predicted: Graph | None = None, most: int = 100) -> list[Answer]:
    """The answers to a question, the `most` best, each with its reasons. Raises RuleError and WordsError where it cannot be read.

    predicted: facts that neither are stated nor follow, with their probability as weight (`reason.extend`).
    """
    whole = _whole(closure, predicted)
    body = _read(question, whole)
    plain = plain_atoms(Clause(body, HEAD))
    program = Program(whole, (Clause(body, replace(HEAD, left=body[plain[0]].left, right=body[plain[0]].right)),), Limits())
    for facts in program.relations.values():
        facts.see()
    kinds = np.repeat(np.arange(3), [len(closure.known), len(closure), len(whole) - len(closure.known) - len(closure)])
    best = np.empty((0, len(plain)), np.int64)
    for table in program.rows(0):
        every = np.arange(table.n)
        of = [program.relations[body[i].relation].numbers.values[table.rows(i, every)] for i in plain]
        best = np.concatenate([best, np.stack(of, 1)])
        best = best[np.lexsort((*best.T[::-1], -whole.weight[best].min(1), kinds[best].max(1)))[:most]]
    return [_answer(closure, whole, [body[i] for i in plain], numbers) for numbers in best.tolist()]


def _whole(closure: Closure, predicted: Graph | None) -> Graph:
    """Known, inferred and predicted facts, each once, numbered in this order."""
    whole = closure.whole
    if not predicted:
        return whole
    joined = whole.joined(predicted)
    more = np.arange(len(whole), len(joined))
    fresh = more[~np.isin(joined.keys()[more], joined.keys()[: len(whole)])]
    later = joined.only(fresh).distinct()
    return joined.only(np.arange(len(whole))).joined(later)


def _answer(closure: Closure, whole: Graph, atoms: Sequence[Atom], numbers: Sequence[int]) -> Answer:
    facts = tuple(whole.only(list(numbers)).triples)
    gaps: dict[str, str] = {}
    for atom, fact in zip(atoms, facts, strict=True):
        for term, thing in ((atom.left, fact.head), (atom.right, fact.tail)):
            if isinstance(term, Variable):
                gaps[term.name] = thing
    weakest = max(numbers)
    kind = KINDS[(weakest >= len(closure.known)) + (weakest >= len(closure.known) + len(closure))]
    reasons = tuple(why(closure, number) for number in numbers if number < len(closure.known) + len(closure))
    return Answer(gaps, kind, min(fact.weight for fact in facts), facts, reasons)


def _read(question: str, graph: Graph) -> tuple[Atom, ...]:
    """The statements that are asked for, every name in them being one of the graph."""
    number = count(1)
    text = GAP.sub(lambda found: found.group(1) or f"?gap{next(number)}", question)
    body = tuple(_meant(atom, graph) for atom in parse_clause(f"{text} -> {HEAD.text}").body)
    if text != question:
        _doubt(body, graph)
    if all(atom.negated or atom.relation == DIFFERS for atom in body):
        raise RuleError('a question needs one statement that is not negated, such as works_for(?, "Acme").')
    if loose := Clause(body, HEAD).unbound:
        names = " and ".join("?" if v.name.startswith("gap") else v.text for v in loose)
        raise RuleError(f"{names} stands only beside `not` or !=; ask in a plain statement what it may be.")
    for atom in body:
        if atom.relation != DIFFERS and atom.relation not in graph.relation_places:
            raise UnknownName("relation", atom.relation, sorted(graph.relations))
        for term in (atom.left, atom.right):
            if isinstance(term, str) and term not in graph.entity_places:
                raise WordsError(f"the graph has no entity {term!r}{_hint(term, graph)} A gap is written ? or X.")
    return body


def _meant(atom: Atom, graph: Graph) -> Atom:
    """The atom in which a capitalised word of several letters that names an entity is that entity."""

    def term(of: Term) -> Term:
        return of.name if isinstance(of, Variable) and len(of.name) > 1 and of.name in graph.entity_places else of

    return replace(atom, left=term(atom.left), right=term(atom.right))


def _doubt(body: Sequence[Atom], graph: Graph) -> None:
    """Beside gaps that are written `?`, a capitalised word that stands once and is almost an entity's name is taken for a slip."""
    words = [t.name for atom in body for t in (atom.left, atom.right) if isinstance(t, Variable)]
    for name in words:
        if len(name) > 1 and name[0].isupper() and words.count(name) == 1 and (hint := _hint(name, graph)) != ".":
            raise WordsError(f"the graph has no entity {name!r}{hint} A gap is written ? or X.")


def _hint(name: str, graph: Graph) -> str:
    """The nearest entity among those that begin alike; of a million names not all are compared."""
    alike = (other for other in graph.entities if other[:1].casefold() == name[:1].casefold() and abs(len(other) - len(name)) <= ALIKE)
    close = nearest(name, islice(alike, COMPARED))
    return f"; did you mean {close!r}?" if close else "."
