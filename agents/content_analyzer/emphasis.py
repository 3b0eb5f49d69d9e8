"""Emphasis in the voice, as far as times tell: what is said slowly and set off by pauses is meant to be heard."""

from collections.abc import Sequence
from statistics import median

from agents.content_analyzer.sentences import SentenceSpan

SLOW_FROM, SLOW_TO = 0.5, 0.8
"""Share of the lecture's median words per second. Slower still is writing on the board or searching for words."""
SET_OFF_S = 0.4
MIN_WORDS = 5
_LEAST_S = 0.3


def emphasised(sentences: Sequence[SentenceSpan]) -> list[bool]:
    """For each sentence, whether it is said slowly between two pauses. Needs times that come from the sound."""
    rates = [s.length_words / max(s.end_s - s.start_s, _LEAST_S) for s in sentences]
    usual = median([r for r, s in zip(rates, sentences, strict=True) if s.length_words >= MIN_WORDS] or [1.0])
    found = []
    for i, sentence in enumerate(sentences):
        before_s = sentence.start_s - sentences[i - 1].end_s if i else SET_OFF_S
        after_s = sentences[i + 1].start_s - sentence.end_s if i + 1 < len(sentences) else SET_OFF_S
        slow = SLOW_FROM <= rates[i] / usual <= SLOW_TO
        found.append(slow and min(before_s, after_s) >= SET_OFF_S and sentence.length_words >= MIN_WORDS)
    return found
