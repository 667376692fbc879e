"""Tables without a target, in memory, for the kinds that speak of pairs of columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from apercu import testing
from apercu.core.finding import Claim, Evidence
from apercu.core.split import Search, Verify
from apercu.engine.duckdb import DuckDB


def searched(columns, *, target="", blocks=None, derived=None) -> Search:
    """The search of a whole table; `derived`: {name: Expression} of columns made beforehand."""
    search = testing._searched(columns, target)
    return testing._ready(replace(search, blocks=blocks, derived=derived or {}))


def judged(search, *, half="all") -> Verify:
    """The same rows as those that judge."""
    return Verify(search.rows, search.schema, search.blocks, half, search.goal)


def held(kind, search) -> list[tuple[Claim, Evidence]]:
    """(claim, evidence) of what holds on all rows, each paying for the looks."""
    verify = judged(search)
    made = [(claim, kind.verify(claim, verify)) for claim in kind.propose(search)]
    return [(claim, evidence) for claim, evidence in made if evidence.p * claim.looks <= 0.05]


def told(kind, search, lang="en") -> list[str]:
    """The sentences of what holds."""
    return [kind.say(claim, evidence, lang) for claim, evidence in held(kind, search)]


def asked(kind, claim, search, half="all") -> list[float]:
    """(effect, value, base, n) by the kind's SQL."""
    engine = DuckDB()
    columns = {name: search.rows[name] for name in search.rows if name not in search.derived}
    table = engine.adopt({**columns, "_half": np.full(search.rows.n, half, dtype=object)})
    return [float(v) for v in engine.ask(table, kind.sql(claim, half))[0][:4]]


def agrees(kind, claim, evidence, search) -> bool:
    """Whether the SQL gives the numbers of the evidence."""
    wanted = (evidence.effect, evidence.value, evidence.base, float(evidence.n))
    return bool(np.allclose(asked(kind, claim, search), wanted, rtol=1e-6, atol=1e-9))


def words(rng, n, levels):
    """(n,) object: levels drawn alike."""
    return rng.choice(list(levels), n).astype(object)
