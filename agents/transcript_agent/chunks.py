"""Cuts a long recording into chunks that several workers can transcribe, each on its own."""

from agents.errors import NoAudio
from agents.media.probe import probe
from agents.transcript_agent.cuts import evenly, pieces_between
from agents.transcript_agent.pieces import find_pauses
from agents.types import ChunkPlan, ChunkRequest, Report, TranscriptRequest

MIN_SILENCE_MS = 300


def run(request: ChunkRequest, report: Report) -> ChunkPlan:
    """At most ``request.chunks`` of about the same length, from one decoding. Raises NoAudio and what decoding does."""
    report(0.0, "Listening for pauses")
    if probe(request.media).audio is None:
        raise NoAudio("The file has no audio stream, so there is nothing to transcribe.")
    pauses = find_pauses(TranscriptRequest(request.media, ""), report, min_silence_ms=MIN_SILENCE_MS)
    chunks = pieces_between(evenly(pauses, parts=request.chunks), pauses)
    lead_ins = tuple(pauses.track.before(chunk.start_s) for chunk in chunks)
    report(1.0, f"Cut into {len(chunks)} parts")
    return ChunkPlan(pauses.duration_s, pauses.threshold_dbfs or 0.0, tuple(chunks), lead_ins)
