"""Two columns that have nothing to do with each other, for `equality`: the pairs looked at, their test, query, words and chart.

    location is spread alike over every category (“Database”, “Hardware” and “Software”): the two go together by w = 0.12 ...

Null hypothesis: Cohen's w of the two-way table (the root of chi-square over n) is at least _equal.MARGINS["apart"], a medium association (Cohen
1988). The test is `stats.equivalence.apart`. It needs independent rows; those of one block go together, and count for as many fewer as the cells
scatter more between blocks (Rao & Scott 1981). What it does not do: speak of columns with rare levels, or of dependence in one rare cell alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np

from ..core.expression import Column, literal
from ..core.finding import Claim, Evidence
from ..core.split import Search, Verify
from ..stats.equivalence import CELL, CELLS, Equal, apart
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._compare import seen
from ._groups import Grouped, coded_levels

__all__ = ["apart_chart", "apart_query", "apart_said", "judged_apart", "pairs"]

LEVELS: Final = 8  # most levels of a column whose table can still be taken in
ROWS: Final = 5  # least rows of a level
MOSTLY: Final = 0.8  # largest share of one level: a column that is nearly always the same goes together with nothing
CELLS_SHOWN: Final = 56  # marks of the chart


def pairs(columns: Sequence[Grouped], listed: int) -> Iterator[tuple[Grouped, Grouped, dict[str, Any]]]:
    """Pairs of columns, the one with fewer levels first (then by name), and what a claim tells of them. listed: most levels that are named."""
    fit = [g for g in columns if 2 <= len(g.levels) <= LEVELS and int(g.counts.min()) >= ROWS and int(g.counts.max()) <= MOSTLY * int(g.counts.sum())]
    for pair in combinations(fit, 2):
        one, other = sorted(pair, key=lambda g: (len(g.levels), g.name))
        n = int(((one.codes >= 0) & (other.codes >= 0)).sum())
        rarest = float(one.counts.min()) * float(other.counts.min()) / len(one.codes)
        if n >= CELLS * len(one.levels) * len(other.levels) and rarest >= CELL:
            yield one, other, {"column": one.name, "levels": one.levels, "other": other.name, "other levels": other.levels, "listed": listed}


def _coded(claim: Claim, at: Search | Verify) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Codes (m,) of both columns and blocks (m,), of the rows that have a level of each."""
    a = coded_levels(at.rows, claim.told("column"), claim.told("levels"))
    b = coded_levels(at.rows, claim.told("other"), claim.told("other levels"))
    known = claim.where.holds(at.rows) & (a >= 0) & (b >= 0)
    return a[known], b[known], None if at.blocks is None else at.blocks[known]


def judged_apart(claim: Claim, at: Search | Verify, level: float) -> tuple[Equal, int]:
    """(w with its bounds and p, rows that count)."""
    a, b, clusters = _coded(claim, at)
    held = apart(a, b, float(claim.told("margin")), level, clusters)
    widest = float(min(len(claim.told("levels")), len(claim.told("other levels"))) - 1) ** 0.5  # the largest w that such a table can have
    return held._replace(high=max(held.size, min(held.high, widest))), len(a)


def apart_query(claim: Claim, half: str) -> str:
    """One row (effect, value, base, n) from `data`."""
    sides = [Column(claim.told(name)).to_sql() for name in ("column", "other")]
    known = " AND ".join(
        f"{side} IN ({', '.join(map(literal, claim.told(name)))})" for side, name in zip(sides, ("levels", "other levels"), strict=True)
    )
    where = f"{seen(half)} AND coalesce({claim.where.to_sql()}, FALSE) AND {known}"
    return (
        "SELECT w AS effect, w AS value, 0.0::DOUBLE AS base, n FROM (\n"
        "  SELECT sqrt(greatest(sum(k * k / a / b) - 1, 0.0)) AS w, coalesce(sum(k), 0)::BIGINT AS n FROM (\n"
        "    SELECT k, sum(k) OVER (PARTITION BY one) AS a, sum(k) OVER (PARTITION BY other) AS b FROM (\n"
        f"      SELECT {sides[0]} AS one, {sides[1]} AS other, count(*)::DOUBLE AS k FROM data\n"
        f"      WHERE {where} GROUP BY ALL)))"
    )


def apart_said(claim: Claim, e: Evidence, lang: str) -> str:
    """Which two columns, how closely they go together at most, and on how many rows."""
    w, column, other, levels = phrases(lang), claim.told("column"), claim.told("other"), claim.told("levels")
    named = [w.quote(level) for level in levels] if len(levels) <= claim.told("listed") else []
    here, margin, rows = f"{e.value:.2f}", f"{e.extra['margin']:g}", w.proof(count(e.n), e.half)
    most = f"{e.high:.2f}"
    near = e.high <= e.extra["margin"] <= float(most)  # rounded, the bound would be the very margin that it lies below
    if lang == "zh":
        body = glue(other, "在各", column, "中的分布大致相同") + (f"（{'、'.join(named)}）" if named else "")
        return f"{body}：两者的关联强度 w 为 {here}（95% 置信下{'低于' if near else '至多'} {most}；{rows}），不到值得一提的 {margin}。"
    body = f"{other} is spread alike over every {column}" + (f" ({w.both(named)})" if named else "")
    bound = f"{'below' if near else 'at most'} {most} with 95% confidence"
    return f"{body}: the two go together by w = {here} ({bound}; {rows}), less than the {margin} worth naming."


def apart_chart(claim: Claim, at: Verify) -> dict[str, Any]:
    """A heat map: of the rows of each level of the one column, the share that each level of the other has; its largest where there are too many."""
    levels, others = claim.told("levels"), claim.told("other levels")
    a, b, _ = _coded(claim, at)
    table = np.bincount(a * len(others) + b, minlength=len(levels) * len(others)).reshape(len(levels), len(others))
    shown = sorted(np.argsort(-table.sum(axis=0), kind="stable")[: CELLS_SHOWN // len(levels)].tolist())
    sizes = np.maximum(table.sum(axis=1), 1)
    cells = [
        {"group": str(levels[i]), "level": str(others[j]), "value": float(table[i, j] / sizes[i]), "n": int(table[i, j])}
        for i in range(len(levels))
        for j in shown
    ]
    axis = {"type": "nominal", "sort": None, "axis": {"labelLimit": 260}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": cells},
        "height": {"step": 22},
        "mark": {"type": "rect"},
        "encoding": {
            "y": {"field": "group", "title": claim.told("column"), **axis},
            "x": {"field": "level", "title": claim.told("other"), **axis},
            "color": {
                "field": "value",
                "type": "quantitative",
                "title": "%",
                "legend": {"format": ".0%"},
                "scale": {"range": ["#f4f6f7", "#33658a"], "domainMin": 0},
            },
            "tooltip": [{"field": "group"}, {"field": "level"}, {"field": "value", "format": ".1%"}, {"field": "n"}],
        },
    }
