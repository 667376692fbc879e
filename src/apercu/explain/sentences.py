"""What an analyst would say of each part of an explanation, in English and Chinese. Numbers are written by `words`; nothing here computes.

>>> pair = Jointly(("plan", "age"), 0.23, 0.12, 0.4, 0.3)
>>> of_pair(pair)["en"]
'plan and age act together: 23.0% of their joint effect (95% interval 12.0% to 40.0%) is more than the sum of what each does alone.'
>>> of_pair(pair)["zh"]
'plan 与 age 共同起作用：二者联合影响中有 23.0%（95% 区间 12.0% 至 40.0%）无法由各自影响之和解释。'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..core.explanation import Agreement, Branch, Dependence, Importance, Jointly, Prototype, Surrogate
from ..core.goal import Goal
from ..words import LANGUAGES, phrases
from ..words.numbers import count, percent, plain, points, signed
from ..words.spacing import glue

__all__ = ["of_agreements", "of_branch", "of_effect", "of_importance", "of_pair", "of_prototype", "of_surrogate"]

LARGE: Final = 10.0  # times the loss of unshuffled rows, above which a rise is told in the loss's own unit
ROUGH: Final = 0.5  # fidelity below which a surrogate is only a rough picture
ALIKE: Final = 0.6  # rank correlation from which methods agree
METHODS: Final = {
    "contribution": {"en": "contributions", "zh": "贡献"},
    "permutation": {"en": "shuffling", "zh": "置换"},
    "curve": {"en": "curves", "zh": "依赖曲线"},
}
ORDER: Final = ("", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth ", "ninth ", "tenth ")
KINDS: Final = {"low": {"en": "low", "zh": "偏低"}, "middle": {"en": "middling", "zh": "居中"}, "high": {"en": "high", "zh": "偏高"}}


def of_effect(column: str, rank: int, curve: Dependence | None, goal: Goal, unit: str) -> dict[str, str]:
    """Where a column's curve is farthest from the average prediction, and its rank among all columns (from 1)."""
    place = {
        "en": f"{column} moves predictions {ORDER[rank - 1]}most of all columns"
        if rank <= len(ORDER)
        else f"{column} is number {count(rank)} of all columns in moving predictions",
        "zh": glue(column, "是所有列中影响最大的" if rank == 1 else f"的影响在所有列中排第 {rank}"),
    }
    if curve is None or not curve.value:
        return {"en": f"{place['en']}.", "zh": f"{place['zh']}。"}
    ends = range(len(curve.value))
    high, low = max(ends, key=lambda i: curve.value[i]), min(ends, key=lambda i: curve.value[i])
    if curve.kind == "partial":
        i = max((high, low), key=lambda i: abs(curve.value[i]))
        return {
            "en": f"Where {column} is {_quoted(curve, i, 'en')}, {_subject(goal, 'en')} is {_side(curve, i, unit, 'en')}; {place['en']}.",
            "zh": glue(
                "当", column, "为", _quoted(curve, i, "zh"), "时，", _subject(goal, "zh"), _side(curve, i, unit, "zh"), "；", place["zh"], "。"
            ),
        }
    return {
        "en": f"Along {column}, {_subject(goal, 'en')} is highest at {_quoted(curve, high, 'en')}, {_side(curve, high, unit, 'en')}, and lowest at "
        f"{_quoted(curve, low, 'en')}, {_side(curve, low, unit, 'en')}; {place['en']}.",
        "zh": glue(
            "沿", column, "看，", _subject(goal, "zh"), "在", _quoted(curve, high, "zh"), "处最高，", _side(curve, high, unit, "zh"), "；在",
            _quoted(curve, low, "zh"), "处最低，", _side(curve, low, unit, "zh"), "；", place["zh"], "。",
        ),
    }  # fmt: skip


