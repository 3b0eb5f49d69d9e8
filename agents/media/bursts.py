"""Short series of pictures at intervals: they show movement, which lone keyframes cannot tell from a cut."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

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
    further apart than ``1.5 * every_s``, all is decoded and bursts begin in between too. Near the end, or where
    frames are sparse, a burst has fewer pictures, at least one. Raises NoVideo or CorruptMedia.
    """
    shown = probe(media).video
    if shown is None:
        raise NoVideo("The file has no video stream.")
    plan = plan_bursts(*_keyframe_times(media, shown.index), every_s)
    got_any = False
    with open_media(media) as container:
        for burst in _decode(container, shown, plan, offsets_s, width, grey):
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
    for key_s, next_s in zip(chosen, [*chosen[1:], end_s], strict=True):
        parts = math.ceil((next_s - key_s) / every_s) if next_s - key_s > FAR * every_s else 1
        plan[key_s] = [key_s + (next_s - key_s) * part / parts for part in range(parts)]
    return plan


def _keyframe_times(media: str | Path, index: int) -> tuple[list[float], float]:
    """Times of the keyframe packets (else of the first packet) and of the last packet; decodes nothing."""
    keys: list[float] = []
    times: list[float] = []
    with open_media(media) as container:
        origin_s = (container.start_time or 0) / 1e6
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


def _packet_time_s(packet: Packet, origin_s: float) -> float | None:
    ticks = packet.pts if packet.pts is not None else packet.dts
    return None if ticks is None or not packet.size else float(ticks * packet.time_base) - origin_s


def _decode(
    container: InputContainer,
    shown: VideoStream,
    plan: dict[float, list[float]],
    offsets_s: Sequence[float],
    width: int | None,
    grey: bool,
) -> Iterator[list[TimedPicture]]:
    stream = container.streams[shown.index]
    assert isinstance(stream, AvVideoStream)
    stream.codec_context.thread_type = "AUTO"
    origin_s = (container.start_time or 0) / 1e6
    tick_s = float(stream.time_base or 0)
    picker: _Picker | None = None
    try:
        for packet in container.demux(stream):
            time_s = _packet_time_s(packet, origin_s)
            starts_s = plan.get(time_s) if time_s is not None else None
            if picker and (starts_s or not packet.size):
                yield from picker.take(_frames(stream, None), last=True)
                stream.codec_context.flush_buffers()
                picker = None
            if starts_s:
                picker = _Picker(starts_s, offsets_s, shown, width, grey, origin_s, tick_s)
            if picker and packet.size:
                yield from picker.take(_frames(stream, packet))
                if picker.is_done:
                    stream.codec_context.flush_buffers()
                    picker = None
    except FFmpegError:
        pass  # as above: the pictures before the damage are given
    if picker:
        yield from picker.take([], last=True)


def _frames(stream: AvVideoStream, packet: Packet | None) -> list[VideoFrame]:
    """What the decoder gives for a packet: nothing where the packet is damaged."""
    try:
        return list(stream.codec_context.decode(packet))
    except FFmpegError:
        return []


class _Picker:
    """Keeps the wanted frames of one stretch of decoding, given in order of display."""

    def __init__(
        self,
        starts_s: Sequence[float],
        offsets_s: Sequence[float],
        shown: VideoStream,
        width: int | None,
        grey: bool,
        origin_s: float,
        tick_s: float,
    ) -> None:
        self._wanted_s = [[start_s + offset_s for offset_s in offsets_s] for start_s in starts_s]
        self._shown, self._width, self._grey = shown, width, grey
        self._origin_s, self._tick_s = origin_s, tick_s
        self._burst: list[TimedPicture] = []

    @property
    def is_done(self) -> bool:
        return not self._wanted_s

    def take(self, frames: Sequence[VideoFrame], *, last: bool = False) -> Iterator[list[TimedPicture]]:
        """Bursts that these frames complete; with ``last``, also the incomplete one."""
        for frame in frames:
            if frame.pts is None or not self._wanted_s:
                continue
            time_s = frame.pts * self._tick_s - self._origin_s  # frame.time is missing after the decoder is drained
            if len(self._wanted_s) > 1 and self._burst and time_s + 1e-3 >= self._wanted_s[1][0]:
                self._wanted_s.pop(0)
                yield self._give()
            wanted_s = self._wanted_s[0]
            if time_s + 1e-3 < wanted_s[0]:
                continue
            picture = to_picture(frame, self._shown, width=self._width, grey=self._grey)
            self._burst.append(TimedPicture(time_s, picture))
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
