"""How nets learn, written so that TensorBoard draws it, without TensorBoard.

    with into(Path("log")), named("net 1"):
        with scalars() as write:               # log/net 1/events.out.tfevents...
            write(0, {"lost": 0.7, "watched": 0.8})

A file of events is a row of records (length, its checksum, content, its checksum), each content one message of a few fields: format of TensorFlow's
`record_writer` and `event.proto`, checksums CRC-32C (Castagnoli 1993), turned and moved as there. That is all a curve needs, and less than the
package weighs. Numbers that are not finite are left out. What it does *not* do: pictures, histograms, graphs of nets.
"""

from __future__ import annotations

import math
import struct
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ..core.errors import WordsError

__all__ = ["Write", "into", "named", "scalars"]

Write = Callable[[int, Mapping[str, float]], None]  # (step, {name: value})

CASTAGNOLI: Final = 0x82F63B78  # the polynomial, lowest power first
MOVED: Final = 0xA282EAD8  # so that a checksum of what holds checksums is no special number
VERSION: Final = b"brain.Event:2"
DOUBLE, VARINT, TEXT, FLOAT = 1, 0, 2, 5  # kinds of fields


class _Folder(NamedTuple):
    path: Path
    names: dict[str, int]
    lock: threading.Lock


_into: ContextVar[_Folder | None] = ContextVar("apercu_board", default=None)
_name: ContextVar[str] = ContextVar("apercu_board_name", default="net")


@contextmanager
def into(folder: str | Path) -> Generator[None]:
    """Within the block, each run of a net writes into a folder of its own below `folder`; '' for nowhere."""
    token = _into.set(_Folder(Path(folder).expanduser(), {}, threading.Lock()) if folder else None)
    try:
        yield
    finally:
        _into.reset(token)


@contextmanager
def named(name: str) -> Generator[None]:
    """Within the block runs are called so; the second `name, 2`, and so on."""
    token = _name.set(name)
    try:
        yield
    finally:
        _name.reset(token)


@contextmanager
def scalars(folder: Path | None = None) -> Generator[Write]:
    """What writes numbers of a run, by step, into `folder`, else where `into` says, else nowhere. Raises WordsError where that cannot be written."""
    place = folder or _own()
    if place is None:
        yield lambda step, values: None
        return
    with _told(place):
        place.mkdir(parents=True, exist_ok=True)
        file = (place / f"events.out.tfevents.{time.time_ns():020d}").open("wb")
    with file:

        def write(step: int, values: Mapping[str, float]) -> None:
            told = b"".join(_field(1, TEXT, _value(name, x)) for name, x in values.items() if math.isfinite(x))
            with _told(place):
                _record(file, _event(_field(2, VARINT, _varint(step)) + _field(5, TEXT, told)))
                file.flush()  # a curve is looked at while it grows

        with _told(place):
            _record(file, _event(_field(3, TEXT, VERSION)))
        yield write


@contextmanager
def _told(place: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise WordsError(f"the log of the training cannot be written to {place}: {error.strerror}. Choose another folder.") from error


def _own() -> Path | None:
    held, name = _into.get(), _name.get()
    if held is None:
        return None
    with held.lock:
        held.names[name] = held.names.get(name, 0) + 1
        return held.path / (name if held.names[name] == 1 else f"{name}, {held.names[name]}")


def _value(name: str, x: float) -> bytes:
    return _field(1, TEXT, name.encode("utf-8")) + _field(2, FLOAT, struct.pack("<f", x))


def _event(content: bytes) -> bytes:
    return _field(1, DOUBLE, struct.pack("<d", time.time())) + content


def _field(number: int, kind: int, content: bytes) -> bytes:
    return _varint(number << 3 | kind) + (_varint(len(content)) if kind == TEXT else b"") + content


def _varint(x: int) -> bytes:
    made = bytearray()
    while x > 0x7F:
        made.append(x & 0x7F | 0x80)
        x >>= 7
    return bytes([*made, x])


def _record(file: BinaryIO, content: bytes) -> None:
    head = struct.pack("<Q", len(content))
    file.write(head + struct.pack("<I", _checked(head)) + content + struct.pack("<I", _checked(content)))


def _table() -> tuple[int, ...]:
    made = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (CASTAGNOLI if rest & 1 else 0)
        made.append(rest)
    return tuple(made)


TABLE: Final = _table()


def _checked(content: bytes) -> int:
    """The checksum of bytes, turned by 15 bits and moved."""
    rest = 0xFFFFFFFF
    for byte in content:
        rest = rest >> 8 ^ TABLE[(rest ^ byte) & 0xFF]
    rest ^= 0xFFFFFFFF
    return ((rest >> 15 | rest << 17) + MOVED) & 0xFFFFFFFF
