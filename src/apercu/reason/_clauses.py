"""Mined rules as clauses: the text that a person reads, which says exactly what was counted, the things that must differ included.

    path (b1, b2 backwards) of r     b1(X, Z) & b2(Y, Z) & X != Y -> r(X, Y) [0.41]
    item (b, "c") of (r, "d")        b(X, "c") -> r(X, "d") [0.83]
    having b at all                  b(X, Z) -> r(X, "d") [0.12]

A `!=` between neighbours on a path is left out where the relation between them links nothing to itself.
"""

from __future__ import annotations

import numpy as np

from ..core.clause import DIFFERS, Atom, Clause, Term, Variable
from ..core.graph import Graph
from .mine import Mined

__all__ = ["Words", "item_clause", "path_clause"]

NAMES = ("X", "Z", "W", "V", "U")  # of the things on a path, before its end, Y


class Words:
    """The names that clauses of a graph are told with."""

    def __init__(self, graph: Graph) -> None:
        self.entities, self.relations = graph.entities, graph.relations
        same = graph.facts[graph.facts[:, 0] == graph.facts[:, 2], 1]
        self.selfish = set(np.unique(same).tolist())  # relations that link something to itself

    def atom(self, step: int, left: Term, right: Term) -> Atom:
        """Left step right, told forwards."""
        r = len(self.relations)
        return Atom(self.relations[step], left, right) if step < r else Atom(self.relations[step - r], right, left)


def path_clause(words: Words, mined: Mined, rule: int) -> Clause:
    """The clause of a path rule."""
    paths = mined.paths
    body = [int(step) for step in paths.bodies[rule] if step >= 0]
    things: list[Term] = [*(Variable(name) for name in NAMES[: len(body)]), Variable("Y")]
    atoms = [words.atom(step, things[i], things[i + 1]) for i, step in enumerate(body)]
    loops = {i for i, step in enumerate(body) if step % mined.relations in words.selfish}
    for i in range(len(things)):
        for j in range(i + 1, len(things)):
            if j > i + 1 or i in loops:
                atoms.append(Atom(DIFFERS, things[i], things[j]))
    head = words.atom(int(paths.relation[rule]), things[0], things[-1])
    stated = round(float(paths.confidence[rule]), 3)
    return Clause(tuple(atoms), head, min(stated, 0.999), "mined", int(paths.right[rule]), int(paths.tried[rule]))


def item_clause(words: Words, mined: Mined, body: int, head: int, counts: tuple[int, int, float]) -> Clause:
    """The clause of a rule between items; counts: right, tried and confidence."""
    kept, x = mined.kept, Variable("X")
    tail = int(kept.tail[body])
    thing: Term = Variable("Z") if tail == mined.entities else words.entities[tail]
    premise = words.atom(int(kept.relation[body]), x, thing)
    conclusion = words.atom(int(kept.relation[head]), x, words.entities[int(kept.tail[head])])
    return Clause((premise,), conclusion, min(round(counts[2], 3), 0.999), "mined", counts[0], counts[1])
