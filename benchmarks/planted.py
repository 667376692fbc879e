"""Recall, exact and padded shares on planted truths (four kinds of groups), through collect, clean, derive, split and discover.

python benchmarks/planted.py [TABLES]
"""

from __future__ import annotations

import sys

import numpy as np
from _shared import instrument

from apercu import discover
from apercu.core.expression import Column
from apercu.core.finding import Finding
from noise import split_of

planted = instrument("planted")


def subset(finding: Finding) -> dict:
    """A finding's condition in the words of the instrument."""
    words = {}
    for term in finding.claim.where.terms:
        if not isinstance(term.expression, Column):
            return {"subset": {"?": "a column that the instrument does not have"}}
        name = term.expression.columns()[0]
        words[name] = {"is": lambda t: t.value, "<=": lambda t: ["<=", t.value], ">": lambda t: [">", t.value]}.get(
            term.op, lambda t: ["in", t.value[0], np.nextafter(t.value[1], np.inf)]
        )(term)
    return {"subset": words}


def main(tables: int) -> None:
    """Prints one row per size of effect and target."""
    print(f"{tables} tables of 10,000 rows and 20 columns each, 4 truths planted in each")
    print(f"{'effect':>6} {'target':<8}{'recall':>7}{'exact':>7}{'padded':>8}{'false':>7}{'lines':>7}   recall by kind")
    for effect in (0.5, 0.3, 0.15):
        for target, other in (("m", "y"), ("y", "m")):
            graded = []
            for seed in range(tables):
                frame, truth, oracle = planted.make(10_000, 20, planted.SUBGROUP, effect, 3_000 + seed)
                findings, _ = discover.run(split_of(frame.drop(columns=other), target))
                graded.append(planted.grade([subset(f) for f in findings], frame, truth, oracle, target))
            lines = sum(g["n"] for g in graded)
            share = {word: sum(g[word] for g in graded) / max(lines, 1) for word in ("exact", "padded", "false")}
            kinds = {kind: round(float(np.mean([g["found"][kind] for g in graded])), 2) for kind in graded[0]["found"]}
            recall = np.mean([g["recall"] for g in graded])
            row = f"{effect:>6} {'numeric' if target == 'm' else 'binary':<8}{recall:>7.2f}"
            print(f"{row}{share['exact']:>7.2f}{share['padded']:>8.2f}{share['false']:>7.2f}{lines / tables:>7.1f}   {kinds}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
