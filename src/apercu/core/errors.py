"""Every error that apercu raises on purpose, with the exit code that its command line returns.

    ApercuError                 1   our own fault
    ├── WordsError              2   the call's words are off
    │   ├── UnknownName         2   a column, an option or a part that does not exist; carries the nearest that does
    │   └── RuleError           2   a line of an expert's rules file cannot be read
    ├── InputError              3   the input cannot be used
    │   ├── UnreadableSource    3   not there, not a table, cut short, no known encoding
    │   ├── EmptyTable          3   no rows or no columns to learn from
    │   ├── UnusableTarget      3   constant, empty, or an id
    │   └── UnusableStudy       3   a study folder that is damaged or newer than this version
    └── Stopped                 4   stopped by the user or the time limit; nothing is lost

A message says what was expected, what was got, the nearest right thing and the mend, in one or two sentences.

>>> str(UnknownName("column", "churm", ["churn", "tenure"]))
"there is no column 'churm'; did you mean 'churn'? The columns are: churn, tenure."
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "ApercuError",
    "EmptyTable",
    "InputError",
    "RuleError",
    "Stopped",
    "UnknownName",
    "UnreadableSource",
    "UnusableStudy",
    "UnusableTarget",
    "WordsError",
    "nearest",
]

SHOWN = 12  # names listed in a message before it says "and n more"


class ApercuError(Exception):
    """The root: anything below is foreseen, and its text is meant for the user."""

    exit_code = 1


class WordsError(ApercuError):
    """The call's words are off."""

    exit_code = 2


class InputError(ApercuError):
    """The input cannot be used."""

    exit_code = 3


class UnknownName(WordsError):
    """A name that does not exist; the message proposes the nearest that does."""

    def __init__(self, what: str, got: str, known: Iterable[str]) -> None:
        names = list(known)
        close = nearest(got, names)
        hint = f"; did you mean {close!r}?" if close else "."
        listed = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        super().__init__(f"there is no {what} {got!r}{hint} The {_plural(what)} are: {listed}." if names else f"there is no {what} {got!r}.")
        self.got, self.nearest = got, close


class RuleError(WordsError):
    """A line of a rules file that cannot be read; line and column (from 1) say where, 0 where it is the file itself."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class UnreadableSource(InputError):
    """The source is not there, is not a table, or is damaged."""


class EmptyTable(InputError):
    """No rows, or no columns besides ids and constants."""


class UnusableTarget(InputError):
    """The target is constant, empty or an id."""


class UnusableStudy(InputError):
    """A study folder that cannot be opened."""


class Stopped(ApercuError):
    """Stopped by the user or the time limit; nothing was half-written."""

    exit_code = 4


def nearest(got: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `got` (letters' case ignored), or None."""
    names = list(known)
    folded = {name.casefold(): name for name in reversed(names)}
    close = get_close_matches(got.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _plural(what: str) -> str:
    """The plural of 'column', 'model family' or 'value of --effort'."""
    thing, of, whose = what.partition(" of ")
    return (f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s") + of + whose
