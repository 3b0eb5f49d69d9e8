"""Answers of a transcription service, good and bad: every word is kept in order and has a time inside the parcel."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.types import TimeRange
from pipeline.remote_speech.answer import read_lines
from tests.pipeline.remote_speech.speech_server import verbose

SPAN = TimeRange(100.0, 130.0)
SPEECH = (TimeRange(101.0, 110.0), TimeRange(112.0, 120.0))


def told(document: dict[str, Any]) -> list[tuple[str, float, float]]:
    return [(w.text, w.start_s, w.end_s) for line in read_lines(document, SPAN, SPEECH) for w in line.words]


def text_of(document: dict[str, Any]) -> str:
    return "".join(text for text, _, _ in told(document)).strip()


def check(document: dict[str, Any]) -> None:
    words = told(document)
    assert all(SPAN.start_s <= start <= end <= SPAN.end_s for _, start, end in words)
    assert all(a[2] <= b[1] for a, b in itertools.pairwise(words))
    assert " ".join(text.strip() for text, _, _ in words) == " ".join(str(document["text"]).split())


def test_words_have_the_services_times_and_the_texts_punctuation() -> None:
    document = verbose("Well, hello there. Dr. Who?", start=2.0, end=7.0)
    assert told(document) == [
        (" Well,", 102.0, 103.0),
        (" hello", 103.0, 104.0),
        (" there.", 104.0, 105.0),
        (" Dr.", 105.0, 106.0),
        (" Who?", 106.0, 107.0),
    ]
    (line,) = read_lines(document, SPAN, SPEECH)
    assert (line.start_s, line.end_s, line.no_speech, line.log_prob) == (102.0, 107.0, 0.01, -0.2)


def test_a_word_that_has_no_time_is_between_its_neighbours() -> None:
    document = verbose("one two three four", start=0.0, end=8.0)
    del document["words"][1]
    words = told(document)
    assert [text for text, _, _ in words] == [" one", " two", " three", " four"]
    assert words[0][2] <= words[1][1] <= words[1][2] <= words[2][1] == 104.0
    check(document)


@pytest.mark.parametrize(
    "change",
    [
        {"words": None},
        {"words": "none"},
        {"words": [{"word": "Hello"}, 7, {"word": 1, "start": 0, "end": 1}]},
        {"words": [{"word": "Hello", "start": 900.0, "end": 901.0}]},
        {"words": [{"word": "Hello", "start": math.nan, "end": 1.0}]},
        {"words": [{"word": "students", "start": 20.0, "end": 21.0}, {"word": "Hello", "start": 1.0, "end": 2.0}]},
        {"segments": None},
        {"segments": [{"start": 0.0}]},
        {"segments": [{"start": 0.0, "end": 7200.0, "text": "Hello there, students."}]},
        {"segments": [{"start": 5.0, "end": 1.0, "text": "Hello there, students."}]},
        {"segments": [{"start": 0.0, "end": 1.0, "text": "Hello"}]},  # less than the text
        {"segments": [], "words": []},
        {"duration": "long", "language": 7},
    ],
)
def test_what_is_wrong_costs_no_word(change: dict[str, Any]) -> None:
    check(verbose() | change)


def test_bare_text_is_put_where_somebody_speaks() -> None:
    words = told({"text": "Only these few words."})
    assert words[0][1] == 101.0
    assert words[-1][2] == 120.0
    check({"text": "Only these few words."})


def test_nothing_said() -> None:
    assert told({"text": "  "}) == []
    assert told({"text": "", "segments": [{"start": 0.0, "end": 1.0, "text": " "}]}) == []


NUMBERS = st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=3), st.floats(-5, 40), st.integers(-5, 40))
WORDS = st.lists(st.sampled_from(["So,", "this", "is", "it.", "“Yes”", "no", "—"]), min_size=1, max_size=12)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    parts = draw(st.lists(WORDS, max_size=4))
    segments = [{"start": draw(NUMBERS), "end": draw(NUMBERS), "text": " ".join(part)} for part in parts]
    spoken = [word for part in parts for word in part]
    words = [
        {"word": draw(st.sampled_from([w, w.strip(".,")])), "start": draw(NUMBERS), "end": draw(NUMBERS)}
        for w in spoken
    ]
    return {"text": " ".join(spoken), "segments": segments, "words": words}


@settings(deadline=None, max_examples=150)
@given(documents())
def test_any_answer(document: dict[str, Any]) -> None:
    check(document)
