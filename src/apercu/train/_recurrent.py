"""Small nets over sequences in plain torch, which `rnn` hands arrays to and gets arrays back from; nothing of torch outlives it.

    arrays, loss = trained("gru", lesson)                            # with torch
    told = answered("gru", arrays, (values, lengths, inputs))        # with NumPy alone

Three nets: `lstm` (Hochreiter & Schmidhuber 1997), `gru` (Cho et al. 2014), one layer each, of which the last state and the mean of all are read; and
`cnn`, three layers of convolutions with batch normalisation whose mean over time is read (FCN, Wang, Yan & Oates 2017). What they read stands beside
the other columns in one hidden layer. AdamW, a rate that rises and falls once, clipped gradients, one thread, one seed; kept is what the watched rows
liked best.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from ._extra import brought

__all__ = ["KINDS", "Lesson", "answered", "trained"]

KINDS: Final = ("gru", "lstm", "cnn")
HIDDEN: Final = 48  # states
FILTERS: Final = ((64, 7), (64, 5), (64, 3))  # (filters, width) of the convolutions
JOINED: Final = 64  # neurons that join what is read of the series with the other columns
BATCH: Final = 32
STEPS: Final = (200, 1_500)  # least and most batches
PASSES: Final = 60  # over the rows, within these
RATES: Final = {"gru": 5e-3, "lstm": 5e-3, "cnn": 3e-3}
WARM: Final = 0.15  # share of the batches in which the rate rises
DECAY: Final = 0.01
DROPOUT: Final = 0.2
STEEPEST: Final = 1.0  # norm of a gradient
LOOKS: Final = 40  # times that the watched rows are looked at
MOMENTUM: Final = 0.1
EPSILON: Final = 1e-5
ASKED: Final = 1_024  # rows that are asked at once


class Lesson(NamedTuple):
    """values (n, c, longest), lengths (n,), inputs (n, D); truth (n,) scaled numbers or classes; weights (n,); watched (n,) bool; outputs."""

    values: np.ndarray
    lengths: np.ndarray
    inputs: np.ndarray
    truth: np.ndarray
    weights: np.ndarray
    watched: np.ndarray
    outputs: int
    numeric: bool


def trained(kind: str, lesson: Lesson, seed: int = 1) -> tuple[dict[str, np.ndarray], float]:
    """(arrays, loss of the watched rows). Raises WordsError without torch."""
    torch = brought("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # nets this small are not quicker on several, and the digits would depend on how many
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return _trained(torch, kind, lesson)
    finally:
        torch.set_num_threads(threads)


def _trained(torch: Any, kind: str, lesson: Lesson) -> tuple[dict[str, np.ndarray], float]:
    given = [torch.tensor(part, dtype=torch.float32) for part in (lesson.values, lesson.inputs, lesson.weights)]
    lengths = torch.tensor(lesson.lengths)
    truth = torch.tensor(lesson.truth, dtype=torch.float32 if lesson.numeric else torch.int64)
    own, kept = _begun(torch, kind, lesson)
    layer = _layer(torch, kind, lesson.values.shape[1])
    learned = [*own.values(), *(layer.parameters() if layer is not None else ())]
    adam = torch.optim.AdamW(learned, lr=0.0, weight_decay=DECAY)
    rows, seen = torch.from_numpy(np.flatnonzero(~lesson.watched)), torch.from_numpy(np.flatnonzero(lesson.watched))
    steps = int(np.clip(PASSES * len(rows) // BATCH, *STEPS))
    every, begin, order = max(1, steps // LOOKS), 0, torch.randperm(len(rows))
    best: tuple[float, dict[str, np.ndarray]] = (math.inf, {})

    def lost(some: Any, *, learning: bool) -> Any:
        read = _read(torch, kind, (own, kept, layer), (given[0][some], lengths[some]), learning=learning)
        raw = _joined(torch, own, read, given[1][some], learning=learning)
        each = (raw[:, 0] - truth[some]) ** 2 if lesson.numeric else torch.nn.functional.cross_entropy(raw, truth[some], reduction="none")
        return (each * given[2][some]).sum() / given[2][some].sum().clamp(min=1e-6)

    for step in range(steps + 1):
        if step % every == 0 or step == steps:
            with torch.no_grad():
                parts = [(float(lost(some, learning=False)), len(some)) for some in (seen if len(seen) else rows).split(ASKED)]
            now = sum(loss * n for loss, n in parts) / max(1, sum(n for _, n in parts))
            if now < best[0]:
                best = now, _copied(own, kept, layer)
        if step == steps:
            break
        if begin >= len(rows):
            order, begin = torch.randperm(len(rows)), 0
        some = rows[order[begin : begin + BATCH]]
        begin += BATCH
        done = step / steps
        for group in adam.param_groups:
            group["lr"] = RATES[kind] * (done / WARM if done < WARM else 0.5 * (1.0 + math.cos(math.pi * (done - WARM) / (1.0 - WARM))))
        adam.zero_grad()
        lost(some, learning=True).backward()
        torch.nn.utils.clip_grad_norm_(learned, STEEPEST)
        adam.step()
    return (best[1] or _copied(own, kept, layer)), best[0]


def _layer(torch: Any, kind: str, channels: int) -> Any:
    """The recurrent layer, or None."""
    if kind == "cnn":
        return None
    return (torch.nn.GRU if kind == "gru" else torch.nn.LSTM)(channels, HIDDEN, batch_first=True)


def _begun(torch: Any, kind: str, lesson: Lesson) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters that are learned, running means and variances)."""
    own: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    before = lesson.values.shape[1]
    for i, (filters, width) in enumerate(FILTERS if kind == "cnn" else ()):
        own[f"filter_{i}"] = torch.randn(filters, before, width) * math.sqrt(2.0 / (before * width))
        own[f"gain_{i}"], own[f"shift_{i}"] = torch.ones(filters), torch.zeros(filters)
        kept[f"mean_{i}"], kept[f"variance_{i}"] = torch.zeros(filters), torch.ones(filters)
        before = filters
    wide = (before if kind == "cnn" else 2 * HIDDEN) + lesson.inputs.shape[1]
    own["join"], own["join_bias"] = torch.randn(wide, JOINED) * math.sqrt(2.0 / wide), torch.zeros(JOINED)
    own["last"], own["last_bias"] = torch.randn(JOINED, lesson.outputs) * math.sqrt(1.0 / JOINED), torch.zeros(lesson.outputs)
    for p in own.values():
        p.requires_grad_(requires_grad=True)
    return own, kept


