"""One backend's turn in a step: its request, its model, its child."""

from pathlib import Path

from agents.transcript_agent.hints import chosen_hints
from agents.types import MediaInfo, TimeRange, Transcript, TranscriptRequest
from app.services.options import SpeechOptions
from pipeline.context import StepContext
from pipeline.speech import speech_model_dir

MODEL_SHARE = 0.2


def model_dir_of(context: StepContext, backend: str, *, share: float) -> Path | None:
    """The folder of the backend's model, fetched where it is missing; None where it needs none. Raises ChildFailed."""
    if backend != "faster-whisper":
        return None
    return speech_model_dir(context.settings, lambda done, note: context.report(share * done, note))


def listen(
    context: StepContext,
    backend: str,
    info: MediaInfo,
    *,
    span: TimeRange | None = None,
    threshold_dbfs: float | None = None,
    threads: int = 0,
) -> Transcript:
    """What ``backend`` hears in ``span``, in a workspace of its own. Raises ChildFailed, ChildStopped."""
    context = context.within(backend)
    model_dir = model_dir_of(context, backend, share=MODEL_SHARE)
    captions = context.captions() if backend == "captions" else None
    options = context.options(SpeechOptions)
    request = TranscriptRequest(
        media=str(context.media()),
        backend=backend,
        captions=str(captions) if captions else None,
        language=options.language,
        model=context.settings.whisper_model,
        model_dir=str(model_dir) if model_dir else None,
        duration_s=info.duration_s,
        hints=chosen_hints(options.glossary, options.slide_text),
        span=span,
        threshold_dbfs=threshold_dbfs,
        threads=threads,
    )
    return context.run("transcript", request, Transcript, share=(MODEL_SHARE if model_dir else 0.0, 1.0))
