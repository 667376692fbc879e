"""A label model: what several rules, each right now and then, say together of rows whose class nobody knows.

    two rules say "spam", one says "ham", seven are silent        ->  spam with probability 0.97

Model (Dawid & Skene 1979; Ratner et al. 2017, data programming). Row i has a hidden class y_i, drawn from the class balance. Rule j answers with
a class or is silent (-1), with a chance that depends on the class alone:

    P(y_i = c) = balance_c,    P(answer_ij = v | y_i = c) = answers_jcv

so silence is evidence too: a rule that speaks of half of all spam speaks against spam where it is silent. Both are found by expectation and
maximisation over all rows. The prior of a rule is what its expert stated, worth `trust` rows in which it speaks (a Dirichlet of pseudo-counts, laid
out so that it speaks as often as it does); that of the balance is `balance`, worth `anchored` rows. What thousands of rows without labels suggest is
a structure of the rows, which need not be that of the classes; so, of each rule and of the balance, they all together count for no more than the
prior does (as Nigam et al. 2000 weigh them down).

Assumption: given the class, rules err independently. Near-copies break it, since they count one word twice, and so do rules that exclude each other;
each rule's evidence is therefore raised to a power below one, 1 / (1 + sum of |correlations| between what it and each other rule say beyond what
the classes explain), which counts m copies once and is the weight of linear discriminants whose errors are equally correlated. What also breaks it:
rules that all err on the same rows without being copies, and rules no better than chance, from which nothing can be told; where experts are wrong
about most of their rules, the classes may even be exchanged. Rows without labels cannot show that; only labels can.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

__all__ = ["LabelModel", "fitted"]

ROUNDS: Final = 50  # of expectation and maximisation
WEIGHED: Final = 10  # rounds in which the powers are still measured; later they stand, so that the rounds come to an end
CLOSE: Final = 1e-4  # change of a probability below which the rounds end
LEAST: Final = 1e-6  # a chance is never taken to be smaller
UNSTATED: Final = 0.25  # a rule without a stated accuracy has this share of the trust
CONSTANT: Final = 1e-4  # spread of what a rule says below which it says the same everywhere
NOISE: Final = 2.0  # standard errors by which a correlation counts for less, since noise has some too


@dataclass(frozen=True)
class LabelModel:
    """A fitted label model of r rules and k classes.

    balance (k,): how frequent the classes are. answers (r, k, k + 1): the chance of each answer given the class, silence first.
    power (r,): what each rule's evidence is raised to, 1 where it errs independently of all others.
    """

    balance: np.ndarray
    answers: np.ndarray
    power: np.ndarray

    @property
    def base(self) -> np.ndarray:
        """(k,) the log-probabilities, up to a constant, of a row of which every rule is silent."""
        return np.log(self.balance) + (self.power[:, None] * np.log(self.answers[:, :, 0])).sum(axis=0)

    def parts(self, votes: np.ndarray) -> np.ndarray:
        """(n, r, k) what each rule adds to `base` where it speaks; votes (n, r) int, a class or -1."""
        weighed = self.power[:, None, None] * (np.log(self.answers) - np.log(self.answers[:, :, :1]))
        return weighed.transpose(0, 2, 1)[np.arange(votes.shape[1]), votes + 1]

    def scores(self, votes: np.ndarray) -> np.ndarray:
        """(n, k) log-probabilities up to a constant."""
        told = np.tile(self.base, (len(votes), 1))
        for j in range(votes.shape[1]):
            table = self.power[j] * (np.log(self.answers[j]) - np.log(self.answers[j, :, :1]))
            told += table.T[votes[:, j] + 1]
        return told

    def probabilities(self, votes: np.ndarray) -> np.ndarray:
        """(n, k) the chance of each class given what every rule says."""
        scores = self.scores(votes)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    def accuracy(self, votes: np.ndarray) -> np.ndarray:
        """(r,) how often each rule is right where it speaks, by all rules together; NaN where it never does."""
        chances = self.probabilities(votes)
        found = np.full(votes.shape[1], np.nan)
        for j in range(votes.shape[1]):
            spoken = np.flatnonzero(votes[:, j] >= 0)
            if len(spoken):
                found[j] = float(chances[spoken, votes[spoken, j]].mean())
        return found


def fitted(votes: np.ndarray, stated: np.ndarray, balance: np.ndarray, trust: float = 20.0, anchored: float = 20.0) -> LabelModel:
    """The label model of votes (n, r) in {-1, 0 .. k-1}, n and r at least 1.

    stated (r,): how often each rule is right where it speaks, in the experts' word, NaN where nothing was said; balance (k,): the classes' shares
    before anything is seen, worth `anchored` rows. Statements may lie below the share of their class: then the rule speaks against it.
    """
    balance = np.maximum(balance / balance.sum(), LEAST)
    prior = _prior(votes, stated, balance, trust)
    worth = np.minimum(1.0, prior[:, :, 1:].sum(axis=(1, 2)) / np.maximum((votes >= 0).sum(axis=0), 1.0))
    model = LabelModel(balance, _shares(prior), np.ones(votes.shape[1]))
    model = replace(model, power=_powers(votes, model))
    chances = model.probabilities(votes)
    for step in range(ROUNDS):
        answers = _shares(prior + worth[:, None, None] * _counted(votes, chances))
        share = (min(1.0, anchored / len(votes)) if anchored else 1.0) * chances.sum(axis=0) + anchored * balance
        model = LabelModel(np.maximum(share / share.sum(), LEAST), answers, model.power)
        if step < WEIGHED:
            model = replace(model, power=_powers(votes, model))
        again = model.probabilities(votes)
        moved, chances = float(np.abs(again - chances).max()), again
        if moved < CLOSE and step >= WEIGHED:
            break
    return model


def _prior(votes: np.ndarray, stated: np.ndarray, balance: np.ndarray, trust: float) -> np.ndarray:
    """(r, k, k + 1) pseudo-counts: a rule that speaks in a share s of the rows is taken to have been seen in trust / s rows."""
    r, k = votes.shape[1], len(balance)
    prior = np.zeros((r, k, k + 1))
    for j in range(r):
        counts = np.bincount(votes[:, j] + 1, minlength=k + 1).astype(np.float64)
        spoken = counts[1:].sum()
        if spoken == 0:
            prior[j, :, 0] = balance * trust
            continue
        worth = trust if np.isfinite(stated[j]) else trust * UNSTATED
        rows = worth * len(votes) / spoken
        for v in np.flatnonzero(counts[1:]):
            said = float(np.clip(stated[j] if np.isfinite(stated[j]) else (1.0 + balance[v]) / 2, 0.01, 0.99))
            others = balance.copy()
            others[v] = 0.0
            right = others / max(others.sum(), LEAST) * (1.0 - said)
            right[v] = said
            prior[j, :, v + 1] = worth * counts[v + 1] / spoken * right
        prior[j, :, 0] = np.maximum(rows * balance - prior[j, :, 1:].sum(axis=1), 0.5)
    return prior


def _counted(votes: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """(r, k, k + 1) how many rows of each class each rule answers how, rows counted by their chances (n, k)."""
    k = chances.shape[1]
    found = np.zeros((votes.shape[1], k, k + 1))
    for j in range(votes.shape[1]):
        for c in range(k):
            found[j, c] = np.bincount(votes[:, j] + 1, chances[:, c], minlength=k + 1)
    return found


def _shares(counts: np.ndarray) -> np.ndarray:
    """Counts (r, k, k + 1) as the chances of an answer given the class."""
    shares = counts / np.maximum(counts.sum(axis=2, keepdims=True), LEAST)
    shares = np.maximum(shares, LEAST)
    return shares / shares.sum(axis=2, keepdims=True)


def _powers(votes: np.ndarray, model: LabelModel) -> np.ndarray:
    """(r,) in 0..1 by how what rules say (their evidence, over the classes) goes together beyond what the classes explain.

    The covariance within classes is that of all rows less what lies between the classes; it is nought where rules err independently.
    """
    n, r = votes.shape
    k = len(model.balance)
    said, means = np.empty((r, n * k)), np.empty((r, k * k))
    for j in range(r):
        table = np.log(model.answers[j]) - np.log(model.answers[j, :, :1])  # (k, k + 1): the evidence of each answer
        table = table - table.mean(axis=0)
        own, mean = table.T[votes[:, j] + 1], model.answers[j] @ table.T
        said[j] = (own - own.mean(axis=0)).ravel()
        means[j] = (np.sqrt(model.balance)[:, None] * (mean - model.balance @ mean)).ravel()
    within = said @ said.T / n - means @ means.T
    spread = np.sqrt(np.maximum(np.diag(within), 0.0))
    able = spread > CONSTANT
    alike = np.abs(within) / np.maximum(np.outer(spread, spread), LEAST)
    alike = np.where(able[:, None] & able, np.clip(alike - NOISE / np.sqrt(n), 0.0, 1.0), 0.0)
    np.fill_diagonal(alike, 0.0)
    return 1.0 / (1.0 + alike.sum(axis=1))
