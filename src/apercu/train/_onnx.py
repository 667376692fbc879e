"""An ONNX file written by hand: a net of few kinds of layers needs no package for that, only the wire format of protocol buffers.

    content = written([("conv", 1, 8, 3, 1, 1, True), ("relu",), ("gather",)], arrays, (1, 28, 28))

    layers, arrays = read(content)

The file takes pictures (n, c, h, w) uint8 and gives (n, features) float32; n is free. `layers` are those of `_convnet`, `arrays` their weights by
"<place>.<name>". Field numbers are those of onnx.proto3 (ONNX 1.x); version 13 of the operators is old enough for every runtime. The layers stand in
the file's metadata too, so that a net can go on to learn, or be looked into, from its file. What it does not do: read files of others, or write any
other layer.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from ..core.errors import WordsError

__all__ = ["read", "written"]

OPERATORS: Final = 13  # version of the operators
FORMAT: Final = 8  # version of the file
FLOAT, BYTE, WHOLE = 1, 2, 7  # types of TensorProto
EPSILON: Final = 1e-5  # of batch norm, as in torch
LAYERS: Final = "apercu.layers"  # the metadata that hold the layers


def written(layers: Sequence[Sequence[Any]], arrays: Mapping[str, np.ndarray], shape: tuple[int, int, int]) -> bytes:
    """The file's bytes; shape (c, h, w) of a picture."""
    graph = _Graph()
    at = graph.node("Cast", ["pictures"], {"to": FLOAT})
    for place, layer in enumerate(layers):
        at = _layered(graph, at, layer, place, arrays)
    graph.nodes.append(_message(1, _node("Identity", [at], "features", {})))
    ends = _message(11, _told("pictures", BYTE, ("n", *shape))) + _message(12, _told("features", FLOAT, ("n", "m")))
    body = b"".join(graph.nodes) + _text(2, "apercu") + b"".join(graph.held) + ends
    kept = _text(1, LAYERS) + _text(2, json.dumps([list(layer) for layer in layers]))
    return _whole(1, FORMAT) + _text(2, "apercu") + _message(7, body) + _message(8, _whole(2, OPERATORS)) + _message(14, kept)


def read(content: bytes) -> tuple[tuple[tuple[Any, ...], ...], dict[str, np.ndarray]]:
    """(layers, arrays) of a file that `written` made. Raises WordsError of any other."""
    try:
        fields = list(_fields(content))
        layers = None
        for number, value in fields:
            entry = dict(_fields(value)) if number == 14 else {}
            if entry.get(1) == LAYERS.encode():
                layers = tuple(tuple(layer) for layer in json.loads(entry[2]))
        graph = next(value for number, value in fields if number == 7)
        arrays = dict(_array(value) for number, value in _fields(graph) if number == 5)
    except (StopIteration, ValueError, KeyError, IndexError, TypeError, struct.error):
        layers, arrays = None, {}
    if layers is None:
        raise WordsError("the ONNX file was not written by apercu's own nets, or by an earlier version; fit the model again.")
    return layers, arrays


def _array(content: bytes) -> tuple[str, np.ndarray]:
    """(name, values) of a TensorProto that `_Graph.hold` wrote."""
    dims, held = [], {}
    for number, value in _fields(content):
        if number == 1:
            dims.append(int(value))
        held[number] = value
    return held[8].decode(), np.frombuffer(held[9], dtype="<f4").reshape(dims)


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    """(number, whole number or bytes) of each field of a message."""
    at = 0
    while at < len(content):
        key, at = _taken(content, at)
        if key & 7 == 0:
            value, at = _taken(content, at)
        elif key & 7 == 2:
            size, at = _taken(content, at)
            value, at = content[at : at + size], at + size
        elif key & 7 == 5:
            value, at = content[at : at + 4], at + 4
        else:
            raise ValueError(key)
        yield key >> 3, value


def _taken(content: bytes, at: int) -> tuple[int, int]:
    """(a whole number of seven bits a byte, the place after it)."""
    value, shift = 0, 0
    while True:
        byte = content[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at


def _layered(graph: _Graph, at: str, layer: Sequence[Any], place: int, arrays: Mapping[str, np.ndarray]) -> str:
    """Adds a layer and gives the name of what comes out."""

    def own(name: str) -> str:
        return graph.hold(f"{place}.{name}", arrays[f"{place}.{name}"])

    match layer[0]:
        case "scale":
            moved = graph.node("Sub", [at, own("middle")])
            return graph.node("Mul", [moved, own("factor")]) if f"{place}.factor" in arrays else moved
        case "conv":
            kernel, stride, pad = layer[3:6]
            inputs = [at, own("weight"), *([own("bias")] if f"{place}.bias" in arrays else [])]
            return graph.node("Conv", inputs, {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pad] * 4})
        case "norm":
            return graph.node(
                "BatchNormalization", [at, *(own(name) for name in ("weight", "bias", "running_mean", "running_var"))], {"epsilon": EPSILON}
            )
        case "relu":
            return graph.node("Relu", [at])
        case "pool":
            return graph.node("MaxPool", [at], {"kernel_shape": [layer[1]] * 2, "strides": [layer[1]] * 2})
        case "flat":
            return graph.node("Flatten", [at], {"axis": 1})
        case "dense":
            return graph.node("Gemm", [at, own("weight"), own("bias")], {"transB": 1})
        case "softmax":
            return graph.node("Softmax", [at], {"axis": 1})
        case "gather":
            parts = [graph.node("Flatten", [graph.node(kind, [at])], {"axis": 1}) for kind in ("GlobalAveragePool", "GlobalMaxPool")]
            return graph.node("Concat", parts, {"axis": 1})
        case _:
            pass
    raise ValueError(f"no ONNX is known of a layer {layer[0]!r}")


class _Graph:
    """Nodes and constants, as they come."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.held: list[bytes] = []

    def node(self, kind: str, inputs: Sequence[str], attributes: Mapping[str, Any] | None = None) -> str:
        name = f"made_{len(self.nodes)}"
        self.nodes.append(_message(1, _node(kind, inputs, name, attributes or {})))
        return name

    def hold(self, name: str, array: np.ndarray) -> str:
        values = np.ascontiguousarray(array, dtype=np.float32)
        dims = b"".join(_whole(1, size) for size in values.shape)
        self.held.append(_message(5, dims + _whole(2, FLOAT) + _text(8, name) + _message(9, values.tobytes())))
        return name


def _node(kind: str, inputs: Sequence[str], output: str, attributes: Mapping[str, Any]) -> bytes:
    told = b"".join(_message(5, _attribute(name, value)) for name, value in attributes.items())
    return b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind) + told


def _attribute(name: str, value: Any) -> bytes:
    """A whole number, a number, or whole numbers; the last field says which."""
    if isinstance(value, float):
        return _text(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _whole(20, 1)
    if isinstance(value, int):
        return _text(1, name) + _whole(3, value) + _whole(20, 2)
    return _text(1, name) + b"".join(_whole(8, v) for v in value) + _whole(20, 7)


def _told(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    """What an input or an output is: its name, type and shape; a word stands for any size."""
    dims = b"".join(_message(1, _text(2, size) if isinstance(size, str) else _whole(1, size)) for size in shape)
    return _text(1, name) + _message(2, _message(1, _whole(1, kind) + _message(2, dims)))


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def _whole(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, content: str) -> bytes:
    return _message(field, content.encode())
