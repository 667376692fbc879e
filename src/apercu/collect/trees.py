"""Trees: a directory of pictures or texts as a table, one row a file, the folder's name as its class.

    read_tree(Path("smiles/"), engine)       # image, class, file      of smiles/neutral/1.jpg, smiles/smile/2.jpg
    read_tree(Path("reviews/"), engine)      # text, class, file       of reviews/good/1.txt ...

A tree that holds `train` (and `test` or `valid`) beside each other is read from `train`; a note says how the others are used. What it does *not* do:
classes below classes (the first folder names the class), pictures that lie beside a table (see pictures).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..core.engine import Engine
from ..core.errors import UnreadableSource
from ..core.pictures import SUFFIXES
from .encodings import encoding_of
from .files import settled
from .loaded import Loaded, told

__all__ = ["files_in", "read_tree"]

TRAIN: Final = ("train", "training")
HELD: Final = ("test", "testing", "valid", "validation", "val")
TEXTS: Final = (".txt", ".text")
DEEPEST: Final = 4  # folders below the source that are looked into
LARGEST: Final = 4 * 2**30  # bytes of all files together
TEXT_BYTES: Final = 1 << 20  # of a text that are read


def files_in(folder: Path) -> tuple[Path, list[Path]]:
    """(the folder that is read, its pictures and texts in folders of their own); no files where it is no such tree."""
    root = next((entry for entry in sorted(folder.iterdir()) if entry.is_dir() and entry.name.lower() in TRAIN), folder)
    found = [
        path
        for path in sorted(root.rglob("*"))
        if path.suffix.lower() in (*SUFFIXES, *TEXTS) and path.is_file() and len(path.relative_to(root).parts) <= DEEPEST and not _hidden(path, root)
    ]
    pictures = [path for path in found if path.suffix.lower() in SUFFIXES]
    return root, pictures or [path for path in found if path.parent != root]


def read_tree(folder: Path, engine: Engine) -> Loaded:
    """The table of a tree. Raises UnreadableSource where its files are more than memory should hold, or none is there."""
    root, files = files_in(folder)
    size = sum(path.stat().st_size for path in files)
    if not files or size > LARGEST:
        why = (
            "holds neither pictures nor texts"
            if not files
            else f"holds {size / 2**30:.1f} GiB of files, more than the {LARGEST >> 30} GiB that can be used"
        )
        raise UnreadableSource(f"the directory {str(folder)!r} {why}.")
    kind = "image" if files[0].suffix.lower() in SUFFIXES else "text"
    held = np.empty(len(files), dtype=object)
    held[:] = [path.read_bytes() if kind == "image" else _text(path) for path in files]
    columns = {kind: held}
    classes = [path.relative_to(root).parts[0] if len(path.relative_to(root).parts) > 1 else None for path in files]
    if any(classes):
        columns["class"] = np.array(classes, dtype=object)
    columns["file"] = np.array([str(path.relative_to(root)) for path in files], dtype=object)
    loaded = settled(engine.adopt(columns), folder.name, engine)
    named = len(set(classes) - {None})
    notes = [
        told(
            "", f"{len(files):,} files, the folder of each as its class ({named} classes)", f"{len(files):,} 个文件，以所在文件夹为类别（{named} 类）"
        )
    ]
    if root != folder:
        others = [entry.name for entry in sorted(folder.iterdir()) if entry.is_dir() and entry.name.lower() in HELD]
        if others:
            en = f"read from {root.name}; give {others[0]} with --test to score the models on it"
            notes.append(told("", en, f"读取自 {root.name}；可用 --test 指定 {others[0]} 以评估模型"))
    return Loaded(loaded.table, folder.name, (*notes, *loaded.notes))


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.relative_to(root).parts)


def _text(path: Path) -> str:
    return path.read_bytes()[:TEXT_BYTES].decode(encoding_of(path, "auto"), errors="replace").strip()
