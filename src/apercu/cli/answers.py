"""The commands that answer one question of a table: what comes next, how long until, what goes with whom. Nothing is computed here."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Final

import typer

from .. import collect, reason
from ..core.errors import WordsError
from ..core.options import option
from ..questions import ahead, lasting, placed, takers
from ..study import Options, Study, taught
from .app import SOURCES, STUDY, Lang, app
from .files import folder_of, form, put, table_of
from .flags import command
from .reasoning import Asked, answer
from .tell import ODD, WANTED, Terminal, progress, warned

__all__: list[str] = []

PLACES: Final = ("row", "x", "y", "oddness")
SHOWN: Final = ("recommender", "popular", "recommender − popular")  # of a recommender's scores; its members' stand in `Recommender.scores`


@dataclasses.dataclass(frozen=True)
class _Ahead:
    """What is forecast, and how far."""

    target: str | None = option(None, "the number to forecast; by default the study's target")
    time: str | None = option(None, "the column of moments; by default the clock that was found")
    by: tuple[str, ...] = option((), "a column whose values tell the series apart; repeat it for several")
    horizon: int | None = option(None, "steps ahead; by default what the step suggests", legal=(1, 10_000))
    known: tuple[str, ...] = option((), "a column whose future is known, in rows without a target; repeat it for several")
    coverage: float = option(0.9, "share of the values that shall lie inside the intervals", legal=(0.5, 0.99))
    model: tuple[str, ...] = option((), "a model to try besides, however long it takes: arima or rnn; repeat it for several")


@dataclasses.dataclass(frozen=True)
class _Taken:
    """Who took what, and for whom something is sought."""

    user: str | None = option(None, "the column that says who")
    item: str | None = option(None, "the column that says what")
    rating: str | None = option(None, "the column that says how much, or how well liked")
    time: str | None = option(None, "the column that says when; by default the clock that was found")
    whom: str | None = option(None, "for whom something is sought; left out, for someone of whom nothing is known")
    like: str | None = option(None, "an item; what goes with it is told instead")
    k: int = option(10, "how many are told", legal=(1, 1_000))


@dataclasses.dataclass(frozen=True)
class _Lasting:
    """Until what, and since when."""

    event: str | None = option(None, "the column that says whether it has happened; by default the study's target")
    duration: str | None = option(None, "the column that says how long each row was followed, a number")
    happened: str | None = option(None, "the level of the event that means yes; by default the one that reads so")
    columns: tuple[str, ...] = option((), "a column to learn from; repeat it; by default all but those that give the duration away")
    horizon: float | None = option(
        None, "how far ahead risks are told, in the duration's unit; by default a sixth of the longest", legal=(1e-9, 1e12)
    )
    k: int = option(10, "how many rows at risk are told", legal=(0, 10_000))


@command(
    app,
    "forecast",
    "apercu forecast sales.csv --target sold --by store --horizon 28",
    "apercu forecast sales.study --horizon 12 --lang zh --out next.csv",
    panel="Answers",
)
def _forecast(
    source: SOURCES,
    asked: _Ahead,
    lang: Lang,
    collected: collect.Options,
    out: Annotated[Path | None, typer.Option(help="file to write every step to: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """Forecasts a number along the table's clock, for each series and in total, with intervals that were measured on the past."""
    if out is not None:
        form(out)
    with progress(lang.lang):
        data, target = table_of(source, collected)
        how = {"coverage": asked.coverage, "members": asked.model}
        made = ahead(data, asked.target or target, asked.time, by=asked.by, horizon=asked.horizon, known=asked.known, how=how)
    steps = [[*path.key, *step] for path in made.series for step in zip(path.times, path.mean, path.low, path.high, strict=True)]
    if put(out, made.to_json(), [*asked.by, "time", "forecast", "low", "high"], steps):
        return
    shown = Terminal(lang.lang)
    shown.sentences([made.say(lang.lang), made.how(lang.lang)])
    if out is not None:
        shown.line("wrote", path=out, n=len(steps))
    shown.notes(made.notes)


@command(
    app,
    "survive",
    "apercu survive customers.csv --event churned --duration tenure_months",
    "apercu survive churn.study --duration tenure_months --horizon 6 --lang zh --out risks.csv",
    panel="Answers",
)
def _survive(
    source: SOURCES,
    asked: _Lasting,
    lang: Lang,
    collected: collect.Options,
    out: Annotated[
        Path | None, typer.Option(help="file to write: .csv for every row's risk, .json for the whole; - is standard output, as CSV")
    ] = None,
) -> None:
    """Survival analysis: how long until an event, which rows are most at risk, and which columns tell; rows without the event count as censored."""
    if out is not None:
        form(out)
    if asked.duration is None:
        raise WordsError("name the column that says how long each row was followed: --duration.")
    with progress(lang.lang):
        data, target = table_of(source, collected)
        event = asked.event or target
        made = lasting(data, asked.duration, event, happened=asked.happened or "", columns=asked.columns, horizon=asked.horizon)
    if put(out, made.to_json(), ["row", "since", "chance", "left"], [[r.row, r.since, r.chance, r.left] for r in made.at_risk]):
        return
    shown = Terminal(lang.lang)
    shown.survival(made, asked.k)
    if out is not None:
        shown.line("wrote", path=out, n=len(made.at_risk))


