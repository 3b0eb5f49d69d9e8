"""Words to sentences, on tables."""

import pytest

from agents.transcript_agent.sentences import LONGEST_S, punctuated, unpunctuated
from agents.types import TimeRange, Word


def words(text: str, *, gap_after: dict[int, float] | None = None, length_s: float = 0.3, lead: str = "") -> list[Word]:
    """Words of ``length_s`` without gaps, but for those after the given indexes."""
    at_s, made = 0.0, []
    for index, token in enumerate(text.split()):
        made.append(Word(round(at_s, 3), round(at_s + length_s, 3), lead + token, 0.9))
        at_s += length_s + (gap_after or {}).get(index, 0.0)
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One two. Three four?", ["One two.", "Three four?"]),
        ("Dr. Smith has 3.5 of them, e.g. A. Smith.", ["Dr. Smith has 3.5 of them, e.g. A. Smith."]),
        ('He said "stop." Then left', ['He said "stop."', "Then left"]),
        ("So do I. And you!", ["So do I.", "And you!"]),
    ],
)
def test_punctuation_ends_sentences(text: str, expected: list[str]) -> None:
    assert [segment.text for segment in punctuated(words(text, lead=" "))] == expected


def test_a_long_pause_ends_a_sentence_without_punctuation() -> None:
    found = punctuated(words("so we begin and then", gap_after={2: 2.0}, lead=" "))
    assert [(segment.text, segment.start_s) for segment in found] == [("so we begin", 0.0), ("and then", 2.9)]


def test_languages_without_spaces_get_none() -> None:
    found = punctuated([Word(0, 1, "你好"), Word(1, 2, "世界。"), Word(2, 3, "再见")])
    assert [segment.text for segment in found] == ["你好世界。", "再见"]


def test_words_keep_their_times_and_lose_the_space() -> None:
    (found,) = punctuated(words("One two.", lead=" "))
    assert [word.text for word in found.words] == ["One", "two."]
    assert (found.start_s, found.end_s) == (0.0, 0.6)


def test_endless_sentences_are_cut_at_a_pause_near_the_middle() -> None:
    found = punctuated(words("word " * 150, gap_after={70: 0.9}, lead=" "))
    assert len(found) == 2
    assert found[1].start_s == pytest.approx(71 * 0.3 + 0.9)
    assert all(segment.end_s - segment.start_s <= LONGEST_S for segment in found)


def test_bare_words_become_sentences_at_pauses() -> None:
    found = unpunctuated(words("this is it and that was that", gap_after={2: 0.6}))
    assert [segment.text for segment in found] == ["This is it.", "And that was that."]
    assert [word.text for word in found[0].words] == ["This", "is", "it."]


def test_one_or_two_words_before_a_short_pause_are_no_sentence() -> None:
    assert [s.text for s in unpunctuated(words("well now we begin", gap_after={0: 0.6}))] == ["Well now we begin."]
    assert [s.text for s in unpunctuated(words("hello now we begin", gap_after={0: 3.0}))] == [
        "Hello.",
        "Now we begin.",
    ]


def test_a_detected_silence_in_a_small_gap_ends_a_sentence() -> None:
    spoken = words("this is it and that was that", gap_after={2: 0.3})
    assert len(unpunctuated(spoken)) == 1
    assert len(unpunctuated(spoken, [TimeRange(0.85, 1.25)])) == 2
    assert len(unpunctuated(spoken, [TimeRange(1.5, 2.0)])) == 1


def test_no_words() -> None:
    assert punctuated([]) == unpunctuated([]) == []
