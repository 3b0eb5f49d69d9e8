"""The faster-whisper backend with a small real model that says what it was told (see ``scripted_whisper``)."""

import itertools
import shutil
from pathlib import Path

import pytest

from agents.errors import InvalidRequest, ModelUnavailable, NoAudio
from agents.transcript_agent import run
from agents.types import Transcript, TranscriptRequest
from tests.agents.scripted_whisper import build
from tests.media_factory import make_media

pytestmark = pytest.mark.media


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spoken = [(0.0, "Guten Tag zusammen.", 2.0), (2.0, "Heute kommt Dr. Maier, oder?", 5.0)]
    return build(tmp_path_factory.mktemp("models") / "scripted", language="de", sentences=spoken)


@pytest.fixture
def speech(shared_data: Path) -> Path:
    return shared_data / "speech" / "faster-whisper" / "jfk.flac"


def transcribe(media: Path, model_dir: Path, language: str = "auto", model: str = "small") -> Transcript:
    request = TranscriptRequest(str(media), "faster-whisper", language=language, model=model, model_dir=str(model_dir))
    return run(request, quiet)


def test_sentences_words_and_language(model: Path, speech: Path) -> None:
    result = transcribe(speech, model)
    assert [segment.text for segment in result.segments] == ["Guten Tag zusammen.", "Heute kommt Dr. Maier, oder?"]
    assert (result.language, result.backend, result.quality) == ("de", "faster-whisper", "good")
    words = [word for segment in result.segments for word in segment.words]
    assert [word.text for word in words] == ["Guten", "Tag", "zusammen.", "Heute", "kommt", "Dr.", "Maier,", "oder?"]
    assert all(0 <= word.start_s <= word.end_s <= 11.1 for word in words)
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(words))
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)


def test_long_speech_is_transcribed_in_pieces(
    model: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.transcript_agent.whisper.PIECE_S", 12.0)
    media = make_media(tmp_path / "long.wav", "-stream_loop", "3", "-i", str(speech), "-t", "40")
    result = transcribe(media, model)
    words = [word for segment in result.segments for word in segment.words]
    assert [word.text for word in words].count("Guten") == 3
    assert 30 < words[-1].end_s <= 40
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(words))


def test_a_model_that_is_stuck_is_cut_short(model: Path, speech: Path, tmp_path: Path) -> None:
    """It says the same in every window of half a minute; the first time is kept, and the rest told of."""
    media = make_media(tmp_path / "long.wav", "-stream_loop", "12", "-i", str(speech), "-t", "140")
    result = transcribe(media, model)
    assert [segment.text for segment in result.segments] == ["Guten Tag zusammen.", "Heute kommt Dr. Maier, oder?"]
    assert result.dropped["repetition"] >= 6
    assert result.language_probability == pytest.approx(1.0, abs=0.01)


def test_a_folder_of_models_and_a_given_language(model: Path, speech: Path) -> None:
    result = transcribe(speech, model.parent, language="fr", model="scripted")
    assert (result.language, result.language_probability) == ("fr", None)


def test_silence_is_no_speech(model: Path, tmp_path: Path) -> None:
    media = make_media(tmp_path / "a.wav", "-f", "lavfi", "-i", "anullsrc=d=4", "-t", "4")
    result = transcribe(media, model)
    assert (result.segments, result.language) == ((), "und")
    assert [notice.code for notice in result.warnings] == ["no_speech"]


def test_a_model_that_is_not_here(speech: Path, tmp_path: Path) -> None:
    for name in ("small", "no-such-model"):
        with pytest.raises(ModelUnavailable, match=f"lectern models pull {name}"):
            transcribe(speech, tmp_path, model=name)


def test_a_model_that_is_damaged(model: Path, speech: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(model, tmp_path / "broken"))
    (broken / "model.bin").write_bytes(b"not a model")
    with pytest.raises(ModelUnavailable, match="could not be loaded"):
        transcribe(speech, broken)
    (broken / "tokenizer.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json"):
        transcribe(speech, broken)


def test_a_language_that_does_not_exist(model: Path, speech: Path) -> None:
    with pytest.raises(InvalidRequest):
        transcribe(speech, model, language="klingon")


def test_no_audio(model: Path, tmp_path: Path) -> None:
    media = make_media(tmp_path / "v.mp4", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=1")
    with pytest.raises(NoAudio):
        transcribe(media, model)
