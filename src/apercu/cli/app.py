"""The application that every command belongs to, and the words that several commands take."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from ..core.options import option

__all__ = ["SOURCES", "STUDY", "Lang", "app"]

app = typer.Typer(name="apercu", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")

STUDY = Annotated[Path, typer.Argument(metavar="STUDY", help="a study's folder, as `apercu run` wrote it")]
SOURCES = Annotated[list[str], typer.Argument(metavar="SOURCE", help="files, a folder, or a database address; several are joined")]


@dataclasses.dataclass(frozen=True)
class Lang:
    """The language alone."""

    lang: str = option("en", "language of what is told", legal=("en", "zh"))
