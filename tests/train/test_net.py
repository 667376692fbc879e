"""The loop of the net: learns, keeps the best pass, and NumPy answers as torch does."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.stats.scores import r2
from apercu.train import _net


def lesson(numeric=True, n=1_200):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 3))
    raw = np.sin(2 * x[:, 0]) + x[:, 1]
    truth = (raw - raw.mean()) / raw.std() if numeric else (raw > 0).astype(float)
    return _net.Lesson(x, np.array([0, 1]), truth, np.ones(n), 1_000, 1 if numeric else 2, numeric)


def test_says_which_extra_is_wanting(monkeypatch):
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    with pytest.raises(WordsError, match=r"torch.*apercu\[deep\]"):
        _net.trained(lesson())


def test_learns_a_bend(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(_net, "EPOCHS", 16)
    given = lesson()
    arrays = _net.trained(given)
    told = _net.answered(arrays, given.inputs, numeric=True)[:, 0]
    assert r2(given.truth[1_000:], told[1_000:]) > 0.75
    again = _net.trained(given)
    assert all(np.array_equal(arrays[name], again[name]) for name in arrays)


@pytest.mark.parametrize("numeric", [True, False])
def test_numpy_answers_as_torch(monkeypatch, numeric):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(_net, "EPOCHS", 2)
    monkeypatch.setattr(_net, "LEAST_EPOCHS", 1)
    given = lesson(numeric)
    arrays = _net.trained(given)
    own = {name: torch.tensor(a, dtype=torch.int64 if name == "numbers" else torch.float64) for name, a in arrays.items()}
    wanted = _net._told(torch, own, torch.tensor(given.inputs), numeric, 0.0, None).numpy()
    assert np.allclose(_net.answered(arrays, given.inputs, numeric=numeric), wanted, atol=1e-9)
    assert _net.answered(arrays, given.inputs[:0], numeric=numeric).shape == (0, given.outputs)


def test_levels_alone_need_no_waves(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(_net, "EPOCHS", 4)
    rng = np.random.default_rng(2)
    x = np.eye(3)[rng.integers(0, 3, 400)]
    arrays = _net.trained(_net.Lesson(x, np.zeros(0, dtype=np.int64), x[:, 0], np.ones(400), 400, 2, numeric=False))
    told = _net.answered(arrays, x, numeric=False)
    assert "wave_weight" not in arrays and ((told[:, 1] > told[:, 0]) == (x[:, 0] > 0)).mean() > 0.95
