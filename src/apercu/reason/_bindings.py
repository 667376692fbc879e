"""Bindings: all ways to fill the variables of a clause so that its body holds, a table of them at a time.

    for table in bindings(clause, relations, places):
        table.column(Variable("X"))         # (n,) the thing that X is, in each way
        table.rows(0, chosen)               # the row of the first atom's relation that each chosen way rests on

Atoms are joined one by one, the most bound first: one with both terms known is a look-up, one with one term known a join by that term, one
with none a product. A table knows its own new columns and, for the rest, the table that it was made of, so a column that nobody asks for
is never made. Joins of more than CHUNK ways are cut, so that memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from ..core.clause import DIFFERS, Atom, Clause, Term, Variable
from ..stats.joins import matched
from ._facts import Facts

__all__ = ["CHUNK", "Table", "bindings", "ordered"]

CHUNK: Final = 1 << 21  # ways in one table


class Table:
    """n ways; `left` are the rows of the table `above` that they were made of."""

    def __init__(self, n: int, columns: Mapping[Variable, np.ndarray], above: Table | None = None, left: np.ndarray | None = None) -> None:
        self.n = n
        self._columns = dict(columns)
        self._rows: dict[int, np.ndarray] = {}
        self._above, self._left = above, left

    def knows(self, term: Term) -> bool:
        """Whether a term has a value here."""
        return isinstance(term, str) or term in self._columns or (self._above is not None and self._above.knows(term))

    def column(self, variable: Variable) -> np.ndarray:
        """(n,) int32 the thing that the variable is."""
        if variable not in self._columns:
            assert self._above is not None and self._left is not None
            self._columns[variable] = self._above.column(variable)[self._left]
        return self._columns[variable]

    def rows(self, atom: int, chosen: np.ndarray) -> np.ndarray:
        """The rows of an atom's relation that the chosen ways rest on."""
        if atom in self._rows:
            return self._rows[atom][chosen]
        assert self._above is not None and self._left is not None
        return self._above.rows(atom, self._left[chosen])

    def only(self, kept: np.ndarray) -> Table:
        """The ways where a mask holds."""
        chosen = np.flatnonzero(kept)
        return Table(len(chosen), {}, self, chosen)

    def resting(self, atom: int, rows: np.ndarray) -> Table:
        """The same table, which knows the rows (n,) of one more atom."""
        self._rows[atom] = rows
        return self


class _Scene(NamedTuple):
    """What a clause is run on: the facts of each relation, the places of entities, and which rows of an atom count (all by default)."""

    relations: Mapping[str, Facts]
    places: Mapping[str, int]
    ranges: Mapping[int, tuple[int, int]]

    def values(self, term: Term, table: Table) -> np.ndarray:
        """(n,) the things that a term is."""
        return table.column(term) if isinstance(term, Variable) else np.full(table.n, self.places[term], np.int32)

    def range(self, atom: int, facts: Facts) -> tuple[int, int]:
        return self.ranges.get(atom, (0, facts.seen))


def ordered(clause: Clause, relations: Mapping[str, Facts], first: int | None = None, known: Sequence[Variable] = ()) -> list[int]:
    """The numbers of the body's atoms in the order in which they are joined: `first` before all, then the most bound, then the smallest."""
    left = [i for i in range(len(clause.body)) if i != first]
    order = [] if first is None else [first]
    bound = set(known) | {v for i in order for v in clause.body[i].variables()}

    def cost(i: int) -> tuple[int, int]:
        atom = clause.body[i]
        free = sum(isinstance(t, Variable) and t not in bound for t in (atom.left, atom.right))
        if atom.negated or atom.relation == DIFFERS:
            return (-1, 0) if not free else (9, 0)
        return (free, len(relations[atom.relation]))

    while left:
        order.append(min(left, key=cost))
        left.remove(order[-1])
        bound |= set(clause.body[order[-1]].variables())
    return order


def bindings(
    clause: Clause,
    relations: Mapping[str, Facts],
    places: Mapping[str, int],
    *,
    ranges: Mapping[int, tuple[int, int]] | None = None,
    first: int | None = None,
    start: Table | None = None,
) -> Iterator[Table]:
    """Tables of all ways to fill the body.

    relations: {relation: its facts}; places: {entity: its number}, every constant among them. ranges: {atom: the rows (low, high) of its
    relation that count}; first: the atom to begin with; start: ways in which some variables are filled already.
    """
    scene = _Scene(relations, places, ranges or {})
    table = start or Table(1, {})
    known = [v for atom in (*clause.body, clause.head) for v in atom.variables() if table.knows(v)]
    stream: Iterator[Table] = iter([table])
    for i in ordered(clause, relations, first, known):
        stream = _begun(clause.body[i], i, scene) if i == first else _joined(stream, clause.body[i], i, scene)
    return stream


