"""One net for tables of pictures, sequences, prose and plain columns, trained end to end; which columns it reads, and how, is declared, or inferred.

    Net()                                                              # every column by its kind, tokens side by side
    Net(kinds={"photo": "image", "review": "prose", "age": "number"}, fusion="gated", text="gru", width=96)

Each kind of column has an encoder (`_encoders`), each modality becomes a token, one fusion joins them and one head tells the target (`_fusion`): late
fusion as of AutoMM (Shi et al. 2021), at the size of a processor. Models of single modalities that are blended add up what each says; only a net of
all sees that a word means one thing beside a small number and another beside a large one. Modalities are hidden by chance while it learns, so one
that is missing is survived. Trained with torch (the extra `deep`) in the loop of `_loop`, the pass that the watched rows like best is kept; kept as
plain arrays, JSON and an ONNX file for each column of pictures, and asked by NumPy and onnxruntime, so a study opens where torch is not. What each
column contributes is a Shapley value against BACKGROUND fixed training rows, along a path and back, and the sum with the base is the prediction
exactly; of several columns of sequences, which are read as one, the part is shared by what each alone changes. What it does *not* do: start from
pretrained weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.errors import InputError, UnknownName, WordsError
from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import MEDIA, Coded, Packed, Rows
from . import _fusion
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
from ._stacked import stacked
from ._target import Scale, told
from .cnn import Tower

__all__ = ["Net", "NetModel"]

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


@dataclass(frozen=True)
class NetModel:
    """encoders, with a prefix of their weights in arrays: "<place>_"; the rest is the fusion's; background (b, F): what it reads of some rows."""

    name: str
    columns: tuple[str, ...]
    task: str
    fusion: str
    encoders: tuple[Encoder, ...]
    arrays: dict[str, np.ndarray]
    background: np.ndarray
    middle: float = 0.0
    spread: float = 1.0
    low: float = 0.0
    high: float = 0.0

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._asked(self.read(rows)), self.task, Scale())

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
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several."""
        made = _fusion.answered(np, self.arrays, (self._layout, self.fusion), x, _kept)
        if self.task == "numeric":
            return np.clip(self.middle + self.spread * made, self.low, self.high)
        return made[:, 1:] - made[:, :1] if self.task == "binary" else made

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `net.npz` and an ONNX file for each column of pictures, and returns the rest as JSON."""
        light = {name: array.astype(np.float32) for name, array in self.arrays.items()}  # as they were learned
        np.savez_compressed(folder / "net.npz", allow_pickle=False, background=self.background, **light)
        for i, encoder in enumerate(self.encoders):
            if isinstance(encoder, Pictures) and encoder.tower is not None:
                (folder / f"net_{i}.onnx").write_bytes(encoder.tower.content)
        numbers = {name: getattr(self, name) for name in ("middle", "spread", "low", "high")}
        card = {"columns": list(self.columns), "task": self.task, "fusion": self.fusion, **numbers}
        return {**card, "encoders": [encoder.to_json() for encoder in self.encoders]}


