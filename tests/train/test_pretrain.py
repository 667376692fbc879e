"""Pictures without labels teach a tower something: few labels are worth more, and the loss is the published one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu.core.errors import EmptyTable, UnknownName, WordsError
from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.train import pretrain
from apercu.train._augment import Augment
from apercu.train._convnet import RECIPES
from apercu.train._loop import Plan
from apercu.train.cnn import Cnn, fit_images

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

MOVED = Augment(move=0.25, light=0.3)


def shapes(n, seed):
    """(pictures (n, 16, 16, 1) of a cross or a ring at any place in noise, which it is)."""
    rng = np.random.default_rng(seed)
    images, level = rng.normal(100, 45, (n, 16, 16)), rng.integers(0, 2, n)
    marks = np.zeros((2, 5, 5))
    marks[0, 2], marks[0, :, 2] = 1.0, 1.0
    marks[1, [0, -1], 1:4] = marks[1, 1:4, [0, -1]] = 0.75
    for image, kind in zip(images, level, strict=True):
        top, left = rng.integers(0, 12, 2)
        image[top : top + 5, left : left + 5] += 110 * marks[kind]
    return np.clip(images, 0, 255).astype(np.uint8)[..., None], level


def test_the_loss_is_the_published_one():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 30, 4))
    spread = sum(np.maximum(0, 1 - np.sqrt(view.var(axis=0, ddof=1) + 1e-4)).mean() for view in (a, b)) / 2
    covariance = sum((np.cov(view.T) ** 2).sum() - (np.diag(np.cov(view.T)) ** 2).sum() for view in (a, b)) / 4
    assert float(pretrain.vicreg(torch, torch.tensor(a), torch.tensor(b))) == pytest.approx(25 * ((a - b) ** 2).mean() + 25 * spread + covariance)


def readout(net, seed):
    """The share of 400 unseen pictures that a ridge of the net's features tells, fitted to 150."""
    (some, level), (later, truth) = shapes(150, seed), shapes(400, 3)
    own, asked = net.features(some), net.features(later)
    middle, spread = own.mean(axis=0), own.std(axis=0) + 1e-6
    own, asked = (own - middle) / spread, (asked - middle) / spread
    rule = np.linalg.solve(own.T @ own + 30 * np.eye(own.shape[1]), own.T @ (2.0 * level - 1))
    return ((asked @ rule > 0) == truth).mean()


def test_features_of_pictures_without_labels_are_worth_more_than_new_ones():
    images, _ = shapes(800, 11)
    weights = pretrain.pretrained(images, "quick", augment=MOVED, plan={"epochs": 10, "batch": 64})
    some, level = shapes(60, 5)
    still = {"epochs": 1, "rate": 1e-12, "cycle": False}
    new, started = (fit_images(some, level, "quick", start=start, plan=still) for start in (None, weights))
    found = [np.mean([readout(net, seed) for seed in (7, 8)]) for net in (new, started)]
    assert found[1] > found[0] + 0.1, found


def test_the_learner_takes_weights_and_refuses_those_of_another_net():
    images, level = shapes(60, 1)
    weights = pretrain.pretrained(images[..., 0], "quick", plan={"epochs": 1})
    again = pretrain.pretrained(images, "quick", plan={"epochs": 1})
    assert all(np.array_equal(weights[name], again[name]) for name in again)
    rows = Rows.of({
        "photo": [b"P5 16 16 255\n" + image.tobytes() for image in images],
        "y": np.array(["no", "yes"], dtype=object)[level],
    })  # fmt: skip
    still = replace(RECIPES["quick"], plan=Plan(epochs=1, rate=1e-12, cycle=False))
    goal = Goal("y", "binary", ("no", "yes"), "yes")
    model = Cnn(still, start=weights).fit(rows, goal, rows.take(np.arange(0)))
    assert model.predict(rows).shape == (60, 2)
    with pytest.raises(WordsError, match="another net"):
        Cnn("default", start=weights).fit(rows, goal, rows.take(np.arange(0)))


def test_bad_pictures_are_said():
    with pytest.raises(WordsError, match="uint8"):
        pretrain.pretrained(np.zeros((5, 8, 8)))
    with pytest.raises(EmptyTable, match="at least two"):
        pretrain.pretrained(np.zeros((1, 8, 8), dtype=np.uint8))
    with pytest.raises(UnknownName, match="passes"):
        pretrain.pretrained(np.zeros((4, 8, 8), dtype=np.uint8), plan={"passes": 1})
