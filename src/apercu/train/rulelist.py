"""A short list of rules, read from the top; the first that fits a row answers for it.

    1. If Contract is “Month-to-month” and InternetService is “Fiber optic” and tenure is at most 15: Churn is “Yes” in 69% of 1,017 rows.
    2. Otherwise, if Contract is “Two year”: 3% of 1,302.
    ...
    Otherwise: 15% of 2,411.

Rules are grown greedily (a decision list, Rivest 1987): each is the box of at most TERMS conditions whose answer, told apart from that of the
rows that are left, saves most loss, found by a beam over binned conditions. As many rules are kept, up to RULES, as the watched rows like best;
the answers are then counted on all rows, shrunken a little towards the whole. It can be said by heart, and costs accuracy: its loss, like that of
all models, is told out of fold. What it does not do: prose, and the proof that it is the best list (Angelino et al. 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.condition import Condition, Term
from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ..words.numbers import count, percent, plain
from ._bins import Bins
from ._columns import weights_of
from ._encode import is_prose

__all__ = ["Answer", "RuleList", "RuleListModel"]

RULES: Final = 8
TERMS: Final = 3
BEAM: Final = 12
CUTS: Final = 10  # bins of a number
LEVELS: Final = 20  # levels of a column that are conditions, the most frequent
LEAST: Final = 0.01  # share of the rows that a rule must hold
MOST: Final = 0.2  # and may hold at most, unless all of its rows answer alike
FEWEST: Final = 10.0  # and rows
SEEKERS: Final = 20_000  # rows that are searched, the first
PRIOR: Final = 4.0  # rows of the whole that are added to each answer
FEW: Final = 40  # watched rows below which the length is chosen by chance alone
TINY: Final = 1e-12


class Answer(NamedTuple):
    """One rule: where it fits and no earlier one did; value (k,) shares of the classes or (1,) the mean; n rows that it answered for."""

    where: Condition
    value: tuple[float, ...]
    n: int


@dataclass(frozen=True)
class RuleListModel:
    """answers in their order; the last fits every row."""

    name: str
    columns: tuple[str, ...]
    goal: Goal
    answers: tuple[Answer, ...]
    base: tuple[float, ...]

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        told = np.array([answer.value for answer in self.answers])[self.which(rows)]
        return told[:, 0] if self.goal.task == "numeric" else told

    def which(self, rows: Rows) -> np.ndarray:
        """(n,) int: the place of the rule that answers for each row."""
        which = np.full(rows.n, len(self.answers) - 1)
        for i in range(len(self.answers) - 2, -1, -1):
            which[self.answers[i].where.holds(rows)] = i
        return which

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): a rule's way from the base, shared equally by its columns; by those of all rules where none fits."""
        base, which = self._raw(np.array([self.base]))[0], self.which(rows)
        ways = self._raw(np.array([answer.value for answer in self.answers])) - base
        shares = np.zeros((len(self.answers), len(self.columns)))
        everyone = {name for answer in self.answers for name in answer.where.columns()} or set(self.columns)
        for i, answer in enumerate(self.answers):
            own = set(answer.where.columns()) or everyone
            shares[i, [self.columns.index(name) for name in own]] = 1.0 / len(own)
        return (shares[:, :, None] * ways[:, None, :])[which], base

    def _raw(self, values: np.ndarray) -> np.ndarray:
        if self.goal.task == "numeric":
            return values
        logits = np.log(np.maximum(values, TINY))
        return logits[:, 1:] - logits[:, :1] if self.goal.task == "binary" else logits

    def say(self, lang: str = "en") -> tuple[str, ...]:
        """The list as sentences, one per rule."""
        told = []
        for i, answer in enumerate(self.answers):
            what = self._answered(answer, lang)
            where = answer.where.say(lang)
            if lang == "zh":
                start = f"若 {where}" if i == 0 else f"否则，若 {where}"
                told.append(f"{start}：{what}。" if answer.where.terms else f"{'其余' if i else '所有行'}：{what}。")
            else:
                start = f"If {where}" if i == 0 else f"Otherwise, if {where}"
                told.append(f"{start}: {what}." if answer.where.terms else f"{'Otherwise' if i else 'All rows'}: {what}.")
        return tuple(told)

    def _answered(self, answer: Answer, lang: str) -> str:
        goal, n = self.goal, count(answer.n)
        if goal.task == "numeric":
            mean = plain(answer.value[0])
            return f"{goal.target} 平均为 {mean}（{n} 行）" if lang == "zh" else f"{goal.target} is {mean} on average, over {n} rows"
        best = goal.classes.index(goal.wanted) if goal.task == "binary" and goal.wanted else int(np.argmax(answer.value))
        share, level = percent(answer.value[best]), goal.classes[best]
        if lang == "zh":
            return f"{n} 行中 {goal.target} 为“{level}”的占 {share}"
        return f"{goal.target} is “{level}” in {share} of {n} rows"

    def save(self, folder: Path) -> dict[str, Any]:
        """Returns all of it as JSON; no file is needed."""
        answers = [{"where": a.where.to_json(), "value": list(a.value), "n": a.n} for a in self.answers]
        return {"columns": list(self.columns), "goal": self.goal.to_json(), "answers": answers, "base": list(self.base)}


