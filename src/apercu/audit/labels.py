"""Labels worth a second look, by predictions of models that never saw the row, and how many of them are wrong as far as that can be told.

    26 rows with kind = “b” (4.9% of them) are worth a second look: ... an estimated 93.1% of them (88.0% to 97.0%) have another label ...

Classes: the noise of each class is counted among the rows that the models are surest of, and each row gets the chance that its label is wrong by
Bayes (see stats/mislabelled). Both directions are looked at, each with its own rate. Rows with more than an even chance are told, within each given
label, the likeliest first, with their mean chance as the *expected precision*. Where the classes are never recognised well enough to tell noise
from ignorance, that is said instead: then rows are told by confident learning (Northcutt, Jiang & Chuang 2021; a label below its own threshold
while another class lies above its own) with an upper end only, or, where none is so clear, the likeliest rows without any claim. Numbers: residuals
more than `far` robust standard deviations (1.4826 x the median absolute deviation, of rows that are predicted alike) from their median; how many a
tail like that of the other rows would send so far (a generalised Pareto tail, Pickands 1975) says how many are merely unusual.

What it does *not* say: that a given row's label is wrong. What breaks it: noise that depends on the row itself, and groups of rows that are alike
but for what no column tells; a flat share of the other label there looks like noise.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..core.fault import Change, Fault
from ..core.model import CrossFitted
from ..core.split import Split
from ..stats.intervals import wilson
from ..stats.mislabelled import posterior, transition
from ..stats.scores import auc
from ..stats.tails import beyond
from . import _label_words as words

__all__ = ["Suspects", "doubtful", "far_off", "find", "suspects"]

ROBUST: Final = 1.4826  # makes the median absolute deviation of a normal its standard deviation
BANDS: Final = 20  # of predictions, at most, each with a spread of its own: what is large usually varies more
BAND: Final = 100  # rows of one at least: their median deviation is known to an eighth
FLOOR: Final = 0.25  # of the whole spread, below which no band's counts: where a model is all but exact, nothing is infinitely odd
FEW: Final = 20  # rows of a class below which its threshold says nothing
DOUBT: Final = 0.1  # probability of the given label, above which a row is merely uncertain: on a target that is hard to predict, most are
BELOW: Final = 0.2  # part of the label's own share: of a rare label, most rows have a low probability, and a little lower is no doubt
EVEN: Final = 0.5  # chance of being wrong from which a row is told
SEVERAL: Final = 5  # rows from which an expected precision is told
WIDE: Final = 0.2  # width of the expected precision, above which it is not told: its middle may be farther than 0.1 from the truth
UNSURE: Final = 0.2  # share of other labels among a class's surest rows, from which "cannot tell" is worth saying
TELLS: Final = 0.65  # area under the curve below which a model says nothing about single rows


class Suspects(NamedTuple):
    """What is thought of n given labels. order (n,): positions, the likeliest to be wrong first; chance (n,): that the label is wrong, most likely.

    told: (m,) positions of the rows that are probably wrong, where noise can be told from ignorance; sure, least, most (n,): their chance, and its
    ends; ceiling: (k,) at most this share of each true class has another label.
    """

    order: np.ndarray
    chance: np.ndarray
    told: np.ndarray
    sure: np.ndarray
    least: np.ndarray
    most: np.ndarray
    ceiling: np.ndarray
    known: np.ndarray


def find(split: Split, model: CrossFitted, listed: int = 50, far: float = 5.0) -> list[Fault]:
    """One Fault per class that has doubtful labels, or one for doubtful numbers. `rows` are numbers in the source, the worst first."""
    target = split.goal.coded(split.rows)
    known = np.flatnonzero(~np.isnan(target) & ~np.isnan(model.out_of_fold if model.out_of_fold.ndim == 1 else model.out_of_fold[:, 0]))
    numbers = split.rows["_row"][known].astype(int)
    truth, prediction = target[known], model.out_of_fold[known]
    if len(truth) < FEW:
        return []
    if split.goal.task == "numeric":
        return _numbers(split.goal.target, numbers, truth, prediction, (listed, far))
    return _classes(split, numbers, truth.astype(int), prediction, listed)


def suspects(truth: np.ndarray, probability: np.ndarray) -> Suspects:
    """What is thought of the labels truth (n,) codes, by out-of-fold probability (n, k)."""
    noise = transition(truth, probability)
    own = probability[np.arange(len(truth)), truth]
    likely = posterior(truth, probability, noise.at(noise.middle))
    sure, least, most = (posterior(truth, probability, noise.at(np.where(noise.known, r, 0.0))) for r in (noise.middle, noise.low, noise.high))
    order = np.lexsort((own, -likely))
    told = np.flatnonzero(sure > EVEN)
    told = told[np.lexsort((own[told], -sure[told]))]
    return Suspects(order, likely, told, sure, np.minimum(least, sure), np.maximum(most, sure), noise.high, noise.known)


def doubtful(truth: np.ndarray, probability: np.ndarray, place: int) -> np.ndarray:
    """Positions of the rows labelled `place` whose label is doubtful, the least probable label first; truth (n,) codes, probability (n, k)."""
    k = probability.shape[1]
    sizes = np.bincount(truth, minlength=k)
    thresholds = np.array([probability[truth == c, c].mean() if sizes[c] >= FEW else np.inf for c in range(k)])
    if sizes[place] < FEW:
        return np.zeros(0, dtype=int)
    above = probability >= thresholds
    above[:, place] = False
    limit = min(float(thresholds[place]), DOUBT, BELOW * sizes[place] / len(truth))
    where = np.flatnonzero((truth == place) & (probability[:, place] < limit) & above.any(axis=1))
    return where[np.lexsort((where, probability[where, place]))]


def far_off(residual: np.ndarray, prediction: np.ndarray, far: float) -> tuple[np.ndarray, np.ndarray]:
    """(positions, the farthest first; robust z (n,)) of the residuals (n,) farther than `far` from their median, by the spread at each prediction."""
    middle = np.median(residual)
    size = np.abs(residual - middle)
    spread = np.maximum(_spreads(size, prediction), FLOOR * float(np.median(size))) * ROBUST
    z = np.divide(residual - middle, spread, out=np.zeros_like(residual), where=spread > 0)
    where = np.flatnonzero(np.abs(z) > far)
    return where[np.lexsort((where, -np.abs(z[where])))], z


def _spreads(size: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """(n,) median size among rows of about the same prediction: of bands of equally many rows, in a straight line between their middles."""
    order = np.argsort(prediction, kind="stable")
    bands = np.array_split(order, min(BANDS, max(1, len(order) // BAND)))
    middles = np.cumsum([len(band) for band in bands]) - 0.5 * np.array([len(band) for band in bands])
    found = np.empty(len(order))
    found[order] = np.interp(np.arange(len(order)) + 0.5, middles, [float(np.median(size[band])) for band in bands])
    return found


def _classes(split: Split, numbers: np.ndarray, truth: np.ndarray, probability: np.ndarray, listed: int) -> list[Fault]:
    """One Fault per given label with rows to look at; one that nothing can be told, where that is so."""
    goal, found = split.goal, suspects(truth, probability)
    made = []
    for place, level in enumerate(goal.classes):
        rows = found.told[truth[found.told] == place]
        precision = _precision(found, rows)
        if len(rows) == 0:
            rows = doubtful(truth, probability, place)
            precision = (0.0, float(found.most[rows].mean()) if len(rows) else 0.0, None)
            if len(rows) and not (found.known.all() and found.ceiling.max() > 0.0):  # where no anchor is wrong, what lies off them may be
                precision = (0.0, 1.0, None)
        if len(rows):
            own = truth == place
            evidence = {
                "n": float(len(rows)),
                "share": len(rows) / float(own.sum()),
                "probability": float(probability[rows, place].mean()),
                "threshold": float(probability[own, place].mean()),
                **_told(precision),
            }
            text = words.of_class(goal.target, level, evidence)
            all_rows = _rows(numbers, rows)
            change = Change(goal.target, all_rows) if "precision" in evidence else None  # a label becomes unknown where enough are surely wrong
            made.append(Fault(f"label:{level}", "label", text, words.MEND, evidence, rows=all_rows[:listed], change=change))
    if not made and _unsure(found, truth, probability):
        made.append(_undecided(split, numbers, truth, found, listed))
    return sorted(made, key=lambda fault: (-fault.evidence.get("precision", 0.0), fault.evidence.get("probability", 1.0)))


def _precision(found: Suspects, rows: np.ndarray) -> tuple[float, float, float | None]:
    """(low, high, expected precision or None where it cannot be told) of suspects; the ends also allow for how few the rows are."""
    if len(rows) == 0:
        return 0.0, 0.0, None
    middle = (float(found.sure[rows].sum()) + 0.5) / (len(rows) + 1.0)  # never all of them: so few rows cannot tell that
    sampled = wilson(middle * len(rows), len(rows))
    low, high = min(float(found.least[rows].mean()), sampled[0]), max(float(found.most[rows].mean()), sampled[1])
    bounds = float(found.most[rows].mean()) - float(found.least[rows].mean())
    return low, high, middle if bounds <= WIDE and len(rows) >= SEVERAL else None


def _told(precision: tuple[float, float, float | None]) -> dict[str, float]:
    low, high, middle = precision
    return {**({} if middle is None else {"precision": middle}), "precision_low": low, "precision_high": high}


def _unsure(found: Suspects, truth: np.ndarray, probability: np.ndarray) -> bool:
    """Whether "cannot tell" is worth saying: of two classes, where the model tells rows apart but is nowhere sure of one of them."""
    if probability.shape[1] != 2 or found.ceiling.max() < UNSURE or found.known.all():
        return False
    return bool(auc((truth == 1).astype(np.float64), probability[:, 1]) >= TELLS)


def _undecided(split: Split, numbers: np.ndarray, truth: np.ndarray, found: Suspects, listed: int) -> Fault:
    place = int(np.argmax(found.ceiling))
    rows = found.order[:listed]
    evidence = {
        "n": float(len(truth)),
        "ceiling": float(found.ceiling[place]),
        "precision_low": 0.0,
        "precision_high": float(found.chance[rows].mean()),
    }
    text = words.undecided(split.goal.target, split.goal.classes[place], evidence["ceiling"])
    return Fault("label:undecided", "label", text, words.MEND, evidence, rows=_rows(numbers, rows))


def _numbers(target: str, numbers: np.ndarray, truth: np.ndarray, prediction: np.ndarray, how: tuple[int, float]) -> list[Fault]:
    listed, far = how
    where, z = far_off(truth - prediction, prediction, far)
    if not len(where):
        return []
    expected = beyond(np.abs(z), float(np.abs(z[where]).min()))  # (likely, least, most) rows that a tail like that of the others sends so far
    middle, high, low = (max(0.0, 1.0 - rows / len(where)) for rows in expected)
    evidence = {"n": float(len(where)), "share": len(where) / len(truth), "z": float(np.abs(z[where]).max())}
    evidence = {**evidence, **_told((low, high, middle if high - low <= WIDE else None))}
    text, rows = words.of_numbers(target, evidence, far), _rows(numbers, where)
    change = Change(target, rows) if "precision" in evidence else None
    return [Fault(f"label:{target}", "label", text, words.MEND_NUMBERS, evidence, rows=rows[:listed], change=change)]


def _rows(numbers: np.ndarray, places: np.ndarray) -> tuple[int, ...]:
    return tuple(int(r) for r in numbers[places])
