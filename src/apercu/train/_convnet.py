"""Convolutional nets as lists of layers, from which torch makes a module to train and `_onnx` a file that predicts without torch; and their recipes.

    recipe = RECIPES["default"]
    layers, features = recipe.layers((1, 28, 28))          # of a picture (c, h, w)

A recipe is a net and how it is trained. `default`: a first narrow convolution at full size, since what costs time on a processor is memory, then
pairs of convolutions with batch norm (Ioffe & Szegedy 2015) until a side is 8 or less, then the mean and the most of every feature; trained with
OneCycle, smoothed labels and pictures that turn and move, for as many passes as the rows need. `quick`: narrower, halved at once, two passes.
`mnist-keras`: the net of the Keras example of digits (Conv32, pool, Conv64, pool, Dense128, softmax; Adam, batches of 64, 10 passes). `folder-150`:
the net of cats and dogs in Chollet's "Deep Learning with Python" (four convolutions 32, 64, 128, 128 with pools, Dense512; RMSprop 1e-4, batches of
20, pictures of 150 x 150); its sigmoid of two classes is written as a softmax of two, which is the same family of functions. Pools stand before
rectifiers everywhere: as both only ever rise, the result is the same, and a quarter of the numbers is rectified.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Final, NamedTuple

import numpy as np

from ..core.errors import UnknownName, WordsError
from ._augment import Augment
from ._loop import Plan
from ._onnx import EPSILON, read, written

__all__ = ["RECIPES", "VISITS_FOLD", "Layers", "Recipe", "Start", "arrays_of", "begun", "exported", "fresh", "module", "named", "restored"]

Layers = tuple[tuple[Any, ...], ...]
Shape = tuple[int, int, int]
_Held = tuple[tuple[Any, ...], dict[str, np.ndarray]]  # a layer and its weights by name
LOOKED: Final = 2_000  # pictures that say how light pictures are
SMALL: Final = 8  # pixels of a side at which halving ends
VISITS: Final = 120_000  # of pictures in all passes together, by the default recipe
VISITS_FOLD: Final = 60_000  # the same of one net among several that are averaged
PASSES: Final = (4, 80)
PASSES_FEW: Final = 40  # at most, where pictures are few: more of them learn these by heart
FEW: Final = 500  # pictures
STEPS: Final = 240  # of the optimiser at least, however few pictures there are
BATCHES: Final = ((32, 500), (64, 2_000), (128, np.inf))  # (pictures of a step, where there are fewer pictures than)
FULL: Final = 32  # pixels of a side up to which the first convolution sees every pixel
WIDE: Final = (32, 64, 128, 192, 256)
NARROW: Final = (32, 32, 64, 96, 128)
STILL: Final = Augment()
MOVED: Final = Augment(turn=10, zoom=0.1, move=0.08, slant=0.15)
LIGHT: Final = (127.5, 1.0 / 64)  # about what pictures are moved and scaled by
NUDGED: Final = Augment(turn=7, zoom=0.07, move=0.05, slant=0.1)


@dataclass(frozen=True)
class Recipe:
    """layers(shape): (the layers, the number of features that they end in); plan; smoothing of labels; side: pixels that pictures are brought to,
    None for the net's own choice; augment; mirrored: whether pictures are asked if they may be mirrored; visits: pictures in all
    passes together, where the number of passes follows the rows, 0 where it is the plan's.
    """

    name: str
    layers: Callable[[Shape], tuple[Layers, int]]
    plan: Plan
    smoothing: float = 0.0
    side: int | None = None
    augment: Augment = STILL
    mirrored: bool = False
    visits: int = 0

    def planned(self, n: int, *, started: bool = False) -> Plan:
        """The plan for n pictures; started: of a net that has learned elsewhere, which needs half the passes."""
        if not self.visits:
            return self.plan
        batch = next(size for size, most in BATCHES if n < most)
        epochs = min(np.clip(round(self.visits / max(n, 1)), *PASSES), PASSES[1] if n >= FEW else PASSES_FEW) / (1 + started)
        epochs = max(math.ceil(epochs), math.ceil(STEPS / max(1, n // batch)))
        return replace(self.plan, epochs=epochs, batch=batch, rate=self.plan.rate * (batch / self.plan.batch) ** 0.5)


def named(recipe: str | Recipe) -> Recipe:
    """The recipe of a name. Raises UnknownName."""
    if isinstance(recipe, Recipe):
        return recipe
    if recipe not in RECIPES:
        raise UnknownName("recipe", recipe, RECIPES)
    return RECIPES[recipe]


class Start(NamedTuple):
    """A tower that has learned elsewhere: its layers, how many features they end in, its weights by "<place>.<name>"."""

    layers: Layers
    features: int
    arrays: dict[str, np.ndarray]


def begun(content: bytes) -> Start:
    """The tower of an ONNX file that `exported` made, with pictures scaled before the first convolution again: an optimiser's steps are of one size,
    and filters that read bytes are too small for it. Raises WordsError of another file.
    """
    layers: Layers
    layers, held = read(content)
    arrays = {name: value.copy() for name, value in held.items()}
    if layers[0][0] != "scale":
        arrays = {f"{int(name.partition('.')[0]) + 1}.{name.partition('.')[2]}": value for name, value in arrays.items()}
        middle = np.full((layers[0][1], 1, 1), LIGHT[0], dtype=np.float32)
        arrays |= {"0.middle": middle, "1.bias": arrays["1.bias"] + (arrays["1.weight"] * middle).sum(axis=(1, 2, 3))}
        layers = (("scale", layers[0][1]), *layers)
    if "0.factor" not in arrays:
        arrays |= {"0.factor": np.full(arrays["0.middle"].shape, LIGHT[1], dtype=np.float32), "1.weight": arrays["1.weight"] / np.float32(LIGHT[1])}
    layers = tuple((*layer[:6], f"{i}.bias" in arrays) if layer[0] == "conv" else layer for i, layer in enumerate(layers))
    width = int(next(layer for layer in reversed(layers) if layer[0] in ("conv", "dense"))[2])
    return Start(layers, 2 * width if layers[-1][0] == "gather" else width, arrays)


def fresh(torch: Any, layers: Layers, images: np.ndarray) -> Any:
    """The module of layers with first weights, for pictures like those given (n, h, w, c)."""
    some = images[:: max(1, len(images) // LOOKED)].reshape(-1, images.shape[3]).astype(np.float64)
    return module(torch, layers, some.mean(axis=0), 1.0 / np.maximum(some.std(axis=0), 1.0))


def restored(torch: Any, start: Start) -> Any:
    """The module of a start, with its weights. Raises WordsError where they are of another net."""
    net = module(torch, start.layers, np.zeros(start.layers[0][1]), np.ones(start.layers[0][1]))
    own = {name: tuple(value.shape) for name, value in net.state_dict().items() if value.is_floating_point()}
    theirs = {name: np.shape(value) for name, value in start.arrays.items()}
    if own != theirs:
        odd = sorted(name for name in own.keys() | theirs.keys() if own.get(name) != theirs.get(name))
        raise WordsError(f"the weights to start from are of another net; other shapes in {', '.join(odd[:4])}.")
    net.load_state_dict({name: torch.tensor(value, dtype=torch.float32) for name, value in start.arrays.items()}, strict=False)
    return net


def _halving(widths: Sequence[int], full: int) -> Callable[[Shape], tuple[Layers, int]]:
    """The default nets: convolutions in pairs, the second of which halves the sides until they are small. full: pixels of a side up to which the
    first convolution sees every pixel; above it, it takes every other, and large pictures are halved once more: pairs of wide convolutions at their
    full size cost several times as much and told 300 faces no better.
    """

    def layers(shape: Shape) -> tuple[Layers, int]:
        channels, side, own = shape[0], min(shape[1:]), widths[0]
        made: list[tuple[Any, ...]] = [("scale", channels)]
        if side <= SMALL:
            made += [("conv", channels, own, 3, 1, 1, False)]
        elif side <= full:
            made += [("conv", channels, own, 3, 1, 1, False), ("pool", 2)]
        else:
            made += [("conv", channels, own, 5, 2, 2, False), *([("pool", 2)] if side > FULL else [])]
            side = side // 2 if side > FULL else side
        side = side if side <= SMALL else side // 2
        made += [("norm", own), ("relu",)]
        for width in widths[1:]:
            for pool in (False, side > SMALL):
                made += [("conv", own, width, 3, 1, 1, False), *([("pool", 2)] if pool else []), ("norm", width), ("relu",)]
                own = width
            if side <= SMALL:
                break
            side //= 2
        return (*made, ("gather",)), 2 * own

    return layers


def _stacked(widths: Sequence[int], hidden: int) -> Callable[[Shape], tuple[Layers, int]]:
    """Convolutions of 3 x 3 without a border, each followed by a pool, then one dense layer; no pool where nothing would be left."""

    def layers(shape: Shape) -> tuple[Layers, int]:
        own, high, wide = shape
        made: list[tuple[Any, ...]] = [("scale", own)]
        for width in widths:
            pad = 0 if min(high, wide) > 3 else 1
            high, wide = high - 2 + 2 * pad, wide - 2 + 2 * pad
            pooled = min(high, wide) >= 2
            made += [("conv", own, width, 3, 1, pad, True), *([("pool", 2)] if pooled else []), ("relu",)]
            own, high, wide = width, high // 2 if pooled else high, wide // 2 if pooled else wide
        return (*made, ("flat",), ("dense", own * high * wide, hidden), ("relu",)), hidden

    return layers


RECIPES: Final = {
    recipe.name: recipe
    for recipe in (
        Recipe("default", _halving(WIDE, FULL), Plan(batch=128, rate=0.01), 0.05, augment=MOVED, mirrored=True, visits=VISITS),
        Recipe("quick", _halving(NARROW, 0), Plan(epochs=2, batch=64, rate=0.006), 0.05, augment=NUDGED),
        Recipe("mnist-keras", _stacked((32, 64), 128), Plan(epochs=10, batch=64, rate=0.001, optimiser="adam", cycle=False, decay=0.0)),
        Recipe("folder-150", _stacked((32, 64, 128, 128), 512), Plan(30, 20, 1e-4, "rmsprop", cycle=False, decay=0.0), side=150),
    )
}


def module(torch: Any, layers: Layers, middle: np.ndarray, factor: np.ndarray) -> Any:
    """The torch module of layers, its first weights by torch's own generator. middle, factor (c,): what pictures are moved and scaled by."""
    kinds = {
        "scale": partial(_classes()["Scale"], middle, factor),
        "conv": _classes()["Filter"],
        "norm": torch.nn.BatchNorm2d,
        "relu": partial(torch.nn.ReLU, inplace=True),
        "pool": torch.nn.MaxPool2d,
        "flat": torch.nn.Flatten,
        "softmax": partial(torch.nn.Softmax, 1),
        "dense": torch.nn.Linear,
        "gather": _classes()["Gather"],
    }
    return torch.nn.Sequential(*(kinds[name](*rest) for name, *rest in layers))


