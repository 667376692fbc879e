"""Recipes: the nets of the sources are those of the sources, every net fits every picture, torch and ONNX agree."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import UnknownName
from apercu.train import _convnet, _loop
from apercu.train._convnet import RECIPES

torch = pytest.importorskip("torch")
runtime = pytest.importorskip("onnxruntime")


def made(recipe, shape, negative=False):
    layers, features = RECIPES[recipe].layers(shape)
    with _loop.seeded(1):
        net = _convnet.module(torch, layers, np.full(shape[0], 100.0), np.full(shape[0], 0.02))
        for layer in net:
            if isinstance(layer, torch.nn.BatchNorm2d):
                with torch.no_grad():
                    layer.weight.uniform_(-1.0 if negative else 0.2, 2.0)
                    layer.bias.normal_()
                    layer.running_mean.normal_()
                    layer.running_var.uniform_(0.5, 2.0)
    return layers, features, net.eval()


def test_norms_of_negative_scale_stay_behind_the_pool():
    for negative, kept in ((False, 0), (True, 2)):
        layers, _, net = made("default", (1, 28, 28), negative)
        content = _convnet.exported(net, layers, (1, 28, 28))
        x = np.random.default_rng(1).integers(0, 256, (3, 1, 28, 28)).astype(np.uint8)
        with torch.no_grad():
            wanted = net(torch.from_numpy(x)).numpy()
        assert np.allclose(runtime.InferenceSession(content).run(None, {"pictures": x})[0], wanted, rtol=1e-3, atol=1e-3)
        assert content.count(b"BatchNormalization") == kept


@pytest.mark.parametrize("recipe", list(RECIPES))
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 20, 33), (5, 1, 1), (1, 7, 40)])
def test_torch_and_onnx_agree_on_any_picture(recipe, shape):
    layers, features, net = made(recipe, shape)
    x = np.random.default_rng(1).integers(0, 256, (3, *shape)).astype(np.uint8)
    with torch.no_grad():
        wanted = net(torch.from_numpy(x)).numpy()
    told = runtime.InferenceSession(_convnet.exported(net, layers, shape)).run(None, {"pictures": x})[0]
    assert wanted.shape == (3, features) and np.allclose(told, wanted, rtol=1e-3, atol=1e-3)


def kinds(recipe, shape):
    return [layer[:3] if layer[0] in ("conv", "dense") else layer[0] for layer in RECIPES[recipe].layers(shape)[0]]


def test_the_nets_of_the_sources():
    pair = ["pool", "relu"]
    assert kinds("mnist-keras", (1, 28, 28)) == ["scale", ("conv", 1, 32), *pair, ("conv", 32, 64), *pair, "flat", ("dense", 1600, 128), "relu"]
    plan = RECIPES["mnist-keras"].plan
    assert (plan.optimiser, plan.rate, plan.batch, plan.epochs, plan.cycle) == ("adam", 0.001, 64, 10, False)
    blocks = [("conv", 3, 32), *pair, ("conv", 32, 64), *pair, ("conv", 64, 128), *pair, ("conv", 128, 128), *pair]
    assert kinds("folder-150", (3, 150, 150)) == ["scale", *blocks, "flat", ("dense", 6272, 512), "relu"]
    assert RECIPES["folder-150"].side == 150


def test_pools_before_rectifiers_change_nothing():
    x = torch.randn(2, 3, 8, 8)
    pool = torch.nn.MaxPool2d(2)
    assert torch.equal(pool(torch.relu(x)), torch.relu(pool(x)))


def test_passes_follow_the_rows():
    recipe = RECIPES["default"]
    plans = {n: recipe.planned(n) for n in (1, 300, 1_000, 30_000, 1_000_000)}
    assert [plan.epochs for plan in plans.values()] == [240, 40, 80, 4, 4]  # one picture: one step a pass; few: fewer, or they are learned by heart
    assert recipe.planned(300, started=True).epochs < 40
    assert plans[1_000_000].epochs == _convnet.PASSES[0] and plans[300].batch < plans[30_000].batch
    assert RECIPES["mnist-keras"].planned(5) is RECIPES["mnist-keras"].plan


def test_unknown_recipe_is_said():
    assert _convnet.named("quick") is RECIPES["quick"] and _convnet.named(RECIPES["quick"]) is RECIPES["quick"]
    with pytest.raises(UnknownName, match="mnist-keras"):
        _convnet.named("mnist-kera")


@pytest.mark.parametrize("recipe", ["default", "quick", "mnist-keras"])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 40, 48)])
def test_a_tower_comes_back_from_its_file(recipe, shape):
    layers, features = RECIPES[recipe].layers(shape)
    net = _convnet.module(torch, layers, np.full(shape[0], 80.0), np.full(shape[0], 0.02)).eval()
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.copy_(torch.rand(len(layer.weight)) - 0.2)  # some of which turn the most into the least
                layer.running_mean.copy_(torch.rand(len(layer.weight)))
    start = _convnet.begun(_convnet.exported(net, layers, shape))
    x = torch.randint(0, 256, (3, *shape), dtype=torch.uint8)
    again = _convnet.restored(torch, start).eval()
    with torch.no_grad():
        assert torch.allclose(again(x), net(x), rtol=1e-3, atol=1e-4) and start.features == features == again(x).shape[1]
    assert 0.01 < start.arrays["1.weight"].std() < 1.0  # of the size that an optimiser's steps are made for
