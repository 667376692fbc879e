"""Action: whom to offer what, what it costs and what it brings, the pessimistic end included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .condition import Condition

__all__ = ["Action"]


@dataclass(frozen=True)
class Action:
    """An offer to the rows where a condition holds.

    people: addressees in the whole table. cost: of addressing them all. gain, gain_low, gain_high: expected net gain with its interval.
    Money where the goal has a value, else outcomes; `unit` says which. because: ranks of the findings it rests on. trial: the experiment that
    would prove it, in both languages.
    """

    who: Condition
    what: Mapping[str, str]
    people: int
    cost: float
    gain: float
    gain_low: float
    gain_high: float
    unit: str
    because: tuple[int, ...]
    text: Mapping[str, str]
    trial: Mapping[str, str] = field(default_factory=dict)

    def say(self, lang: str = "en") -> str:
        """The action as a sentence."""
        return self.text[lang]

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        who = {"who": self.who.to_json(), "what": dict(self.what), "people": self.people, "cost": self.cost}
        gain = {"gain": self.gain, "gain_low": self.gain_low, "gain_high": self.gain_high, "unit": self.unit}
        trial = {"trial": dict(self.trial)} if self.trial else {}
        return {**who, **gain, "because": list(self.because), "text": dict(self.text), **trial}
