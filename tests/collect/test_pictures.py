"""Pictures beside a table: names become files, and no name leads out of the table's folder."""

from __future__ import annotations

import numpy as np

from apercu import collect
from apercu.core.pictures import netpbm
from apercu.engine.duckdb import DuckDB

FILE = netpbm(np.zeros((2, 2), np.uint8))


def read(source):
    data, notes = collect.run(source, DuckDB(), collect.Options())
    return data, [note.say() for note in notes]


def test_a_column_of_names_becomes_pictures(tmp_path):
    (tmp_path / "img").mkdir()
    for k in range(9):
        (tmp_path / "img" / f"{k}.pgm").write_bytes(FILE)
    names = [f"img/{k}.pgm" for k in range(9)] + ["img/gone.pgm"]
    (tmp_path / "goods.csv").write_text("price,photo\n" + "\n".join(f"{k},{name}" for k, name in enumerate(names)))
    data, notes = read(tmp_path / "goods.csv")
    rows = data.rows()
    assert rows.storage("photo") == "bytes" and rows.packed("photo")[:9].tolist() == [FILE] * 9 and rows.packed("photo")[9] is None
    assert rows["photo_file"].tolist() == names and "1 are not there" in notes[-1]


def test_no_name_leads_out_of_the_folder(tmp_path):
    (tmp_path / "secret.pgm").write_bytes(FILE)
    inside = tmp_path / "table"
    inside.mkdir()
    (inside / "t.csv").write_text("photo\n" + "../secret.pgm\n" * 5 + f"{tmp_path / 'secret.pgm'}\n" * 5)
    assert read(inside / "t.csv")[0].rows().storage("photo") == "text"


def test_bytes_in_memory_are_pictures_only_where_they_begin_like_one():
    data, _ = read({"p": [FILE, None, b"P5 broken", FILE], "t": [b"abc", b"def", None, b"x"]})
    assert data.schema.column("p").kind == "image" and data.rows()["t"].tolist() == ["abc", "def", None, "x"]


def test_lists_of_numbers_are_sequences_and_short_ones_stay_json():
    data, _ = read({"pulse": [[1.0, 2.0, 3.0, 4.0, 5.0], None, [6, 7, 8, 9]], "pair": [[1, 2], [3, 4], [5, 6]]})
    assert data.schema.column("pulse").kind == "series" and data.rows().storage("pair") == "text"
