"""Rules join a model: each adds a weight to the log-odds of its level in the rows where it speaks.

    logit(out of fold) + sum over rules r of w_r * fires_r

The weights are a maximum a posteriori fit. Their prior is Gaussian: centred where the stated probability would bring the model's mean
log-odds in the rule's rows (at 0 where nothing was stated), with the precision of `trust` rows of data, trust * p * (1 - p), the Fisher
information of a rate p. So a rule that speaks of three rows stays near the expert's word, one that speaks of three thousand follows the data.
Weights are fitted without the fold that they are judged on, and only those rules join that lower the cross-fitted log loss.

Expert priors on logistic weights: Genkin, Lewis & Madigan, Technometrics 49 (2007), section 3. What it does *not* do: rules about numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from ..core.errors import UnusableStudy
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.rule import Rule
from ..core.split import Split
from ..stats.scores import log_loss

__all__ = ["Taught", "fires", "restored", "taught"]

FILE: Final = "rules.json"
SUFFIX: Final = "+rules"
LEAST: Final = 1e-9  # a probability is never taken to be smaller
SURE: Final = 0.99  # a stated probability counts as at most this sure
WORTH: Final = 1e-5  # log loss that the rules must save
STEPS: Final = 50  # of Newton's method; a handful is usual


@dataclass(frozen=True)
class Taught(CrossFitted):
    """A model that rules have joined. `columns` also names the columns that rules speak of and, last, each rule by its text.

    weights: (r,) what each rule adds to the log-odds of its level where it speaks.
    """

    rules: tuple[Rule, ...] = ()
    weights: np.ndarray = field(default_factory=lambda: np.empty(0))

    def predict(self, rows: Rows) -> np.ndarray:
        """(n, k) calibrated probabilities with the rules' say."""
        return _raised(super().predict(rows), fires(self.rules, rows) * self.weights, _levels(self.rules, self.goal.classes))

    def contributions_of(self, fold: int, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): the parts of the columns, then one part per rule. Calibration, which they precede, is undone for the rules."""
        return self._ruled(*super().contributions_of(fold, rows), rows)

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): the mean of the folds' contributions over the columns, then one part per rule; before calibration."""
        told = [super(Taught, self).contributions_of(fold, rows) for fold in range(len(self.folds))]
        return self._ruled(np.mean([parts for parts, _ in told], axis=0), np.mean([base for _, base in told], axis=0), rows)

    def slope(self, parts: np.ndarray, base: np.ndarray) -> np.ndarray:
        """(n,) what contributions are times after calibration, which the rules do not go through."""
        texts = {rule.text for rule in self.rules}
        return super().slope(parts[:, [name not in texts for name in self.columns]], base)

    def _ruled(self, parts: np.ndarray, base: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        own = fires(self.rules, rows) * self.weights / self.slope(parts, base)[:, None]
        for r, (rule, level) in enumerate(zip(self.rules, _levels(self.rules, self.goal.classes), strict=True)):
            place = self.columns.index(rule.text)
            if parts.shape[2] == 1:
                parts[:, place, 0] += own[:, r] if level == 1 else -own[:, r]
            else:
                parts[:, place, level] += own[:, r]
        return parts, base

    def seen(self, rows: Rows) -> Rows:
        """The columns that the model looks at; a rule is a column of 1 where it speaks and 0 elsewhere."""
        spoken = fires(self.rules, rows)
        return rows.plus({rule.text: spoken[:, r] for r, rule in enumerate(self.rules)}).only(self.columns)

    def save(self, folder: Path) -> None:
        """Writes `rules.json` into a folder; the folds' models are saved as those of any other model."""
        told = {"rules": [rule.to_json() for rule in self.rules], "weights": [float(w) for w in self.weights]}
        (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def taught(model: CrossFitted, rules: Sequence[Rule], split: Split, trust: float) -> CrossFitted:
    """The model with those rules that lower its cross-fitted log loss; the model as it was where none does."""
    lesson = _Lesson(model, split, trust)
    kept = tuple({rule.text: rule for rule in rules}.values())
    before, (made, after) = lesson.loss(model.out_of_fold), lesson.crossed(kept)
    for rule in kept:  # a rule that the others do without goes; the last one stands against the bare model
        fewer = tuple(r for r in kept if r is not rule)
        out, loss = lesson.crossed(fewer)
        if loss < after + WORTH:
            kept, made, after = fewer, out, loss
    if not kept or not after < before - WORTH:
        return model
    loss = np.array([lesson.loss(made, split.folds == fold) for fold in range(len(model.loss))])
    return _joined(replace(model, out_of_fold=made, loss=loss), kept, lesson.fitted(kept, lesson.known))


class _Lesson:
    """What every fit shares: the rows with a known target, what the model says of them, and how much they count."""

    def __init__(self, model: CrossFitted, split: Split, trust: float) -> None:
        self.goal, self.out, self.rows, self.folds, self.trust = model.goal, model.out_of_fold, split.rows, split.folds, trust
        self.truth = model.goal.coded(split.rows)
        self.known = ~np.isnan(self.truth) & ~np.isnan(self.out).any(axis=1)
        self.weight = np.ones(len(self.truth)) if model.goal.weight is None else np.nan_to_num(split.rows[model.goal.weight])

    def fitted(self, rules: tuple[Rule, ...], where: np.ndarray) -> np.ndarray:
        """(r,) weights by the rows at `where` (a mask)."""
        speaks, levels = fires(rules, self.rows)[where], _levels(rules, self.goal.classes)
        weight = self.weight[where] / max(self.weight[where].mean(), LEAST)
        return _fitted(_prior(rules, levels, speaks, self.out[where], self.trust), levels, speaks, self.out[where], self.truth[where], weight)

    def crossed(self, rules: tuple[Rule, ...]) -> tuple[np.ndarray, float]:
        """(out-of-fold predictions with the rules, weights fitted on the other folds; their log loss)."""
        made, speaks, levels = self.out.copy(), fires(rules, self.rows), _levels(rules, self.goal.classes)
        for fold in np.unique(self.folds) if rules else ():
            own = self.folds == fold
            made[own] = _raised(self.out[own], speaks[own] * self.fitted(rules, self.known & ~own), levels)
        return made, self.loss(made)

    def loss(self, out: np.ndarray, where: np.ndarray | None = None) -> float:
        """The log loss over known rows (at `where`); NaN where there is none."""
        rows = self.known if where is None else self.known & where
        return float(log_loss(self.truth[rows], out[rows], self.weight[rows])) if self.weight[rows].sum() > 0 else float("nan")


def restored(model: CrossFitted, folder: Path) -> CrossFitted:
    """The saved model with the rules that lie beside it, if any do. Raises UnusableStudy when they cannot be read."""
    file = folder / FILE
    if not file.exists():
        return model
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        rules = tuple(Rule.from_json(tree) for tree in told["rules"])
        weights = np.array(told["weights"], dtype=np.float64)
        levels = _levels(rules, model.goal.classes)
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableStudy(f"the rules of the study cannot be read ({file.name}: {error}); it is damaged.") from error
    if weights.shape != (len(levels),) or not np.isfinite(weights).all():
        raise UnusableStudy(f"the rules of the study cannot be read ({file.name}: one finite weight per rule is expected); it is damaged.")
    return _joined(model, rules, weights)


def fires(rules: Sequence[Rule], rows: Rows) -> np.ndarray:
    """(n, r) 1.0 where a rule speaks."""
    return np.column_stack([rule.when.holds(rows) for rule in rules]).astype(np.float64) if rules else np.zeros((rows.n, 0))


def _joined(model: CrossFitted, rules: tuple[Rule, ...], weights: np.ndarray) -> Taught:
    spoken = [name for rule in rules for name in rule.when.columns()]
    columns = tuple(dict.fromkeys((*model.columns, *spoken, *(rule.text for rule in rules))))
    name = model.name.removesuffix(SUFFIX) + SUFFIX
    return Taught(name, model.goal, columns, model.folds, model.out_of_fold, model.loss, model.scale, model.shift, model.bend, rules, weights)


def _levels(rules: Sequence[Rule], classes: tuple[str, ...]) -> list[int]:
    return [classes.index(rule.level) for rule in rules]


def _raised(probability: np.ndarray, added: np.ndarray, levels: list[int]) -> np.ndarray:
    """(n, k) probabilities after adding (n, r) to the log-odds of the rules' levels; rows where no rule speaks stay as they are."""
    where = np.flatnonzero(added.any(axis=1))
    logits = np.log(np.clip(probability[where], LEAST, 1.0))
    for r, level in enumerate(levels):
        logits[:, level] += added[where, r]
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    out = probability.copy()
    out[where] = raised / raised.sum(axis=1, keepdims=True)
    return out


def _fitted(
    prior: tuple[np.ndarray, np.ndarray], levels: list[int], speaks: np.ndarray, out: np.ndarray, truth: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """(r,) weights: Newton's method on the log posterior, which has one summit. A rule that speaks nowhere weighs nothing."""
    some = speaks.any(axis=1)
    speaks, out, truth, weight = speaks[some], out[some], truth[some].astype(np.int64), weight[some]
    centre, precision = prior
    hits = np.column_stack([truth == level for level in levels]).astype(np.float64)
    same = np.equal.outer(levels, levels)
    found = centre.copy()
    for _ in range(STEPS):
        p = _raised(out, speaks * found, levels)[:, levels]
        slope = (weight[:, None] * speaks * (hits - p)).sum(axis=0) - precision * (found - centre)
        shared = (weight[:, None] * speaks * p).T
        curve = np.where(same, shared @ speaks, 0.0) - shared @ (speaks * p) + np.diag(precision + LEAST)
        step = np.clip(np.linalg.lstsq(curve, slope, rcond=None)[0], -1.0, 1.0)
        found = found + step
        if np.abs(step).max() < 1e-8:
            break
    return np.where(speaks.any(axis=0), found, 0.0)


def _prior(rules: tuple[Rule, ...], levels: list[int], speaks: np.ndarray, out: np.ndarray, trust: float) -> tuple[np.ndarray, np.ndarray]:
    """((r,) centres, (r,) precisions) of the weights."""
    p = np.clip(out[:, levels], LEAST, 1 - LEAST)
    n = np.maximum(speaks.sum(axis=0), 1.0)
    held = (speaks * np.log(p / (1 - p))).sum(axis=0) / n
    rate = np.clip([(speaks * p).sum(axis=0)[r] / n[r] if rule.stated is None else rule.stated for r, rule in enumerate(rules)], 1 - SURE, SURE)
    said = np.array([rule.stated is not None for rule in rules])
    return np.where(said, np.log(rate / (1 - rate)) - held, 0.0), trust * rate * (1 - rate)
