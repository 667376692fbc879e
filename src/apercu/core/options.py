"""Options: one frozen dataclass per verb, each field with its meaning, unit and legal values.

Flags of the command line, pages of the docs and texts of errors are made from these fields, so an option is written down once.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Options:
...     q: float = option(0.05, "false-discovery rate of all findings together", legal=(0.0, 0.5))
>>> checked(Options(q=0.1)).q
0.1
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from .errors import UnknownName, WordsError

__all__ = ["Field", "checked", "fields_of", "option", "pairs"]


class Field(NamedTuple):
    """What is known of one option."""

    name: str
    default: Any
    meaning: str
    legal: tuple[Any, ...] | None
    unit: str


def option(default: Any, meaning: str, *, legal: tuple[Any, ...] | None = None, unit: str = "") -> Any:
    """A field of an Options class. `legal` is a (low, high) pair for numbers and the list of choices for words."""
    metadata = {"meaning": meaning, "legal": legal, "unit": unit}
    if isinstance(default, dict | list):
        made: Any = type(default)
        return dataclasses.field(default_factory=lambda: made(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def fields_of(options: Any) -> list[Field]:
    """The fields of an Options class or instance, in order."""
    found = []
    for f in dataclasses.fields(options):
        default = f.default if f.default is not dataclasses.MISSING else f.default_factory()  # type: ignore[misc]
        found.append(Field(f.name, default, f.metadata.get("meaning", ""), f.metadata.get("legal"), f.metadata.get("unit", "")))
    return found


def checked(options: Any) -> Any:
    """The same options, once every value is legal. Raises WordsError that names the option, what it may be and what it got."""
    for name, _, _, legal, unit in fields_of(options):
        got = getattr(options, name)
        if legal is None or got is None:
            continue
        if all(isinstance(v, str) for v in legal):
            for word in [got] if isinstance(got, str) else got:
                if word not in legal:
                    raise UnknownName(f"value of --{name.replace('_', '-')}", str(word), [str(v) for v in legal])
        elif isinstance(got, bool) or not isinstance(got, int | float) or not legal[0] <= got <= legal[1]:
            raise WordsError(
                f"--{name.replace('_', '-')} must be a number from {legal[0]:g} to {legal[1]:g}{' ' + unit if unit else ''}; got {got!r}."
            )
    return options


def pairs(words: Sequence[str], name: str) -> dict[str, str]:
    """{'age': 'number'} of ['age=number'], the words that follow a repeated flag. Raises WordsError on a word without '='."""
    read = {}
    for word in words:
        left, sign, right = word.rpartition("=")
        if not sign or not left or not right:
            raise WordsError(f"--{name} expects column=value, such as --{name} age=number; got {word!r}.")
        read[left] = right
    return read
