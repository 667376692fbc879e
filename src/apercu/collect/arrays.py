"""Arrays: NumPy's .npz and the idx files of MNIST as a table: pictures, sequences or plain columns, with their labels.

    read_arrays(Path("pneumoniamnist.npz"), "", engine)       # image, class: the arrays train_images, train_labels
    read_arrays(Path("pneumoniamnist.npz"), "test", engine)   # the same of test_images, test_labels; as a source: pneumoniamnist.npz/test
    read_idx(Path("train-images-idx3-ubyte.gz"), engine)      # with train-labels-idx1-ubyte.gz beside it

Whole arrays of bytes (n, h, w[, c]) are pictures, (n, d) columns, (n, channels, length) of other numbers sequences. Arrays of objects are refused:
to open one could run code.
"""

from __future__ import annotations

import gzip
import math
import re
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..core.engine import Engine
from ..core.errors import UnknownName, UnreadableSource
from ..core.pictures import netpbm
from .files import settled
from .loaded import Loaded, told

__all__ = ["idx_in", "is_idx", "read_arrays", "read_idx"]

INPUTS: Final = re.compile(r"(?i)^(?:(train|test|val|valid)_(?:images?|x|data)|(?:x|images?|data)(?:_(train|test|val|valid))?)$")
LABELS: Final = re.compile(r"(?i)^(?:(train|test|val|valid)_(?:labels?|y|targets?)|(?:y|labels?|targets?)(?:_(train|test|val|valid))?)$")
IDX_TYPES: Final = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
LARGEST: Final = 4 * 2**30  # bytes of an array
WIDEST: Final = 5_000  # columns of a plain table, channels of a sequence


