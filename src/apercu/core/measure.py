"""Measure: what a finding speaks of: the mean of a number, the share of a level, or how many rows there are.

A goal's target is a measure; without a target, measures are chosen among the columns, and what apercu derives (days between two moments, whether
a word stands in a text) is one as well. A measure speaks SQL, arrays, English and Chinese.

>>> stay = Measure("amount", Column("amount"))
>>> stay.values(Rows.of({"amount": [3, None]}))
array([ 3., nan])
>>> Measure("state", Column("state"), "Declined").told("en")
'The share of state “Declined”'
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..words import phrases
from .expression import Column, Days, Expression, from_json, literal
from .rows import Rows

__all__ = ["Measure"]


@dataclass(frozen=True)
class Measure:
    """One number per row, whose mean is told.

    of: the number, or, where `level` is named, the column whose level is counted (1 where it is that level, 0 where it is another). Without an
    `of`, rows are counted; `counted` names the column that identifies them, where there is one. unit: 'share' for a rate (of 0 and 1).
    """

    name: str
    of: Expression | None = None
    level: str = ""
    unit: str = ""
    counted: str = ""

    @property
    def rate(self) -> bool:
        """Whether its mean is a share of rows."""
        return bool(self.level) or self.unit == "share"

    @property
    def scale(self) -> str:
        """The unit in which it is told: 'share' for every rate, else its own."""
        return "share" if self.rate else self.unit

    @property
    def counts(self) -> bool:
        """Whether it counts rows."""
        return self.of is None

    def values(self, rows: Rows) -> np.ndarray:
        """(n,) float64: the number, or 1 and 0; missing is NaN. A count is 1 in every row."""
        if self.of is None:
            return np.ones(rows.n)
        if not self.level:
            return self.of.values(rows)
        if isinstance(self.of, Column) and rows.storage(self.of.name) == "text":
            coded = rows.coded(self.of.name)
            return np.array([*(float(level == self.level) for level in coded.levels), np.nan])[coded.codes]
        x = self.of.values(rows)
        if x.dtype == object:
            return np.array([np.nan if v is None else float(v == self.level) for v in x])
        return np.where(np.isnan(x), np.nan, (x == _number(self.level)).astype(np.float64))

    def to_sql(self) -> str:
        """The measure of one row in SQL; NULL where it is missing."""
        if self.of is None:
            return "1.0"
        of = self.of.to_sql()
        if not self.level:
            return of
        text = f"CAST({of} AS VARCHAR)"
        same = f"{text} = {literal(self.level)}"
        if math.isfinite(number := _number(self.level)):  # a flag of numbers may be stored as 1 or 1.0; as text, 1 and 01 are two levels
            same = f"({same} OR typeof({of}) <> 'VARCHAR' AND TRY_CAST({text} AS DOUBLE) = {number!r})"
        return f"CASE WHEN {of} IS NULL THEN NULL WHEN {same} THEN 1.0 ELSE 0.0 END"

    def columns(self) -> tuple[str, ...]:
        """The columns that it is made of; of a count, the column that identifies a row."""
        if self.of is None:
            return (self.counted,) if self.counted else ()
        return self.of.columns()

    def known_by(self, sources: tuple[str, ...]) -> bool:
        """Whether a column made of `sources` gives the measure away: it shares a source. The start of a stretch of days does not."""
        own = (self.of.end.columns() if isinstance(self.of, Days) else self.columns()) if self.of is not None else ()
        return bool(set(own) & set(sources))

    def say(self, lang: str = "en") -> str:
        """What is measured, as a noun: the column's name, or its words where it is derived."""
        if self.of is None:
            return phrases(lang).counted(self.counted)
        return self.name if isinstance(self.of, Column) else self.of.say(lang)

    def told(self, lang: str = "en") -> str:
        """The measure as the subject of a sentence: 'The mean of ...', 'The share of ...', 'The number of rows'."""
        words = phrases(lang)
        return words.number_of(self.say(lang)) if self.of is None else words.told(self.say(lang), self.level, rate=self.rate)

    def averages(self, value: float, lang: str = "en") -> str:
        """What it amounts to, as a clause: 'churn is “yes” in 42.7% of rows', 'charges averages 9,500'."""
        words = phrases(lang)
        return words.measured(self.say(lang), self.level, words.amount(value, self.scale), rate=self.rate)

    def to_json(self) -> dict[str, Any]:
        """Nested JSON; `from_json` reads it back."""
        tree = None if self.of is None else self.of.to_json()
        return {"name": self.name, "of": tree, "level": self.level, "unit": self.unit, "counted": self.counted}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Measure:
        """Reads what `to_json` wrote."""
        of = None if tree["of"] is None else from_json(tree["of"])
        return Measure(tree["name"], of, tree["level"], tree["unit"], tree["counted"])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
