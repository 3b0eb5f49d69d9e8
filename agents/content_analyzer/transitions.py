"""What speakers say where one topic ends and another begins, in the languages of the phrasebooks."""

import re

from agents.content_analyzer.phrasebooks import PHRASEBOOKS

_OPENING_WORDS, _CLOSING_WORDS, _FAREWELL_WORDS = 16, 12, 40
"""An announcement stands in the first words of its sentence, after fillers and false starts."""
_HANDS_OVER = re.compile(
    r"\b(?:[Tt]hanks|[Tt]hank you|[Dd]anke|[Mm]erci|[Gg]racias),? [A-Z][a-z]+\b"
    r"|\b[A-Z][a-z]+, (?:do you want|would you like|you want|can you|could you|go ahead|you're (?:up|next)|your turn"
    r"|over to you|what about you|how about you)"
    r"|\b(?:[Oo]ver to (?:you|[A-Z][a-z]+)|(?:you|who) (?:want|wants) to go\b|go ahead, [A-Z]|the floor is yours"
    r"|hand (?:it |this |things )?over to|please welcome)"
)


def opens_topic(text: str, language: str = "en") -> bool:
    """“So now let's look at …”, “another thing is …”, “next, …”."""
    book = PHRASEBOOKS.get(language)
    return book is not None and book.opens.search(_first(text, _OPENING_WORDS)) is not None


def closes_topic(text: str, language: str = "en") -> bool:
    """“So that's how it works”, “to sum up”."""
    book = PHRASEBOOKS.get(language)
    return book is not None and book.closes.search(_first(text, _CLOSING_WORDS)) is not None


def says_farewell(text: str, language: str = "en") -> bool:
    """“Thank you for listening”, “see you next week”."""
    book = PHRASEBOOKS.get(language)
    return book is not None and book.farewell.search(_first(text, _FAREWELL_WORDS)) is not None


def hands_over(text: str) -> bool:
    """“Thanks, Ada”, “Ada, do you want to go on?”: somebody else's turn."""
    return _HANDS_OVER.search(text.replace("’", "'")) is not None


def _first(text: str, words: int) -> str:
    return " ".join(text.lower().replace("’", "'").split()[:words])
