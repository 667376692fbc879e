"""Where a net of pictures looks: maps of what a prediction rests on, its first filters, and what its layers make of a picture.

    map = attention(model, rows, 3, "photo", "gradients")       # map.values (h, w): what each pixel adds to the log-odds
    map.values.sum()                                            # about map.told - map.blank

`gradients` are integrated gradients (Sundararajan, Taly & Yan 2017) from a picture of one colour, its own mean, to the picture: they sum to what the
model says of the picture less what it says of the blank one, the other columns as they are. `regions` is Grad-CAM (Selvaraju et al. 2017): the last
convolutions weighed by the mean of their gradients, coarse and never negative. Filters are read from the file itself; all else is computed with torch
(the extra `deep`). What it does not do: prove that what the net looks at is what makes the difference outside of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

from ..core.errors import InputError, UnknownName
from ..core.rows import Rows
from ._convnet import begun, restored
from ._extra import brought

if TYPE_CHECKING:
    from .cnn import CnnModel, Tower

__all__ = ["KINDS", "PictureMap", "Towered", "attention", "feature_maps", "filters"]

KINDS: Final = ("gradients", "regions")
STEPS: Final = 128  # places on the way from the blank picture at which gradients are taken
BATCH: Final = 32


class Towered(Protocol):
    """A model with a tower for each column of pictures."""

    @property
    def pictures(self) -> tuple[str, ...]:
        """The columns."""
        ...

    @property
    def towers(self) -> tuple[Tower, ...]:
        """Their towers."""
        ...


class PictureMap(NamedTuple):
    """values (h, w) in the size that the net sees; picture (h, w, c) uint8; told, blank: log-odds or numbers of the picture and of the blank one;
    outcome: the place of the class that is told of, 0 for a number.
    """

    values: np.ndarray
    picture: np.ndarray
    told: float
    blank: float
    outcome: int


def attention(model: CnnModel, rows: Rows, index: int, column: str, kind: str = "gradients", outcome: int | None = None) -> PictureMap:
    """The map of one row's picture. outcome: the place of a class, None for the second of two or the likeliest of several.

    Raises WordsError where torch is absent, UnknownName for another column or kind, InputError where the picture cannot be read.
    """
    if kind not in KINDS:
        raise UnknownName("kind of map", kind, KINDS)
    torch = brought("torch")
    place, image = _picture(model, rows, index, column)
    seen = model.read(rows.take(np.array([index])))
    widths = [start.features for start in (begun(tower.content) for tower in model.towers)]
    first = sum(widths[:place]) + place
    tower = restored(torch, begun(model.towers[place].content)).eval()
    rest = torch.tensor(seen, dtype=torch.float32)
    if outcome is None:
        outcome = 0 if model.task == "numeric" else 1 if model.task == "binary" else int(model.head.asked(seen).argmax())
    head = [
        torch.tensor(model.head.arrays[f"{name}_{i}"], dtype=torch.float32) for i in range(len(model.head.arrays) // 2) for name in ("weight", "bias")
    ]

    def said(features: Any) -> Any:
        """(b,) what the model says of the outcome, of features of this picture."""
        x = torch.cat([rest[:, :first].expand(len(features), -1), features, rest[:, first + widths[place] :].expand(len(features), -1)], 1)
        for i in range(0, len(head), 2):
            x = torch.nn.functional.linear(x if i == 0 else x.relu(), head[i], head[i + 1])
        if model.task == "numeric":
            return model.middle + model.spread * x[:, 0]
        return x[:, outcome] - (x[:, 1 - outcome] if model.task == "binary" else x.mean(1))

    given = torch.from_numpy(image.transpose(2, 0, 1).copy()).float()[None]
    blank = given.mean((2, 3), keepdim=True).expand_as(given)
    with torch.no_grad():
        told, plain = (float(said(tower(x))[0]) for x in (given, blank))
    values = _regions(torch, tower, said, given) if kind == "regions" else _gradients(torch, tower, said, (given, blank))
    return PictureMap(values, image, told, plain, outcome)


def filters(model: Towered, column: str | None = None) -> np.ndarray:
    """(filters, k, k, channels) uint8 of the first convolution of a column's tower, each stretched about the middle; torch is not needed."""
    start = begun(model.towers[_place(model, column)].content)
    weights = start.arrays["1.weight"].transpose(0, 2, 3, 1)
    most = np.maximum(np.abs(weights).max(axis=(1, 2, 3), keepdims=True), 1e-12)
    return np.round(127.5 + 127.5 * weights / most).astype(np.uint8)


def feature_maps(model: Towered, picture: bytes, column: str | None = None) -> list[np.ndarray]:
    """(c, h, w) float32 after each rectified convolution of what the net sees of a picture file. Raises as `attention` does."""
    torch = brought("torch")
    tower = model.towers[_place(model, column)]
    images, gone = tower.frame.read([picture])
    if gone[0]:
        raise InputError("the picture cannot be read; expected a file such as PNG or JPEG.")
    x, made = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()), []
    with torch.no_grad():
        for layer in restored(torch, begun(tower.content)).eval():
            x = layer(x)
            if isinstance(layer, torch.nn.ReLU) and x.ndim == 4:
                made.append(x[0].clone().numpy())
    return made


def _gradients(torch: Any, tower: Any, said: Any, pair: tuple[Any, Any]) -> np.ndarray:
    """(h, w) gradients on the way to a picture from the blank one, times the way, summed over the channels."""
    given, blank = pair
    total = torch.zeros_like(given)
    places = (torch.arange(STEPS) + 0.5) / STEPS
    for some in places.split(BATCH):
        x = (blank + some.reshape(-1, 1, 1, 1) * (given - blank)).requires_grad_()
        total += torch.autograd.grad(said(tower(x)).sum(), x)[0].sum(0, keepdim=True)
    return ((given - blank) * total / STEPS)[0].sum(0).double().numpy()


def _regions(torch: Any, tower: Any, said: Any, given: Any) -> np.ndarray:
    """(h, w) of the last layer that still has a place."""
    x, last, rest = given, given, list(tower)
    with torch.enable_grad():
        ends = max(i for i, layer in enumerate(rest) if isinstance(layer, torch.nn.Conv2d))
        ends += 1 + next((i for i, layer in enumerate(rest[ends + 1 :]) if isinstance(layer, torch.nn.ReLU)), -1)
        with torch.no_grad():
            for layer in rest[: ends + 1]:
                x = layer(x)
        last = x.clone().requires_grad_()
        x = last + 0.0  # rectifiers write where they read
        for layer in rest[ends + 1 :]:
            x = layer(x)
        slope = torch.autograd.grad(said(x).sum(), last)[0].mean((2, 3), keepdim=True)
    made = torch.relu((slope * last.detach()).sum(1, keepdim=True))
    return torch.nn.functional.interpolate(made, given.shape[2:], mode="bilinear", align_corners=False)[0, 0].double().numpy()


def _place(model: Towered, column: str | None) -> int:
    if column is None and len(model.pictures) == 1:
        return 0
    if column not in model.pictures:
        raise UnknownName("column of pictures", str(column), model.pictures)
    return model.pictures.index(column)


def _picture(model: CnnModel, rows: Rows, index: int, column: str) -> tuple[int, np.ndarray]:
    """(the place of the tower, the picture as it sees it)."""
    place = _place(model, column)
    images, gone = model.towers[place].frame.read([rows.packed(column)[index]])
    if gone[0]:
        raise InputError(f"row {index} has no picture in {column!r} that can be read.")
    return place, images[0]
