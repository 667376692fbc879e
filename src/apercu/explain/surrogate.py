"""A surrogate: a tree of a few lines that imitates the model, with how well it does so on rows that it was not made from.

    Contract is “Month-to-month” and tenure is at most 12: 51.3%

The tree is grown best first on the model's out-of-fold predictions for half of the sample (whole blocks where rows come in blocks): of all cuts of
all lines the one that explains most of their variance (Breiman et al. 1984; levels in the order of their means). Its fidelity is measured on the
other half (Craven & Shavlik 1996), and a tree of low fidelity says so. A row that no line speaks of, for a value is missing, counts as an average
one. What it does *not* say: what holds in the data; it imitates the model.
"""

from __future__ import annotations

import operator
from typing import Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.explanation import Branch, Surrogate
from ..core.rows import MEDIA, Rows
from ..stats.bootstrap import interval, resampled
from ._sample import Sample

__all__ = ["surrogate"]

LINES: Final = 6  # at most
DEPTH: Final = 3  # questions in a line at most
CUTS: Final = 16  # of a number that are tried
LEVELS: Final = 8  # of a column that may be parted; of more, one is parted from all others
FEW: Final = 60  # rows below which nothing is imitated
WORTH: Final = 0.005  # share of the whole variance that a cut must explain
RESAMPLES: Final = 200


class _Column(NamedTuple):
    """A column as codes (n,), -1 for missing: of numbers and moments the stretch between cuts, of levels the level; words: cuts, or levels."""

    name: str
    codes: np.ndarray
    words: tuple[str | float, ...]
    levelled: bool


class _Line(NamedTuple):
    """A leaf: its terms and rows (places in the half that is learned from)."""

    terms: tuple[Term, ...]
    rows: np.ndarray


def surrogate(sample: Sample, names: tuple[str, ...]) -> Surrogate | None:
    """The tree over the named columns; None for a model that says the same of all rows, or below FEW rows."""
    predicted = sample.predicted
    first = _half(sample)
    if sample.n < FEW or not 0 < first.sum() < sample.n or float(np.ptp(predicted)) < 1e-9:
        return None
    learned, judged = np.flatnonzero(first), np.flatnonzero(~first)
    rows, y = sample.rows.take(learned), predicted[learned]
    lines = _grown([c for name in names if name in rows and (c := _column(sample, rows, name)) is not None], y)
    mean = float(y.mean())
    values = [float(y[line.rows].mean()) for line in lines]
    other, truth = sample.rows.take(judged), predicted[judged]
    imitated = np.full(len(judged), mean)
    counts = []
    for line, value in zip(lines, values, strict=True):
        holds = Condition(line.terms).holds(other) if line.terms else np.ones(other.n, dtype=bool)
        imitated[holds] = value
        counts.append(int(holds.sum()) + len(line.rows))
    error, spread = (truth - imitated) ** 2, (truth - truth.mean()) ** 2

    def fidelity(weights: np.ndarray) -> np.ndarray:
        return 1.0 - (weights @ error) / np.maximum(weights @ spread, 1e-15)

    value = float(fidelity(np.ones(len(judged))))
    blocks = None if sample.blocks is None else sample.blocks[judged]
    low, high = interval(resampled(fidelity, len(judged), blocks=blocks, resamples=RESAMPLES))
    agreement = float(np.mean((truth > mean) == (imitated > mean)))
    made = [Branch(Condition(line.terms), v, n) for line, v, n in zip(lines, values, counts, strict=True)]
    made.sort(key=lambda branch: -branch.value)
    return Surrogate(tuple(made), value, float(min(low, value)), float(max(high, value)), agreement, len(judged))


def _half(sample: Sample) -> np.ndarray:
    """(n,) bool: every other row, or every other block."""
    unit = np.arange(sample.n) if sample.blocks is None else np.unique(sample.blocks, return_inverse=True)[1]
    return unit % 2 == 0


def _column(sample: Sample, rows: Rows, name: str) -> _Column | None:
    if rows.storage(name) == "text":
        if name in sample.split.data.schema and sample.split.data.schema.column(name).kind == "text":
            return None
        column = rows.coded(name)
        return _Column(name, column.codes.astype(np.int64), column.levels, levelled=True) if len(column.levels) > 1 else None
    if rows.storage(name) in MEDIA:
        return None
    x = rows[name]
    time = x.dtype.kind == "M"
    gone = np.isnat(x) if time else np.isnan(x)
    if gone.all():
        return None
    present = x[~gone]
    cuts = np.unique(np.quantile(present.astype(np.int64) if time else present, np.arange(1, CUTS) / CUTS, method="inverted_cdf"))
    cuts = cuts.astype(np.int64).astype("datetime64[us]") if time else cuts
    cuts = cuts[cuts < present.max()]
    if not len(cuts):
        return None
    codes = np.where(gone, -1, np.searchsorted(cuts, x, side="left"))
    return _Column(name, codes, tuple(_moment(c) if time else float(c) for c in cuts), levelled=False)


