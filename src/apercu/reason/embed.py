"""Embed: every entity and relation of a graph becomes a row of numbers, whose products say which facts are likely.

    embedding = embed(facts, entities, relations, valid=valid)
    embedding.scores(np.array([acme]), np.array([subsidiary]))        # (1, e), the likelier answers higher

ComplEx with the N3 penalty, each relation also backwards, softmax over all entities, and Adagrad (Lacroix, Usunier & Obozinski 2018); the relation
of each fact is predicted besides, with weight RELATION (Chen, Minervini, Riedel & Stenetorp 2021). Gradients are written out, the work is done by
BLAS in float32. Facts with the same head and relation share a question: up to SHARED answers of it stand in one row of a batch, which has the
gradient of as many rows and costs one. The strength of the penalty is chosen by a race: short, narrow trainings under each of PENALTIES, judged on
validation facts; training then stops when the validation rank no longer rises, and keeps the best.

Products are trained thrice, from different first numbers, and their scores averaged. The same seed and minutes give the same numbers on one
machine: minutes are turned into epochs by the work they mean, not by the clock, unless the machine is so slow that LATE times the minutes of CPU
are over. What it does *not* do: facts about entities that no fact learned from speaks of.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from ..core.errors import UnusableStudy
from ..core.options import option
from ..core.progress import report
from ._factors import MODELS, cubes, is_product, questions, scored, to_relation, traced, width
from ._questions import Known, both_ways, ranks_of, sampled

__all__ = ["Embedding", "Settings", "embed", "load"]

PENALTIES: Final = (0.001, 0.003, 0.01, 0.03, 0.1)  # of N3; the papers' best lie between .005 and .1
RELATION: Final = 0.1  # weight of predicting the relation
RATE: Final = 0.1  # step of Adagrad, the paper's
START: Final = 1e-3  # spread of the first numbers, the paper's
BATCH: Final = 500  # facts a step
SHARED: Final = 4  # answers that share a row
SPEED: Final = 4e10  # floating point operations of a CPU second that minutes are reckoned by
EACH: Final = 8e-9  # CPU seconds that a batch takes for each number of the tables
PAUSE: Final = 2e-3  # CPU seconds that a batch takes for itself
LATE: Final = 1.5  # times the minutes after which training stops wherever it is
RACE: Final = 0.2  # share of the minutes that the race may take
LOOKS: Final = 10  # times that a training is judged
PATIENCE: Final = 3  # looks without a rise
TWINS: Final = 3  # trainings from different first numbers, whose scores are averaged: they see more than one of the same time
EPOCHS: Final = 400  # at most
JUDGED: Final = 4_000  # validation questions that a look asks


@dataclass(frozen=True)
class Settings:
    """What is trained, and for how long."""

    model: str = option("complex", "how a fact is scored", legal=MODELS)
    rank: int = option(256, "numbers of an entity (complex ones for complex and rotate)", legal=(1, 4096))
    penalty: float = option(0.0, "strength of the N3 penalty; 0: chosen by a race on validation facts", legal=(0.0, 10.0))
    minutes: float = option(2.0, "CPU minutes that race and training may take", legal=(0.0, 10_000.0), unit="minutes")
    seed: int = option(0, "seed of the first numbers and the order of facts", legal=(0, 2**31))


@dataclass(frozen=True, eq=False)
class Embedding:
    """entities (e, w) and relations (2R, v), float32; `rank_quality`: mean of 1 / rank on validation facts; `penalty`: what it was trained under."""

    model: str
    entities: np.ndarray
    relations: np.ndarray
    rank_quality: float = float("nan")
    penalty: float = 0.0

    def scores(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        """(q, e) float32: the score of each entity as the answer of each question."""
        return scored(self.model, questions(self.model, self.entities[heads], self.relations[relations]), self.entities)

    def save(self, path: str | Path) -> None:
        """Writes plain arrays (npz); nothing in the file can run."""
        kept = {"model": np.array(self.model), "judged": np.array([self.rank_quality, self.penalty])}
        np.savez(path, allow_pickle=False, entities=self.entities, relations=self.relations, **kept)


def load(path: str | Path) -> Embedding:
    """The embedding that `save` wrote. Raises UnusableStudy where the file is not one."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            quality, penalty = kept["judged"].tolist()
            return Embedding(str(kept["model"]), kept["entities"], kept["relations"], quality, penalty)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise UnusableStudy(f"{Path(path).name} is not an embedding that apercu saved ({error}).") from error


class _Task(NamedTuple):
    """What is learned: rows (k, 3) head, directed relation, place of the first answer in `answers`, sorted; and how it is judged."""

    asked: np.ndarray
    entities: int
    relations: int
    judged: np.ndarray
    known: Known


