"""A program of clauses: which of them can be run, and in which order.

    strata([reachable, reachable_from_reachable, unreachable])     # [[0, 1], [2]]

A clause can be run when every variable of its head, of its negated atoms and of its `!=` stands in a plain atom too (it is *safe*). Relations
that need each other form a *stratum*; strata run one after the other, each to its end, so that `not` asks of what is settled (Apt, Blair
and Walker, Towards a theory of declarative knowledge, 1988). A relation that needs its own absence has no such order and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.clause import DIFFERS, Clause
from ..core.errors import RuleError

__all__ = ["strata"]

Needs = dict[str, dict[str, int]]  # relation: {relation that it needs: the clause that says so}


def strata(clauses: Sequence[Clause]) -> list[list[int]]:
    """The numbers of the clauses, stratum by stratum. Raises RuleError for a clause that is not safe and for a circle through `not`."""
    for clause in clauses:
        if clause.unbound:
            names = " and ".join(variable.text for variable in clause.unbound)
            raise RuleError(f"{_at(clause)}no plain statement before the arrow says what {names} may be, so the rule cannot be run: {clause.text}")
    needs: Needs = {}
    for i, clause in enumerate(clauses):
        for atom in clause.body:
            if atom.relation != DIFFERS:
                needs.setdefault(clause.head.relation, {}).setdefault(atom.relation, i)
                needs.setdefault(atom.relation, {})
    rank = {relation: place for place, circle in enumerate(_circles(needs)) for relation in circle}
    for clause in clauses:
        for atom in clause.body:
            if atom.negated and rank[atom.relation] == rank[clause.head.relation]:
                raise RuleError(_refusal(clause, atom.relation, needs))
    found: dict[int, list[int]] = {}
    for i, clause in enumerate(clauses):
        found.setdefault(rank[clause.head.relation], []).append(i)
    return [found[place] for place in sorted(found)]


def _circles(needs: Needs) -> list[list[str]]:
    """The sets of relations that need each other, those that others need first (Tarjan 1972, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: dict[str, None] = {}  # in the order in which they were met
    circles: list[list[str]] = []
    for start in needs:
        trail = [(start, iter(needs[start]))] if start not in number else []
        while trail:
            relation, onward = trail[-1]
            if relation not in number:
                number[relation] = low[relation] = len(number)
                open_[relation] = None
            following = next(onward, None)
            if following is None:
                trail.pop()
                if trail:
                    low[trail[-1][0]] = min(low[trail[-1][0]], low[relation])
                if low[relation] == number[relation]:
                    circle: list[str] = []
                    while not circle or circle[-1] != relation:
                        circle.append(open_.popitem()[0])
                    circles.append(circle)
            elif following not in number:
                trail.append((following, iter(needs[following])))
            elif following in open_:
                low[relation] = min(low[relation], number[following])
    return circles


def _refusal(clause: Clause, negated: str, needs: Needs) -> str:
    """The circle in words: from the relation whose absence is asked for back to the head that asks."""
    head = clause.head.relation
    before = {negated: ""}
    line = [negated]
    while line and head not in before:
        relation = line.pop(0)
        for following in needs[relation]:
            if following not in before:
                before[following] = relation
                line.append(following)
    way = [head]
    while before.get(way[-1]):
        way.append(before[way[-1]])
    circle = " needs ".join([f"{head} needs not {negated}", *reversed(way[:-1])])
    return f"{_at(clause)}a rule may not need the absence of what depends on it: {circle}. Take `not {negated}` out of the circle: {clause.text}"


def _at(clause: Clause) -> str:
    return f"line {clause.line}: " if clause.line else ""
