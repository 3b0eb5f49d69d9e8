"""Where long sound may be cut: in a pause where one is within reach, else twice, so that no word is cut in two."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agents.transcript_agent.lead_in import LevelTrack
from agents.types import TimeRange

REACH_S = 150.0
LONG_PAUSE_S = 1.5
MARGIN_S = LONG_PAUSE_S / 2
OVERLAP_S = 10.0


@dataclass(frozen=True)
class Pauses:
    """``levels[0]`` are the pauses; each further level has a threshold 3 dB higher, for cuts where there is none.

    The sound that is asked for is ``[start_s, duration_s)`` of the recording. Pauses are in order. Decoding began at
    ``from_s``, and ``track`` has the levels from there on.
    """

    levels: tuple[tuple[TimeRange, ...], ...]
    duration_s: float
    start_s: float = 0.0
    threshold_dbfs: float | None = None
    from_s: float = 0.0
    track: LevelTrack = field(default_factory=LevelTrack)


@dataclass(frozen=True)
class Seam:
    """Where two pieces meet. Both hold ``[time_s - overlap_s / 2, time_s + overlap_s / 2)``."""

    time_s: float
    overlap_s: float = 0.0


def cut(pauses: Pauses, *, target_s: float) -> list[Seam]:
    """Seams in order, about ``target_s`` apart; what is left at the end is at most half as long again.

    Within reach (2.5 min, or half of ``target_s``) a long pause near the target is best. Where nobody pauses, the
    quietest place is taken, with an overlap: that it is quiet does not prove that no word is there.
    """
    seams: list[Seam] = []
    start_s = pauses.start_s
    while pauses.duration_s - start_s > 1.5 * target_s:
        seams.append(_seam_near(pauses.levels, start_s + target_s, min(target_s / 2, REACH_S)))
        start_s = seams[-1].time_s
    return seams


def evenly(pauses: Pauses, *, parts: int) -> list[Seam]:
    """At most ``parts - 1`` seams that leave pieces of about the same length."""
    length_s = pauses.duration_s - pauses.start_s
    target_s = length_s / parts
    reach_s = min(target_s / 3, REACH_S)
    return [_seam_near(pauses.levels, pauses.start_s + number * target_s, reach_s) for number in range(1, parts)]


def pieces_between(seams: Sequence[Seam], pauses: Pauses) -> list[TimeRange]:
    """What the seams leave of the sound, in order; pieces at a seam with an overlap hold some seconds twice."""
    if pauses.duration_s <= pauses.start_s:
        return []
    edges = [Seam(pauses.start_s), *seams, Seam(pauses.duration_s)]
    return [
        TimeRange(
            max(before.time_s - before.overlap_s / 2, pauses.start_s),
            min(after.time_s + after.overlap_s / 2, pauses.duration_s),
        )
        for before, after in pairwise(edges)
    ]


def _seam_near(levels: Sequence[Sequence[TimeRange]], wanted_s: float, reach_s: float) -> Seam:
    for level, pauses in enumerate(levels):
        near = _overlapping(pauses, wanted_s - reach_s, wanted_s + reach_s)
        if near:
            best = max(near, key=lambda pause: _worth(pause, wanted_s, reach_s))
            return Seam(round(_cut_in(best, wanted_s), 2), 0.0 if level == 0 else min(OVERLAP_S, reach_s))
    return Seam(round(wanted_s, 2), min(OVERLAP_S, reach_s))


def _overlapping(pauses: Sequence[TimeRange], low_s: float, high_s: float) -> list[TimeRange]:
    first = bisect_left(pauses, low_s, key=lambda pause: pause.end_s)
    end = bisect_left(pauses, high_s, lo=first, key=lambda pause: pause.start_s)
    return [pause for pause in pauses[first:end] if low_s <= _cut_in(pause, (low_s + high_s) / 2) <= high_s]


def _cut_in(pause: TimeRange, wanted_s: float) -> float:
    """Where a pause is cut: near the wanted time, but away from the words on both sides."""
    margin_s = min(MARGIN_S, pause.duration_s / 2)
    return min(max(wanted_s, pause.start_s + margin_s), pause.end_s - margin_s)


def _worth(pause: TimeRange, wanted_s: float, reach_s: float) -> float:
    length = min(pause.duration_s, LONG_PAUSE_S) / LONG_PAUSE_S
    return length - abs(_cut_in(pause, wanted_s) - wanted_s) / reach_s
