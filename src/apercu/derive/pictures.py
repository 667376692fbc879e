"""What a picture shows at a glance: its size, brightness, contrast, sharpness and saturation, so that findings can speak of them; and how it looks.

    shown(decoded(file))      # (28.0, 28.0, 12.5, ...) in the order of PICTURES: width, height, brightness in per cent of white, ...
    looks(decoded(file))      # (64,) a grey thumbnail less its mean, of length one: pictures that look alike have like ones

Brightness is the mean of the grey values, contrast their deviation, sharpness the mean difference between neighbours, all as per cent of the range;
saturation the mean of (largest - smallest) / largest over the colours of a pixel.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.facts import PICTURES

__all__ = ["NOTHING", "looks", "shown"]

GREY: Final = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)
SIDE: Final = 256  # pixels of a side up to which each is looked at; of larger pictures every k-th
THUMB: Final = 8  # pixels of a thumbnail's side
NOTHING: Final = (np.nan,) * len(PICTURES)


def shown(pixels: np.ndarray) -> tuple[float, ...]:
    """The facts of pixels (height, width, channels) uint8, in the order of PICTURES."""
    height, width, channels = pixels.shape
    seen = _seen(pixels)
    grey = _grey(seen)
    steps = [np.abs(np.diff(grey, axis=axis)).mean() for axis in (0, 1) if grey.shape[axis] > 1]
    high = seen[:, :, :3].max(axis=2) if channels >= 3 else grey
    vivid = ((high - seen[:, :, :3].min(axis=2)) / np.maximum(high, 1e-9)).mean() if channels >= 3 else 0.0
    told = (grey.mean(), grey.std(), np.mean(steps) if steps else 0.0, vivid)
    return (float(width), float(height), *(round(100.0 * float(x), 2) for x in told))


def looks(pixels: np.ndarray) -> np.ndarray | None:
    """(THUMB * THUMB,) the mean grey value of each field, less their mean, of length one; None of a picture of one colour."""
    grey = _grey(_seen(pixels))
    rows, columns = (np.linspace(0, size, THUMB + 1)[:-1].astype(int) for size in grey.shape)
    sizes = [np.diff([*edges, size]) for edges, size in zip((rows, columns), grey.shape, strict=True)]
    if min(grey.shape) < THUMB:
        return None
    thumb = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1) / np.outer(*sizes)
    thumb = thumb - thumb.mean()
    length = float(np.sqrt((thumb**2).sum()))
    return (thumb / length).ravel() if length > 1e-3 else None


def _seen(pixels: np.ndarray) -> np.ndarray:
    """The pixels in 0..1, of a large picture every k-th."""
    every = max(1, max(pixels.shape[:2]) // SIDE)
    return pixels[::every, ::every].astype(np.float64) / 255.0


def _grey(seen: np.ndarray) -> np.ndarray:
    return seen[:, :, :3] @ GREY if seen.shape[2] >= 3 else seen[:, :, 0]
