"""Words that mean "missing", and numbers that may."""

from __future__ import annotations

from apercu import clean, collect
from apercu.engine.duckdb import DuckDB


def run(columns, **options):
    data, _ = collect.run(columns, DuckDB(), collect.Options())
    data, notes = clean.run(data, None, clean.Options(off=("duplicates",), **options))
    return data, [(n.column, n.say(), n.rows) for n in notes]


OTHER = [float(i % 17) for i in range(60)]


def test_words_that_can_mean_nothing_else():
    data, notes = run({"v": ["a", "b", "?", "NA", " ", "null", "-", "a", "b", "缺失"] * 6, "other": OTHER})
    assert data.schema.column("v").missing == 36 and data.schema.column("v").distinct == 2
    assert [rows for _, text, rows in notes if "counts as missing" in text] == [36]


def test_none_is_a_level_among_levels_and_missing_among_numbers():
    data, _ = run({"claims": ["none", "1", "2 to 4", "more"] * 15, "n": ["none", "1", "2", "unknown"] * 15, "job": ["unknown", "nurse", "cook"] * 20})
    assert [data.schema.column(n).missing for n in ("claims", "n", "job")] == [0, 30, 0]


def test_a_film_may_be_called_missing():
    titles = [f"Film {i}" for i in range(1_500)] + ["Missing", "Null", "N/A"]
    data, notes = run({"title": titles, "x": [float(i % 17) for i in range(len(titles))]})
    assert data.schema.column("title").missing == 1 and notes[0][2] == 1


def test_a_column_of_nothing_but_missing_words_is_left():
    data, _ = run({"v": ["?", "-"] * 30, "other": OTHER})
    assert data.schema.column("v").role == "constant" and data.schema.column("v").missing == 60


def test_sentinels_are_told_and_never_mended():
    data, notes = run(
        {
            "temp": [20.0 + i % 9 for i in range(58)] + [-999.0, -999.0],
            "pressure": [float(60 + i % 40) for i in range(55)] + [0.0] * 5,
            "other": OTHER,
        }
    )
    assert data.schema.column("temp").missing == 0
    assert {(column, rows) for column, text, rows in notes if "stands apart" in text} == {("temp", 2), ("pressure", 5)}


def test_honest_ends_are_not_suspected():
    _, notes = run(
        {
            "count": [float(i % 100) for i in range(200)],
            "spend": [0.0] * 150 + [float(20 + i) for i in range(50)],
            "share": [i / 200 for i in range(200)],
        }
    )
    assert not [n for n in notes if "stands apart" in n[1]]
