"""The conductor: `run`, the whole trip of the data on one screen, and Study, the frozen record of it.

    study = run("customers.csv", "churned", goal={"value": 300, "cost": 10})
    study.findings[0].say("zh")
    study.save("churn.study")
    Study.load("churn.study").predict("new.csv")

This is the only place that knows the order of the verbs. What one verb needs of another it is handed here, as a core type.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import advise, audit, clean, collect, deploy, derive, discover, evaluate, explain, reason, teach, train
from .core.action import Action
from .core.dataset import Dataset, Note
from .core.errors import UnknownName, WordsError
from .core.explanation import Explanation, Reason
from .core.fault import Fault
from .core.finding import Finding, Ledger
from .core.forecast import Forecast
from .core.goal import Goal
from .core.graph import Graph
from .core.model import CrossFitted
from .core.options import checked, option
from .core.progress import report
from .core.rule import Rule, Verdict, read_rules
from .core.schema import Schema
from .core.score import Curve, Score
from .core.split import Split
from .core.survival import SurvivalAnalysis
from .predictor import Predictor

if TYPE_CHECKING:
    from .advise.labels import Wanted
    from .explain.cases import Case
    from .train.latent import LatentMap
    from .train.recommend import Recommender

__all__ = ["Options", "Study", "ahead", "lasting", "placed", "predicted", "run", "takers"]

LIBRARIES: Final = ("apercu", "duckdb", "lightgbm", "numba", "numpy", "scikit-learn", "scipy")
SAME: Final = ("header", "names", "delimiter", "gather", "along", "window", "remaining", "cap")  # ways of reading that new sources share
KEPT: Final = 101  # levels of a target that are counted: one more than a target may have
SHARE: Final = 0.6  # share of the time limit that training may use


@dataclass(frozen=True)
class Options:
    """The options of all verbs, and the few that stand above them."""

    effort: str = option("normal", "how hard to search and train", legal=("quick", "normal", "thorough"))
    minutes: float | None = option(None, "time limit; the best answer that exists by then is given", legal=(0.05, 10_000.0), unit="minutes")
    seed: int = option(0, "the same seed gives the same study", legal=(0, 2**31))
    collect: collect.Options = field(default_factory=collect.Options)
    clean: clean.Options = field(default_factory=clean.Options)
    derive: derive.Options = field(default_factory=derive.Options)
    train: train.Options = field(default_factory=train.Options)
    teach: teach.Options = field(default_factory=teach.Options)
    evaluate: evaluate.Options = field(default_factory=evaluate.Options)
    explain: explain.Options = field(default_factory=explain.Options)
    audit: audit.Options = field(default_factory=audit.Options)
    reason: reason.Options = field(default_factory=reason.Options)
    discover: discover.Options = field(default_factory=discover.Options)
    advise: advise.Options = field(default_factory=advise.Options)
    deploy: deploy.Options = field(default_factory=deploy.Options)


@dataclass(frozen=True)
class Study:
    """What was found of a source, whole and frozen; it can be saved, opened again, shown and asked for predictions."""

    source: str
    goal: Goal | None
    data: Dataset
    split: Split | None
    model: CrossFitted | None
    models: tuple[CrossFitted, ...]
    scores: tuple[Score, ...]
    curves: tuple[Curve, ...]
    explanation: Explanation | None
    faults: tuple[Fault, ...]
    graph: Graph
    rules: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    ledger: Ledger
    actions: tuple[Action, ...]
    notes: tuple[Note, ...]
    options: Any
    seed: int
    versions: Mapping[str, str]

    @property
    def predictor(self) -> Predictor:
        """The model behind the same mends and derived columns that it was trained on. Raises WordsError in a study without a target."""
        if self.model is None or self.goal is None:
            raise WordsError("this study has no model, because no target was named; run it again with a target.")
        return Predictor(self.goal, self.data, self.model, explain.row, self.split)

    def predict(self, source: Any, coverage: float | None = None, *, method: str = "conformal") -> list[dict[str, Any]]:
        """One prediction per row of a new source (anything that `run` reads): {'prediction', 'probabilities'}.

        coverage: a share of rows, such as 0.9. Then a number also has `low` and `high`, between which that share of new rows lies, and a class the
        `set` of classes that it may be, which holds the true one for that share of each class's rows. method: of a number's interval, 'conformal'
        (from the out-of-fold errors that the study keeps) or 'quantile' (fits a model of the errors first: slower, closer to each row).
        """
        return self.predictor.predict(self._read(source), coverage, method)

    def explain(self, source: Any, row: int = 1) -> list[Reason]:
        """What moved the prediction of one row (from 1) of a new source, largest part first."""
        return self.predictor.explain(self._read(source), row)

    def nearest(self, source: Any, row: int = 1, most: int = 5) -> list[Case]:
        """The rows of the study's table that the model treats most like one row (from 1) of a new source, the nearest first."""
        predictor = self.predictor
        assert self.split is not None
        return explain.nearest(predictor.model, self.split, predictor.row(self._read(source), row), 0, most)

    def forecast(
        self,
        target: str | None = None,
        *,
        time: str | None = None,
        by: Sequence[str] = (),
        horizon: int | None = None,
        known: Sequence[str] = (),
        how: Mapping[str, Any] = MappingProxyType({}),
    ) -> Forecast:
        """What a number of the table will be in the next `horizon` steps of its clock, with intervals and how such forecasts fared before.

        target and time: by default the study's; by: columns whose values tell the series apart; known: columns known ahead of time, in rows that
        have no target yet; how: the `coverage` of the intervals (0.9 by default) and further `members` (arima, rnn). Raises WordsError where no
        clock or no number is named, UnknownName for a column or an option that is not there.
        """
        target = target or (self.goal.target if self.goal else None)
        return ahead(self.data, target, time, by=by, horizon=horizon, known=known, how=how)

    def recommender(self, user: str, item: str, *, rating: str | None = None, time: str | None = None) -> Recommender:
        """Who will take what next, learned from a table with one row per event: `.recommend(user)`, `.similar(item)`, `.scores`.

        user, item: the columns that say who took what; rating: how much or how liked; time: when, by default the table's clock.
        """
        return takers(self.data, user, item, rating=rating, time=time)

    def survival(
        self, duration: str, event: str | None = None, *, happened: str = "", columns: Sequence[str] = (), horizon: float | None = None
    ) -> SurvivalAnalysis:
        """How long until an event, to whom it comes first, and which columns tell; from a table with one row per subject.

        duration: the column that says how long each was followed; event: whether it had happened by then, by default the study's target;
        happened: the level that says yes; columns: what is known from the start; horizon: how far ahead is told, in the duration's unit.
        """
        return lasting(self.data, duration, event or (self.goal.target if self.goal else None), happened=happened, columns=columns, horizon=horizon)

    def evaluate(self, source: Any) -> list[Score]:
        """The scores of the models, of the baseline and of their differences on new rows with a known target."""
        rows, _ = self.predictor.prepared(self._read(source))
        assert self.split is not None
        return evaluate.tested(self.models, rows, self.split)

    def learning_curve(self) -> tuple[Curve, list[Score]]:
        """Would more rows help? (the score by rows learned from, what all rows gain on each part). Fits the best family anew, four times.

        `dataclasses.replace(study, curves=(*study.curves, curve))` takes the curve into the study and its page.
        """
        families = train.learners()
        own = [m for m in self.models if m.folds and m.folds[0].name in families]
        if not own or self.split is None or self.goal is None:
            raise WordsError("a learning curve needs a study with a model of a known family; run it again with a target.")
        options = train.Options(learners=(own[0].folds[0].name,), members=1)
        share = 1.0 - 1.0 / len(own[0].folds)  # of the rows, on which each fold's model is fitted

        def fit(size: int) -> CrossFitted:
            return train.run(self.split, replace(options, rows=max(20, int(size * share))))[0]  # type: ignore[arg-type]

        return evaluate.learned(fit, fit(self.split.rows.n), self.split)

    def ask(self, n: int = 20, source: Any = None) -> list[Wanted]:
        """The rows whose label would help the model most, the most useful first (active learning).

        source: rows without a label; by default those of the table that lack the target. Raises WordsError where every row of it has one.
        """
        predictor = self.predictor
        if source is not None:
            return advise.ask(predictor.model, predictor.prepared(self._read(source))[0], n)
        assert self.split is not None and self.goal is not None
        open_ = np.isnan(self.goal.coded(self.split.rows))
        if not open_.any():
            raise WordsError(f"every row has a value in {self.goal.target!r}; name a source of rows without one to ask about.")
        return advise.ask(predictor.model, self.split.rows.take(open_), n)

    def adapt(self, source: Any, options: Options | None = None) -> Study:
        """The study of new rows of the same columns and target, which knows what this one has learned (transfer).

        This study's model is one of the members that are tried, frozen but for its scale, with trees for what it misses; a net also goes on from its
        weights. Each counts for what it is worth out of fold on the new rows; `.scores` hold what that gains over training on them alone ('alone').
        """
        options = _scaled(options or Options())
        raw = self._read(source)
        rows, _ = self.predictor.prepared(raw)
        goal = self.goal
        assert goal is not None
        if goal.target not in rows:
            raise WordsError(f"{raw.source} has no column {goal.target!r}; rows whose target is known are needed to adapt to.")
        columns = {name: rows.column(name) for name in rows}
        schema = Schema(tuple(c for c in self.data.schema if c.name in columns))
        data = replace(self.data, table=self.data.engine.adopt(columns), schema=schema, source=raw.source, n=rows.n)
        split = Split.make(data, goal, options.seed)
        return _studied(split, train.run(split, options.train, self.model), [], self.graph, options)

    def to_json(self) -> dict[str, Any]:
        """The study as JSON values (docs/json.md)."""
        return deploy.to_json(self)

    def page(self, path: str | Path | None = None, lang: str = "en") -> str:
        """The report: one HTML page that opens offline, in English and Chinese; written to `path` when one is given."""
        return deploy.page(self, path, lang)

    def save(self, folder: str | Path, *, overwrite: bool = False, page: bool = True, lang: str = "en") -> Path:
        """Writes the study into a folder, whole or not at all, and returns the folder; with its report, opening in `lang`, unless `page` is off."""
        return deploy.save(self, folder, overwrite=overwrite, page=self.page(lang=lang) if page else None)

    @staticmethod
    def load(folder: str | Path) -> Study:
        """Opens a saved study. Nothing in it can run code. Raises UnusableStudy when it is damaged or not a study."""
        from .engine.duckdb import DuckDB
        from .teach.rules import restored

        return Study(**deploy.load(folder, DuckDB(), train.learners(), restored))

    def _read(self, source: Any) -> Dataset:
        """A new source, read as the first one was: its header, names and delimiter are the same."""
        told = self.options["collect"] if isinstance(self.options, Mapping) else dataclasses.asdict(self.options.collect)
        kept = {name: tuple(told[name]) if name == "names" else told[name] for name in SAME if name in told}
        plain = isinstance(source, str | Path)
        return collect.run(source, self.data.engine, collect.Options(**kept) if plain else collect.Options())[0]

    def _repr_html_(self) -> str:
        from .deploy.report import repr_html

        return repr_html(self)

    def __repr__(self) -> str:
        told = "\n".join(f"  {f.rank}. {f.say()}" for f in self.findings[:5]) or "  nothing outlived the proof"
        return f"Study of {self.source}: {self.data.n:,} rows, {len(self.findings)} findings\n{told}"


