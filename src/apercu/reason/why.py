"""Why: how a fact is known, unrolled from the clause that first inferred it down to the statements of the sources.

    controls(Acme, Dust): inferred, 50.0% sure, by controls(X, Y) & owns(Y, Z) -> controls(X, Z)
    ├─ controls(Acme, Cog): inferred, 50.0% sure, by owns(X, Y) -> controls(X, Y)
    │  └─ owns(Acme, Cog): stated in firms.tsv, line 3 (50.0% sure)
    └─ owns(Cog, Dust): stated in firms.tsv, line 4

`replays` holds each recorded derivation against its clause: the premises fill the body, and what then stands in the head is the fact. What
was asked for in vain (`not`, `!=`) is told beside the premises. A long tree is cut and says so; a fact met before is not unrolled again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ..core.clause import DIFFERS, Atom, Clause, Term, Variable
from ..core.errors import WordsError
from ..core.graph import Triple
from ..words.numbers import percent
from .chain import Closure, plain_atoms

__all__ = ["Why", "number_of", "replays", "why"]

MOST: Final = 200  # facts in one tree
DEPTH: Final = 60  # steps from the root; beyond, the tree is cut
SURE: Final = 0.9995  # confidence from which none is told
SHOWN: Final = 3  # statements of one fact that are told
WORDS: Final = {
    "stated": {"en": "stated in {where}", "zh": "见于 {where}"},
    "line": {"en": "{source}, line {place}", "zh": "{source} 第 {place} 行"},
    "somewhere": {"en": "the graph", "zh": "本图谱"},
    "sure": {"en": " ({sure} sure)", "zh": "（置信度 {sure}）"},
    "inferred": {"en": "inferred, {sure} sure, by {clause}", "zh": "推出，置信度 {sure}，依据 {clause}"},
    "certain": {"en": "inferred by {clause}", "zh": "推出，依据 {clause}"},
    "absent": {"en": "{atom}: neither stated nor inferred", "zh": "{atom}：既未陈述，也未推出"},
    "differ": {"en": "{atom}", "zh": "{atom}"},
    "again": {"en": "{fact}: see above", "zh": "{fact}：见上"},
    "cut": {"en": "{fact}: inferred; its reasons are left out here", "zh": "{fact}：推出，理由此处从略"},
    "colon": {"en": ": ", "zh": "："},
    "join": {"en": " and ", "zh": "、"},
    "more": {"en": " and {n} more", "zh": " 等 {n} 处"},
}


@dataclass(frozen=True)
class Why:
    """A fact, and how it is known. Of a stated one `statements` say where; of an inferred one `clause` and `premises` say by what.

    others: what the clause asked for besides, filled in: atoms that had to be absent, things that had to differ. cut: '' where all is told,
    'again' for a fact that was unrolled before, 'cut' where the tree grew too long.
    """

    fact: Triple
    number: int
    clause: Clause | None = None
    premises: tuple[Why, ...] = ()
    others: tuple[Atom, ...] = ()
    statements: tuple[Triple, ...] = ()
    cut: str = ""

    def say(self, lang: str = "en") -> str:
        """The tree as lines of text."""
        return "\n".join(self._lines(lang, "", ""))

    def sources(self) -> tuple[str, ...]:
        """The sources that the whole tree rests on, sorted."""
        own = {statement.source for statement in self.statements}
        return tuple(sorted(own.union(*(premise.sources() for premise in self.premises))))

    def to_json(self) -> dict[str, Any]:
        """The tree as JSON values."""
        fact = {"head": self.fact.head, "relation": self.fact.relation, "tail": self.fact.tail, "confidence": self.fact.weight}
        if self.clause is None and not self.cut:
            return {**fact, "stated": [{"source": s.source, "place": s.place, "weight": s.weight} for s in self.statements]}
        told = {"clause": self.clause.text if self.clause else None, "premises": [premise.to_json() for premise in self.premises]}
        return {**fact, **told, "others": [atom.text for atom in self.others], **({"left_out": self.cut} if self.cut else {})}

    def _lines(self, lang: str, first: str, rest: str) -> Iterator[str]:
        yield first + self._line(lang)
        leaves = [WORDS["differ" if atom.relation == DIFFERS else "absent"][lang].format(atom=_plain(atom)) for atom in self.others]
        last = len(self.premises) + len(leaves) - 1
        for i, premise in enumerate(self.premises):
            yield from premise._lines(lang, rest + ("└─ " if i == last else "├─ "), rest + ("   " if i == last else "│  "))
        for i, leaf in enumerate(leaves, len(self.premises)):
            yield rest + ("└─ " if i == last else "├─ ") + leaf

    def _line(self, lang: str) -> str:
        fact = f"{self.fact.relation}({self.fact.head}, {self.fact.tail})"
        if self.cut:
            return WORDS[self.cut][lang].format(fact=fact)
        sure = percent(self.fact.weight)
        if self.clause is not None:
            name = "inferred" if self.fact.weight < SURE else "certain"
            return fact + WORDS["colon"][lang] + WORDS[name][lang].format(sure=sure, clause=self.clause.text)
        places = [_where(statement, lang) for statement in self.statements]
        where = WORDS["join"][lang].join(dict.fromkeys(places[:SHOWN]))
        where += WORDS["more"][lang].format(n=len(places) - SHOWN) if len(places) > SHOWN else ""
        doubt = WORDS["sure"][lang].format(sure=sure) if self.fact.weight < SURE else ""
        return fact + WORDS["colon"][lang] + WORDS["stated"][lang].format(where=where) + doubt


def why(closure: Closure, fact: int | tuple[str, ...] | Triple) -> Why:
    """How a fact is known: its number, or (head, relation, tail). Raises WordsError for one that is neither stated nor inferred."""
    number = fact if isinstance(fact, int) else number_of(closure, *fact[:3])
    met: set[int] = set()

    def unrolled(number: int, depth: int) -> Why:
        place = number - len(closure.known)
        if place < 0:
            return Why(closure.known.triple(number), number, statements=tuple(closure.graph.only(closure.statements(number)).triples))
        bare = Why(_inferred(closure, place), number)
        if number in met or len(met) >= MOST or depth >= DEPTH:
            return replace(bare, cut="again" if number in met else "cut")
        met.add(number)
        clause = closure.clauses[closure.rule[place]]
        rests = [int(p) for p in closure.premises[place] if p >= 0]
        filled = _filled(closure, clause, rests)
        others = tuple(_fill(atom, filled) for atom in clause.body if atom.negated or atom.relation == DIFFERS)
        return replace(bare, clause=clause, premises=tuple(unrolled(p, depth + 1) for p in rests), others=others)

    return unrolled(number, 0)


def number_of(closure: Closure, head: str, relation: str, tail: str) -> int:
    """The number of a fact. Raises WordsError for one that is neither stated nor inferred."""
    known = closure.known
    places = known.entity_places.get(head), known.relation_places.get(relation), known.entity_places.get(tail)
    if None not in places:
        for facts, first in ((known.facts, 0), (closure.facts, len(known))):
            rows = np.flatnonzero((facts[:, 1] == places[1]) & (facts[:, 0] == places[0]) & (facts[:, 2] == places[2]))
            if len(rows):
                return first + int(rows[0])
    raise WordsError(f"{Atom(relation, head, tail).text} is neither stated in the graph nor follows from its rules.")


def replays(closure: Closure) -> np.ndarray:
    """(n,) bool: whether each recorded derivation is what its clause says; premises come before what rests on them."""
    facts = np.concatenate([closure.known.facts, closure.facts])
    right = np.all(closure.premises < np.arange(len(closure.known), len(facts))[:, None], axis=1)
    for i, clause in enumerate(closure.clauses):
        rows = np.flatnonzero(closure.rule == i)
        filled: dict[Term, np.ndarray] = {}
        said = [*((clause.body[atom], facts[closure.premises[rows, j]]) for j, atom in enumerate(plain_atoms(clause)))]
        for atom, told in [*said, (clause.head, closure.facts[rows])]:
            right[rows] &= told[:, 1] == closure.known.relation_places[atom.relation]
            for term, things in ((atom.left, told[:, 0]), (atom.right, told[:, 2])):
                if isinstance(term, str):
                    filled[term] = np.full(len(rows), closure.known.entity_places[term])
                right[rows] &= filled.setdefault(term, things) == things
        for atom in clause.body:
            if atom.relation == DIFFERS:
                left, other = (filled.get(t, np.array(closure.known.entity_places.get(str(t), -1))) for t in (atom.left, atom.right))
                right[rows] &= left != other
    return right


def _inferred(closure: Closure, place: int) -> Triple:
    head, relation, tail = closure.facts[place].tolist()
    names = closure.known.entities[head], closure.known.relations[relation], closure.known.entities[tail]
    return Triple(*names, closure.clauses[closure.rule[place]].text, round(float(closure.weight[place]), 6), 0)


def _filled(closure: Closure, clause: Clause, rests: list[int]) -> dict[Term, str]:
    """{variable: the thing that it is} in a derivation that rests on facts."""
    filled: dict[Term, str] = {}
    for atom, number in zip((clause.body[i] for i in plain_atoms(clause)), rests, strict=True):
        own = number < len(closure.known)
        head, _, tail = (closure.known.facts[number] if own else closure.facts[number - len(closure.known)]).tolist()
        for term, thing in ((atom.left, head), (atom.right, tail)):
            if isinstance(term, Variable):
                filled[term] = closure.known.entities[thing]
    return filled


def _fill(atom: Atom, filled: Mapping[Term, str]) -> Atom:
    return replace(atom, left=filled.get(atom.left, atom.left), right=filled.get(atom.right, atom.right))


def _plain(atom: Atom) -> str:
    """An atom of names as it is read, without quotes."""
    return f"{atom.left} ≠ {atom.right}" if atom.relation == DIFFERS else f"{atom.relation}({atom.left}, {atom.right})"


def _where(statement: Triple, lang: str) -> str:
    source = statement.source or WORDS["somewhere"][lang]
    return WORDS["line"][lang].format(source=source, place=f"{statement.place:,}") if statement.place else source
