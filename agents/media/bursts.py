"""Short series of pictures at intervals: they show movement, which lone keyframes cannot tell from a cut."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av import Packet, VideoFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream as AvVideoStream

from agents.errors import CorruptMedia, NoVideo
from agents.media.frames import TimedPicture, to_picture
from agents.media.probe import open_media, probe
from agents.types import VideoStream

CLOSE = 0.6  # keyframes nearer than this share of the interval are not decoded
FAR = 1.5  # gaps between keyframes longer than this share of it are decoded through


def bursts(
    media: str | Path, *, every_s: float, offsets_s: Sequence[float], width: int | None = None, grey: bool = False
) -> Iterator[list[TimedPicture]]:
    """Pictures at ``t + offset`` for each of the ascending ``offsets_s``, at times ``t`` about ``every_s`` apart.

    A burst starts at a keyframe and only the packets up to its last picture are decoded; where keyframes are
    further apart than ``1.5 * every_s``, all is decoded and bursts begin in between too. Frames that no other one
    needs are skipped, so times may be a few frames later than asked for. Near the end, or where frames are
    sparse, a burst has fewer pictures, at least one. Raises NoVideo or CorruptMedia.
    """
    shown = probe(media).video
    if shown is None:
        raise NoVideo("The file has no video stream.")
    plan = plan_bursts(*_keyframe_times(media, shown.index), every_s)
    got_any = False
    with open_media(media) as container:
        stream = container.streams[shown.index]
        assert isinstance(stream, AvVideoStream)
        stream.codec_context.thread_type = "AUTO"
        stream.codec_context.skip_frame = "NONREF"  # B-frames nothing depends on: up to half of the work
        origin_s = (container.start_time or 0) / av.time_base
        view = _View(shown, width, grey, origin_s, float(stream.time_base or 0))
        for burst in _decode(container, stream, view, plan, offsets_s):
            got_any = True
            yield burst
    if not got_any:
        raise CorruptMedia("No picture of the video can be decoded.")


def plan_bursts(keys_s: Sequence[float], end_s: float, every_s: float) -> dict[float, list[float]]:
    """Keyframe time → times of the bursts decoded from it.

    >>> plan_bursts([0, 1, 10, 40], 45, 10)
    {0: [0.0], 10: [10.0, 20.0, 30.0], 40: [40.0]}
    """
    chosen: list[float] = []
    for key_s in keys_s:
        if not chosen or key_s - chosen[-1] >= CLOSE * every_s:
            chosen.append(key_s)
    plan: dict[float, list[float]] = {}
    if not chosen:
        return plan
    for key_s, next_s in zip(chosen, [*chosen[1:], end_s], strict=True):
        parts = math.ceil((next_s - key_s) / every_s) if next_s - key_s > FAR * every_s else 1
        plan[key_s] = [key_s + (next_s - key_s) * part / parts for part in range(parts)]
    return plan


def _keyframe_times(media: str | Path, index: int) -> tuple[list[float], float]:
    """Times of the keyframe packets (else of the first packet) and of the last packet; decodes nothing."""
    keys: list[float] = []
    times: list[float] = []
    with open_media(media) as container:
        origin_s = (container.start_time or 0) / av.time_base
        try:
            for packet in container.demux(container.streams[index]):
                time_s = _packet_time_s(packet, origin_s)
                if time_s is not None:
                    times = [min([time_s, *times[:1]]), max([time_s, *times[1:]])]
                    if packet.is_keyframe:
                        keys.append(time_s)
        except FFmpegError:
            pass  # a truncated file has what was read until here
    return sorted(keys) or times[:1], times[-1] if times else 0.0


def _packet_time_s(packet: "Packet[Any]", origin_s: float) -> float | None:
    ticks = packet.pts if packet.pts is not None else packet.dts
    return None if ticks is None or not packet.size else ticks * float(packet.time_base) - origin_s


@dataclass(frozen=True)
class _View:
    """How frames become timed pictures."""

    shown: VideoStream
    width: int | None
    grey: bool
    origin_s: float
    tick_s: float

    def time_s(self, frame: VideoFrame) -> float | None:
        """Not ``frame.time``, which is missing once the decoder is drained."""
        return None if frame.pts is None else frame.pts * self.tick_s - self.origin_s

    def picture(self, frame: VideoFrame, time_s: float) -> TimedPicture:
        return TimedPicture(time_s, to_picture(frame, self.shown, width=self.width, grey=self.grey))


def _decode(
    container: InputContainer,
    stream: AvVideoStream,
    view: _View,
    plan: dict[float, list[float]],
    offsets_s: Sequence[float],
) -> Iterator[list[TimedPicture]]:
    picker: _Picker | None = None
    try:
        for packet in container.demux(stream):
            time_s = _packet_time_s(packet, view.origin_s)
            starts_s = plan.get(time_s) if time_s is not None else None
            if picker and (starts_s or not packet.size):
                yield from picker.take(_frames(stream, None), last=True)
                stream.codec_context.flush_buffers()
                picker = None
            if starts_s:
                picker = _Picker(starts_s, offsets_s, view)
            if picker and packet.size:
                yield from picker.take(_frames(stream, packet))
                if picker.is_done:
                    stream.codec_context.flush_buffers()
                    picker = None
    except FFmpegError:
        pass  # as above: the pictures before the damage are given
    if picker:
        yield from picker.take([], last=True)


def _frames(stream: AvVideoStream, packet: "Packet[AvVideoStream] | None") -> list[VideoFrame]:
    """What the decoder gives for a packet: nothing where the packet is damaged."""
    try:
        return list(stream.codec_context.decode(packet))
    except FFmpegError:
        return []


class _Picker:
    """Keeps the wanted frames of one stretch of decoding, given in order of display."""

    def __init__(self, starts_s: Sequence[float], offsets_s: Sequence[float], view: _View) -> None:
        self._wanted_s = [[start_s + offset_s for offset_s in offsets_s] for start_s in starts_s]
        self._view = view
        self._burst: list[TimedPicture] = []

    @property
    def is_done(self) -> bool:
        return not self._wanted_s

    def take(self, frames: Sequence[VideoFrame], *, last: bool = False) -> Iterator[list[TimedPicture]]:
        """Bursts that these frames complete; with ``last``, also the incomplete one."""
        for frame in frames:
            time_s = self._view.time_s(frame)
            if time_s is None or not self._wanted_s:
                continue
            if len(self._wanted_s) > 1 and self._burst and time_s + 1e-3 >= self._wanted_s[1][0]:
                self._wanted_s.pop(0)
                yield self._give()
            wanted_s = self._wanted_s[0]
            if time_s + 1e-3 < wanted_s[0]:
                continue
            self._burst.append(self._view.picture(frame, time_s))
            while wanted_s and time_s + 1e-3 >= wanted_s[0]:
                wanted_s.pop(0)
            if not wanted_s:
                self._wanted_s.pop(0)
                yield self._give()
        if last and self._burst:
            yield self._give()

    def _give(self) -> list[TimedPicture]:
        burst, self._burst = self._burst, []
        return burst
