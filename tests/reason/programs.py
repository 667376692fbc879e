"""Small random programs, and an evaluator so plain that it can be believed: all ways to fill all variables, until nothing new comes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from hypothesis import strategies as st

from apercu.core.clause import DIFFERS, Atom, Clause, Variable
from apercu.core.graph import Graph, Triple
from apercu.reason._program import strata

X, Y, Z = (Variable(name) for name in "XYZ")
THINGS, RELATIONS = "abcd", "pqrs"


def naive(graph: Graph, clauses: Sequence[Clause]) -> set[tuple[str, ...]]:
    """All (head, relation, tail) that are stated or follow."""
    facts = {t[:3] for t in graph.triples}
    things = set(graph.entities) | {t for c in clauses for a in (*c.body, c.head) for t in (a.left, a.right) if isinstance(t, str)}
    for stratum in strata(clauses):
        new = {()}
        while new:
            new = {fact for i in stratum for fact in _fired(clauses[i], facts, sorted(things))} - facts
            facts |= new
    return facts


def _fired(clause: Clause, facts: set, things: Sequence[str]) -> set[tuple[str, ...]]:
    variables = list(dict.fromkeys(v for atom in clause.body for v in atom.variables()))
    found = set()
    for values in product(things, repeat=len(variables)):
        filled = dict(zip(variables, values, strict=True))

        def triple(atom: Atom, filled: dict = filled) -> tuple[str, ...]:
            return filled.get(atom.left, atom.left), atom.relation, filled.get(atom.right, atom.right)

        if all(_holds(atom, triple(atom), facts) for atom in clause.body):
            found.add(triple(clause.head))
    return found


def _holds(atom: Atom, triple: tuple[str, ...], facts: set) -> bool:
    return triple[0] != triple[2] if atom.relation == DIFFERS else (triple in facts) != atom.negated


relations, things = st.sampled_from(RELATIONS), st.sampled_from(THINGS)
terms = st.one_of(st.sampled_from([X, Y, Z]), st.sampled_from([X, Y, Z]), things)


@st.composite
def clauses(draw: st.DrawFn, *, negation: bool = True) -> Clause:
    """A clause that can be run: a chain, a cycle or a loose body, with now and then a constant, a negated atom or a `!=`."""
    r = [draw(relations) for _ in range(4)]
    shapes = [
        (Atom(r[0], X, Z),),
        (Atom(r[0], Z, X),),
        (Atom(r[0], X, Y), Atom(r[1], Y, Z)),
        (Atom(r[0], X, Y), Atom(r[1], Z, Y), Atom(DIFFERS, X, Z)),
        (Atom(r[0], X, X), Atom(r[1], Z, draw(things))),
        (Atom(r[0], X, Z), Atom(r[1], Z, Y), Atom(r[2], Y, X)),
        (Atom(r[0], X, Z), Atom(r[1], draw(terms), draw(terms))),
    ]
    body = draw(st.sampled_from(shapes))
    if negation and draw(st.integers(0, 3)) == 0:
        body = (*body, Atom(r[2], Z, draw(st.sampled_from([X, "a"])), negated=True))
    left, right = draw(st.sampled_from([(X, Z), (X, Z), (Z, X), (X, X), (X, "e")]))
    return Clause(body, Atom(r[3], left, right), draw(st.sampled_from([None, 1.0, 0.5])))


def graphs(most: int = 12) -> st.SearchStrategy[Graph]:
    """Graphs of a few facts from three sources."""
    sources, weights = st.sampled_from("xyz"), st.sampled_from([0.5, 1.0])
    triple = st.builds(Triple, things, st.sampled_from(RELATIONS[:3]), things, sources, weights, st.just(0))
    return st.lists(triple, max_size=most).map(Graph.of)
