r"""Regular expressions that DuckDB (RE2) and Python read alike, and that neither takes long over: the safe subset, checked and written for each.

>>> print(for_sql(r"(?i)wins? \d+$"))
[Ww][Ii][Nn][Ss]? [0-9]+\z
>>> bool(searched(r"(?i)wins? \d+$")("You WIN 500"))
True
>>> checked(r"(a+)+b")
Traceback (most recent call last):
    ...
apercu.core._regex.PatternError: character 1: what is repeated here can be taken apart in several ways, so a search could take for ever; write ...

The subset: characters, `.`, classes `[a-z]`, `\d \w \s \D \W \S` (of ASCII, as in RE2), `\b ^ $` (of the whole text), groups, `|`, and
`* + ? {m,n}`, lazy too; `(?i)` in front ignores case, letter by letter. Look-around and back references are refused, since RE2 has none.

How the time is bounded in Python: what is repeated must be one-unambiguous, so that each character has one way to be taken (the positions of
Glushkov's automaton; Brüggemann-Klein & Wood 1998), and open repeats in a row that can trade characters are few. Whether a pattern is found is all
that is asked, so alternatives may change order, and lists of words are factored into a tree of their beginnings.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

__all__ = ["Chars", "Edge", "Either", "PatternError", "Repeat", "Row", "checked", "for_sql", "searched"]

Ranges = tuple[tuple[int, int], ...]  # code points, both ends included, ascending and apart

LAST: Final = 0x10FFFF
MOST: Final = 200  # times that a piece may be repeated; RE2 itself gives up beyond 1,000
DEEP: Final = 60  # brackets inside brackets
SCRIPT: Final = 5_000  # characters of a set above which all of a script is meant, in both cases
OPEN: Final = 30  # what an open repeat counts for among the ways to take a text apart
WAYS: Final = 100_000  # of them at most: three open repeats in a row that can trade characters, and a few optional pieces
DIGITS: Final[Ranges] = ((48, 57),)
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Final[Ranges] = ((9, 10), (12, 13), (32, 32))  # RE2's
NAMED: Final = {"d": DIGITS, "w": WORD, "s": SPACE}
CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
SPECIAL: Final = frozenset("\\.^$*+?{}[]|()")
IN_CLASS: Final = frozenset("\\]^-[&~|")
COUNT: Final = re.compile(r"\{([0-9]{1,4})(,([0-9]{0,4}))?\}")


class PatternError(ValueError):
    """A pattern outside the subset, and the character of it (from 0) where that shows."""

    def __init__(self, place: int, told: str) -> None:
        super().__init__(f"character {place + 1}: {told}")
        self.place, self.told = place, told


@dataclass(frozen=True)
class Chars:
    """One character out of a set."""

    ranges: Ranges


@dataclass(frozen=True)
class Edge:
    """A place between characters: ^, $ or b."""

    sign: str


@dataclass(frozen=True)
class Row:
    """Pieces one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """One of several."""

    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """A piece, low to high times (None: any number)."""

    part: Node
    low: int
    high: int | None


Node = Chars | Edge | Row | Either | Repeat


def checked(pattern: str) -> str:
    r"""The pattern in the form that is kept: quotes bare, line breaks as \n. Raises PatternError outside the subset."""
    _tree(pattern)
    bare = re.sub(r"\\(.)", lambda m: '"' if m[1] == '"' else m[0], pattern)
    return bare.replace("\n", "\\n").replace("\r", "\\r")


@lru_cache(256)
def for_sql(pattern: str) -> str:
    """The pattern as RE2 reads it."""
    return _written(_tree(pattern), r"\z")


@lru_cache(256)
def searched(pattern: str) -> Callable[[str], bool]:
    """Whether the pattern is found in a text, as a function."""
    shape = re.compile(_written(_tree(pattern), r"\Z"), re.ASCII)
    return lambda text: shape.search(text) is not None


