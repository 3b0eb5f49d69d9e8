"""What a backend is: a module with one function."""

from typing import Protocol

from agents.types import Notice, Report, Transcript, TranscriptRequest

NO_SPEECH = Notice("no_speech", "No speech was recognised in the recording.")


class Backend(Protocol):
    """Implemented by modules. Adding a backend is a module and an entry in ``BACKENDS``."""

    def transcribe(self, request: TranscriptRequest, report: Report) -> Transcript:
        """The whole recording's transcript; see ``agents.transcript_agent.run`` for errors."""
        ...
