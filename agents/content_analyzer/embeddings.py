"""Sentence embeddings, where a model is at hand: a folder with a sentence transformer as ``model.onnx``.

The folder is laid out as on the Hugging Face hub: ``tokenizer.json`` beside ``model.onnx`` or ``onnx/model.onnx``.
The model may give one vector per token (they are averaged) or one per text. Nothing is fetched.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from agents.errors import ModelUnavailable

Vectors = npt.NDArray[np.float32]

MAX_TOKENS = 128
"""Sentences are cut after that many tokens; attention grows with the square."""
_BATCH = 32
_MODEL_FILES = ("model.onnx", "onnx/model.onnx")
_INPUTS = frozenset(("input_ids", "attention_mask", "token_type_ids"))
_ERRORS_ONLY = 3


class SentenceModel:
    """Texts in, unit vectors out."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelUnavailable, with the reason as its text."""
        model = next((folder / name for name in _MODEL_FILES if (folder / name).is_file()), None)
        tokenizer = folder / "tokenizer.json"
        if model is None or not tokenizer.is_file():
            raise ModelUnavailable("its folder needs model.onnx and tokenizer.json")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
            self._tokenizer.enable_truncation(MAX_TOKENS)
            self._tokenizer.enable_padding()
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # both libraries raise their own kinds of plain Exception
            raise ModelUnavailable(f"it cannot be read ({type(error).__name__})") from error
        self._inputs = {i.name for i in self._session.get_inputs()}
        if not self._inputs <= _INPUTS or "input_ids" not in self._inputs:
            raise ModelUnavailable("it is no sentence transformer: it asks for other inputs than tokens")

    def embed(self, texts: Sequence[str], progress: Callable[[float], None]) -> Vectors:
        """One unit row per text. Texts of like length go together, so that little is padded.

        Raises ModelUnavailable where the model does not give vectors.
        """
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        rows: list[tuple[int, Vectors]] = []
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            rows += zip(batch, self._batch([texts[i] for i in batch]), strict=True)
            progress(len(rows) / len(order))
        rows.sort(key=lambda row: row[0])
        return np.stack([row for _, row in rows])

    def _batch(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        given = {
            "input_ids": np.array([e.ids for e in encoded], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([e.type_ids for e in encoded], np.int64),
        }
        try:
            found = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        except Exception as error:  # ONNX Runtime raises its own kinds of plain Exception
            raise ModelUnavailable(f"it fails on a sentence ({type(error).__name__})") from error
        if found.ndim == 3:  # texts, tokens, numbers
            found = (found * mask[..., None]).sum(1) / np.maximum(mask.sum(1, keepdims=True), 1)
        if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
            raise ModelUnavailable("it gives no vectors for sentences")
        length = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return np.asarray(found / length, np.float32)
