"""What a net makes of each kind of column: numbers, categories, prose, pictures and sequences become features that it learns, or reads as they are.

    encoder = Prose.fit(rows, ("review",), {"text": "bag"})
    given = encoder.read(rows)                                    # arrays of n rows: places in the vocabulary, what is missing
    encoder.features(np, own, given, kept)                        # (n, F) by NumPy; with torch in the place of np, (b, F) that can be learned through

An encoder says everything once: the same lines are the forward pass in torch, where weights are learned, and in NumPy, where the net is asked, so the
two cannot part. Numbers are scaled and laid out piecewise-linearly over their quantiles (Gorishniy, Rubachev & Babenko 2022), levels are embedded,
words (rare ones as frequent pieces of words, Chinese as signs) and their pairs are embedded and pooled by learned attention, or read one by one by a
GRU or LSTM, sequences are read all together by convolutions over time, pictures by the tower of `cnn`, which alone is asked through onnxruntime. What
they do *not* do: start from pretrained weights.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Final, Protocol

import numpy as np

from ..core.rows import Rows
from ._columns import levels_of, numbers_of
from ._encode import is_prose
from ._inputs import Scaled
from ._pictures import Frame
from ._sequences import Channels
from ._terms import SIGN, blocks
from .cnn import Tower

__all__ = ["Categories", "Encoder", "Numbers", "Pictures", "Prose", "Series", "kinds_of", "normed", "read_back", "rectified", "share_of", "sigmoid"]

Arrays = dict[str, np.ndarray]
Drop = Callable[[Any, float], Any]  # (x, share): x of which a share is left out while the net learns; x as it is when it is asked

BINS: Final = 8  # quantile bins that a number is laid out over
OFTEN: Final = 3  # training rows that a level needs for an embedding of its own
LEVELS: Final = 2_000  # of a column, the most frequent
DEEP: Final = 16  # numbers in the embedding of a level, at most
EMBEDDED: Final = 48  # numbers in the embedding of a word
FAINT: Final = 0.2  # deviation of the first embeddings of words
HEADS: Final = 2  # ways in which attention pools words
STATES: Final = 48  # of a recurrent net
WORDS: Final = 12_000  # in a vocabulary: words and pairs
PIECES: Final = 2_000  # of words, for those that are not in it
PIECE: Final = (4, 8)  # letters of a piece
LONGEST: Final = {"bag": 240, "gru": 96, "lstm": 96}  # words of a text that are read
READ: Final = 4_000  # letters of a text that are read
MOMENTS: Final = 160  # of a series; longer ones are averaged in stretches
FILTERS: Final = ((32, 7), (48, 5), (64, 3))  # (features, width) of convolutions over time
BIT: Final = 0.4  # share of words, and of what is read of a text, that is left out while the net learns
TOKEN: Final = re.compile(r"\w+|[^\w\s]")
TINY: Final = 1e-9
RECURRENT: Final = {"gru": 3, "lstm": 4}  # gates


class Encoder(Protocol):
    """A kind of column, fitted on some rows."""

    kind: ClassVar[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        ...

    @property
    def modality(self) -> str:
        """What is hidden together: the encoders of one modality make one token of the net."""
        ...

    @property
    def sources(self) -> np.ndarray:
        """(F,) the place in `names` of each feature; -1 where it is of all of them together."""
        ...

    def read(self, rows: Rows) -> Arrays:
        """What the forward pass is given: arrays of n rows, among them `gone` (n, names) of 0 and 1."""
        ...

    def begun(self, chance: np.random.Generator) -> Arrays:
        """The first weights."""
        ...

    def features(self, lib: Any, own: Mapping[str, Any], given: Mapping[str, Any], drop: Drop) -> Any:
        """(n, F) by weights and what was read; lib: NumPy or torch."""
        ...

    def to_json(self) -> dict[str, Any]:
        """All but weights."""
        ...


def kinds_of(rows: Rows, names: Sequence[str]) -> dict[str, str]:
    """{column: number, category, prose, image or sequence}, by how it is stored."""
    plain = {"number": "number", "time": "number", "text": "category", "bytes": "image", "list": "sequence"}
    return {name: "prose" if is_prose(rows, name) else plain[rows.storage(name)] for name in names}


# ---------------------------------------------------------------- plain columns


@dataclass(frozen=True)
class Numbers:
    """Numbers and moments: scaled and softly clipped, how far along each quantile bin they are; where they are missing, the median's."""

    kind: ClassVar[str] = "number"

    parts: tuple[Scaled, ...]
    edges: tuple[tuple[float, ...], ...]

    @staticmethod
    def fit(rows: Rows, names: Sequence[str]) -> Numbers:
        """Quartiles and quantiles of the present values."""
        edges = []
        for name in names:
            x = numbers_of(rows, name)
            present = x[~np.isnan(x)]
            cuts = np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1))) if len(present) else np.zeros(0)
            edges.append(tuple(float(cut) for cut in cuts) if len(cuts) > 2 else ())
        return Numbers(tuple(replace(Scaled.fit(rows, name), gone=False) for name in names), tuple(edges))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(part.name for part in self.parts)

    @property
    def modality(self) -> str:
        """Plain columns are one."""
        return "plain"

    @property
    def sources(self) -> np.ndarray:
        """(F,)."""
        return np.repeat(np.arange(len(self.parts)), [1 + max(0, len(own) - 1) for own in self.edges])

    def read(self, rows: Rows) -> Arrays:
        """`numbers` (n, F)."""
        made, gone = [], []
        for part, own in zip(self.parts, self.edges, strict=True):
            x = numbers_of(rows, part.name)
            gone.append(np.isnan(x))
            made.append(part.parts(rows)[:, 0])
            filled = np.where(gone[-1], part.middle, x)
            made += [np.clip((filled - a) / (b - a), 0.0, 1.0) for a, b in pairwise(own)]
        return {"numbers": np.column_stack(made), "gone": np.column_stack(gone).astype(np.float64)}

    def nothing(self) -> np.ndarray:
        """(F,) what is read of a row that lacks all of them."""
        return self.read(Rows.of({name: np.full(1, np.nan) for name in self.names}))["numbers"][0]

    def begun(self, chance: np.random.Generator) -> Arrays:
        """None."""
        return {}

    def features(self, lib: Any, own: Mapping[str, Any], given: Mapping[str, Any], drop: Drop) -> Any:
        """As they were read."""
        return given["numbers"]

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"kind": self.kind, "parts": [part.__dict__ for part in self.parts], "edges": [list(own) for own in self.edges]}