def _begun(atom: Atom, number: int, scene: _Scene) -> Iterator[Table]:
    """The first atom's rows in range, looked at one by one: of a round's few new facts no index is made."""
    facts = scene.relations[atom.relation]
    low, high = scene.range(number, facts)
    rows = np.arange(low, high, dtype=np.int32)
    for side, term in enumerate((atom.left, atom.right)):
        if isinstance(term, str):
            rows = rows[facts.side(side)[rows] == scene.places[term]]
    if atom.left == atom.right:
        rows = rows[facts.side(0)[rows] == facts.side(1)[rows]]
    filled = {term: facts.side(side)[rows] for side, term in enumerate((atom.left, atom.right)) if isinstance(term, Variable)}
    yield Table(len(rows), filled).resting(number, rows)


def _joined(stream: Iterator[Table], atom: Atom, number: int, scene: _Scene) -> Iterator[Table]:
    for table in stream:
        if not table.n:
            continue
        if atom.relation == DIFFERS:
            yield table.only(scene.values(atom.left, table) != scene.values(atom.right, table))
            continue
        facts = scene.relations[atom.relation]
        known = table.knows(atom.left), table.knows(atom.right)
        if all(known):
            yield _looked_up(table, atom, number, facts, scene)
        elif any(known):
            yield from _expanded(table, atom, number, (facts, 0 if known[0] else 1), scene)
        else:
            yield from _crossed(table, atom, number, facts, scene)


def _looked_up(table: Table, atom: Atom, number: int, facts: Facts, scene: _Scene) -> Table:
    rows = facts.row(scene.values(atom.left, table), scene.values(atom.right, table))
    low, high = scene.range(number, facts)
    held = (rows >= low) & (rows < high)
    if atom.negated:
        return table.only(~held)
    return table.only(held).resting(number, rows[held])


def _expanded(table: Table, atom: Atom, number: int, joined: tuple[Facts, int], scene: _Scene) -> Iterator[Table]:
    """The join by the one term that is known."""
    facts, side = joined
    known, other = (atom.left, atom.right) if side == 0 else (atom.right, atom.left)
    keys = scene.values(known, table)
    starts, order = facts.by(side)
    for part in _parts(np.cumsum(starts[keys + 1] - starts[keys])):
        left, right = matched(keys[part], starts, order)
        yield _made(table, left + part.start, (number, right), (other,), (facts, (1 - side,)), scene)


def _crossed(table: Table, atom: Atom, number: int, facts: Facts, scene: _Scene) -> Iterator[Table]:
    """The product with all rows, where no term is known."""
    low, high = scene.range(number, facts)
    per = max(1, high - low)
    for start in range(0, table.n, max(1, CHUNK // per)):
        n = min(max(1, CHUNK // per), table.n - start)
        left = np.repeat(np.arange(start, start + n), high - low)
        right = np.tile(np.arange(low, high), n)
        yield _made(table, left, (number, right), (atom.left, atom.right), (facts, (0, 1)), scene)


def _made(
    table: Table, left: np.ndarray, rested: tuple[int, np.ndarray], terms: tuple[Term, ...], read: tuple[Facts, tuple[int, ...]], scene: _Scene
) -> Table:
    """The table of pairs (row of `table`, row of the relation), without those out of range and those in which one variable is two things."""
    number, right = rested
    facts, sides = read
    low, high = scene.range(number, facts)
    if (low, high) != (0, facts.seen):
        kept = (right >= low) & (right < high)
        left, right = left[kept], right[kept]
    filled = {term: facts.side(side)[right] for term, side in zip(terms, sides, strict=True) if isinstance(term, Variable)}
    made = Table(len(right), filled, table, left).resting(number, right)
    if len(terms) == 2 and terms[0] == terms[1]:  # r(X, X)
        return made.only(facts.side(0)[right] == facts.side(1)[right])
    return made


def _parts(ends: np.ndarray) -> Iterator[slice]:
    """Slices of rows that make about CHUNK pairs each; ends: (n,) pairs up to and with each row."""
    start, done = 0, 0
    while start < len(ends):
        stop = max(start + 1, int(np.searchsorted(ends, done + CHUNK, side="right")))
        yield slice(start, stop)
        start, done = stop, int(ends[stop - 1])
