"""Recall, exact and padded shares, and coverage of the intervals, on planted truths (four kinds of groups, five others).

python benchmarks/planted.py [TABLES] [others]
"""

from __future__ import annotations

import sys

import numpy as np
from _shared import instrument

from apercu import discover
from apercu.core.expression import Column
from apercu.core.finding import Finding
from apercu.core.rows import Rows
from noise import split_of

planted = instrument("planted")
EFFECTS = (0.5, 0.3, 0.15)


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


def told(truth: dict, findings: list[Finding], frame) -> bool:
    """Whether a finding says a planted truth of another kind: its columns, its rows (Jaccard .7) or its moment (within 5 % of the clock)."""
    there = planted.cover(frame, truth["subset"])
    rows = Rows.of({c: x.to_numpy() if x.dtype.kind in "iufM" else x.astype(object).to_numpy() for c, x in frame.items()})
    for finding in findings:
        claim, columns = finding.claim, set(finding.claim.columns())
        if not set(truth["columns"]) <= columns:
            continue
        here = claim.where.holds(rows)
        same = np.count_nonzero(here & there) >= 0.7 * max(np.count_nonzero(here | there), 1)
        match truth["kind"], claim.pattern:
            case ("trend_in_subgroup", "trend") | ("corr_in_segment", "link") | ("missingness", "missing") if same:
                return True
            case "simpson", "reversal":
                return True
            case "change_point", "change" if claim.where.columns() == ("date",):
                cuts = [np.datetime64(v) for t in claim.where.terms for v in (t.value if isinstance(t.value, tuple) else (t.value,))]
                if min(abs(cut - np.datetime64(truth["at"])) for cut in cuts) <= np.timedelta64(37, "D"):
                    return True
    return False


def held(finding: Finding, frame, oracle: dict, target: str) -> bool | None:
    """Whether a segment's interval holds its true effect, which the instrument's noiseless means give; None of another kind."""
    if finding.claim.pattern != "segment":
        return None
    rows = Rows.of({c: x.to_numpy() if x.dtype.kind in "iufM" else x.astype(object).to_numpy() for c, x in frame.items()})
    here, mean = finding.claim.where.holds(rows), np.asarray(oracle[f"mu_{target}"])
    effect = mean[here].mean() - mean[~here].mean()
    return bool(finding.evidence.low <= effect <= finding.evidence.high)


def others(tables: int) -> None:
    """Prints the recall of the kinds that are no groups, planted together with the four groups; with the target m, and without a target."""
    kinds = [kind for kind in planted.ALL if kind not in planted.SUBGROUP]
    print(f"\n{tables} tables of 10,000 rows and 20 columns each, all nine truths planted in each, effect .3 (bar: mean .80, each .60)")
    for target in ("m", None):
        found: dict[str, list[bool]] = {kind: [] for kind in kinds}
        for seed in range(tables):
            frame, truth, _ = planted.make(10_000, 20, planted.ALL, 0.3, 5_000 + seed)
            findings, _ = discover.run(split_of(frame.drop(columns="y"), target), (), discover.Options(most=100))
            for one in truth:
                if one["kind"] in found:
                    found[one["kind"]].append(told(one, findings, frame))
        shares = {kind: round(float(np.mean(hits)), 2) for kind, hits in found.items()}
        print(f"{target or 'no target':<10}{np.mean(list(shares.values())):>6.2f}   {shares}", flush=True)


def main(tables: int) -> None:
    """Prints one row per size of effect and target."""
    print(f"{tables} tables of 10,000 rows and 20 columns each, 4 truths planted in each")
    print(f"{'effect':>6} {'target':<8}{'recall':>7}{'exact':>7}{'padded':>8}{'false':>7}{'lines':>7}{'cover':>7}   recall by kind")
    for effect in EFFECTS:
        for target, other in (("m", "y"), ("y", "m")):
            graded, covered = [], []
            for seed in range(tables):
                frame, truth, oracle = planted.make(10_000, 20, planted.SUBGROUP, effect, 3_000 + seed)
                findings, _ = discover.run(split_of(frame.drop(columns=other), target))
                covered += [hit for f in findings if (hit := held(f, frame, oracle, target)) is not None]
                graded.append(planted.grade([subset(f) for f in findings], frame, truth, oracle, target))
            lines = sum(g["n"] for g in graded)
            share = {word: sum(g[word] for g in graded) / max(lines, 1) for word in ("exact", "padded", "false")}
            kinds = {kind: round(float(np.mean([g["found"][kind] for g in graded])), 2) for kind in graded[0]["found"]}
            recall = np.mean([g["recall"] for g in graded])
            row = f"{effect:>6} {'numeric' if target == 'm' else 'binary':<8}{recall:>7.2f}"
            print(
                f"{row}{share['exact']:>7.2f}{share['padded']:>8.2f}{share['false']:>7.2f}{lines / tables:>7.1f}{np.mean(covered):>7.3f}   {kinds}",
                flush=True,
            )


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    if sys.argv[2:] != ["others"]:
        main(many)
    others(many)
