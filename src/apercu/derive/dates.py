"""Parts of moments and days between them.

From a column of moments: month, weekday, hour and year, as far as the part varies. From two such columns: the days from the one to the
other, when at least 85 % of the rows that have both agree on which comes first (an order, a repair, a stay; two unrelated clocks have no such
order). Only Expressions come out; nothing is computed here beyond counting which order holds.
"""

from __future__ import annotations

from itertools import combinations

from ..core.dataset import Dataset
from ..core.expression import Column as Of
from ..core.expression import Days, Expression, Part, quoted
from ..core.schema import Column

__all__ = ["propose"]

PARTS = ("month", "weekday", "hour", "year")
ORDERED = 0.85  # share of rows with start <= end; some are entered the wrong way round, and two unrelated clocks agree on half
FEW = 20  # rows that must have both moments


def propose(data: Dataset, columns: tuple[Column, ...], pairs: int) -> dict[str, Expression]:
    """{name: Expression} of parts and durations; at most `pairs` pairs of columns are tried, in the order of the schema."""
    times = [c.name for c in columns if c.kind == "time" and c.storage == "time"]
    parts: dict[str, Expression] = {f"{name}_{part}": Part(Of(name), part) for name in times for part in PARTS}
    return {**parts, **_durations(data, list(combinations(times, 2))[:pairs])}


def _durations(data: Dataset, pairs: list[tuple[str, str]]) -> dict[str, Expression]:
    if not pairs:
        return {}
    asked = ", ".join(
        f"count(*) FILTER ({quoted(a)} <= {quoted(b)}), count(*) FILTER ({quoted(b)} <= {quoted(a)}), count({quoted(a)} - {quoted(b)})"
        for a, b in pairs
    )
    counts = data.engine.ask(data.table, f"SELECT {asked} FROM data")[0]
    found: dict[str, Expression] = {}
    for i, (a, b) in enumerate(pairs):
        forward, backward, both = (int(c) for c in counts[3 * i : 3 * i + 3])
        if both < FEW or max(forward, backward) < ORDERED * both:
            continue
        start, end = (a, b) if forward >= backward else (b, a)
        found[f"days_{start}_to_{end}"] = Days(Of(start), Of(end))
    return found
