"""Joins finished clips packet by packet, without encoding anything: the streams must have the same parameters.

Sound in packets (AAC: 1,024 samples) cannot begin anywhere: a clip's packets are put on the nearest place of the
packets' grid, and what lies between two clips is filled with a packet of silence. A decoder that goes from silence to
a clip meets the clip's own priming packet first, so nothing clicks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av import Packet

from agents.media.probe import open_media

PACKET_SAMPLES = 1024
PRIMING_SAMPLES = 1024
Colour = tuple[int, int, int, int]
UNSAID: Colour = (2, 2, 2, 1)


@dataclass(frozen=True)
class Parameters:
    """What must be the same in two streams for one to follow the other: all that a decoder is set up with."""

    codec: str
    extradata: bytes
    size: tuple[int, int] = (0, 0)
    rate: Fraction = Fraction(0)


@dataclass(frozen=True)
class JoinableClip:
    """``frames`` of video at ``video.rate``; ``samples`` of sound at ``audio.rate``; None where there is none."""

    path: Path
    video: Parameters | None
    audio: Parameters | None
    frames: int
    samples: int
    channels: int
    colour: Colour = UNSAID

    @property
    def length_s(self) -> Fraction:
        if self.video is not None:
            return self.frames / self.video.rate
        return Fraction(self.samples) / self.audio.rate if self.audio else Fraction(0)


def read_clip(path: Path) -> JoinableClip:
    """What joining must know of a rendered clip. ``colour``: matrix, transfer, primaries, range (ITU-T H.273)."""
    with open_media(path) as container:
        video = next(iter(container.streams.video), None)
        audio = next(iter(container.streams.audio), None)
        shown: Any = video.codec_context if video else None
        heard: Any = audio.codec_context if audio else None
        return JoinableClip(
            path,
            Parameters(shown.name, bytes(shown.extradata or b""), (shown.width, shown.height), _rate(video))
            if video
            else None,
            Parameters(heard.name, bytes(heard.extradata or b""), rate=Fraction(heard.sample_rate)) if audio else None,
            video.frames if video else 0,
            round((audio.duration or 0) * (audio.time_base or 0) * heard.sample_rate) if audio else 0,
            heard.channels if audio else 0,
            _colour(shown) if video else UNSAID,
        )


def _colour(context: Any) -> Colour:
    return int(context.colorspace), int(context.color_trc), int(context.color_primaries), int(context.color_range)


def _rate(stream: Any) -> Fraction:
    return Fraction(stream.average_rate or stream.guessed_rate or 25)


def silent_packet(path: Path) -> bytes:
    """A packet from the middle of a silent file: it decodes to silence after itself and after anything's end."""
    with open_media(path) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    return packets[len(packets) // 2]


def off_grid(start_s: Fraction, rate_hz: Fraction) -> Fraction:
    """How far sound that begins at ``start_s`` is moved to lie on the grid of packets, in seconds, at most half one."""
    packets = start_s * rate_hz / PACKET_SAMPLES
    return abs(packets - round(packets)) * PACKET_SAMPLES / rate_hz


def join(
    clips: Sequence[JoinableClip],
    starts_s: Sequence[Fraction],
    target: Path,
    silence: bytes,
    report: Callable[[float], None],
) -> None:
    """Write ``clips``, each from its time, as one MP4 file. Between them the picture goes on, the sound is silent.

    The first clip with a stream gives its parameters. Clips follow each other without a hole in the video.
    """
    with av.open(str(target), mode="w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
        lanes: dict[str, _Lane] = {}
        for kind in ("video", "audio"):
            first = next((clip for clip in clips if getattr(clip, kind) is not None), None)
            if first is not None:
                with open_media(first.path) as container:
                    template: Any = next(iter(getattr(container.streams, kind)))
                    lanes[kind] = _Lane(out, out.add_stream_from_template(template), silence)
        for number, (clip, start_s) in enumerate(zip(clips, starts_s, strict=True)):
            _copy(clip, start_s, lanes)
            report((number + 1) / len(clips))
        if "audio" in lanes:
            lanes["audio"].silence_until(starts_s[-1] + clips[-1].length_s)
            lanes["audio"].flush()


def _copy(clip: JoinableClip, start_s: Fraction, lanes: dict[str, "_Lane"]) -> None:
    with open_media(clip.path) as container:
        for packet in container.demux():
            lane = lanes.get(packet.stream.type)
            if lane is None or packet.pts is None or packet.dts is None:
                continue
            if packet.stream.type == "video":
                lane.picture(packet, start_s)
            else:
                lane.sound(packet, start_s, start_s + clip.length_s)


class _Lane:
    """One stream of the output. Sound counts in places of the packets' grid; the first holds the decoder's priming."""

    def __init__(self, out: Any, stream: Any, silence: bytes) -> None:
        self._out = out
        self._stream = stream
        self._silence = silence
        self._next = -(PRIMING_SAMPLES // PACKET_SAMPLES)
        self._held: Any = None

    def picture(self, packet: Any, start_s: Fraction) -> None:
        shift = round(start_s / packet.time_base)
        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
        packet.stream = self._stream
        self._out.mux(packet)

    def sound(self, packet: Any, start_s: Fraction, end_s: Fraction) -> None:
        """Put a clip's packet where it is nearest to its time; what would overlap the clip before is left out."""
        assert packet.pts is not None
        rate_hz = self._rate_hz
        place = round(start_s * rate_hz / PACKET_SAMPLES) + round(
            packet.pts * packet.time_base * rate_hz / PACKET_SAMPLES
        )
        if place < self._next or place * PACKET_SAMPLES >= end_s * rate_hz:
            return
        self._fill(place)
        self._put(bytes(packet))

    def silence_until(self, end_s: Fraction) -> None:
        """Fill up to ``end_s``, and let the last packet end there."""
        end = round(end_s * self._rate_hz)
        self._fill(-(-end // PACKET_SAMPLES))
        if self._held is not None:
            self._held.duration = max(min(PACKET_SAMPLES, end - self._held.pts), 1)

    def flush(self) -> None:
        if self._held is not None:
            self._out.mux(self._held)
            self._held = None

    @property
    def _rate_hz(self) -> int:
        return int(self._stream.codec_context.sample_rate)

    def _fill(self, place: int) -> None:
        while self._next < place:
            self._put(self._silence)

    def _put(self, content: bytes) -> None:
        self.flush()
        packet = Packet(content)
        packet.time_base = Fraction(1, self._rate_hz)
        packet.pts = packet.dts = self._next * PACKET_SAMPLES
        packet.duration = PACKET_SAMPLES
        packet.is_keyframe = True
        packet.stream = self._stream
        self._held = packet
        self._next += 1