def run(
    source: Any,
    target: str | None = None,
    *,
    goal: Goal | Mapping[str, Any] | None = None,
    rules: str | Path | Sequence[Rule] = (),
    graph: Graph | str | Path | None = None,
    test: Any = None,
    options: Options = Options(),
) -> Study:
    """The whole trip: collect, clean, derive, train, teach, evaluate, explain, audit, reason, discover, advise.

    source: a file, a database address, a folder, a data frame, or a list of these. target: the column to explain and predict; without one
    the measures are chosen from the columns and no model is made. goal: a Goal, or the fields of it that are known (wanted, value, cost,
    success). rules: a file or text of expert rules, or Rules. graph: triples that go with the table, or their file. test: a source with
    the same columns that the models are scored on besides.

    Raises WordsError when the call's words are off and InputError when the source cannot be used; each says what to do.
    """
    from .collect.triples import read_triples
    from .engine.duckdb import DuckDB

    options = _scaled(options)
    known = goal if isinstance(goal, Mapping) else {} if goal is None else {"goal": goal}
    target = target or (goal.target if isinstance(goal, Goal) else None)
    _at("collect")
    data, read = collect.run(source, DuckDB(), options.collect)
    _at("clean")
    data, mended = clean.run(data, target, options.clean)
    notes = [*read, *mended]
    facts = read_triples(graph) if isinstance(graph, str | Path) else graph or data.graph
    if target is None:
        return _untargeted(data, notes, facts, options)
    goal = _goal(data, clean.target_of(data.schema, target), known)
    _at("derive")
    data, derived = derive.run(data, goal, options.derive, facts)
    split = Split.make(data, goal, options.seed)  # the wall is built here, before anything is searched
    experts = read_rules(rules, data.schema, goal) if isinstance(rules, str | Path) else list(rules)
    study = _studied(split, train.run(split, options.train), experts, facts, options)
    study = replace(study, notes=(*notes, *derived, *study.notes))
    return study if test is None else _tested(study, test)


