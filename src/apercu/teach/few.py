"""When labels are few: rules label the rows that have none, a model learns from all of them, and both are weighed by the labels there are.

    20 labelled texts, 4,980 without a label, 10 rules  ->  a label model of the rules, a text model of 5,000 texts, one model of both

1. The rules are joined by a label model (stats/label_model), which gives every row without a label a probability of each class. It reads what the
   rules say and what the experts stated; of the labels it is handed the classes' shares alone, so a label cannot come back to its own row.
2. Any learner is then fitted to these rows and to the labelled ones: each row stands there once per class, weighed by its probability (the expected
   loss of Ratner et al. 2017), all its copies in one fold. Where it reads more than the rules do, it goes beyond them.
3. A logistic model sums the log-probabilities of the model of the labels alone, of that learner, and of the label model, and a correction per rule:

       w_labels * log p_labels + w_learner * log p_learner + w_rules * log p_rules + b_class + sum over rules of v_r * fires_r

   It is a maximum a posteriori fit to the labelled rows, out of fold throughout, with Gaussian priors that make it the learner where
   labels are few (as Genkin, Lewis & Madigan 2007 do for single rules) and let it become the model of the labels where they are many.

It is used where its cross-fitted loss on the labelled rows is lower. Below DECISIVE labels, whose loss is much chance, what experts know decides
unless the labels are clearly against it (by more than a standard error of the difference). Without labels nothing verifies it, and a note says so.
What it does *not* do: numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..core.goal import Goal
from ..core.model import CrossFitted, Learner, Model
from ..core.rows import Coded, Rows
from ..core.rule import Rule
from ..core.split import Split
from ..stats.label_model import LabelModel, fitted
from ..stats.scores import log_loss
from .rules import SUFFIX, fires
from .rules import restored as with_rules

__all__ = ["Case", "Few", "FewModel", "Fit", "Stack", "loader", "pooled", "restored", "voted"]

Fit = Callable[[Split], CrossFitted]

NAME: Final = "few"  # of a fold's model, by which its loader is found
CHANCE: Final = "_chance"  # column of weights; a learner sees no column whose name begins so
POOL: Final = 20_000  # rows without a label that are learned from at most, the first by hash
LEAST_POOL: Final = 50  # rows without a label from which they are worth a fit
SPARED: Final = 0.01  # probability below which a row has no copy of a class
LEAST: Final = 1e-9  # a probability is never taken to be smaller
STEPS: Final = 50  # of Newton's method
CENTRE: Final = (0.0, 1.0, 0.0)  # prior means of the weights of labels, learner (who has learned what the rules say) and rules
PRECISION: Final = 16.0  # of these weights: a standard deviation of a quarter, which twenty labels hardly move and five hundred do
BIAS: Final = 4.0  # of the classes' log-odds: a half
OWN: Final = 8.0  # of a rule's correction: about a third
DECISIVE: Final = 200  # labelled rows from which their loss alone decides; fewer cannot tell two models apart


@dataclass(frozen=True)
class Stack:
    """How labels, learner and rules are summed: weights (3,), bias (k,), own (r,), the levels (r,) of the rules, and their label model."""

    rules: tuple[Rule, ...]
    levels: np.ndarray
    label_model: LabelModel
    weights: np.ndarray
    bias: np.ndarray
    own: np.ndarray

    def votes(self, rows: Rows) -> np.ndarray:
        """(n, r) int: the level of each rule that speaks, -1 of one that is silent."""
        return voted(self.rules, self.levels, rows)

    def parts(self, votes: np.ndarray) -> np.ndarray:
        """(n, r, k) what each rule adds to the log-odds where it speaks."""
        told = self.weights[2] * self.label_model.parts(votes)
        for r, level in enumerate(self.levels):
            told[:, r, level] += np.where(votes[:, r] >= 0, self.own[r], 0.0)
        return told

    @property
    def base(self) -> np.ndarray:
        """(k,) what is added to every row."""
        return self.weights[2] * self.label_model.base + self.bias

    def probabilities(self, labels: np.ndarray | None, learner: np.ndarray | None, votes: np.ndarray) -> np.ndarray:
        """(n, k) of the probabilities (n, k) that the model of the labels and the learner give, either of which may be absent."""
        total = self.parts(votes).sum(axis=1) + self.base
        for weight, told in zip(self.weights[:2], (labels, learner), strict=True):
            if told is not None:
                total += weight * np.log(np.clip(told, LEAST, 1.0))
        raised = np.exp(total - total.max(axis=1, keepdims=True)) if len(total) else total
        return raised / raised.sum(axis=1, keepdims=True)

    def to_json(self) -> dict[str, Any]:
        """The fields; `Stack.from_json` reads them back."""
        model = {name: getattr(self.label_model, name).tolist() for name in ("balance", "answers", "power")}
        numbers = {name: getattr(self, name).tolist() for name in ("levels", "weights", "bias", "own")}
        return {"rules": [rule.to_json() for rule in self.rules], "label_model": model, **numbers}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Stack:
        """Reads what `to_json` wrote. Raises ValueError where shapes do not fit each other."""
        rules = tuple(Rule.from_json(rule) for rule in tree["rules"])
        model = LabelModel(*(np.array(tree["label_model"][name], dtype=np.float64) for name in ("balance", "answers", "power")))
        weights, bias, own = (np.array(tree[name], dtype=np.float64) for name in ("weights", "bias", "own"))
        levels, k, r = np.array(tree["levels"], dtype=np.int64), len(bias), len(rules)
        shapes = (weights.shape, own.shape, levels.shape, model.balance.shape, model.answers.shape, model.power.shape)
        if shapes != ((3,), (r,), (r,), (k,), (r, k, k + 1), (r,)) or not all(np.isfinite(a).all() for a in (weights, bias, own)):
            raise ValueError("the weights of the rules do not fit each other")
        return Stack(rules, levels, model, weights, bias, own)


@dataclass(frozen=True)
class FewModel:
    """One fold of both: labels is the fold's model of the labels alone, learner that of all rows; each with its calibration (scale, shift, bend)."""

    columns: tuple[str, ...]
    goal: Goal
    labels: Model | None
    learner: Model | None
    calibration: tuple[tuple[float, ...], tuple[float, ...]]
    stack: Stack
    name: str = NAME

    def predict(self, rows: Rows) -> np.ndarray:
        """(n, k) probabilities."""
        labels, learner = (
            None if model is None else self._moved(i).calibrated(model.predict(rows)) for i, model in enumerate((self.labels, self.learner))
        )
        return self.stack.probabilities(labels, learner, self.stack.votes(rows))

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): the weighed parts of both models' columns, then one part per rule."""
        binary = len(self.goal.classes) == 2
        parts, base = np.zeros((rows.n, len(self.columns), 1 if binary else len(self.goal.classes))), _odds(self.stack.base, binary)
        for i, (model, weight) in enumerate(zip((self.labels, self.learner), self.stack.weights[:2], strict=True)):
            if model is not None:
                own, start = model.contributions(rows)
                calibrated = self._moved(i)
                parts[:, [self.columns.index(name) for name in model.columns]] += weight * calibrated.slope(own, start)[:, None, None] * own
                base = base + weight * (calibrated.moved(start) if binary else calibrated.scale * start)
        said = self.stack.parts(self.stack.votes(rows))
        for r, rule in enumerate(self.stack.rules):
            parts[:, self.columns.index(rule.text)] += _odds(said[:, r], binary)
        return parts, base

    def save(self, folder: Path) -> dict[str, Any]:
        """Both models write into folders of their own."""
        card: dict[str, Any] = {"columns": list(self.columns), "goal": self.goal.to_json(), "stack": self.stack.to_json()}
        card["calibration"] = [list(pair) for pair in self.calibration]
        for name, model in (("labels", self.labels), ("learner", self.learner)):
            if model is not None:
                (folder / name).mkdir()
                card[name] = {"learner": model.name, "card": model.save(folder / name)}
        return card

    def _moved(self, which: int) -> CrossFitted:
        """A carrier of the calibration of one of both models."""
        return CrossFitted("", self.goal, (), (), np.empty(0), np.empty(0), *self.calibration[which])


