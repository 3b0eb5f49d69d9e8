import pytest

from agents.content_analyzer.sentences import build_sentences
from agents.types import Segment, TimeRange, Word
from tests.agents.spoken_lecture import speak


def cues(*texts: str, length_s: float = 4.0, gap_s: float = 0.0) -> list[Segment]:
    step_s = length_s + gap_s
    return [Segment(i * step_s, i * step_s + length_s, text) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["One is here. Two is", "there. Three."], ["One is here.", "Two is there.", "Three."]),
        (["Dr. Smith met Prof. Lee.", "They talked."], ["Dr. Smith met Prof. Lee.", "They talked."]),
        (["Pi is 3.14 or so.", "See e.g. Knuth."], ["Pi is 3.14 or so.", "See e.g. Knuth."]),
        (["Well... maybe not.", "Wait… What?"], ["Well... maybe not.", "Wait…", "What?"]),
        (["1. Open the file.", "2. Read it."], ["1. Open the file.", "2. Read it."]),
        (["Version 2. 0 is out.", "Good."], ["Version 2. 0 is out.", "Good."]),
        (["He said “stop.” Then left."], ["He said “stop.”", "Then left."]),
        (["This allows us to.", "Create a window."], ["This allows us to. Create a window."]),
        (["Open it, and then it.", "Returns the type."], ["Open it, and then it. Returns the type."]),
        (["这是第一句。这是第二句。"], ["这是第一句。", "这是第二句。"]),
        (["[Music]", "♪ la la ♪", "Hello there everyone."], ["Hello there everyone."]),
        (["<i>Really</i>? >> Yes."], ["Really?", "Yes."]),
        (["one is here. two is", "there. three."], ["one is here.", "two is there.", "three."]),
        (["ONE IS HERE. TWO IS", "THERE. THREE."], ["ONE IS HERE.", "TWO IS THERE.", "THREE."]),
        (["今天我们讲细胞", "细胞是基本单位"], ["今天我们讲细胞 细胞是基本单位"]),
    ],
)
def test_sentences_end_where_sentences_end(texts: list[str], expected: list[str]) -> None:
    assert [s.text for s in build_sentences(cues(*texts))] == expected


def test_a_german_prefix_at_the_end_is_no_english_article() -> None:
    texts = ["Wir schauen uns die Zelle an.", "Die Zelle lebt."]
    assert [s.text for s in build_sentences(cues(*texts), english=False)] == texts


def test_sentence_times_are_cue_times_at_cue_boundaries() -> None:
    first, second, third = build_sentences(cues("One is here. Two is", "there.", "Three."))
    assert (first.start_s, third.end_s) == (0.0, 12.0)
    assert 0.0 < first.end_s < 4.0
    assert second.start_s == first.end_s
    assert (second.end_s, third.start_s) == (8.0, 8.0)
    assert (second.cues, third.cues) == ((0, 2), (2, 3))


def test_real_word_times_are_used_inside_a_cue() -> None:
    words = (Word(10.1, 10.5, "Stop."), Word(12.0, 12.4, "Go"), Word(12.4, 12.9, "now."))
    stop, go = build_sentences([Segment(10.0, 13.0, "Stop. Go now.", None, words)])
    assert (stop.start_s, stop.end_s, go.start_s, go.end_s) == (10.0, 10.5, 12.0, 13.0)


def test_without_punctuation_sentences_end_at_pauses_and_cue_ends() -> None:
    text = "we look at the first part of it"
    found = build_sentences(cues(*[text] * 6, length_s=3.0, gap_s=1.0))
    assert [s.text for s in found] == [text] * 6
    joined = build_sentences(cues(*[text] * 20, length_s=3.0))
    assert all(s.end_s - s.start_s <= 18.0 for s in joined)
    assert {s.end_s % 3.0 for s in joined} == {0.0}


def test_without_punctuation_a_word_that_opens_sentences_opens_one() -> None:
    words = [
        "the pointer goes along",
        "the list of nodes in",
        "memory okay so the",
        "other list is longer",
        "and it stays so",
    ]
    found = [s.text for s in build_sentences(cues(*words * 3, length_s=1.5))]
    assert sum(text.startswith("okay so the other") for text in found) >= 2
    assert " ".join(found).split() == " ".join(words * 3).split()


def test_lines_of_unequal_length_are_utterances() -> None:
    lines = [
        "the pointer goes along the list of nodes until the end",
        "it stays there",
        "and now the other list of nodes",
    ]
    assert [s.text for s in build_sentences(cues(*lines * 4))] == lines * 4


def test_an_hour_in_one_cue_is_cut_into_sentences() -> None:
    text = "and this goes on and on until so it ends there " * 900
    found = build_sentences([Segment(0.0, 3600.0, text)])
    assert all(s.end_s - s.start_s <= 18.0 for s in found)
    assert found[0].start_s == 0.0
    assert found[-1].end_s == 3600.0


def test_silences_end_sentences_that_captions_run_together() -> None:
    text = "the pointer goes along the list of nodes"
    found = build_sentences(cues(*[text] * 8), [TimeRange(11.5, 12.4), TimeRange(23.8, 24.9)])
    assert {12.0, 24.0} <= {s.end_s for s in found}
    assert {s.pause_s for s in found} == {0.0}


def test_the_pause_before_a_sentence_with_a_full_stop_is_known() -> None:
    found = build_sentences(cues("One is here.", "Two is there.", "Three."), [TimeRange(3.6, 4.7)])
    assert [s.pause_s for s in found] == [0.0, pytest.approx(1.1), 0.0]


def test_a_new_speaker_ends_the_sentence() -> None:
    segments = [Segment(0, 2, "I think that we", "A"), Segment(2, 4, "No, you do not.", "B")]
    assert [s.text for s in build_sentences(segments)] == ["I think that we", "No, you do not."]


def test_an_endless_sentence_is_cut_at_a_cue_end() -> None:
    lines = ["and this goes on and on without any end to it"] * 60 + ["until it ends."]
    found = build_sentences(cues(*lines, "A word. Another. A third one. Last."))
    assert all(s.end_s - s.start_s <= 44.0 for s in found)
    assert all(s.start_s % 4.0 == 0.0 for s in found[:10])


@pytest.mark.parametrize("style", ["sentences", "cut", "words"])
def test_generated_sentences_are_found(style: str) -> None:
    lecture = speak(3, style)  # type: ignore[arg-type]  # the parameters are Style literals
    found = [s.end_s for s in build_sentences(lecture.transcript.segments)]
    hits = sum(any(abs(end - f) < 0.6 for f in found) for end in lecture.sentence_ends_s)
    assert hits >= 0.9 * len(lecture.sentence_ends_s)
    assert len(found) <= 1.1 * len(lecture.sentence_ends_s)


def test_no_word_is_lost() -> None:
    for seed in range(5):
        lecture = speak(seed, "cut")
        said = " ".join(s.text for s in lecture.transcript.segments).split()
        assert " ".join(s.text for s in build_sentences(lecture.transcript.segments)).split() == said


def test_nothing_gives_nothing() -> None:
    assert build_sentences([]) == []
    assert build_sentences([Segment(0, 1, "  "), Segment(1, 2, "[Applause]")]) == []
