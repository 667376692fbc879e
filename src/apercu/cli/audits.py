"""The command that looks at what is wrong: the faults of a study with their ids, the rows of one, what a mend would bring, and drift."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, Final

import numpy as np
import typer

from ..core.errors import UnknownName, WordsError
from ..core.fault import Fault
from ..core.options import option
from ..questions import confirmed, drifted, faults_of, gained, reweighed, rows_of
from ..study import Study
from .app import STUDY, Lang, app
from .files import form, plain_values, put
from .flags import command
from .tell import Terminal, progress, warned

__all__: list[str] = []

TOLD: Final = ("text", "number", "time")  # storages whose cells can be written
ODD: Final = "anomalies"  # the fault of odd rows
SHOWN: Final = 20  # rows of a fault that the terminal shows
HEADS: Final = ("id", "kind", "text", "mend", "rows", "can be applied")
NOTHING: Final = {"en": "No fault was found.", "zh": "没有发现问题。"}
ALIKE: Final = {"en": "The new rows are like those of the study.", "zh": "新数据与研究中的数据没有明显差别。"}
APPLY: Final = {"en": "Apply it with: {call}", "zh": "应用修正：{call}"}
CALL: Final = "apercu clean {study} --apply {id} --out FILE"


@dataclasses.dataclass(frozen=True)
class _Asked:
    """What is wanted of the study's faults."""

    fault: str | None = option(None, "the fault, by its id or kind, whose rows are shown or written")
    kind: str | None = option(None, "only faults of this kind, such as label, anomaly, values, slice, bias")
    odd: tuple[int, ...] = option(
        (), "a row that you know to be odd, by its number; the odd rows are told anew, and kept: name all that you know each time"
    )
    usual: tuple[int, ...] = option((), "a row that you know to be usual; repeat it")
    gain: str | None = option(
        None,
        "the fault, by its id or kind, without whose rows (of bias: under other weights) the model is trained anew, and what that brings",
    )


@command(
    app,
    "audit",
    "apercu audit churn.study",
    "apercu audit churn.study --fault label --out doubtful.csv",
    "apercu audit churn.study --gain label",
    "apercu audit churn.study --odd 812 --usual 17 --usual 305",
    "apercu audit churn.study june.csv --lang zh",
    panel="Answers",
)
def _audit(
    study: STUDY,
    asked: _Asked,
    lang: Lang,
    source: Annotated[str | None, typer.Argument(metavar="NEW", help="new rows with the same columns: how they differ from the study's")] = None,
    out: Annotated[Path | None, typer.Option(help="file to write: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """What is wrong: the faults of a study, the rows of one, what training without them brings, or how new rows have drifted."""
    if out is not None:
        form(out)
    if source is not None and (asked.odd or asked.usual or asked.gain or asked.fault):
        raise WordsError("--odd, --usual, --fault and --gain are about the study's own rows; leave out the new ones.")
    opened, shown = Study.load(study), Terminal(lang.lang)
    if asked.odd or asked.usual:
        opened = _confirmed(opened, asked)
        opened.save(study, overwrite=True, lang=lang.lang)
    if asked.gain is not None:
        _gain(opened, asked.gain, out, shown)
        return
    if asked.fault is not None:
        _rows(opened, faults_of(opened, [asked.fault]), out, shown)
        return
    if source is not None:
        with warned():
            faults = drifted(opened, source)
    else:
        faults = list(opened.faults)
    kind = "anomaly" if asked.odd or asked.usual else asked.kind
    if asked.kind is not None and faults and asked.kind not in {fault.kind for fault in faults}:
        raise UnknownName("kind of fault", asked.kind, sorted({fault.kind for fault in faults}))
    faults = [fault for fault in faults if kind in (None, fault.kind)]
    rows = [[f.id, f.kind, f.say(lang.lang), f.mend[lang.lang], len(f.rows), f.change is not None] for f in faults]
    if put(out, [fault.to_json() for fault in faults], HEADS, rows):
        return
    nothing = NOTHING if source is None else ALIKE
    shown.sentences([_told(fault, study, lang.lang) for fault in faults] or [nothing[lang.lang]])
    if out is not None:
        shown.line("wrote", path=out, n=len(faults))


def _confirmed(opened: Study, asked: _Asked) -> Study:
    """The study with its odd rows told anew."""
    anew = confirmed(opened, asked.odd, asked.usual)
    place = next((i for i, fault in enumerate(opened.faults) if fault.id == ODD), len(opened.faults))
    others = [fault for fault in opened.faults if fault.id != ODD]
    return dataclasses.replace(opened, faults=(*others[:place], *anew, *others[place:]))


def _gain(opened: Study, fault: str, out: Path | None, shown: Terminal) -> None:
    """What training anew brings: under weights that even groups out for unequal treatment, without the rows for all other faults."""
    bias = all(one.kind == "bias" for one in faults_of(opened, [fault]))
    with progress(shown.lang):
        found = reweighed(opened, [fault]) if bias else [gained(opened, [fault])]
    trees = [one._asdict() for one in found]
    if not put(out, trees, list(trees[0]), [list(tree.values()) for tree in trees]):
        shown.sentences([one.say(shown.lang) for one in found])


def _told(fault: Fault, study: Path, lang: str) -> str:
    """A fault with its id before it, its mend behind it, and how that is applied where it can be."""
    gap = "" if lang == "zh" else " "
    how = gap + APPLY[lang].format(call=CALL.format(study=quote(str(study)), id=quote(fault.id))) if fault.change is not None else ""
    return f"[{fault.id}] {fault.say(lang)}{gap}{fault.mend[lang]}{how}"


def _rows(opened: Study, faults: list[Fault], out: Path | None, shown: Terminal) -> None:
    """The rows of faults, the worst first, with the table's own columns."""
    names = ["_row", *(c.name for c in opened.data.schema if not c.derived and c.storage in TOLD)]
    whole = opened.data.rows(tuple(names))
    place = {int(row): i for i, row in enumerate(whole["_row"])}
    numbers = dict.fromkeys(row for fault in faults for row in rows_of(opened, fault))
    rows = whole.take(np.array([place[row] for row in numbers if row in place], dtype=int))
    columns = [plain_values(rows[name]) for name in names]
    cells: list[list[Any]] = [list(row) for row in zip(*columns, strict=True)]
    header = ["row", *names[1:]]
    if put(out, [dict(zip(header, row, strict=True)) for row in cells], header, cells):
        return
    shown.sentences([fault.say(shown.lang) for fault in faults])
    heads = {shown.lang: tuple((name, "left") for name in header)}
    shown.table(heads, [tuple("" if cell is None else str(cell) for cell in row) for row in cells[:SHOWN]])
    if out is not None:
        shown.line("wrote", path=out, n=len(cells))
