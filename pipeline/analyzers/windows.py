"""A long transcript in windows that overlap: each owns its core, and sees a little of its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

OVERLAP_SENTENCES = 12
LONGEST_SENTENCE_CHARS = 1000
LINE_CHARS = 16
"""What a sentence's number and time add to it."""


@dataclass(frozen=True)
class Window:
    """Half-open ranges of sentences: ``begin..end`` is seen, ``core_begin..core_end`` is answered for."""

    begin: int
    end: int
    core_begin: int
    core_end: int


def windows(texts: Sequence[str], most_chars: int) -> list[Window]:
    """Cores of even size that cover every sentence once, each of at most about ``most_chars`` as it is sent."""
    sizes = [min(len(text), LONGEST_SENTENCE_CHARS) + LINE_CHARS for text in texts]
    total = sum(sizes)
    if not total:
        return []
    count = -(-total // most_chars)
    ends = [0]
    for index, reached in enumerate(accumulate(sizes), 1):
        while reached * count >= total * len(ends):  # more than once for a sentence as long as a window
            ends.append(index)
    cores = [(a, b) for a, b in pairwise(ends) if b > a]
    return [Window(max(0, a - OVERLAP_SENTENCES), min(len(texts), b + OVERLAP_SENTENCES), a, b) for a, b in cores]
