"""The sentences of links, English and Chinese: what goes with what, how closely, and from where to where."""

from __future__ import annotations

from typing import Final

from ..core.finding import Claim, Evidence
from ..words import phrases
from ..words.numbers import count, cut
from ..words.spacing import glue

__all__ = ["said"]

LITTLE: Final = 0.1  # correlation below which two numbers are said to have nothing to do with each other
PERIODS: Final = {"en": {"month": "month", "week": "week", "day": "day"}, "zh": {"month": "个月", "week": "周", "day": "天"}}
EVERY: Final = {"en": {"month": "month", "week": "week", "day": "day"}, "zh": {"month": "逐月", "week": "逐周", "day": "逐日"}}


def said(claim: Claim, evidence: Evidence, lang: str) -> str:
    """The sentence of a link of any shape."""
    shapes = {"segment": _segment, "rank": _rank, "bent": _bent, "levels": _levels, "lag": _lag}
    return shapes[claim.told("shape")](claim, evidence, lang)


def _r(value: float) -> str:
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else ("+" if value > 0 else "−") + text


def _span(evidence: Evidence, lang: str) -> str:
    low, high = _r(evidence.low), _r(evidence.high)
    return f"95% 区间 {low} 至 {high}" if lang == "zh" else f"95% interval {low} to {high}"


def _moves(r: float, lang: str) -> str:
    """What two numbers do, by their correlation."""
    if abs(r) < LITTLE:
        return "几乎没有关系" if lang == "zh" else "have little to do with each other"
    if lang == "zh":
        return "同升同降" if r > 0 else "此升彼降"
    return "rise together" if r > 0 else "move in opposite directions"


def _segment(claim: Claim, evidence: Evidence, lang: str) -> str:
    w, e = phrases(lang), evidence
    x, y, where = claim.by[0].say(lang), claim.measure.say(lang), claim.where.say(lang)
    inside, outside, gap = _r(e.value), _r(e.base), _r(e.effect)
    seen, span = w.proof(count(e.n + int(e.extra["rest"])), e.half), _span(e, lang)
    same, idle = e.value * e.base > 0, abs(e.base) < LITTLE
    if lang == "zh":
        other = (
            "其余的行则不然"
            if idle
            else ("其余的行更紧密" if abs(e.base) > abs(e.value) else "其余的行较松散")
            if same
            else f"其余的行则{_moves(e.base, lang)}"
        )
        if abs(e.value) < LITTLE:
            other = f"其余的行则{_moves(e.base, lang)}"
        head = glue(w.when(where), "，", x, "与", y, _moves(e.value, lang))
        return f"{head}（秩相关 {inside}），{other}（{outside}）：相差 {gap}（{span}；{seen}）。"
    other = "elsewhere they do not" if idle else (f"elsewhere {'more' if abs(e.base) > abs(e.value) else 'less'} closely") if same else ""
    if abs(e.value) < LITTLE or not other:
        other = f"elsewhere they {_moves(e.base, lang)}"
    head = f"{w.when(where)}, {x} and {y} {_moves(e.value, lang)}"
    return f"{head} (rank correlation {inside}), {other} ({outside}): a difference of {gap} ({span}; {seen})."


def _rank(claim: Claim, evidence: Evidence, lang: str) -> str:
    w, e = phrases(lang), evidence
    x, y = claim.by[0].say(lang), claim.measure.say(lang)
    seen, span, r = w.proof(count(e.n), e.half), _span(e, lang), _r(e.effect)
    ends = _ends(claim, evidence, lang, middle=False)
    if lang == "zh":
        return f"{glue(x, '与', y, _moves(e.effect, lang))}：秩相关 {r}（{span}；{seen}）。{ends}"
    return f"{x} and {y} {_moves(e.effect, lang)}: rank correlation {r} ({span}; {seen}).{ends}"