@dataclass(frozen=True)
class Few(CrossFitted):
    """A model whose folds are of both; it also looks at each rule, as a column of 1 where the rule speaks."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that it was taught."""
        fold = self.folds[0]
        assert isinstance(fold, FewModel)
        return fold.stack.rules

    def seen(self, rows: Rows) -> Rows:
        """The columns that the model looks at, one per name in `columns`."""
        spoken = fires(self.rules, rows)
        return rows.plus({rule.text: spoken[:, r] for r, rule in enumerate(self.rules)}).only(self.columns)


def loader(learners: Mapping[str, type[Learner]]) -> dict[str, Any]:
    """The learners, and what opens the folds of a model that was taught with few labels."""

    class Loader:
        """Reads what `FewModel.save` wrote."""

        @staticmethod
        def load(folder: Path, card: Mapping[str, Any]) -> FewModel:
            models = {n: learners[card[n]["learner"]].load(folder / n, card[n]["card"]) if n in card else None for n in ("labels", "learner")}
            moves = tuple(tuple(float(number) for number in told) for told in card["calibration"])
            goal, stack = Goal.from_json(card["goal"]), Stack.from_json(card["stack"])
            return FewModel(tuple(card["columns"]), goal, models["labels"], models["learner"], (moves[0], moves[1]), stack)

    return {**learners, NAME: Loader}