def _read(torch: Any, kind: str, net: tuple[Any, Any, Any], series: tuple[Any, Any], *, learning: bool) -> Any:
    """(n, features) of series (n, c, longest) of lengths (n,)."""
    own, kept, layer = net
    values, lengths = series
    real = (torch.arange(values.shape[2])[None, :] < lengths[:, None]).float()
    if kind == "cnn":
        x = values
        for i, (_, width) in enumerate(FILTERS):
            x = torch.nn.functional.conv1d(x, own[f"filter_{i}"], padding=width // 2)
            mean, variance, gain, shift = kept[f"mean_{i}"], kept[f"variance_{i}"], own[f"gain_{i}"], own[f"shift_{i}"]
            several = learning and x.shape[0] * x.shape[2] > 1
            x = torch.relu(torch.nn.functional.batch_norm(x, mean, variance, gain, shift, several, MOMENTUM, EPSILON)) * real[:, None, :]
        return x.sum(dim=2) / lengths[:, None]
    states = layer(values.transpose(1, 2))[0]
    last = states[torch.arange(len(states)), lengths - 1]
    return torch.cat([last, (states * real[:, :, None]).sum(dim=1) / lengths[:, None]], dim=1)


def _joined(torch: Any, own: dict[str, Any], read: Any, inputs: Any, *, learning: bool) -> Any:
    x = torch.nn.functional.dropout(torch.cat([read, inputs], dim=1), DROPOUT, learning)
    x = torch.nn.functional.dropout(torch.relu(x @ own["join"] + own["join_bias"]), DROPOUT, learning)
    return x @ own["last"] + own["last_bias"]


def _copied(own: dict[str, Any], kept: dict[str, Any], layer: Any) -> dict[str, np.ndarray]:
    every = {**own, **kept, **({} if layer is None else dict(layer.named_parameters()))}
    return {name: p.detach().numpy().astype(np.float64) for name, p in every.items()}


def answered(kind: str, arrays: dict[str, np.ndarray], asked: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """(n, outputs) of values (n, c, longest), lengths (n,), inputs (n, D), by NumPy alone."""
    parts = []
    for a in range(0, max(1, len(asked[0])), ASKED):
        values, lengths, inputs = (part[a : a + ASKED] for part in asked)
        longest = int(lengths.max(initial=1))
        read = _filtered(arrays, values[:, :, :longest], lengths) if kind == "cnn" else _walked(kind, arrays, values[:, :, :longest], lengths)
        x = np.maximum(np.hstack([read, inputs]) @ arrays["join"] + arrays["join_bias"], 0.0)
        parts.append(x @ arrays["last"] + arrays["last_bias"])
    return np.concatenate(parts)


def _filtered(arrays: dict[str, np.ndarray], values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    real = lengths[:, None, None] > np.arange(values.shape[2])
    x = values.astype(np.float64)
    for i, (filters, width) in enumerate(FILTERS):
        edge = width // 2
        wide = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (edge, edge))), width, axis=2)
        flat = wide.transpose(0, 2, 1, 3).reshape(len(x) * x.shape[2], x.shape[1] * width)
        made = (flat @ arrays[f"filter_{i}"].reshape(filters, -1).T).reshape(len(x), x.shape[2], filters).transpose(0, 2, 1)
        gain = arrays[f"gain_{i}"] / np.sqrt(arrays[f"variance_{i}"] + EPSILON)
        made = (made - arrays[f"mean_{i}"][:, None]) * gain[:, None] + arrays[f"shift_{i}"][:, None]
        x = np.where(real, np.maximum(made, 0.0), 0.0)
    return x.sum(axis=2) / lengths[:, None]


