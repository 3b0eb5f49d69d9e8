from dataclasses import replace

import pytest

from agents.content_analyzer import run
from agents.content_analyzer.cue_phrases import cues_in, is_housekeeping, is_question
from agents.errors import InvalidRequest
from agents.types import Analysis, AnalysisRequest, Segment, SlideChange, Transcript
from tests.agents.spoken_lecture import speak


def quiet(_fraction: float, _message: str) -> None:
    """Nobody listens."""


def analyse(*texts: str, language: str = "en", focus: str | None = None) -> Analysis:
    segments = tuple(Segment(i * 5.0, i * 5.0 + 5.0, text) for i, text in enumerate(texts))
    return run(AnalysisRequest(Transcript(language, "x", "good", segments), len(texts) * 5.0, focus=focus), quiet)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A monad is essentially a way to chain computations.", "definition"),
        ("This structure is called a heap.", "definition"),
        ("The key point here is locality.", "key_point"),
        ("Remember that the base case comes first.", "remember"),
        ("This will be on the exam next week.", "exam_hint"),
        ("To sum up, we saw three methods.", "recap"),
        ("For example, take the number seven.", "example"),
        ("Therefore the series converges.", "result"),
        ("In other words, it never stops.", "restatement"),
        ("There are three ways to do this.", "enumeration"),
        ("The difference between the two is speed.", "comparison"),
        ("The reason is that memory is slow.", "explanation"),
    ],
)
def test_cue_phrases(text: str, reason: str) -> None:
    assert reason in [c.reason for c in cues_in(text)]


@pytest.mark.parametrize("text", ["I don't remember the name.", "Every time it is called by the loop, it grows."])
def test_no_cue_where_the_words_only_look_alike(text: str) -> None:
    assert not {"remember", "definition"} & {c.reason for c in cues_in(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello.", True),
        ("Thank you very much for coming.", True),
        ("Can everyone hear me?", True),
        ("The list holds nodes.", False),
        ("Can you see my slides?", True),
    ],
)
def test_housekeeping(text: str, expected: bool) -> None:
    assert is_housekeeping(text) is expected


def test_questions() -> None:
    assert is_question("What does this function return?")
    assert not is_question("Okay?")
    assert not is_question("It returns one.")


FILL = "We move the pointer along the list of nodes in memory."


def test_valued_sentences_come_first() -> None:
    found = analyse(
        "Hello.",
        FILL,
        "The key point is that a linked list is essentially a chain of nodes in memory.",
        "Then there was lunch with some colleagues in the town.",
        FILL,
    )
    ranked = sorted(found.sentences, key=lambda s: -s.importance)
    assert ranked[0].text.startswith("The key point")
    assert {"key_point", "definition"} <= set(ranked[0].reasons)
    assert ranked[-1].text == "Hello."
    assert ranked[-1].reasons == ("housekeeping",)
    assert "linked list" in found.summary


def test_an_answer_is_worth_more_than_the_same_words_alone() -> None:
    plain = analyse(FILL, "It shifts every later node by one place.", FILL).sentences[1]
    answer = analyse(
        "What does an insertion cost us here?", "It shifts every later node by one place.", FILL
    ).sentences[1]
    assert answer.importance > plain.importance
    assert "answer" in answer.reasons


def test_focus_lifts_what_it_names() -> None:
    texts = (
        FILL,
        "Hash tables scatter their keys over many buckets.",
        FILL,
        "Trees keep their keys in order all the time.",
    )
    about = analyse(*texts, focus="hash tables")
    assert max(about.sentences, key=lambda s: s.importance).text.startswith("Hash tables")
    assert "focus" in about.sentences[1].reasons
    assert analyse(*texts, focus="the").sentences  # only stop words: still an answer


def test_slide_change_is_a_reason() -> None:
    lecture = speak(2)
    change = SlideChange(lecture.transcript.segments[40].start_s - 0.5, 1.0)
    request = AnalysisRequest(lecture.transcript, lecture.duration_s, slide_changes=(change,))
    assert "slide_change" in run(request, quiet).sentences[40].reasons


@pytest.mark.parametrize("texts", [(), ("", "   "), ("[Music]", "♪")])
def test_no_speech_is_a_notice(texts: tuple[str, ...]) -> None:
    found = analyse(*texts)
    assert (found.topics, found.sentences, found.summary) == ((), (), "")
    assert [w.code for w in found.warnings] == ["no_speech"]


def test_unknown_backend() -> None:
    with pytest.raises(InvalidRequest, match="local"):
        run(AnalysisRequest(Transcript("en", "x", "good", ()), 10.0, backend="oracle"), quiet)


def test_other_languages_need_no_cue_phrases() -> None:
    found = analyse(
        *[f"Die Zelle Nummer {i} teilt sich in der Mitose in zwei gleiche Tochterzellen." for i in range(12)],
        language="de",
    )
    assert found.topics[0].title
    assert found.summary.count("Zelle") >= 1
    assert not any({"definition", "key_point"} & set(s.reasons) for s in found.sentences)


def test_a_spoken_farewell_is_titled_as_one() -> None:
    texts = [FILL] * 60 + ["So that's how a list works.", "Thank you very much.", "See you next week."]
    last = analyse(*texts).topics[-1]
    assert (last.title, last.start_s) == ("Conclusion", 300.0)


def test_capitals_read_like_small_letters() -> None:
    lecture = speak(5, topics=4)
    shouted = tuple(replace(s, text=s.text.upper(), words=()) for s in lecture.transcript.segments)
    plain = tuple(replace(s, words=()) for s in lecture.transcript.segments)
    found = [
        run(AnalysisRequest(Transcript("en", "x", "good", segments), lecture.duration_s), quiet)
        for segments in (plain, shouted)
    ]
    assert [t.start_s for t in found[0].topics] == [t.start_s for t in found[1].topics]
    assert all(not t.title.isupper() for t in found[1].topics)
    assert found[1].sentences[0].text.isupper()


def test_one_sentence_is_enough() -> None:
    found = analyse("Hi.")
    assert len(found.topics) == len(found.sentences) == 1
    assert found.topics[0].title


def test_summary_is_short_and_quotes() -> None:
    lecture = speak(5, topics=12)
    found = run(AnalysisRequest(lecture.transcript, lecture.duration_s), quiet)
    assert 0 < len(found.summary) <= 600
    long = analyse(" ".join(["endless"] * 300) + ".")
    assert len(long.summary) <= 600


def test_times_stay_within_the_media_and_progress_rises() -> None:
    lecture = speak(6)
    seen: list[float] = []
    half_s = lecture.duration_s / 2
    found = run(AnalysisRequest(lecture.transcript, half_s), lambda f, _m: seen.append(f))
    assert max(s.end_s for s in found.sentences) <= half_s
    assert max(t.end_s for t in found.topics) <= half_s
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_same_input_same_answer() -> None:
    lecture = speak(7, "cut")
    request = AnalysisRequest(lecture.transcript, lecture.duration_s)
    assert run(request, quiet) == run(request, quiet)
