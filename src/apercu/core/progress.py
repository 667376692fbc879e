"""Progress: long work says how far it is; whoever listens (a bar, a log, a test) shows it. Nobody listening costs nothing.

The listener is a context variable, so no function carries a parameter for it and two studies in two threads do not mix.

>>> heard = []
>>> with listening(lambda step, done, total: heard.append((step, done, total))):
...     for fold in steps("train", [1, 2]):
...         pass
>>> heard
[('train', 0, 2), ('train', 1, 2), ('train', 2, 2)]
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["Listener", "Remarks", "listening", "remark", "report", "steps"]

T = TypeVar("T")
Listener = Callable[[str, float, float], None]
Remarks = Callable[[str, str], None]

_listener: ContextVar[Listener | None] = ContextVar("apercu_progress", default=None)
_remarks: ContextVar[Remarks | None] = ContextVar("apercu_remarks", default=None)


@contextmanager
def listening(listener: Listener, remarks: Remarks | None = None) -> Generator[None]:
    """Within the block, `listener(step, done, total)` hears every report of this context, and `remarks(step, text)` what is being tried."""
    token, other = _listener.set(listener), _remarks.set(remarks)
    try:
        yield
    finally:
        _listener.reset(token)
        _remarks.reset(other)


def remark(step: str, text: str) -> None:
    """Says in a few words what a step is at, and the best that it has so far."""
    if (remarks := _remarks.get()) is not None:
        remarks(step, text)


def report(step: str, done: float, total: float) -> None:
    """Says that `done` of `total` of a step is finished; the units are the step's own."""
    if (listener := _listener.get()) is not None:
        listener(step, done, total)


def steps(step: str, items: Sequence[T]) -> Iterator[T]:
    """Goes through the items and reports after each."""
    report(step, 0, len(items))
    for done, item in enumerate(items, 1):
        yield item
        report(step, done, len(items))
