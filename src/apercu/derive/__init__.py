"""Derive: columns become features, row by row and without a look at the target.

Every derived column is an Expression, applied as a Step, so that it can be shown, asked in SQL and replayed on new rows. Because each
depends on its own row only, and never on the target, deriving before the wall is built gives nothing away. What is made: parts of moments and
days between them (`dates`), lengths of prose (`texts`), what pictures and sequences show at a glance (`media`), what a graph says
of the things that a column names (`paths`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..core.dataset import Dataset, Note, Step
from ..core.expression import Expression
from ..core.goal import Goal
from ..core.graph import Graph
from ..core.options import option
from ..core.rows import MEDIA
from ..core.schema import Column

__all__ = ["Options", "run"]

FLAG: Final = 2  # values of a text that is a flag


@dataclass(frozen=True)
class Options:
    """What may be derived."""

    dates: bool = option(True, "derive month, weekday, hour and year of moments, and days between them")
    texts: bool = option(True, "derive the length of prose")
    media: bool = option(True, "derive what pictures and sequences show at a glance: brightness, look; mean, slope, shape")
    paths: bool = option(True, "derive what the graph says of the things that a column names, where a graph is given")
    pairs: int = option(15, "pairs of time columns that are tried for days between them", legal=(0, 200))


def run(
    data: Dataset, goal: Goal | None, options: Options | None = None, graph: Graph | None = None, told: Mapping[str, Expression] | None = None
) -> tuple[Dataset, list[Note]]:
    """The dataset with derived columns, and a note on each. told: what reasoning over the graph tells of the things that columns name."""
    from . import dates, media, paths, texts

    options = options or Options()
    proposed: dict[str, Expression] = {}
    usable = _usable(data, goal)
    if options.dates:
        proposed |= dates.propose(data, usable, options.pairs)
    if options.texts:
        proposed |= texts.propose(usable)
    notes: list[Note] = []
    if options.media:
        data, facts, notes = media.attached(data, [c.name for c in usable if c.storage in MEDIA])
        proposed |= facts
    if options.paths and graph:
        proposed |= {**paths.propose(data, graph, goal.target if goal else None), **(told or {})}
    free = {name: e for name, e in proposed.items() if name not in data.schema}
    data, made = _applied(data, free)
    return data, [*notes, *made]


def _usable(data: Dataset, goal: Goal | None) -> tuple[Column, ...]:
    own = {goal.target, goal.weight, goal.group} if goal else set()
    return tuple(c for c in data.schema if c.role in ("feature", "time", "treatment") and c.name not in own and not c.derived)


def _applied(data: Dataset, made: dict[str, Expression]) -> tuple[Dataset, list[Note]]:
    """Applies the Expressions and keeps those columns that have more than one value."""
    if not made:
        return data, []
    asked = ", ".join(f"count(c{i}), count(DISTINCT c{i})" for i in range(len(made)))
    named = ", ".join(f"{e.to_sql()} AS c{i}" for i, e in enumerate(made.values()))
    counts = data.engine.ask(data.table, f"SELECT {asked} FROM (SELECT {named} FROM data)")[0]
    columns, notes = [], []
    for i, (name, expression) in enumerate(made.items()):
        present, distinct = int(counts[2 * i]), int(counts[2 * i + 1])
        if distinct < 2:
            continue
        sql = expression.to_sql()
        columns.append(_column(name, expression, data.n - present, distinct))
        what = {lang: _sentence(expression.say(lang), lang) for lang in ("en", "zh")}
        notes.append(Note("derive", name, what, present, sql, f"derive:{name}"))
    kept = {c.name: made[c.name] for c in columns}
    return data.applied(Step(kept), tuple(columns)), notes


def _column(name: str, expression: Expression, missing: int, distinct: int) -> Column:
    why = f"derived: {expression.say('en')}"
    kind = "number" if expression.storage == "number" else "flag" if distinct == FLAG else "category"
    return Column(name, kind, "feature", expression.storage, missing=missing, distinct=distinct, why=why, derived=expression.to_sql())


def _sentence(words: str, lang: str) -> str:
    return f"派生列：{words}" if lang == "zh" else f"derived: {words}"
