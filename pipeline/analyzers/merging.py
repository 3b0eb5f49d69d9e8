"""Joins what the model found and what the local analysis found into one: the local fills whatever is missing."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from agents.types import Analysis, Sentence, Topic
from pipeline.analyzers.grounding import Grounded, GroundedTopic
from pipeline.analyzers.said import bare
from pipeline.analyzers.windows import Window

Found = Sequence[tuple[Window, Grounded | None]]
"""Every window of the transcript; None where the model gave nothing usable."""
UNCHOSEN = 0.8
"""A sentence that the model saw and did not choose keeps this much of its local importance."""
SHORTEST_TOPIC_S = 20.0
LATE_START_SENTENCES = 3
LONGEST_SUMMARY_CHARS = 900


def merge(local: Analysis, found: Found, backend: str) -> Analysis:
    """An analysis with the local one's sentences, times and shape. ``found`` is not empty."""
    sentences = _sentences(local.sentences, found)
    summary = _summary(found) or local.summary
    return replace(
        local, summary=summary, topics=tuple(_Topics(local, found).all()), sentences=sentences, backend=backend
    )


def _sentences(sentences: tuple[Sentence, ...], found: Found) -> tuple[Sentence, ...]:
    merged = list(sentences)
    for window, grounded in found:
        if grounded is None:
            continue
        for i in range(window.core_begin, window.core_end):
            old = merged[i]
            if i not in grounded.keys:
                merged[i] = replace(old, importance=round(old.importance * UNCHOSEN, 4))
                continue
            importance, reason = grounded.keys[i]
            told = (reason,) if reason and reason not in old.reasons else ()
            merged[i] = replace(old, importance=max(old.importance, importance), reasons=(*old.reasons, *told))
    return tuple(merged)


def _summary(found: Found) -> str:
    """The first statement of each window, then the second of each, while there is room; in the lecture's order."""
    columns = zip_longest(*(grounded.statements for _, grounded in found if grounded))
    chosen: dict[str, tuple[int, str]] = {}
    size = 0
    for number, text in (s for column in columns for s in column if s):
        if bare(text) not in chosen and size + len(text) < LONGEST_SUMMARY_CHARS:
            chosen[bare(text)] = number, text
            size += len(text) + 1
    return " ".join(text for _, text in sorted(chosen.values()))


class _Topics:
    def __init__(self, local: Analysis, found: Found) -> None:
        self._sentences = local.sentences
        self._starts = [s.start_s for s in local.sentences]
        self._coarse = {self._index(t): t for t in local.topics}
        self._fine = {self._index(t): t for topic in local.topics for t in (topic.subtopics or (topic,))}
        self._found = found

    def all(self) -> Iterator[Topic]:
        """Topics in order that cover every sentence."""
        begun = self._spaced(self._beginnings())
        ends = [*list(begun)[1:], len(self._sentences)]
        for (begin, topic), end in zip(begun.items(), ends, strict=True):
            yield self._topic(begin, end, topic)

    def _index(self, topic: Topic) -> int:
        return bisect_left(self._starts, topic.start_s)

    def _beginnings(self) -> dict[int, GroundedTopic | None]:
        """Where topics begin: by the model where it named any, else as the local analysis has it (None)."""
        begun: dict[int, GroundedTopic | None] = {}
        for window, grounded in self._found:
            if grounded is not None and grounded.topics:
                begun |= {t.first: t for t in grounded.topics}
            else:
                begun |= {i: None for i in self._coarse if window.core_begin <= i < window.core_end}
        earliest = min(begun, default=0)
        if earliest:  # the first topic begins with the lecture, whether or not that was said
            begun[0] = begun.pop(earliest) if earliest <= LATE_START_SENTENCES else None
        return dict(sorted(begun.items())) or {0: None}

    def _spaced(self, begun: dict[int, GroundedTopic | None]) -> dict[int, GroundedTopic | None]:
        """Without topics that end as soon as they begin."""
        kept: dict[int, GroundedTopic | None] = {}
        for begin, topic in begun.items():
            if not kept or self._starts[begin] - self._starts[next(reversed(kept))] >= SHORTEST_TOPIC_S:
                kept[begin] = topic
        return kept

    def _topic(self, begin: int, end: int, named: GroundedTopic | None) -> Topic:
        own = self._local(begin, self._coarse)
        title = (named.title if named else "") or own.title
        keywords = (named.keywords if named else ()) or own.keywords
        importance = named.importance if named else own.importance
        start_s, end_s = self._span(begin, end)
        parts = sorted({begin, *(i for i in self._fine if begin < i < end)})
        subtopics = tuple(self._part(a, b) for a, b in pairwise([*parts, end])) if len(parts) > 1 else ()
        return Topic(start_s, end_s, title, keywords, importance, subtopics)

    def _part(self, begin: int, end: int) -> Topic:
        start_s, end_s = self._span(begin, end)
        return replace(self._local(begin, self._fine), start_s=start_s, end_s=end_s, subtopics=())

    def _local(self, begin: int, topics: dict[int, Topic]) -> Topic:
        """The local topic that the sentence is in."""
        return topics[max((i for i in topics if i <= begin), default=min(topics))]

    def _span(self, begin: int, end: int) -> tuple[float, float]:
        end_s = max(s.end_s for s in self._sentences[begin:end])
        return self._starts[begin], min(end_s, self._starts[end]) if end < len(self._starts) else end_s
