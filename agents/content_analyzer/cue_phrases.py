"""Phrases by which lecturers mark what is worth keeping, what is housekeeping, and what they ask."""

from agents.content_analyzer.phrasebooks import PHRASEBOOKS, CuePhrase

_MARKS = (".", "!", "…", "。", "！", "।", "۔")


def cues_in(text: str, language: str = "en") -> list[CuePhrase]:
    """The cue phrases that occur in ``text``, strongest first. None in a language without a phrasebook."""
    book = PHRASEBOOKS.get(language)
    lowered = _plain(text)
    return sorted((c for c in book.cues if c.pattern.search(lowered)), key=lambda c: -c.weight) if book else []


def is_housekeeping(text: str, language: str = "en") -> bool:
    book = PHRASEBOOKS.get(language)
    return book is not None and book.housekeeping.search(_plain(text)) is not None


def is_question(text: str, language: str = "en") -> bool:
    """A real question, not a tag such as “okay?” or “right?”. Without any mark at its end, its first words tell."""
    stripped = text.rstrip("\"'”’») ")
    if len(text.split()) < 4 and not (len(text) >= 12 and " " not in text):
        return False
    if stripped.endswith(("?", "？", "؟")):
        return True
    book = PHRASEBOOKS.get(language)
    return book is not None and not stripped.endswith(_MARKS) and book.asks.search(_plain(text)) is not None


def _plain(text: str) -> str:
    return text.lower().replace("’", "'").strip()
