"""The commands: `apercu run`, and one per thing that one may want of a study or of a source.

Nothing is computed here: every command calls a public function that a program may call as well, and shows or writes what it gave.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

from .. import clean, collect, deploy, discover, engine, train
from ..core.condition import Condition
from ..core.errors import WordsError
from ..core.kinds import KINDS
from ..core.options import option
from ..core.registry import parts
from ..core.schema import ROLES
from ..demo import DEMOS, demo
from ..predictor import METHODS
from ..study import Options, Study, ahead, lasting, run, takers
from ..words.numbers import plain, signed
from .flags import command
from .tell import COLUMNS, NEAREST, PARTS, PROFILE, REASONS, Terminal, progress, warned, write_csv, write_json

__all__ = ["app"]

app = typer.Typer(name="apercu", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")

SHOWN: Final = ("recommender", "popular", "recommender − popular")  # of a recommender's scores; its members' stand in `Recommender.scores`
SEVERAL: Final = " | "  # between the classes of a set in a cell
SAME_ROWS: Final = 0.7  # share of rows (Jaccard) from which a finding is said to speak of a planted group


@dataclasses.dataclass(frozen=True)
class _Aim:
    """What is to be explained, and what it is worth."""

    target: str | None = option(None, "the column to explain and predict; left out, the measures are chosen from the columns")
    wanted: str | None = option(None, "the level of the target whose rate findings speak of")
    value: float | None = option(None, "money that one wanted outcome is worth, or costs when it is unwanted", unit="money")
    cost: float = option(0.0, "money that one offer costs", unit="money", legal=(0.0, 1e12))
    success: float = option(0.3, "share of addressees on whom an offer works", legal=(0.0, 1.0))
    alike: tuple[str, ...] = option((), "a column whose groups must be treated alike; repeat it for several")
    rules: str | None = option(None, "a file of expert rules, one 'when ... then ...' a line")
    graph: str | None = option(None, "a file of facts that go with the table: head, relation, tail")
    test: str | None = option(None, "a file with the same columns, on which the models are scored besides")


@dataclasses.dataclass(frozen=True)
class _Told:
    """What is told, and where it is written."""

    lang: str = option("en", "language of what is told", legal=("en", "zh"))
    json: str | None = option(None, "write the whole study as JSON to this file; - is standard output, and then nothing else stands there")
    out: str | None = option(None, "the study's folder; <source>.study in the current folder when left out")
    page: str | None = option(None, "write the report to this file as well; it lies in the study's folder anyway")
    save: bool = option(True, "write the study's folder")


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


@dataclasses.dataclass(frozen=True)
class _Sure:
    """How sure each prediction is to be told."""

    coverage: float | None = option(None, "also tell an interval, or a set of classes, that holds this share of new rows", legal=(0.0, 1.0))
    method: str = option("conformal", "how intervals of a number are made; quantile fits a model of the errors first", legal=METHODS)


@dataclasses.dataclass(frozen=True)
class _Lang:
    """The language alone."""

    lang: str = option("en", "language of what is told", legal=("en", "zh"))


STUDY = Annotated[Path, typer.Argument(metavar="STUDY", help="a study's folder, as `apercu run` wrote it")]
SOURCES = Annotated[list[str], typer.Argument(metavar="SOURCE", help="files, a folder, or a database address; several are joined")]
FRESH = Annotated[str, typer.Argument(metavar="NEW", help="new rows with the same columns: a file or a database address")]


def _listed(asked: bool) -> None:
    if asked:
        _show_parts()
        raise typer.Exit


def _write(study: Study, folder: Path | None, told: _Told) -> None:
    """Writes what was asked for: the study's folder, the report, the JSON."""
    if folder is not None:
        study.save(folder, overwrite=True, lang=told.lang)
    if told.page:
        study.page(told.page, told.lang)
    if told.json:
        write_json(Path(told.json), study.to_json())


