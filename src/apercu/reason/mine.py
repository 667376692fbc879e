"""Mine: rules that a graph of facts follows, with their confidence, and what they say of a question.

    mined = mine(facts, entities, relations, valid=valid)        # facts (m, 3) places of head, relation, tail
    mined.scores(np.array([acme]), np.array([subsidiary]))       # (1, e) how strongly rules speak for each answer of (Acme, subsidiary, ?)

Three kinds of rule: paths, `a(X, Z) & b(Z, Y) -> r(X, Y)`, proposed from sampled facts and then counted (stats/paths: all things on a path differ,
so X != Y, and no fact proves itself); constants, `a(X, "c") -> r(X, "d")`, and having a relation at all, `a(X, Z) -> r(X, "d")`, counted in one
pass (stats/holdings). Confidence = right / (tried + 5) over the pairs that the body joins among the facts learned from; a body that costs more than
`budget` steps is counted on a sample of its starts. How the rules that lead to one answer are joined (noisy-or of the top, max plus, p-norm: stats/
evidence) is chosen for each relation and direction on validation facts, drawn towards what serves all relations where they are few. Answers that no
rule names, and ties, follow how frequent an answer is for the relation.

Sources: Meilicke, Chekol, Ruffinelli & Stuckenschmidt 2019 (AnyBURL); Galárraga et al. 2013 (support and confidence); Ott et al. 2021 (joining).
What it does *not* do: negation, rules about more than one relation at a time, and telling which rules are true: `_proved` does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..core.options import option
from ..core.progress import report
from ..stats.evidence import Weighed, evidence
from ..stats.holdings import PRIOR, Holdings, Implied, holdings, implied
from ..stats.paths import Indexed, counted, indexed, joining
from ..stats.ranking import filtered_ranks
from ._questions import Known, both_ways, salted, sampled

__all__ = ["WAYS", "Mined", "Paths", "Settings", "mine", "starts_of"]

Salts = tuple[np.ndarray, np.ndarray]
WAYS: Final = (  # (decay, power, factor of paths) of joining the rules of an answer; the first is noisy-or, the last near max plus
    *((d, p, 1.0) for d, p in ((1.0, 1.0), (1.0, 2.0), (1.0, 4.0), (0.5, 1.0), (0.25, 1.0), (0.1, 1.0))),
    *((d, p, 2.0) for d, p in ((1.0, 1.0), (1.0, 4.0), (0.5, 1.0), (0.1, 1.0))),
)
BODIES: Final = 200_000  # bodies that are counted at most, however many relations there are
BATCH: Final = 250  # questions whose answers are scored at once
CELLS: Final = 2_000_000  # scores of one way held at once
PULL: Final = 20.0  # validation questions that what serves all relations counts for, against those of one relation and direction
ANY: Final = 0.5  # factor of rules that need only that a thing has a relation: they say little of the thing
SUREST: Final = 0.999  # no rule counts as more than that
LEAST: Final = 1e-4  # weight of the frequency of answers: below any rule, above a tie


@dataclass(frozen=True)
class Settings:
    """How much is looked at. The defaults take a few seconds for 30,000 facts."""

    longest: int = option(0, "steps of the longest path; 0: 3, and 4 or 5 where relations are fewer than 12 or 5", legal=(0, 5))
    facts: int = option(200, "facts of a relation from which paths are proposed", legal=(1, 1_000_000))
    tries: int = option(400, "meeting points that are looked at between two things", legal=(1, 1_000_000))
    bodies: int = option(300, "bodies of a relation and a length that are counted, those that join most facts first", legal=(1, 1_000_000))
    kept: int = option(200, "path rules of a relation and direction that are kept, the surest first", legal=(1, 1_000_000))
    budget: int = option(20_000, "steps that counting one body may cost", legal=(100, 1_000_000_000))
    confidence: float = option(0.02, "least confidence of a rule with constants; half of it serves for paths", legal=(0.0, 1.0))
    questions: int = option(1_000, "validation questions on which joining is chosen", legal=(0, 10_000_000))
    seed: int = option(0, "seed of all samples", legal=(0, 2**31))


@dataclass(frozen=True, eq=False)
class Paths:
    """b path rules, sorted by directed relation, surest first. bodies (b, L) int64, -1 beyond their end; relation, right, tried (b,) int64;
    confidence (b,).
    """

    bodies: np.ndarray
    relation: np.ndarray
    right: np.ndarray
    tried: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True, eq=False)
class Mined:
    """Rules over a graph: `paths` and, between the items of `kept`, `items`; `ways` (2R,) is the place in WAYS that each directed relation uses.

    facts (m, 3): what the rules were mined from; graph: what bodies are looked up in (`over` replaces it by a larger one).
    """

    facts: np.ndarray
    entities: int
    relations: int
    graph: Indexed
    paths: Paths
    kept: Holdings
    items: Implied
    rules: Weighed
    ways: np.ndarray
    answers: np.ndarray  # (k, 3) int64: directed relation, a thing that answers it, and how often; sorted

    def scores(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """(q, e) float32: what rules say of each answer, ways as chosen."""
        out = np.empty((len(heads), self.entities), np.float32)
        for way in np.unique(self.ways[relations]):
            chosen = np.flatnonzero(self.ways[relations] == way)
            out[chosen] = self.joined(heads[chosen], relations[chosen], [WAYS[way]])[0]
        return out

    def joined(self, heads: np.ndarray, relations: np.ndarray, ways: list[tuple[float, float, float]]) -> np.ndarray:
        """(a, q, e) float32 scores under a ways of one common factor of paths, and the frequency of answers below any of them."""
        decay, power, factor = (np.array(column) for column in zip(*ways, strict=True))
        rules = self.rules if factor[0] == 1.0 else self.rules._replace(path_weight=(self.rules.path_weight * factor[0]).astype(np.float32))
        found = evidence(self.graph, self.kept, rules, heads, relations, decay, power)
        for r in np.unique(relations):
            found[:, relations == r] += LEAST * self._frequency(int(r))
        return found

    def _frequency(self, relation: int) -> np.ndarray:
        """(e,) float32: the share of a relation's facts that each thing answers, and a thousandth of its share of all."""
        low, high = np.searchsorted(self.answers[:, 0], (relation, relation + 1))
        own = np.zeros(self.entities)
        own[self.answers[low:high, 1]] = self.answers[low:high, 2]
        anywhere = np.diff(self.graph.starts) / max(1, len(self.graph.steps))
        return (own / max(1.0, own.sum()) + 1e-3 * anywhere).astype(np.float32)

    def over(self, facts: np.ndarray) -> Mined:
        """The same rules, their bodies looked up in other facts about the same things."""
        graph = indexed(facts, self.entities, self.relations)
        heads = np.repeat(np.arange(self.entities), np.diff(graph.starts))
        first = np.r_[True, (np.diff(heads) != 0) | (np.diff(graph.steps) != 0)][: len(heads)]
        wide = self.entities + 1
        keys = np.concatenate([graph.steps.astype(np.int64) * wide + graph.ends, graph.steps[first].astype(np.int64) * wide + self.entities])
        owners, own = np.concatenate([heads, heads[first]]), self.kept.relation * wide + self.kept.tail
        places = np.searchsorted(own, keys) if len(own) else np.zeros(len(keys), np.int64)
        known = own[np.minimum(places, len(own) - 1)] == keys if len(own) else np.zeros(len(keys), bool)
        places, owners = places[known], owners[known]
        by_owner, by_item = np.lexsort((places, owners)), np.lexsort((owners, places))
        owned = np.searchsorted(owners[by_owner], np.arange(self.entities + 1))
        held = np.searchsorted(places[by_item], np.arange(len(own) + 1))
        kept = self.kept._replace(owned=owned, items=places[by_owner], held=held, holders=owners[by_item])
        return replace(self, graph=graph, kept=kept)


