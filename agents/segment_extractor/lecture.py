"""The lecture as the extractor sees it: blocks with their worth, topics, words and slides, looked up quickly."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.segment_extractor.cuts import CutTime
from agents.segment_extractor.dependence import Dependence, dependence, has_ended, says_nothing, unfinished
from agents.segment_extractor.passages import Block
from agents.segment_extractor.words import mentions, stems, word_count
from agents.types import LayoutTimeline, Sentence, SlideChange, Topic
from agents.types.editing import MeaningfulPause, PlannedCut

_SCREENS = ("slides", "picture_in_picture", "side_by_side", "board")
_COMMON_SHARE = 0.2
_RECURRING = 3
CONTEXT_S = 30.0
"""How far a clip's start is moved back for what its first sentence leans on."""


@dataclass(frozen=True)
class Lecture:
    """All inputs of the search, in time order. ``topics`` are the finest, ``chapters`` the widest.

    ``cuts`` are what clips lose, ``pauses`` what they keep of silences. ``quotable``: the words are English and no
    recogniser's draft, so that a sentence may serve as a title.
    """

    blocks: Sequence[Block]
    sentences: Sequence[Sentence]
    chapters: Sequence[Topic]
    topics: Sequence[Topic]
    slide_changes: Sequence[SlideChange]
    layout: LayoutTimeline | None
    cuts: Sequence[PlannedCut]
    pauses: Sequence[MeaningfulPause]
    focus: str | None
    english: bool = False
    quotable: bool = False

    @cached_property
    def words(self) -> list[int]:
        """Of each sentence."""
        return [word_count(s.text) for s in self.sentences]

    @cached_property
    def cut_time(self) -> CutTime:
        return CutTime(self.cuts)

    def cuts_from(self, time_s: float) -> Sequence[PlannedCut]:
        """The cuts that end after ``time_s``."""
        return self.cuts[bisect_right(self.cuts, time_s, key=lambda c: c.end_s) :]

    @cached_property
    def stems(self) -> list[Counter[str]]:
        """The longer words of each sentence, shortened to their beginnings."""
        return [Counter(stems(s.text)) for s in self.sentences]

    @cached_property
    def terms(self) -> list[Counter[str]]:
        """The telling words of each sentence: those that not every fifth sentence has."""
        spread = Counter(t for row in self.stems for t in row)
        limit = max(5.0, _COMMON_SHARE * len(self.stems))
        return [Counter({t: n for t, n in row.items() if spread[t] <= limit}) for row in self.stems]

    @cached_property
    def rarity(self) -> dict[str, float]:
        """Inverse sentence frequency of each term."""
        spread = Counter(t for row in self.terms for t in row)
        return {t: math.log(1 + len(self.sentences) / n) for t, n in spread.items()}

    @cached_property
    def introductions(self) -> list[float]:
        """Of each sentence: how much of what the lecture keeps coming back to is named in it for the first time."""
        spread = Counter(t for row in self.terms for t in row)
        known: set[str] = set()
        found = []
        for sentence, row in zip(self.sentences, self.terms, strict=True):
            new = [] if "housekeeping" in sentence.reasons else sorted(row.keys() - known)
            known.update(new)
            found.append(sum(math.log(spread[t]) for t in new if spread[t] >= _RECURRING))
        return found

    @cached_property
    def usual_introduction(self) -> float:
        """What ``introductions`` come to in a word, on the whole."""
        return sum(self.introductions) / max(sum(self.words), 1)

    @cached_property
    def dependences(self) -> list[Dependence | None]:
        """What each sentence leans on."""
        rows = zip([None, *self.sentences], self.sentences, strict=False)
        return [dependence(sentence, before, self.english) for before, sentence in rows]

    @cached_property
    def punctuated(self) -> bool:
        """Most sentences end with a mark, so that one without has not ended."""
        return 2 * sum(map(has_ended, self.sentences)) > len(self.sentences)

    def breaks_off(self, sentence: int) -> bool:
        """Does the sentence stop before its end?"""
        text = self.sentences[sentence]
        return (self.english and unfinished(text)) or (self.punctuated and not has_ended(text))

    def leans(self, block: int) -> Dependence | None:
        """What the block's first sentence leans on."""
        opening = self.blocks[block].sentences[0]
        return self.dependences[opening] if opening < len(self.sentences) else None

    def idle(self, block: int) -> bool:
        """Does the block open with a sound of assent?"""
        opening = self.blocks[block].sentences[0]
        return opening < len(self.sentences) and says_nothing(self.sentences[opening])

    @cached_property
    def anchors(self) -> list[int | None]:
        """For each block the last one, itself included, at which a clip with it can start and be understood.

        None where everything leans on what was said before for longer than ``CONTEXT_S``.
        """
        found: list[int | None] = []
        for number, block in enumerate(self.blocks):
            lean, before = self.leans(number), found[-1] if found else None
            stands = (lean is None or not lean.strong) and not self.idle(number)
            anchor = number if stands else before
            near = anchor is not None and block.start_s - self.blocks[anchor].start_s <= CONTEXT_S
            found.append(anchor if near else None)
        return found

    @cached_property
    def usual_rate(self) -> float:
        """Words in a second of speech, on the whole."""
        spoken_s = sum(b.end_s - b.start_s for b in self.blocks)
        return max(sum(self.words) / max(spoken_s, 1.0), 0.1)

    @cached_property
    def focus_hits(self) -> list[float] | None:
        """0..1 for each sentence: the share of the focus it mentions. None without a focus that anybody mentions."""
        hits = mentions(self.focus or "", [s.text for s in self.sentences])
        return hits if any(hits) else None

    @cached_property
    def focus_missed(self) -> bool:
        """Is there a focus, and no sentence that mentions it?"""
        return self.focus_hits is None and bool((self.focus or "").strip())

    @cached_property
    def _change_times(self) -> list[float]:
        return [c.time_s for c in self.slide_changes]

    def slide_change_near(self, time_s: float, before_s: float = 6.0, after_s: float = 2.0) -> float | None:
        """The time of the last slide change from ``before_s`` before ``time_s`` to ``after_s`` after it."""
        i = bisect_right(self._change_times, time_s + after_s) - 1
        return self._change_times[i] if i >= 0 and self._change_times[i] >= time_s - before_s else None

    def topic_shares(self, start_s: float, end_s: float, wide: bool = False) -> list[tuple[int, float]]:
        """Which topics (or chapters) ``[start_s, end_s)`` touches, and the share of it that each takes."""
        topics, starts = (self.chapters, self._chapter_starts) if wide else (self.topics, self._topic_starts)
        i = max(bisect_right(starts, start_s) - 1, 0)
        shares = []
        while i < len(topics) and topics[i].start_s < end_s:
            until_s = starts[i + 1] if i + 1 < len(starts) else math.inf
            overlap_s = min(until_s, end_s) - max(starts[i], start_s)
            if overlap_s > 0:
                shares.append((i, overlap_s / (end_s - start_s)))
            i += 1
        return shares

    @cached_property
    def _topic_starts(self) -> list[float]:
        return [t.start_s for t in self.topics]

    @cached_property
    def _chapter_starts(self) -> list[float]:
        return [t.start_s for t in self.chapters]

    @cached_property
    def topic_worth(self) -> list[float]:
        """0..1 for each topic: its importance beside the most important one's."""
        most = max((t.importance for t in self.topics), default=0.0)
        return [t.importance / most if most > 0 else 1.0 for t in self.topics]

    def topic_starts_near(self, time_s: float, tolerance_s: float = 1.0) -> Topic | None:
        """The topic that starts at ``time_s``."""
        i = bisect_left(self._topic_starts, time_s - tolerance_s)
        return self.topics[i] if i < len(self.topics) and self.topics[i].start_s <= time_s + tolerance_s else None

    def screen_share(self, start_s: float, end_s: float) -> float:
        """0..1: for how much of the time slides or a board can be seen."""
        spans = self.layout.spans if self.layout else ()
        seen_s = sum(max(0.0, min(s.end_s, end_s) - max(s.start_s, start_s)) for s in spans if s.layout in _SCREENS)
        return min(1.0, seen_s / max(end_s - start_s, 1e-9))
