"""What monitor says: where an action or a finding stands on the new rows, and what follows, in both languages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ..words import phrases
from ..words.numbers import count, money, percent, plain, points, signed
from ..words.spacing import glue
from ._figures import Change

if TYPE_CHECKING:
    from .monitor import ActionCheck, FindingCheck, Monitoring

__all__ = ["ACTIONS", "FINDINGS", "followed", "summed", "watched"]

ACTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "planned": {"en": "As planned.", "zh": "与计划相符。"},
    "revise": {
        "en": "Revise the plan: beyond chance, and by a fifth or more, the new rows show another {what}.",
        "zh": "请修订计划：{what}与计划的差异超出偶然，且超过五分之一。",
    },
    "unclear": {"en": "Whether it goes as planned cannot be told yet.", "zh": "尚不能判断是否与计划相符。"},
}
FINDINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "holds": {"en": "It still holds.", "zh": "仍然成立。"},
    "changed": {"en": "It still holds, but has another size.", "zh": "仍然成立，但大小已变。"},
    "gone": {
        "en": "It is gone: on these rows it is not shown any more, and differs from what it was.",
        "zh": "已不复存在：在新数据上不再成立，且与原先不同。",
    },
    "unclear": {"en": "Whether it still holds cannot be told from these rows.", "zh": "这些行不足以判断它是否仍然成立。"},
    "silent": {"en": "It was not measured on these rows{why}.", "zh": "未在新数据上检验{why}。"},
}
MOVED: Final[Mapping[str, str]] = {
    "en": "If the offer has been made, that may be its effect; only those who by lot did not get it can tell.",
    "zh": "若优惠已经发出，这可能正是其效果；须与随机未获得者比较才能判断。",
}
PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "share": {"en": "number of addressees", "zh": "对象数"},
    "rate": {"en": "rate", "zh": "比例"},
    "mean": {"en": "mean", "zh": "均值"},
    "rate effect": {"en": "effect", "zh": "效果"},
    "mean effect": {"en": "effect", "zh": "效果"},
}
POINTS: Final[Mapping[str, str]] = {"en": " points", "zh": " 个百分点"}
NAMES: Final[Mapping[str, str]] = {
    "rate": "The share of {}",
    "mean": "The mean of {}",
    "rate effect": "What it does to the share of {}",
    "mean effect": "What it does to the mean of {}",
}


COUNTED: Final[Mapping[str, Mapping[str, str]]] = {
    "planned": {"en": "{n} as planned", "zh": "{n} 项与计划相符"},
    "revise": {"en": "{n} to be revised", "zh": "{n} 项须修订"},
    "holds": {"en": "{n} holding", "zh": "{n} 项仍然成立"},
    "changed": {"en": "{n} changed", "zh": "{n} 项大小已变"},
    "gone": {"en": "{n} gone", "zh": "{n} 项不复存在"},
    "unclear": {"en": "{n} cannot be told yet", "zh": "{n} 项尚不能判断"},
    "silent": {"en": "{n} not measured", "zh": "{n} 项未检验"},
}


def summed(told: Monitoring, lang: str) -> str:
    """All checks in one line: how many of each verdict."""
    parts = []
    for checks, word in ((told.actions, {"en": "Actions", "zh": "行动"}), (told.findings, {"en": "Findings", "zh": "发现"})):
        counts = {verdict: sum(check.verdict == verdict for check in checks) for verdict in COUNTED}
        said = [COUNTED[verdict][lang].format(n=count(n)) for verdict, n in counts.items() if n]
        if said:
            parts.append(f"{word['en']}: {', '.join(said)}." if lang == "en" else f"{word['zh']}：{'，'.join(said)}。")
    return (" " if lang == "en" else "").join(parts)


def followed(check: ActionCheck, lang: str) -> str:
    """The check of an action in sentences."""
    return _followed_en(check) if lang == "en" else _followed_zh(check)


def watched(check: FindingCheck, lang: str) -> str:
    """The check of a finding in sentences: what it said, its effect then and now, and the verdict."""
    w = phrases(lang)
    if check.verdict == "silent":
        absent = {"en": f": they have no column “{check.reason}”", "zh": f"：缺少“{check.reason}”列"} if check.reason else {"en": "", "zh": ""}
        return _joined(check.finding[lang], FINDINGS["silent"][lang].format(why=absent[lang]), lang)
    if not math.isfinite(check.low) or not math.isfinite(check.high):
        return _joined(check.finding[lang], FINDINGS[check.verdict][lang], lang)
    now, was, span = w.difference(check.after, check.unit), w.difference(check.before, check.unit), w.interval(check.low, check.high, check.unit)
    rows = count(check.n)
    told = {
        "en": f"Now {now} ({span}; {rows} new {'row' if check.n == 1 else 'rows'}), {was} in the study.",
        "zh": f"现在为 {now}（{span}；{rows} 行新数据），原为 {was}。",
    }
    return _joined(_joined(check.finding[lang], told[lang], lang), FINDINGS[check.verdict][lang], lang)


def _followed_en(check: ActionCheck) -> str:
    share, outcome = check.share, check.outcome
    lead = f"{check.rank}. {check.what['en']}."
    if share is None:
        return f"{lead} It was not measured: the new rows are too few, or lack a column of its condition. {ACTIONS['unclear']['en']}"
    said = f"{lead} It addresses {percent(share.after)} of the {count(share.n)} new rows ({count(round(share.after * share.n))}), " + (
        f"{percent(share.before)} in the study (change {_ends(share, 'rate', 'en')})."
    )
    if outcome is None:
        said += f" What became of {check.measured} among them is not known, or of too few."
    else:
        name = NAMES[check.kind].format(check.measured)
        said += (
            f" {name} among them is {_figure(outcome.after, check.kind, 'en')} ({count(outcome.n)} rows), "
            f"{_figure(outcome.before, check.kind, 'en')} in the study (change {_ends(outcome, check.kind, 'en')})."
        )
    if check.gain is not None:
        planned, now = (_sum(x, check.unit, "en") for x in check.gain)
        said += f" Per 1,000 rows it would bring {now}, {planned} as planned."
    return f"{said} {_verdict(check, 'en')}"


def _followed_zh(check: ActionCheck) -> str:
    share, outcome = check.share, check.outcome
    lead = f"{check.rank}. {check.what['zh']}。"
    if share is None:
        return f"{lead}未能检验：新数据行数太少，或缺少其条件所需的列。{ACTIONS['unclear']['zh']}"
    said = f"{lead}新数据 {count(share.n)} 行中有 {percent(share.after)}（{count(round(share.after * share.n))} 个）属于对象，" + (
        f"原为 {percent(share.before)}（变化 {_ends(share, 'rate', 'zh')}）。"
    )
    if outcome is None:
        said += glue("其中", check.measured, "的结果未知，或已知者太少。")
    else:
        name = {"rate": "占", "mean": "均值为"}.get(check.kind, "因之而异的差值为")
        told = f"{name} {_figure(outcome.after, check.kind, 'zh')}（{count(outcome.n)} 行），原为 {_figure(outcome.before, check.kind, 'zh')}"
        said += glue("其中", check.measured, f"{told}（变化 {_ends(outcome, check.kind, 'zh')}）。")
    if check.gain is not None:
        planned, now = (_sum(x, check.unit, "zh") for x in check.gain)
        said += f"每 1,000 行预期带来 {now}，计划为 {planned}。"
    return said + _verdict(check, "zh")


def _verdict(check: ActionCheck, lang: str) -> str:
    far = [PARTS[part][lang] for part, f in (("share", check.share), (check.kind, check.outcome)) if f is not None and f.far]
    said = ACTIONS[check.verdict][lang].format(what=(" and another " if lang == "en" else "和").join(far))
    moved = check.outcome is not None and check.outcome.far and check.kind == "rate"
    return _joined(said, MOVED[lang], lang) if moved else said


def _figure(x: float, kind: str, lang: str) -> str:
    if kind in ("rate", "mean"):
        return percent(x) if kind == "rate" else plain(float(f"{x:.4g}"))
    return points(x) + POINTS[lang] if kind == "rate effect" else signed(float(f"{x:.3g}"))


def _ends(of: Change, kind: str, lang: str) -> str:
    """The difference and its interval, the unit once."""

    def write(x: float) -> str:
        if not math.isfinite(x):
            return "−∞" if x < 0 else "∞"
        return points(x) if kind.startswith("rate") else signed(float(f"{x:.3g}"))

    gap, low, high = (write(x) for x in (of.after - of.before, of.low, of.high))
    unit = POINTS[lang] if kind.startswith("rate") else ""
    return f"{gap}, 95% interval {low} to {high}{unit}" if lang == "en" else f"{gap}，95% 区间 {low} 至 {high}{unit}"


def _sum(x: float, unit: str, lang: str) -> str:
    return money(x) if unit == "money" else f"{plain(float(f'{x:.3g}'))}{' outcomes' if lang == 'en' else ' 个结果'}"


def _joined(one: str, other: str, lang: str) -> str:
    return f"{one} {other}" if lang == "en" else one + other
