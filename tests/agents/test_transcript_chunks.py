"""Chunks of real speech: cut in pauses, and the same words as in one go."""

import itertools
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from agents.errors import NoAudio
from agents.media.audio import decode, write_wav
from agents.transcript_agent import chunks, run
from agents.transcript_agent.merging import merge
from agents.types import ChunkPlan, ChunkRequest, TimeRange, Transcript, TranscriptRequest, Word
from tests.agents.scripted_whisper import build
from tests.media_factory import make_media

pytestmark = pytest.mark.media


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


def cut(media: Path, parts: int) -> ChunkPlan:
    return chunks.run(ChunkRequest(str(media), parts), quiet)


def in_chunks(request: TranscriptRequest, plan: ChunkPlan) -> Transcript:
    asked = [
        replace(request, span=span, threshold_dbfs=plan.threshold_dbfs, lead_in=lead_in)
        for span, lead_in in zip(plan.chunks, plan.lead_ins, strict=True)
    ]
    return merge([(span, run(each, quiet)) for span, each in zip(plan.chunks, asked, strict=True)])


def words_of(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript.segments for word in segment.words]


@pytest.fixture(scope="module")
def read(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four read sentences with pauses between them, as MP3."""
    folder = tmp_path_factory.mktemp("speech")
    pause = np.zeros(11_000, np.int16)
    spoken = [decode(each) for each in sorted((shared_data / "speech" / "pocketsphinx" / "librivox").glob("*.wav"))]
    write_wav(np.concatenate([part for each in spoken[1:] for part in (each, pause)]), folder / "read.wav")
    return make_media(folder / "read.mp3", "-i", str(folder / "read.wav"), "-b:a", "64k")


@pytest.fixture(scope="module")
def whole(read: Path) -> Transcript:
    return run(TranscriptRequest(str(read), "pocketsphinx"), quiet)


def test_pocketsphinx_hears_the_same_words(read: Path, whole: Transcript) -> None:
    plan = cut(read, 2)
    assert plan.chunks[0].end_s == plan.chunks[1].start_s, "the cut is in a pause"
    found = in_chunks(TranscriptRequest(str(read), "pocketsphinx"), plan)
    assert [word.text for word in words_of(found)] == [word.text for word in words_of(whole)]
    assert [s.text for s in found.segments] == [s.text for s in whole.segments]
    times_s = [(word.start_s, word.end_s) for word in words_of(found)]
    assert np.array(times_s) == pytest.approx(np.array([(w.start_s, w.end_s) for w in words_of(whole)]), abs=0.05)


def test_words_of_an_overlap_are_kept_once(read: Path, whole: Transcript) -> None:
    """Cut in the middle of the longest sentence, as where nobody pauses."""
    longest = max(whole.segments, key=lambda segment: segment.end_s - segment.start_s)
    middle_s = (longest.start_s + longest.end_s) / 2
    plan = cut(read, 1)
    spans = (TimeRange(0.0, middle_s + 3), TimeRange(middle_s - 3, plan.duration_s))
    found = in_chunks(TranscriptRequest(str(read), "pocketsphinx"), replace(plan, chunks=spans, lead_ins=("", "")))
    ours, theirs = ([word.text.lower().strip(".") for word in words_of(each)] for each in (found, whole))
    assert abs(len(ours) - len(theirs)) <= 2
    assert SequenceMatcher(None, ours, theirs, autojunk=False).ratio() > 0.9
    assert all(a.end_s <= b.start_s + 0.02 for a, b in itertools.pairwise(words_of(found)))


def test_whisper_hears_the_same_words(read: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one go it listens to pieces, too: where those are as long as the chunks, they give the same."""
    spoken = [(0.0, "Guten Tag zusammen.", 2.0), (2.0, "Heute kommt Dr. Maier, oder?", 5.0)]
    model = build(tmp_path / "scripted", language="de", sentences=spoken)
    plan = cut(read, 2)
    monkeypatch.setattr("agents.transcript_agent.whisper.PIECE_S", plan.duration_s / 2)
    request = TranscriptRequest(str(read), "faster-whisper", model_dir=str(model), threads=1)
    found, whole = in_chunks(request, plan), run(request, quiet)
    assert [s.text for s in found.segments] == ["Guten Tag zusammen.", "Heute kommt Dr. Maier, oder?"] * 2
    assert [s.text for s in found.segments] == [s.text for s in whole.segments]
    assert (found.language, found.backend) == ("de", "faster-whisper")
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(words_of(found)))


def test_no_audio(tmp_path: Path) -> None:
    media = make_media(tmp_path / "v.mp4", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=1")
    with pytest.raises(NoAudio):
        cut(media, 2)
