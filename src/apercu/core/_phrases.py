"""Words and phrases as patterns of text: a list of words to find, and a template of words in their order within one sentence.

>>> from ._regex import searched
>>> found = searched(mentions(("T-Mobile", "switch to", "联通")))
>>> [found(text) for text in ("I will SWITCH  to another", "switch today", "转到联通了")]
[True, False, True]
>>> found = searched(fits("{expensive|too much|贵} ... {price|bill|账单}"))
>>> [found(text) for text in ("Far too much for a bill!", "Too much. The bill came", "太贵了，这个账单")]
[True, False, True]

Case is ignored. A word that ends in a letter ends where no letter follows, one that ends in a digit where neither follows; at its beginning too.
Chinese, Japanese and Korean are not parted into words: there a word may stand anywhere. A blank stands for any blanks. `...` is anything within one
sentence: up to . ! ? (but not the point of 3.50) and 。！？ or the end of the line. What it does *not* do: inflect (list price and prices), or know
what `not` turns round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ._patterns import LETTERS

__all__ = ["LONGEST", "PhraseError", "fits", "mentions", "slots_of"]

Slot = tuple[bool, tuple[str, ...]]  # (whether anything may stand before it, its alternatives)

LONGEST: Final = 100  # characters of a word or phrase
LARGEST: Final = 1_000_000  # characters of a pattern
SLOTS: Final = 4  # of a template
ENDS: Final = r".!?。！？\r\n"  # of a sentence
WITHIN: Final = rf"(?:[^{ENDS}]|[.][0-9])*"
OUTSIDE: Final = {"letter": LETTERS, "digit": f"{LETTERS}0-9", "": ""}  # what may not stand beside a word that ends in one
LETTER: Final = re.compile(f"[{LETTERS}]")
PIECE: Final = re.compile(r"\{(?P<words>[^{}]*)\}|(?P<gap>\.\.\.|…+)|(?P<blank>\s+)|(?P<word>(?:[^\s{}.…]|\.(?!\.\.))+)")


class PhraseError(ValueError):
    """A word list or template that cannot be used; place: where in it (from 0)."""

    def __init__(self, place: int, told: str) -> None:
        super().__init__(told)
        self.place, self.told = place, told


def mentions(words: Iterable[str]) -> str:
    """The pattern that is found where one of the words or phrases stands. Raises PhraseError for an empty or endless one."""
    return _pattern([(False, tuple(map(_tidy, words)))])


def fits(template: str) -> str:
    """The pattern that is found where a template's words stand in their order. Raises PhraseError where it cannot be read."""
    return _pattern(slots_of(template))


def slots_of(template: str) -> list[Slot]:
    """[(whether anything may stand before it, alternatives)] of a template such as 'too {dear|high} ... bill'."""
    slots: list[Slot] = []
    gap, place = False, 0
    while place < len(template):
        piece = PIECE.match(template, place)
        if piece is None:
            raise PhraseError(place, "expected words, {alternatives|in braces} or ...; a brace here is not closed")
        if piece["gap"]:
            gap = True
        elif not piece["blank"]:
            words = piece["words"].split("|") if piece["words"] is not None else [piece["word"]]
            if not all(map(str.strip, words)):
                raise PhraseError(place, "expected words between the braces, each alternative parted by |")
            slots.append((gap, tuple(map(_tidy, words))))
            gap = False
        place = piece.end()
    slots = _joined(slots)
    if not slots or slots[0][0] or gap:
        raise PhraseError(0 if not slots or slots[0][0] else len(template), "a template begins and ends with words, and ... stands between them")
    if len(slots) > SLOTS:
        raise PhraseError(len(template), f"expected at most {SLOTS} groups of words in a template, got {len(slots)}")
    return slots


def _joined(slots: list[Slot]) -> list[Slot]:
    """Words that follow each other without ... are phrases: too {dear|high} is the alternatives 'too dear' and 'too high'."""
    made: list[Slot] = []
    for gap, words in slots:
        if made and not gap:
            before, first = made.pop()
            made.append((before, tuple(f"{a} {b}" for a in first for b in words)))
        else:
            made.append((gap, words))
    return made


def _tidy(word: str) -> str:
    word = " ".join(word.split())
    if not word or len(word) > LONGEST:
        raise PhraseError(0, f"expected words of 1 to {LONGEST} characters, got {word[:20]!r}")
    return word


def _pattern(slots: list[Slot]) -> str:
    groups = [_groups(words) for _, words in slots]
    made = "(?i)" + _rest(slots, groups, 0, None)
    if len(made) > LARGEST:
        raise PhraseError(0, f"expected a pattern of at most {LARGEST:,} characters, got {len(made):,}; list fewer words")
    return made


def _rest(slots: list[Slot], groups: list[dict[tuple[str, str], list[str]]], i: int, before: str | None) -> str:
    """The pattern from slot i on, after a word that ends in `before` (None: at the beginning of the text)."""
    if i == len(slots):
        return f"(?:$|[^{OUTSIDE[before or '']}])" if before else ""
    options = []
    for (start, end), words in groups[i].items():
        body = "|".join(map(_written, words))
        options.append(_joint(before, start) + (f"(?:{body})" if len(words) > 1 else body) + _rest(slots, groups, i + 1, end))
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"


def _joint(before: str | None, start: str) -> str:
    """What stands between a word that ends in `before` and one that begins with `start`, within one sentence."""
    if before is None:
        return f"(?:^|[^{OUTSIDE[start]}])" if start else ""
    after, ahead = (f"[^{OUTSIDE[kind]}{ENDS}]" for kind in (before, start))
    if before and start:
        return f"(?:[^{OUTSIDE['digit'] if 'digit' in (before, start) else LETTERS}{ENDS}]|{after}{WITHIN}{ahead})"
    if before or start:
        return f"(?:{after}{WITHIN})?" if before else f"(?:{WITHIN}{ahead})?"
    return WITHIN


def _groups(words: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """The words by what they begin and end with, since that says what may stand beside them."""
    found: dict[tuple[str, str], list[str]] = {}
    for word in dict.fromkeys(words):
        found.setdefault((_kind(word[0]), _kind(word[-1])), []).append(word)
    return found


def _kind(c: str) -> str:
    return "letter" if LETTER.match(c) else "digit" if c in "0123456789" else ""


def _written(word: str) -> str:
    r"""A word as a pattern writes it; a blank is any blanks, and what is no letter or digit has a backslash before it."""
    return "".join(r"\s+" if c == " " else c if c.isalnum() or not c.isprintable() or ord(c) > 127 else f"\\{c}" for c in word)