def restored(model: CrossFitted, folder: Path) -> CrossFitted:
    """The saved model with what it was taught, if anything. Raises UnusableStudy when that cannot be read."""
    if model.folds and isinstance(model.folds[0], FewModel):
        return Few(**{field.name: getattr(model, field.name) for field in fields(model)})
    return with_rules(model, folder)


@dataclass(frozen=True)
class Case:
    """What every fit shares. known: the places of the labelled rows; of these rows truth, weight, folds, and what is said of them out of fold."""

    goal: Goal
    rules: tuple[Rule, ...]
    levels: np.ndarray
    votes: np.ndarray
    label_model: LabelModel
    known: np.ndarray
    truth: np.ndarray
    weight: np.ndarray
    folds: np.ndarray
    blocks: np.ndarray | None
    labels: np.ndarray | None
    learner: np.ndarray | None = None

    @staticmethod
    def of(model: CrossFitted | None, rules: Sequence[Rule], split: Split, trust: float) -> Case | None:
        """None where too few rows lack a label for a fit to be worth its time, or no rule speaks.

        model: of the labels alone, None where there are none; rules: each once.
        """
        goal = split.goal
        assert goal is not None
        kept = tuple(rules)
        truth = goal.coded(split.rows)
        known = np.flatnonzero(~np.isnan(truth) & (True if model is None else ~np.isnan(model.out_of_fold).any(axis=1)))
        levels = np.array([goal.classes.index(rule.level) for rule in kept], dtype=np.int64)
        votes = voted(kept, levels, split.rows)
        if split.rows.n - len(known) < max(LEAST_POOL, len(known)) or not (votes >= 0).any():
            return None
        counts = np.bincount(truth[known].astype(np.int64), minlength=len(goal.classes)).astype(np.float64)
        balance = counts + 1.0 if len(known) else _shares(votes, levels, kept, len(goal.classes))
        stated = np.array([np.nan if rule.stated is None else rule.stated for rule in kept])
        own = fitted(votes, stated, balance, trust, max(trust, float(len(known))))
        weight = goal.weights(split.rows)
        weight = np.ones(split.rows.n) if weight is None else weight
        told = None if model is None else model.out_of_fold[known]
        blocks = None if split.blocks is None else split.blocks[known]
        return Case(goal, kept, levels, votes, own, known, truth[known].astype(np.int64), weight[known], split.folds[known], blocks, told)

    def grown(self, model: CrossFitted | None, split: Split, fit: Fit) -> tuple[Few, float]:
        """(the model of labels, learner and rules, its cross-fitted log loss on the labelled rows, NaN where there are none)."""
        soft, place = pooled(split, self.label_model.probabilities(self.votes))
        learner = fit(soft)
        case = replace(self, learner=learner.out_of_fold[place[self.known]])
        stack = case.fitted(np.ones(len(case.truth), dtype=bool))
        out, loss = np.full((split.rows.n, len(self.goal.classes)), np.nan), np.full(int(split.folds.max()) + 1, np.nan)
        if model is not None:
            out[case.known], loss = case.crossed(len(loss))
        return _made(model, learner, stack, out, loss), case.loss(out[case.known])

    def loss(self, told: np.ndarray) -> float:
        """The log loss of what is said of the labelled rows (n, k); NaN where there are none."""
        return float(log_loss(self.truth, told, self.weight)) if self.weight.sum() > 0 else float("nan")

    def helps(self, told: np.ndarray, rival: np.ndarray) -> bool:
        """Whether what is said of the labelled rows (n, k) is to be preferred to what a rival says of them."""
        each = [-np.log(np.clip(one[np.arange(len(self.truth)), self.truth], LEAST, 1.0)) for one in (told, rival)]
        more = (each[0] - each[1]) * self.weight / max(float(self.weight.mean()), LEAST)
        n = len(more)
        if n >= DECISIVE:
            return float(more.mean()) < 0.0
        sums = more if self.blocks is None else np.bincount(np.unique(self.blocks, return_inverse=True)[1], more)
        return float(more.mean()) < float(np.sqrt(len(sums) * np.var(sums))) / n

    def fitted(self, where: np.ndarray) -> Stack:
        """The stack by the labelled rows at `where` (a mask); the prior means where there are none."""
        k, r = len(self.goal.classes), len(self.rules)
        votes = self.votes[self.known][where]
        centre = np.concatenate([CENTRE, np.zeros(k + r)])
        precision = np.concatenate([np.full(3, PRECISION), np.full(k, BIAS), np.full(r, OWN)])
        found = centre
        if where.any():
            told = [None if part is None else part[where] for part in (self.labels, self.learner)]
            found = _mode(_design(told, self.label_model.scores(votes), votes, self.levels), self.truth[where], self.weight[where], centre, precision)
        return Stack(self.rules, self.levels, self.label_model, found[:3], found[3 : 3 + k], found[3 + k :])

    def crossed(self, folds: int) -> tuple[np.ndarray, np.ndarray]:
        """((n, k) what stacks of the other folds say of the labelled rows, (folds,) the mean loss of each fold)."""
        made = np.zeros((len(self.truth), len(self.goal.classes)))
        loss = np.full(folds, np.nan)
        for fold in np.unique(self.folds):
            own = self.folds == fold
            labels, learner = (None if part is None else part[own] for part in (self.labels, self.learner))
            made[own] = self.fitted(~own).probabilities(labels, learner, self.votes[self.known][own])
            if self.weight[own].sum() > 0:
                loss[fold] = float(log_loss(self.truth[own], made[own], self.weight[own]))
        return made, loss