def of_pair(pair: Jointly) -> dict[str, str]:
    """How much of a pair's joint effect no sum explains."""
    first, second = pair.columns
    share, low, high = percent(pair.share), percent(pair.low), percent(pair.high)
    return {
        "en": f"{first} and {second} act together: {share} of their joint effect (95% interval {low} to {high}) is more than the sum of what each "
        "does alone.",
        "zh": glue(first, "与", second, f"共同起作用：二者联合影响中有 {share}（95% 区间 {low} 至 {high}）无法由各自影响之和解释。"),
    }


def of_importance(importance: Importance, task: str) -> dict[str, str]:
    """What shuffling columns costs."""
    loss = {"en": "squared error", "zh": "平方误差"} if task == "numeric" else {"en": "log loss", "zh": "对数损失"}
    tiny = importance.base <= 0.0 or importance.loss > LARGE * importance.base  # thousands of per cent say nothing
    rise, low, high = (plain(x) if tiny else percent(x / importance.base) for x in (importance.loss, importance.low, importance.high))
    names = {lang: phrases(lang).both(importance.columns) for lang in LANGUAGES}
    copies = {"en": "", "zh": ""}
    if len(importance.columns) > 1:
        copies = {"en": " together, which tell nearly the same,", "zh": "（它们所说几乎相同）"}
    span = {"en": f"95% interval {low} to {high}", "zh": f"95% 区间 {low} 至 {high}"}
    if importance.low <= 0.0:
        return {
            "en": f"Shuffling {names['en']}{copies['en']} among unseen rows does not provably worsen predictions "
            f"({loss['en']} by {rise}, {span['en']}).",
            "zh": glue("在未见过的行中打乱", names["zh"], f"{copies['zh']}，未见预测确有变差（{loss['zh']}变化 {rise}，{span['zh']}）。"),
        }
    return {
        "en": f"Shuffling {names['en']}{copies['en']} among unseen rows raises the {loss['en']} by {rise} ({span['en']}).",
        "zh": glue("在未见过的行中打乱", names["zh"], f"{copies['zh']}，{loss['zh']}上升 {rise}（{span['zh']}）。"),
    }


def of_branch(branch: Branch, goal: Goal, unit: str) -> dict[str, str]:
    """What the model says of the rows of one line of a surrogate."""
    told = {lang: _amount(branch.value, unit, lang) for lang in LANGUAGES}
    n = count(branch.n)
    return {
        "en": f"Where {branch.when.say()}, {_subject(goal, 'en')} is about {told['en']} ({n} rows).",
        "zh": glue("当", branch.when.say("zh"), "时，", _subject(goal, "zh"), "约为", f"{told['zh']}（{n} 行）。"),
    }


def of_surrogate(tree: Surrogate) -> dict[str, str]:
    """How well the lines imitate the model."""
    share, low, high, same = (percent(x) for x in (tree.fidelity, tree.low, tree.high, tree.agreement))
    lines = len(tree.branches)
    rough = {"en": " They are a rough picture only.", "zh": "它们只是粗略的写照。"} if tree.fidelity < ROUGH else {"en": "", "zh": ""}
    return {
        "en": f"{lines} line{'s' * (lines != 1)} imitate the model: on {count(tree.n)} rows they were not made from they reproduce {share} of the "
        f"variance "
        f"of its predictions (95% interval {low} to {high}) and fall on its side of the average on {same}.{rough['en']}",
        "zh": f"{lines} 条规则模仿该模型：在 {count(tree.n)} 行未用于制作的数据上，它们再现了预测方差的 {share}（95% 区间 {low} 至 {high}），"
        f"并在 {same} 的行上与模型落在平均值的同一侧。{rough['zh']}",
    }