@dataclass(frozen=True)
class Categories:
    """Levels of d columns: an embedding of each that is frequent, one of all others, one of missing."""

    kind: ClassVar[str] = "category"

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]

    @staticmethod
    def fit(rows: Rows, names: Sequence[str]) -> Categories:
        """The levels of at least OFTEN rows, the most frequent first."""
        levels = []
        for name in names:
            column = levels_of(rows, name)
            count = column.counts()
            levels.append(tuple(column.levels[i] for i in np.argsort(-count, kind="stable")[:LEVELS] if count[i] >= OFTEN))
        return Categories(tuple(names), tuple(levels))

    @property
    def modality(self) -> str:
        """Plain columns are one."""
        return "plain"

    @property
    def widths(self) -> list[int]:
        """(d,) numbers in the embeddings of each column."""
        return [min(DEEP, 1 + round(1.6 * (len(own) + 1) ** 0.56)) for own in self.levels]

    @property
    def sources(self) -> np.ndarray:
        """(F,)."""
        return np.repeat(np.arange(len(self.names)), self.widths)

    def read(self, rows: Rows) -> Arrays:
        """`codes` (n, d): 0 is missing, 1 any other level, then the levels."""
        made = []
        for name, own in zip(self.names, self.levels, strict=True):
            column, place = levels_of(rows, name), {level: i + 2 for i, level in enumerate(own)}
            made.append(np.array([*(place.get(level, 1) for level in column.levels), 0], dtype=np.int64)[column.codes])
        codes = np.column_stack(made)
        return {"codes": codes, "gone": (codes == 0).astype(np.float64)}

    def begun(self, chance: np.random.Generator) -> Arrays:
        """A table of embeddings for each column."""
        return {
            f"table_{i}": chance.normal(0.0, 0.5, (len(own) + 2, wide)) for i, (own, wide) in enumerate(zip(self.levels, self.widths, strict=True))
        }

    def features(self, lib: Any, own: Mapping[str, Any], given: Mapping[str, Any], drop: Drop) -> Any:
        """The embeddings side by side."""
        return lib.concatenate([_looked_up(lib, own[f"table_{i}"], given["codes"][:, i]) for i in range(len(self.names))], axis=1)

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"kind": self.kind, "names": list(self.names), "levels": [list(own) for own in self.levels]}


