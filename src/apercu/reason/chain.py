"""Chain: everything that follows from a graph by certain and by probable clauses, and for each new fact how it was first inferred.

    closure = chained(graph, [parse_clause("part_of(X, Y) & part_of(Y, Z) -> part_of(X, Z)")])
    closure.facts, closure.rule, closure.premises       # (n, 3) what is new, by which clause, and from which facts

The least fixed point, stratum by stratum (`_program`), by semi-naive evaluation: in each round a clause is joined only with facts that came
in the round before (Bancilhon and Ramakrishnan, An amateur's introduction to recursive query processing strategies, 1986). Of a fact's
derivations the first is kept; its premises come before it, so following them always ends at what was stated.

How sure an inferred fact is: the clause's stated probability (1 for a certain one) times the weight of its least sure premise. It is what
the kept derivation supports, and neither adds up several derivations nor takes premises for independent. `not` asks whether a fact is
stated or inferred at all, however weakly. A fact that was stated is never inferred again, and its weight stays. What it does *not* do:
functions, numbers, aggregates, `not` within a circle of relations (refused).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..core.clause import DIFFERS, Clause, Term, Variable
from ..core.graph import Graph
from ..core.options import checked, option
from ._bindings import Table, bindings
from ._facts import Column, Facts
from ._program import strata

Ranges = Mapping[int, tuple[int, int]]  # atom: the rows of its relation that count

__all__ = ["Closure", "Limits", "Program", "chained", "plain_atoms"]


@dataclass(frozen=True)
class Limits:
    """How far inference may go."""

    least: float = option(0.0, "least confidence of an inferred fact", legal=(0.0, 1.0))
    most: int = option(20_000_000, "inferred facts, after which inference stops and says so", legal=(0, 1_000_000_000))
    minutes: float = option(10.0, "time after which inference stops and says so", legal=(0.001, 10_000.0), unit="minutes")


@dataclass(frozen=True, eq=False)
class Closure:
    """A graph and the n facts that follow from it. Facts have numbers: those of `known` come first, then the inferred ones in their order.

    graph: the statements as given; known: its facts, each once; facts: (n, 3) int32 inferred ones, as in a Graph; rule: (n,) int32 places in
    `clauses`; premises: (n, width) int32 numbers of facts, -1 where a clause has fewer; weight: (n,) float32; complete: False where a limit
    stopped inference before all was found.
    """

    graph: Graph
    clauses: tuple[Clause, ...]
    limits: Limits
    known: Graph
    facts: np.ndarray
    rule: np.ndarray
    premises: np.ndarray
    weight: np.ndarray
    complete: bool = True

    def __len__(self) -> int:
        return len(self.facts)

    @cached_property
    def whole(self) -> Graph:
        """What was stated, each fact once, and then what follows; the source of an inferred fact is its clause's text."""
        texts = tuple(clause.text for clause in self.clauses)
        new = Graph(self.known.entities, self.known.relations, texts or ("",), self.facts, self.weight, self.rule)
        return self.known.joined(new)

    @cached_property
    def _ordered(self) -> tuple[np.ndarray, np.ndarray]:
        """(the keys of the statements, ascending; their numbers in this order)."""
        keys = self.graph.keys()
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def statements(self, number: int) -> np.ndarray:
        """(s,) the numbers of the graph's statements of a known fact, of every source."""
        keys, order = self._ordered
        key = self.known.only([number]).keys()
        return order[np.searchsorted(keys, key[0]) : np.searchsorted(keys, key[0], side="right")]

    @cached_property
    def by_clause(self) -> np.ndarray:
        """(clauses,) int64: how many facts each clause was the first to infer."""
        return np.bincount(self.rule, minlength=len(self.clauses))


def chained(graph: Graph, clauses: Sequence[Clause], limits: Limits = Limits()) -> Closure:
    """The graph and all that follows from it. Raises RuleError for clauses that cannot be run (see `_program`)."""
    program = Program(graph, clauses, checked(limits))
    program.run()
    return program.closure()


