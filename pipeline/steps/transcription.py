"""Gets the words: backends in order, one child each, until one gives a transcript. Each failure is recorded."""

from pathlib import Path

from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.types import MediaInfo, Transcript, TranscriptRequest
from app.models import Transcript as TranscriptRow
from app.services.options import SpeechOptions
from pipeline import evidence
from pipeline.context import StepContext
from pipeline.outcome import Outcome, Warning_
from pipeline.speech import first_transcript, speech_model_dir, usable_backends
from pipeline.transcript_files import keep_transcript

MODEL_SHARE = 0.2


def run(context: StepContext) -> Outcome:
    info = context.read(lambda session: evidence.media_info(session, context.job.id))
    order = context.options(SpeechOptions).transcribers or context.settings.transcribers
    backends = usable_backends(order, info, caption_file=context.upload.captions_key is not None)
    found = first_transcript(backends, lambda backend: _transcribe(context.within(backend), backend, info))
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
        result={"backend": found.backend, "quality": found.quality, "segments": len(found.segments)},
        write=write,
        files=tuple(keep_transcript(context, found)),
        warnings=tuple(Warning_(notice.code, notice.detail) for notice in found.warnings),
    )


def _transcribe(context: StepContext, backend: str, info: MediaInfo) -> Transcript:
    model_dir: Path | None = None
    share = (0.0, 1.0)
    if backend == "faster-whisper":
        model_dir = speech_model_dir(context.settings, lambda done, note: context.report(MODEL_SHARE * done, note))
        share = (MODEL_SHARE, 1.0)
    captions = context.captions() if backend == "captions" else None
    request = TranscriptRequest(
        media=str(context.media()),
        backend=backend,
        captions=str(captions) if captions else None,
        language=context.options(SpeechOptions).language,
        model=context.settings.whisper_model,
        model_dir=str(model_dir) if model_dir else None,
        duration_s=info.duration_s,
    )
    return context.run("transcript", request, Transcript, share=share)
