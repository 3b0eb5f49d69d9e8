"""Words from the first speech backend that gives some; each that failed before it is told of."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from agents.transcript_agent.guards import notices
from agents.types import MediaInfo, Transcript
from app.core.settings import Settings
from pipeline.child import ChildFailed, Report
from pipeline.fallback import first_of, told_of
from pipeline.speech_models import ModelMissing, fetch_model

CONFIGURED = {"whisper-cpp": "whisper_cpp_model", "mlx": "mlx_model_dir"}
"""Backends whose models are not fetched, and the settings that name them."""


def usable_backends(order: Iterable[str], info: MediaInfo, *, caption_file: bool) -> tuple[str, ...]:
    """Captions only where there are some; what listens only where there is sound. Raises ChildFailed for none."""
    has_captions = caption_file or bool(info.subtitle_indexes)
    usable = tuple(name for name in order if (has_captions if name == "captions" else info.audio is not None))
    if usable:
        return usable
    if info.audio is None:
        raise ChildFailed("no_audio", "There are no words to get: the recording has no sound and no captions.")
    raise ChildFailed("transcription_failed", "The recording has no captions, and no other source of words is allowed.")


def first_transcript(backends: Iterable[str], attempt: Callable[[str], Transcript]) -> Transcript:
    """The answer of the first backend that has one, with a warning for each before it. Raises ChildFailed."""
    found, failures = first_of(backends, attempt)
    told = (told_of(failed, found.backend) for failed in failures)
    return replace(found, warnings=(*found.warnings, *notices(found.dropped), *told))


def model_of(backend: str, settings: Settings, report: Report) -> Path | None:
    """The file or folder of the backend's model, fetched where that is possible; None where it needs none.

    Raises ChildFailed where there is none.
    """
    if backend == "faster-whisper":
        return speech_model_dir(settings, report)
    if backend in CONFIGURED:
        name, model = CONFIGURED[backend], getattr(settings, CONFIGURED[backend])
        if model is None or not model.exists():
            wanted = "is not set" if model is None else "leads nowhere"
            raise ChildFailed("model_unavailable", f"It has no model: LECTERN_{name.upper()} {wanted}.")
        return Path(model).absolute()
    return None


def speech_model_dir(settings: Settings, report: Report) -> Path:
    """The configured folder, else that of the configured model, fetched where it is missing. Raises ChildFailed."""
    if settings.whisper_model_dir is not None:
        return settings.whisper_model_dir
    try:
        return fetch_model(settings.data_dir / "models", settings.whisper_model, report)
    except ModelMissing as error:
        raise ChildFailed("model_unavailable", str(error)) from error
