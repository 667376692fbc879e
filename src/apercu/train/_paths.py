"""What each column does to a prediction: Shapley values along paths from rows of a background to the row itself (Castro et al. 2009).

    parts = along(own, background, sources, asked)      # (n, players, k'): base + the sum over players is what is asked of the row

Inputs of one source change together. From each background row one random order of the sources is walked, there and back (antithetic; Mitchell et
al. 2022): an estimate, whose sum with the mean of what is asked of the background is exact.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["along"]


def along(own: np.ndarray, background: np.ndarray, sources: np.ndarray, asked: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(n, players, k') of inputs own (n, F), background (b, F), sources (F,) the source of each input; players are the sources in their order."""
    players = np.unique(sources)
    parts = np.zeros((len(own), len(players), asked(background[:1]).shape[1]))
    paths = np.random.default_rng(1).permuted(np.tile(np.arange(len(players)), (len(background), 1)), axis=1)
    for start, path in zip(background, paths, strict=True):
        for way in (path, path[::-1]):
            now = np.tile(start, (len(own), 1))
            before = asked(now)
            for player in way:
                inputs = sources == players[player]
                now[:, inputs] = own[:, inputs]
                after = asked(now)
                parts[:, player] += after - before
                before = after
    return parts / (2 * max(1, len(background)))