# ---------------------------------------------------------------- prose


@dataclass(frozen=True)
class Prose:
    """A column of prose. form: word, or sign where words are not spaced; words, pairs, pieces: the vocabulary, in this order from 2 on (0 is nothing,
    1 a word that is not in it); how: bag, gru or lstm; longest: words of a text that are read.
    """

    kind: ClassVar[str] = "prose"

    names: tuple[str, ...]
    form: str
    words: tuple[str, ...]
    pairs: tuple[str, ...]
    pieces: tuple[str, ...]
    how: str
    longest: int

    @staticmethod
    def fit(rows: Rows, name: str, how: str = "bag") -> Prose:
        """The vocabulary of the texts: words of two texts, pairs of three (for a bag), and what the other words are often made of."""
        column = levels_of(rows, name)
        form = "sign" if blocks(rows, name) == ("signs",) else "word"
        cut = [_cut(column.levels[code], form) for code in np.unique(column.codes[column.codes >= 0])]
        count = Counter(word for text in cut for word in set(text))
        words = _often(count, 2)[:WORDS]
        pairs = Counter(pair for text in cut for pair in {f"{a} {b}" for a, b in pairwise(text)}) if how == "bag" else Counter()
        often = _often(pairs, 3)[: WORDS - len(words)]
        pieces = _pieces(count) if form == "word" else []
        made = Prose((name,), form, tuple(words), tuple(often), tuple(pieces), how, 1)
        sizes = [len(made._ids(text)) for text in cut]
        return replace(made, longest=int(np.clip(np.quantile(sizes or [1], 0.98), 4, LONGEST[how])))

    @property
    def modality(self) -> str:
        """Its own."""
        return self.names[0]

    @property
    def sources(self) -> np.ndarray:
        """(F,)."""
        return np.zeros((HEADS + 1) * EMBEDDED if self.how == "bag" else 2 * STATES, dtype=np.int64)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {word: i + 2 for i, word in enumerate((*self.words, *self.pairs, *(f"##{piece}" for piece in self.pieces)))}

    def made_of(self) -> np.ndarray:
        """(2, vocabulary) the places of the two words of each pair; of anything else its own, twice."""
        made = np.tile(np.arange(2 + len(self._place)), (2, 1))
        for pair in self.pairs:
            made[:, self._place[pair]] = [self._place.get(word, 1) for word in pair.split(" ")]
        return made

    def _ids(self, text: Sequence[str]) -> list[int]:
        """The places of words, rare ones in pieces, and of pairs behind them."""
        place, made = self._place, []
        for word in text:
            at = place.get(word)
            made += [at] if at is not None else self._in_pieces(word)
        return [*made, *(place[pair] for a, b in pairwise(text) if (pair := f"{a} {b}") in place)] if self.pairs else made

    def _in_pieces(self, word: str) -> list[int]:
        """The longest known piece at each place, from left to right."""
        made, at = [], 0
        while self.pieces and at < len(word):
            found = next((size for size in range(min(PIECE[1], len(word) - at), PIECE[0] - 1, -1) if f"##{word[at : at + size]}" in self._place), 0)
            made += [self._place[f"##{word[at : at + found]}"]] if found else []
            at += found or 1
        return made or [1]

    def read(self, rows: Rows) -> Arrays:
        """`ids` (n, longest): places in the vocabulary, then 0."""
        column = levels_of(rows, self.names[0])
        codes, at = np.unique(column.codes, return_inverse=True)
        table = np.zeros((len(codes), self.longest), dtype=np.int64)
        for row, code in zip(table, codes, strict=True):
            ids = self._ids(_cut(column.levels[code], self.form))[: self.longest] if code >= 0 else []
            row[: len(ids)] = ids
        return {"ids": table[at], "gone": (column.codes < 0).astype(np.float64)[:, None]}

    def begun(self, chance: np.random.Generator) -> Arrays:
        """Embeddings, and what attends to them or goes through them."""
        table = chance.normal(0.0, FAINT, (2 + len(self._place), EMBEDDED))
        if self.how == "bag":
            return {"table": table, "attend": chance.normal(0.0, 1 / math.sqrt(EMBEDDED), (EMBEDDED, HEADS))}
        wide, bound = RECURRENT[self.how] * STATES, 1 / math.sqrt(STATES)
        bias = np.zeros((1, wide))
        if self.how == "lstm":
            bias[:, STATES : 2 * STATES] = 1.0  # to forget little at first
        return {
            "table": table,
            "enter": chance.uniform(-bound, bound, (EMBEDDED, wide)),
            "again": chance.uniform(-bound, bound, (STATES, wide)),
            "bias": bias,
            "bend": np.zeros((1, wide)),
        }

    def features(self, lib: Any, own: Mapping[str, Any], given: Mapping[str, Any], drop: Drop) -> Any:
        """Of a bag the words as each head attends to them, and their mean; else the last state and the mean of all."""
        ids = given["ids"]
        ids = ids[:, : max(1, int((ids > 0).sum(axis=1).max()) if len(ids) else 1)]
        real = (ids > 0) * drop(lib.ones(ids.shape, dtype=lib.float32), BIT)
        real = real > 0 if self.how == "bag" else ids > 0
        seen = _looked_up(lib, own["table"], ids)
        if self.how != "bag":
            return drop(_recurred(lib, self.how, own, drop(seen, BIT), real), BIT)
        real = real[:, :, None] * 1.0
        score = lib.tanh(seen) @ own["attend"]
        weight = lib.exp(score - lib.amax(score, axis=1, keepdims=True)) * real
        weight = weight / (weight.sum(axis=1, keepdims=True) + TINY)
        mean = (seen * real).sum(axis=1) / (real.sum(axis=1) + 1.0)
        return drop(lib.concatenate([*((seen * weight[:, :, h : h + 1]).sum(axis=1) for h in range(HEADS)), mean], axis=1), BIT)

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"kind": self.kind, **{name: list(v) if isinstance(v := getattr(self, name), tuple) else v for name in self.__dataclass_fields__}}


