"""Frequent item sets and rules: CPU seconds of ours and of mlxtend (fpgrowth, association_rules) on the groceries baskets, in one run.

    python benchmarks/baskets.py

Both get the same table of 9,835 baskets and 169 goods, yes or no, and must give the same sets and rules; ours also from sparse rows. The bar: at
least BAR times less CPU. mlxtend is a judge and no dependency: `pip install --target DIR mlxtend matplotlib` and PYTHONPATH=DIR, or it is left out.
Each figure is the least of ROUNDS runs after a first, in which Numba compiles.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _shared import data
from scipy.sparse import csr_matrix

from apercu.stats.itemsets import Itemsets, Rules, frequent, rules

SETTINGS = ((0.01, 0.3), (0.001, 0.2))
ROUNDS = 5
BAR = 20.0


def table() -> tuple[np.ndarray, list[str]]:
    """((baskets, goods) bool, the goods' names)."""
    with gzip.open(data("recommender/groceries/groceries.csv.gz"), "rt") as lines:
        baskets = [{good.strip() for good in line.split(",") if good.strip()} for line in lines]
    goods = sorted(set().union(*baskets))
    return np.array([[good in basket for good in goods] for basket in baskets]), goods


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """(least CPU seconds of ROUNDS runs after a first, what it gives)."""
    made, least = work(), float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        made = work()
        least = min(least, time.process_time() - started)
    return least, made


def ours(baskets: Any, support: float, confidence: float) -> tuple[Itemsets, Rules]:
    sets = frequent(baskets, support)
    return sets, rules(sets, confidence)


def differences(sets: Itemsets, found: Rules, peer_sets: Any, peer_rules: Any, confidence: float) -> tuple[int, int]:
    """(sets, rules) that one of both has alone or tells otherwise; rules of exactly the least confidence apart, which mlxtend's rounding may lose."""
    here = {frozenset(sets.of(i)): sets.counts[i] / sets.n for i in range(len(sets.sizes))}
    there = {frozenset(s): share for s, share in zip(peer_sets.itemsets, peer_sets.support, strict=True)}
    off = sum(abs(here.get(s, 9) - there.get(s, -9)) > 1e-12 for s in here.keys() | there.keys())
    told: dict[Any, Any] = {
        tuple(map(frozenset, found.sides(i))): (found.support[i], found.confidence[i], found.lift[i]) for i in range(len(found.of))
    }
    columns = (peer_rules[name] for name in ("antecedents", "consequents", "support", "confidence", "lift"))
    peers: dict[Any, Any] = {(frozenset(a), frozenset(b)): (s, c, lift) for a, b, s, c, lift in zip(*columns, strict=True)}
    either = {**peers, **told}
    edge = {rule for rule in told.keys() ^ peers.keys() if abs(either[rule][1] - confidence) < 1e-12}
    nothing = (9.0, 9.0, 9.0)
    return off, sum(not np.allclose(told.get(r, nothing), peers.get(r, (-9.0,) * 3), atol=1e-9) for r in (told.keys() | peers.keys()) - edge)


def mlxtend(held: np.ndarray, goods: list[str]) -> Callable[[float, float], tuple[Any, Any]] | None:
    """What mlxtend gives of a table for a least support and confidence; None where it is not installed."""
    try:
        import pandas as pd
        from mlxtend.frequent_patterns import association_rules, fpgrowth  # type: ignore[import-not-found]
    except ImportError:
        return None

    frame = pd.DataFrame(held, columns=pd.Index(goods))

    def mined(support: float, confidence: float) -> tuple[Any, Any]:
        sets = fpgrowth(frame, min_support=support)
        return sets, association_rules(sets, metric="confidence", min_threshold=confidence)

    return mined


def main() -> None:
    """Prints one row per setting."""
    held, goods = table()
    peer = mlxtend(held, goods)
    if peer is None:
        print("mlxtend is not installed: ours alone\n")
    sparse = csr_matrix(held)
    print(f"{held.shape[0]:,} baskets, {held.shape[1]} goods; CPU seconds, the least of {ROUNDS} runs (bar: {BAR:.0f} times less than mlxtend)")
    print(f"{'support':>8}{'confidence':>12}{'sets':>8}{'rules':>8}{'ours':>9}{'sparse':>9}{'mlxtend':>10}{'times':>8}{'sparse':>8}{'differ':>9}")
    for support, confidence in SETTINGS:
        dense, (sets, found) = cpu(lambda s=support, c=confidence: ours(held, s, c))
        rows, _ = cpu(lambda s=support, c=confidence: ours(sparse, s, c))
        line = f"{support:>8}{confidence:>12}{len(sets.sizes):>8,}{len(found.of):>8,}{dense:>9.4f}{rows:>9.4f}"
        if peer is not None:
            seconds, (peer_sets, peer_rules) = cpu(lambda p=peer, s=support, c=confidence: p(s, c))
            differ = differences(sets, found, peer_sets, peer_rules, confidence)
            line += f"{seconds:>10.4f}{seconds / dense:>8.1f}{seconds / rows:>8.1f}{sum(differ):>9}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
