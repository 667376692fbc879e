"""The pieces that a rule's line is made of: words, signs, names, numbers and text, in English and Chinese, with their places.

>>> [(token.kind, token.value, token.column) for token in tokens('x <= "a"', 1)]
[('word', 'x', 1), ('sign', '<=', 3), ('text', 'a', 6), ('end', '', 9)]

It knows no grammar: `rule` says which piece may follow which.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn

from .errors import RuleError

__all__ = ["Token", "escaped", "is_plain", "is_relation", "refuse", "stands", "tokens"]

COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
WORDS: Final = {
    **{word: word for word in ("when", "then", "and", "is", "not", "in", "between", "contains", "missing")},
    **{"当": "when", "如果": "when", "则": "then", "那么": "then", "且": "and", "并且": "and", "与": "and", "为": "is", "是": "is", "不": "not"},
    **{"属于": "in", "介于": "between", "含有": "contains", "包含": "contains", "缺失": "missing"},
    **{"不为": "!=", "不是": "!=", "超过": ">", "不超过": "<=", "低于": "<", "不低于": ">="},
}  # the words of the form and what they mean
SIGNS: Final = {
    **{"==": "=", "<>": "!=", "＝": "=", "≠": "!=", "＜": "<", "≤": "<=", "＞": ">", "≥": ">="},
    **{"（": "(", "）": ")", "，": ",", "、": ",", "【": "[", "】": "]", "：": ":", "～": "~", "＆": "&", "→": "->"},
}  # signs written otherwise, on Chinese keyboards too
ESCAPES: Final = {"\\": "\\", '"': '"', "`": "`", "n": "\n", "r": "\r", "t": "\t"}
UNESCAPED: Final = {character: key for key, character in ESCAPES.items()}
END: Final = "the end of the line"
PLAIN: Final = re.compile(r"[^\W\d]\w*")
TOKEN: Final = re.compile(
    r"(?P<blank>\s+|\#[^\n]*)|(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\w))"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"|“(?:[^”\\]|\\.)*”)|(?P<name>`(?:[^`\\]|\\.)*`)|(?P<variable>[?？][^\W\d]\w*)"
    r"|(?P<word>[^\W\d]\w*)|(?P<sign>->|<=|>=|!=|<>|==|[=<>(),:~&\[\]＝≠＜≤＞≥（），、：～＆→【】])"
    r"|(?P<other>\w+)",  # digits that run into letters are one piece: read letter by letter, a long one takes the square of its length
    re.DOTALL,
)


BEFORE: Final = re.compile(r"(?![?？])(?:(?!->|!=|<>)[^\s()（）\[\]【】\"`“”,，、&＆#≠→])+")  # what a relation may be made of
BRACKET: Final = re.compile(r"\s*[(（]")
JOINTS: Final = ("when", "then", "and", "not")  # what may stand before a bracket and is no relation


class Token(NamedTuple):
    """One piece of a line: its kind, what it means, as it stands there, and where (from 1)."""

    kind: str
    value: str
    raw: str
    column: int


def tokens(text: str, line: int, *, relations: bool = False) -> list[Token]:
    """The pieces of a line, the last of kind 'end'. Raises RuleError where a quote is not closed or an escape is unknown.

    relations: what stands before a bracket is one piece, of kind 'name', so that /people/person/nationality(X, Y) needs no backticks.
    """
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        raw = match.group() if match else text[place]
        kind, value = (match.lastgroup or "") if match else "other", raw
        if relations and (relation := BEFORE.match(text, place)) and BRACKET.match(text, relation.end()) and is_relation(relation.group()):
            kind, raw = "name", relation.group()
            value = raw
        if kind == "text" and found and found[-1][:2] == ("sign", "~"):
            value = raw[1:-1]  # a regular expression: its backslashes are its own
        elif kind in ("text", "name") and raw[0] in '"“`':
            value = _unescaped(raw, line, place)
        elif kind == "variable":
            value = raw[1:]
        elif kind == "word" and (meant := WORDS.get(raw.casefold())):
            kind, value = "sign" if meant in COMPARISONS else "key", meant
        elif kind == "sign":
            value = SIGNS.get(raw, raw)
        if kind == "other" and raw in '"`“':
            refuse(line, Token("end", "", END, len(text) + 1), f"the {raw} that closes column {place + 1}")
        if kind != "blank":
            found.append(Token(kind, value, raw, place + 1))
        place += len(raw)
    last = found[-1].column + len(found[-1].raw) if found else 1
    return [*found, Token("end", "", END, last)]


def stands(text: str) -> bool:
    """Whether anything but blanks and a comment stands in a line."""
    match = TOKEN.match(text)
    while match and match["blank"]:
        text = text[match.end() :]
        match = TOKEN.match(text)
    return bool(text)


def refuse(line: int, token: Token, expected: str, hint: str = "") -> NoReturn:
    """Raises RuleError: where, what was expected, what was got, and a hint."""
    got = token.raw if token.kind == "end" else repr(token.raw)
    end = "" if hint.endswith(("?", ".")) else "."
    raise RuleError(f"line {line}, column {token.column}: expected {expected}, got {got}{hint}{end}", line, token.column)


def is_plain(name: str) -> bool:
    """Whether a name may stand without backticks."""
    return PLAIN.fullmatch(name) is not None and name.casefold() not in WORDS


def is_relation(name: str) -> bool:
    """Whether a relation may stand before its brackets without backticks."""
    return BEFORE.fullmatch(name) is not None and WORDS.get(name.casefold()) not in JOINTS


def escaped(text: str, quote: str) -> str:
    """Text between two quotes, so that `tokens` reads it back."""
    return quote + "".join(f"\\{key}" if (key := UNESCAPED.get(c)) and (c == quote or c not in '"`') else c for c in text) + quote


def _unescaped(raw: str, line: int, place: int) -> str:
    out, inner = [], iter(range(1, len(raw) - 1))
    for i in inner:
        if raw[i] != "\\":
            out.append(raw[i])
            continue
        key = raw[next(inner)]
        if key not in ESCAPES:
            refuse(line, Token("other", key, key, place + i + 2), f"one of {' '.join(ESCAPES)} after a backslash")
        out.append(ESCAPES[key])
    return "".join(out)
