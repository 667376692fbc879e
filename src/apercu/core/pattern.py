"""Pattern: what an insight kind must be. It proposes on one half, verifies on the other, and speaks two languages.

One file in discover/ holds one class with the attributes below; its file is all that has to be written, the registry finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, NamedTuple, Protocol

import numpy as np

from .condition import Condition
from .finding import Claim, Evidence
from .split import Search, Verify

__all__ = ["SCOPES", "Example", "Pattern"]

SCOPES: Final = {
    "measure": "about each measure: the target's, or those that were chosen where none is named",
    "table": "about the columns of the table, whichever the target",
    "open": "descriptions that are told where no target is named",
    "goal": "about the target alone",
}


class Example(NamedTuple):
    """A small planted table: its columns, the target ('' for none), and what must be found. It is doc page, demo and first test at once.

    truth: the rows that a claim must speak of (no term: all); about: columns that it must name besides; alike: the
    protected columns of the goal.
    """

    columns: Mapping[str, np.ndarray]
    target: str
    truth: Condition
    about: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


class Pattern(Protocol):
    """An insight kind. `scope` is one of SCOPES.

    A pattern may also have `divide(claim, search)`: (n,) uint8 groups into which the claim parts the searched rows, or (n,) float64, the
    values along which the measure moves. Claims about one measure then share what they explain, and what two of them say is said once.
    """

    name: ClassVar[str]
    scope: ClassVar[str]
    title: ClassVar[Mapping[str, str]]

    def propose(self, search: Search) -> Iterator[Claim]:
        """What the searched rows make it believe.

        A pattern whose claims count no `looks` is called again on permuted measures, so its `strength` must be comparable between calls,
        and it must read measures through `search.values` only.
        """
        ...

    def verify(self, claim: Claim, verify: Verify, level: float = 0.95) -> Evidence:
        """What rows that no search saw say of the claim, with its interval at `level`."""
        ...

    def sql(self, claim: Claim, half: str) -> str:
        """A query of the table `data` for one row (effect, value, base, n) that reproduces the evidence's numbers."""
        ...

    def say(self, claim: Claim, evidence: Evidence, lang: str) -> str:
        """The finding as a whole sentence that a manager would write."""
        ...

    def chart(self, claim: Claim, evidence: Evidence, verify: Verify) -> dict[str, Any]:
        """A Vega-Lite specification (version 5) with its data inside; titles are names of columns only, so that one chart serves all languages."""
        ...

    @staticmethod
    def example() -> Example:
        """A planted table whose truth this pattern must find."""
        ...
