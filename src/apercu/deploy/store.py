"""A study as a folder: written whole or not at all, checked by hashes when opened, and nothing in it can run code.

    churn.study/
      study.json           the JSON of docs/json.md; beside it `folder` (format, version, SHA-256 of every other file, seal) and `record`
      data.parquet         every column, cleaned and derived, with _row (in the source, from 1), _half (search, verify, all), _fold, _predicted
      graph.parquet        the triples, if there are any
      models/0/oof.npy     out-of-fold predictions of the first model; models/0/loss.npy their loss; models/0/1/ what its second fold saved
      page.html            the page, if one was asked for

It is written into a temporary sibling and renamed, so a killed run leaves the old study or none. It does *not* hold the options' types or
the learners' classes: `load` gives options back as plain values and is handed the learners by name.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from ..core.dataset import Dataset, Step
from ..core.engine import Engine
from ..core.errors import ApercuError, UnusableStudy, WordsError
from ..core.graph import Graph
from ..core.model import CrossFitted, Learner
from ..core.rows import Coded
from ..core.schema import Schema
from ..core.split import Split
from .codec import decoded, encoded
from .export import named, safe, to_json

Finish = Callable[[CrossFitted, Path], CrossFitted]

__all__ = ["FORMAT", "VERSION", "load", "save"]

FORMAT: Final = "apercu.study"
VERSION: Final = 1
HEAD: Final = "study.json"
PLAIN: Final = (
    "source", "goal", "scores", "curves", "explanation", "faults", "knowledge", "rules", "findings", "ledger", "actions", "vetoes", "notes", "seed",
    "versions",
)  # fmt: skip
LATER: Final = ("knowledge", "vetoes")  # which folders of earlier versions lack
DIGITS: Final = 6  # of a fact's weight
HALVES: Final = {1: "search", 2: "verify", 3: "all"}


def save(record: Any, folder: str | Path, *, overwrite: bool = False, page: str | None = None) -> Path:
    """Writes the study into `folder` and returns it. An earlier study there is replaced only if `overwrite`; `page` is kept as page.html.

    Raises WordsError when the folder holds anything but a study of ours, or cannot be written; then nothing there has changed.
    """
    target = Path(os.path.abspath(Path(folder).expanduser()))  # noqa: PTH100 - resolve() would follow a link and write elsewhere
    _refuse_strangers(target, overwrite)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        temporary.mkdir(parents=True)
        _write(record, temporary, page)
        _swap(temporary, target)
    except OSError as error:
        raise WordsError(f"the study cannot be written to {target}: {error.strerror or error}. Choose another folder with --out.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def load(folder: str | Path, engine: Engine, learners: Mapping[str, type[Learner]], finish: Finish | None = None) -> dict[str, Any]:
    """The fields of the study that `save` wrote, its table in `engine`; `options` are plain values. {field: value} for every field of a Study.

    `finish` is handed each model with its folder and gives the model back, with whatever it keeps beside its folds.

    Raises UnusableStudy when the folder is no study, is damaged, is newer than this version, or needs a model family that `learners` lacks.
    """
    root = Path(folder).expanduser()
    head = _head(root)
    _verify_files(root, head["folder"]["files"])
    try:
        return _read(root, head["record"], engine, (learners, finish))
    except ApercuError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OSError, RecursionError) as error:
        raise UnusableStudy(f"{root} cannot be read as a study ({type(error).__name__}: {error}). Make it anew with `apercu run`.") from error


def _write(record: Any, root: Path, page: str | None) -> None:
    _write_table(record, root)
    _write_graph(record, root)
    told = {name: encoded(getattr(record, name)) for name in PLAIN if hasattr(record, name)} | {"source": named(record.source)}
    told |= {"options": safe(record.options), "data": _data_card(record), "split": _split_card(record.split)}
    told |= _write_models(record, root / "models")
    if page is not None:
        (root / "page.html").write_text(page, encoding="utf-8")
    paths = sorted(p for p in root.rglob("*") if p.is_file())
    files = {p.relative_to(root).as_posix(): _sha256(p) for p in paths}
    head: dict[str, Any] = {**to_json(record), "folder": {"format": FORMAT, "version": VERSION, "files": files}, "record": told}
    head["folder"]["seal"] = _seal(head)
    (root / HEAD).write_text(json.dumps(head, ensure_ascii=False, allow_nan=False, indent=1), encoding="utf-8")


def _write_table(record: Any, root: Path) -> None:
    split, data = record.split, record.data
    if split is None:
        table = data.table if "_row" in data.engine.columns(data.table) else data.engine.keyed(data.table, sorted(data.schema.names))
        columns = {"_half": np.full(data.n, "all", dtype=object)}
    else:
        data, table = split.data, split.data.table
        half = np.array([HALVES[int(h)] for h in split.half], dtype=object)
        columns = {"_half": half, "_fold": split.folds.astype(np.int64), "_predicted": _predicted(record, data.n)}
        if split.blocks is not None:
            np.save(root / "blocks.npy", split.blocks, allow_pickle=False)
    data.engine.write(data.engine.attach(table, columns), root / "data.parquet")


def _predicted(record: Any, n: int) -> np.ndarray:
    """(n,) the out-of-fold number, or probability of the wanted level (of the first class where none is wanted)."""
    if record.model is None:
        return np.full(n, np.nan)
    out, goal = record.model.out_of_fold, record.goal
    if out.ndim == 1:
        return out.astype(np.float64)
    return np.ascontiguousarray(out[:, goal.classes.index(goal.wanted) if goal.wanted else 0], dtype=np.float64)


def _write_graph(record: Any, root: Path) -> None:
    graph: Graph = record.graph or record.data.graph
    if graph:
        codes = dict(zip(("head", "relation", "tail"), graph.facts.T, strict=True)) | {"source": graph.source}
        names = dict(zip(codes, (graph.entities, graph.relations, graph.entities, graph.sources), strict=True))
        columns = {name: Coded(codes[name], names[name]) for name in codes}
        numbers = {"weight": np.round(graph.weight.astype(np.float64), DIGITS), "place": graph.place.astype(np.float64)}
        record.data.engine.write(record.data.engine.adopt({**columns, **numbers}), root / "graph.parquet")


def _write_models(record: Any, folder: Path) -> dict[str, Any]:
    """The JSON of every model; `model` is the place of the study's own among them."""
    kept = list(record.models)
    if record.model is not None and not any(m is record.model for m in kept):
        kept.append(record.model)
    place = next((i for i, m in enumerate(kept) if m is record.model), None)
    return {"models": [_write_model(m, folder / str(i)) for i, m in enumerate(kept)], "listed": len(record.models), "model": place}


