"""NumPy's archives and idx files: pictures with labels, parts by name, damage and objects refused."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from apercu import collect
from apercu.collect.arrays import idx_in
from apercu.core.errors import UnknownName, UnreadableSource
from apercu.core.pictures import decoded
from apercu.engine.duckdb import DuckDB

PIXELS = np.random.default_rng(1).integers(0, 256, (6, 4, 5)).astype(np.uint8)
LABELS = np.array([3, 1, 2, 3, 1, 2])


def read(source):
    data, notes = collect.run(source, DuckDB(), collect.Options())
    return data.rows(), [note.say() for note in notes]


def test_pictures_and_labels_of_a_part(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, train_images=PIXELS, train_labels=LABELS[:, None], test_images=PIXELS[:2], test_labels=LABELS[:2, None])
    rows, notes = read(path)
    assert rows.n == 6 and rows["class"].tolist() == [str(v) for v in LABELS] and np.array_equal(decoded(rows.packed("image")[4])[:, :, 0], PIXELS[4])
    assert "set.npz/test" in notes[0]
    assert read(path / "test")[0].n == 2
    with pytest.raises(UnknownName, match="part"):
        read(path / "tst")


def test_numbers_become_columns_and_sequences(tmp_path):
    np.savez(tmp_path / "flat.npz", X=np.arange(12.0).reshape(4, 3), y=np.array([0.5, 1.5, 2.5, 3.5]))
    rows, _ = read(tmp_path / "flat.npz")
    assert rows["x3"].tolist() == [2, 5, 8, 11] and rows["class"].tolist() == [0.5, 1.5, 2.5, 3.5]
    np.savez(tmp_path / "waves.npz", x=np.random.default_rng(1).normal(size=(4, 2, 9)), y=np.array(["a", "b", "a", "b"]))
    rows, _ = read(tmp_path / "waves.npz")
    assert rows.storage("channel_2") == "list" and len(rows.packed("channel_2")[0]) == 9


def test_channels_first_and_shares_of_white(tmp_path):
    np.savez(tmp_path / "c.npz", images=(PIXELS[:, None].repeat(3, axis=1) / 255.0).astype(np.float32))
    rows, _ = read(tmp_path / "c.npz")
    assert np.array_equal(decoded(rows.packed("image")[2])[:, :, 1], PIXELS[2])


def idx(path, array, packed=False):
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(head + array.tobytes()) if packed else head + array.tobytes())


def test_idx_files_with_the_labels_beside_them(tmp_path):
    idx(tmp_path / "train-images-idx3-ubyte.gz", PIXELS, packed=True)
    idx(tmp_path / "train-labels-idx1-ubyte.gz", LABELS.astype(np.uint8), packed=True)
    idx(tmp_path / "t10k-images-idx3-ubyte", PIXELS[:2])
    assert idx_in(tmp_path).name.startswith("train")
    rows, _ = read(tmp_path)
    assert rows["class"].tolist() == [str(v) for v in LABELS]
    rows, notes = read(tmp_path / "t10k-images-idx3-ubyte")
    assert "class" not in rows and "t10k-labels-idx1-ubyte" in notes[0]


def test_damage_and_objects_are_refused(tmp_path):
    np.savez(tmp_path / "o.npz", images=np.array([{"a": 1}], dtype=object))
    np.savez(tmp_path / "u.npz", images=PIXELS, labels=LABELS[:3])
    np.savez(tmp_path / "n.npz", weights=PIXELS)
    (tmp_path / "d.npz").write_bytes(b"PK\x03\x04 broken")
    for name, words in (("o", "cannot be read"), ("u", "one label for each"), ("n", "holds no array named"), ("d", "cannot be read")):
        with pytest.raises(UnreadableSource, match=words):
            read(tmp_path / f"{name}.npz")
    idx(tmp_path / "cut-images-idx3-ubyte", PIXELS)
    (tmp_path / "cut-images-idx3-ubyte").write_bytes((tmp_path / "cut-images-idx3-ubyte").read_bytes()[:30])
    with pytest.raises(UnreadableSource, match="no whole idx file"):
        read(tmp_path / "cut-images-idx3-ubyte")
