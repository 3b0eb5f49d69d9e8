"""The agent ``cuts``: which frames of the recording the renderer takes, for those who cut it elsewhere."""

import re
from fractions import Fraction

from agents.media.probe import open_media
from agents.types import ClipFrames, CutList, CutListRequest, FrameSpan, Report
from agents.video_compiler.source import measure
from agents.video_compiler.timing import AUDIO_RATE_HZ, make_cut

TIMECODE = re.compile(r"\d\d:[0-5]\d:[0-5]\d[:;.]\d\d")


def run(request: CutListRequest, report: Report) -> CutList:
    """Put every clip on the grid of frames that it is rendered on. Raises UnsupportedMedia or InvalidRequest."""
    report(0.0, "Reading the recording's streams")
    source = measure(request.media)
    rate = source.frame_rate or Fraction(AUDIO_RATE_HZ)
    clips = []
    for clip in request.clips:
        cut = make_cut(clip.keep, rate, first_frame_s=source.first_frame_s, duration_s=source.duration_s)
        clips.append(ClipFrames(clip.rank, tuple(FrameSpan(kept.start, kept.end) for kept in cut.ranges)))
    report(1.0, "Cuts listed")
    return CutList(
        (rate.numerator, rate.denominator),
        _timecode(request.media),
        source.video is not None,
        source.audio.channels if source.audio else 0,
        tuple(clips),
    )


def _timecode(media: str) -> str | None:
    """What cameras and editors write into the container, its video stream or a timecode track."""
    with open_media(media) as container:
        said = [container.metadata.get("timecode"), *(each.metadata.get("timecode") for each in container.streams)]
    return next((text for text in said if text and TIMECODE.fullmatch(text)), None)
