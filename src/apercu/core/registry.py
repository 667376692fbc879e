"""Finds the parts of a folder: one module, one class, and the class's `name` is the module's name. Nobody lists the parts.

A part is a class that has the attributes its Protocol asks for; it inherits nothing. Outsiders' parts come through entry points (groups
`apercu.patterns`, `apercu.learners`, `apercu.engines`) and are asked for the same attributes.
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

    A class is a part when it is defined in the module and has every attribute in `needs`. A module without one serves its neighbours and is
    passed over, as is one whose name begins with `_`. Raises TypeError when a module holds two parts or one under another name, and when
    an outsider's part lacks an attribute.
    """
    found: dict[str, type[Any]] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        own = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__ and not _lacks(c, needs)]
        names = [str(getattr(c, "name", c.__name__)) for c in own]
        if names not in ([], [info.name]):
            raise TypeError(f"{module.__name__} must define one part, named {info.name!r}; got {', '.join(names)}")
        found.update(zip(names, own, strict=True))
    for point in entry_points(group=group) if group else ():
        part = point.load()
        if gone := _lacks(part, needs):
            raise TypeError(f"the part {point.name!r} of group {group} must have {', '.join(needs)}; it lacks {', '.join(gone)}")
        found.setdefault(point.name, part)
    return found


def _lacks(candidate: type, needs: tuple[str, ...]) -> list[str]:
    return [name for name in needs if not hasattr(candidate, name)]
