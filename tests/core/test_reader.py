"""The reader of a line: pieces in order, and exact places where they are not what was expected."""

from __future__ import annotations

import pytest

from apercu.core._reader import Reader, written, written_name, written_number
from apercu.core.errors import RuleError

MEANINGS = {"with": "with", "随": "with", "falls": "falls"}


def test_pieces_in_order():
    reader = Reader('x <= 2.5 and "a" , “b” [0.5] # end', 1)
    assert (reader.take("word", "a name").value, reader.operator("<", "<="), reader.number("n"), reader.key("and")) == ("x", "<=", 2.5, "and")
    assert reader.listed(lambda: reader.take("text", "text").value) == ["a", "b"]
    assert reader.stated() == 0.5
    assert reader.next(5).kind == "end"


def test_words_that_are_reserved_only_here():
    reader = Reader("随 WITH falls", 1)
    assert [reader.word(MEANINGS, "with", "falls") for _ in range(3)] == ["with", "with", "falls"]
    with pytest.raises(RuleError, match="column 1: expected 'with', got 'wth'; did you mean 'with'\\?"):
        Reader("wth", 3).word(MEANINGS, "with")


@pytest.mark.parametrize(
    ("text", "read", "told"),
    [
        ("", lambda r: r.take("word", "a name"), "line 2, column 1: expected a name, got the end of the line."),
        (
            "x y",
            lambda r: (r.take("word", ""), r.operator("=")),
            "column 3: expected one of =, got 'y'; a name that is not a plain word stands in backticks.",
        ),
        ("x", lambda r: r.take("text", "text"), "column 1: expected text, got 'x'; text stands in double quotes: \"x\"."),
        ("1e999", lambda r: r.number("a number"), "column 1: expected a number that a computer can hold, got '1e999'."),
        ("[45]", lambda r: r.stated(), "column 2: expected a probability between 0 and 1, got '45'; write 0.45 for 45 %."),
        ("5", lambda r: r.stated(), "column 1: expected the end of the line, or a probability in brackets such as [0.45], got '5'."),
        (") x", lambda r: (r.sign(")"), r.end()), "column 3: expected the end of the line, got 'x'."),
        ("an", lambda r: r.key("and"), "column 1: expected 'and', got 'an'; did you mean 'and'?"),
    ],
)
def test_places_and_mends(text, read, told):
    with pytest.raises(RuleError) as caught:
        read(Reader(text, 2))
    assert told in str(caught.value)
    assert (caught.value.line, caught.value.column) == (2, int(str(caught.value).split("column ")[1].split(":")[0]))


def test_values_are_written_as_they_are_read():
    assert [written(v) for v in ('a"b', 3.0, 0.1, 1e300)] == ['"a\\"b"', "3", "0.1", "1e+300"]
    assert [written_name(n) for n in ("tenure", "a b", "when")] == ["tenure", "`a b`", "`when`"]
    with pytest.raises(ValueError, match="finite"):
        written_number(float("inf"))
