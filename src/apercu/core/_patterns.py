"""Regular expressions that Python and RE2 (DuckDB) read alike: a whole word in a text, an item in a list that a text holds.

>>> import re
>>> [bool(re.search(whole_word("printer"), text)) for text in ("Printer546 is down", "the printers", "a PRINTER")]
[True, False, True]
>>> [bool(re.search(list_item("milk", "|", PYTHON_END), text)) for text in ("bread| milk", "whole milk|bread")]
[True, False]

Case is ignored letter by letter, by classes such as [pP], since the engines' own flags fold different letters. A word that ends in a letter
ends where no letter follows, so that “printer” stands in “Printer546” and not in “printers”; one that ends in a digit ends where neither follows.
Chinese is not parted into words: there the word may stand anywhere. A blank in a word stands for any blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["among", "list_item", "stands", "whole_word"]

LETTERS: Final = "A-Za-zÀ-ɏͰ-ԯ"  # of scripts that part words by blanks: Latin, Greek, Cyrillic
BLANK: Final = r"[\t\n\f\r ]"
SQL_END: Final = "$"  # the end of the text in RE2, which in Python also stands before a last line break
PYTHON_END: Final = r"\Z"
LETTER: Final = re.compile(f"[{LETTERS}]")
DIGIT: Final = re.compile("[0-9]")


def whole_word(word: str) -> str:
    """The expression that is found where a word or phrase stands in a text."""
    body = "".join(_character(c) for c in word)
    before, after = _outside(word[0]), _outside(word[-1])
    return (f"(^|{before})" if before else "") + body + (f"($|{after})" if after else "")


def list_item(item: str, mark: str, end: str) -> str:
    """The expression that is found where an item stands between two marks or the ends of a text; end: SQL_END or PYTHON_END."""
    mark = re.escape(mark)
    return f"(^|{mark}){BLANK}*{re.escape(item)}{BLANK}*({mark}|{end})"


def stands(word: str) -> Callable[[str], float]:
    """Whether a word or phrase stands in a text, as 1 and 0."""
    shape, first = re.compile(whole_word(word)), word.lower().split(" ")[0]
    plain = word.isascii()  # then what is not in the lower-case text at all needs no closer look, which saves most of the time
    return lambda text: 0.0 if plain and first not in text.lower() else float(shape.search(text) is not None)


def among(item: str, mark: str) -> Callable[[str], bool]:
    """Whether an item stands in a list that a text holds."""
    shape = re.compile(list_item(item, mark, PYTHON_END))
    return lambda text: shape.search(text) is not None


def _character(c: str) -> str:
    if c == " ":
        return f"{BLANK}+"
    cases = sorted({form for form in (c, c.lower(), c.upper()) if len(form) == 1})
    return f"[{''.join(cases)}]" if len(cases) > 1 else re.escape(c)


def _outside(end: str) -> str:
    """What may stand beside an end of a word; '' for anything."""
    return f"[^{LETTERS}]" if LETTER.match(end) else f"[^{LETTERS}0-9]" if DIGIT.match(end) else ""