def of_prototype(case: Prototype, goal: Goal, unit: str) -> dict[str, str]:
    """What a typical row is like."""
    kind = KINDS.get(case.level) if goal.task == "numeric" else None
    of = {
        "en": f"{kind['en']} {goal.target}" if kind else f"{goal.target} {phrases('en').quote(case.level)}",
        "zh": glue(goal.target, kind["zh"]) if kind else glue(goal.target, "为", phrases("zh").quote(case.level)),
    }
    like = {lang: _like(case.values, lang) for lang in LANGUAGES}
    said = {lang: _amount(case.prediction, unit, lang) for lang in LANGUAGES}
    return {
        "en": f"Row {count(case.row)} is typical of {of['en']} (predicted {said['en']}): {like['en']}.",
        "zh": glue(f"第 {count(case.row)} 行是", of["zh"], f"的典型（预测 {said['zh']}）：{like['zh']}。"),
    }


def of_agreements(found: Sequence[Agreement]) -> dict[str, str]:
    """Whether the methods rank the columns alike; '' where nothing was compared."""
    if not found:
        return {}
    names = list(dict.fromkeys(name for agreement in found for name in agreement.methods))
    least, most = (pick(a.correlation for a in found) for pick in (min, max))
    span = {
        "en": f"{least:.2f} to {most:.2f}" if len(found) > 1 else f"{least:.2f}",
        "zh": f"{least:.2f} 至 {most:.2f}" if len(found) > 1 else f"{least:.2f}",
    }
    told = {lang: phrases(lang).both([METHODS[name][lang] for name in names]) for lang in LANGUAGES}
    if least >= ALIKE:
        return {
            "en": f"{told['en'].capitalize()} rank the columns alike (rank correlation {span['en']}).",
            "zh": f"{told['zh'].replace('且', '与')}对各列的排序一致（等级相关 {span['zh']}）。",
        }
    return {
        "en": f"{told['en'].capitalize()} do not all rank the columns alike (rank correlation {span['en']}): what only one of them calls important "
        "should "
        "be told with care.",
        "zh": f"{told['zh'].replace('且', '与')}对各列的排序并不完全一致（等级相关 {span['zh']}）：仅被其中一种方法视为重要的列应谨慎对待。",
    }


def _subject(goal: Goal, lang: str) -> str:
    if goal.task == "numeric":
        return f"the predicted {goal.target}" if lang == "en" else glue(goal.target, "的预测值")
    level = phrases(lang).quote(goal.wanted)
    return f"the predicted share of {goal.target} {level}" if lang == "en" else glue(goal.target, "为", level, "的预测比例")


def _side(curve: Dependence, i: int, unit: str, lang: str) -> str:
    """How far above or below the average, with the interval."""
    value, low, high = curve.value[i], curve.low[i], curve.high[i]
    words = phrases(lang)
    size = words.difference(abs(value), unit).lstrip("+")
    if unit == "share":
        span = f"{points(low)} {'to' if lang == 'en' else '至'} {points(high)}"
    else:
        span = f"{signed(low)} {'to' if lang == 'en' else '至'} {signed(high)}"
    if lang == "en":
        return f"{size} {'above' if value >= 0 else 'below'} the average (95% interval {span})"
    return glue("比平均", "高" if value >= 0 else "低", f"{size}（95% 区间 {span}）")


def _quoted(curve: Dependence, i: int, lang: str) -> str:
    at = curve.at[i]
    return phrases(lang).quote(at) if curve.kind == "partial" or not isinstance(at, str) else at


def _amount(value: float, unit: str, lang: str) -> str:
    return phrases(lang).amount(value if unit == "share" else _rounded(value, 4), unit)


def _like(values: Sequence[tuple[str, str | float | None]], lang: str) -> str:
    """What a row holds in some columns."""
    gone = {"en": "missing", "zh": "缺失"}[lang]
    told = [f"{name} = {gone if value is None else value if isinstance(value, str) else plain(value)}" for name, value in values]
    return (", " if lang == "en" else "，").join(told)


def _rounded(x: float, digits: int = 2) -> float:
    return float(f"{x:.{digits}g}")
