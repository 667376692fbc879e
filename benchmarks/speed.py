"""What the search for findings costs: on a million rows, and beside pysubgroup's beam search on ten thousand.

    python benchmarks/speed.py [ROWS]

CPU seconds are those of the whole process. `discover.run` is timed warm (compiled before the clock starts), on a table that lies in memory as
a Split: it takes the halves, codes the columns, searches to three conditions, chooses, proves and tells. What comes before (collect, clean,
derive, building the wall) is told beside it. The bars are for two quiet cores. Peer: pysubgroup 0.8, depth 3, 25 groups in each direction.
`alone` is the cost with nothing but the kinds that the peer has: groups, and columns whose groups differ.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from _shared import instrument
from planted import subset

from apercu import clean, collect, derive, discover
from apercu.core.goal import Goal
from apercu.core.split import Split
from apercu.discover._weak import affordable_weak
from apercu.engine.duckdb import DuckDB

planted = instrument("planted")
SIZES = ((20, 2.5), (50, 12.0))  # (columns, bar in CPU seconds of discover.run on a million rows)
RATIO = 150  # times fewer CPU seconds than the peer's
BEAM, EACH = 50, 25  # the peer's width of beam, and the groups that it tells in each direction


class Cost(NamedTuple):
    """CPU and wall seconds."""

    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:>8.3f} CPU s {self.wall:>8.3f} wall s"


ALONE = ("segment", "driver")  # kinds that speak of what the peer looks for


def alone(call: Callable[[], Any]) -> Cost:
    """What a call of discover.run costs with these kinds only."""
    every = discover.patterns
    discover.patterns = lambda: {name: kind for name, kind in every().items() if name in ALONE}
    try:
        return timed(call)[1]
    finally:
        discover.patterns = every


def timed(call: Callable[[], Any]) -> tuple[Any, Cost]:
    """What a call gives, and what it cost."""
    cpu, wall = time.process_time(), time.perf_counter()
    given = call()
    return given, Cost(time.process_time() - cpu, time.perf_counter() - wall)


def prepared(frame: Any, target: str) -> tuple[Any, Goal]:
    """The dataset behind the doors that come before the wall, and its goal."""
    data, _ = collect.run(frame, DuckDB(), collect.Options())
    data, _ = clean.run(data, target, clean.Options())
    roles = {role: named[0].name for role in ("time", "group") if (named := data.schema.with_role(role))}
    goal = Goal.guess(data.schema, target, data.engine.distinct(data.table, target, 101), **roles)
    return derive.run(data, goal, derive.Options())[0], goal


def table(rows: int, columns: int, target: str, seed: int) -> tuple[Any, list, dict]:
    """A planted table with one of its two targets, its truths, and what it would be without noise."""
    frame, truth, oracle = planted.make(rows, columns, planted.SUBGROUP, 0.3, seed)
    return frame.drop(columns="y" if target == "m" else "m"), truth, oracle


def recall(findings: list, frame: Any, truth: list, oracle: dict, target: str) -> dict:
    """The instrument's grades of findings that name conditions."""
    return planted.grade([subset(f) for f in findings if f.claim.where.terms], frame, truth, oracle, target)


def large(rows: int) -> None:
    """A million rows: prints the cost of each step, beside the bar."""
    print(f"\n{rows:,} rows, depth 3, four truths planted at effect 0.3; CPU seconds of discover.run (bar for 1,000,000 rows)")
    print(f"{'columns':>7} {'target':<8}{'bar':>6}{'ours':>9}{'wall':>8}{'alone':>8}  held  recall   before: collect to derive, wall built")
    for columns, bar in SIZES:
        for target in ("m", "y"):
            frame, truth, oracle = table(rows, columns, target, 3_000 + columns)
            (data, goal), before = timed(lambda frame=frame, target=target: prepared(frame, target))
            split, wall = timed(lambda data=data, goal=goal: Split.make(data, goal))
            (findings, ledger), cost = timed(lambda split=split: discover.run(split))
            few = alone(lambda split=split: discover.run(split))
            again = "" if not affordable_weak(split) else "  THE SECOND SEARCH RAN"
            found = recall(findings, frame, truth, oracle, target)["recall"]
            told = f"{cost.cpu:>9.2f}{cost.wall:>8.2f}{few.cpu:>8.2f}{ledger.held:>6}{found:>8.2f}"
            print(f"{columns:>7} {'numeric' if target == 'm' else 'rate':<8}{bar:>6.1f}{told}   {before}; {wall}{again}", flush=True)


