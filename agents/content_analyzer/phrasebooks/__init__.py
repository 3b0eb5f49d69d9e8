"""Phrases by which lecturers open and close topics and mark what is worth keeping, by language."""

from agents.content_analyzer.phrasebooks import english, french, german, spanish
from agents.content_analyzer.phrasebooks.model import CuePhrase, Phrasebook

__all__ = ["PHRASEBOOKS", "CuePhrase", "Phrasebook"]

PHRASEBOOKS: dict[str, Phrasebook] = {
    "en": english.PHRASES,
    "de": german.PHRASES,
    "fr": french.PHRASES,
    "es": spanish.PHRASES,
}
"""By ISO 639-1 code. In other languages words, pauses and slides decide."""