@lru_cache(256)
def _tree(pattern: str) -> Node:
    return _Parser(pattern).tree()


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.folds = pattern.startswith("(?i)")
        self.text, self.place, self.depth = pattern, 4 * self.folds, 0

    def tree(self) -> Node:
        if half := re.search("[\ud800-\udfff]", self.text):
            raise PatternError(half.start(), "expected text that UTF-8 can hold, got half a UTF-16 pair")
        tree = self._either()
        if self.place < len(self.text):
            raise PatternError(self.place, "this ) closes no bracket; a bracket itself is written \\)")
        if _ways(tree) > WAYS:
            raise PatternError(0, "too many open repeats follow each other (.*, .+, ...), so a search could take for ever; leave some out")
        return tree

    def _here(self, n: int = 1) -> str:
        return self.text[self.place : self.place + n]

    def _either(self) -> Node:
        options = [self._row()]
        while self._here() == "|":
            self.place += 1
            options.append(self._row())
        return options[0] if len(options) == 1 else _factored(options)

    def _row(self) -> Node:
        parts: list[Node] = []
        while self._here() not in ("", "|", ")"):
            parts.append(self._repeated())
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _repeated(self) -> Node:
        start = self.place
        node = self._piece()
        sign = self._here()
        count = COUNT.match(self.text, self.place)
        if not sign or (sign not in "*+?" and not count):
            return node
        low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (0, 0)) if not count else _bounds(count)
        self.place += len(count[0]) if count else 1
        if self._here() == "?":  # lazy: found or not is all that counts
            self.place += 1
        if self._here() and (self._here() in "*+?" or COUNT.match(self.text, self.place)):
            raise PatternError(self.place, "a repeat of a repeat; a sign itself is written with a backslash")
        if (high is not None and not low <= high <= MOST) or low > MOST:
            raise PatternError(start, f"expected at most {MOST} times, the smaller number first")
        made = Repeat(node, low, high)
        if _least(node) == 0:
            raise PatternError(start, "what is repeated here may be empty; repeat something that takes a character")
        if high != 1 and not isinstance(node, Chars) and _ambiguous(made):
            mend = "write it so that each character can be taken in one way only, as (a|b)+ instead of (a+|b)+"
            raise PatternError(start, f"what is repeated here can be taken apart in several ways, so a search could take for ever; {mend}")
        return made

    def _piece(self) -> Node:
        sign = self._here()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "*+?" or COUNT.match(self.text, self.place):
            raise PatternError(self.place, f"nothing stands before {sign} to be repeated; the sign itself is written \\{sign}")
        self.place += 1
        if sign in "^$":
            return Edge(sign)
        return Chars(_without(((10, 10),))) if sign == "." else Chars(self._folded(_one(sign)))

    def _group(self) -> Node:
        start = self.place
        if self._here(3) != "(?:" and self._here(2) == "(?":
            kind = "look-around" if re.match(r"\(\?<?[=!]", self.text[start : start + 4]) else "this form of bracket"
            raise PatternError(start, f"{kind} is not read; use plain ( ), and (?i) at the very beginning to ignore case")
        self.place += 3 if self._here(3) == "(?:" else 1
        self.depth += 1
        if self.depth > DEEP:
            raise PatternError(start, f"expected at most {DEEP} brackets inside each other")
        inner = self._either()
        if self._here() != ")":
            raise PatternError(start, "this ( is not closed; a bracket itself is written \\(")
        self.place, self.depth = self.place + 1, self.depth - 1
        return inner

    def _escape(self) -> Node:
        key = self.text[self.place + 1 : self.place + 2]
        if key == "b":
            self.place += 2
            return Edge(key)
        return Chars(self._escaped())

    def _escaped(self) -> Ranges:
        start, key = self.place, self.text[self.place + 1 : self.place + 2]
        self.place += 2
        if key.lower() in NAMED and key:
            ranges = NAMED[key.lower()]
            return ranges if key.islower() else _without(ranges)
        if key in CONTROLS:
            return _one(CONTROLS[key])
        if not key or key.isalnum():
            told = "back references are not read" if key.isdigit() else f"\\{key} is not read" if key else "nothing stands after the last backslash"
            raise PatternError(start, f"{told}; known are \\d \\w \\s \\D \\W \\S \\b \\n \\r \\t \\f, and a backslash before a sign")
        return self._folded(_one(key))

    def _class(self) -> Node:
        start = self.place
        negated = self._here(2) == "[^"
        self.place += 1 + negated
        found: list[tuple[int, int]] = []
        while self._here() != "]" or not found:
            if not self._here():
                raise PatternError(start, "this [ is not closed; a bracket itself is written \\[")
            if self._here(2) == "[:":
                raise PatternError(self.place, "[: :] is not read; write the characters, as in [A-Za-z]")
            low = self._member()
            if self._here() == "-" and self.text[self.place + 1 : self.place + 2] not in ("]", "") and len(low) == 1 and low[0][0] == low[0][1]:
                self.place += 1
                high = self._member()
                if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
                    raise PatternError(self.place, "a range ends with a character that is not below its first")
                low = ((low[0][0], high[0][0]),)
            found += self._folded(low)
        self.place += 1
        ranges = _without(_merged(found)) if negated else _merged(found)
        if not ranges:
            raise PatternError(start, "no character is in this class")
        return Chars(ranges)

    def _member(self) -> Ranges:
        """The next character of a class, not yet folded so that ranges keep their ends."""
        if self._here() == "\\":
            folds, self.folds = self.folds, False
            try:
                return self._escaped()
            finally:
                self.folds = folds
        self.place += 1
        return _one(self.text[self.place - 1])

    def _folded(self, ranges: Ranges) -> Ranges:
        """With (?i), the other case of each letter besides, where that is one character."""
        return _both_cases(ranges) if self.folds else ranges


