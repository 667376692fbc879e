"""Addressees: the rows that an action addresses, as a list to hand over and as SQL to repeat.

    who = listed(action, rows, {"_predicted": p}, ids=("customer",))
    who.header, who.rows[0]        # ('row', 'customer', '_predicted'), (17, 'c17', 0.83)
    who.sql                        # SELECT * FROM data WHERE "plan" = 'b'

The list begins with those of the highest score. A condition about the table's own columns is itself the SQL; one about a score that apercu made (a
probability, an effect) becomes a list of identifiers, or of row numbers (column `_row`) where the table has no column of identifiers, because the
database does not know the score. Rows that a veto names are left out, and counted. What it does not do: send anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from csv import writer
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np

from ..core.action import Action
from ..core.expression import literal
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.split import Split
from .effects import Fit
from .offers import PREDICTED, probabilities
from .uplift import Uplift, effect_of, studied

__all__ = ["Addressees", "listed", "scored"]


@dataclass(frozen=True)
class Addressees:
    """Whom an action addresses: a header, plain values row by row, SQL that selects the same rows of a table `data`; stopped: rows with a veto."""

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str
    stopped: int = 0

    def csv(self) -> str:
        """The list as CSV, with its header."""
        text = StringIO()
        writer(text, lineterminator="\n").writerows([self.header, *self.rows])
        return text.getvalue()

    def to_json(self) -> list[dict[str, Any]]:
        """One object per row."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


def listed(
    action: Action, rows: Rows, scores: Mapping[str, np.ndarray], ids: Sequence[str] = (), allowed: Callable[[Rows], np.ndarray] | None = None
) -> Addressees:
    """The rows (with `_row`, their number in the source, where they have one) that an action addresses, the highest score first.

    scores: columns that apercu made, (n,) each, by name. ids: columns that name a row. allowed: gives (n,) bool of rows that no veto names.
    """
    whole = rows.plus(dict(scores))
    inside = action.who.holds(whole) if rows.n else np.zeros(0, dtype=bool)
    kept = inside if allowed is None else inside & allowed(rows)
    numbers = rows["_row"].astype(int) if "_row" in rows else np.arange(rows.n) + 1
    named = [name for name in action.who.columns() if name in scores] or list(scores)[:1]
    place = np.flatnonzero(kept)
    order = place if not named else place[np.lexsort((place, -np.nan_to_num(scores[named[0]][place], nan=-np.inf)))]
    own = [name for name in ids if name in rows]
    columns = [numbers[order].tolist(), *(_plain(rows[name][order]) for name in own), *(_plain(scores[name][order]) for name in named)]
    who = tuple(zip(*columns, strict=True))
    made_up = any(name in scores for name in action.who.columns())
    if not made_up and kept.sum() == inside.sum():
        where = action.who.to_sql()
    else:
        where = _named(own[0], rows[own[0]][order]) if own else _named("_row", numbers[order])
    return Addressees(("row", *own, *named), who, f"SELECT * FROM data WHERE {where}", int(inside.sum() - kept.sum()))


def scored(
    model: CrossFitted | None, split: Split, fresh: Rows | None = None, fit: Fit | None = None, effects: Sequence[Uplift] | None = None
) -> dict[str, np.ndarray]:
    """The scores that actions speak of, (n,) each, of the study's rows by models that did not see them, or of fresh ones.

    '_predicted' is the probability of the wanted level (with a model of classes); '_effect LEVEL' what each treatment is expected to change. fit,
    effects: as in `advise.studied` and `advise.run`; effects are learned anew, in seconds, where they are None (and a treatment is named).
    """
    goal, made = split.goal, dict[str, np.ndarray]()
    if model is not None and goal.task != "numeric" and goal.wanted:
        place = goal.classes.index(goal.wanted)
        told = probabilities(model, split) if fresh is None else model.predict(fresh)[:, place] if fresh.n else np.zeros(0)
        made[PREDICTED] = told
    if effects is None:
        effects = studied(split, fit) if goal.treatment is not None else ()
    for found in effects:
        if not found.reason:
            made[found.column] = found.effects if fresh is None else effect_of(split, found, fit)(fresh)
    return made


def _named(column: str, values: np.ndarray) -> str:
    """The rows of these identifiers, in SQL."""
    quoted = '"' + column.replace('"', '""') + '"'
    present = [literal(v) for v in _plain(values) if v is not None]
    return f"{quoted} IN ({', '.join(present)})" if present else "FALSE"


def _plain(values: np.ndarray) -> list[Any]:
    """Plain values; missing is None, whole numbers are whole, moments are ISO texts."""
    if values.dtype.kind == "M":
        return [None if np.isnat(v) else str(v) for v in values]
    if values.dtype.kind == "f":
        return [None if not np.isfinite(v) else int(v) if float(v).is_integer() and abs(v) < 2**53 else float(v) for v in values]
    return list(values.tolist())
