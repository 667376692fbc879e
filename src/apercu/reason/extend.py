"""Extend: facts that a graph does not state and rules and embedding expect, each with a probability and the facts that speak for it.

    extended = extend(graph, Settings(minutes=1))
    for fact in extended.predicted(most=20):
        fact.head, fact.relation, fact.tail, fact.probability, fact.supports      # clauses, and the graph's facts that ground them
    extended.answers("Acme", "located_in")                                        # the likeliest tails; answers(tail, relation, backwards=True)

A share of all pairs is held out by a hash (`_questions`). Rules are mined and the embedding is trained on the facts that are left; on the held-out
ones is chosen how rules are joined, when training stops, how rules and embedding are weighed for each relation and direction (`_joined`), which
clauses are told as proved (`_proved`), and what a score means as a probability (`_probable`). Then bodies are looked up in the whole graph.
Several uses of the held-out facts make the probabilities and clauses that passed a little too sure; the choices are few beside the facts.

What it does *not* do: answers about entities that no fact speaks of, and facts that contradict: a relation that nearly always has one answer is not
asked where it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ..core.clause import Clause
from ..core.errors import UnknownName
from ..core.graph import Graph
from ..core.knowledge import Predicted
from ..core.options import option
from ..core.progress import report
from ..core.trial import Trial
from ..stats.paths import held_out
from . import embed as embedding_of
from . import mine as mining
from ._joined import EMBEDDING, JOINS, RULES, fitted, joined, logged
from ._probable import Chance, fitted_chance
from ._proved import proved, strongest
from ._questions import Known, both_ways, salts_of, sampled
from ._supports import Finder
from .trials import tried

__all__ = ["Answer", "Extended", "Settings", "extend"]

ONE: Final = 0.95  # share of a relation's heads with a single answer from which it counts as having one
BELIEVED: Final = 0.5  # least weight of a fact that is learned from
BATCH: Final = 200  # questions whose answers are scored at once
CELLS: Final = 5_000_000
JUDGED: Final = 2_000  # validation questions on which joins are chosen
FEATURES: Final = 6
USUAL: Final = 0.5  # share of the things with one relation that have another, from which those that lack it are asked for it
LOOKED: Final = 20_000_000  # things times relations up to which this is looked at
EACH: Final = 5  # clauses of each relation that are tried


@dataclass(frozen=True)
class Settings:
    """How much is spent, and what is asked."""

    minutes: float = option(0.0, "CPU minutes for the embedding; 0: rules alone", legal=(0.0, 10_000.0), unit="minutes")
    rank: int = option(128, "numbers of an entity in the embedding", legal=(1, 4096))
    held: float = option(0.1, "share of pairs held out to choose, to judge and to calibrate", legal=(0.0, 0.5))
    questions: int = option(
        2_000, "questions that are asked for new facts, those of the relations that are answered best first", legal=(0, 10_000_000)
    )
    answers: int = option(10, "answers of a question that are looked at", legal=(1, 1_000))
    clauses: int = option(500, "mined clauses that are told", legal=(0, 1_000_000))
    trials: int = option(100, "mined clauses that are tried on held-out pairs, to be told as findings", legal=(0, 10_000))
    seed: int = option(0, "seed of samples and of the embedding", legal=(0, 2**31))


@dataclass(frozen=True)
class Answer:
    """One answer of a question. known: whether the graph states it; probability: as `_probable` says."""

    name: str
    probability: float
    known: bool


@dataclass(frozen=True, eq=False)
class Extended:
    """A graph with its rules, its embedding if there is one, and how both are read.

    graph: each believed fact once; origin: (m,) where each stands in the graph that was given, whose facts the supports of predictions name.
    """

    graph: Graph
    origin: np.ndarray
    mined: mining.Mined
    embedding: embedding_of.Embedding | None
    joins: np.ndarray
    quality: np.ndarray  # (2R,) mean of 1 / rank of held-out answers of each directed relation, drawn towards that of all
    chance: Chance
    clauses: tuple[Clause, ...]
    settings: Settings
    trials: tuple[Trial, ...] = ()

    @cached_property
    def known(self) -> Known:
        """What the graph states."""
        return Known(self.graph.facts, len(self.graph.relations))

    def scores(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """(q, e) joined scores of all answers; comparable within a question only."""
        return _scores(self.mined, self.embedding, self.joins, heads, relations)[0]

    def answers(self, thing: str, relation: str, most: int = 10, *, backwards: bool = False) -> tuple[Answer, ...]:
        """The likeliest answers of (thing, relation, ?), or of (?, relation, thing) backwards; known ones have the probability 1."""
        for name, what, known in ((thing, "entity", self.graph.entity_places), (relation, "relation", self.graph.relation_places)):
            if name not in known:
                raise UnknownName(what, name, known)
        h, r = self.graph.entity_places[thing], self.graph.relation_places[relation] + backwards * len(self.graph.relations)
        question = np.array([[h, r]])
        mine, stated = _pool(self, question, most, set()), self.known.of(*question.T)[1]
        new = [(self.graph.entities[int(a)], float(p)) for (_, _, a), p in zip(mine.facts, self.chance.of(mine.features), strict=True)]
        found = [Answer(self.graph.entities[int(a)], 1.0, True) for a in stated] + [Answer(name, p, False) for name, p in new]
        return tuple(sorted(found, key=lambda a: (-a.probability, a.name)))[:most]

    def predicted(self, most: int = 100) -> tuple[Predicted, ...]:
        """The facts that are likeliest and not stated, the likeliest first, each with what supports it."""
        questions = self._asked()
        single = _single(self.graph)
        pool = _pool(self, questions, self.settings.answers, single)
        chances = _one_of(pool, self.chance.of(pool.features), single)
        best: dict[tuple[int, int, int], tuple[float, int]] = {}
        r = len(self.graph.relations)
        for i in np.flatnonzero(_foremost(pool, chances, single)).tolist():
            h, k, t = pool.facts[i].tolist()
            fact = (h, k, t) if k < r else (t, k - r, h)
            if fact not in best or chances[i] > best[fact][0]:
                best[fact] = float(chances[i]), i
        chosen = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:most]
        finder = Finder(self.graph, self.mined, self.origin)
        return tuple(finder.predicted(fact, tuple(pool.facts[i].tolist()), chance) for fact, (chance, i) in chosen)

    def _asked(self) -> np.ndarray:
        """(q, 2) heads and directed relations, at most so many: what is answered in part, and what is left open of things that usually have it.

        Of relations with one answer only the latter are asked; those of the relations that are answered best come first.
        """
        single = _single(self.graph)
        asked = np.unique(both_ways(self.graph.facts, len(self.graph.relations))[:, :2], axis=0)
        asked = np.concatenate([asked[~np.isin(asked[:, 1], list(single))], _lacking(self.graph, asked, single)])
        asked = asked[np.random.default_rng(self.settings.seed).permutation(len(asked))]
        return asked[np.argsort(-self.quality[asked[:, 1]], kind="stable")][: self.settings.questions]


def extend(graph: Graph, settings: Settings = Settings(), stated: Sequence[Clause] = ()) -> Extended:
    """Learns the rules and, in its minutes, the embedding of a graph; facts of less than half the weight are left out.

    stated: clauses of experts, tried on the held-out facts as the strongest mined ones are.
    """
    origin = _believed(graph)
    graph = graph.only(origin)
    entities, relations = len(graph.entities), len(graph.relations)
    share = (settings.held, salts_of(graph))
    facts = graph.facts.astype(np.int64)
    away = held_out(facts, *share) if len(facts) else np.zeros(0, bool)
    learned, held = facts[~away], facts[away]
    report("reason", 0, 5)
    how = mining.Settings(seed=settings.seed)
    mined = mining.mine(learned, entities, relations, valid=held, settings=how, share=settings.held, salts=share[1])
    report("reason", 1, 5)
    embedding = None
    if settings.minutes > 0 and len(learned):
        asked = embedding_of.Settings(rank=settings.rank, minutes=settings.minutes, seed=settings.seed)
        embedding = embedding_of.embed(learned, entities, relations, valid=held, settings=asked)
    report("reason", 2, 5)
    known = Known(facts, relations)
    valid = sampled(both_ways(held, relations), JUDGED, settings.seed)
    joins = np.full(2 * relations, RULES)
    if embedding is not None:
        joins = fitted(mined.scores, embedding.scores, valid, known, 2 * relations) if len(valid) else np.full(2 * relations, EMBEDDING)
    quality = _quality(mined, embedding, joins, valid, known)
    clauses = proved(mined, held, graph, share, most=settings.clauses) if settings.held else ()
    report("reason", 3, 5)
    nothing = Chance(np.zeros(FEATURES + 1), np.zeros(FEATURES), np.ones(FEATURES), 0, 0)
    raw = Extended(graph.only(~away), origin[~away], mined, embedding, joins, quality, nothing, clauses, settings)
    chance = _chance(raw, held, share)
    report("reason", 4, 5)
    trials = tried(graph, (*stated, *strongest(mined, graph, settings.trials, EACH)), share) if settings.held else []
    whole = Extended(graph, origin, mined.over(facts), embedding, joins, quality, chance, clauses, settings, tuple(trials))
    report("reason", 5, 5)
    return whole


def _believed(graph: Graph) -> np.ndarray:
    """Where each fact stands that is not doubted, once: under its highest weight, and of several such where it stands first."""
    keys = graph.keys()
    order = np.lexsort((np.arange(len(keys)), -graph.weight, keys))
    lead = order[np.r_[True, np.diff(keys[order]) > 0][: len(order)]]
    return np.sort(lead[graph.weight[lead] >= BELIEVED])


def _scores(
    mined: mining.Mined, embedding: embedding_of.Embedding | None, joins: np.ndarray, heads: np.ndarray, relations: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joined scores (q, e), those of the rules, and the logarithms of what the embedding thinks likely."""
    told = mined.scores(heads, relations)
    if embedding is None:
        return told.copy(), told, np.zeros_like(told)
    likely = embedding.scores(heads, relations)
    out = np.empty_like(told)
    for join in np.unique(joins[relations]):
        rows = np.flatnonzero(joins[relations] == join)
        out[rows] = joined(told[rows], likely[rows], JOINS[join])
    return out, told, logged(likely)


