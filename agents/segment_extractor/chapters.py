"""The topics of an analysis, as the search relies on them: whoever found them, they may overlap or lead nowhere."""

from collections.abc import Iterable
from dataclasses import replace

from agents.types import Topic

_SHORTEST_S = 1.0


def disjoint(topics: Iterable[Topic], duration_s: float) -> list[Topic]:
    """In time order, within the recording, each at least a second long; one that runs into the next ends there."""
    out: list[Topic] = []
    for topic in sorted(topics, key=lambda t: (t.start_s, -t.end_s)):
        start_s, end_s = max(topic.start_s, 0.0), min(topic.end_s, duration_s)
        if end_s - start_s < _SHORTEST_S or (out and start_s - out[-1].start_s < _SHORTEST_S):
            continue
        if out and start_s < out[-1].end_s:
            out[-1] = replace(out[-1], end_s=start_s)
        out.append(replace(topic, start_s=start_s, end_s=end_s, importance=min(max(topic.importance, 0.0), 1.0)))
    return out


def finest(topics: Iterable[Topic]) -> Iterable[Topic]:
    """Those that have no parts, however deep they are."""
    for topic in topics:
        if topic.subtopics:
            yield from finest(topic.subtopics)
        else:
            yield topic
