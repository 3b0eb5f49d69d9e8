"""Words that two pieces both heard: each is kept once, none is lost."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.transcript_agent.seams import append_words
from agents.types import TimeRange, Word

NO_OVERLAP = TimeRange(10.0, 10.0)
OVERLAP = TimeRange(10.0, 20.0)


def said(text: str, start_s: float, every_s: float = 1.0, late_s: float = 0.0) -> list[Word]:
    """One word a second, from ``start_s``; ``_`` is a word that was not heard."""
    return [
        Word(round(start_s + i * every_s + late_s, 3), round(start_s + (i + 0.8) * every_s + late_s, 3), word)
        for i, word in enumerate(text.split())
        if word != "_"
    ]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param("a b c d e f g h i j", "a b c d e f g h i j", "a b c d e f g h i j", id="both heard the same"),
        pytest.param("a b c d e f g h X", "Y b c d e f g h i j", "a b c d e f g h i j", id="wrong at the edges"),
        pytest.param("a b c d e f _ _ _ _", "_ _ _ _ e f g h i j", "a b c d e f g h i j", id="half each"),
        pytest.param("a b c d X Y g h i j", "a b c d e f g h i j", "a b c d X Y g h i j", id="they differ in between"),
        pytest.param("a b c d e _ _ _ _ _", "_ _ _ _ _ f g h i j", "a b c d e f g h i j", id="nothing in common"),
        pytest.param("A b, c. d e f g h i j", "a B c d e f. g h i j", None, id="written differently"),
        pytest.param("_ _ _", "_ _ c d", "c d", id="the left heard nothing"),
        pytest.param("a b c d e f g", "_ _ _", "a b c d e f g", id="the right heard nothing"),
        pytest.param("a a a a a a a a a a", "a a a a a a a a a a", "a a a a a a a a a a", id="all alike"),
    ],
)
@pytest.mark.parametrize("late_s", [0.0, 0.15, -0.15])
def test_an_overlap(left: str, right: str, expected: str | None, late_s: float) -> None:
    words = said("start", 5) + said(left, 10)
    append_words(words, said(right, 10, late_s=late_s) + said("end", 25), OVERLAP)
    bare = [word.text.strip(",.").lower() for word in words]
    assert bare == ["start", *(expected or "a b c d e f g h i j").lower().split(), "end"]
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(words))


def test_one_sound_on_both_sides_of_the_middle_is_one_word() -> None:
    words = [Word(10, 11, "one"), Word(14.4, 15.2, "wreck")]
    append_words(words, [Word(14.6, 15.5, "rec"), Word(16, 17, "two")], OVERLAP)
    assert [word.text for word in words] == ["one", "wreck", "two"]


def test_a_sound_that_each_leaves_to_the_other_is_kept() -> None:
    words = [Word(10, 11, "one"), Word(14.6, 15.6, "wreck")]
    append_words(words, [Word(14.3, 15.3, "rec"), Word(16, 17, "two")], OVERLAP)
    assert [word.text for word in words] == ["one", "wreck", "two"]


def test_without_an_overlap_nothing_is_dropped() -> None:
    words = said("a b", 8)
    append_words(words, said("b c", 10), NO_OVERLAP)
    assert [word.text for word in words] == ["a", "b", "b", "c"]
    append_words(words, [Word(11.5, 12.5, "d")], TimeRange(12.0, 10.0))
    assert (words[-1].text, words[-1].start_s) == ("d", 11.8), "no word begins before the one before it has ended"


@settings(deadline=None)
@given(
    st.lists(st.sampled_from("abcde"), min_size=10, max_size=60),
    st.data(),
)
def test_the_same_words_heard_twice_come_out_once(letters: list[str], data: st.DataObject) -> None:
    words = said(" ".join(letters), 0)
    start = data.draw(st.integers(0, len(words) - 5))
    end = data.draw(st.integers(start + 5, min(start + 15, len(words))))
    merged = words[:end]
    append_words(merged, words[start:], TimeRange(float(start), end - 0.1))
    assert merged == words
