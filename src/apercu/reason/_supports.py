"""What supports predicted facts: mined clauses, with the facts of the graph that ground them.

Finder(graph, mined).predicted((ann, lives_in, oslo), (ann, lives_in, oslo), 0.6).supports[0].facts      # (17, 402)
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.graph import Graph
from ..core.knowledge import Predicted, Support
from ..stats.evidence import firing
from ..stats.paths import grounded
from ._clauses import Words, item_clause, path_clause
from .mine import Mined

__all__ = ["Finder"]

MOST: Final = 5  # clauses that are told of a fact


class Finder:
    """Finds what supports facts of a graph by rules whose bodies are looked up in it."""

    def __init__(self, graph: Graph, mined: Mined, origin: np.ndarray | None = None) -> None:
        """Where the graph's facts stand in the one that supports are to name is `origin` (m,); by default it is this one."""
        self.graph, self.mined, self.words = graph, mined, Words(graph)
        self.origin = np.arange(len(graph)) if origin is None else origin
        facts = graph.facts.astype(np.int64)
        self.places = np.lexsort((facts[:, 2], facts[:, 0], facts[:, 1]))
        self.sorted = facts[self.places]
        self.spans = self.sorted[:, 1] * len(graph.entities) + self.sorted[:, 0]

    def predicted(self, fact: tuple[int, int, int], asked: tuple[int, int, int], chance: float) -> Predicted:
        """A fact with its supports, as it was asked (head, directed relation, answer)."""
        h, r, answer = asked
        fired = firing(self.mined.graph, self.mined.kept, self.mined.rules, (h, r), answer, MOST)
        supports = [self._path(f.rule, h, answer) if f.source == "path" else self._item(f.rule, h if f.source == "owns" else answer) for f in fired]
        names = self.graph.entities
        return Predicted(names[fact[0]], self.graph.relations[fact[1]], names[fact[2]], chance, tuple(supports))

    def _path(self, rule: int, head: int, answer: int) -> Support:
        body = self.mined.rules.bodies[rule]
        things = grounded(self.mined.graph, body, head, answer).tolist()
        facts = [self._place(things[i], int(step), things[i + 1]) for i, step in enumerate(body[: len(things) - 1])]
        return Support(path_clause(self.words, self.mined, rule), tuple(facts))

    def _item(self, column: int, owner: int) -> Support:
        rules, kept, items = self.mined.rules, self.mined.kept, self.mined.items
        body = int(rules.body[column])
        head = int(np.searchsorted(rules.column_bounds, column, side="right")) - 1
        low, high = rules.row_bounds[body : body + 2]
        k = low + int(np.searchsorted(items.head[low:high], head))
        both, sure = int(items.both[k]), float(items.confidence[k])
        clause = item_clause(self.words, self.mined, body, head, (both, round(both / max(sure, 1e-9) - 5.0), sure))
        step, tail = int(kept.relation[body]), int(kept.tail[body])
        if tail == self.mined.entities:
            graph = self.mined.graph
            low = graph.starts[owner] + int(np.searchsorted(graph.steps[graph.starts[owner] : graph.starts[owner + 1]], step))
            tail = int(graph.ends[low])
        return Support(clause, (self._place(owner, step, tail),))

    def _place(self, left: int, step: int, right: int) -> int:
        """Where the graph states (left, step, right)."""
        r = self.mined.relations
        head, relation, tail = (left, step, right) if step < r else (right, step - r, left)
        key = relation * len(self.graph.entities) + head
        low, high = np.searchsorted(self.spans, key), np.searchsorted(self.spans, key, side="right")
        return int(self.origin[self.places[low + int(np.searchsorted(self.sorted[low:high, 2], tail))]])
