"""Graph: facts as triples (head, relation, tail), each with its source and weight.

>>> graph = Graph((Triple("Acme", "subsidiary", "Bolt"), Triple("Bolt", "located_in", "Oslo")))
>>> graph.relations(), graph.entities()
(('located_in', 'subsidiary'), ('Acme', 'Bolt', 'Oslo'))
>>> graph.degrees()
{'Acme': 1, 'Bolt': 2, 'Oslo': 1}
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Graph", "Triple"]


class Triple(NamedTuple):
    """One fact: head is related to tail. `weight` is the confidence in it, 0 to 1."""

    head: str
    relation: str
    tail: str
    source: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Graph:
    """Facts, in the order in which they were read."""

    triples: tuple[Triple, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.triples)

    def __len__(self) -> int:
        return len(self.triples)

    def relations(self) -> tuple[str, ...]:
        """The names of the relations, sorted."""
        return tuple(sorted({t.relation for t in self.triples}))

    def entities(self) -> tuple[str, ...]:
        """The names of heads and tails, sorted."""
        return tuple(sorted({name for t in self.triples for name in (t.head, t.tail)}))

    def degrees(self) -> dict[str, int]:
        """{entity: facts that speak of it}, in the order of names; a fact between a thing and itself counts once."""
        counted = Counter(name for t in self.triples for name in {t.head, t.tail})
        return dict(sorted(counted.items()))
