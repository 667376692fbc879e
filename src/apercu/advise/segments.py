"""Segments of customers with an action each: by when, how often and for how much they bought (RFM).

    found = rfm(rows, "customer", "day", "amount")
    found[0].say()        # Champions: 212 customers (11.0%), last seen 9 days ago on average, ...

Every customer gets three scores from 1 to 5, fifths of the customers by days since the last purchase (5: the latest), number of purchases and their
sum (Hughes 1994); the first of GROUPS whose bounds hold names the segment. Fifths are ranks with ties kept together, so scores do not depend on the
order of rows. Days are counted from the last moment of the table. The actions are what such a segment is usually offered, a suggestion to be tried,
not something the data prove. What it does not do: foretell who will buy (see `apercu recommend`), or groups of other columns (kind `cluster`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..core.errors import WordsError
from ..core.rows import Rows
from ..words.numbers import count, percent, plain
from ..words.spacing import glue

__all__ = ["GROUPS", "Segment", "rfm"]

DAY: Final = np.timedelta64(1, "D")
LEAST: Final = 10  # customers, below which fifths say nothing
GROUPS: Final[tuple[tuple[str, str, tuple[int, int], tuple[int, int], Mapping[str, str]], ...]] = (
    # name, name, least and most of R, of the mean of F and M (rounded half up), what is usually done
    ("Champions", "冠军客户", (4, 5), (4, 5), {"en": "thank them and ask for referrals; no discount", "zh": "致谢并请其推荐，不必打折"}),
    ("Loyal", "忠诚客户", (3, 3), (4, 5), {"en": "offer more of what they buy, and a programme", "zh": "推荐相关商品与会员计划"}),
    ("At risk", "流失风险客户", (1, 2), (4, 5), {"en": "call them first, with an offer that is worth it", "zh": "优先致电，给出有分量的优惠"}),
    ("Promising", "潜力客户", (4, 5), (2, 3), {"en": "help them to the next purchase", "zh": "促成下一次购买"}),
    ("New", "新客户", (4, 5), (1, 1), {"en": "welcome them; show how it works", "zh": "欢迎并引导使用"}),
    ("Needing attention", "需关注客户", (3, 3), (2, 3), {"en": "remind them with a limited offer", "zh": "用限时优惠提醒"}),
    ("About to sleep", "将沉睡客户", (3, 3), (1, 1), {"en": "a cheap reminder, no more", "zh": "低成本提醒即可"}),
    ("Hibernating", "沉睡客户", (1, 2), (2, 3), {"en": "one attempt to win them back, then stop", "zh": "尝试唤回一次，随后停止"}),
    ("Lost", "已流失客户", (1, 2), (1, 1), {"en": "leave them out of paid campaigns", "zh": "不再投放付费活动"}),
)  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """A segment: its names, its customers, means of days since, purchases and sum, its share of all money, and what is usually done."""

    name: str
    name_zh: str
    customers: tuple[Any, ...]
    days: float
    purchases: float
    amount: float
    share: float
    money: float
    action: Mapping[str, str]

    def say(self, lang: str = "en") -> str:
        """The segment and its action in a sentence."""
        days, often, sums = plain(round(self.days)), f"{self.purchases:.1f}", plain(float(f"{self.amount:.4g}"))
        n, part, money = count(len(self.customers)), percent(self.share), percent(self.money)
        if lang == "en":
            return (
                f"{self.name}: {n} customers ({part}) with {money} of the money; last seen {days} days ago, {often} purchases, "
                f"{sums} each on average. Usual action: {self.action['en']}."
            )
        who = glue(self.name_zh, f"：{n} 人（{part}），占金额的 {money}")
        return f"{who}；平均 {days} 天前来过，购买 {often} 次，人均 {sums}。常用做法：{self.action['zh']}。"

    def to_json(self) -> dict[str, Any]:
        """The fields, with both sentences."""
        return {**vars(self), "action": dict(self.action), "customers": list(self.customers), "text": {lang: self.say(lang) for lang in ("en", "zh")}}


def rfm(rows: Rows, customer: str, date: str, amount: str) -> list[Segment]:
    """The segments, most money first. Rows without customer, moment or amount are left out; a negative amount is a return.

    Raises WordsError for columns that do not hold names, moments and numbers, or fewer than ten customers.
    """
    for name, wanted in ((date, "time"), (amount, "number")):
        if rows.storage(name) != wanted:
            raise WordsError(f"{name!r} must hold {'moments' if wanted == 'time' else 'numbers'}; it holds {rows.storage(name)}s.")
    moments, money = rows[date], rows[amount]
    if rows.storage(customer) == "text":
        column = rows.coded(customer)
        codes, names = column.codes, list(column.levels)
    else:
        values, codes = np.unique(rows[customer], return_inverse=True)
        names = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values.tolist()]
        codes = np.where(rows[customer] == rows[customer], codes, -1)
    known = (codes >= 0) & ~np.isnat(moments) & np.isfinite(money)
    who, place = np.unique(codes[known], return_inverse=True)
    if len(who) < LEAST:
        raise WordsError(f"at least {LEAST} customers are needed for segments; {customer!r} has {len(who)}.")
    since = ((moments[known].max() - moments[known]) / DAY).astype(np.float64)
    days = np.full(len(who), np.inf)
    np.minimum.at(days, place, since)
    often, sums = np.bincount(place).astype(np.float64), np.bincount(place, money[known])
    recent = _fifths(-days)
    worth = np.floor((_fifths(often) + _fifths(sums)) / 2 + 0.5).astype(int)
    total = float(np.maximum(sums, 0).sum())
    made = []
    for name, zh, r, fm, action in GROUPS:
        own = np.flatnonzero((recent >= r[0]) & (recent <= r[1]) & (worth >= fm[0]) & (worth <= fm[1]))
        if len(own):
            part = float(np.maximum(sums[own], 0).sum()) / total if total > 0 else 0.0
            told = tuple(names[int(who[i])] for i in own)
            means = (float(days[own].mean()), float(often[own].mean()), float(sums[own].mean()))
            made.append(Segment(name, zh, told, *means, len(own) / len(who), part, action))
    return sorted(made, key=lambda s: -s.money)


def _fifths(x: np.ndarray) -> np.ndarray:
    """(n,) int 1 to 5: which fifth of the values, ties together."""
    _, place, sizes = np.unique(x, return_inverse=True, return_counts=True)
    middle = (np.cumsum(sizes) - sizes / 2) / len(x)
    return np.minimum(np.floor(middle * 5).astype(int), 4)[place] + 1
