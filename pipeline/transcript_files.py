"""A transcript as a job keeps it: its row, and the four files that clients know."""

import json
from collections.abc import Iterator

from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.transcript_agent import formats
from agents.transcript_agent.guards import notices
from agents.types import Transcript
from app.models import Transcript as TranscriptRow
from pipeline.context import StepContext
from pipeline.outcome import Outcome, StoredFile, Warning_


def transcribed(context: StepContext, found: Transcript) -> Outcome:
    """What a step commits that has the words of the whole recording."""
    job_id = context.job.id
    segments = to_data(found)["segments"]

    def write(session: Session) -> None:
        row = TranscriptRow(
            job_id=job_id,
            language=found.language,
            backend=found.backend,
            quality=found.quality,
            segments=segments,
        )
        session.add(row)

    return Outcome(
        result={
            "backend": found.backend,
            "quality": found.quality,
            "segments": len(found.segments),
            "language_probability": found.language_probability,
            "dropped": found.dropped,
        },
        write=write,
        files=tuple(keep_transcript(context, found)),
        warnings=tuple(Warning_(notice.code, notice.detail) for notice in (*found.warnings, *notices(found.dropped))),
    )


def keep_transcript(context: StepContext, words: Transcript) -> Iterator[StoredFile]:
    """Keep ``words`` as ``transcript.json``, ``.srt``, ``.vtt`` and ``.txt``."""
    written = {
        "json": (json.dumps(to_data(words), ensure_ascii=False), "application/json"),
        "srt": (formats.to_srt(words.segments), "application/x-subrip"),
        "vtt": (formats.to_vtt(words.segments), "text/vtt"),
        "txt": (formats.to_txt(words.segments), "text/plain; charset=utf-8"),
    }
    for suffix, (text, content_type) in written.items():
        path = context.workspace / f"transcript.{suffix}"
        path.write_text(text, "utf-8")
        yield context.keep(path, name=path.name, filename=path.name, content_type=content_type)
