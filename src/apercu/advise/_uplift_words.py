"""What uplift says: the effect, whether it differs, on what that stands, and whom to treat, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..core.goal import Goal
from ..stats.uplift import Estimate
from ..words.numbers import count, money, percent, plain
from ..words.spacing import glue
from .uplift import ALPHA, Uplift, sign

__all__ = ["REASONS", "evidence", "told"]

REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "few": ("one of the arms has too few rows with a known outcome", "其中一组结果已知的行太少"),
    "constant": ("the outcome does not vary", "结果没有变化"),
}


def told(found: Uplift, goal: Goal, people: int, gains: tuple[float, float, float] | None) -> tuple[dict[str, str], dict[str, str]]:
    """(the action in a line, the action in sentences); gains: expected and both ends for the addressees, None where nobody is addressed."""
    what = {"en": _what_en(found, goal, people), "zh": _what_zh(found, goal, people)}
    if found.reason:
        en, zh = REASONS[found.reason]
        return what, {
            "en": f"What {found.treatment} “{found.level}” does to {_outcome(goal)} cannot be said: {en}.",
            "zh": glue(f"无法判断 {found.treatment}“{found.level}”对", _outcome(goal, "zh"), f"的效果：{zh}。"),
        }
    text = {lang: _joined(lang, [evidence(found, goal, lang), what[lang] + _dot(lang), _gain(gains, goal, lang)]) for lang in ("en", "zh")}
    return what, text


def evidence(found: Uplift, goal: Goal, lang: str) -> str:
    """The effect, the test of heterogeneity, and whether treatment was by lot."""
    return _evidence_en(found, goal) if lang == "en" else _evidence_zh(found, goal)


def _evidence_en(u: Uplift, goal: Goal) -> str:
    a = u.average
    better = "" if sign(goal) > 0 else " (fewer is taken to be better)"
    said = (
        f"“{u.level}” against “{u.control}” changes {_outcome(goal)} by {_change(a.value, goal)} on average{better} (95% interval {_span(a, goal)}; "
        f"{count(u.n)} rows). "
    )
    if u.ranking.p <= ALPHA:
        said += (
            f"It does more to some: among the {percent(0.3)} of the highest foretold effect the difference is {_change(u.first.value, goal)} "
            f"({_span(u.first, goal)}); Qini {u.qini[0]:.3f} ({u.qini[1]:.3f} to {u.qini[2]:.3f}), "
            f"{_p(u.ranking.p)}, by models that never saw the row."
        )
    else:
        said += (
            f"No heterogeneity to act upon: it is not shown that the better half gains more than a tenth over the average "
            f"({_p(u.ranking.p)}; Qini {u.qini[0]:.3f}, {u.qini[1]:.3f} to {u.qini[2]:.3f})."
        )
    if u.left_out:
        said += f" Not looked at, because they follow from the outcome: {', '.join(u.left_out)}."
    if u.foretold is not None:
        name, apart = u.foretold
        said += (
            f" It was not given by lot: columns foretell it, most of all {name} ({apart:.2f} standard deviations apart). The effect stands only if "
            f"everything that drove it is among the columns, and none of them was known only afterwards."
        )
    else:
        said += " As far as the columns show it was given by lot."
    return said


def _evidence_zh(u: Uplift, goal: Goal) -> str:
    a = u.average
    better = "" if sign(goal) > 0 else "（视为越少越好）"
    said = (
        f"{glue(f'与“{u.control}”相比，“{u.level}”平均使', _outcome(goal, 'zh'), '变化')} {_change(a.value, goal, 'zh')}{better}"
        f"（95% 区间 {_span(a, goal, 'zh')}；{count(u.n)} 行）。"
    )
    if u.ranking.p <= ALPHA:
        said += (
            f"对部分对象效果更大：预计效果最高的 {percent(0.3)} 中，差异为 {_change(u.first.value, goal, 'zh')}（"
            f"{_span(u.first, goal, 'zh')}）；Qini {u.qini[0]:.3f}（{u.qini[1]:.3f} 至 {u.qini[2]:.3f}），{_p(u.ranking.p)}，"
            f"均由从未见过该行的模型得出。"
        )
    else:
        said += (
            f"没有可据以行动的异质性：不能证明效果较好的一半比平均多出十分之一以上（{_p(u.ranking.p)}；"
            f"Qini {u.qini[0]:.3f}，{u.qini[1]:.3f} 至 {u.qini[2]:.3f}）。"
        )
    if u.left_out:
        said += f"未采用由结果而来的列：{'、'.join(u.left_out)}。"
    if u.foretold is not None:
        name, apart = u.foretold
        said += (
            f"该处理并非随机给予：可由各列预测，{glue('其中', name)} 差异最大（{apart:.2f} 个标准差）。"
            f"只有当决定处理的一切因素都在这些列中、且没有一列是事后才知道的，上述效果才成立。"
        )
    else:
        said += "就各列所见，该处理是随机给予的。"
    return said


def _what_en(u: Uplift, goal: Goal, people: int) -> str:
    if u.verdict == "some":
        return f"Give “{u.level}” to the {count(people)} cases whose foretold effect pays ({_from(u, goal, 'en')})"
    if u.verdict == "all":
        return f"Give “{u.level}” to all {count(people)} cases"
    return f"Give “{u.level}” to nobody" if u.verdict == "nobody" else f"Do not decide about “{u.level}” yet: whether it pays is not established"


def _what_zh(u: Uplift, goal: Goal, people: int) -> str:
    if u.verdict == "some":
        return f"只对预计效果合算（{_from(u, goal, 'zh')}）的 {count(people)} 个对象采用“{u.level}”"
    if u.verdict == "all":
        return f"对全部 {count(people)} 个对象采用“{u.level}”"
    return f"不对任何对象采用“{u.level}”" if u.verdict == "nobody" else f"暂不就“{u.level}”作决定：是否合算尚未证实"


def _from(u: Uplift, goal: Goal, lang: str) -> str:
    at = _change(u.threshold * sign(goal), goal, lang)
    return (f"above {at}" if sign(goal) > 0 else f"below {at}") if lang == "en" else (f"高于 {at}" if sign(goal) > 0 else f"低于 {at}")


def _gain(gains: tuple[float, float, float] | None, goal: Goal, lang: str) -> str:
    if gains is None:
        return ""
    value, low, high = (money(g) if goal.value is not None else plain(float(f"{g:.4g}")) for g in gains)
    if lang == "en":
        unit = "" if goal.value is not None else f" of {goal.target}" if goal.task == "numeric" else " outcomes"
        net = " net of its cost" if goal.value is not None else ""
        return f"It brings {value}{unit}{net}; {low} at the pessimistic end, {high} at the optimistic one."
    unit = "" if goal.value is not None else f"（{goal.target}）" if goal.task == "numeric" else " 个结果"
    net = "扣除成本后" if goal.value is not None else ""
    return f"{net}预计带来 {value}{unit}；悲观估计 {low}，乐观估计 {high}。"


def _outcome(goal: Goal, lang: str = "en") -> str:
    if goal.task == "numeric":
        return goal.target if lang == "zh" else f"mean {goal.target}"
    return f"{goal.target}“{goal.wanted}”的占比" if lang == "zh" else f"the share of {goal.target} “{goal.wanted}”"


def _change(x: float, goal: Goal, lang: str = "en") -> str:
    mark = "+" if x > 0 else "−" if x < 0 else ""
    if goal.task == "numeric":
        return mark + plain(float(f"{abs(x):.3g}"))
    return f"{mark}{abs(100 * x):.2f} " + ("points" if lang == "en" else "个百分点")


def _span(of: Estimate, goal: Goal, lang: str = "en") -> str:
    """Both ends, the unit once."""
    low, high = _change(of.low, goal, lang), _change(of.high, goal, lang)
    return f"{low.split(' ')[0]} {'to' if lang == 'en' else '至'} {high}"


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _dot(lang: str) -> str:
    return "." if lang == "en" else "。"


def _joined(lang: str, parts: list[str]) -> str:
    return (" " if lang == "en" else "").join(part for part in parts if part)
