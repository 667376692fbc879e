"""Facts: what a whole picture or sequence is told by, a number or a group a row, so that conditions and findings can speak of it.

>>> Fact(Column("pulse"), "highest").to_sql()
'list_max("pulse")'
>>> Fact(Column("pulse"), "highest").say("zh")
'pulse的最大值'

The plain facts of sequences have two interpreters, SQL and arrays, as every Expression. What a picture shows, or how a sequence runs, no SQL can
tell: derive computes such a fact once and keeps it in a column of its own, `photo_brightness`, and that column is what the fact reads, in SQL and
in arrays. Of an `Alike`, the group of the most similar pictures or shapes, the centres are part of the expression, so new rows find theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from ..words.spacing import glue
from .expression import Arrays, Column, Expression, quoted

__all__ = ["COURSES", "GROUPS", "PICTURES", "SEQUENCES", "Alike", "Fact", "Kept"]

SEQUENCES: Final[dict[str, tuple[str, str, str]]] = {  # {fact: (SQL of the column {0}, English, Chinese)}
    "length": ("len({0})::DOUBLE", "length", "长度"),
    "mean": ("list_avg({0})", "mean", "均值"),
    "lowest": ("list_min({0})", "lowest value", "最小值"),
    "highest": ("list_max({0})", "highest value", "最大值"),
    "spread": ("list_stddev_pop({0})", "spread", "波动"),
    "first": ("list_first(list_filter({0}, lambda v: v IS NOT NULL))", "first value", "首个值"),
    "last": ("list_last(list_filter({0}, lambda v: v IS NOT NULL))", "last value", "末尾值"),
}
COURSES: Final[dict[str, tuple[str, str]]] = {  # of sequences as well, but beyond SQL
    "slope": ("slope", "斜率"),
    "peaks": ("number of peaks", "峰数"),
    "period": ("main period", "主周期"),
}
GROUPS: Final[dict[str, tuple[str, str, str]]] = {  # {form: (name, English, Chinese)}
    "picture": ("group", "look", "外观"),
    "course": ("shape", "shape", "形状"),
}
PICTURES: Final[dict[str, tuple[str, str]]] = {
    "width": ("width", "宽度"),
    "height": ("height", "高度"),
    "brightness": ("brightness", "亮度"),
    "contrast": ("contrast", "对比度"),
    "sharpness": ("sharpness", "清晰度"),
    "saturation": ("saturation", "饱和度"),
}
COMPUTED: Final[dict[str, Callable[[np.ndarray], float]]] = {
    "mean": lambda x: float(x.mean()),
    "lowest": lambda x: float(x.min()),
    "highest": lambda x: float(x.max()),
    "spread": lambda x: float(x.std()),
    "first": lambda x: float(x[0]),
    "last": lambda x: float(x[-1]),
}


@dataclass(frozen=True)
class Fact(Expression):
    """One number of a column of pictures or sequences; `what` is a key of PICTURES, SEQUENCES or COURSES."""

    of: Column
    what: str
    storage: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        if self.what not in (known := (*PICTURES, *SEQUENCES, *COURSES)):
            raise ValueError(f"expected one of the facts {', '.join(known)}; got {self.what!r}")

    @property
    def kept(self) -> str:
        """The column that holds the fact, where SQL cannot tell it; else ''."""
        return "" if self.what in SEQUENCES else f"{self.of.name}_{self.what}"

    def to_sql(self) -> str:
        """The fact in SQL: computed, or the column that holds it."""
        return quoted(self.kept) if self.kept else SEQUENCES[self.what][0].format(self.of.to_sql())

    def values(self, arrays: Arrays) -> np.ndarray:
        """(n,) the fact of each row; NaN where there is none."""
        if self.kept:
            return arrays[self.kept]
        return np.array(
            [np.nan if item is None else self._told(np.asarray(item, dtype=np.float64)) for item in arrays[self.of.name]], dtype=np.float64
        )

    def _told(self, item: np.ndarray) -> float:
        if self.what == "length":
            return float(len(item))
        present = item[~np.isnan(item)]
        return COMPUTED[self.what](present) if len(present) else float("nan")

    def say(self, lang: str = "en") -> str:
        """The fact in words."""
        of = self.of.say(lang)
        en, zh = SEQUENCES[self.what][1:] if self.what in SEQUENCES else (PICTURES | COURSES)[self.what]
        return glue(of, "的", zh) if lang == "zh" else f"{en} of {of}"


@dataclass(frozen=True)
class Alike(Expression):
    """The group of the most similar pictures ('picture') or shapes of sequences ('course').

    A cell is brought to D numbers, less `mean` (D,), along `axes` (D, q); the nearest of `centres` (k, q) is its group.
    """

    of: Column
    form: str
    mean: tuple[float, ...]
    axes: tuple[tuple[float, ...], ...]
    centres: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if self.form not in GROUPS:
            raise ValueError(f"expected one of the forms {', '.join(GROUPS)}; got {self.form!r}")

    @property
    def kept(self) -> str:
        """The column that holds the group."""
        return f"{self.of.name}_{GROUPS[self.form][0]}"

    def to_sql(self) -> str:
        """The column that holds the group."""
        return quoted(self.kept)

    def values(self, arrays: Arrays) -> np.ndarray:
        """(n,) object: the group of each row; None where there is none."""
        return arrays[self.kept]

    def say(self, lang: str = "en") -> str:
        """The group in words."""
        _, en, zh = GROUPS[self.form]
        of = self.of.say(lang)
        return glue(of, "的", zh) if lang == "zh" else f"{en} of {of}"


Kept = Fact | Alike
