"""Discover: patterns propose on the search half, the other half decides, one false-discovery rate stands over all of them.

    findings, ledger = run(split, rules=(), options=Options())

Each file here without a leading underscore is one insight kind, found by the registry. The runner chooses claims that say different
things (`_choose`), has them proved (`_prove`) and puts them in the order in which an analyst would tell them (`_rank`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core.finding import Finding, Ledger
from ..core.options import option
from ..core.registry import parts
from ..core.rule import Rule
from ..core.split import Split

__all__ = ["Options", "patterns", "run"]


@dataclass(frozen=True)
class Options:
    """How findings are searched and proved."""

    q: float = option(0.05, "false-discovery rate of all findings together", legal=(0.001, 0.5))
    strict: bool = option(False, "hold the rate under any dependence of the tests (Benjamini-Yekutieli), at the price of power")
    depth: int = option(3, "most conditions that a segment may have", legal=(1, 3))
    claims: int = option(40, "most claims that are brought before the unseen rows", legal=(1, 500))
    most: int = option(15, "most findings that are told", legal=(1, 500))
    rounds: int = option(500, "permutations of the whole search in tables too small for two halves", legal=(100, 100_000))


def patterns() -> dict[str, Any]:
    """{name: an instance} of every insight kind, built in or from an outsider's package."""
    needs = ("name", "tasks", "propose", "verify", "say", "sql", "example")
    return {name: kind() for name, kind in parts(sys.modules[__name__], needs, "apercu.patterns").items()}


def run(split: Split, rules: Sequence[Rule] = (), options: Options = Options()) -> tuple[list[Finding], Ledger]:
    """(findings in the order in which they are told, how much was looked at)."""
    from ._choose import chosen
    from ._prove import proved
    from ._rank import ranked
    from ._search import affordable

    kinds = {name: kind for name, kind in patterns().items() if split.goal.task in kind.tasks}
    search = split.search.deepest(options.depth)
    if split.how == "permutation":
        search = search.deepest(affordable(search, options.rounds))
    proposed = [claim for kind in kinds.values() for claim in kind.propose(search)]
    claims = chosen(proposed, search, kinds, options.claims)
    held, tested = proved(claims, split, search, kinds, options)
    verify = split.verify
    findings = ranked(held, verify, kinds, rules, options.most)
    return findings, Ledger(len(proposed), tested, len(held), options.q, verify_opened=int(tested > 0))
