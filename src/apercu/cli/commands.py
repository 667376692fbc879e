"""The commands: `apercu run`, and one per thing that one may want of a study or of a source.

Nothing is computed here: every command calls a public function that a program may call as well, and shows or writes what it gave.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
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
from ..questions import balanced, predicted
from ..study import Options, Study, run
from ..words.numbers import plain, signed
from .app import SOURCES, STUDY, Lang, app
from .files import folder_of, form, put, read_source, write_table
from .flags import command
from .mends import mend
from .tell import COLUMNS, NEAREST, PARTS, PROFILE, REASONS, Terminal, progress, warned, write_json

__all__: list[str] = []

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
class _Sure:
    """How sure each prediction is to be told."""

    coverage: float | None = option(None, "also tell an interval, or a set of classes, that holds this share of new rows", legal=(0.0, 1.0))
    method: str = option("conformal", "how intervals of a number are made; quantile fits a model of the errors first", legal=METHODS)


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
    folder = folder_of(source, told.out) if told.save else None
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
    folder = folder_of([name], told.out) if told.save else None
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
    lang: Lang,
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
def _page(study: STUDY, out: Annotated[Path, typer.Argument(metavar="OUT.html", help="the file to write")], lang: Lang) -> None:
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
    lang: Lang,
    out: Annotated[Path, typer.Option(help="file to write: .csv or .json; - is standard output, as CSV")] = Path("-"),
) -> None:
    """Predicts each row of a new source with the model of a study; with `--coverage`, tells how sure each prediction is."""
    form(out)
    with warned():
        told = Study.load(study).predict(source, sure.coverage, method=sure.method)
    flat = [{"row": i, **_flat(one)} for i, one in enumerate(told, 1)]
    if not put(out, flat, list(flat[0]) if flat else ["row"], [list(one.values()) for one in flat]):
        Terminal(lang.lang).line("wrote", path=out, n=len(flat))


@command(
    app, "explain", "apercu explain churn.study new.csv --row 3", "apercu explain churn.study new.csv --row 3 --nearest 5 --lang zh", panel="A study"
)
def _explain(
    study: STUDY,
    source: FRESH,
    lang: Lang,
    row: Annotated[int, typer.Option(help="which row, from 1", min=1)] = 1,
    nearest: Annotated[int, typer.Option(help="also so many rows of the table that the model treats most like it", min=0, max=100)] = 0,
) -> None:
    """What moved the prediction of one row of a new source, largest part first."""
    opened = Study.load(study)
    with warned():
        said, reasons = predicted(opened, source, row)
    shown = Terminal(lang.lang)
    shown.prediction(opened, said)
    shown.table(REASONS, [(reason.column, _shown(reason.value), signed(_short(reason.contribution))) for reason in reasons])
    if nearest:
        shown.title("nearest")
        cases = [
            (f"{c.row:,}", plain(_short(c.distance)), plain(_short(c.prediction)), _shown(c.truth)) for c in opened.nearest(source, row, nearest)
        ]
        shown.table(NEAREST, cases)


@command(
    app,
    "evaluate",
    "apercu evaluate churn.study new.csv",
    "apercu evaluate churn.study --learning",
    "apercu evaluate churn.study --balance --lang zh",
    panel="A study",
)
def _evaluate(
    study: STUDY,
    lang: Lang,
    source: Annotated[str | None, typer.Argument(metavar="NEW", help="new rows whose target is known, to score the models on")] = None,
    learning: Annotated[bool, typer.Option("--learning", help="fit the best family on parts of the rows: would more rows help?")] = False,
    balance: Annotated[bool, typer.Option("--balance", help="compare ways of balancing a rare class with rows as they are")] = False,
) -> None:
    """How good a study's models are: on rows that they did not see, on a new source, with fewer rows to learn from, and with classes balanced."""
    opened = Study.load(study)
    if not opened.scores:
        raise WordsError(f"{study} has no model to evaluate, because no target was named; run it again with a target.")
    shown = Terminal(lang.lang)
    if balance and (source is not None or learning):
        raise WordsError("--balance compares ways on the study's own rows; ask for it alone.")
    if balance:
        from ..evaluate.imbalance import WAYS

        with progress(lang.lang):
            found = balanced(opened)
        names = list(found.ways[0].values)
        heads = {lang.lang: (("", "left"), *((way.name if lang.lang == "en" else WAYS[way.name], "right") for way in found.ways))}
        shown.table(heads, [(name, *(f"{way.values[name]:.4g}" for way in found.ways)) for name in names])
        shown.sentences([found.say(lang.lang)])
        return
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
    "collect",
    "apercu collect customers.csv",
    "apercu collect postgresql://me@host/shop/orders --role placed=time",
    panel="Steps on their own",
)
def _collect(source: SOURCES, lang: Lang, collected: collect.Options, cleaned: clean.Options) -> None:
    """Reads a source and tells what its columns are: kind, role, and why."""
    data, notes = read_source(source, None, collected, cleaned)
    out = Terminal(lang.lang)
    out.line("head", source=data.source, n=data.n, d=len(data.schema.columns))
    out.table(COLUMNS, [(c.name, c.kind, c.role, f"{c.missing:,}", f"{c.distinct:,}", c.why) for c in data.schema])
    out.notes([note for note in notes if note.step == "collect"])


