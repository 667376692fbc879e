"""Picture files as one block of bytes: any format and size in, (n, height, width, channels) uint8 out.

    frame = Frame.of(cells)               # the size and the channels that suit these pictures
    images, gone = frame.read(cells)      # gone: rows without a picture that can be read, which come back black

A picture of another shape keeps its proportions within a border of its mean colour. What cannot be read (see core/pictures) counts as missing and
never ends a run; `Frame.broken` says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from ..core.pictures import decoded, resized

__all__ = ["Frame"]

LOOKED: Final = 200  # pictures that say what the others are like
SIDE: Final = 64  # pixels of the longer side at most, unless asked for otherwise: most questions are answered at this size


@dataclass(frozen=True)
class Frame:
    """The size in pixels and the channels that all pictures are brought to."""

    height: int
    width: int
    channels: int

    @staticmethod
    def of(cells: Sequence[bytes | None], side: int = SIDE) -> Frame | None:
        """The median size of pictures spread over the cells, no side longer than `side`, and the most channels; None where none can be read.

        Pictures in colours that are all grey count one channel.
        """
        present = [cell for cell in cells if cell is not None]
        seen = [image for cell in present[:: max(1, len(present) // LOOKED)] if (image := decoded(cell, 4 * side)) is not None]
        if not seen:
            return None
        height, width = (float(np.median([image.shape[axis] for image in seen])) for axis in (0, 1))
        shrink = min(1.0, side / max(height, width))
        channels = max(1 if _grey(image) else image.shape[2] for image in seen)
        return Frame(max(1, round(height * shrink)), max(1, round(width * shrink)), channels)

    def read(self, cells: Sequence[bytes | None]) -> tuple[np.ndarray, np.ndarray]:
        """((n, height, width, channels) uint8, (n,) bool: where there is no picture that can be read)."""
        images = np.zeros((len(cells), self.height, self.width, self.channels), dtype=np.uint8)
        gone = np.ones(len(cells), dtype=bool)
        for i, cell in enumerate(cells):
            image = None if cell is None else decoded(cell, 2 * max(self.height, self.width))
            if image is not None:
                images[i], gone[i] = self.fitted(image), False
        return images, gone

    def fitted(self, image: np.ndarray) -> np.ndarray:
        """A picture (h, w, c) in this size and these channels; a picture of another shape within a border of its mean colour."""
        image = _channelled(image, self.channels)
        high, wide = image.shape[:2]
        if (high, wide) == (self.height, self.width):
            return image
        shrink = min(self.height / high, self.width / wide)
        size = (max(1, min(self.height, round(high * shrink))), max(1, min(self.width, round(wide * shrink))))
        made = np.empty((self.height, self.width, self.channels), dtype=np.uint8)
        made[:] = np.round(image.mean(axis=(0, 1))).astype(np.uint8)
        top, left = (self.height - size[0]) // 2, (self.width - size[1]) // 2
        made[top : top + size[0], left : left + size[1]] = resized(image, size)
        return made

    def broken(self, cells: Sequence[bytes | None]) -> tuple[int, ...]:
        """The places of cells that hold something, but no picture that can be read."""
        return tuple(i for i, cell in enumerate(cells) if cell is not None and decoded(cell, self.height) is None)

    def to_json(self) -> dict[str, int]:
        """The fields."""
        return asdict(self)

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Frame:
        """Reads what `to_json` wrote."""
        return Frame(int(tree["height"]), int(tree["width"]), int(tree["channels"]))


def _grey(image: np.ndarray) -> bool:
    """Whether red, green and blue are the same everywhere, and what is seen through nowhere."""
    same = image.shape[2] in (3, 4) and bool((image[..., :1] == image[..., 1:3]).all())
    return image.shape[2] == 1 or (same and (image.shape[2] == 3 or bool((image[..., 3] == 255).all())))


def _channelled(image: np.ndarray, channels: int) -> np.ndarray:
    """The picture with so many channels: grey as colours, colours as grey (Rec. 601), opaque where transparency is asked for."""
    own = image.shape[2]
    if own == channels:
        return image
    if channels == 1 and own in (3, 4):
        return np.round(image[..., :3] @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[:, :, None]
    if own == 1 and channels in (3, 4):
        image = np.repeat(image, 3, axis=2)
    short = channels - image.shape[2]
    if short <= 0:
        return image[..., :channels]
    filling = np.full((*image.shape[:2], short), 255 if channels == 4 else 0, dtype=np.uint8)
    return np.concatenate([image, filling], axis=2)
