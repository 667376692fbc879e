"""What lines state: canonical text, words in both languages, and what makes no sense."""

from __future__ import annotations

import pytest

from apercu.core._regex import searched
from apercu.core.condition import Condition, Term
from apercu.core.statements import Lexicon, Range, Same, Shape, Template, Veto

VIP = Condition((Term("segment", "is", "vip"),))
AGE = Condition((Term("age", ">=", 0), Term("age", "<=", 120)))


@pytest.mark.parametrize(
    ("made", "text", "en", "zh"),
    [
        (Lexicon("c", ("联通", "T-Mobile")), 'dict "c": "联通", "T-Mobile"', "“c” is any of 2 words and phrases.", "“c”指 2 个词语之一。"),
        (Lexicon("c", ("x",), "w.txt"), 'dict "c": file "w.txt"', "“c” is one word or phrase.", "“c”指 1 个词语之一。"),
        (Template("p", "{a|b} ... c"), 'template "p": "{a|b} ... c"', "“p” is a sentence with {a|b} ... c.", "“p”指一句话中出现 {a|b} ... c。"),
        (
            Shape("churn", "calls", 1), "monotone: churn rises with calls",
            "All else being equal, the higher calls, the more churn.", "其他条件相同时，churn 随 calls 上升。",
        ),
        (
            Shape("churn", "a b", -1, "yes"), 'monotone: churn = "yes" falls with `a b`',
            "All else being equal, the higher a b, the less churn “yes”.", "其他条件相同时，churn 为“yes”的可能随 a b 下降。",
        ),
        (Range(AGE), "range: 0 <= age <= 120", "age is 0 to 120.", "age 介于 0 与 120 之间。"),
        (Range(Condition((Term("age", ">", 0),))), "range: age > 0", "age is above 0.", "age 超过 0。"),
        (
            Range(Condition((Term("age", ">", 0), Term("age", "<", 9)))), "range: 0 < age < 9",
            "age is above 0 and age is below 9.", "age 超过 0 且 age 低于 9。",
        ),
        (Range(Condition((Term("s", "in", ("a", "b")),))), 'range: s in ("a", "b")', "s is “a” or “b”.", "s 为“a”或“b”。"),
        (
            Veto("sms", VIP), 'never offer "sms" when segment = "vip"',
            "“sms” is never offered where segment is “vip”.", "segment 为“vip”的对象，绝不提供“sms”。",
        ),
        (
            Veto("", VIP), 'never offer when segment = "vip"',
            "Nothing is offered where segment is “vip”.", "segment 为“vip”的对象，绝不提供任何优惠。",
        ),
        (
            Same("state", ("CA", "Calif."), "California"), 'same: "CA" = "Calif." = "California" in state',
            "In state, “CA” and “Calif.” are “California”.", "state 中的“CA”“Calif.”就是“California”。",
        ),
    ],
)  # fmt: skip
def test_text_and_words(made, text, en, zh):
    assert (made.text, made.say(), made.say("zh")) == (text, en, zh)


def test_lists_and_templates_are_patterns():
    assert searched(Lexicon("c", ("late",)).pattern)("too LATE")
    assert searched(Template("c", "a ... b").pattern)("a x b")


def test_the_line_makes_no_difference():
    assert Veto("x", VIP, 3) == Veto("x", VIP, 8)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Lexicon("x", ()),
        lambda: Shape("y", "x", 0),
        lambda: Range(Condition()),
        lambda: Range(Condition((Term("a", "<", 3), Term("a", ">", 1)))),
        lambda: Range(Condition((Term("a", ">", 1), Term("b", "<", 3)))),
        lambda: Range(Condition((Term("a", "is", 1),))),
        lambda: Veto("x", Condition()),
        lambda: Same("x", (), "a"),
        lambda: Same("x", ("a", "b"), "a"),
    ],
)
def test_what_makes_no_sense_cannot_exist(make):
    with pytest.raises(ValueError, match=r"need|expected"):
        make()
