"""One backend's turn in a step: its request, its model or key, its child."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from agents.transcript_agent.hints import chosen_hints
from agents.types import MediaInfo, ParcelRequest, Parcels, TimeRange, Transcript, TranscriptRequest
from app.core.security import secret_key
from app.services.caller_keys import ApiKeyNeeded, held_by, open_key
from app.services.options import SpeechOptions
from app.services.recipes import RECIPES
from pipeline.analyzers.answer_cache import StoredAnswers
from pipeline.child import ChildFailed
from pipeline.context import StepContext
from pipeline.remote_speech.prompt import BACKEND as REMOTE
from pipeline.remote_speech.transcription import RemoteSpeech, check_set_up
from pipeline.speech import model_of

MODEL_SHARE = 0.2
PACKING_SHARE = 0.1
PARCELS = "parcels"


def model_dir_of(context: StepContext, backend: str, *, share: float) -> Path | None:
    """The folder of the backend's model, fetched where it is missing; None where it needs none. Raises ChildFailed."""
    return model_of(backend, context.settings, lambda done, note: context.report(share * done, note))


def prepare(context: StepContext, backend: str, *, share: float) -> None:
    """Make sure that ``backend`` has what it needs, before parts count on it. Raises ChildFailed, ApiKeyNeeded."""
    if backend == REMOTE:
        check_set_up(context.settings, _callers_key(context))
    else:
        model_dir_of(context, backend, share=share)


@contextmanager
def passed_on_to(later: Sequence[str]) -> Iterator[None]:
    """A key that is missing costs its backend's turn where others follow.

    Where none does, the job ends, to be continued with a key: without words it would end for good.
    """
    try:
        yield
    except ApiKeyNeeded as error:
        if not later:
            raise
        raise ChildFailed(error.code, error.detail) from None


def listen(
    context: StepContext,
    backend: str,
    info: MediaInfo,
    *,
    span: TimeRange | None = None,
    threshold_dbfs: float | None = None,
    lead_in: str = "",
    threads: int = 0,
) -> Transcript:
    """What ``backend`` hears in ``span``, in a workspace of its own. Raises ChildFailed, ChildStopped, ApiKeyNeeded."""
    context = context.within(backend)
    model_dir = model_dir_of(context, backend, share=MODEL_SHARE)
    captions = context.captions() if backend == "captions" else None
    options = context.options(SpeechOptions)
    hints = chosen_hints(options.glossary, options.slide_text)
    if backend == REMOTE:
        media, parcels = str(context.media()), str(context.workspace / PARCELS)
        packing = ParcelRequest(media, parcels, span=span, threshold_dbfs=threshold_dbfs, lead_in=lead_in)
        return _ask(context, packing, options.language, hints)
    request = TranscriptRequest(
        media=str(context.media()),
        backend=backend,
        captions=str(captions) if captions else None,
        language=options.language,
        model=context.settings.whisper_model,
        model_dir=str(model_dir) if model_dir else None,
        duration_s=info.duration_s,
        hints=hints,
        span=span,
        threshold_dbfs=threshold_dbfs,
        lead_in=lead_in,
        threads=threads,
    )
    return context.run("transcript", request, Transcript, share=(MODEL_SHARE if model_dir else 0.0, 1.0))


def _callers_key(context: StepContext) -> SecretStr | None:
    held = held_by(context.job.id, context.claim.params)
    return open_key(context.store, secret_key(context.settings), held) if held is not None else None


def _ask(context: StepContext, packing: ParcelRequest, language: str, hints: tuple[str, ...]) -> Transcript:
    """A child packs the sound, and this process, which opens no media, sends it. Raises ApiKeyNeeded."""
    key = _callers_key(context)
    check_set_up(context.settings, key)
    limit_s = RECIPES[context.job.kind].step(context.claim.stage).limit_s(context.job.source.get("duration_s"))
    packed = context.run("parcels", packing, Parcels, share=(0.0, PACKING_SHARE))
    remote = RemoteSpeech(
        settings=context.settings,
        cache=StoredAnswers(context.store, context.job.id, context.workspace),
        stop=context.stop,
        report=lambda done, note: context.report(PACKING_SHARE + (1 - PACKING_SHARE) * done, note),
        limit_s=min(limit_s, context.settings.step_timeout_s),
        key=key,
    )
    return remote.transcribe(packed, context.workspace / PARCELS, language, hints)
