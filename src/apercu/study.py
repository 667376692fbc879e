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
from .core.errors import WordsError
from .core.explanation import Explanation, Reason
from .core.fault import Fault
from .core.finding import Finding, Ledger
from .core.forecast import Forecast
from .core.goal import Goal
from .core.graph import Graph
from .core.knowledge import Knowledge
from .core.model import CrossFitted
from .core.options import checked, option
from .core.progress import report
from .core.rows import Rows
from .core.rule import Rule, Verdict
from .core.rulebook import Rulebook, read_rulebook
from .core.schema import Schema
from .core.score import Curve, Score
from .core.split import LEAST, Split
from .core.statements import Veto
from .core.survival import SurvivalAnalysis
from .predictor import Predictor
from .questions import ahead, lasting, read_like, takers

if TYPE_CHECKING:
    from .advise.labels import Wanted
    from .explain.cases import Case
    from .reason.ask import Answer
    from .train.recommend import Recommender
    from .train.several import Several

__all__ = ["Options", "Study", "run", "several", "taught"]

LIBRARIES: Final = ("apercu", "duckdb", "lightgbm", "numba", "numpy", "scikit-learn", "scipy")
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
    data: Dataset
    options: Any
    seed: int
    versions: Mapping[str, str]
    goal: Goal | None = None
    split: Split | None = None
    model: CrossFitted | None = None
    models: tuple[CrossFitted, ...] = ()
    scores: tuple[Score, ...] = ()
    curves: tuple[Curve, ...] = ()
    explanation: Explanation | None = None
    faults: tuple[Fault, ...] = ()
    graph: Graph = field(default_factory=Graph)
    knowledge: Knowledge = field(default_factory=Knowledge)
    rules: tuple[Verdict, ...] = ()
    findings: tuple[Finding, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    actions: tuple[Action, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    notes: tuple[Note, ...] = ()

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
        return self.predictor.predict(read_like(self, source), coverage, method)

    def explain(self, source: Any, row: int = 1) -> list[Reason]:
        """What moved the prediction of one row (from 1) of a new source, largest part first."""
        return self.predictor.explain(read_like(self, source), row)

    def nearest(self, source: Any, row: int = 1, most: int = 5) -> list[Case]:
        """The rows of the study's table that the model treats most like one row (from 1) of a new source, the nearest first."""
        predictor = self.predictor
        assert self.split is not None
        return explain.nearest(predictor.model, self.split, predictor.row(read_like(self, source), row), 0, most)

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
        rows, _ = self.predictor.prepared(read_like(self, source))
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

    def ask(self, what: int | str = 20, source: Any = None) -> list[Wanted] | list[Answer]:
        """The rows whose label would help the model most (active learning), or the answers to a question about the graph.

        what: how many rows, the most useful first; source: rows without a label, by default those of the table that lack the target. Or a question
        with gaps, such as 'works_for(?, "Acme")': what is stated, what follows by rules and what is likely, each with its reasons (docs/graph.md).
        Raises WordsError where every row has a label, or a study has no graph.
        """
        if isinstance(what, str):
            if not self.graph:
                raise WordsError("this study has no graph to ask; run it again with graph=, a file of facts (head, relation, tail).")
            from .reason.ask import asked

            return asked(reason.inferred(self.graph, self.knowledge.clauses), what, self.knowledge.likely())
        predictor = self.predictor
        if source is not None:
            return advise.ask(predictor.model, predictor.prepared(read_like(self, source))[0], what)
        assert self.split is not None and self.goal is not None
        open_ = np.isnan(self.goal.coded(self.split.rows))
        if not open_.any():
            raise WordsError(f"every row has a value in {self.goal.target!r}; name a source of rows without one to ask about.")
        return advise.ask(predictor.model, self.split.rows.take(open_), what)

    def adapt(self, source: Any, options: Options | None = None) -> Study:
        """The study of new rows of the same columns and target, which knows what this one has learned (transfer).

        This study's model is one of the members that are tried, frozen but for its scale, with trees for what it misses; a net also goes on from its
        weights. Each counts for what it is worth out of fold on the new rows; `.scores` hold what that gains over training on them alone ('alone').
        """
        options = _scaled(options or Options())
        raw = read_like(self, source)
        rows, _ = self.predictor.prepared(raw)
        goal = self.goal
        assert goal is not None
        if goal.target not in rows:
            raise WordsError(f"{raw.source} has no column {goal.target!r}; rows whose target is known are needed to adapt to.")
        columns = {name: rows.column(name) for name in rows}
        schema = Schema(tuple(c for c in self.data.schema if c.name in columns))
        data = replace(self.data, table=self.data.engine.adopt(columns), schema=schema, source=raw.source, n=rows.n)
        split = Split.make(data, goal, options.seed)
        return _studied(split, train.run(split, options.train, self.model), Rulebook(), self.graph, options)

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
        from .teach.few import loader, restored

        return Study(**deploy.load(folder, DuckDB(), loader(train.learners()), restored))

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
    rules: str | Path | Rulebook | Sequence[Rule] = (),
    graph: Graph | str | Path | None = None,
    test: Any = None,
    options: Options = Options(),
) -> Study:
    """The whole trip: collect, clean, derive, train, teach, evaluate, explain, audit, reason, discover, advise.

    source: a file, a database address, a folder, a data frame, or a list of these; or facts alone, as a file or (without a source) as `graph`.
    target: the column to explain and predict; without one the measures are chosen from the columns and no model is made. goal: a Goal, or the
    fields of it that are known (wanted, value, cost, success). rules: a file or text of expert rules (docs/rules.md), a Rulebook, or Rules.
    graph: triples that go with the table, or their file. test: a source with the same columns that the models are scored on besides.

    Raises WordsError when the call's words are off and InputError when the source cannot be used; each says what to do.
    """
    from .collect.triples import is_triples, read_graph
    from .engine.duckdb import DuckDB

    options, stated = _scaled(options), _book(rules)
    known = goal if isinstance(goal, Mapping) else {} if goal is None else {"goal": goal}
    target = target or (goal.target if isinstance(goal, Goal) else None)
    _at("collect")
    if source is None or (graph is None and (options.collect.triples or (target is None and is_triples(source)))):
        if target is not None:
            raise WordsError(f"facts alone have no target, and {target!r} was named; leave out --target, or name a table beside the facts.")
        return _of_graph(graph if source is None else source, stated, options)
    data, read = collect.run(source, DuckDB(), options.collect)
    _at("clean")
    data, mended = clean.run(data, target, options.clean, stated.sames)
    facts, told = read_graph(graph) if isinstance(graph, str | Path) else (graph or data.graph, [])
    notes = [*read, *mended, *told]
    if target is None:
        return _untargeted(data, notes, facts, options, rules)
    target = clean.target_of(data.schema, target)
    goal = _goal(data, target, known, [rule.level for rule in stated.rules if rule.target == target])
    _at("derive")
    whole = reason.inferred(facts, stated.clauses, options.reason).whole
    data, derived = derive.run(data, goal, options.derive, whole, reason.described(data, whole, options.reason, goal.target))
    book = _book(rules, data.schema, goal)
    facts = facts.joined(reason.built(data, book.lexicons, goal.target)) if options.reason.build else facts
    goal = replace(goal, monotone=goal.monotone or book.monotone(goal))
    split = Split.make(data, goal, options.seed, least=0 if book.rules else LEAST)  # the wall is built here, before anything is searched
    hardly = np.count_nonzero(~np.isnan(goal.coded(split.rows))) < LEAST
    study = _unlabelled(split, book, facts, options) if hardly else _studied(split, train.run(split, options.train), book, facts, options)
    study = replace(study, notes=(*notes, *derived, *study.notes))
    return study if test is None else _tested(study, test)


def _book(rules: str | Path | Rulebook | Sequence[Rule], schema: Schema | None = None, goal: Goal | None = None) -> Rulebook:
    """The experts' rules as one book; a file or text is read, against the columns and the goal where they are known."""
    if isinstance(rules, str | Path):
        return read_rulebook(rules, schema, goal)
    return rules if isinstance(rules, Rulebook) else Rulebook(tuple(rules))


def several(source: Any, targets: Sequence[str], *, options: Options = Options()) -> Several:
    """One net that learns several columns of a table at once (extra `deep`): `.predict_all(new)`, `.scores`; see train/several.

    source: as of `run`. Raises WordsError where fewer than two targets are named or torch is absent.
    """
    from .engine.duckdb import DuckDB
    from .train.several import several as learned

    options = _scaled(options)
    data, _ = collect.run(source, DuckDB(), options.collect)
    names = [clean.target_of(data.schema, name) for name in dict.fromkeys(targets)]
    said = {word.partition("=")[0] for word in options.clean.role}
    roles = tuple(f"{name}=feature" for name in names[1:] if name not in said)  # what tells the first target is not set aside, but told itself
    data, _ = clean.run(data, names[0] if names else None, replace(options.clean, role=(*options.clean.role, *roles)))
    goal = _goal(data, names[0], {}) if names else None
    split = Split.make(derive.run(data, goal, options.derive)[0], goal, options.seed)
    found = learned(split, names)
    own = found.out_of_fold[names[0]]
    predictor = Predictor(found.goals[0], split.data, CrossFitted("net", found.goals[0], found.columns, found.folds, own, np.zeros(0)), explain.row)

    def read(new: Any) -> Rows:
        return predictor.prepared(collect.run(new, data.engine, options.collect if isinstance(new, str | Path) else collect.Options())[0])[0]

    return replace(found, read=read)


def _studied(split: Split, models: list[CrossFitted], book: Rulebook, facts: Graph, options: Options) -> Study:
    """What follows training: teach, evaluate, explain, audit, reason, discover, advise."""
    _at("teach")
    lesson = teach.run(models[0], list(book.rules), split, options.teach, lambda soft: train.run(soft, options.train)[0])
    model = lesson.model
    models = [model, *(models if model is not models[0] else models[1:])]
    _at("evaluate")
    scores, curves = evaluate.run(models, split, options.evaluate)
    _at("explain")
    explanation = explain.run(model, split, options.explain)
    _at("audit")
    faults = [*lesson.faults, *audit.run(split, model, options.audit, book.ranges, _netted(split, options))]
    _at("reason")
    facts = facts.joined(reason.believed(model, split)) if options.reason.build else facts
    thought = reason.run(split.data, facts, options.reason, book.clauses)
    findings, ledger = discover.run(split, book.rules, options.discover)
    _at("advise")
    effects = advise.studied(split, train.regression)
    actions, barred = advise.stopped(advise.run(findings, split, model, options.advise, effects), book.vetoes, split, model, effects)
    curves = [*curves, *advise.curves(effects, split)]
    notes = (*train.obeyed(split), *lesson.notes, *thought.notes, *barred)
    trained = {"goal": split.goal, "split": split, "model": model, "models": models, "scores": scores, "curves": curves, "faults": faults}
    told = {**trained, "rules": lesson.verdicts, "findings": findings, "actions": actions, "vetoes": book.vetoes, "notes": notes}
    lists = {name: tuple(part) if isinstance(part, list) else part for name, part in told.items()}
    return _made(split.data, options, thought, explanation=explanation, ledger=ledger, **lists)


def _unlabelled(split: Split, book: Rulebook, facts: Graph, options: Options) -> Study:
    """Of a table with hardly a label: a model taught by the experts' rules alone, which nothing has verified, and what they say of each other."""
    _at("teach")
    lesson = teach.run(None, list(book.rules), split, options.teach, lambda soft: train.run(soft, options.train)[0])
    _at("reason")
    thought = reason.run(split.data, facts, options.reason, book.clauses)
    told = {"rules": lesson.verdicts, "faults": (*lesson.faults, *audit.run(split, None, options.audit, book.ranges, _netted(split, options)))}
    trained = {"goal": split.goal, "split": split, "model": lesson.model, "models": (lesson.model,), "notes": (*lesson.notes, *thought.notes)}
    return _made(split.data, options, thought, **told, **trained)


def _netted(split: Split, options: Options) -> Sequence[np.ndarray]:
    """What an autoencoder says of odd rows, where that is asked for."""
    return tuple(train.oddness(split)) if options.audit.net and options.audit.odd else ()


def _made(data: Dataset, options: Options, thought: reason.Thought, **parts: Any) -> Study:
    """The record of what was made."""
    return Study(data.source, data, options, options.seed, _versions(), graph=thought.graph, knowledge=thought.knowledge, **parts)


def taught(study: Study, rules: str | Path | Rulebook | Sequence[Rule], options: Options | None = None) -> Study:
    """A study with its model taught these rules (in place of earlier ones); the other models stay, and what follows training is done anew.

    Directions of columns (monotone: ...) are obeyed only by models that are trained with them: for these, run the study again. Raises WordsError
    in a study without a target.
    """
    predictor, split = study.predictor, study.split
    assert split is not None
    bare = [model for model in study.models if not hasattr(model, "rules")]
    kept = tuple(note for note in study.notes if note.step not in ("train", "teach", "reason", "advise"))
    book = _book(rules, study.data.schema, predictor.goal)
    made = _studied(split, bare or [predictor.model], book, study.graph, _scaled(options or Options()))
    return replace(made, notes=(*kept, *made.notes))


def _at(verb: str) -> None:
    report(verb, 0, 1)


def _scaled(options: Options) -> Options:
    """The options with effort and time limit spread over the verbs. Raises WordsError on a value that is not legal, or an extra not there."""
    for part in (options, *(getattr(options, f.name) for f in dataclasses.fields(options) if dataclasses.is_dataclass(getattr(options, f.name)))):
        checked(part)
    if options.audit.net and (told := train.lacking("torch", "looking for odd rows by an autoencoder")):
        raise WordsError(told)
    minutes = None if options.minutes is None else options.minutes * SHARE
    trained = replace(options.train, minutes=options.train.minutes or minutes)
    searched = options.discover
    if options.effort == "quick":
        searched = replace(searched, depth=min(2, searched.depth), rounds=min(200, searched.rounds))
    elif options.effort == "thorough":
        searched = replace(searched, rounds=max(2_000, searched.rounds))
    embed = {"quick": 0.0, "normal": options.reason.embed, "thorough": max(4.0, options.reason.embed)}[options.effort]
    reasoned = replace(options.reason, embed=embed if options.reason.embed == reason.Options.embed else options.reason.embed)
    cleaned, entity = options.clean, options.collect.gather
    if options.collect.window and not any(word.startswith(f"{entity}=") for word in cleaned.role):
        cleaned = replace(cleaned, role=(*cleaned.role, f"{entity}=group"))  # windows of one thing stay on one side of the wall
    return replace(options, train=trained, discover=searched, clean=cleaned, reason=reasoned)


def _goal(data: Dataset, target: str, known: Mapping[str, Any], stated: Sequence[str] = ()) -> Goal:
    """The user's goal, or the one that the target's column suggests, with the table's clock and groups.

    stated: levels that rules speak of, which count where the column holds fewer than two.
    """
    if "goal" in known:
        return known["goal"]
    roles: dict[str, Any] = {role: named[0].name for role in ("time", "group", "weight", "treatment") if (named := data.schema.with_role(role))}
    given = {name: value for name, value in known.items() if value is not None}
    if unknown := sorted(set(given) - {f.name for f in dataclasses.fields(Goal)}):
        raise WordsError(f"a goal has no field {unknown[0]!r}; its fields are {', '.join(f.name for f in dataclasses.fields(Goal))}.")
    for name in given.get("alike", ()):
        data.schema.column(name)  # a name that no column has is refused before anything is trained
    values = data.engine.distinct(data.table, target, KEPT)
    if len(values) < 2 and stated:
        values += [(level, 0) for level in dict.fromkeys(stated) if level not in {str(value) for value, _ in values}]
    return Goal.guess(data.schema, target, values, **{**roles, **given})


def _untargeted(data: Dataset, notes: list[Note], facts: Graph, options: Options, rules: Any = ()) -> Study:
    """Without a target: findings about the measures among the columns, all under one false-discovery rate; no model."""
    _at("derive")
    book = _book(rules, data.schema)
    whole = reason.inferred(facts, book.clauses, options.reason).whole
    data, derived = derive.run(data, None, options.derive, whole, reason.described(data, whole, options.reason))
    facts = facts.joined(reason.built(data, book.lexicons)) if options.reason.build else facts
    split = Split.make(data, None, options.seed)
    faults = audit.run(split, None, options.audit, book.ranges, _netted(split, options))
    _at("reason")
    thought = reason.run(split.data, facts, options.reason, book.clauses)
    findings, ledger = discover.run(split, (), options.discover)
    told = (*notes, *derived, *thought.notes)
    return _made(data, options, thought, split=split, faults=tuple(faults), findings=tuple(findings), ledger=ledger, notes=told)


def _of_graph(graph: Graph | str | Path | None, book: Rulebook, options: Options) -> Study:
    """Of facts alone: what they are, and what follows from them; the table is the facts'."""
    from .collect.triples import read_graph, tabled
    from .engine.duckdb import DuckDB

    if graph is None:
        raise WordsError("there is nothing to study; name a source, or a file of facts as graph.")
    facts, read = read_graph(graph, encoding=options.collect.encoding) if isinstance(graph, str | Path) else (graph, [])
    data = tabled(facts, ", ".join(filter(None, facts.sources)) or "facts", DuckDB())
    _at("reason")
    thought = reason.run(None, facts, options.reason, book.clauses)
    findings, ledger = discover.of_facts(thought.trials, book.clauses, thought.share, options.discover)
    return _made(data, options, thought, findings=tuple(findings), ledger=ledger, notes=(*read, *thought.notes))


def _tested(study: Study, test: Any) -> Study:
    """The same study with its models scored on a source that no part of it saw."""
    return replace(study, scores=(*study.scores, *study.evaluate(test)))


def _versions() -> dict[str, str]:
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, **{name: version(name) for name in LIBRARIES}}
