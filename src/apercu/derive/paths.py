"""What a graph of facts says of the things that a column names: their category, its parent.

    sale's item is milk, (milk, category, dairy), (dairy, parent, food)      category of item, parent of category of item

A relation is followed where it is nearly functional: almost every subject has one object; a thing with several is left missing rather
than given one of them. A path of one or two relations becomes a column when it covers enough rows and its values group them: neither one
value for all, nor as many as there are things, nor the same groups as a path before it. What it does not do: follow a relation backwards, guess
that two spellings are one thing, or believe a fact of less than half the weight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from ..core.dataset import Dataset
from ..core.expression import Column as Of
from ..core.expression import Expression, Lookup
from ..core.graph import Graph
from ..core.schema import Column

__all__ = ["propose"]

KINDS: Final = ("flag", "category", "entity", "place")  # prose, images and dialogues name nothing by their whole text
ROLES: Final = ("feature", "group", "id", "treatment")
WEIGHT: Final = 0.5  # least confidence in a fact
ONE: Final = 0.9  # least share of a relation's subjects that have one object
KEYS: Final = 5_000  # things of a column that are looked up, the most frequent first
LEVELS: Final = (2, 50)  # values of a path
COVERED: Final = 0.3  # least share of rows for which a path leads somewhere
MOST: Final = 20  # columns that are made, those that cover most rows first

Function = Mapping[str, str]  # subject -> object


class _Path(NamedTuple):
    rows: int
    name: str
    lookup: Lookup


def propose(data: Dataset, graph: Graph, target: str | None = None) -> dict[str, Expression]:
    """{name: Expression} of what the graph says of each text column but the target; at most MOST."""
    functions = _functions(graph)
    if not functions:
        return {}
    found: list[_Path] = []
    for column in data.schema:
        if column.storage == "text" and column.kind in KINDS and column.role in ROLES and column.name != target and not column.derived:
            found += _of(data, column, functions)
    chosen = sorted(found, key=lambda path: (-path.rows, len(path.lookup.path), path.name))[:MOST]
    return {path.name: path.lookup for path in chosen}


def _functions(graph: Graph) -> dict[str, Function]:
    """{relation: {subject: its only object}} of the relations that are nearly functional."""
    objects: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for triple in graph.triples:
        if triple.weight >= WEIGHT:
            objects[triple.relation][triple.head].add(triple.tail)
    functions = {}
    for relation, subjects in sorted(objects.items()):
        single = {subject: next(iter(tails)) for subject, tails in subjects.items() if len(tails) == 1}
        if len(single) >= ONE * len(subjects):
            functions[relation] = single
    return functions


def _of(data: Dataset, column: Column, functions: Mapping[str, Function]) -> list[_Path]:
    """The paths that start at a column's values, shorter ones first."""
    counts = {str(value): rows for value, rows in data.engine.distinct(data.table, column.name, KEYS)}
    least = COVERED * data.n
    first = {(relation,): f for relation, f in functions.items() if sum(rows for thing, rows in counts.items() if thing in f) >= least}
    second = {  # no path covers more rows than its first relation
        (*path, relation): {thing: onward[tail] for thing, tail in function.items() if tail in onward}
        for path, function in first.items()
        for relation, onward in functions.items()
        if not onward.keys().isdisjoint(function.values())
    }
    found: list[_Path] = []
    seen: set[frozenset[frozenset[str]]] = set()
    for path, function in {**first, **second}.items():
        told = {thing: function[thing] for thing in counts if thing in function}
        rows = sum(counts[thing] for thing in told)
        groups = _groups(told)
        if rows >= least and LEVELS[0] <= len(groups) <= LEVELS[1] and len(groups) < len(told) and groups not in seen:
            seen.add(groups)
            keys = _keys(function, told)
            lookup = Lookup(Of(column.name), path, keys, tuple(function[key] for key in keys))
            found.append(_Path(rows, "_".join((column.name, *path)), lookup))
    return found


def _groups(told: Function) -> frozenset[frozenset[str]]:
    """The things that share a value, whatever the values are called."""
    together: dict[str, set[str]] = defaultdict(set)
    for thing, value in told.items():
        together[value].add(thing)
    return frozenset(frozenset(things) for things in together.values())


def _keys(function: Function, told: Function) -> tuple[str, ...]:
    """The things of the table, and, where there is room, those that the graph knows besides and new rows may name; sorted."""
    values = set(told.values())
    others = [thing for thing, value in function.items() if value in values and thing not in told]
    return tuple(sorted([*told, *others] if len(told) + len(others) <= KEYS else told))
