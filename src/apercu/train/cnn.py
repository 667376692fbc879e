"""Pictures, alone or beside other columns, by convolutional nets trained from nothing in seconds to minutes on a processor.

    model = Cnn().fit(rows, goal, watch)                                # columns of picture files and any others
    net = fit_images(images, labels, "mnist-keras")                     # (n, h, w, c) uint8 and anything to tell: the door for arrays
    net.predict(images)                                                 # (n, k) probabilities in the order of net.classes

Each column of pictures has a tower of convolutions (see `_convnet`), the other columns come in late, scaled as for `mlp`, and one small head reads
all features side by side. Trained with torch (the extra `deep`); kept as ONNX and plain arrays, and asked through onnxruntime and NumPy, so that
torch is not needed and a prediction takes a fraction of its time. A missing or unreadable picture is a row without features and a sign that says so,
and the head has met such rows. Contributions are path-wise Shapley values of whole columns against fixed training rows, whose sum with the base is
the prediction exactly; of a picture alone, all that the prediction is off the base is the picture's. A net goes on from one that
was fitted before (`Cnn.started`, or `start` of arrays): its first layers move least. What it does not do: say where in the picture (see `_maps`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from ..core.errors import InputError, UnusableTarget, WordsError
from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from . import _maps
from ._augment import augmented, mirrors, mixed
from ._columns import weights_of
from ._convnet import VISITS_FOLD, Layers, Recipe, Start, begun, exported, fresh, named, restored
from ._extra import brought
from ._inputs import Inputs
from ._loop import Journal, Plan, balanced, seeded, supervised, trained
from ._maps import PictureMap
from ._paths import along
from ._pictures import Frame
from ._target import Scale, told

__all__ = ["Cnn", "CnnModel", "Head", "ImageNet", "Tower", "fit_images"]

HIDDEN: Final = 64  # neurons of the head, where there is more to join than one picture
BLANK: Final = 0.1  # share of pictures that are hidden while the net learns, where it will have to do without some
BACKGROUND: Final = 16  # training rows that contributions are told against
GROUPS: Final = 4  # quantiles of a number within which it is asked whether pictures may be mirrored
CHUNK: Final = 256  # pictures that a tower is asked at once
GIVEN: Final = ["features"]  # by a tower
MOST: Final = 100_000  # rows of a fit, the first
SLOW: Final = (0.1, 0.5)  # shares of the rate at which the first and the last layer of a tower learn that has learned elsewhere
ASKED: Final = 500  # rows that say whether an earlier head is of use
LEAST: Final = 1e-6  # probability that it gives an outcome at least


@dataclass(frozen=True)
class Tower:
    """One column's pictures to features: content is the ONNX file, which takes (n, c, h, w) uint8 in the size of the frame."""

    frame: Frame
    content: bytes

    @cached_property
    def _session(self) -> Any:
        runtime = brought("onnxruntime")
        options = runtime.SessionOptions()  # which optimises all that it can, by itself
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same digits on any number of cores
        return runtime.InferenceSession(self.content, options, providers=["CPUExecutionProvider"])

    def features(self, images: np.ndarray) -> np.ndarray:
        """(n, features) float32 of pictures (n, h, w, c) uint8."""
        turned = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        if len(turned) <= CHUNK:
            return self._session.run(GIVEN, {"pictures": turned})[0]
        return np.concatenate([self._session.run(GIVEN, {"pictures": turned[a : a + CHUNK]})[0] for a in range(0, len(turned), CHUNK)])


@dataclass(frozen=True)
class Head:
    """Features to outputs: dense layers with rectifiers between, kept as weight_i (out, in) and bias_i."""

    arrays: dict[str, np.ndarray]

    def asked(self, x: np.ndarray) -> np.ndarray:
        """(n, k) float64 of (n, features)."""
        depth = len(self.arrays) // 2
        for i in range(depth):
            x = x @ self.arrays[f"weight_{i}"].T + self.arrays[f"bias_{i}"]
            x = np.maximum(x, 0.0) if i < depth - 1 else x
        return x


