"""Which mined rules hold on facts that they were not mined from.

Pairs of things were held out by a hash, facts or not; of the held-out pairs that a rule joins, `right` of `tried` are facts. Null hypothesis: the
rule is right no oftener than the relation is among all pairs of its heads and tails (for a rule whose head names a constant: than that constant is
among the relation's heads). One held-out pair of each start is tested (binomial, exact), since pairs of one start share its facts; starts are taken
as independent, which rules through one large hub break. Benjamini-Hochberg over all rules recounted holds the false-discovery rate.
The probability that a clause states is (right + 5 c) / (tried + 5), c being its confidence in mining.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import bdtrc

from ..core.clause import Clause
from ..core.graph import Graph
from ..stats.fdr import benjamini_hochberg
from ..stats.holdings import PRIOR
from ..stats.paths import counted, held_out, indexed
from ._clauses import Words, item_clause, path_clause
from .mine import Mined, starts_of

__all__ = ["proved", "strongest"]

PATHS: Final = 20  # path rules of a relation that are recounted
ITEMS: Final = 40  # rules with constants of a directed relation that are recounted
BUDGET: Final = 200_000  # steps that recounting one rule may cost
Q: Final = 0.05

Share = tuple[float, tuple[np.ndarray, np.ndarray]]


def proved(mined: Mined, held: np.ndarray, graph: Graph, share: Share, *, most: int = 500, q: float = Q) -> tuple[Clause, ...]:
    """The clauses that hold on held facts (v, 3), the surest first; `share` is how they were held out (part, salts)."""
    if not len(held):
        return ()
    words = Words(graph)
    rules = [*_paths(mined, held, share, words), *_items(mined, held, share, words)]
    if not rules:
        return ()
    p = np.array([rule[0] for rule in rules])
    fine = np.flatnonzero(benjamini_hochberg(p) <= q)
    chosen = sorted((rules[i][1] for i in fine), key=lambda c: (-(c.stated or 0.0), -c.tried, c.text))
    return tuple(chosen[:most])


def strongest(mined: Mined, graph: Graph, most: int, each: int) -> tuple[Clause, ...]:
    """At most so many clauses (`each` of a relation as head), chosen by what they were mined from alone: those that are often right of many."""
    words, paths, kept, items = Words(graph), mined.paths, mined.kept, mined.items
    forward = np.flatnonzero(paths.relation < mined.relations)
    worth = paths.confidence[forward] * np.log1p(paths.right[forward])
    found = [(float(worth[k]), path_clause(words, mined, int(forward[k]))) for k in np.flatnonzero(_first(paths.relation[forward], worth, each))]
    if len(items.body):
        worth = items.confidence * np.log1p(items.both)
        for k in np.flatnonzero(_first(kept.relation[items.head] % mined.relations, worth, each)):
            counts = int(items.both[k]), round(items.both[k] / max(float(items.confidence[k]), 1e-9) - PRIOR), float(items.confidence[k])
            found.append((float(worth[k]), item_clause(words, mined, int(items.body[k]), int(items.head[k]), counts)))
    return tuple(clause for _, clause in sorted(found, key=lambda one: (-one[0], one[1].text))[:most])


def _stated(clause: Clause, right: int, tried: int) -> Clause:
    sure = (right + PRIOR * (clause.stated or 0.0)) / (tried + PRIOR)
    return replace(clause, stated=min(round(sure, 3), 0.999), right=right, tried=tried)


def _tail(hits: np.ndarray, trials: np.ndarray, base: np.ndarray) -> np.ndarray:
    """P(as many hits or more) of so many trials at a base rate; 1 without hits."""
    safe = np.clip(base, 1e-12, 1.0 - 1e-12)
    return np.where(hits > 0, bdtrc(np.maximum(hits - 1, 0), np.maximum(trials, 1), safe), 1.0)


def _first(relation: np.ndarray, strength: np.ndarray, most: int) -> np.ndarray:
    """The strongest of each relation."""
    order = np.lexsort((-strength, relation))
    return order[np.arange(len(order)) - np.searchsorted(relation[order], relation[order]) < most]


def _paths(mined: Mined, held: np.ndarray, share: Share, words: Words) -> list[tuple[float, Clause]]:
    paths, r = mined.paths, mined.relations
    heads, tails = (np.array([len(np.unique(mined.facts[mined.facts[:, 1] == k, side])) for k in range(r)]) for side in (0, 2))
    base = np.bincount(mined.facts[:, 1], minlength=r) / np.maximum(heads * tails, 1)
    forward = np.flatnonzero(paths.relation < r)  # backwards they are the same rules
    if not len(forward):
        return []
    relation = paths.relation[forward]
    strength = paths.confidence[forward] * np.log1p(paths.right[forward])
    chosen = forward[_first(relation, strength, PATHS)]
    starts = starts_of(mined.graph, r, np.random.default_rng(0))
    truth = indexed(held, mined.entities, r)
    counts = counted(mined.graph, truth, paths.bodies[chosen], paths.relation[chosen], starts, share=share, limits=(BUDGET, BUDGET))
    p = _tail(counts.first, counts.trials, base[paths.relation[chosen]])
    clauses = (path_clause(words, mined, int(i)) for i in chosen)
    return [(float(p[i]), _stated(c, int(counts.held[i]), int(counts.asked[i]))) for i, c in enumerate(clauses)]


def _items(mined: Mined, held: np.ndarray, share: Share, words: Words) -> list[tuple[float, Clause]]:
    kept, items = mined.kept, mined.items
    if not len(items.body):
        return []
    relation = kept.relation[items.head]
    wide = mined.entities
    owners = np.bincount(np.unique(mined.graph.steps.astype(np.int64) * wide + np.repeat(np.arange(wide), np.diff(mined.graph.starts))) // wide)
    base = kept.sizes[items.head] / np.maximum(np.pad(owners, (0, 2 * mined.relations - len(owners)))[relation], 1)
    strength = np.maximum(items.confidence - base, 0.0) * np.log1p(items.both)
    chosen = _first(relation, strength, ITEMS)
    chosen = chosen[strength[chosen] > 0]
    body, head = items.body[chosen], items.head[chosen]
    sizes = kept.sizes[body]
    rule = np.repeat(np.arange(len(chosen)), sizes)
    holders = np.concatenate([kept.holders[kept.held[i] : kept.held[i + 1]] for i in body]) if len(body) else np.empty(0, np.int64)
    asked = np.stack([holders, kept.relation[head][rule], kept.tail[head][rule]], 1).astype(np.int64)
    hidden = held_out(asked, *share)
    asked, rule = asked[hidden], rule[hidden]
    backwards = asked[:, 1] >= mined.relations
    told = np.where(backwards[:, None], np.stack([asked[:, 2], asked[:, 1] - mined.relations, asked[:, 0]], 1), asked)
    right = np.isin(_keys(told, mined), _keys(held.astype(np.int64), mined))
    tried, hits = np.bincount(rule, minlength=len(chosen)), np.bincount(rule, right, len(chosen)).astype(np.int64)
    p = _tail(hits, tried, base[chosen])
    found = []
    for i in range(len(chosen)):
        clause = item_clause(words, mined, int(body[i]), int(head[i]), (int(hits[i]), int(tried[i]), float(items.confidence[chosen[i]])))
        found.append((float(p[i]), _stated(clause, int(hits[i]), int(tried[i]))))
    return found


def _keys(facts: np.ndarray, mined: Mined) -> np.ndarray:
    return (facts[:, 1] * mined.entities + facts[:, 0]) * mined.entities + facts[:, 2]
