"""Labels worth a second look, by predictions of models that never saw the row.

Classes: confident learning (Northcutt, Jiang & Chuang 2021). The threshold of a class is its self-confidence, the mean probability that rows
labelled so get for it. A row is doubtful when its given label lies below that label's threshold while another class lies above its own; rows are
ranked by how little probability their given label gets. Numbers: residuals more than `far` robust standard deviations (1.4826 x the
median absolute deviation) from their median.

What it does *not* say: that a label is wrong. On a target that nobody could predict well, many such rows are merely unusual; the probability that
the model gives their label says how usual they are, and stands beside every count.
"""

from __future__ import annotations

import numpy as np

from ..core.fault import Fault
from ..core.model import CrossFitted
from ..core.split import Split
from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["doubtful", "far_off", "find"]

ROBUST = 1.4826  # makes the median absolute deviation of a normal its standard deviation
FEW = 20  # rows of a class below which its threshold says nothing
DOUBT = 0.1  # probability of the given label, above which a row is merely uncertain: on a target that is hard to predict, most are
BELOW = 0.2  # part of the label's own share: of a rare label, most rows have a low probability, and a little lower is no doubt


def find(split: Split, model: CrossFitted, listed: int = 50, far: float = 5.0) -> list[Fault]:
    """One Fault per class that has doubtful labels, or one for doubtful numbers. `rows` are numbers in the source, the worst first."""
    target = split.goal.coded(split.rows)
    known = np.flatnonzero(~np.isnan(target) & ~np.isnan(model.out_of_fold if model.out_of_fold.ndim == 1 else model.out_of_fold[:, 0]))
    numbers = split.rows["_row"][known].astype(int)
    truth, prediction = target[known], model.out_of_fold[known]
    if split.goal.task == "numeric":
        return _numbers(split, numbers, truth, prediction, listed, far)
    made = []
    for place, level in enumerate(split.goal.classes):
        rows = doubtful(truth.astype(int), prediction, place)
        if len(rows):
            own = truth == place
            evidence = {
                "n": float(len(rows)),
                "share": len(rows) / float(own.sum()),
                "probability": float(prediction[rows, place].mean()),
                "threshold": float(prediction[own, place].mean()),
            }
            made.append(_fault(split.goal.target, level, numbers[rows[:listed]], evidence))
    return sorted(made, key=lambda fault: fault.evidence["probability"])


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


def far_off(residual: np.ndarray, far: float) -> tuple[np.ndarray, np.ndarray]:
    """(positions, the farthest first; robust z (n,)) of the residuals farther than `far` from their median."""
    middle = np.median(residual)
    spread = ROBUST * float(np.median(np.abs(residual - middle)))
    z = (residual - middle) / spread if spread > 0 else np.zeros_like(residual)
    where = np.flatnonzero(np.abs(z) > far)
    return where[np.lexsort((where, -np.abs(z[where])))], z


def _fault(target: str, level: str, rows: np.ndarray, evidence: dict[str, float]) -> Fault:
    n, share, likely = count(int(evidence["n"])), percent(evidence["share"]), percent(evidence["probability"])
    rows_are = f"{n} {'row' if n == '1' else 'rows'} with {target} = “{level}” ({share} of them) {'is' if n == '1' else 'are'}"
    text = {
        "en": f"{rows_are} worth a second look: models that never saw them give this label {likely} on average, and another label as much as its "
        f"own rows get. Where {target} is hard to predict, part of them are merely unusual.",
        "zh": f"{glue(target, '为')}“{level}”的行中有 {n} 行（占 {share}）值得复核：从未见过这些行的模型给该标签的平均概率仅为 {likely}，"
        f"而给另一标签的概率不低于该标签自身各行的平均水平。{glue('若', target, '本身难以预测')}，其中一部分只是少见而已。",
    }
    mend = {
        "en": "Look at the listed rows, the most doubtful first; correct the label where the source says so, and keep it where it does not.",
        "zh": "请从最可疑的行开始逐一核对：原始资料证实有误的才更正，否则保留。",
    }
    return Fault(f"label:{level}", "label", text, mend, evidence, rows=tuple(int(r) for r in rows))


def _numbers(split: Split, numbers: np.ndarray, truth: np.ndarray, prediction: np.ndarray, listed: int, far: float) -> list[Fault]:
    where, z = far_off(truth - prediction, far)
    if not len(where):
        return []
    target, n, share = split.goal.target, count(len(where)), percent(len(where) / len(truth))
    worst, least = plain(float(f"{np.abs(z[where]).max():.3g}")), plain(far)
    text = {
        "en": f"{n} rows ({share}) are worth a second look: their {target} lies more than {least} robust standard deviations (at most {worst}) from "
        "what models that never saw them expect. Where the target has a long tail, part of them are merely unusual.",
        "zh": f"有 {n} 行（{share}）值得复核：{glue('其', target, '与从未见过')}它们的模型的预期相差超过 {least} 个稳健标准差"
        f"（最大 {worst}）。"
        "若目标本身是长尾分布，其中一部分只是少见而已。",
    }
    mend = {
        "en": "Look at the listed rows, the farthest first: a slipped decimal point, another unit, or a rare but true value.",
        "zh": "请从偏离最远的行开始核对：可能是小数点错位、单位不同，也可能是少见但真实的值。",
    }
    evidence = {"n": float(len(where)), "share": len(where) / len(truth), "z": float(np.abs(z[where]).max())}
    return [Fault(f"label:{target}", "label", text, mend, evidence, rows=tuple(int(r) for r in numbers[where[:listed]]))]
