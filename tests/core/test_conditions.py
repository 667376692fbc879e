"""Comparisons of a line: what is written is read back; text patterns, lists and templates; places of what cannot be read."""

from __future__ import annotations

import pytest

from apercu.core._conditions import Known, condition, written_condition
from apercu.core._reader import Reader
from apercu.core.condition import Condition, Term
from apercu.core.errors import RuleError
from apercu.core.schema import Column, Schema

SCHEMA = Schema((Column("note", "text"), Column("age", "number", storage="number"), Column("seen", "time", storage="time")))
KNOWN = Known(None, None, {("dict", "late"): "(?i)late", ("template", "price"): "a.*b"})


def read(text: str, known: Known = KNOWN) -> Condition:
    reader = Reader(text, 1)
    found = condition(reader, known)
    reader.end()
    return found


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('note ~ dict("late")', 'note ~ dict("late")'),
        ('text(note) ~ dict("late") and age>3', 'note ~ dict("late") and age > 3'),
        ('文本（note）～ 词典（“late”） 且 备注 ~ 模板("price")', 'note ~ dict("late") and 备注 ~ template("price")'),
        (r'note ~ "\d+ \"days\"?$"', r'note ~ "\d+ \"days\"?$"'),
        (r"note ~ “\d+”", r'note ~ "\d+"'),
        ("text < 3", "text < 3"),
        ('`a b` is in ("x", 2)', '`a b` in ("x", 2)'),
        ("age between 1 and 5 and note is missing", "age between 1 and 5 and note is missing"),
    ],
)
def test_forms_that_are_read(text, canonical):
    found = read(text)
    assert written_condition(found) == canonical
    assert read(canonical) == found


def test_a_pattern_keeps_the_name_of_its_list():
    assert read('note ~ dict("late")').terms == (Term("note", "matches", ("(?i)late", "dict", "late")),)
    assert read(r'note ~ "\w+"').terms == (Term("note", "matches", r"\w+"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('note ~ dict("latte")', "column 13: expected the name of a dictionary, got '\"latte\"'; did you mean 'late'?"),
        ('note ~ template("x")', 'got \'"x"\'; write one in a line of its own: template "x": "{a|b} ... {c|d}".'),
        ("note ~ dict late", "column 13: expected the name of a dictionary in brackets, as in dict(\"prices\"), got 'late'."),
        ("note ~ late", 'column 8: expected a pattern: dict("..."), template("...") or a regular expression in double quotes, got \'late\''),
        (r'note ~ "a(?=b)"', "column 10: expected a regular expression that every engine reads, got '(': look-around is not read"),
        (r'note ~ "(x)\1"', r"column 12: expected a regular expression that every engine reads, got '\\': back references are not read"),
        ('note ~ "ab("', "column 11: expected a regular expression that every engine reads, got '(': this ( is not closed"),
        ('note ~ "(a+)+"', "could take for ever"),
        ("text(note) = 3", "column 12: expected '~' and a pattern"),
        ("text(5) ~ 3", "column 6: expected the name of a column, got '5'."),
    ],
)
def test_places_of_what_cannot_be_read(text, told):
    with pytest.raises(RuleError) as caught:
        read(text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('age ~ "x"', "column 5: expected a comparison of numbers; age holds no text, got '~'."),
        ("age = 1e999", "a number that a computer can hold"),
        ("seen > 3", "expected a moment in double quotes"),
        ("nota is missing", "did you mean 'note'?"),
    ],
)
def test_columns_say_what_they_can_be_compared_with(text, told):
    with pytest.raises(RuleError) as caught:
        read(text, Known(SCHEMA))
    assert told in str(caught.value)