def read_arrays(path: Path, part: str, engine: Engine) -> Loaded:
    """The table of one part ('train', 'test', ...; '' is the first) of a .npz file. Raises UnreadableSource, UnknownName."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            names = {_part(INPUTS, name): name for name in held.files if INPUTS.match(name)}
            if not names:
                raise UnreadableSource(f"{path.name} holds no array named like images, x_train or X; it holds {', '.join(held.files[:6])}.")
            if part and part not in names:
                raise UnknownName(f"part of {path.name}", part, names)
            part = part or ("train" if "train" in names else next(iter(names)))
            labels = next((name for name in held.files if LABELS.match(name) and _part(LABELS, name) == part), None)
            columns = _columns(np.asarray(held[names[part]]), None if labels is None else np.asarray(held[labels]), path.name)
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        if isinstance(error, UnknownName | UnreadableSource):
            raise
        raise UnreadableSource(
            f"{path.name} cannot be read as arrays: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        ) from error
    loaded = settled(engine.adopt(columns), path.name, engine)
    others = [name for name in names if name and name != part]
    if not others:
        return loaded
    en = f"read the part {part!r}; the others are named as {path.name}/{others[0]}"
    return Loaded(loaded.table, loaded.source, (told("", en, f"读取“{part}”部分；其余部分写作 {path.name}/{others[0]}"), *loaded.notes))


def is_idx(path: Path) -> bool:
    """Whether a file, packed or not, is an idx file of three or four dimensions (pictures)."""
    try:
        with _opened(path) as file:
            head = file.read(4)
    except (OSError, EOFError):
        return False
    return len(head) == 4 and head[:2] == b"\x00\x00" and head[2] in IDX_TYPES and head[3] in (3, 4)


def idx_in(folder: Path) -> Path | None:
    """The idx file of pictures of a folder, that of the training part first."""
    found = [entry for entry in sorted(folder.iterdir()) if entry.is_file() and "images" in entry.name.lower() and is_idx(entry)]
    return min(found, key=lambda entry: "train" not in entry.name.lower(), default=None)


def read_idx(path: Path, engine: Engine) -> Loaded:
    """The table of an idx file of pictures and of the labels beside it. Raises UnreadableSource."""
    images = _idx(path)
    beside = path.with_name(re.sub(r"(?i)images", "labels", path.name).replace("idx3", "idx1").replace("idx4", "idx1"))
    labels = _idx(beside) if beside != path and beside.exists() else None
    loaded = settled(engine.adopt(_columns(images, labels, path.name)), path.name, engine)
    if labels is not None:
        return loaded
    note = told("", f"no file of labels stands beside it (looked for {beside.name})", f"旁边没有标签文件（查找 {beside.name}）")
    return Loaded(loaded.table, loaded.source, (note, *loaded.notes))


def _part(pattern: re.Pattern[str], name: str) -> str:
    found = pattern.match(name)
    return "" if found is None else next((group.lower() for group in found.groups() if group), "")


def _opened(path: Path) -> Any:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")


def _idx(path: Path) -> np.ndarray:
    try:
        with _opened(path) as file:
            head = file.read(4)
            shape = tuple(int(n) for n in np.frombuffer(file.read(4 * head[3]), ">u4"))
            kind = np.dtype(IDX_TYPES[head[2]])
            if math.prod(shape) * kind.itemsize > LARGEST:
                raise ValueError("it claims more than 4 GiB")
            return np.frombuffer(file.read(math.prod(shape) * kind.itemsize), kind).reshape(shape)
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise UnreadableSource(f"{path.name} is no whole idx file: {error}") from error


def _columns(inputs: np.ndarray, labels: np.ndarray | None, source: str) -> dict[str, np.ndarray]:
    if inputs.dtype.kind not in "biuf" or inputs.ndim not in (2, 3, 4) or not len(inputs):
        raise UnreadableSource(
            f"{source} holds an array of {inputs.dtype} {inputs.shape}; expected (n, d), (n, height, width[, channels]) of numbers."
        )
    if inputs.ndim == 2:
        made: dict[str, np.ndarray] = {f"x{k + 1}": column.astype(np.float64) for k, column in enumerate(inputs.T[:WIDEST])}
    elif inputs.ndim == 4 or inputs.dtype.kind in "bu" or (inputs.dtype.kind == "i" and inputs.min() >= 0 and inputs.max() <= 255):
        made = {"image": _files(inputs)}
    else:
        made = {f"channel_{k + 1}": _sequences(inputs[:, k]) for k in range(min(inputs.shape[1], WIDEST))}
    if labels is None:
        return made
    if len(labels) != len(inputs) or labels.size != len(labels):
        raise UnreadableSource(f"{source} holds {len(inputs):,} inputs and labels of shape {labels.shape}; expected one label for each.")
    flat = labels.reshape(-1)
    whole = flat.dtype.kind in "biuSU"
    return {**made, "class": np.array([str(v) for v in flat.tolist()], dtype=object) if whole else flat.astype(np.float64)}


def _files(pixels: np.ndarray) -> np.ndarray:
    """(n,) files of pixels (n, height, width[, channels]); numbers that are no bytes are brought from their range to 0..255."""
    if pixels.dtype != np.uint8:
        low, high = float(pixels.min()), float(pixels.max())
        scaled = (pixels.astype(np.float64) - min(low, 0.0)) * (255.0 if high <= 1.0 and low >= 0.0 else 255.0 / max(high - min(low, 0.0), 1e-9))
        pixels = (pixels if pixels.dtype.kind in "iu" and low >= 0 and high <= 255 else scaled.round()).astype(np.uint8)
    if pixels.ndim == 4 and pixels.shape[1] <= 4 < pixels.shape[3]:
        pixels = pixels.transpose(0, 2, 3, 1)  # channels came first
    made = np.empty(len(pixels), dtype=object)
    made[:] = [netpbm(each) for each in pixels]
    return made


def _sequences(values: np.ndarray) -> np.ndarray:
    made = np.empty(len(values), dtype=object)
    made[:] = list(values.astype(np.float64))
    return made
