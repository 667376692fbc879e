"""A pretrained model that learns in context: it reads the training rows as a prompt and predicts others without a fit (TabICL, Qu et al. 2025).

    train.run(split, Options(weights="tabicl-classifier-v2.ckpt"))      # tried as one more member of the ensemble

It needs the extra `context` (the packages tabicl and torch) and a file of weights that the user has; without one it is not tried, and nothing is
ever downloaded: the library is handed the path, with downloads off. Weights are read as tensors alone (`torch.load(weights_only=True)`), first
by us and then by the library, so that no file can run code. Weights for classes have max_classes above nought, those for numbers none.

What it keeps is its training rows as numbers, and the path and SHA-256 of the weights, which are not copied; a study that has one opens where the
same file is found at its place, or at that of `given`. Contributions are Shapley values against BACKGROUND fixed training rows along paths of
columns and back (Castro et al. 2009; antithetic as in Mitchell et al. 2022), as of `mlp`: estimates, whose sum with the base is the prediction
exactly. They are slow: a row costs four predictions per column. What it does *not* do: prose, more than MOST rows, weights of rows other than
none, a processor other than the CPU.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final

import numpy as np

from ..core.errors import WordsError
from ..core.goal import Goal
from ..core.model import Member
from ..core.rows import Rows
from ._extra import brought, lacking
from ._features import Features
from ._target import Scale, told

__all__ = ["Context", "ContextModel", "given"]

MOST: Final = 10_000  # rows of the prompt, the first
BACKGROUND: Final = 2  # rows that contributions are told against
VIEWS: Final = 8  # ways in which the library looks at the table (its own default)
TOGETHER: Final = 1_024  # rows that the library is asked about at once
ASKED: Final = 16_384  # rows that contributions make at once
LEAST: Final = 1e-6  # probability below which log-odds end

_given: ContextVar[str] = ContextVar("apercu_weights", default="")
_asks = Lock()  # one question at a time: the net is shared by all models of the same weights
_nets: dict[str, Any] = {}  # the net of each digest that was read


@contextmanager
def given(weights: str) -> Generator[None]:
    """Within the block, models of this family read their weights from this file. Raises WordsError where it, or the package, is not there."""
    if weights:
        _refuse_absent(weights)
        if find_spec("tabicl") is None:
            raise WordsError(f"the option weights is for the model family 'context', and {lacking('tabicl', 'that')}")
    token = _given.set(weights)
    try:
        yield
    finally:
        _given.reset(token)


@dataclass(frozen=True)
class ContextModel:
    """prompt (n, f) features without gaps; truth (n,) numbers or classes; fill (f,) what stands for missing; gaps: features with a flag of missing;
    outputs: 1 for a number, else the classes.
    """

    name: str
    columns: tuple[str, ...]
    task: str
    features: Features
    prompt: np.ndarray
    truth: np.ndarray
    fill: np.ndarray
    gaps: np.ndarray
    outputs: int
    weights: str
    digest: str

    def predict(self, rows: Rows) -> np.ndarray:
        """(n,) numbers, or (n, k) probabilities."""
        return told(self._asked(self._inputs(rows)), self.task, Scale())

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """((n, d, k'), (k',)): what the prediction moves by as columns change from a background row's to this row's, on average over the rows."""
        own, background = self._inputs(rows), self._background
        base = self._asked(background)
        parts = np.zeros((rows.n, len(self.columns), base.shape[1]))
        names = tuple(dict.fromkeys(self.features.codes.sources))
        if not names:
            return parts, base.mean(axis=0)
        at = np.array([names.index(source) for source in self.features.codes.sources], dtype=np.int64)
        sources = np.concatenate([at, at[self.gaps]])
        place = np.array([self.columns.index(name) for name in names], dtype=np.int64)
        paths = np.random.default_rng(1).permuted(np.tile(np.arange(len(place)), (len(background), 1)), axis=1)
        ways = [(start, way) for start, path in zip(background, paths, strict=True) for way in (path, path[::-1])]
        steps = [(np.argsort(way)[sources][None, :] < np.arange(len(way) + 1)[:, None]) for _, way in ways]
        together = max(1, ASKED // (len(ways) * (len(names) + 1)))  # each question reads the whole prompt again: few questions of many rows
        for a in range(0, rows.n, together):
            some = own[a : a + together]
            walked = [np.where(taken, some[:, None, :], start) for taken, (start, _) in zip(steps, ways, strict=True)]
            said = self._asked(np.concatenate(walked).reshape(-1, own.shape[1])).reshape(len(ways), len(some), len(names) + 1, -1)
            for answer, (_, way) in zip(said, ways, strict=True):
                parts[a : a + together, place[way]] += np.diff(answer, axis=1)
        parts /= 2 * len(background)
        return parts, base.mean(axis=0)

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes `context.npz` and returns the rest as JSON; the weights stay where they are."""
        arrays = {name: getattr(self, name) for name in ("prompt", "truth", "fill", "gaps")}
        np.savez_compressed(folder / "context.npz", allow_pickle=False, **arrays)
        card = {"columns": list(self.columns), "task": self.task, "features": self.features.to_json()}
        return {**card, "outputs": self.outputs, "weights": self.weights, "digest": self.digest}

    def _inputs(self, rows: Rows) -> np.ndarray:
        matrix = self.features.matrix(rows)
        gone = np.isnan(matrix)
        return np.hstack([np.where(gone, self.fill, matrix), gone[:, self.gaps]]).astype(np.float32)

    @cached_property
    def _background(self) -> np.ndarray:
        return self.prompt[np.random.default_rng(1).permutation(len(self.prompt))[:BACKGROUND]]

    @cached_property
    def _reader(self) -> Any:
        """The library's estimator with the prompt, or None where there is nothing to learn."""
        if len(self.truth) < 2 or np.ptp(self.truth) == 0 or not (np.ptp(self.prompt, axis=0) > 0).any():
            return None
        return _estimator(self.prompt, self.truth, self.task, self.weights, self.digest)

    def _asked(self, x: np.ndarray) -> np.ndarray:
        """(n, k') numbers in their unit, log-odds of two classes (k' = 1), or of each of several."""
        if self.task == "numeric":
            said = [np.full((len(x), 1), float(self.truth.mean()) if len(self.truth) else 0.0)] if self._reader is None else self._heard(x)
            return np.concatenate(said)
        shares = np.bincount(self.truth.astype(int), minlength=self.outputs) + 1.0 / self.outputs
        chance = np.tile(shares / shares.sum(), (len(x), 1))
        if self._reader is not None:
            chance = np.zeros((len(x), self.outputs))
            chance[:, self._reader.classes_.astype(int)] = np.concatenate(self._heard(x))
        logits = np.log(np.clip(chance, LEAST, 1.0))
        return logits[:, 1:] - logits[:, :1] if self.task == "binary" else logits

    def _heard(self, x: np.ndarray) -> list[np.ndarray]:
        """What the library says of pieces of the rows, each (n, 1) or (n, known classes); an empty piece where there are no rows."""
        numeric = self.task == "numeric"
        said = [np.zeros((0, 1 if numeric else len(self._reader.classes_)))]
        with _asks:
            for piece in (x[a : a + TOGETHER] for a in range(0, len(x), TOGETHER)):
                told_ = np.asarray(self._reader.predict(piece) if numeric else self._reader.predict_proba(piece), dtype=np.float64)
                said.append(told_[:, None] if numeric else told_)
        return said


