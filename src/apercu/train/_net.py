"""The training loop of the neural net in plain torch, which `mlp` hands inputs to and gets arrays back from; nothing of torch outlives it.

RealMLP of Holzmüller, Grinsztajn & Steinwart 2024 ("Better by Default", arXiv 2407.04491) with its published settings: periodic embeddings of
numbers (PBLD), a scaling layer that learns six times as fast, three layers of 256 in the NTK parametrisation with data-driven first weights and
biases, activations that each neuron may straighten (SELU for classes, Mish for numbers), dropout and weight decay that fade from half-way on,
Adam with (0.9, 0.95), and a rate that rises and falls in four ever longer cycles. Unlike there, labels are not smoothed, since probabilities are
wanted, every category is a one-hot vector, and there are a quarter of the passes over the rows (fewer yet over many rows), the best of which, by the
log loss of the watched rows, is kept.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from ._extra import brought

__all__ = ["Lesson", "answered", "trained"]

HIDDEN: Final = (256, 256, 256)
WAVES: Final = 16  # cosines of one number
KEPT: Final = 3  # numbers that they become, beside the number itself
SIGMA: Final = 0.1  # of the cosines' frequencies
BATCH: Final = 256
EPOCHS: Final = 64  # passes over the rows at most
VISITS: Final = 1_000_000  # visits of rows: fewer passes where rows are many
LEAST_EPOCHS: Final = 16
CYCLES: Final = 4
RATES: Final = {"numeric": 0.2, "classes": 0.04}
FACTORS: Final = {"scale": 6.0, "bias": 0.1, "bend": 0.1, "wave": 0.1}  # of the rate, by the first word of a parameter's name
DROPOUT: Final = 0.15
DECAY: Final = 0.02
POINTS: Final = 6  # rows that a neuron's first bias lies between
STARTERS: Final = 2_000  # rows that the first weights are scaled on


class Lesson(NamedTuple):
    """inputs (n, D); numbers: the places of those that are embedded; truth (n,) scaled numbers or classes; weights (n,); rows from `split` on
    are watched; outputs: 1 for a number, else the classes.
    """

    inputs: np.ndarray
    numbers: np.ndarray
    truth: np.ndarray
    weights: np.ndarray
    split: int
    outputs: int
    numeric: bool


def trained(lesson: Lesson, seed: int = 1) -> dict[str, np.ndarray]:
    """The net's arrays at the pass that the watched rows liked best (the last, where none are watched)."""
    torch = brought("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # products this small are not quicker on several, and the digits would depend on how many
    try:
        return _trained(torch, lesson, torch.Generator().manual_seed(seed))
    finally:
        torch.set_num_threads(threads)


def answered(arrays: dict[str, np.ndarray], inputs: np.ndarray, *, numeric: bool) -> np.ndarray:
    """(n, outputs) of inputs (n, D), by NumPy alone."""
    x = inputs
    if "wave_frequency" in arrays:
        z = x[:, arrays["numbers"]]
        waves = np.cos(2.0 * math.pi * z[:, :, None] * arrays["wave_frequency"] + arrays["wave_phase"])
        kept = np.einsum("nfw,fwk->nfk", waves, arrays["wave_weight"]) + arrays["wave_bias"]
        x = np.concatenate([x, kept.reshape(len(x), z.shape[1] * kept.shape[2])], axis=1)
    x = x * arrays["scale"]
    for i in range(len(HIDDEN)):
        x = x @ arrays[f"weight_{i}"] / math.sqrt(x.shape[1]) + arrays[f"bias_{i}"]
        x = x + (_mish(x) - x if numeric else _selu(x) - x) * arrays[f"bend_{i}"]
    last = len(HIDDEN)
    return x @ arrays[f"weight_{last}"] / math.sqrt(x.shape[1]) + arrays[f"bias_{last}"]


def _mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(np.logaddexp(0.0, x))


def _selu(x: np.ndarray) -> np.ndarray:
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0.0)))


