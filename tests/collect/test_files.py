"""A file becomes a table, whatever its form; a bad one gets a sentence."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
import tarfile
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from apercu import collect
from apercu.collect import Options
from apercu.core.errors import ApercuError, EmptyTable, UnknownName, UnreadableSource, WordsError
from apercu.engine.duckdb import DuckDB

ROWS = [("anna", 34, "Oslo"), ("bo", 51, "Bergen"), ("cy", 27, "Oslo")]
TEXT = "name,age,city\n" + "".join(f"{a},{b},{c}\n" for a, b, c in ROWS)


def read(source, **options):
    data, notes = collect.run(source, DuckDB(), Options(**options))
    return data, [note.say("en") for note in notes]


def rows(data):
    return [tuple(row) for row in data.engine.ask(data.table, "SELECT * FROM data")]


def written(tmp_path: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("name, pack", [("t.csv.gz", gzip.compress), ("t.csv.bz2", bz2.compress), ("t.csv.xz", lzma.compress), ("t.csv", bytes)])
def test_packed_text_is_read_as_the_plain_one(tmp_path, name, pack):
    data, notes = read(written(tmp_path, pack(TEXT.encode()), name))
    assert data.schema.names == ("name", "age", "city")
    assert rows(data) == [(a, str(b), c) for a, b, c in ROWS]
    assert (data.n, data.source, notes) == (3, name, [])


def test_the_largest_table_of_a_zip_is_taken_and_another_can_be_chosen(tmp_path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/big.csv", TEXT)
        archive.writestr("data/small.csv", "a,b\n1,2\n")
        archive.writestr("Readme.txt", "nothing " * 500)
    data, notes = read(path)
    assert data.n == 3 and "data/big.csv" in notes[0] and "data/small.csv" in notes[0]
    assert rows(read(path, member="small.csv")[0]) == [("1", "2")]
    with pytest.raises(UnknownName, match=r"did you mean 'data/small.csv'"):
        read(path, member="data/smal.csv")


def test_a_tar_is_read_and_its_paths_lead_nowhere(tmp_path):
    (tmp_path / "evil.csv").write_text(TEXT)
    path = tmp_path / "t.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tmp_path / "evil.csv", arcname="../../evil.csv")
    before = sorted(tmp_path.parent.iterdir())
    assert read(path)[0].n == 3
    assert sorted(tmp_path.parent.iterdir()) == before


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    from apercu.collect import archives

    monkeypatch.setattr(archives, "FREE", 1 << 10)
    monkeypatch.setattr(archives, "RATIO", 3)
    with pytest.raises(UnreadableSource, match="expands to more than"):
        read(written(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 100_000), "bomb.csv.gz"))


def test_a_typed_file_keeps_numbers_moments_and_truth(tmp_path):
    path = tmp_path / "t.parquet"
    DuckDB()._connection.execute(
        "COPY (SELECT 1.5::DECIMAL(4,2) AS price, true AS ok, DATE '2024-01-05' AS day, TIMESTAMPTZ '2024-01-05 10:00+02' AS at, [1, 2] AS list,"
        " {'k': 1} AS nested, 'NaN'::DOUBLE AS nan, 'inf'::DOUBLE AS inf, 9007199254740993 AS big, 0.1::FLOAT AS f, 'a'::ENUM('a', 'b') AS level)"
        f" TO '{path}' (FORMAT parquet)"
    )
    data, notes = read(path)
    storages = {c.name: c.storage for c in data.schema}
    assert storages == {
        "price": "number", "ok": "text", "day": "time", "at": "time", "list": "text", "nested": "text", "nan": "number", "inf": "number",
        "big": "text", "f": "number", "level": "text",
    }  # fmt: skip
    day, at = datetime(2024, 1, 5), datetime(2024, 1, 5, 8)
    assert rows(data) == [(1.5, "true", day, at, "[1,2]", '{"k":1}', None, None, "9007199254740993", 0.1, "a")]
    assert [n for n in notes if "nested values" in n] and [n for n in notes if "infinite" in n] and [n for n in notes if "15 digits" in n]


def test_json_in_three_forms(tmp_path):
    records = [{"name": a, "age": b, "tags": ["x"]} for a, b, _ in ROWS]
    want = [(a, float(b), '["x"]') for a, b, _ in ROWS]
    assert rows(read(written(tmp_path, json.dumps(records), "list.json"))[0]) == want
    assert rows(read(written(tmp_path, "\n".join(map(json.dumps, records)), "lines.jsonl"))[0]) == want
    document = written(tmp_path, json.dumps({"version": 1, "people": records, "tags": [{"id": 1}]}), "document.json")
    data, notes = read(document)
    assert rows(data) == want and "'people'" in notes[0]
    assert rows(read(document, table="tags")[0]) == [(1.0,)]
    with pytest.raises(UnknownName, match="did you mean 'people'"):
        read(document, table="peple")


BAD = {
    "empty.csv": (b"", EmptyTable, "is empty"),
    "blank.csv": (b"\n\n  \n", EmptyTable, "empty"),
    "header.csv": (b"a,b,c\n", EmptyTable, "no rows"),
    "garbage.csv": (random.Random(1).randbytes(5_000), UnreadableSource, "binary"),
    "zeros.csv": (b"a,b\n1,\x002\n", UnreadableSource, "binary"),
    "cut.csv.gz": (gzip.compress(TEXT.encode() * 500)[:-40], UnreadableSource, "cut short"),
    "damaged.zip": (b"PK\x03\x04" + b"\x00" * 60, UnreadableSource, "damaged"),
    "broken.parquet": (b"PAR1" + b"x" * 40 + b"PAR1", UnreadableSource, "cannot be read"),
    "broken.xlsx": (b"\xd0\xcf\x11\xe0" + b"x" * 600, UnreadableSource, "workbook"),
    "broken.json": (b'[{"a": 1}, {"a": ', UnreadableSource, "cannot be read"),
    "broken.db": (b"SQLite format 3\x00" + b"x" * 900, UnreadableSource, "cannot be read"),
    "empty.json": (b"[]", EmptyTable, "no rows|no columns"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_or_two_lines_and_nothing_is_written(tmp_path, name):
    content, error, words = BAD[name]
    path = written(tmp_path, content, name)
    with pytest.raises(error, match=words) as raised:
        read(path)
    assert len(str(raised.value).splitlines()) <= 2 and len(str(raised.value)) < 400
    assert raised.value.exit_code == 3
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == content


def test_a_path_that_is_not_there_is_answered_with_the_nearest(tmp_path):
    written(tmp_path, TEXT, "customers.csv")
    with pytest.raises(UnreadableSource, match=r"did you mean 'customers.csv'"):
        read(tmp_path / "custmers.csv")
    with pytest.raises(UnreadableSource, match="no directory"):
        read(tmp_path / "nowhere" / "t.csv")


def test_a_source_that_is_no_table_is_refused():
    with pytest.raises(WordsError, match="got int"):
        read(3)


def test_names_like_sql_are_only_names(tmp_path):
    data, _ = read(written(tmp_path, 'select; drop table x,"a ""b""",c\'d\n1,2,3\n'))
    assert data.schema.names == ("select; drop table x", 'a "b"', "c'd")
    assert rows(data) == [("1", "2", "3")]


