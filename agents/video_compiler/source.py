"""Measure: what the compiler must know of a recording before it can write a filter graph."""

import math
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError

from agents.media.probe import main_streams, open_media
from agents.types import AudioStream, VideoStream
from agents.video_compiler.timing import choose_frame_rate

PQ, HLG = 16, 18  # ITU-T H.273 transfer characteristics
UNSPECIFIED = 2
BT2020_NCL = 9
FULL_RANGE = 2  # AVCOL_RANGE_JPEG
NO_TIMESTAMPS = 0x80  # AVFMT_NOTIMESTAMPS
PROGRESSIVE = (0, 1)  # AV_FIELD_UNKNOWN, AV_FIELD_PROGRESSIVE
PREROLL_S = 1.0  # pictures just after a keyframe may need ones before it


@dataclass(frozen=True)
class Colour:
    """Code points of ITU-T H.273 as the stream declares them; 2 is "not said"."""

    matrix: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    primaries: int = UNSPECIFIED
    full_range: bool = False
    rgb: bool = False

    @property
    def is_hdr(self) -> bool:
        return self.transfer in (PQ, HLG)


@dataclass(frozen=True)
class Source:
    """``frame_rate`` is the clip's, in frames a second. Times are seconds of the source's timeline.

    A bare elementary stream has no timestamps to seek by: it is not ``seekable``.
    ``first_frame_s`` is when the video stream begins, ``video_end_s`` and ``duration_s`` when the video stream
    and the file end, where the container says so. Whoever seeks to ``seek_s`` gets to a keyframe before the clip.
    """

    video: VideoStream | None
    audio: AudioStream | None
    duration_s: float | None = None
    frame_rate: Fraction | None = None
    first_frame_s: float = 0.0
    video_end_s: float | None = None
    colour: Colour = Colour()
    interlaced: bool = False
    seekable: bool = True
    seek_s: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed, in pixels; (0, 0) without video."""
        return (self.video.width, self.video.height) if self.video else (0, 0)


def measure(media: str, clip_start_s: float = 0.0) -> Source:
    """Open the recording once. Raises UnsupportedMedia where it is none.

    Not ``probe``: that decodes the whole file when the container does not say its duration, and a compiler that
    renders six clips of a two-hour browser recording would do so six times.
    """
    with open_media(media) as container:
        video, audio = main_streams(container)
        duration_s = container.duration / 1e6 if container.duration and container.duration > 0 else None
        seekable = not container.format.flags & NO_TIMESTAMPS
        if video is None:
            return Source(None, audio, duration_s, seekable=seekable, seek_s=max(clip_start_s - PREROLL_S, 0.0))
        stream: Any = container.streams[video.index]
        context: Any = stream.codec_context
        origin_s = (container.start_time or 0) / 1e6
        first_s = float(stream.start_time * stream.time_base) - origin_s if stream.start_time is not None else 0.0
        end_s = first_s + float(stream.duration * stream.time_base) if stream.duration else None
        colour = Colour(
            int(context.colorspace),
            int(context.color_trc),
            int(context.color_primaries),
            int(context.color_range) == FULL_RANGE or (context.pix_fmt or "").startswith("yuvj"),
            bool(context.format and context.format.is_rgb) or (context.pix_fmt or "") == "pal8",
        )
        rate = choose_frame_rate(stream.average_rate, stream.guessed_rate)
        interlaced = int(context.field_order) not in PROGRESSIVE
        wanted_s = min(clip_start_s, end_s or math.inf, duration_s or math.inf)
        seek_s = _seek_s(container, video.index, wanted_s) if seekable else 0.0
    return Source(video, audio, duration_s, rate, max(first_s, 0.0), end_s, colour, interlaced, seekable, seek_s)


def _seek_s(container: InputContainer, index: int, wanted_s: float) -> float:
    """A time from which a keyframe is found before ``wanted_s``; 0 where only the file's start will do.

    A container without an index (MPEG-TS, MPEG-PS) is sought by its timestamps, and entered between two keyframes.
    """
    origin_s, back_s = (container.start_time or 0) / 1e6, PREROLL_S
    while math.isfinite(wanted_s) and wanted_s > back_s:
        with suppress(FFmpegError):
            container.seek(int((wanted_s - back_s + origin_s) * 1e6))
            for packet in container.demux(container.streams[index]):
                if packet.pts is None:
                    continue
                time_s = float(packet.pts * packet.time_base) - origin_s
                if time_s <= wanted_s and packet.is_keyframe:
                    return wanted_s - back_s
                if time_s > wanted_s:
                    break
        back_s *= 4
    return 0.0