def _studied(split: Split, models: list[CrossFitted], experts: list[Rule], facts: Graph, options: Options) -> Study:
    """What follows training: teach, evaluate, explain, audit, reason, discover, advise."""
    _at("teach")
    model, verdicts = teach.run(models[0], experts, split, options.teach)
    models = [model, *(models if model is not models[0] else models[1:])]
    _at("evaluate")
    scores, curves = evaluate.run(models, split, options.evaluate)
    _at("explain")
    explanation = explain.run(model, split, options.explain)
    _at("audit")
    faults = audit.run(split, model, options.audit)
    _at("reason")
    facts, linked = reason.run(split.data, facts, options.reason)
    findings, ledger = discover.run(split, experts, options.discover)
    _at("advise")
    actions = advise.run(findings, split, model, options.advise)
    made = (models, scores, curves, faults, verdicts, findings, actions, linked)
    models_, scores_, curves_, faults_, verdicts_, findings_, actions_, linked_ = map(tuple, made)
    return Study(
        split.data.source, split.goal, split.data, split, model, models_, scores_, curves_, explanation, faults_, facts, verdicts_,
        findings_, ledger, actions_, linked_, options, options.seed, _versions(),
    )  # fmt: skip


def predicted(study: Study, source: Any, row: int = 1) -> tuple[dict[str, Any], list[Reason]]:
    """(the prediction of one row (from 1) of a new source, what moved it)."""
    predictor = study.predictor
    one = predictor.row(study._read(source), row)
    return predictor.told(one)[0], explain.row(predictor.model, one, 0)


