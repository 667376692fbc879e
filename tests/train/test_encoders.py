"""Encoders of columns: read what was fitted, say the same in NumPy and in torch, meet what is new or missing, come back from JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.train._encoders import Categories, Numbers, Pictures, Prose, Series, kinds_of, read_back
from apercu.train._pictures import Frame


def kept(x, share):
    return x


def table(n=60, seed=1):
    rng = np.random.default_rng(seed)
    words = ["the", "parcel", "came", "late", "again", "fine", "colour", "works"]
    texts = [None if i % 13 == 5 else " ".join(rng.choice(words, 6 + i % 5)) + f" unlikely{i} word!" for i in range(n)]
    series = [None if i % 11 == 3 else rng.normal(size=12 + i % 4) for i in range(n)]
    both = [None if s is None else s**2 for s in series]
    return Rows.of({
        "x": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(size=n)),
        "same": np.ones(n),
        "plan": rng.choice(np.array(["p", "q", None], dtype=object), n),
        "note": texts,
        "a": series,
        "b": both,
        "photo": [None if i % 7 == 2 else b"P5 4 4 255\n" + rng.integers(0, 255, 16).astype(np.uint8).tobytes() for i in range(n)],
    })  # fmt: skip


def fitted(rows):
    return {
        "number": Numbers.fit(rows, ("x", "same")),
        "category": Categories.fit(rows, ("plan",)),
        "bag": Prose.fit(rows, "note"),
        "gru": Prose.fit(rows, "note", "gru"),
        "lstm": Prose.fit(rows, "note", "lstm"),
        "sequence": Series.fit(rows, ("a", "b")),
    }


KINDS = ("number", "category", "bag", "gru", "lstm", "sequence")


def test_kinds_are_told_by_storage():
    rows = table()
    assert kinds_of(rows, tuple(rows)) == {
        "x": "number", "same": "number", "plan": "category", "note": "prose", "a": "sequence", "b": "sequence", "photo": "image",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_features_fit_their_sources_and_rows_do_not_see_each_other(kind):
    rows = table()
    encoder = fitted(rows)[kind]
    own = encoder.begun(np.random.default_rng(1))
    given = encoder.read(rows)
    made = encoder.features(np, own, given, kept)
    assert made.shape == (rows.n, len(encoder.sources)) and given["gone"].shape == (rows.n, len(encoder.names))
    assert np.isfinite(made).all()
    few = rows.take(np.array([7, 3, 5]))
    assert np.allclose(encoder.features(np, own, encoder.read(few), kept), made[[7, 3, 5]], atol=1e-12)
    none = rows.take(np.zeros(0, dtype=np.int64))
    assert encoder.features(np, own, encoder.read(none), kept).shape == (0, made.shape[1])


@pytest.mark.parametrize("kind", KINDS)
def test_torch_says_what_numpy_says(kind):
    torch = pytest.importorskip("torch")
    rows = table()
    encoder = fitted(rows)[kind]
    own, given = encoder.begun(np.random.default_rng(1)), encoder.read(rows)
    theirs = {name: torch.tensor(a, dtype=torch.float64, requires_grad=True) for name, a in own.items()}
    tensors = {name: torch.tensor(a) for name, a in given.items()}
    made = encoder.features(torch, theirs, tensors, kept)
    assert np.allclose(made.detach().numpy(), encoder.features(np, own, given, kept), atol=1e-6)
    if theirs:
        made.sum().backward()
        assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in theirs.values())


@pytest.mark.parametrize("kind", KINDS)
def test_comes_back_from_json(kind):
    rows = table()
    encoder = fitted(rows)[kind]
    again = read_back(json.loads(json.dumps(encoder.to_json())))
    assert again == encoder
    assert all(np.array_equal(a, b) for a, b in zip(again.read(rows).values(), encoder.read(rows).values(), strict=True))


def test_a_picture_comes_back_without_its_tower():
    frame = Frame(4, 4, 1)
    encoder = Pictures(("photo",), frame, 10)
    given = encoder.read(table())
    assert given["images"].shape == (60, 4, 4, 1) and given["gone"].sum() == 9
    assert read_back(json.loads(json.dumps(encoder.to_json()))) == encoder
    with pytest.raises(ValueError, match="expected an encoder"):
        read_back({"kind": "sound"})


def test_numbers_are_laid_out_over_their_quantiles():
    rows = Rows.of({"x": np.arange(81.0), "same": np.ones(81)})
    encoder = Numbers.fit(rows, ("x", "same"))
    assert list(encoder.sources) == [0] * 9 + [1]
    given = encoder.read(Rows.of({"x": [0.0, 25.0, 80.0, np.nan, 1e9], "same": [1.0, 1.0, np.nan, 2.0, 1.0]}))
    bins = given["numbers"][:, 1:9]
    assert np.allclose(bins[0], 0) and np.allclose(bins[1], [1, 1, 0.5, 0, 0, 0, 0, 0]) and np.allclose(bins[2], 1)
    assert (
        np.allclose(bins[3], [1, 1, 1, 1, 0, 0, 0, 0])
        and np.allclose(bins[4], 1)
        and given["gone"].tolist() == [[0, 0], [0, 0], [0, 1], [1, 0], [0, 0]]
    )


def test_new_and_rare_levels_share_an_embedding():
    encoder = Categories.fit(Rows.of({"plan": ["a"] * 5 + ["b"] * 3 + ["c", None]}), ("plan",))
    assert encoder.levels == (("a", "b"),)
    assert encoder.read(Rows.of({"plan": ["b", "c", "new", None, "a"]}))["codes"][:, 0].tolist() == [3, 1, 1, 0, 2]


def test_words_rare_words_and_pairs():
    texts = ["late again today", "late again, sorry", "late again lately", "not reachable", "unbreakable one", "workable two", None]
    encoder = Prose.fit(Rows.of({"note": texts}), "note")
    assert encoder.form == "word" and {"late", "again"} <= set(encoder.words) and "late again" in encoder.pairs
    assert "today" not in encoder.words and "able" in encoder.pieces
    vocabulary = ["", "?", *encoder.words, *encoder.pairs, *(f"##{piece}" for piece in encoder.pieces)]
    said = [[vocabulary[i] for i in row if i] for row in encoder.read(Rows.of({"note": ["late again", "readable", "", None]}))["ids"]]
    assert said[0] == ["late", "again", "late again"] and "##able" in said[1] and said[2:] == [[], []]
    recurrent = Prose.fit(Rows.of({"note": texts}), "note", "gru")
    assert recurrent.pairs == () and recurrent.words == encoder.words


def test_the_vocabulary_has_one_order():
    encoder = Prose.fit(Rows.of({"note": [f"warm lively bright {i}" for i in range(4)]}), "note")
    assert encoder.words == ("bright", "lively", "warm") and encoder.pairs == ("lively bright", "warm lively")  # whatever the order of a set
    assert list(encoder.pieces) == sorted(encoder.pieces)


def test_chinese_is_read_sign_by_sign():
    encoder = Prose.fit(Rows.of({"note": ["房间很小", "房间很大", "房间不小", "服务很好"]}), "note")
    assert encoder.form == "sign" and {"房", "间", "很"} <= set(encoder.words) and "房 间" in encoder.pairs and not encoder.pieces


def test_long_series_are_averaged_in_stretches():
    rng = np.random.default_rng(1)
    rows = Rows.of({"a": [rng.normal(size=1_000) for _ in range(5)]})
    given = Series.fit(rows, ("a",)).read(rows)
    assert given["values"].shape[1] <= 160 and (given["lengths"] == given["values"].shape[1]).all()
