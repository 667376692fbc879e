"""Summary: how many facts, entities and relations a graph has, and which entities most facts speak of.

>>> graph = Graph((Triple("Acme", "owns", "Bolt"), Triple("Bolt", "in", "Oslo"), Triple("Acme", "owns", "Bolt", weight=0.5)))
>>> len(merged(graph)), summed(merged(graph), 1).say()
(2, '2 facts (1 repetition left out) about 3 entities in 2 relations: in (1) and owns (1). Facts per entity: 1.3; most about Bolt (2).')
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from ..core.dataset import Note
from ..core.graph import Graph, Triple
from ..words import phrases
from ..words.numbers import count, plain

__all__ = ["merged", "summed"]

SHOWN: Final = 5  # relations that are named


def merged(graph: Graph) -> Graph:
    """The graph with each fact once, where it first stood, under the highest weight that it has anywhere."""
    best: dict[tuple[str, str, str], Triple] = {}
    for triple in graph.triples:
        known = best.get(triple[:3])
        if known is None or triple.weight > known.weight:
            best[triple[:3]] = triple
    return graph if len(best) == len(graph) else Graph(tuple(best.values()))


def summed(graph: Graph, repeated: int) -> Note:
    """One note about a graph that holds at least one fact; `repeated` facts were left out before."""
    relations = Counter(t.relation for t in graph.triples)
    degrees = graph.degrees()
    name, most = min(degrees.items(), key=lambda d: (-d[1], d[0]))
    n, entities, mean = count(len(graph)), count(len(degrees)), plain(round(sum(degrees.values()) / len(degrees), 1))
    told = [f"{relation} ({count(k)})" for relation, k in sorted(relations.items(), key=lambda r: (-r[1], r[0]))]
    more = len(told) - SHOWN
    en = phrases("en").both(told[:SHOWN] + ([f"{more:,} more"] if more > 0 else []))
    zh = phrases("zh").both(told[:SHOWN] + ([f"另外 {more:,} 种"] if more > 0 else []))
    out_en = f" ({count(repeated)} repetition{'s' * (repeated > 1)} left out)" if repeated else ""
    out_zh = f"（略去 {count(repeated)} 条重复）" if repeated else ""
    facts, things, kinds = ("" if k == 1 else "s" for k in (len(graph), len(degrees), len(relations)))
    words = {
        "en": f"{n} fact{facts}{out_en} about {entities} entit{'y' if not things else 'ies'} in {count(len(relations))} relation{kinds}: {en}. "
        f"Facts per entity: {mean}; most about {name} ({count(most)}).",
        "zh": f"共 {n} 条事实{out_zh}，涉及 {entities} 个实体、{count(len(relations))} 种关系：{zh}。"
        f"平均每个实体 {mean} 条事实，最多的是 {name}（{count(most)} 条）。",
    }
    return Note("reason", "", words, len(graph), id="graph")
