"""What a picture shows at a glance: its size, brightness, contrast, sharpness and saturation, so that findings can speak of them.

    looked(rows, ("photo",))["photo_brightness"]      # (n,) per cent of white; NaN where there is no picture, or none that can be read

Brightness is the mean of the grey values, contrast their deviation, sharpness the mean difference between neighbours, all as per cent of the range;
saturation the mean of (largest - smallest) / largest over the colours of a pixel. A picture that cannot be read is missing, and is counted.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.expression import Column as Of
from ..core.expression import Expression
from ..core.facts import PICTURES, Fact
from ..core.pictures import decoded
from ..core.rows import Rows
from ..core.schema import Column

__all__ = ["looked", "propose", "unreadable"]

GREY: Final = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)
SIDE: Final = 256  # pixels of a side up to which each is looked at; of larger pictures every k-th


def propose(columns: tuple[Column, ...]) -> dict[str, Expression]:
    """{name: Fact} of each column of pictures."""
    made = [Fact(Of(c.name), what) for c in columns if c.storage == "bytes" for what in PICTURES]
    return {fact.kept: fact for fact in made}


def looked(rows: Rows, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """{column_fact: (n,)} of the named columns of pictures."""
    made = {}
    for name in names:
        told = np.array([_facts(file) for file in rows.packed(name)], dtype=np.float64).reshape(rows.n, len(PICTURES))
        made |= {Fact(Of(name), what).kept: told[:, k] for k, what in enumerate(PICTURES)}
    return made


def unreadable(rows: Rows, name: str, facts: dict[str, np.ndarray]) -> np.ndarray:
    """The places of files that are there but cannot be read."""
    present = np.array([file is not None for file in rows.packed(name)], dtype=bool)
    return np.flatnonzero(present & np.isnan(facts[Fact(Of(name), "width").kept]))


def _facts(file: bytes | None) -> tuple[float, ...]:
    """In the order of PICTURES."""
    pixels = None if file is None else decoded(file)
    if pixels is None:
        return (np.nan,) * len(PICTURES)
    height, width, channels = pixels.shape
    every = max(1, max(height, width) // SIDE)
    seen = pixels[::every, ::every].astype(np.float64) / 255.0
    coloured = channels >= 3
    grey = seen[:, :, :3] @ GREY if coloured else seen[:, :, 0]
    steps = [np.abs(np.diff(grey, axis=axis)).mean() for axis in (0, 1) if grey.shape[axis] > 1]
    high = seen[:, :, :3].max(axis=2) if coloured else grey
    vivid = ((high - seen[:, :, :3].min(axis=2)) / np.maximum(high, 1e-9)).mean() if coloured else 0.0
    told = (grey.mean(), grey.std(), np.mean(steps) if steps else 0.0, vivid)
    return (float(width), float(height), *(round(100.0 * float(x), 2) for x in told))
