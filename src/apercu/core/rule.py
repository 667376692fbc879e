"""Rule: what an expert holds to be true, as a condition and a statement about the target, with a stated probability.

One kind of a rules file's lines is read here (`rulebook` reads all of them):

    when Contract = "Month-to-month" and tenure < 6 then Churn = "Yes" [0.45]
    当 合同 为 "月付" 且 月数 < 6 则 流失 = "是" [0.45]

Comparisons are =, !=, <, <=, >, >=, `in (...)`, `between a and b`, `contains "word"`, `~ "regular expression"`, `~ dict("words")` and
`is missing`; names that are not plain words (or are words of this form) stand in backticks; text stands in double quotes; a backslash goes before
a quote, a backtick, a backslash, n, r or t; what follows # is a comment. The number in brackets is the stated probability and may be left out.
`parse` and `Rule.text` are each other's inverse.

>>> parse('when tenure<6 and `Total Charges` is missing then Churn="Yes" [.45]').text
'when tenure < 6 and `Total Charges` is missing then Churn = "Yes" [0.45]'
>>> parse('when tenure < 6 than Churn = "Yes"')
Traceback (most recent call last):
    ...
apercu.core.errors.RuleError: line 1, column 17: expected 'and', 'then', got 'than'; did you mean 'then'?
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ._conditions import Known, column, condition, written_condition
from ._reader import Reader, written, written_name, written_number
from ._tokens import stands
from .condition import Condition
from .errors import RuleError, UnreadableSource, nearest
from .goal import Goal
from .schema import Schema

__all__ = ["Rule", "Verdict", "folder_of", "lines_of", "parse", "read_rules", "rule_of"]


HEADS: Final = "when|never|monotone|range|same|dict|template|当|如果|绝不|永不|从不|单调|范围|相同|同义|词典|词表|模板"
LINES: Final = re.compile(rf"\n|\bthen\b|则|那么|->|→|[:：]\s|[：“]|^\s*(#|$|({HEADS})(?=[\s:：\"“]))")  # what no file is called


@dataclass(frozen=True)
class Rule:
    """When the condition holds, the target is `level`, with probability `stated` (None: not said). `source` is 'expert' or 'mined'.

    text is the rule in its one canonical form, line its place in the file that it came from; neither makes two rules differ.
    Raises ValueError without a condition, or for a stated probability outside 0..1.
    """

    when: Condition
    target: str
    level: str
    stated: float | None = None
    source: str = "expert"
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.when.terms:
            raise ValueError("a rule needs a condition: when ... then ...")
        if self.stated is not None and not 0.0 <= self.stated <= 1.0:
            raise ValueError(f"a stated probability must lie in 0..1, got {self.stated}")
        stated = "" if self.stated is None else f" [{written_number(self.stated)}]"
        text = f"when {written_condition(self.when)} then {written_name(self.target)} = {written(self.level)}{stated}"
        object.__setattr__(self, "text", text)

    def to_json(self) -> dict[str, Any]:
        """The fields; `Rule.from_json` reads them back."""
        said = {"target": self.target, "level": self.level, "stated": self.stated, "source": self.source}
        return {"text": self.text, "when": self.when.to_json(), **said, "line": self.line}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Rule:
        """Reads what `to_json` wrote."""
        return Rule(Condition.from_json(tree["when"]), tree["target"], tree["level"], tree["stated"], tree["source"], line=tree["line"])


@dataclass(frozen=True)
class Verdict:
    """What the data say of a rule: how often it is right where it speaks (out of n rows that judge), and whether that is what was stated.

    verdict: 'holds' (the interval covers what was stated, or lies beyond it, away from the base rate), 'weaker' (better than everyone, not as
    good as stated), 'against' (no better than everyone, or worse, or called likely and proven to be the exception), or 'silent' (too few rows).
    Where nothing was stated: 'holds' above the base rate, 'weaker' where the interval covers it, 'against' below it. base: the rate of the level
    among everyone.
    """

    rule: Rule
    observed: float
    low: float
    high: float
    n: int
    base: float
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        rule: Mapping[str, Any] = {"text": self.rule.text, "source": self.rule.source, "stated": self.rule.stated}
        return {**rule, "observed": self.observed, "low": self.low, "high": self.high, "n": self.n, "base": self.base, "verdict": self.verdict}


def read_rules(source: Path | str, schema: Schema | None = None, goal: Goal | None = None) -> list[Rule]:
    """The rules of a UTF-8 file, or of a text (a str in which a rule stands). Blank lines and comments are passed over.

    With a schema, names must be columns, and values become what the column holds; with a goal, the target and its level must be the goal's.
    Raises RuleError with line, column and what was expected there; UnreadableSource when there is no such file.
    """
    return [parse(line, line=number, schema=schema, goal=goal) for number, line in lines_of(source)]


def parse(text: str, *, line: int = 1, schema: Schema | None = None, goal: Goal | None = None) -> Rule:
    """The rule of one line; see `read_rules`."""
    return rule_of(Reader(text, line), Known(schema, goal))


def rule_of(reader: Reader, known: Known) -> Rule:
    """The form: when TERM {and TERM} then TARGET = LEVEL [PROBABILITY]."""
    reader.key("when")
    when = condition(reader, known, "then")
    target, level = _statement(reader, known)
    return Rule(when, target, level, reader.stated(), line=reader.line)


def lines_of(source: Path | str) -> list[tuple[int, str]]:
    """[(its number from 1, line)] of a UTF-8 file, or of a text in which lines of rules stand; blank lines and comments are passed over.

    Raises UnreadableSource when there is no such file or it is not UTF-8, RuleError for text that UTF-8 cannot hold.
    """
    text = source if isinstance(source, str) and _is_text(source) else _file(Path(source))
    if halves := re.search("[\ud800-\udfff]", text):
        raise RuleError(f"expected text that UTF-8 can hold, got half a UTF-16 pair {halves.group()!r}.")
    return [(number, line) for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1) if stands(line)]


def folder_of(source: Path | str) -> Path | None:
    """The folder in which a rules file lies; None for a text."""
    return None if isinstance(source, str) and _is_text(source) else Path(source).parent


def _statement(reader: Reader, known: Known) -> tuple[str, str]:
    token, goal = reader.next(), known.goal
    target = column(reader, known)
    if goal and target != goal.target:
        reader.fail(token, f"the target {goal.target!r}")
    reader.operator("=", "is")
    token = reader.take(("text", "number"), "a level: text in double quotes, or a number")
    level = _level(token.value) if token.kind == "number" and known.storage(target) != "text" else token.value
    if goal and goal.task == "numeric":
        reader.fail(token, f"a target with levels; {target!r} is a number, and rules about numbers are not read")
    if goal and level not in goal.classes:
        close = nearest(level, goal.classes)
        reader.fail(token, f"a level of {target} ({', '.join(goal.classes[:12])})", f"; did you mean {close!r}?" if close else "")
    return target, level


def _is_text(source: str) -> bool:
    """Whether rules stand in a str, and not the name of their file (which may be 规则.txt)."""
    with suppress(OSError, ValueError):  # a text may be no possible name
        if source.strip() and Path(source).is_file():
            return False
    return LINES.search(source) is not None


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableSource(f"the rules file {path} must be UTF-8; byte {error.start + 1} is not. Save it as UTF-8.") from error
    except OSError as error:
        raise UnreadableSource(f"the rules file {path} cannot be read: {error.strerror}.") from error


def _level(number: str) -> str:
    return str(int(float(number))) if float(number).is_integer() else number