class RuleList:
    """The learner. It has no randomness."""

    name: ClassVar[str] = "rulelist"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "short list of rules", "zh": "简短规则表"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """None: it is fitted where it is asked for by name, since it is there to be read."""
        return ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> RuleListModel:
        """Grows the list on `rows`, ends it where `watch` likes it best, and counts the answers on both."""
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        sought = rows.take(np.arange(min(rows.n, SEEKERS)))
        stats, weights = _stats(sought, goal)
        rules = _grown(sought, [n for n in columns if not is_prose(rows, n)], stats, weights)
        parts = [(part, *_stats(part, goal)) for part in (rows, watch)]
        length = _length(rules, parts, goal)
        return self._counted(rules[:length], parts, goal, columns)

    def _counted(
        self, rules: list[Condition], parts: list[tuple[Rows, np.ndarray, np.ndarray]], goal: Goal, columns: tuple[str, ...]
    ) -> RuleListModel:
        """The list with the answers of all rows of the parts."""
        whole = np.sum([stats.sum(axis=0) for _, stats, _ in parts], axis=0)
        base = whole / max(float(sum(w.sum() for _, _, w in parts)), TINY)
        if goal.task != "numeric":
            base = (whole + 1.0 / len(goal.classes)) / (whole.sum() + 1.0)
        sums, sizes, rows_held = np.zeros((len(rules) + 1, len(base))), np.zeros(len(rules) + 1), np.zeros(len(rules) + 1, dtype=int)
        for part, stats, weights in parts:
            which = _which(rules, part)
            for i in range(len(rules) + 1):
                own = which == i
                sums[i] += stats[own].sum(axis=0)
                sizes[i] += weights[own].sum()
                rows_held[i] += int(own.sum())
        values = (sums + PRIOR * base) / (sizes[:, None] + PRIOR)
        wheres = [*rules, Condition()]
        answers = tuple(Answer(w, tuple(map(float, v)), int(n)) for w, v, n in zip(wheres, values, rows_held, strict=True))
        return RuleListModel(self.name, columns, goal, answers, tuple(map(float, base)))

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> RuleListModel:
        """Reads what `RuleListModel.save` returned."""
        answers = tuple(Answer(Condition.from_json(a["where"]), tuple(a["value"]), int(a["n"])) for a in card["answers"])
        return RuleListModel(RuleList.name, tuple(card["columns"]), Goal.from_json(card["goal"]), answers, tuple(card["base"]))


