"""A table behind its wall, and what of a kind's claims the judging half holds; the kinds that follow a clock are tried so."""

from __future__ import annotations

import numpy as np

from apercu.core.finding import Claim, Evidence
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.testing import _ready, _split


def held(kind, columns, target="", p=0.005) -> tuple[list[tuple[Claim, Evidence]], Split]:
    """([(claim, evidence)] that the verify half holds at p, the wall)."""
    split = _split(columns, target)
    tried = [(claim, kind.verify(claim, split.verify)) for claim in kind.propose(_ready(split.search))]
    return [pair for pair in tried if pair[1].p <= p], split


def asked(split, sql) -> tuple:
    """The one row of a query of the judging half."""
    engine, verify = DuckDB(), split.verify
    columns = {name: verify.rows[name] for name in verify.rows if not name.startswith("_")}
    return engine.ask(engine.adopt({**columns, "_half": np.full(verify.rows.n, verify.half, dtype=object)}), sql)[0]