def placed(study: Study) -> LatentMap:
    """Where each row of a study lies among the others, and how odd it is (an autoencoder; extra `deep`)."""
    from .train.latent import mapped

    assert study.split is not None
    return mapped(study.split)


def ahead(
    data: Dataset,
    target: str | None,
    time: str | None = None,
    *,
    by: Sequence[str] = (),
    horizon: int | None = None,
    known: Sequence[str] = (),
    how: Mapping[str, Any] = MappingProxyType({}),
) -> Forecast:
    """As `Study.forecast`, of any table."""
    from .train.series import Options as Series
    from .train.series import forecast

    if target is None or (time := time or _clock(data)) is None:
        raise WordsError("a forecast needs a number and a clock; name the columns, as target and time.")
    for name in (target, time, *by, *known):
        data.schema.column(name)
    own = [field.name for field in dataclasses.fields(Series)]
    if unknown := next((name for name in how if name not in own), None):
        raise UnknownName("option of a forecast", unknown, own)
    return forecast(data, target, time, tuple(by), horizon, tuple(known), Series(**how))


def takers(data: Dataset, user: str, item: str, *, rating: str | None = None, time: str | None = None) -> Recommender:
    """As `Study.recommender`, of any table."""
    from .train.recommend import fit

    for name in (user, item, *(name for name in (rating, time) if name is not None)):
        data.schema.column(name)
    return fit(data, user, item, rating, time or _clock(data))


