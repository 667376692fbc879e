"""Maps sum to what the picture adds, point at what tells, and say what they lack; filters need no torch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.core.errors import InputError, UnknownName, WordsError
from apercu.core.rows import Rows
from apercu.train import _extra, _maps
from apercu.train._convnet import RECIPES
from apercu.train._loop import Plan
from apercu.train.cnn import Cnn

from . import families

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

RECIPE = replace(RECIPES["default"], plan=Plan(epochs=6, batch=32, rate=0.01), visits=0)


def made(n=240, seed=1):
    """A bright spot on the left (yes) or on the right (no), at any height, in noise; and a number that says it sometimes."""
    rng = np.random.default_rng(seed)
    left = rng.random(n) < 0.5
    cells = []
    for at in left:
        image = rng.integers(0, 60, (16, 16)).astype(np.uint8)
        top = rng.integers(1, 12)
        image[top : top + 4, (2 if at else 10) : (6 if at else 14)] += 150
        cells.append(b"P5 16 16 255\n" + image.tobytes())
    return Rows.of({"photo": cells, "x": left + rng.normal(size=n), "y": np.where(left, "yes", "no").astype(object)})


@pytest.fixture(scope="module", params=["binary", "numeric"])
def fitted(request):
    rows, goal = made(), families.GOALS[request.param]
    if request.param == "numeric":
        rows = rows.plus({"y": 2.0 * (rows["x"] > 0.5) + (rows.coded("y").codes == 1)})
    return rows, Cnn(RECIPE).fit(rows, goal, rows.take(np.arange(0)))


def test_gradients_sum_to_what_the_picture_adds(fitted):
    rows, model = fitted
    for index in (0, 1, 5):
        found = model.attention(rows, index, "photo")
        assert found.values.shape == (16, 16) and found.picture.shape == (16, 16, 1)
        assert abs(found.values.sum() - (found.told - found.blank)) < 0.03 * max(abs(found.told - found.blank), 1.0)
        told = model.predict(rows.take(np.array([index])))
        told = told[0] if model.task == "numeric" else np.log(told[0, 1] / told[0, 0])
        assert model.task == "numeric" or found.told == pytest.approx(told, abs=1e-3)


@pytest.mark.parametrize("kind", _maps.KINDS)
def test_maps_point_at_the_spot(kind):
    rows, goal = made(), families.GOALS["binary"]
    rows = rows.only(("photo", "y"))
    model = Cnn(replace(RECIPE, layers=RECIPES["mnist-keras"].layers)).fit(rows, goal, rows.take(np.arange(0)))
    shares = []
    for index in range(20):
        yes = int(rows.coded("y").levels[rows.coded("y").codes[index]] == "yes")
        found = model.attention(rows, index, "photo", kind, yes)
        heat = np.abs(found.values)
        columns = slice(1, 7) if yes else slice(9, 15)
        shares.append(heat[:, columns].sum() / heat.sum())
    assert np.mean(shares) > 0.5  # of 6 columns among 16


def test_filters_and_feature_maps(fitted, monkeypatch):
    rows, model = fitted
    kept = model.filters()
    assert kept.shape[1:] == (3, 3, 1) and kept.dtype == np.uint8 and kept.std() > 10
    layers = model.feature_maps(rows.packed("photo")[0], "photo")
    assert layers[0].shape[0] == len(kept) and all((one >= 0).all() for one in layers)
    found = _extra.find_spec
    monkeypatch.setattr(_extra, "find_spec", lambda package: None if package == "torch" else found(package))
    assert np.array_equal(model.filters("photo"), kept)
    with pytest.raises(WordsError, match=r"apercu\[deep\]"):
        model.attention(rows, 0, "photo")


def test_what_cannot_be_shown_is_said(fitted):
    rows, model = fitted
    with pytest.raises(UnknownName, match="kind of map"):
        model.attention(rows, 0, "photo", "saliency")
    with pytest.raises(UnknownName, match="column of pictures"):
        model.attention(rows, 0, "x")
    broken = Rows.of({"photo": [b"junk"]})
    with pytest.raises(InputError, match="row 0 has no picture"):
        model.attention(broken, 0, "photo")
    with pytest.raises(InputError, match="cannot be read"):
        model.feature_maps(b"junk")
