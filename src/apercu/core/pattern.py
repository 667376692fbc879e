"""Pattern: what an insight kind must be. It proposes on one half, verifies on the other, and speaks two languages.

One file in discover/ holds one class with the attributes below; its file is all that has to be written, the registry finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from .condition import Condition
from .finding import Claim, Evidence
from .goal import Goal
from .split import Search, Verify

__all__ = ["Example", "Pattern"]


class Example(NamedTuple):
    """A small planted table: its columns, the target, and the condition that must be found. It is doc page, demo and first test at once."""

    columns: Mapping[str, np.ndarray]
    target: str
    truth: Condition


class Pattern(Protocol):
    """An insight kind."""

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]
    title: ClassVar[Mapping[str, str]]

    def propose(self, search: Search) -> Iterator[Claim]:
        """What the searched rows make it believe. Called again on permuted targets, so `strength` must be comparable between calls."""
        ...

    def divide(self, claim: Claim, search: Search) -> np.ndarray:
        """(n,) uint8: the groups into which the claim parts the searched rows; what two claims share is then said once."""
        ...

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """What rows that no search saw say of the claim, with its interval at `level`."""
        ...

    def sql(self, claim: Claim, half: str, goal: Goal) -> str:
        """A query of the table `data` for one row (effect, value, base, n) that reproduces the evidence's numbers."""
        ...

    def say(self, claim: Claim, evidence: Evidence, goal: Goal, lang: str) -> str:
        """The finding as a whole sentence that a manager would write."""
        ...

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """A Vega-Lite specification (version 5) with its data inside; titles are names of columns only, so that one chart serves all languages."""
        ...

    @staticmethod
    def example() -> Example:
        """A planted table whose truth this pattern must find."""
        ...
