"""The command line: `apercu run`, and one command per thing that one may want of a study.

    apercu run customers.csv --target churned --lang zh
    apercu serve customers.study

A flag is a field of a frozen Options class (meaning, unit, legal values), so no flag is written twice: `_command` makes the flags of a
command from the dataclasses that its function takes. Results go to standard output, progress and messages to standard error.

Exit codes: 0 done; 2 the call's words are off; 3 the input cannot be used; 4 stopped with nothing lost; 1 our own fault.
What it does not do: compute. Everything here calls a public function that a program may call as well.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import sys
import traceback
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from . import __version__
from .core.errors import ApercuError, InputError, Stopped, UnknownName, WordsError
from .core.options import Field, checked, fields_of, option, pairs
from .core.progress import listening
from .study import Options, Study
from .study import run as run_study

__all__ = ["app", "main"]

app = typer.Typer(name="apercu", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")

PLAIN_WIDTH: Final = 200  # columns where no terminal says how wide it is
DEMOS: Final = ("churn", "diagnosis", "digits")
STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    name: {"en": name, "zh": zh}
    for name, zh in {
        "collect": "收集", "clean": "清洗", "derive": "衍生", "train": "训练", "teach": "教导", "evaluate": "评估", "explain": "解释",
        "audit": "审查", "reason": "推理", "discover": "发现", "advise": "建议", "deploy": "交付",
    }.items()
}  # fmt: skip
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "findings": {"en": "Findings", "zh": "发现"},
    "scores": {"en": "Scores (95% intervals)", "zh": "模型得分（95% 区间）"},
    "actions": {"en": "Actions", "zh": "建议的行动"},
    "faults": {"en": "Faults", "zh": "数据与模型的问题"},
    "rules": {"en": "Rules", "zh": "专家规则"},
    "notes": {"en": "What was done to the data", "zh": "对数据做过的处理"},
    "columns": {"en": "Columns", "zh": "列"},
    "silent": {"en": "Nothing was found that rows which the search never saw confirm.", "zh": "没有发现能被未参与搜索的行证实的结论。"},
    "ledger": {
        "en": "{proposed:,} claims proposed, {tested:,} tested on unseen rows, {held:,} held; false-discovery rate {q:.0%}",
        "zh": "提出 {proposed:,} 条断言，在未见过的行上检验 {tested:,} 条，成立 {held:,} 条；错误发现率 {q:.0%}",
    },
    "head": {"en": "{source}: {n:,} rows, {d:,} columns", "zh": "{source}：{n:,} 行，{d:,} 列"},
    "target": {"en": "; target {target}", "zh": "；目标 {target}"},
    "wanted": {"en": " (wanted: {wanted})", "zh": "（关注：{wanted}）"},
    "mends": {"en": "{n} mends and decisions; `apercu show {study} --notes` lists them", "zh": "{n} 处处理与决定；用 `apercu show {study} --notes` 查看"},
    "saved": {"en": "study: {path}", "zh": "研究：{path}"},
    "page": {"en": "report: {path}", "zh": "报告：{path}"},
    "written": {"en": "written: {path} ({n:,} rows)", "zh": "已写入：{path}（{n:,} 行）"},
    "stopped": {"en": "stopped; nothing was written", "zh": "已停止；没有写入任何内容"},
}
HEADS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "en": (("model", "left"), ("metric", "left"), ("value", "right"), ("low", "right"), ("high", "right"), ("rows", "right"), ("measured on", "left")),
    "zh": (("模型", "left"), ("指标", "left"), ("值", "right"), ("下限", "right"), ("上限", "right"), ("行数", "right"), ("测量于", "left")),
}


# ---------------------------------------------------------------- options that belong to the command line itself


@dataclasses.dataclass(frozen=True)
class _Aim:
    """What is to be explained, and what it is worth."""

    target: str | None = option(None, "the column to explain and predict; left out, the measures are chosen from the columns")
    wanted: str | None = option(None, "the level of the target whose rate findings speak of")
    value: float | None = option(None, "money that one wanted outcome is worth, or costs when it is unwanted", unit="money")
    cost: float = option(0.0, "money that one offer costs", unit="money", legal=(0.0, 1e12))
    success: float = option(0.3, "share of addressees on whom an offer works", legal=(0.0, 1.0))
    rules: Path | None = option(None, "a file of expert rules, one 'when ... then ...' a line")


@dataclasses.dataclass(frozen=True)
class _Told:
    """What is told, and where it is written."""

    lang: str = option("en", "language of what is told", legal=("en", "zh"))
    json: Path | None = option(None, "write the whole study as JSON to this file; - is standard output, and then nothing else stands there")
    out: Path | None = option(None, "the study's folder; <source>.study in the current folder when left out")
    page: Path | None = option(None, "write the report to this file as well; it lies in the study's folder anyway")
    save: bool = option(True, "write the study's folder")


@dataclasses.dataclass(frozen=True)
class _Lang:
    """The language alone."""

    lang: str = option("en", "language of what is told", legal=("en", "zh"))


# ---------------------------------------------------------------- flags from fields


class _Flag(NamedTuple):
    """One flag: the way to its field, what is known of it, and the type of what follows it."""

    way: tuple[str, ...]
    name: str
    field: Field
    type: Any
    panel: str

    @property
    def parameter(self) -> str:
        return "__".join(self.way)


def _flags(kind: type, way: tuple[str, ...], taken: set[str], panel: str, outer: tuple[str, ...] = ()) -> Iterator[_Flag]:
    """The flags of a dataclass of options. A field that is itself such a dataclass is a verb: its flags stand in a panel of its name.

    A field that the outer class has as well is handed down by the study and has no flag of its own; a name that another verb has
    already is spelled with its verb in front.
    """
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in fields_of(kind) if f.name not in outer}
    inner = [name for name in known if dataclasses.is_dataclass(hints[name])]
    plain = tuple(name for name in known if name not in inner)
    for name in plain:
        flag = name if name not in taken else f"{way[-1]}_{name}"
        taken.add(flag)
        yield _Flag((*way, name), flag.replace("_", "-"), known[name], _bare(hints[name]), panel)
    for name in inner:
        yield from _flags(hints[name], (*way, name), taken, name, plain)


def _bare(hint: Any) -> Any:
    """The type behind `X | None`."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(a for a in typing.get_args(hint) if a is not type(None))
    return hint


