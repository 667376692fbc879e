"""About: a question in a person's words, English or Chinese, as weights of columns, levels and kinds of findings. No language model.

    about = About.of("why do tickets take so long in Hardware?", rows, schema)
    about.weight(claim)      # 1 for a claim that has nothing to do with it, more the more of it the claim answers

A word of the question that is (the stem of) a word of a column's name, or a level of a column, names it; WORDS gives what people say for kinds
of findings (trend, share, duplicates ...) and for stretches of time. What it does not do: understand negation, or grammar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..core.condition import Condition
from ..core.expression import Days
from ..core.finding import Claim
from ..core.measure import Measure
from ..core.rows import Rows
from ..core.schema import Schema
from ._meant import meant

__all__ = ["About"]

COLUMN: Final = 1.0  # what a claim gains by a column that the question names
LEVEL: Final = 1.5  # by a level
BOTH: Final = 2  # levels that count
KIND: Final = 1.0  # by its kind
MEANT: Final = 0.5  # how far a column is named by another word for the same thing
PARTS: Final = re.compile("[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*|[0-9]+|[\u3400-\u9fff]+")
HALF: Final = 0.5  # how far a column must be named for its measure to be asked for
LEVELS: Final = 200  # levels of a column that are looked for
STEM: Final = 4  # letters that two words must share from their beginning, where one of them is inflected
TAIL: Final = 3  # letters by which they may differ
WIDE: Final = re.compile("[\u3400-\u9fff]")
WORDS: Final[Sequence[tuple[re.Pattern[str], tuple[str, ...]]]] = tuple(
    (re.compile(words, re.I), kinds)
    for words, kinds in (
        (
            r"trend|over time|increas|decreas|growth|rising|falling|evolv|趋势|变化|上升|下降|增长|减少|逐",
            ("trend", "change", "forecast"),
        ),
        (r"window|spike|peak|sudden|period|season|突然|高峰|期间|季节|周期", ("change", "season", "trend")),
        (r"distribut|imbalance|uneven|discrepan|disparit|share|proportion|workload|分布|不均|失衡|占比|比例", ("share", "ratio")),
        (r"predict|forecast|future|预测|未来|将来", ("forecast", "trend")),
        (r"correlat|relationship|related|influence|impact|affect|depend|相关|关系|影响|关联", ("link", "driver", "segment")),
        (r"duplicat|repeat|identical|redundan|重复|相同", ("duplicate",)),
        (r"mention|keyword|descri|text|comment|complain|issue|关键词|提到|描述|投诉|评论", ("topic",)),
        (r"missing|blank|empty|缺失|空白", ("missing",)),
        (r"outlier|anomal|unusual|extreme|异常|离群|极端", ("outlier", "change")),
        (r"\bper\b|ratio|每|人均", ("ratio",)),
        (r"segment|cluster|persona|群体|分群|画像", ("cluster", "segment")),
        (r"together|basket|bundle|一起|搭配|同时", ("basket",)),
        (r"fair|bias|discriminat|unequal|公平|歧视|偏见", ("gap",)),
    )
)
LASTING: Final = re.compile(
    r"(?i)resolution|time to|take so long|how long|duration|delay|turnaround|processing time|faster|slower|quick|period of|tenure|\bttr\b"
    r"|timeline|时长|多久|耗时|处理时间|周期|拖延|快慢|太慢"
)
DOUBTS: Final = re.compile(  # words of a question to which "there is none" is an answer
    r"(?i)whether|\b(is|are|does|do|did|if) (there|it|they|the)\b|\bany\b|differ|discrepan|imbalanc|uneven|disparit|equal|uniform"
    r"|\beven(ly)?\b|balanced|\bfair|var(y|ies|iation)|influenc|impact|affect|effect\b|correlat|relationship|depend|trends?\b|stable"
    r"|是否|有没有|有无|差异|差别|不同|均匀|平均|不均|失衡|影响|关系|相关|一样|相同|稳定"
)
PLAIN: Final = re.compile(  # levels that are also plain words of a question: they are named only as the table writes them
    r"(?i)high|low|medium|normal|critical|new|open|closed?|other|none|all|total|average|single|general|common|good|poor|fast|slow|long|short"
    r"|first|last|current|active|time|cost|service"
)
SMALL: Final = re.compile(
    r"the|and|for|with|from|that|this|are|was|were|its|any|all|how|why|what|when|which|who|does|time|has|have|into|our|per|can|not"
)


@dataclass(frozen=True)
class About:
    """What a question names: columns, {column: levels}, kinds of findings, how long something takes, and whether there is any difference."""

    columns: Mapping[str, float] = field(default_factory=dict)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    lasting: bool = False
    doubts: bool = False
    sense: frozenset[int] = frozenset()

    @staticmethod
    def of(question: str, rows: Rows, schema: Schema) -> About:
        """What a question names of a table; nothing for an empty one."""
        if not question.strip():
            return About()
        words = _words(question)
        asked = meant(question)
        columns = {
            c.name: named for c in schema if not c.derived and (named := max(_named(c.name, words, question), MEANT * bool(_sense(c.name) & asked)))
        }
        levels = {}
        for column in schema:
            if column.name in rows and rows.storage(column.name) == "text":
                coded = rows.coded(column.name)
                said = tuple(level for level in coded.levels if _level(level, question)) if len(coded.levels) <= LEVELS else ()
                if said:
                    levels[column.name] = said
        kinds = frozenset(kind for pattern, meant in WORDS if pattern.search(question) for kind in meant)
        doubts = bool(DOUBTS.search(question))
        return About(columns, levels, kinds | {"equality"} if doubts else kinds, bool(LASTING.search(question)), doubts, asked)

    def of_columns(self, names: Sequence[str]) -> float:
        """How far columns are named, by themselves or by a level: 0 for not at all."""
        return sum(self.columns.get(name, 0.0) + (1.0 if name in self.levels else 0.0) for name in names)

    def measures(self, measure: Measure) -> bool:
        """Whether a measure is asked for: by its column's name, by its level, or, of days, by a word for how long something takes."""
        if measure.counts:
            return False
        if isinstance(measure.of, Days):
            return self.lasting
        if self.sense & meant(measure.level):
            return True
        return any(self.columns.get(name, 0.0) >= HALF or measure.level in self.levels.get(name, ()) for name in measure.columns())

    def names(self, where: Condition) -> bool:
        """Whether a condition is on a level that the question names."""
        return any(level in _levels(where) for name in where.columns() for level in self.levels.get(name, ()))

    def speaks_of(self, where: Condition) -> bool:
        """Whether conditions speak of the levels that are named, of each column of which any is."""
        said = {name: self.levels[name] for name in where.columns() if name in self.levels}
        return not said or bool(_levels(where) & {level for levels in said.values() for level in levels})

    def weight(self, claim: Claim) -> float:
        """1 for a claim that has nothing to do with the question; more for each thing that both name."""
        names = claim.columns()
        total = COLUMN * sum(self.columns.get(name, 0.0) for name in names)
        total += KIND * (claim.pattern in self.kinds)
        said = _levels(claim.where) | {claim.level}
        total += LEVEL * min(BOTH, len({level for name in names for level in self.levels.get(name, ()) if level in said}))
        total += COLUMN * (self.lasting and isinstance(claim.measure.of, Days))
        return 1.0 + total


