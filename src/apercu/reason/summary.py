"""Summary: how many facts, entities and relations a graph has, which entities most facts speak of, and how many facts follow by which rule.

>>> graph = Graph.of((Triple("Acme", "owns", "Bolt"), Triple("Bolt", "in", "Oslo"), Triple("Acme", "owns", "Bolt", weight=0.5)))
>>> summed(graph.distinct(), 1).say()
'2 facts (1 repetition left out) about 3 entities in 2 relations: in (1) and owns (1). Facts per entity: 1.3; most about Bolt (2).'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from ..core.dataset import Note
from ..core.graph import Graph
from ..core.knowledge import Knowledge
from ..core.trial import Trial
from ..stats.intervals import wilson
from ..words import phrases
from ..words.numbers import count, percent, plain

if TYPE_CHECKING:
    from .chain import Closure

__all__ = ["followed", "foretold", "summed"]

SHOWN: Final = 5  # relations that are named
LEAST: Final = 10  # independent pairs from which facts judge a clause of an expert
AGAINST: Final = 0.5  # part of what it states, below which they contradict it: a graph leaves out much that is so


def summed(graph: Graph, repeated: int) -> Note:
    """One note about a graph that holds at least one fact, each once; `repeated` statements were left out before."""
    relations = {graph.relations[r]: int(k) for r, k in enumerate(np.bincount(graph.facts[:, 1])) if k}
    degrees = graph.degrees()
    most, things = int(degrees.max()), int(np.count_nonzero(degrees))
    name = min(graph.entities[i] for i in np.flatnonzero(degrees == most))
    n, entities, mean = count(len(graph)), count(things), plain(round(int(degrees.sum()) / things, 1))
    told = [f"{relation} ({count(k)})" for relation, k in sorted(relations.items(), key=lambda r: (-r[1], r[0]))]
    more = len(told) - SHOWN
    en = phrases("en").both(told[:SHOWN] + ([f"{more:,} more"] if more > 0 else []))
    zh = phrases("zh").both(told[:SHOWN] + ([f"另外 {more:,} 种"] if more > 0 else []))
    out_en = f" ({count(repeated)} repetition{'s' * (repeated > 1)} left out)" if repeated else ""
    out_zh = f"（略去 {count(repeated)} 条重复）" if repeated else ""
    facts, kinds = ("" if k == 1 else "s" for k in (len(graph), len(relations)))
    words = {
        "en": f"{n} fact{facts}{out_en} about {entities} entit{'y' if things == 1 else 'ies'} in {count(len(relations))} relation{kinds}: {en}. "
        f"Facts per entity: {mean}; most about {name} ({count(most)}).",
        "zh": f"共 {n} 条事实{out_zh}，涉及 {entities} 个实体、{count(len(relations))} 种关系：{zh}。"
        f"平均每个实体 {mean} 条事实，最多的是 {name}（{count(most)} 条）。",
    }
    return Note("reason", "", words, len(graph), id="graph")


def foretold(knowledge: Knowledge, trials: Sequence[Trial]) -> list[Note]:
    """Notes on what was mined and predicted, and on clauses of experts that unseen facts contradict."""
    notes = []
    n, k, alone = len(knowledge.mined), len(knowledge.predicted), sum(not fact.supports for fact in knowledge.predicted)
    if n or k:
        en = f"{count(n)} rule{'s' * (n != 1)} mined from the graph held on facts kept back"
        en += f"; {count(k)} fact{'s' * (k != 1)} that it does not state {'is' if k == 1 else 'are'} likely"
        zh = f"从图谱中挖掘的规则有 {count(n)} 条在留出的事实上成立；另有 {count(k)} 条图谱未陈述的事实可能成立"
        ends = (f", {count(alone)} of them by the embedding alone.", f"，其中 {count(alone)} 条仅由嵌入得出。") if alone else (".", "。")
        notes.append(Note("reason", "", {"en": en + ends[0], "zh": zh + ends[1]}, k, id="predicted"))
    return [*notes, *(_against(trial) for trial in trials if _contradicted(trial))]


def _contradicted(trial: Trial) -> bool:
    """Whether unseen facts contradict a clause of an expert."""
    stated = 1.0 if trial.clause.stated is None else trial.clause.stated
    return trial.clause.source != "mined" and trial.alone >= LEAST and wilson(trial.value * trial.alone, trial.alone)[1] < AGAINST * stated


def _against(trial: Trial) -> Note:
    value, n, stated = percent(trial.value), count(trial.n), percent(1.0 if trial.clause.stated is None else trial.clause.stated)
    low, high = map(percent, wilson(trial.value * trial.alone, trial.alone))
    words = {
        "en": f"{trial.clause.text}: the graph states what follows of only {value} of {n} pairs (95% interval {low} to {high}); the rule says "
        f"{stated}. Correct the rule or its number, unless the graph leaves much of this out.",
        "zh": f"{trial.clause.text}：在 {n} 对事物中，图谱仅陈述了 {value} 的结论（95% 区间 {low} 至 {high}），而规则称 {stated}。"
        "请修正规则或其概率，除非图谱本来就缺少这类事实。",
    }
    return Note("reason", "", words, trial.n, id="clause")


def followed(closure: Closure, most: int = SHOWN) -> list[Note]:
    """One note about what follows from a graph, with the rules that inferred most; none where there is no rule."""
    if not closure.clauses:
        return []
    busiest = sorted(range(len(closure.clauses)), key=lambda i: (-closure.by_clause[i], i))[:most]
    told = [f"{closure.clauses[i].text} ({count(int(closure.by_clause[i]))})" for i in busiest if closure.by_clause[i]]
    n, k = count(len(closure)), len(closure.clauses)
    en = f"{n} fact{'s' * (len(closure) != 1)} follow{'s' * (len(closure) == 1)} from the graph by {count(k)} rule{'s' * (k > 1)}"
    zh = f"按 {count(k)} 条规则，由图谱推出 {n} 条事实"
    if not closure.complete:
        en += ", and more than that: inference was stopped at its limit"
        zh += "，且不止于此：推理已到上限而停止"
    ends = {"en": f": {'; '.join(told)}." if told else ".", "zh": f"：{'；'.join(told)}。" if told else "。"}
    return [Note("reason", "", {"en": en + ends["en"], "zh": zh + ends["zh"]}, len(closure), id="inferred")]
