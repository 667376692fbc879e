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

__all__ = ["Listener", "listening", "report", "steps"]

T = TypeVar("T")
Listener = Callable[[str, float, float], None]

_listener: ContextVar[Listener | None] = ContextVar("apercu_progress", default=None)


@contextmanager
def listening(listener: Listener) -> Generator[None]:
    """Within the block, `listener(step, done, total)` hears every report of this context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


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
