"""Trials: how often what a clause implies is so, on pairs of things between which no search has seen a fact.

    share = (0.1, salts_of(graph))                        # how pairs of things were kept from whoever looked for clauses
    tried(graph, clauses, share)                          # Trial(clause, n=412, alone=371, value=.82, base=.01, covered=.3, p=1e-40)

Whether a pair of things is unseen for a relation is told by a hash of their names and its own (`stats.paths.hidden`), be it a fact or not. A clause
is tried on the unseen pairs (X, Y) of its head's relation to which its body leads, along any facts; `value` is the share of them that its head
states, `base` what chance would give: the share of all things with the relation that have this Y (or, where that is more, of all that are related
to so that have this X).

Null hypothesis: whether X has the relation to Y does not depend on the body, given how many have this Y. Pairs of one X share its facts, so one pair
of each X counts; where things have as few on the other side (a wife, one husband), also one of each Y, whichever gives the larger p; of a relation
from many to few (lives_in) X alone, from few to many Y alone, and then at least OTHERS different things on the other side. Each is an exact
binomial test at the mean of its bases, which is wider than the sum of unequal chances that it stands for (Hoeffding 1956).

What breaks it: facts that are listed only for things of one sort make every body of that sort look right; and a graph leaves out much that is so, so
`value` is the share that is stated, and a share of what is true at the most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..core.clause import Clause, Variable
from ..core.graph import Graph
from ..core.trial import Trial
from ..stats.exact import above
from ..stats.paths import held_out
from ._bindings import bindings
from ._facts import Facts

__all__ = ["tried"]

Share = tuple[float, tuple[np.ndarray, np.ndarray]]

FEWER: Final = 2.0  # times as many things on one side of a relation as on the other, from which it is one from many to few
OTHERS: Final = 3  # things on the side of the few, below which nothing is known of the rest of them
MOST: Final = 1_000_000  # ways of one body; what leads to more says next to nothing of each


def tried(graph: Graph, clauses: Sequence[Clause], share: Share) -> list[Trial]:
    """One trial for each clause whose body leads to an unseen pair and not to more than MOST, in their order; share: (the part unseen, salts)."""
    relations = _relations(graph)
    found = (_trial(clause, relations, graph, share) for clause in clauses if _runs(clause, relations, graph))
    return [trial for trial in found if trial is not None]


def _relations(graph: Graph) -> dict[str, Facts]:
    facts = graph.distinct().facts
    made = {}
    for place, name in enumerate(graph.relations):
        own = facts[facts[:, 1] == place]
        made[name] = Facts(len(graph.entities))
        made[name].add(own[:, 0], own[:, 2], np.arange(len(own), dtype=np.int32))
        made[name].see()
    return made


def _runs(clause: Clause, relations: dict[str, Facts], graph: Graph) -> bool:
    atoms = (*clause.body, clause.head)
    constants = {term for atom in atoms for term in (atom.left, atom.right) if isinstance(term, str)}
    return not clause.unbound and all(a.relation in relations or a.relation == "!=" for a in atoms) and constants <= set(graph.entity_places)


def _trial(clause: Clause, relations: dict[str, Facts], graph: Graph, share: Share) -> Trial | None:
    places, size = graph.entity_places, len(graph.entities)
    relation = graph.relation_places[clause.head.relation]
    pairs, ways = np.empty(0, np.int64), 0
    for table in bindings(clause, relations, places):
        ways += table.n
        if ways > MOST:
            return None
        left, right = (
            table.column(t).astype(np.int64) if isinstance(t, Variable) else np.full(table.n, places[t], np.int64)
            for t in (clause.head.left, clause.head.right)
        )
        pairs = np.union1d(pairs, (left * size + right)[(left != right) & _unseen(left, relation, right, share)])
    if not len(pairs):
        return None
    left, right = np.divmod(pairs, size)
    head = relations[clause.head.relation]
    hit = head.row(left.astype(np.int32), right.astype(np.int32)) >= 0
    base = np.maximum(_share(head, 0, right, size), _share(head, 1, left, size))
    sides = [k for k in _units(head) if isinstance((clause.head.left, clause.head.right)[k], Variable)]
    alone = [np.unique((left, right)[k], return_index=True)[1] for k in sides] or [np.zeros(1, np.int64)]
    if len(sides) == 1 and len(np.unique((right, left)[sides[0]])) < OTHERS and isinstance((clause.head.right, clause.head.left)[sides[0]], Variable):
        return None
    p = max(above(int(hit[first].sum()), len(first), float(base[first].mean())) for first in alone)
    there = head.side(0).astype(np.int64), head.side(1).astype(np.int64)
    kept = (there[0] != there[1]) & _unseen(there[0], relation, there[1], share)
    covered = float(hit.sum() / max(1, np.count_nonzero(kept)))
    return Trial(clause, len(pairs), min(map(len, alone)), float(hit.mean()), float(base.mean()), covered, p)


def _units(head: Facts) -> tuple[int, ...]:
    """The sides of a relation on which each thing counts once: the one whose things have far fewer answers, else both."""
    things = len(np.unique(head.side(0))), len(np.unique(head.side(1)))
    return (0,) if things[0] > FEWER * things[1] else (1,) if things[1] > FEWER * things[0] else (0, 1)


def _unseen(left: np.ndarray, relation: int, right: np.ndarray, share: Share) -> np.ndarray:
    """(n,) bool."""
    return held_out(np.stack([left, np.full(len(left), relation), right], 1), *share)


def _share(head: Facts, side: int, things: np.ndarray, size: int) -> np.ndarray:
    """(n,) of all things on one side of a relation, the share that have each of `things` on the other."""
    have = np.bincount(head.side(1 - side), minlength=size)
    return have[things] / max(1, len(np.unique(head.side(side))))
