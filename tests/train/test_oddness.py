"""An autoencoder tells odd rows that it never saw: by several columns together, by categories, by pictures; blocks stay whole, usual rows silent."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu import audit, train
from apercu.audit.anomalies import find
from apercu.core.errors import WordsError
from apercu.core.pictures import netpbm
from apercu.core.rows import Packed
from apercu.stats.scores import auc
from apercu.train import _oddness

pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(_oddness, "STEPS", 150)


def pictures(n=400, seed=1, odd=()):
    """Smooth pictures of one family, and noise where they are odd."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(0, 1, 8)[None, :, None] * np.linspace(0, 1, 8)[None, None, :]
    pixels = 60 + 120 * rng.random((n, 1, 1)) * slope + rng.normal(0, 4, (n, 8, 8))
    pixels[list(odd)] = rng.integers(0, 256, (len(odd), 8, 8))
    return Packed.of(netpbm(one) for one in pixels.clip(0, 255).astype(np.uint8))


def test_a_picture_alone_yields_odd_rows(make_split):
    split = make_split({"photo": pictures(odd=(17, 90)), "y": np.random.default_rng(2).normal(size=400)}, "y")
    scores = train.oddness(split)
    assert scores.shape == (1, 400)
    (fault,) = [f for f in audit.run(split, None, audit.Options(cells=False), more=scores) if f.kind == "anomaly"]
    assert set(fault.rows) == {18, 91} and not find(split)


def test_usual_pictures_are_silent_and_missing_ones_say_nothing(make_split):
    rng = np.random.default_rng(3)
    items = [netpbm((100 + rng.normal(0, 20, (8, 8))).clip(0, 255).astype(np.uint8)) if i % 10 else None for i in range(400)]
    split = make_split({"photo": Packed.of(items), "y": rng.normal(size=400)}, "y")
    (score,) = train.oddness(split)
    gone = np.array([item is None for item in split.rows.packed("photo")])
    assert np.array_equal(np.isnan(score), gone) and not find(split, more=(score,))


def test_categories_and_numbers_together(make_split):
    rng = np.random.default_rng(4)
    kind = rng.integers(0, 3, 600)
    x = np.stack([3.0 * (kind == k) + 0.2 * rng.normal(size=600) for k in range(3)])
    odd = np.arange(600) % 40 == 7
    told = np.where(odd, (kind + 1) % 3, kind)  # each value usual, together strange
    table = {"level": np.array(list("abc"), dtype=object)[told], **{f"x{k}": one for k, one in enumerate(x)}, "y": rng.normal(size=600)}
    split = make_split(table, "y")
    (score,) = train.oddness(split)
    assert auc(odd[split.rows["_row"].astype(int) - 1].astype(float), score) > 0.9
    assert np.array_equal(score, train.oddness(split)[0])


def test_blocks_stay_whole_and_halves_are_alike(make_split):
    rng = np.random.default_rng(5)
    table = {"who": np.array([f"g{i}" for i in rng.integers(0, 40, 400)], dtype=object), "a": rng.normal(size=400), "b": rng.normal(size=400)}
    split = make_split({**table, "y": rng.normal(size=400)}, "y", group="who")
    half = _oddness._half(split, 0)
    assert all(len({*half[split.blocks == block]}) == 1 for block in np.unique(split.blocks))
    (score,) = train.oddness(split)
    assert all(abs(np.median(score[side])) < 1e-9 and abs(np.quantile(score[side], 0.9) - 1.0) < 1e-9 for side in (half, ~half))


@pytest.mark.parametrize("n", [20, 60])
def test_tiny_and_constant_tables(make_split, n):
    rng = np.random.default_rng(6)
    gone, same = np.full(n, np.nan), np.ones(n)
    found = train.oddness(make_split({"a": same, "b": gone, "c": rng.normal(size=n), "y": rng.normal(size=n)}, "y"))
    assert found.shape == (0, n)
    wild = np.where(np.arange(n) == 3, np.inf, rng.normal(size=n))
    assert np.isfinite(train.oddness(make_split({"a": wild, "c": rng.normal(size=n), "y": rng.normal(size=n)}, "y"))).all()


def test_a_study_looks_when_asked_and_says_what_it_lacks(monkeypatch):
    rng = np.random.default_rng(7)
    table = {"photo": pictures(odd=(17, 90)).items.tolist(), "size": rng.normal(size=400)}
    options = apercu.Options(effort="quick", audit=audit.Options(net=True, cells=False, stretches=0.0))
    assert {18, 91} <= {row for fault in apercu.run(table, options=options).faults if fault.kind == "anomaly" for row in fault.rows}
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    with pytest.raises(WordsError, match=r"autoencoder needs the package torch.*apercu\[deep\]"):
        apercu.run(table, options=options)
