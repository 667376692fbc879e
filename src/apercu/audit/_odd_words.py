"""What an audit says of odd rows, in both languages: how many there are, what was confirmed, why a row is odd, which rows to look at next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["MEND", "told"]

_Reason = tuple[str, float, bool]  # (column, deviations, whether beside its median or else beside what the other columns let expect)

FAR: Final = 100.0  # deviations, beyond which their number says nothing
MEND: Final = {
    "en": "Look at the listed rows, the oddest first: keep what is true, correct what is not, and leave out of the model what is of another kind.",
    "zh": "请从最异常的行开始核对：属实的保留，有误的更正，不属于同类的不参与建模。",
}


def told(evidence: Mapping[str, float], shown: Sequence[tuple[int, Sequence[_Reason]]], following: Sequence[int] = ()) -> dict[str, str]:
    """The sentences. evidence: n, share and rate, and where rows were confirmed how many as confirmed_odd and confirmed_usual; following: numbers of
    the rows to look at next.
    """
    en, zh = _confirmed(evidence) if "confirmed_odd" in evidence else _found(evidence)
    for number, reasons in shown:
        if reasons:
            en += f" Row {count(number)}: {'; '.join(_reason_en(*reason) for reason in reasons)}."
            zh += f"第 {count(number)} 行：{'；'.join(_reason_zh(*reason) for reason in reasons)}。"
    if following:
        listed = [count(number) for number in following]
        en += f" The next to look at: {'row' if len(listed) == 1 else 'rows'} {', '.join(listed)}."
        zh += f"接下来可查看：第 {'、'.join(listed)} 行。"
    return {"en": en, "zh": zh}


def _found(evidence: Mapping[str, float]) -> tuple[str, str]:
    n, share, rate = count(int(evidence["n"])), percent(evidence["share"]), percent(evidence["rate"])
    are, they = ("row is", "row") if n == "1" else ("rows are", "rows")
    en = f"{n} {are} odd beside the others ({share} of all; at most about {rate} of the {they} told so are expected to be usual ones)."
    zh = f"有 {n} 行与其他行明显不同（占 {share}；预计其中至多约 {rate} 其实正常）。"
    return en, zh


def _confirmed(evidence: Mapping[str, float]) -> tuple[str, str]:
    odd, usual = int(evidence["confirmed_odd"]), int(evidence["confirmed_usual"])
    further, rate = int(evidence["n"]) - odd, percent(evidence["rate"])
    said = [(n, en, zh) for n, en, zh in ((odd, "as odd", "异常"), (usual, "as usual", "正常")) if n]
    en = f"{count(said[0][0])} {'row was' if said[0][0] == 1 else 'rows were'} confirmed {said[0][1]}"
    en += "".join(f" and {count(n)} {word}" for n, word, _ in said[1:]) + "."
    zh = f"已确认 {'、'.join(f'{count(n)} 行{word}' for n, _, word in said)}。"
    if not further:
        return f"{en} No other row stands out beyond chance.", f"{zh}其余各行均未超出偶然的范围。"
    are = "other row is" if further == 1 else "other rows are"
    en += f" {count(further)} {are} unlike the bulk too (at most about {rate} of them by chance); whether odd in your sense, only a look tells."
    zh += f"另有 {count(further)} 行也明显不同于多数（其中至多约 {rate} 属偶然）；是否为您所指的异常，须查看才知。"
    return en, zh


def _reason_en(name: str, z: float, alone: bool) -> str:
    side, far = "above" if z > 0 else "below", f"more than {FAR:g}" if abs(z) > FAR else plain(float(f"{abs(z):.3g}"))
    return f"{name} is {far} deviations {side} " + ("its median" if alone else "what its other columns let expect")


def _reason_zh(name: str, z: float, alone: bool) -> str:
    side, far = "高" if z > 0 else "低", f"{FAR:g} 个以上的" if abs(z) > FAR else f"{plain(float(f'{abs(z):.3g}'))} 个"
    return glue(name, f"{'比中位数' if alone else '比其余各列所预期的值'}{side} {far}标准差")
