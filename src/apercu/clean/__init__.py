"""Clean: profile, convert, mend. The columns get their final kinds and roles, and every mend is an Expression with a note that counts it.

    data, notes = run(data, "Churn", Options())
    notes[0].say("zh"), notes[0].rows, notes[0].expression

What an expert's rules call the same comes first; all other mends together are one Step, so new rows go through the very same ones. Each can be
switched off: `off=("levels",)` by its name (same, trim, missing, levels, types), or `off=("clean-3",)` by the id of its note. Kinds and roles can
be said: `kind=("age=number",)`, `role=("customer=id",)`.

A target may be named by its plain number: column 15 of a file without a header is "15" or "column_15".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from ..core.dataset import Dataset, Note, Step
from ..core.errors import EmptyTable, UnknownName
from ..core.kinds import KINDS
from ..core.options import checked, option, pairs
from ..core.schema import ROLES, Column, Schema

if TYPE_CHECKING:
    from ..core.kinds import Profile
    from ..core.statements import Same
    from .mends import Mend

__all__ = ["Options", "run", "target_of"]

MENDS: Final = ("same", "trim", "missing", "levels", "types", "duplicates", "leaks", "suspicions")
WEIGHTS: Final = ("Freq", "freq", "weights", "sample_weight", "频数", "权重")


@dataclass(frozen=True)
class Options:
    """What is mended, and what the user knows better."""

    kind: tuple[str, ...] = option((), "column=kind: what a column means, against the guess")
    role: tuple[str, ...] = option((), "column=role: which part a column plays, against the guess")
    off: tuple[str, ...] = option((), "mends to leave out, by name (same, trim, missing, levels, types, leaks) or by the id of a note (clean-3)")
    drop_duplicates: bool = option(False, "remove rows that are exact copies of another")
    day_first: str = option("auto", "whether 1/2/2024 is the first of February", legal=("auto", "yes", "no"))


def run(data: Dataset, target: str | None, options: Options, sames: Sequence[Same] = ()) -> tuple[Dataset, list[Note]]:
    """The data mended, with final kinds and roles, and a note on every mend, decision and suspicion. sames: writings that experts call one level.

    Raises UnknownName (a target, column, kind, role or mend that does not exist), WordsError (a kind that the values cannot have) and
    EmptyTable (no rows, or nothing besides ids and constants).
    """
    from .duplicates import without_copies
    from .look import looked
    from .profile import profiles
    from .roles import assigned
    from .same import joined

    checked(options)
    if not data.n:
        raise EmptyTable(f"{data.source} has no rows; expected a table with rows.")
    target = None if target is None else target_of(data.schema, target)
    kinds, roles = _said(data.schema, options)
    data, told = joined(data, sames, options.off)
    data, duplicates = without_copies(data, drop=options.drop_duplicates)
    looks = looked(data)
    data, mended, mends = _mended(data, looks, options, kinds, len(sames))
    measured = profiles(data)
    schema = assigned(measured, data.schema, target, (kinds, roles))
    units = {m.name: m.unit for m in mends}
    data = data.with_schema(Schema(tuple(replace(c, unit=units.get(c.name, "")) for c in schema)))
    data, suspicions = _suspected(data, measured, target, roles, options)
    if target is not None:
        suspicions += _unknown_targets(measured[target])
    if not any(c.role in ("feature", "treatment", "time") for c in data.schema):
        raise EmptyTable(f"{data.source} has no column to learn from: besides the target all are ids, constants or suspects; see --role.")
    off = set(options.off)
    extra = _lost(mends, looks, measured) + ([] if "duplicates" in off else duplicates) + ([] if "suspicions" in off else suspicions)
    start = 1 + max((int(n.id.rpartition("-")[2]) for n in mended), default=len(sames))
    return data, told + mended + [replace(n, id=f"clean-{k}") for k, n in enumerate(extra, start)]


def target_of(schema: Schema, name: str) -> str:
    """The column that a target's name (or its plain number, from 1) means. Raises UnknownName with the nearest."""
    if name not in schema and name.isdigit() and 1 <= int(name) <= len(schema.names):
        return schema.names[int(name) - 1]
    stripped = name.strip()
    return stripped if stripped in schema else schema.column(name).name


