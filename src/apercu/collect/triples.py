"""Triples: a file of facts becomes a Graph. One fact a line: head, relation, tail and, if there is a fourth field, its weight (0 to 1).

    read_triples("companies.tsv")      # Graph of Triple(head='Acme', relation='subsidiary', tail='Bolt', source='companies.tsv')

Tabs, commas or semicolons stand between the fields; a first line `head relation tail` is a header. What it does *not* do: RDF syntax.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Final

from ..core.errors import EmptyTable, UnreadableSource
from ..core.graph import Graph, Triple
from .archives import expanded, is_packed
from .encodings import encoding_of, transcoded
from .files import found

__all__ = ["read_triples"]

HEADERS: Final = {"head", "subject", "source", "from", "h", "s", "头实体", "主体"}


def read_triples(path: str | Path, *, encoding: str = "auto") -> Graph:
    """The facts of a file, in its order. Raises UnreadableSource at the first line that is no fact, and EmptyTable where there is none."""
    file = found(Path(path))
    with tempfile.TemporaryDirectory(prefix="apercu-") as folder:
        plain = expanded(file, Path(folder))[0] if is_packed(file) else file
        if plain.stat().st_size == 0:
            raise EmptyTable(f"{file.name} is empty; expected lines of head, relation, tail.")
        text = transcoded(plain, encoding_of(plain, encoding), Path(folder) / "text").read_text(encoding="utf-8-sig")
    delimiter = max("\t;,", key=text[:10_000].count)
    facts = [_fact(row, number, file.name) for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1) if any(row)]
    if facts and facts[0].head.strip().casefold() in HEADERS:
        facts = facts[1:]
    if not facts:
        raise EmptyTable(f"{file.name} holds no fact; expected lines of head, relation, tail.")
    return Graph(tuple(facts))


def _fact(row: list[str], number: int, source: str) -> Triple:
    cells = [cell.strip() for cell in row]
    if len(cells) not in (3, 4) or not all(cells[:3]):
        raise UnreadableSource(f"line {number} of {source} must be head, relation, tail and perhaps a weight; it has {len(cells)} fields: {row!r}.")
    if len(cells) == 3 or not cells[3]:
        return Triple(*cells[:3], source)
    try:
        weight = float(cells[3])
    except ValueError:
        if number == 1:
            return Triple(*cells[:3], source)  # a header such as "weight"
        raise UnreadableSource(f"line {number} of {source} has the weight {cells[3]!r}; expected a number from 0 to 1.") from None
    if not 0 <= weight <= 1:
        raise UnreadableSource(f"line {number} of {source} has the weight {cells[3]}; expected a number from 0 to 1.")
    return Triple(*cells[:3], source, weight)