def _cut(text: str, form: str) -> list[str]:
    return (TOKEN if form == "word" else SIGN).findall(text[:READ].lower())


def _pieces(count: Counter[str]) -> list[str]:
    """The runs of letters that most words hold."""
    held = Counter(
        piece for word in count for piece in {word[i : i + size] for size in range(PIECE[0], PIECE[1] + 1) for i in range(len(word) - size + 1)}
    )
    return _often(held, OFTEN)[:PIECES]


def _often(count: Counter[str], least: int) -> list[str]:
    """What was counted so often, the most frequent first; of equals the first by letters, so that no order of a set decides."""
    return sorted((word for word, n in count.items() if n >= least), key=lambda word: (-count[word], word))


def _recurred(lib: Any, how: str, own: Mapping[str, Any], x: Any, real: Any) -> Any:
    """(n, 2 STATES): the state after the last real word, and the mean over them. x (n, words, embedding)."""
    given, h = x @ own["enter"] + own["bias"], STATES
    state = cell = total = given[:, 0, :h] * 0.0
    for t in range(given.shape[1]):
        here = real[:, t : t + 1] * 1.0
        again = state @ own["again"] + own["bend"]
        if how == "gru":
            reset, update = sigmoid(lib, given[:, t, :h] + again[:, :h]), sigmoid(lib, given[:, t, h : 2 * h] + again[:, h : 2 * h])
            new = (1.0 - update) * lib.tanh(given[:, t, 2 * h :] + reset * again[:, 2 * h :]) + update * state
        else:
            gates = given[:, t] + again
            told = sigmoid(lib, gates[:, h : 2 * h]) * cell + sigmoid(lib, gates[:, :h]) * lib.tanh(gates[:, 2 * h : 3 * h])
            new = sigmoid(lib, gates[:, 3 * h :]) * lib.tanh(told)
            cell = here * told + (1.0 - here) * cell
        state = here * new + (1.0 - here) * state
        total = total + here * state
    return lib.concatenate([state, total / ((real * 1.0).sum(axis=1, keepdims=True) + TINY)], axis=1)