class Program:
    """Clauses at work on a graph: facts by relation, and what was inferred so far."""

    def __init__(self, graph: Graph, clauses: Sequence[Clause], limits: Limits) -> None:
        self.clauses, self.limits = tuple(clauses), limits
        self._strata = strata(self.clauses)
        self.graph = _named(graph, self.clauses)
        self.known = self.graph.distinct()
        constants = {t for clause in self.clauses for atom in (*clause.body, clause.head) for t in (atom.left, atom.right) if isinstance(t, str)}
        self._places = {name: self.graph.entity_places[name] for name in constants}
        self.relations = {name: Facts(len(self.graph.entities)) for name in self.graph.relations}
        self.complete = True
        self._until = time.monotonic() + 60.0 * limits.minutes
        width = max((len(plain_atoms(clause)) for clause in self.clauses), default=1)
        self._facts: list[list[np.ndarray]] = [[] for _ in range(3)]  # heads, relations, tails, as they came
        self._premises: list[list[np.ndarray]] = [[] for _ in range(width)]
        self._rule: list[np.ndarray] = []
        self._weights = Column(np.float32)  # of all facts, by number
        self._weights.extend(self.known.weight)
        self._filled()

    def run(self) -> None:
        """Infers stratum by stratum until nothing new comes, or a limit is met."""
        for stratum in self._strata:
            heads = {self.clauses[i].head.relation for i in stratum}
            for facts in self.relations.values():
                facts.see()
            for i in stratum:
                self._infer(i)
            self._see(heads)
            while self.complete and any(self.relations[head].seen > self.relations[head].old for head in heads):
                for i in stratum:
                    self._again(i, heads)
                self._see(heads)
            if not self.complete:
                return

    def rows(self, number: int, first: int | None = None, ranges: Ranges | None = None, start: Table | None = None) -> Iterator[Table]:
        """All ways to fill the body of a clause, as `bindings` gives them."""
        return bindings(self.clauses[number], self.relations, self._places, first=first, ranges=ranges, start=start)

    def keep(self, number: int, table: Table, chosen: np.ndarray | None = None) -> None:
        """Takes over what a clause infers in each way, or in the chosen ways, unless it is known."""
        clause = self.clauses[number]
        head = self.relations[clause.head.relation]
        left, right = (self._things(term, table) for term in (clause.head.left, clause.head.right))
        if chosen is None and self.limits.least > 0.0:
            chosen = np.flatnonzero(self._weigh(clause, self._rests(clause, table, np.arange(table.n))) >= self.limits.least)
        if chosen is not None:
            left, right = left[chosen], right[chosen]
        new = np.flatnonzero(head.new(left, right))
        left, right = left[new], right[new]
        premises = self._rests(clause, table, new if chosen is None else chosen[new])
        relation = np.full(len(new), self.graph.relation_places[clause.head.relation], np.int32)
        self._held(head, (left, relation, right), np.full(len(new), number, np.int32), premises, self._weigh(clause, premises))
        self.complete = len(self._weights) - len(self.known) <= self.limits.most and time.monotonic() <= self._until

    def take(self, facts: np.ndarray, rule: np.ndarray, premises: np.ndarray, weight: np.ndarray) -> None:
        """Takes over facts that were inferred before, as a Closure tells them, in their order; the program must not have inferred any."""
        first = len(self._weights)
        self._note(tuple(facts.T), rule, list(premises.T), weight)
        for place in np.unique(facts[:, 1]).tolist():
            rows = np.flatnonzero(facts[:, 1] == place)
            self.relations[self.graph.relations[place]].add(facts[rows, 0], facts[rows, 2], (first + rows).astype(np.int32))

    def closure(self) -> Closure:
        """What was found, as a value."""
        n = min(len(self._weights) - len(self.known), self.limits.most)
        rule = _whole([self._rule], n)[:, 0]
        weight = self._weights.values[len(self.known) :][:n]
        made = _whole(self._facts, n), rule, _whole(self._premises, n), weight
        return Closure(self.graph, self.clauses, self.limits, self.known, *made, self.complete)

    def _held(self, head: Facts, facts: tuple[np.ndarray, ...], rule: np.ndarray, premises: list[np.ndarray], weight: np.ndarray) -> None:
        """New facts of one relation, their numbers being the next."""
        first = len(self._weights)
        self._note(facts, rule, premises, weight)
        head.add(facts[0], facts[2], np.arange(first, len(self._weights), dtype=np.int32))

    def _note(self, facts: tuple[np.ndarray, ...], rule: np.ndarray, premises: list[np.ndarray], weight: np.ndarray) -> None:
        """What is remembered of inferred facts: themselves, their clause, what they rest on, how sure they are."""
        for column, values in zip(self._facts, facts, strict=True):
            column.append(values)
        self._rule.append(rule)
        for i, column in enumerate(self._premises):
            column.append(premises[i] if i < len(premises) else np.full(len(rule), -1, np.int32))
        self._weights.extend(weight)

    def _filled(self) -> None:
        """The known facts into their relations; only those that the clauses name."""
        used = {atom.relation for clause in self.clauses for atom in (*clause.body, clause.head)}
        order = np.argsort(self.known.facts[:, 1], kind="stable").astype(np.int32)
        ends = np.cumsum(np.bincount(self.known.facts[:, 1], minlength=len(self.graph.relations)))
        for place, (name, end) in enumerate(zip(self.graph.relations, ends.tolist(), strict=True)):
            if name in used:
                rows = order[ends[place - 1] if place else 0 : end]
                self.relations[name].add(self.known.facts[rows, 0], self.known.facts[rows, 2], rows)

    def _infer(self, number: int, first: int | None = None, ranges: Ranges | None = None) -> None:
        for table in self.rows(number, first, ranges):
            self.keep(number, table)
            if not self.complete:
                return

    def _again(self, number: int, heads: set[str]) -> None:
        """A clause joined with what is new: of each of its recursive atoms in turn the new rows, of those before it the old ones."""
        recursive = [i for i, atom in enumerate(self.clauses[number].body) if atom.relation in heads and not atom.negated]
        for at, i in enumerate(recursive):
            facts = self.relations[self.clauses[number].body[i].relation]
            if self.complete and facts.seen > facts.old:
                before = {j: (0, self.relations[self.clauses[number].body[j].relation].old) for j in recursive[:at]}
                self._infer(number, i, {**before, i: (facts.old, facts.seen)})

    def _see(self, heads: set[str]) -> None:
        for head in heads:
            self.relations[head].see()

    def _things(self, term: Term, table: Table) -> np.ndarray:
        return table.column(term) if isinstance(term, Variable) else np.full(table.n, self._places[term], np.int32)

    def _rests(self, clause: Clause, table: Table, chosen: np.ndarray) -> list[np.ndarray]:
        """(k,) int32 each: the numbers of the facts that the chosen ways rest on, one array an atom."""
        return [self.relations[clause.body[i].relation].numbers.values[table.rows(i, chosen)] for i in plain_atoms(clause)]

    def _weigh(self, clause: Clause, premises: list[np.ndarray]) -> np.ndarray:
        """(k,) float32: how sure is what rests on premises."""
        sure = self._weights.values[premises[0]]
        for more in premises[1:]:
            sure = np.minimum(sure, self._weights.values[more])
        return sure if clause.stated is None else (sure * np.float32(clause.stated)).astype(np.float32)


def _whole(columns: list[list[np.ndarray]], n: int) -> np.ndarray:
    """(n, columns) int32: columns that came in parts."""
    whole = np.empty((sum(map(len, columns[0])), len(columns)), np.int32)
    for i, parts in enumerate(columns):
        if parts:
            np.concatenate(parts, out=whole[:, i])
    return whole[:n]


def _named(graph: Graph, clauses: Sequence[Clause]) -> Graph:
    """The same statements in a graph that also has the names that only the clauses speak of."""
    atoms = [atom for clause in clauses for atom in (*clause.body, clause.head)]
    things = dict.fromkeys(t for atom in atoms for t in (atom.left, atom.right) if isinstance(t, str))
    kinds = dict.fromkeys(atom.relation for atom in atoms if atom.relation != DIFFERS)
    more = tuple(t for t in things if t not in graph.entity_places), tuple(k for k in kinds if k not in graph.relation_places)
    return replace(graph, entities=graph.entities + more[0], relations=graph.relations + more[1]) if any(more) else graph


def plain_atoms(clause: Clause) -> list[int]:
    """The numbers of the atoms that a derivation rests on: neither negated nor `!=`."""
    return [i for i, atom in enumerate(clause.body) if not atom.negated and atom.relation != DIFFERS]