def mine(
    facts: np.ndarray, entities: int, relations: int, *, valid: np.ndarray | None = None, settings: Settings = Settings(), share: float = 0.0,
    salts: Salts | None = None,
) -> Mined:  # fmt: skip
    """The rules of facts (m, 3). valid (v, 3): facts unseen by the rules, on which joining is chosen; share: how much of all pairs is held out under
    `salts` (it then does not count as wrong that a held-out pair is no fact here).
    """
    facts = np.unique(facts, axis=0) if len(facts) else np.zeros((0, 3), np.int32)
    graph = indexed(facts, entities, relations)
    report("mine", 0, 4)
    paths = _paths(graph, facts, relations, settings, (share, salts or salted(entities, relations)))
    report("mine", 2, 4)
    kept = holdings(graph, relations)
    items = implied(kept, confidence=settings.confidence)
    report("mine", 3, 4)
    rules = _weighed(paths, kept, items, relations)
    ways = np.full(2 * relations, WAYS.index((0.25, 1.0, 1.0)))
    mined = Mined(facts, entities, relations, graph, paths, kept, items, rules, ways, _answers(facts, entities, relations))
    if valid is not None and len(valid):
        mined = replace(mined, ways=_ways(mined, valid, settings))
    report("mine", 4, 4)
    return mined