def _parameter(flag: _Flag) -> inspect.Parameter:
    """The flag as typer reads it. Its default is None, 'not given', so that options set elsewhere stay."""
    words, kind = flag.field.meaning, flag.type
    origin = typing.get_origin(kind) or kind
    legal = flag.field.legal
    choices = legal is not None and all(isinstance(v, str) for v in legal)
    unit = ", ".join([*([flag.field.unit] if flag.field.unit else []), *([f"{legal[0]:g} to {legal[1]:g}"] if legal and not choices else [])])
    many = inspect.isclass(origin) and issubclass(origin, Sequence | Mapping) and origin is not str
    annotation = list[str] if many else (origin if origin in (int, float, bool, Path) else str)
    metavar = "|".join(legal) if choices else ("COLUMN=WORD" if many and issubclass(origin, Mapping) else None)  # type: ignore[arg-type]
    default = flag.field.default
    shown = False if default in (None, (), "") or default == {} else (("on" if default else "off") if default in (True, False) and kind is bool else f"{default}")
    declared = f"--{flag.name}/--no-{flag.name}" if kind is bool else f"--{flag.name}"
    info = typer.Option(
        declared, help=escape(f"{words} [{unit}]" if unit else words), metavar=metavar, show_default=shown, rich_help_panel=flag.panel
    )
    return inspect.Parameter(flag.parameter, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation | None, info])


def _built(kind: type, way: tuple[str, ...], flags: Sequence[_Flag], given: Mapping[str, Any]) -> Any:
    """The options, with what was given in place of the defaults. Raises WordsError where a value is not legal."""
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for flag in flags:
        got = given.get(flag.parameter)
        if flag.way[:-1] == way and got is not None and got != []:
            values[flag.way[-1]] = _read(flag, got)
    for f in dataclasses.fields(kind):
        if dataclasses.is_dataclass(hints[f.name]) and any(flag.way[: len(way) + 1] == (*way, f.name) for flag in flags):
            values[f.name] = _built(hints[f.name], (*way, f.name), flags, given)
    return checked(kind(**values))


def _read(flag: _Flag, got: Any) -> Any:
    """What followed a flag, as its field wants it."""
    origin = typing.get_origin(flag.type) or flag.type
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return pairs(got, flag.name)
    if not isinstance(got, list):
        return got
    inside = next((a for a in typing.get_args(flag.type) if a in (int, float)), str)
    words = [word for part in got for word in part.split(",")] if inside is not str else got
    try:
        return tuple(inside(word) for word in words)
    except ValueError:
        raise WordsError(f"--{flag.name} expects numbers; got {' '.join(got)!r}.") from None


