"""Reason: a graph of facts is summed up and linked to the table whose rows speak of the same things.

    graph, notes = run(data, graph, Options())

What it does *not* do yet: new facts. The graph is carried as it was read, without its repetitions.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.dataset import Dataset, Note
from ..core.graph import Graph
from ..core.options import option

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options:
    """How a graph meets the table."""

    share: float = option(
        0.5, "share of a column's rows whose value must be an entity of the graph before the column counts as linked", legal=(0.0, 1.0)
    )
    levels: int = option(100_000, "levels of a column that are looked up in the graph, the most frequent first", legal=(1, 10_000_000))


def run(data: Dataset, graph: Graph, options: Options = Options()) -> tuple[Graph, list[Note]]:
    """(the graph, each fact once; notes that sum it up and say which columns it knows). An empty graph gives no note."""
    if not graph:
        return graph, []
    from .link import linked
    from .summary import merged, summed

    whole = merged(graph)
    return whole, [summed(whole, len(graph) - len(whole)), *linked(data, whole, options.share, options.levels)]