def _bent(claim: Claim, evidence: Evidence, lang: str) -> str:
    w, e = phrases(lang), evidence
    x, y, middle = claim.by[0].say(lang), claim.measure.say(lang), cut(claim.told("middle"))
    seen, span, r = w.proof(count(e.n), e.half), _span(e, lang), _r(e.effect)
    ends = _ends(claim, evidence, lang, middle=True)
    if lang == "zh":
        way = ("最低", "升高") if e.effect > 0 else ("最高", "降低")
        head = glue(y, "在", x, "居中（约", middle, f"）时{way[0]}，向两端{way[1]}")
        return f"{head}：与该距离的秩相关 {r}（{span}；{seen}）。{ends}"
    way = ("lowest", "rises") if e.effect > 0 else ("highest", "falls")
    head = f"{y} is {way[0]} around the middle of {x} ({middle}) and {way[1]} towards both ends"
    return f"{head}: rank correlation {r} with the distance from it ({span}; {seen}).{ends}"


def _ends(claim: Claim, evidence: Evidence, lang: str, *, middle: bool) -> str:
    """From where to where, as a sentence of its own; nothing where the means say otherwise than the ranks do."""
    e, w, unit = evidence, phrases(lang), claim.measure.scale
    cuts = claim.told("cuts", ())
    if not {"lowest", "middle", "highest"} <= set(e.extra) or len(cuts) < 2:
        return ""
    low, mid, high = (e.extra[name] for name in ("lowest", "middle", "highest"))
    if (not middle and (high - low) * e.effect <= 0) or (middle and ((low - mid) * e.effect <= 0 or (high - mid) * e.effect <= 0)):
        return ""
    x, y = claim.by[0].say(lang), claim.measure.say(lang)
    least, most = w.term(x, "<=", cuts[0]), w.term(x, ">", cuts[-1])
    a, m, b = w.amount(low, unit), w.amount(mid, unit), w.amount(high, unit)
    if lang == "zh":
        between = f"，居中时为 {m}" if middle else ""
        return f"{glue(w.when(least), '，', y, '平均为', a)}{between}；{glue(w.when(most), '为', b)}。"
    between = f", {m} in the middle" if middle else ""
    return f" {y} averages {a} where {least}{between} and {b} where {most}."


def _levels(claim: Claim, evidence: Evidence, lang: str) -> str:
    w, e = phrases(lang), evidence
    one, other, unit = claim.by[0].say(lang), claim.measure.say(lang), "share"
    gap, base, span = w.difference(e.effect, unit), w.amount(e.base, unit), w.interval(e.low, e.high, unit)
    seen, what = w.proof(count(e.n + int(e.extra["rest"])), e.half), claim.measure.averages(e.value, lang)
    v = f"{e.extra['v']:.2f}"
    if lang == "zh":
        head = f"{glue(one, '与', other, '相互关联')}（克莱姆 V 系数 {v}）"
        return f"{head}：{w.when(claim.where.say(lang))}，{what}，其余为 {base}，相差 {gap}（{span}；{seen}）。"
    return f"{one} and {other} go together (Cramér's V {v}): where {claim.where.say(lang)}, {what}, against {base} elsewhere: {gap} ({span}; {seen})."


def _lag(claim: Claim, evidence: Evidence, lang: str) -> str:
    e, lag, unit = evidence, claim.told("lag"), claim.told("unit")
    earlier, later = claim.told("earlier").told(lang), claim.measure.told(lang)
    r, span, period = _r(e.effect), _span(e, lang), PERIODS[lang][unit]
    if lang == "zh":
        way = "同向" if e.effect > 0 else "反向"
        head = f"{glue(later, EVERY[lang][unit], '的变化，在', str(lag), period, f'后{way}跟随', earlier, '的变化')}"
        return f"{head}：相关系数 {r}（{span}；{count(e.n)} 组{period.removeprefix('个')}；已计入所比较的全部组合）。"
    way = "in the same direction" if e.effect > 0 else "in the opposite direction"
    after = f"{lag} {period}{'s' if lag > 1 else ''}"
    head = f"{later}, from {period} to {period}, moves {way} as {_lower(earlier)} did {after} before"
    return f"{head}: correlation {r} of their changes ({span}; {count(e.n)} {period}s; all pairs and lags that were compared are paid for)."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