# ---------------------------------------------------------------- sequences and pictures


@dataclass(frozen=True)
class Series:
    """All columns of sequences as channels of one: convolutions over time, then the mean and the most of each feature."""

    kind: ClassVar[str] = "sequence"

    channels: Channels

    @staticmethod
    def fit(rows: Rows, names: Sequence[str]) -> Series:
        """Means and deviations of each channel; what is usually long is averaged in stretches."""
        channels = Channels.fit(rows, names)
        times = -(-channels.usual // MOMENTS)
        return Series(replace(channels, step=channels.step * times, usual=-(-channels.usual // times)))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return self.channels.names

    @property
    def modality(self) -> str:
        """Its own."""
        return "series"

    @property
    def sources(self) -> np.ndarray:
        """(F,)."""
        return np.full(2 * FILTERS[-1][0], -1 if len(self.names) > 1 else 0)

    def read(self, rows: Rows) -> Arrays:
        """`values` (n, longest, c) and `lengths` (n,)."""
        values, lengths = self.channels.arrays(rows)
        gone = np.column_stack([[s is None or not np.isfinite(s).any() for s in rows.packed(name)] for name in self.names])
        return {"values": values.transpose(0, 2, 1).astype(np.float64), "lengths": lengths, "gone": gone.astype(np.float64)}

    def begun(self, chance: np.random.Generator) -> Arrays:
        """Filters, and how each moment's features are normed."""
        made, before = {}, len(self.names)
        for i, (wide, width) in enumerate(FILTERS):
            made[f"filter_{i}"] = chance.normal(0.0, math.sqrt(2.0 / (before * width)), (before * width, wide))
            made |= {f"gain_{i}": np.ones(wide), f"shift_{i}": np.zeros(wide)}
            before = wide
        return made

    def features(self, lib: Any, own: Mapping[str, Any], given: Mapping[str, Any], drop: Drop) -> Any:
        """(n, F)."""
        lengths, values = given["lengths"], given["values"]
        values = values[:, : max(1, int(lengths.max()) if len(lengths) else 1)]
        real = (lib.arange(values.shape[1])[None, :] < lengths[:, None])[:, :, None] * 1.0
        x = values * real
        for i, (_, width) in enumerate(FILTERS):
            x = _filtered(lib, x, own[f"filter_{i}"], width)
            x = rectified(normed(lib, x, own[f"gain_{i}"], own[f"shift_{i}"])) * real
        return lib.concatenate([x.sum(axis=1) / lengths[:, None], lib.amax(x, axis=1)], axis=1)

    def to_json(self) -> dict[str, Any]:
        """The channels."""
        return {"kind": self.kind, "channels": self.channels.to_json()}


@dataclass(frozen=True)
class Pictures:
    """A column of pictures, in one size; tower: what reads them once the net has learned."""

    kind: ClassVar[str] = "image"

    names: tuple[str, ...]
    frame: Frame
    width: int
    tower: Tower | None = None

    @property
    def modality(self) -> str:
        """Its own."""
        return self.names[0]

    @property
    def sources(self) -> np.ndarray:
        """(F,)."""
        return np.zeros(self.width, dtype=np.int64)

    def read(self, rows: Rows) -> Arrays:
        """`images` (n, h, w, c) uint8."""
        images, gone = self.frame.read(list(rows.packed(self.names[0])))
        return {"images": images, "gone": gone.astype(np.float64)[:, None]}

    def begun(self, chance: np.random.Generator) -> Arrays:
        """None: the tower is torch's own."""
        return {}

    def features(self, lib: Any, own: Mapping[str, Any], given: Mapping[str, Any], drop: Drop) -> Any:
        """By the tower: while the net learns, what `own` holds under that name."""
        if self.tower is None:
            return own["tower"](given["images"])
        return self.tower.features(given["images"]).astype(np.float64)

    def to_json(self) -> dict[str, Any]:
        """All but the tower."""
        return {"kind": self.kind, "names": list(self.names), "frame": self.frame.to_json(), "width": self.width}


# ---------------------------------------------------------------- shared


def read_back(tree: Mapping[str, Any]) -> Encoder:
    """Reads what `to_json` wrote; a column of pictures has no tower yet. Raises ValueError for another kind."""
    fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in tree.items() if name != "kind"}
    match tree["kind"]:
        case "number":
            return Numbers(tuple(Scaled(**part) for part in fields["parts"]), tuple(tuple(own) for own in fields["edges"]))
        case "category":
            return Categories(fields["names"], tuple(tuple(own) for own in fields["levels"]))
        case "prose":
            return Prose(**fields)
        case "sequence":
            return Series(Channels.from_json(fields["channels"]))
        case "image":
            return Pictures(fields["names"], Frame.from_json(fields["frame"]), int(fields["width"]))
        case _:
            pass
    raise ValueError(f"expected an encoder of number, category, prose, sequence or image; got {tree['kind']!r}")


def rectified(x: Any) -> Any:
    """What of x is above 0, 0 elsewhere."""
    return x * (x > 0)


def sigmoid(lib: Any, x: Any) -> Any:
    """From 0 to 1."""
    return 0.5 * (1.0 + lib.tanh(0.5 * x))


def share_of(lib: Any, score: Any) -> Any:
    """Softmax over the last axis."""
    raised = lib.exp(score - lib.amax(score, axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def normed(lib: Any, x: Any, gain: Any, shift: Any) -> Any:
    """All of x with mean 0 and deviation 1 over the last axis, then scaled and moved (Ba, Kiros & Hinton 2016)."""
    off = x - x.mean(axis=-1, keepdims=True)
    return off / lib.sqrt((off**2).mean(axis=-1, keepdims=True) + 1e-5) * gain + shift


def _looked_up(lib: Any, table: Any, ids: Any) -> Any:
    """Rows of a table; in torch by the way back that is quick."""
    return table[ids] if lib is np else lib.nn.functional.embedding(ids, table)


def _filtered(lib: Any, x: Any, weights: Any, width: int) -> Any:
    """(n, moments, features) of x (n, moments, c) by weights (c * width, features), the edges of x filled with 0."""
    edge = width // 2
    if lib is np:
        wide = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (edge, edge), (0, 0))), width, axis=1)
        return wide.reshape(*x.shape[:2], len(weights)) @ weights
    kernel = weights.reshape(x.shape[2], width, -1).permute(2, 0, 1)
    return lib.nn.functional.conv1d(x.transpose(1, 2), kernel, padding=edge).transpose(1, 2)
