"""What was said, as it is compared: words without spelling, and whether some stand whole among others."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

_FIGURE = re.compile(r"\d{1,30}")
_THOUSANDS = re.compile(r"(?<=\d)[,.’'\u00a0\u202f](?=\d{3}(?!\d))")
_LONGEST_ENDING = 3


def bare(text: str) -> str:
    """Words alone, in small letters: what is left when spelling does not count.

    Letters without case, as of Chinese or Arabic, stand alone, since many of their scripts have no spaces.
    """
    out = []
    for character in unicodedata.normalize("NFKC", text).casefold():
        kind = unicodedata.category(character)
        if kind == "Lo":
            out.append(f" {character} ")
        elif kind[0] in "LMN":
            out.append(character)
        elif kind != "Cf":  # soft hyphens, joiners, marks of direction
            out.append(" ")
    return " ".join("".join(out).split())


def size_bytes(words: str) -> int:
    """Of bare words without the spaces. Bytes, since three Chinese characters say what eight letters do."""
    return len(words.replace(" ", "").encode())


def figures(text: str) -> set[str]:
    """The figures of a text in plain digits: 1,000 and ١٠٠٠ are 1000."""
    return {str(int(figure)) for figure in _FIGURE.findall(_THOUSANDS.sub("", text))}


class Said:
    """Sentences one after the other, from number ``begin`` on."""

    def __init__(self, texts: Sequence[str], begin: int) -> None:
        self._bare = [bare(text) for text in texts]
        self._begin = begin
        self._all = f" {' '.join(self._bare)} "
        self._starts = list(accumulate((len(words) + 1 for words in self._bare), initial=1))[:-1]
        self.figures = set().union(*(figures(text) for text in texts)) if texts else set()

    def __contains__(self, number: int) -> bool:
        return 0 <= number - self._begin < len(self._bare)

    def __getitem__(self, number: int) -> str:
        """The bare words of a sentence."""
        return self._bare[number - self._begin]

    def has(self, words: str) -> bool:
        """Do bare words stand somewhere, but for an ending (heap, heaps)?"""
        return re.search(rf" {re.escape(words)}\S{{0,{_LONGEST_ENDING}}} ", self._all) is not None

    def says(self, number: int, words: str) -> bool:
        """Does a sentence say bare words, whole, or begin or end them together with its neighbours?"""
        index = number - self._begin
        nearest = range(max(index - 1, 0), min(index + 2, len(self._bare)))
        begin, end = self._starts[nearest[0]] - 1, self._starts[nearest[-1]] + len(self._bare[nearest[-1]]) + 1
        own = range(self._starts[index], self._starts[index] + len(self._bare[index]))
        at = self._all.find(f" {words} ", begin, end) + 1
        while at and not (at < own.stop and at + len(words) > own.start):
            at = self._all.find(f" {words} ", at, end) + 1
        return at > 0

    def only(self, words: str) -> int | None:
        """The sentence in which bare words begin that stand, whole, in one place; None where there is none, or more."""
        first, last = (find(f" {words} ") + 1 for find in (self._all.find, self._all.rfind))
        begins, again = (bisect_right(self._starts, at) - 1 for at in (first, last))
        return self._begin + begins if first and begins == again else None