def _walked(kind: str, arrays: dict[str, np.ndarray], values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The state at each series' end, and the mean of its states."""
    n, h = len(values), HIDDEN
    given = values.transpose(2, 0, 1).astype(np.float64) @ arrays["weight_ih_l0"].T + arrays["bias_ih_l0"]
    state, cell, total, last = np.zeros((n, h)), np.zeros((n, h)), np.zeros((n, h)), np.zeros((n, h))
    for t in range(values.shape[2]):
        own = state @ arrays["weight_hh_l0"].T + arrays["bias_hh_l0"]
        if kind == "gru":
            reset, update = _sigmoid(given[t, :, :h] + own[:, :h]), _sigmoid(given[t, :, h : 2 * h] + own[:, h : 2 * h])
            state = (1.0 - update) * np.tanh(given[t, :, 2 * h :] + reset * own[:, 2 * h :]) + update * state
        else:
            gates = given[t] + own
            cell = _sigmoid(gates[:, h : 2 * h]) * cell + _sigmoid(gates[:, :h]) * np.tanh(gates[:, 2 * h : 3 * h])
            state = _sigmoid(gates[:, 3 * h :]) * np.tanh(cell)
        total += np.where((lengths > t)[:, None], state, 0.0)
        last = np.where((lengths == t + 1)[:, None], state, last)
    return np.hstack([last, total / lengths[:, None]])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))
