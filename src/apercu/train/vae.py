"""A variational autoencoder (Kingma & Welling 2014): rows or small pictures as points of a map, made anew, filled up, weighed by how odd they are.

    net = fit_vae(values)                 # (n, ...) numbers, NaN where missing, or pictures (n, h, w, c) uint8
    net.latent(values)                    # (n, 2): where each lies on the map
    net.anomaly(values)                   # (n,): how badly the net tells it, in nats; the oddest highest
    net.reconstruct(values), net.imputed(values), net.sample(9)

Two dense layers each way. The spread of what is told is learned with the rest (sigma-VAE, Rybkin et al. 2021), so no weight between telling and
ordering has to be chosen. A missing value counts nothing, neither in training nor in a score. Trained with torch (the extra `deep`), asked with
NumPy alone. What it does not do: sharp pictures, categories that are not coded as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..core.errors import EmptyTable, WordsError
from ._extra import brought
from ._loop import Plan, seeded, trained

__all__ = ["Vae", "fit_vae"]

HIDDEN: Final = (128, 64)
STEPS: Final = 1_500  # about, of the optimiser
PASSES: Final = (4, 300)
BATCH: Final = 64
LEAST: Final = 1e-3  # of the spread that is told, as a share of the values' own: nothing is told more precisely
FAR: Final = 10.0  # spreads from the middle beyond which a value is brought nearer while the net learns
LAYERS: Final = ("in_0", "in_1", "mean", "spread", "out_0", "out_1", "out_2")


@dataclass(frozen=True)
class Vae:
    """shape: of one row; middle, factor (D,): what values are moved and scaled by; arrays: weight and bias of each layer; noise: the spread told."""

    shape: tuple[int, ...]
    whole: bool
    middle: np.ndarray
    factor: np.ndarray
    arrays: dict[str, np.ndarray]
    noise: float

    def latent(self, values: np.ndarray) -> np.ndarray:
        """(n, latent): the middle of where each row may lie."""
        return self._encoded(self._scaled(values)[0])[0]

    def reconstruct(self, values: np.ndarray) -> np.ndarray:
        """(n, ...) what the net tells of each row, missing values included."""
        return self._back(self._decoded(self.latent(values)))

    def imputed(self, values: np.ndarray) -> np.ndarray:
        """(n, ...) the same values, where they are missing those that the net tells."""
        given = np.asarray(values)
        return np.where(np.isnan(given), self.reconstruct(given), given) if given.dtype.kind == "f" else given

    def anomaly(self, values: np.ndarray) -> np.ndarray:
        """(n,) squared error in spreads plus the Kullback-Leibler distance from what is usual: the negative evidence bound but for a constant."""
        z, known = self._scaled(values)
        mean, spread = self._encoded(z)
        error = np.where(known, (z - self._decoded(mean)) ** 2, 0.0).sum(axis=1) * z.shape[1] / np.maximum(known.sum(axis=1), 1)
        return error / (2.0 * self.noise**2) + _distance(mean, spread)

    def distance(self, values: np.ndarray) -> np.ndarray:
        """(n,) nats: how far the place of each row lies from what is usual (Kullback-Leibler), whether or not it is told well."""
        return _distance(*self._encoded(self._scaled(values)[0]))

    def sample(self, n: int, seed: int = 1) -> np.ndarray:
        """(n, ...) rows that might have been: middles of what is told of random places on the map."""
        places = np.random.default_rng(seed).normal(size=(n, len(self.arrays["mean.bias"])))
        return self._back(self._decoded(places))

    def save(self, file: Path) -> None:
        """Writes one npz of plain arrays."""
        plain = {"shape": np.array(self.shape, dtype=np.int64), "whole": np.array(self.whole), "noise": np.array(self.noise)}
        np.savez_compressed(file, allow_pickle=False, middle=self.middle, factor=self.factor, **plain, **self.arrays)

    @staticmethod
    def load(file: Path) -> Vae:
        """Reads what `save` wrote; torch is not needed."""
        with np.load(file, allow_pickle=False) as kept:
            held = {name: kept[name] for name in kept.files}
        shape, whole, noise = tuple(int(v) for v in held.pop("shape")), bool(held.pop("whole")), float(held.pop("noise"))
        return Vae(shape, whole, held.pop("middle"), held.pop("factor"), held, noise)

    def _scaled(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """((n, D) around 0, missing as 0; (n, D) bool: what is known)."""
        given = np.asarray(values, dtype=np.float64)
        if given.shape[1:] != self.shape:
            raise WordsError(f"the autoencoder was fitted to rows of shape {self.shape}; got {given.shape[1:]}.")
        return _standard(given.reshape(len(given), -1), self.middle, self.factor)

    def _encoded(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        made = np.maximum(self._layer("in_1", np.maximum(self._layer("in_0", z), 0.0)), 0.0)
        return self._layer("mean", made), np.clip(self._layer("spread", made), -10.0, 10.0)

    def _decoded(self, places: np.ndarray) -> np.ndarray:
        return self._layer("out_2", np.maximum(self._layer("out_1", np.maximum(self._layer("out_0", places), 0.0)), 0.0))

    def _layer(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"]

    def _back(self, z: np.ndarray) -> np.ndarray:
        made = (z / self.factor + self.middle).reshape(len(z), *self.shape)
        return np.clip(np.round(made), 0, 255).astype(np.uint8) if self.whole else made


def fit_vae(values: np.ndarray, latent: int = 2, *, weighed: bool = False, plan: Mapping[str, Any] | None = None) -> Vae:
    """Fits (n, ...) numbers or bytes. latent: dimensions of the map; weighed: the values' own spreads say how much each counts (as of bytes), in
    place of all counting alike; plan: fields of Plan to replace (epochs, seed, checkpoint, ...).

    Raises EmptyTable where there are fewer than two rows, WordsError where torch is absent.
    """
    torch = brought("torch")
    given = np.asarray(values)
    if given.ndim < 2 or len(given) < 2 or not given[0].size:
        raise EmptyTable(f"an autoencoder needs at least two rows of numbers; got an array of shape {given.shape}.")
    flat = given.reshape(len(given), -1).astype(np.float64)
    known = np.isfinite(flat)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, flat, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (flat - middle) ** 2, 0.0).sum(axis=0) / count)
    if weighed or given.dtype == np.uint8:
        least = 1.0 if given.dtype == np.uint8 else 0.0
        spread = np.full(len(middle), max(float(np.sqrt((spread**2).mean())), least))  # one for all, so that pixels keep their weight
    factor = 1.0 / np.where(spread > 0, spread, 1.0)
    z, known = _standard(flat, middle, factor)
    own = Plan(epochs=int(np.clip(STEPS * BATCH // len(z), *PASSES)), batch=BATCH, rate=0.003, decay=1e-4, clip=5.0)
    own = replace(own, **(plan or {}))
    with seeded(own.seed):
        net = _net(torch, z.shape[1], latent)
    trained(net, len(z), _bound(torch, net, torch.tensor(np.clip(z, -FAR, FAR), dtype=torch.float32), torch.tensor(known)), own)
    arrays = {name: value.detach().double().numpy() for name, value in net.state_dict().items()}
    made = Vae(given.shape[1:], given.dtype == np.uint8, middle, factor, arrays, 1.0)
    error = (z - made._decoded(made._encoded(z)[0]))[known]
    return Vae(made.shape, made.whole, middle, factor, arrays, max(float(np.sqrt(np.mean(error**2))), LEAST))


def _standard(flat: np.ndarray, middle: np.ndarray, factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = np.isfinite(flat)
    return np.where(known, (np.where(known, flat, 0.0) - middle) * factor, 0.0), known


def _distance(mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return 0.5 * (mean**2 + np.exp(spread) - 1.0 - spread).sum(axis=1)


def _net(torch: Any, width: int, latent: int) -> Any:
    first, second = HIDDEN
    sizes = ((width, first), (first, second), (second, latent), (second, latent), (latent, second), (second, first), (first, width))
    return torch.nn.ModuleDict({name: torch.nn.Linear(*size) for name, size in zip(LAYERS, sizes, strict=True)})


def _bound(torch: Any, net: Any, z: Any, known: Any) -> Any:
    """What a batch loses: half the logarithm of the mean squared error, once a value, plus the Kullback-Leibler distance."""
    relu, width = torch.nn.functional.relu, z.shape[1]

    def lost(index: Any, chance: Any) -> Any:
        x, there = z[index], known[index]
        made = relu(net["in_1"](relu(net["in_0"](x))))
        mean, spread = net["mean"](made).float(), net["spread"](made).float().clamp(-10.0, 10.0)
        place = mean + torch.exp(0.5 * spread) * torch.randn(mean.shape, generator=chance)
        told = net["out_2"](relu(net["out_1"](relu(net["out_0"](place))))).float()
        error = ((told - x) ** 2 * there).sum() / there.sum().clamp_min(1)
        distance = 0.5 * (mean**2 + torch.exp(spread) - 1.0 - spread).sum(1).mean()
        return 0.5 * width * torch.log(error + LEAST**2) + distance

    return lost
