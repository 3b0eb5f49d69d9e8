"""Teaches PocketSphinx words that are likely to be said: in its model they are rare or not there at all.

It can recognise a word whose pronunciation is known: it is in the dictionary, is spelled out, or is made of words that
are. Each is added under a name of its own, since the language model changes no probability that it already has; the
weight is that of a word in twenty thousand, which is much for a rare one and does not push it in front of common ones.
"""

import re
from collections.abc import Iterable

from pocketsphinx import Decoder

from agents.transcript_agent.hints import ORDINARY

TAUGHT = "\u00b7"  # ends the name of a word that was taught; in no entry of the dictionary
LONGEST_SPELLED = 6
SHORTEST_PART = 3
SHORTEST_WORD = 4
PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+")


def teach(decoder: Decoder, hints: Iterable[str]) -> list[str]:
    """Teach every word of the hints that can be pronounced; returns those that were, as they are written."""
    taught: dict[str, str] = {}
    for written in (word for hint in hints for word in re.findall(r"[A-Za-z][A-Za-z']*", hint)):
        if written in taught or written.lower() in ORDINARY or (len(written) < SHORTEST_WORD and not written.isupper()):
            continue
        phones = pronunciation(decoder, written)
        if phones:
            taught[written] = phones
    for number, (written, phones) in enumerate(taught.items(), 1):
        decoder.add_word(written + TAUGHT, phones, number == len(taught))  # the last one makes the search anew
    return list(taught)


def pronunciation(decoder: Decoder, written: str) -> str | None:
    """Phones, from the dictionary; letter by letter for an abbreviation, else of its parts; None where unknown."""
    known: str | None = decoder.lookup_word(written.lower())
    if known:
        return known
    if written.isupper():
        return _all(decoder, [f"{letter}." for letter in written.lower()]) if len(written) <= LONGEST_SPELLED else None
    pieces = PIECES.findall(written)
    if len(pieces) > 1:
        found = [pronunciation(decoder, piece) for piece in pieces]
        return " ".join(part for part in found if part) if all(found) else None
    low = written.lower()
    for at in range(len(low) - SHORTEST_PART, SHORTEST_PART - 1, -1):
        both = _all(decoder, [low[:at], low[at:]])
        if both:
            return both
    return None


def _all(decoder: Decoder, words: list[str]) -> str | None:
    found = [decoder.lookup_word(word) for word in words]
    return " ".join(found) if all(found) else None
