"""Dataset: a table in an engine, with the meaning of its columns and everything that was done to them.

`steps` hold, in order, the Expressions that were applied since the source was read. Replayed on new rows (`replay`) they make the very
columns that a model was trained on, so training and serving cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .condition import Condition
from .engine import Engine
from .expression import Column as Of
from .expression import Expression, from_json
from .graph import Graph
from .rows import Rows
from .schema import Column, Schema

__all__ = ["Dataset", "Note", "Step", "replayed"]


@dataclass(frozen=True)
class Note:
    """One decision or mend: which verb, which column, what was done (in both languages), how many rows it touched, and its Expression."""

    step: str
    column: str
    what: Mapping[str, str]
    rows: int = 0
    expression: str = ""
    id: str = ""

    def say(self, lang: str = "en") -> str:
        """What was done, in words."""
        return self.what[lang]

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        return {"id": self.id, "step": self.step, "column": self.column, "what": dict(self.what), "rows": self.rows, "expression": self.expression}


@dataclass(frozen=True)
class Step:
    """Columns made from columns: {name: Expression}. A name already there is replaced; the rest stay."""

    columns: Mapping[str, Expression]

    def to_json(self) -> dict[str, Any]:
        """Nested JSON; `Step.from_json` reads it back."""
        return {name: expression.to_json() for name, expression in self.columns.items()}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Step:
        """Reads what `to_json` wrote."""
        return Step({name: from_json(node) for name, node in tree.items()})


@dataclass(frozen=True)
class Dataset:
    """A table called `table` in an engine; `source` says in words where it came from."""

    schema: Schema
    engine: Engine
    table: str
    source: str
    n: int
    steps: tuple[Step, ...] = ()
    graph: Graph = field(default_factory=Graph)

    def applied(self, step: Step, columns: tuple[Column, ...]) -> Dataset:
        """The dataset after a step; `columns` describe what the step made or replaced."""
        if not step.columns:
            return self
        kept: dict[str, Expression] = {name: Of(name) for name in self.engine.columns(self.table)}
        table = self.engine.select(self.table, {**kept, **step.columns})
        return replace(self, table=table, schema=self.schema.plus(columns), steps=(*self.steps, step))

    def where(self, condition: Condition) -> Dataset:
        """The rows that satisfy a condition."""
        names = self.engine.columns(self.table)
        table = self.engine.select(self.table, {name: Of(name) for name in names}, condition)
        return replace(self, table=table, n=self.engine.count(table))

    def with_schema(self, schema: Schema) -> Dataset:
        """The same table under another reading of its columns."""
        return replace(self, schema=schema)

    def rows(self, names: tuple[str, ...] | None = None, limit: int | None = None) -> Rows:
        """The named columns (all of the schema by default) in memory."""
        return self.engine.rows(self.table, names or self.schema.names, limit)


def replayed(steps: tuple[Step, ...], rows: Rows) -> Rows:
    """New rows after the same steps, by the array interpreter; a step whose source columns are absent is skipped."""
    for step in steps:
        ready = {name: e for name, e in step.columns.items() if all(c in rows for c in e.columns())}
        made = {name: expression.values(rows) for name, expression in ready.items()}
        rows = rows.plus({name: Rows.of({name: array})._columns[name] for name, array in made.items()})
    return rows
