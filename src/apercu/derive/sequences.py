"""What a sequence is told by: its length, mean, lowest and highest value, spread, first and last value. Each is an Expression with SQL of its own."""

from __future__ import annotations

from ..core.expression import Column as Of
from ..core.expression import Expression
from ..core.facts import SEQUENCES, Fact
from ..core.schema import Column

__all__ = ["propose"]


def propose(columns: tuple[Column, ...]) -> dict[str, Expression]:
    """{name: Fact} of each column of sequences; of many columns (channels) all but the first tell only mean, spread and last."""
    sequences = [c.name for c in columns if c.storage == "list"]
    few = ("mean", "spread", "last")
    return {
        f"{name}_{what}": Fact(Of(name), what) for k, name in enumerate(sequences) for what in (SEQUENCES if k == 0 or len(sequences) < 4 else few)
    }