def _bounds(count: re.Match[str]) -> tuple[int, int | None]:
    low = int(count[1])
    return low, low if not count[2] else int(count[3]) if count[3] else None


# --- sets of characters ---------------------------------------------------------------------------------------------------------------


@lru_cache(4096)
def _both_cases(ranges: Ranges) -> Ranges:
    if sum(high - low for low, high in ranges) > SCRIPT:
        return ranges
    letters = {form for low, high in ranges for c in map(chr, range(low, high + 1)) for form in (c, c.lower(), c.upper()) if len(form) == 1}
    return _merged((ord(c), ord(c)) for c in letters)


def _one(c: str) -> Ranges:
    return ((ord(c), ord(c)),)


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return tuple(out)


def _without(ranges: Ranges) -> Ranges:
    """All characters but these."""
    edges = [-1, *(edge for low, high in ranges for edge in (low, high)), LAST + 1]
    return tuple((low + 1, high - 1) for low, high in zip(edges[::2], edges[1::2], strict=True) if low + 1 <= high - 1)


def _meet(a: Ranges, b: Ranges) -> bool:
    """Whether a character is in both."""
    if len(a) > len(b):
        a, b = b, a
    starts = [low for low, _ in b]
    return any((i := bisect_right(starts, high)) > 0 and b[i - 1][1] >= low for low, high in a)


def _alphabet(node: Node) -> Ranges:
    """Every character that a piece may take."""
    match node:
        case Chars(ranges):
            return ranges
        case Edge():
            return ()
        case Repeat(part):
            return _alphabet(part)
        case Row(parts) | Either(parts):
            return _merged(pair for part in parts for pair in _alphabet(part))


# --- how a text may be taken apart ----------------------------------------------------------------------------------------------------


def _parts(node: Node) -> tuple[Node, ...]:
    """The pieces in a row, rows within rows laid open."""
    return tuple(inner for part in node.parts for inner in _parts(part)) if isinstance(node, Row) else (node,)


def _factored(options: Sequence[Node]) -> Node:
    """The alternatives with what they share at the beginning told once, so that the first character decides among them where it can."""
    groups: dict[Node | None, list[Node]] = {}
    for option in options:
        parts = _parts(option)
        groups.setdefault(parts[0] if parts else None, []).append(Row(parts[1:]))
    made: list[Node] = []
    for first, rests in groups.items():
        rest = rests[0] if len(rests) == 1 or first is None else _factored(rests)
        made.append(Row(()) if first is None else Row((first, *_parts(rest))))
    return made[0] if len(made) == 1 else Either(tuple(made))


def _least(node: Node) -> int:
    """The fewest characters that a piece takes."""
    match node:
        case Chars():
            return 1
        case Edge():
            return 0
        case Repeat(part, low):
            return low * _least(part)
        case Row(parts):
            return sum(map(_least, parts))
        case Either(options):
            return min(map(_least, options))


def _length(node: Node) -> int | None:
    """How many characters a piece takes, None where that varies."""
    match node:
        case Chars() | Edge():
            return int(isinstance(node, Chars))
        case Repeat(part, low, high):
            return low * inner if low == high and (inner := _length(part)) is not None else None
        case Row(parts):
            lengths = [_length(part) for part in parts]
            return None if None in lengths else sum(lengths)  # type: ignore[arg-type]
        case Either(options):
            lengths = {_length(option) for option in options}
            return lengths.pop() if len(lengths) == 1 else None


