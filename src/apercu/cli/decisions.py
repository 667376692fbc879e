"""The command that turns a study into decisions: its actions, whom they address, the plan, a budget, and what would have to change."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from .. import train
from ..advise.plan import planned
from ..core.errors import WordsError
from ..core.options import option, pairs
from ..questions import addressees, drifted, monitored, whatif
from ..study import Study
from .app import STUDY, Lang, app
from .files import form, put
from .flags import command
from .tell import Terminal, warned

__all__: list[str] = []

ENDINGS: Final = (".csv", ".json", ".sql")
NOTHING: Final = {"en": "The study planned nothing and found nothing that could be counted anew.", "zh": "该研究没有可重新统计的行动或发现。"}
STOPPED: Final = {"en": "{n} rows are left out because a veto names them.", "zh": "因禁令排除了 {n} 行。"}


@dataclasses.dataclass(frozen=True)
class _Asked:
    """What is wanted of the study's actions."""

    list: int | None = option(None, "the action, by its number, whose addressees are listed", legal=(1, 1_000))
    plan: str | None = option(None, "file to write the one-page plan to, as Markdown; - is standard output")
    budget: float | None = option(None, "money to spread over the treatments that were tried", legal=(0.0, 1e15))
    price: tuple[str, ...] = option((), "what one treatment costs a case, TREATMENT=MONEY; repeat it; by default the goal's cost")
    actionable: tuple[str, ...] = option((), "a column that can be acted upon, for what would have to change of one row; repeat it")
    row: int = option(1, "the row that is asked about, with --actionable", legal=(1, 1e12))
    to: float | None = option(None, "the probability (or number) to reach, with --actionable")
    profiles: bool = option(False, "the groups that rows fall into, what sets each apart, and what follows for an offer")
    rfm: tuple[str, ...] = option((), "three columns: customer, moment and amount; tells the segments of customers; repeat it three times")


@command(
    app,
    "advise",
    "apercu advise churn.study --list 1 --out who.csv",
    "apercu advise churn.study --plan plan.md --lang zh",
    "apercu advise churn.study new.csv --actionable contract --actionable support_calls --row 3",
    panel="Answers",
)
def _advise(
    study: STUDY,
    asked: _Asked,
    lang: Lang,
    source: Annotated[str | None, typer.Argument(metavar="NEW", help="rows that are addressed or asked about; by default the study's table")] = None,
    out: Annotated[Path | None, typer.Option(help="file to write: .csv, .json, or .sql of a list; - is standard output, as CSV")] = None,
) -> None:
    """What to do: the actions of a study with the trial that would prove each, their addressees, the plan, a budget, and what-if."""
    if out is not None:
        form(out, ENDINGS)
    opened, shown = Study.load(study), Terminal(lang.lang)
    with warned():
        if asked.actionable:
            found = whatif(opened, asked.actionable, asked.row, source=source, to=asked.to)
            rows = [[c.column, c.before, c.after, i, p.after] for i, p in enumerate(found.paths, 1) for c in p.changes]
            told = put(out, found.to_json(), ["column", "before", "after", "path", "prediction"], rows)
            return None if told else shown.sentences([found.say(lang.lang)])
        if asked.rfm:
            return _segments(opened, asked.rfm, out, shown)
        if asked.profiles:
            return _profiles(opened, out, shown)
        if asked.budget is not None:
            return _spread(opened, asked, out, shown)
        if asked.list is not None:
            return _listed(opened, (asked.list, source), out, shown)
    if asked.plan is not None:
        page = planned(opened.actions, opened.findings, opened.goal, lang.lang)
        if asked.plan == "-":
            typer.echo(page)
        else:
            Path(asked.plan).write_text(page, encoding="utf-8")
            shown.sentences([asked.plan])
        return None
    shown.sentences([a.say(lang.lang) + (" " if a.trial else "") + a.trial.get(lang.lang, "") for a in opened.actions])
    return None


