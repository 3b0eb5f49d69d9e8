from itertools import pairwise

import pytest

from agents.content_analyzer.pieces import Piece, pieces_of, spoken_text
from agents.types import Segment, Word


def pieces(*texts: str, words: bool = False) -> list[Piece]:
    segments = []
    for i, text in enumerate(texts):
        parts = text.split()
        step_s = 3.0 / max(len(parts), 1)
        timed = tuple(Word(i * 4 + k * step_s, i * 4 + (k + 1) * step_s, part) for k, part in enumerate(parts))
        segments.append(Segment(i * 4.0, i * 4.0 + 3.0, text, None, timed if words else ()))
    return list(pieces_of(segments))


def said(*texts: str, words: bool = False) -> str:
    return " ".join(p.text for p in pieces(*texts, words=words))


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[upbeat music playing] So it works", "So it works"),
        ("So (door slams) it works", "So it works"),
        ("♪ la la la ♪", ""),
        ("<i>So it</i> works", "So it works"),
        ("- So it works", "So it works"),
        ("-5 degrees at night", "-5 degrees at night"),
        ("f(x) is odd", "f(x) is odd"),
    ],
)
def test_what_nobody_says_is_left_out(text: str, expected: str, words: bool) -> None:
    assert said(text, words=words) == expected


@pytest.mark.parametrize("words", [False, True])
def test_labels_of_speakers_are_no_words(words: bool) -> None:
    texts = ["DR. SMITH: The cell divides.", "It grows.", "STUDENT: Why?", "DR. SMITH: It eats.", "STUDENT: I see."]
    found = pieces(*texts, "DR. SMITH: Good. STUDENT: Thanks.", words=words)
    assert " ".join(p.text for p in found) == "The cell divides. It grows. Why? It eats. I see. Good. Thanks."
    assert [p.speaker for p in found if p.last] == [
        "DR. SMITH:",
        "DR. SMITH:",
        "STUDENT:",
        "DR. SMITH:",
        "STUDENT:",
        "STUDENT:",
    ]


def test_what_opens_a_cue_once_is_no_label() -> None:
    assert said("Note: it is odd.", "The other one: even.") == "Note: it is odd. The other one: even."


def test_an_arrow_is_somebody_else() -> None:
    found = pieces("Is it odd? >> It is.", ">> Why?")
    assert [p.text for p in found] == ["Is", "it", "odd?", "It", "is.", "Why?"]
    assert [a.speaker != b.speaker for a, b in pairwise(found)] == [False, False, True, False, True]


def test_characters_without_spaces_are_words_with_times() -> None:
    found = pieces("用C语言。")
    assert [p.text for p in found] == ["用", "C", "语", "言。"]
    assert found[0].start_s == 0.0
    assert found[-1].end_s == 3.0
    assert all(a.end_s == pytest.approx(b.start_s) for a, b in pairwise(found))


def test_spoken_text() -> None:
    assert spoken_text(">> <b>So</b> [laughs] it  works {\\an8}") == "So it works"