def lasting(
    data: Dataset, duration: str, event: str | None, *, happened: str = "", columns: Sequence[str] = (), horizon: float | None = None
) -> SurvivalAnalysis:
    """As `Study.survival`, of any table."""
    from .train.survival_analysis import analysed

    if event is None:
        raise WordsError("survival needs the column that says whether it has happened; name it as event.")
    return analysed(data, duration, event, happened=happened, columns=columns, horizon=horizon)


def _clock(data: Dataset) -> str | None:
    """The column that is the table's clock."""
    return next((column.name for column in data.schema.with_role("time")), None)


def _at(verb: str) -> None:
    report(verb, 0, 1)


def _scaled(options: Options) -> Options:
    """The options with effort and time limit spread over the verbs. Raises WordsError on a value that is not legal."""
    for part in (options, *(getattr(options, f.name) for f in dataclasses.fields(options) if dataclasses.is_dataclass(getattr(options, f.name)))):
        checked(part)
    minutes = None if options.minutes is None else options.minutes * SHARE
    trained = replace(options.train, minutes=options.train.minutes or minutes)
    searched = options.discover
    if options.effort == "quick":
        searched = replace(searched, depth=min(2, searched.depth), rounds=min(200, searched.rounds))
    elif options.effort == "thorough":
        searched = replace(searched, rounds=max(2_000, searched.rounds))
    cleaned, entity = options.clean, options.collect.gather
    if options.collect.window and not any(word.startswith(f"{entity}=") for word in cleaned.role):
        cleaned = replace(cleaned, role=(*cleaned.role, f"{entity}=group"))  # windows of one thing stay on one side of the wall
    return replace(options, train=trained, discover=searched, clean=cleaned)


def _goal(data: Dataset, target: str, known: Mapping[str, Any]) -> Goal:
    """The user's goal, or the one that the target's column suggests, with the table's clock and groups."""
    if "goal" in known:
        return known["goal"]
    roles: dict[str, Any] = {role: named[0].name for role in ("time", "group", "weight", "treatment") if (named := data.schema.with_role(role))}
    given = {name: value for name, value in known.items() if value is not None}
    if unknown := sorted(set(given) - {f.name for f in dataclasses.fields(Goal)}):
        raise WordsError(f"a goal has no field {unknown[0]!r}; its fields are {', '.join(f.name for f in dataclasses.fields(Goal))}.")
    for name in given.get("alike", ()):
        data.schema.column(name)  # a name that no column has is refused before anything is trained
    return Goal.guess(data.schema, target, data.engine.distinct(data.table, target, KEPT), **{**roles, **given})


def _untargeted(data: Dataset, notes: list[Note], facts: Graph, options: Options) -> Study:
    """Without a target: findings about the measures among the columns, all under one false-discovery rate; no model."""
    _at("derive")
    data, derived = derive.run(data, None, options.derive, facts)
    split = Split.make(data, None, options.seed)
    _at("reason")
    facts, linked = reason.run(split.data, facts, options.reason)
    findings, ledger = discover.run(split, (), options.discover)
    return Study(
        data.source, None, split.data, split, None, (), (), (), None, (), facts, (), tuple(findings), ledger, (), (*notes, *derived, *linked),
        options, options.seed, _versions(),
    )  # fmt: skip


def _tested(study: Study, test: Any) -> Study:
    """The same study with its models scored on a source that no part of it saw."""
    return replace(study, scores=(*study.scores, *study.evaluate(test)))


def _versions() -> dict[str, str]:
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, **{name: version(name) for name in LIBRARIES}}
