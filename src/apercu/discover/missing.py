"""Missing: a column that is missing more often where something else is so, or together with other columns.

    x07 is missing in 26.1% of rows where k02 is “v1”, and in 2.0% elsewhere ...

What is learned from such a column is learned from the other rows. Searched: every level of a category, every cut of a number, and other
columns being missing. Columns that are missing in the same rows are told once, together. Null hypothesis: the column is missing as often where
the condition holds as elsewhere (Fisher's exact test, see `_compare`); assumed are independent rows, or blocks of rows. A second condition is
told of a column only where it explains what the first leaves over. What it does not do: say why values are missing, or fill them in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.expression import Column
from ..core.expression import Missing as Gone
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..words import phrases
from ..words.numbers import count
from ..words.spacing import glue
from ._chart import OTHERS, bar_chart, sign
from ._compare import compare, method_of, query, reach
from ._search import Scaled, allowed, item_scores, least_rows, searched
from ._worth import in_blocks, keep

__all__ = ["Missing"]

ROLES: Final = ("feature", "treatment", "time", "group", "id")
LEAST: Final = 0.005  # least share of rows in which a column is missing, and in which it is not
COLUMNS: Final = 40  # columns whose missing values are searched; in wider tables those that are nearest to missing in half of the rows
SAME: Final = 0.99  # correlation from which two columns are missing together
POINTS: Final = 0.05  # least difference of shares that is worth a sentence
EACH: Final = 2  # conditions that are told of one column
MOST: Final = 10  # claims
RARER: Final = 0.9  # weight of a condition under which less is missing: the other way round it is told more plainly
WEIGHT: Final = 0.5  # of such findings among others: they tell how the table was filled, not what it is about


class _Where(NamedTuple):
    """A condition, its rows, and how much more often the column is missing there."""

    term: Term
    holds: np.ndarray
    gap: float
    z: float


class Missing:
    """How often a column is missing under a condition, against elsewhere."""

    name: ClassVar[str] = "missing"
    scope: ClassVar[str] = "table"
    title: ClassVar[Mapping[str, str]] = {"en": "where values are missing", "zh": "缺失值集中在哪里"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """For each column (or group of columns that are missing together) the one or two conditions that say most of it."""
        masks = _masks(search)
        groups = _together(masks)
        codes = searched(search)
        conditions = sum(term.op != "missing" for term in codes.terms)
        looks = len(groups) * (conditions + len(groups) - 1) + sum(len(g) - 1 for g in groups)
        claims: list[Claim] = []
        for group in groups:
            first = group[0]
            measure = _measure(first)
            if len(group) > 1:
                with_ = Condition((Term(group[1], "missing"),))
                strength = float(np.sqrt(search.rows.n))
                claims.append(Claim(self.name, with_, measure, "high", strength, (Condition(),), looks=looks, detail=(("together", group),)))
            others = {other[0]: masks[other[0]] for other in groups if other is not group}
            for place, found in enumerate(_conditions(search, group, masks[first], others, keep(looks))):
                direction = "high" if found.gap > 0 else "low"
                detail = (("place", place), ("together", group))
                claims.append(
                    Claim(self.name, Condition((found.term,)), measure, direction, abs(found.z), (Condition(),), looks=looks, detail=detail)
                )
        yield from sorted(claims, key=lambda c: (c.told("place", 0), -c.strength, c.measure.name, c.where.to_sql()))[:MOST]

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: the share of rows where the column is missing under the condition, less that share elsewhere."""
        x = claim.measure.values(verify.rows)
        inside = claim.where.holds(verify.rows)
        made = compare(verify, claim.measure, inside, ~inside, level)
        n, rest = int(inside.sum()), int((~inside).sum())
        value, base = (float(x[side].mean()) if side.any() else 0.0 for side in (inside, ~inside))
        side = 1.0 if claim.direction == "high" else -1.0
        p = made.p if made.gap * side > 0 else 1.0
        far = WEIGHT * reach(made.gap, x, n, rest)
        extra = {"rest": float(rest), "missing": float(x.mean()) if len(x) else 0.0}
        return Evidence(made.gap, made.low, made.high, p, n, method_of(made.method, verify, claim.looks), verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base, n and rest, from the study's own rows."""
        return query(claim, half)

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """How often it is missing there and elsewhere, with the interval of the difference and the rows that say so."""
        w, e = phrases(lang), evidence
        value, base, gap = (w.amount(e.value, "share"), w.amount(e.base, "share"), w.difference(e.effect, "share"))
        span, seen = w.interval(e.low, e.high, "share"), w.proof(count(e.n + int(e.extra["rest"])), e.half)
        names, where = claim.told("together", ()), claim.where.say(lang)
        what = claim.measure.say(lang)
        both = claim.told("place") is None
        also = ""
        if len(names) > 1:
            told = w.both([*names[:4], *([f"{len(names) - 4} more" if lang == "en" else f"另外 {len(names) - 4} 列"] if len(names) > 4 else [])])
            also = f" {told} are missing together." if lang == "en" else f"{glue(told, '总是同时缺失')}。"
        if lang == "zh":
            opening = also if both else ""
            text = f"{opening}{glue(w.when(where), '，', what, '的行占', value)}，其余的行为 {base}，相差 {gap}（{span}；{seen}）。"
            return text if both else text + also
        opening = f"{also.strip()} " if both else ""
        text = f"{opening}{what} in {value} of rows where {where}, and in {base} elsewhere: {gap} ({span}; {seen})."
        return text if both else text + also

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the share that is missing under the condition and elsewhere."""
        sides = [(sign(claim.where), evidence.value, evidence.n, "segment"), (OTHERS, evidence.base, int(evidence.extra["rest"]), "wider")]
        return bar_chart([{"group": name, "value": value, "n": n, "role": role} for name, value, n, role in sides], claim)

    @staticmethod
    def example() -> Example:
        """A sensor that fails in one of three plants."""
        rng = np.random.default_rng(13)
        n = 5_000
        plant = rng.choice(["a", "b", "c"], n, p=[0.3, 0.4, 0.3]).astype(object)
        heat, load = rng.normal(60, 9, n), rng.exponential(2.0, n)
        heat = np.where(rng.random(n) < np.where(plant == "b", 0.3, 0.03), np.nan, heat)
        return Example({"plant": plant, "heat": heat, "load": load}, "", Condition((Term("plant", "is", "b"),)), ("heat",))


def _measure(name: str) -> Measure:
    return Measure(f"{name} missing", Gone(Column(name)), unit="share")


def _masks(search: Search) -> dict[str, np.ndarray]:
    """{column: (n,) bool where it is missing}, of columns that often enough are and are not, by name."""
    n = search.rows.n
    found: dict[str, np.ndarray] = {}
    for column in sorted(search.schema, key=lambda c: c.name):
        if column.role not in ROLES or column.derived or column.name not in search.rows:
            continue
        gone = Term(column.name, "missing").holds(search.rows)
        if least_rows(n) <= int(gone.sum()) and LEAST <= float(gone.mean()) <= 1 - LEAST and int((~gone).sum()) >= least_rows(n):
            found[column.name] = gone
    kept = sorted(found, key=lambda name: (abs(float(found[name].mean()) - 0.5), name))[:COLUMNS]
    return {name: found[name] for name in sorted(kept)}


def _together(masks: Mapping[str, np.ndarray]) -> list[tuple[str, ...]]:
    """The columns in groups that are missing in the same rows; most groups are of one column."""
    groups: list[list[str]] = []
    for name, mask in masks.items():
        for group in groups:
            if _phi(masks[group[0]], mask) >= SAME:
                group.append(name)
                break
        else:
            groups.append([name])
    return [tuple(group) for group in groups]


def _phi(a: np.ndarray, b: np.ndarray) -> float:
    """The correlation of two masks (n,) bool; 0 where one is the same throughout."""
    p, q = float(a.mean()), float(b.mean())
    spread = p * (1 - p) * q * (1 - q)
    return (float((a & b).mean()) - p * q) / spread**0.5 if spread > 0 else 0.0


def _conditions(search: Search, group: tuple[str, ...], gone: np.ndarray, others: Mapping[str, np.ndarray], least: float) -> list[_Where]:
    """Up to EACH conditions on columns outside of the group, each on another than those before, chosen for what they explain of what is left."""
    measure = _measure(group[0])
    kept: list[_Where] = []
    left = Scaled(gone.astype(np.float64), number=False)
    for _ in range(EACH):
        taken = {*group, *(name for where in kept for name in where.term.expression.columns())}
        best = _best(search, measure, gone, left, {name: mask for name, mask in others.items() if name not in taken}, taken, least)
        if best is None or abs(best.z) < least:
            break
        kept.append(best)
        parts = np.unique(np.stack([where.holds for where in kept]), axis=1, return_inverse=True)[1].reshape(-1)
        means = np.bincount(parts, gone) / np.bincount(parts)
        left = Scaled(gone - means[parts], number=True)
    return kept


def _best(
    search: Search, measure: Measure, gone: np.ndarray, left: Scaled, others: Mapping[str, np.ndarray], taken: set[str], least: float
) -> _Where | None:
    """The condition that explains most of what is `left` of a column's missing values, on none of the columns `taken`."""
    codes = searched(search)
    usable = allowed(search, measure) & np.array([not taken & set(search.sources(name)) for name in codes.names], dtype=bool)
    scores = item_scores(codes, left, usable)
    made: list[tuple[float, str, Term, np.ndarray, float]] = []
    for i in np.argsort(-np.abs(scores), kind="stable")[:12]:  # the first few that are large enough; others are weaker
        if scores[i] != 0.0 and codes.terms[i].op != "missing":
            made.append((_weighed(float(scores[i])), codes.terms[i].to_sql(), codes.terms[i], codes.holds(int(i)), float(scores[i])))
    for name, mask in others.items():
        phi = float((left.x * mask).sum()) / (left.sd * len(mask)) / max(float(mask.mean() * (1 - mask.mean())), 1e-12) ** 0.5 if left.sd > 0 else 0.0
        z = phi * len(mask) ** 0.5
        made.append((_weighed(z), Term(name, "missing").to_sql(), Term(name, "missing"), mask, z))
    for _, _, term, holds, z in sorted(made, key=lambda m: (-m[0], m[1])):
        gap = float(gone[holds].mean() - gone[~holds].mean()) if 0 < holds.sum() < len(holds) else 0.0
        if abs(gap) >= POINTS and gap * z > 0 and in_blocks(search, gone.astype(np.float64), holds) >= least:
            return _Where(term, holds, gap, z)
    return None


def _weighed(z: float) -> float:
    return round(z if z > 0 else -RARER * z, 6)
