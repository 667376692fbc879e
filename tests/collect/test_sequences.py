"""Files of series, and long tables as one row a thing or one row a window."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from apercu import collect
from apercu.collect.sequences import Window, gathered, read, windows
from apercu.core.errors import UnknownName, UnreadableSource, WordsError
from apercu.core.rows import Rows
from apercu.engine.duckdb import DuckDB

TS = """#a comment
@problemName walks
@timeStamps false
@missing true
@univariate false
@classLabel true up down
@data
1,2,?,4:5,6:up
7:8,9,10:down
"""


def written(tmp_path, name, text):
    path = tmp_path / name
    with gzip.open(path, "wt", encoding="utf-8") if name.endswith(".gz") else path.open("w", encoding="utf-8") as file:
        file.write(text)
    return path


@pytest.mark.parametrize("name", ["walks.ts", "walks_TRAIN.ts.gz"])
def test_several_channels_of_unequal_lengths(tmp_path, name):
    rows = read(written(tmp_path, name, TS))
    assert list(rows) == ["dim_0", "dim_1", "class"] and list(rows["class"]) == ["up", "down"]
    assert np.array_equal(rows.packed("dim_0")[0], [1, 2, np.nan, 4], equal_nan=True)
    assert rows.packed("dim_1")[1].tolist() == [8, 9, 10]


def test_a_number_as_target_and_one_channel(tmp_path):
    rows = read(written(tmp_path, "a.ts", "@targetLabel true\n@data\n1,2,3:0.5\n4,5:1.5\n"))
    assert rows["value"].tolist() == [0.5, 1.5] and rows.packed("series")[1].tolist() == [4, 5]


def test_timestamps_are_passed_over(tmp_path):
    rows = read(
        written(tmp_path, "a.ts", "@timeStamps true\n@classLabel true x y\n@data\n(2024-01-01 10:00:00,1.5),(2024-01-02 10:00:00,2):(0,7):x\n")
    )
    assert rows.packed("dim_0")[0].tolist() == [1.5, 2.0] and rows.packed("dim_1")[0].tolist() == [7.0] and list(rows["class"]) == ["x"]


def test_tabs_and_nan_at_the_end(tmp_path):
    rows = read(written(tmp_path, "a.tsv", "1\t0.5\t1.5\tNaN\n2\t1\tNaN\t3\n"))
    assert list(rows["class"]) == ["1", "2"] and rows.packed("series")[0].tolist() == [0.5, 1.5]
    assert np.array_equal(rows.packed("series")[1], [1, np.nan, 3], equal_nan=True)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.ts", "@data\n", "holds no series"),
        ("a.ts", "1,2,3:up\n", "before @data"),
        ("a.ts", "@classLabel true\n@data\n1,2:3,4:up\n1:up\n", "line 4 has 1 channels"),
        ("a.ts", "@classLabel true\n@data\n1,x:up\n", "line 3 holds something that is no number"),
        ("a.tsv", "1 2 3\n", "has no tab"),
    ],
)
def test_damage_is_said_in_a_sentence(tmp_path, name, text, said):
    with pytest.raises(UnreadableSource, match=said):
        read(written(tmp_path, name, text))


def test_no_file_and_a_file_cut_short(tmp_path):
    with pytest.raises(UnreadableSource):
        read(tmp_path / "none.ts")
    path = written(tmp_path, "a.ts.gz", TS * 50)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UnreadableSource):
        read(path)


def long():
    return Rows.of(
        {
            "engine": ["b", "a", "a", "b", "a", None],
            "cycle": [1, 3, 1, 2, 2, 9],
            "heat": [5.0, 3.0, 1.0, np.nan, 2.0, 0.0],
            "weight": [7.0, 8.0, 8.0, 7.0, np.nan, 0.0],
            "site": ["x", "q", "p", "x", "p", "z"],
        }
    )


def test_one_row_an_id():
    rows = gathered(long(), "engine", "cycle")
    assert list(rows["engine"]) == ["a", "b"] and "cycle" not in rows
    assert rows.packed("heat")[0].tolist() == [1, 2, 3] and np.array_equal(rows.packed("heat")[1], [5, np.nan], equal_nan=True)
    assert rows["weight"].tolist() == [8.0, 7.0] and list(rows["site"]) == ["q", "x"]


def test_one_row_a_window_that_never_looks_ahead():
    rows = windows(long(), "engine", "cycle", Window(2, remaining="left", cap=1))
    assert rows.n == 5 and rows["cycle"].tolist() == [1, 2, 3, 1, 2] and rows["left"].tolist() == [1, 1, 0, 1, 0]
    assert [own.tolist() for own in rows.packed("heat")[:3]] == [[1], [1, 2], [2, 3]]
    assert list(rows["site"]) == ["p", "p", "q", "x", "x"]
    assert windows(long(), "engine", "cycle", Window(2, last=True))["cycle"].tolist() == [3, 2]
    assert windows(long(), "engine", "cycle", Window(2, every=2))["cycle"].tolist() == [1, 3, 2]
    assert windows(long(), "engine", "cycle", Window(3, least=3))["cycle"].tolist() == [3]


def test_windows_that_cannot_be():
    with pytest.raises(WordsError, match="has the 9 moments"):
        windows(long(), "engine", "cycle", Window(least=9))
    with pytest.raises(WordsError, match="at least 1"):
        windows(long(), "engine", "cycle", Window(0))


def test_a_source_of_series_is_read_as_such(tmp_path):
    (tmp_path / "a.ts").write_text("@problemName a\n@classLabel true x y\n@data\n" + "\n".join(f"{k},{k + 1},3,4,5:{'xy'[k % 2]}" for k in range(6)))
    data, _ = collect.run(tmp_path / "a.ts", DuckDB(), collect.Options())
    assert data.schema.column("series").kind == "series" and data.rows()["class"].tolist() == ["x", "y"] * 3
    (tmp_path / "b.tsv").write_text("\n".join("\t".join(map(str, [k % 2 + 1, *range(k, k + 20)])) for k in range(6)))
    data, _ = collect.run(tmp_path / "b.tsv", DuckDB(), collect.Options())
    assert len(data.rows().packed("series")[0]) == 20
    (tmp_path / "c.tsv").write_text("a\tb\n1\t2\n3\t4\n")
    assert collect.run(tmp_path / "c.tsv", DuckDB(), collect.Options())[0].schema.names == ("a", "b")


def test_a_long_table_is_gathered_on_the_way(tmp_path):
    (tmp_path / "long.csv").write_text("unit,cycle,heat\n" + "\n".join(f"u{u},{t},{u + t / 10}" for u in range(3) for t in range(1, 8)))
    options = collect.Options(gather="unit", along="cycle")
    data, notes = collect.run(tmp_path / "long.csv", DuckDB(), options)
    assert data.n == 3 and len(data.rows().packed("heat")[0]) == 7 and any("21 moments" in note.say() for note in notes)
    options = collect.Options(gather="unit", along="cycle", window=5, remaining="left", cap=4.0)
    rows = collect.run(tmp_path / "long.csv", DuckDB(), options)[0].rows()
    assert rows.n == 21 and rows["left"].max() == 4.0 and sorted(len(v) for v in rows.packed("heat"))[-1] == 5
    with pytest.raises(UnknownName, match="unit"):
        collect.run(tmp_path / "long.csv", DuckDB(), collect.Options(gather="unti"))
    with pytest.raises(WordsError, match="--along"):
        collect.run(tmp_path / "long.csv", DuckDB(), collect.Options(gather="unit", window=5))
    for wrong, needs in ((collect.Options(window=5), "gather"), (collect.Options(gather="unit", remaining="left"), "window")):
        with pytest.raises(WordsError, match=f"needs --{needs}"):
            collect.run(tmp_path / "long.csv", DuckDB(), wrong)
