"""Speech backends in order: which are asked, whose words are taken, and what is told of the others."""

import pytest

from agents.types import AudioStream, MediaInfo, Notice, Segment, Transcript
from pipeline.child import ChildFailed
from pipeline.speech import first_transcript, usable_backends

ORDER = ("captions", "faster-whisper", "pocketsphinx")
SOUND = AudioStream(index=1, codec="aac", sample_rate_hz=48_000, channels=2)


def media(*, sound: bool = True, subtitles: tuple[int, ...] = ()) -> MediaInfo:
    return MediaInfo(10.0, "mov", None, SOUND if sound else None, subtitles)


def words_of(backend: str) -> Transcript:
    draft = Notice("draft_words", "They are a draft.")
    return Transcript("en", backend, "draft", (Segment(0.0, 1.0, "Heaps."),), (draft,))


def test_only_what_can_give_words_is_asked() -> None:
    assert usable_backends(ORDER, media(), caption_file=False) == ORDER[1:]
    assert usable_backends(ORDER, media(), caption_file=True) == ORDER
    assert usable_backends(ORDER, media(sound=False, subtitles=(2,)), caption_file=False) == ("captions",)


@pytest.mark.parametrize(
    ("order", "sound", "code"), [(ORDER, False, "no_audio"), (("captions",), True, "transcription_failed")]
)
def test_none_is_told_at_once(order: tuple[str, ...], sound: bool, code: str) -> None:
    with pytest.raises(ChildFailed) as caught:
        usable_backends(order, media(sound=sound), caption_file=False)
    assert caught.value.code == code


def test_each_that_failed_is_a_warning() -> None:
    asked: list[str] = []

    def attempt(backend: str) -> Transcript:
        asked.append(backend)
        if backend != "pocketsphinx":
            raise ChildFailed("broken", f"No {backend} here.")
        return words_of(backend)

    found = first_transcript(ORDER, attempt)
    assert asked == list(ORDER)
    assert [notice.code for notice in found.warnings] == ["draft_words", "captions_unusable", "transcriber_fallback"]
    assert found.warnings[1].detail == "captions could not be used: No captions here. The words come from pocketsphinx."
    assert first_transcript(("captions",), words_of).warnings == words_of("captions").warnings


def test_all_that_failed_are_told_of() -> None:
    def attempt(backend: str) -> Transcript:
        raise ChildFailed("broken", f"No {backend} here.")

    with pytest.raises(ChildFailed, match=r"captions: No captions here\. pocketsphinx: No pocketsphinx here") as caught:
        first_transcript(("captions", "pocketsphinx"), attempt)
    assert caught.value.code == "transcription_failed"
