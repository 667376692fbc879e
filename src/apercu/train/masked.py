"""Encoders that have learned from rows without a target: what is hidden of each row is rebuilt from the rest; then a net is taught the target.

    begun = learned(encoders, columns, given, ("concat", 64))     # the weights of each encoder
    Net(pretrain=True).fit(rows, goal, watch, pool)               # begins from them

Of every row a share of the cells and words is hidden, as if it were missing, and the net's own encoders with a body of its kind (see `net`) must tell
it: numbers by squared error of their place among the quantiles, levels by cross-entropy, words and pairs by which of BUCKETS each falls in, common
ones counting less. That is masked language modelling (Devlin et al. 2019) brought to cells (Majmundar et al. 2022) and bags of words. Only the
encoders are kept: of a body that has learned to rebuild, little is left to learn a target from few rows. It may help where labels are few, and
may not (benchmarks/pretrain.py), so rows with a target decide. What it does *not* do: pictures and sequences (see `pretrain`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from . import _fusion
from ._encoders import Arrays, Categories, Encoder, Numbers, Prose
from ._extra import brought
from ._fusion import Layout
from ._loop import Plan, dropped, seeded, trained

__all__ = ["KINDS", "learned"]

KINDS: Final = ("number", "category", "prose")  # of encoders that are learned with
CELLS: Final = 0.3  # share of the cells that are hidden
WORDS: Final = 0.4  # share of the words that are hidden
BUCKETS: Final = 4_096  # that words fall in
COMMON: Final = 1e-2  # share of texts from which on a word counts less (Mikolov et al. 2013)
VISITS: Final = 60_000  # of rows in all passes together
PASSES: Final = (3, 60)
BATCH: Final = 128
TINY: Final = 1e-9

Tell = Callable[[Any], tuple[Any, int]]  # (b, outputs) of the net -> (the loss of the columns together, how many columns)


def learned(
    encoders: Sequence[Encoder], columns: Sequence[str], given: Sequence[Arrays], net: tuple[str, int], plan: Mapping[str, Any] | None = None
) -> list[Arrays]:
    """The weights of each encoder, by the names of `begun`.

    encoders: of KINDS alone; given: what each read of the rows; net: (how tokens are joined, their width); plan: fields of Plan to replace.
    Raises WordsError where torch is absent.
    """
    torch = brought("torch")
    n = len(given[0]["gone"])
    usual = Plan(epochs=int(np.clip(round(VISITS / max(n, 1)), *PASSES)), batch=max(1, min(BATCH, n)), decay=0.01, clip=1.0, quick=False)
    own = replace(usual, **(plan or {}))
    chance, layout, (fusion, width) = np.random.default_rng(own.seed), Layout.of(encoders, columns), net
    tasks = [_task(torch, encoder, arrays) for encoder, arrays in zip(encoders, given, strict=True)]
    first = {f"{i}_{name}": a for i, encoder in enumerate(encoders) for name, a in encoder.begun(chance).items()}
    first |= _fusion.begun(layout, fusion, width, np.zeros(sum(task.outputs for task in tasks)), chance)
    with seeded(own.seed):
        weights = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.tensor(a, dtype=torch.float32)) for name, a in first.items()})
    by_encoder = [{name.partition("_")[2]: p for name, p in weights.items() if name.startswith(f"{i}_")} for i in range(len(encoders))]
    ends = np.cumsum([0, *(task.outputs for task in tasks)])

    def lost(index: Any, draw: Any) -> Any:
        parts, tells = [], []
        for encoder, task, some in zip(encoders, tasks, by_encoder, strict=True):
            seen, tell = task.hidden(index, draw)
            parts += [encoder.features(torch, some, seen, lambda x, share: x).float(), seen["gone"]]
            tells.append(tell)
        x = torch.cat(parts, 1)
        told = _fusion.answered(torch, weights, (layout, fusion), x, lambda x, share: dropped(torch, x, share / 2, draw))
        losses = [tell(told[:, a:b]) for tell, a, b in zip(tells, ends[:-1], ends[1:], strict=True)]
        return sum(loss for loss, _ in losses) / sum(many for _, many in losses)

    trained(weights, n, lost, own)
    return [{name: p.detach().double().numpy() for name, p in some.items()} for some in by_encoder]


def _task(torch: Any, encoder: Encoder, given: Arrays) -> _Numbers | _Levels | _Words:
    whole = {name: torch.tensor(a, dtype=torch.int64 if a.dtype.kind == "i" else torch.float32) for name, a in given.items()}
    if isinstance(encoder, Numbers):
        return _Numbers.of(torch, encoder, whole)
    if isinstance(encoder, Categories):
        return _Levels(torch, tuple(len(own) + 2 for own in encoder.levels), whole)
    assert isinstance(encoder, Prose)
    return _Words.of(torch, encoder, whole)


@dataclass(frozen=True)
class _Numbers:
    """aim (n, d): places among the quantiles, of mean 0 and deviation 1; nothing (F,): what is read of a row that lacks them all."""

    torch: Any
    given: Mapping[str, Any]
    aim: Any
    nothing: Any
    sources: Any

    @staticmethod
    def of(torch: Any, encoder: Numbers, given: Mapping[str, Any]) -> _Numbers:
        """A place is how far a number is along all bins; a number of few values is taken as it is."""
        x, sources = given["numbers"], torch.from_numpy(encoder.sources)
        aims, here = [], given["gone"] == 0
        for i in range(len(encoder.names)):
            own = x[:, sources == i]
            place = own[:, 1:].mean(1) if own.shape[1] > 1 else own[:, 0]
            there = place[here[:, i]]
            some = len(there) > 0
            aims.append((place - (there.mean() if some else 0.0)) / (there.std(unbiased=False) + TINY if some else 1.0))
        nothing = torch.tensor(encoder.nothing(), dtype=torch.float32)
        return _Numbers(torch, given, torch.stack(aims, 1).clamp(-5, 5), nothing, sources)

    @property
    def outputs(self) -> int:
        return self.aim.shape[1]

    def hidden(self, index: Any, draw: Any) -> tuple[dict[str, Any], Tell]:
        torch, gone, aim = self.torch, self.given["gone"][index], self.aim[index]
        out = (torch.rand(gone.shape, generator=draw) < CELLS).float()
        wide = out[:, self.sources]
        seen = {"numbers": self.given["numbers"][index] * (1 - wide) + self.nothing * wide, "gone": torch.maximum(gone, out)}
        asked = out * (1 - gone)
        return seen, lambda told: ((asked * (told - aim) ** 2).sum() / (asked.sum() + TINY) * gone.shape[1], gone.shape[1])


@dataclass(frozen=True)
class _Levels:
    """sizes (d,): how many codes a column has."""

    torch: Any
    sizes: tuple[int, ...]
    given: Mapping[str, Any]

    @property
    def outputs(self) -> int:
        return sum(self.sizes)

    def hidden(self, index: Any, draw: Any) -> tuple[dict[str, Any], Tell]:
        torch, gone, codes = self.torch, self.given["gone"][index], self.given["codes"][index]
        out = (torch.rand(gone.shape, generator=draw) < CELLS).float()
        asked = out * (1 - gone)

        def tell(told: Any) -> tuple[Any, int]:
            total, at = 0.0, 0
            for column, size in enumerate(self.sizes):
                each = torch.nn.functional.cross_entropy(told[:, at : at + size], codes[:, column], reduction="none")
                total = total + (each * asked[:, column]).sum() / (asked[:, column].sum() + TINY) / math.log(size)
                at += size
            return total, len(self.sizes)

        return {"codes": torch.where(out > 0, 0, codes), "gone": torch.maximum(gone, out)}, tell


@dataclass(frozen=True)
class _Words:
    """weights (V,): how much each word counts; made (2, V): the two words of a pair, itself of any other."""

    torch: Any
    given: Mapping[str, Any]
    weights: Any
    made: Any

    @staticmethod
    def of(torch: Any, encoder: Prose, given: Mapping[str, Any]) -> _Words:
        """Words that nearly every text holds tell little of it."""
        made = torch.from_numpy(encoder.made_of())
        share = torch.bincount(given["ids"].reshape(-1), minlength=made.shape[1]).double() / max(1, len(given["ids"]))
        weights = torch.sqrt(COMMON / share.clamp_min(COMMON)).float()
        weights[:2] = 0.0  # nothing, and what is in no vocabulary
        return _Words(torch, given, weights, made)

    @property
    def outputs(self) -> int:
        return BUCKETS

    def hidden(self, index: Any, draw: Any) -> tuple[dict[str, Any], Tell]:
        """A word is hidden wherever it stands in the text, and with it the pairs that would tell it."""
        torch, ids = self.torch, self.given["ids"][index]
        ids = ids[:, : max(1, int((ids > 0).sum(1).max()))]
        drawn = torch.zeros((len(ids), len(self.weights)), dtype=torch.bool)
        drawn.scatter_(1, ids, torch.rand(ids.shape, generator=draw) < WORDS)
        out = drawn.gather(1, self.made[0][ids]) | drawn.gather(1, self.made[1][ids])
        left = torch.where(out, 0, ids)
        left = left.gather(1, (left == 0).byte().argsort(dim=1, stable=True))  # words stand together, as they are read
        counts = self.weights[ids] * out

        def tell(told: Any) -> tuple[Any, int]:
            each = -torch.log_softmax(told, 1).gather(1, ids % BUCKETS)
            return (each * counts).sum() / (counts.sum() + TINY) / math.log(BUCKETS), 1

        return {"ids": left, "gone": self.given["gone"][index]}, tell
