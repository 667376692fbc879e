"""The ONNX file written by hand is what others read: onnxruntime computes it, the package onnx (where it is) finds it well-formed."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.train import _onnx

runtime = pytest.importorskip("onnxruntime")

LAYERS = (("scale", 2), ("conv", 2, 3, 3, 2, 1, True), ("pool", 2), ("norm", 3), ("relu",), ("gather",), ("dense", 6, 4))


def arrays():
    rng = np.random.default_rng(1)
    shapes = {
        "0.middle": (2, 1, 1), "0.factor": (2, 1, 1), "1.weight": (3, 2, 3, 3), "1.bias": (3,), "6.weight": (4, 6), "6.bias": (4,),
        **{f"3.{name}": (3,) for name in ("weight", "bias", "running_mean", "running_var")},
    }  # fmt: skip
    return {name: rng.uniform(0.1, 1.0, shape) for name, shape in shapes.items()}


def test_is_computed_as_written():
    own = arrays()
    session = runtime.InferenceSession(_onnx.written(LAYERS, own, (2, 8, 8)))
    x = np.random.default_rng(2).integers(0, 256, (5, 2, 8, 8)).astype(np.uint8)
    z = np.pad((x - own["0.middle"]) * own["0.factor"], ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(z, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    made = np.einsum("nchwij,ocij->nohw", windows, own["1.weight"]) + own["1.bias"][:, None, None]
    made = made.reshape(5, 3, 2, 2, 2, 2).max((3, 5))
    norm = {name: own[f"3.{name}"][:, None, None] for name in ("weight", "bias", "running_mean", "running_var")}
    made = np.maximum((made - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-5) * norm["weight"] + norm["bias"], 0.0)
    made = np.concatenate([made.mean((2, 3)), made.max((2, 3))], 1) @ own["6.weight"].T + own["6.bias"]
    assert np.allclose(session.run(None, {"pictures": x})[0], made, rtol=1e-4)
    assert session.run(None, {"pictures": x[:0]})[0].shape == (0, 4)


def test_is_well_formed():
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(_onnx.written(LAYERS, arrays(), (2, 8, 8)))
    onnx.checker.check_model(model, full_check=True)
    assert [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == ["n", 2, 8, 8]


def test_long_numbers_and_strange_layers():
    assert _onnx._varint(300) == b"\xac\x02" and _onnx._varint(0) == b"\x00"
    with pytest.raises(ValueError, match="'lstm'"):
        _onnx.written([("lstm",)], {}, (1, 2, 2))


def test_comes_back_as_written():
    own = arrays()
    layers, again = _onnx.read(_onnx.written(LAYERS, own, (2, 8, 8)))
    assert layers == LAYERS and again.keys() == own.keys()
    assert all(np.array_equal(again[name], own[name].astype(np.float32)) for name in own)


@pytest.mark.parametrize("content", [b"", b"junk", b"\x08\x08", b"\xff" * 40, b"\x3a\x7f\x01"])
def test_other_files_are_refused(content):
    with pytest.raises(WordsError, match="not written by"):
        _onnx.read(content)
