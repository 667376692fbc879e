"""Drift: how new rows differ from those of the study, column by column, and what accuracy can be expected of them.

    find(split, model, rows)[0].say()
    # contract has drifted: 25.1% of the 500 new rows would have to change to be as before; most of all “monthly”, from 55.0% to 80.1%.

The size of a change is the share of rows that would have to move: the total variation of levels, the Kolmogorov-Smirnov distance of numbers, the
difference of the shares missing. Moments are looked at for those missing only (later rows are later), derived columns not at all. Null hypothesis,
per column: both are drawn alike (chi-square; Kolmogorov-Smirnov; Fisher); all columns together under Benjamini and Hochberg's rate, and only changes
of at least `least` are told, since with many rows every change is sure. Accuracy: the model's own probabilities say how often it will be right,
corrected by how far they were from the truth out of fold (CBPE; Garg et al. 2022 on its limits). That holds while the target follows from the columns
as before; a change of that itself shows in labels only, which new rows do not have.

Assumes independent rows; dependent ones make p too small, not the size too large. What it does *not* do: changes of two columns together.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.stats import chi2_contingency, ks_2samp

from ..core.fault import Fault
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.split import Split
from ..stats.fdr import benjamini_hochberg
from ..stats.tests import fisher, welch
from ..words import phrases
from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["changed", "expected", "find"]

SIZE: Final = 0.1  # least share of rows that moved
LEAST: Final = 30  # new rows below which nothing is said
MISSING: Final = " missing"


def find(split: Split, model: CrossFitted | None, rows: Rows, q: float = 0.05, least: float = SIZE) -> list[Fault]:
    """One Fault per column that changed, the largest change first; before them what it does to accuracy, where it is sure to fall or to rise."""
    if rows.n < LEAST:
        return []
    made = []
    names = [c.name for c in split.data.schema.features() if not c.derived and c.name in rows and c.name in split.rows]
    for name in names:
        if split.rows.storage(name) == rows.storage(name):
            made += changed(split.rows, rows, name)
    rates = benjamini_hochberg(np.array([p for _, _, p, _ in made])) if made else np.zeros(0)
    sure = [(one, float(rate)) for one, rate in zip(made, rates, strict=True) if rate <= q and one[1] >= least]
    faults = [_fault(one, rate, rows.n) for one, rate in sorted(sure, key=lambda pair: -pair[0][1])]
    return [*(_accuracy(split, model, rows) if faults and model is not None else ()), *faults]


_Change = tuple[str, float, float, tuple[str, str]]  # (column, share of rows that moved, p, what changed in each language)


def changed(old: Rows, new: Rows, name: str) -> list[_Change]:
    """How a column changed: its values (not of moments), and its missing ones."""
    gone = [_missing(rows, name) for rows in (old, new)]
    before, after = (float(g.mean()) if len(g) else 0.0 for g in gone)
    made: list[_Change] = []
    if max(before, after) > 0.0:
        p = fisher(int(gone[1].sum()), new.n, int(gone[0].sum()), old.n)
        told = f"missing in {percent(after)} of rows, before in {percent(before)}", f"缺失的占 {percent(after)}，之前为 {percent(before)}"
        made.append((name + MISSING, abs(after - before), p, told))
    if min(int((~g).sum()) for g in gone) < LEAST:
        return made
    if old.storage(name) == "text":
        return [*made, _levels(old, new, name)]
    if old.storage(name) == "number":
        a, b = (rows[name][~g] for rows, g in zip((old, new), gone, strict=True))
        size, p = _distance(a, b)
        x, y = plain(float(f"{np.median(a):.4g}")), plain(float(f"{np.median(b):.4g}"))
        made.append((name, size, p, (f"its median goes from {x} to {y}", f"中位数由 {x} 变为 {y}")))
    return made


def expected(split: Split, model: CrossFitted, rows: Rows) -> tuple[float, float, float, float] | None:
    """(accuracy out of fold, expected change on the new rows, low, high); None of a number, whose model does not say how sure it is."""
    if split.goal.task == "numeric":
        return None
    truth, out = split.goal.coded(split.rows), model.out_of_fold
    known = ~np.isnan(truth) & ~np.isnan(out[:, 0])
    right = float((out.argmax(axis=1) == truth)[known].mean())
    told = welch(model.predict(rows).max(axis=1), out[known].max(axis=1))
    return right, told.gap, told.low, told.high


def _levels(old: Rows, new: Rows, name: str) -> _Change:
    a, b = old.coded(name), new.coded(name)
    levels = sorted({*a.levels, *b.levels})
    place = {level: i for i, level in enumerate(levels)}
    counts = np.zeros((2, len(levels)))
    for row, column in enumerate((a, b)):
        np.add.at(counts[row], [place[level] for level in column.levels], column.counts())
    used = counts.sum(axis=0) > 0
    counts, levels = counts[:, used], [level for level, keep in zip(levels, used, strict=True) if keep]
    shares = counts / counts.sum(axis=1, keepdims=True)
    apart = shares[1] - shares[0]
    size = float(np.abs(apart).sum() / 2)
    most = int(np.abs(apart).argmax())
    x, y = percent(float(shares[0, most])), percent(float(shares[1, most]))
    p = float(chi2_contingency(counts).pvalue) if counts.shape[1] > 1 else 1.0
    level = levels[most]
    return name, size, p, (f"most of all “{level}”, from {x} to {y}", f"变化最大的是“{level}”，由 {x} 变为 {y}")


def _distance(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    told = ks_2samp(a, b, method="asymp")
    return float(told.statistic), float(told.pvalue)


def _missing(rows: Rows, name: str) -> np.ndarray:
    if rows.storage(name) == "text":
        return rows.coded(name).codes < 0
    x = rows[name]
    return np.isnat(x) if x.dtype.kind == "M" else np.array([v is None for v in x]) if x.dtype == object else np.isnan(x)


def _fault(one: _Change, rate: float, n: int) -> Fault:
    name, size, p, (en, zh) = one
    moved, column = percent(size), name.removesuffix(MISSING)
    lead = f"{column} has drifted: {moved} of the {count(n)} new rows would have to change to be as before"
    lead_zh = f"{glue(column, '发生了漂移')}：{count(n)} 条新数据中有 {moved} 与之前的分布不同"
    text = {"en": f"{lead}{'; ' + en if en else ''}.", "zh": f"{lead_zh}{'；' + zh if zh else ''}。"}
    mend = {
        "en": "Find out what changed: the source, the unit, or the world. If it is the world, train the model anew with new rows.",
        "zh": "请查明变化的原因：数据来源、单位，还是实际情况。若是实际情况变了，请用新数据重新训练。",
    }
    return Fault(f"drift:{name}", "drift", text, mend, {"size": size, "p": p, "q": rate, "n": float(n)})


def _accuracy(split: Split, model: CrossFitted, rows: Rows) -> list[Fault]:
    told = expected(split, model, rows)
    if told is None or told[2] <= 0.0 <= told[3]:
        return []
    right, change, low, high = told
    w, v = phrases("en"), phrases("zh")
    then = percent(min(1.0, max(0.0, right + change)))
    text = {
        "en": f"On the {count(rows.n)} new rows the model is expected to be right in {then}, {percent(right)} before "
        f"({w.difference(change, 'share')}, {w.interval(low, high, 'share')}), as long as the target depends on the columns as it did.",
        "zh": f"在 {count(rows.n)} 条新数据上，模型的预期准确率为 {then}，之前为 {percent(right)}（{v.difference(change, 'share')}，"
        f"{v.interval(low, high, 'share')}），前提是目标与各列的关系不变。",
    }
    mend = {"en": "Label some of the new rows and evaluate the model on them; this is an expectation, not a measurement.",
            "zh": "请为部分新数据标注真实结果并据此评估；以上是预期，而非实测。"}  # fmt: skip
    evidence = {"accuracy": right, "change": change, "low": low, "high": high, "n": float(rows.n)}
    return [Fault("drift:accuracy", "drift", text, mend, evidence)]
