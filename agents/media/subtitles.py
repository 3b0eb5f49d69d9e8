"""Subtitle tracks inside a media file, as SRT text: chosen with PyAV, converted by FFmpeg."""

from dataclasses import dataclass
from pathlib import Path

from agents.errors import CorruptMedia
from agents.media.ffmpeg import input_arguments, stream
from agents.media.probe import open_media

PICTURE_CODECS = frozenset({"dvd_subtitle", "dvb_subtitle", "hdmv_pgs_subtitle", "xsub", "dvb_teletext"})
MAX_TEXT_BYTES = 20_000_000


@dataclass(frozen=True)
class SubtitleTrack:
    """``language`` is an ISO 639-2 code as written in the file, or None."""

    index: int
    codec: str
    language: str | None


def text_tracks(media: str | Path) -> list[SubtitleTrack]:
    """Subtitle tracks that are text (not pictures of text) and that FFmpeg can decode, in the file's order."""
    with open_media(media) as container:
        return [
            SubtitleTrack(track.index, track.codec_context.name, track.language)
            for track in container.streams.subtitles
            if track.codec_context is not None and track.codec_context.name not in PICTURE_CODECS
        ]


def read_track(media: str | Path, track: SubtitleTrack) -> str:
    """One track as SRT text, ``""`` where it has no cues. Raises an AgentError where it cannot be decoded."""
    arguments = [*input_arguments(media), "-map", f"0:{track.index}", "-f", "srt"]
    text = bytearray()
    for chunk in stream(arguments, chunk_bytes=1 << 16):
        text += chunk
        if len(text) > MAX_TEXT_BYTES:
            raise CorruptMedia("The subtitle track is larger than any text could be.")
    return text.decode("utf-8", "replace")
