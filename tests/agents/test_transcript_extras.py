"""The backends that are extras: told clearly where they are missing, and used as their libraries want it."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agents.errors import DependencyMissing, ModelUnavailable
from agents.transcript_agent import run
from agents.transcript_agent.whisper_cpp import as_lines
from agents.types import TranscriptRequest, Word


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


@pytest.mark.parametrize(
    ("backend", "module", "extra"),
    [("whisper-cpp", "pywhispercpp.model", "whisper-cpp"), ("mlx", "mlx_whisper", "mlx")],
)
def test_a_missing_extra_says_how_to_install_it(
    backend: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DependencyMissing, match=rf"pip install 'lectern\[{extra}\]'"):
        run(TranscriptRequest("a.wav", backend, model_dir="/tmp"), quiet)


class CppModel:
    """What pywhispercpp 1.5 has: each segment is a word where ``max_len`` is 1, in ticks of 10 ms, without spaces."""

    asked: dict[str, Any]

    def __init__(self, model: str, **options: Any) -> None:
        assert Path(model).is_file()
        assert options["n_threads"] >= 1

    def auto_detect_language(self, media: np.ndarray[Any, Any]) -> tuple[tuple[str, float], dict[str, float]]:
        assert media.dtype == np.float32
        return ("en", 0.8), {"en": 0.8, "de": 0.2}

    def transcribe(self, media: np.ndarray[Any, Any], **options: Any) -> list[SimpleNamespace]:
        CppModel.asked = options
        assert np.abs(media).max() <= 1
        said = [(30, 110, "Ask"), (110, 150, "not."), (330, 400, "Never"), (400, 520, "mind.")]
        return [SimpleNamespace(t0=a, t1=b, text=text, probability=0.9) for a, b, text in said]


@pytest.mark.media
def test_whisper_cpp(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywhispercpp.model", SimpleNamespace(Model=CppModel))
    (tmp_path / "ggml.bin").write_bytes(b"lmgg and so on")
    (tmp_path / "other.bin").write_bytes(b"something else")
    speech = shared_data / "speech" / "faster-whisper" / "jfk.flac"
    request = TranscriptRequest(
        str(speech), "whisper-cpp", model_dir=str(tmp_path / "ggml.bin"), hints=("Kennedy", "country")
    )
    found = run(request, quiet)
    assert [(s.text, s.start_s, s.end_s) for s in found.segments] == [("Ask not.", 0.3, 1.5), ("Never mind.", 3.3, 5.2)]
    assert (found.language, found.language_probability, found.backend) == ("en", 0.8, "whisper-cpp")
    assert CppModel.asked["initial_prompt"] == "Kennedy, country"
    with pytest.raises(ModelUnavailable, match="LECTERN_WHISPER_CPP_MODEL"):
        run(TranscriptRequest(str(speech), "whisper-cpp"), quiet)
    for wrong in (tmp_path, tmp_path / "other.bin", tmp_path / "missing.bin"):
        with pytest.raises(ModelUnavailable, match="LECTERN_WHISPER_CPP_MODEL"):
            run(TranscriptRequest(str(speech), "whisper-cpp", model_dir=str(wrong)), quiet)


@pytest.mark.media
def test_mlx(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def transcribe(audio: np.ndarray[Any, Any], **options: Any) -> dict[str, Any]:
        asked.append(options)
        words = [{"word": " Ask", "start": 0.3, "end": 1.0, "probability": 0.9}]
        words += [{"word": " not.", "start": 1.0, "end": 1.5, "probability": 0.8}]
        segment = {"start": 0.0, "end": 2.0, "text": " Ask not.", "words": words}
        return {"language": "en", "segments": [segment | {"no_speech_prob": 0.0, "avg_logprob": -0.1}]}

    monkeypatch.setitem(sys.modules, "mlx_whisper", SimpleNamespace(transcribe=transcribe))
    speech = shared_data / "speech" / "faster-whisper" / "jfk.flac"
    request = TranscriptRequest(str(speech), "mlx", model_dir=str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"config\.json"):  # the library would ask the hub for it
        run(request, quiet)
    (tmp_path / "config.json").write_text("{}")
    found = run(request, quiet)
    assert [(s.text, s.start_s, s.end_s) for s in found.segments] == [("Ask not.", 0.3, 1.5)]
    assert (found.language, found.language_probability) == ("en", 1.0)
    assert [options["word_timestamps"] for options in asked] == [False, True]
    assert all(options["path_or_hf_repo"] == str(tmp_path) for options in asked)


def test_words_become_lines_at_sentences_and_pauses() -> None:
    spoken = [Word(0, 1, " So"), Word(1, 2, " it."), Word(2, 3, " And"), Word(6, 7, " on")]
    assert [line.text for line in as_lines(spoken)] == ["So it.", "And", "on"]
    assert as_lines([]) == []