def arrays_of(net: Any) -> dict[str, np.ndarray]:
    """The weights and running means of a module by "<place>.<name>"."""
    return {name: value.detach().contiguous().numpy() for name, value in net.state_dict().items() if value.is_floating_point()}


def exported(net: Any, layers: Layers, shape: Shape) -> bytes:
    """The ONNX file of a module made of the layers, in the order that is quickest to ask: scale and batch norm within the convolution beside them,
    and rectifiers before pools again, where they cost nothing.
    """
    arrays = arrays_of(net)
    made: list[_Held] = [
        (layer, {name.partition(".")[2]: a for name, a in arrays.items() if name.startswith(f"{i}.")}) for i, layer in enumerate(layers)
    ]
    for i in range(len(made) - 1, -1, -1):
        if made[i][0][0] == "conv":
            at = i + 1 + (made[i + 1][0][0] == "pool")
            if made[at][0][0] == "norm" and (
                at == i + 1 or (made[at][1]["weight"] >= 0).all()
            ):  # a negative scale would turn the most into the least
                made[i] = (made[i][0], _folded(made[i][1], made.pop(at)[1]))
    for i in range(len(made) - 1):
        if (made[i][0][0], made[i + 1][0][0]) == ("pool", "relu"):
            made[i], made[i + 1] = made[i + 1], made[i]
    if (made[0][0][0], made[1][0][0]) == ("scale", "conv"):
        made[:2] = _scaled(*made[:2])
    return written([layer for layer, _ in made], {f"{i}.{name}": a for i, (_, own) in enumerate(made) for name, a in own.items()}, shape)


