"""A tower of convolutions that has learned from pictures without labels, where labels are few and pictures many (VICReg, Bardes, Ponce & LeCun 2022).

    weights = pretrained(all_pictures)                                        # (n, h, w, c) uint8
    net = fit_images(some_pictures, their_labels, start=weights)              # or Cnn(start=weights)

Each picture is changed twice by chance, and a small projector of the tower's features is asked to tell the two alike (invariance), to differ between
pictures in every dimension (variance), and to say no two things twice (covariance); the projector is thrown away. Nothing stands in for labels, no
pairs of unlike pictures and no large batches are needed. What it does not do: help where the changes destroy what the labels are about, or where the
same changes make labels go far enough by themselves (1,000 labelled digits told .987 without it, and no more with it); learn of tables and texts
(see `masked`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from ..core.errors import EmptyTable, UnknownName, WordsError
from ._augment import Augment, augmented, mirrors
from ._convnet import Recipe, arrays_of, fresh, named
from ._extra import brought
from ._loop import Plan, seeded, trained

__all__ = ["pretrained", "vicreg"]

PROJECTED: Final = 256  # dimensions in which pictures are compared
VISITS: Final = 120_000  # of pictures in all passes together, each in two views
PASSES: Final = (2, 100)
BATCH: Final = 256
CHANGED: Final = Augment(turn=15, zoom=0.2, move=0.12, slant=0.2, light=0.3)
WEIGHTS: Final = (25.0, 25.0, 1.0)  # of invariance, variance and covariance, as published
TINY: Final = 1e-4


def pretrained(
    images: np.ndarray, recipe: str | Recipe = "default", *, augment: Augment | None = None, plan: Mapping[str, Any] | None = None
) -> dict[str, np.ndarray]:
    """Weights of the recipe's tower, by "<place>.<name>", of pictures (n, h, w, c) or (n, h, w) uint8 in the size that they will be learned in.

    augment: how views differ, None for turned, moved, zoomed, lighter and, where pictures do not tell, mirrored; plan: fields of Plan to replace
    (epochs, seed, threads, checkpoint, ...). Raises EmptyTable for fewer than two pictures, WordsError where torch is absent or they are not bytes.
    """
    torch = brought("torch")
    pictures = np.asarray(images)
    if pictures.ndim not in (3, 4) or pictures.dtype != np.uint8:
        raise WordsError(f"pictures must be bytes (uint8) of shape (n, height, width, channels); got {pictures.dtype} of {pictures.shape}.")
    n = len(pictures)
    if n < 2:
        raise EmptyTable(f"at least two pictures are needed to learn what they have in common; got {n}.")
    pictures = pictures[..., None] if pictures.ndim == 3 else pictures
    how = augment or CHANGED._replace(mirror=mirrors(pictures, np.zeros(n, dtype=np.int64)))
    own = Plan(epochs=int(np.clip(round(VISITS / n), *PASSES)), batch=min(BATCH, n), rate=0.01, decay=0.01)
    if strange := set(plan or {}) - set(Plan.__dataclass_fields__):
        raise UnknownName("field of a plan", sorted(strange)[0], Plan.__dataclass_fields__)
    own = replace(own, **(plan or {}))
    layers, features = named(recipe).layers((pictures.shape[3], *pictures.shape[1:3]))
    with seeded(own.seed):
        parts = [torch.nn.Linear(features, PROJECTED), torch.nn.BatchNorm1d(PROJECTED), torch.nn.ReLU(), torch.nn.Linear(PROJECTED, PROJECTED)]
        net = torch.nn.ModuleDict({"tower": fresh(torch, layers, pictures), "projector": torch.nn.Sequential(*parts)})
    turned = torch.from_numpy(np.array(pictures.transpose(0, 3, 1, 2), order="C"))

    def lost(index: Any, chance: Any) -> Any:
        given = turned[index].float()
        views = torch.cat([augmented(torch, given, how, chance) for _ in range(2)])
        told = net["projector"](net["tower"](views.contiguous(memory_format=torch.channels_last)))
        return vicreg(torch, *told.float().chunk(2))

    trained(net, n, lost, own)
    return arrays_of(net["tower"])


def vicreg(torch: Any, first: Any, second: Any) -> Any:
    """The loss of two views (b, d) of the same pictures, a scalar: see the head of the file."""
    alike = torch.nn.functional.mse_loss(first, second)
    spread = covariance = 0.0
    for view in (first, second):
        centred = view - view.mean(0)
        spread = spread + torch.relu(1.0 - torch.sqrt(centred.var(0) + TINY)).mean() / 2
        product = centred.T @ centred / max(1, len(view) - 1)
        covariance = covariance + (product.pow(2).sum() - product.diagonal().pow(2).sum()) / view.shape[1]
    return WEIGHTS[0] * alike + WEIGHTS[1] * spread + WEIGHTS[2] * covariance
