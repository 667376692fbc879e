"""How often labels are wrong, and which: noise rates from rows that a model is surest of, and the chance that a given label is wrong.

    noise = transition(given, probability)        # rates (k,) with their ends, and T[i, j] = P(given j | true i)
    wrong = posterior(given, probability, noise.at(noise.middle))

Probabilities are out of fold and learned from the given labels, so they say P(given j | x) = sum over i of T[i, j] P(true i | x). Among the rows
that are surest of class i (its anchors: Liu & Tao 2016; Patrini et al. 2017) nearly all truly are i, so the share of other labels there is the
noise of i. It is *counted* there, not read off the probabilities, and since a row's own label had no part in its prediction the count is fair. The
chance that a row's label j is wrong follows by Bayes: 1 - T[j, j] P(true j | x) / P(given j | x).

Assumes that noise depends on the true class alone, and that the surest rows are truly of their class. The second can fail, on a target that nobody
predicts well; then irreducible error and noise look the same (Scott, Blanchard & Handy 2013), and only a bound exists: noise is at most what the
surest rows show. Whether it holds is read off how the share grows away from the surest rows: noise is flat, ignorance is not. Carried on in a
straight line, it gives the lower end of the rate (of two classes less the growth that so few rows would not show), the surest rows themselves the
upper one. Where wrong labels of several classes go is counted too, and how far such few counts are believed is learned from all classes. What breaks
it: noise that grows near the border of classes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import gammaln

__all__ = ["Noise", "posterior", "transition"]

SUREST: Final = 0.2  # of a class's number of rows: the inner anchors
SURE: Final = 0.6  # of a class's number of rows: where the outer anchors end
ALIKE: Final = 40.0  # rows for which the mean over all classes counts in a class's own rate: few anchors say little by themselves
SPREADS: Final = np.geomspace(1.0, 1_000.0, 25)  # rows for which an even spread of a class's wrong labels may count: from hardly any to all but alone
LEAST: Final = 20  # rows of a class below which nothing is said of it
MOST: Final = 0.25  # share of other labels among the surest rows, from which they are no anchors
GROWN: Final = 0.3  # of the inner share: how much more the outer anchors may show, if it is to be called flat
CHANCE: Final = 1.645  # standard errors of a difference that is no more than chance
MET: Final = 0.15  # share of other labels among the surest rows of a class, up to which the model recognises it
LOST: Final = 0.5  # share of other labels among the surest rows of one of two classes, from which missed cases explain it better than ignorance
TINY: Final = 1e-12
GUESS: Final = 0.05  # the share taken for an order of rows where nothing is known of any class


class Noise(NamedTuple):
    """Noise of k classes: low, high (k,) ends of the share of each true class that is given another label; middle (k,) what is taken between them.

    spread: (k, k) where wrong labels of each class go, rows of sum one. known: (k,) bool, whether noise is told from ignorance there.
    """

    low: np.ndarray
    high: np.ndarray
    middle: np.ndarray
    spread: np.ndarray
    known: np.ndarray

    def at(self, rates: np.ndarray) -> np.ndarray:
        """(k, k) T of rates (k,)."""
        return self.spread * rates[:, None] + np.diag(1.0 - rates)


def transition(given: np.ndarray, probability: np.ndarray) -> Noise:
    """The noise of labels given (n,) int codes, by out-of-fold probability (n, k). Classes of fewer than LEAST rows count as free of noise."""
    k = probability.shape[1]
    sizes = np.bincount(given, minlength=k)
    enough = sizes >= LEAST
    inner, outer = np.zeros((k, k)), np.zeros((k, k))
    for i in np.flatnonzero(enough):
        surest = np.argsort(-probability[:, i], kind="stable")[: max(LEAST, int(SURE * sizes[i]))]
        cut = max(LEAST // 2, int(SUREST * sizes[i]))
        inner[i], outer[i] = np.bincount(given[surest[:cut]], minlength=k), np.bincount(given[surest[cut:]], minlength=k)
    near, far, both = _shrunk(inner), _shrunk(outer), _shrunk(inner + outer)
    grown = far - near
    parts = 1.0 / np.maximum(inner.sum(axis=1) + _lean(k), 1.0) + 1.0 / np.maximum(outer.sum(axis=1) + _lean(k), 1.0)
    error = CHANCE * np.sqrt(np.maximum(both * (1.0 - both), 1e-4) * parts)
    steep = np.clip(2.0 * grown / error - 1.0, 0.0, 1.0)  # how far the growth is more than chance
    high = both + steep * (near - both)
    flat = enough & (grown <= np.maximum(GROWN * near, error)) & (high <= MOST)
    low = np.where(flat, both + steep * (np.maximum(0.0, near - grown) - both), 0.0)
    off = (inner + outer) * (1.0 - np.eye(k))
    met = (off * (flat | (near <= MET))).sum(axis=1) >= 0.5 * off.sum(axis=1)  # most of the other labels are of classes that the model recognises
    spread = off + _evenness(off) * (1.0 - np.eye(k)) / max(k - 1, 1)
    known = flat & met
    if k > 2 and known.sum() >= 0.5 * enough.sum():  # the few others: anything from none to what their surest rows show
        known |= enough & (high <= MOST)
    middle = _likely(low, high, flat)
    if k == 2:  # of several classes, the others stand by; of two, ignorance that so few rows do not show would pass for noise
        low = np.minimum(low, np.maximum(0.0, near - np.maximum(grown, 0.0) - _hidden(inner, outer)))
    return Noise(low, np.where(enough, high, 0.0), middle, spread / spread.sum(axis=1, keepdims=True), known)


def posterior(given: np.ndarray, probability: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(n,) the chance that a given label is wrong, under T (k, k), of out-of-fold probabilities (n, k) of the given labels.

    The chance of true class j is read off the probabilities, q = p T^-1, but its size is counted: of all (row, class) pairs with about such a q,
    how many more rows are labelled j than noise from the other classes brings there (isotonic regression; one curve for each of two classes, one
    for all of several). Models smooth, so their smallest probabilities are too large, and just those belong to wrong labels.
    """
    n, k = probability.shape
    true = np.maximum(probability @ np.linalg.pinv(t), 0.0)
    true /= np.maximum(true.sum(axis=1, keepdims=True), TINY)
    noise = true @ (t - np.diag(np.diag(t)))  # (n, k): the chance that a row of another class is labelled j
    right = _isotonic(true, (given[:, None] == np.arange(k)) - noise)
    rows = np.arange(n)
    false, good = noise[rows, given], right[rows, given]
    return np.where(false > 0, false / np.where(false > 0, false + good, 1.0), 0.0)


