"""What a graph of facts says of the things that a column names: their category, its parent.

    sale's item is milk, (milk, category, dairy), (dairy, parent, food)      category of item, parent of category of item

A relation is followed where it is nearly functional: almost every subject has one object; a thing with several is left missing rather
than given one of them. A path of one or two relations becomes a column when it covers enough rows and its values group them: neither one
value for all, nor as many as there are things, nor the same groups as a path before it. What it does not do: follow a relation backwards, guess
that two spellings are one thing, or believe a fact of less than half the weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

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
NOWHERE: Final = -1  # where a path ends that leads to no entity


class _Function(NamedTuple):
    """The subjects of a relation that have one object, ascending, and that object; both (s,) places of entities."""

    subjects: np.ndarray
    objects: np.ndarray

    def of(self, things: np.ndarray) -> np.ndarray:
        """(k,) the object of each thing, NOWHERE for those without one."""
        at = np.minimum(np.searchsorted(self.subjects, things), len(self.subjects) - 1)
        return np.where(self.subjects[at] == things, self.objects[at], NOWHERE)


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
            found += _of(data, column, graph, functions)
    chosen = sorted(found, key=lambda path: (-path.rows, len(path.lookup.path), path.name))[:MOST]
    return {path.name: path.lookup for path in chosen}


def _functions(graph: Graph) -> dict[str, _Function]:
    """{relation: the map from its subjects to their only object} of the relations that are nearly functional, by name."""
    sure = graph.only(graph.weight >= WEIGHT).distinct()
    ordered = sure.facts[np.argsort(sure.keys())]  # by relation, then subject
    functions = {}
    for place in np.unique(ordered[:, 1]).tolist():
        low, high = np.searchsorted(ordered[:, 1], (place, place + 1))
        subjects, first, objects = np.unique(ordered[low:high, 0], return_index=True, return_counts=True)
        single = objects == 1
        if np.count_nonzero(single) >= ONE * len(subjects):
            functions[graph.relations[place]] = _Function(subjects[single], ordered[low:high, 2][first[single]])
    return dict(sorted(functions.items()))


def _of(data: Dataset, column: Column, graph: Graph, functions: Mapping[str, _Function]) -> list[_Path]:
    """The paths that start at a column's values, shorter ones first."""
    counts = {graph.entity_places.get(str(value)): rows for value, rows in data.engine.distinct(data.table, column.name, KEYS)}
    counts.pop(None, None)
    if not counts:
        return []
    things, rows = np.array(list(counts), np.int64), np.array(list(counts.values()), np.int64)
    least = COVERED * data.n
    ends = {(relation,): f.of(things) for relation, f in functions.items()}
    ends = {path: end for path, end in ends.items() if rows[end != NOWHERE].sum() >= least}
    ends |= {
        (*path, relation): f.of(end) for path, end in ends.items() for relation, f in functions.items()
    }  # no path covers more rows than its first
    found: list[_Path] = []
    seen: set[bytes] = set()
    for path, end in ends.items():
        led = end != NOWHERE
        groups = _groups(end, led)
        levels, covered = int(groups.max(initial=-1)) + 1, int(rows[led].sum())
        if covered >= least and LEVELS[0] <= levels <= LEVELS[1] and levels < led.sum() and groups.tobytes() not in seen:
            seen.add(groups.tobytes())
            lookup = Lookup(Of(column.name), path, *_told([functions[relation] for relation in path], things[led], graph))
            found.append(_Path(covered, "_".join((column.name, *path)), lookup))
    return found


def _groups(end: np.ndarray, led: np.ndarray) -> np.ndarray:
    """(k,) which things share a value, whatever the values are called: numbered in the order of their first thing, NOWHERE without one."""
    groups = np.full(len(end), NOWHERE, np.int64)
    _, first, group = np.unique(end[led], return_index=True, return_inverse=True)
    groups[led] = np.argsort(np.argsort(first))[group]
    return groups


def _told(path: list[_Function], things: np.ndarray, graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(keys, values): the things of the table, and, where there is room, those that the graph knows besides and new rows may name; sorted."""
    keys, values = path[0]
    for function in path[1:]:
        values = function.of(values)
    own = np.isin(keys, things)
    kept = own | (np.isin(values, values[own]) & (values != NOWHERE))
    kept = kept if np.count_nonzero(kept) <= KEYS else own
    told = sorted((graph.entities[key], graph.entities[value]) for key, value in zip(keys[kept].tolist(), values[kept].tolist(), strict=True))
    return tuple(key for key, _ in told), tuple(value for _, value in told)
