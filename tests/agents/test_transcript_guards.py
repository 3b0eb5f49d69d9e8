"""Which lines of a speech model nobody said, on tables; speech that looks odd is kept."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.transcript_agent.guards import Line, believable, compression
from agents.transcript_agent.loops import repeated_lines, without_loop
from agents.transcript_agent.phantoms import PHANTOMS, is_phantom, normalised
from agents.types import TimeRange, Word

HOUR = (TimeRange(0.0, 3600.0),)


def words(text: str, start_s: float, end_s: float, confidence: float = 0.9) -> tuple[Word, ...]:
    parts = text.split()
    step_s = (end_s - start_s) / max(len(parts), 1)
    return tuple(
        Word(start_s + i * step_s, start_s + (i + 1) * step_s, f" {part}", confidence) for i, part in enumerate(parts)
    )


def line(
    text: str,
    start_s: float = 0.0,
    length_s: float = 2.0,
    *,
    no_speech: float | None = 0.02,
    log_prob: float | None = -0.25,
    confidence: float = 0.9,
) -> Line:
    end_s = start_s + length_s
    return Line(start_s, end_s, words(text, start_s, end_s, confidence), no_speech, log_prob)


def texts(lines: list[Line]) -> list[str]:
    return [each.text for each in lines]


def test_text_where_nobody_speaks() -> None:
    said = [line("So this is it.", 0), line("Thank you.", 30), line("And that is the rest.", 60)]
    kept, dropped = believable(said, [TimeRange(0, 2), TimeRange(60.2, 61.5)])
    assert texts(kept) == ["So this is it.", "And that is the rest."]
    assert dropped == {"silence": 1}


def test_times_may_be_a_little_off() -> None:
    kept, dropped = believable([line("Yes.", 10, 0.3)], [TimeRange(10.4, 10.9)])
    assert texts(kept) == ["Yes."]
    assert not dropped


def test_without_a_detector_only_the_model_speaks_against_itself() -> None:
    said = [line("Some words over music.", no_speech=0.9, log_prob=-1.2), line("Some words.", 5, no_speech=0.9)]
    kept, dropped = believable(said, None)
    assert texts(kept) == ["Some words."]
    assert dropped == {"doubt": 1}


def test_music_with_a_moment_of_voice() -> None:
    music = line("You know that I love you", 0, 10, no_speech=0.7, log_prob=-0.5)
    assert believable([music], [TimeRange(4, 5)])[1] == {"doubt": 1}
    assert believable([music], [TimeRange(0, 8)])[0] == [music]
    unsure = line("blah of the", 0, 20, no_speech=0.1, log_prob=-1.9)
    assert believable([unsure], [TimeRange(4, 5)])[1] == {"doubt": 1}


@pytest.mark.parametrize(
    "against",
    [
        {"no_speech": 0.5},
        {"log_prob": -0.9},
        {"confidence": 0.3},
        {"length_s": 0.3},
    ],
    ids=["no speech", "unsure", "unsure words", "no time"],
)
def test_a_phantom_needs_a_sign_against_it(against: dict[str, float]) -> None:
    said = "Thank you so much for watching!"
    assert believable([line(said)], HOUR)[1] == {}
    assert believable([line(said, **against)], HOUR)[1] == {"phantom": 1}
    assert believable([line("Thank you, and now for the proof.", **against)], HOUR)[1] == {}


def test_a_lecturer_says_thank_you() -> None:
    assert believable([line("Thank you.", 100, 0.6)], [TimeRange(99.9, 100.7)])[1] == {}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["We go on."] * 5, ["We go on."]),
        (["We go on."] * 3, ["We go on."] * 3),
        (["Okay."] * 6, ["Okay."] * 6),  # people do
        (["First this.", "Then that one."] * 4, ["First this.", "Then that one."]),
        (["a b c d.", "e f g.", "h i j."] * 4 + ["End."], ["a b c d.", "e f g.", "h i j.", "End."]),
        (["Look at it.", "look, at it", "LOOK at it!", "Look at it?"], ["Look at it."]),
        (["", "", "", ""], []),
    ],
)
def test_repeated_lines(said: list[str], kept: list[str]) -> None:
    lengths = itertools.cycle([1.7, 2.3, 2.0, 2.9, 1.1])
    lines = [line(text, 3.0 * i, next(lengths)) for i, text in enumerate(said)]
    found, dropped = believable(lines, HOUR)
    assert texts(found) == kept
    assert sum(dropped.values()) == len(said) - len(kept)


def test_repeated_lines_with_a_sign_against_them() -> None:
    short = ["Okay."] * 3
    assert repeated_lines(short, [1.0, 1.4, 1.2], [False] * 3) == [False] * 3
    assert repeated_lines(short, [1.0, 1.4, 1.2], [False, True, False]) == [False, True, True]
    assert repeated_lines(short, [2.0, 2.0, 2.0], [False] * 3) == [False, True, True]
    assert repeated_lines(short[:2], [2.0, 2.0], [True] * 2) == [False, False]


def test_a_loop_within_a_line() -> None:
    stuck = line("so we take the " + "and the other one " * 30 + "home.", 0, 30)
    (kept,), dropped = believable([stuck], HOUR)
    assert kept.text == "so we take the and the other one home."
    assert kept.end_s == pytest.approx(30)
    assert dropped == {"repetition": 1}
    people = line("No, no, no, no, that is not it.")
    assert believable([people], HOUR) == ([people], {})


def test_counting_is_no_loop() -> None:
    counted = " ".join(f"item {number}," for number in range(60))
    assert texts(believable([line(counted, 0, 40)], HOUR)[0]) == [counted]


def test_real_sentences_do_not_compress() -> None:
    text = (
        "A process is a program in execution, and a thread is the part of it that is scheduled. Each thread has a "
        "stack of its own, but the heap belongs to the process and is shared among all of the threads of the process."
    )
    assert compression(text) < 2.0
    assert compression("") == 0.0


@pytest.mark.parametrize("text", ["Thanks for watching!", "[Music]", "Bye, bye.", "you", "Merci d’avoir regardé !"])
def test_known_phantoms(text: str) -> None:
    assert is_phantom(text)
    assert not is_phantom(f"{text} The heap is shared.")


def test_the_list_is_normalised() -> None:
    assert all(normalised(each) == each for each in PHANTOMS)
    assert "" not in PHANTOMS


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 9), st.booleans()), max_size=40))
def test_what_is_kept_is_in_order_and_the_first_of_each_stays(table: list[tuple[str, float, bool]]) -> None:
    said = [text for text, _, _ in table]
    again = repeated_lines(said, [length for _, length, _ in table], [doubt for _, _, doubt in table])
    kept = [text for text, repeats in zip(said, again, strict=True) if not repeats]
    assert set(kept) == set(said)
    assert not again or not again[0]


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=60))
def test_a_phrase_is_never_lost(tokens: list[str]) -> None:
    spoken = words(" ".join(tokens), 0, 30)
    kept = without_loop(spoken, squeezed=True)
    assert {word.text for word in kept} == {word.text for word in spoken}
    assert kept[0] == spoken[0]
    assert without_loop(spoken, squeezed=False) == spoken
