"""Link: which columns of a table speak of the entities of a graph, how much of them it knows, and what it counts about them.

A value and an entity are the same when they are the same text, letter by letter: a link that guesses would be a fact that nobody stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..core.dataset import Dataset, Note
from ..core.expression import Column as Of
from ..core.expression import Expression, Lookup, Number
from ..core.graph import Graph
from ..words.numbers import count, percent

if TYPE_CHECKING:
    from .embed import Embedding

__all__ = ["described", "linked"]

KINDS: Final = ("flag", "category", "entity", "place")  # prose, images and dialogues name nothing by their whole text
ROLES: Final = ("feature", "group", "id", "treatment")
KEYS: Final = 5_000  # things of a column that are looked up
MOST: Final = 12  # numbers about the things of one column
SHOWN: Final = 3  # values without an entity that are named


def linked(data: Dataset, graph: Graph, share: float, levels: int) -> list[Note]:
    """A note on each column of which the graph knows at least `share` of the rows with a value, best known first."""
    entities = graph.entity_places
    found: list[tuple[float, Note]] = []
    for column in data.schema:
        if column.storage != "text" or column.kind not in KINDS:
            continue
        values = [(str(value), rows) for value, rows in data.engine.distinct(data.table, column.name, levels)]
        rows = sum(k for _, k in values)
        covered = sum(k for value, k in values if value in entities)
        if covered and covered / rows >= share:
            known = sum(value in entities for value, _ in values)
            found.append((covered / rows, _note(column.name, covered, rows, known, [v for v, _ in values if v not in entities])))
    return [note for _, note in sorted(found, key=lambda f: (-f[0], f[1].column))]


def described(data: Dataset, graph: Graph, share: float, target: str | None = None, embedding: Embedding | None = None) -> dict[str, Expression]:
    """{name: Expression} of numbers that the graph tells of what the columns name, but the target: how many facts of each sort (`features`).

    Of a column, at most KEYS things are looked up, the most frequent first, and MOST numbers told; with an embedding of the graph's things also their
    first coordinates in it.
    """
    from .features import features

    made: dict[str, Expression] = {}
    for column in data.schema:
        if column.storage != "text" or column.kind not in KINDS or column.name == target or column.role not in ROLES or column.derived:
            continue
        values = [(str(value), rows) for value, rows in data.engine.distinct(data.table, column.name, KEYS)]
        known = {value: rows for value, rows in values if value in graph.entity_places}
        if not known or sum(known.values()) < share * sum(rows for _, rows in values):
            continue
        keys = tuple(sorted(known))
        counts, placed = features(graph, keys), features(graph, keys, embedding=embedding) if embedding else {}
        for name, feature in [*list(counts.items())[:MOST], *((name, one) for name, one in placed.items() if name not in counts)]:
            told = tuple(f"{value:g}" for value in feature.values.tolist())
            if len(set(told)) > 1:
                made[f"{column.name}_{name}"] = Number(Lookup(Of(column.name), (f"# {name}",), keys, told))
    return made


def _note(name: str, covered: int, rows: int, known: int, strange: list[str]) -> Note:
    cover, levels = percent(covered / rows), count(known + len(strange))
    named = ", ".join(f"“{v}”" for v in strange[:SHOWN]) + (" …" if len(strange) > SHOWN else "")
    en = f"{name} is linked to the graph: {count(known)} of its {levels} values are entities there, in {cover} of its {count(rows)} rows"
    zh = f"{name} 与图谱相连：{levels} 个取值中有 {count(known)} 个是图谱中的实体，覆盖 {count(rows)} 行中的 {cover}"
    words = {"en": en + (f"; not {named}." if strange else "."), "zh": zh + (f"；不含 {named.replace(', ', '、')}。" if strange else "。")}
    return Note("reason", name, words, covered, id="link")
