"""Sentences that stand by themselves, and those that lean on the one before."""

from time import process_time

import pytest

from agents.segment_extractor.dependence import announces, dependence, fragment, unfinished
from agents.types import Sentence


def sentence(text: str) -> Sentence:
    return Sentence(0.0, 5.0, text, 0.5)


BEFORE = sentence("We look at the middle of the list.")


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("It halves the list.", "it"),
        ("So that means it is fast.", "that"),
        ("And this is why we sort first.", "this"),
        ("They are called nodes.", "they"),
        ("As we saw, the tree is balanced.", "as we saw"),
        ("Which is why we sort first.", "which"),
        ("Because of that, we sort first.", "because of that"),
        ("For example, take a phone book.", "for example"),
        ("In this case, nothing is found.", "in this case"),
        ("That's the whole trick.", "that's"),
        ("Okay, so these two are equal.", "these"),
        ("The same goes for trees.", "the same"),
        ("Will allow us to sort it.", "will"),
        ("The reason for this is speed.", "the reason for this"),
        ("and so on and so forth.", "and"),
    ],
)
def test_leaning(text: str, cue: str) -> None:
    found = dependence(sentence(text), BEFORE, english=True)
    assert found is not None
    assert (found.cue, found.strong) == (cue, True)


@pytest.mark.parametrize(
    "text",
    [
        "A binary search tree keeps its keys in order.",
        "This lecture is about trees.",
        "In this lecture we look at trees.",
        "It is important to sort first.",
        "It turns out that sorting is hard.",
        "Now let us turn to graphs.",
        "Okay, graphs.",
        "Does anybody know what a graph is?",
        "Itanium processors were slow.",
        "What is a graph?",
        "Will the list be sorted?",
    ],
)
def test_standing_alone(text: str) -> None:
    assert dependence(sentence(text), BEFORE, english=True) is None


def test_a_contrast_leans_a_little() -> None:
    found = dependence(sentence("But sorting takes time."), BEFORE, english=True)
    assert found is not None
    assert not found.strong


def test_an_answer_needs_its_question() -> None:
    asked = sentence("Is the list sorted?")
    found = dependence(sentence("Yes, by name."), asked, english=True)
    assert found is not None
    assert found.strong
    assert dependence(sentence("Yes, by name."), BEFORE, english=True) is None


def test_what_the_recogniser_broke_off_goes_on() -> None:
    found = dependence(sentence("Middle of the list."), sentence("We look at the."), english=True)
    assert found is not None
    assert found.strong


def test_other_languages_tell_by_their_case() -> None:
    assert dependence(sentence("It halves the list."), BEFORE, english=False) is None
    assert dependence(sentence("und dann die Liste."), sentence("Erst der Baum."), english=False) is not None
    assert dependence(sentence("und dann die liste"), sentence("erst der baum"), english=False) is None


def test_the_first_sentence_leans_on_nothing() -> None:
    assert dependence(sentence("It begins."), None, english=True) is None


@pytest.mark.parametrize(
    "text", ["And then on Mac OS.", "Instead of just showing you the right to home.", "We want the,"]
)
def test_parts_of_sentences(text: str) -> None:
    assert fragment(sentence(text))


@pytest.mark.parametrize("text", ["When it is sorted, we stop.", "So we stop once the list is sorted.", "I think so."])
def test_whole_sentences(text: str) -> None:
    assert not fragment(sentence(text))


def test_sentences_that_go_on() -> None:
    assert unfinished(sentence("We take the selection text so."))
    assert unfinished(sentence("And the way that works."))
    assert not unfinished(sentence("I think so."))


def test_announcements() -> None:
    assert announces(sentence("So let's look at the next slide."))
    assert announces(sentence("There are three kinds of trees."))
    assert not announces(sentence("A tree has one root."))


@pytest.mark.parametrize("piece", ["so a", "and'a", "the ", "it is so ", "a,", "...", "or or ", "aly "])
def test_no_text_takes_long(piece: str) -> None:
    """Patterns look at every word a few times, however long the text is."""
    text = sentence("so " + piece * 5000 + "!")
    began_s = process_time()
    for judge in (fragment, unfinished, announces):
        judge(text)
    dependence(text, text, english=True)
    assert process_time() - began_s < 2.0
