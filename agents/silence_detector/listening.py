"""The sound track in chunks, with progress."""

from collections.abc import Iterator

from agents.media.audio import SAMPLE_RATE_HZ, Samples, pcm_chunks
from agents.types import Report

CHUNK_S = 20.0


def heard_chunks(media: str, duration_s: float, report: Report) -> Iterator[Samples]:
    """Decode once, reporting how much of ``duration_s`` has been heard."""
    heard_s = 0.0
    for chunk in pcm_chunks(media, chunk_s=CHUNK_S):
        yield chunk
        heard_s += len(chunk) / SAMPLE_RATE_HZ
        report(min(heard_s / duration_s, 0.99), f"Listening for pauses, {_clock(heard_s)} of {_clock(duration_s)}")


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes}:{seconds:02d}"