@command(
    app,
    "recommend",
    "apercu recommend orders.csv --user customer --item product --whom c17",
    "apercu recommend ratings.csv --user userId --item movieId --rating rating --whom 42 --lang zh",
    panel="Answers",
)
def _recommend(
    source: SOURCES,
    asked: _Taken,
    lang: Lang,
    collected: collect.Options,
    out: Annotated[Path | None, typer.Option(help="file to write the list to: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """Recommends what someone will take next, with the reasons; scored on what people took later."""
    if asked.user is None or asked.item is None:
        raise WordsError("name the columns that say who took what: --user and --item.")
    if out is not None:
        form(out)
    with progress(lang.lang):
        made = takers(table_of(source, collected)[0], asked.user, asked.item, rating=asked.rating, time=asked.time)
    told = made.similar(asked.like, asked.k) if asked.like is not None else made.recommend(asked.whom, asked.k)
    rows = [[one.item, one.score, one.say(lang.lang)] for one in told]
    if put(out, [one.to_json() for one in told], ["item", "score", "why"], rows):
        return
    shown = Terminal(lang.lang)
    shown.sentences([one.say(lang.lang) for one in told])
    shown.scores([score for score in made.scores if score.model in SHOWN])
    if out is not None:
        shown.line("wrote", path=out, n=len(told))


@command(
    app,
    "ask",
    "apercu ask churn.study unlabelled.csv --n 50 --out ask.csv",
    "apercu ask tickets.study --n 20 --lang zh",
    panel="Answers",
)
def _ask(
    study: STUDY,
    lang: Lang,
    source: Annotated[str | None, typer.Argument(metavar="NEW", help="rows without a label; by default those of the study's table")] = None,
    n: Annotated[int, typer.Option(help="how many rows", min=1, max=10_000)] = 20,
    out: Annotated[Path | None, typer.Option(help="file to write: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """Which rows to label next: those whose label would teach the study's model most, each unlike those before it.

    With a question such as 'works_for(?, "Acme")' in place of NEW: its answers from the study's graph, as `apercu reason` gives them.
    """
    if source is not None and reason.is_question(source):
        answer(study, source, Asked(k=n), lang.lang, reason.Options(), out)
        return
    if out is not None:
        form(out)
    with warned():
        found = Study.load(study).ask(n, source)
    rows = [[one.row, one.worth, one.prediction, one.probability] for one in found]
    if put(out, [one.to_json() for one in found], ["row", "worth", "prediction", "probability"], rows):
        return
    shown = Terminal(lang.lang)
    shown.table(
        WANTED,
        [
            (
                f"{one.row:,}",
                f"{one.worth:.3f}",
                f"{one.prediction:g}" if isinstance(one.prediction, float) else one.prediction,
                "" if one.probability is None else f"{one.probability:.0%}",
            )
            for one in found
        ],
    )
    if out is not None:
        shown.line("wrote", path=out, n=len(found))


@command(app, "adapt", "apercu adapt churn.study spring.csv --out spring.study", panel="Answers")
def _adapt(
    study: STUDY,
    source: Annotated[str, typer.Argument(metavar="NEW", help="new rows with the same columns, whose target is known")],
    lang: Lang,
    options: Options,
    out: Annotated[Path | None, typer.Option(help="the new study's folder; <source>.study in the current folder when left out")] = None,
) -> None:
    """A study of new rows that knows what an earlier one has learned; its scores say what that is worth over the new rows alone."""
    folder = folder_of([source], None if out is None else str(out))
    with progress(lang.lang):
        made = Study.load(study).adapt(source, options)
        made.save(folder, overwrite=True, lang=lang.lang)
    shown = Terminal(lang.lang)
    shown.study(made)
    shown.title("written")
    shown.line("study", path=folder)
    shown.line("page", path=folder / "page.html")


@command(app, "teach", "apercu teach churn.study --rules churn.rules", panel="Answers")
def _teach(
    study: STUDY,
    lang: Lang,
    options: Options,
    rules: Annotated[Path | None, typer.Option(help="the file of rules")] = None,
    out: Annotated[Path | None, typer.Option(help="the taught study's folder; left out, the study itself is written anew")] = None,
) -> None:
    """Teaches a study expert rules: a verdict on each, and a model that they join where that helps, also by labelling rows that have no label."""
    if rules is None:
        raise WordsError("name the file of rules: --rules FILE.")
    folder = folder_of([str(study)], str(out or study))
    with progress(lang.lang):
        made = taught(Study.load(study), rules, options)
        made.save(folder, overwrite=True, lang=lang.lang)
    shown = Terminal(lang.lang)
    shown.study(made)
    shown.title("written")
    shown.line("study", path=folder)
    shown.line("page", path=folder / "page.html")


@command(app, "map", "apercu map churn.study --out places.csv", panel="Answers")
def _map(
    study: STUDY,
    lang: Lang,
    k: Annotated[int, typer.Option(help="how many of the oddest rows are told", min=0, max=10_000)] = 10,
    out: Annotated[Path | None, typer.Option(help="file to write every row's place to: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """A map of a study's rows by an autoencoder (extra deep): like rows lie near each other, odd ones are told; the report draws it."""
    if out is not None:
        form(out)
    opened = Study.load(study)
    with progress(lang.lang):
        found = placed(opened)
    rows = [[int(row), *map(float, told)] for row, *told in zip(found.rows, found.x, found.y, found.oddness, strict=True)]
    others = tuple(c for c in opened.curves if c.kind != "map")
    dataclasses.replace(opened, curves=(*others, found.curve())).save(study, overwrite=True, lang=lang.lang)
    if put(out, [dict(zip(PLACES, row, strict=True)) for row in rows], PLACES, rows):
        return
    shown = Terminal(lang.lang)
    oddest = sorted(rows, key=lambda row: -row[3])[:k]
    shown.table(ODD, [(f"{row:,}", f"{odd:.3g}", f"{x:.2f}", f"{y:.2f}") for row, x, y, odd in oddest])
    shown.line("kept", path=study)
    if out is not None:
        shown.line("wrote", path=out, n=len(rows))
