"""What the page shows of a graph: how large it is, what follows from it, what is likely, and pictures of the things that this is about.

    told_of(study.graph, study.knowledge)      # {"lead", "relations", "pictures", "inferred", "followed", "predicted"}; None without a graph

Pictures are of the things that most of the new facts speak of, then of those that most of all facts speak of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from ..core.graph import Graph
from ..core.knowledge import Knowledge
from ..words.numbers import count, percent
from .captions import told
from .neighbourhood import Edge, around

__all__ = ["told_of"]

RELATIONS: Final = 12  # that are listed, those of most facts first
PREDICTED: Final = 15  # predicted facts that are listed
PICTURES: Final = 2
NEW: Final = 50  # inferred and predicted facts that say what pictures are of


def told_of(graph: Graph, knowledge: Knowledge) -> dict[str, Any] | None:
    """The values of the page's section on a graph."""
    if not graph:
        return None
    once = graph.distinct()
    relations = {graph.relations[r]: int(n) for r, n in enumerate(np.bincount(once.facts[:, 1])) if n}
    sizes = {"facts": count(len(once)), "entities": count(len(np.unique(once.facts[:, [0, 2]]))), "relations": count(len(relations))}
    listed = sorted(relations.items(), key=lambda item: (-item[1], item[0]))[:RELATIONS]
    pictures = (around(thing, _edges(once, knowledge, thing)) for thing in _things(once, knowledge))
    return {
        "lead": told("graph_lead", **sizes),
        "relations": [(name, count(n)) for name, n in listed],
        "pictures": [picture for picture in pictures if picture is not None],
        "inferred": [{"fact": _fact(f), "sure": percent(f.confidence), "why": f.why} for f in knowledge.inferred],
        "followed": count(knowledge.followed) if knowledge.followed > len(knowledge.inferred) else "",
        "predicted": [
            {"fact": _fact(f), "sure": percent(f.probability), "by": f.supports[0].clause.text if f.supports else told("embedded")}
            for f in knowledge.predicted[:PREDICTED]
        ],
    }


def _fact(fact: Any) -> str:
    return f"{fact.relation}({fact.head}, {fact.tail})"


def _things(graph: Graph, knowledge: Knowledge) -> list[str]:
    """The things that pictures are of."""
    new = Counter(name for fact in (*knowledge.inferred, *knowledge.predicted[:NEW]) for name in {fact.head, fact.tail})
    first = [name for name, _ in sorted(new.items(), key=lambda item: (-item[1], item[0]))[:1]]
    busiest = [graph.entities[place] for place in np.argsort(-graph.degrees(), kind="stable")[: PICTURES + 1].tolist()]
    return list(dict.fromkeys([*first, *busiest]))[:PICTURES]


def _edges(graph: Graph, knowledge: Knowledge, thing: str) -> Iterator[Edge]:
    """What is stated, follows and is likely of a thing, what is new first, so that it is among the neighbours that are drawn."""
    for mark, facts in (("inferred", knowledge.inferred), ("predicted", knowledge.predicted)):
        yield from (Edge(f.head, f.relation, f.tail, mark) for f in facts if thing in (f.head, f.tail))
    place = graph.entity_places.get(thing, -1)
    own = graph.only((graph.facts[:, 0] == place) | (graph.facts[:, 2] == place))
    yield from (Edge(*triple[:3]) for triple in own.triples)
