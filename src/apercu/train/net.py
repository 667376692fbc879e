"""One net for tables of pictures, sequences, prose and plain columns, trained end to end; which columns it reads, and how, is declared, or inferred.

    Net()                                                              # every column by its kind, tokens side by side
    Net(kinds={"photo": "image", "review": "prose", "age": "number"}, fusion="gated", text="gru", width=96)

Each kind of column has an encoder (`_encoders`), each modality becomes a token, one fusion joins them and one head tells the target (`_fusion`): late
fusion as of AutoMM (Shi et al. 2021), at the size of a processor. Models of single modalities that are blended add up what each says; only a net of
all sees that a word means one thing beside a small number and another beside a large one. Modalities are hidden by chance while it learns, so one
that is missing is survived. Trained with torch (the extra `deep`) in the loop of `_loop`, the pass that the watched rows like best is kept; kept as
plain arrays, JSON and an ONNX file for each column of pictures, and asked by NumPy and onnxruntime, so a study opens where torch is not. What each
column contributes is a Shapley value against BACKGROUND fixed training rows, along a path and back, and the sum with the base is the prediction
exactly; of several columns of sequences, which are read as one, the part is shared by what each alone changes. With `pretrain` its encoders begin
from rows without a target (see `masked`); where many lack it, it is tried with and without. What it does *not* do: begin from downloaded weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.errors import InputError, UnknownName, WordsError
from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import MEDIA, Coded, Packed, Rows
from . import _fusion, _maps, masked
from ._augment import augmented, mirrors
from ._columns import media_of, weights_of
from ._convnet import RECIPES, Layers, exported, module
from ._encode import is_prose
from ._encoders import Categories, Encoder, Numbers, Pictures, Prose, Series, kinds_of, read_back
from ._extra import brought
from ._fusion import FUSIONS, Layout
from ._loop import Plan, dropped, seeded, supervised, trained
from ._paths import along
from ._pictures import Frame
from ._shared import shared
from ._stacked import stacked
from ._target import Scale, told
from .cnn import Tower

__all__ = ["Head", "Net", "NetModel"]

TEXTS: Final = ("bag", "gru", "lstm")
KINDS: Final = ("number", "category", "prose", "image", "sequence", "out")
MOST: Final = 50_000  # rows of a fit, the first
FEW: Final = 20  # watched rows below which some of the others are watched instead
HELD: Final = 6  # then one row in so many
LEAST: Final = 60  # rows below which none can be spared
BACKGROUND: Final = 8  # training rows that contributions are told against
VISITS: Final = 40_000  # of rows in all passes together
PASSES: Final = (5, 60)
BATCHES: Final = ((32, 1_000), (64, 10_000), (128, math.inf))  # (rows of a step, where there are fewer rows than)
HIDDEN: Final = 0.1  # share of tokens that are hidden while the net learns
RATE: Final = 0.01
DECAY: Final = 0.1
ASKED: Final = 512  # rows that are asked at once
LOOKED: Final = 2_000  # pictures that say what light they have
PATIENCE: Final = 6
AVERAGE: Final = 0.98  # of the running mean of the weights that stays at each step
RANK: Final = 7
OPEN: Final = 2_000  # rows without a target from which they are learned from, where they are the more
_beginning = Lock()


@dataclass(frozen=True)
class Head:
    """What the net tells of one target: of a number the deviations (spread) from its middle, kept between low and high; else log-odds of classes."""

    goal: Goal
    middle: float = 0.0
    spread: float = 1.0
    low: float = 0.0
    high: float = 0.0

    @property
    def width(self) -> int:
        """How many outputs it has."""
        return 1 if self.goal.task == "numeric" else len(self.goal.classes)

    def raw(self, made: np.ndarray) -> np.ndarray:
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several, of outputs (n, width)."""
        if self.goal.task == "numeric":
            return np.clip(self.middle + self.spread * made, self.low, self.high)
        return made[:, 1:] - made[:, :1] if self.goal.task == "binary" else made

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {"goal": self.goal.to_json(), **{name: getattr(self, name) for name in ("middle", "spread", "low", "high")}}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Head:
        """Reads what `to_json` wrote."""
        return Head(Goal.from_json(tree["goal"]), *(float(tree[name]) for name in ("middle", "spread", "low", "high")))


