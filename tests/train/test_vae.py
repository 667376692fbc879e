"""The autoencoder finds the map that rows lie on, fills them up, makes them anew and says which are odd."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import EmptyTable, WordsError
from apercu.train.vae import Vae, fit_vae

pytest.importorskip("torch")


def rows(n=600, seed=1):
    """Eight numbers that two hidden ones make, with little noise; the first hidden one."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 2))
    mix = np.random.default_rng(7).normal(size=(2, 8))
    return 50.0 + 10.0 * (hidden @ mix + 0.1 * rng.normal(size=(n, 8))), hidden


@pytest.fixture(scope="module")
def net():
    return fit_vae(rows()[0], plan={"epochs": 60})


def test_tells_rows_that_it_never_saw(net):
    later, hidden = rows(seed=2)
    left = ((net.reconstruct(later) - later) ** 2).mean() / later.var()
    places = np.column_stack([net.latent(later), np.ones(len(later))])
    fitted = places @ np.linalg.lstsq(places, hidden, rcond=None)[0]
    assert left < 0.15 and 1 - ((hidden - fitted) ** 2).mean() / hidden.var() > 0.8


def test_odd_rows_score_high(net):
    later, _ = rows(100, seed=3)
    odd = np.random.default_rng(4).permuted(later, axis=0)  # every value usual, together strange
    both = net.anomaly(np.vstack([later, odd]))
    assert np.mean(both[100:, None] > both[None, :100]) > 0.95


def test_missing_values_are_filled_and_count_nothing(net):
    later, _ = rows(200, seed=5)
    holes = later.copy()
    holes[:, 3] = np.nan
    filled = net.imputed(holes)
    assert np.array_equal(filled[:, :3], later[:, :3]) and np.corrcoef(filled[:, 3], later[:, 3])[0, 1] > 0.8
    assert np.isfinite(net.anomaly(np.full((1, 8), np.nan))).all()
    assert fit_vae(holes, plan={"epochs": 2}).reconstruct(holes).shape == holes.shape


def test_samples_look_like_rows(net):
    made, given = net.sample(500), rows()[0]
    assert np.abs(np.corrcoef(made.T) - np.corrcoef(given.T)).mean() < 0.2
    assert np.array_equal(made, net.sample(500)) and not np.array_equal(made, net.sample(500, seed=2))


def test_comes_back_equal_without_torch(net, tmp_path, monkeypatch):
    net.save(tmp_path / "net.npz")
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    later = rows(50, seed=6)[0]
    assert np.array_equal(Vae.load(tmp_path / "net.npz").anomaly(later), net.anomaly(later))


def test_pictures_are_bytes():
    images = np.zeros((80, 6, 6, 1), dtype=np.uint8)
    images[np.arange(80) % 2 == 1, :3] = 200
    images[np.arange(80) % 2 == 0, 3:] = 200
    net = fit_vae(images, plan={"epochs": 60})
    told = net.reconstruct(images)
    assert told.dtype == np.uint8 and np.abs(told.astype(float) - images).mean() < 30 and net.sample(3).shape == (3, 6, 6, 1)
    assert net.imputed(images) is images


def test_same_rows_same_net_and_bad_rows_are_said(net):
    assert np.array_equal(fit_vae(rows()[0], plan={"epochs": 60}).latent(rows()[0]), net.latent(rows()[0]))
    with pytest.raises(EmptyTable, match="two rows"):
        fit_vae(np.zeros((1, 4)))
    with pytest.raises(WordsError, match=r"\(8,\)"):
        net.latent(np.zeros((3, 5)))
    constant = fit_vae(np.ones((10, 3)), plan={"epochs": 2})
    assert np.isfinite(constant.anomaly(np.ones((10, 3)))).all()


def test_weighed_values_count_by_their_spread_and_far_rows_are_far(net):
    given = rows()[0]
    given[:, 0] = 1e4 * np.random.default_rng(8).normal(size=len(given))  # tells nothing of the others, and outweighs them all
    own, alike = (fit_vae(given, plan={"epochs": 20}, weighed=weighed).reconstruct(given)[:, 0] for weighed in (True, False))
    assert abs(np.corrcoef(own, given[:, 0])[0, 1]) > max(0.95, abs(np.corrcoef(alike, given[:, 0])[0, 1]))
    later = rows(100, seed=9)[0]
    assert net.distance(3.0 * (later - 50.0) + 50.0).mean() > 2 * net.distance(later).mean()
