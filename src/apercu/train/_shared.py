"""What several members make of the same rows is made once: codes, matrices.

    with sharing():
        first = shared("matrix", (codes, rows), lambda: codes.matrix(rows))
        again = shared("matrix", (codes, rows), lambda: codes.matrix(rows))   # the very same array

Outside a block nothing is kept. Objects are told apart by identity, so what is shared must not be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

__all__ = ["shared", "sharing"]

T = TypeVar("T")

_held: ContextVar[dict[Any, Any] | None] = ContextVar("apercu_shared", default=None)


@contextmanager
def sharing(*, keep: bool = True) -> Generator[None]:
    """Within the block, what is shared is made once; a block in a block uses the outer one. `keep` off: nothing is kept, as outside."""
    if not keep or _held.get() is not None:
        yield
        return
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def shared(what: str, of: tuple[Any, ...], make: Callable[[], T]) -> T:
    """`make()`, or what it gave before for the very same objects."""
    held = _held.get()
    if held is None:
        return make()
    key = (what, *map(id, of))
    if key not in held:
        held[key] = (make(), of)  # the objects stay, so that their identities are not given to others
    return held[key][0]