@dataclass(frozen=True)
class Context:
    """The learner. weights: the file that it reads; unset, that of `given`."""

    weights: str = ""

    name: ClassVar[str] = "context"
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "numeric")
    words: ClassVar[Mapping[str, str]] = {"en": "pretrained in-context model", "zh": "预训练上下文模型"}
    needs: ClassVar[tuple[str, str]] = ("tabicl", "context")

    @classmethod
    def members(cls, goal: Goal, rows: Rows) -> tuple[Member, ...]:
        """One, early in line, where the user gives weights: whoever does wants it to be tried. Otherwise none."""
        weights = _given.get()
        return (Member("context", cls(weights), 8),) if weights else ()

    def fit(self, rows: Rows, goal: Goal, watch: Rows) -> ContextModel:
        """Keeps both parts as the prompt; rows of no weight are left out of it, all others count alike. Raises WordsError without weights."""
        weights = self.weights or _given.get()
        if not weights:
            raise WordsError("the model family 'context' needs a file of weights; name it with the option weights.")
        digest = _read(weights, goal.task)
        columns = tuple(name for name in rows if name not in (goal.target, goal.weight) and not name.startswith("_"))
        features, matrix = Features.fit(rows, goal, columns)
        matrix = np.vstack([matrix, features.matrix(watch)])
        truth = np.concatenate([goal.coded(rows), goal.coded(watch)])
        if goal.weight is not None:
            counted = np.concatenate([np.nan_to_num(part[goal.weight]) > 0 for part in (rows, watch)])
            matrix, truth = (matrix[counted], truth[counted]) if counted.any() else (matrix, truth)
        matrix, truth = matrix[:MOST], truth[:MOST]
        gone = np.isnan(matrix)
        fill = np.array([float(np.median(x[~lost])) if (~lost).any() else 0.0 for x, lost in zip(matrix.T, gone.T, strict=True)])
        gaps = np.flatnonzero(gone.any(axis=0))
        prompt = np.hstack([np.where(gone, fill, matrix), gone[:, gaps]]).astype(np.float32)
        outputs = 1 if goal.task == "numeric" else len(goal.classes)
        return ContextModel(self.name, columns, goal.task, features, prompt, truth, fill, gaps, outputs, str(Path(weights).resolve()), digest)

    @staticmethod
    def load(folder: Path, card: Mapping[str, Any]) -> ContextModel:
        """Reads what `ContextModel.save` wrote. Raises WordsError where the weights are gone or others now."""
        with np.load(folder / "context.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in ("prompt", "truth", "fill", "gaps")}
        weights, digest, task = _given.get() or str(card["weights"]), str(card["digest"]), str(card["task"])
        if _read(weights, task) != digest:
            raise WordsError(f"the weights in {weights} are not those that the model was made with; put the same file there.")
        features = Features.from_json(card["features"])
        return ContextModel(
            Context.name, tuple(card["columns"]), task, features, outputs=int(card["outputs"]), weights=weights, digest=digest, **arrays
        )


def _refuse_absent(weights: str) -> None:
    if not Path(weights).is_file():
        raise WordsError(f"there is no file of weights at {weights}; get one and give its path (nothing is downloaded).")


def _read(weights: str, task: str) -> str:
    """The SHA-256 of a file of weights for such a task. Raises WordsError where it is absent, or holds anything but those."""
    _refuse_absent(weights)
    torch, file = brought("torch"), Path(weights)
    brought("tabicl")
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest not in _sorts:
        try:
            held = torch.load(file, map_location="cpu", weights_only=True)
            _sorts[digest] = int(held["config"]["max_classes"]) if "state_dict" in held else -1
        except Exception as error:  # a damaged file may fail in any way, and none of them may end in a traceback
            raise WordsError(f"{weights} holds no weights that can be read without running code ({type(error).__name__}).") from None
    if _sorts[digest] < 0 or (_sorts[digest] == 0) != (task == "numeric"):
        raise WordsError(f"{weights} does not hold weights for a {task} target; TabICL has a file for classes and another for numbers.")
    return digest


_sorts: dict[str, int] = {}  # classes that the weights of a digest know; 0: they are for numbers


def _estimator(prompt: np.ndarray, truth: np.ndarray, task: str, weights: str, digest: str) -> Any:
    """The library's estimator, which holds the prompt; models of the same weights share one net."""
    tabicl = brought("tabicl")
    made = tabicl.TabICLRegressor if task == "numeric" else tabicl.TabICLClassifier
    reader = made(
        n_estimators=VIEWS, model_path=weights, allow_auto_download=False, device="cpu", random_state=1, n_jobs=1, kv_cache=False, verbose=False
    )
    with _asks:
        reader.fit(prompt, truth if task == "numeric" else truth.astype(int))
        reader.model_ = _nets.setdefault(digest, reader.model_)
    return reader