def _quality(
    mined: mining.Mined, embedding: embedding_of.Embedding | None, joins: np.ndarray, valid: np.ndarray, known: Known
) -> np.ndarray:  # fmt: skip
    from ._questions import ranks_of

    score = 1.0 / ranks_of(lambda h, r: _scores(mined, embedding, joins, h, r)[0], valid, known, mined.entities)
    size = np.bincount(valid[:, 1], minlength=2 * mined.relations)
    mean = float(score.mean()) if len(score) else 0.0
    return (np.bincount(valid[:, 1], score, 2 * mined.relations) + 5.0 * mean) / (size + 5.0)


@dataclass(frozen=True, eq=False)
class _Candidates:
    """facts (n, 3) in the direction they were asked, features (n, FEATURES)."""

    facts: np.ndarray
    features: np.ndarray


def _single(graph: Graph) -> set[int]:
    """Directed relations that nearly always have one answer."""
    r = len(graph.relations)
    asked = both_ways(graph.facts, r).astype(np.int64)
    keys, counts = np.unique(asked[:, 0] * 2 * r + asked[:, 1], return_counts=True)
    heads, ones = np.bincount(keys % (2 * r), minlength=2 * r), np.bincount(keys % (2 * r), counts == 1, 2 * r)
    return set(np.flatnonzero((ones >= ONE * heads) & (heads > 1)).tolist())