@command(
    app,
    "run",
    "apercu run customers.csv --target churned --value 300 --cost 10",
    "apercu run sales.parquet --lang zh --effort quick --json - | jq .findings",
    panel="The whole trip",
)
def _run(
    source: SOURCES,
    aim: _Aim,
    told: _Told,
    options: Options,
    parts: Annotated[bool, typer.Option("--list", help="list the parts that were found, and stop", is_eager=True, callback=_listed)] = False,
) -> None:
    """The whole trip: a source becomes findings, a model, faults, priced actions and a report."""
    folder = _folder(told, source)
    worth = {name: got for name in ("wanted", "value", "cost", "success", "alike") if (got := getattr(aim, name)) is not None}
    with progress(told.lang):
        study = run(
            source if len(source) > 1 else source[0],
            aim.target,
            goal=worth,
            rules=Path(aim.rules) if aim.rules else (),
            graph=aim.graph,
            test=aim.test,
            options=options,
        )
        _write(study, folder, told)
    if told.json != "-":
        out = Terminal(told.lang)
        out.study(study)
        _show_places(out, folder, told.page)


@command(app, "demo", "apercu demo churn", "apercu demo diagnosis --lang zh", panel="The whole trip")
def _demo(
    told: _Told,
    name: Annotated[str, typer.Argument(metavar="|".join(DEMOS), help="which example")] = "churn",
) -> None:
    """A study of an example: `churn` has planted truths, printed beside what was found; `diagnosis` and `digits` are real tables."""
    example = demo(name)
    folder = _folder(told, [name])
    with progress(told.lang):
        study = run(example.columns, example.target, goal=example.goal)
        _write(study, folder, told)
    if told.json != "-":
        out = Terminal(told.lang)
        out.say(example.words)
        out.study(study)
        if example.truths:
            out.title("planted")
            out.sentences([f"{truth.words[told.lang]} {out.found(_ranks(study, truth.where))}" for truth in example.truths])
        _show_places(out, folder, told.page)


@command(app, "show", "apercu show churn.study --notes", "apercu show churn.study --json - | jq '.findings[].sql'", panel="A study")
def _show(
    study: STUDY,
    lang: _Lang,
    notes: Annotated[bool, typer.Option("--notes", help="also every mend and decision")] = False,
    as_json: Annotated[Path | None, typer.Option("--json", help="write the whole study as JSON to this file; - is standard output")] = None,
) -> None:
    """What a saved study found: findings, scores, actions, faults."""
    opened = Study.load(study)
    if as_json is not None:
        write_json(as_json, opened.to_json())
        return
    out = Terminal(lang.lang)
    out.study(opened)
    if notes:
        out.notes(opened.notes)


@command(app, "page", "apercu page churn.study churn.html --lang zh", panel="A study")
def _page(study: STUDY, out: Annotated[Path, typer.Argument(metavar="OUT.html", help="the file to write")], lang: _Lang) -> None:
    """Writes a saved study's report: one page that opens offline."""
    Study.load(study).page(out, lang.lang)
    Terminal(lang.lang).line("page", path=out)


@command(app, "serve", "apercu serve churn.study", "apercu serve churn.study --host 0.0.0.0 --port 80 --token $TOKEN", panel="A study")
def _serve(
    study: STUDY,
    host: Annotated[str, typer.Option(help="address to listen on; beyond this machine a token is needed")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=0, max=65_535)] = 8000,
    token: Annotated[str | None, typer.Option(help="what callers must send as `Authorization: Bearer ...`", envvar="APERCU_TOKEN")] = None,
) -> None:
    """Answers over HTTP: predictions, explanations, findings, the report."""
    deploy.serve(Study.load(study), host=host, port=port, token=token)


@command(
    app,
    "predict",
    "apercu predict churn.study new.csv --out predictions.csv",
    "apercu predict prices.study new.csv --coverage 0.9",
    panel="A study",
)
def _predict(
    study: STUDY,
    source: FRESH,
    sure: _Sure,
    lang: _Lang,
    out: Annotated[Path, typer.Option(help="file to write: .csv or .json; - is standard output, as CSV")] = Path("-"),
) -> None:
    """Predicts each row of a new source with the model of a study; with `--coverage`, tells how sure each prediction is."""
    _form(out)
    with warned():
        predicted = Study.load(study).predict(source, sure.coverage, method=sure.method)
    flat = [{"row": i, **_flat(told)} for i, told in enumerate(predicted, 1)]
    if out.suffix == ".json":
        write_json(out, flat)
    else:
        write_csv(out, list(flat[0]) if flat else ["row"], [list(told.values()) for told in flat])
    if str(out) != "-":
        Terminal(lang.lang).line("wrote", path=out, n=len(flat))


