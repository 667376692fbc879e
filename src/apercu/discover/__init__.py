"""Discover: patterns propose on the search half, the other half decides, one false-discovery rate stands over all of them.

    findings, ledger = run(split, rules=(), options=Options())

Each file here without a leading underscore is one insight kind, found by the registry. The runner chooses what is measured where no target is
named (`_measures`), has every kind propose, chooses claims that say different things (`_choose`), has them proved (`_prove`, and for weak
effects `_weak`) and puts them in the order in which an analyst would tell them (`_rank`), nearer to what was asked (`_about`) first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..core.clause import Clause
from ..core.finding import Finding, Ledger
from ..core.options import option
from ..core.registry import parts
from ..core.rule import Rule
from ..core.split import Split
from ..core.trial import Trial

__all__ = ["Options", "of_facts", "patterns", "run"]

ENOUGH: Final = 50_000  # rows that kinds search which look at single columns and pairs; only the search of conjunctions needs more


@dataclass(frozen=True)
class Options:
    """How findings are searched and proved."""

    about: str = option("", "the question in your own words, English or Chinese; findings that answer it are told first")
    q: float = option(0.05, "false-discovery rate of all findings together", legal=(0.001, 0.5))
    strict: bool = option(False, "hold the rate under any dependence of the tests (Benjamini-Yekutieli), at the price of power")
    depth: int = option(3, "most conditions that a segment may have", legal=(1, 5))
    weak: bool = option(
        True, "search all rows a second time for weak effects, against permutations, at a part of the rate; small tables are always searched so"
    )
    claims: int = option(40, "most claims of one search that are brought before the unseen rows", legal=(1, 500))
    most: int = option(15, "most findings that are told", legal=(1, 500))
    rounds: int = option(500, "permutations of the whole search in tables too small for two halves", legal=(100, 100_000))


def patterns() -> dict[str, Any]:
    """{name: an instance} of every insight kind, built in or from an outsider's package."""
    needs = ("name", "scope", "propose", "verify", "say", "sql", "example")
    return {name: kind() for name, kind in parts(sys.modules[__name__], needs, "apercu.patterns").items()}


def run(split: Split, rules: Sequence[Rule] = (), options: Options = Options()) -> tuple[list[Finding], Ledger]:
    """(findings in the order in which they are told, how much was looked at)."""
    from ._about import About
    from ._choose import chosen
    from ._measures import measured
    from ._prove import proved
    from ._rank import ranked
    from ._search import affordable, first
    from ._weak import SHARE, affordable_weak, weak

    scopes = ("measure", "table", "open") if split.goal is None else ("measure", "table", "goal")
    kinds = {name: kind for name, kind in patterns().items() if kind.scope in scopes}
    about = About.of(options.about, split.rows, split.data.schema)
    search = measured(split.search.deepest(options.depth), about)
    if split.how == "permutation":
        search = replace(search.deepest(affordable(search, options.rounds)), repeated=True)
    some = first(search, ENOUGH)  # codes and items are those of the whole
    proposed = [claim for kind in kinds.values() for claim in kind.propose(search if hasattr(kind, "peaks") else some)]
    claims = chosen(proposed, search, kinds, options.claims, about=about)
    twice = options.weak and affordable_weak(split)
    held, tested = proved(claims, split, search, kinds, replace(options, q=options.q * (1 - SHARE)) if twice else options)
    if twice:
        more, looked = weak(split, [claim for claim, _, _ in held], kinds, options)
        held, tested = [*held, *more], tested + looked
    findings = ranked(held, split, kinds, rules, about, options.most)
    return findings, Ledger(len(proposed), tested, len(held), options.q, verify_opened=int(tested > 0))


def of_facts(trials: Sequence[Trial], known: Sequence[Clause], share: float, options: Options = Options()) -> tuple[list[Finding], Ledger]:
    """The findings of facts alone: clauses that held where no search looked. known: those of experts; share: of all pairs that was kept unseen."""
    from ._implied import implied

    return implied(trials, known, share, options.q, options.most, strict=options.strict)
