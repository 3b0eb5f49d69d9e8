"""Turns speech into text with times, by one backend per call."""

from importlib import import_module

from agents.errors import InvalidRequest
from agents.transcript_agent.backend import Backend
from agents.types import Report, Transcript, TranscriptRequest

__all__ = ["BACKENDS", "run"]

BACKENDS = {
    "captions": "agents.transcript_agent.captions",
    "faster-whisper": "agents.transcript_agent.whisper",
    "mlx": "agents.transcript_agent.mlx",
    "pocketsphinx": "agents.transcript_agent.sphinx",
    "whisper-cpp": "agents.transcript_agent.whisper_cpp",
}
"""Name to module. Modules are imported when used: a child loads only the libraries of its own backend."""


def run(request: TranscriptRequest, report: Report) -> Transcript:
    """Transcribe with ``request.backend``.

    Where nobody speaks the transcript is empty and carries the notice ``no_speech``. Raises InvalidRequest for an
    unknown backend, NoAudio, InvalidCaptions, ModelUnavailable, DependencyMissing, UnsupportedMedia or CorruptMedia.
    """
    module = BACKENDS.get(request.backend)
    if module is None:
        raise InvalidRequest(f"There is no transcript backend {request.backend!r}; known: {', '.join(BACKENDS)}.")
    backend: Backend = import_module(module)
    return backend.transcribe(request, report)
