"""Pictures beside a table: a column of file names becomes the pictures themselves, so that a study holds all that it needs.

    with_pictures(loaded, Path("goods/"), engine)     # photo: 'img/1.jpg' becomes the bytes of goods/img/1.jpg

A column is taken for names of pictures where most of its first values end like one and a file of that name lies below the table's own folder; a
name that leads out of that folder is never opened. Files that are not there are missing, and counted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..core.engine import Engine
from ..core.expression import Column
from ..core.pictures import SUFFIXES
from ..core.rows import Packed
from .loaded import Loaded, told

__all__ = ["with_pictures"]

LOOKED: Final = 200  # values by which a column is known
MOST: Final = 0.8  # share of them that must name a file


def with_pictures(loaded: Loaded, folder: Path, engine: Engine) -> Loaded:
    """The same table with its columns of file names read; unchanged where there are none."""
    texts = [name for name, storage in engine.columns(loaded.table).items() if storage == "text"]
    table, notes = loaded.table, []
    for name in texts:
        first = [value for value in engine.rows(table, (name,), LOOKED)[name] if value is not None]
        if not first or np.mean([_file(folder, value) is not None for value in first]) < MOST:
            continue
        paths = [None if value is None else _file(folder, value) for value in engine.rows(table, (name,))[name]]
        held = np.empty(len(paths), dtype=object)
        held[:] = [None if path is None else path.read_bytes() for path in paths]
        kept = [n for n in engine.columns(table) if n != f"{name}_file"]
        named = engine.select(table, {**{n: Column(n) for n in kept if n != name}, f"{name}_file": Column(name)})
        table = engine.attach(named, {name: Packed(held, "bytes")})
        gone = sum(path is None for path in paths)
        en = f"{len(paths) - gone:,} pictures read from their files" + (f"; {gone:,} are not there and count as missing" if gone else "")
        zh = f"从文件读取了 {len(paths) - gone:,} 张图片" + (f"；{gone:,} 个文件不存在，视为缺失" if gone else "")
        notes.append(told(name, en, zh, rows=len(paths) - gone))
    return Loaded(table, loaded.source, (*loaded.notes, *notes)) if notes else loaded


def _file(folder: Path, name: str) -> Path | None:
    """The picture of that name below the folder, or None."""
    if not name.lower().strip().endswith(SUFFIXES):
        return None
    try:
        path = (folder / name.strip()).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):
        return None