@dataclass(frozen=True)
class ImageNet:
    """A fitted net of pictures alone: classes in the order of its probabilities, () for a number, which is middle + spread * output.

    whole: a tower that goes on to the probabilities or the output, which is what predicts; tower: to the features alone, for the head.
    """

    whole: Tower
    tower: Tower
    head: Head
    classes: tuple[Any, ...]
    middle: float
    spread: float
    journal: Journal

    def predict(self, images: np.ndarray) -> np.ndarray:
        """(n, k) probabilities, or (n,) numbers, of pictures (n, h, w, c) uint8 of any size."""
        made = self.whole.features(_sized(images, self.whole.frame)).astype(np.float64)
        return made if self.classes else self.middle + self.spread * made[:, 0]

    def features(self, images: np.ndarray) -> np.ndarray:
        """(n, features) that the head reads; pictures whose features are near look alike to the net."""
        return self.tower.features(_sized(images, self.tower.frame))


def fit_images(
    images: np.ndarray,
    labels: Sequence[Any] | np.ndarray,
    recipe: str | Recipe = "default",
    *,
    balance: float = 0.0,
    plan: Mapping[str, Any] | None = None,
    start: Mapping[str, np.ndarray] | Tower | None = None,
) -> ImageNet:
    """Fits pictures (n, h, w, c) or (n, h, w) uint8 to labels (n,): fractions are numbers to tell, all else are classes.

    recipe: a name in RECIPES or a Recipe; balance: 1 makes every class weigh the same, 0 every picture; plan: fields of Plan to replace (epochs,
    seed, threads, checkpoint, log, ...); start: the tower of a net that has learned elsewhere, or its weights as `pretrained` gives them. Raises
    WordsError where torch is absent or a word is off, UnusableTarget for one class.
    """
    pictures, truth = np.asarray(images), np.asarray(labels)
    if pictures.ndim not in (3, 4) or pictures.dtype != np.uint8 or len(pictures) != len(truth) or not len(truth):
        raise WordsError(
            f"pictures must be bytes (uint8) of shape (n, height, width, channels), one label each; got {pictures.dtype} of {pictures.shape} "
            f"and {len(truth)} labels."
        )
    pictures = pictures[..., None] if pictures.ndim == 3 else pictures
    own = named(recipe)
    numeric = truth.dtype.kind == "f"
    classes: tuple[Any, ...] = ()
    if numeric:
        middle, spread = float(truth.mean()), float(truth.std()) or 1.0
        scaled = (truth - middle) / spread
    else:
        levels, scaled = np.unique(truth, return_inverse=True)
        classes, middle, spread = tuple(levels.tolist()), 0.0, 1.0
        if len(classes) < 2:
            raise UnusableTarget(f"pictures of at least two classes are needed to tell them apart; all {len(truth)} are {levels.tolist()[0]!r}.")
    frame = start.frame if isinstance(start, Tower) else _framed(Frame(pictures.shape[1], pictures.shape[2], pictures.shape[3]), own)
    sized = _sized(pictures, frame)
    weights = balanced(scaled, balance) if balance and not numeric else np.ones(len(truth))
    lesson = _Lesson((sized,), np.zeros((len(truth), 1), dtype=bool), np.zeros((len(truth), 0)), scaled, weights, max(1, len(classes)), numeric)
    first = None
    if isinstance(start, Tower):
        first = begun(start.content)
    elif start is not None:
        first = Start(*own.layers((frame.channels, frame.height, frame.width)), dict(start))
    made = _learned(lesson, own, dict(plan or {}), _Starts((first,)))
    return ImageNet(Tower(frame, made.whole), Tower(frame, made.towers[0]), Head(made.head), classes, middle, spread, made.journal)


