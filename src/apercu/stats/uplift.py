"""What a treatment does, and whether it does more to some: Qini, uplift among the first, doubly robust effects, policy value, test of a ranking.

    qini(outcome, treated, score)                       # 0: no better than drawing lots
    g = doubly_robust(outcome, treated, expected, chance)
    mean_of(g)                                          # the average effect with its interval
    curve(outcome, treated, score)                      # shares of the rows treated, what is gained by them, both ends
    ranking(g, score, folds)                            # does the score rank effects at all? H0: it does not

`qini` is the area between the curve of outcomes gained (rows taken by falling score; controls scaled to the treated) and the line of drawing lots,
over that of a perfect order (Radcliffe 2007; equal to scikit-uplift's `qini_auc_score`). `doubly_robust` gives per row

    expected_1 - expected_0 + (t - e) / (e (1 - e)) (outcome - expected_t)

(Robins, Rotnitzky & Zhao 1994), whose mean is the average effect if either the expectations or the chances e of treatment are right. `ranking` is
the rank-weighted average treatment effect with Qini weights (Yadlowsky, Fleming, Shah, Brunskill & Wager 2021): the mean of (g - mean g) (1/2 -
rank share), times 3, which is what the better half gains more than all where effects fall evenly with rank. Null hypothesis: that is at most
`margin` of the average effect (a minimum effect: differences too small to act upon are not heterogeneity); one-sided z test on the sum of
influences, ranks taken within each fold, because the score of each fold comes from a model of its own. Assumptions: no row influences another,
whoever could be treated could also not be (chances cut at CUT), and scores and expectations come from rows of other folds; effects are those of the
treatment only where it was given by lot, or all that drove it is among the columns. What breaks them: hidden reasons for treatment; columns that
were known only after it; rows that repeat (give their blocks).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.special import ndtr, stdtrit

from .bootstrap import interval, resampled
from .influence import error

__all__ = ["CUT", "Estimate", "curve", "doubly_robust", "gained", "mean_of", "qini", "ranking", "uplift_at"]

CUT: Final = 0.02  # chances of treatment are not taken to be nearer to 0 or 1
RESAMPLES: Final = 200  # behind the band of a curve
EVENLY: Final = 3.0  # the better half's gain over all, in rank-weighted averages, where effects are linear in rank: (1/4) / (1/12)


class Estimate(NamedTuple):
    """A value, the ends of its interval, its standard error, and p of the null hypothesis that it is 0 (two-sided; one-sided of a ranking)."""

    value: float
    low: float
    high: float
    error: float
    p: float


def gained(outcome: np.ndarray, treated: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((m,) rows taken, (m,) outcomes gained by treating them) along falling scores (n,), ties taken together; begins with no row."""
    order = np.argsort(-score, kind="stable")
    y, t, s = outcome[order], treated[order].astype(np.float64), score[order]
    ends = np.flatnonzero(np.r_[s[1:] != s[:-1], True])
    many = (ends + 1).astype(np.float64)
    own, other = np.cumsum(t)[ends], np.cumsum(1.0 - t)[ends]
    hits, base = np.cumsum(y * t)[ends], np.cumsum(y * (1.0 - t))[ends]
    gain = hits - base * np.divide(own, other, out=np.zeros_like(own), where=other > 0)
    return np.r_[0.0, many], np.r_[0.0, gain]


def qini(outcome: np.ndarray, treated: np.ndarray, score: np.ndarray) -> float:
    """The Qini coefficient of a score (n,) for outcomes (n,) and treatments (n,) 0/1; 0 where there is nothing to gain by any order."""
    taken, gain = gained(outcome, treated, score)
    t = treated.astype(np.float64)
    most, best = gained(outcome, treated, outcome * t - outcome * (1.0 - t))
    lots = 0.5 * taken[-1] * gain[-1]
    room = float(np.trapezoid(best, most)) - lots
    return (float(np.trapezoid(gain, taken)) - lots) / room if room > 0 else 0.0


