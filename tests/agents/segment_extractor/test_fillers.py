"""Fillers and false starts: only where word times were heard, only what is surely none, and only cleanly."""

from itertools import pairwise

import pytest

from agents.segment_extractor.fillers import filler_cuts, timed_words
from agents.types import Segment, Word


def said(text: str, gap_s: float = 0.1, confidence: float | None = 0.9) -> list[Word]:
    """Words of 0.3 s with ``gap_s`` between them; “_” is another half second of nothing."""
    words, at_s = [], 0.0
    for token in text.split():
        if token == "_":
            at_s += 0.5
            continue
        words.append(Word(round(at_s, 3), round(at_s + 0.3, 3), token, confidence))
        at_s += 0.3 + gap_s
    return words


def gone(text: str, language: str = "en", gap_s: float = 0.1) -> list[str]:
    words = said(text, gap_s)
    cuts, left_out = filler_cuts(words, language)
    taken = [w.text for w in words if any(w.start_s == g.start_s for g in left_out)]
    for cut in cuts:
        kept = [w for w in words if w.text not in taken or not (cut.start_s <= w.start_s < cut.end_s)]
        assert not any(w.start_s < cut.end_s and cut.start_s < w.end_s for w in kept)
        assert cut.reason
    return taken


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("so um we sort", "en", ["um"]),
        ("Uh, we sort", "en", ["Uh,"]),
        ("the UM campus and the ER doctor", "en", []),
        ("he is in the er ward", "en", ["er"]),
        ("er geht um das Haus", "de", []),
        ("wir sortieren ähm die Liste", "de", ["ähm"]),
        ("um carro", "pt", []),
        ("so um we sort", "xx", []),
        ("it is, you know, a tree", "en", ["you", "know,"]),
        ("as you know a tree", "en", []),
        ("do you know, a tree", "en", []),
        ("we want the the tree", "en", ["the"]),
        ("I think I think it works", "en", ["I", "think"]),
        ("a very very long list", "en", []),
        ("step by step by step", "en", []),
        ("again and again and again", "en", []),
        ("we saw it. It works", "en", []),
        ("the algo- algorithm stops", "en", ["algo-"]),
    ],
)
def test_what_goes(text: str, language: str, expected: list[str]) -> None:
    assert gone(text, language) == expected


def test_a_filler_that_runs_into_its_neighbours_stays() -> None:
    assert gone("so um we sort", gap_s=0.0) == []
    assert gone("so um we sort", gap_s=0.04) == []


def test_a_cut_reaches_into_the_pauses_but_leaves_a_breath() -> None:
    words = said("so _ um _ we")
    ((cut,), _) = filler_cuts(words, "en")
    assert words[0].end_s + 0.05 <= cut.start_s < words[1].start_s
    assert words[1].end_s < cut.end_s <= words[2].start_s - 0.05


def test_guessed_word_times_are_not_cut_by() -> None:
    cue = Segment(0.0, 2.0, "so um we", None, tuple(said("so um we", confidence=None)))
    assert timed_words([cue]) == []
    assert timed_words([Segment(0.0, 2.0, "so um we")]) == []
    heard = Segment(0.0, 2.0, "so um we", None, tuple(said("so um we")))
    assert len(timed_words([heard])) == 3


def test_one_cut_does_not_run_into_the_next() -> None:
    cuts, _ = filler_cuts(said("um uh um we we we uh um sort"), "en")
    assert all(a.end_s <= b.start_s for a, b in pairwise(cuts))
