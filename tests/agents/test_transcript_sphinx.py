"""The draft backend on real and synthetic speech."""

import itertools
import re
from pathlib import Path

import jiwer
import numpy as np
import pysubs2
import pytest

from agents.errors import ModelUnavailable, NoAudio
from agents.media.audio import pcm_chunks, write_wav
from agents.transcript_agent import run
from agents.transcript_agent.sphinx import clean_word
from agents.types import Transcript, TranscriptRequest
from tests.media_factory import make_media

pytestmark = pytest.mark.media


class Reports:
    def __init__(self) -> None:
        self.fractions: list[float] = []

    def __call__(self, fraction: float, message: str) -> None:
        assert 0 <= fraction <= 1
        assert message
        self.fractions.append(fraction)


def transcribe(media: Path, language: str = "auto") -> Transcript:
    return run(TranscriptRequest(str(media), "pocketsphinx", language=language), Reports())


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9' ]+", " ", text.lower()).split())


def text_of(transcript: Transcript) -> str:
    return plain(" ".join(segment.text for segment in transcript.segments))


def test_a_lecture_is_roughly_right(lectures: Path, tmp_path: Path) -> None:
    """Both the words and where they are: the error rate of 39 s, and most words within their caption's time."""
    start_s, end_s = 90.5, 129.6  # begins and ends in a pause between captions
    media = tmp_path / "piece.wav"
    chunks = pcm_chunks(lectures / "switching.mp4", start_s=start_s, duration_s=end_s - start_s)
    write_wav(np.concatenate(list(chunks)), media)
    reports = Reports()
    result = run(TranscriptRequest(str(media), "pocketsphinx"), reports)
    captions = pysubs2.load(str(lectures / "switching.vtt"))
    captions.shift(s=-start_s)
    cues = [cue for cue in captions if cue.start > 0 and cue.end / 1000 <= end_s - start_s]
    assert jiwer.wer(plain(" ".join(cue.plaintext for cue in cues)), text_of(result)) <= 0.75

    assert (result.language, result.backend, result.quality) == ("en", "pocketsphinx", "draft")
    words = [word for segment in result.segments for word in segment.words]
    assert all(a.end_s <= b.start_s + 0.02 for a, b in itertools.pairwise(words))
    assert all(0 <= word.start_s < word.end_s <= end_s - start_s + 0.1 for word in words)
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)
    spoken = [(cue.start / 1000 - 0.3, cue.end / 1000 + 0.3) for cue in cues]
    inside = sum(any(start <= word.start_s <= end for start, end in spoken) for word in words)
    assert inside > 0.9 * len(words)
    assert all(segment.text[0].isupper() and segment.text.endswith(".") for segment in result.segments)
    assert len(result.segments) > 3
    assert reports.fractions == sorted(reports.fractions)
    assert len(reports.fractions) > 5


def test_read_speech(shared_data: Path) -> None:
    folder = shared_data / "speech" / "pocketsphinx" / "librivox"
    recordings = sorted(folder.glob("*-0*[79]0.wav"))
    assert len(recordings) == 2
    truth = [plain(path.with_suffix(".txt").read_text()) for path in recordings]
    assert jiwer.wer(truth, [text_of(transcribe(path)) for path in recordings]) < 0.4


@pytest.mark.parametrize("source", ["anullsrc=d=6", "anoisesrc=d=6:c=pink:a=0.3"], ids=["mute", "noise"])
def test_where_nobody_speaks(tmp_path: Path, source: str) -> None:
    result = transcribe(make_media(tmp_path / "a.wav", "-f", "lavfi", "-i", source, "-t", "6"))
    assert result.segments == ()
    assert [notice.code for notice in result.warnings] == ["no_speech"]


def test_no_audio(tmp_path: Path) -> None:
    media = make_media(tmp_path / "v.mp4", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=1")
    with pytest.raises(NoAudio):
        transcribe(media)


def test_other_languages(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="English only"):
        transcribe(tmp_path / "a.wav", language="de")


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ("a(2)", "a"),
        ("<s>", ""),
        ("</s>", ""),
        ("<sil>", ""),
        ("[NOISE]", ""),
        ("++BREATH++", ""),
        ("i'll", "I'll"),
        ("in", "in"),
    ],
)
def test_dictionary_entries_as_words(entry: str, word: str) -> None:
    assert clean_word(entry) == word
