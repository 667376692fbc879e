"""Sentences about labels worth a second look: how many, why, and how many of them are expected to be wrong, or that this cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["MEND", "MEND_NUMBERS", "of_class", "of_numbers", "undecided"]

MEND: Final = {
    "en": "Look at the listed rows, the most doubtful first; correct the label where the source says so, and keep it where it does not.",
    "zh": "请从最可疑的行开始逐一核对：原始资料证实有误的才更正，否则保留。",
}
MEND_NUMBERS: Final = {
    "en": "Look at the listed rows, the farthest first: a slipped decimal point, another unit, or a rare but true value.",
    "zh": "请从偏离最远的行开始核对：可能是小数点错位、单位不同，也可能是少见但真实的值。",
}


def of_class(target: str, level: str, evidence: Mapping[str, float]) -> dict[str, str]:
    """Rows of one given label. evidence: n, share, probability, and the precision or its ends."""
    n, share, likely = count(int(evidence["n"])), percent(evidence["share"]), percent(evidence["probability"])
    rows_are = f"{n} {'row' if n == '1' else 'rows'} with {target} = “{level}” ({share} of them) {'is' if n == '1' else 'are'}"
    en = f"{rows_are} worth a second look: models that never saw them give this label {likely} on average. "
    zh = f"{glue(target, '为')}“{level}”的行中有 {n} 行（占 {share}）值得复核：从未见过这些行的模型给该标签的平均概率仅为 {likely}。"
    told_en, told_zh = _precision(evidence)
    if "precision" in evidence:
        told_en = (
            f"If nothing but labels can be off where the models are surest, {told_en[0].lower()}{told_en[1:]} If the outcome itself is a matter of "
        )
        told_en += "chance there too, they are its exceptions, and no error."
        told_zh = f"若在模型最有把握之处只有标签会出错，则{told_zh}若结果本身也带有偶然性，它们只是例外，而非错误。"
    return {"en": en + told_en, "zh": zh + told_zh}


def of_numbers(target: str, evidence: Mapping[str, float], far: float) -> dict[str, str]:
    """Rows whose number lies far from what is expected. evidence: n, share, z, and the precision or its ends."""
    n, share = count(int(evidence["n"])), percent(evidence["share"])
    worst, least = plain(float(f"{evidence['z']:.3g}")), plain(far)
    told_en, told_zh = _precision(evidence)
    are, their, they, them = ("is", "its", "row", "it") if n == "1" else ("are", "their", "rows", "them")
    return {
        "en": f"{n} {they} ({share}) {are} worth a second look: {their} {target} lies more than {least} robust standard deviations (at most {worst}) "
        f"of rows predicted alike from what models that never saw {them} expect. {told_en} Where the target has a long tail, part of them are merely "
        "unusual.",
        "zh": f"有 {n} 行（{share}）值得复核：{glue('其', target, '与从未见过')}它们的模型的预期相差超过 {least} 个稳健标准差"
        f"（按预测相近的行计，最大 {worst}）。{told_zh}若目标本身是长尾分布，其中一部分只是少见而已。",
    }


def undecided(target: str, level: str, ceiling: float) -> dict[str, str]:
    """That noise cannot be told from ignorance; at most `ceiling` of the true rows of a level have another label."""
    most = percent(ceiling)
    return {
        "en": f"Whether labels of {target} are wrong cannot be told from these data: the models are nowhere sure of “{level}”, so wrong labels "
        f"and rows that are hard to predict look alike. At most {most} of the rows that truly are “{level}” have another label. The listed rows "
        "are the first to look at, if any are.",
        "zh": f"{glue('仅凭这些数据无法判断', target, '的标签是否有误')}：模型对“{level}”始终没有把握，错误的标签与难以预测的行看起来是一样的。"
        f"真实为“{level}”的行中，最多 {most} 被标成了其他类别。如果确有错误，应最先核对所列的行。",
    }


def _precision(evidence: Mapping[str, float]) -> tuple[str, str]:
    """How many of the rows are expected to be wrong, in both languages."""
    low, high = percent(evidence["precision_low"]), percent(evidence["precision_high"])
    if "precision" not in evidence:
        anything = evidence["precision_low"] <= 0.0 and evidence["precision_high"] >= 1.0  # then the ends say nothing
        en, zh = ("", "") if anything else (f": anything from {low} to {high}", f"（{low} 至 {high} 都有可能）")
        return (
            f"How many of them have another true value cannot be told{en}; the others are merely unusual.",
            f"其中多少行的真实取值与所记不同无法判断{zh}，其余只是少见而已。",
        )
    middle = percent(evidence["precision"])
    return (
        f"An estimated {middle} of them ({low} to {high}) have another true value.",
        f"估计其中 {middle}（{low} 至 {high}）的真实取值与所记不同。",
    )
