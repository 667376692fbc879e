"""What-if: the fewest changes of columns that one can act upon after which the model says what is wished, or that there are none.

    found = changed(predict, table, row, wish, ("contract", "support"))
    found.paths[0].say()        # contract from “monthly” to “yearly”: the predicted probability goes from 71.0% to 34.2%

Candidates are values that the table has seen: levels, and for a number the tenths of its values and both ends of its middle 98 %. A level is tried
only where it occurs with each of the row's other levels in at least SEEN rows, so that no case is made up that cannot be. All single changes are
weighed in one call of the model, then a beam of the best is widened by one column at a time up to `most`; of paths with equally many changes the one
of the least distance stands first (levels count 1, numbers by how far they move among the ranks of the table). The search ends in time: it stops
before the next widening once half of `seconds` is spent. "None exists" means: none within the seen ranges, this many changes, and the beam.

What it does *not* say: that the change would bring the outcome about. The model knows what goes together; a trial tells what follows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ..core.dataset import Step, replayed
from ..core.errors import WordsError
from ..core.model import CrossFitted
from ..core.rows import Coded, Rows
from ..core.split import Split
from ..words.numbers import percent, plain
from ..words.spacing import glue

__all__ = ["Change", "Path", "WhatIf", "Wish", "asked", "changed"]

CUTS: Final = tuple(float(x) for x in np.linspace(0.1, 0.9, 9))
MIDDLE: Final = (0.01, 0.99)
LEVELS: Final = 20  # of a column, the most frequent
SEEN: Final = 5  # rows in which two levels must occur together
BEAM: Final = 12
TOLD: Final = 5  # paths that are told
ROWS: Final = 20_000  # rows of the table that are looked at
EXAMPLES: Final = 400  # candidates of one widening at most


@dataclass(frozen=True)
class Wish:
    """What the model shall say: of a class, a probability at most or at least `reach`; of a number, the same of the number.

    place: of the class in the model's answer, None of a number. name: the outcome in words.
    """

    reach: float
    below: bool
    name: str
    place: int | None = None

    def met(self, said: np.ndarray) -> np.ndarray:
        """(n,) bool for answers (n,)."""
        return said <= self.reach if self.below else said >= self.reach

    def of(self, answer: np.ndarray) -> np.ndarray:
        """(n,) the number, or the probability of the class."""
        return answer if self.place is None else answer[:, self.place]


@dataclass(frozen=True)
class Change:
    """One column, what it is and what it would be."""

    column: str
    before: str | float | None
    after: str | float

    def say(self, lang: str = "en") -> str:
        """The change in words."""
        one, other = (_shown(v, lang) for v in (self.before, self.after))
        return f"{self.column} from {one} to {other}" if lang == "en" else glue(self.column, f"由{one}改为{other}")


@dataclass(frozen=True)
class Path:
    """Changes together, what the model said before and says after them, and how far they are from the row."""

    changes: tuple[Change, ...]
    before: float
    after: float
    distance: float
    wish: Wish

    def say(self, lang: str = "en") -> str:
        """The path in a sentence."""
        words = [change.say(lang) for change in self.changes]
        one, other = (percent(x) if self.wish.place is not None else plain(float(f"{x:.4g}")) for x in (self.before, self.after))
        if lang == "en":
            what = "the predicted probability of " if self.wish.place is not None else "predicted "
            return f"{' and '.join(words)}: {what}{self.wish.name} goes from {one} to {other}."
        return f"{'，'.join(words)}：{glue('预测', self.wish.name, '的概率' if self.wish.place is not None else '')}由 {one} 变为 {other}。"


@dataclass(frozen=True)
class WhatIf:
    """The paths that were found, the fewest changes first; met: whether the row is there already; nearest: the best that was seen, if none is enough.

    tried: cases that the model was asked about.
    """

    paths: tuple[Path, ...]
    met: bool
    nearest: Path | None
    tried: int

    def say(self, lang: str = "en") -> str:
        """The answer in sentences."""
        if self.met:
            return "The model says so already; nothing has to change." if lang == "en" else "模型已经如此预测，无需改变。"
        caution = "The model knows what goes together, not what follows." if lang == "en" else "模型只知何者相伴，不知何者为因。"
        if self.paths:
            return (" " if lang == "en" else "").join([*(path.say(lang) for path in self.paths), caution])
        none = "No change within what the table has seen is enough." if lang == "en" else "在表中出现过的取值范围内，没有足够的改变。"
        best = "" if self.nearest is None else (" The nearest: " if lang == "en" else "最接近的是：") + self.nearest.say(lang)
        return none + best

    def to_json(self) -> dict[str, Any]:
        """Paths as lists of changes."""
        paths = [{"changes": [vars(c) for c in p.changes], "before": p.before, "after": p.after, "distance": p.distance} for p in self.paths]
        return {"met": self.met, "paths": paths, "tried": self.tried, "text": {lang: self.say(lang) for lang in ("en", "zh")}}


def changed(
    predict: Callable[[Rows], np.ndarray], table: Rows, row: Rows, wish: Wish, actionable: Sequence[str], most: int = 3, seconds: float = 1.0
) -> WhatIf:
    """The paths from one row (a Rows of n = 1) to a wish. predict: (n,) numbers or (n, k) probabilities of rows like the table's.

    Columns that are neither numbers nor text cannot be changed. Raises UnknownName for a column that is not there.
    """
    start = time.monotonic()
    before = float(wish.of(predict(row))[0])
    if bool(wish.met(np.array([before]))[0]):
        return WhatIf((), True, None, 1)
    looked = table.take(np.arange(min(table.n, ROWS)))
    options = {name: _values(looked, row, name) for name in actionable}
    beam: list[tuple[dict[str, Any], float, float]] = [({}, before, 0.0)]
    tried, best, found = 1, None, list[tuple[dict[str, Any], float, float]]()
    for _ in range(min(most, len(options))):
        steps = _widened(beam, options, looked, row)[:EXAMPLES]
        if not steps or time.monotonic() - start > seconds / 2:
            break
        said = wish.of(predict(_cases(row, [values for values, _ in steps])))
        tried += len(steps)
        weighed = sorted(((v, float(p), d) for (v, d), p in zip(steps, said, strict=True)), key=lambda s: (s[1] if wish.below else -s[1], s[2]))
        best = weighed[0] if best is None or wish.below == (weighed[0][1] < best[1]) else best
        found = sorted((s for s in weighed if wish.met(np.array([s[1]]))[0]), key=lambda s: s[2])
        if found:
            break
        beam = weighed[:BEAM]

    def path(step: tuple[dict[str, Any], float, float]) -> Path:
        changes = tuple(Change(name, _value(row, name), value) for name, value in step[0].items())
        return Path(changes, before, step[1], step[2], wish)

    return WhatIf(tuple(path(step) for step in found[:TOLD]), False, None if best is None else path(best), tried)


def asked(model: CrossFitted, split: Split, row: Rows, actionable: Sequence[str], to: float | None = None, most: int = 3) -> WhatIf:
    """`changed` for one row as a study's model wants it; columns that apercu made of the changed ones are made anew.

    to: the probability of the wanted level (or the number) that shall be reached, from whichever side the row is on. By default the probability at
    which the goal's offer begins to pay, or 0.5. Raises UnknownName for a column that is not there, WordsError where a number has no `to`, or
    no column may be changed.
    """
    goal, schema = split.goal, split.data.schema
    for name in actionable:
        if schema.column(name).role == "target":
            raise WordsError(f"{name!r} is the target; name columns that one can act upon.")
    if not actionable:
        raise WordsError("name at least one column that one can act upon (--actionable COLUMN); no other column is changed.")
    if goal.task == "numeric" and to is None:
        raise WordsError(f"name the {goal.target} that shall be reached, as a number.")
    touched, steps = set(actionable), list[Step]()
    for step in split.data.steps:
        anew = {name: e for name, e in step.columns.items() if name in schema and schema.column(name).derived and touched & set(e.columns())}
        touched |= set(anew)
        steps += [Step(anew)] if anew else []

    def predict(rows: Rows) -> np.ndarray:
        return model.predict(replayed(tuple(steps), rows))

    reach = 0.5 if to is None else to
    if to is None and goal.value and goal.success * goal.value > goal.cost > 0:
        reach = goal.cost / (goal.success * goal.value)
    place = None if goal.task == "numeric" else goal.classes.index(goal.wanted)
    wish = Wish(reach, False, goal.target if place is None else f"{goal.target} “{goal.wanted}”", place)
    below = float(wish.of(predict(row))[0]) > reach
    return changed(predict, split.rows, row, replace(wish, below=below), actionable, most)


def _values(table: Rows, row: Rows, name: str) -> list[tuple[Any, float]]:
    """(value, distance) of a column's candidates, without what the row has."""
    if table.storage(name) == "number":
        known = np.sort(table[name][np.isfinite(table[name])])
        if not len(known):
            return []
        own = float(row[name][0])
        values = np.unique(np.quantile(known, (*MIDDLE[:1], *CUTS, *MIDDLE[1:]), method="nearest"))
        place = np.searchsorted(known, own) / len(known) if np.isfinite(own) else 0.5
        return [(float(v), float(abs(np.searchsorted(known, v) / len(known) - place)) + 0.05) for v in values if v != own]
    if table.storage(name) != "text":
        return []
    column, own_level = table.coded(name), _value(row, name)
    counts = column.counts()
    often = [int(i) for i in np.argsort(-counts, kind="stable")[:LEVELS] if counts[i] >= SEEN]
    return [(column.levels[i], 1.0) for i in often if column.levels[i] != own_level]


