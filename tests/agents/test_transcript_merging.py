"""Transcripts of chunks as one: sentences over seams, words twice heard, what is told."""

import itertools

import pytest

from agents.transcript_agent.backend import NO_SPEECH
from agents.transcript_agent.merging import merge
from agents.transcript_agent.sentences import punctuated, unpunctuated
from agents.types import Notice, Segment, TimeRange, Transcript, Word

Heard = tuple[TimeRange, Transcript]


def spoken(text: str, start_s: float = 0.0, every_s: float = 0.5) -> list[Word]:
    """Two words a second as Whisper gives them, each with its space."""
    return [
        Word(round(start_s + i * every_s, 3), round(start_s + i * every_s + 0.4, 3), f" {word}", 0.9)
        for i, word in enumerate(text.split())
    ]


def bare(words: list[Word]) -> list[Word]:
    return [Word(w.start_s, w.end_s, w.text.strip(), w.confidence) for w in words]


def whisper(words: list[Word], *, language: str = "en", **more: object) -> Transcript:
    return Transcript(language, "faster-whisper", "good", tuple(punctuated(words)), **more)  # type: ignore[arg-type]


def sphinx(words: list[Word]) -> Transcript:
    return Transcript("en", "pocketsphinx", "draft", tuple(unpunctuated(bare(words))))


TEXT = "Heaps are trees. Each node is smaller than its children, which is all that we need. Now we push."
WORDS = spoken(TEXT)


@pytest.mark.parametrize("at", range(1, len(WORDS)))
def test_a_sentence_cut_anywhere_is_whole_again(at: int) -> None:
    seam_s = WORDS[at].start_s - 0.05
    parts = [(TimeRange(0, seam_s), whisper(WORDS[:at])), (TimeRange(seam_s, 20), whisper(WORDS[at:]))]
    assert merge(parts).segments == whisper(WORDS).segments


@pytest.mark.parametrize("at", range(1, len(WORDS)))
def test_bare_words_too(at: int) -> None:
    words = [*spoken("we have I think a heap", 0), *spoken("I'm done here mr.", 4), *spoken("now then you see", 9)]
    at = min(at, len(words) - 1)
    seam_s = words[at].start_s - 0.05
    parts = [(TimeRange(0, seam_s), sphinx(words[:at])), (TimeRange(seam_s, 20), sphinx(words[at:]))]
    assert merge(parts).segments == sphinx(words).segments


@pytest.mark.parametrize("make", [whisper, sphinx])
@pytest.mark.parametrize(("end", "begin"), [(12, 6), (10, 9), (14, 4), (19, 0)])
def test_what_both_heard_is_there_once(make: type, end: int, begin: int) -> None:
    left, right = WORDS[:end], WORDS[begin:]
    overlap_end_s, overlap_start_s = left[-1].end_s + 0.02, right[0].start_s - 0.02
    parts = [(TimeRange(0, overlap_end_s), make(left)), (TimeRange(overlap_start_s, 20), make(right))]
    assert merge(parts).segments == make(WORDS).segments


def test_many_parts_in_order() -> None:
    cuts = [0, 3, 4, 9, 14, len(WORDS)]
    parts = [
        (TimeRange(WORDS[a].start_s - 0.05, WORDS[b - 1].end_s + 0.05), whisper(WORDS[a:b]))
        for a, b in itertools.pairwise(cuts)
    ]
    assert merge(parts).segments == whisper(WORDS).segments


def test_languages_without_spaces() -> None:
    words = [Word(i * 0.5, i * 0.5 + 0.4, letter, 0.9) for i, letter in enumerate("今日は堆について話します。")]
    parts = [(TimeRange(0, 3), whisper(words[:6], language="ja")), (TimeRange(3, 9), whisper(words[6:], language="ja"))]
    found = merge(parts)
    assert [segment.text for segment in found.segments] == ["今日は堆について話します。"]
    assert found.language == "ja"


def test_segments_without_words_belong_to_their_side() -> None:
    def lines(*at: float) -> Transcript:
        return Transcript("en", "other", "good", tuple(Segment(s, s + 2, f"At {s}.") for s in at))

    parts = [(TimeRange(0, 14), lines(0, 6, 11.5)), (TimeRange(10, 30), lines(10.2, 11.4, 16))]
    assert [s.start_s for s in merge(parts).segments] == [0, 6, 11.4, 16]
    apart = [(TimeRange(0, 12), lines(0, 6, 9)), (TimeRange(12, 30), lines(12, 16))]
    assert [s.start_s for s in merge(apart).segments] == [0, 6, 9, 12, 16]


def test_language_and_quality() -> None:
    parts = [
        (TimeRange(0, 10), whisper(spoken("Nur kurz."), language="de", language_probability=0.99)),
        (TimeRange(10, 20), whisper(spoken("Now much longer than that.", 10), language_probability=0.9)),
        (TimeRange(20, 30), whisper(spoken("And again it is English.", 20), language_probability=0.7)),
        (TimeRange(30, 40), whisper([], language="und", warnings=(NO_SPEECH,))),
    ]
    found = merge(parts)
    assert (found.language, found.language_probability, found.quality) == ("en", 0.7, "good")
    assert [notice.code for notice in found.warnings] == ["languages_differ"]
    assert "de, en" in found.warnings[0].detail


def test_a_mixed_transcript_says_so_and_is_a_draft() -> None:
    parts = [
        (TimeRange(0, 3), whisper(WORDS[:6])),
        (TimeRange(3, 5), sphinx(WORDS[6:10])),
        (TimeRange(5, 20), whisper(WORDS[10:])),
    ]
    found = merge(parts)
    assert (found.backend, found.quality) == ("faster-whisper", "draft")
    assert [notice.code for notice in found.warnings] == ["transcriber_mixed"]
    words = [word for segment in found.segments for word in segment.words]
    assert [word.start_s for word in words] == [word.start_s for word in WORDS]
    assert any(
        segment.text == "Smaller than its children,." or segment.text.endswith(".") for segment in found.segments
    )


def test_warnings_are_united_and_no_speech_is_only_told_of_the_whole() -> None:
    odd = Notice("odd", "Something odd.")
    silent = whisper([], language="und", warnings=(NO_SPEECH, odd), dropped={"loop": 2})
    talking = whisper(spoken("A heap.", 10), warnings=(odd,), dropped={"loop": 1, "phantom": 1})
    found = merge([(TimeRange(0, 10), silent), (TimeRange(10, 20), talking)])
    assert (found.warnings, found.dropped) == ((odd,), {"loop": 3, "phantom": 1})
    nothing = merge([(TimeRange(0, 10), silent), (TimeRange(10, 20), silent)])
    assert (nothing.segments, nothing.language, nothing.warnings) == ((), "und", (odd, NO_SPEECH))


def test_a_chunk_that_is_missing_leaves_a_gap() -> None:
    later = spoken("Now we pop.", 200)
    parts = [(TimeRange(0, 100), whisper(WORDS)), (TimeRange(200, 300), whisper(later))]
    assert merge(parts).segments == whisper([*WORDS, *later]).segments
