"""Everything an export is written from."""

from dataclasses import dataclass
from fractions import Fraction

from agents.types import CutList, FrameSpan, LayoutTimeline, PlannedClip, TimeRange, Topic


@dataclass(frozen=True)
class Edit:
    """``source`` is the recording's file name. ``clips`` are in the order of their rank, ``topics`` in that of time.

    ``silences`` and ``layout`` are None where nobody looked for them.
    """

    source: str
    duration_s: float
    cuts: CutList
    clips: tuple[PlannedClip, ...] = ()
    topics: tuple[Topic, ...] = ()
    silences: tuple[TimeRange, ...] | None = None
    layout: LayoutTimeline | None = None

    @property
    def rate(self) -> Fraction:
        return Fraction(*self.cuts.rate)

    @property
    def stem(self) -> str:
        return self.source.rpartition(".")[0] or self.source

    @property
    def frames(self) -> int:
        """Length of the recording in frames; every cut lies within."""
        last = max((span.end for clip in self.cuts.clips for span in clip.ranges), default=0)
        return max(round(self.duration_s * self.rate), last, 1)

    def ranges_of(self, clip: PlannedClip) -> tuple[FrameSpan, ...]:
        return next(each.ranges for each in self.cuts.clips if each.rank == clip.rank)
