"""Sentence models from a folder: pieces, the arithmetic in both ways, what is refused."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.train import _sentence
from apercu.train._sentence import ENGLISH, Pieces, encoder_of, found, given, opened, read_safetensors

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *ENGLISH, "parcel", "came", "late", "un", "##happ", "##y", "!", "cafe", "a", "b"]


def written(path, arrays):
    """A file of safetensors."""
    header, at = {}, 0
    for name, a in arrays.items():
        header[name] = {"dtype": {"f": "F32", "i": "I64"}[a.dtype.kind], "shape": list(a.shape), "data_offsets": [at, at + a.nbytes]}
        at += a.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in arrays.values()))


def small_model(folder, words=WORDS, width=8, layers=2, seed=1):
    """A folder with a tiny net of random weights."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)

    def made(*shape):
        return rng.normal(0, 0.3, shape).astype(np.float32)

    arrays = {
        "embeddings.word_embeddings.weight": made(len(words), width), "embeddings.position_embeddings.weight": made(32, width),
        "embeddings.token_type_embeddings.weight": made(2, width),
        "embeddings.LayerNorm.weight": 1 + made(width), "embeddings.LayerNorm.bias": made(width),
    }  # fmt: skip
    for i in range(layers):
        own = f"encoder.layer.{i}"
        parts = {f"attention.self.{p}": (width, width) for p in ("query", "key", "value")}
        parts |= {"attention.output.dense": (width, width), "intermediate.dense": (2 * width, width), "output.dense": (width, 2 * width)}
        for name, shape in parts.items():
            arrays |= {f"{own}.{name}.weight": made(*shape), f"{own}.{name}.bias": made(shape[0])}
        for name in ("attention.output", "output"):
            arrays |= {f"{own}.{name}.LayerNorm.weight": 1 + made(width), f"{own}.{name}.LayerNorm.bias": made(width)}
    written(folder / "model.safetensors", arrays)
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    config = {"model_type": "bert", "num_attention_heads": 2, "layer_norm_eps": 1e-12, "hidden_size": width}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    return small_model(tmp_path / "model")


def test_text_is_cut_into_pieces():
    pieces = Pieces({word: i for i, word in enumerate(WORDS)})

    def cut(text, longest=32):
        return [WORDS[i] for i in pieces.cut(text, longest)]

    assert cut("The parcel, UNHAPPY!") == ["[CLS]", "the", "parcel", "[UNK]", "un", "##happ", "##y", "!", "[SEP]"]
    assert cut("café 房间") == ["[CLS]", "cafe", "[UNK]", "[UNK]", "[SEP]"]
    assert cut("the " * 50, 6) == ["[CLS]", "the", "the", "the", "the", "[SEP]"]
    assert cut("") == ["[CLS]", "[SEP]"] and cut("x" * 200) == ["[CLS]", "[UNK]", "[SEP]"]


def test_both_ways_of_reckoning_agree(folder, monkeypatch):
    pytest.importorskip("torch")
    texts = ["the parcel came late", "a", "", "service with the return because the parcel came late", "unhappy !"]
    with monkeypatch.context() as patch:
        patch.setattr("apercu.train._loop.quick_here", lambda torch: False)
        quick = _sentence._read(folder).vectors(texts)
    monkeypatch.setattr(_sentence, "find_spec", lambda name: None)
    slow = _sentence._read(folder).vectors(texts)
    assert slow.shape == (5, 8) and np.allclose(quick, slow, atol=1e-5)
    assert np.allclose(np.linalg.norm(slow, axis=1), 1.0, atol=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours(folder, monkeypatch):
    monkeypatch.setattr(_sentence, "find_spec", lambda name: None)
    alone = _sentence._read(folder).vectors(["the parcel came late"])
    among = _sentence._read(folder).vectors(["a", "the parcel came late", "service with the return because the parcel came late"])
    assert np.allclose(alone[0], among[1], atol=1e-5)


def test_only_languages_that_it_knows(folder, tmp_path):
    assert encoder_of("en") is None  # none named, none installed
    with given(str(folder)):
        assert encoder_of("en") is not None and encoder_of("zh") is None and encoder_of("other") is None
    signs = [chr(0x4E00 + i) for i in range(3_000)]
    with given(str(small_model(tmp_path / "zh", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *signs]))):
        assert encoder_of("zh") is not None and encoder_of("en") is None


def test_it_is_found_again_by_its_digest(folder, tmp_path):
    encoder = opened(str(folder))
    assert found(str(folder), encoder.digest).digest == encoder.digest
    with pytest.raises(WordsError, match="embedding"):
        found(str(tmp_path / "elsewhere"), encoder.digest)
    with given(str(folder)):
        assert found(str(tmp_path / "elsewhere"), encoder.digest) is encoder


@pytest.mark.parametrize("harm", ["no folder", "short weights", "other kind", "no words", "no json"])
def test_what_cannot_be_read_is_refused_by_a_sentence(tmp_path, harm):
    folder = small_model(tmp_path / "model")
    if harm == "no folder":
        folder = tmp_path / "nowhere"
    elif harm == "short weights":
        held = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(held[: len(held) // 2])
    elif harm == "other kind":
        (folder / "config.json").write_text('{"model_type": "gpt2"}')
    elif harm == "no words":
        (folder / "vocab.txt").write_text("a\nb")
    else:
        (folder / "config.json").write_text("{")
    with pytest.raises(WordsError), given(str(folder)):
        pass


def test_safetensors(tmp_path):
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, 2], dtype=np.int64)}
    written(tmp_path / "x.safetensors", arrays)
    back = read_safetensors(tmp_path / "x.safetensors")
    assert all(np.array_equal(back[name], a) for name, a in arrays.items())


@pytest.fixture(autouse=True)
def none_installed(monkeypatch):
    monkeypatch.setattr(_sentence, "PACKAGE", "no_such_package_here")