def _write_model(model: CrossFitted, folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True)
    np.save(folder / "oof.npy", model.out_of_fold, allow_pickle=False)
    np.save(folder / "loss.npy", np.asarray(model.loss), allow_pickle=False)
    folds = []
    for i, fold in enumerate(model.folds):
        (folder / str(i)).mkdir()
        card = fold.save(folder / str(i))
        folds.append({"learner": fold.name, "card": safe(card)})
    if own := getattr(model, "save", None):  # what a model keeps beside its folds, such as an expert's rules
        own(folder)
    numbers = {name: encoded(float(getattr(model, name))) for name in ("scale", "shift", "bend")}
    return {"name": model.name, "goal": encoded(model.goal), "columns": list(model.columns), "folds": folds, **numbers}


def _data_card(record: Any) -> dict[str, Any]:
    data: Dataset = record.data if record.split is None else record.split.data
    return {"schema": encoded(data.schema), "n": data.n, "source": named(data.source), "steps": [safe(step.to_json()) for step in data.steps]}


def _split_card(split: Split | None) -> dict[str, Any] | None:
    return None if split is None else {"how": split.how, "seed": split.seed, "blocks": split.blocks is not None, "goal": encoded(split.goal)}


def _read(root: Path, told: Mapping[str, Any], engine: Engine, made_by: tuple[Mapping[str, type[Learner]], Finish | None]) -> dict[str, Any]:
    fields = {name: decoded(told[name]) for name in PLAIN if name in told or name not in LATER}
    graph = _read_graph(root, engine)
    card = told["data"]
    schema: Schema = decoded(card["schema"])
    table = engine.read(root / "data.parquet", "parquet", {})
    data = Dataset(schema, engine, table, card["source"], card["n"], tuple(Step.from_json(step) for step in card["steps"]), graph)
    split = None if told["split"] is None else _read_split(root, told["split"], data)
    models = [_read_model(root / "models" / str(i), m, *made_by) for i, m in enumerate(told["models"])]
    model = None if told["model"] is None else models[told["model"]]
    made = {"data": data, "split": split, "model": model, "models": tuple(models[: told["listed"]]), "graph": graph, "options": told["options"]}
    return {**fields, **made}


def _read_split(root: Path, card: Mapping[str, Any], data: Dataset) -> Split:
    rows = data.engine.rows(data.table, (*data.schema.names, "_row", "_key", "_half", "_fold"))
    numbers = {name: number for number, name in HALVES.items()}
    half = np.array([numbers[h] for h in rows["_half"]], dtype=np.int8)
    blocks = np.load(root / "blocks.npy", allow_pickle=False) if card["blocks"] else None
    kept = rows.only((*data.schema.names, "_row", "_key"))
    return Split(data, decoded(card["goal"]), kept, card["how"], half, rows["_fold"].astype(np.int8), blocks, card["seed"])


def _read_graph(root: Path, engine: Engine) -> Graph:
    """The statements; a folder of an earlier version told no places."""
    if not (root / "graph.parquet").exists():
        return Graph()
    table = engine.read(root / "graph.parquet", "parquet", {})
    rows = engine.rows(table, tuple(engine.columns(table)))
    head, relation, tail, source = (rows.coded(name) for name in ("head", "relation", "tail", "source"))
    places = rows["place"] if "place" in rows else ()  # noqa: SIM401 - a column that is not there is no KeyError
    return Graph.coded(head, relation, tail, source, rows["weight"], places)


