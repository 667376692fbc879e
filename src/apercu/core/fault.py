"""Fault: something wrong with the data or the model, with its evidence, its mend in words, and what that mend changes in the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .condition import Condition

__all__ = ["Change", "Fault"]


@dataclass(frozen=True)
class Change:
    """What a mend changes in the table.

    With a column and rows (numbers in the source, from 1), those cells become `after` (a value each; None, or no `after` at all: unknown). With
    rows alone, they are left out; with a column alone, it is.
    """

    column: str = ""
    rows: tuple[int, ...] = ()
    after: tuple[str | float | None, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        return {"column": self.column, "rows": list(self.rows), "after": list(self.after)}


@dataclass(frozen=True)
class Fault:
    """One fault. It stands at a `where` (a condition) or at `rows` (numbers in the source, from 1; the worst first).

    evidence: what was measured, by name (numbers). mend: what to do, as a sentence in each language. change: the part of it that can be applied to
    the table (`apercu clean STUDY --apply ID`), over all rows and not only those that are listed; None where a person has to act.
    """

    id: str
    kind: str
    text: Mapping[str, str]
    mend: Mapping[str, str]
    evidence: Mapping[str, float]
    where: Condition | None = None
    rows: tuple[int, ...] = ()
    change: Change | None = None

    def say(self, lang: str = "en") -> str:
        """What is wrong, in words."""
        return self.text[lang]

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        place: dict[str, Any] = {"rows": list(self.rows)} if self.where is None else {"where": self.where.to_json()}
        change = {} if self.change is None else {"change": self.change.to_json()}
        fields = {"id": self.id, "kind": self.kind, **place, "evidence": dict(self.evidence)}
        return {**fields, "mend": dict(self.mend), **change, "text": dict(self.text)}