def test_five_thousand_columns(tmp_path):
    lines = [",".join(f"v{i}" for i in range(5_000))] + [",".join(str((i * k) % 7) for i in range(5_000)) for k in range(1, 30)]
    data, _ = read(written(tmp_path, "\n".join(lines)))
    assert (data.n, len(data.schema.names)) == (29, 5_000)


def test_every_error_is_foreseen(tmp_path):
    """Any bytes give a table or an ApercuError, never anything else."""
    generator = random.Random(7)
    for k in range(40):
        alphabet = generator.choice([b"a,b;\n\"'|\t 1", bytes(range(256)), "é中文,\n1".encode(), "é中文,\n1".encode("gb18030")])
        content = bytes(generator.choice(alphabet) for _ in range(generator.randint(1, 400)))
        try:
            read(written(tmp_path, content, f"{k}.csv"))
        except ApercuError as error:
            assert len(str(error)) < 600


def test_the_real_tables_read(shared_data):
    sizes = {
        "tabular/adult/adult-train.csv.gz": (32_561, 15), "tabular/telco_churn/Telco-Customer-Churn.csv.gz": (7_043, 21),
        "tabular/bike_sharing/bike_sharing_dataset.zip": (17_379, 17), "tabular/breast_cancer_xlsx/breast_cancer.xlsx": (569, 32),
        "tabular/wine_quality/winequality-red.csv": (1_599, 12), "segmentation/customer_personality/marketing_campaign.csv.gz": (2_240, 29),
        "equipment/cmapss_fd001/train_FD001.txt.gz": (20_631, 26), "recommender/groceries/groceries.csv.gz": (9_835, 32),
        "text/waimai_10k/waimai_10k.csv.gz": (11_987, 2), "tabular/heart_statlog/heart_disease.csv": (270, 14),
    }  # fmt: skip
    for name, size in sizes.items():
        data, _ = read(shared_data / name)
        assert (data.n, len(data.schema.names)) == size, name
