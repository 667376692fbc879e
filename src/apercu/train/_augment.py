"""Pictures as they might have been: turned, moved, zoomed, slanted, mirrored, brighter, or mixed, anew at every step.

    seen = augmented(torch, images, Augment(turn=10, move=0.08), generator)     # (b, c, h, w) float in, the same out

One sampling of the grid does all that moves pixels, for the whole batch at once, so it costs a fraction of a training step. Whether pictures may be
mirrored is asked of the pictures (`mirrors`): where a linear rule tells of unseen ones of a class whether they were mirrored, as of digits, of texts,
of the heart in a chest, mirroring would show the net what does not exist. Mixing is mixup (Zhang et al. 2018). What it does not do: colours, elastic
bends.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

__all__ = ["Augment", "augmented", "mirrors", "mixed"]

GRID: Final = 12  # the side to which pictures are shrunk before it is asked whether they may be mirrored
LEAST: Final = 20  # pictures of a class below which nobody can tell
ASKED: Final = 500  # pictures of a class that are looked at
TOLD: Final = 0.85  # share of unseen pictures told from their mirror images from which on they are not mirrored
OWN: Final = 0.1  # by which that share may be higher within classes than over all: more, and left and right are what tells the classes apart
RIDGE: Final = 1.0


class Augment(NamedTuple):
    """The most that a picture changes: turn in degrees, zoom and slant as shares, move as a share of the side, light as a share of its range; whether
    it may be mirrored; mix: alpha of mixup, 0 for none.
    """

    turn: float = 0.0
    zoom: float = 0.0
    move: float = 0.0
    slant: float = 0.0
    light: float = 0.0
    mirror: bool = False
    mix: float = 0.0


def augmented(torch: Any, images: Any, how: Augment, chance: Any) -> Any:
    """(b, c, h, w) float, each changed by chance; what comes in from outside is the nearest edge."""
    n, channels = images.shape[:2]

    def within(most: float) -> Any:
        return (torch.rand(n, generator=chance) * 2.0 - 1.0) * most

    if how.turn or how.zoom or how.move or how.slant or how.mirror:
        angle, wide, high, slant = within(math.radians(how.turn)), torch.exp(within(how.zoom)), torch.exp(within(how.zoom)), within(how.slant)
        right, down = within(2.0 * how.move), within(2.0 * how.move)
        if how.mirror:
            wide = wide * torch.where(torch.rand(n, generator=chance) < 0.5, -1.0, 1.0)
        cos, sin = torch.cos(angle), torch.sin(angle)
        first = torch.stack([cos * wide, slant - sin * high, right], 1)
        second = torch.stack([sin * wide, cos * high, down], 1)
        grid = torch.nn.functional.affine_grid(torch.stack([first, second], 1), list(images.shape), align_corners=False)
        images = torch.nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    if how.light:
        spread = images.std((2, 3), keepdim=True)
        gain, shift = 1.0 + within(how.light).reshape(n, 1, 1, 1), within(how.light).reshape(n, 1, 1, 1)
        images = images * gain + shift * spread.mean(1, keepdim=True).expand(n, channels, 1, 1)
    return images


def mixed(torch: Any, images: Any, alpha: float, chance: Any) -> tuple[Any, Any, float]:
    """(pictures each mixed with a partner, (b,) the partners, the share that is the picture's own)."""
    pair = torch._standard_gamma(torch.full((2,), float(alpha)), generator=chance)
    share = float(pair[0] / pair.sum().clamp_min(1e-12))
    share = max(share, 1.0 - share)  # a picture is mostly itself
    partner = torch.randperm(len(images), generator=chance)
    return share * images + (1.0 - share) * images[partner], partner, share


def mirrors(images: np.ndarray, classes: np.ndarray) -> bool:
    """Whether pictures (n, h, w, c) may be mirrored: no linear rule, fitted to half of a class, tells the other half from their mirror images.

    Within classes (n,), so that what tells left from right is kept. Classes of few pictures do not say; where all are, nothing is mirrored.
    """
    chosen = [own[:ASKED] for level in np.unique(classes) if len(own := np.flatnonzero(classes == level)) >= LEAST]
    if not chosen:
        return False
    pictures = [_shrunk(images[own]) for own in chosen]
    within = float(np.average([_told_apart(some) for some in pictures], weights=[len(some) for some in pictures]))
    order = np.random.default_rng(1).permutation(sum(len(some) for some in pictures))
    return within < TOLD and within - _told_apart(np.concatenate(pictures)[order]) < OWN


def _told_apart(pictures: np.ndarray) -> float:
    """The share of pictures (n, side, side) that a rule of the other half calls unmirrored: 1/2 where it cannot tell."""
    odd = (pictures - pictures[:, :, ::-1])[:, :, : pictures.shape[2] // 2].reshape(len(pictures), -1)
    odd = odd / max(float(odd.std()), 1e-9)
    right = 0
    for fit, ask in ((odd[::2], odd[1::2]), (odd[1::2], odd[::2])):
        rule = np.linalg.solve(fit.T @ fit + RIDGE * len(fit) * np.eye(fit.shape[1]), fit.sum(axis=0))
        score = ask @ rule
        right += float((score > 0).sum() + 0.5 * (score == 0).sum())
    return right / len(odd)


def _shrunk(images: np.ndarray) -> np.ndarray:
    """(n, side, side) grey, each pixel the mean of a box."""
    grey = images.mean(axis=3, dtype=np.float32)
    for axis in (1, 2):
        edges = np.linspace(0, grey.shape[axis], min(GRID, grey.shape[axis]) + 1).astype(int)[:-1]
        sizes = np.diff(np.append(edges, grey.shape[axis]))
        shape = [1, 1, 1]
        shape[axis] = -1
        grey = np.add.reduceat(grey, edges, axis=axis) / sizes.reshape(shape)
    return grey
