"""A sentence encoder of BERT's shape, written as the bytes of an ONNX model, so that onnxruntime can run it.

Only the messages of onnx.proto that such a model needs (field numbers: github.com/onnx/onnx, onnx/onnx.proto, 2026-11).
Weights stay in blocks of 32 numbers of 4 bits, for onnxruntime's own operator ``MatMulNBits``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

#: Weights in one block, which share one scale.
BLOCK = 32
_TYPES = {"float32": 1, "uint8": 2, "int64": 7}


@dataclass(frozen=True)
class Linear:
    """``y = x W' + bias + (x down) up``: W in blocks of 4 bits, and a small trained correction of low rank."""

    #: Shape (outputs, inputs / 32, 16): two weights a byte, the even one low; 8 stands for zero.
    blocks: Numbers
    #: Shape (outputs, inputs / 32).
    scales: Numbers
    bias: Numbers
    #: Shapes (inputs, rank) and (rank, outputs).
    down: Numbers
    up: Numbers


@dataclass(frozen=True)
class Layer:
    """One layer: attention and its norm, then the two halves of the feed-forward part and its norm."""

    query_key_value: Linear
    attended: Linear
    norm: tuple[Numbers, Numbers]
    inner: Linear
    outer: Linear
    last_norm: tuple[Numbers, Numbers]


def encoder(layers: Sequence[Layer], size: int, heads: int, epsilon: float) -> bytes:
    """Return a model that takes ``x`` (tokens, size) of one text and gives the mean of its last layer (size)."""
    import numpy as np

    g = _Graph()
    x = "x"
    split = g.constant(np.array([0, heads, size // heads], dtype=np.int64))
    joined = g.constant(np.array([0, size], dtype=np.int64))
    scale = g.constant(np.array((size // heads) ** -0.5, dtype=np.float32))
    for layer in layers:
        parts = g.add("Split", [g.linear(x, layer.query_key_value)], outputs=3, axis=1, num_outputs=3)
        orders = ([1, 0, 2], [1, 2, 0], [1, 0, 2])
        query, key, value = (
            g.one("Transpose", [g.one("Reshape", [part, split])], perm=order)
            for part, order in zip(parts, orders, strict=True)
        )
        weight = g.one("Softmax", [g.one("Mul", [g.one("MatMul", [query, key]), scale])], axis=-1)
        seen = g.one("Transpose", [g.one("MatMul", [weight, value])], perm=[1, 0, 2])
        told = g.linear(g.one("Reshape", [seen, joined]), layer.attended)
        x = g.norm(g.one("Add", [told, x]), layer.norm, epsilon)
        said = g.linear(g.one("Gelu", [g.linear(x, layer.inner)]), layer.outer)
        x = g.norm(g.one("Add", [said, x]), layer.last_norm, epsilon)
    mean = g.one("ReduceMean", [x, g.constant(np.array([0], dtype=np.int64))], keepdims=0)
    return g.model(mean, size)


class _Graph:
    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._names = 0

    def add(
        self, operator: str, inputs: Sequence[str], outputs: int = 1, domain: str = "", **attributes: Any
    ) -> list[str]:
        names = [self._name() for _ in range(outputs)]
        node = [_bytes(1, name) for name in inputs] + [_bytes(2, name) for name in names] + [_bytes(4, operator)]
        node += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join([*node, *([_bytes(7, domain)] if domain else [])]))
        return names

    def one(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        return self.add(operator, inputs, **attributes)[0]

    def constant(self, value: Numbers) -> str:
        name = self._name()
        self._constants.append(_tensor(name, value))
        return name

    def linear(self, x: str, part: Linear) -> str:
        outputs, blocks, _ = part.blocks.shape
        inputs = [x, self.constant(part.blocks), self.constant(part.scales), "", "", self.constant(part.bias)]
        sizes: Mapping[str, int] = {"K": blocks * BLOCK, "N": outputs, "bits": 4, "block_size": BLOCK}
        # Level 4: products of whole numbers, with the inputs rounded to 8 bits.
        coarse = self.one("MatMulNBits", inputs, domain="com.microsoft", accuracy_level=4, **sizes)
        low = self.one("MatMul", [x, self.constant(part.down)])
        return self.one("Add", [coarse, self.one("MatMul", [low, self.constant(part.up)])])

    def norm(self, x: str, weights: tuple[Numbers, Numbers], epsilon: float) -> str:
        return self.one("LayerNormalization", [x, *map(self.constant, weights)], epsilon=epsilon)

    def model(self, output: str, size: int) -> bytes:
        graph = [_bytes(1, node) for node in self._nodes] + [_bytes(2, "encoder")]
        graph += [_bytes(5, constant) for constant in self._constants]
        graph += [_bytes(11, _value("x", ["tokens", size])), _bytes(12, _value(output, [size]))]
        opsets = [_bytes(1, name) + _int(2, version) for name, version in (("", 20), ("com.microsoft", 1))]
        return _int(1, 9) + _bytes(7, b"".join(graph)) + b"".join(_bytes(8, opset) for opset in opsets)

    def _name(self) -> str:
        self._names += 1
        return f"v{self._names}"


def _varint(n: int) -> bytes:
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def _int(field: int, n: int) -> bytes:
    return _varint(field << 3) + _varint(n)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _attribute(name: str, value: Any) -> bytes:
    if isinstance(value, float):
        return _bytes(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _int(20, 1)
    if isinstance(value, int):
        return _bytes(1, name) + _int(3, value) + _int(20, 2)
    return _bytes(1, name) + b"".join(_int(8, n) for n in value) + _int(20, 7)


def _tensor(name: str, value: Numbers) -> bytes:
    import numpy as np

    sizes = b"".join(_int(1, n) for n in value.shape)
    return (
        sizes + _int(2, _TYPES[value.dtype.name]) + _bytes(8, name) + _bytes(9, np.ascontiguousarray(value).tobytes())
    )


def _value(name: str, sizes: Sequence[int | str]) -> bytes:
    """Return the name, type (float32) and shape of an input or output."""
    shape = [_bytes(1, _int(1, n) if isinstance(n, int) else _bytes(2, n)) for n in sizes]
    return _bytes(1, name) + _bytes(2, _bytes(1, _int(1, 1) + _bytes(2, b"".join(shape))))
