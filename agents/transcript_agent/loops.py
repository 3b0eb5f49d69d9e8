"""Decide: what is said again only because a speech model is stuck. Pure functions of texts."""

from collections.abc import Sequence

from agents.transcript_agent.phantoms import normalised
from agents.types import Word

LONGEST_CYCLE = 3  # lines that come again together: A B C A B C
PASSES = 4  # a line of several words, in a row: nobody says it so often
DOUBTED_PASSES = 3
LONGEST_PHRASE = 12  # words that come again together within a line
PHRASE_PASSES = 4
SAME_S = 0.02


def repeated_lines(texts: Sequence[str], durations_s: Sequence[float], doubtful: Sequence[bool]) -> list[bool]:
    """For each line whether it is one time too many: the first time that it, or its cycle of up to three, is kept.

    Four times in a row are needed, and three words each time; or three times and a doubt about any of the repeated
    lines, or that all of them are as long as each other to the frame.
    """
    plain = [normalised(text) for text in texts]
    again = [False] * len(plain)
    for size in range(1, LONGEST_CYCLE + 1):
        start = size
        while start < len(plain):
            end = start
            while end < len(plain) and plain[end] and plain[end] == plain[end - size]:
                end += 1
            if end > start and _stuck(plain[start:end], durations_s[start:end], doubtful[start:end], size):
                again[start:end] = [True] * (end - start)
            start = end + 1
    return again


def _stuck(plain: Sequence[str], durations_s: Sequence[float], doubtful: Sequence[bool], size: int) -> bool:
    """Whether lines that are each the same as ``size`` lines before are no speech."""
    passes = len(plain) / size + 1
    words = sum(max(len(text.split()), len(text) / 6) for text in plain) * size / len(plain)
    if passes >= PASSES and words >= 3:
        return True
    mechanical = size == 1 and len(plain) > 1 and max(durations_s) - min(durations_s) < SAME_S
    return passes >= DOUBTED_PASSES and (any(doubtful) or mechanical)


def without_loop(words: tuple[Word, ...], *, squeezed: bool) -> tuple[Word, ...]:
    """The words without the passes after the first of a phrase that is said four times in a row or more.

    Only where the line is ``squeezed``: its text compresses as no speech does. “No, no, no, no” is left alone.
    """
    if not squeezed:
        return words
    plain = [normalised(word.text) for word in words]
    kept: list[Word] = []
    at = 0
    while at < len(words):
        size, passes = _phrase_at(plain, at)
        kept += words[at : at + size]
        at += size * passes
    return tuple(kept)


def _phrase_at(plain: Sequence[str], at: int) -> tuple[int, int]:
    """The shortest phrase that begins here and comes at least four times in a row, and how often; else one word."""
    for size in range(1, LONGEST_PHRASE + 1):
        passes = 1
        phrase = plain[at : at + size]
        while len(phrase) == size and plain[at + size * passes : at + size * (passes + 1)] == phrase:
            passes += 1
        if passes >= PHRASE_PASSES:
            return size, passes
    return 1, 1
