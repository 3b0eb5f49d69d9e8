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

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.codec import from_data, to_data
from agents.errors import InvalidRequest
from agents.transcript_agent.hints import chosen_hints
from agents.types import Notice
from app.models import Job, StageFinding
from app.services.options import SpeechOptions
from pipeline.context import StepContext
from pipeline.outcome import Outcome

T = TypeVar("T")
log = logging.getLogger(__name__)
REVISION = 1
"""Grows with every change of an agent that finds something else in the same input."""
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
    model = {
        "faster-whisper": (settings.whisper_model, str(settings.whisper_model_dir)),
        "openai": (settings.openai_speech_model, settings.openai_speech_base_url),
    }.get(backend)
    hints = chosen_hints(options.glossary, options.slide_text)
    return key_of(context, backend=backend, model=model, language=options.language, hints=hints)


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
