"""The facts of one relation while rules run: pairs of things in the order of their arrival, found by either side or by both.

    knows = Facts(size=4)
    knows.add(np.array([0, 0]), np.array([1, 2]), numbers=np.array([0, 1]))
    knows.see()                                    # only what was there when a round began can be found in it
    starts, order = knows.by(0)                    # the rows whose left thing is k are order[starts[k]:starts[k + 1]]
    knows.row(np.array([0]), np.array([2]))        # [1]

Rows are never taken away. `numbers` are the facts' places in the whole program. The indexes are built when they are first asked for.
"""

from __future__ import annotations

import numpy as np

from ..stats.joins import KeySet, grouped

__all__ = ["Column", "Facts"]


class Column:
    """Values that grow: each round appends some, and reading costs nothing."""

    def __init__(self, dtype: type, width: tuple[int, ...] = ()) -> None:
        self._held = np.empty((1_024, *width), dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def values(self) -> np.ndarray:
        """(n, ...) what was appended so far."""
        return self._held[: self._n]

    def extend(self, values: np.ndarray) -> None:
        """Appends rows."""
        n = self._n + len(values)
        if n > len(self._held):
            more = np.empty((max(n, 2 * len(self._held)), *self._held.shape[1:]), self._held.dtype)
            more[: self._n] = self._held[: self._n]
            self._held = more
        self._held[self._n : n] = values
        self._n = n


class Facts:
    """Pairs (left, right) of things 0 to size - 1, each once. `seen` rows are visible; those before `old` were so a round ago."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.old = self.seen = 0
        self.numbers = Column(np.int32)
        self._sides = (Column(np.int32), Column(np.int32))
        self._keys: KeySet | None = None
        self._indexes: dict[int, tuple[int, tuple[np.ndarray, np.ndarray]]] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def side(self, which: int) -> np.ndarray:
        """(n,) int32 the left (0) or right (1) things."""
        return self._sides[which].values

    def see(self) -> None:
        """A round begins: what has come by now is visible."""
        self.old, self.seen = self.seen, len(self)

    def by(self, which: int) -> tuple[np.ndarray, np.ndarray]:
        """(starts (size + 1,), order (seen,)): the visible rows by their left or right thing."""
        n, index = self._indexes.get(which, (-1, None))
        if index is None or n != self.seen:
            index = grouped(self.side(which)[: self.seen], self.size)
            self._indexes[which] = (self.seen, index)
        return index

    def row(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """(k,) int32 the row of each pair, -1 where there is none."""
        return self._known().find(self._key(left, right))

    def new(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """(k,) bool: which pairs are not there yet, nor further ahead among these. They must be added right away."""
        return self._known().add(self._key(left, right))

    def add(self, left: np.ndarray, right: np.ndarray, numbers: np.ndarray) -> None:
        """Appends pairs that are not there."""
        for column, values in zip((*self._sides, self.numbers), (left, right, numbers), strict=True):
            column.extend(values)

    def _key(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return left.astype(np.int64) * self.size + right

    def _known(self) -> KeySet:
        """The set of pairs, made when it is first needed; it is up to date before `new` and after `add`."""
        if self._keys is None:
            self._keys = KeySet()
        if len(self._keys) < len(self):
            missing = slice(len(self._keys), len(self))
            self._keys.add(self._key(self.side(0)[missing], self.side(1)[missing]))
        return self._keys