def _widened(
    beam: Sequence[tuple[dict[str, Any], float, float]], options: Mapping[str, list[tuple[Any, float]]], table: Rows, row: Rows
) -> list[tuple[dict[str, Any], float]]:
    """((column: value) with one change more, distance), each once; those of the better beginnings first."""
    made: dict[tuple[tuple[str, Any], ...], tuple[dict[str, Any], float]] = {}
    together: dict[tuple[str, Any, str, Any], bool] = {}
    for values, _, distance in beam:
        for name, candidates in options.items():
            if name in values:
                continue
            for value, far in candidates:
                fresh = {**values, name: value}
                key = tuple(sorted(fresh.items()))
                if key not in made and _seen(table, row, fresh, name, together):
                    made[key] = (fresh, distance + far)
    return list(made.values())


def _seen(table: Rows, row: Rows, values: Mapping[str, Any], name: str, together: dict[tuple[str, Any, str, Any], bool]) -> bool:
    """Whether a level occurs with each other level of the changed row in enough rows."""
    value = values[name]
    if not isinstance(value, str):
        return True
    column = table.coded(name)
    own: np.ndarray | None = None
    for other in table:
        if other == name or table.storage(other) != "text":
            continue
        beside = values.get(other, _value(row, other))
        if beside is None:
            continue
        key = (name, value, other, beside)
        if key not in together:
            there = table.coded(other)
            if len(there.levels) > LEVELS or beside not in there.levels:
                together[key] = True  # names of rows, or a level that the table never saw: nothing to compare
                continue
            own = column.codes == column.levels.index(value) if own is None else own
            together[key] = int(np.count_nonzero(own & (there.codes == there.levels.index(beside)))) >= SEEN
        if not together[key]:
            return False
    return True


def _cases(row: Rows, steps: Sequence[Mapping[str, Any]]) -> Rows:
    """The row once per step, with its changes."""
    many = row.take(np.zeros(len(steps), dtype=int))
    made: dict[str, np.ndarray | Coded] = {}
    for name in dict.fromkeys(name for step in steps for name in step):
        values = [step.get(name, _value(row, name)) for step in steps]
        if row.storage(name) == "number":
            made[name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        else:
            made[name] = Rows.of({name: np.array(values, dtype=object)}).coded(name)
    return many.plus(made)


def _value(row: Rows, name: str) -> Any:
    value = row[name][0]
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return None
    return float(value) if isinstance(value, np.floating) else value


def _shown(value: str | float | None, lang: str) -> str:
    if value is None:
        return "nothing" if lang == "en" else "空缺"
    return f"“{value}”" if isinstance(value, str) else plain(float(f"{value:.4g}")) if lang == "en" else f" {plain(float(f'{value:.4g}'))} "
