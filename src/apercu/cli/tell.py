"""What the terminal shows: a study as numbered sentences and plain tables, in English or Chinese, and bars while it is made.

Sentences are wrapped on a terminal and stay one line each elsewhere, so that they can be searched. Results go to standard output; bars,
with the time left, to standard error, and only when that is a terminal.
"""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ..core.dataset import Note
from ..core.progress import listening
from ..core.score import Score
from ..core.survival import Cohort, Group, SurvivalAnalysis
from ..deploy.captions import METRICS
from ..study import Study
from ..words import phrases
from ..words.numbers import percent, plain

__all__ = [
    "COLUMNS",
    "CURVE",
    "LEARNING",
    "NEAREST",
    "PARTS",
    "PROFILE",
    "REASONS",
    "WANTED",
    "RISKS",
    "TELLERS",
    "THIRDS",
    "WORDS",
    "Heads",
    "Terminal",
    "progress",
    "warned",
    "write_csv",
    "write_json",
]

Heads = Mapping[str, tuple[tuple[str, str], ...]]  # by language: each column's head, and the side that its cells keep to

DIFFERENCE: Final = " difference"  # how the metric of two models' difference ends
MOMENTS: Final = 7  # of a survival curve that are told
PLAIN_WIDTH: Final = 200  # columns where no terminal says how wide it is
STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    name: {"en": name, "zh": zh}
    for name, zh in {
        "collect": "收集", "clean": "清洗", "derive": "衍生", "train": "训练", "teach": "教导", "evaluate": "评估", "explain": "解释",
        "audit": "审查", "reason": "推理", "discover": "发现", "advise": "建议", "deploy": "交付",
    }.items()
}  # fmt: skip
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "findings": {"en": "Findings", "zh": "发现"},
    "scores": {"en": "Scores {where}, {n:,} rows (95% intervals)", "zh": "模型得分：{where}，{n:,} 行（95% 区间）"},
    "metric": {"en": "metric", "zh": "指标"},
    "out of fold": {"en": "out of fold", "zh": "折外预测"},
    "test file": {"en": "on the test file", "zh": "测试文件"},
    "later: all after one moment": {"en": "later: all after one moment", "zh": "之后：同一时刻之后的全部事件"},
    "later: each person's last fifth": {"en": "later: each person's last fifth", "zh": "之后：每个用户最后五分之一的事件"},
    "held out: a fifth of each person's items, by chance": {
        "en": "held out: a fifth of each person's items, by chance",
        "zh": "留出：每个用户随机五分之一的条目",
    },
    "baseline": {"en": "baseline", "zh": "基准"},
    "holds": {"en": "holds", "zh": "成立"},
    "weaker": {"en": "weaker than stated", "zh": "弱于所述"},
    "against": {"en": "no better than everyone", "zh": "并不优于全体"},
    "too few": {"en": "too few rows", "zh": "行数太少"},
    "actions": {"en": "Actions", "zh": "建议的行动"},
    "faults": {"en": "Faults", "zh": "数据与模型的问题"},
    "rules": {"en": "Rules", "zh": "专家规则"},
    "notes": {"en": "What was done to the data", "zh": "对数据做过的处理"},
    "silent": {"en": "Nothing outlived the proof.", "zh": "没有论断通过证明。"},
    "cut": {
        "en": "the {told:,} of most weight are told; --most tells more",
        "zh": "只列出最重要的 {told:,} 条；可用 --most 列出更多",
    },
    "ledger": {
        "en": "{proposed:,} claims proposed, {tested:,} tested on unseen rows, {held:,} held; false-discovery rate {q:.0%}",
        "zh": "提出 {proposed:,} 条断言，在未见过的行上检验 {tested:,} 条，成立 {held:,} 条；错误发现率 {q:.0%}",
    },
    "permuted": {
        "en": "{proposed:,} claims proposed, {tested:,} tested against permutations of the whole search, {held:,} held; false-discovery rate {q:.0%}",
        "zh": "提出 {proposed:,} 条断言，以整个搜索的置换检验 {tested:,} 条，成立 {held:,} 条；错误发现率 {q:.0%}",
    },
    "head": {"en": "{source}: {n:,} rows, {d:,} columns", "zh": "{source}：{n:,} 行，{d:,} 列"},
    "target": {"en": "; target {target}", "zh": "；目标 {target}"},
    "wanted": {"en": " (wanted: {wanted})", "zh": "（关注：{wanted}）"},
    "written": {"en": "Written", "zh": "已写入"},
    "study": {"en": "study: {path}", "zh": "研究：{path}"},
    "page": {"en": "report: {path}", "zh": "报告：{path}"},
    "wrote": {"en": "written: {path} ({n:,} rows)", "zh": "已写入：{path}（{n:,} 行）"},
    "found": {"en": "-> finding {ranks}", "zh": "-> 发现 {ranks}"},
    "missed": {"en": "-> not among the findings", "zh": "-> 未被发现"},
    "predicted": {"en": "{target} is predicted to be {prediction}{chance}.", "zh": "{target} 的预测为 {prediction}{chance}。"},
    "parts": {"en": "What each column adds, in {unit}", "zh": "各列的贡献（单位：{unit}）"},
    "log-odds": {"en": "log-odds of {level}", "zh": "{level} 的对数几率"},
    "own unit": {"en": "the unit of {target}", "zh": "{target} 的单位"},
    "nearest": {"en": "The rows that the model treats most like it", "zh": "模型视为最相似的行"},
    "surviving": {"en": "Share without {event} over {duration} (0 to {last})", "zh": "{event} 未发生的比例随 {duration} 的变化（0 至 {last}）"},
    "thirds": {"en": "Thirds by predicted risk, after {horizon}", "zh": "按预测风险分为三组，{horizon} 之后"},
    "tellers": {
        "en": "Columns that tell, by the concordance that shuffling them costs ({n:,} rows, 95% intervals)",
        "zh": "最有区分力的列：打乱后一致性指数的损失（{n:,} 行，95% 区间）",
    },
    "group": {"en": "{name} ({n:,} rows)", "zh": "{name}（{n:,} 行）"},
    "risks": {
        "en": "Most at risk in the next {horizon}, of {n:,} rows without the event",
        "zh": "接下来 {horizon} 内风险最高的行（共 {n:,} 行尚未发生）",
    },
    "high": {"en": "high", "zh": "高"},
    "middle": {"en": "middle", "zh": "中"},
    "low": {"en": "low", "zh": "低"},
    "learning": {"en": "What more rows teach ({metric} by rows learned from)", "zh": "学习曲线（{metric} 随训练行数的变化）"},
    "kept": {"en": "The learning curve now stands in {path} and its report.", "zh": "学习曲线已写入 {path} 及其报告。"},
    "planted": {"en": "Planted truths", "zh": "预先植入的真相"},
}
COLUMNS: Final[Heads] = {
    "en": (("column", "left"), ("kind", "left"), ("role", "left"), ("missing", "right"), ("distinct", "right"), ("why", "left")),
    "zh": (("列", "left"), ("类型", "left"), ("角色", "left"), ("缺失", "right"), ("不同值", "right"), ("理由", "left")),
}
PROFILE: Final[Heads] = {
    "en": (*COLUMNS["en"][:5], ("quartiles or top values", "left")),
    "zh": (*COLUMNS["zh"][:5], ("四分位数或最常见的值", "left")),
}
PARTS: Final[Heads] = {
    "en": (("part", "left"), ("name", "left"), ("what it is", "left")),
    "zh": (("种类", "left"), ("名称", "left"), ("说明", "left")),
}
REASONS: Final[Heads] = {
    "en": (("column", "left"), ("value", "left"), ("contribution", "right")),
    "zh": (("列", "left"), ("取值", "left"), ("贡献", "right")),
}
NEAREST: Final[Heads] = {
    "en": (("row of the table", "right"), ("distance", "right"), ("predicted", "right"), ("truth", "left")),
    "zh": (("表中的行", "right"), ("距离", "right"), ("预测", "right"), ("真实值", "left")),
}
WANTED: Final[Heads] = {
    "en": (("row to label", "right"), ("worth (bits; of a number, share of its spread)", "right"), ("likeliest", "left"), ("probability", "right")),
    "zh": (("待标注的行", "right"), ("价值（比特；数值目标为方差占比）", "right"), ("最可能", "left"), ("概率", "right")),
}
ODD: Final[Heads] = {
    "en": (("oddest row", "right"), ("oddness", "right"), ("x", "right"), ("y", "right")),
    "zh": (("最异常的行", "right"), ("异常度", "right"), ("x", "right"), ("y", "right")),
}
CURVE: Final[Heads] = {
    "en": (("time", "right"), ("still followed", "right"), ("without it", "right"), ("95% interval", "left")),
    "zh": (("时间", "right"), ("仍在观测", "right"), ("未发生", "right"), ("95% 区间", "left")),
}
THIRDS: Final[Heads] = {
    "en": (("risk", "left"), ("rows", "right"), ("events", "right"), ("foretold without it", "right"), ("came", "left"), ("median", "right")),
    "zh": (("风险", "left"), ("行数", "right"), ("发生", "right"), ("预测未发生", "right"), ("实际", "left"), ("中位时间", "right")),
}
TELLERS: Final[Heads] = {
    "en": (("column", "left"), ("cost", "left"), ("soonest", "left"), ("without it", "left"), ("latest", "left"), ("without it", "left")),
    "zh": (("列", "left"), ("损失", "left"), ("最早", "left"), ("未发生", "left"), ("最晚", "left"), ("未发生", "left")),
}
RISKS: Final[Heads] = {
    "en": (("row", "right"), ("so far", "right"), ("chance", "right"), ("median time left", "right")),
    "zh": (("行", "right"), ("至今", "right"), ("概率", "right"), ("剩余时间中位数", "right")),
}
LEARNING: Final[Heads] = {
    "en": (("rows", "right"), ("score", "right"), ("95% interval", "left")),
    "zh": (("行数", "right"), ("得分", "right"), ("95% 区间", "left")),
}