def _read_model(folder: Path, card: Mapping[str, Any], learners: Mapping[str, type[Learner]], finish: Finish | None) -> CrossFitted:
    folds = []
    for i, fold in enumerate(card["folds"]):
        if fold["learner"] not in learners:
            known = ", ".join(sorted(learners)) or "none"
            raise UnusableStudy(
                f"the study needs the model family {fold['learner']!r}, which is not installed here (there are: {known}). Install its package."
            )
        folds.append(learners[fold["learner"]].load(folder / str(i), fold["card"]))
    out, loss = (np.load(folder / name, allow_pickle=False) for name in ("oof.npy", "loss.npy"))
    numbers = (decoded(card["scale"]), decoded(card["shift"]), decoded(card.get("bend", 0.0)))  # an earlier version knew no bend
    model = CrossFitted(card["name"], decoded(card["goal"]), tuple(card["columns"]), tuple(folds), out, loss, *numbers)
    return model if finish is None else finish(model, folder)


def _head(root: Path) -> dict[str, Any]:
    path = root / HEAD
    if not path.is_file():
        what = "is not a study: it has no study.json" if root.is_dir() else "does not exist" if not root.exists() else "is a file, not a study"
        raise UnusableStudy(f"{root} {what}. Give the folder that `apercu run --out` wrote.")
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        form, version, seal = head["folder"]["format"], head["folder"]["version"], head["folder"].pop("seal")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableStudy(f"{path} is not the head of a study or is damaged. Make the study anew with `apercu run`.") from error
    if form != FORMAT or not isinstance(version, int):
        raise UnusableStudy(f"{path} says it is {form!r}, expected {FORMAT!r}. Give the folder that `apercu run --out` wrote.")
    if version > VERSION:
        raise UnusableStudy(
            f"{root} was written by a newer apercu (folder version {version}; this one reads up to {VERSION}). Upgrade apercu to open it."
        )
    if seal != _seal(head):
        raise UnusableStudy(f"{path} was changed after the study was written. Make the study anew with `apercu run`, or fetch it again.")
    return head


def _verify_files(root: Path, files: Mapping[str, str]) -> None:
    if "data.parquet" not in files:
        raise UnusableStudy(f"{root} lists no data.parquet, so it is not a whole study. Make it anew with `apercu run`.")
    laid = [p.relative_to(root).as_posix() for p in (root / "graph.parquet", *(root / "models").rglob("*")) if p.is_file()]
    if strange := sorted(set(laid) - set(files)):  # they would be read though no hash vouches for them
        raise UnusableStudy(f"{root} holds {strange[0]}, which was laid there after the study was written. Take it away, or fetch the study again.")
    for name, expected in files.items():
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or "\\" in name or ":" in name:
            raise UnusableStudy(f"{root} names a file outside itself ({name!r}), which no study of ours does. Do not open it.")
        path = root / parts
        if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
            raise UnusableStudy(f"{root} lacks its file {name}. Copy the whole folder again, or make it anew with `apercu run`.")
        if _sha256(path) != expected:
            raise UnusableStudy(f"{path} was changed after the study was written. Make the study anew with `apercu run`, or fetch it again.")


def _refuse_strangers(target: Path, overwrite: bool) -> None:
    """Only an empty folder or a study of ours may be written over, and no file that somebody else laid into it may be lost."""
    if not target.exists() and not target.is_symlink():
        return
    if target.is_symlink() or not target.is_dir():
        raise WordsError(f"{target} is {'a link' if target.is_symlink() else 'a file'}, expected a folder to make. Choose another one with --out.")
    found = {p.relative_to(target).as_posix() for p in target.rglob("*") if not p.is_dir()}
    if not found:
        return
    try:
        folder = json.loads((target / HEAD).read_text(encoding="utf-8"))["folder"]
        ours = {HEAD, *folder["files"]} if folder["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    if not ours:
        raise WordsError(f"{target} is not empty and is not a study, so it is left alone. Choose another folder with --out.")
    if not overwrite:
        raise WordsError(f"{target} already holds a study. Choose another folder with --out, or allow overwriting it.")
    if strangers := sorted(found - ours):
        listed = ", ".join(strangers[:3]) + (" ..." if len(strangers) > 3 else "")
        raise WordsError(f"{target} also holds files that are not the study's ({listed}), so it is left alone. Move them away first.")


def _swap(temporary: Path, target: Path) -> None:
    """Puts the new folder in place; the old one stands aside until the new one is there, and comes back if that fails."""
    if not target.exists():
        temporary.rename(target)
        return
    aside = temporary.with_suffix(".old")
    target.rename(aside)
    try:
        temporary.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(head: Mapping[str, Any]) -> str:
    """SHA-256 of the head without its own seal: damage of study.json itself is noticed too."""
    text = json.dumps(head, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
