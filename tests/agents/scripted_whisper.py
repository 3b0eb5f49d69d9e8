"""A Whisper model of two layers that says what it was told, whatever it hears: real files for the real loader.

Its decoder looks at the position only: each position's encoding is one axis, and the output row of the token wanted
there points along that axis. Sizes and special tokens are those of the multilingual models, so that language
detection, timestamp rules and word alignment run as with a trained model. Word times mean nothing.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH = 64
MEL_BANDS = 80
TEXT_TOKENS = 50_257
LANGUAGES = ["en", "zh", "de", "es", "fr", *(f"q{index}" for index in range(94))]
Matrix = NDArray[np.float32]
rng = np.random.default_rng(0)


def build(folder: Path, *, language: str, sentences: list[tuple[float, str, float]], prompt: str = "") -> Path:
    """Write a model that hears ``sentences`` (start_s, text, end_s) in every window of 30 s.

    With a ``prompt`` it says them only where it is prompted with a text of that length.
    """
    tokens = vocabulary(words=[f" {word}" for _, text, _ in sentences for word in text.split()])
    ids = {token: index for index, token in enumerate(tokens)}
    script = [ids[f"<|{language}|>"], -1]  # after the start of the transcript, after the language; next is the task
    for start_s, text, end_s in sentences:
        script += [ids[f"<|{start_s:.2f}|>"], *(ids[f"Ġ{word}"] for word in text.split()), ids[f"<|{end_s:.2f}|>"]]
    script.append(ids["<|endoftext|>"])
    prompted = len(f" {prompt}".encode()) + 1 if prompt else 0
    assert len(script) + prompted < WIDTH

    spec = WhisperSpec(1, 2, 1, 2)
    _fill_encoder(spec.encoder)
    _fill_decoder(spec.decoder, script, len(tokens), prompted)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [ids[f"<|{code}|>"] for code in LANGUAGES]
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads = [(0, 0), (0, 1)]
    spec.validate()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    _save_tokenizer(folder, ids)
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": MEL_BANDS}))
    return folder


def vocabulary(words: list[str]) -> list[str]:
    """Bytes, the words wanted, padding up to Whisper's number of text tokens, its special tokens, its timestamps."""
    text = sorted(pre_tokenizers.ByteLevel.alphabet())
    text += sorted({word.replace(" ", "Ġ") for word in words} - set(text))
    text += [f"Ġunused{index}" for index in range(TEXT_TOKENS - len(text) - 1)]
    text.append("")  # by this token CTranslate2 tells multilingual models from English ones
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    return [*text, *special, "<|notimestamps|>", *(f"<|{index * 0.02:.2f}|>" for index in range(1501))]


def _save_tokenizer(folder: Path, ids: dict[str, int]) -> None:
    ordinary = {token: index for token, index in ids.items() if index < TEXT_TOKENS}
    tokenizer = Tokenizer(models.BPE(vocab=ordinary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([token for token, index in ids.items() if index >= TEXT_TOKENS])
    assert tokenizer.token_to_id("<|notimestamps|>") == ids["<|notimestamps|>"]
    tokenizer.save(str(folder / "tokenizer.json"))


def _fill_encoder(encoder: Any) -> None:
    _linear(encoder.conv1, (WIDTH, MEL_BANDS, 3))
    _linear(encoder.conv2, (WIDTH, WIDTH, 3))
    encoder.position_encodings.encodings = _random(1500, WIDTH)
    _norm(encoder.layer_norm)
    for layer in encoder.layer:
        _attention(layer.self_attention, (3, 1))
        _feed_forward(layer.ffn)


def _fill_decoder(decoder: Any, script: list[int], size: int, prompted: int) -> None:
    axes = np.clip(np.arange(448) - prompted, 0, len(script) - 1)
    axes[:prompted] = len(script) + np.arange(prompted)  # apart from each other, for the sake of word alignment
    decoder.embeddings.weight = np.zeros((size, WIDTH), np.float32)
    decoder.position_encodings.encodings = (10 * np.eye(WIDTH, dtype=np.float32))[axes]
    rows = np.zeros((size, WIDTH), np.float32)
    for axis, token in enumerate(script):
        if token >= 0:
            rows[token, axis] = 3.0
    decoder.projection.weight = rows
    decoder.projection.bias = np.zeros(size, np.float32)
    _norm(decoder.layer_norm)
    for layer in decoder.layer:
        _attention(layer.self_attention, (3, 1))
        _attention(layer.attention, (1, 2, 1))
        _feed_forward(layer.ffn)


def _random(*shape: int) -> Matrix:
    return (rng.normal(size=shape) * 0.01).astype(np.float32)


def _linear(spec: Any, shape: tuple[int, ...]) -> None:
    spec.weight = _random(*shape)
    spec.bias = np.zeros(shape[0], np.float32)


def _norm(spec: Any) -> None:
    spec.gamma, spec.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)


def _attention(spec: Any, widths: tuple[int, ...]) -> None:
    _norm(spec.layer_norm)
    for linear, times in zip(spec.linear, widths, strict=True):
        _linear(linear, (WIDTH * times, WIDTH))


def _feed_forward(spec: Any) -> None:
    _norm(spec.layer_norm)
    _linear(spec.linear_0, (4 * WIDTH, WIDTH))
    _linear(spec.linear_1, (WIDTH, 4 * WIDTH))
