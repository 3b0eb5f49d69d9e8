"""Words that were heard twice where two pieces overlap, or on both sides of a cut: each kept once, none lost."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import Match, SequenceMatcher

from agents.types import TimeRange, Word

SAME_WITHIN_S = 1.5
"""How far two recognitions of one word may be apart in time."""


def append_words(words: list[Word], heard: Sequence[Word], overlap: TimeRange) -> None:
    """Add to ``words`` what the next piece gave. ``overlap`` is what both pieces hold; it may be empty.

    Both lists are in order of time, and so is the outcome: no word begins before the one before it has ended.
    """
    kept, first = switch(words, heard, overlap)
    del words[kept:]
    after_s = words[-1].end_s if words else 0.0
    for word in heard[first:]:
        start_s = max(word.start_s, after_s)
        after_s = max(word.end_s, start_s)
        words.append(replace(word, start_s=start_s, end_s=after_s))


def switch(left: Sequence[Word], right: Sequence[Word], overlap: TimeRange) -> tuple[int, int]:
    """How many words of ``left`` are kept, and from which of ``right`` on.

    The switch is after a word that both heard: in the longest run of such words, near the middle of the overlap, where
    both had enough to listen to on either side. Where they agree on nothing, it is by time.
    """
    if overlap.duration_s <= 0:
        return len(left), 0
    middle_s = (overlap.start_s + overlap.end_s) / 2
    low = next((i for i, word in enumerate(left) if word.end_s > overlap.start_s), len(left))
    high = next((i for i, word in enumerate(right) if word.start_s >= overlap.end_s), len(right))
    agreed = [
        (low + block.a + offset, block.b + offset, block.size)
        for block in _common(left[low:], right[:high])
        for offset in range(block.size)
        if abs(_middle(left[low + block.a + offset]) - _middle(right[block.b + offset])) <= SAME_WITHIN_S
    ]
    if agreed:
        at, same, _ = max(agreed, key=lambda pair: (min(pair[2], 3), -abs(_middle(left[pair[0]]) - middle_s)))
        return at + 1, same + 1
    kept = next((i for i in range(low, len(left)) if _middle(left[i]) >= middle_s), len(left))
    first = next((i for i in range(high) if _middle(right[i]) >= middle_s), high)
    return _by_time(left, right, kept, first)


def _by_time(left: Sequence[Word], right: Sequence[Word], kept: int, first: int) -> tuple[int, int]:
    """Left up to the middle, right from there; what only one of them heard on the other's side of it is kept too.

    The two clocks differ a little: one sound may lie before the middle for one and after it for the other.
    """
    if kept and first < len(right) and _same_sound(left[kept - 1], right[first]):
        return kept, first + 1  # both kept it
    if kept < len(left) and first and _same_sound(left[kept], right[first - 1]):
        return kept + 1, first  # neither did
    while first and (not kept or right[first - 1].start_s >= left[kept - 1].end_s):
        first -= 1
    while kept < len(left) and (first == len(right) or left[kept].end_s <= right[first].start_s):
        kept += 1
    return kept, first


def _common(left: Sequence[Word], right: Sequence[Word]) -> list[Match]:
    texts = [_bare(word) for word in left], [_bare(word) for word in right]
    return SequenceMatcher(None, *texts, autojunk=False).get_matching_blocks()


def _bare(word: Word) -> str:
    return "".join(letter for letter in word.text.casefold() if letter.isalnum())


def _middle(word: Word) -> float:
    return (word.start_s + word.end_s) / 2


def _same_sound(one: Word, other: Word) -> bool:
    shared_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return shared_s > 0.5 * min(one.end_s - one.start_s, other.end_s - other.start_s)
