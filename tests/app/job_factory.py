"""Jobs as rows, at any point of their life."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from app.models import (
    Artifact,
    Clip,
    ContentSegment,
    Job,
    JobStep,
    LayoutAnalysis,
    SilenceRegion,
    Transcript,
    Upload,
)
from app.services.jobs import create_job
from app.services.options import HighlightsOptions
from app.services.storage.protocol import ObjectStore

BEGAN = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)


def make_job(session: Session, *, filename: str = "lecture.mp4") -> Job:
    """A queued highlights job."""
    upload = Upload(
        owner="local",
        filename=filename,
        content_type="video/mp4",
        size_bytes=1000,
        sha256="0" * 64,
        object_key=f"uploads/{uuid4().hex}/source.mp4",
    )
    session.add(upload)
    session.flush()
    return create_job(
        session,
        kind="highlights",
        upload=upload,
        options=HighlightsOptions().model_dump(mode="json"),
        retention=timedelta(days=30),
        owner="local",
    )


def step(job: Job, name: str) -> JobStep:
    return next(each for each in job.steps if each.name == name)


def complete(job: Job, *stages: str, seconds: float = 10.0) -> None:
    for stage in stages:
        row = step(job, stage)
        row.status, row.progress, row.attempt = "completed", 1.0, 1
        row.started_at, row.finished_at = BEGAN, BEGAN + timedelta(seconds=seconds)


def add_renders(job: Job, *statuses: str, progress: float = 0.5) -> None:
    """The parts of video_compilation, as the extraction makes them."""
    for number, status in enumerate(statuses, 1):
        done = {"completed": 1.0, "running": progress}.get(status, 0.0)
        job.steps.append(
            JobStep(
                name=f"video_compilation/{number}",
                stage="video_compilation",
                position=5 + number,
                needs=["segment_extraction"],
                status=status,
                progress=done,
                attempt=int(status != "pending"),
            )
        )


ANALYSIS = ("uploading", "silence_detection", "transcription", "layout_detection", "content_analysis")


def finished_job(session: Session, store: ObjectStore, folder: Path) -> Job:
    """A completed job with one video clip, one audio clip, and every file they have."""
    job = make_job(session)
    complete(job, *ANALYSIS, "segment_extraction", "timeline_export", "reel_compilation")
    add_renders(job, "completed", "completed")
    job.status, job.started_at, job.finished_at = "completed", BEGAN, BEGAN + timedelta(seconds=60)
    job.source = {**job.source, "duration_s": 300.0, "size": [1280, 720]}
    job.warnings = [{"code": "transcriber_fallback", "detail": "The first one was missing."}]
    step(job, "uploading").result = {"duration_s": 300.0, "format": "mov", "video": {"width": 1280}, "audio": None}
    step(job, "silence_detection").result = {"duration_s": 300.0, "mode": "energy", "threshold_dbfs": -42.0}
    step(job, "content_analysis").result = {"summary": "On heaps.", "backend": "local"}
    step(job, "segment_extraction").result = {
        "source": "lecture.mp4",
        "clips": [],
        "rejected": [{"start_s": 1.0, "end_s": 30.0, "reason": "too short"}],
        "settings": {"max_clips": 6},
        "warnings": [],
    }
    entry = {"rank": 1, "card_start_s": 0.0, "start_s": 3.0, "end_s": 33.0}
    step(job, "reel_compilation").result = {"duration_s": 33.0, "encoded": 0, "entries": [entry]}
    session.flush()
    _add_findings(session, job)
    for rank in (1, 2):
        session.add(_clip(job, rank))
    for name, content_type in FILES.items():
        add_artifact(session, store, folder, job, name, content_type, f"bytes of {name} ".encode() * 50)
    session.flush()
    return job


FILES = {
    "clips/1/video": "video/mp4",
    "clips/1/thumbnail": "image/jpeg",
    "clips/1/captions.srt": "application/x-subrip",
    "clips/1/captions.vtt": "text/vtt",
    "clips/2/audio": "audio/mp4",
    "transcript.json": "application/json",
    "transcript.srt": "application/x-subrip",
    "transcript.vtt": "text/vtt",
    "transcript.txt": "text/plain",
    "plan.json": "application/json",
    "timeline.otio": "application/vnd.pixar.opentimelineio+json",
    "timeline.edl": "text/plain; charset=utf-8",
    "timeline.svg": "image/svg+xml",
    "chapters.vtt": "text/vtt",
    "chapters.txt": "text/plain; charset=utf-8",
    "reel": "video/mp4",
}
SUFFIXES = {"video": ".mp4", "audio": ".m4a", "thumbnail": ".jpg", "reel": ".mp4"}


def add_artifact(
    session: Session, store: ObjectStore, folder: Path, job: Job, name: str, content_type: str, content: bytes
) -> Artifact:
    path = folder / uuid4().hex
    path.write_bytes(content)
    last = name.rsplit("/", 1)[-1]
    key = f"jobs/{job.id.hex}/{uuid4().hex}"
    store.put_file(key, path, content_type)
    artifact = Artifact(
        job_id=job.id,
        step="video_compilation",
        fence=1,
        name=name,
        filename=f"file{SUFFIXES[last]}" if last in SUFFIXES else last,
        content_type=content_type,
        object_key=key,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    session.add(artifact)
    return artifact


def _clip(job: Job, rank: int) -> Clip:
    arranged: dict[str, Any] = {"start_s": 10.0, "end_s": 40.0, "layout": "slides", "arrangement": "full"}
    return Clip(
        job_id=job.id,
        rank=rank,
        title=f"Clip {rank}",
        summary="What a heap is.",
        start_s=10.0 * rank,
        end_s=10.0 * rank + 30,
        keep=[{"start_s": 10.0 * rank, "end_s": 10.0 * rank + 30}],
        score=0.9,
        score_parts={"topic": 0.5},
        reasons=["a definition"],
        layout=[{**arranged, "screen": [0, 0, 1280, 720], "camera": None}],
        duration_s=30.0,
        width=1280 if rank == 1 else None,
        height=720 if rank == 1 else None,
    )


def _add_findings(session: Session, job: Job) -> None:
    word = {"start_s": 0.0, "end_s": 0.4, "text": "Heaps", "confidence": 0.9}
    session.add_all(
        [
            Transcript(
                job_id=job.id,
                language="en",
                backend="captions",
                quality="given",
                segments=[{"start_s": 0.0, "end_s": 2.0, "text": "Heaps.", "speaker": None, "words": [word]}],
            ),
            SilenceRegion(job_id=job.id, start_s=5.0, end_s=6.0),
            SilenceRegion(job_id=job.id, start_s=2.0, end_s=3.0),
            LayoutAnalysis(
                job_id=job.id,
                width=1280,
                height=720,
                spans=[
                    {
                        "start_s": 0.0,
                        "end_s": 300.0,
                        "layout": "slides",
                        "screen": [0, 0, 1280, 720],
                        "camera": None,
                        "confidence": 0.8,
                    }
                ],
                slide_changes=[{"time_s": 12.0, "score": 0.7}],
            ),
            ContentSegment(
                job_id=job.id,
                kind="topic",
                start_s=0.0,
                end_s=300.0,
                title="Heaps",
                importance=0.8,
                detail={"keywords": ["heap"], "subtopics": []},
            ),
            ContentSegment(
                job_id=job.id,
                kind="sentence",
                start_s=0.0,
                end_s=2.0,
                title="Heaps.",
                importance=0.6,
                detail={"reasons": ["definition"]},
            ),
        ]
    )