def _ways(node: Node) -> int:
    """A bound on the ways in which repeats in a row can share out a text among them."""
    if isinstance(node, Either):
        return max(map(_ways, node.options))
    most = ways = 1
    traded: Ranges = ()
    parts = _parts(node)
    for part, after in zip(parts, (*parts[1:], None), strict=False):  # an empty row has no part
        if ways > 1 and isinstance(part, Chars) and not _meet(part.ranges, traded):
            ways, traded = 1, ()  # this character parts what stands before it from what follows
        if isinstance(part, Repeat) and part.low != part.high:
            own = _alphabet(part)
            if traded and part.low and not _meet(own, traded):
                ways, traded = 1, ()
            if not (isinstance(part.part, Chars) and isinstance(after, Chars) and not _meet(own, after.ranges)):  # else it must take all that it can
                ways *= OPEN if part.high is None else min(OPEN, part.high - part.low + 1) if part.high > 1 else 1 + _ways(part.part)
                traded = _merged((*traded, *own))
        elif isinstance(part, Either | Repeat):
            ways *= _ways(part if isinstance(part, Either) else part.part)
            traded = _merged((*traded, *_alphabet(part))) if ways > 1 else traded
        most = max(most, ways)
    return most


def _ambiguous(node: Node) -> bool:
    """Whether some character of a text could be taken by two places of the pattern, or by one place in two ways."""
    sets: list[Ranges] = []
    follow: list[list[int]] = []

    def walk(node: Node) -> tuple[list[int], list[int], bool]:
        """(places that can begin, places that can end, whether it may be empty)."""
        match node:
            case Chars(ranges):
                sets.append(ranges)
                follow.append([])
                return [len(sets) - 1], [len(sets) - 1], False
            case Edge():
                return [], [], True
            case Repeat(part, low, high):
                first, last, empty = walk(part)
                if high != 1 and not (low == high and _length(part) is not None):
                    for place in last:
                        follow[place] += first
                return first, last, empty or low == 0
            case Row(parts):
                first, last, empty = [], [], True
                for part in parts:
                    begins, ends, may = walk(part)
                    for place in last:
                        follow[place] += begins
                    first = first + begins if empty else first
                    last = last + ends if may else ends
                    empty = empty and may
                return first, last, empty
            case Either(options):
                told = [walk(option) for option in options]
                return [p for t in told for p in t[0]], [p for t in told for p in t[1]], any(t[2] for t in told)

    first, _, _ = walk(node)
    return any(_clash([sets[place] for place in places]) for places in (first, *follow))


def _clash(sets: list[Ranges]) -> bool:
    """Whether two of the sets share a character."""
    edges = sorted(pair for ranges in sets for pair in ranges)
    return any(low <= before[1] for before, (low, _) in pairwise(edges))


# --- written again --------------------------------------------------------------------------------------------------------------------


def _written(node: Node, end: str) -> str:
    """The pattern in the words of an engine; end: how it writes the end of the text."""
    match node:
        case Chars(ranges):
            return _character_set(ranges)
        case Edge(sign):
            return {"^": "^", "$": end}.get(sign, f"\\{sign}")
        case Row(parts):
            return "".join(f"(?:{_written(part, end)})" if isinstance(part, Either) else _written(part, end) for part in parts)
        case Either(options):
            return "|".join(_written(option, end) for option in options)
        case Repeat(part, low, high):
            inner = _written(part, end) if isinstance(part, Chars) else f"(?:{_written(part, end)})"
            known = {(0, None): "*", (1, None): "+", (0, 1): "?"}
            return inner + known.get((low, high), f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}")


def _character_set(ranges: Ranges) -> str:
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _character(ranges[0][0], SPECIAL)
    negated = bool(ranges) and ranges[-1][1] == LAST and ranges != ((0, LAST),)
    told = _without(ranges) if negated else ranges
    inner = "".join(_character(low, IN_CLASS) + (f"-{_character(high, IN_CLASS)}" if high > low else "") for low, high in told)
    return f"[{'^' * negated}{inner}]"


def _character(code: int, special: frozenset[str]) -> str:
    if code < 32 or code == 127:
        return f"\\x{code:02x}"
    return f"\\{chr(code)}" if chr(code) in special else chr(code)
