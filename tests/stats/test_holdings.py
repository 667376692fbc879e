"""Items and the rules between them against sets."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.stats.holdings import PRIOR, holdings, implied
from apercu.stats.paths import indexed

ENTITIES, RELATIONS = 12, 3


def drawn(seed):
    r = np.random.default_rng(seed)
    return np.unique(np.stack([r.integers(0, k, 50) for k in (ENTITIES, RELATIONS, ENTITIES)], 1), axis=0)


def owners_of(facts):
    """{(relation, tail or None): the things that hold it}."""
    found = {}
    for h, r, t in [*facts.tolist(), *((t, r + RELATIONS, h) for h, r, t in facts.tolist())]:
        found.setdefault((r, t), set()).add(h)
        found.setdefault((r, ENTITIES), set()).add(h)
    return {item: who for item, who in found.items() if len(who) >= 2}


@pytest.mark.parametrize("seed", range(3))
def test_items_and_rules_are_those_of_sets(seed):
    facts = drawn(seed)
    truth = owners_of(facts)
    kept = holdings(indexed(facts, ENTITIES, RELATIONS), RELATIONS)
    items = list(zip(kept.relation.tolist(), kept.tail.tolist(), strict=True))
    assert items == sorted(truth)
    for i, item in enumerate(items):
        assert set(kept.holders[kept.held[i] : kept.held[i + 1]].tolist()) == truth[item]
    found = implied(kept, confidence=0.2)
    said = {(items[b], items[h]): (int(n), float(c)) for b, h, n, c in zip(*found, strict=True)}
    wanted = {}
    for body, having in truth.items():
        for head, others in truth.items():
            both = len(having & others)
            if body != head and head[1] < ENTITIES and both >= 2 and both / (len(having) + PRIOR) >= 0.2:
                wanted[body, head] = (both, pytest.approx(both / (len(having) + PRIOR)))
    assert said == wanted


def test_at_most_so_many_and_the_surest():
    kept = holdings(indexed(drawn(0), ENTITIES, RELATIONS), RELATIONS)
    whole, some = implied(kept, confidence=0.0), implied(kept, confidence=0.0, most=20)
    assert 0 < len(some.body) <= 20 < len(whole.body)
    assert some.confidence.min() >= np.sort(whole.confidence)[::-1][: len(some.body)].min()


def test_nothing_to_hold():
    kept = holdings(indexed(np.zeros((0, 3), int), 4, 2), 2)
    assert len(kept.relation) == 0 and len(implied(kept).body) == 0