@dataclass(frozen=True)
class Net:
    """The learner. kinds: {column: number, category, prose, image, sequence or out}, for those that shall not be inferred; fusion: concat, gated or
    attention; text: bag, gru or lstm; width: numbers in a token; epochs: passes over the rows, None for what their number asks for; patience: passes
    without a better one before the end, None for a third of all, at least PATIENCE. It has one fixed seed, and trains on one thread.
    """

    name: ClassVar[str] = "net"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "net of several kinds of columns", "zh": "多模态神经网络"}
    media: ClassVar[tuple[str, ...]] = MEDIA
    mixed: ClassVar[bool] = True
    needs: ClassVar[tuple[str, str]] = ("torch", "deep")

    kinds: Mapping[str, str] = field(default_factory=dict)
    fusion: str = "concat"
    text: str = "bag"
    width: int = 64
    epochs: int | None = None
    patience: int | None = None

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

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> NetModel:
        """Trains on `rows` while `watch` looks on. Raises WordsError where torch is absent, InputError where there is no column that can be read."""
        brought("torch")
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        rows = rows.take(np.arange(min(rows.n, MOST)))
        encoders = self._encoders(rows, columns)
        if not encoders:
            raise InputError("a net needs a column that it can read; there is none.")
        seen = stacked(rows, watch.only(tuple(rows)))
        held = np.arange(seen.n) % HELD == HELD - 1 if rows.n >= LEAST else np.zeros(seen.n, dtype=bool)
        watched = np.arange(seen.n) >= rows.n if watch.n >= FEW else held
        truth = goal.coded(seen)
        weights = np.ones(seen.n) if (w := weights_of(seen, goal)) is None else w
        numeric, scale, prior = goal.task == "numeric", {}, np.zeros(1)
        if numeric:
            middle = float(np.average(truth[~watched], weights=weights[~watched]))
            spread = float(np.sqrt(np.average((truth[~watched] - middle) ** 2, weights=weights[~watched]))) or 1.0
            scale = {"middle": middle, "spread": spread, "low": float(truth.min()), "high": float(truth.max())}
            truth = (truth - middle) / spread
        else:
            counts = np.bincount(truth[~watched].astype(np.int64), weights=weights[~watched], minlength=len(goal.classes)) + 0.5
            prior = np.log(counts / counts.sum())
        lesson = _Lesson(tuple(encoder.read(seen) for encoder in encoders), truth, weights, watched, prior, numeric)
        made, arrays = _learned(self, encoders, Layout.of(encoders, columns), lesson)
        model = NetModel(self.name, columns, goal.task, self.fusion, made, arrays, np.zeros((0, 0)), **scale)
        chosen = rows.take(np.sort(np.random.default_rng(1).permutation(rows.n)[:BACKGROUND]))
        return replace(model, background=model.read(chosen))

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
        numbers = {name: float(card[name]) for name in ("middle", "spread", "low", "high")}
        return NetModel(Net.name, tuple(card["columns"]), card["task"], card["fusion"], tuple(encoders), arrays, background, **numbers)


# ---------------------------------------------------------------- training


class _Lesson(NamedTuple):
    """given: what each encoder read of n rows; truth (n,) scaled numbers or classes; weights (n,); watched (n,) bool; prior (outputs,)."""

    given: tuple[dict[str, np.ndarray], ...]
    truth: np.ndarray
    weights: np.ndarray
    watched: np.ndarray
    prior: np.ndarray
    numeric: bool


def _learned(net: Net, encoders: Sequence[Encoder], layout: Layout, lesson: _Lesson) -> tuple[tuple[Encoder, ...], dict[str, np.ndarray]]:
    """(the encoders, pictures with their towers; the weights)."""
    torch = brought("torch")
    plan = _planned(net, encoders, lesson)
    chance = np.random.default_rng(plan.seed)
    first = {f"{i}_{name}": a for i, encoder in enumerate(encoders) for name, a in encoder.begun(chance).items()}
    first |= _fusion.begun(layout, net.fusion, net.width, lesson.prior, chance)
    own = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.tensor(a, dtype=torch.float32)) for name, a in first.items()})
    built = {str(i): _tower(encoder.frame)[0] for i, encoder in enumerate(encoders) if isinstance(encoder, Pictures)}
    with seeded(plan.seed):
        towers = torch.nn.ModuleDict({i: module(torch, layers, *_light(lesson.given[int(i)]["images"])) for i, layers in built.items()})
    whole = torch.nn.ModuleDict({"own": own, "towers": towers})
    fitted, seen = np.flatnonzero(~lesson.watched), np.flatnonzero(lesson.watched)
    outputs = _outputs(torch, whole, encoders, layout, (net, lesson))
    truth = torch.tensor(lesson.truth, dtype=torch.float32 if lesson.numeric else torch.int64)
    weights = torch.tensor(lesson.weights, dtype=torch.float32)
    lost = supervised(outputs, truth, weights)
    place = torch.from_numpy(fitted)

    def looked() -> float:
        parts = [(torch.from_numpy(seen[a : a + ASKED]), lesson.weights[seen[a : a + ASKED]].sum()) for a in range(0, len(seen), ASKED)]
        return sum(float(lost(some, None)) * weight for some, weight in parts) / max(sum(weight for _, weight in parts), 1e-12)

    trained(whole, len(fitted), lambda index, draw: lost(place[index], draw), plan, looked if len(seen) else None)
    made = []
    for i, encoder in enumerate(encoders):
        if isinstance(encoder, Pictures):
            shape = (encoder.frame.channels, encoder.frame.height, encoder.frame.width)
            made.append(replace(encoder, tower=Tower(encoder.frame, exported(towers[str(i)], built[str(i)], shape))))
        else:
            made.append(encoder)
    return tuple(made), {name: p.detach().double().numpy() for name, p in own.items()}


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
    classes = np.searchsorted(np.quantile(lesson.truth, (0.25, 0.5, 0.75)), lesson.truth) if lesson.numeric else lesson.truth
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
