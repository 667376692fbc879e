"""Link prediction on public graphs: rules, an embedding, and the two joined, beside published figures.

    python benchmarks/graphs.py [codex] [fb] [umls] [kinship] [--data DIR] [--minutes 4.7] [--questions N]

DIR holds codex_s, fb15k237, umls and kinships (or whichever are asked for), each with train.txt, valid.txt and test.txt of head, relation, tail
(plain, .gz, or in one .tar.gz); by default the shared data beside the checkout. Rules are mined and the embedding is trained on train.txt, all
choices are made on valid.txt, and every question of test.txt is asked once, both directions, filtered, ties counted by half ("realistic");
--questions N asks a sample of them. CPU seconds of this process, one thread, learning and choosing; asking apart.

The anchors are published figures and were not run again: LibKGE ComplEx (uma-pi1/kge README), AnyBURL through PyClause, noisy-or of the top 5
(symbolic-kg/PyClause README; CoDEx-S: measured by us once, 8 CPU s), ConvE (TimDettmers/ConvE README).
"""

from __future__ import annotations

import argparse
import gzip
import os
import tarfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _shared import SHARED

from apercu.core.graph import Graph
from apercu.reason import embed as embedding
from apercu.reason import mine as mining
from apercu.reason._joined import JOINS, fitted, joined
from apercu.reason._questions import Known, Scorer, both_ways, ranks_of
from apercu.reason.extend import Settings, extend

FOLDERS = {"codex": "codex_s", "fb": "fb15k237", "umls": "umls", "kinship": "kinships"}
RULE_BARS = {"codex": "AnyBURL .392 in 8 CPU s; bar .40", "fb": "PyClause .348; bar .345 in 60 CPU s", "umls": "no bar", "kinship": "no bar"}
EMBEDDING_BARS = {"codex": "LibKGE ComplEx .465; bar .460 in 300 CPU s", "umls": "ConvE .94; bar .94", "kinship": "ConvE .83; bar .84"}
MINUTES = {"umls": 0.5, "kinship": 0.5}


def lines(folder: Path, part: str) -> list[list[str]]:
    """The facts of one part."""
    plain = folder / f"{part}.txt"
    if plain.exists():
        text = plain.read_text(encoding="utf-8")
    elif (folder / f"{part}.txt.gz").exists():
        text = gzip.decompress((folder / f"{part}.txt.gz").read_bytes()).decode("utf-8")
    else:
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            member = next(m for m in archive.getmembers() if Path(m.name).name == f"{part}.txt")
            opened = archive.extractfile(member)
            text = opened.read().decode("utf-8") if opened else ""
    return [cells for line in text.splitlines() if len(cells := line.split("\t")) == 3]


def coded(folder: Path) -> tuple[list[np.ndarray], Graph]:
    """(train, valid, test as (m, 3) places, the graph of train)."""
    entities: dict[str, int] = {}
    relations: dict[str, int] = {}
    parts = []
    for part in ("train", "valid", "test"):
        rows = [(entities.setdefault(h, len(entities)), relations.setdefault(r, len(relations)), entities.setdefault(t, len(entities)))
                for h, r, t in lines(folder, part)]  # fmt: skip
        parts.append(np.array(rows, np.int32))
    return parts, Graph(tuple(entities), tuple(relations), ("train",), parts[0])


class Judge:
    """Asks every question of the test part."""

    def __init__(self, parts: list[np.ndarray], entities: int, relations: int, most: int) -> None:
        self.known, self.entities = Known(np.concatenate(parts), relations), entities
        questions = both_ways(parts[2], relations)
        self.questions = questions[np.random.default_rng(0).permutation(len(questions))[:most]]

    def __call__(self, name: str, scores: Scorer, learned: float, anchor: str) -> float:
        begun = time.process_time()
        ranks = ranks_of(scores, self.questions, self.known, self.entities)
        mrr, first, ten = np.mean(1 / ranks), np.mean(ranks <= 1), np.mean(ranks <= 10)
        asking = time.process_time() - begun
        print(f"{name:28s} MRR {mrr:.4f}  H@1 {first:.4f}  H@10 {ten:.4f}  {learned:6.1f} CPU s  (asking {asking:.0f})   [{anchor}]", flush=True)
        return float(mrr)


def run(name: str, folder: Path, minutes: float, most: int) -> None:
    """One graph."""
    parts, graph = coded(folder)
    train, valid, _ = parts
    sizes = len(graph.entities), len(graph.relations)
    print(f"\n{name}: {len(train):,} facts, {sizes[0]:,} entities, {sizes[1]} relations; {2 * len(parts[2]):,} test questions")
    judge = Judge(parts, *sizes, most)
    mining.mine(train[:60], *sizes, valid=valid[:5]).scores(train[:2, 0], train[:2, 1])  # compiled code is warm
    begun = time.process_time()
    mined = mining.mine(train, *sizes, valid=valid)
    rules = judge("rules", mined.scores, time.process_time() - begun, RULE_BARS[name])
    if name in EMBEDDING_BARS:
        begun = time.process_time()
        settings = embedding.Settings(minutes=MINUTES.get(name, minutes))
        learned = embedding.embed(train, *sizes, valid=valid, settings=settings)
        alone = judge("embedding", learned.scores, time.process_time() - begun, EMBEDDING_BARS[name])
        begun = time.process_time()
        known = Known(np.concatenate([train, valid]), sizes[1])
        joins = fitted(mined.scores, learned.scores, both_ways(valid, sizes[1]), known, 2 * sizes[1])

        def both(heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
            told, likely = mined.scores(heads, relations), learned.scores(heads, relations)
            out = np.empty_like(told)
            for join in np.unique(joins[relations]):
                rows = np.flatnonzero(joins[relations] == join)
                out[rows] = joined(told[rows], likely[rows], JOINS[join])
            return out

        whole = judge("rules + embedding", both, time.process_time() - begun, "never worse than the better part; bar +.005")
        print(f"{'':28s} {whole - max(rules, alone):+.4f} over the better part")
    begun = time.process_time()
    extended = extend(graph, Settings())
    found = extended.predicted(most=1_000)
    stated = {tuple(f) for part in parts[1:] for f in part.tolist()}
    places = graph.entity_places, graph.relation_places
    true = [(places[0][f.head], places[1][f.relation], places[0][f.tail]) in stated for f in found]
    spent = time.process_time() - begun
    told, replayed = sum(bool(f.supports) for f in found), sum(f.replays(graph) for f in found)
    print(
        f"predicted facts (rules only): {replayed} of {told} replay; {sum(true)} of {len(found)} stand in valid or test "
        f"(mean probability {np.mean([f.probability for f in found]):.2f}); {len(extended.clauses)} proved clauses; {spent:.0f} CPU s"
    )


if __name__ == "__main__":
    flags = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    flags.add_argument("graphs", nargs="*", default=list(FOLDERS), help=f"of {', '.join(FOLDERS)}")
    flags.add_argument("--data", type=Path, default=Path(os.environ.get("APERCU_DATA", SHARED / "data")) / "kg")
    flags.add_argument("--minutes", type=float, default=4.7, help="CPU minutes of the embedding of codex")
    flags.add_argument("--questions", type=int, default=10**9)
    asked = flags.parse_args()
    for name in asked.graphs or FOLDERS:
        run(name, asked.data / FOLDERS[name], asked.minutes, asked.questions)
