"""Retract: what is left of a closure when a source is taken back. Exactly what only that source supported goes.

    left = without(closure, "rumours.tsv")

What another source states as well stays, and so does what follows from the rest, by another derivation if the first one fell: the facts that
no longer stand are asked for one by one, the way back from the head of each clause (delete and rederive: Gupta, Mumick and Subrahmanian,
Maintaining views incrementally, SIGMOD 1993), so the work grows with what falls and not with the graph. Where a clause has `not`, or a least
confidence is set, less knowledge may imply more or other facts, and everything is inferred anew. Which of several derivations is told, and
with it the confidence, may differ from inferring anew; the facts do not.
"""

from __future__ import annotations

import numpy as np

from ..core.clause import Clause, Variable
from ..core.errors import UnknownName
from ..core.graph import Graph
from ..stats.derivations import standing
from ._bindings import Table
from .chain import Closure, Program, chained

__all__ = ["without"]


def without(closure: Closure, source: str) -> Closure:
    """The closure of the same clauses without the statements of one source. Raises UnknownName for a source that the graph does not have."""
    graph = closure.graph
    if source not in graph.sources:
        raise UnknownName("source", source, graph.sources)
    left = graph.only(graph.source != graph.sources.index(source))
    negated = any(atom.negated for clause in closure.clauses for atom in clause.body)
    if negated or closure.limits.least > 0.0 or not closure.complete:
        return chained(left, closure.clauses, closure.limits)
    program = Program(left, closure.clauses, closure.limits)
    fallen = _kept(program, closure)
    if len(fallen):
        _again(program, fallen)
    return program.closure()


def _kept(program: Program, closure: Closure) -> np.ndarray:
    """Gives the program the inferred facts that still stand; (k, 3) the facts that fell."""
    known, m = closure.known, len(closure.known)
    places = _places(known, program.known)
    factor = np.array([1.0 if c.stated is None else c.stated for c in closure.clauses] or [1.0], np.float32)[closure.rule]
    weight = np.where(places >= 0, program.known.weight[places], np.float32(0.0)) if len(program.known) else np.zeros(m, np.float32)
    stands, sure = standing(closure.premises, factor, places >= 0, weight.astype(np.float32))
    kept = np.flatnonzero(stands[m:])
    numbers = np.full(m + len(closure), -1, np.int32)  # new numbers of the facts that stand, the last one of "none"
    numbers[:m] = places
    numbers[m + kept] = np.arange(len(program.known), len(program.known) + len(kept))
    premises = np.where(closure.premises[kept] >= 0, numbers[closure.premises[kept]], -1)
    program.take(closure.facts[kept], closure.rule[kept], premises, sure[m:][kept])
    return np.concatenate([known.facts[places < 0], closure.facts[~stands[m:]]])


def _again(program: Program, fallen: np.ndarray) -> None:
    """Looks for other derivations of facts that fell, until a round finds none."""
    relations = program.graph.relation_places
    while True:
        found = 0
        for facts in program.relations.values():
            facts.see()
        for i, clause in enumerate(program.clauses):
            wanted = fallen[fallen[:, 1] == relations[clause.head.relation]]
            head = program.relations[clause.head.relation]
            wanted = wanted[head.row(wanted[:, 0], wanted[:, 2]) < 0]
            start = _asked(clause, wanted, program)
            if start.n:
                before = len(head)
                for table in program.rows(i, start=start):
                    program.keep(i, table)
                found += len(head) - before
        if not found:
            return


def _asked(clause: Clause, wanted: np.ndarray, program: Program) -> Table:
    """The head's variables filled with the facts (k, 3) that are looked for."""
    filled: dict[Variable, np.ndarray] = {}
    kept = np.ones(len(wanted), bool)
    for term, things in ((clause.head.left, wanted[:, 0]), (clause.head.right, wanted[:, 2])):
        if isinstance(term, Variable):
            kept &= filled[term] == things if term in filled else True
            filled.setdefault(term, things)
        else:
            kept &= things == program.graph.entity_places[term]
    return Table(int(kept.sum()), {term: things[kept] for term, things in filled.items()})


def _places(facts: Graph, among: Graph) -> np.ndarray:
    """(m,) the place of each fact among others of the same numbering, -1 for one that is not there."""
    keys, others = facts.keys(), among.keys()
    if not len(others):
        return np.full(len(keys), -1)
    order = np.argsort(others)
    at = np.minimum(np.searchsorted(others, keys, sorter=order), len(others) - 1)
    return np.where(others[order[at]] == keys, order[at], -1)
