"""A regularised linear model of all that a table's prose says, term by term and, where a model is at hand, sentence by sentence.

    "the parcel never arrived" -> never +0.8, arrived +0.3, ...; the column's part of the log-odds is the sum of its terms'

It is offered only where a table has prose, and reads nothing else: boosted trees join it with the other columns (see fused). Terms are those of
`_terms` (words, pairs and letters within words where words are spaced; runs of signs in Chinese), margins those of `_sparse`; the vectors of
`_sentence` stand beside them for columns in a language that a named or installed sentence model knows. Being linear it is explained exactly,
column by column, and is quick: thousands of terms are fitted in seconds. Kept as arrays of bytes and numbers. A sentence model is not copied but
named, with its digest; a study that read by one opens where the same model is found. What it does *not* do: what words mean in their order beyond
pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from scipy import sparse

from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from . import _sentence
from ._columns import levels_of, plain, weights_of
from ._encode import is_prose
from ._sparse import Choice, chosen, probabilities, solved
from ._stacked import stacked
from ._target import Scale, skewed
from ._terms import UNSPACED, Terms, blocks, language

__all__ = ["Sentences", "Text", "TextModel", "prose_of"]

CELLS: Final = 40_000_000  # coefficients of a model: of very many classes only the most frequent terms are kept
HELD: Final = 60_000_000  # weights in the matrix of a fit; rows beyond are left out
BATCH: Final = 20_000  # rows that are told of at once
WORDINGS: Final = 100  # different wordings from which a column that is no prose may be one of phrases
WORDED: Final = 0.05  # the same as a share of its rows
PROFILED: Final = 1_000  # texts that are looked at to tell phrases from levels
LOUD: Final = 1.0  # length of a sentence's vector beside terms of length one


@dataclass(frozen=True)
class Sentences:
    """A column as the vectors of a sentence model, less their middle (width,); a missing text is a row of zeros."""

    name: str
    folder: str
    digest: str
    middle: np.ndarray

    @staticmethod
    def fit(rows: Rows, name: str) -> Sentences | None:
        """None where no model knows the column's language."""
        encoder = _sentence.encoder_of(language(rows, name))
        if encoder is None:
            return None
        bare = Sentences(name, encoder.folder, encoder.digest, np.zeros(encoder.width, dtype=np.float32))
        vectors = bare.matrix(rows)
        return replace(bare, middle=vectors.mean(axis=0) if len(vectors) else bare.middle)

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return len(self.middle)

    def matrix(self, rows: Rows) -> np.ndarray:
        """(n, width) float32."""
        column = levels_of(rows, self.name)
        codes, at = np.unique(column.codes, return_inverse=True)
        there = np.array([code >= 0 and bool(column.levels[code].strip()) for code in codes], dtype=bool)
        vectors = np.zeros((len(codes), self.width), dtype=np.float32)
        if there.any():
            vectors[there] = _sentence.opened(self.folder).vectors([column.levels[code] for code in codes[there]]) - self.middle
        return LOUD * vectors[at]


Part = Terms | Sentences


