"""What people took later, foretold: ours beside implicit's ALS, popularity and item neighbours, in one run, on the same halves of MovieLens small.

    python benchmarks/recommend.py [ITEM_COLUMN]

Two halves by time: each person's last fifth, and all after one moment, at five moments, each person counted at each. Ours is fitted on what was
before and asked through its own door, for 20 items a person. ALS gets the same rows, no less tuning (factors, regularization and alpha of a
grid on a validation part of the rows before, cut the same way, then fitted anew on all of them), as does its item neighbours' K. The bar: NDCG@10 and
recall@20 above both, interval of the difference over people. implicit is a judge and no dependency:
`pip install --target DIR --no-deps implicit tqdm` and PYTHONPATH=DIR, or it is left out. CPU seconds are of fitting, choice of settings included.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import duckdb
import numpy as np
from _shared import data
from scipy.sparse import csr_matrix

from apercu.core.rows import Rows
from apercu.stats.bootstrap import interval, resampled
from apercu.stats.ranking import best, ndcg, recall_at
from apercu.train import recommend
from apercu.train._interactions import Interactions

MOMENTS = (0.5, 0.6, 0.7, 0.8, 0.9)
GRID = {"factors": (16, 32, 64), "regularization": (0.01, 1.0, 10.0, 30.0), "alpha": (1.0, 5.0, 20.0)}
NEIGHBOURS = (20, 50, 100, 200)


def table(item: str) -> Rows:
    """person, item and seconds of every rating."""
    path = data("recommender/movielens_small/movielens.parquet")
    columns = duckdb.sql(f"SELECT userId, {item}, timestamp FROM '{path}' ORDER BY timestamp, userId, {item}").fetchnumpy()
    return Rows.of({name: np.asarray(values) for name, values in zip(("person", "item", "seconds"), columns.values(), strict=True)})


def matrix(taken: Interactions, kept: np.ndarray) -> csr_matrix:
    shape = (len(taken.people), len(taken.items))
    made = csr_matrix((np.ones(kept.sum()), (taken.person[kept], taken.item[kept])), shape=shape)
    made.data[:] = 1.0
    return made


def judged(scores: np.ndarray, seen: np.ndarray, later: np.ndarray) -> np.ndarray:
    """(b, 2) NDCG@10 and recall@20 of each person."""
    return values(best(np.where(seen, -np.inf, scores), 20), later)


def values(top: np.ndarray, later: np.ndarray) -> np.ndarray:
    hits, wanted = np.take_along_axis(later, top, 1), later.sum(axis=1)
    return np.column_stack([ndcg(hits[:, :10], wanted), recall_at(hits, wanted)])


def halves(taken: Interactions, cut: float | None) -> tuple[np.ndarray, np.ndarray]:
    if cut is None:
        later = taken._last(0.2)
        return ~later, later
    later = taken.moment > np.quantile(taken.moment, cut)
    return ~later, later


def als(train: csr_matrix, **setting: Any) -> Callable[[np.ndarray], np.ndarray]:
    from implicit.als import AlternatingLeastSquares  # type: ignore[import-not-found]

    model = AlternatingLeastSquares(random_state=0, num_threads=1, use_gpu=False, iterations=15, **setting)
    model.fit(train, show_progress=False)
    return lambda people: model.user_factors[people] @ model.item_factors.T


def cosine(train: csr_matrix, **setting: Any) -> Callable[[np.ndarray], np.ndarray]:
    from implicit.nearest_neighbours import CosineRecommender  # type: ignore[import-not-found]

    model = CosineRecommender(num_threads=1, **setting)
    model.fit(train, show_progress=False)
    return lambda people: (train[people] @ model.similarity).toarray()


def tuned(fit: Any, grid: list[dict[str, Any]], taken: Interactions, earlier: np.ndarray, cut: float | None) -> Callable[[np.ndarray], np.ndarray]:
    """The peer with the setting that is best (sum of both metrics) on a validation part of the earlier rows, fitted on all of them."""
    own = taken.where(earlier)
    first, second = halves(own, cut if cut is None else 0.8)
    train, target = matrix(own, first), matrix(own, second).toarray() > 0
    seen = train.toarray() > 0
    able = np.flatnonzero(((target & ~seen).sum(axis=1) > 0) & seen.any(axis=1))
    gains = [judged(fit(train, **setting)(able), seen[able], target[able] & ~seen[able]).mean(axis=0).sum() for setting in grid]
    return fit(matrix(taken, earlier), **grid[int(np.argmax(gains))])


def compared(rows: Rows, taken: Interactions, cut: float | None, peers: bool) -> dict[str, tuple[np.ndarray, float]]:
    """{name: ((b, 2) values, CPU seconds)} of one pair of halves."""
    earlier, later = halves(taken, cut)
    train = matrix(taken, earlier)
    seen, target = train.toarray() > 0, matrix(taken, later).toarray() > 0
    target &= ~seen
    able = np.flatnonzero(target.any(axis=1) & seen.any(axis=1))
    seen, target = seen[able], target[able]
    found = {}
    started = time.process_time()
    model = recommend.fit(rows.take(earlier), "person", "item", time="seconds")
    spent = time.process_time() - started
    place = {name: i for i, name in enumerate(taken.items)}
    lists = [[place[r.item] for r in model.recommend(taken.people[i], 20)] for i in able]
    found["ours"] = values(np.array(lists), target), spent
    popular = np.asarray(train.sum(axis=0)).ravel()
    found["popularity"] = judged(np.tile(popular, (len(able), 1)), seen, target), 0.0
    if peers:
        grids = {
            "implicit ALS": (als, [dict(zip(GRID, v, strict=True)) for v in itertools.product(*GRID.values())]),
            "implicit neighbours": (cosine, [{"K": k} for k in NEIGHBOURS]),
        }
        for name, (fit, grid) in grids.items():
            started = time.process_time()
            model_of = tuned(fit, grid, taken, earlier, cut)
            found[name] = judged(model_of(able), seen, target), time.process_time() - started
    return found


def told(title: str, found: dict[str, tuple[np.ndarray, float]]) -> None:
    ours = found["ours"][0]
    print(f"\n{title}: {len(ours)} people\n{'':>20}{'NDCG@10':>9}{'recall@20':>11}{'CPU s':>8}   ours is better by (95% interval over people)")
    for name, (values, spent) in found.items():
        apart = ours - values
        low, high = interval(resampled(lambda w, x=apart: (w @ x) / w.sum(axis=-1, keepdims=True), len(apart)))
        more = (
            ""
            if name == "ours"
            else "   " + ", ".join(f"{m:+.4f} ({a:+.4f} to {b:+.4f})" for m, a, b in zip(apart.mean(axis=0), low, high, strict=True))
        )
        print(f"{name:>20}{values[:, 0].mean():>9.4f}{values[:, 1].mean():>11.4f}{spent:>8.1f}{more}", flush=True)


def main() -> None:
    """Prints one table per sort of halves."""
    warnings.filterwarnings("ignore", message="Method expects CSR input")  # implicit's own hands
    rows = table(sys.argv[1] if len(sys.argv) > 1 else "movieId")
    taken = Interactions.of(rows, "person", "item", rating=None, time="seconds")
    try:
        import implicit  # type: ignore[import-not-found]  # noqa: F401

        peers = True
    except ImportError:
        print("implicit is not installed: ours and popularity alone")
        peers = False
    told("each person's last fifth", compared(rows, taken, None, peers))
    parts = [compared(rows, taken, cut, peers) for cut in MOMENTS]
    told(
        f"all after one of {len(MOMENTS)} moments",
        {name: (np.concatenate([p[name][0] for p in parts]), sum(p[name][1] for p in parts)) for name in parts[0]},
    )


if __name__ == "__main__":
    main()
