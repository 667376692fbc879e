"""Graph: statements of the form head, relation, tail, each with its source, the place in it, and a weight; one integer-coded table.

>>> graph = Graph.of((Triple("Acme", "subsidiary", "Bolt"), Triple("Bolt", "located_in", "Oslo", "map.tsv", 0.5)))
>>> graph.entities, graph.relations, graph.facts.tolist()
(('Acme', 'Bolt', 'Oslo'), ('subsidiary', 'located_in'), [[0, 0, 1], [1, 1, 2]])
>>> graph.triple(1)
Triple(head='Bolt', relation='located_in', tail='Oslo', source='map.tsv', weight=0.5, place=0)

Names are kept once and a fact is three places among them, so a million facts are 24 MB of arrays. The same fact may be stated by several
sources; `distinct` keeps each once. Two graphs are equal when they state the same in the same order, however their names are numbered.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from .rows import Coded

__all__ = ["Graph", "Triple"]

DECIMALS: Final = 6  # of a weight that is told; float32 holds no more
WHOLE: Final = 2**63  # a fact's key must stay below


class Triple(NamedTuple):
    """One fact: head is related to tail. `weight` is the confidence in it, 0 to 1; `place` its line or row in the source, from 1 (0: not known)."""

    head: str
    relation: str
    tail: str
    source: str = ""
    weight: float = 1.0
    place: int = 0


def _none() -> np.ndarray:
    return np.empty(0, np.int32)


@dataclass(frozen=True, eq=False)
class Graph:
    """m statements, in the order in which they were read. Names stand once each in `entities`, `relations` and `sources`, in any order.

    facts: (m, 3) int32 places of head, relation and tail; weight: (m,) float32 in 0..1; source, place: (m,) int32. Weights, sources and
    places that are not given are 1, the first source and 0. The arrays cannot be written to.
    """

    entities: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("",)
    facts: np.ndarray = field(default_factory=_none)
    weight: np.ndarray = field(default_factory=_none)
    source: np.ndarray = field(default_factory=_none)
    place: np.ndarray = field(default_factory=_none)

    def __post_init__(self) -> None:
        m = len(self.facts)
        object.__setattr__(self, "facts", _fixed(np.reshape(self.facts, (m, 3)), np.int32, m, 0))
        for name, dtype, usual in (("weight", np.float32, 1), ("source", np.int32, 0), ("place", np.int32, 0)):
            object.__setattr__(self, name, _fixed(getattr(self, name), dtype, m, usual))

    @staticmethod
    def of(triples: Iterable[Triple]) -> Graph:
        """The graph of an iterable of triples, which is read once; names in the order of their first mention."""
        entities: dict[str, int] = {}
        relations: dict[str, int] = {}
        sources: dict[str, int] = {}
        codes, weights = array("i"), array("f")  # source, place, head, relation, tail of each
        for head, relation, tail, source, weight, place in (t if len(t) == 6 else Triple(*t) for t in triples):
            codes.extend((sources.setdefault(source, len(sources)), place, entities.setdefault(head, len(entities))))
            codes.extend((relations.setdefault(relation, len(relations)), entities.setdefault(tail, len(entities))))
            weights.append(weight)
        table = np.array(codes, np.int32).reshape(-1, 5)
        names = tuple(entities), tuple(relations), tuple(sources) or ("",)
        return Graph(*names, table[:, 2:], np.array(weights, np.float32), table[:, 0], table[:, 1])

    @staticmethod
    def coded(
        head: Coded,
        relation: Coded,
        tail: Coded,
        source: Coded | None = None,
        weight: Sequence[float] | np.ndarray = (),
        place: Sequence[int] | np.ndarray = (),
    ) -> Graph:
        """The graph of coded columns of m rows without missing values, with their weights and places where they are known."""
        entities, codes = _merged(head.levels, tail.levels)
        facts = np.stack([head.codes, relation.codes, codes[tail.codes]], 1) if len(tail.codes) else np.empty((0, 3), np.int32)
        names, origin = (source.levels, source.codes) if source is not None else ((), np.empty(0, np.int32))
        return Graph(entities, relation.levels, names or ("",), facts, np.asarray(weight), origin, np.asarray(place))

    # --- reading ------------------------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.facts)

    def __bool__(self) -> bool:
        return len(self.facts) > 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        if len(self) != len(other) or not np.array_equal(self.weight, other.weight) or not np.array_equal(self.place, other.place):
            return False
        things, kinds, origins = (_places(o, s) for o, s in zip(other._names(), self._names(), strict=True))
        h, r, t = other.facts.T
        theirs = np.stack([things[h], kinds[r], things[t]], 1) if len(self) else other.facts
        return np.array_equal(self.facts, theirs) and np.array_equal(self.source, origins[other.source])

    def __hash__(self) -> int:
        return hash((len(self), *(self.triple(i) for i in (0, len(self) - 1) if self)))

    def __repr__(self) -> str:
        return f"Graph({len(self):,} facts, {len(self.entities):,} entities, {len(self.relations):,} relations)"

    def _names(self) -> tuple[tuple[str, ...], ...]:
        return self.entities, self.relations, self.sources

    @property
    def triples(self) -> Iterator[Triple]:
        """The statements in words, one after the other; a pass over them makes an object for each."""
        names = zip(self.facts.tolist(), self.source.tolist(), self.weight.tolist(), self.place.tolist(), strict=True)
        for (head, relation, tail), source, weight, place in names:
            said = self.entities[head], self.relations[relation], self.entities[tail]
            yield Triple(*said, self.sources[source], round(weight, DECIMALS), place)

    def triple(self, i: int) -> Triple:
        """The i-th statement in words."""
        return next(self.only([i]).triples)

    @cached_property
    def entity_places(self) -> dict[str, int]:
        """{entity: its place in `entities`}."""
        return {name: i for i, name in enumerate(self.entities)}

    @cached_property
    def relation_places(self) -> dict[str, int]:
        """{relation: its place in `relations`}."""
        return {name: i for i, name in enumerate(self.relations)}

    def degrees(self) -> np.ndarray:
        """(e,) int64: how many statements speak of each entity; one between a thing and itself counts once."""
        heads, _, tails = self.facts.T
        size = len(self.entities)
        return np.bincount(heads, minlength=size) + np.bincount(tails[tails != heads], minlength=size)

    # --- made of it ---------------------------------------------------------------------------------------------------------------------

    def only(self, chosen: np.ndarray | Sequence[int]) -> Graph:
        """The chosen statements (their numbers, or a mask), under the same numbering of names."""
        kept = np.asarray(chosen)
        return replace(self, facts=self.facts[kept], weight=self.weight[kept], source=self.source[kept], place=self.place[kept])

    def keys(self) -> np.ndarray:
        """(m,) int64 that are equal where statements state the same fact; they grow with relation, then head, then tail."""
        heads, relations, tails = self.facts.T.astype(np.int64)
        size = max(1, len(self.entities))
        if size * size * max(1, len(self.relations)) < WHOLE:
            return (relations * size + heads) * size + tails
        return np.unique(relations * size + heads, return_inverse=True)[1] * size + tails

    def distinct(self, *, by_source: bool = False) -> Graph:
        """Each fact once (`by_source`: once for each source of it), where it first stood, as it was stated under its highest weight."""
        keys = self.keys()
        if not _repeats(keys):
            return self
        if by_source and len(self.sources) > 1:
            keys = np.unique(keys, return_inverse=True)[1] * np.int64(len(self.sources)) + self.source
            if not _repeats(keys):
                return self
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        order = np.lexsort((np.arange(len(self)), -self.weight, group))  # of each group the heaviest, of those the first, leads
        best = order[np.r_[True, np.diff(group[order]) > 0]]
        return self.only(best[np.argsort(first)])

    def joined(self, other: Graph) -> Graph:
        """The statements of this graph, then those of another; names of both."""
        if not self or not other:
            return self or other
        (entities, things), (relations, kinds), (sources, origins) = (_merged(a, b) for a, b in zip(self._names(), other._names(), strict=True))
        h, r, t = other.facts.T
        return Graph(
            entities,
            relations,
            sources,
            np.concatenate([self.facts, np.stack([things[h], kinds[r], things[t]], 1)]),
            np.concatenate([self.weight, other.weight]),
            np.concatenate([self.source, origins[other.source]]),
            np.concatenate([self.place, other.place]),
        )


def _repeats(keys: np.ndarray) -> bool:
    ordered = np.sort(keys)
    return bool(np.any(ordered[1:] == ordered[:-1]))


def _fixed(values: np.ndarray, dtype: type, m: int, usual: int) -> np.ndarray:
    """A column of m values (m times `usual` where none is given) that cannot be written to."""
    whole = np.asarray(values, dtype) if len(values) or not m else np.full(m, usual, dtype)
    if len(whole) != m:
        raise ValueError(f"a graph of {m} facts has a column of {len(whole)} values")
    shown = np.ascontiguousarray(whole).view()
    shown.flags.writeable = False
    return shown


def _places(names: tuple[str, ...], among: tuple[str, ...]) -> np.ndarray:
    """(n,) int32 places of names among others, -1 where they do not stand there."""
    if names == among:
        return np.arange(len(names), dtype=np.int32)
    known = {name: i for i, name in enumerate(among)}
    return np.array([known.get(name, -1) for name in names], np.int32)


def _merged(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[tuple[str, ...], np.ndarray]:
    """(names of both, places of theirs among them)."""
    if ours == theirs:
        return ours, np.arange(len(ours), dtype=np.int32)
    known = {name: i for i, name in enumerate(ours)}
    places = np.array([known.setdefault(name, len(known)) for name in theirs], np.int32)
    return tuple(known), places