class _Console(Console):
    """A console that leaves a closed pipe to the command line."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Terminal:
    """Standard output in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        own = _Console(highlight=False, markup=False)
        self._console = own if own.is_terminal else _Console(highlight=False, markup=False, width=PLAIN_WIDTH)

    def line(self, name: str, **fields: Any) -> None:
        """A line of WORDS with its fields filled in."""
        self._console.print(WORDS[name][self.lang].format(**fields), soft_wrap=True)

    def say(self, words: Mapping[str, str]) -> None:
        """A sentence that exists in each language."""
        self._console.print(words[self.lang], soft_wrap=True)

    def found(self, ranks: Sequence[int]) -> str:
        """Which findings speak of a planted truth."""
        numbers = ", ".join(map(str, ranks))
        return WORDS["found" if ranks else "missed"][self.lang].format(ranks=numbers)

    def title(self, name: str, **fields: Any) -> None:
        """A blank line and a heading of WORDS with its fields filled in."""
        self._console.print()
        self._console.print(Text(WORDS[name][self.lang].format(**fields), style="bold"))

    def sentences(self, told: Sequence[str], marks: Sequence[str] = ()) -> None:
        """Sentences under each other, each after its mark ("-" where none is given)."""
        marked = list(zip(marks or ["-"] * len(told), told, strict=True))
        if not self._console.is_terminal:
            for mark, sentence in marked:
                self._console.print(f"{mark:>3} {sentence}", soft_wrap=True)
            return
        grid = Table.grid(padding=(0, 1))
        grid.add_column(justify="right", style="bold cyan", no_wrap=True)
        grid.add_column()
        for mark, sentence in marked:
            grid.add_row(f" {mark}", Text(sentence))
        self._console.print(grid)

    def table(self, heads: Heads, rows: Sequence[Sequence[str]]) -> None:
        """Rows of text under headings."""
        table = Table(box=None, padding=(0, 2, 0, 1), header_style="dim")
        for head, side in heads[self.lang]:
            table.add_column(head, justify="right" if side == "right" else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)

    def study(self, study: Study) -> None:
        """Findings first, then what the models are worth, what to do, and what is wrong."""
        goal = study.goal
        words = {name: WORDS[name][self.lang] for name in ("head", "target", "wanted")}
        head = words["head"].format(source=study.source, n=study.data.n, d=sum(not c.derived for c in study.data.schema))
        head += words["target"].format(target=goal.target) if goal else ""
        head += words["wanted"].format(wanted=goal.wanted) if goal and goal.wanted and goal.task == "binary" else ""
        self._console.print(head, soft_wrap=True)
        self._findings(study)
        if study.scores:
            self.scores(study.scores)
        if study.rules:
            self.title("rules")
            words = [self._word("too few" if v.verdict == "silent" else v.verdict) for v in study.rules]
            measured = [f"{v.observed:.1%} [{v.low:.1%}, {v.high:.1%}], n = {v.n:,}" for v in study.rules]
            self.sentences([f"{v.rule.text}: {word}; {numbers}" for v, word, numbers in zip(study.rules, words, measured, strict=True)])
        if study.actions:
            self.title("actions")
            self.sentences([action.say(self.lang) for action in study.actions], [f"{i}." for i in range(1, len(study.actions) + 1)])
        if study.faults:
            self.title("faults")
            gap = "" if self.lang == "zh" else " "
            self.sentences([f"{fault.say(self.lang)}{gap}{fault.mend[self.lang]}" for fault in study.faults])

    def notes(self, notes: Sequence[Note]) -> None:
        """Every mend and decision, with the column it is about."""
        if notes:
            self.title("notes")
            self.sentences([self._note(note) for note in notes])

    def _note(self, note: Note) -> str:
        """A note with its column before it and its count of rows behind it, where the words do not hold the count already."""
        told = f"{note.column}: {note.say(self.lang)}" if note.column else note.say(self.lang)
        if not note.rows or f"{note.rows:,}" in told:
            return told
        return f"{told}（{note.rows:,} 行）" if self.lang == "zh" else f"{told} ({note.rows:,} {'row' if note.rows == 1 else 'rows'})"

    def _word(self, word: str) -> str:
        return WORDS[word][self.lang] if word in WORDS else word

    def scores(self, scores: Sequence[Score]) -> None:
        """One table per place where models were scored: a row per metric, a column per model; differences of models below it."""
        for where in dict.fromkeys(score.where for score in scores):
            here = [score for score in scores if score.where == where]
            shared = [s for s in here if not s.metric.endswith(DIFFERENCE)]
            models = list(dict.fromkeys(score.model for score in shared))
            cells = {(s.metric, s.model): f"{_number(s.value)} [{_number(s.low)}, {_number(s.high)}]" for s in shared}
            self.title("scores", where=self._word(where), n=max(score.n for score in here))
            heads = ((WORDS["metric"][self.lang], "left"), *((self._word(model), "right") for model in models))
            rows = [(self._metric(m), *(cells.get((m, model), "") for model in models)) for m in dict.fromkeys(s.metric for s in shared)]
            self.table({self.lang: heads}, rows)
            for s in here:
                if s.metric.endswith(DIFFERENCE):
                    self._console.print(f" {replace(s, where=self._word(s.where)).say(self.lang)}", soft_wrap=True)

    def prediction(self, study: Study, told: Mapping[str, Any]) -> None:
        """One prediction as a sentence, and the heading of its reasons."""
        goal, quote = study.goal, phrases(self.lang).quote
        assert goal is not None
        if goal.task == "numeric":
            unit = WORDS["own unit"][self.lang].format(target=goal.target)
            self.line("predicted", target=goal.target, prediction=plain(told["prediction"]), chance="")
        else:
            share = percent(told["probabilities"][told["prediction"]])
            unit = WORDS["log-odds"][self.lang].format(level=quote(goal.wanted))
            chance = f" ({share})" if self.lang == "en" else f"（{share}）"
            self.line("predicted", target=goal.target, prediction=quote(told["prediction"]), chance=chance)
        self.title("parts", unit=unit)

    def survival(self, told: SurvivalAnalysis, k: int) -> None:
        """A survival analysis: the curve, thirds by risk, the columns that tell, and the `k` rows most at risk."""
        self.sentences([told.say(self.lang), told.how(self.lang)])
        self.title("surviving", event=told.event, duration=told.duration, last=plain(told.last))
        self._console.print(f" {told.picture()}")
        shown = [told.curve[i] for i in dict.fromkeys(int(i * (len(told.curve) - 1) / (MOMENTS - 1)) for i in range(MOMENTS))]
        self.table(CURVE, [(plain(s.time), f"{s.at_risk:,}", percent(s.share), f"{percent(s.low)} – {percent(s.high)}") for s in shown])
        self.title("thirds", horizon=plain(told.horizon))
        for_each = [
            (
                self._word(c.name),
                f"{c.n:,}",
                f"{c.events:,}",
                percent(c.foretold),
                _without(c),
                _or(c.median),
            )
            for c in told.thirds
        ]
        self.table(THIRDS, for_each)
        if told.tellers:
            self.title("tellers", n=told.tellers[0].n)
            name = WORDS["group"][self.lang].format
            ends = [[(name(name=g.name, n=g.n), _without(g)) for g in (t.worst, t.best)] for t in told.tellers]
            cost = [f"{t.cost:.3f} [{t.low:.3f}, {t.high:.3f}]" for t in told.tellers]
            self.table(TELLERS, [(t.column, much, *worst, *best) for t, much, (worst, best) in zip(told.tellers, cost, ends, strict=True)])
        known = [(f"{r.row:,}", plain(r.since), percent(r.chance), _or(r.left)) for r in told.at_risk if r.chance is not None][:k]
        if known:
            self.title("risks", horizon=plain(told.horizon), n=len(told.at_risk))
            self.table(RISKS, known)

    def learning(self, curve: Any, scores: Sequence[Score]) -> None:
        """A learning curve: the score by rows, and what all rows gain on each part."""
        self.title("learning", metric=self._metric(scores[0].metric))
        columns = (curve.columns[name] for name in ("rows", "value", "low", "high"))
        self.table(LEARNING, [(f"{n:,}", _number(v), f"{_number(a)} – {_number(b)}") for n, v, a, b in zip(*columns, strict=True)])
        whose = {"en": r"the model of \1 rows", "zh": r"\1 行的模型"}[self.lang]
        apart = [replace(s, model=re.sub(r"([\d,]+) rows", whose, s.model)) for s in scores if s.metric.endswith(DIFFERENCE)]
        self.sentences([s.say(self.lang) for s in apart])

    def _metric(self, name: str) -> str:
        return METRICS[name][1] if self.lang == "zh" and name in METRICS else name

    def _findings(self, study: Study) -> None:
        self.title("findings")
        if study.findings:
            self.sentences([finding.say(self.lang) for finding in study.findings], [f"{finding.rank}." for finding in study.findings])
        else:
            self.line("silent")
        ledger = study.ledger
        permuted = study.split is not None and study.split.how == "permutation"
        self.line("permuted" if permuted else "ledger", proposed=ledger.proposed, tested=ledger.tested, held=ledger.held, q=ledger.q)
        if ledger.held > len(study.findings):
            self.line("cut", told=len(study.findings))


