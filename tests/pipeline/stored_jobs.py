"""Jobs on recordings that lie in an object store, run step by step in this process."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.models import Job, ProcessingLog, Upload
from app.models.job import FINISHED_JOB
from app.services.jobs import create_job
from pipeline import orchestrator
from pipeline.runtime import Runtime
from pipeline.step_run import run_next
from tests.pipeline.conftest import job_of

Sessions = sessionmaker[Session]
CAPTIONS = b"1\n00:00:00,200 --> 00:00:01,800\nA heap is a tree.\n"


def submitted(sessions: Sessions, bucket: Any, recording: Path) -> UUID:
    """A job whose recording and captions lie in the bucket."""
    key = f"uploads/{uuid4().hex}"
    bucket.put_object(Key=f"{key}/source.mp4", Body=recording.read_bytes())
    bucket.put_object(Key=f"{key}/captions.srt", Body=CAPTIONS)
    return submit_row(sessions, key, recording.stat().st_size)


def submit_row(sessions: Sessions, key: str, size_bytes: int) -> UUID:
    with sessions.begin() as session:
        upload = Upload(
            owner="local",
            filename="a.mp4",
            content_type="video/mp4",
            size_bytes=size_bytes,
            sha256="0" * 64,
            object_key=f"{key}/source.mp4",
            captions_key=f"{key}/captions.srt",
        )
        session.add(upload)
        session.flush()
        return create_job(
            session, kind="highlights", upload=upload, options={}, retention=timedelta(days=1), owner="local"
        ).id


def time_passes(sessions: Sessions) -> None:
    """What waits to be tried again need not wait any more."""
    with sessions.begin() as session:
        session.execute(text("UPDATE job_steps SET retry_at = now() WHERE retry_at IS NOT NULL"))


def go_on(runtime: Runtime, job_id: UUID) -> None:
    """What the reaper and the broker do: send what can run, and run it here."""
    time_passes(runtime.sessions)
    with runtime.sessions.begin() as session:
        dispatch = orchestrator.continue_job(session, job_id)
    for name, queue in dispatch.steps:
        run_next(runtime, queue, (job_id, name))


def finish(runtime: Runtime, job_id: UUID) -> Job:
    deadline_s = time.monotonic() + 120
    while (job := job_of(runtime.sessions, job_id)).status not in FINISHED_JOB:
        assert time.monotonic() < deadline_s, "the job does not end"
        go_on(runtime, job_id)
    return job


def failures(sessions: Sessions, job_id: UUID) -> list[str]:
    with sessions.begin() as session:
        rows = session.query(ProcessingLog).filter_by(job_id=job_id, event="step_failed").order_by(ProcessingLog.id)
        return [row.data["code"] for row in rows]
