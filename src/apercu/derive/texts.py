"""The length of prose, in characters. What a text says is read by the learners, which fit their own vocabulary in every fold."""

from __future__ import annotations

from ..core.expression import Column as Of
from ..core.expression import Expression, Length
from ..core.schema import Column

__all__ = ["propose"]


def propose(columns: tuple[Column, ...]) -> dict[str, Expression]:
    """{name: Expression}: one length per column of prose."""
    return {f"{c.name}_length": Length(Of(c.name)) for c in columns if c.kind == "text" and c.storage == "text"}