@dataclass(frozen=True)
class CnnModel:
    """pictures: the columns that have a tower; inputs: the others; background (b, F): what the head reads of some training rows."""

    name: str
    columns: tuple[str, ...]
    task: str
    pictures: tuple[str, ...]
    towers: tuple[Tower, ...]
    inputs: Inputs
    head: Head
    background: np.ndarray
    middle: float = 0.0
    spread: float = 1.0
    low: float = 0.0
    high: float = 0.0

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._asked(self.read(rows)), self.task, Scale())

    def read(self, rows: Rows) -> np.ndarray:
        """(n, F) float64 that the head reads: features of each picture with a sign that it is missing, then the other columns."""
        parts = []
        for name, tower in zip(self.pictures, self.towers, strict=True):
            images, gone = tower.frame.read(list(rows.packed(name))) if name in rows else _none(tower.frame, rows.n)
            parts.append(_signed(tower.features(images).astype(np.float64), gone))
        return np.hstack([*parts, self.inputs.matrix(rows)])

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): what the prediction moves by as columns change from a background row's to this row's, on average over the rows."""
        parts = np.zeros((rows.n, len(self.columns), len(base := self._asked(self.background).mean(axis=0))))
        parts[:, np.unique(self._sources)] = along(self.read(rows), self.background, self._sources, self._asked)
        return parts, base

    def attention(self, rows: Rows, index: int, column: str, kind: str = "gradients", outcome: int | None = None) -> PictureMap:
        """Where in a row's picture the prediction rests, see `_maps`; by torch. kind: gradients or regions."""
        return _maps.attention(self, rows, index, column, kind, outcome)

    def filters(self, column: str | None = None) -> np.ndarray:
        """(filters, k, k, channels) uint8 of the first convolution."""
        return _maps.filters(self, column)

    def feature_maps(self, picture: bytes, column: str | None = None) -> list[np.ndarray]:
        """(c, h, w) after each convolution; by torch."""
        return _maps.feature_maps(self, picture, column)

    @cached_property
    def _sources(self) -> np.ndarray:
        """(F,) the place in `columns` of what the head reads."""
        widths = [(self.background.shape[1] - len(self.inputs.sources)) // max(1, len(self.pictures))] * len(self.pictures)
        if len({len(tower.content) for tower in self.towers}) > 1:  # towers of other sizes may end in other numbers of features
            widths = [tower.features(np.zeros((1, *_shaped(tower.frame)), dtype=np.uint8)).shape[1] + 1 for tower in self.towers]
        names = [*np.repeat(self.pictures, widths), *(self.inputs.parts[i].name for i in self.inputs.sources)]
        return np.array([self.columns.index(name) for name in names], dtype=np.int64)

    def _asked(self, x: np.ndarray) -> np.ndarray:
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several."""
        made = self.head.asked(x)
        if self.task == "numeric":
            return np.clip(self.middle + self.spread * made, self.low, self.high)
        return made[:, 1:] - made[:, :1] if self.task == "binary" else made

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `cnn.npz` and an ONNX file of each tower, and returns the rest as JSON."""
        np.savez_compressed(folder / "cnn.npz", allow_pickle=False, background=self.background, **self.head.arrays)
        for i, tower in enumerate(self.towers):
            (folder / f"cnn_{i}.onnx").write_bytes(tower.content)
        numbers = {name: getattr(self, name) for name in ("middle", "spread", "low", "high")}
        frames = {name: tower.frame.to_json() for name, tower in zip(self.pictures, self.towers, strict=True)}
        return {"columns": list(self.columns), "task": self.task, "pictures": frames, "inputs": self.inputs.to_json(), **numbers}


class Cnn:
    """The learner. Its randomness comes from one fixed seed, and it trains on one thread, so that the same rows give the same net."""

    name: ClassVar[str] = "cnn"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "convolutional net", "zh": "卷积神经网络"}
    needs: ClassVar[tuple[str, str]] = ("torch", "deep")
    media: ClassVar[tuple[str, ...]] = ("bytes",)
    recipes: ClassVar[tuple[str, ...]] = ("mnist-keras", "folder-150")

    def __init__(self, recipe: str | Recipe = "default", before: CnnModel | None = None, start: Mapping[str, np.ndarray] | None = None) -> None:
        """before: a model to go on from; start: first weights of each tower, as `pretrained` gives them."""
        self.recipe, self.before, self.start = named(recipe), before, start

    @classmethod
    def started(cls, model: CnnModel) -> Cnn:
        """The learner that goes on from a fitted model's towers, for rows like its own or for another question about such pictures."""
        return cls(before=model)

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """One, where there are pictures; each fold's net takes fewer passes than one alone would."""
        recipe = replace(named("default"), visits=VISITS_FOLD)
        return (Member(cls.name, cls(recipe), 0),) if any(rows.storage(name) == "bytes" for name in rows) else ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> CnnModel:
        """Trains on `rows` and on `watch` too: the rate ends at a step that is set before. Raises WordsError where torch is absent, InputError where
        no picture can be read.
        """
        columns = tuple(n for n in rows if n not in (goal.target, goal.weight) and not n.startswith("_") and rows.storage(n) != "list")
        parts = [part.take(np.arange(min(part.n, MOST))) for part in (rows, watch)]
        frames = _frames(parts, [name for name in columns if rows.storage(name) == "bytes"])
        towers = _before(self.before, tuple(frames))
        frames = {
            name: _framed(frame, self.recipe) if tower is None else tower.frame for (name, frame), tower in zip(frames.items(), towers, strict=True)
        }
        rest = [name for name in columns if rows.storage(name) != "bytes"]
        inputs = Inputs.fit(parts[0], rest)
        read = [frame.read([cell for part in parts for cell in part.packed(name)]) for name, frame in frames.items()]
        table = np.vstack([inputs.matrix(part) for part in parts])
        truth = np.concatenate([goal.coded(part) for part in parts])
        weights = np.concatenate([np.ones(part.n) if (w := weights_of(part, goal)) is None else w for part in parts])
        numeric, scale = goal.task == "numeric", {"middle": 0.0, "spread": 1.0, "low": 0.0, "high": 0.0}
        if numeric:
            middle = float(np.average(truth, weights=weights))
            spread = float(np.sqrt(np.average((truth - middle) ** 2, weights=weights))) or 1.0
            scale = {"middle": middle, "spread": spread, "low": float(truth.min()), "high": float(truth.max())}
            truth = (truth - middle) / spread
        gone = np.column_stack([missing for _, missing in read]) if read else np.zeros((len(truth), 0), dtype=bool)
        lesson = _Lesson(tuple(images for images, _ in read), gone, table, truth, weights, 1 if numeric else len(goal.classes), numeric)
        starts = tuple(self._start(frame, tower) for frame, tower in zip(frames.values(), towers, strict=True))
        made = _learned(lesson, self.recipe, {}, _Starts(starts, self._head(parts, goal, scale)))
        towers = tuple(Tower(frame, content) for frame, content in zip(frames.values(), made.towers, strict=True))
        model = CnnModel(self.name, columns, goal.task, tuple(frames), towers, inputs, Head(made.head), np.zeros((0, 0)), **scale)
        chosen = parts[0].take(np.sort(np.random.default_rng(1).permutation(parts[0].n)[:BACKGROUND]))
        return replace(model, background=model.read(chosen))

    def _start(self, frame: Frame, tower: Tower | None) -> Start | None:
        """What a column's tower begins from."""
        if tower is not None:
            return begun(tower.content)
        return None if self.start is None else Start(*self.recipe.layers((frame.channels, frame.height, frame.width)), dict(self.start))

    def _head(self, parts: Sequence[Rows], goal: Goal, scale: Mapping[str, float]) -> dict[str, np.ndarray]:
        """The earlier head, where what it says of the rows is better than their mean or their shares; else nothing."""
        model = self.before
        if model is None or model.task != goal.task:
            return {}
        some = next(part for part in parts if part.n)
        some = some.take(np.arange(min(some.n, ASKED)))
        truth, said = goal.coded(some), model.predict(some)
        arrays = {name: value.copy() for name, value in model.head.arrays.items()}
        if goal.task == "numeric":
            last = len(arrays) // 2 - 1
            arrays[f"weight_{last}"] *= model.spread / scale["spread"]
            arrays[f"bias_{last}"] = (model.middle + model.spread * arrays[f"bias_{last}"] - scale["middle"]) / scale["spread"]
            return arrays if np.mean((said - truth) ** 2) < np.var(truth) else {}
        if said.shape[1] != len(goal.classes):
            return {}
        shares = np.bincount(truth.astype(np.int64), minlength=len(goal.classes)) / len(truth)
        own, usual = said[np.arange(len(truth)), truth.astype(np.int64)], shares[truth.astype(np.int64)]
        return arrays if np.log(np.maximum(own, LEAST)).mean() > np.log(usual).mean() else {}

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> CnnModel:
        """Reads what `CnnModel.save` wrote; torch is not needed."""
        with np.load(folder / "cnn.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        background = arrays.pop("background")
        frames = [Frame.from_json(tree) for tree in card["pictures"].values()]
        towers = tuple(Tower(frame, (folder / f"cnn_{i}.onnx").read_bytes()) for i, frame in enumerate(frames))
        numbers = {name: float(card[name]) for name in ("middle", "spread", "low", "high")}
        inputs = Inputs.from_json(card["inputs"])
        return CnnModel(Cnn.name, tuple(card["columns"]), card["task"], tuple(card["pictures"]), towers, inputs, Head(arrays), background, **numbers)


# ---------------------------------------------------------------- training


class _Lesson(NamedTuple):
    """images: of each column (n, h, w, c) uint8; gone (n, columns) bool; table (n, D); truth (n,) scaled numbers or classes; weights (n,)."""

    images: tuple[np.ndarray, ...]
    gone: np.ndarray
    table: np.ndarray
    truth: np.ndarray
    weights: np.ndarray
    outputs: int
    numeric: bool


class _Starts(NamedTuple):
    """towers: of each column what it begins from, or None; head: likewise, empty for none."""

    towers: tuple[Start | None, ...]
    head: Mapping[str, np.ndarray] = {}

    def pace(self, name: str) -> float:
        """The share of the rate at which a parameter learns."""
        kind, column, place, *_ = name.split(".")
        start = self.towers[int(column)] if kind == "towers" else None
        return 1.0 if start is None else SLOW[0] + (SLOW[1] - SLOW[0]) * int(place) / len(start.layers)


class _Learned(NamedTuple):
    towers: tuple[bytes, ...]
    whole: bytes
    head: dict[str, np.ndarray]
    journal: Journal


def _learned(lesson: _Lesson, recipe: Recipe, changes: Mapping[str, Any], starts: _Starts) -> _Learned:
    """Towers as ONNX files and the head's arrays."""
    torch = brought("torch")
    plan = _changed(recipe.planned(len(lesson.truth), started=any(starts.towers)), changes)
    shapes = [(images.shape[3], *images.shape[1:3]) for images in lesson.images]
    built = [recipe.layers(shape) if start is None else start[:2] for shape, start in zip(shapes, starts.towers, strict=True)]
    with seeded(plan.seed):
        net = _net(torch, lesson, built, starts)
    alone = len(built) == 1 and not lesson.table.shape[1]
    blank = 0.0 if alone and not lesson.gone.any() else BLANK
    outputs = _outputs(torch, net, lesson, _augments(lesson, recipe), blank)
    kind = torch.float32 if lesson.numeric else torch.int64
    weights = None if (lesson.weights == 1.0).all() else torch.tensor(lesson.weights, dtype=torch.float32)
    lost = supervised(outputs, torch.tensor(lesson.truth, dtype=kind), weights, smoothing=0.0 if lesson.numeric else recipe.smoothing)
    journal = trained(net, len(lesson.truth), lost, plan, pace=starts.pace if any(starts.towers) else None)
    dense = [layer for layer in net["head"] if hasattr(layer, "weight")]
    head = {f"{name}_{i}": getattr(layer, name).detach().double().numpy() for i, layer in enumerate(dense) for name in ("weight", "bias")}
    if not blank:
        head["weight_0"][:, -1] = _prior(lesson) - head["bias_0"]  # no picture: what is known without one
    towers = tuple(exported(t, layers, s) for t, (layers, _), s in zip(net["towers"], built, shapes, strict=True))
    return _Learned(towers, _whole(torch, net, built[0], shapes[0], lesson.numeric) if alone else b"", head, journal)


def _whole(torch: Any, net: Any, built: tuple[Layers, int], shape: tuple[int, int, int], numeric: bool) -> bytes:
    """The ONNX file of the only tower and the head together, for a picture that is there; of classes their probabilities."""
    layers, features = built
    last = torch.nn.Linear(features, net["head"][0].out_features)
    with torch.no_grad():
        last.weight.copy_(net["head"][0].weight[:, :features])
        last.bias.copy_(net["head"][0].bias)
    ending = () if numeric else (("softmax",),)
    return exported(torch.nn.Sequential(*net["towers"][0], last), (*layers, ("dense", features, last.out_features), *ending), shape)


def _net(torch: Any, lesson: _Lesson, built: Sequence[tuple[Layers, int]], starts: _Starts) -> Any:
    """Towers, one a column, and the head that reads their features, signs of missing pictures and the table."""
    towers = []
    for images, (layers, _), start in zip(lesson.images, built, starts.towers, strict=True):
        towers.append(fresh(torch, layers, images) if start is None else restored(torch, start))
    width = sum(features + 1 for _, features in built) + lesson.table.shape[1]
    if len(built) == 1 and not lesson.table.shape[1]:
        head = torch.nn.Sequential(torch.nn.Linear(width, lesson.outputs))
    else:
        head = torch.nn.Sequential(torch.nn.Linear(width, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, lesson.outputs))
    dense = [layer for layer in head if hasattr(layer, "weight")]
    earlier = {f"{2 * i}.{name}": starts.head.get(f"{name}_{i}") for i in range(len(dense)) for name in ("weight", "bias")}
    if all(value is not None and value.shape == tuple(head.state_dict()[name].shape) for name, value in earlier.items()):
        head.load_state_dict({name: torch.tensor(value, dtype=torch.float32) for name, value in earlier.items()})
    return torch.nn.ModuleDict({"towers": torch.nn.ModuleList(towers), "head": head})


def _outputs(torch: Any, net: Any, lesson: _Lesson, hows: Sequence[Any], blank: float) -> Any:
    """outputs(index, generator) of the net as it is trained: pictures changed, some hidden, perhaps mixed."""
    pictures = [torch.from_numpy(np.array(images.transpose(0, 3, 1, 2), order="C")) for images in lesson.images]
    gone, table = torch.from_numpy(lesson.gone), torch.tensor(lesson.table, dtype=torch.float32)
    alone = len(pictures) == 1 and not table.shape[1]

    def outputs(index: Any, chance: Any) -> Any:
        parts, partner, share = [], None, 1.0
        for i, (tower, how) in enumerate(zip(net["towers"], hows, strict=True)):
            images = augmented(torch, pictures[i][index].float(), how, chance)
            if how.mix and alone:
                images, partner, share = mixed(torch, images, how.mix, chance)
            features = tower(images.contiguous(memory_format=torch.channels_last)).float()
            hidden = gone[index, i]
            if blank:
                hidden = hidden | (torch.rand(len(index), generator=chance) < blank)
            parts += [features.masked_fill(hidden[:, None], 0.0), hidden[:, None].float()]
        made = net["head"](torch.cat([*parts, table[index]], 1))
        return made if partner is None else (made, partner, share)

    return outputs


def _augments(lesson: _Lesson, recipe: Recipe) -> list[Any]:
    """How the pictures of each column are changed; mirrored where they do not tell whether they are."""
    classes = lesson.truth
    if lesson.numeric:
        classes = np.searchsorted(np.quantile(lesson.truth, np.arange(1, GROUPS) / GROUPS), lesson.truth)
    present = [~lesson.gone[:, i] for i in range(len(lesson.images))]
    return [
        recipe.augment._replace(mirror=recipe.mirrored and mirrors(images[here], classes[here]))
        for images, here in zip(lesson.images, present, strict=True)
    ]


def _prior(lesson: _Lesson) -> np.ndarray:
    """(outputs,) what is told of a row of which nothing is known."""
    if lesson.numeric:
        return np.zeros(1)
    shares = np.bincount(lesson.truth.astype(np.int64), weights=lesson.weights, minlength=lesson.outputs) + 1.0
    return np.log(shares / shares.sum())


def _changed(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    strange = set(changes) - set(Plan.__dataclass_fields__)
    if strange:
        raise WordsError(f"a plan has no {', '.join(sorted(strange))}; it has {', '.join(Plan.__dataclass_fields__)}.")
    return replace(plan, **changes)


# ---------------------------------------------------------------- pictures


def _frames(parts: Sequence[Rows], names: Sequence[str]) -> dict[str, Frame]:
    """The frame of every column in which a picture can be read. Raises InputError where there is none."""
    found = {name: Frame.of(list(parts[0].packed(name))) for name in names}
    if not any(found.values()):
        told = ", ".join(repr(name) for name in names)
        raise InputError(
            f"none of the pictures in {told} can be read; expected files such as PNG or JPEG, whole and not renamed from another kind."
            if names
            else "a cnn needs a column of pictures; there is none. Name a folder of pictures, or a table with a column of their files."
        )
    return {name: frame for name, frame in found.items() if frame is not None}


def _before(model: CnnModel | None, names: Sequence[str]) -> list[Tower | None]:
    """Of each column the tower of an earlier model: that of the same name, or the only one for the only one."""
    known = {} if model is None else dict(zip(model.pictures, model.towers, strict=True))
    if len(known) == len(names) == 1:
        return list(known.values())
    return [known.get(name) for name in names]


def _framed(frame: Frame, recipe: Recipe) -> Frame:
    """The size that a recipe asks for."""
    return frame if recipe.side is None else Frame(recipe.side, recipe.side, frame.channels)


def _shaped(frame: Frame) -> tuple[int, int, int]:
    return frame.height, frame.width, frame.channels


def _sized(images: np.ndarray, frame: Frame) -> np.ndarray:
    """(n, h, w, c) in the size of the frame."""
    images = images[..., None] if images.ndim == 3 else images
    if images.shape[1:] == _shaped(frame):
        return images
    return np.stack([frame.fitted(image) for image in images]) if len(images) else np.zeros((0, *_shaped(frame)), dtype=np.uint8)


def _none(frame: Frame, n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((n, *_shaped(frame)), dtype=np.uint8), np.ones(n, dtype=bool)


def _signed(features: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """(n, features + 1): nothing where there is no picture, and a sign that says so."""
    return np.column_stack([np.where(gone[:, None], 0.0, features), gone.astype(np.float64)])