def _command(name: str, *examples: str, panel: str = "Commands") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers a function as a command. Each parameter that is a dataclass of options becomes that many flags."""

    def registered(work: Callable[..., None]) -> Callable[..., None]:
        hints = typing.get_type_hints(work, include_extras=True)
        plain = [p.replace(annotation=hints[p.name]) for p in inspect.signature(work).parameters.values() if not dataclasses.is_dataclass(hints[p.name])]
        groups = {n: kind for n, kind in hints.items() if dataclasses.is_dataclass(kind)}
        taken = {p.name for p in plain}
        flags = [flag for n, kind in groups.items() for flag in _flags(kind, (n,), taken, "Options")]

        def called(**given: Any) -> None:
            options = {n: _built(kind, (n,), flags, given) for n, kind in groups.items()}
            try:
                work(**{p.name: given[p.name] for p in plain}, **options)
            except KeyboardInterrupt:
                raise Stopped("stopped; nothing was written.") from None

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in plain] + [_parameter(flag) for flag in flags]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {p.name: p.annotation for p in parameters}
        words = inspect.getdoc(work) or ""
        shown = "\n".join(f"  {escape(example)}" for example in examples)
        app.command(name, help=f"{escape(words)}\n\n\b\nExamples:\n{shown}" if examples else escape(words), rich_help_panel=panel)(called)
        return work

    return registered


# ---------------------------------------------------------------- what is shown


def _console() -> Console:
    """Standard output. Where no terminal says how wide it is, a sentence stays one line, so that it can be searched."""
    narrow = Console(highlight=False, markup=False)
    return narrow if narrow.is_terminal else Console(highlight=False, markup=False, width=PLAIN_WIDTH)


def _title(out: Console, name: str, lang: str) -> None:
    out.print()
    out.print(Text(WORDS[name][lang], style="bold"))


def _sentences(out: Console, sentences: Sequence[str], marks: Sequence[str] | None = None) -> None:
    """Sentences under each other, numbered or marked, wrapped with a hanging indent on a terminal."""
    marks = marks or [f"{i}." for i in range(1, len(sentences) + 1)]
    if not out.is_terminal:
        for mark, sentence in zip(marks, sentences, strict=True):
            out.print(f"{mark:>3} {sentence}", soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style="bold cyan", no_wrap=True)
    grid.add_column()
    for mark, sentence in zip(marks, sentences, strict=True):
        grid.add_row(f" {mark}", Text(sentence))
    out.print(grid)


def _table(out: Console, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 1), header_style="dim")
    for head, side in heads:
        table.add_column(head, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def _number(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.4g}"


def _show_head(out: Console, study: Study, lang: str) -> None:
    goal = study.goal
    head = WORDS["head"][lang].format(source=study.source, n=study.data.n, d=len(study.data.schema.columns))
    head += WORDS["target"][lang].format(target=goal.target) if goal else ""
    head += WORDS["wanted"][lang].format(wanted=goal.wanted) if goal and goal.wanted and goal.task == "binary" else ""
    out.print(head, soft_wrap=True)


def _show_findings(out: Console, study: Study, lang: str) -> None:
    _title(out, "findings", lang)
    if study.findings:
        _sentences(out, [finding.say(lang) for finding in study.findings], [f"{finding.rank}." for finding in study.findings])
    else:
        out.print(WORDS["silent"][lang])
    ledger = study.ledger
    out.print(Text(WORDS["ledger"][lang].format(proposed=ledger.proposed, tested=ledger.tested, held=ledger.held, q=ledger.q), style="dim"))


def _show_study(out: Console, study: Study, lang: str) -> None:
    """Findings first, then what the model is worth, what to do, and what is wrong."""
    _show_head(out, study, lang)
    _show_findings(out, study, lang)
    if study.scores:
        _title(out, "scores", lang)
        rows = [(s.model, s.metric, _number(s.value), _number(s.low), _number(s.high), f"{s.n:,}", s.where) for s in study.scores]
        _table(out, HEADS[lang], rows)
    if study.rules:
        _title(out, "rules", lang)
        told = [f"{v.rule.text}: {v.verdict}, {v.observed:.1%} [{v.low:.1%}, {v.high:.1%}], n = {v.n:,}" for v in study.rules]
        _sentences(out, told, ["-"] * len(told))
    if study.actions:
        _title(out, "actions", lang)
        _sentences(out, [action.say(lang) for action in study.actions])
    if study.faults:
        _title(out, "faults", lang)
        _sentences(out, [f"{fault.say(lang)} {fault.mend[lang]}" for fault in study.faults], ["-"] * len(study.faults))


def _show_notes(out: Console, notes: Sequence[Any], lang: str) -> None:
    if notes:
        _title(out, "notes", lang)
        _sentences(out, [f"{note.column}: {note.say(lang)}" if note.column else note.say(lang) for note in notes], ["-"] * len(notes))


def _write_json(path: Path, record: Any) -> None:
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    if str(path) == "-":
        sys.stdout.write(text + "\n")
    else:
        path.write_text(text + "\n", encoding="utf-8")


@contextmanager
def _progress(lang: str) -> Iterator[None]:
    """Bars with the time left on a terminal's standard error; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    look = (TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*look, console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def heard(step: str, done: float, total: float) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(STEPS.get(step, {}).get(lang, step), total=total or None)
            bars.update(tasks[step], completed=done, total=total or None)

        with listening(heard):
            yield
