"""A picture's file as an array and back: PNG, JPEG and the like through Pillow, netpbm (PGM, PPM, PAM) by itself.

>>> decoded(netpbm(np.zeros((2, 3), dtype=np.uint8))).shape
(2, 3, 1)
>>> decoded(b"no picture") is None
True

Netpbm (the PAM format of 2000) holds pixels as they are, with any number of channels, so arrays of pixels become files without a coder.
What it does *not* do: more than 8 bits a channel (16 are brought to 8), moving pictures (the first one counts), metadata but for the orientation.
"""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from importlib.util import find_spec
from io import BytesIO
from typing import Any, Final

import numpy as np

from .errors import WordsError

__all__ = ["SUFFIXES", "decoded", "netpbm", "png", "resized"]

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pam", ".pnm")
PLAIN: Final = re.compile(rb"P([56])\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+(\d+)\s")
ANY: Final = re.compile(rb"P7\n(.*?)ENDHDR\n", re.DOTALL)
GREY: Final = ("1", "L", "LA", "La")  # Pillow's modes of one channel, but for those of more than 8 bits
DEEP: Final = ("I", "F", "I;16", "I;16B", "I;16L")
LARGEST: Final = 64_000_000  # pixels; a small file may claim any size


def decoded(file: bytes, side: int | None = None) -> np.ndarray | None:
    """(height, width, channels) uint8 of a picture's file, or None where it is none. Raises WordsError where Pillow is needed and lacking.

    side: a JPEG may come smaller, at a fraction of the cost, but no side shorter than this.
    """
    if file[:2] in (b"P5", b"P6", b"P7"):
        return _netpbm(file)
    if find_spec("PIL") is None:
        raise WordsError("pictures need the package pillow, which is not installed; install it with: pip install 'apercu[deep]'")
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(BytesIO(file)) as picture:
                if picture.width * picture.height > LARGEST:
                    return None
                if side is not None:
                    picture.draft(None, (side, side))
                return _pixels(ImageOps.exif_transpose(picture))
    except Exception:  # decoders of forty formats raise what they like on a damaged file, and a damaged file is a missing picture
        return None


def resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(height, width, channels) uint8 at another size (height, width), each channel by Pillow's antialiased bilinear filter."""
    from PIL import Image

    planes = [
        Image.fromarray(np.ascontiguousarray(plane)).resize((size[1], size[0]), Image.Resampling.BILINEAR) for plane in np.moveaxis(pixels, 2, 0)
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=2)


def netpbm(pixels: np.ndarray) -> bytes:
    """The file of pixels (height, width) or (height, width, channels), uint8. Raises ValueError for another shape or type."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
        raise ValueError(f"expected uint8 pixels (height, width[, channels]), got {pixels.dtype} {pixels.shape}")
    height, width, channels = (*pixels.shape, 1)[:3]
    if channels in (1, 3):
        head = f"P{5 if channels == 1 else 6}\n{width} {height}\n255\n"
    else:
        head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {channels}\nMAXVAL 255\nENDHDR\n"
    return head.encode() + np.ascontiguousarray(pixels).tobytes()


def _netpbm(file: bytes) -> np.ndarray | None:
    if found := PLAIN.match(file):
        width, height, most = (int(found[k]) for k in (2, 3, 4))
        channels = 1 if found[1] == b"5" else 3
    elif found := ANY.match(file):
        said = dict(line.split(None, 1) for line in found[1].splitlines() if b" " in line and not line.startswith(b"#"))
        try:
            width, height, channels, most = (int(said[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
        except (KeyError, ValueError):
            return None
    else:
        return None
    size = width * height * channels
    deep = 2 if most > 255 else 1
    if not 0 < most < 65_536 or not 0 < size <= 4 * LARGEST or len(file) - found.end() < size * deep:
        return None
    pixels = np.frombuffer(file, np.dtype(">u2") if deep == 2 else np.uint8, size, found.end()).reshape(height, width, channels)
    return pixels.copy() if most == 255 else (pixels.astype(np.float64) * (255.0 / most)).round().clip(0, 255).astype(np.uint8)


def _pixels(picture: Any) -> np.ndarray:
    if picture.mode in DEEP:
        x = np.asarray(picture, dtype=np.float64)
        scale = 65_535.0 if picture.mode.startswith("I") else max(float(x.max()), 1e-9)
        return np.clip(x * (255.0 / scale), 0, 255).round().astype(np.uint8)[:, :, None]
    if picture.mode in GREY:
        return np.array(picture.convert("L"))[:, :, None]
    seen = "RGBA" if picture.mode in ("RGBA", "PA") or "transparency" in picture.info else "RGB"
    return np.array(picture.convert(seen))


def png(pixels: np.ndarray) -> bytes:
    """The PNG file of pixels (height, width, channels) uint8, for browsers; of two channels or more than four, the first one or three count."""
    height, width, channels = pixels.shape
    shown = pixels if channels in (1, 3, 4) else pixels[:, :, : 1 if channels == 2 else 3]
    lines = np.concatenate([np.zeros((height, 1), np.uint8), shown.reshape(height, -1)], axis=1)  # every line begins with its filter: none
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[shown.shape[2]], 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