def _stats(rows: Rows, goal: Goal) -> tuple[np.ndarray, np.ndarray]:
    """((n, k) weighted class memberships or the weighted number, (n,) weights)."""
    target, weights = goal.coded(rows), weights_of(rows, goal)
    weights = np.ones(rows.n) if weights is None else weights
    if goal.task == "numeric":
        return (weights * target)[:, None], weights
    return weights[:, None] * np.eye(len(goal.classes))[target.astype(int)].reshape(rows.n, len(goal.classes)), weights


def _which(rules: list[Condition], rows: Rows) -> np.ndarray:
    """(n,) the place of the first rule that fits; len(rules) where none does."""
    which = np.full(rows.n, len(rules))
    for i in range(len(rules) - 1, -1, -1):
        which[rules[i].holds(rows)] = i
    return which


def _items(rows: Rows, names: list[str]) -> tuple[list[Term], np.ndarray]:
    """(conditions, (items, n) float32 where each holds): a number's ends at its quantiles, a column's frequent levels, what is missing."""
    terms: list[Term] = []
    for name in names:
        bins = Bins.fit(rows, name, CUTS if rows.storage(name) != "text" else LEVELS)
        codes = bins.codes(rows)
        if 0 < np.count_nonzero(codes == 0) < rows.n:
            terms.append(Term(name, "missing"))
        if bins.ordered:
            ends = [(1, k) for k in range(2, len(bins.edges) + 2)] + [(k, bins.size) for k in range(2, len(bins.edges) + 2)]
        else:
            ends = [(k, k + 1) for k in range(1, len(bins.levels) + 1)]
        terms += [term for low, high in ends if (term := bins.term(low, high)) is not None]
    held = np.stack([term.holds(rows) for term in terms]) if terms else np.zeros((0, rows.n), dtype=bool)
    return terms, held.astype(np.float32)


def _saved(sums: np.ndarray, sizes: np.ndarray, whole: np.ndarray, total: float) -> np.ndarray:
    """(items,) the loss that rows told apart (sums (items, k), sizes) save against one answer for all (whole (k,), total)."""

    def kept(s: np.ndarray, n: np.ndarray) -> np.ndarray:
        n = np.maximum(n, TINY)
        if s.shape[-1] == 1:
            return s[..., 0] ** 2 / n
        p = np.maximum(s, 0.0) / n[..., None]
        return (np.maximum(s, 0.0) * np.log(np.maximum(p, TINY))).sum(axis=-1)

    rest = np.maximum(total - sizes, 0.0)
    return kept(sums, sizes) + kept(whole - sums, rest) - kept(whole, np.asarray(total))


def _grown(rows: Rows, names: list[str], stats: np.ndarray, weights: np.ndarray) -> list[Condition]:
    """At most RULES conditions, each the best box of the rows that the earlier ones left."""
    terms, held = _items(rows, names)
    if not terms:
        return []
    if stats.shape[1] == 1:  # centred, so that float32 sums keep their digits
        stats = stats - weights[:, None] * (stats.sum() / max(weights.sum(), TINY))
    limits = max(LEAST * weights.sum(), FEWEST), MOST * weights.sum()
    left, rules = np.ones(rows.n, dtype=bool), []
    for _ in range(RULES):
        box = _best(terms, held, np.where(left[:, None], stats, 0.0), np.where(left, weights, 0.0), limits)
        if box is None:
            break
        rule = Condition(tuple(terms[i] for i in box))
        left &= ~rule.holds(rows)
        rules.append(rule)
    return rules