def _trained(torch: Any, lesson: Lesson, generator: Any) -> dict[str, np.ndarray]:
    given = torch.tensor(lesson.inputs, dtype=torch.float32)
    truth = torch.tensor(lesson.truth, dtype=torch.float32 if lesson.numeric else torch.int64)
    weights = torch.tensor(lesson.weights, dtype=torch.float32)
    split, n = lesson.split, len(lesson.inputs)
    own = _begun(torch, given[:split], lesson, generator)
    groups = [{"params": [p], "lr": 0.0, "factor": FACTORS.get(name.split("_")[0], 1.0)} for name, p in own.items()]
    adam = torch.optim.Adam(groups, betas=(0.9, 0.95))
    epochs = int(np.clip(VISITS // max(split, 1), LEAST_EPOCHS, EPOCHS))
    steps = max(1, split // BATCH)
    rate = RATES["numeric" if lesson.numeric else "classes"]
    best, least = _copied(own), math.inf
    for epoch in range(epochs):
        order = torch.randperm(split, generator=generator)
        for step in range(steps):
            t = (epoch + step / steps) / epochs
            fade = 1.0 if t < 0.5 else 0.5 * (1.0 + math.cos(math.pi * (2.0 * t - 1.0)))
            now = rate * 0.5 * (1.0 - math.cos(2.0 * math.pi * math.log2(1.0 + (2**CYCLES - 1) * t)))
            for group in adam.param_groups:
                group["lr"] = now * group["factor"]
            some = order[step * BATCH : (step + 1) * BATCH] if step + 1 < steps else order[step * BATCH :]
            told = _told(torch, own, given[some], lesson.numeric, DROPOUT * fade, generator)
            loss = _loss(torch, told, truth[some], weights[some])
            adam.zero_grad()
            loss.backward()
            adam.step()
            with torch.no_grad():
                for name, p in own.items():
                    if name.startswith("weight"):
                        p.mul_(1.0 - now * DECAY * fade)
        if split == n:
            continue
        with torch.no_grad():
            watched = float(_loss(torch, _told(torch, own, given[split:], lesson.numeric, 0.0, generator), truth[split:], weights[split:]))
        if watched < least:
            least, best = watched, _copied(own)
    arrays = best if split < n and math.isfinite(least) else _copied(own)
    return {name: array.astype(np.float64) for name, array in arrays.items()} | {"numbers": lesson.numbers}


def _begun(torch: Any, given: Any, lesson: Lesson, generator: Any) -> dict[str, Any]:
    """The parameters before the first step; weights give every neuron a deviation of one on the rows given, biases put its bend among them."""
    d = len(lesson.numbers)
    own: dict[str, Any] = {}
    if d:
        bound = 1.0 / math.sqrt(WAVES)
        own["wave_frequency"] = SIGMA * torch.randn(d, WAVES, generator=generator)
        own["wave_phase"] = math.pi * (2.0 * torch.rand(d, WAVES, generator=generator) - 1.0)
        own["wave_weight"] = bound * (2.0 * torch.rand(d, WAVES, KEPT, generator=generator) - 1.0)
        own["wave_bias"] = bound * (2.0 * torch.rand(d, KEPT, generator=generator) - 1.0)
        own["numbers"] = torch.tensor(lesson.numbers)
    some = given[torch.randperm(len(given), generator=generator)[:STARTERS]]
    x = _embedded(torch, own, some)
    own["scale"] = torch.ones(x.shape[1])
    for i, wide in enumerate((*HIDDEN, lesson.outputs)):
        weight = torch.randn(x.shape[1], wide, generator=generator)
        made = x @ weight / math.sqrt(max(x.shape[1], 1))
        spread = made.std(dim=0, correction=0)
        weight = weight / torch.where(spread > 1e-6, spread, torch.ones_like(spread))
        made = x @ weight / math.sqrt(max(x.shape[1], 1))
        bias = torch.zeros(wide)
        if i < len(HIDDEN):
            places = torch.randint(len(x), (POINTS, wide), generator=generator)
            shares = -torch.log(torch.rand(POINTS, wide, generator=generator).clamp(min=1e-9))
            bias = -(made.gather(0, places) * shares / shares.sum(dim=0)).sum(dim=0)
            own[f"bend_{i}"] = torch.ones(wide)
        own[f"weight_{i}"], own[f"bias_{i}"] = weight, bias
        if i < len(HIDDEN):
            x = made + bias
            x = torch.nn.functional.mish(x) if lesson.numeric else torch.selu(x)
    return {name: p if name == "numbers" else p.requires_grad_() for name, p in own.items()}


def _embedded(torch: Any, own: dict[str, Any], x: Any) -> Any:
    if "wave_frequency" not in own:
        return x
    waves = torch.cos(2.0 * math.pi * x[:, own["numbers"]][:, :, None] * own["wave_frequency"] + own["wave_phase"])
    kept = torch.einsum("nfw,fwk->nfk", waves, own["wave_weight"]) + own["wave_bias"]
    return torch.cat([x, kept.reshape(len(x), -1)], dim=1)


def _told(torch: Any, own: dict[str, Any], x: Any, numeric: bool, dropped: float, generator: Any) -> Any:
    x = _embedded(torch, own, x) * own["scale"]
    for i in range(len(HIDDEN)):
        x = x @ own[f"weight_{i}"] / math.sqrt(x.shape[1]) + own[f"bias_{i}"]
        x = x + ((torch.nn.functional.mish(x) if numeric else torch.selu(x)) - x) * own[f"bend_{i}"]
        if dropped > 0:
            x = x * (torch.rand(x.shape, generator=generator) >= dropped) / (1.0 - dropped)
    last = len(HIDDEN)
    return x @ own[f"weight_{last}"] / math.sqrt(x.shape[1]) + own[f"bias_{last}"]


def _loss(torch: Any, told: Any, truth: Any, weights: Any) -> Any:
    each = (told[:, 0] - truth) ** 2 if told.shape[1] == 1 else torch.nn.functional.cross_entropy(told, truth, reduction="none")
    return (each * weights).sum() / weights.sum().clamp(min=1e-9)


def _copied(own: dict[str, Any]) -> dict[str, np.ndarray]:
    return {name: p.detach().numpy().copy() for name, p in own.items() if name != "numbers"}
