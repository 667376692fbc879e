"""Gap: a group that must be treated alike, and fares otherwise than the others: as it stands, and among comparable rows.

    Where sex is “Female”, income is “>50K” in 10.9% of rows, against 30.6% elsewhere ...; among rows with the same education and
    relationship still 3.4 points lower ...

Protected columns are those that the goal names (`alike`). Searched over their levels (of a number, its outer groups and those between). Null
hypothesis: the group's mean is that of all other rows with a value in the column, tested as `segment` tests it; p is of the difference as it
stands, which is what a complaint, or the four-fifths rule of the EEOC (1978), looks at. Besides it stands the difference within strata of the (at
most two) other columns that the target depends on most, directly standardised (stats/strata), with its own interval. What it does not do: say
which columns are legitimate grounds; a stratum may itself come from unequal treatment, so a gap that vanishes is not thereby fair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.codes import Codes
from ..core.condition import Condition, Term
from ..core.finding import Claim, Evidence
from ..core.measure import Measure
from ..core.pattern import Example
from ..core.split import Search, Verify
from ..stats.strata import LEAST, standardised
from ..words import phrases
from ..words.numbers import count, percent
from ..words.spacing import glue
from ._chart import bar_chart, sign
from ._compare import compare, method_of, query, reach
from ._search import KINDS, allowed, least_rows, scaled, searched

__all__ = ["Gap"]

KEEP: Final = 3.0  # least z on the searched rows
WORTH: Final = 0.05  # least gap in standard deviations: a rate of one half moves by 2.5 points
HELD: Final = 0.7  # share of the unseen rows that must lie in such strata for the comparison to be told
GROUPS: Final = 10  # most groups of a column within which rows are comparable
GROUNDS: Final = 2  # columns whose groups make rows comparable
TRIED: Final = 8  # columns that are tried as grounds
FILLED: Final = 0.8  # share of each side's rows that must lie in strata holding both sides; a column that parts the sides compares nothing
FIFTHS: Final = 0.8  # ratio of two rates below which the four-fifths rule speaks of adverse impact


class Gap:
    """The target's rate or mean in a protected group against all others, with and without comparable rows."""

    name: ClassVar[str] = "gap"
    scope: ClassVar[str] = "goal"
    title: ClassVar[Mapping[str, str]] = {"en": "groups that are treated otherwise", "zh": "被区别对待的群体"}

    def propose(self, search: Search) -> Iterator[Claim]:
        """Each group of each protected column whose target clearly differs from the others'."""
        named = () if search.goal is None else tuple(search.goal.alike)
        if not named:
            return
        for name in named:
            search.schema.column(name)  # says which columns there are, where one is misspelt
        codes, guarded = _coded(search, named), {source for name in named for source in search.sources(name)}
        groups = [(j, item) for j, name in enumerate(codes.names) if name in named for item in _told(codes, j)]
        for measure in search.measures:
            ready = scaled(search, measure)
            if ready.sd == 0.0 or measure.counts or guarded & set(measure.columns()):
                continue
            coded, grounds = ready.of(codes.codes), _grounds(search, measure, guarded)
            for j, item in groups:
                inside = (coded[j] >= codes.low[item]) & (coded[j] <= codes.high[item])
                others = ~inside & (coded[j] < codes.levels[j] - 1)
                n, rest = int(inside.sum()), int(others.sum())
                if min(n, rest) < least_rows(len(ready.x)):
                    continue
                gap = float(ready.x[inside].mean() - ready.x[others].mean()) / ready.sd
                z = gap / np.sqrt(1 / n + 1 / rest)
                if abs(z) >= KEEP and abs(gap) >= WORTH:
                    where, direction = codes.condition((item,)), "high" if z > 0 else "low"
                    strata = _comparing(ready.x, inside, others, grounds)
                    by = tuple(terms[0].expression for terms in strata)
                    looks = len(groups) * len(search.measures)
                    yield Claim(self.name, where, measure, direction, abs(float(z)), (_others(where),), by, looks, (("strata", strata),))

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """Effect: mean in the group minus mean of the others, as it stands; the difference within strata and its interval are in `extra`."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        inside, outside = claim.where.holds(verify.rows) & known, claim.against[0].holds(verify.rows) & known
        whole = compare(verify, claim.measure, inside, outside, level)
        p = whole.p if whole.gap * (1.0 if claim.direction == "high" else -1.0) > 0 else 1.0
        n, rest = int(inside.sum()), int(outside.sum())
        value, base = (float(x[m].mean()) if m.any() else 0.0 for m in (inside, outside))
        extra = {"rest": float(rest), **_adjusted(claim, verify, x, inside, outside, level)}
        if claim.measure.rate and min(value, base) >= 0 and max(value, base) > 0:
            extra["ratio"] = min(value, base) / max(value, base)
        method, far = method_of(whole.method, verify, claim.looks), reach(whole.gap, x, n, rest)
        return Evidence(whole.gap, whole.low, whole.high, p, n, method, verify.half, value, base, level, far, extra)

    def sql(self, claim: Claim, half: str) -> str:
        """Effect, value, base, n and rest of the group and the others."""
        return query(claim, half, claim.against[0])

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """The gap as it stands, what is left of it among comparable rows, and the four-fifths rule where it is broken."""
        w, e, unit = phrases(lang), evidence, claim.measure.scale
        base, gap = w.amount(e.base, unit), w.difference(e.effect, unit)
        opening, what = w.when(claim.where.say(lang)), claim.measure.averages(e.value, lang)
        span, rows = w.interval(e.low, e.high, unit), w.proof(count(e.n + int(e.extra["rest"])), e.half)
        tail = self._comparable(claim, e, lang)
        ratio = e.extra.get("ratio", 1.0)
        if lang == "zh":
            rule = f"较低者只有较高者的 {percent(ratio)}，低于五分之四。" if ratio < FIFTHS else ""
            return f"{opening}，{what}，其他各组为 {base}，相差 {gap}（{span}；{rows}）。{tail}{rule}"
        rule = f" The lower rate is {percent(ratio)} of the higher one, less than four fifths." if ratio < FIFTHS else ""
        return f"{opening}, {what}, against {base} in the other groups: {gap} ({span}; {rows}).{tail}{rule}"

    def _comparable(self, claim: Claim, e: Evidence, lang: str) -> str:
        """The sentence about comparable rows; '' where there are none."""
        if "adjusted" not in e.extra:
            return ""
        w, unit = phrases(lang), claim.measure.scale
        left, low, high = (e.extra[k] for k in ("adjusted", "adjusted_low", "adjusted_high"))
        gap, span = w.difference(left, unit), w.interval(low, high, unit)
        names = [of.say(lang) for of in claim.by[: int(e.extra["grounds"])]]
        same = all(terms[0].op == "is" for terms in claim.told("strata")[: len(names)])
        sure, turned = not low <= 0.0 <= high, left * e.effect < 0
        if lang == "zh":
            how = "差异方向相反，为" if sure and turned else "仍相差" if sure else "差异已不确定，为"
            return f"{glue('在', '、'.join(names), '相同' if same else '相近', '的行之间')}，{how} {gap}（{span}）。"
        how = "is the other way round," if sure and turned else "is still" if sure else "is no longer certain,"
        return f" Among rows with {'the same' if same else 'similar'} {w.both(names)} the difference {how} {gap} ({span})."

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """Bars: the group and the others, then both in the strata with most rows."""
        x = claim.measure.values(verify.rows)
        known = ~np.isnan(x)
        sides = [
            (claim.where, claim.where.holds(verify.rows) & known, "segment"),
            (claim.against[0], claim.against[0].holds(verify.rows) & known, "wider"),
        ]
        bars = [{"group": sign(c), "value": float(x[m].mean()), "n": int(m.sum()), "role": role} for c, m, role in sides if m.any()]
        for term in (claim.told("strata") or ((),))[0]:
            held = term.holds(verify.rows)
            for condition, side, role in sides:
                mask = side & held
                if mask.any():
                    name = f"{sign(Condition((term,)))}: {sign(condition)}"
                    bars.append({"group": name, "value": float(x[mask].mean()), "n": int(mask.sum()), "role": role})
        return bar_chart(bars, claim)

    @staticmethod
    def example() -> Example:
        """Loans: women are granted fewer, partly since they ask for other kinds, partly not; `alike` must name sex."""
        rng = np.random.default_rng(31)
        n = 6_000
        woman = rng.random(n) < 0.45
        kind = np.where(rng.random(n) < np.where(woman, 0.7, 0.35), "business", "house").astype(object)
        granted = rng.random(n) < np.where(kind == "house", 0.7, 0.45) - 0.1 * woman
        columns = {"sex": np.where(woman, "f", "m").astype(object), "kind": kind, "branch": rng.choice(["north", "south"], n).astype(object)}
        truth = Condition((Term("sex", "is", "f"),))
        return Example({**columns, "granted": np.where(granted, "yes", "no").astype(object)}, "granted", truth, alike=("sex",))


def _coded(search: Search, named: tuple[str, ...]) -> Codes:
    """The searched columns, and the protected ones that are left out of the search, such as those ignored for the model."""
    codes = searched(search)
    if all(name in codes.names for name in named):
        return codes
    kept = [c.name for c in search.schema if c.name in named and c.kind in KINDS and c.name in search.rows]
    return Codes.of(search.rows, tuple(kept), bins=5, least=least_rows(search.rows.n), derived=search.derived)


def _told(codes: Codes, j: int) -> list[int]:
    """The groups of a column that are set against the others: levels, of two the smaller one, and of a number those at its ends."""
    groups = [item for item in codes.groups[j] if codes.terms[item].op in ("is", "<=", ">")]
    sizes = {item: int(codes.holds(item).sum()) for item in groups}
    if len(groups) == 2 and sum(sizes.values()) == int((codes.codes[j] < codes.levels[j] - 1).sum()):
        return [min(groups, key=lambda item: (sizes[item], item))]
    return groups


def _others(where: Condition) -> Condition:
    """All other rows with a value in the column."""
    (term,) = where.terms
    return Condition((Term(term.expression, {"is": "is not", "<=": ">", ">": "<="}[term.op], term.value),))


class _Ground(NamedTuple):
    """A column that may make rows comparable: its groups as Terms, and the group of each row that has the measure, -1 for none."""

    terms: tuple[Term, ...]
    place: np.ndarray


def _grounds(search: Search, measure: Measure, guarded: set[str]) -> list[_Ground]:
    """The unprotected columns that the measure depends on, those on which it depends most first."""
    codes, ready = searched(search), scaled(search, measure)
    coded = ready.of(codes.codes)
    found: list[tuple[float, str, _Ground]] = []
    for j in np.flatnonzero(allowed(search, measure)):
        items = [item for item in codes.groups[j] if codes.terms[item].op != "missing"]
        derived = codes.names[j] in search.derived
        if derived or not 2 <= len(items) <= GROUPS or set(codes.terms[items[0]].expression.columns()) & guarded:
            continue
        group = np.full(int(codes.levels[j]), -1, dtype=np.int64)
        for k, item in enumerate(items):
            group[codes.low[item] : codes.high[item] + 1] = k
        ground = _Ground(tuple(codes.terms[item] for item in items), group[coded[j]])
        between = _between(ready.x, ground.place) / ready.sd**2
        if between > (len(items) - 1) + KEEP * np.sqrt(2.0 * (len(items) - 1)):
            found.append((-between, codes.names[j], ground))
    return [ground for _, _, ground in sorted(found, key=lambda one: one[:2])[:TRIED]]


def _between(x: np.ndarray, place: np.ndarray) -> float:
    """The sum of squares of a centred measure that lies between groups, -1 for rows of none."""
    kept = place >= 0
    n, sums = np.bincount(place[kept]), np.bincount(place[kept], x[kept])
    return float((sums[n > 0] ** 2 / n[n > 0]).sum())


def _comparing(x: np.ndarray, inside: np.ndarray, others: np.ndarray, grounds: list[_Ground]) -> tuple[tuple[Term, ...], ...]:
    """The grounds within which most of the rows have rows of the other side, each the one that explains most on top of those before it."""
    chosen: list[_Ground] = []
    place = np.zeros(len(x), dtype=np.int64)
    for _ in range(GROUNDS):
        best: tuple[float, _Ground, np.ndarray] | None = None
        for ground in grounds:
            joint = np.where((place < 0) | (ground.place < 0), -1, place * len(ground.terms) + ground.place)
            gain = _between(x, joint) if not any(ground is one for one in chosen) and _filled(joint, inside, others) else -1.0
            if gain > (best[0] if best else 0.0):
                best = (gain, ground, joint)
        if best is None:
            break
        chosen, place = [*chosen, best[1]], best[2]
    return tuple(ground.terms for ground in chosen)


def _filled(place: np.ndarray, inside: np.ndarray, others: np.ndarray) -> bool:
    """Whether most of the rows lie in strata that hold enough rows of both sides."""
    k = int(place.max(initial=0)) + 1
    n, m = (np.bincount(place[side & (place >= 0)], minlength=k) for side in (inside, others))
    both = (n >= 2 * LEAST) & (m >= 2 * LEAST)
    return min(n[both].sum() / max(inside.sum(), 1), m[both].sum() / max(others.sum(), 1)) >= FILLED


def _adjusted(claim: Claim, verify: Verify, x: np.ndarray, inside: np.ndarray, outside: np.ndarray, level: float) -> dict[str, float]:
    """The difference within strata with its interval; {} where no strata hold both sides."""
    grounds = claim.told("strata") or ()
    for used in range(len(grounds), 0, -1):
        strata = np.zeros(verify.rows.n, dtype=np.int64)
        for terms in grounds[:used]:
            place = np.full(verify.rows.n, -1, dtype=np.int64)
            for i, term in enumerate(terms):
                place[term.holds(verify.rows) & (place < 0)] = i
            strata = np.where((strata < 0) | (place < 0), -1, strata * len(terms) + place)
        kept = np.flatnonzero((inside | outside) & (strata >= 0))
        blocks = None if verify.blocks is None else verify.blocks[kept]
        both = standardised(x[kept], inside[kept], strata[kept], level, clusters=blocks, rate=claim.measure.rate)
        if both.n >= HELD * max(int(inside.sum() + outside.sum()), 1) and np.isfinite([both.adjusted.low, both.adjusted.high]).all():
            found = {"adjusted": both.adjusted.gap, "adjusted_low": both.adjusted.low, "adjusted_high": both.adjusted.high}
            return {**found, "grounds": float(used), "compared": float(both.n)}
    return {}
