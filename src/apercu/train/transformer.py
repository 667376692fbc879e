"""A Transformer over texts (Vaswani et al. 2017; Devlin et al. 2019): a small one from nothing, or a pretrained one of the user's, learned on
further.

    train.run(split, Options(learners=("transformer",)))                          # two layers over words and signs, learned from nothing
    train.run(split, Options(learners=("transformer",), embedding="models/bert"))  # the recipe churn-bert on a checkpoint of the user's

From nothing it rarely beats the linear model of texts below some ten thousand rows; from a pretrained net it does. Recipe `churn-bert`: AdamW at
2e-5, five passes, sixteen rows a step. It is trained with torch (the extra `deep`), kept as arrays, and asked with NumPy where torch is not. The
texts of several columns are read one after the other; contributions are Shapley values over the columns along one order and back, against empty
texts, whose sum with the base is the prediction. What it does not do: columns that are no text; texts beyond the first LENGTH pieces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from . import _sentence
from ._columns import levels_of, weights_of
from ._extra import brought
from ._sentence import Encoder, Pieces, Torch, forward, padded
from ._stacked import stacked
from ._target import Scale, told
from .text import prose_of

__all__ = ["RECIPES", "Recipe", "Transformer", "TransformerModel"]

LENGTH: Final = 128  # pieces of a row
WORDS: Final = 8_000  # words of a vocabulary that is learned
SIGNS: Final = 4_000  # signs of the same
SEEN: Final = 3  # times that a word must be met
WIDTH: Final = 96  # of a net from nothing
LAYERS: Final = 2
HEADS: Final = 4
FEW: Final = 40  # watched rows below which they are learned from instead
TOGETHER: Final = 256  # rows that are asked about at once
SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@dataclass(frozen=True)
class Recipe:
    """How a net is learned: passes, rows of a step, highest rate, whether the rate rises and falls, decay, share of numbers dropped, patience."""

    epochs: int
    batch: int
    rate: float
    cycle: bool
    decay: float
    dropout: float
    patience: int


RECIPES: Final[dict[str, Recipe]] = {
    "small": Recipe(10, 64, 1e-3, True, 0.05, 0.2, 3),
    "churn-bert": Recipe(5, 16, 2e-5, False, 0.01, 0.1, 0),
}


@dataclass(frozen=True)
class TransformerModel:
    """encoder: the net; head (width, outputs), bias (outputs,): of one number, or of each class; middle, spread: of a number that is scaled back."""

    name: str
    columns: tuple[str, ...]
    task: str
    encoder: Encoder
    head: np.ndarray
    bias: np.ndarray
    middle: float = 0.0
    spread: float = 1.0

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._asked(_cut(rows, self.columns, self.encoder.pieces)), self.task, Scale())

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): what the prediction moves by as columns' texts are read, in their order and back, on average."""
        base = self._asked(_cut(rows.take(np.arange(0)), self.columns, self.encoder.pieces, blank=1))[0]
        parts = np.zeros((rows.n, len(self.columns), len(base)))
        own = range(len(self.columns))
        for way in (own, own[::-1]):
            last = np.broadcast_to(base, (rows.n, len(base)))
            for step, column in enumerate(way, 1):
                now = self._asked(_cut(rows, self.columns, self.encoder.pieces, read=frozenset(way[:step])))
                parts[:, column] += 0.5 * (now - last)
                last = now
        return parts, base

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `transformer.npz` and returns the rest as JSON."""
        half = {name: a.astype(np.float16) for name, a in self.encoder.arrays.items()}
        np.savez_compressed(folder / "transformer.npz", allow_pickle=False, head=self.head, bias=self.bias, **half)
        pieces, numbers = self.encoder.pieces, {"middle": self.middle, "spread": self.spread}
        card = {"columns": list(self.columns), "task": self.task, "pieces": list(pieces.numbers), "lowered": pieces.lowered}
        return {**card, "heads": self.encoder.heads, "epsilon": self.encoder.epsilon, **numbers}

    def _asked(self, cut: Sequence[Sequence[int]]) -> np.ndarray:
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several. Rows of a like length are asked together."""
        made = np.zeros((len(cut), len(self.bias)))
        order = np.argsort([len(own) for own in cut], kind="stable")
        for a in range(0, len(cut), TOGETHER):
            at = order[a : a + TOGETHER]
            ids, there = padded([cut[i] for i in at])
            said, weight = self.encoder.states(ids, there), there[:, :, None]
            made[at] = (said * weight).sum(axis=1) / weight.sum(axis=1) @ self.head + self.bias
        if self.task == "numeric":
            return self.middle + self.spread * made
        return made[:, 1:] - made[:, :1] if self.task == "binary" else made