@dataclass(frozen=True)
class NetModel:
    """encoders, with a prefix of their weights in arrays: "<place>_"; the rest is the fusion's; background (b, F): what it reads of some rows.

    heads: of the target, then of the further ones, whose outputs stand side by side.
    """

    name: str
    columns: tuple[str, ...]
    task: str
    fusion: str
    encoders: tuple[Encoder, ...]
    arrays: dict[str, np.ndarray]
    background: np.ndarray
    heads: tuple[Head, ...]

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._asked(self.read(rows)), self.task, Scale())

    def predict_all(self, rows: Rows) -> dict[str, np.ndarray]:
        """{target: (n,) numbers, or (n, k) probabilities}, of the target and of those that were learned with it."""
        made, ends = self._outputs(self.read(rows)), np.cumsum([0, *(head.width for head in self.heads)])
        parts = {head.goal.target: (head.raw(made[:, a:b]), head.goal.task) for head, a, b in zip(self.heads, ends[:-1], ends[1:], strict=True)}
        return {target: told(raw, task, Scale()) for target, (raw, task) in parts.items()}

    def read(self, rows: Rows) -> np.ndarray:
        """(n, F) float64 that the fusion joins: each encoder's features and signs of what is missing."""
        return np.hstack([self._encoded(i, rows) for i in range(len(self.encoders))])

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): what the prediction moves by as columns change from a background row's to this row's, on average over the rows."""
        own, base, sources = self.read(rows), self._asked(self.background), self._layout.sources
        present, parts = np.unique(sources), along(own, self.background, sources, self._asked)
        made = np.zeros((rows.n, len(self.columns), base.shape[1]))
        for player, source in enumerate(present):
            if source >= 0:
                made[:, source] += parts[:, player]
            else:
                shares, places = self._shares(rows, own, int(-1 - source))
                made[:, places] += shares[:, :, None] * parts[:, player][:, None, :]
        return made, base.mean(axis=0)

    def _shares(self, rows: Rows, own: np.ndarray, at: int) -> tuple[np.ndarray, list[int]]:
        """((n, c), places in `columns`): how much the prediction changes as each column of an encoder alone is missing, to a sum of one."""
        encoder, whole = self.encoders[at], self._asked(own)
        where = self._layout.sources == -1 - at
        changed = np.zeros((rows.n, len(encoder.names)))
        for i, name in enumerate(encoder.names):
            without = rows.plus({name: _nothing(rows.n, encoder.kind)})
            now = own.copy()
            now[:, where] = self._encoded(at, without)
            changed[:, i] = np.abs(self._asked(now) - whole).sum(axis=1)
        total = changed.sum(axis=1, keepdims=True)
        shares = np.where(total > 0, changed / np.where(total > 0, total, 1.0), 1.0 / len(encoder.names))
        return shares, [self.columns.index(name) for name in encoder.names]

    @property
    def pictures(self) -> tuple[str, ...]:
        """The columns of pictures."""
        return tuple(encoder.names[0] for encoder in self.encoders if isinstance(encoder, Pictures))

    @property
    def towers(self) -> tuple[Tower, ...]:
        """What reads each of them."""
        return tuple(encoder.tower for encoder in self.encoders if isinstance(encoder, Pictures) and encoder.tower is not None)

    def filters(self, column: str | None = None) -> np.ndarray:
        """(filters, k, k, channels) uint8 of the first convolution."""
        return _maps.filters(self, column)

    def feature_maps(self, picture: bytes, column: str | None = None) -> list[np.ndarray]:
        """(c, h, w) after each convolution; by torch."""
        return _maps.feature_maps(self, picture, column)

    @cached_property
    def _layout(self) -> Layout:
        return Layout.of(self.encoders, self.columns)

    def _encoded(self, at: int, rows: Rows) -> np.ndarray:
        """(n, features and signs) of one encoder."""
        own = {name.partition("_")[2]: a for name, a in self.arrays.items() if name.startswith(f"{at}_")}
        pieces, whole = [], rows.plus({name: _nothing(rows.n, self.encoders[at].kind) for name in self.encoders[at].names if name not in rows})
        for a in range(0, max(rows.n, 1), ASKED):
            given = self.encoders[at].read(whole.take(np.arange(a, min(a + ASKED, rows.n))))
            pieces.append(np.hstack([self.encoders[at].features(np, own, given, _kept), given["gone"]]))
        return np.concatenate(pieces)

    def _asked(self, x: np.ndarray) -> np.ndarray:
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several, of the target alone."""
        return self.heads[0].raw(self._outputs(x)[:, : self.heads[0].width])

    def _outputs(self, x: np.ndarray) -> np.ndarray:
        """(n, outputs of all heads)."""
        return _fusion.answered(np, self.arrays, (self._layout, self.fusion), x, _kept)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `net.npz` and an ONNX file for each column of pictures, and returns the rest as JSON."""
        light = {name: array.astype(np.float32) for name, array in self.arrays.items()}  # as they were learned
        np.savez_compressed(folder / "net.npz", allow_pickle=False, background=self.background, **light)
        for i, encoder in enumerate(self.encoders):
            if isinstance(encoder, Pictures) and encoder.tower is not None:
                (folder / f"net_{i}.onnx").write_bytes(encoder.tower.content)
        card = {"columns": list(self.columns), "task": self.task, "fusion": self.fusion, "heads": [head.to_json() for head in self.heads]}
        return {**card, "encoders": [encoder.to_json() for encoder in self.encoders]}


@dataclass(frozen=True)
class Net:
    """The learner. kinds: {column: number, category, prose, image, sequence or out}, for those that shall not be inferred; fusion: concat, gated or
    attention; text: bag, gru or lstm; width: numbers in a token; epochs: passes over the rows, None for what their number asks for; patience: passes
    without a better one before the end, None for a third of all, at least PATIENCE; pretrain: whether its encoders first learn from all rows, those
    without a target included; also: the goals of further targets, learned at once by heads on one body, where a row that lacks one counts for the
    others (see `several`). It has one fixed seed, and trains on one thread.
    """

    name: ClassVar[str] = "net"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "net of several kinds of columns", "zh": "多模态神经网络"}
    media: ClassVar[tuple[str, ...]] = MEDIA
    mixed: ClassVar[bool] = True
    needs: ClassVar[tuple[str, str]] = ("torch", "deep")
    asks: ClassVar[tuple[str, ...]] = ("pool",)

    kinds: Mapping[str, str] = field(default_factory=dict)
    fusion: str = "concat"
    text: str = "bag"
    width: int = 64
    epochs: int | None = None
    patience: int | None = None
    pretrain: bool = False
    also: tuple[Goal, ...] = ()

    def __post_init__(self) -> None:
        for what, got, known in (("fusion", self.fusion, FUSIONS), ("reader of texts", self.text, TEXTS)):
            if got not in known:
                raise UnknownName(what, got, known)
        for kind in self.kinds.values():
            if kind not in KINDS:
                raise UnknownName("kind of column", kind, KINDS)
        if self.width < 1 or (self.epochs is not None and self.epochs < 1):
            raise WordsError(f"width and epochs must be at least 1; got {self.width!r} and {self.epochs!r}.")

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """Itself, where pictures or sequences stand beside prose or plain columns, and torch is there; of prose and plain columns trees on top of a
        text model know as much in half the time.
        """
        names = [name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_")]
        rich = {name: rows.storage(name) for name in media_of(rows.only(names), MEDIA)}
        rich |= {name: "prose" for name in names if is_prose(rows, name)}
        plain = any(name not in rich and not any(name.startswith(f"{of}_") for of in rich) for name in names)  # what is derived of them is theirs
        mixed = bool({*rich.values()} - {"prose"}) and len({*rich.values()}) + plain >= 2
        return (Member(cls.name, cls(), RANK),) if mixed and find_spec("torch") is not None else ()

    @classmethod
    def opened(cls, goal: Goal, rows: Rows, pool: Rows) -> tuple[Member, ...]:
        """Where the net is tried: whether it is better begun from the rows without a target is for the rows with one to say, out of fold."""
        wordy = any(pool.storage(name) == "text" for name in pool)
        return (Member(f"{cls.name} begun", cls(pretrain=True), RANK),) if wordy and pool.n >= max(OPEN, rows.n) else ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows, pool: Rows | None = None) -> NetModel:
        """Trains on `rows` while `watch` looks on; pool: rows without a target. Raises WordsError where torch is absent, InputError where there is no
        column that can be read.
        """
        brought("torch")
        goals = (goal, *self.also)
        columns = tuple(name for name in rows if name not in (goal.weight, *(own.target for own in goals)) and not name.startswith("_"))
        rows = rows.take(np.arange(min(rows.n, MOST)))
        encoders, start = self._begun(rows, columns, pool) if self.pretrain else (self._encoders(rows, columns), {})
        if not encoders:
            raise InputError("a net needs a column that it can read; there is none.")
        seen = stacked(rows, watch.only(tuple(rows)))
        held = np.arange(seen.n) % HELD == HELD - 1 if rows.n >= LEAST else np.zeros(seen.n, dtype=bool)
        watched = np.arange(seen.n) >= rows.n if watch.n >= FEW else held
        weights = np.ones(seen.n) if (w := weights_of(seen, goal)) is None else w
        aims = tuple(_aimed(own, own.coded(seen), weights, watched) for own in goals)
        lesson = _Lesson(tuple(encoder.read(seen) for encoder in encoders), aims, watched)
        made, arrays = _learned(self, encoders, Layout.of(encoders, columns), lesson, start)
        model = NetModel(self.name, columns, goal.task, self.fusion, made, arrays, np.zeros((0, 0)), tuple(aim.head for aim in aims))
        chosen = rows.take(np.sort(np.random.default_rng(1).permutation(rows.n)[:BACKGROUND]))
        return replace(model, background=model.read(chosen))

    def _begun(self, rows: Rows, columns: Sequence[str], pool: Rows | None) -> tuple[tuple[Encoder, ...], dict[str, np.ndarray]]:
        """(the encoders, first weights by name) that know rows without a target: these alone where they are the more, the same for all folds."""

        def learned(known: Rows) -> tuple[tuple[Encoder, ...], dict[str, np.ndarray]]:
            known = known.take(np.arange(min(known.n, MOST)))
            encoders = self._encoders(known, columns)
            places = [i for i, encoder in enumerate(encoders) if encoder.kind in masked.KINDS]
            some = [encoders[i] for i in places]
            if known.n == 0 or all(encoder.kind == "number" for encoder in some):  # which are read as they are
                return encoders, {}
            made = masked.learned(some, columns, [encoder.read(known) for encoder in some], (self.fusion, self.width))
            return encoders, {f"{i}_{name}": a for i, own in zip(places, made, strict=True) for name, a in own.items()}

        if pool is None or pool.n < rows.n:
            return learned(rows.only(columns) if pool is None else stacked(rows.only(columns), pool))
        with _beginning:  # folds that run side by side wait for the one that learns it
            return shared(repr(("masked", self, columns)), (pool,), lambda: learned(pool.only(columns)))

    def _encoders(self, rows: Rows, columns: Sequence[str]) -> tuple[Encoder, ...]:
        """Fitted on the rows, in the order of KINDS."""
        kinds = {**kinds_of(rows, columns), **{name: kind for name, kind in self.kinds.items() if name in columns}}
        of = {kind: [name for name in columns if kinds[name] == kind] for kind in KINDS}
        made: list[Encoder] = []
        if of["number"]:
            made.append(Numbers.fit(rows, of["number"]))
        if of["category"]:
            made.append(Categories.fit(rows, of["category"]))
        made.extend(Prose.fit(rows, name, self.text) for name in of["prose"])
        for name in of["image"]:
            frame = Frame.of(list(rows.packed(name)))
            if frame is not None:
                made.append(Pictures((name,), frame, _tower(frame)[1]))
        if of["sequence"]:
            made.append(Series.fit(rows, of["sequence"]))
        return tuple(made)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> NetModel:
        """Reads what `NetModel.save` wrote; torch is not needed."""
        with np.load(folder / "net.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name].astype(np.float64) for name in kept.files}
        background = arrays.pop("background")
        encoders = [read_back(tree) for tree in card["encoders"]]
        for i, encoder in enumerate(encoders):
            if isinstance(encoder, Pictures):
                encoders[i] = replace(encoder, tower=Tower(encoder.frame, (folder / f"net_{i}.onnx").read_bytes()))
        heads = tuple(Head.from_json(tree) for tree in card["heads"])
        return NetModel(Net.name, tuple(card["columns"]), card["task"], card["fusion"], tuple(encoders), arrays, background, heads)


# ---------------------------------------------------------------- training


class _Aim(NamedTuple):
    """truth (n,) scaled numbers or classes, 0 where it is missing; weights (n,), 0 there; prior (outputs,): what is told of every row at first; unit:
    what that loses.
    """

    head: Head
    truth: np.ndarray
    weights: np.ndarray
    prior: np.ndarray
    unit: float


class _Lesson(NamedTuple):
    """given: what each encoder read of n rows; aims: the target first; watched (n,) bool."""

    given: tuple[dict[str, np.ndarray], ...]
    aims: tuple[_Aim, ...]
    watched: np.ndarray


def _aimed(goal: Goal, coded: np.ndarray, weights: np.ndarray, watched: np.ndarray) -> _Aim:
    """The target as it is learned, by what the rows say that are not watched."""
    here = ~np.isnan(coded)
    truth, weights, known = np.where(here, coded, 0.0), weights * here, here & ~watched
    some = float(weights[known].sum()) > 0
    if goal.task == "numeric":
        middle = float(np.average(truth[known], weights=weights[known])) if some else 0.0
        spread = float(np.sqrt(np.average((truth[known] - middle) ** 2, weights=weights[known]))) if some else 1.0
        ends = (float(truth[here].min()), float(truth[here].max())) if here.any() else (0.0, 0.0)
        return _Aim(Head(goal, middle, spread or 1.0, *ends), (truth - middle) / (spread or 1.0), weights, np.zeros(1), 1.0)
    counts = np.bincount(truth[known].astype(np.int64), weights=weights[known], minlength=len(goal.classes)) + 0.5
    share = counts / counts.sum()
    return _Aim(Head(goal), truth, weights, np.log(share), -float(share @ np.log(share)))


def _learned(
    net: Net, encoders: Sequence[Encoder], layout: Layout, lesson: _Lesson, start: Mapping[str, np.ndarray]
) -> tuple[tuple[Encoder, ...], dict[str, np.ndarray]]:
    """(the encoders, pictures with their towers; the weights)."""
    torch = brought("torch")
    plan = _planned(net, encoders, lesson)
    chance = np.random.default_rng(plan.seed)
    first = {f"{i}_{name}": a for i, encoder in enumerate(encoders) for name, a in encoder.begun(chance).items()}
    first |= _fusion.begun(layout, net.fusion, net.width, np.concatenate([aim.prior for aim in lesson.aims]), chance)
    first |= start
    own = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.tensor(a, dtype=torch.float32)) for name, a in first.items()})
    built = {str(i): _tower(encoder.frame)[0] for i, encoder in enumerate(encoders) if isinstance(encoder, Pictures)}
    with seeded(plan.seed):
        towers = torch.nn.ModuleDict({i: module(torch, layers, *_light(lesson.given[int(i)]["images"])) for i, layers in built.items()})
    whole = torch.nn.ModuleDict({"own": own, "towers": towers})
    fitted, seen = np.flatnonzero(~lesson.watched), np.flatnonzero(lesson.watched)
    outputs = _outputs(torch, whole, encoders, layout, (net, lesson))
    told_apart = _told_apart(torch, lesson.aims)
    place = torch.from_numpy(fitted)

    def lost(index: Any, draw: Any) -> Any:
        return told_apart(outputs(index, draw), index)

    def looked() -> float:
        parts = [outputs(torch.from_numpy(seen[a : a + ASKED]), None) for a in range(0, len(seen), ASKED)]
        return float(told_apart(torch.cat(parts), torch.from_numpy(seen)))

    trained(whole, len(fitted), lambda index, draw: lost(place[index], draw), plan, looked if len(seen) else None)
    made = []
    for i, encoder in enumerate(encoders):
        if isinstance(encoder, Pictures):
            shape = (encoder.frame.channels, encoder.frame.height, encoder.frame.width)
            made.append(replace(encoder, tower=Tower(encoder.frame, exported(towers[str(i)], built[str(i)], shape))))
        else:
            made.append(encoder)
    return tuple(made), {name: p.detach().double().numpy() for name, p in own.items()}


def _told_apart(torch: Any, aims: Sequence[_Aim]) -> Callable[[Any, Any], Any]:
    """loss(outputs, index) of all targets: of several each in units of what is lost by telling every row the same, so that none drowns the others."""
    ends, units = np.cumsum([0, *(aim.head.width for aim in aims)]), [aim.unit for aim in aims] if len(aims) > 1 else [1.0]
    truths = [torch.tensor(aim.truth, dtype=torch.float32 if aim.head.goal.task == "numeric" else torch.int64) for aim in aims]
    weights = [torch.tensor(aim.weights, dtype=torch.float32) for aim in aims]

    def lost(told: Any, index: Any) -> Any:
        losses = [
            supervised(partial(_part, told[:, a:b]), truth, weight)(index, None) / unit
            for a, b, truth, weight, unit in zip(ends[:-1], ends[1:], truths, weights, units, strict=True)
        ]
        return sum(losses[1:], losses[0])

    return lost


def _part(told: Any, index: Any, draw: Any) -> Any:
    return told


def _outputs(torch: Any, whole: Any, encoders: Sequence[Encoder], layout: Layout, asked: tuple[Net, _Lesson]) -> Callable[[Any, Any], Any]:
    """outputs(index, generator) of the net as it is trained, or, without a generator, as it is asked."""
    net, lesson = asked
    given = [{name: _tensor(torch, name, a) for name, a in part.items()} for part in lesson.given]
    weights = [{name.partition("_")[2]: p for name, p in whole["own"].items() if name.startswith(f"{i}_")} for i in range(len(encoders))]
    hows = {i: _augment(lesson, lesson.given[int(i)]) for i in whole["towers"]}

    def outputs(index: Any, chance: Any) -> Any:
        def drop(x: Any, share: float) -> Any:
            return dropped(torch, x, share, chance)

        parts = []
        for i, encoder in enumerate(encoders):
            own, some = weights[i], {name: values[index] for name, values in given[i].items()}
            if str(i) in hows:
                images = some["images"].float()
                images = images if chance is None else augmented(torch, images, hows[str(i)], chance)
                some["images"] = images.contiguous(memory_format=torch.channels_last)
                own = {"tower": whole["towers"][str(i)]}
            parts += [encoder.features(torch, own, some, drop).float(), some["gone"]]
        several = chance is not None and len(layout.modalities) > 1
        hidden = (torch.rand((len(index), len(layout.modalities)), generator=chance) < HIDDEN).float() if several else None
        return _fusion.answered(torch, whole["own"], (layout, net.fusion), torch.cat(parts, 1), drop, hidden)

    return outputs


def _planned(net: Net, encoders: Sequence[Encoder], lesson: _Lesson) -> Plan:
    """As many passes as the rows ask for; products in bfloat16 where there are pictures, which alone gain by it."""
    n = int((~lesson.watched).sum())
    epochs = net.epochs or int(np.clip(round(VISITS / max(n, 1)), *PASSES))
    batch = next(size for size, most in BATCHES if n < most)
    patience = (net.patience or max(PATIENCE, epochs // 3)) if lesson.watched.any() else 0
    pictures = any(isinstance(encoder, Pictures) for encoder in encoders)
    return Plan(epochs=epochs, batch=batch, rate=RATE, decay=DECAY, clip=1.0, average=AVERAGE, patience=patience, quick=None if pictures else False)


def _tower(frame: Frame) -> tuple[Layers, int]:
    """The layers that read pictures of a size, and how many features they end in."""
    return RECIPES["default"].layers((frame.channels, frame.height, frame.width))


def _light(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(c,) mean and one over the deviation of pictures (n, h, w, c)."""
    some = images[:: max(1, len(images) // LOOKED)].reshape(-1, images.shape[3]).astype(np.float64)
    return some.mean(axis=0), 1.0 / np.maximum(some.std(axis=0), 1.0)


def _augment(lesson: _Lesson, given: Mapping[str, np.ndarray]) -> Any:
    """How pictures are changed while the net learns; mirrored where they do not tell whether they are."""
    here = (given["gone"][:, 0] == 0) & ~lesson.watched
    truth = lesson.aims[0].truth
    classes = np.searchsorted(np.quantile(truth, (0.25, 0.5, 0.75)), truth) if lesson.aims[0].head.goal.task == "numeric" else truth
    return RECIPES["default"].augment._replace(mirror=mirrors(given["images"][here], classes[here]))


def _tensor(torch: Any, name: str, values: np.ndarray) -> Any:
    if name == "images":
        return torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2)))
    return torch.tensor(values, dtype=torch.int64 if values.dtype.kind == "i" else torch.float32)


def _nothing(n: int, kind: str) -> np.ndarray | Coded | Packed:
    """A column of a kind of which every value is missing."""
    if kind in ("image", "sequence"):
        return Packed(np.full(n, None, dtype=object), "bytes" if kind == "image" else "list")
    return np.full(n, np.nan) if kind == "number" else Coded(np.full(n, -1, dtype=np.int32), ())


def _kept(x: Any, share: float) -> Any:
    """All of x: the net is asked."""
    return x
