"""Where a clip may start and end: blocks of caption cues that no cue and no sentence straddles."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.types import Segment, Sentence, TimeRange

BREATH_S = 0.25
"""Room left before the first and after the last word, where the gap between the cues has it."""
REACH_S = 1.0
"""Sloppy cue times: speech found up to this far outside a cue still belongs to it."""
_FRAME_S = 0.04
_TOLERANCE_S = 0.05
_EXACT_S = 1e-6


@dataclass(frozen=True)
class Block:
    """Cues that stay together.

    A clip is a run of blocks, from ``clip_start_s`` of the first to ``clip_end_s`` of the last.
    ``sentences`` is the half-open range of the sentences that start in the block. ``opens`` and ``closes`` tell
    whether a sentence begins and ends with it (false only in a passage that has no better boundary).
    """

    start_s: float
    end_s: float
    clip_start_s: float
    clip_end_s: float
    sentences: tuple[int, int]
    opens: bool = True
    closes: bool = True


@dataclass(frozen=True)
class _Joint:
    """A place between two cues: after time ``left_s``, before cue ``cue`` that starts at ``right_s``."""

    cue: int
    left_s: float
    right_s: float
    whole: bool
    apart: bool


def build_blocks(
    cues: Sequence[Segment],
    sentences: Sequence[Sentence],
    silences: Sequence[TimeRange],
    duration_s: float,
    max_clip_s: float,
    *,
    turns_s: Sequence[float] = (),
) -> list[Block]:
    """Blocks in time order, from cues and sentences in time order.

    ``turns_s`` are the times, in order, at which the picture becomes another: no breath reaches over one, which would
    show the picture before or after for some frames.

    Every joint between blocks lies in no cue and in no sentence. Only a stretch longer than half of ``max_clip_s``
    without such a joint is also divided inside a sentence, and only one longer than ``max_clip_s`` between cues that
    overlap (captions that roll, people who talk at once).
    """
    if not cues:
        return []
    joints = list(_joints(cues, sentences))
    chosen = [j for j in joints if j.whole and j.apart]
    ends_s = max(c.end_s for c in cues)
    chosen = _filled(chosen, [j for j in joints if j.apart and not j.whole], cues[0].start_s, ends_s, max_clip_s / 2)
    chosen = _filled(chosen, [j for j in joints if not j.apart], cues[0].start_s, ends_s, max_clip_s)
    starts = [s.start_s for s in sentences]
    blocks = []
    edges = [_Joint(0, 0.0, cues[0].start_s, True, True), *chosen, _Joint(len(cues), ends_s, duration_s, True, True)]
    for opening, closing in pairwise(edges):
        start_s, end_s = opening.right_s, max(closing.left_s, opening.right_s)
        # A sentence may start a little before its cue does; it belongs to the block all the same.
        first = bisect_left(starts, start_s - _TOLERANCE_S) if opening.cue else 0
        last = bisect_left(starts, closing.right_s - _TOLERANCE_S) if closing.cue < len(cues) else len(sentences)
        blocks.append(
            Block(
                start_s,
                min(end_s, duration_s),
                breath_before(start_s, min(opening.left_s, start_s), silences, turns_s),
                min(breath_after(end_s, max(closing.right_s, end_s), silences, turns_s), duration_s),
                (first, last),
                opening.whole,
                closing.whole,
            )
        )
    return blocks


def _joints(cues: Sequence[Segment], sentences: Sequence[Sentence]) -> Iterable[_Joint]:
    """Every place where a cue starts. ``whole``: no sentence goes on over it; ``apart``: no cue does."""
    reach_s = cues[0].end_s
    told_s, following = float("-inf"), 0
    for number, cue in enumerate(cues[1:], 1):
        while following < len(sentences) and sentences[following].start_s < cue.start_s - _TOLERANCE_S:
            told_s = max(told_s, sentences[following].end_s)
            following += 1
        apart = cue.start_s >= reach_s - _EXACT_S
        left_s = min(reach_s, cue.start_s)
        yield _Joint(number, left_s, cue.start_s, told_s <= cue.start_s + _TOLERANCE_S, apart)
        reach_s = max(reach_s, cue.end_s)


def _filled(
    chosen: Sequence[_Joint], spare: Sequence[_Joint], start_s: float, end_s: float, limit_s: float
) -> list[_Joint]:
    """``chosen``, and the spare joints inside each stretch that is longer than ``limit_s``."""
    out: list[_Joint] = []
    times = [j.right_s for j in spare]
    before_s = start_s
    for joint in [*chosen, None]:
        until_s = joint.left_s if joint else end_s
        if until_s - before_s > limit_s:
            low, high = bisect_right(times, before_s), bisect_left(times, until_s)
            out += spare[low:high]
        if joint:
            out.append(joint)
            before_s = joint.right_s
    return out


def breath_before(
    start_s: float, floor_s: float, silences: Sequence[TimeRange], turns_s: Sequence[float] = ()
) -> float:
    """The clip's start for a cue that starts at ``start_s``, never before ``floor_s``, where the cue before ends."""
    early_s, spoken_s = max(start_s - BREATH_S, (start_s + floor_s) / 2), start_s
    i = bisect_right(silences, start_s, key=lambda s: s.end_s) - 1
    if i >= 0 and start_s - REACH_S <= silences[i].end_s:
        spoken_s = min(start_s, max(silences[i].end_s, floor_s))
        early_s = min(early_s, max(silences[i].end_s - BREATH_S / 2, floor_s))
    turn = bisect_right(turns_s, spoken_s + _FRAME_S) - 1
    if turn >= 0 and turns_s[turn] > early_s:
        early_s = min(turns_s[turn], spoken_s)
    return _settled(max(early_s, floor_s, 0.0), floor_s, start_s)


def breath_after(end_s: float, ceiling_s: float, silences: Sequence[TimeRange], turns_s: Sequence[float] = ()) -> float:
    """The clip's end for a cue that ends at ``end_s``, never after ``ceiling_s``, where the next cue starts."""
    late_s, spoken_s = min(end_s + BREATH_S, (end_s + ceiling_s) / 2), end_s
    i = bisect_left(silences, end_s, key=lambda s: s.start_s)
    if i < len(silences) and silences[i].start_s <= end_s + REACH_S:
        spoken_s = max(end_s, min(silences[i].start_s, ceiling_s))
        late_s = max(late_s, min(silences[i].start_s + BREATH_S / 2, ceiling_s))
    turn = bisect_left(turns_s, spoken_s - _FRAME_S)
    if turn < len(turns_s) and turns_s[turn] < late_s:
        late_s = max(turns_s[turn], spoken_s)
    return _settled(min(late_s, ceiling_s), end_s, ceiling_s)


def _settled(time_s: float, low_s: float, high_s: float) -> float:
    """Whole milliseconds where they stay within bounds."""
    rounded = round(time_s, 3)
    return rounded if low_s <= rounded <= high_s else time_s