def _without(group: Cohort | Group) -> str:
    """The share without the event, with its interval."""
    return f"{percent(group.share)} [{percent(group.low)}, {percent(group.high)}]"


def _or(value: float | None) -> str:
    """A number to four digits, or a dash for none."""
    return "–" if value is None else plain(float(f"{value:.4g}"))


def _number(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else plain(value)


def write_json(path: Path, record: Any) -> None:
    """JSON in UTF-8; the path - is standard output. Raises ValueError on a number that JSON does not have."""
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    if str(path) == "-":
        sys.stdout.write(text + "\n")
    else:
        path.write_text(text + "\n", encoding="utf-8")


def write_csv(path: Path, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """CSV in UTF-8 with a header; the path - is standard output."""
    with nullcontext(sys.stdout) if str(path) == "-" else path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


@contextmanager
def warned() -> Iterator[None]:
    """Within the block, what a step remarks is said on standard error, once each."""
    said: set[str] = set()

    def heard(_: str, text: str) -> None:
        if text not in said:
            said.add(text)
            sys.stderr.write(f"apercu: {text}.\n")

    with listening(lambda *_: None, heard):
        yield


@contextmanager
def progress(lang: str) -> Iterator[None]:
    """Within the block, long work draws bars with the time left on a terminal's standard error; elsewhere nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    look = (TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*look, console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def heard(step: str, done: float, total: float) -> None:
            if step not in tasks:
                for task in tasks.values():  # a step begins when those before it are done
                    bars.update(task, total=1, completed=1)
                tasks[step] = bars.add_task(STEPS.get(step, {}).get(lang, step), total=total or None)
            bars.update(tasks[step], completed=done, total=total or None)

        with listening(heard):
            yield