def _moment(x: np.datetime64) -> str:
    """ISO text, a whole day as its date."""
    day = x.astype("datetime64[D]")
    return str(day if day == x else x.astype("datetime64[s]"))


def _grown(columns: list[_Column], y: np.ndarray) -> list[_Line]:
    lines = [_Line((), np.arange(len(y)))]
    least, whole = max(20, len(y) // 50), float(((y - y.mean()) ** 2).sum())
    found = [_best(columns, y, lines[0], least)]
    while len(lines) < LINES:
        place = max(range(len(lines)), key=lambda i: found[i][0])
        gain, parted = found[place]
        if gain < WORTH * whole:
            break
        lines[place : place + 1] = parted
        found[place : place + 1] = [_best(columns, y, line, least) for line in parted]
    return lines


def _best(columns: list[_Column], y: np.ndarray, line: _Line, least: int) -> tuple[float, list[_Line]]:
    """(sum of squares that the best cut of a line explains, the two lines after it)."""
    best, chosen = 0.0, None
    if len(line.terms) < DEPTH:
        for column in columns:
            for order, gain in _cuts(column, y, line, least):
                if gain > best * (1.0 + 1e-9):
                    best, chosen = gain, (column, order)
    return (0.0, []) if chosen is None else (best, _parted(chosen[0], chosen[1], line))


def _cuts(column: _Column, y: np.ndarray, line: _Line, least: int) -> list[tuple[tuple[int, ...], float]]:
    """The best cut of a column: ((codes of the one side), gain); of levels, either a set of them or one."""
    codes, values = column.codes[line.rows], y[line.rows]
    known = codes >= 0
    n = np.bincount(codes[known], minlength=1).astype(np.float64)
    if len(n) < 2:
        return []
    total = np.bincount(codes[known], values[known] - values.mean(), minlength=len(n))
    used = np.flatnonzero(n > 0)
    single = column.levelled and len(used) > LEVELS
    order = used[np.argsort(total[used] / n[used], kind="stable")] if column.levelled and not single else np.arange(len(n))
    inside, summed = (n[order], total[order]) if single else (np.cumsum(n[order])[:-1], np.cumsum(total[order])[:-1])
    rest, others = n.sum() - inside, total.sum() - summed
    fair = (inside >= least) & (rest >= least)
    if not fair.any():
        return []
    gain = np.where(fair, summed**2 / np.maximum(inside, 1) + others**2 / np.maximum(rest, 1) - total.sum() ** 2 / n.sum(), 0.0)
    place = int(np.argmax(gain))
    return [((int(order[place]),) if single else tuple(int(v) for v in order[: place + 1]), float(gain[place]))]


def _parted(column: _Column, side: tuple[int, ...], line: _Line) -> list[_Line]:
    codes = column.codes[line.rows]
    inside = np.isin(codes, side)
    if not column.levelled:
        cut = column.words[max(side)]
        pair = Term(column.name, "<=", cut), Term(column.name, ">", cut)
    else:
        pair = _levelled(column, side, tuple(int(v) for v in np.unique(codes[(codes >= 0) & ~inside])))
    rows = line.rows[inside], line.rows[(codes >= 0) & ~inside]
    return [_Line(_narrowed(line.terms, term), own) for term, own in zip(pair, rows, strict=True)]


def _levelled(column: _Column, side: tuple[int, ...], rest: tuple[int, ...]) -> tuple[Term, Term]:
    words: list[str] = [str(word) for word in column.words]
    if len(side) == 1 and len(rest) > 1:
        return Term(column.name, "is", words[side[0]]), Term(column.name, "is not", words[side[0]])
    made = [
        Term(column.name, "is", words[own[0]]) if len(own) == 1 else Term(column.name, "in", tuple(sorted(words[v] for v in own)))
        for own in (side, rest)
    ]
    return made[0], made[1]


def _narrowed(terms: tuple[Term, ...], term: Term) -> tuple[Term, ...]:
    """The terms with one more, which takes the place of a wider one of its kind; levels of a column are told by the last word on them.

    Terms of one column stand side by side.
    """
    narrower = {"<=": operator.eq, ">": operator.eq}
    same = narrower.get(term.op, lambda a, b: a in ("is", "in") and b in ("is", "in"))
    kept = [t for t in terms if not (t.expression == term.expression and same(t.op, term.op))]
    place = max((i + 1 for i, t in enumerate(kept) if t.expression == term.expression), default=len(kept))
    return (*kept[:place], term, *kept[place:])
