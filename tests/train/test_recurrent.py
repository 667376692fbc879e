"""What NumPy answers is what torch would, for each kind of net and unequal lengths."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train import _recurrent
from apercu.train._recurrent import KINDS, Lesson, answered, trained

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_answers_as_torch(kind, monkeypatch):
    monkeypatch.setattr(_recurrent, "STEPS", (5, 5))
    rng = np.random.default_rng(1)
    lengths = rng.integers(1, 20, 30)
    values = rng.normal(size=(30, 2, 20)).astype(np.float32) * (np.arange(20) < lengths[:, None])[:, None, :]
    inputs, truth = rng.normal(size=(30, 3)), rng.integers(0, 3, 30).astype(np.float64)
    lesson = Lesson(values, lengths, inputs, truth, np.ones(30), np.arange(30) % 3 == 0, 3, numeric=False)
    arrays, loss = trained(kind, lesson)
    layer = _recurrent._layer(torch, kind, 2)
    own = {name: torch.tensor(array, dtype=torch.float32) for name, array in arrays.items()}
    if layer is not None:
        layer.load_state_dict({name: own[name] for name in dict(layer.named_parameters())})
    with torch.no_grad():
        read = _recurrent._read(torch, kind, (own, own, layer), (torch.tensor(values), torch.tensor(lengths)), learning=False)
        wanted = _recurrent._joined(torch, own, read, torch.tensor(inputs, dtype=torch.float32), learning=False).numpy()
    told = answered(kind, arrays, (values, lengths, inputs))
    assert told == pytest.approx(wanted, abs=1e-4)
    watched = lesson.watched
    logs = told[watched] - np.log(np.exp(told[watched]).sum(axis=1, keepdims=True))
    assert loss == pytest.approx(-logs[np.arange(watched.sum()), truth[watched].astype(int)].mean(), abs=1e-4)
    again, _ = trained(kind, lesson)
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)