def _best(terms: list[Term], held: np.ndarray, stats: np.ndarray, weights: np.ndarray, limits: tuple[float, float]) -> tuple[int, ...] | None:
    """The items of the box that saves most, or None where no box saves more than chance would; a further item must pay for itself."""
    whole, total = stats.sum(axis=0), float(weights.sum())
    given = np.column_stack([stats, weights]).astype(np.float32)
    unit = 1.0
    if stats.shape[1] == 1:
        unit = (
            max(float((stats[:, 0] ** 2 / np.maximum(weights, TINY))[weights > 0].sum() - whole[0] ** 2 / max(total, TINY)) / max(total, TINY), TINY)
            * 2
        )
    price = unit * np.log(max(len(terms), 2))  # half of twice the log of the choices: what the best of so many gains by chance
    beam: list[tuple[tuple[int, ...], np.ndarray]] = [((), np.ones(held.shape[1], dtype=np.float32))]
    best: tuple[float, tuple[int, ...]] | None = None
    for _ in range(TERMS):
        found: dict[tuple[int, ...], tuple[float, bool]] = {}
        for items, mask in beam:
            told = (held * mask) @ given if items else held @ given
            sums, sizes = told[:, :-1].astype(np.float64), told[:, -1].astype(np.float64)
            gain = _saved(sums, sizes, whole, total) - price * (len(items) + 1)
            able = (sizes >= limits[0]) & (total - sizes >= limits[0])
            fits = able & (sizes <= limits[1])
            used = {terms[i].expression.to_sql() + terms[i].op for i in items}
            order = np.argsort(-np.where(able, gain, -np.inf), kind="stable")[: 2 * BEAM]
            for i in (*order, *np.argsort(-np.where(fits, gain, -np.inf), kind="stable")[:BEAM]):
                if able[i] and terms[i].expression.to_sql() + terms[i].op not in used:
                    found[tuple(sorted((*items, int(i))))] = (float(gain[i]), bool(fits[i]))
        ranked = sorted(((gain, items, fits) for items, (gain, fits) in found.items()), key=lambda one: (-one[0], one[1]))
        if not ranked:
            break
        beam = [(items, held[list(items)].prod(axis=0)) for _, items, _ in ranked[:BEAM]]
        for gain, items, fits in ranked:
            if best is not None and gain <= best[0]:
                break
            if fits or (items in dict(beam) and _of_one_mind(held, given * dict(beam)[items][:, None], price)):
                best = (gain, items)
    return best[1] if best is not None and best[0] > 0 else None


def _of_one_mind(held: np.ndarray, given: np.ndarray, price: float) -> bool:
    """Whether no condition parts the rows of a box (given (n, k + 1), zero elsewhere) by more than chance would."""
    told, whole = (held @ given).astype(np.float64), given.sum(axis=0, dtype=np.float64)
    able = (told[:, -1] >= FEWEST) & (whole[-1] - told[:, -1] >= FEWEST)
    return not (able & (_saved(told[:, :-1], told[:, -1], whole[:-1], float(whole[-1])) > price)).any()


def _length(rules: list[Condition], parts: list[tuple[Rows, np.ndarray, np.ndarray]], goal: Goal) -> int:
    """How many of the rules the watched rows like best: the fewest whose loss is within a thousandth of the least."""
    (rows, stats, weights), (watch, seen, watched) = parts
    if watch.n < FEW or watched.sum() <= 0:
        return len(rules)
    losses = []
    base = stats.sum(axis=0) / max(weights.sum(), TINY)
    for length in range(len(rules) + 1):
        which, there = _which(rules[:length], rows), _which(rules[:length], watch)
        sums = np.stack([np.bincount(which, column, minlength=length + 1) for column in stats.T], axis=1)
        sizes = np.bincount(which, weights, minlength=length + 1)
        told = ((sums + PRIOR * base) / (sizes[:, None] + PRIOR))[there]
        if goal.task == "numeric":
            losses.append(float(watched @ (goal.coded(watch) - told[:, 0]) ** 2 / watched.sum()))
        else:
            losses.append(float(-(seen * np.log(np.maximum(told, 1e-9))).sum() / watched.sum()))
    return int(np.argmax(np.array(losses) <= min(losses) + 1e-3 * abs(losses[0])))
