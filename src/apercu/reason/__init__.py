"""Reason: a graph of facts is summed up, linked to the table whose rows speak of the same things, and asked for what follows and what is likely.

    thought = run(data, graph, Options(), clauses)
    thought.graph, thought.notes, thought.knowledge, thought.trials
    closure = inferred(graph, clauses, Options())       # every fact that follows, with its reasons (`chain`, `why`, `retract`, `ask`)

The graph is carried as it was stated, once for each source, so that a source may be taken back; what follows from it is inferred anew when
it is asked for, which takes about half a second for a million facts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from ..core.clause import Clause
from ..core.dataset import Dataset, Note
from ..core.expression import Expression
from ..core.graph import Graph
from ..core.knowledge import Inferred, Knowledge
from ..core.model import CrossFitted
from ..core.options import option
from ..core.split import Split
from ..core.statements import Lexicon
from ..core.trial import Trial
from ..words import LANGUAGES

if TYPE_CHECKING:
    from .chain import Closure

__all__ = ["Options", "Thought", "built", "believed", "described", "inferred", "is_question", "run"]

RANK: Final = 32  # of an embedding whose coordinates become columns
LITTLE: Final = 0.5  # its CPU minutes where none are given
TOLD: Final = 15  # inferred facts whose reasons are kept
FEW: Final = 30  # facts below which nothing can be mined
HELD: Final = ((5_000, 0.3), (100_000, 0.2))  # (facts below which, share of the pairs that is kept from the search); above them:
LEAST_HELD: Final = 0.1
LARGE: Final = 300_000  # facts above which an embedding is only made when minutes are given for it


@dataclass(frozen=True)
class Options:
    """How a graph meets the table, how far inference goes, and how much is predicted."""

    share: float = option(
        0.5, "share of a column's rows whose value must be an entity of the graph before the column counts as linked", legal=(0.0, 1.0)
    )
    levels: int = option(100_000, "levels of a column that are looked up in the graph, the most frequent first", legal=(1, 10_000_000))
    least: float = option(0.0, "least confidence of a fact that rules infer", legal=(0.0, 1.0))
    most: int = option(20_000_000, "facts that rules may infer before inference stops and says so", legal=(0, 1_000_000_000))
    build: bool = option(
        False, "make facts of the table's own names, of texts that mention words of the rules' lists, and of what the model is sure of"
    )
    coordinates: bool = option(False, "where the things that columns name lie in an embedding of the graph becomes columns too")
    predict: int = option(100, "facts that are predicted; 0 leaves mining and prediction out", legal=(0, 100_000))
    embed: float = option(0.5, "CPU minutes that an embedding may take; 0 predicts by rules alone", legal=(0.0, 10_000.0), unit="minutes")


@dataclass(frozen=True)
class Thought:
    """What reasoning gave: the graph as stated, notes, knowledge, and trials of clauses on a share of pairs that no search saw."""

    graph: Graph
    notes: list[Note] = field(default_factory=list)
    knowledge: Knowledge = field(default_factory=Knowledge)
    trials: tuple[Trial, ...] = ()
    share: float = 0.0


def run(data: Dataset | None, graph: Graph, options: Options = Options(), clauses: Sequence[Clause] = ()) -> Thought:
    """The graph, each fact once for each of its sources, with notes that sum it up, and what follows from it and is likely.

    An empty graph gives nothing. Raises RuleError for clauses that cannot be run.
    """
    if not graph:
        return Thought(graph, knowledge=Knowledge(tuple(clauses)))
    from .extend import Settings, extend
    from .link import linked
    from .summary import followed, foretold, summed

    stated = graph.distinct(by_source=True)  # what several sources say stays told by each, so that one of them may be taken back
    notes = [summed(stated.distinct(), len(graph) - len(stated))]
    if data is not None:
        notes += linked(data, stated, options.share, options.levels)
    closure = inferred(stated, clauses, options)
    notes += followed(closure)
    told = _told(closure)
    if options.predict == 0 or len(stated) < FEW:
        return Thought(stated, notes, Knowledge(tuple(clauses), len(closure), told))
    share = next((held for below, held in HELD if len(stated) < below), LEAST_HELD)
    minutes = 0.0 if len(stated) > LARGE and options.embed == Options.embed else options.embed
    extended = extend(stated, Settings(minutes=minutes, held=share), clauses)
    likely = extended.predicted(options.predict + len(told))
    whole = closure.whole
    keys = whole.joined(Knowledge(predicted=likely).likely()).keys()  # of what is stated or follows, then of what is likely
    fresh = ~np.isin(keys[len(whole) :], keys[: len(whole)])
    likely = tuple(fact for fact, new in zip(likely, fresh.tolist(), strict=True) if new)[: options.predict]
    knowledge = Knowledge(tuple(clauses), len(closure), told, extended.clauses, likely)
    return Thought(stated, [*notes, *foretold(knowledge, extended.trials)], knowledge, extended.trials, share)


def described(data: Dataset, graph: Graph, options: Options = Options(), target: str | None = None) -> dict[str, Expression]:
    """{name: Expression} of numbers that a graph tells of the things that the columns name, but the target."""
    if not graph:
        return {}
    from .link import described as told

    if not options.coordinates:
        return told(data, graph, options.share, target)
    from .embed import Settings, embed

    once = graph.distinct()
    placed = embed(
        once.facts.astype(np.int64), len(once.entities), len(once.relations), settings=Settings(rank=RANK, minutes=options.embed or LITTLE)
    )
    return told(data, once, options.share, target, placed)


def built(data: Dataset, lexicons: Sequence[Lexicon] = (), target: str | None = None) -> Graph:
    """The facts that a table itself states: its rows by their names (a column with the role id), texts by the words that they mention."""
    from .build import of_table, of_texts

    rows, key = data.rows(), _key(data)
    graph = of_table(rows, data.schema, data.source, key=key, leave={target} if target else ())
    for column in data.schema:
        if lexicons and column.storage == "text" and column.kind == "text" and column.name != target:
            texts = [None if value is None else str(value) for value in rows[column.name].tolist()]
            graph = graph.joined(of_texts(texts, {lexicon.name: lexicon.words for lexicon in lexicons}, f"{data.source}: {column.name}"))
    return graph


def believed(model: CrossFitted, split: Split) -> Graph:
    """The facts that a model is sure of, out of fold, about the rows that have a name."""
    key = _key(split.data)
    if not key or model.goal.task == "numeric":
        return Graph()
    from .build import of_predictions

    things = [None if value is None else str(value) for value in split.rows[key].tolist()]
    return of_predictions(things, model.goal.classes, model.out_of_fold, model.goal.target)


def _key(data: Dataset) -> str:
    """The column of text that names the rows; '' where there is none."""
    return next((column.name for column in data.schema.with_role("id") if column.storage == "text"), "")


def _told(closure: Closure) -> tuple[Inferred, ...]:
    """The first facts that follow, the surest first among what each clause infers, with their reasons."""
    from .why import why

    first = range(len(closure.known), len(closure.known) + min(TOLD, len(closure)))
    trees = [(closure.whole.triple(number), why(closure, number)) for number in first]
    return tuple(Inferred(*fact[:3], fact.weight, {lang: tree.say(lang) for lang in LANGUAGES}) for fact, tree in trees)


def inferred(graph: Graph, clauses: Sequence[Clause], options: Options = Options()) -> Closure:
    """What follows from a graph. Raises RuleError for clauses that cannot be run."""
    from .chain import Limits, chained

    return chained(graph, clauses, Limits(least=options.least, most=options.most))


def is_question(text: str) -> bool:
    """Whether a text has the form of a question to a graph and not of a path: two things in brackets after a name.

    >>> is_question('works_for(?, "Acme")'), is_question("sales (1).csv")
    (True, False)
    """
    return re.fullmatch(r"\s*(not\s+)?[^()]+\([^()]*,[^()]*\).*", text, re.DOTALL) is not None