def curve(
    outcome: np.ndarray, treated: np.ndarray, score: np.ndarray, points: int = 50, blocks: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The Qini curve: (m,) shares of the rows that are treated, by falling score (n,); (m,) outcomes gained per row if all could be; both ends.

    At most `points` of them, the first (nobody) and the last (everyone: the difference of the arms' means) among them. Each end is the percentile
    of resampled rows, or blocks, at the same score, so the band is of each point by itself and not of the curve as a whole.
    """
    order = np.argsort(-score, kind="stable")
    y, t, s = outcome[order], treated[order].astype(np.float64), score[order]
    ends = np.flatnonzero(np.r_[s[1:] != s[:-1], True])
    kept = ends[np.unique(np.linspace(0, len(ends) - 1, min(len(ends), points - 1)).round().astype(int))]
    arms = np.stack([t, 1.0 - t, y * t, y * (1.0 - t)], axis=1)

    def gains(weights: np.ndarray) -> np.ndarray:
        """(b, m) for weights (b, n) of the ordered rows."""
        made = np.empty((len(weights), len(kept)))
        for row, w in zip(made, weights, strict=True):
            own, other, hits, base = np.cumsum(w[:, None] * arms, axis=0)[np.r_[kept, -1]].T
            gain = hits - base * np.divide(own, other, out=np.zeros_like(own), where=other > 0)
            row[:] = gain[:-1] / own[-1] if own[-1] > 0 else np.nan
        return made

    value = gains(np.ones((1, len(y))))[0]
    drawn = resampled(gains, len(y), blocks=None if blocks is None else blocks[order], resamples=RESAMPLES)
    low, high = interval(drawn)
    share = (kept + 1) / len(y)
    return np.r_[0.0, share], np.r_[0.0, value], np.r_[0.0, np.minimum(low, value)], np.r_[0.0, np.maximum(high, value)]


def uplift_at(outcome: np.ndarray, treated: np.ndarray, score: np.ndarray, share: float = 0.3, level: float = 0.95) -> Estimate:
    """The difference of treated and untreated means among the `share` of rows of the highest score; infinite ends where one arm has under 2 rows."""
    first = np.argsort(-score, kind="stable")[: max(1, int(share * len(score)))]
    one, other = (outcome[first][treated[first] == arm] for arm in (1, 0))
    if min(len(one), len(other)) < 2:
        return Estimate(0.0, -np.inf, np.inf, np.inf, 1.0)
    spread = float(np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)))
    return _estimate(float(one.mean() - other.mean()), spread, len(first) - 2.0, level)


def doubly_robust(outcome: np.ndarray, treated: np.ndarray, expected: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """(n,) scores whose mean is the average effect. expected (n, 2): of the outcome untreated and treated; chance (n,) of treatment."""
    e = np.clip(chance, CUT, 1.0 - CUT)
    own = np.where(treated == 1, expected[:, 1], expected[:, 0])
    return expected[:, 1] - expected[:, 0] + (treated - e) / (e * (1.0 - e)) * (outcome - own)


def mean_of(score: np.ndarray, blocks: np.ndarray | None = None, level: float = 0.95) -> Estimate:
    """The mean of doubly robust scores (n,): an average effect, or the value of a policy."""
    if not len(score):
        return Estimate(0.0, -np.inf, np.inf, np.inf, 1.0)
    mean = float(score.mean())
    spread, freedom = error((score - mean) / len(score), blocks)
    return _estimate(mean, spread, freedom, level)


def ranking(score: np.ndarray, rank_by: np.ndarray, folds: np.ndarray, blocks: np.ndarray | None = None, margin: float = 0.0) -> Estimate:
    """How much more the better half by `rank_by` (n,) gains than all; score (n,) doubly robust, folds (n,). A constant order has p = 1.

    p is that of the null hypothesis that it gains at most `margin` times the size of the average effect more.
    """
    weight, apart = np.zeros(len(score)), np.zeros(len(score))
    for fold in np.unique(folds):
        own = np.flatnonzero(folds == fold)
        values, place, sizes = np.unique(-rank_by[own], return_inverse=True, return_counts=True)
        middle = (np.cumsum(sizes) - sizes / 2) / len(own)  # share of the fold's rows before the middle of each tie
        weight[own] = 0.5 - middle[place] if len(values) > 1 else 0.0
        apart[own] = score[own] - score[own].mean()
    if not weight.any():
        return Estimate(0.0, 0.0, 0.0, 0.0, 1.0)
    terms = EVENLY * weight * apart
    value = float(terms.mean())
    spread, freedom = error((terms - value) / len(terms), blocks)
    over = terms - margin * np.sign(score.mean()) * score
    beyond, _ = error((over - over.mean()) / len(over), blocks)
    return _estimate(value, spread, freedom, 0.95)._replace(p=float(ndtr(-over.mean() / beyond)) if 0 < beyond < np.inf else 1.0)


def _estimate(value: float, spread: float, freedom: float, level: float) -> Estimate:
    half = float(stdtrit(freedom, 0.5 + level / 2)) * spread if np.isfinite(spread) else np.inf
    p = float(2 * ndtr(-abs(value) / spread)) if spread > 0 else float(value == 0.0)
    return Estimate(value, value - half, value + half, spread, p)
