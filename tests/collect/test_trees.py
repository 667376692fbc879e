"""Directories of pictures and texts: the folder is the class, train is read, what is no such tree is refused."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import collect
from apercu.core.errors import UnreadableSource
from apercu.core.pictures import netpbm
from apercu.engine.duckdb import DuckDB


def grown(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def read(folder):
    data, notes = collect.run(folder, DuckDB(), collect.Options())
    return data, [note.say() for note in notes]


def test_pictures_by_class(tmp_path):
    dark, light = (netpbm(np.full((3, 3), v, np.uint8)) for v in (0, 255))
    grown(tmp_path, {"night/a.pgm": dark, "night/b.pgm": dark, "day/c.pgm": light, ".hidden/d.pgm": dark})
    data, notes = read(tmp_path)
    rows = data.rows()
    assert data.schema.column("image").kind == "image" and data.schema.column("image").storage == "bytes"
    assert rows["class"].tolist() == ["day", "night", "night"] and rows.packed("image").tolist() == [light, dark, dark]
    assert rows["file"].tolist()[0] in ("day/c.pgm", "day\\c.pgm") and "3 files" in notes[0]


def test_train_is_read_and_test_is_pointed_at(tmp_path):
    dark = netpbm(np.zeros((2, 2), np.uint8))
    grown(tmp_path, {f"{part}/{name}/{k}.pgm": dark for part in ("train", "test") for name in ("a", "b") for k in range(2)})
    data, notes = read(tmp_path)
    assert data.n == 4 and any("--test" in note for note in notes)


def test_texts_by_class_in_any_encoding(tmp_path):
    grown(
        tmp_path,
        {"good/1.txt": "房间很好，服务也很好，下次还会再来的", "bad/1.txt": "太差了，不会再来了".encode("gb18030"), "bad/2.txt": "dirty room"},
    )
    rows = read(tmp_path)[0].rows()
    assert rows["class"].tolist() == ["bad", "bad", "good"] and "房间很好" in rows["text"][2]


def test_other_directories_are_refused(tmp_path):
    grown(tmp_path, {"readme.md": "x", "deep/notes.doc": "y"})
    with pytest.raises(UnreadableSource, match="holds no table"):
        read(tmp_path)
