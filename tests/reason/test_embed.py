"""Embeddings: they learn what is planted, stop, repeat themselves, and are kept as plain arrays."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import UnusableStudy
from apercu.core.progress import listening
from apercu.reason import _factors
from apercu.reason._questions import Known, ranks_of
from apercu.reason.embed import PENALTIES, Embedding, Settings, embed, load


def ring(n=40):
    """Facts r0: i -> i + 1 and r1: i -> i + 2 on a ring, and the tenth part of them held out."""
    facts = np.array([(i, r, (i + r + 1) % n) for i in range(n) for r in range(2)], np.int32)
    away = np.arange(len(facts)) % 11 == 0
    return facts[~away], facts[away], n


@pytest.mark.parametrize(("model", "least"), [("complex", 0.4), ("rotate", 0.2), ("transe", 0.1)])
def test_what_is_held_out_of_a_ring_is_found(model, least):
    facts, away, n = ring()
    found = embed(facts, n, 2, valid=away, settings=Settings(model=model, rank=16, penalty=0.001, minutes=0.05))
    ranks = ranks_of(found.scores, away, Known(np.concatenate([facts, away]), 2), n)
    assert np.mean(1 / ranks) > least  # a guess has .11
    assert found.rank_quality > least / 2


@pytest.mark.parametrize("model", _factors.MODELS)
def test_the_same_seed_gives_the_same_numbers(model):
    facts, away, n = ring()
    settings = Settings(model=model, rank=4, penalty=0.01, minutes=0.002)
    one, two = (embed(facts, n, 2, valid=away, settings=settings) for _ in range(2))
    assert np.array_equal(one.entities, two.entities) and np.array_equal(one.relations, two.relations)
    assert np.isfinite(one.entities).all()


def test_the_race_chooses_a_penalty_and_tells_how_far_it_is():
    facts, away, n = ring()
    heard = []
    with listening(lambda step, done, total: heard.append((step, done / total))):
        found = embed(facts, n, 2, valid=away, settings=Settings(rank=8, minutes=0.01))
    assert found.penalty in PENALTIES
    shares = [share for step, share in heard if step == "embed"]
    assert shares == sorted(shares) and shares[0] > 0 and shares[-1] <= 1


def test_kept_as_arrays(tmp_path):
    facts, away, n = ring()
    one = embed(facts, n, 2, valid=away, settings=Settings(rank=4, penalty=0.01, minutes=0.002))
    one.save(tmp_path / "e.npz")
    two = load(tmp_path / "e.npz")
    assert (two.model, two.penalty) == (one.model, one.penalty) and np.array_equal(one.entities, two.entities)
    asked = np.array([0, 3]), np.array([1, 2])
    assert np.array_equal(one.scores(*asked), two.scores(*asked))
    (tmp_path / "bad.npz").write_bytes(b"no arrays")
    for name in ("bad.npz", "absent.npz"):
        with pytest.raises(UnusableStudy, match="is not an embedding"):
            load(tmp_path / name)


def test_scores_of_twins_are_their_mean():
    facts, away, n = ring()
    both = embed(facts, n, 2, valid=away, settings=Settings(rank=4, penalty=0.01, minutes=0.002))
    asked = np.array([0, 3]), np.array([1, 2])
    halves = [np.split(both.entities, 6, axis=1), np.split(both.relations * 3, 6, axis=1)]
    alone = [Embedding("complex", *(np.concatenate([h[i], h[i + 3]], 1) for h in halves)) for i in range(3)]
    assert np.allclose(both.scores(*asked), sum(one.scores(*asked) for one in alone) / 3, atol=1e-5)
    assert not np.allclose(alone[0].entities, alone[1].entities)


def test_without_validation_facts():
    facts, _, n = ring()
    found = embed(facts, n, 2, settings=Settings(rank=4, minutes=0.002))
    assert np.isnan(found.rank_quality) and found.entities.shape == (n, 24)  # three embeddings of 4 complex numbers, side by side
