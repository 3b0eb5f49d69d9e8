"""A sentence transformer of a few bytes: each known word has a vector, and nothing else happens.

The ONNX graph is one ``Gather``, written as protobuf by hand: the package ``onnx`` is none of ours.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

FLOAT, INT64 = 1, 7
IR_VERSION, OPSET = 8, 13


def write_model(folder: Path, vectors: Mapping[str, Sequence[float]]) -> Path:
    """``folder`` with ``model.onnx`` and ``tokenizer.json``; an unknown word is all zeros."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", *vectors]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="[PAD]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    size = len(next(iter(vectors.values())))
    table = np.array([[0.0] * size, *vectors.values()], np.float32)
    (folder / "model.onnx").write_bytes(_model(table))
    return folder


def _model(table: np.ndarray) -> bytes:
    tensor = b"".join(_number(1, n) for n in table.shape) + _number(2, FLOAT) + _text(8, "table")
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, "last_hidden_state") + _text(4, "Gather")
    graph = _bytes(1, node) + _text(2, "tiny") + _bytes(5, tensor + _bytes(9, table.tobytes()))
    graph += _bytes(11, _value("input_ids", INT64, ("texts", "tokens")))
    graph += _bytes(11, _value("attention_mask", INT64, ("texts", "tokens")))
    graph += _bytes(12, _value("last_hidden_state", FLOAT, ("texts", "tokens", table.shape[1])))
    return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, OPSET))


def _value(name: str, kind: int, shape: Sequence[str | int]) -> bytes:
    sizes = b"".join(_bytes(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, sizes)))


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())
