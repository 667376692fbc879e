"""The application that every command belongs to, and the words that several commands take."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from ..core.options import option

__all__ = ["SOURCES", "Lang", "app"]

app = typer.Typer(name="apercu", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")

SOURCES = Annotated[list[str], typer.Argument(metavar="SOURCE", help="files, a folder, or a database address; several are joined")]


@dataclasses.dataclass(frozen=True)
class Lang:
    """The language alone."""

    lang: str = option("en", "language of what is told", legal=("en", "zh"))