def _pool(extended: Extended, questions: np.ndarray, most: int, single: set[int]) -> _Candidates:
    """The best unknown answers of questions (q, 2), without those that a relation of one answer has already."""
    known, r = extended.known, len(extended.graph.relations)
    directed = 2 * r
    asked = questions[~(np.isin(questions[:, 1], list(single)) & (known.counts(*questions.T) > 0))] if single else questions
    usual = _usual(extended.graph)
    size = max(1, min(BATCH, CELLS // max(1, len(extended.graph.entities))))
    facts, features = [np.zeros((0, 3), np.int64)], [np.zeros((0, FEATURES))]
    for start in range(0, len(asked), size):
        heads, relations = asked[start : start + size].T
        scores, told, likely = _scores(extended.mined, extended.embedding, extended.joins, heads, relations)
        scores[known.of(heads, relations)] = -np.inf
        scores[np.arange(len(heads)), heads] = -np.inf
        k = min(most, scores.shape[1])
        chosen = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        row, answer = np.repeat(np.arange(len(heads)), k), chosen.ravel()
        back = (relations[row] + r) % directed
        taken = known.counts(answer, back)
        fine = np.isfinite(scores[row, answer]) & ~(np.isin(back, list(single)) & (taken > 0))
        own = known.counts(heads, relations)[row]
        told_of = np.log(told[row, answer] + 1e-6), likely[row, answer]
        columns = (*told_of, np.log1p(own), np.log1p(taken), usual[relations[row]], usual[back])
        facts.append(np.stack([heads[row], relations[row], answer], 1)[fine])
        features.append(np.stack(columns, 1)[fine])
    return _Candidates(np.concatenate(facts), np.concatenate(features))


def _one_of(pool: _Candidates, chances: np.ndarray, single: set[int]) -> np.ndarray:
    """The chances (n,) of candidates, those of a question with one answer brought to a sum of one where they exceed it."""
    _, question = np.unique(pool.facts[:, :2], axis=0, return_inverse=True)
    whole = np.bincount(question, chances)[question] if len(chances) else chances
    return np.where(np.isin(pool.facts[:, 1], list(single)), chances / np.maximum(whole, 1.0), chances)


def _foremost(pool: _Candidates, chances: np.ndarray, single: set[int]) -> np.ndarray:
    """(n,) bool: of a question with one answer the likeliest candidate alone, of others all."""
    questions, question = np.unique(pool.facts[:, :2], axis=0, return_inverse=True)
    best = np.zeros(len(questions))
    np.maximum.at(best, question, chances)
    return ~np.isin(pool.facts[:, 1], list(single)) | (chances == best[question])


def _lacking(graph: Graph, asked: np.ndarray, single: set[int]) -> np.ndarray:
    """(k, 2) heads and relations of one answer that they lack, though most things that have another relation of theirs have it."""
    size, directed = len(graph.entities), 2 * len(graph.relations)
    if not single or size * directed > LOOKED:
        return np.zeros((0, 2), asked.dtype)
    has = np.zeros((size, directed), np.float32)
    has[asked[:, 0], asked[:, 1]] = 1.0
    usual = (has.T @ has) / np.maximum(has.sum(axis=0), 1.0)[:, None]
    open_ = [np.flatnonzero((has[:, r] == 0) & ((has * (usual[:, r] >= USUAL)).max(axis=1) > 0)) for r in sorted(single)]
    return np.concatenate([np.stack([heads, np.full(len(heads), r)], 1) for heads, r in zip(open_, sorted(single), strict=True)]).astype(asked.dtype)


def _usual(graph: Graph) -> np.ndarray:
    """(2R,) logarithm of how many answers a question of each directed relation has, in the mean."""
    r = len(graph.relations)
    asked = both_ways(graph.facts, r).astype(np.int64)
    facts = np.bincount(asked[:, 1], minlength=2 * r)
    heads = np.bincount(np.unique(asked[:, 0] * 2 * r + asked[:, 1]) % (2 * r), minlength=2 * r)
    return np.log(np.maximum(facts, 1) / np.maximum(heads, 1))


def _chance(extended: Extended, held: np.ndarray, share: tuple[float, tuple[np.ndarray, np.ndarray]]) -> Chance:
    """How likely held-out pairs among the best answers are facts; `extended` knows only what was learned from."""
    pool = _pool(extended, extended._asked(), extended.settings.answers, _single(extended.graph))
    hidden = held_out(pool.facts, *share) if len(pool.facts) else np.zeros(0, bool)
    truth = Known(held, len(extended.graph.relations))
    keys = pool.facts[hidden]
    asked = (keys[:, 0] * truth.directed + keys[:, 1]) * len(extended.graph.entities) + keys[:, 2]
    stated = truth.keys * len(extended.graph.entities) + truth.answers
    return fitted_chance(pool.features[hidden], np.isin(asked, stated))
