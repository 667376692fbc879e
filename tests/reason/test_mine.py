"""Rules of a planted graph: found, with their confidence, and put to use."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.reason._questions import Known, both_ways, ranks_of
from apercu.reason.mine import WAYS, Settings, mine

PEOPLE, FIRMS, TOWNS, TONGUES = 150, 15, 5, 3
WORKS, LIES, LIVES, SPEAKS = range(4)


def planted(seed=0, share=0.9):
    """Facts of people who live, with a probability, where their firm lies, and speak the tongue of the town."""
    drawn = np.random.default_rng(seed)
    firm, town = PEOPLE + np.arange(FIRMS), PEOPLE + FIRMS + np.arange(TOWNS)
    tongue = PEOPLE + FIRMS + TOWNS + np.arange(TONGUES)
    facts = [(int(f), LIES, int(town[i % TOWNS])) for i, f in enumerate(firm)]
    for person in range(PEOPLE):
        f = int(drawn.integers(FIRMS))
        home = f % TOWNS if drawn.random() < share else int(drawn.integers(TOWNS))
        facts += [(person, WORKS, int(firm[f])), (person, LIVES, int(town[home])), (person, SPEAKS, int(tongue[home % TONGUES]))]
    return np.array(facts, np.int32), PEOPLE + FIRMS + TOWNS + TONGUES


def test_the_planted_rules_are_found_with_their_confidence():
    facts, entities = planted()
    mined = mine(facts, entities, 4)
    rules = {tuple(b[b >= 0].tolist()): i for i, (b, r) in enumerate(zip(mined.paths.bodies, mined.paths.relation, strict=True)) if r == LIVES}
    best = rules[WORKS, LIES]
    pairs = {h: t for h, r, t in facts.tolist() if r == LIVES}
    firm, lies = {h: t for h, r, t in facts.tolist() if r == WORKS}, {h: t for h, r, t in facts.tolist() if r == LIES}
    hits = sum(pairs[p] == lies[firm[p]] for p in range(PEOPLE))
    assert (mined.paths.right[best], mined.paths.tried[best]) == (hits, PEOPLE)
    assert mined.paths.confidence[best] == pytest.approx(hits / (PEOPLE + 5))
    assert LIVES not in {b[0] for b in rules if len(b) == 1}  # no rule is the relation itself


def test_rules_answer_questions_that_were_held_out():
    facts, entities = planted()
    drawn = np.random.default_rng(1)
    away = (drawn.random(len(facts)) < 0.15) & np.isin(facts[:, 1], (LIVES, SPEAKS))
    mined = mine(facts[~away], entities, 4, valid=facts[away][::2])
    asked = facts[away][1::2]
    ranks = ranks_of(mined.scores, asked, Known(facts, 4), entities)
    assert np.mean(1 / ranks) > 0.8
    assert ((mined.ways >= 0) & (mined.ways < len(WAYS))).all()


def test_the_same_whatever_the_order_of_facts():
    facts, entities = planted()
    one, two = mine(facts, entities, 4), mine(facts[np.random.default_rng(2).permutation(len(facts))], entities, 4)
    asked = both_ways(facts[:20], 4)
    assert np.array_equal(one.scores(asked[:, 0], asked[:, 1]), two.scores(asked[:, 0], asked[:, 1]))


def test_bodies_are_looked_up_in_other_facts():
    facts, entities = planted()
    few = facts[~((facts[:, 0] < 30) & (facts[:, 1] == WORKS))]  # of 30 people the firm is not known
    mined, heads, relations = mine(few, entities, 4), np.arange(30), np.full(30, LIVES)
    lies = {h: t for h, r, t in facts.tolist() if r == LIES}
    towns = np.array([lies[t] for h, r, t in facts.tolist() if r == WORKS and h < 30])
    before, after = (m.scores(heads, relations)[heads, towns] for m in (mined, mined.over(facts)))
    assert after.mean() > 1.5 * before.mean()
    same = mined.over(few)
    assert np.array_equal(same.kept.items, mined.kept.items) and np.array_equal(same.kept.holders, mined.kept.holders)


def test_noise_has_no_sure_rule():
    drawn = np.random.default_rng(3)
    facts = np.stack([drawn.integers(0, 100, 300), drawn.integers(0, 3, 300), drawn.integers(0, 100, 300)], 1)
    mined = mine(facts, 100, 3)
    assert mined.paths.confidence.max(initial=0) < 0.3 and mined.items.confidence.max(initial=0) < 0.5


@pytest.mark.parametrize("facts", [np.zeros((0, 3), int), np.array([[0, 0, 0]]), np.array([[0, 0, 1], [0, 0, 1]])])
def test_hardly_any_facts(facts):
    mined = mine(facts, 3, 2, valid=facts, settings=Settings(longest=5))
    assert mined.scores(np.array([0, 1]), np.array([0, 3])).shape == (2, 3)
