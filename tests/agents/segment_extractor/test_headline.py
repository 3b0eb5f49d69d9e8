"""Titles from sentences: what leads up to the point goes, what cannot stand alone is refused."""

import pytest

from agents.segment_extractor.headline import headline


@pytest.mark.parametrize(
    ("sentence", "title"),
    [
        ("The key idea is that every question halves what is left.", "Every question halves what is left"),
        (
            "Remember this for the exam: you must trace a binary search by hand and explain why it stops.",
            None,
        ),
        ("For example, let us find sixty-one in this list of fifteen numbers.", None),
        ("Now, be careful, because here is a common mistake.", "A common mistake"),
        (
            "To summarize, sort first, compare with the middle, and keep one half.",
            "Sort first, compare with the middle, and keep one half",
        ),
        ("So for example, render functions run again whenever a property changes.", None),
        ("A derivative is the slope of the tangent line.", "A derivative is the slope of the tangent line"),
        ("So it does that as well.", None),
        ("As you know, whatever color we choose is used.", None),
        ("If we look at the constructor of this new class.", None),
        ("And this is the.", None),
        ("Yeah.", None),
        ("Windows needs a different update, because the installer is locked.", "Windows needs a different update"),
    ],
)
def test_a_sentence_gives_a_title_or_none(sentence: str, title: str | None) -> None:
    found = headline(sentence)
    if title is not None:
        assert found == title
    if found is not None:
        assert 3 <= len(found.split()) <= 10
        assert len(found) <= 64
        assert not found.lower().startswith(("so ", "for example", "the key idea", "let us"))
