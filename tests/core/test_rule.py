"""The rule form: what is written is read back; what cannot be read says where and what was expected."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core.condition import Condition, Term
from apercu.core.errors import RuleError, UnreadableSource
from apercu.core.expression import Column as Of
from apercu.core.expression import Ratio
from apercu.core.goal import Goal
from apercu.core.rule import Rule, Verdict, parse, read_rules
from apercu.core.schema import Column, Schema

SCHEMA = Schema(
    (
        Column("Contract", "category"),
        Column("tenure", "number", storage="number"),
        Column("SeniorCitizen", "flag", storage="text"),
        Column("signed", "time", storage="time"),
        Column("合同", "category"),
        Column("Churn", "flag", role="target"),
    )
)
GOAL = Goal("Churn", "binary", ("No", "Yes"), "Yes")

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8) | st.sampled_from(
    ("", "a\nb", 'say "hi"', "`", "\\", "\\n", "#", "“", "\r", "\t", "then")
)
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8) | st.sampled_from(
    ("when", "IN", "为", "a b", "tenure", "年龄", "`x`", "x²")
)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**16), 10**16)
values = texts | numbers


@st.composite
def written_terms(draw):
    op = draw(st.sampled_from(("is", "is not", "<", "<=", ">", ">=", "in", "between", "contains", "matches", "missing")))
    patterns = st.sampled_from(("a", r"\d+ \"x\"", '"', r"\\", "[\\]]", "(?i)a|b#", "\n", ""))
    made = {
        "matches": patterns,
        "in": st.lists(values, min_size=1, max_size=3).map(tuple),
        "between": st.tuples(values, values),
        "contains": texts,
        "missing": st.none(),
    }
    return Term(draw(names), op, draw(made.get(op, values)))


rules = st.builds(
    Rule, st.lists(written_terms(), min_size=1, max_size=3).map(lambda t: Condition(tuple(t))), names, texts, st.none() | st.floats(0, 1)
)


@settings(max_examples=300, deadline=None)
@given(rules)
def test_parse_and_text_are_each_others_inverse(rule):
    again = parse(rule.text)
    assert again == rule
    assert again.text == rule.text
    assert read_rules(f"# a comment\n\n{rule.text}  # another\r\n") == [rule]
    assert Rule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(("when", "then", "x", "=", '"a"', "[", "]", "0.5", "in", "(", ")", ",", "is", "not", "`", "且")), max_size=14).map(
        " ".join
    )
)
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        read_rules("\n" + text)
    except RuleError as error:
        assert str(error).startswith(("line ", "expected text"))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('when Contract="a" then Churn="Yes"', 'when Contract = "a" then Churn = "Yes"'),
        ('WHEN tenure<=+5.0 AND x <> 3 THEN Churn is "Yes" [ .45 ]', 'when tenure <= 5 and x != 3 then Churn = "Yes" [0.45]'),
        ("when x is not 3 then y = 1.0", 'when x != 3 then y = "1"'),
        ('when x is in ("a", 2) then y = "b"', 'when x in ("a", 2) then y = "b"'),
        ('when `a b` is missing then y = "b"', 'when `a b` is missing then y = "b"'),
        ('当 合同 为 "月付" 且 月数 < 6 则 流失 = "是" [0.45]', 'when 合同 = "月付" and 月数 < 6 then 流失 = "是" [0.45]'),
        (
            "如果 月数 介于 1 与 5 且 备注 含有 “退” 且 城市 缺失 则 流失 为 “是”",
            'when 月数 between 1 and 5 and 备注 contains "退" and 城市 is missing then 流失 = "是"',
        ),
        ("当 年龄 不低于 60 且 城市 属于 （“京”，“沪”） 那么 流失 ＝ “是”【0.3】", 'when 年龄 >= 60 and 城市 in ("京", "沪") then 流失 = "是" [0.3]'),
        ('when `then` = "\\"x\\" \\\\ \\n" then `is` = "b"', 'when `then` = "\\"x\\" \\\\ \\n" then `is` = "b"'),
    ],
)
def test_forms_that_are_read(text, canonical):
    assert parse(text).text == canonical


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('tenure < 6 then Churn = "Yes"', "line 1, column 1: expected 'when', got 'tenure'."),
        ('wen tenure < 6 then Churn = "Yes"', "line 1, column 1: expected 'when', got 'wen'; did you mean 'when'?"),
        ('when tenure < 6 than Churn = "Yes"', "line 1, column 17: expected 'and', 'then', got 'than'; did you mean 'then'?"),
        ("when tenure < 6", "line 1, column 16: expected 'and', 'then', got the end of the line."),
        ('when tenure 6 then Churn = "Yes"', "column 13: expected one of =, !=, <, <=, >, >=, is, in, between, contains, ~, missing, got '6'"),
        ('when fixed acidity > 1 then y = "a"', "got 'acidity'; a name that is not a plain word stands in backticks."),
        (
            "when Contract = Monthly then y = 1",
            "column 17: expected a number, or text in double quotes, got 'Monthly'; text stands in double quotes: \"Monthly\".",
        ),
        ('when Contract = "Monthly then y = 1', 'column 36: expected the " that closes column 17, got the end of the line.'),
        ('when `Contract = "a" then y = 1', "expected the ` that closes column 6, got the end of the line."),
        ('when x = "a\\q" then y = 1', "column 13: expected one of \\ \" ` n r t after a backslash, got 'q'."),
        ("when x in 1, 2 then y = 1", "column 11: expected levels in round brackets, got '1'."),
        ("when x in (1 2) then y = 1", "column 14: expected ',' or ')', got '2'."),
        ("when x between 1 then y = 1", "column 18: expected 'and', got 'then'."),
        ("when x contains 5 then y = 1", "column 17: expected text in double quotes, got '5'."),
        ("when x is not missing then y = 1", "column 15: expected a number, or text in double quotes, got 'missing'."),
        ("when is = 1 then y = 1", "column 6: expected the name of a column, got 'is'; a column of that name stands in backticks."),
        ("when x = 1e999 then y = 1", "column 10: expected a number that a computer can hold, got '1e999'."),
        ("when x = 1 then y = 1 [45]", "column 24: expected a probability between 0 and 1, got '45'; write 0.45 for 45 %."),
        ("when x = 1 then y = 1 0.45", "column 23: expected the end of the line, or a probability in brackets such as [0.45], got '0.45'."),
        ("when x = 1 then y = 1 [0.4] z", "column 29: expected the end of the line, got 'z'."),
        ("when x = 1 then y > 1", "column 19: expected one of =, is, got '>'."),
    ],
)
def test_errors_say_place_expectation_and_mend(text, told):
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert told in str(caught.value)


def test_lines_are_counted_over_blanks_and_comments():
    text = '# experts, 2024\n\nwhen tenure < 6 then Churn = "Yes"\r\n  # then\nwhen tenure < then Churn = "Yes"\n'
    with pytest.raises(RuleError, match=r"^line 5, column 15: "):
        read_rules(text)
    assert [r.line for r in read_rules(text.rsplit("\n", 2)[0])] == [3]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('when tenur < 6 then Churn = "Yes"', "line 1, column 6: expected the name of a column, got 'tenur'; did you mean 'tenure'?"),
        ('when xyz < 6 then Churn = "Yes"', "got 'xyz'; the columns are Contract, tenure"),
        ('when tenure < 6 then Contract = "a"', "column 22: expected the target 'Churn', got 'Contract'."),
        ('when tenure < 6 then Churn = "yes"', "expected a level of Churn (No, Yes), got '\"yes\"'; did you mean 'Yes'?"),
        ('when tenure < "six" then Churn = "Yes"', "expected a number; tenure holds numbers, got '\"six\"'."),
        ('when tenure contains "six" then Churn = "Yes"', "expected a comparison of numbers; tenure holds no text"),
        ('when signed > 2020 then Churn = "Yes"', 'expected a moment in double quotes, such as "2020-01-31"; signed holds moments'),
        ('when signed > "2020-02-30" then Churn = "Yes"', "expected a moment such as"),
        ('when signed > "now" then Churn = "Yes"', "expected a moment such as"),
    ],
)
def test_names_levels_and_values_are_checked(text, told):
    with pytest.raises(RuleError) as caught:
        read_rules(text, SCHEMA, goal=GOAL)
    assert told in str(caught.value)


def test_values_become_what_the_column_holds():
    text = 'when SeniorCitizen = 01 and tenure < "6" and signed >= "2020-01-31 12:30" and signed < "2021" and 合同 = 5 then Churn = "Yes" [0]'
    rule = read_rules(text, SCHEMA, goal=GOAL)[0]
    assert [t.value for t in rule.when.terms] == ["01", 6.0, "2020-01-31T12:30:00", "2021-01-01", "5"]
    assert rule.stated == 0.0
    rows = {
        name: np.array([value], dtype=dtype) for name, value, dtype in (("SeniorCitizen", "01", object), ("tenure", 5, float), ("合同", "5", object))
    }
    assert rule.when.holds({**rows, "signed": np.array(["2020-06-01"], dtype="datetime64[us]")}).tolist() == [True]


def test_a_number_as_target_is_refused():
    with pytest.raises(RuleError, match="expected a target with levels; 'tenure' is a number"):
        read_rules('when Contract = "a" then tenure = 5', SCHEMA, goal=Goal("tenure", "numeric"))


def test_files_are_read_and_missing_ones_named(tmp_path):
    file = tmp_path / "churn.rules"
    file.write_text('\ufeff# 规则\n当 tenure < 6 则 Churn = "Yes"\n', encoding="utf-8")
    assert read_rules(file) == read_rules(str(file)) == [parse('when tenure < 6 then Churn = "Yes"')]
    with pytest.raises(UnreadableSource, match="No such file"):
        read_rules(tmp_path / "none.rules")
    with pytest.raises(UnreadableSource, match=r"none\.rules cannot be read"):
        read_rules("none.rules")
    file.write_bytes("当 x".encode("gb18030"))
    with pytest.raises(UnreadableSource, match="must be UTF-8; byte 1 is not"):
        read_rules(file)


def test_no_rules_is_no_error():
    assert read_rules("") == read_rules("# nothing\n\n") == []


def test_a_rule_without_sense_cannot_exist():
    with pytest.raises(ValueError, match="needs a condition"):
        Rule(Condition(), "y", "a")
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1"):
        Rule(Condition((Term("x", "is", 1),)), "y", "a", 1.5)
    with pytest.raises(ValueError, match="finite"):
        Rule(Condition((Term("x", "<", float("inf")),)), "y", "a")
    with pytest.raises(RuleError, match="UTF-8"):
        read_rules('when x = "\ud800" then y = 1')


def test_an_expression_is_named_by_its_sql():
    rule = Rule(Condition((Term(Ratio(Of("a"), Of("b")), ">", 2),)), "y", "1")
    assert rule.text.startswith("when `CASE WHEN isfinite(")


def test_a_verdict_tells_its_rule():
    rule = parse('when x = 1 then y = "a" [0.4]')
    told = Verdict(rule, 0.5, 0.3, 0.7, 20, 0.1, "holds").to_json()
    assert (told["text"], told["stated"], told["source"], told["verdict"], told["base"]) == (rule.text, 0.4, "expert", "holds", 0.1)


def test_a_file_of_chinese_name_given_as_text_is_a_file(tmp_path):
    path = tmp_path / "规则 then.txt"
    path.write_text('when x < 3 then y = "a"', encoding="utf-8")
    assert len(read_rules(str(path))) == 1
