"""Where the good-bye at a lecture's end begins."""

from collections.abc import Sequence

from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.transitions import closes_topic, says_farewell

FAREWELL_SHARE, FAREWELL_MIN_S, FAREWELL_MAX_S = 0.12, 60.0, 180.0
"""A farewell lies in the last 12 % of the speech, at least 60 s of it and at most 180 s."""
_GAP_S, _END_S = 20.0, 30.0


def farewell(sentences: Sequence[SentenceSpan], language: str = "en") -> int | None:
    """The sentence that opens the good-bye at the lecture's end. None without one.

    It takes two closing phrases, at most 20 s apart each, the last at most 30 s before the end. A mere “Alright.”
    before them belongs to them.
    """
    if not sentences:
        return None
    end_s = max(s.end_s for s in sentences)
    span_s = end_s - sentences[0].start_s
    from_s = end_s - min(max(FAREWELL_SHARE * span_s, FAREWELL_MIN_S), FAREWELL_MAX_S, 0.3 * span_s)
    late = [i for i, s in enumerate(sentences) if s.start_s >= from_s]
    said = [i for i in late if says_farewell(sentences[i].text, language) or closes_topic(sentences[i].text, language)]
    if len(said) < 2 or end_s - sentences[said[-1]].end_s > _END_S:
        return None
    opening = said[-1]
    for i in reversed(said[:-1]):
        if sentences[opening].start_s - sentences[i].end_s > _GAP_S:
            break
        opening = i
    while opening - 1 >= max(late[0], 1) and sentences[opening - 1].words <= 3:
        opening -= 1
    return opening or None