def _folded(conv: dict[str, np.ndarray], norm: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights of a convolution that norms what it gives."""
    factor = norm["weight"] / np.sqrt(norm["running_var"] + EPSILON)
    bias = conv.get("bias", np.zeros(len(factor), dtype=np.float32))
    return {"weight": conv["weight"] * factor[:, None, None, None], "bias": (bias - norm["running_mean"]) * factor + norm["bias"]}


def _scaled(scale: _Held, conv: _Held) -> list[_Held]:
    """A scale and the convolution after it as one; with a border, which is the middle's black, the convolution still wants the middle taken off."""
    (kind, weights), middle = conv, scale[1]["middle"]
    filters = weights["weight"] * scale[1]["factor"].reshape(1, -1, 1, 1)
    if kind[5]:
        return [(scale[0], {"middle": middle}), (kind, {**weights, "weight": filters})]
    bias = weights.get("bias", np.zeros(len(filters), dtype=np.float32))
    return [(kind, {"weight": filters, "bias": bias - (filters * middle.reshape(1, -1, 1, 1)).sum(axis=(1, 2, 3))})]


@cache
def _classes() -> dict[str, Any]:
    """The two layers that torch lacks, and a convolution by the fields of a layer."""
    from ._extra import brought

    torch = brought("torch")

    class Scale(torch.nn.Module):
        """Bytes (b, c, h, w) as numbers around 0."""

        def __init__(self, middle: np.ndarray, factor: np.ndarray, channels: int) -> None:
            super().__init__()
            for name, value in (("middle", middle), ("factor", factor)):
                self.register_buffer(name, torch.tensor(value, dtype=torch.float32).reshape(channels, 1, 1))

        def forward(self, x: Any) -> Any:
            return (x.float() - self.middle) * self.factor

    class Gather(torch.nn.Module):
        """(b, 2 c): the mean and the most of every feature."""

        def forward(self, x: Any) -> Any:
            most = torch.nn.functional.max_pool2d(x, x.shape[2:])  # whose way back is several times as quick as that of amax
            return torch.cat([x.mean((2, 3)), most.flatten(1)], 1)

    def filtered(into: int, out: int, kernel: int, stride: int, pad: int, bias: bool) -> Any:
        return torch.nn.Conv2d(into, out, kernel, stride, pad, bias=bias)

    return {"Scale": Scale, "Gather": Gather, "Filter": filtered}
