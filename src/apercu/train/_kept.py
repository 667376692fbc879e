"""A recommender on disk: one JSON and one file of arrays, in a folder that appears whole or not at all. Nothing in it runs when it is opened.

What is cheap and exact to make again of the events (popularity, the ridge in closed form) is not kept.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from ..core.errors import UnusableStudy, WordsError
from ..core.score import Score
from ..stats.factors import Factors
from ._blend import Plan
from ._interactions import Interactions
from ._members import Member, fitted

__all__ = ["opened", "saved"]

VERSION: Final = 1
FILE, NUMBERS = "recommender.json", "recommender.npz"
EVENTS: Final = ("person", "item", "weight", "liked", "moment")


def saved(recommender: Any, folder: Path, overwrite: bool) -> Path:
    """Writes beside the place, then renames. Raises WordsError where something is there already."""
    if folder.exists() and not overwrite:
        raise WordsError(f"{folder} is there already; choose another folder, or say overwrite=True.")
    if folder.exists() and not (folder / FILE).exists():
        raise WordsError(f"{folder} holds no recommender, so it is not overwritten; choose another folder.")
    taken: Interactions = recommender.taken
    arrays = {name: value for name in EVENTS if (value := getattr(taken, name)) is not None}
    for name in ("content", "profiles"):
        arrays |= _sparse(name, getattr(recommender, name))
    for member in recommender.members:
        if isinstance(member.kept, Factors):
            arrays["factors"] = member.kept.items
        elif member.family in ("neighbours", "following"):
            arrays |= _sparse(member.family, member.kept)
    plan: Plan = recommender.plan
    tree = {
        "version": VERSION,
        "people": taken.people,
        "items": taken.items,
        "repeats": taken.repeats,
        "rated": taken.rated,
        "how": recommender.how,
        "members": {family: [setting, None if np.isinf(half) else half] for family, (setting, half) in plan.members.items()},
        "weights": dict(plan.weights),
        "cold": dict(plan.cold),
        "scores": [score.to_json() for score in recommender.scores],
    }
    beside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    np.savez_compressed(beside / NUMBERS, **arrays)
    (beside / FILE).write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    beside.rename(folder)
    return folder


def opened(folder: Path) -> dict[str, Any]:
    """The fields of the recommender in a folder. Raises UnusableStudy."""
    try:
        tree = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if tree["version"] > VERSION:
            raise UnusableStudy(f"{folder} was written by a newer version of apercu; update apercu to open it.")
        with (folder / NUMBERS).open("rb") as bytes_, np.load(bytes_, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _fields(tree, arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, zipfile.BadZipFile) as error:
        raise UnusableStudy(f"{folder} holds no recommender that can be opened: {type(error).__name__}: {error}.") from None


def _fields(tree: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    events: dict[str, Any] = {name: arrays.get(name) for name in EVENTS}
    taken = Interactions(tuple(tree["people"]), tuple(tree["items"]), **events, repeats=tree["repeats"], rated=tree["rated"])
    members = {family: (setting, float("inf") if half is None else half) for family, (setting, half) in tree["members"].items()}
    plan = Plan(members, tree["weights"], tree["cold"])
    content, profiles = _matrix("content", arrays), _matrix("profiles", arrays)
    made = []
    for family, (setting, half) in members.items():
        if family == "factors":
            made.append(Member(family, setting, half, Factors(arrays["factors"], setting["ridge"], setting["heed"])))
        elif family in ("neighbours", "following"):
            made.append(Member(family, setting, half, _matrix(family, arrays)))
        else:
            made.append(fitted(family, setting, taken, content, profiles)(half))
    scores = tuple(Score(**score) for score in tree["scores"])
    rest = {"content": content, "profiles": profiles, "scores": scores, "how": tree["how"]}
    return {"taken": taken, "plan": plan, "members": tuple(made), **rest}


def _sparse(name: str, matrix: Any) -> dict[str, np.ndarray]:
    if matrix is None:
        return {}
    return {f"{name}.data": matrix.data, f"{name}.indices": matrix.indices, f"{name}.indptr": matrix.indptr, f"{name}.shape": np.array(matrix.shape)}


def _matrix(name: str, arrays: Mapping[str, np.ndarray]) -> Any:
    if f"{name}.data" not in arrays:
        return None
    data, indices, starts, shape = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr", "shape"))
    return csr_matrix((data, indices, starts), shape=tuple(int(s) for s in shape))