def embed(facts: np.ndarray, entities: int, relations: int, *, valid: np.ndarray | None = None, settings: Settings = Settings()) -> Embedding:
    """The embedding of facts (m, 3). valid (v, 3) judge it; without any it is trained for the whole time under the middle penalty."""
    facts = np.unique(facts, axis=0).astype(np.int64)
    asked = both_ways(facts, relations)
    asked = asked[np.lexsort((asked[:, 1], asked[:, 0]))]
    valid = np.zeros((0, 3), np.int64) if valid is None else valid.astype(np.int64)
    judged = sampled(both_ways(valid, relations), JUDGED, settings.seed)
    task = _Task(asked, entities, relations, judged, Known(np.concatenate([facts, valid]), relations))
    seconds, penalty = 60.0 * settings.minutes, settings.penalty
    if penalty == 0.0 and len(judged):
        narrow = max(1, min(settings.rank, max(32, settings.rank // 4)))
        part = RACE * seconds / len(PENALTIES)
        raced = [_trained(task, (settings.model, narrow, p, settings.seed), part, (4 * i, 4)) for i, p in enumerate(PENALTIES)]
        penalty = max(raced, key=lambda e: e.rank_quality).penalty
        seconds *= 1.0 - RACE
    penalty = penalty or PENALTIES[len(PENALTIES) // 2]
    twins = TWINS if is_product(settings.model) else 1
    seeds = [settings.seed + i for i in range(twins)]
    part = 80 // twins
    trained = [_trained(task, (settings.model, settings.rank, penalty, seed), seconds / twins, (20 + i * part, part)) for i, seed in enumerate(seeds)]
    return _averaged(trained, task) if twins > 1 else trained[0]


def _averaged(trained: list[Embedding], task: _Task) -> Embedding:
    """One embedding whose scores are the mean of those of several that are products: their numbers side by side."""
    model = trained[0].model
    halves = 2 if model == "complex" else 1
    tables = []
    for name in ("entities", "relations"):
        parts = [np.split(getattr(one, name), halves, axis=1) for one in trained]
        tables.append(np.concatenate([part[i] for i in range(halves) for part in parts], 1))
    tables[1] /= np.float32(len(trained))
    whole = Embedding(model, tables[0], tables[1], float("nan"), trained[0].penalty)
    return replace(whole, rank_quality=_quality(whole, task))


def _quality(embedding: Embedding, task: _Task) -> float:
    """The mean of 1 / rank on the questions that judge; NaN without any."""
    ranks = ranks_of(embedding.scores, task.judged, task.known, task.entities)
    return float(np.mean(1.0 / ranks)) if len(ranks) else float("nan")


def _trained(task: _Task, how: tuple[str, int, float, int], seconds: float, stage: tuple[int, int]) -> Embedding:
    """One training. how: model, rank, penalty, seed; stage: percent of the whole work before it and in it, for who waits."""
    model, rank, penalty, seed = how
    drawn = np.random.default_rng(seed)
    wide, narrow = width(model, rank)
    learned = _Adagrad(drawn, (task.entities, wide)), _Adagrad(drawn, (2 * task.relations, narrow))
    epochs = int(np.clip(seconds / _seconds(task, wide), 1, EPOCHS))
    look = max(1, epochs // LOOKS)
    begun, best, since = time.process_time(), None, 0
    for epoch in range(1, epochs + 1):
        _epoch(task, (model, penalty), learned, drawn)
        late = time.process_time() - begun > LATE * seconds
        if epoch % look == 0 or epoch == epochs or late:
            now = Embedding(model, learned[0].rows.copy(), learned[1].rows.copy(), float("nan"), penalty)
            if not len(task.judged):
                best = now
            else:
                now, since = replace(now, rank_quality=_quality(now, task)), since + 1
                if best is None or now.rank_quality > best.rank_quality:
                    best, since = now, 0
            report("embed", stage[0] + stage[1] * epoch / epochs, 100)
            if late or since >= PATIENCE:
                break
    assert best is not None
    return best


def _seconds(task: _Task, wide: int) -> float:
    """CPU seconds that an epoch is reckoned to take: three products, and what every batch costs besides."""
    rows = len(_rows(task.asked, np.random.default_rng(0))[1])
    batches = 1 + len(task.asked) // BATCH
    return 6.0 * task.entities * wide * rows / SPEED + batches * (PAUSE + EACH * wide * (task.entities + 2 * task.relations))


class _Adagrad:
    """A table that moves against its gradients, less where it has moved much (Duchi et al. 2011)."""

    def __init__(self, drawn: np.random.Generator, shape: tuple[int, int]) -> None:
        self.rows = (START * drawn.standard_normal(shape)).astype(np.float32)
        self.squares = np.zeros(shape, np.float32)

    def move(self, slope: np.ndarray) -> None:
        """One step against the gradient (n, w), which is used up."""
        self.squares += slope * slope
        slope /= np.sqrt(self.squares) + 1e-10
        self.rows -= RATE * slope


def _rows(asked: np.ndarray, drawn: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(facts in a drawn order within their question, (k,) first facts of rows of up to SHARED answers, (k,) their numbers)."""
    keys = asked[:, 0] * (asked[:, 1].max(initial=0) + 1) + asked[:, 1]
    mixed = asked[np.lexsort((drawn.random(len(asked)), keys))]
    new = np.r_[True, np.diff(keys) != 0][: len(keys)]
    place = np.arange(len(keys)) - np.flatnonzero(new)[np.cumsum(new) - 1]
    first = np.flatnonzero(place % SHARED == 0)
    return mixed, first, np.diff(np.r_[first, len(keys)])


def _epoch(task: _Task, how: tuple[str, float], learned: tuple[_Adagrad, _Adagrad], drawn: np.random.Generator) -> None:
    """Goes once through all facts, both ways."""
    facts, first, size = _rows(task.asked, drawn)
    order = drawn.permutation(len(first))
    batch = np.cumsum(size[order]) // BATCH
    bounds = np.flatnonzero(np.diff(batch, prepend=-1))
    for low, high in zip(bounds, np.append(bounds[1:], len(order)), strict=True):
        rows = order[low:high]
        number = size[rows]
        within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
        _step(facts[np.repeat(first[rows], number) + within], (facts[first[rows], :2], number), how, learned)


def _step(facts: np.ndarray, asked: tuple[np.ndarray, np.ndarray], how: tuple[str, float], learned: tuple[_Adagrad, _Adagrad]) -> None:
    """One step on a batch of m facts (m, 3), which answer k questions (k, 2) of so many answers each (k,)."""
    (model, penalty), (entities, relations) = how, learned
    (heads, kinds), number = asked[0].T, asked[1]
    rows, m = np.repeat(np.arange(len(number)), number), np.float32(len(facts))
    head, kind = entities.rows[heads], relations.rows[kinds]
    question = questions(model, head, kind)
    slope = _softmax_slope(scored(model, question, entities.rows), number / m)
    np.subtract.at(slope, (rows, facts[:, 2]), np.float32(1.0) / m)
    factor = np.float32(1.0 if is_product(model) else 2.0)
    of_question, of_entity = factor * (slope @ entities.rows), factor * (slope.T @ question)
    if not is_product(model):
        of_entity -= factor * slope.sum(axis=0)[:, None] * entities.rows
    of_head, of_kind = traced(model, head, kind, of_question)
    of_entity += _gathered(heads, of_head, len(entities.rows))
    of_relation = _gathered(kinds, of_kind, len(relations.rows))
    if is_product(model):
        of_entity, of_relation = _with_relations(model, facts, learned, (of_entity, of_relation))
        of_relation += _pressed(model, relations.rows, np.bincount(facts[:, 1], minlength=len(relations.rows)) * (3.0 * penalty / m))
    spoken = np.bincount(facts[:, 0], minlength=len(entities.rows)) + np.bincount(facts[:, 2], minlength=len(entities.rows))
    of_entity += _pressed(model, entities.rows, spoken * (3.0 * penalty / m))
    entities.move(of_entity)
    relations.move(of_relation)


def _with_relations(
    model: str, facts: np.ndarray, learned: tuple[_Adagrad, _Adagrad], slopes: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The gradients with that of predicting each fact's relation from its head and tail."""
    entities, relations = (table.rows for table in learned)
    head, tail = entities[facts[:, 0]], entities[facts[:, 2]]
    pair = to_relation(model, head, tail)
    each = RELATION / len(facts)
    slope = _softmax_slope(pair @ relations.T, np.full(len(facts), each))
    slope[np.arange(len(facts)), facts[:, 1]] -= np.float32(each)
    of_pair = slope @ relations
    of_head = to_relation(model, of_pair, tail)
    of_tail = questions(model, head, of_pair)
    places, both = np.concatenate([facts[:, 0], facts[:, 2]]), np.concatenate([of_head, of_tail])
    return slopes[0] + _gathered(places, both, len(entities)), slopes[1] + slope.T @ pair


def _softmax_slope(scores: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(b, e) softmax of scores, in their place, times weights (b,)."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores *= (weight / scores.sum(axis=1)).astype(np.float32)[:, None]
    return scores


def _gathered(places: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    """(n, w) sums of rows (b, w) by place."""
    from scipy.sparse import csr_matrix

    chosen = csr_matrix((np.ones(len(places), np.float32), (places, np.arange(len(places)))), (n, len(places)))
    return chosen @ rows


def _pressed(model: str, rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The gradient of the N3 penalty, each row as often as it was spoken of."""
    return cubes(model, rows) * weight.astype(np.float32)[:, None]
