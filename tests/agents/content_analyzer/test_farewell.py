import pytest

from agents.content_analyzer.farewell import farewell
from agents.content_analyzer.sentences import build_sentences
from agents.types import Segment


def lecture(*ending: str) -> tuple[Segment, ...]:
    texts = ["The pointer moves along the list of nodes."] * 60 + list(ending)
    return tuple(Segment(i * 5.0, i * 5.0 + 5.0, text) for i, text in enumerate(texts))


def test_the_farewell_opens_with_its_first_closing_phrase() -> None:
    sentences = build_sentences(lecture("Alright.", "So that's what we did today.", "Thank you.", "See you next week."))
    assert farewell(sentences) == 60


@pytest.mark.parametrize("ending", [(), ("Thank you.",), ("Thank you.", *["The next node follows here."] * 30)])
def test_one_thank_you_is_no_farewell(ending: tuple[str, ...]) -> None:
    assert farewell(build_sentences(lecture(*ending))) is None


def test_nothing_said_has_no_farewell() -> None:
    assert farewell([]) is None


def test_a_german_farewell() -> None:
    sentences = build_sentences(lecture("Gut.", "Damit haben wir alles gesehen.", "Vielen Dank.", "Bis nächste Woche."))
    assert farewell(sentences, "de") == 60
    assert farewell(sentences, "fi") is None
