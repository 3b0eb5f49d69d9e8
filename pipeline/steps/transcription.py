"""Gets the words: backends in order, one child each, until one gives a transcript. Each failure is recorded."""

import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.transcript_agent import formats
from agents.types import MediaInfo, Transcript, TranscriptRequest
from app.models import Transcript as TranscriptRow
from pipeline import evidence
from pipeline.child import ChildFailed
from pipeline.context import StepContext
from pipeline.outcome import Outcome, StoredFile, Warning_
from pipeline.speech_models import ModelMissing, fetch_model

MODEL_SHARE = 0.2


def run(context: StepContext) -> Outcome:
    info = context.read(lambda session: evidence.media_info(session, context.job.id))
    failures: list[tuple[str, str]] = []
    for backend in _backends(context, info):
        try:
            found = _transcribe(context.within(backend), backend, info)
        except ChildFailed as error:
            failures.append((backend, str(error)))
            continue
        return _outcome(context, found, failures)
    detail = " ".join(f"{backend}: {reason}" for backend, reason in failures) or "No backend is configured."
    raise ChildFailed("transcription_failed", f"No backend could transcribe the recording. {detail}")


def _backends(context: StepContext, info: MediaInfo) -> Iterator[str]:
    """Captions only where there are some; what listens only where there is sound."""
    has_captions = context.upload.captions_key is not None or bool(info.subtitle_indexes)
    for backend in context.options.transcribers or context.settings.transcribers:
        if has_captions if backend == "captions" else info.audio is not None:
            yield backend


def _transcribe(context: StepContext, backend: str, info: MediaInfo) -> Transcript:
    model_dir: Path | None = None
    share = (0.0, 1.0)
    if backend == "faster-whisper":
        model_dir = _model_dir(context)
        share = (MODEL_SHARE, 1.0)
    captions = context.captions() if backend == "captions" else None
    request = TranscriptRequest(
        media=str(context.media()),
        backend=backend,
        captions=str(captions) if captions else None,
        language=context.options.language,
        model=context.settings.whisper_model,
        model_dir=str(model_dir) if model_dir else None,
        duration_s=info.duration_s,
    )
    return context.run("transcript", request, Transcript, share=share)


def _model_dir(context: StepContext) -> Path:
    settings = context.settings
    if settings.whisper_model_dir is not None:
        return settings.whisper_model_dir
    try:
        return fetch_model(
            settings.data_dir / "models",
            settings.whisper_model,
            lambda fraction, message: context.report(MODEL_SHARE * fraction, message),
        )
    except ModelMissing as error:
        raise ChildFailed("model_unavailable", str(error)) from error


def _outcome(context: StepContext, found: Transcript, failures: list[tuple[str, str]]) -> Outcome:
    warnings = [Warning_(notice.code, notice.detail) for notice in found.warnings]
    for backend, reason in failures:
        code = "captions_unusable" if backend == "captions" else "transcriber_fallback"
        warnings.append(Warning_(code, f"{backend} could not be used: {reason} The words come from {found.backend}."))
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
        files=tuple(_files(context, found)),
        warnings=tuple(warnings),
    )


def _files(context: StepContext, found: Transcript) -> Iterator[StoredFile]:
    written = {
        "json": (json.dumps(to_data(found), ensure_ascii=False), "application/json"),
        "srt": (formats.to_srt(found.segments), "application/x-subrip"),
        "vtt": (formats.to_vtt(found.segments), "text/vtt"),
        "txt": (formats.to_txt(found.segments), "text/plain; charset=utf-8"),
    }
    for suffix, (text, content_type) in written.items():
        path = context.workspace / f"transcript.{suffix}"
        path.write_text(text, "utf-8")
        yield context.keep(path, name=path.name, filename=path.name, content_type=content_type)
