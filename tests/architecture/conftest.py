"""The source files of the house, parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "apercu"


@dataclass(frozen=True)
class Source:
    """One file: its place below src/apercu (without .py), its text and its tree."""

    path: Path

    @property
    def place(self) -> tuple[str, ...]:
        """('discover', 'segment'), or ('cli',) on the upper floors."""
        return self.path.relative_to(HOUSE).with_suffix("").parts

    @property
    def package(self) -> tuple[str, ...]:
        """The folder that relative imports count from."""
        return self.place[:-1]

    def __str__(self) -> str:
        return "/".join(self.place) + ".py"

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def imports(self) -> list[tuple[str, int]]:
        """(absolute dotted name, line) of every import anywhere in the file, those for typing and those inside functions included."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                above = ("apercu", *self.package)[: len(self.package) + 2 - node.level] if node.level else ()
                stem = ".".join([*above, *([node.module] if node.module else [])])
                found += [(f"{stem}.{alias.name}", node.lineno) for alias in node.names]
        return found


SOURCES = [Source(path) for path in sorted(HOUSE.rglob("*.py"))]


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    """Every file of src/apercu."""
    return SOURCES


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