@command(
    app, "explain", "apercu explain churn.study new.csv --row 3", "apercu explain churn.study new.csv --row 3 --nearest 5 --lang zh", panel="A study"
)
def _explain(
    study: STUDY,
    source: FRESH,
    lang: _Lang,
    row: Annotated[int, typer.Option(help="which row, from 1", min=1)] = 1,
    nearest: Annotated[int, typer.Option(help="also so many rows of the table that the model treats most like it", min=0, max=100)] = 0,
) -> None:
    """What moved the prediction of one row of a new source, largest part first."""
    opened = Study.load(study)
    with warned():
        predicted, reasons = opened.predicted(source, row)
    shown = Terminal(lang.lang)
    shown.prediction(opened, predicted)
    shown.table(REASONS, [(reason.column, _shown(reason.value), signed(_short(reason.contribution))) for reason in reasons])
    if nearest:
        shown.title("nearest")
        cases = [
            (f"{c.row:,}", plain(_short(c.distance)), plain(_short(c.prediction)), _shown(c.truth)) for c in opened.nearest(source, row, nearest)
        ]
        shown.table(NEAREST, cases)


@command(app, "evaluate", "apercu evaluate churn.study new.csv", "apercu evaluate churn.study --learning", panel="A study")
def _evaluate(
    study: STUDY,
    lang: _Lang,
    source: Annotated[str | None, typer.Argument(metavar="NEW", help="new rows whose target is known, to score the models on")] = None,
    learning: Annotated[bool, typer.Option("--learning", help="fit the best family on parts of the rows: would more rows help?")] = False,
) -> None:
    """How good a study's models are: on rows that they did not see, on a new source, and with fewer rows to learn from."""
    opened = Study.load(study)
    if not opened.scores:
        raise WordsError(f"{study} has no model to evaluate, because no target was named; run it again with a target.")
    shown = Terminal(lang.lang)
    shown.scores(opened.scores if source is None else opened.evaluate(source))
    if learning:
        with progress(lang.lang):
            curve, scores = opened.learning_curve()
        shown.learning(curve, scores)
        others = tuple(c for c in opened.curves if c.kind != curve.kind)
        dataclasses.replace(opened, curves=(*others, curve)).save(study, overwrite=True, lang=lang.lang)
        shown.line("kept", path=study)


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
    lang: _Lang,
    collected: collect.Options,
    out: Annotated[Path | None, typer.Option(help="file to write every step to: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """Forecasts a number along the table's clock, for each series and in total, with intervals that were measured on the past."""
    if out is not None:
        _form(out)
    with progress(lang.lang):
        data, target = _table(source, collected)
        how = {"coverage": asked.coverage, "members": asked.model}
        made = ahead(data, asked.target or target, asked.time, by=asked.by, horizon=asked.horizon, known=asked.known, how=how)
    steps = [[*path.key, *step] for path in made.series for step in zip(path.times, path.mean, path.low, path.high, strict=True)]
    if out is not None and out.suffix == ".json":
        write_json(out, made.to_json())
    elif out is not None:
        write_csv(out, [*asked.by, "time", "forecast", "low", "high"], steps)
    if str(out) == "-":
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
    lang: _Lang,
    collected: collect.Options,
    out: Annotated[
        Path | None, typer.Option(help="file to write: .csv for every row's risk, .json for the whole; - is standard output, as CSV")
    ] = None,
) -> None:
    """Survival analysis: how long until an event, which rows are most at risk, and which columns tell; rows without the event count as censored."""
    if out is not None:
        _form(out)
    if asked.duration is None:
        raise WordsError("name the column that says how long each row was followed: --duration.")
    with progress(lang.lang):
        data, target = _table(source, collected)
        event = asked.event or target
        made = lasting(data, asked.duration, event, happened=asked.happened or "", columns=asked.columns, horizon=asked.horizon)
    if out is not None and out.suffix == ".json":
        write_json(out, made.to_json())
    elif out is not None:
        write_csv(out, ["row", "since", "chance", "left"], [[r.row, r.since, r.chance, r.left] for r in made.at_risk])
    if str(out) == "-":
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
    lang: _Lang,
    collected: collect.Options,
    out: Annotated[Path | None, typer.Option(help="file to write the list to: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """Recommends what someone will take next, with the reasons; scored on what people took later."""
    if asked.user is None or asked.item is None:
        raise WordsError("name the columns that say who took what: --user and --item.")
    if out is not None:
        _form(out)
    with progress(lang.lang):
        made = takers(_table(source, collected)[0], asked.user, asked.item, rating=asked.rating, time=asked.time)
    told = made.similar(asked.like, asked.k) if asked.like is not None else made.recommend(asked.whom, asked.k)
    if out is not None and out.suffix == ".json":
        write_json(out, [one.to_json() for one in told])
    elif out is not None:
        write_csv(out, ["item", "score", "why"], [[one.item, one.score, one.say(lang.lang)] for one in told])
    if str(out) == "-":
        return
    shown = Terminal(lang.lang)
    shown.sentences([one.say(lang.lang) for one in told])
    shown.scores([score for score in made.scores if score.model in SHOWN])


@command(
    app,
    "collect",
    "apercu collect customers.csv",
    "apercu collect postgresql://me@host/shop/orders --role placed=time",
    panel="Steps on their own",
)
def _collect(source: SOURCES, lang: _Lang, collected: collect.Options, cleaned: clean.Options) -> None:
    """Reads a source and tells what its columns are: kind, role, and why."""
    data, notes = _read_source(source, None, collected, cleaned)
    out = Terminal(lang.lang)
    out.line("head", source=data.source, n=data.n, d=len(data.schema.columns))
    out.table(COLUMNS, [(c.name, c.kind, c.role, f"{c.missing:,}", f"{c.distinct:,}", c.why) for c in data.schema])
    out.notes([note for note in notes if note.step == "collect"])


@command(app, "clean", "apercu clean customers.csv --out customers.clean.parquet", panel="Steps on their own")
def _clean(
    source: SOURCES,
    lang: _Lang,
    collected: collect.Options,
    cleaned: clean.Options,
    target: Annotated[str | None, typer.Option(help="the column to explain; it is not mended like the others")] = None,
    out: Annotated[Path | None, typer.Option(help="file to write the mended table to: .csv or .parquet")] = None,
) -> None:
    """Profiles a source and mends it; every mend is told with its count of rows."""
    if out is not None:
        _form(out, (".csv", ".parquet"))
    data, notes = _read_source(source, target, collected, cleaned)
    shown = Terminal(lang.lang)
    shown.table(PROFILE, [_profiled(data, column) for column in data.schema])
    shown.notes(notes)
    if out is not None and out.suffix == ".parquet":
        data.engine.write(data.table, out)
    elif out is not None:
        rows = data.rows()
        columns = [_plain(rows[name]) for name in data.schema.names]
        write_csv(out, list(data.schema.names), [list(cells) for cells in zip(*columns, strict=True)])
    if out is not None:
        shown.line("wrote", path=out, n=data.n)


@command(app, "parts", "apercu parts", panel="Steps on their own")
def _parts() -> None:
    """Lists the insight kinds, model families, engines, kinds and roles of columns that are there."""
    _show_parts()


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="print the version and stop")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show where an error of our own arose; also APERCU_DEBUG=1")] = False,
) -> None:
    """Turns data into insight that can be checked, and insight into action."""
    if show_version:
        typer.echo(f"apercu {version('apercu')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _folder(told: _Told, source: Sequence[str]) -> Path | None:
    """Where the study goes. Refused before anything is computed when something else lies there, or nothing can be written."""
    if not told.save:
        return None
    stem = Path(source[0].split("?")[0].rstrip("/\\")).name
    for ending in (".gz", ".zip", ".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx", ".xls", ".db", ".duckdb", ".sqlite"):
        stem = stem.removesuffix(ending)
    folder = Path(told.out or f"{stem or 'table'}.study")
    if folder.exists() and not (folder / "study.json").exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise WordsError(f"{folder} exists and is not a study; name another folder with --out.")
    parent = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not os.access(parent, os.W_OK):
        raise WordsError(f"nothing can be written to {parent}; name another folder with --out, or print only with --no-save.")
    return folder


def _ranks(study: Study, truth: Condition) -> list[int]:
    """The ranks of the findings that speak of the rows of a planted truth."""
    rows = study.data.rows()
    planted = truth.holds(rows)
    ranks = []
    for finding in study.findings:
        inside = finding.claim.where.holds(rows)
        if np.count_nonzero(inside & planted) >= SAME_ROWS * np.count_nonzero(inside | planted):
            ranks.append(finding.rank)
    return ranks


def _show_places(out: Terminal, folder: Path | None, page: str | None) -> None:
    if folder is not None or page is not None:
        out.title("written")
    if folder is not None:
        out.line("study", path=folder)
        out.line("page", path=folder / "page.html")
    if page is not None:
        out.line("page", path=page)


def _read_source(source: Sequence[str], target: str | None, collected: Any, cleaned: Any) -> tuple[Any, list[Any]]:
    from ..engine.duckdb import DuckDB

    raw, read = collect.run(list(source) if len(source) > 1 else source[0], DuckDB(), collected)
    data, mended = clean.run(raw, target, cleaned)
    return data, [*read, *mended]


def _table(source: Sequence[str], collected: collect.Options) -> tuple[Any, str | None]:
    """(the data, the target) of a saved study, or of a source read and cleaned as a study would; nothing is searched or trained."""
    if len(source) == 1 and (Path(source[0]) / "study.json").is_file():
        study = Study.load(source[0])
        return study.data, study.goal.target if study.goal else None
    return _read_source(source, None, collected, clean.Options())[0], None


def _profiled(data: Any, column: Any) -> tuple[str, ...]:
    """A column in one line: its quartiles, or its most frequent values."""
    if column.storage == "number":
        seen = " ".join(f"{q:g}" for q in data.engine.quantiles(data.table, column.name, (0.0, 0.25, 0.5, 0.75, 1.0)))
    else:
        seen = ", ".join(f"{value} ({n:,})" for value, n in data.engine.distinct(data.table, column.name, 3))
    return (column.name, column.kind, column.role, f"{column.missing:,}", f"{column.distinct:,}", seen)


def _plain(column: np.ndarray) -> list[Any]:
    """The values of a column as a CSV writer wants them: missing is None, a number that is whole has no point."""
    if column.dtype == object:
        return column.tolist()
    missing = np.isnat(column) if column.dtype.kind == "M" else np.isnan(column)
    whole = column.dtype.kind == "f" and bool(np.all(np.mod(column[~missing], 1) == 0))
    return [None if gone else int(value) if whole else value for gone, value in zip(missing.tolist(), column.tolist(), strict=True)]


def _short(value: float) -> float:
    """Three digits that count."""
    return float(f"{value:.3g}")


def _shown(value: str | float | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _flat(told: Mapping[str, Any]) -> dict[str, Any]:
    """{'prediction', 'p_<class>', and, where they were asked for, 'low', 'high' or 'set'} of a prediction."""
    sure = {name: told[name] for name in ("low", "high") if name in told} | ({"set": SEVERAL.join(told["set"])} if "set" in told else {})
    return {"prediction": told["prediction"], **{f"p_{name}": p for name, p in told.get("probabilities", {}).items()}, **sure}


def _form(path: Path, known: tuple[str, ...] = (".csv", ".json")) -> None:
    if str(path) != "-" and path.suffix not in known:
        raise WordsError(f"--out expects a file that ends in {' or '.join(known)}; got {path}.")


def _show_parts() -> None:
    engines = parts(engine, ("name", "read", "ask", "rows"), "apercu.engines")
    told = [("insight kind", name, kind.title["en"]) for name, kind in discover.patterns().items()]
    told += [("model family", name, learner.words["en"]) for name, learner in train.learners().items()]
    told += [("engine", name, (inspect.getdoc(found) or "").split("\n")[0]) for name, found in engines.items()]
    told += [("kind of column", name, kind.en) for name, kind in KINDS.items()]
    told += [("role of column", name, words) for name, words in ROLES.items()]
    Terminal("en").table(PARTS, told)
