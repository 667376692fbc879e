"""One net of several modalities: each becomes a token, the tokens are joined, one small head tells the target.

    tokens, a missing one its learned vector  ->  concat | gated | attention  ->  hidden layer  ->  outputs

`concat` puts the tokens side by side. `gated` does the same after each was scaled by a gate that looks at all of them (Arevalo et al. 2017): of a row
whose picture says nothing the words count. `attention` lets the tokens look at one another first (Vaswani et al. 2017). As in `_encoders` the same
lines are asked by NumPy and learned through by torch. Modalities are hidden while the net learns, so that it can do without (Neverova et al. 2016).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ._encoders import Arrays, Drop, Encoder, normed, rectified, share_of, sigmoid

__all__ = ["FUSIONS", "Layout", "answered", "begun"]

FUSIONS: Final = ("concat", "gated", "attention")
LEFT_OUT: Final = 0.2  # share of the numbers before and behind the hidden layer that is left out while the net learns


@dataclass(frozen=True)
class Layout:
    """Where the features lie that the net joins: an encoder's, then a sign for each of its columns that is missing, encoder after encoder.

    modalities: their names; features: of each modality, the places of its features; gone: the places of its signs; sources (width,): the column of
    each place, by its place in `columns`, and -1 - i for all columns of encoder i together.
    """

    modalities: tuple[str, ...]
    features: tuple[np.ndarray, ...]
    gone: tuple[np.ndarray, ...]
    sources: np.ndarray

    @staticmethod
    def of(encoders: Sequence[Encoder], columns: Sequence[str]) -> Layout:
        """The layout of encoders, one after the other."""
        features: dict[str, list[np.ndarray]] = {}
        gone: dict[str, list[np.ndarray]] = {}
        sources, at = [], 0
        for i, encoder in enumerate(encoders):
            own, places = encoder.sources, np.array([columns.index(name) for name in encoder.names], dtype=np.int64)
            shared = bool((own < 0).any())
            sources += [np.full(len(own) + len(places), -1 - i)] if shared else [places[own], places]
            features.setdefault(encoder.modality, []).append(at + np.arange(len(own)))
            gone.setdefault(encoder.modality, []).append(at + len(own) + np.arange(len(places)))
            at += len(own) + len(places)
        own, signs = (tuple(np.concatenate(parts) for parts in kept.values()) for kept in (features, gone))
        return Layout(tuple(features), own, signs, np.concatenate(sources))


def begun(layout: Layout, how: str, width: int, prior: np.ndarray, chance: np.random.Generator) -> Arrays:
    """The first weights. prior (outputs,): what is told of every row at first."""
    m = len(layout.modalities)
    made: Arrays = {}
    for i, (own, gone) in enumerate(zip(layout.features, layout.gone, strict=True)):
        wide = len(own) + len(gone)
        made[f"enter_{i}"] = chance.normal(0.0, math.sqrt(2.0 / wide), (wide, width))
        made[f"enter_{i}"][len(own) :] = 0.0  # a sign that is never met says nothing
        made |= {f"gain_{i}": np.ones(width), f"shift_{i}": np.zeros(width), f"missing_{i}": np.zeros(width)}
    if how == "gated":
        made |= {"gate": np.zeros((m * width, m)), "gate_bias": np.ones(m)}
    elif how == "attention":
        made["place"] = chance.normal(0.0, 0.1, (m, width))
        made |= {name: chance.normal(0.0, math.sqrt(1.0 / width), (width, width)) for name in ("ask", "answer", "tell")}
    made["join"], made["join_bias"] = chance.normal(0.0, math.sqrt(2.0 / (m * width)), (m * width, width)), np.zeros(width)
    made["last"], made["last_bias"] = np.zeros((width, len(prior))), prior.copy()
    return made


def answered(lib: Any, own: Mapping[str, Any], plan: tuple[Layout, str], x: Any, drop: Drop, hidden: Any = None) -> Any:
    """(n, outputs) of features and signs x (n, width of the layout), by weights and (the layout, how it is joined).

    hidden (n, modalities): 1 where a modality is hidden from the net, None for nowhere.
    """
    layout, how = plan
    tokens = []
    for i, (places, signs) in enumerate(zip(layout.features, layout.gone, strict=True)):
        given = lib.concatenate([x[:, places], x[:, signs]], axis=1)
        token = rectified(normed(lib, given @ own[f"enter_{i}"], own[f"gain_{i}"], own[f"shift_{i}"]))
        gone = lib.prod(x[:, signs], axis=1)[:, None]
        if hidden is not None:
            gone = 1.0 - (1.0 - gone) * (1.0 - hidden[:, i : i + 1])
        tokens.append(token * (1.0 - gone) + own[f"missing_{i}"] * gone)
    joined = _joined(lib, own, how, tokens)
    inner = rectified(drop(joined, LEFT_OUT) @ own["join"] + own["join_bias"])
    return drop(inner, LEFT_OUT) @ own["last"] + own["last_bias"]


def _joined(lib: Any, own: Mapping[str, Any], how: str, tokens: Sequence[Any]) -> Any:
    """(n, modalities * width)."""
    flat = lib.concatenate(tokens, axis=1)
    if how == "gated":
        gates = sigmoid(lib, flat @ own["gate"] + own["gate_bias"])
        return lib.concatenate([token * gates[:, i : i + 1] for i, token in enumerate(tokens)], axis=1)
    if how == "attention":
        stacked = lib.stack(tokens, axis=1) + own["place"]
        ask, answer, tell = (stacked @ own[name] for name in ("ask", "answer", "tell"))
        weight = share_of(lib, ask @ lib.swapaxes(answer, 1, 2) / math.sqrt(stacked.shape[2]))
        return (stacked + weight @ tell).reshape(len(flat), flat.shape[1])
    return flat
