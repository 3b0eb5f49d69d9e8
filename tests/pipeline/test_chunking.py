"""How many chunks a recording is cut into, and how their results become one transcript."""

import os

import pytest

from agents.types import Segment, TimeRange, Transcript, Word
from app.core.settings import Settings
from pipeline.child import ChildFailed
from pipeline.chunk_results import ChunkResult, united
from pipeline.chunking import Share, share_out, threads_of
from pipeline.fallback import Failed

HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("backend", "duration_s", "slots", "expected"),
    [
        pytest.param("pocketsphinx", 600, (4, 4), Share(1), id="short"),
        pytest.param("captions", 4 * HOUR_S, (4, 4), Share(1), id="a backend that takes no parts"),
        pytest.param("pocketsphinx", HOUR_S, (2, 2), Share(4, 4, 2), id="one each slot"),
        pytest.param("pocketsphinx", 4 * HOUR_S, (2, 2), Share(8, 4, 2), id="none longer than half an hour"),
        pytest.param("pocketsphinx", 700, (16,), Share(5, 5, 5), id="none shorter than two minutes"),
        pytest.param("pocketsphinx", HOUR_S, (1,), Share(2, 1, 1), id="one slot alone, half an hour at a time"),
        pytest.param("pocketsphinx", 1000, (1,), Share(1), id="one slot alone has no use for parts"),
        pytest.param("pocketsphinx", HOUR_S, (), Share(2, 1, 1), id="nobody knows who is there"),
        pytest.param("faster-whisper", HOUR_S, (2, 2), Share(4, 4, 2), id="models on small workers"),
        pytest.param("faster-whisper", HOUR_S, (16, 8), Share(8, 8, 4), id="few models on large workers"),
        pytest.param("mlx", HOUR_S, (8, 8), Share(2, 2, 1), id="one graphics processor each"),
        pytest.param("openai", HOUR_S, (16, 2), Share(6, 6, 3), id="a service takes only so much from one worker"),
    ],
)
def test_shares(backend: str, duration_s: float, slots: tuple[int, ...], expected: Share) -> None:
    assert share_out(backend, duration_s, slots, Settings()) == expected


def test_the_number_of_parts_can_be_set() -> None:
    assert share_out("pocketsphinx", HOUR_S, (8, 8), Settings(transcription_parts=3)) == Share(3, 3, 2)
    assert share_out("pocketsphinx", 25, (2,), Settings(transcription_chunk_s=10)) == Share(2, 2, 2)


def test_recognisers_of_a_worker_share_its_cores() -> None:
    cores = os.cpu_count() or 1
    assert (threads_of(1), threads_of(cores), threads_of(2 * cores)) == (cores, 1, 1)


def heard(backend: str, *starts_s: float) -> Transcript:
    segments = tuple(Segment(s, s + 1, f"At {s}.", None, (Word(s, s + 1, f"At {s}."),)) for s in starts_s)
    return Transcript("en", backend, "draft" if backend == "pocketsphinx" else "good", segments)


BROKEN = Failed("faster-whisper", "The model is damaged.")
CAPTIONS = Failed("captions", "They are empty.")


def test_what_failed_everywhere_is_told_once() -> None:
    results = [
        ChunkResult(TimeRange(0, 600), heard("pocketsphinx", 10), (BROKEN,)),
        ChunkResult(TimeRange(600, 1200), heard("pocketsphinx", 700), (BROKEN,)),
    ]
    found = united(results, [CAPTIONS])
    assert [segment.start_s for segment in found.segments] == [10, 700]
    assert [(n.code, n.detail) for n in found.warnings] == [
        ("captions_unusable", "captions could not be used: They are empty. The words come from pocketsphinx."),
        (
            "transcriber_fallback",
            "faster-whisper could not be used: The model is damaged. The words come from pocketsphinx.",
        ),
    ]


def test_what_failed_for_one_part_names_it() -> None:
    results = [
        ChunkResult(TimeRange(0, 600), heard("faster-whisper", 10, 20)),
        ChunkResult(TimeRange(600, 1200), heard("pocketsphinx", 700), (BROKEN,)),
    ]
    found = united(results)
    assert (found.backend, found.quality) == ("faster-whisper", "draft")
    assert [notice.code for notice in found.warnings] == ["transcriber_mixed", "transcriber_fallback"]
    assert found.warnings[1].detail == (
        "faster-whisper could not be used from 10:00 to 20:00: The model is damaged. "
        "The words there come from pocketsphinx."
    )


def test_a_part_that_nobody_could_transcribe_is_a_gap_that_is_told() -> None:
    lost = ChunkResult(TimeRange(600, 1200), None, (Failed("", "The worker was lost."),))
    found = united([ChunkResult(TimeRange(0, 600), heard("faster-whisper", 10)), lost])
    assert [(n.code, n.detail) for n in found.warnings] == [
        ("transcript_incomplete", "There are no words from 10:00 to 20:00. The worker was lost.")
    ]
    with pytest.raises(ChildFailed, match="The worker was lost") as caught:
        united([lost])
    assert caught.value.code == "transcription_failed"