@command(
    app,
    "clean",
    "apercu clean customers.csv --out customers.clean.parquet",
    "apercu clean churn.study --apply values:city --apply label --out customers.mended.csv",
    panel="Steps on their own",
)
def _clean(
    source: SOURCES,
    lang: Lang,
    collected: collect.Options,
    cleaned: clean.Options,
    target: Annotated[str | None, typer.Option(help="the column to explain; it is not mended like the others")] = None,
    out: Annotated[Path | None, typer.Option(help="file to write the mended table to: .csv or .parquet")] = None,
    apply: Annotated[list[str] | None, typer.Option(help="of a study: a fault, by its id or kind, whose mend is applied; repeat it")] = None,
) -> None:
    """Profiles a source and mends it; every mend is told with its count of rows.

    With --apply the mends of a study's faults are applied to its table: without --out they are only shown; with it the mended table is written,
    and beside it a list of all that was changed, with what was there before. Neither the source nor the study is touched.
    """
    if out is not None:
        form(out, (".csv", ".parquet"))
        if str(out) == "-":
            raise WordsError("a mended table goes to a file; name one that ends in .csv or .parquet with --out.")
    if apply:
        mend(source, apply, out, Terminal(lang.lang))
        return
    data, notes = read_source(source, target, collected, cleaned)
    shown = Terminal(lang.lang)
    shown.table(PROFILE, [_profiled(data, column) for column in data.schema])
    shown.notes(notes)
    if out is not None:
        write_table(out, data.rows(), data.engine)
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


def _profiled(data: Any, column: Any) -> tuple[str, ...]:
    """A column in one line: its quartiles, or its most frequent values."""
    if column.storage == "number":
        seen = " ".join(f"{q:g}" for q in data.engine.quantiles(data.table, column.name, (0.0, 0.25, 0.5, 0.75, 1.0)))
    else:
        seen = ", ".join(f"{value} ({n:,})" for value, n in data.engine.distinct(data.table, column.name, 3))
    return (column.name, column.kind, column.role, f"{column.missing:,}", f"{column.distinct:,}", seen)


def _short(value: float) -> float:
    """Three digits that count."""
    return float(f"{value:.3g}")


def _shown(value: str | float | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _flat(told: Mapping[str, Any]) -> dict[str, Any]:
    """{'prediction', 'p_<class>', and, where they were asked for, 'low', 'high' or 'set'} of a prediction."""
    sure = {name: told[name] for name in ("low", "high") if name in told} | ({"set": SEVERAL.join(told["set"])} if "set" in told else {})
    return {"prediction": told["prediction"], **{f"p_{name}": p for name, p in told.get("probabilities", {}).items()}, **sure}


def _show_parts() -> None:
    engines = parts(engine, ("name", "read", "ask", "rows"), "apercu.engines")
    told = [("insight kind", name, kind.title["en"]) for name, kind in discover.patterns().items()]
    told += [("model family", name, learner.words["en"]) for name, learner in train.learners().items()]
    told += [("engine", name, (inspect.getdoc(found) or "").split("\n")[0]) for name, found in engines.items()]
    told += [("kind of column", name, kind.en) for name, kind in KINDS.items()]
    told += [("role of column", name, words) for name, words in ROLES.items()]
    Terminal("en").table(PARTS, told)