@dataclass(frozen=True)
class Transformer:
    """The learner. Its randomness comes from one fixed seed, and it trains on one thread, so that the same rows give the same net.

    folder: of a pretrained net; unset, that of the option embedding, and without one the net begins from nothing. recipe: a name in RECIPES; unset,
    churn-bert for a pretrained net.
    """

    folder: str = ""
    recipe: str = ""

    name: ClassVar[str] = "transformer"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "Transformer over texts", "zh": "文本 Transformer"}
    needs: ClassVar[tuple[str, str]] = ("torch", "deep")
    recipes: ClassVar[tuple[str, ...]] = ("churn-bert",)

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """None: at minutes a fold it is fitted where it is asked for by name."""
        return ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> TransformerModel:
        """Trains on `rows` while `watch` looks on. Raises WordsError where torch is absent."""
        brought("torch")
        columns = prose_of(rows, goal)
        both = stacked(rows, watch)
        folder = self.folder or _sentence.named()
        begun = _sentence.opened(folder) if folder else None
        pieces = begun.pieces if begun else _vocabulary(rows, columns)
        cut = _cut(both, columns, pieces)
        truth, numeric = goal.coded(both), goal.task == "numeric"
        weights = weights_of(both, goal)
        split = rows.n if watch.n >= FEW else both.n
        middle, spread = 0.0, 1.0
        if numeric and split:
            middle, spread = float(truth[:split].mean()), float(truth[:split].std()) or 1.0
        outputs = 1 if numeric else max(2, len(goal.classes))
        arrays = begun.arrays if begun else _beginning(len(pieces.numbers))
        heads, epsilon = (begun.heads, begun.epsilon) if begun else (HEADS, 1e-12)
        recipe = RECIPES[self.recipe or ("churn-bert" if begun else "small")]
        lesson = _Lesson(cut, (truth - middle) / spread, weights, split, numeric, outputs, (heads, epsilon))
        learned, head, bias = (
            _learned(arrays, lesson, recipe) if split > 1 else (arrays, np.zeros((arrays[EMBEDDED].shape[1], outputs)), np.zeros(outputs))
        )
        learned = {name: a.astype(np.float16).astype(np.float32) for name, a in learned.items()}  # as it is kept
        encoder = Encoder("", "", pieces, heads, epsilon, learned, exact=True)
        return TransformerModel(self.name, columns, goal.task, encoder, head, bias, middle, spread)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> TransformerModel:
        """Reads what `TransformerModel.save` wrote; torch is not needed."""
        with np.load(folder / "transformer.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        head, bias = arrays.pop("head"), arrays.pop("bias")
        pieces = Pieces({piece: i for i, piece in enumerate(card["pieces"])}, bool(card["lowered"]))
        held = {name: a.astype(np.float32) for name, a in arrays.items()}
        encoder = Encoder("", "", pieces, int(card["heads"]), float(card["epsilon"]), held, exact=True)
        numbers = (float(card["middle"]), float(card["spread"]))
        return TransformerModel(Transformer.name, tuple(card["columns"]), card["task"], encoder, head, bias, *numbers)


EMBEDDED: Final = "embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class _Lesson:
    """cut: pieces of each row; truth (n,) scaled; weights (n,) or None; split: rows learned from, others are watched; shape: heads and epsilon."""

    cut: list[list[int]]
    truth: np.ndarray
    weights: np.ndarray | None
    split: int
    numeric: bool
    outputs: int
    shape: tuple[int, float]


def _cut(rows: Rows, columns: Sequence[str], pieces: Pieces, *, read: frozenset[int] | None = None, blank: int = 0) -> list[list[int]]:
    """The pieces of each row: those of its columns one after the other. read: places of the columns that are read; blank: further, empty rows."""
    end, share = pieces.numbers["[SEP]"], max(8, (LENGTH - 2) // max(1, len(columns)))
    made = [[pieces.numbers["[CLS]"]] for _ in range(rows.n + blank)]
    for place, name in enumerate(columns):
        column = levels_of(rows, name)
        known = {int(code): pieces.cut(column.levels[code], share + 2)[1:-1] for code in np.unique(column.codes) if code >= 0}
        for i, own in enumerate(made):
            code = int(column.codes[i]) if i < rows.n and (read is None or place in read) else -1
            own += [*known.get(code, []), end]
    return [own[:LENGTH] for own in made]


def _vocabulary(rows: Rows, columns: Sequence[str]) -> Pieces:
    """The most frequent words, and all frequent signs at the beginning and within words, so that no word is unknown."""
    words: Counter[str] = Counter()
    bare = Pieces({})
    for name in columns:
        column = levels_of(rows, name)
        for code, many in zip(*np.unique(column.codes[column.codes >= 0], return_counts=True), strict=True):
            for word in bare.words(column.levels[code][: 8 * LENGTH]):
                words[word] += int(many)
    signs = Counter({sign: 0 for word in words for sign in word})
    for word, many in words.items():
        for sign in word:
            signs[sign] += many
    often = [word for word, many in words.most_common(WORDS) if many >= SEEN]
    single = [sign for sign, many in signs.most_common(SIGNS) if many >= SEEN]
    found = dict.fromkeys((*SPECIAL, *often, *single, *(f"##{sign}" for sign in single)))
    return Pieces({piece: i for i, piece in enumerate(found)})


def _beginning(words: int) -> dict[str, np.ndarray]:
    """The arrays of a net that has learned nothing yet."""
    rng = np.random.default_rng(1)

    def drawn(*shape: int) -> np.ndarray:
        return rng.normal(0.0, 0.5 * shape[-1] ** -0.5, shape).astype(np.float32)

    made = {EMBEDDED: drawn(words, WIDTH), "embeddings.position_embeddings.weight": 0.2 * drawn(LENGTH, WIDTH)}
    made["embeddings.token_type_embeddings.weight"] = np.zeros((1, WIDTH), dtype=np.float32)
    norms = ["embeddings"]
    for layer in range(LAYERS):
        own = f"encoder.layer.{layer}"
        sizes = {f"attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
        sizes |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (2 * WIDTH, WIDTH), "output.dense": (WIDTH, 2 * WIDTH)}
        for name, size in sizes.items():
            made |= {f"{own}.{name}.weight": drawn(*size), f"{own}.{name}.bias": np.zeros(size[0], dtype=np.float32)}
        norms += [f"{own}.attention.output", f"{own}.output"]
    for name in norms:
        made |= {f"{name}.LayerNorm.weight": np.ones(WIDTH, dtype=np.float32), f"{name}.LayerNorm.bias": np.zeros(WIDTH, dtype=np.float32)}
    return made


def _learned(arrays: dict[str, np.ndarray], lesson: _Lesson, recipe: Recipe) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """(the arrays after training, head (width, outputs), bias (outputs,))."""
    from ._loop import Plan, dropped, supervised, trained

    torch: Any = brought("torch")
    net = torch.nn.ParameterDict({name.replace(".", "/"): torch.nn.Parameter(torch.from_numpy(a.copy())) for name, a in arrays.items()})
    head = np.random.default_rng(2).normal(0.0, 0.02, (lesson.outputs, arrays[EMBEDDED].shape[1])).astype(np.float32)
    net["head"], net["bias"] = torch.nn.Parameter(torch.from_numpy(head)), torch.nn.Parameter(torch.zeros(lesson.outputs))
    ids, there = (torch.from_numpy(a) for a in padded(lesson.cut))
    truth = torch.from_numpy(lesson.truth.astype(np.float32 if lesson.numeric else np.int64))
    truth = truth[:, None] if lesson.numeric else truth
    weights = None if lesson.weights is None else torch.from_numpy(lesson.weights.astype(np.float32))

    class Dropping(Torch):
        """The arithmetic while it learns: some of what is heard and thought is dropped."""

        def __init__(self, chance: Any) -> None:
            super().__init__(torch)
            self.chance = chance

        def attended(self, q: Any, k: Any, v: Any, there: Any) -> Any:
            return dropped(torch, super().attended(q, k, v, there), recipe.dropout, self.chance)

        def gelu(self, x: Any) -> Any:
            return dropped(torch, super().gelu(x), recipe.dropout, self.chance)

    def outputs(index: Any, chance: Any) -> Any:
        own = there[index]
        size = int(own.sum(1).max())
        named = {name.replace("/", "."): value for name, value in net.items()}
        said = forward(Dropping(chance), named, lesson.shape, ids[index, :size], own[:, :size]).float()
        weight = own[:, :size, None].float()
        mean = (said * weight).sum(1) / weight.sum(1)
        return dropped(torch, mean, recipe.dropout, chance) @ net["head"].T + net["bias"]

    lost = supervised(outputs, truth, weights)
    watched = torch.arange(lesson.split, len(lesson.cut))

    def watch() -> float:
        each = [float(lost(watched[a : a + TOGETHER], None)) * len(watched[a : a + TOGETHER]) for a in range(0, len(watched), TOGETHER)]
        return sum(each) / len(watched)

    plan = Plan(
        epochs=recipe.epochs, batch=recipe.batch, rate=recipe.rate, cycle=recipe.cycle, decay=recipe.decay, clip=1.0, patience=recipe.patience
    )
    trained(net, lesson.split, lost, plan, watch if len(watched) else None)
    made = {name.replace("/", "."): value.detach().numpy().copy() for name, value in net.items()}
    return {name: made[name] for name in arrays}, made["head"].T.astype(np.float64), made["bias"].astype(np.float64)
