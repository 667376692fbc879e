"""Linear models of very many sparse features: margins as they stand and margins on telling terms for a few classes, ridge regression for numbers.

    choice = chosen(x, target, weights, inner, task, k)        # the penalty and how steep margins are, on the rows that are not inner
    coefficients, intercept = solved(x, target, weights, task, k, choice)

Margins of a linear support vector machine (liblinear, Fan et al. 2008) find the class as well as a logistic regression does, in a fraction of its
time, and times a number, `steep`, they are log-odds that lose no more. Of a few classes they are fitted twice: on the terms as they are, and on
terms times how much they tell, the log of how much more often a class has them (Wang & Manning 2012); both err a little differently, and their sum
is linear as they are. Of very many classes that log alone is the coefficient (naive Bayes in closed form), whose time grows with the cells of the
table alone.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.svm import LinearSVC

from ..stats.scores import log_loss

__all__ = ["MANY", "Choice", "chosen", "probabilities", "solved"]

MARGIN: Final = 0.3  # C of the margins of a few classes
TELLING: Final = 0.1  # C of those on telling terms
MARGIN_ALONE: Final = 1.0  # C of margins of many classes
RIDGES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)  # penalties of the ridge regression
SEVERAL: Final = 5  # classes up to which margins are fitted twice
MANY: Final = 200  # classes from which nothing is searched for
FEW: Final = 40  # watched rows below which nothing is chosen on them
ABSENT: Final = -15.0  # log-odds of a class that no training row has
STEEPEST: Final = 4.0  # logarithm
OFTEN: Final = 1.0  # rows that each class has of each term beforehand
STRIDE: Final = 0.5  # of a logarithm, by which the search for it begins
SMOOTH: Final = 0.1  # weight that a class has of each term beforehand
TOLERANCE: Final = 1e-3
Fitted = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Choice:
    """penalty: of the ridge regression; steep, telling: what margins (or log-counts), and margins on telling terms, are multiplied by."""

    penalty: float = 1.0
    steep: float = 1.5
    telling: float = 1.0

    def to_json(self) -> dict[str, float]:
        """The fields."""
        return asdict(self)


def chosen(x: Any, target: np.ndarray, weights: np.ndarray | None, inner: np.ndarray, task: str, k: int) -> Choice:
    """The choice that the rows that are not `inner` (n,) like best, of fits on those that are. A usual one where they are too few."""
    outer = np.flatnonzero(~inner)
    at = np.flatnonzero(inner)
    usual = Choice() if k <= SEVERAL else Choice(steep=5.0 if k <= MANY else 0.3)
    if len(outer) < FEW or len(at) < FEW or np.ptp(target[at]) == 0:
        return usual
    own, other = (None, None) if weights is None else (weights[at], weights[outer])
    if other is not None and other.sum() <= 0:
        return usual
    seen, asked, true = x[at], x[outer], target[outer]
    if task == "numeric":
        fits = [(c, _number(seen, target[at], own, c)) for c in RIDGES]
        errors = [np.average((true - asked @ w[:, 0] - b[0]) ** 2, weights=other) for _, (w, b) in fits]
        return Choice(penalty=fits[int(np.argmin(errors))][0])
    raw = [asked @ w + b for w, b in _fits(seen, target[at], own, k)]
    powers = _powers(raw, true, other, np.log([usual.steep, usual.telling][: len(raw)]))
    return Choice(usual.penalty, *np.exp(powers).tolist())


def solved(x: Any, target: np.ndarray, weights: np.ndarray | None, task: str, k: int, choice: Choice) -> Fitted:
    """(coefficients (D, k'), intercept (k',)): k' is 1 for two classes and for a number. One class alone, and no rows, are borne."""
    wide = 1 if task == "numeric" or k <= 2 else k
    if not len(target):
        return np.zeros((x.shape[1], wide)), np.zeros(wide)
    if task == "numeric":
        return _number(x, target, weights, choice.penalty)
    codes = np.unique(target).astype(int)
    if len(codes) == 1:
        only = np.full(wide, ABSENT)
        only[codes[0] if wide > 1 else 0] = 0.0 if wide > 1 else (-ABSENT if codes[0] == 1 else ABSENT)
        return np.zeros((x.shape[1], wide)), only
    fits = _fits(x, target, weights, k)
    steep = (choice.steep, choice.telling)
    w = np.sum([times * own for times, (own, _) in zip(steep, fits, strict=False)], axis=0)
    b = np.sum([times * own for times, (_, own) in zip(steep, fits, strict=False)], axis=0)
    gone = np.setdiff1d(np.arange(wide), codes) if wide > 1 else np.zeros(0, dtype=int)
    b[gone] = ABSENT
    return w, b


def _fits(x: Any, target: np.ndarray, weights: np.ndarray | None, k: int) -> list[Fitted]:
    """What is summed up, before anything makes it steep."""
    if k > MANY:
        return [_shares(x, target, weights, k)]
    if k > SEVERAL:
        return [_margins(x, target, weights, k)]
    return [_margins(x, target, weights, k), _margins(x, target, weights, k, telling=True)]


