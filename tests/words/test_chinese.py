"""Chinese phrases, word for word."""

from __future__ import annotations

import pytest

from apercu.words import chinese


@pytest.mark.parametrize(
    ("op", "value", "said"),
    [
        ("is", "b", "x 为“b”"),
        ("is not", "b", "x 不为“b”"),
        ("in", ("a", "b", 3), "x 为“a”、“b”或 3"),
        ("between", (1, 2), "x 介于 1 与 2 之间"),
        ("<=", 5, "x 不超过 5"),
        ("<", 5, "x 低于 5"),
        (">=", 5, "x 不低于 5"),
        (">", 5, "x 超过 5"),
        ("contains", "q", "x 含有“q”"),
        ("matches", "q+", "x 匹配“q+”"),
        ("matches", ("q", "dict", "d"), "x 提到“d”中的词"),
        ("matches", ("q", "template", "t"), "x 符合模板“t”"),
        ("missing", None, "x 缺失"),
    ],
)
def test_terms(op, value, said):
    assert chinese.term("x", op, value) == said


def test_joining():
    assert chinese.both(["甲", "乙", "丙"]) == "甲、乙且丙"
    assert chinese.interval(-0.01, 0.02, "share") == "95% 区间 −1.0 至 +2.0"
    assert chinese.difference(0.1, "share") == "+10.0 个百分点"
