"""The fusion: each way of joining says the same in NumPy and torch, begins at the prior, and does without what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.train._encoders import Categories, Numbers, Series
from apercu.train._fusion import FUSIONS, Layout, answered, begun


def kept(x, share):
    return x


@pytest.fixture(scope="module")
def laid_out():
    rng = np.random.default_rng(1)
    series = [None if i == 4 else rng.normal(size=9) for i in range(20)]
    rows = Rows.of({"b": series, "x": rng.normal(size=20), "plan": ["p", "q"] * 10, "a": series})
    encoders = (Numbers.fit(rows, ("x",)), Categories.fit(rows, ("plan",)), Series.fit(rows, ("a", "b")))
    layout = Layout.of(encoders, tuple(rows))
    parts = []
    for encoder in encoders:
        given = encoder.read(rows)
        parts += [encoder.features(np, encoder.begun(rng), given, kept), given["gone"]]
    return layout, np.hstack(parts)


def weights(layout, how):
    own = begun(layout, how, 8, np.array([0.5, -0.5]), np.random.default_rng(2))
    rng = np.random.default_rng(3)
    return {name: a + rng.normal(0.0, 0.2, a.shape) for name, a in own.items()}


def test_every_place_has_its_column(laid_out):
    layout, x = laid_out
    assert layout.modalities == ("plain", "series") and len(layout.sources) == x.shape[1]
    assert set(layout.sources) == {1, 2, -3}  # x, plan, and both sequences together, which are the third encoder
    every = np.sort(np.concatenate([*layout.features, *layout.gone]))
    assert np.array_equal(every, np.arange(x.shape[1]))


@pytest.mark.parametrize("how", FUSIONS)
def test_torch_says_what_numpy_says(laid_out, how):
    torch = pytest.importorskip("torch")
    layout, x = laid_out
    own = weights(layout, how)
    theirs = {name: torch.tensor(a) for name, a in own.items()}
    made = answered(np, own, (layout, how), x, kept)
    assert made.shape == (20, 2) and made.std(axis=0).min() > 0
    assert np.allclose(answered(torch, theirs, (layout, how), torch.tensor(x), kept).numpy(), made, atol=1e-9)


@pytest.mark.parametrize("how", FUSIONS)
def test_it_begins_at_the_prior(laid_out, how):
    layout, x = laid_out
    own = begun(layout, how, 8, np.array([0.5, -0.5]), np.random.default_rng(2))
    assert np.allclose(answered(np, own, (layout, how), x, kept), [0.5, -0.5])


@pytest.mark.parametrize("how", FUSIONS)
def test_a_missing_modality_is_its_learned_vector_whatever_stands_there(laid_out, how):
    layout, x = laid_out
    own = weights(layout, how)
    other = x.copy()
    other[4, layout.features[1]] = 99.0  # of a row whose sequences are missing
    told = answered(np, own, (layout, how), x, kept)
    assert np.allclose(answered(np, own, (layout, how), other, kept), told)
    hidden = np.zeros((20, 2))
    hidden[7, 1] = 1.0
    gone = x.copy()
    gone[7, layout.gone[1]] = 1.0
    assert np.allclose(answered(np, own, (layout, how), x, kept, hidden), answered(np, own, (layout, how), gone, kept))
    assert not np.allclose(answered(np, own, (layout, how), x, kept, hidden)[7], told[7])
