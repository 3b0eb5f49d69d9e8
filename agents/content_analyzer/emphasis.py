"""Emphasis in the voice: what is said louder than its surroundings, or slowly between pauses, is meant to be heard.

Pitch is not looked at: no library that is here already tracks it, and one for a weight this small is not worth it.
"""

from collections.abc import Sequence
from statistics import median

from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.voice_level import loudness_of_voice
from agents.types import Loudness

SLOW_FROM, SLOW_TO = 0.5, 0.8
"""Share of the lecture's median words per second. Slower still is writing on the board or searching for words."""
SET_OFF_S = 0.4
MIN_WORDS = 5
HALF_AS_LOUD = 0.5
"""Of what loudness alone needs: enough for a sentence that is slow after a pause as well."""
_LEAST_S = 0.3


def emphasised(sentences: Sequence[SentenceSpan], loudness: Loudness | None = None) -> list[bool]:
    """For each sentence, whether it is said louder than those around it, or slowly between two pauses.

    Somewhat louder and slow after a pause is enough, too. Needs times that come from the sound; without ``loudness``
    they alone decide.
    """
    rates = [s.length_words / max(s.end_s - s.start_s, _LEAST_S) for s in sentences]
    usual = median([r for r, s in zip(rates, sentences, strict=True) if s.length_words >= MIN_WORDS] or [1.0])
    louder = loudness_of_voice(sentences, loudness) if loudness is not None else [0.0] * len(sentences)
    found = []
    for i, sentence in enumerate(sentences):
        before_s = sentence.start_s - sentences[i - 1].end_s if i else SET_OFF_S
        after_s = sentences[i + 1].start_s - sentence.end_s if i + 1 < len(sentences) else SET_OFF_S
        slow = SLOW_FROM <= rates[i] / usual <= SLOW_TO and before_s >= SET_OFF_S
        told = louder[i] >= 1 or (slow and (after_s >= SET_OFF_S or louder[i] >= HALF_AS_LOUD))
        found.append(told and sentence.length_words >= MIN_WORDS)
    return found