def _longest(relations: int, longest: int) -> int:
    """Steps of the longest path: long ones where few relations make few bodies."""
    return longest or (5 if relations < 5 else 4 if relations < 12 else 3)


def _paths(graph: Indexed, facts: np.ndarray, relations: int, settings: Settings, share: tuple[float, Salts]) -> Paths:
    """Bodies are proposed from sampled facts of each relation and counted forwards; a body read backwards predicts the inverse just as surely."""
    longest = _longest(relations, settings.longest)
    drawn = np.random.default_rng(settings.seed)
    bounds = np.searchsorted(facts[np.argsort(facts[:, 1], kind="stable"), 1], np.arange(relations + 1))
    by_relation = facts[np.argsort(facts[:, 1], kind="stable")]
    most = min(settings.bodies, max(10, BODIES // (longest * max(1, relations))))
    bodies, heads = [np.zeros((0, longest), np.int64)], [np.zeros(0, np.int64)]
    for r in range(relations):
        own = by_relation[bounds[r] : bounds[r + 1]]
        own = own[drawn.permutation(len(own))[: settings.facts]]
        found, times = joining(graph, (own[:, 0], own[:, 2]), r, relations, longest=longest, tries=settings.tries, seed=settings.seed)
        steps = (found >= 0).sum(axis=1)
        chosen = np.concatenate([np.flatnonzero((steps == k) & (times > (len(own) > 20)))[:most] for k in range(1, longest + 1)])
        bodies.append(np.pad(found[chosen], ((0, 0), (0, longest - found.shape[1])), constant_values=-1))
        heads.append(np.full(len(chosen), r))
    body, head = np.concatenate(bodies), np.concatenate(heads)
    limits = settings.budget, settings.budget
    counts = counted(graph, graph, body, head, starts_of(graph, relations, drawn), share=share, limits=limits)
    confidence = counts.right / (counts.tried + PRIOR)
    fine = (counts.right >= 2) & (confidence >= settings.confidence / 2)
    body, head, confidence, right, tried = (v[fine] for v in (body, head, confidence, counts.right, counts.tried))
    head, right, tried, confidence = np.r_[head, head + relations], *(np.tile(v, 2) for v in (right, tried, confidence))
    body = np.concatenate([body, _reversed(body, relations)])
    order = np.lexsort((-confidence, head))
    order = order[np.arange(len(head)) - np.searchsorted(head[order], head[order]) < settings.kept]
    return Paths(*(v[order] for v in (body, head, right, tried, confidence)))


def _reversed(bodies: np.ndarray, relations: int) -> np.ndarray:
    """The bodies (b, L) as they are walked from their end."""
    out = np.full_like(bodies, -1)
    sizes = (bodies >= 0).sum(axis=1)
    for length in np.unique(sizes):
        rows = np.flatnonzero(sizes == length)
        out[rows, :length] = (bodies[rows, :length][:, ::-1] + relations) % (2 * relations)
    return out


def starts_of(graph: Indexed, relations: int, drawn: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(bounds (2R + 1,), things): the heads of each directed relation, in a drawn order, so that the first ones are a sample."""
    entities = len(graph.starts) - 1
    heads = np.repeat(np.arange(entities), np.diff(graph.starts))
    keys = np.unique(graph.steps.astype(np.int64) * entities + heads)
    keys = keys[np.lexsort((drawn.random(len(keys)), keys // max(1, entities)))]
    return np.searchsorted(keys // max(1, entities), np.arange(2 * relations + 1)), keys % max(1, entities)


def _weighed(paths: Paths, kept: Holdings, items: Implied, relations: int) -> Weighed:
    """The rules as stats/evidence fires them."""
    anything = kept.tail[items.body] == len(kept.owned) - 1
    weight = (_weight(items.confidence) * np.where(anything, ANY, 1.0)).astype(np.float32)
    column = np.lexsort((-weight, items.head))
    places = np.arange(len(kept.tail) + 1)
    return Weighed(
        np.searchsorted(paths.relation, np.arange(2 * relations + 1)),
        paths.bodies,
        _weight(paths.confidence).astype(np.float32),
        np.searchsorted(items.body, places),
        items.head,
        weight,
        np.searchsorted(items.head[column], places),
        items.body[column],
        weight[column],
    )


def _weight(confidence: np.ndarray) -> np.ndarray:
    return -np.log1p(-np.minimum(confidence, SUREST))


def _answers(facts: np.ndarray, entities: int, relations: int) -> np.ndarray:
    """(k, 3) int64: directed relation, answer, how many facts it answers."""
    asked = both_ways(facts, relations).astype(np.int64)
    keys, counts = np.unique(asked[:, 1] * max(1, entities) + asked[:, 2], return_counts=True)
    return np.stack([*np.divmod(keys, max(1, entities)), counts], 1)


def _ways(mined: Mined, valid: np.ndarray, settings: Settings) -> np.ndarray:
    """(2R,) the place in WAYS that serves each directed relation's validation questions best, all relations counting for PULL questions of it."""
    known = Known(np.concatenate([mined.facts, valid]), mined.relations)
    questions = sampled(both_ways(valid, mined.relations), settings.questions, settings.seed)
    gain = np.empty((len(WAYS), len(questions)))
    for factor in sorted({way[2] for way in WAYS}):
        chosen = [i for i, way in enumerate(WAYS) if way[2] == factor]
        ways = [WAYS[i] for i in chosen]
        gain[chosen] = _gains(mined, questions, known, ways)
    gain -= gain.mean(axis=0)
    sums = np.stack([np.bincount(questions[:, 1], row, 2 * mined.relations) for row in gain])
    return np.argmax(sums + PULL * gain.mean(axis=1)[:, None], axis=0)


def _gains(mined: Mined, questions: np.ndarray, known: Known, ways: list[tuple[float, float, float]]) -> np.ndarray:
    """(a, q) one over the rank of each question's answer."""
    size = max(1, min(BATCH, CELLS // max(1, mined.entities)))
    found = []
    for start in range(0, len(questions), size):
        heads, relations, wanted = questions[start : start + size].T
        facts = known.of(heads, relations)
        found.append([1.0 / filtered_ranks(scores, wanted, facts) for scores in mined.joined(heads, relations, ways)])
    return np.concatenate(found, axis=1)
