"""Which language is spoken: asked of the model in windows all over the recording, and put to the vote.

The first half minute, which is what a model is asked by default, is often music, a greeting in another language, or
somebody else.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from agents.media.audio import Samples, pcm_chunks
from agents.media.voice import speech_in

WINDOW_S = 30.0
VOTERS = 5
LEAST_SPEECH_S = 3.0


def window_starts(duration_s: float) -> list[float]:
    """Starts of up to five windows of 30 s, spread evenly and inside the recording.

    >>> window_starts(20.0), window_starts(600.0)
    ([0.0], [45.0, 165.0, 285.0, 405.0, 525.0])
    """
    count = min(max(int(duration_s // WINDOW_S), 1), VOTERS)
    share_s = duration_s / count
    return [max((index + 0.5) * share_s - WINDOW_S / 2, 0.0) for index in range(count)]


def listening_windows(media: str | Path, duration_s: float) -> Iterator[Samples]:
    """Samples of the windows in which somebody speaks for three seconds or more: 16 kHz, mono."""
    for start_s in window_starts(duration_s):
        chunks = list(pcm_chunks(media, chunk_s=WINDOW_S, start_s=start_s, duration_s=WINDOW_S))
        samples = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
        if sum(each.duration_s for each in speech_in(samples)) >= min(LEAST_SPEECH_S, duration_s / 2):
            yield samples


def elected(votes: Sequence[Mapping[str, float]]) -> tuple[str | None, float | None]:
    """The language with the most probability over all windows, and its mean; None, None without votes.

    >>> elected([{"en": 0.9, "de": 0.1}, {"de": 0.6, "en": 0.3}, {"en": 0.6}])
    ('en', 0.6)
    """
    total: dict[str, float] = {}
    for vote in votes:
        for language, probability in vote.items():
            total[language] = total.get(language, 0.0) + probability
    if not total:
        return None, None
    language = max(sorted(total), key=lambda each: total[each])
    return language, round(min(total[language] / len(votes), 1.0), 4)
