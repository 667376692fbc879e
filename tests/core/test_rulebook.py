"""The rulebook: every kind of line in both languages, round trips, exact places, word files that stay in their folder."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apercu.core._phrases import PhraseError, fits, mentions
from apercu.core.condition import Condition, Term
from apercu.core.errors import RuleError, UnreadableSource
from apercu.core.goal import Goal
from apercu.core.rulebook import Rulebook, read_rulebook
from apercu.core.schema import Column, Schema
from apercu.core.statements import Lexicon, Range, Same, Shape, Template, Veto

from .test_clause import clauses
from .test_rule import names, numbers, rules, texts, values, written_terms

ENGLISH = """
dict "competitor": "联通", "T-Mobile", switch to
template "price": "{expensive|贵} ... {bill|账单}"
when note ~ dict("competitor") and note ~ template("price") then churn = "yes" [0.6]
monotone: churn rises with calls
monotone: churn = "yes" falls with tenure
range: 0 <= age <= 120
range: status in ("a", "b")
never offer "sms" when segment = "vip" and age < 18
never offer when segment = "dead"
same: "CA" = "Calif." = "California" in state
subsidiary(X, Y) & subsidiary(Y, Z) & X != Z -> subsidiary(X, Z) [1]
"""
CHINESE = """
词典 "competitor"：“联通”、“T-Mobile”、switch to
模板 “price”：“{expensive|贵} ... {bill|账单}”
当 note ~ 词典("competitor") 且 文本(note) ～ 模板("price") 则 churn = "yes" [0.6]
单调：churn 随 calls 上升
单调：churn 为 "yes" 随 tenure 下降
范围：0 ≤ age ≤ 120
范围：status 属于（"a"，"b"）
绝不 提供 "sms" 当 segment 为 "vip" 且 age 低于 18
永不 推荐 当 segment = "dead"
相同："CA" = "Calif." = "California" 于 state
subsidiary(X, Y) 且 subsidiary(Y, Z) 且 X ≠ Z 则 subsidiary(X, Z) [1]
"""
SCHEMA = Schema(
    (
        Column("note", "text"), Column("age", "number", storage="number"), Column("state", "category"),
        Column("seen", "time", storage="time"), Column("churn", "flag", role="target"),
    )
)  # fmt: skip
GOAL = Goal("churn", "binary", ("no", "yes"), "yes")


def told(text, **known):
    with pytest.raises(RuleError) as caught:
        read_rulebook(text, **known)
    return str(caught.value)


def sound(make, value):
    try:
        make(value)
    except PhraseError:
        return False
    return True


labels = texts.filter(str.strip)
phrases = texts.map(lambda t: " ".join(t.split())).filter(lambda t: sound(mentions, (t,)))
templates = st.lists(phrases.filter(lambda t: not set(t) & set("{}|.…")), min_size=1, max_size=2).map(" ... ".join).filter(lambda t: sound(fits, t))
lexicons = st.builds(Lexicon, labels, st.lists(phrases, min_size=1, max_size=3, unique=True).map(tuple))
shapes = st.builds(lambda t, c, d, level: Shape(t, c + "'", d, level), names, names, st.sampled_from((-1, 1)), texts)
ends = st.tuples(numbers, numbers).map(sorted) | st.tuples(texts, texts).map(sorted)


@st.composite
def stated_ranges(draw):
    name, (low, high) = draw(names), draw(ends)
    both = (Term(name, draw(st.sampled_from((">", ">="))), low), Term(name, draw(st.sampled_from(("<", "<="))), high))
    levels = (Term(name, "in", tuple(draw(st.lists(values, min_size=1, max_size=3)))),)
    return Range(Condition(draw(st.sampled_from((both, both[:1], both[1:], levels)))))


vetoes = st.builds(Veto, texts, st.lists(written_terms(), min_size=1, max_size=2).map(lambda t: Condition(tuple(t))))
sames = st.builds(lambda c, w: Same(c, tuple(w[:-1]), w[-1]), names, st.lists(texts, min_size=2, max_size=4, unique=True))


books = st.builds(
    lambda *kinds: Rulebook(*map(tuple, kinds)),
    st.lists(rules, max_size=2), st.lists(shapes, max_size=1), st.lists(stated_ranges(), max_size=2), st.lists(vetoes, max_size=2),
    st.lists(sames, max_size=1), st.lists(lexicons, max_size=2, unique_by=lambda x: x.name),
    st.lists(st.builds(Template, labels, templates), max_size=2, unique_by=lambda x: x.name), st.lists(clauses, max_size=2),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(books)
def test_text_and_reading_are_each_others_inverse(book):
    again = read_rulebook(book.text + "\n# end")
    assert again == book and again.text == book.text
    assert Rulebook.from_json(json.loads(json.dumps(again.to_json()))) == book


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(("dict", "template", "monotone", "range", "never", "same", "when", ":", '"a"', "x", "=", "~", "(", ")", ",", "offer", "in"))
        | st.sampled_from(("rises", "with", "->", "&", "X", "5", "<=", "then", "file", "词典", "不", "随", "于", "`", "[", "{")),
        max_size=12,
    ).map(" ".join)
)
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        read_rulebook("\n" + text)
    except RuleError as error:
        assert str(error).startswith("line 2, column ") and error.line == 2 and error.column >= 1


def test_english_and_chinese_say_the_same():
    english, chinese = read_rulebook(ENGLISH), read_rulebook(CHINESE)
    assert english == chinese and english.text == chinese.text
    assert english.text == ENGLISH.lstrip("\n").replace("switch to", '"switch to"')
    assert len(english) == 11
    assert [line for line, _, _ in english.lines()] == list(range(2, 13))
    assert {kind for _, kind, _ in english.lines()} == {"dict", "template", "when", "monotone", "range", "never", "same", "clause"}


def test_lists_may_be_named_above_their_line_and_keep_their_name():
    book = read_rulebook('when note ~ dict("late") then churn = "yes"\ndict "late": late')
    term = book.rules[0].when.terms[0]
    assert (term.say(), term.say("zh")) == ("note mentions a word of “late”", "note 提到“late”中的词")
    assert book.rules[0].text == 'when note ~ dict("late") then churn = "yes"'


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("monotone churn rises with x", "line 1, column 10: expected ':', got 'churn'."),
        ("monoton: churn rises with x", "column 1: expected one of when, monotone:, range:, never, same:, dict, template, or a(X, Y) -> b(X, Y), got "
         "'monoton'; did you mean 'monotone'?"),
        ("monotone: churn goes with x", "column 17: expected 'rises', 'falls', 'with', got 'goes'"),
        ("monotone: churn rises with", "column 27: expected the name of a column, got the end of the line."),
        ("monotone: churn rises with churn", "column 28: expected a column that is not the target, got 'churn'."),
        ("monotone: churn rises with x [0.5]", "column 30: expected the end of the line, got '['."),
        ("range: age", "column 11: expected one of <, <=, >, >=, in, between, got the end of the line."),
        ("range: 5 <= age <= 2", "column 20: expected an upper end that is not below the lower end 5, got '2'."),
        ("range: 5 <= age >= 2", "column 17: expected one of <, <=, got '>='."),
        ("range: 5 = age", "column 10: expected one of <, <=, >, >=, got '='."),
        ("never send \"x\" when a = 1", "column 7: expected 'offer', got 'send'."),
        ('never offer "x"', "column 16: expected 'when', got the end of the line."),
        ('same: "a" in x', "column 11: expected one of =, is, got 'in'."),
        ('same: "a" = "b"', "column 16: expected 'in', got the end of the line."),
        ('same: "a" = "a" in x', "column 7: expected different writings of one level"),
        ('dict "x" "a"', "column 10: expected ':', got '\"a\"'."),
        ('dict "x": a,, b', "column 13: expected a word or phrase, got ','."),
        ('dict "x":', "column 10: expected a word or phrase, got the end of the line."),
        ('dict "x": "' + "y" * 101 + '"', "expected words of 1 to 100 characters"),
        ('dict "x": a\ndict "x": b', "line 2, column 6: expected a name that no other line has given, got '\"x\"'."),
        ('template "x": "... a"', "column 16: expected words that can be found, got"),
        ('template "x": "a ... {b"', "column 22: expected words that can be found, got"),
        ("monotone: y rises with x\nmonotone: y falls with x", "line 2, column 1: y cannot rise and fall with x; line 1 says the opposite."),
        ('same: "a" = "b" in x\nsame: "a" = "c" in x', "line 2, column 1: 'a' in x cannot be both 'b' (line 1) and 'c'."),
        ('same: "a" = "b" in x\nsame: "b" = "c" in x', "line 1, column 1: 'b' in x is a name here and another writing of 'c' in line 2."),
        ('dict "x": file "w.txt"', "column 16: expected a UTF-8 file of words, one a line, in the folder of the rules file, got '\"w.txt\"': rules"),
    ],
)  # fmt: skip
def test_errors_say_place_expectation_and_mend(text, error):
    assert error in told(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("range: 0 <= aeg", "column 13: expected the name of a column, got 'aeg'; did you mean 'age'?"),
        ("range: seen > 5", "expected a moment in double quotes"),
        ('range: "x" <= age', "expected a number; age holds numbers, got '\"x\"'."),
        ("monotone: age rises with note", "column 11: expected the target 'churn', got 'age'."),
        ("monotone: churn rises with note", "column 28: expected a column that holds numbers; note holds text, got 'note'."),
        ('monotone: churn = "Yes" rises with age', "expected a level of churn (no, yes), got '\"Yes\"'; did you mean 'yes'?"),
        ('same: "1" = "2" in age', "column 20: expected a column that holds text; age holds number, got 'age'."),
        ('never offer when state ~ "x" and age ~ "x"', "age holds no text"),
    ],
)
def test_names_and_values_are_compared_with_the_columns(text, error):
    assert error in told(text, schema=SCHEMA, goal=GOAL)


def test_a_range_of_moments_and_of_flipped_ends():
    book = read_rulebook('range: "2020-01-31" <= seen < "2021"\nrange: 120 >= age > 0\nrange: age between 0 and 9', SCHEMA)
    assert [one.text for one in book.ranges] == ['range: "2020-01-31" <= seen < "2021-01-01"', "range: 0 < age <= 120", "range: 0 <= age <= 9"]


def test_shapes_are_told_of_the_wanted_level():
    book = read_rulebook(
        'monotone: churn rises with a\nmonotone: churn = "no" rises with b\nmonotone: churn = "yes" falls with c\nmonotone: y rises with d'
    )
    assert book.monotone(GOAL) == (("a", 1), ("b", -1), ("c", -1))
    assert book.monotone(Goal("churn", "multiclass", ("no", "yes", "x"), "yes")) == (("a", 1), ("c", -1))
    assert book.monotone(Goal("y", "numeric")) == (("d", 1),)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "words.txt").write_text("\ufeff联通\n\n T-Mobile \n联通\n", encoding="utf-8")
    (tmp_path / "rules" / "gbk.txt").write_bytes("联通".encode("gbk"))
    (tmp_path / "rules" / "none.txt").write_text("\n", encoding="utf-8")
    (tmp_path / "out.txt").write_text("x", encoding="utf-8")
    (tmp_path / "rules" / "link.txt").symlink_to(tmp_path / "out.txt")
    return tmp_path / "rules"


def test_word_files_lie_beside_the_rules_file(folder):
    path = folder / "churn.rules"
    path.write_text('dict "c": file "words.txt"', encoding="utf-8")
    for source in (path, str(path)):
        assert read_rulebook(source).lexicons == (Lexicon("c", ("联通", "T-Mobile"), "words.txt"),)
    book = read_rulebook('词典 "c"：文件 “words.txt”', folder=folder)
    assert book.text == 'dict "c": file "words.txt"\n' and read_rulebook(book.text, folder=folder) == book
    assert Rulebook.from_json(json.loads(json.dumps(book.to_json()))) == book


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("../out.txt", "outside the folder"), ("link.txt", "outside the folder"), ("gbk.txt", "byte 1 of it is not UTF-8"),
        ("none.txt", "no word stands in it"), ("nowhere.txt", "cannot be read (No such file"), (".", "outside the folder"),
    ],
)  # fmt: skip
def test_other_files_are_refused(folder, file, error):
    assert error in told(f'dict "c": file "{file}"', folder=folder)


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(UnreadableSource, match="No such file"):
        read_rulebook(tmp_path / "none.rules")
    assert read_rulebook("") == Rulebook() and not read_rulebook("# nothing\n")
