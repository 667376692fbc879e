"""Column and Schema: what a table's columns are and which part they play.

>>> schema = Schema((Column("churn", "flag", role="target"), Column("tenure", "number")))
>>> schema.column("tenur")
Traceback (most recent call last):
    ...
apercu.core.errors.UnknownName: there is no column 'tenur'; did you mean 'tenure'? The columns are: churn, tenure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from .errors import UnknownName
from .kinds import KINDS
from .rows import MEDIA

__all__ = ["ROLES", "Column", "Schema"]

ROLES: Final = {
    "feature": "may be searched and learned from",
    "target": "what is to be explained and predicted",
    "id": "names a row; never learned from",
    "time": "the clock of the table: halves and folds are blocks of it",
    "group": "rows of the same value belong together (an entity that repeats)",
    "weight": "how much a row counts",
    "treatment": "what was done to a row",
    "value": "money that a row is worth",
    "constant": "one value only; nothing to learn",
    "leak": "gives the target away; left out of model and search",
    "ignored": "left out at the user's word",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, role and what was seen of it. `derived` is the SQL of a column that apercu made itself."""

    name: str
    kind: str
    role: str = "feature"
    storage: str = "text"
    unit: str = ""
    missing: int = 0
    distinct: int = 0
    why: str = ""
    derived: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownName("kind", self.kind, KINDS)
        if self.role not in ROLES:
            raise UnknownName("role", self.role, ROLES)

    def to_json(self) -> dict[str, Any]:
        """The fields that a study tells of a column."""
        shown = ("name", "kind", "role", "storage", "unit", "missing", "distinct", "why", "derived")
        return {key: getattr(self, key) for key in shown}


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order; names are unique."""

    columns: tuple[Column, ...]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __contains__(self, name: object) -> bool:
        return any(c.name == name for c in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises UnknownName with the nearest one."""
        for c in self.columns:
            if c.name == name:
                return c
        raise UnknownName("column", name, self.names)

    def with_role(self, role: str) -> tuple[Column, ...]:
        """The columns that play a role."""
        return tuple(c for c in self.columns if c.role == role)

    def features(self) -> tuple[Column, ...]:
        """The columns that may be searched and learned from; the clock is not among them (its parts are told apart by derive), nor are media."""
        return tuple(c for c in self.columns if c.role in ("feature", "treatment") and c.storage not in MEDIA)

    def media(self) -> tuple[Column, ...]:
        """The columns of pictures and sequences: some learners read them, no search does."""
        return tuple(c for c in self.columns if c.role == "feature" and c.storage in MEDIA)

    def changed(self, name: str, **fields: Any) -> Schema:
        """The same schema with fields of one column replaced."""
        self.column(name)
        return Schema(tuple(replace(c, **fields) if c.name == name else c for c in self.columns))

    def plus(self, columns: tuple[Column, ...]) -> Schema:
        """The same schema with columns appended; one of a name already there replaces it in place."""
        new = {c.name: c for c in columns}
        kept = tuple(new.pop(c.name, c) for c in self.columns)
        return Schema((*kept, *new.values()))
