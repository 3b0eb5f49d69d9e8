"""Pictures of a video as arrays, upright and with square pixels: keyframes, sampled frames, single frames."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from av import VideoFrame
from av.error import FFmpegError
from numpy.typing import NDArray

from agents.errors import CorruptMedia, NoVideo
from agents.media.probe import open_media, probe
from agents.types import VideoStream

Picture = NDArray[np.uint8]
"""``(height, width, 3)`` BGR, or ``(height, width)`` grey."""


@dataclass(frozen=True)
class TimedPicture:
    """A picture and the time it appears, in seconds of the source's timeline (start of the file = 0)."""

    time_s: float
    picture: Picture


def keyframes(media: str | Path, *, width: int | None = None, grey: bool = False) -> Iterator[TimedPicture]:
    """Decode only keyframes: cheap, but unevenly spaced (FFmpeg's default is at most 250 frames apart)."""
    yield from _decode(media, skip="NONKEY", width=width, grey=grey, start_s=0.0, end_s=None)


def frames_between(
    media: str | Path,
    start_s: float,
    end_s: float,
    *,
    width: int | None = None,
    grey: bool = False,
    step_s: float = 0.0,
    shown: VideoStream | None = None,
) -> Iterator[TimedPicture]:
    """Frames with ``start_s <= time < end_s``, after seeking to the keyframe before ``start_s``.

    With ``step_s``, frames nearer than that to the last one given are left out. Who has probed the file gives the
    stream that is ``shown``: to open two hours of recording takes 30 ms, and is done once then.
    """
    yield from _decode(
        media, skip="DEFAULT", width=width, grey=grey, start_s=start_s, end_s=end_s, step_s=step_s, shown=shown
    )


def frame_at(media: str | Path, time_s: float, *, width: int | None = None) -> TimedPicture:
    """The frame on screen at ``time_s``: the last one that starts at or before it (else the first there is)."""
    best: TimedPicture | None = None
    for shot in _decode(media, skip="DEFAULT", width=width, grey=False, start_s=max(time_s - 0.5, 0.0), end_s=None):
        if best is not None and shot.time_s > time_s:
            break
        best = shot
        if shot.time_s > time_s:
            break
    if best is None:
        raise CorruptMedia(f"No frame can be decoded near {time_s:.1f} s.")
    return best


def _decode(
    media: str | Path,
    *,
    skip: Literal["NONKEY", "DEFAULT"],
    width: int | None,
    grey: bool,
    start_s: float,
    end_s: float | None,
    step_s: float = 0.0,
    shown: VideoStream | None = None,
) -> Iterator[TimedPicture]:
    shown = shown or probe(media).video
    if shown is None:
        raise NoVideo("The file has no video stream.")
    with open_media(media) as container:
        stream = container.streams[shown.index]
        origin_s = (container.start_time or 0) / 1e6
        stream.codec_context.skip_frame = skip
        stream.codec_context.thread_type = "AUTO"
        next_s = start_s
        if start_s > 0:
            with suppress(FFmpegError):  # some FLV files cannot seek: they are decoded from their start
                container.seek(int((start_s + origin_s) * 1e6))
        try:
            for frame in container.decode(stream):
                if not isinstance(frame, VideoFrame) or frame.time is None:
                    continue
                time_s = frame.time - origin_s
                if end_s is not None and time_s >= end_s:
                    return
                if time_s + 1e-6 >= next_s:
                    next_s = max(time_s + step_s, start_s)
                    yield TimedPicture(time_s, to_picture(frame, shown, width=width, grey=grey))
        except FFmpegError:
            return  # a truncated file gives the frames before the damage


def to_picture(frame: VideoFrame, shown: VideoStream, *, width: int | None, grey: bool) -> Picture:
    """Convert, scale and turn one decoded frame to how it is displayed."""
    scale = (width / shown.width) if width else 1.0
    out_width, out_height = max(2, round(shown.width * scale)), max(2, round(shown.height * scale))
    turned = shown.rotation_deg % 180 != 0
    before = (out_height, out_width) if turned else (out_width, out_height)
    pixels = frame.to_ndarray(width=before[0], height=before[1], format="gray" if grey else "bgr24")
    picture: Picture = pixels.astype(np.uint8, copy=False)
    return np.ascontiguousarray(np.rot90(picture, k=-shown.rotation_deg // 90)) if shown.rotation_deg else picture
