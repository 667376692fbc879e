"""`apercu rules`: is a rules file right, and how its lines are written. Nothing is judged or trained here."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from .. import clean, collect, derive
from ..core.condition import Condition, Term
from ..core.errors import RuleError, UnreadableSource
from ..core.goal import Goal
from ..core.options import option
from ..core.rule import Rule
from ..core.rulebook import KINDS, Rulebook, read_rulebook
from ..core.statements import Range, Veto
from .app import Lang, app
from .flags import command
from .tell import Heads, Terminal, warned

__all__ = ["FORMS", "rules"]

LEVELS: Final = 101  # of a target that are looked at: one more than it may have

FORMS: Final[Mapping[str, tuple[str, str, Mapping[str, str]]]] = {
    "when": (
        'when tenure < 6 and complaint ~ dict("competitor") then churned = "yes" [0.45]',
        '当 tenure < 6 且 complaint ~ 词典("competitor") 则 churned = "yes" [0.45]',
        {"en": "what follows, with a stated probability; judged on the data, joins the model", "zh": "会怎样，可注明概率；由数据检验，并可加入模型"},
    ),
    "dict": (
        'dict "competitor": "联通", "T-Mobile", switch to',
        '词典 "competitor"：“联通”、“T-Mobile”、switch to',
        {"en": 'words or phrases to find in text; or: file "words.txt"', "zh": '要在文本中查找的词语；或：文件 "words.txt"'},
    ),
    "template": (
        'template "price complaint": "{expensive|too much|贵} ... {price|bill|账单}"',
        '模板 "price complaint"："{expensive|too much|贵} ... {price|bill|账单}"',
        {"en": "words in their order within one sentence", "zh": "同一句话中依次出现的词"},
    ),
    "monotone": (
        "monotone: churned rises with complaints_90d",
        "单调：churned 随 complaints_90d 上升",
        {"en": "the models obey it; also: falls with", "zh": "模型将遵守；亦可：下降"},
    ),
    "range": (
        "range: 0 <= age <= 120",
        "范围：0 <= age <= 120",
        {
            "en": 'other values are reported as faults; also: age >= 0, status in ("a", "b")',
            "zh": '其他值将报告为问题；亦可：age >= 0，status 属于 ("a", "b")',
        },
    ),
    "never": (
        'never offer "sms_blast" when segment = "vip"',
        '绝不 提供 "sms_blast" 当 segment = "vip"',
        {"en": "taken out of every offer", "zh": "从所有提议中排除"},
    ),
    "same": (
        'same: "CA" = "Calif." = "California" in state',
        '相同："CA" = "Calif." = "California" 于 state',
        {"en": "writings of one level; the last is its name", "zh": "同一类别的不同写法；最后一个为其名称"},
    ),
    "clause": (
        "subsidiary(X, Y) & subsidiary(Y, Z) & X != Z -> subsidiary(X, Z) [1]",
        "subsidiary(X, Y) 且 subsidiary(Y, Z) 且 X != Z 则 subsidiary(X, Z) [1]",
        {"en": "what a graph implies; capital letters and ?words are variables", "zh": "由图谱推出的事实；大写字母和 ?词 为变量"},
    ),
}  # kind: (an example, the same in Chinese, what it does)

READ: Final[Heads] = {
    "en": (("line", "right"), ("kind", "left"), ("rows", "right"), ("as it is read", "left")),
    "zh": (("行", "right"), ("类型", "left"), ("行数", "right"), ("读作", "left")),
}
WRITTEN: Final[Heads] = {"en": (("kind", "left"), ("how it is written", "left")), "zh": (("类型", "left"), ("写法", "left"))}
TOLD: Final = {
    "en": "{n} lines are read.",
    "zh": "共读取 {n} 行。",
}
ROWS: Final = {
    "en": "rows: where the rule speaks, the veto holds, or the range is broken.",
    "zh": "行数：规则适用、禁令生效或超出范围的行。",
}

rules = typer.Typer(name="rules", rich_markup_mode="rich")
app.add_typer(rules, name="rules", help="Rules of experts: check a file of them, or see how their lines are written.", rich_help_panel="Commands")


@dataclasses.dataclass(frozen=True)
class _Against:
    """The table that names and levels are compared with."""

    source: str | None = option(None, "a table: names must be its columns, and values what they hold")
    target: str | None = option(None, "the column that rules speak of")


@command(rules, "check", "apercu rules check churn.rules", "apercu rules check churn.rules --source customers.csv --target churned --lang zh")
def _check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a rules file (UTF-8)")], against: _Against, lang: Lang, collected: collect.Options
) -> None:
    """Reads a rules file and lists its lines as they are understood, or shows the first place that cannot be read."""
    try:
        book, data = _read(file, against, collected)
    except RuleError as error:
        raise _shown(file, error) from None
    shown = Terminal(lang.lang)
    lines = [
        (str(one.line), kind if lang.lang == "en" else KINDS[kind][1], "" if data is None else _rows(data, one), one.text)
        for kind, one in book.statements()
    ]
    shown.table(READ, lines)
    shown.say({key: told.format(n=len(book)) + ("" if data is None else f" {ROWS[key]}") for key, told in TOLD.items()})


@command(rules, "words", "apercu rules words --lang zh")
def _words(lang: Lang) -> None:
    """Shows how each kind of line is written, in English and in Chinese, and what it does."""
    shown = Terminal(lang.lang)
    rows: list[tuple[str, str]] = []
    for kind, (english, chinese, does) in FORMS.items():
        rows += [(kind if lang.lang == "en" else KINDS[kind][1], english), ("", chinese), ("", f"    {does[lang.lang]}")]
    shown.table(WRITTEN, rows)


def _read(file: Path, against: _Against, collected: collect.Options) -> tuple[Rulebook, Any]:
    """(the lines, the table that they were compared with)."""
    from ..engine.duckdb import DuckDB

    if not file.is_file():
        raise UnreadableSource(f"the rules file {file} cannot be read: there is no such file.")
    book = read_rulebook(file)
    if against.source is None:
        return book, None
    with warned():
        data = clean.run(collect.run(against.source, DuckDB(), collected)[0], against.target, clean.Options(), book.sames)[0]
        goal = None
        if against.target is not None:
            target = clean.target_of(data.schema, against.target)
            goal = Goal.guess(data.schema, target, data.engine.distinct(data.table, target, LEVELS))
        data = derive.run(data, goal, derive.Options(), data.graph)[0]
    return read_rulebook(file, data.schema, goal), data


def _rows(data: Any, statement: Any) -> str:
    """In how many rows a rule speaks, a veto holds or a range is broken; '' for the other kinds."""
    if isinstance(statement, Rule | Veto):
        return f"{data.engine.count(data.table, statement.when):,}"
    if isinstance(statement, Range):
        known = data.n - data.engine.count(data.table, Condition((Term(statement.column, "missing"),)))
        return f"{known - data.engine.count(data.table, statement.holds):,}"
    return ""


def _shown(file: Path, error: RuleError) -> RuleError:
    """The error with its line and a caret under the place."""
    told = f"{file}: {error}"
    if error.line:
        line = file.read_text(encoding="utf-8-sig").split("\n")[error.line - 1].rstrip()
        before = "".join("\t" if c == "\t" else " " * _width(c) for c in line[: error.column - 1])
        told += f"\n    {line}\n    {before}^"
    return RuleError(told, error.line, error.column)


def _width(c: str) -> int:
    return 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
