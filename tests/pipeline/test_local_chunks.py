"""A long recording in children of one process: merged, with one progress, and ended together."""

from pathlib import Path

import numpy as np
import pytest

from agents.media.audio import decode, write_wav
from agents.types import TranscriptRequest
from pipeline.child import ChildFailed
from pipeline.chunking import Share
from pipeline.local_chunks import transcribe_chunks
from tests.agents.scripted_whisper import build
from tests.app.conftest import make_settings

pytestmark = pytest.mark.media


@pytest.fixture
def speech(shared_data: Path, tmp_path: Path) -> Path:
    """Twelve seconds of speech, a pause of one, and the same again."""
    spoken = decode(shared_data / "speech" / "faster-whisper" / "jfk.flac")
    write_wav(np.concatenate((spoken, np.zeros(16_000, np.int16), spoken)), tmp_path / "twice.wav")
    return tmp_path / "twice.wav"


def test_chunks_are_merged_and_progress_is_one(speech: Path, tmp_path: Path) -> None:
    model = build(tmp_path / "scripted", language="en", sentences=[(0.0, "Ask not what you can do.", 4.0)])
    request = TranscriptRequest(str(speech), "faster-whisper", model_dir=str(model))
    told: list[float] = []
    found = transcribe_chunks(
        request, Share(2, 2, 2), make_settings(data_dir=tmp_path / "data"), lambda done, _message: told.append(done)
    )
    assert [segment.text for segment in found.segments] == ["Ask not what you can do."] * 2
    assert found.segments[1].start_s > 11.0, "times are the recording's"
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_one_that_fails_is_told_and_ends_the_others(speech: Path, tmp_path: Path) -> None:
    request = TranscriptRequest(str(speech), "faster-whisper", model_dir=str(tmp_path))
    with pytest.raises(ChildFailed, match="not on this machine") as caught:
        transcribe_chunks(
            request, Share(2, 1, 1), make_settings(data_dir=tmp_path / "data"), lambda _done, _message: None
        )
    assert caught.value.code == "model_unavailable"