def pooled(split: Split, chances: np.ndarray) -> tuple[Split, np.ndarray]:
    """(rows to learn from, (n,) where each row's first copy stands among them, -1 where it has none).

    Each row without a label stands there once per class with the weight of its probability in `chances` (n, k), each labelled row once.
    """
    goal = split.goal
    assert goal is not None
    truth, k = goal.coded(split.rows), len(goal.classes)
    bare = np.isnan(truth)
    weight = np.where(chances >= SPARED, chances, 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    weight[bare & (np.cumsum(bare) > POOL)] = 0.0
    weight[~bare] = np.eye(k)[truth[~bare].astype(np.int64)]
    at, level = np.nonzero(weight)
    given = goal.weights(split.rows)
    chance = weight[at, level] * (1.0 if given is None else given[at])
    order = np.argsort(np.argsort(np.array(goal.classes, dtype=object)))  # levels of text stand sorted
    target = Coded(order[level].astype(np.int32), tuple(sorted(goal.classes)))
    rows = split.rows.take(at).plus({goal.target: target, CHANCE: chance})
    place = np.full(split.rows.n, -1)
    place[at[::-1]] = np.arange(len(at))[::-1]
    blocks = None if split.blocks is None else split.blocks[at]
    own = replace(split, goal=replace(goal, weight=CHANCE), rows=rows, half=split.half[at], folds=split.folds[at], blocks=blocks)
    return own, place


def voted(rules: Sequence[Rule], levels: np.ndarray, rows: Rows) -> np.ndarray:
    """(n, r) int: the level of each rule that speaks, -1 of one that is silent."""
    return np.where(fires(rules, rows) > 0, levels, -1).astype(np.int64)


def _made(model: CrossFitted | None, learner: CrossFitted, stack: Stack, out: np.ndarray, loss: np.ndarray) -> Few:
    goal = learner.goal if model is None else model.goal
    goal = replace(goal, weight=None) if goal.weight == CHANCE else goal
    spoken = [name for rule in stack.rules for name in (*rule.when.columns(), rule.text)]
    texts = {rule.text for rule in stack.rules}
    named = [name for name in (*(() if model is None else model.columns), *learner.columns, *spoken) if name not in texts]
    columns = (*dict.fromkeys(named), *(rule.text for rule in stack.rules))
    moves = tuple((1.0, 0.0, 0.0) if one is None else (one.scale, one.shift, one.bend) for one in (model, learner))
    labels = [None] * len(learner.folds) if model is None else model.folds
    folds = tuple(FewModel(columns, goal, a, b, (moves[0], moves[1]), stack) for a, b in zip(labels, learner.folds, strict=True))
    return Few(learner.name + SUFFIX, goal, columns, folds, out, loss)


def _design(told: Sequence[np.ndarray | None], scores: np.ndarray, votes: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """(n, k, 3 + k + r): what each weight multiplies in the log-odds of each class."""
    n, k = scores.shape
    x = np.zeros((n, k, 3 + k + len(levels)))
    for i, part in enumerate(told):
        x[:, :, i] = 0.0 if part is None else np.log(np.clip(part, LEAST, 1.0))
    x[:, :, 2] = scores
    x[:, np.arange(k), 3 + np.arange(k)] = 1.0
    for r, level in enumerate(levels):
        x[:, level, 3 + k + r] = votes[:, r] >= 0
    return x


def _mode(x: np.ndarray, truth: np.ndarray, weight: np.ndarray, centre: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """(p,) the summit of the log posterior of a conditional logit, by Newton's method with steps that never lower it."""
    weight = weight / max(float(weight.mean()), LEAST)
    right = np.arange(len(truth)), truth

    def posterior(found: np.ndarray) -> tuple[float, np.ndarray]:
        total = x @ found
        total -= total.max(axis=1, keepdims=True)
        raised = np.exp(total)
        p = raised / raised.sum(axis=1, keepdims=True)
        told = weight @ np.log(np.maximum(p[right], 1e-300))
        return float(told - (precision * (found - centre) ** 2).sum() / 2), p

    found = centre
    height, p = posterior(found)
    for _ in range(STEPS):
        mean = np.einsum("nk,nkp->np", p, x)
        slope = weight @ (x[right] - mean) - precision * (found - centre)
        spread = np.einsum("nk,nkp,nkq->pq", weight[:, None] * p, x, x, optimize=True) - (weight[:, None] * mean).T @ mean
        step = np.linalg.solve(spread + np.diag(precision), slope)
        size, again = 1.0, posterior(found + step)
        while size > 1e-4 and again[0] < height:
            size /= 2
            again = posterior(found + size * step)
        if size <= 1e-4:
            break
        found, (height, p) = found + size * step, again
        if np.abs(size * step).max() < 1e-8:
            break
    return found


def _shares(votes: np.ndarray, levels: np.ndarray, rules: Sequence[Rule], k: int) -> np.ndarray:
    """(k,) a first guess of the classes' shares from the rules alone: the rows in which they speak, by how often they are stated to be right."""
    found = np.full(k, 1.0)
    for c in range(k):
        own = [r for r, level in enumerate(levels) if level == c]
        for r in own:
            stated = rules[r].stated
            said = 0.8 if stated is None else stated
            found[c] += said * np.count_nonzero(votes[:, r] >= 0)
            found[np.arange(k) != c] += (1 - said) * np.count_nonzero(votes[:, r] >= 0) / max(1, k - 1)
    return found


def _odds(told: np.ndarray, binary: bool) -> np.ndarray:
    """(..., k') of (..., k) log-odds."""
    return told[..., 1:] - told[..., :1] if binary else told
