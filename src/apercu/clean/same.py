"""Same: writings that an expert says mean one level (“CA” is “California”) become that level, before anything else is mended.

    data, notes = joined(data, book.sames, off=())      # [Note: “CA”, “Calif.” → “California”, 31 rows]

An expert's word goes before every guess: “NA” that is said to be “Namibia” is not taken for missing. Blanks at the ends, letters' case and full-width
forms of a writing do not matter (as in `levels`) unless it is a single character. Each line is one note, and can be switched off: all by
off=("same",), one by the id of its note. New rows go through the same Step. What it does *not* do: touch numbers, or find writings by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from ..core.dataset import Dataset, Note, Step
from ..core.errors import WordsError
from ..core.expression import Column, Levels, Trim, literal, quoted
from ..core.statements import Same
from .levels import key_of

__all__ = ["joined"]

WIDEST: Final = 2  # times as long as a writing a value may be that is compared with it: full-width forms and blanks


def joined(data: Dataset, sames: Sequence[Same], off: Collection[str] = ()) -> tuple[Dataset, list[Note]]:
    """(the data after one Step, one note per line, clean-1 first). off: 'same', or ids of notes, for what is left as it is.

    Raises UnknownName for a column that is not there, WordsError for one that holds no text.
    """
    for same in sames:
        if (storage := data.schema.column(same.column).storage) != "text":
            raise WordsError(f"the rule {same.text!r} is about text, but the column {same.column} holds {storage}s.")
    taken = [(f"clean-{k}", same) for k, same in enumerate(sames, 1) if not {"same", f"clean-{k}"} & set(off)]
    pairs: dict[str, dict[str, str]] = {}
    notes = []
    for number, same in taken:
        found = _found(data, same)
        pairs.setdefault(same.column, {}).update({value: same.name for value in (*found, *same.writings) if value != same.name})
        notes.append(replace(_note(same, found), id=number))
    columns = {name: Levels(Trim(Column(name)), tuple(renamed.items())) for name, renamed in pairs.items()}
    notes = [replace(n, expression=columns[n.column].to_sql()) for n in notes]
    return data.applied(Step(columns), tuple(data.schema.column(name) for name in columns)), notes


def _found(data: Dataset, same: Same) -> dict[str, int]:
    """{value as it stands without blanks at its ends: rows} of the values that a line rewrites, most frequent first."""
    sought = {key_of(w) if len(key_of(w)) > 1 else w: w for w in (*same.writings, same.name)}
    longest = WIDEST * max(map(len, sought))
    trimmed = Trim(Column(same.column)).to_sql()
    query = f"SELECT {trimmed} AS value, count(*) FROM data WHERE length({trimmed}) <= {longest} GROUP BY value ORDER BY count(*) DESC, value"
    if all(len(key) == 1 for key in sought):
        query = query.replace("WHERE ", f"WHERE {trimmed} IN ({', '.join(map(literal, sought))}) AND ")
    told = {str(value): int(n) for value, n in data.engine.ask(data.table, query)}
    return {value: n for value, n in told.items() if value != same.name and (value in sought or (len(key_of(value)) > 1 and key_of(value) in sought))}


def _note(same: Same, found: dict[str, int]) -> Note:
    written = {"en": ", ".join(f"“{w}”" for w in found or same.writings), "zh": "".join(f"“{w}”" for w in found or same.writings)}
    if not found:
        en, zh = f"{written['en']}, which a rule calls “{same.name}”, stands nowhere", f"规则称为“{same.name}”的{written['zh']}没有出现"
    else:
        en, zh = f"{written['en']} became “{same.name}”, as a rule says", f"按规则将{written['zh']}改写为“{same.name}”"
    return Note("clean", same.column, {"en": en, "zh": zh}, sum(found.values()), quoted(same.column))
