"""Meant: words that people in business use for one thing, in English and Chinese, so that a question need not use the words of the table.

    meant("spending") & meant("amount")      # both speak of money
    meant("坐席") & meant("assigned_to")       # both speak of who does the work

Each group of GROUPS is one thing; a word means it by its beginning (English) or by standing in the text (Chinese). What it does not do: learn
words, weigh how near two of them are, or know the words of any one trade.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

__all__ = ["meant"]

GROUPS: Final = (
    r"amount|cost|price|expen[sd]|spend|spent|charge|fee|payment|budget|金额|费用|成本|价格|花费|支出|开支",
    r"revenue|sales|turnover|income|earning|收入|营收|销售额|营业额",
    r"agent|assign|handler|operator|technician|representative|owner|staff|坐席|客服|处理人|经办|负责人|员工",
    r"customer|client|caller|requester|requestor|buyer|subscriber|客户|顾客|会员|来电|报障",
    r"employee|user|person|people|worker|staff|member|员工|用户|人员|职员",
    r"location|region|countr|cit(y|ies)$|site|geograph|area|place|state$|province|地区|区域|城市|地点|位置|省",
    r"department|team|division|unit$|部门|团队|科室|事业部",
    r"categor|type|kind|class$|classes$|类别|分类|类型|种类|品类",
    r"priorit|severit|urgen|importan|优先|紧急|严重",
    r"status|state$|stage|outcome|result|状态|结果|阶段",
    r"success|achiev|complet|met$|accomplish|达成|完成|成功",
    r"manager|managerial|supervisor|leader|经理|主管|上级|领导",
    r"product|item|goods|sku|产品|商品|货品",
    r"description|text|comment|note|summary|subject|keyword|描述|备注|评论|关键词|摘要",
    r"rating|score|satisf|review|评分|得分|满意|评价",
    r"quantit|volume|数量|件数|销量",
    r"tenure|hire|hired|joined|employment|seniority|工龄|入职|司龄",
)
WORD: Final = re.compile("[a-z]+|[\u3400-\u9fff]+")


@cache
def meant(word: str) -> frozenset[int]:
    """The groups that a word, or any word of a text, belongs to."""
    parts = WORD.findall(word.lower())
    return frozenset(i for i, group in enumerate(PATTERNS) for part in parts if _begins(group, part))


PATTERNS: Final = tuple(re.compile(group) for group in GROUPS)


def _begins(group: re.Pattern[str], part: str) -> bool:
    return bool(group.search(part) if part > "\u3400" else group.match(part))
