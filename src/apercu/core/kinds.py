"""Kinds: what a column means, beyond how it is stored. One declaration each.

A kind says which storages it may have, what it is called, and whether a profiled column fits it. Kinds are tried in the order of KINDS and
answer with a reason or with None ("not mine"), and the reason is kept for the report. A new kind is a declaration here and a file
in derive/.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..words.numbers import cut

__all__ = ["KINDS", "Kind", "Profile", "guess"]

FEW: Final = 2  # distinct values of a flag
TEXT_WORDS: Final = 4.0  # mean words above which text is prose; names and places have one to three
TEXT_CHARACTERS: Final = 12.0  # mean characters above which unspaced (Chinese) text is prose
MANY: Final = 0.5  # distinct per present row above which text names things rather than groups them
CODE_LEVELS: Final = 12  # at most so many distinct whole numbers may be codes of a category, when the name says so
CODED_NAME: Final = re.compile(r"(?i)(^|_|\b)(code|type|class|category|group|zip|zipcode|postcode|region|cluster|segment)($|_|\b)")
WIDE: Final = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Profile:
    """What is measured of one column before its kind is decided. Counts are rows; `top` holds (value, rows), most frequent first."""

    name: str
    storage: str
    rows: int
    missing: int
    distinct: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: tuple[float, ...] = ()
    whole: bool = False
    words: float = 0.0
    characters: float = 0.0
    top: tuple[tuple[str | float, int], ...] = ()

    @property
    def present(self) -> int:
        """Rows that are not missing."""
        return self.rows - self.missing


@dataclass(frozen=True)
class Kind:
    """A meaning that a column may have."""

    name: str
    en: str
    zh: str
    storages: tuple[str, ...]
    fits: Callable[[Profile], str | None]


def _flag(p: Profile) -> str | None:
    if p.distinct == FEW and p.storage in ("text", "number"):
        return "two values: " + " and ".join(value if isinstance(value, str) else cut(value) for value, _ in p.top[:FEW])
    return None


def _time(p: Profile) -> str | None:
    return "moments in time" if p.storage == "time" else None


def _number(p: Profile) -> str | None:
    if p.storage != "number":
        return None
    if p.whole and p.distinct <= CODE_LEVELS and CODED_NAME.search(p.name):
        return None
    return "numbers"


def _entity(p: Profile) -> str | None:
    if p.storage == "text" and p.distinct > MANY * max(p.present, 1) and p.distinct > CODE_LEVELS and not _is_prose(p):
        return f"{p.distinct:,} distinct names in {p.present:,} rows"
    return None


def _prose(p: Profile) -> str | None:
    if p.storage == "text" and _is_prose(p) and p.distinct > 0.1 * max(p.present, 1) and p.distinct > CODE_LEVELS:
        return f"prose of {p.characters:.0f} characters on average"
    return None


def _is_prose(p: Profile) -> bool:
    wide = any(isinstance(value, str) and WIDE.search(value) for value, _ in p.top)
    return p.words >= TEXT_WORDS or (wide and p.characters >= TEXT_CHARACTERS)


def _category(p: Profile) -> str | None:
    if p.storage == "number":
        return f"{p.distinct} whole numbers under a name that speaks of codes"
    return f"{p.distinct:,} levels" if p.storage == "text" else None


def _image(p: Profile) -> str | None:
    return "files of pictures" if p.storage == "bytes" else None


def _series(p: Profile) -> str | None:
    return "a sequence of numbers in each row" if p.storage == "list" else None


def _never(_: Profile) -> str | None:
    return None  # told by a folder, a reader or the user, never guessed from values


KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("time", "time", "时间", ("time",), _time),
        Kind("flag", "yes or no", "是否", ("text", "number"), _flag),
        Kind("number", "number", "数值", ("number",), _number),
        Kind("text", "text", "文本", ("text",), _prose),
        Kind("entity", "name of a thing", "实体", ("text", "number"), _entity),
        Kind("category", "category", "类别", ("text", "number"), _category),
        Kind("money", "money", "金额", ("number",), _never),
        Kind("place", "place", "地点", ("text", "number"), _never),
        Kind("image", "image", "图像", ("bytes",), _image),
        Kind("series", "series", "序列", ("list",), _series),
        Kind("dialogue", "dialogue", "对话", ("text",), _never),
    )
}


def guess(profile: Profile) -> tuple[str, str]:
    """(kind, reason) of a profiled column: the first kind that answers."""
    answers: dict[str, Any] = {name: why for name, kind in KINDS.items() if (why := kind.fits(profile)) is not None}
    return next(iter(answers.items()), ("category", "nothing else fits"))