def probabilities(raw: np.ndarray) -> np.ndarray:
    """(n, k) of raw log-odds (n, k'), k' being 1 for two classes."""
    logits = np.column_stack([np.zeros(len(raw)), raw]) if raw.shape[1] == 1 else raw
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _powers(raws: list[np.ndarray], truth: np.ndarray, weights: np.ndarray | None, start: np.ndarray) -> np.ndarray:
    """The logarithms of the multiples of raw margins whose sum loses least."""

    def loss(powers: np.ndarray) -> float:
        steep = np.exp(np.clip(powers, -STEEPEST, STEEPEST))
        return float(log_loss(truth, probabilities(np.tensordot(steep, np.stack(raws), 1)), weights))

    corners = np.vstack([start, start + STRIDE * np.eye(len(start))])
    found: Any = minimize(loss, start, method="Nelder-Mead", options={"initial_simplex": corners, "xatol": 0.03, "fatol": 1e-5, "maxfev": 80})
    return np.clip(found.x, -STEEPEST, STEEPEST)


def _margins(x: Any, target: np.ndarray, weights: np.ndarray | None, k: int, *, telling: bool = False) -> Fitted:
    """Each class against the rest. telling: each term times how much it tells of the class."""
    wide, codes = 1 if k <= 2 else k, np.unique(target).astype(int)
    w, b = np.zeros((x.shape[1], wide), dtype=np.float32), np.full(wide, ABSENT)
    if not telling and wide > 1 and len(codes) > 2:  # all at once
        own, start = _fitted(x, target.astype(int), weights, MARGIN if k <= SEVERAL else MARGIN_ALONE)
        w[:, codes], b[codes] = own.T, start
        return w, b
    held = sparse.csr_matrix((np.ones(len(x.data), dtype=np.float32), x.indices, x.indptr), shape=x.shape) if telling else None
    for code in (1,) if wide == 1 else codes:
        truth, place = (target == code).astype(int), code if wide > 1 else 0
        if not 0 < truth.sum() < len(truth):
            continue
        scale = np.ones(x.shape[1], dtype=np.float32) if held is None else _telling(held, truth, weights)
        own, start = _fitted(x if held is None else (x @ sparse.diags(scale)).tocsr(), truth, weights, TELLING if telling else MARGIN)
        w[:, place], b[place] = own[0] * scale, start[0]
    return w, b


def _telling(held: Any, truth: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """(D,) how far the log of a term's share in the class is from that in the rest."""
    weight = np.ones(len(truth)) if weights is None else weights
    own, rest = (np.asarray((weight * (truth == side)) @ held).ravel() + OFTEN for side in (1, 0))
    return np.abs(np.log(own / own.sum()) - np.log(rest / rest.sum())).astype(np.float32)


def _fitted(x: Any, truth: np.ndarray, weights: np.ndarray | None, penalty: float) -> Fitted:
    """(w (classes, D), b (classes,)); one of each for two classes. Not by liblinear's dual, which draws from a generator that threads share."""
    model: Any = cast(Any, LinearSVC)(C=penalty, dual=False, tol=TOLERANCE)
    with warnings.catch_warnings():  # a fit that has nearly arrived is good enough
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, truth, sample_weight=weights)
    return model.coef_, np.atleast_1d(model.intercept_)


def _shares(x: Any, target: np.ndarray, weights: np.ndarray | None, k: int) -> Fitted:
    """Naive Bayes (multinomial): the log-share of each term in each class, against its share in all; the intercept is the log-share of rows."""
    weight = np.ones(len(target)) if weights is None else weights
    member: Any = sparse.csr_matrix((weight.astype(np.float32), (target.astype(int), np.arange(len(target)))), shape=(k, len(target)))
    total = (member @ x).toarray().astype(np.float32)
    whole = total.sum(axis=0) + 1e-6
    prior = whole / whole.sum()
    size = np.bincount(target.astype(int), weight, minlength=k)
    mass = SMOOTH * x.shape[1] ** 0.5
    w = np.log((total + mass * prior) / ((total.sum(axis=1) + mass)[:, None] * prior)).T
    w[:, size == 0] = 0.0
    return w, np.where(size > 0, np.log(np.maximum(size, 1e-12) / size.sum()), ABSENT)


def _number(x: Any, target: np.ndarray, weights: np.ndarray | None, penalty: float) -> Fitted:
    if np.ptp(target) == 0:
        return np.zeros((x.shape[1], 1)), target[:1].astype(np.float64)
    model = Ridge(alpha=penalty, solver="sparse_cg", tol=1e-3, max_iter=200)
    model.fit(x, target, sample_weight=weights)
    return np.asarray(model.coef_, dtype=np.float64)[:, None], np.array([float(np.ravel(model.intercept_)[0])])
