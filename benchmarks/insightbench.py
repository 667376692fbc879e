"""What analysts wrote of business tables: how many of their insights a study without a target tells, in 15 findings a table.

    python benchmarks/insightbench.py [FOLDER]

Each table is run with its goal in words (`about`), as an analyst would be asked; no language model. The scorer is the public instrument: it wants
the columns, the named values, the direction and the kind of each stored insight. Chance (sentences of other tables) reaches .17 strict.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from _shared import data, instrument

import apercu
from apercu import discover
from apercu.core.finding import Finding

TABLES = data("insight/insightbench")
MOST = 15
KINDS = {  # our kinds in the words of the instrument
    "segment": "group_mean", "driver": "group_mean", "duration": "group_mean", "interaction": "two_way", "ratio": "ratio", "gap": "group_rate",
    "outlier": "group_mean", "share": "share", "trend": "trend", "change": "window", "season": "window", "forecast": "forecast", "link": "corr",
    "topic": "keyword", "duplicate": "duplicates", "equality": "no_effect", "missing": "group_rate", "rule": "corr", "cluster": "group_mean",
    "basket": "corr", "reversal": "two_way", "leak": "corr",
}  # fmt: skip


def predicted(finding: Finding) -> dict[str, Any]:
    """A finding in the words of the instrument."""
    claim = finding.claim
    subset = {term.expression.columns()[0]: term.value for term in claim.where.terms if isinstance(term.value, str)}
    kind = KINDS.get(claim.pattern, claim.pattern)
    if claim.pattern == "share" and claim.direction == "flat":
        kind = "uniform"
    if claim.pattern == "share" and claim.direction != "flat" and not claim.measure.counts:
        kind = "group_rate" if claim.measure.rate else "group_mean"  # a level's rate within a group; a group's part of a total
    if claim.pattern in ("segment", "driver") and any(_numeric(term.value) for term in claim.where.terms):
        kind = "bracket"
    return {
        "text": finding.say("en"), "columns": list(claim.columns()), "subset": subset, "kind": kind, "values": {"level": claim.level},
        "direction": claim.direction,
    }  # fmt: skip


def _numeric(value: Any) -> bool:
    """Whether a condition is about a number: a cut, or both ends of a range."""
    return isinstance(value, float) or (isinstance(value, tuple) and all(isinstance(v, float) for v in value))


def sources(record: dict[str, Any]) -> Path | list[Path]:
    """The table of a record, or the tables where it has a second one, as an analyst would be handed them."""
    named = [record["dataset_csv_path"], record.get("user_dataset_csv_path") or ""]
    found = [path for name in named if name and (path := TABLES / Path(name).name).exists()]
    return found if len(found) > 1 else found[0]


def main(folder: Path) -> None:
    """Prints the score and what each kind of stored insight reaches."""
    scorer = instrument("score_insightbench")
    truths = scorer.load_gt(str(TABLES), str(TABLES))
    folder.mkdir(parents=True, exist_ok=True)
    seconds, preds = [], {}
    for number in truths:
        record = json.loads((TABLES / f"flag-{number}.json").read_text(encoding="utf-8"))
        about = record["metadata"]["goal"]
        started = time.process_time()
        study = apercu.run(sources(record), options=apercu.Options(discover=discover.Options(about=about, most=MOST)))
        seconds.append(time.process_time() - started)
        preds[number] = [predicted(f) for f in study.findings]
        (folder / f"flag-{number}.json").write_text(json.dumps(preds[number], ensure_ascii=False, indent=1), encoding="utf-8")
    score = scorer.score(truths, preds, MOST)
    print(json.dumps(score, indent=1))
    print(f"bar: strict .50; ours {score['strict_micro']}; {sum(seconds) / len(seconds):.1f} CPU s a table")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("insightbench"))
