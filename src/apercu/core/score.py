"""Score: one metric of one model with its interval, its n, and the rows that it was measured on; of two models, their difference in words.

>>> Score("ensemble − boosting", "auc difference", 0.004, 0.001, 0.007, 7043, p=0.01, q=0.02).say("en")
'ensemble beats boosting by 0.004 AUC (95% interval 0.001 to 0.007, q = 0.020; out of fold).'
>>> Score("ensemble − boosting", "auc difference", 0.004, 0.001, 0.007, 7043, p=0.01, q=0.02).say("zh")
'ensemble 优于 boosting：AUC 相差 0.004（95% 区间 0.001 至 0.007，q = 0.020；折外）。'
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from ..words.spacing import glue

__all__ = ["LOWER", "Curve", "Score"]

DIFFERENCE: Final = " difference"
HELD: Final = 0.05  # a difference with a larger q is not told as one
DIGITS: Final = 3  # of a difference that counts
LOWER: Final = frozenset(
    ("log loss", "brier", "calibration error", "rmse", "mae", "median error", "mape", "smape", "pinball")
)  # metrics of which less is better
NAMES: Final = {  # as the metric stands in a sentence; what is not here is said as it is
    "auc": ("AUC", "AUC"), "average precision": ("average precision", "平均精确率"), "log loss": ("log loss", "对数损失"),
    "brier": ("Brier score", "Brier 分数"), "accuracy": ("accuracy", "准确率"), "balanced accuracy": ("balanced accuracy", "平衡准确率"),
    "f1": ("F1", "F1"), "recall": ("recall", "召回率"), "precision": ("precision", "精确率"), "mcc": ("MCC", "马修斯相关系数"),
    "kappa": ("kappa", "Kappa"), "lift at 10%": ("lift at 10%", "前 10% 提升度"), "calibration error": ("calibration error", "校准误差"),
    "macro f1": ("macro F1", "宏平均 F1"), "macro auc": ("macro AUC", "宏平均 AUC"), "top 3 accuracy": ("top 3 accuracy", "前三命中率"),
    "rmse": ("RMSE", "均方根误差"), "mae": ("mean absolute error", "平均绝对误差"), "r2": ("R²", "R²"),
    "median error": ("median error", "误差中位数"), "mape": ("MAPE", "平均绝对百分比误差"), "smape": ("sMAPE", "对称平均绝对百分比误差"),
    "ndcg@10": ("NDCG@10", "NDCG@10"), "recall@20": ("recall@20", "召回率@20"),
}  # fmt: skip
PLACES: Final = {"out of fold": "折外", "test file": "测试文件"}


@dataclass(frozen=True)
class Score:
    """A metric's value with its 95% interval; `where` is 'out of fold' or 'test file'.

    Of a difference (`model` is 'one − other', `metric` ends in ' difference'): `p` of no difference, `q` after all that were compared beside it.
    """

    model: str
    metric: str
    value: float
    low: float
    high: float
    n: int
    where: str = "out of fold"
    p: float | None = None
    q: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields; p and q of a difference only."""
        return {name: value for name, value in asdict(self).items() if name not in ("p", "q") or value is not None}

    def say(self, lang: str = "en") -> str:
        """One sentence: the value, or which of two models is better by how much and how sure that is."""
        place = self.where if lang == "en" else PLACES.get(self.where, self.where)
        metric = _named(self.metric.removesuffix(DIFFERENCE), lang)
        if not self.metric.endswith(DIFFERENCE) or " − " not in self.model:
            span = f"{_number(self.low)} {'to' if lang == 'en' else '至'} {_number(self.high)}"
            if lang == "en":
                return f"{metric} of {self.model}: {_number(self.value)} (95% interval {span}; {self.n:,} rows, {place})."
            return glue(self.model, "的", metric, f"：{_number(self.value)}（95% 区间 {span}；{self.n:,} 行，{place}）。")
        one, other = self.model.split(" − ", 1)
        better = -self.value if self.metric.removesuffix(DIFFERENCE) in LOWER else self.value
        sure = self.low > 0 or self.high < 0 if self.q is None else self.q <= HELD
        if sure and better < 0:
            one, other = other, one
        apart = self.value if not sure else abs(self.value)
        low, high = (self.low, self.high) if not sure or self.value > 0 else (-self.high, -self.low)
        also = (
            ""
            if self.q is None
            else f"{', ' if lang == 'en' else '，'}q = {self.q:.3f}"
            if self.q >= 0.001
            else ", q < 0.001"
            if lang == "en"
            else "，q < 0.001"
        )
        if lang == "en":
            told = f"(95% interval {_number(low)} to {_number(high)}{also}; {place})"
            if sure:
                return f"{one} beats {other} by {_number(apart)} {metric} {told}."
            return f"{one} and {other} cannot be told apart: {metric} differs by {_number(apart)} {told}."
        told = f"（95% 区间 {_number(low)} 至 {_number(high)}{also}；{place}）"
        if sure:
            return glue(one, "优于", f"{other}：", metric, "相差", f"{_number(apart)}{told}。")
        return glue(one, "与", other, "尚不能区分：", metric, "相差", f"{_number(apart)}{told}。")


@dataclass(frozen=True)
class Curve:
    """A view of a model, as columns of equal length: 'roc', 'precision-recall', 'lift', 'calibration', 'confusion', 'residuals', 'profit' (by the
    share of rows that is addressed), 'thresholds' (where to decide, with a sentence `en` and `zh` each), 'learning' (by rows learned from) or 'map'
    (places of rows).
    """

    kind: str
    columns: dict[str, list[Any]]

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


def _named(metric: str, lang: str) -> str:
    return NAMES[metric][lang == "zh"] if metric in NAMES else metric


def _number(x: float) -> str:
    """Three decimals, more where they would all be 0; large numbers with three digits that count."""
    size = abs(x)
    if size >= 100:
        return f"{x:,.0f}".replace("-", "−")
    decimals = DIGITS if size >= 0.0005 or size == 0 else 5
    text = f"{x:.{decimals}f}" if size < 10 else f"{x:.1f}"
    return ("0.000" if float(text) == 0 else text).replace("-", "−")
