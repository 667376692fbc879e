"""Finds the parts of a folder: one module, one class; the class's `name` is the module's name. Nobody lists the parts.

A part is a class that has the attributes its Protocol asks for; it inherits nothing.
come through entry points (group `apercu.patterns`, `apercu.learners`, `apercu.engines`) and pass the same door.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

__all__ = ["parts"]


def parts(package: ModuleType, needs: tuple[str, ...], group: str | None = None) -> dict[str, type[Any]]:
    """{name: class} of every part in a package's folder, in the order of names, then those of outsiders.

    A module whose name begins with `_` serves its folder only. A class is a part when it is defined in the module and has every
    attribute in `needs`. Raises TypeError when a module holds none, more than one, or one under another name.
    """
    found: dict[str, type[Any]] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        own = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__ and _has(c, needs)]
        if len(own) != 1 or own[0].name != info.name:
            got = [getattr(c, "name", c.__name__) for c in own] or "none"
            raise TypeError(f"{module.__name__} must define exactly one part named {info.name!r} with {', '.join(needs)}; got {got}")
        found[info.name] = own[0]
    for point in entry_points(group=group) if group else ():
        found.setdefault(point.name, point.load())
    return found


def _has(candidate: type, needs: tuple[str, ...]) -> bool:
    return all(hasattr(candidate, name) for name in needs)