def _isotonic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n, k) non-negative and rising in x (n, k), nearest to y (n, k): a curve for each of two columns, one curve for several."""
    columns = x.T if x.shape[1] == 2 else x.reshape(1, -1)
    made = np.empty_like(columns)
    for row, (a, b) in enumerate(zip(columns, y.T if x.shape[1] == 2 else y.reshape(1, -1), strict=True)):
        order = np.argsort(a, kind="stable")
        made[row, order] = isotonic_regression(b[order]).x if len(a) else b
    return np.maximum(made.T if x.shape[1] == 2 else made.reshape(x.shape), 0.0)


def _evenness(off: np.ndarray) -> float:
    """For how many rows an even spread over the other classes counts, by what the anchors of all classes show, counts off (k, k) of diagonal 0.

    Wrong labels that go anywhere and those that go to one class each are both common, and a class alone has too few to tell: the concentration of a
    Dirichlet distribution that all classes share, of the largest marginal likelihood (empirical Bayes; Minka 2000).
    """
    k, n = len(off), off.sum(axis=1)
    if k < 3:
        return 1.0  # there is but one other class
    each = SPREADS[:, None, None] / (k - 1)
    cells = (gammaln(off + each) - gammaln(each)) * (1.0 - np.eye(k))
    whole = (gammaln(SPREADS[:, None]) - gammaln(SPREADS[:, None] + n)).sum(axis=1)
    return float(SPREADS[int(np.argmax(whole + cells.sum(axis=(1, 2))))])


def _likely(low: np.ndarray, high: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """(k,) the rate taken of each class, for an order of rows: its middle where the share is flat, else that of the flat ones."""
    middle = (low + high) / 2
    some = middle[flat & (low > 0)].mean() if (flat & (low > 0)).any() else GUESS
    lost = (high > LOST) & (len(low) == 2)
    return np.where(flat, middle, np.where(lost, high, np.minimum(high, some)))


def _hidden(inner: np.ndarray, outer: np.ndarray) -> float:
    """The growth from the inner to the outer anchors that so few rows of all classes would not show: not to be seen is not to be absent."""
    n, m = float(inner.sum()), float(outer.sum())
    if not (n and m):
        return 1.0
    share = 1.0 - (np.trace(inner) + np.trace(outer)) / (n + m)
    return CHANCE * float(np.sqrt(max(share * (1.0 - share), 1e-4) * (1.0 / n + 1.0 / m)))


def _lean(k: int) -> float:
    return 0.0 if k == 2 else ALIKE


def _shrunk(counts: np.ndarray) -> np.ndarray:
    """(k,) share of labels other than the class's own among its anchors, counts (k, k); of several classes, few anchors lean towards all."""
    n, wrong = counts.sum(axis=1), counts.sum(axis=1) - np.diag(counts)
    mean = float(wrong.sum() / max(n.sum(), 1.0))
    return (wrong + _lean(len(counts)) * mean) / np.maximum(n + _lean(len(counts)), 1.0)
