"""How well a clip may start or end with a block: does it stand alone, has it said its thing?"""

import re

from agents.segment_extractor.lecture import Lecture
from agents.types import Sentence

TOPIC_EDGE_S = 1.0
LONG_PAUSE_S = 1.0
_LEANING_WORDS = """
    because which who whose that's it it's they these those this he she to of is are was has doesn't
    don't than with into"""
_LINKS = frozenset(("and", "or", "but"))
_LEANING = frozenset(_LEANING_WORDS.split())
"""English first words that lean on the sentence before."""
_UNFINISHED = re.compile(
    r"\b(?:and|or|but|then|because|if|when|which|who|the|an?|to|of|with|for|from|into|my|our|your|their|is|are|was|that)"
    r"(?: (?:it|we|you|i|they|he|she|this|that|the|an?|is|then))?[.,…]*$",
    re.IGNORECASE,
)
"""Recognisers put a full stop at every pause; a sentence that ends like this has not ended."""


def opening_worth(lecture: Lecture, first: int) -> float:
    """0..1: a clip that starts with a topic or a slide needs no introduction; one that leans on the past does.

    ``first`` is the number of the block that the clip starts with.
    """
    block = lecture.blocks[first]
    if not block.opens or block.sentences[0] >= len(lecture.sentences):
        return 0.1
    sentence = lecture.sentences[block.sentences[0]]
    value = 0.6
    if lecture.topic_starts_near(block.start_s, TOPIC_EDGE_S):
        value = 1.0
    elif lecture.slide_change_near(block.start_s) is not None:
        value = 0.9
    elif first and block.start_s - lecture.blocks[first - 1].end_s >= LONG_PAUSE_S:
        value = 0.75
    value -= _leaning(sentence)
    if block.sentences[0] and unfinished(lecture.sentences[block.sentences[0] - 1]):
        value -= 0.4
    if "housekeeping" in sentence.reasons or len(sentence.text.split()) < 3:
        value -= 0.4
    return max(value, 0.0)


def closing_worth(lecture: Lecture, last: int) -> float:
    """0..1: a clip that ends with a topic or before a pause has said its thing; a question has not.

    ``last`` is the number of the block *after* the clip.
    """
    block = lecture.blocks[last - 1]
    if not block.closes or block.sentences[1] <= block.sentences[0]:
        return 0.1
    sentence = lecture.sentences[block.sentences[1] - 1]
    value = 0.6
    if last == len(lecture.blocks) or lecture.topic_starts_near(lecture.blocks[last].start_s, TOPIC_EDGE_S):
        value = 1.0
    elif lecture.slide_change_near(lecture.blocks[last].start_s) is not None:
        value = 0.9
    elif lecture.blocks[last].start_s - block.end_s >= LONG_PAUSE_S:
        value = 0.75
    if "question" in sentence.reasons or unfinished(sentence):
        value -= 0.4
    if "opens_topic" in sentence.reasons or lecture.topic_starts_near(sentence.start_s, TOPIC_EDGE_S):
        value -= 0.5  # it announces what the clip no longer shows
    words = len(sentence.text.split())
    if "housekeeping" in sentence.reasons or words < 5 or (words < 10 and "enumeration" in sentence.reasons):
        value -= 0.2
    return max(value, 0.0)


def unfinished(sentence: Sentence) -> bool:
    """Does the sentence stop in the middle, whatever its punctuation says?"""
    return _UNFINISHED.search(sentence.text.rstrip()) is not None


def _leaning(sentence: Sentence) -> float:
    """0..0.4: an “and” is a habit of speech, an “it” or a missing subject is a gap."""
    words = sentence.text.lower().replace("’", "'").split(maxsplit=1)
    if not words:
        return 0.0
    first = words[0].strip(",.")
    return 0.15 if first in _LINKS else 0.4 if first in _LEANING or sentence.text[:1].islower() else 0.0