def beam(frame: Any, target: str) -> list[dict]:
    """The peer's groups, as the instrument reads them."""
    import pysubgroup as ps

    told = []
    for high in (True, False):
        goal = ps.NumericTarget(target) if target == "m" else ps.BinaryTarget(target, int(high))
        measure = ps.StandardQFNumeric(0.5, invert=not high) if target == "m" else ps.StandardQF(0.5)
        space = ps.create_selectors(frame, ignore=[target])
        task = ps.SubgroupDiscoveryTask(frame, goal, space, result_set_size=EACH, depth=3, qf=measure)
        found = ps.BeamSearch(beam_width=BEAM).execute(task)
        told += [{"subset": dict(map(words, group.selectors))} for _, group, _ in found.results]
    return told


def words(selector: Any) -> tuple[str, Any]:
    """One condition of the peer in the words of the instrument."""
    name = selector.attribute_name
    return (name, ["in", selector.lower_bound, selector.upper_bound]) if hasattr(selector, "lower_bound") else (name, str(selector.attribute_value))


def beside(rows: int = 10_000, columns: int = 20, tables: int = 3) -> None:
    """The peer and ours on the same tables, in the same process."""
    print(
        f"\n{rows:,} rows, {columns} columns, effect 0.3, depth 3; mean of {tables} tables. Peer: pysubgroup, beam {BEAM}, {EACH} groups a direction"
    )
    if importlib.util.find_spec("pysubgroup") is None:
        print("skipped: pysubgroup is not installed (pip install pysubgroup==0.8.0)")
        return
    print(f"{'target':<9}{'':<7}{'CPU s':>8}{'lines':>7}{'exact':>7}{'padded':>8}{'false':>7}{'recall':>8}")
    for target in ("m", "y"):
        costs: dict[str, list[float]] = {"peer": [], "ours": [], "alone": []}
        graded: dict[str, list[dict]] = {"peer": [], "ours": []}
        for seed in range(tables):
            frame, truth, oracle = table(rows, columns, target, 3_000 + seed)
            split = Split.make(*prepared(frame, target))
            plain = frame.drop(columns="date").astype({c: str for c in frame if frame[c].dtype.name == "category"})
            groups, cost = timed(lambda plain=plain, target=target: beam(plain, target))
            costs["peer"].append(cost.cpu)
            graded["peer"].append(planted.grade(groups, frame, truth, oracle, target))
            (findings, _), cost = timed(lambda split=split: discover.run(split, (), discover.Options(weak=False)))
            costs["ours"].append(cost.cpu)
            costs["alone"].append(alone(lambda split=split: discover.run(split, (), discover.Options(weak=False))).cpu)
            graded["ours"].append(recall(findings, frame, truth, oracle, target))
        for who in ("peer", "ours"):
            lines = {word: float(np.mean([g[word] for g in graded[who]])) for word in ("n", "exact", "padded", "false", "recall")}
            row = f"{lines['n']:>7.1f}{lines['exact']:>7.1f}{lines['padded']:>8.1f}{lines['false']:>7.1f}{lines['recall']:>8.2f}"
            print(f"{'numeric' if target == 'm' else 'rate':<9}{who:<7}{np.mean(costs[who]):>8.3f}{row}")
        whole, few = (np.sum(costs["peer"]) / np.sum(costs[who]) for who in ("ours", "alone"))
        alike = f"{few:.0f}x with {' and '.join(ALONE)} alone ({np.mean(costs['alone']):.3f} CPU s)"
        print(f"{'':<9}{'ratio':<7}{whole:>7.0f}x   (bar {RATIO}x); {alike}", flush=True)


def main(rows: int) -> None:
    """Compiles, then prints both tables."""
    for target in ("m", "y"):
        discover.run(Split.make(*prepared(table(10_000, 20, target, 1)[0], target)))
    beside()
    large(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