def _levels(where: Condition) -> set[str]:
    return {str(v) for term in where.terms for v in (term.value if isinstance(term.value, tuple) else (term.value,))}


def _words(question: str) -> list[str]:
    return [w for w in re.findall(r"[a-z0-9]+", question.lower()) if len(w) > 2 and not SMALL.fullmatch(w)]


def _named(column: str, words: Sequence[str], question: str) -> float:
    """1 where every word of a column's name is said, less where some are, 0 for none."""
    if WIDE.search(column):
        return 1.0 if column in question else 0.0
    parts = [p for p in re.findall(r"[a-z]+|[A-Z][a-z]*|[0-9]+", column.replace("_", " ")) if len(p) > 2 and not SMALL.fullmatch(p.lower())]
    if not parts:
        return 1.0 if column.lower() in words else 0.0
    said = [any(_alike(part.lower(), word) for word in words) for part in parts]
    return sum(said) / len(said)


def _sense(column: str) -> frozenset[int]:
    """What a column's name means; its parts are parted as in snake_case and camelCase."""
    return meant(" ".join(PARTS.findall(column.replace("_", " "))))


def _alike(a: str, b: str) -> bool:
    """Whether two words are one but for their endings."""
    if a == b:
        return True
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= max(STEM, max(len(a), len(b)) - TAIL - 1) or (
        shared >= STEM and shared >= min(len(a), len(b)) - 1 and abs(len(a) - len(b)) <= TAIL
    )


def _level(level: str, question: str) -> bool:
    if len(level) < 2:
        return False
    if WIDE.search(level):
        return level in question
    flags = 0 if len(level) <= 3 or PLAIN.fullmatch(level) else re.I  # 'IT' is a department, 'it' is not; 'High' a priority, 'high rates' are none
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(level)}(?![A-Za-z0-9])", question, flags) is not None