@dataclass(frozen=True)
class TextModel:
    """parts: what is read of each column, side by side; coefficients (D, k') float32, intercept (k',): k' is 1 for two classes and a number."""

    name: str
    columns: tuple[str, ...]
    task: str
    parts: tuple[Part, ...]
    coefficients: np.ndarray
    intercept: np.ndarray
    scale: Scale
    choice: Choice

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        raw = self.raw(rows)
        return self.scale.back(raw[:, 0]) if self.task == "numeric" else probabilities(raw)

    def raw(self, rows: Rows) -> np.ndarray:
        """(n, k') log-odds, or numbers on the scale that was fitted."""
        return self._said(rows).sum(axis=1) + self.intercept

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): the sum over the terms of each column."""
        said = self._said(rows)
        return self.scale.shared(said, self.intercept) if self.task == "numeric" else (said, self.intercept)

    def _said(self, rows: Rows) -> np.ndarray:
        """(n, d, k')."""
        if rows.n > BATCH:
            return np.concatenate([self._said(rows.take(np.arange(a, min(a + BATCH, rows.n)))) for a in range(0, rows.n, BATCH)])
        said = np.zeros((rows.n, len(self.columns), len(self.intercept)))
        start = 0
        for part in self.parts:
            own = self.coefficients[start : start + part.width]
            said[:, self.columns.index(part.name)] += part.matrix(rows) @ own
            start += part.width
        return said

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `text.npz` and returns the rest as JSON."""
        arrays: dict[str, np.ndarray] = {"coefficients": self.coefficients, "intercept": self.intercept}
        told = []
        for i, part in enumerate(self.parts):
            if isinstance(part, Terms):
                arrays |= {f"{i}.{name}": a for name, a in part.arrays().items()}
                told.append({"part": "terms", "name": part.name, "block": part.block})
            else:
                arrays[f"{i}.middle"] = part.middle
                told.append({"part": "sentences", "name": part.name, "folder": part.folder, "digest": part.digest})
        np.savez_compressed(folder / "text.npz", allow_pickle=False, **arrays)
        card = {"columns": list(self.columns), "task": self.task, "parts": told}
        return {**card, "scale": self.scale.to_json(), "choice": self.choice.to_json()}


@dataclass(frozen=True)
class Text:
    """The learner. It has no chance in it. choice: what is otherwise chosen on the watched rows; sentences: whether a sentence model is read by."""

    choice: Choice | None = None
    sentences: bool = True

    name: ClassVar[str] = "text"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "linear model of texts", "zh": "文本线性模型"}

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """Itself, first of all, where there is prose."""
        return (Member("text", cls(), 4, cheap=True),) if any(is_prose(rows, name) for name in rows if name != goal.target) else ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> TextModel:
        """Chooses how steep log-odds are on `watch`, then fits on both. Without prose every column of text is read."""
        columns = prose_of(rows, goal)
        both = stacked(plain(rows), watch)
        k = 1 if goal.task == "numeric" else max(2, len(goal.classes))
        parts = _parts(rows, columns, max(1_000, CELLS // (1 if k <= 2 else k)), sentences=self.sentences)
        target, weights = goal.coded(both), weights_of(both, goal)
        inner = np.arange(both.n) < rows.n
        x = _matrix(parts, both)
        if x.nnz > HELD:
            kept = np.sort(np.random.default_rng(1).permutation(both.n)[: max(1_000, int(both.n * HELD / x.nnz))])
            x, target, inner, weights = x[kept], target[kept], inner[kept], None if weights is None else weights[kept]
        scale = Scale.of(target) if goal.task == "numeric" and len(target) and skewed(target) else Scale()
        y = scale.forth(target)
        choice = self.choice or chosen(x, y, weights, inner, goal.task, k)
        coefficients, intercept = solved(x, y, weights, goal.task, k, choice)
        if scale.log:
            scale = scale.smeared(target, np.asarray(x @ coefficients + intercept)[:, 0], weights)
        return TextModel(
            self.name, columns, goal.task, parts, coefficients.astype(np.float32), np.asarray(intercept, dtype=np.float64), scale, choice
        )

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> TextModel:
        """Reads what `TextModel.save` wrote. Raises WordsError where the sentence model that it read by is gone or another now."""
        with np.load(folder / "text.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        parts: list[Part] = []
        for i, told in enumerate(card["parts"]):
            own = {name.partition(".")[2]: a for name, a in arrays.items() if name.startswith(f"{i}.")}
            if told["part"] == "terms":
                parts.append(Terms.of(told["name"], told["block"], own))
            else:
                encoder = _sentence.found(told["folder"], told["digest"])
                parts.append(Sentences(told["name"], encoder.folder, told["digest"], own["middle"]))
        numbers = (arrays["coefficients"], arrays["intercept"])
        columns = tuple(card["columns"])
        return TextModel(Text.name, columns, card["task"], tuple(parts), *numbers, Scale(**card["scale"]), Choice(**card["choice"]))


def prose_of(rows: Rows, goal: Goal) -> tuple[str, ...]:
    """The columns that are read: prose, and beside prose phrases of many different wordings, such as titles; without prose, all columns of text."""
    own = [name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_") and rows.storage(name) == "text"]
    prose = [name for name in own if is_prose(rows, name)]
    return tuple(name for name in own if name in prose or _phrases(rows, name)) if prose else tuple(own)


def _phrases(rows: Rows, name: str) -> bool:
    """Whether a column of text holds wordings rather than levels."""
    column = rows.coded(name)
    present = column.codes[column.codes >= 0]
    texts = [column.levels[code] for code in present[:PROFILED]]
    distinct = len(np.unique(present))
    if distinct < WORDINGS or distinct < WORDED * len(present):
        return False
    return float(np.mean([len(text.split()) >= 2 or (len(text) >= 2 and UNSPACED.search(text) is not None) for text in texts])) >= 0.5


def _parts(rows: Rows, columns: Sequence[str], most: int, *, sentences: bool) -> tuple[Part, ...]:
    """most: terms of all blocks together."""
    wanted = [(name, block) for name in columns for block in blocks(rows, name)]
    parts: list[Part] = [Terms.fit(rows, name, block, most // max(1, len(wanted))) for name, block in wanted]
    return (*parts, *(found for name in columns if sentences and (found := Sentences.fit(rows, name)) is not None))


def _matrix(parts: Sequence[Part], rows: Rows) -> Any:
    if not parts:
        return sparse.csr_matrix((rows.n, 0), dtype=np.float32)
    made: Any = sparse.hstack([sparse.csr_matrix(part.matrix(rows)) for part in parts], format="csr", dtype=np.float32)
    return made
