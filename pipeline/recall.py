"""What an earlier job of the same owner found out about the same input, so that nothing is found out twice.

A second run of a recording with other clip options goes straight to choosing and rendering.
"""

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.codec import from_data, to_data
from agents.errors import InvalidRequest
from agents.transcript_agent.hints import chosen_hints
from agents.types import Notice
from app.core.settings import Settings
from app.models import Job, StageFinding, Upload
from app.services.options import SpeechOptions
from pipeline.context import StepContext
from pipeline.outcome import Outcome

T = TypeVar("T")
log = logging.getLogger(__name__)
REVISION = 1
"""Grows with every change of an agent that finds something else in the same input."""
EARLIER_JOBS = 3
"""So many are asked for an answer of a model; each is an object to look for."""
LASTING = frozenset({"no_speech", "lines_dropped", "languages_differ"})
"""Warnings that say something of the recording. Others say that this run did worse than the next may."""


def key_of(context: StepContext, **inputs: object) -> str | None:
    """The digest of what a stage looks at: the recording's bytes, and ``inputs`` (JSON) that change what it finds.

    None where results are not to be used again, or the recording's digest is not known.
    """
    if not context.settings.reuse_results or context.upload.sha256 is None:
        return None
    said = [REVISION, version("lectern"), context.claim.stage, context.upload.sha256, inputs]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def digest_of(path: Path | None) -> str | None:
    """Of a small file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else None


def speech_key(context: StepContext, backend: str) -> str | None:
    """Of what ``backend`` hears in the whole recording."""
    options, settings = context.options(SpeechOptions), context.settings
    if backend == "captions":
        return key_of(context, backend=backend, captions=digest_of(context.captions()))
    hints = chosen_hints(options.glossary, options.slide_text)
    model = speech_model(settings, backend)
    return key_of(context, backend=backend, model=model, language=options.language, hints=hints)


def speech_model(settings: Settings, backend: str) -> tuple[str | None, ...]:
    """What hears for ``backend``: another model may hear other words."""
    models: dict[str, tuple[str | None, ...]] = {
        "faster-whisper": (settings.whisper_model, str(settings.whisper_model_dir)),
        "openai": (settings.openai_speech_model, settings.openai_speech_base_url),
        "whisper-cpp": (str(settings.whisper_cpp_model),),
        "mlx": (str(settings.mlx_model_dir),),
    }
    return models.get(backend, ())


def earlier_jobs(context: StepContext) -> list[UUID]:
    """The owner's other jobs on the same recording that are still there, the newest first."""
    if not context.settings.reuse_results or context.upload.sha256 is None:
        return []
    same = (Upload.sha256 == context.upload.sha256, Job.owner == context.job.owner, Job.deleted_at.is_(None))
    query = (
        select(Job.id)
        .join(Upload, Upload.id == Job.upload_id)
        .where(*same, Job.id != context.job.id)
        .order_by(Job.id.desc())
        .limit(EARLIER_JOBS)
    )
    return context.read(lambda session: list(session.scalars(query)))


def recalled(context: StepContext, key: str | None, kind: type[T]) -> T | None:
    """What was found for ``key``, None where that is not known (in this form)."""
    document = context.read(lambda session: _document(session, key, context.job.owner)) if key is not None else None
    if document is None:
        return None
    try:
        found = from_data(kind, document)
    except InvalidRequest:
        return None
    log.info("%s: found by an earlier job", context.claim.name)
    context.report(1.0, "Found by an earlier job")
    return found


def remembered(
    outcome: Outcome, context: StepContext, key: str | None, found: object, warnings: Iterable[Notice] = ()
) -> Outcome:
    """The same, with ``found`` kept for later jobs, unless one of its ``warnings`` says that it is second best."""
    if key is None or any(notice.code not in LASTING for notice in warnings):
        return outcome
    row = {"job_id": context.job.id, "key": key, "document": to_data(found)}

    def write(session: Session) -> None:
        outcome.write(session)
        session.add(StageFinding(**row))

    return replace(outcome, write=write)


def _document(session: Session, key: str | None, owner: str) -> object:
    query = (
        select(StageFinding.document)
        .join(Job, Job.id == StageFinding.job_id)
        .where(StageFinding.key == key, Job.owner == owner, Job.deleted_at.is_(None))
        .order_by(StageFinding.id.desc())
        .limit(1)
    )
    return session.scalar(query)
