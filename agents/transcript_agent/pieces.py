"""Long sound in pieces cut at pauses, one in memory at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.media.audio import SAMPLE_RATE_HZ, Samples, pcm_chunks
from agents.media.energy import SquareSums
from agents.media.noise_floor import LevelHistogram, choose_threshold, measure_levels
from agents.media.seeking import seek_s
from agents.transcript_agent.cuts import Pauses, cut, pieces_between
from agents.transcript_agent.lead_in import LevelTrack, alike
from agents.types import Report, TimeRange, TranscriptRequest

CHUNK_S = 20.0
SEEK_STEP_MS = 10


def find_pauses(request: TranscriptRequest, report: Report, *, min_silence_ms: int) -> Pauses:
    """Pauses by energy under an adaptive threshold, and the length of the sound. Decodes the file once.

    Of a span, what lies before it is decoded too where a seek does not lead to its ``lead_in``: the places of pauses
    are those in the whole recording. Reports as the very beginning of the work.
    """
    span = request.span
    from_s = seek_s(request.media, span.start_s) if span and request.lead_in else 0.0
    heard = _listen(request.media, from_s, span.end_s if span else None, report, min_silence_ms)
    if span and from_s and not alike(request.lead_in, heard.track.before(span.start_s - from_s)):
        heard = _listen(request.media, 0.0, span.end_s, report, min_silence_ms)
    threshold_dbfs = request.threshold_dbfs
    if threshold_dbfs is None:
        threshold_dbfs = choose_threshold(measure_levels(heard.histogram.counts))
    from_ms = round(heard.from_s * 1000)
    levels = (
        tuple(
            TimeRange((from_ms + start_ms) / 1000, (from_ms + end_ms) / 1000)
            for start_ms, end_ms in heard.sums.silences(threshold_dbfs + louder_db)
        )
        for louder_db in (0.0, 3.0, 6.0, 9.0)
    )
    end_s = heard.frames / SAMPLE_RATE_HZ
    return Pauses(
        tuple(levels), end_s, span.start_s if span else 0.0, threshold_dbfs, from_s=heard.from_s, track=heard.track
    )


@dataclass
class _Heard:
    """``frames`` are counted from the recording's beginning, the rest is of the sound from ``from_s`` on."""

    from_s: float
    frames: int
    sums: SquareSums
    histogram: LevelHistogram
    track: LevelTrack


def _listen(media: str, from_s: float, end_s: float | None, report: Report, min_silence_ms: int) -> _Heard:
    sums = SquareSums(SAMPLE_RATE_HZ, min_silence_ms=min_silence_ms, seek_step_ms=SEEK_STEP_MS)
    heard = _Heard(from_s, round(from_s * SAMPLE_RATE_HZ), sums, LevelHistogram(SAMPLE_RATE_HZ), LevelTrack())
    length_s = end_s - from_s if end_s is not None else None
    for chunk in pcm_chunks(media, chunk_s=CHUNK_S, start_s=from_s, duration_s=length_s):
        sums.add(chunk)
        heard.histogram.add(chunk)
        heard.track.add(chunk)
        heard.frames += len(chunk)
        report(0.0, f"Listening for pauses, {clock(heard.frames / SAMPLE_RATE_HZ)}")
    return heard


def spoken_pieces(pauses: Pauses, *, longest_s: float, padding_s: float) -> list[TimeRange]:
    """What lies between pauses, with ``padding_s`` of the pause on both sides, disjoint and in order.

    A piece longer than ``longest_s`` is cut in the quietest place of its middle half, again and again.
    """
    pieces: list[TimeRange] = []
    duration_s = pauses.duration_s
    at_s = pauses.start_s
    for pause in [*pauses.levels[0], TimeRange(duration_s, duration_s)]:
        if pause.start_s > at_s:
            start_s = max(at_s - padding_s, pieces[-1].end_s if pieces else pauses.start_s)
            piece = TimeRange(start_s, min(pause.start_s + padding_s, duration_s))
            pieces.extend(_shortened(piece, pauses.levels[1:], longest_s))
        at_s = max(at_s, pause.end_s)
    return pieces


def joined_pieces(pauses: Pauses, *, target_s: float) -> list[TimeRange]:
    """All of the sound in pieces of about ``target_s``, cut in the middle of a pause where one is near.

    Where there is none, two pieces overlap by some seconds, so that each word is whole in one of them.
    """
    return pieces_between(cut(pauses, target_s=target_s), pauses)


def read_pieces(
    media: str | Path, pieces: Iterable[TimeRange], from_s: float = 0.0
) -> Iterator[tuple[TimeRange, Samples]]:
    """Each piece with its samples, from one decoding. The pieces must be in the order of their starts.

    ``from_s`` is where the pauses show that decoding may begin.
    """
    chunks = pcm_chunks(media, chunk_s=CHUNK_S, start_s=from_s)
    held = np.zeros(0, np.int16)
    held_from = round(from_s * SAMPLE_RATE_HZ)
    for piece in pieces:
        start, end = round(piece.start_s * SAMPLE_RATE_HZ), round(piece.end_s * SAMPLE_RATE_HZ)
        while held_from + len(held) < end and (chunk := next(chunks, None)) is not None:
            skip = min(max(start - held_from, 0), len(held))
            held, held_from = np.concatenate((held[skip:], chunk)), held_from + skip
        samples = held[max(start - held_from, 0) : max(end - held_from, 0)]
        if len(samples):
            yield piece, samples


def _shortened(piece: TimeRange, levels: Sequence[Sequence[TimeRange]], longest_s: float) -> list[TimeRange]:
    if piece.duration_s <= longest_s:
        return [piece]
    middle_s = (piece.start_s + piece.end_s) / 2
    cut_s = middle_s
    for pauses in levels:
        middles_s = [(pause.start_s + pause.end_s) / 2 for pause in pauses]
        near = [at_s for at_s in middles_s if abs(at_s - middle_s) < piece.duration_s / 4]
        if near:
            cut_s = min(near, key=lambda at_s: abs(at_s - middle_s))
            break
    halves = (TimeRange(piece.start_s, cut_s), TimeRange(cut_s, piece.end_s))
    return [part for half in halves for part in _shortened(half, levels, longest_s)]


def clock(time_s: float) -> str:
    """Minutes and seconds for a message.

    >>> clock(516.4)
    '8:36'
    """
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes}:{seconds:02d}"
