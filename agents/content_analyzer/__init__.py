"""Content analyzer: what the lecture is about, which sentences matter, and why."""

from collections.abc import Callable

from agents.content_analyzer import local
from agents.errors import InvalidRequest
from agents.types import Analysis, AnalysisRequest, Report

__all__ = ["BACKENDS", "run"]

BACKENDS: dict[str, Callable[[AnalysisRequest, Report], Analysis]] = {local.NAME: local.analyse}


def run(request: AnalysisRequest, report: Report) -> Analysis:
    """Analyse a transcript with the backend that the request names.

    Topics are in order and do not overlap; sentences cover all speech in order, and start and end with a caption
    cue wherever the cues allow it. A transcript without speech gives no topics and the notice ``no_speech``.
    Raises InvalidRequest for an unknown backend.
    """
    backend = BACKENDS.get(request.backend)
    if backend is None:
        raise InvalidRequest(f"Unknown analysis backend “{request.backend}”; choose from: {', '.join(BACKENDS)}.")
    return backend(request, report)
