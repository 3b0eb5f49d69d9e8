"""Where words are, and the ranges that a clip keeps between its cuts."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from agents.segment_extractor.pauses import MIN_CUT_S, MIN_KEEP_S
from agents.types import Segment, TimeRange
from agents.types.editing import PlannedCut

WORD_MARGIN_S = 0.1


def protected(
    cues: Iterable[Segment], gone: Iterable[TimeRange] = (), margin_s: float = WORD_MARGIN_S
) -> list[TimeRange]:
    """Where words are, with a margin, merged and in order. A cue without word times is all words.

    The transcript's words win over the silence detector: a whispered word is not silence. Words in ``gone`` are
    cut out anyway.
    """
    left_out = {(w.start_s, w.end_s) for w in gone}
    spoken = sorted(
        (start_s - margin_s, end_s + margin_s)
        for cue in cues
        for start_s, end_s in ([(w.start_s, w.end_s) for w in cue.words] or [(cue.start_s, cue.end_s)])
        if (start_s, end_s) not in left_out
    )
    merged: list[TimeRange] = []
    for start_s, end_s in spoken:
        if merged and start_s <= merged[-1].end_s:
            merged[-1] = TimeRange(merged[-1].start_s, max(merged[-1].end_s, end_s))
        else:
            merged.append(TimeRange(start_s, end_s))
    return merged


def kept(start_s: float, end_s: float, cuts: Sequence[PlannedCut]) -> tuple[TimeRange, ...]:
    """``[start_s, end_s)`` without ``cuts`` (in order, disjoint): each range at least ``MIN_KEEP_S`` long.

    The first range starts at ``start_s`` and the last ends at ``end_s``. A silence that would leave a splinter is cut
    shorter, or not at all; a word is cut out whole or not at all. Ranges and the gaps between them are longer than a
    frame of any picture that is rendered, so that none is lost when they are put on frames.
    """
    bounds = [start_s]
    first = bisect_right(cuts, start_s, key=lambda c: c.end_s)
    for cut in cuts[first : bisect_left(cuts, end_s, key=lambda c: c.start_s)]:
        begin_s, until_s = max(cut.start_s, bounds[-1] + MIN_KEEP_S), min(cut.end_s, end_s - MIN_KEEP_S)
        if cut.kind == "silence":
            fits = until_s - begin_s >= MIN_CUT_S
        else:
            fits = (begin_s, until_s) == (cut.start_s, cut.end_s)
        if fits:
            bounds += [begin_s, until_s]
    bounds.append(end_s)
    return tuple(TimeRange(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True))


class CutTime:
    """How much of any range the cuts take, in logarithmic time."""

    def __init__(self, cuts: Sequence[PlannedCut]) -> None:
        self._cuts = cuts
        self._starts = [c.start_s for c in cuts]
        self._total = [0.0]
        for cut in cuts:
            self._total.append(self._total[-1] + cut.end_s - cut.start_s)

    def before(self, time_s: float) -> float:
        """Seconds cut before ``time_s``."""
        i = bisect_right(self._starts, time_s)
        over_s = max(0.0, self._cuts[i - 1].end_s - time_s) if i else 0.0
        return self._total[i] - over_s

    def between(self, start_s: float, end_s: float) -> float:
        return self.before(end_s) - self.before(start_s)


def ordered(ranges: Iterable[TimeRange], duration_s: float) -> list[TimeRange]:
    """Sorted, merged, within the media: silence detectors and people send them in any order."""
    out: list[TimeRange] = []
    for item in sorted(ranges, key=lambda r: (r.start_s, r.end_s)):
        start_s, end_s = max(item.start_s, 0.0), min(item.end_s, duration_s)
        if out and start_s <= out[-1].end_s:
            out[-1] = TimeRange(out[-1].start_s, max(out[-1].end_s, end_s))
        elif end_s > start_s:
            out.append(TimeRange(start_s, end_s))
    assert all(a.end_s < b.start_s for a, b in pairwise(out))
    return out
