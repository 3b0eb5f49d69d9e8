"""Where decoding may begin so that it gives the same samples as decoding from the beginning.

FFmpeg seeks to a packet and cuts its sound at the time that was asked for. That is exact where packets have times of
their own or an index has them, and where FFmpeg counts packets, as it mostly does in MP3 and raw AAC. In AVI and MPEG
streams the place may be guessed from the bit rate. Matroska's clock ticks in milliseconds: there the samples may be one
of those off. Who cannot do with a guess has to listen, see ``lead_in``.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from agents.media.probe import open_media

LEAD_S = 10
"""Decoded before what is wanted, and thrown away: a codec has to settle, and HE-AAC waits for a header."""
PLACES = 8
"""How many are looked at, about a second apart, towards the beginning."""
FIRST_FRAME_S = 0.006
"""The converter to 16 kHz loses its first samples where they are fewer than its filter is long (4.1 ms at 8 kHz)."""
NEXT_FRAME_S = 1.0
"""A seek goes by the picture, and the sound may lie behind it in the file: what came late would be silence."""
TIMED = frozenset({"mov", "matroska", "flac"})
"""Demuxers with times in an index or in each packet, by one of their names. Ogg may begin anew in the middle."""
COUNTED = frozenset({"mp3", "aac"})
"""Those that count packets, or know the place of each as all are of one size."""
UNTIMED_PCM = frozenset({"wav", "w64", "aiff"})
"""Those in which a byte's place is its time, if the sound is PCM."""


def seek_s(media: str | Path, start_s: float) -> float:
    """Where to begin for what comes from ``start_s`` on: 0.0, or a multiple of 10 ms at least ten seconds before it.

    Raises what opening a file does.
    """
    latest_ms = (math.floor(start_s) - LEAD_S) * 1000
    if latest_ms <= 0:
        return 0.0
    with open_media(media) as container:
        if not _is_timed(container):
            return 0.0
        step_ms = _step_ms(container.streams.audio[0].codec_context.sample_rate)
        places_ms = range(latest_ms, max(latest_ms - PLACES * step_ms, 0), -step_ms)
        return next((at_ms for at_ms in places_ms if _can_land(container, at_ms / 1000)), 0) / 1000


def _step_ms(rate_hz: int) -> int:
    """Between places at which the conversion of this rate to 16 kHz is in the same phase.

    Whole seconds serve any rate, but Opus has packets of 20 ms, and all seconds could be at the end of one.
    """
    return 990 if rate_hz % 100 == 0 else 1000


def _is_timed(container: InputContainer) -> bool:
    names = set(container.format.name.split(","))
    context = container.streams.audio[0].codec_context if container.streams.audio else None
    if context is None:
        return False
    return bool(names & (TIMED | COUNTED)) or (bool(names & UNTIMED_PCM) and context.name.startswith("pcm_"))


def _can_land(container: InputContainer, at_s: float) -> bool:
    """Whether there is sound at once after a seek, and the cut is not right before the end of a packet."""
    try:
        next_s = next((time_s for time_s in _packet_times(container, at_s) if time_s > at_s), math.inf)
    except FFmpegError:
        return False
    return FIRST_FRAME_S <= next_s - at_s <= NEXT_FRAME_S


def _packet_times(container: InputContainer, at_s: float) -> Iterator[float]:
    """Starts of the sound's packets, in seconds of the file's own timeline, from a seek to ``at_s`` on.

    Ends where the pictures are long past it: a film may go on for hours without sound.
    """
    origin = container.start_time or 0
    container.seek(round(at_s * av.time_base) + origin)
    sound = container.streams.audio[0]
    for packet in container.demux():
        if packet.pts is None or packet.time_base is None:
            continue
        time_s = float(packet.pts * packet.time_base) - origin / av.time_base
        if packet.stream.index == sound.index:
            yield time_s
        elif time_s > at_s + LEAD_S:
            return