@command(app, "monitor", "apercu monitor churn.study june.csv", "apercu monitor churn.study june.csv --lang zh --out check.json", panel="Answers")
def _monitor(
    study: STUDY,
    source: Annotated[str, typer.Argument(metavar="NEW", help="rows that came later, with the same columns; their target may be known or not")],
    lang: Lang,
    out: Annotated[Path | None, typer.Option(help="file to write: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """Does it go as planned? The conditions of a study's actions and findings counted anew on later rows, and which columns have drifted."""
    if out is not None:
        form(out)
    opened, shown = Study.load(study), Terminal(lang.lang)
    with warned():
        found, faults = monitored(opened, source), drifted(opened, source)
    checks = [("action", one.rank, one.verdict, one.say(lang.lang)) for one in found.actions]
    checks += [("finding", one.rank, one.verdict, one.say(lang.lang)) for one in found.findings]
    checks += [("drift", i, fault.id, fault.say(lang.lang)) for i, fault in enumerate(faults, 1)]
    tree = {**found.to_json(), "drift": [fault.to_json() for fault in faults]}
    if put(out, tree, ["what", "rank", "verdict", "text"], checks):
        return
    shown.sentences([found.say(lang.lang) or NOTHING[lang.lang]])
    for what, title in (("action", "actions"), ("finding", "findings"), ("drift", "faults")):
        own = [check for check in checks if check[0] == what]
        if own:
            shown.title(title)
            shown.sentences([text for *_, text in own], [f"{rank}." if what == "finding" else "" for _, rank, *_ in own])
    if out is not None:
        shown.line("wrote", path=out, n=len(checks))


def _listed(opened: Study, what: tuple[int, str | None], out: Path | None, shown: Terminal) -> None:
    who = addressees(opened, *what)
    if out is not None and out.suffix == ".sql":
        out.write_text(who.sql + "\n", encoding="utf-8")
    elif put(out, who.to_json(), who.header, who.rows):
        return
    shown.sentences([who.sql if len(who.sql) < 400 else who.sql[:400] + " ..."])
    if who.stopped:
        shown.sentences([STOPPED[shown.lang].format(n=f"{who.stopped:,}")])
    if out is not None:
        shown.line("wrote", path=out, n=len(who.rows))


def _spread(opened: Study, asked: _Asked, out: Path | None, shown: Terminal) -> None:
    from ..advise.policy import allocated, gains

    if opened.goal is None or opened.goal.treatment is None or opened.split is None:
        raise WordsError("a budget is spread over treatments; run the study with the column of treatments named (--role COLUMN=treatment).")
    costs = {name: _number(text) for name, text in pairs(asked.price, "price").items()}
    net = gains(opened.split, costs, train.regression)
    if not net:
        raise WordsError("none of the treatments is shown to do anything; there is nothing to spread a budget over.")
    plan = allocated(net, {name: costs.get(name, opened.goal.cost) for name in net}, asked.budget)
    rows = [[int(row), name, float(net[name][i])] for i, (row, name) in enumerate(zip(opened.split.rows["_row"], plan.chosen, strict=True)) if name]
    tree = [dict(zip(("row", "action", "gain"), row, strict=True)) for row in rows]
    if put(out, tree, ["row", "action", "gain"], rows):
        return
    shown.sentences([plan.say(shown.lang)])
    if out is not None:
        shown.line("wrote", path=out, n=len(rows))


def _profiles(opened: Study, out: Path | None, shown: Terminal) -> None:
    from ..advise.profiles import profiled

    assert opened.split is not None
    found = profiled(opened.split)
    rows = [[row, group.number] for group in found for row in group.rows]
    if put(out, [vars(group) for group in found], ["row", "group"], rows):
        return
    nothing = {"en": "The rows do not fall into groups.", "zh": "各行没有明显的分组。"}
    shown.sentences([group.say(shown.lang) for group in found] or [nothing[shown.lang]])
    if out is not None:
        shown.line("wrote", path=out, n=len(rows))


def _segments(opened: Study, names: tuple[str, ...], out: Path | None, shown: Terminal) -> None:
    from ..advise.segments import rfm

    if len(names) != 3:
        raise WordsError("--rfm wants three columns: customer, moment and amount; name it three times, in this order.")
    for name in names:
        opened.data.schema.column(name)
    customer, moment, amount = names
    found = rfm(opened.data.rows(names), customer, moment, amount)
    rows: list[list[Any]] = [[name, s.name] for s in found for name in s.customers]
    if put(out, [s.to_json() for s in found], [customer, "segment"], rows):
        return
    shown.sentences([s.say(shown.lang) for s in found])
    if out is not None:
        shown.line("wrote", path=out, n=len(rows))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise WordsError(f"--price expects a number after the equals sign, such as sms=0.1; got {text!r}.") from None
