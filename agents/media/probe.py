"""What a file holds: streams, size as displayed, duration. Opens it with PyAV and decodes at most one frame."""

import math
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream as AvVideoStream

from agents.errors import CorruptMedia, UnsupportedMedia
from agents.media.ffmpeg import DEMUXERS, PROTOCOLS, input_arguments, run
from agents.types import AudioStream, MediaInfo, Notice, ProbeRequest, Report, VideoStream

ATTACHED_PICTURE = 0x400  # AV_DISPOSITION_ATTACHED_PIC
LONGEST_S = 48 * 3600.0
STILL_CODECS = frozenset({"png", "mjpeg", "bmp", "webp", "gif"})


def open_media(media: str | Path) -> InputContainer:
    """Open a local file with PyAV under the whitelists. Raises UnsupportedMedia or CorruptMedia."""
    path = Path(media)
    if not path.is_file():
        raise UnsupportedMedia(f"There is no file {path.name}.")
    if path.stat().st_size == 0:
        raise CorruptMedia("The file is empty.")
    try:
        return av.open(
            f"file:{path}",
            mode="r",
            options={"format_whitelist": DEMUXERS, "protocol_whitelist": PROTOCOLS},
            metadata_errors="replace",
        )
    except (FFmpegError, ValueError, OSError) as error:
        raise UnsupportedMedia("The file is not audio or video that Lectern can read.") from error


def run_probe(request: ProbeRequest, report: Report) -> MediaInfo:
    """The agent ``probe``."""
    report(0.0, "Reading the file's streams")
    info = probe(request.media)
    report(1.0, "Streams read")
    return info


def probe(media: str | Path) -> MediaInfo:
    """Describe a local file. Raises UnsupportedMedia, or CorruptMedia where nothing in it can be decoded."""
    with open_media(media) as container:
        video, audio = main_streams(container)
        if video is None and audio is None:
            raise UnsupportedMedia("The file has neither an audio nor a video stream.")
        name = container.format.name
        duration_s = _container_duration_s(container)
        subtitles = tuple(s.index for s in container.streams if s.type == "subtitle")
    warnings: list[Notice] = []
    if duration_s is None:
        duration_s = _decoded_duration_s(media)
    if not duration_s or duration_s <= 0:
        raise CorruptMedia("Nothing in the file can be decoded: it may be cut off or damaged.")
    return MediaInfo(duration_s, name, video, audio, subtitles, tuple(warnings))


def main_streams(container: InputContainer) -> tuple[VideoStream | None, AudioStream | None]:
    """The video (never cover art) and the sound track that Lectern works with. Decodes at most one frame."""
    return _first_video(container), _first_audio(container)


def _container_duration_s(container: InputContainer) -> float | None:
    if container.duration and container.duration > 0:
        return float(container.duration) / av.time_base
    known = [float(s.duration * s.time_base) for s in container.streams if s.duration and s.time_base]
    return max(known, default=None)


def _decoded_duration_s(media: str | Path) -> float | None:
    """How long the file plays when read to its end (a live recording's header does not say)."""
    latest = 0.0

    def note(fraction: float, _message: str) -> None:
        nonlocal latest
        latest = max(latest, fraction * LONGEST_S)

    run(
        [*input_arguments(media), "-map", "0:v:0?", "-map", "0:a:0?", "-f", "null", "-"],
        report=note,
        duration_s=LONGEST_S,
    )
    return latest


LONGEST_S = 48 * 3600.0


def _first_audio(container: InputContainer) -> AudioStream | None:
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is not None and context.sample_rate and context.name:
            return AudioStream(stream.index, context.name, context.sample_rate, context.channels)
    return None


def _first_video(container: InputContainer) -> VideoStream | None:
    for stream in container.streams.video:
        context = stream.codec_context
        if context is None or not context.width or not context.height:
            continue
        if int(stream.disposition) & ATTACHED_PICTURE or _is_still(container, stream):
            continue
        rotation = _rotation_deg(stream, container)
        sar = context.sample_aspect_ratio or Fraction(1)
        width, height = displayed_size(context.width, context.height, sar, rotation)
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate or Fraction(25)
        return VideoStream(
            stream.index,
            context.name,
            width,
            height,
            context.width,
            context.height,
            float(rate),
            rotation,
            f"{sar.numerator}:{sar.denominator}",
            context.pix_fmt or "",
        )
    return None


def _is_still(container: InputContainer, stream: AvVideoStream) -> bool:
    """Cover art in containers that do not mark it: one image frame in a file that goes on."""
    return (stream.codec_context.name in STILL_CODECS) and stream.frames == 1 and bool(container.streams.audio)


def _rotation_deg(stream: AvVideoStream, container: InputContainer) -> int:
    """Clockwise rotation to apply for display, of the first decodable frame: 0, 90, 180 or 270."""
    try:
        for frame in container.decode(stream):
            return round(-frame.rotation / 90) * 90 % 360
    except FFmpegError:
        return 0
    return 0


def displayed_size(width: int, height: int, sample_aspect_ratio: Fraction, rotation_deg: int) -> tuple[int, int]:
    """Even pixel size on a screen with square pixels: the width is stretched, then the frame is turned.

    >>> displayed_size(720, 576, Fraction(16, 15), 0)
    (768, 576)
    >>> displayed_size(1280, 720, Fraction(1), 90)
    (720, 1280)
    """
    stretched = width * (float(sample_aspect_ratio) if sample_aspect_ratio > 0 else 1.0)
    shown = (height, stretched) if rotation_deg % 180 else (stretched, height)
    even_width, even_height = (max(2, math.floor(side / 2 + 0.5) * 2) for side in shown)
    return even_width, even_height