def _said(schema: Schema, options: Options) -> tuple[dict[str, str], dict[str, str]]:
    """({column: kind}, {column: role}) of the user's words."""
    kinds, roles = pairs(options.kind, "kind"), pairs(options.role, "role")
    for words, what, known in ((kinds, "kind", KINDS), (roles, "role", ROLES)):
        for name, word in list(words.items()):
            schema.column(name)
            if word not in known:
                raise UnknownName(what, word, known)
    for word in options.off:
        if word not in MENDS and not (word.startswith("clean-") and word[6:].isdigit()):
            raise UnknownName("mend", word, MENDS)
    return kinds, roles


def _mended(
    data: Dataset, looks: Mapping[str, Any], options: Options, kinds: Mapping[str, str], before: int
) -> tuple[Dataset, list[Note], list[Mend]]:
    """(the data after one Step, the notes, the mends). A note keeps its number when another one is switched off; `before`: numbers taken."""
    from ..core.expression import Column as Of
    from .mends import mends_of, summed

    mends = mends_of(data, looks, options, kinds)
    notes = [note for mend in mends for note in mend.notes] + summed(mends)
    ids = {(note.column, note.id): f"clean-{k}" for k, note in enumerate(notes, 1 + before)}
    gone = {key for key, number in ids.items() if number in options.off}
    if gone:
        mends = mends_of(data, looks, options, kinds, gone)
        notes = [note for mend in mends for note in mend.notes] + summed(mends)
    step = Step({m.name: m.expression for m in mends if m.expression != Of(m.name)})
    columns = tuple(_stored(data.schema.column(name), type(e).__name__) for name, e in step.columns.items())
    new = (f"clean-{k}" for k in count(len(ids) + before + 1))
    kept = [replace(note, id=ids.get((note.column, note.id)) or next(new)) for note in notes]
    return data.applied(step, columns), kept, mends


def _lost(mends: list[Mend], looks: Mapping[str, Any], measured: Mapping[str, Profile]) -> list[Note]:
    """Notes on cells that became missing without a word so far: nothing may be lost silently."""
    notes = []
    for mend in mends:
        gone = measured[mend.name].missing - (looks[mend.name].rows - looks[mend.name].present) - mend.lost
        if gone > 0:
            en, zh = f"{gone:,} values could not be read and count as missing", f"{gone:,} 个值无法读取，视为缺失"
            notes.append(Note("clean", mend.name, {"en": en, "zh": zh}, gone, mend.expression.to_sql()))
    return notes


def _stored(column: Column, node: str) -> Column:
    storage = {"Number": "number", "Time": "time"}.get(node, "text")
    return replace(column, storage=storage, kind={"number": "number", "time": "time"}.get(storage, "category"))


def _suspected(
    data: Dataset, measured: Mapping[str, Profile], target: str | None, roles: Mapping[str, str], options: Options
) -> tuple[Dataset, list[Note]]:
    """(the data with leaks out of the features, notes on leaks and on numbers that may mean "missing")."""
    from .leaks import leaks, notes
    from .missing import sentinels

    found = leaks(data, target) if target is not None and "leaks" not in options.off else []
    found = [leak for leak in found if leak.name not in roles]
    for leak in found:
        if leak.out:
            column = data.schema.column(leak.name)
            data = data.with_schema(data.schema.changed(leak.name, role="leak", why=f"{column.why}; {leak.en}".removeprefix("; ")))
    numbers = [c.name for c in data.schema if c.kind == "number" and c.role in ("feature", "target")]
    ends = {n: (p.low, p.high, p.quantiles) for n in numbers if (p := measured[n]).low is not None and p.high is not None}
    weights = [_weight(n) for n in numbers if n in WEIGHTS]
    return data, notes(found) + sentinels(data, ends) + weights  # type: ignore[arg-type]


def _weight(name: str) -> Note:
    en = f"looks like a count of rows; --role {name}=weight lets each row count so often"
    return Note("clean", name, {"en": en, "zh": f"看起来是行的频数；可用 --role {name}=weight 按频数加权"})


def _unknown_targets(p: Profile) -> list[Note]:
    if not p.missing or p.missing == p.rows:
        return []
    en = f"{p.missing:,} rows have no value in the target; they are kept, but not learned from"
    return [Note("clean", p.name, {"en": en, "zh": f"{p.missing:,} 行缺少目标值；保留，但不参与学习"}, p.missing)]
