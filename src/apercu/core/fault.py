"""Fault: something wrong with the data or the model, with its evidence and its mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .condition import Condition

__all__ = ["Fault"]


@dataclass(frozen=True)
class Fault:
    """One fault. It stands at a `where` (a condition) or at `rows` (numbers in the source, from 1; the worst first).

    evidence: what was measured, by name (numbers). mend: what to do, as a sentence in each language.
    """

    id: str
    kind: str
    text: Mapping[str, str]
    mend: Mapping[str, str]
    evidence: Mapping[str, float]
    where: Condition | None = None
    rows: tuple[int, ...] = ()

    def say(self, lang: str = "en") -> str:
        """What is wrong, in words."""
        return self.text[lang]

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        place: dict[str, Any] = {"rows": list(self.rows)} if self.where is None else {"where": self.where.to_json()}
        fields = {"id": self.id, "kind": self.kind, **place, "evidence": dict(self.evidence)}
        return {**fields, "mend": dict(self.mend), "text": dict(self.text)}
