"""A recurrent net over all series (GRU, Cho et al. 2014), where torch is there: reads late values, tells all steps ahead at once.

    rnn(lags, learned, tasks, cut=12)      # (k, horizon) from each of k moments

Windows are scaled by their series' late level and seasonal error, on the logarithm where the boosted models are too, so that one net learns of
large and small series alike (Hewamalage, Bergmeir & Bandara 2021); what it tells is added to the weighted mean of the simple forecasts, as
Smyl 2020 adds to exponential smoothing. It learns only from what is known `cut` steps before the end of each series, on one thread from a fixed
seed: the same rows give the same digits. What it does *not* do: known columns, keys, or a window longer than WINDOW; one net is no ensemble.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from ._extra import brought
from ._lags import EDGE, SEED, Lags, Moments
from ._panel import Panel

__all__ = ["is_worth", "rnn"]

HIDDEN: Final = 40
WINDOW: Final = (8, 96)  # least and most values that it reads
MOST: Final = 20_000  # windows that it learns from
LEAST: Final = 200  # below which it learns nothing
BATCH: Final = 128
PASSES: Final = 12  # over the windows
STEPS: Final = (200, 600)  # least and most batches
RATE: Final = 5e-3  # at the start; falls to 0 as a cosine does
STEEPEST: Final = 1.0  # norm of a gradient
MANY: Final = 20  # series from which some are watched
WATCHED: Final = 6  # one series in so many
LOOK: Final = 20  # batches between two looks at them
ASKED: Final = 4_096  # windows that are asked at once
VALUES: Final = (2_000, 10_000)  # of a panel from which it may have learned enough, and up to which seconds are enough


def is_worth(panel: Panel) -> bool:
    """Whether a panel is large enough to learn from and small enough to try unasked."""
    return VALUES[0] <= len(panel.values) <= VALUES[1]


def rnn(lags: Lags, learned: Moments, tasks: Moments, cut: int) -> np.ndarray:
    """(k, horizon) forecasts of the tasks; all NaN where there are too few windows to learn from. Raises WordsError without torch."""
    torch = brought("torch")
    panel, horizon = lags.panel, lags.panel.horizon
    size = int(np.clip(max(2 * lags.m, horizon), *WINDOW))
    usable = np.flatnonzero(panel.sizes[learned.series] - cut > learned.known)
    if len(usable) < LEAST:
        return np.full((len(tasks.series), horizon), np.nan)
    past = learned.at(np.sort(np.random.default_rng(SEED).permutation(usable)[:MOST]))
    seen = past.known[:, None] + np.arange(horizon)[None, :]
    came = seen < (panel.sizes[past.series] - cut)[:, None]
    windows, level, scale, base = _windows(lags, past, size)
    truth = (lags.z[panel.starts[past.series][:, None] + np.where(came, seen, 0)] - base) / scale[:, None]
    truth = np.where(came, np.clip(truth, -EDGE, EDGE), np.nan)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            watched = past.series % WATCHED == 0 if panel.count >= MANY else past.series < 0
            net = _trained(torch, (windows, (base - level[:, None]) / scale[:, None]), truth, watched)
        windows, level, scale, base = _windows(lags, tasks, size)
        bases = ((base - level[:, None]) / scale[:, None]).astype(np.float32)
        with torch.no_grad():
            parts = [
                _told(torch, net, torch.from_numpy(windows[a : a + ASKED]), torch.from_numpy(bases[a : a + ASKED])).numpy()
                for a in range(0, len(windows), ASKED)
            ]
    finally:
        torch.set_num_threads(threads)
    made = base + scale[:, None] * np.concatenate(parts)
    return np.exp(np.clip(made, level[:, None] - 20.0, level[:, None] + 20.0)) if lags.log else made


def _windows(lags: Lags, tasks: Moments, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(windows (k, size, 2) float32, level (k,), scale (k,), base (k, horizon)): late values and their changes since a season before, scaled."""
    panel, m, known = lags.panel, lags.m, tasks.known
    start = panel.starts[tasks.series]

    def at(position: np.ndarray) -> np.ndarray:
        return lags.z[start[:, None] + np.clip(position, 0, known[:, None] - 1)]

    wide, first = np.minimum(max(m, 4), known), np.minimum(m, known - 1)
    level = (lags.sums[start + known] - lags.sums[start + known - wide]) / wide
    scale = (lags.apart[start + known] - lags.apart[start + first]) / np.maximum(known - first, 1)
    scale = np.maximum(scale, 1e-3 if lags.log else 1e-3 * np.abs(level) + 1e-9)
    place = known[:, None] - size + np.arange(size)[None, :]
    late, before = at(place), at(np.where(place >= m, place - m, place))
    simple = np.log(np.maximum(tasks.simple, 0.05 * np.exp(level)[:, None])) if lags.log else tasks.simple
    base = (tasks.weights[:, :, None] * simple).sum(axis=0)
    both = np.stack([late - level[:, None], late - before], axis=2) / scale[:, None, None]
    return np.clip(both, -EDGE, EDGE).astype(np.float32), level, scale, base


def _trained(torch: Any, inputs: tuple[np.ndarray, np.ndarray], truth: np.ndarray, watched: np.ndarray) -> Any:
    """(the recurrent layer, the last layer), as they were when they told the watched windows best; the last, where none are watched.

    inputs: windows, scaled bases; truth (k, horizon), NaN where not known; watched (k,) bool.
    """
    given, bases = (torch.tensor(part, dtype=torch.float32) for part in inputs)
    wanted = torch.tensor(truth, dtype=torch.float32)
    known = ~torch.isnan(wanted)
    wanted = torch.nan_to_num(wanted)
    horizon = wanted.shape[1]
    own_rows, seen = torch.from_numpy(np.flatnonzero(~watched)), torch.from_numpy(np.flatnonzero(watched)[:: max(1, int(watched.sum()) // ASKED)])
    n = len(own_rows)
    net = torch.nn.GRU(given.shape[2], HIDDEN, batch_first=True), torch.nn.Linear(HIDDEN + horizon, horizon)
    own = [p for layer in net for p in layer.parameters()]
    for p in net[1].parameters():
        torch.nn.init.zeros_(p)  # it begins at the base
    adam = torch.optim.Adam(own, lr=RATE)
    steps = int(np.clip(PASSES * n // BATCH, *STEPS))
    order, begin, best, least = torch.randperm(n), 0, None, math.inf

    def lost(some: Any) -> Any:
        each = torch.nn.functional.smooth_l1_loss(_told(torch, net, given[some], bases[some]), wanted[some], reduction="none")
        return each[known[some]].mean()

    for step in range(steps):
        if begin >= n:
            order, begin = torch.randperm(n), 0
        if len(seen) and step % LOOK == 0:
            with torch.no_grad():
                now = float(lost(seen))
            if now < least:
                best, least = [p.detach().clone() for p in own], now
        some = own_rows[order[begin : begin + BATCH]]
        begin += BATCH
        for group in adam.param_groups:
            group["lr"] = RATE * 0.5 * (1.0 + math.cos(math.pi * step / steps))
        adam.zero_grad()
        lost(some).backward()
        torch.nn.utils.clip_grad_norm_(own, STEEPEST)
        adam.step()
    if best is not None:
        with torch.no_grad():
            for p, kept in zip(own, best, strict=True):
                p.copy_(kept)
    return net


def _told(torch: Any, net: Any, given: Any, bases: Any) -> Any:
    """(k, horizon) corrections of windows (k, size, 2) and scaled bases (k, horizon)."""
    layer, last = net
    return last(torch.cat([layer(given)[0][:, -1], bases], dim=1))
